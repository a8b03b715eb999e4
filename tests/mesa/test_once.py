"""What runs of a condition make once and share is what each of them would make by itself."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest

import cidmesa as cm
from cidmesa.library.scenario import Scenario
from cidmesa.mesa.training import anew
from cidmesa.symbolic.lifting import Point
from cidmesa.symbolic.traced import Trace
from tests.mesa.processes import small_spec, tangled_process

CHANCES = ["0", "1/3", "1", "p", "p", "(1 - p)", "q", "(p * q)"]
FREE = {name: cm.parameter(name, 0, 1, value="1/3") for name in "pq"}
QUESTIONS = [
    {"deceptive": True},
    {"deceptive": {}, "is": {"reason": "joint"}},
    {"deceptive": {}, "is": {"degree": "strict"}},
    {"deceptive": {}, "is": {"extent": "throughout"}},
    {"optimal": {"decision": "D_A1"}, "is": "a"},
    {"alignment": {"environments": {"train": {}, "deploy": {"q": "1/2"}}}, "is": "deceptive"},
]


def composition(rng):
    """Return a composition whose numbers depend on p and q, of two rounds in which anything goes or with a gate."""
    process, target = _tangled(rng) if rng.random() < 0.4 else _gated(rng)
    return cm.compose(process, small_spec(rng, target) if rng.random() < 0.5 else cm.MesaSpec(target, scope="updates"))


def _tangled(rng):
    process = tangled_process(rng, returning=rng.random() < 0.3, acts=1, chances=CHANCES, parameters=FREE)
    (spec,) = process.learners.values()
    return cm.training(process.model, actions=process.actions, learner="mesa"), dict(spec.target)


def _gated(rng):
    """A defection is trained away with some probability, and a gate lets the agent into deployment with others."""
    links = "Theta1 -> A1 -> R1 -> G; Theta1, R1 -> Theta2 -> A2; A2, G -> U2; R1 -> U1"
    gone, passing, barred = rng.choice(["p", "q", "1", "1/2"]), rng.choice(["1", "p", "q"]), rng.choice("pq10")
    update = cm.table([["mesa", 0, {"base": gone, "mesa": f"1 - {gone}"}], ["*", "*", {"same": "Theta1"}]],
                      ["Theta1", "R1"])  # fmt: skip
    gate = cm.table([[1, {1: passing, 0: f"1 - {passing}"}], [0, {1: barred, 0: f"1 - {barred}"}]], ["R1"])
    graph = cm.cid(links, utilities={"base": ["U1", "U2"]})
    model = cm.model(graph, Theta1={"mesa": 1, "base": 0}, A1=cm.uniform("ab"), R1="A1 == 'a'", Theta2=update,
                     G=gate, A2=cm.uniform("ab"), U1="R1", U2="G * (A2 == 'a')",
                     domains={"Theta2": ["mesa", "base"], "G": [0, 1]}, parameters=FREE)  # fmt: skip
    roles = {"A1": cm.learned("Theta1"), "A2": cm.learned("Theta2", episode=2, phase="deploy")}
    target = {1: "A1 == 'b'", 2: f"{rng.choice(['2', '3', '4 * q', '5 * p'])} * G * (A2 == 'b')"}
    return cm.training(model, actions=roles, learner="mesa", otherwise={"base": "a"}), target


def answer(found):
    """Return a condition as plain data, with the reasons where there is no answer."""
    return found.to_json(), [piece.why for piece in found.pieces]


def certified(mesa, at):
    """Return whether deception is certified at numbers; where there is no answer it is not."""
    training = mesa.training.with_model(mesa.training.model.substitute(at))
    try:
        return bool(cm.certify_deception(cm.compose(training, mesa.spec)))
    except cm.NotApplicable:
        return False


@pytest.mark.parametrize("seed", range(24))
def test_runs_that_share_find_the_condition_that_single_runs_find(seed, monkeypatch):
    rng = Random(seed)
    mesa, question, over = composition(rng), QUESTIONS[seed % len(QUESTIONS)], rng.choice(["p", "q", "pq"])
    found = cm.conditions(mesa, question, over=list(over))
    made = []
    monkeypatch.setattr(Trace, "once", lambda _self, key, make, _held=None, **_: made.append(key) or make())
    assert answer(cm.conditions(mesa, question, over=list(over))) == answer(found)
    assert made


@pytest.mark.parametrize("seed", range(24))
def test_a_certificate_at_numbers_is_what_the_condition_says(seed):
    rng = Random(seed)
    mesa = composition(rng)
    found = cm.conditions(mesa, {"deceptive": True}, over=["p", "q"])
    for _ in range(8):
        at = {name: Fraction(rng.choice([0, 1, 1, 2, 3, 4]), 4) for name in "pq"}
        assert certified(mesa, at) is found.holds_at(at)


def test_a_thing_is_made_again_where_what_was_asked_before_it_has_another_answer():
    def at(number):
        return Point(("p",), (Fraction(number),))

    trace, made = Trace(at(0)), []
    for number in ("1/4", "1/3", "3/4", "1/2", "1"):
        p = trace.at(at(number))["p"]
        assert p > 0
        high = p > Fraction(1, 2)
        made.append(trace.once("key", lambda: [bool(p < 1)]))  # noqa: B023 (called at once)
        assert trace.once("key", list) is made[-1]  # by what was asked so far
        assert (high, made[-1]) == (Fraction(number) > Fraction(1, 2), [Fraction(number) < 1])
        assert all(sign.holds(at(number)) for sign in trace.signs())
        assert len(trace.signs()) == 3
    assert [made.index(one) for one in made] == [0, 0, 0, 0, 4]
    assert made[0] is made[1] is made[3] is not made[2]


def test_what_has_no_hash_is_made_each_time():
    trace = Trace(Point(("p",), (Fraction(1, 2),)))
    (p,) = trace.parameters().values()
    assert [trace.once(key, object) is trace.once(key, object) for key in ("text", ["list"], (p,))] == [
        True,
        False,
        False,
    ]


@pytest.mark.parametrize("numbers", [(Fraction(1, 2), 0.5), (0.5, Fraction(1, 2))])
def test_equal_numbers_of_different_types_make_different_things(numbers):
    process, target = _gated(Random(0))
    there = {f"there {k}": {"p": number} for k, number in enumerate(numbers)}
    asked = {"alignment": {"environments": {"train": {}, **there}}, "is": "proxy"}
    found = cm.conditions(cm.compose(process, cm.MesaSpec(target, "updates")), asked, over=["q"])
    assert all("has floats" in piece.why for piece in found.pieces)


def test_equal_specifications_of_different_types_make_different_things():
    process, target = _gated(Random(0))
    half, exact = Fraction(1, 2), cm.MesaSpec(target, "updates", beliefs={"G": {1: "1/2", 0: "1/2"}})
    exact, floating = (replace(exact, beliefs={"G": {1: x, 0: x}}) for x in (half, 0.5))
    assert exact == floating

    def found(*specs):
        family = cm.families.specifications({str(k): spec for k, spec in enumerate(specs)})
        scenario = Scenario("a/b", "b", "b", process.cid, process.model, process, {"s": exact}, families={"f": family})
        question = {"certain": {"among": "f", "claim": "bad"}}
        return answer(cm.conditions(scenario, question, over=["q"], of="s"))

    assert found(exact, floating) == found(floating, exact)


def test_what_is_made_anew_keeps_its_models_apart_and_alike():
    mesa = cm.load("hubinger2019/two-corners").of("deceptive")
    mesa.model.with_policy(cm.solve(mesa.model).policy)
    again = anew(mesa)
    assert again == mesa
    assert (again.view is again.model) is (mesa.view is mesa.model)
    assert not {"_followed", "composed"} & {*vars(again.model), *vars(again.training)}
    assert again.origin is mesa
