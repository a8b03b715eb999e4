"""Belief, deception and its incentive: the war game, and the criterion against random games."""

from fractions import Fraction
from random import Random

import pytest

import cidmesa as cm

REACTION = "'attack' if DS == 'retreat' else 'hold'"
POOLING = {"DS": "defend", "DT": REACTION}
HONEST = {"DS": "'defend' if X == 'strong' else 'retreat'"}
STRONG = "X == 'strong'"


@pytest.fixture
def war():
    return cm.load("ward2023/war-game").model


def test_the_war_game(war):
    assert cm.expected_utility(war, POOLING, "S") == Fraction("2.9")
    assert cm.expected_utility(war, POOLING | HONEST, "S") == Fraction("2.8")
    found = cm.deceives(war, POOLING, by="S", target="T", about=STRONG, reference=[HONEST])
    assert found.value == Fraction(1, 10)
    assert found.setting == (("X", "weak"),)
    assert (found.intended, found.false_belief, found.own_belief) == (Fraction(1, 10), Fraction(1, 10), 0)
    assert "yes, with probability 1/10" in found.to_text()


def test_floats_will_do(war):
    rough = war.with_mechanism(X={"strong": 0.9, "weak": 0.1})
    found = cm.deceives(rough, POOLING, by="S", target="T", about=STRONG, reference=[HONEST])
    assert bool(found) is True
    assert found.value == pytest.approx(0.1)
    assert found.to_text().startswith("S deceives T about X == 'strong': yes, with probability 0.1, as when X = weak")
    assert cm.believes(rough, POOLING, "T", STRONG).false == pytest.approx(0.1)
    assert cm.manipulation(rough, POOLING, by="S", target="T", baseline=HONEST).harm.value == pytest.approx(0.1)
    assert cm.intends(rough, POOLING, "DS", "DT", definition="halpern")


def test_a_liar_by_lot_deceives_when_it_lies(war):
    lot = cm.table([["strong", "defend"], ["weak", {"defend": "1/2", "retreat": "1/2"}]], ["X"])
    found = cm.deceives(war, POOLING | {"DS": lot}, by="S", target="T", about=STRONG, reference=[HONEST])
    assert found.value == Fraction(1, 20)
    assert found.false_belief == Fraction(1, 20)


def test_honesty_does_not_deceive(war):
    honest = POOLING | HONEST
    assert not cm.deceives(war, honest, by="S", target="T", about=STRONG)
    found = cm.believes(war, honest, "T", STRONG)
    assert (found.value, found.false) == (Fraction(9, 10), 0)


def test_nothing_is_believed_that_is_seen(war):
    seeing = war.revised([cm.Node("DT", "decision", "T", ("DS", "X"))])
    for about in (STRONG, "X == 'weak'"):
        assert not cm.believes(seeing, POOLING, "T", about)
        assert not cm.deceives(seeing, POOLING, by="S", target="T", about=about)
    assert not cm.deception_possible(seeing.cid, by="S", target="T", about="X")


@pytest.mark.parametrize("number", range(3))
def test_a_belief_about_one_of_three_states(number):
    g = cm.cid("X -> Say -> Do; X, Do -> U; Do -> V", decisions={"a": ["Say"], "b": ["Do"]},
               utilities={"a": ["V"], "b": ["U"]})  # fmt: skip
    chances = {0: "1/2", 1: "1/3", 2: "1/6"}
    m = cm.model(g, X=chances, Say=[0], Do=[0, 1], U=f"(X == {number}) == Do", V="Do")
    found = cm.believes(m, {"Say": 0, "Do": 1}, "b", f"X == {number}")
    assert (found.value, found.false) == (1, 1 - Fraction(chances[number]))
    assert found.setting == (("X", 1 if number == 0 else 0),)


def test_about_a_weakness_it_does_not_deceive(war):
    """The target holds, which it would not if it saw weakness: it believes "strong", not "weak"."""
    assert not cm.believes(war, POOLING, "T", "X == 'weak'")
    assert not cm.deceives(war, POOLING, by="S", target="T", about="X == 'weak'")


