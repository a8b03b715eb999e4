"""Games with known equilibria: from textbooks, with one agent deciding several times, with and without recall."""

from fractions import Fraction
from itertools import product
from random import Random

import numpy as np
import pytest

import cidmesa as cm
from tests.games.brute import Brute
from tests.games.classics import (
    bimatrix,
    card_game,
    coordination_of_three,
    driver,
    signalling,
    tree_killer,
)

HALF = Fraction(1, 2)
DILEMMA = {("c", "c"): (-1, -1), ("c", "d"): (-3, 0), ("d", "c"): (0, -3), ("d", "d"): (-2, -2)}
SEXES = {("o", "o"): (3, 2), ("o", "f"): (0, 0), ("f", "o"): (0, 0), ("f", "f"): (2, 3)}
PENNIES = {("h", "h"): (1, -1), ("h", "t"): (-1, 1), ("t", "h"): (-1, 1), ("t", "t"): (1, -1)}


def plans(found):
    return [{d: rule() for d, rule in one.profile.items()} for one in found]


@pytest.mark.parametrize("concept", ["nash", "subgame_perfect"])
@pytest.mark.parametrize("kind", ["pure", "mixed", "behavioural"])
def test_prisoners_dilemma(concept, kind):
    found = cm.equilibria(bimatrix("cd", "cd", DILEMMA), concept, kind)
    assert plans(found) == [{"A": "d", "B": "d"}]
    assert (dict(found[0].values), found.complete) == ({"a": -2, "b": -2}, True)


def test_battle_of_the_sexes():
    m = bimatrix("of", "of", SEXES)
    assert plans(cm.equilibria(m)) == [{"A": "o", "B": "o"}, {"A": "f", "B": "f"}]
    mixed = [one for one in cm.equilibria(m, kind="mixed") if not one.profile["A"].pure]
    assert plans(mixed) == [
        {"A": {"o": Fraction(3, 5), "f": Fraction(2, 5)}, "B": {"o": Fraction(2, 5), "f": Fraction(3, 5)}}
    ]
    assert mixed[0].values == {"a": Fraction(6, 5), "b": Fraction(6, 5)}
    assert [float(chance) for chance, _ in mixed[0].mixtures["a"]] == [0.6, 0.4]


def test_a_move_that_is_seen_leaves_one_subgame_perfect_equilibrium_and_a_threat():
    m = bimatrix("of", "of", SEXES, seen=True)
    perfect = cm.equilibria(m, "subgame_perfect")
    assert [(one.profile["A"](), one.profile["B"](A="f")) for one in perfect] == [("o", "f")]
    assert {one.values["a"] for one in cm.equilibria(m)} == {3, 2}  # "I go to the fight whatever you do"


def test_matching_pennies_has_no_pure_equilibrium_and_says_so():
    m = bimatrix("ht", "ht", PENNIES)
    for concept in ("nash", "subgame_perfect"):
        found = cm.equilibria(m, concept)
        assert (len(found), found.complete) == (0, True)
        assert "in each of the 4 pure profiles some agent gains" in found.reason
        for kind in ("mixed", "behavioural"):
            assert plans(cm.equilibria(m, concept, kind)) == [
                {"A": {"h": HALF, "t": HALF}, "B": {"h": HALF, "t": HALF}}
            ]


def test_tree_killer():
    m = tree_killer()
    brute = Brute(m)
    found = cm.equilibria(m)
    assert {brute.canonical(brute.from_policy(one.profile)) for one in found} == brute.pure_equilibria()
    perfect = cm.equilibria(m, "subgame_perfect")
    assert [one.values for one in perfect] == [{"alice": 0, "bob": 0}]
    assert perfect[0].profile["Doctor"](Sick=1) == 1
    assert perfect[0].profile["Poison"]() == 0


def test_signalling_separates_or_pools():
    found = cm.equilibria(signalling())
    values = [dict(one.values) for one in found]
    assert values == [{"worker": Fraction(3, 2), "firm": 1}, {"worker": 0, "firm": 0}]
    assert [one.profile["S"](X="good") for one in found] == ["study", "rest"]


