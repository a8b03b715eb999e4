"""What derivation refuses, and in which words; how its values show themselves."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

import cidmesa as cm
from cidmesa import evidence as ev, families as fa
from cidmesa.mesa.derive.prior import bits_of

CORNERS = cm.builders.episodes(1, 1)
SPEC = cm.MesaSpec("A == 'b'", "updates")
ONE = fa.specifications({"one": SPEC})
GOOD = fa.specifications({"good": cm.MesaSpec("A == 'a'", "updates")})
FEATURES = {"x": {1: "A1 == 'b'"}, "y": {2: "A2 == 'b'"}}
FREE = fa.objectives(FEATURES, fa.box(-1, 1), SPEC)


def derived(family=ONE, evidence=(), **how):
    return cm.derive(CORNERS, family, evidence, **how)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda: cm.derive(CORNERS.model, ONE),
            "derive needs a training process, not a value of type Model",
        ),
        (lambda: cm.derive(CORNERS, SPEC), "derive needs a family, not a value of type MesaSpec"),
        (lambda: derived(ties="evn"), r"ties='evn' is not known\. Did you mean 'even'\?"),
        (lambda: derived(method="exakt"), r"method='exakt' is not known\. Did you mean 'exact'\?"),
        (lambda: derived().probability("deceptiv"), r"claim 'deceptiv' is not known\. Did you mean 'deceptive'\?"),
        (lambda: derived().probability("complies", stage=3), "there is no stage 3"),
        (lambda: derived().probability("proxy", stage=1), "only deceptive and complies can be asked by stage"),
        (lambda: derived(evidence=[ev.acted({"B1": "a"})]), r"'B1' is neither an action nor a decision"),
        (lambda: derived(evidence=[ev.acted({"A1": "c"})]), "'c' is not an option of 'D_A1'"),
        (lambda: derived(evidence=[ev.history([("A1", {"R1": 1}, "a")])]), "D_A1 does not see 'R1'"),
        (lambda: derived(GOOD, [ev.acted({"A1": "b"})]).classes, "nothing in the family fits the evidence"),
        (lambda: cm.voi(derived(GOOD, [ev.acted({"A1": "b"})]), "read"), "nothing in the family fits the evidence"),
        (lambda: cm.overseer(derived(GOOD, [ev.acted({"A1": "b"})]), {}), "nothing in the family fits the evidence"),
        (lambda: derived(FREE, method="estimate"), "give a seed"),
        (lambda: derived(FREE, method="bounds"), "bounds are for a box with coefficients that are no features"),
        (lambda: derived(fa.objectives(FEATURES, fa.box(x=(0, 1)), SPEC)), "the box has no range for 'y'"),
        (lambda: derived(fa.objectives({"A1": "A == 'b'"}, fa.box(0, 1), SPEC)), "'A1' has the name of a node"),
        (lambda: derived(fa.objectives({"x": "B == 'b'"}, fa.box(0, 1), SPEC)), "'B' names no node in episode 1"),
        (lambda: derived(FREE, rationality=1), "soft mesa-optimizers need a finite family"),
        (lambda: fa.box(1, 1), "has no interior"),
        (lambda: fa.box(1), "needs two ends"),
        (lambda: fa.ball(3), r"ball\(3\) is not known"),
        (lambda: fa.objectives({}, fa.simplex(), SPEC), "needs a feature"),
        (lambda: fa.objectives(FEATURES, "box", SPEC), "coefficients are box"),
        (lambda: fa.specifications({}), "at least one"),
        (lambda: derived(fa.mixture([(1, FREE), (1, ONE)]), method="estimate", seed=1), "cannot be estimated by draws"),
        (lambda: fa.mixture([(-1, ONE)]), "weights that are not negative"),
        (lambda: derived(fa.specifications({"a": SPEC}, prior={"b": 1})), "names 'b', which is not a specification"),
        (lambda: derived(fa.specifications({"a": SPEC, "b": SPEC}, prior={"b": 1})), "gives no weight to 'a'"),
        (
            lambda: derived(fa.specifications({"a": SPEC}, prior="evn")),
            r"prior 'evn' is not known\. Did you mean 'even'",
        ),
        (lambda: derived(fa.specifications({"a": SPEC}, prior={"a": 0})), "must not be negative, and one must be"),
        (lambda: derived().epsilon_set(levels={}), "one at least"),
        (lambda: derived().epsilon_set(levels={"a": {}}, weights={"a": 1, "b": 1}), "there is no level 'b'"),
        (lambda: derived().epsilon_set(levels={"a": {}, "b": {}}, weights={"a": 1}), "level 'b' has no weight"),
        (
            lambda: cm.nearly_optimal(CORNERS, SPEC, 0, at="each"),
            r"at='each' is not known\. Say start or each context",
        ),
        (
            lambda: cm.nearly_optimal(CORNERS, cm.MesaSpec("A == 'b'", "updates", recall="none"), 0, at="each context"),
            "defined only for recall='perfect'",
        ),
        (lambda: derived().probability(cm.answers({"icy": {}})), r"cannot read the question"),
        (lambda: ev.tested("A1", "passed"), r"result 'passed' is not known\. Did you mean 'pass'"),
        (lambda: ev.tested("A1", "pass", taken_for_real="1/2"), "needs like="),
        (lambda: ev.tested("A1", "pass", sensitivity=2), "2 is not a probability"),
        (lambda: ev.scored(0, among="processes"), r"Did you mean 'process'"),
        (lambda: ev.read({"proxy": {"x": "1/2"}}, "x"), "sum to 1/2, not 1"),
        (lambda: ev.read({"proxy": {"x": 1}}, "y"), "no row gives 'y'"),
        (lambda: derived(evidence=[ev.read({"proxy": {"x": 1}}, "x")]), "has no row for 'one' or the class"),
        (lambda: cm.voi(derived(), "reed"), r"test 'reed' is not known\. Did you mean 'read'"),
        (lambda: cm.voi(derived(), ev.acted({"A1": "a"})), "must be made by"),
        (
            lambda: cm.overseer(derived(ties="even"), {"read": "read"}, costs={"rd": 1}),
            "costs name 'rd', which is not a test",
        ),
        (lambda: cm.overseer(derived(ties="even"), {"none": "read"}), "cannot be called 'none'"),
        (
            lambda: cm.voi(derived(), "read", {"proxi": 1}),
            r"names 'proxi', which is not a class.* Did you mean 'proxy'",
        ),
        (lambda: derived().diagram.possible_incentives("ici", "D_A9"), "no diagram has the decision 'D_A9'"),
    ],
)
def test_refusals_name_what_is_wrong_and_what_to_do(call, said):
    with pytest.raises(cm.CidmesaError, match=said):
        call()


def test_one_piece_of_evidence_needs_no_list():
    seen = ev.acted({"A1": "a"})
    assert str(derived(FREE, seen).classes) == str(derived(FREE, [seen]).classes)


def test_tests_that_share_a_latent_must_agree_on_it():
    pair = [ev.tested("A2", "pass", like="A1", taken_for_real=q, latent="it") for q in ("1/2", "1/3")]
    with pytest.raises(cm.NotApplicable, match="latent='it' must give it one probability"):
        derived(evidence=pair)


def test_what_can_not_be_composed_is_open_and_not_certain():
    """An agent for each episode that sees nothing of the later: no exact answer, so everything stays possible."""
    specs = {"good": cm.MesaSpec("A == 'a'", "updates"), "odd": cm.MesaSpec("nothing", "updates")}
    found = derived(fa.specifications(specs))
    p = found.probability("internal")
    assert (p.kind, p.low, p.high, p.ties) == ("bounds", Fraction(1, 2), 1, False)
    assert not found.certain("internal")
    assert found.possible("deceptive")
    assert [cell.name for cell in found.unanswered] == ["odd"]
    assert "without an answer: odd, target: 'nothing' names no node" in found.to_text()


def test_diagrams_that_contradict_each_other_are_listed_and_not_drawn():
    """Each of two actions may see the other: what one observes follows from what the other decides."""
    g = cm.cid("Theta -> A -> U; Theta -> B -> U", utilities={"base": ["U"]})
    m = cm.model(g, Theta={"mesa": 1, "base": 0}, A=cm.uniform("ab"), B=cm.uniform("ab"), U="(A == 'a') + (B == 'a')")
    t = cm.training(m, actions={n: cm.learned("Theta", stage=n) for n in "AB"}, learner="mesa", otherwise={"base": "a"})
    target = {1: "(A == 'b') + (B == 'b')"}
    specs = {f"{a} sees {b}": cm.MesaSpec(target, "updates", observes={a: [b]}) for a, b in ("AB", "BA")}
    shared = cm.derive(t, fa.specifications(specs)).diagram
    assert ("B", "D_A") in shared.possible
    assert ("B", "D_A") not in shared.certain
    assert shared.link("B", "D_A").value == Fraction(1, 2)
    with pytest.raises(cm.NotApplicable, match="contradict each other"):
        shared.cid  # noqa: B018
    assert "<table" in shared._repr_mimebundle_()["text/html"]
    assert "possible: B -> D_A  1/2" in shared.to_text()


def test_history_counts_actions_in_their_contexts():
    door = cm.builders.one_shot()
    specs = {name: cm.MesaSpec(f"At{name}", "episode") for name in ("Door", "Red")}
    seen = ev.history([("A", {"Door": "left", "Red": "right"}, "left")])
    here = {"train": {"train": "1/2"}}
    found = cm.derive(door, fa.specifications(specs), [seen], environments=here)
    assert [member.name for member in found.members] == ["Door"]
    never = cm.derive(door, fa.specifications(specs), [], environments={"train": {"train": 1}})
    assert len(never.members) == 2
    with pytest.raises(cm.NotApplicable, match="nothing in the family fits"):
        cm.derive(door, fa.specifications(specs), [seen], environments={"train": {"train": 1}}).classes  # noqa: B018


def test_what_is_done_in_deployment_is_history_too():
    """Only in deployment is the red thing not at the door."""
    specs = {name: cm.MesaSpec(f"At{name}", "episode") for name in ("Door", "Red")}
    seen = ev.history([("A", {"Door": "left", "Red": "right"}, "right")])
    found = cm.derive(cm.builders.one_shot(deployed="1/2"), fa.specifications(specs), [seen])
    assert [member.name for member in found.members] == ["Red"]


def test_classes_by_what_the_base_objective_is():
    three = cm.load("hubinger2019/three-alignments")
    specs = {name: three.specs[name] for name in ("internal", "corrigible", "deceptive")}
    found = cm.derive(three.training, fa.specifications(specs), about="B", truth="a")
    assert {member.name: member.kind for member in found.members} == {name: name for name in specs}


def test_bits_are_those_of_a_prefix_code_and_do_not_depend_on_names():
    texts = ["1", "0", "A == 'a'", "A == 'b'", "2 * (A == 'b')", "A == 'b' and A == 'a'", "-(A == 'b')", "1/2"]
    specs = [cm.MesaSpec(text, scope) for text in texts for scope in ("episode", "updates")]
    assert sum(Fraction(1, 2 ** bits_of(CORNERS, spec)) for spec in specs) <= 1
    assert bits_of(CORNERS, cm.MesaSpec("A == 'a'", "updates")) == bits_of(CORNERS, cm.MesaSpec("A == 'b'", "updates"))
    assert bits_of(CORNERS, cm.MesaSpec("2 * (A == 'b')", "updates")) > bits_of(
        CORNERS, cm.MesaSpec("A == 'b'", "updates")
    )


@pytest.mark.parametrize(("number", "bits"), [("0", 3), ("1", 5), ("0.5", 7), ("3", 7), ("1.75", 13)])
def test_a_number_takes_a_sign_and_elias_codes_more_than_a_name(number, bits):
    """Of the numerator + 1 and the denominator: 1, 2 and 3, 4 to 7, 8 to 15 take 1, 3, 5, 7 bits."""
    a_name, a_number = (bits_of(CORNERS, cm.MesaSpec({1: text}, "updates")) for text in ("A1", number))
    assert a_number - a_name == bits


def test_values_show_themselves():
    found = derived(FREE, [ev.acted({"A1": "a"})])
    data = json.loads(json.dumps(found.to_json()))
    assert data["classes"]["deceptive"]["low"] == str(found.probability("deceptive").value)
    assert "<table" in found.to_html()
    assert "probability" in found.to_html()
    assert found._repr_mimebundle_()["text/plain"] == found.to_text()
    assert "<svg" in found.diagram._repr_mimebundle_()["text/html"]
    p = derived(FREE, [], method="estimate", seed=1).probability("complies")
    assert "95%" in str(p)
    assert p.to_json()["seed"] == 1
    assert p.complement().hits == p.draws - p.hits
    with pytest.raises(cm.NotApplicable, match="this is not a single number"):
        p.value  # noqa: B018
    assert "beta" in cm.soft_deception(CORNERS, SPEC, [1]).to_html()


def test_a_chart_of_the_posterior():
    pytest.importorskip("matplotlib")
    chart = cm.plot(derived(FREE, [ev.acted({"A1": "a"})]), title="Corners")
    assert chart.to_text().startswith("Corners: deceptive ")
    assert chart.to_svg().count("<svg") == 1