def test_a_liar_that_believes_itself_does_not_deceive(war):
    """S defends as if it saw that it is strong, and would retreat otherwise."""
    blind = war.revised([cm.Node("DS", "decision", "S")])
    shy = blind.with_mechanism(US="(DT == 'hold') + 3 * ((X == 'strong') == (DS == 'defend'))")
    assert cm.believes(shy, POOLING, "S", STRONG).value == 1
    assert not cm.deceives(shy, POOLING, by="S", target="T", about=STRONG)
    assert cm.deceives(blind, POOLING, by="S", target="T", about=STRONG).own_belief == 0


def test_a_given_informed_rule_counts(war):
    stubborn = {"DT": "hold"}
    assert not cm.believes(war, POOLING, "T", STRONG, informed=stubborn)


def test_the_incentive_to_deceive(war):
    found = cm.incentive_to_deceive(war, POOLING, by="S", target="T", about="X")
    assert found
    assert (found.control.value, found.information.value, found.value) == (2, Fraction(1, 10), Fraction(1, 10))
    seeing = war.revised([cm.Node("DT", "decision", "T", ("DS", "X"))])
    assert not cm.incentive_to_deceive(seeing, POOLING, by="S", target="T", about="X")
    careless = war.with_mechanism(US="DS == 'defend'")
    assert not cm.incentive_to_deceive(careless, POOLING, by="S", target="T", about="X").control
    assert not cm.incentive_to_deceive(war, POOLING | HONEST, by="S", target="T", about="X").information


def test_the_axes_of_manipulation(war):
    found = cm.manipulation(war, POOLING, by="S", target="T", baseline=HONEST)
    assert found.incentive
    assert found.intent
    assert not found.covert
    assert found.harm.value == Fraction(1, 10)
    assert "covert: no" in found.to_text()


def test_wrong_questions(war):
    with pytest.raises(cm.NotApplicable, match="both agents"):
        cm.deceives(war, POOLING, by="S", target="S", about=STRONG)
    with pytest.raises(cm.ModelError, match="true or false"):
        cm.believes(war, POOLING, "T", "X")
    with pytest.raises(cm.NotApplicable, match="comes after"):
        cm.believes(war, POOLING, "S", "DT == 'hold'")
    with pytest.raises(cm.NotApplicable, match="about no node"):
        cm.believes(war, POOLING, "S", "1 == 1")


# --- random games -----------------------------------------------------------------------------------------------


def random_game(rng):
    """Two decisions in time, chance around them, a utility each."""
    order = ["X", "A", "S", "B", "T"]
    kinds = {"S": ("decision", "s"), "T": ("decision", "t")}
    specs = []
    for place, name in enumerate(order):
        usual = {"S": {"X": 0.9}, "T": {"S": 0.9, "X": 0.2}}.get(name, {})
        parents = tuple(n for n in order[:place] if rng.random() < usual.get(n, 0.3))
        specs.append(cm.Node(name, *kinds.get(name, ("chance", None)), parents))
    specs += [cm.Node(f"U{a}", "utility", a, ("X", "T", rng.choice("ASB"))) for a in "st"]

    def drawn(pick):
        found = {}
        return lambda **seen: found.setdefault(tuple(sorted(seen.items())), pick())

    given = {name: drawn(lambda: rng.choice([0, 1, {0: "1/2", 1: "1/2"}])) for name in "AB"}
    given |= {f"U{a}": drawn(lambda: rng.randint(-3, 3)) for a in "st"} | {"S": [0, 1], "T": [0, 1]}
    model = cm.model(cm.CID(tuple(specs)), given, X={0: "2/3", 1: "1/3"}, domains={"A": [0, 1], "B": [0, 1]})
    policy = cm.policy(model, {d: drawn(lambda: rng.randint(0, 1)) for d in "ST"})
    for agent in "st":
        policy = policy.merged(cm.best_response(model, policy, agent).policy)
    return model, policy