def test_card_game_is_worth_a_third():
    for one in cm.equilibria(card_game(), kind="behavioural"):
        assert one.values == {"ann": Fraction(1, 3), "bob": -Fraction(1, 3)}
        assert one.profile["Ann"](Card="low") == {"bet": Fraction(1, 3), "fold": Fraction(2, 3)}


# --- several decisions of one agent -----------------------------------------------------------------------------


def twice(*links, **given):
    owned = {"decisions": {"a": ["A1", "A2"], "b": ["B"]}, "utilities": {"a": ["U"], "b": ["V"]}}
    g = cm.cid([*links, *((d, u) for u in "UV" for d in ("A1", "A2", "B"))], **owned)
    return cm.model(g, A1=[0, 1], A2=[0, 1], B=[0, 1], **given)


RECALLS = [("A1", "B"), ("B", "A2"), ("A1", "A2")]
FORGETS = [("A1", "B"), ("B", "A2")]
EQUAL = []
PAYOFFS = [
    {"U": "3 * (A1 == A2) - 2 * (A1 == B)", "V": "A1 + B - 2 * A2 * B"},
    {"U": "A1 - A2 + 2 * (A2 == B)", "V": "2 * (A1 != B) - A2"},
    {"U": "(A1 + A2 + B) % 3", "V": "(A1 + 2 * A2 - B) % 3"},
]


@pytest.mark.parametrize("links", [RECALLS, FORGETS, EQUAL], ids=["recalls", "forgets", "equal observations"])
@pytest.mark.parametrize("payoffs", PAYOFFS)
def test_an_agent_that_decides_twice(links, payoffs):
    """PyCID's issue 79: information sets of one agent that look alike, and contexts that are never reached."""
    m = twice(*links, **payoffs)
    brute = Brute(m)
    found = cm.equilibria(m)
    assert {brute.canonical(brute.from_policy(one.profile)) for one in found} == brute.pure_equilibria()
    for concept, kind in (("nash", "mixed"), ("nash", "behavioural"), ("subgame_perfect", "behavioural")):
        for one in cm.equilibria(m, concept, kind, limit=20):
            assert all(gain == 0 for gain in one.regret.values())
            if one.profile is not None:
                assert all((np.asarray(rule.values.sum(axis=-1)) == 1).all() for rule in one.profile.values())
                assert all(brute.regret(one.profile, agent) == 0 for agent in "ab")


def test_recall_turns_every_mixture_into_rules_with_the_same_values():
    m = twice(*RECALLS, **PAYOFFS[0])
    mixed = cm.equilibria(m, kind="mixed")
    assert all(cm.expected_utility(m, one.profile, agent) == one.values[agent] for one in mixed for agent in "ab")


def test_a_hidden_cause_of_what_is_seen():
    owned = {"decisions": {"a": ["A"], "b": ["B"]}, "utilities": {"a": ["U"], "b": ["V"]}}
    g = cm.cid("S -> X -> A; S -> U; A, B -> U; A, B -> V", **owned)
    noisy = {0: {0: "3/4", 1: "1/4"}, 1: {0: "1/4", 1: "3/4"}}
    m = cm.model(g, S=cm.uniform([0, 1]), X=lambda S: noisy[S], A=[0, 1], B=[0, 1], U="(S == A) - B", V="A == B")
    assert [one.profile["A"](X=1) for one in cm.equilibria(m)] == [1, 1]


def forgetful_pennies():
    """Both hands must agree, and they cannot agree on a random side: a mixed equilibrium, no behavioural one."""
    owned = {"decisions": {"a": ["A1", "A2"], "b": ["B"]}, "utilities": {"a": ["U"], "b": ["V"]}}
    g = cm.cid("A1, A2, B -> U; A1, A2, B -> V", **owned)
    return cm.model(g, A1=[0, 1], A2=[0, 1], B=[0, 1], U="-10 if A1 != A2 else 1 if A1 != B else -1",
                    V="0 if A1 != A2 else 1 if A1 == B else -1")  # fmt: skip


def test_a_forgetful_agent_may_need_one_draw_at_the_start():
    m = forgetful_pennies()
    mixed = cm.equilibria(m, kind="mixed")
    assert len(mixed) == 1
    assert mixed[0].profile is None
    assert [(chance, {d: rule() for d, rule in own.items()}) for chance, own in mixed[0].mixtures["a"]] == [
        (HALF, {"A1": 0, "A2": 0}),
        (HALF, {"A1": 1, "A2": 1}),
    ]
    assert "1/2: A1: 0; A2: 0" in str(mixed[0])
    behavioural = cm.equilibria(m, kind="behavioural")
    assert not behavioural
    assert "a forgets" in behavioural.reason


def test_row_d4_the_absent_minded_driver():
    m = driver()
    assert cm.equilibria(m)[0].values == {"agent": 1}
    (best,) = cm.equilibria(m, kind="behavioural")
    assert best.values == {"agent": Fraction(4, 3)}
    assert best.profile["D1"]() == {"exit": Fraction(1, 3), "on": Fraction(2, 3)}
    on = {"D1": "on", "D2": "on"}
    assert cm.regret(m, on, "agent") == Fraction(1, 3)
    assert cm.regret(m, on, "agent", deviations="pure") == 0


def test_an_absent_minded_agent_among_others():
    """The driver's toll keeper, who gains where the driver leaves at the second exit, may close it."""
    owned = {"decisions": {"driver": ["D1", "D2"], "keeper": ["K"]}, "utilities": {"driver": ["U"], "keeper": ["V"]}}
    g = cm.cid("D1, D2, K -> U; D1, D2, K -> V", **owned)
    end = "0 if D1 == 'exit' else (4 - K) if D2 == 'exit' else 1"
    m = cm.model(g, D1=["exit", "on"], D2=["exit", "on"], K=[0, 1], U=end, V="K * (D1 == 'on')").sharing_rules(
        ["D1", "D2"]
    )
    (one,) = cm.equilibria(m, kind="behavioural")
    assert one.profile["K"]() == 1
    assert one.profile["D1"]()["exit"] == Fraction(1, 4)  # 3 p (1 - p) + (1 - p)**2 is greatest there
    assert all(gain == 0 for gain in one.regret.values())


# --- more than two agents, floats, sizes ------------------------------------------------------------------------


def test_three_agents_with_irrational_probabilities():
    found = cm.equilibria(coordination_of_three(), kind="mixed")
    assert [round(float(one.values["a"]), 9) for one in found] == [1, 2, round((2**0.5 - 1) ** 2 * 2, 9)]
    assert all(gain <= 1e-9 for one in found for gain in one.regret.values())
    assert found[2].profile["A"]()[1] == pytest.approx(2**0.5 - 1)
    assert found.complete


def test_three_agents_of_whom_one_has_a_dominant_choice_are_two():
    g = cm.cid("A, B, C -> U; A, B -> V; C -> W", decisions={"a": ["A"], "b": ["B"], "c": ["C"]},
               utilities={"a": ["U"], "b": ["V"], "c": ["W"]})  # fmt: skip
    m = cm.model(g, A=[0, 1], B=[0, 1], C=[0, 1], U="(A == B) + C * A", V="A != B", W="-C")
    (one,) = cm.equilibria(m, kind="mixed")
    assert one.method == "vertex enumeration"
    assert plans([one]) == [{"A": {0: HALF, 1: HALF}, "B": {0: HALF, 1: HALF}, "C": 0}]


def test_floats():
    m = bimatrix("of", "of", {key: (0.1 * a, 0.3 * b) for key, (a, b) in SEXES.items()})
    found = cm.equilibria(m, kind="behavioural")
    assert len(found) == 3
    assert not m.exact
    assert all(abs(gain) <= 1e-9 for one in found for gain in one.regret.values())
    assert sorted(round(one.profile["A"].values[0], 6) for one in found) == [0, 0.6, 1]


def test_an_agent_without_utility_is_indifferent():
    g = cm.cid("A, B -> U", decisions={"a": ["A"], "b": ["B"]}, utilities={"a": ["U"]})
    found = cm.equilibria(cm.model(g, A=[0, 1], B=[0, 1], U="A"))
    assert plans(found) == [{"A": 1, "B": 0}, {"A": 1, "B": 1}]