def test_deception_needs_what_the_criterion_says():
    """Ward et al. 2023, Theorem 3.8."""
    rng, deceived = Random("deception"), 0
    for _ in range(200):
        model, policy = random_game(rng)
        for node in ("X", "A"):
            found = cm.deceives(model, policy, by="s", target="t", about=f"{node} == 1")
            assert found.value <= min(found.intended, found.false_belief)
            if found:
                assert cm.deception_possible(model.cid, by="s", target="t", about=node)
                deceived += 1
    assert deceived > 3


def test_who_sees_it_believes_nothing_false():
    rng, believed = Random("beliefs"), 0
    for _ in range(150):
        model, policy = random_game(rng)
        for node in ("X", "A"):
            found = cm.believes(model, policy, "t", f"{node} == 1")
            assert found.false <= found.value
            if node in model.cid.parents("T"):
                assert not found
            believed += bool(found)
    assert believed > 10


# --- lies and concealment ---------------------------------------------------------------------------------------


def test_a_lie_says_what_is_false(war):
    bluff = {"DS": "defend", "DT": REACTION}
    found = cm.lies(war, bluff, by="S", target="T", about="X == 'strong'", honest=HONEST, reference=[HONEST])
    assert (found.value, found.setting) == (Fraction(1, 10), (("X", "weak"),))
    assert dict(found.parts)["it is false"] == Fraction(1, 10)
    assert found.to_json()["setting"] == {"X": "weak"}
    sincere = HONEST | {"DT": REACTION}
    assert not cm.lies(war, sincere, by="S", target="T", about="X == 'strong'", honest=HONEST)
    mumbling = {"DS": "defend"}  # a convention by which acts say nothing
    assert not cm.lies(war, bluff, by="S", target="T", about="X == 'strong'", honest=mumbling, reference=[HONEST])


def test_a_lie_need_not_be_believed(war):
    """T always attacks: nothing that S says moves it, so S means nothing by it either."""
    deaf = {"DS": "defend", "DT": "attack"}
    found = cm.lies(war, deaf, by="S", target="T", about="X == 'strong'", honest=HONEST, reference=[HONEST])
    assert not found
    assert dict(found.parts)["it causes the target's decision on purpose"] == 0


def test_concealment_keeps_the_target_from_acting_on_the_truth(war):
    bluff = {"DS": "defend", "DT": REACTION}
    found = cm.conceals(war, bluff, by="S", target="T", about="X == 'weak'", reference=[HONEST])
    assert (found.value, found.setting) == (Fraction(1, 10), (("X", "weak"),))
    assert "S conceals from T X == 'weak': yes" in str(found)
    assert not cm.conceals(war, HONEST | {"DT": REACTION}, by="S", target="T", about="X == 'weak'")
    helpless = cm.conceals(war, bluff, by="S", target="T", about="X == 'weak'", reference=[{"DS": "defend"}])
    assert not helpless
    assert dict(helpless.parts)["S could have let it act so"] == Fraction(9, 10)


def test_nothing_is_concealed_from_who_sees_it():
    """And no secret is likelier than one of its conditions."""
    rng, hidden, lied = Random("secrets"), 0, 0
    for _ in range(40):
        model, policy = random_game(rng)
        for node in ("X", "A"):
            asked = {"by": "s", "target": "t", "about": f"{node} == 1"}
            found = cm.conceals(model, policy, **asked)
            lie = cm.lies(model, policy, **asked, honest={"S": "X" if "X" in model.cid.parents("S") else 0})
            for secret in (found, lie):
                assert secret.value <= min(chance for _, chance in secret.parts)
            if node in model.cid.parents("T"):
                assert not found
            hidden, lied = hidden + bool(found), lied + bool(lie)
    assert hidden > 1
    assert lied + hidden > 3