def test_nobody_decides():
    m = cm.model(cm.cid("S -> U", utilities={"a": ["U"]}), S=cm.uniform([1, 2]), U="S")
    for kind in ("pure", "mixed", "behavioural"):
        assert [dict(one.values) for one in cm.equilibria(m, kind=kind)] == [{"a": Fraction(3, 2)}]


def wide(observed):
    xs = [f"X{k}" for k in range(observed)]
    owned = {"decisions": {"a": ["A"], "b": ["B"]}, "utilities": {"a": ["U"], "b": ["V"]}}
    g = cm.cid([(x, "A") for x in xs] + [("A", "U"), ("B", "U"), ("A", "V"), ("B", "V"), (xs[0], "U")], **owned)
    return cm.model(g, {x: cm.uniform([0, 1]) for x in xs}, A=[0, 1], B=[0, 1], U="(A == B) + X0 * A", V="A != B")


def test_a_long_plan_of_one_agent_is_refused_before_its_strategies_are_made():
    process = cm.builders.episodes(10, 10)
    plan = cm.compose(process, cm.MesaSpec(target="A == 'b'", scope="updates", recall="perfect")).model
    said = r"D_A20 \(2 options in 524288 contexts\), .* and 16 more decisions\. Nobody else decides: cm\.solve finds"
    with pytest.raises(cm.TooLarge, match=said):
        cm.equilibria(plan)
    assert cm.solve(plan).value == 10


def test_too_large_games_are_refused_by_their_sizes():
    with pytest.raises(cm.TooLarge, match=r"'a' has more than 4096 pure strategies: A \(2 options in 32 contexts\)"):
        cm.equilibria(wide(5))
    names = [f"D{k}" for k in range(20)]
    g = cm.cid([("D0", "U")], nodes=names, decisions={f"a{d}": [d] for d in names}, utilities={"aD0": ["U"]})
    with pytest.raises(cm.TooLarge, match=r"2 \(aD0\) x 2 \(aD1\) .* = 1048576 profiles"):
        cm.equilibria(cm.model(g, {d: [0, 1] for d in names}, U="D0"))


def test_requisite_observations_make_it_small():
    found = cm.equilibria(wide(5), kind="behavioural", observations="requisite")
    assert found
    assert not found.complete
    assert all(len(one.profile["A"].parents) == 5 for one in found)


def test_a_limit_is_said():
    found = cm.equilibria(signalling(), limit=1)
    assert (len(found), found.complete) == (1, False)
    assert "more than 1" in found.reason


WRONG_WORDS = [
    ({"concept": "subgame"}, "Did you mean 'subgame_perfect'"),
    ({"kind": "behavioral"}, "Did you mean 'behavioural'"),
]


@pytest.mark.parametrize(("ask", "message"), WRONG_WORDS)
def test_unknown_words(ask, message):
    with pytest.raises(cm.NotApplicable, match=message):
        cm.equilibria(card_game(), **ask)


def test_unknown_agents():
    for ask in (lambda m: cm.stackelberg(m, "anne"), lambda m: cm.regret(m, {"Ann": "bet", "Bob": "call"}, "anne")):
        with pytest.raises(cm.DiagramError, match="Did you mean 'ann'"):
            ask(card_game())


# --- Stackelberg ------------------------------------------------------------------------------------------------


def test_commitment_pays_and_ties_are_settled_as_asked():
    payoffs = {("u", "l"): (1, 0), ("u", "r"): (5, 0), ("d", "l"): (2, 1), ("d", "r"): (9, 0)}
    m = bimatrix("ud", "lr", payoffs)
    (kind,) = cm.stackelberg(m, "a")
    assert (plans([kind])[0], kind.values["a"], dict(kind.regret)) == ({"A": "u", "B": "r"}, 5, {"b": 0})
    (unkind,) = cm.stackelberg(m, "a", ties="against")
    assert (plans([unkind])[0], unkind.values["a"]) == ({"A": "d", "B": "l"}, 2)
    assert kind.concept == "stackelberg"


def test_commitment_to_a_rule_and_followers_without_equilibrium():
    m = bimatrix("of", "of", SEXES, seen=True)
    assert cm.stackelberg(m, "b")[0].values == {"a": 2, "b": 3}  # "I go to the fight whatever you do" is now believed
    g = cm.cid("L, A, B -> U; L, A, B -> V; L -> W", decisions={"l": ["L"], "a": ["A"], "b": ["B"]},
               utilities={"a": ["U"], "b": ["V"], "l": ["W"]})  # fmt: skip
    m = cm.model(g, L=[0, 1], A=[0, 1], B=[0, 1], U="A if L == 0 else A == B", V="B if L == 0 else A != B", W="L")
    found = cm.stackelberg(m, "l")
    assert plans(found) == [{"L": 0, "A": 1, "B": 1}]
    assert "1 commitments leave the followers without a pure equilibrium" in found.reason
    with pytest.raises(cm.NotApplicable, match="no decision to commit to"):
        cm.stackelberg(cm.model(cm.cid("S -> U", utilities={"a": ["U"]}), S=cm.uniform([1]), U="S"), "a")


def test_records_show_themselves():
    found = cm.equilibria(bimatrix("ht", "ht", PENNIES), kind="mixed")
    plain = found.to_json()
    assert plain["complete"] is True
    assert plain["equilibria"][0]["value"] == {"a": "0", "b": "0"}
    assert plain["equilibria"][0]["mixtures"]["a"][0]["probability"] == "1/2"
    assert str(found).startswith("1. nash, mixed\nA: h (1/2) or t (1/2)")
    assert set(found[0]._repr_mimebundle_()) >= {"text/plain", "text/html"}
    assert found[:1] == (found[0],)
    assert found[0].exact


def test_floats_of_any_scale():
    for scale in (1e-6, 1e6):
        m = bimatrix("of", "of", {key: (scale * a / 7, scale * b / 3) for key, (a, b) in SEXES.items()})
        assert [len(cm.equilibria(m, kind=kind)) for kind in ("pure", "mixed", "behavioural")] == [2, 3, 3]


def induced(payoffs, moves=()):
    """Backward induction by hand in a tree of three movers who see everything."""
    if len(moves) == 3:
        return payoffs[moves]
    return max((induced(payoffs, (*moves, move)) for move in range(3)), key=lambda gains: gains[len(moves)])


@pytest.mark.parametrize("seed", range(10))
def test_perfect_information_is_solved_backwards(seed):
    rng = Random(seed)
    gains = [rng.sample(range(27), 27) for _ in range(3)]  # no ties
    payoffs = {moves: tuple(gain[k] for gain in gains) for k, moves in enumerate(product(range(3), repeat=3))}
    owned = {"decisions": {"a": ["A"], "b": ["B"], "c": ["C"]}, "utilities": {"a": ["U"], "b": ["V"], "c": ["W"]}}
    g = cm.cid("A -> B; A, B -> C; A, B, C -> U; A, B, C -> V; A, B, C -> W", **owned)
    m = cm.model(g, A=[0, 1, 2], B=[0, 1, 2], C=[0, 1, 2], U=lambda A, B, C: payoffs[A, B, C][0],
                 V=lambda A, B, C: payoffs[A, B, C][1], W=lambda A, B, C: payoffs[A, B, C][2])  # fmt: skip
    (one,) = cm.equilibria(m, "subgame_perfect")
    assert tuple(one.values.values()) == induced(payoffs)


def test_larger_games_are_answered_in_reasonable_time():
    """64 x 64 strategies: dominance compares ranks, and where all cannot be listed some are found by pivoting."""
    owned = {"decisions": {"a": ["A"], "b": ["B"]}, "utilities": {"a": ["U"], "b": ["V"]}}
    g = cm.cid("X -> A; Y -> B; X, Y, A, B -> U; X, Y, A, B -> V", **owned)
    six = cm.uniform(range(6))
    pay = {"U": "(A == B) * (1 + X) - A * Y / 3", "V": "(A != B) * (1 + Y) - B * X / 5"}
    m = cm.model(g, pay, X=six, Y=six, A=[0, 1], B=[0, 1])
    found = cm.equilibria(m, kind="mixed", limit=4)
    assert found
    assert all(gain == 0 for one in found for gain in one.regret.values())
