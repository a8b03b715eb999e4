"""Verdict tables, prime implicants and safety cases: golden rows F, brute force, and the laws of arguments."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import chain, combinations, product
from json import dumps, loads
from random import Random

import pytest

import cidmesa as cm
from cidmesa.mesa.case.argument import Node, Result
from cidmesa.mesa.case.verdicts import VerdictTable

SPEC = cm.MesaSpec("A == 'b'", "updates")
INDEXICAL = {"value_ref": "indexical", "successor_targets": {"base": "A == 'a'"}}
TOGGLES = {
    "scope": ["updates", "episode"],
    "aware": ["full", "none"],
    "succession": ["planner", "same"],
    "value": {"current": {}, "indexical": INDEXICAL},
    "correction": {"mu K > 1": {"mu": 1}, "mu K <= 1": {"mu": "1/4"}},
}


@cache
def table(question="deceptive", *, game=False):
    succession = ["planner", "game", "same"] if game else TOGGLES["succession"]
    return cm.verdicts(cm.builders.episodes(1, 2), SPEC, {**TOGGLES, "succession": succession}, question)


def texts(found):
    return [str(one) for one in found]


def test_f1_and_f2_what_deception_needs_and_what_excludes_it():
    assert len(table().answers) == 32
    five = "scope = updates and aware = full and succession = planner and value = current and correction = mu K > 1"
    assert texts(cm.prime_implicants(table())) == [five]
    contrary = ["scope = episode", "aware = none", "succession = same", "value = indexical", "correction = mu K <= 1"]
    assert texts(cm.prime_implicants(table().contrary())) == contrary


def test_f3_contradictory_cells_are_free():
    found = table(game=True)
    assert (len(found.answers), len(found.cells("contradictory"))) == (48, 8)
    assert not found.cells("unknown")
    (only,) = cm.cover(found)
    assert dict(only.literals)["succession"] == ("planner", "game")
    assert len(cm.prime_implicants(found)) == 2


def test_f5_credences():
    (prime,) = cm.prime_implicants(table())
    names = [name for name, _ in prime.literals]
    credences = dict(zip(names, ["9/10", "1/2", "4/5", "9/10", "1/2"], strict=True))
    assert cm.chance_of(prime, credences) == (0, Fraction(1, 2))
    assert cm.chance_of(prime, credences, independent=True) == (Fraction(81, 500), Fraction(81, 500))
    with pytest.raises(cm.NotApplicable, match="no credence is given for 'scope'"):
        cm.chance_of(prime, {})
    always = cm.Implicant(())
    assert cm.chance_of(always, {}) == cm.chance_of(always, credences, independent=True) == (1, 1)


def test_f6_harmless_in_deployment_needs_more_than_not_to_be_deceptive():
    found = table("harmless")
    assert len(found.cells("true")) == 15
    assert texts(cm.prime_implicants(found)) == [
        f"{literal} and correction = mu K > 1"
        for literal in ("scope = episode", "aware = none", "succession = same", "value = indexical")
    ]
    open_defector = ("updates", "full", "planner", "current", "mu K <= 1")
    assert table().answers[open_defector] == "false" == found.answers[open_defector]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_chances_lie_between_bounds_that_are_reached(count):
    """The literals as sets of four equally likely worlds: all ways in which these may overlap."""
    names = [f"t{i}" for i in range(count)]
    implicant = cm.Implicant(tuple((name, ("yes",)) for name in names))
    for sizes in product(range(5), repeat=count):
        ways = product(*(combinations(range(4), size) for size in sizes))
        shared = {len(set.intersection(*map(set, sets))) for sets in ways}
        found = cm.chance_of(implicant, {name: Fraction(k, 4) for name, k in zip(names, sizes, strict=True)})
        assert found == (Fraction(min(shared), 4), Fraction(max(shared), 4))


# --- prime implicants against brute force ---------------------------------------------------------------------------


def random_table(rng):
    toggles = {f"t{k}": tuple(f"v{i}" for i in range(rng.choice([2, 2, 3]))) for k in range(rng.randint(1, 4))}
    weights = rng.choice([(5, 4, 0, 0), (4, 3, 2, 0), (4, 3, 2, 2)])
    kinds = ("true", "false", "contradictory", "unknown")
    answers = {cell: rng.choices(kinds, weights)[0] for cell in product(*toggles.values())}
    return VerdictTable("it", toggles, answers, {}, {})


def subsets(values):
    return chain.from_iterable(combinations(values, n) for n in range(1, len(values) + 1))


def by_brute_force(found):
    """All products of value sets that only cover true and free cells, one true; of these the maximal ones."""
    good = []
    for cube in product(*(list(subsets(values)) for values in found.toggles.values())):
        inside = [found.answers[cell] for cell in product(*cube)]
        if set(inside) <= {"true", "contradictory"} and "true" in inside:
            good.append(cube)

    def within(one, other):
        return all({*a} <= {*b} for a, b in zip(one, other, strict=True))

    return {cube for cube in good if not any(cube != other and within(cube, other) for other in good)}


def named(cell, found):
    return dict(zip(found.toggles, cell, strict=True))


def as_cube(prime, found):
    given = dict(prime.literals)
    return tuple(given.get(name, values) for name, values in found.toggles.items())


def test_prime_implicants_equal_brute_force_on_400_random_tables():
    rng = Random(4)
    for _ in range(400):
        found = random_table(rng)
        primes = cm.prime_implicants(found)
        assert {as_cube(prime, found) for prime in primes} == by_brute_force(found)
        covered = {
            cell for cell in found.answers if any(p.covers(dict(zip(found.toggles, cell, strict=True))) for p in primes)
        }
        assert {*found.cells("true")} <= covered <= {*found.cells("true"), *found.cells("contradictory")}
        chosen = cm.cover(found)
        for left in [chosen, *([p for p in chosen if p is not one] for one in chosen)]:
            whole = all(
                any(p.covers(dict(zip(found.toggles, c, strict=True))) for p in left) for c in found.cells("true")
            )
            assert whole is (left is chosen)


def test_primes_of_an_answer_and_of_its_contrary_meet_in_free_cells_only():
    rng = Random(9)
    for _ in range(100):
        found = random_table(rng)
        yes, no = cm.prime_implicants(found), cm.prime_implicants(found.contrary())
        for cell, answer in found.answers.items():
            at = dict(zip(found.toggles, cell, strict=True))
            if any(p.covers(at) for p in yes) and any(p.covers(at) for p in no):
                assert answer == "contradictory"


# --- arguments ------------------------------------------------------------------------------------------------------


def undefeated(case):
    return case.with_status({node.id: "rejected" for node in case.nodes if node.kind == "defeater"})


def test_undefeated_the_root_is_accepted_iff_the_accepted_literals_imply_the_claim():
    rng = Random(2)
    seen = set()
    for _ in range(150):
        found = random_table(rng)
        if not found.cells("true"):
            continue
        case = undefeated(cm.safety_case(found, "it holds"))
        literals = [node for node in case.nodes if node.kind == "assumption"]
        taken = [node.id for node in literals if rng.random() < 0.5]
        held = [
            (name, values)
            for prime in cm.prime_implicants(found)
            for name, values in prime.literals
            if f"{name} = {' or '.join(values)}" in taken
        ]
        cells = [
            cell
            for cell in found.answers
            if all(dict(zip(found.toggles, cell, strict=True))[n] in values for n, values in held)
        ]
        implied = all(found.answers[cell] in ("true", "contradictory") for cell in cells)
        possible = any(found.answers[cell] == "true" for cell in cells)
        status = case.with_status(dict.fromkeys(taken, "accepted")).status()
        if possible:
            assert (status == "accepted") is implied
            seen.add(status)
    assert seen == {"accepted", "open"}


def test_the_case_of_harmless_corners():
    case = cm.safety_case(table("harmless"), "it does no harm in deployment")
    assert case.status() == "open"
    assert {n.id for n in case.nodes if n.kind == "assumption"} >= {"scope = episode", "correction = mu K > 1"}
    assert "credit per episode" in case.node("evidence for scope = episode").text
    good = undefeated(case).with_status({"scope = episode": "accepted", "correction = mu K > 1": "accepted"})
    assert good.status() == "accepted"
    attacked = good.with_node(
        Node("D", "defeater", "the process changed", status="accepted"), ("D", "claim", "defeats")
    )
    assert attacked.status() == "rejected"
    answered = attacked.with_node(Node("E", "defeater", "it did not", status="accepted"), ("E", "D", "defeats"))
    assert answered.status() == "accepted"
    assert cm.Case.from_json(answered.to_json()) == answered
    assert "**claim** (claim, accepted): it does no harm in deployment (one below is enough)" in answered.to_markdown()


def drawn_cases():
    """The cases of two corners and of alignment faking; the latter with what claims of the file found."""
    hidden = {"seen": {}, "hidden": {"observes": {}}}
    for slug, name, free, toggle in (
        ("hubinger2019/two-corners", "deceptive", "mu", {"succession": ["planner", "same"]}),
        ("greenblatt2024/alignment-faking", "visible", "tau", {"phase": hidden}),
    ):
        scenario, region = cm.load(slug), cm.conditions(slug, "deceptive", of=name, over=[free])
        toggles = {"scope": ["updates", "episode"], **toggle, free: region}
        table_ = cm.verdicts(scenario.training, scenario.specs[name], toggles, "deceptive")
        yield scenario, cm.safety_case(table_.contrary(), "It is not deceptively aligned."), table_


def test_each_leaf_is_linked_to_the_result_that_shows_it():
    for _, case, _ in drawn_cases():
        leaves = [n for n in case.nodes if n.kind == "assumption" or n.id.startswith("cells of argument")]
        assert len(leaves) >= 4
        assert all(node.shown for node in leaves)
        regions = [n for n in leaves if any(result.kind == "condition" for result in n.shown)]
        assert len(regions) == 1
        otherwise = case.node("scope = episode").shown[0]
        assert (otherwise.kind, otherwise.holds) == ("certificate", False)
        assert "degree strict, deceptive" in otherwise.says
        for node in leaves:
            if node.kind == "evidence":
                assert {result.holds for result in node.shown} == {True}
        data = loads(dumps(case.to_json()))
        assert cm.Case.from_json(data) == case
        assert "see: certificate of scope = updates" in case.to_markdown()
        assert "→ certificate of scope =" in cm.svg(case)


def test_a_result_of_a_table_is_what_composing_its_cell_again_finds():
    for scenario, _, found in drawn_cases():
        cell = next(iter(found.cells("true")))
        at = dict(zip(found.toggles, cell, strict=True))
        assert found.results[cell].about == ", ".join(f"{name} = {value}" for name, value in at.items())
        name = "deceptive" if "corners" in scenario.slug else "visible"
        assert found.results[cell].says.startswith(
            f"degree {cm.certify_deception(scenario.of(name)).degree}, deceptive: "
        )


def test_a_reviewer_links_a_verdict_a_condition_a_certificate_or_a_claim():
    slug = "greenblatt2024/alignment-faking"
    _, (scenario, case, _) = drawn_cases()
    outcome = next(o for o in cm.check(slug, keyword="per-episode-no-control"))
    found = [
        cm.admits_ici(scenario.of("visible").cid, "D_A", "Theta2"),
        cm.conditions(slug, "deceptive", of="visible", over=["tau"]),
        cm.certify_deception(scenario.of("per-episode")),
        outcome,
    ]
    linked = case.with_results("scope = episode", *found, status="accepted")
    shown = linked.node("scope = episode").shown[1:]
    assert [(result.kind, result.holds) for result in shown] == [
        ("verdict", True),
        ("condition", None),
        ("certificate", False),
        ("claim", True),
    ]
    assert linked.status("scope = episode") == "open"  # its doubt is open
    assert "per-episode-no-control: passed" in linked.to_text()
    assert cm.Case.from_json(loads(dumps(linked.to_json()))) == linked
    with pytest.raises(cm.NotApplicable, match="a leaf needs a verdict, a condition"):
        case.with_results("scope = episode", 3)
    with pytest.raises(cm.NotApplicable, match="follows from its supports"):
        case.with_results("claim", outcome, status="accepted")
    with pytest.raises(cm.NotApplicable, match=r"kind of result 'proof' is not known"):
        Result("proof", "it", "all")


def test_a_condition_is_a_toggle_with_its_two_sides():
    condition = cm.conditions("hubinger2019/two-corners", "deceptive", of="deceptive", over=["mu"])
    corners = cm.load("hubinger2019/two-corners")
    found = cm.verdicts(corners.training, corners.specs["deceptive"], {"correction": condition})
    assert found.answers == {("mu > 1/3",): "true", ("not (mu > 1/3)",): "false"}


def test_a_weak_degree_is_unknown():
    found = cm.verdicts(cm.builders.episodes(1, 2), SPEC, {"mu": ["1/2", "1"]})
    assert found.answers == {("1/2",): "unknown", ("1",): "true"}
    assert found.reasons["1/2",] == "of several optimal plans some deceive"
    case = cm.safety_case(found)
    assert case.node("unknown cells").kind == "defeater"


@pytest.mark.parametrize(
    ("toggles", "said"),
    [
        ({}, "need a toggle"),
        ({"scop": ["updates"]}, r"'scop' is neither a field .* Did you mean 'scope'"),
        ({"scope": ["update"]}, r"scope='update' is not known\. Did you mean 'updates'"),
    ],
)
def test_wrong_toggles_are_refused(toggles, said):
    with pytest.raises(cm.NotApplicable, match=said):
        cm.verdicts(cm.builders.episodes(1, 1), SPEC, toggles)


def test_wrong_arguments_are_refused():
    a, b = Node("a", "claim", "a"), Node("b", "assumption", "b")
    with pytest.raises(cm.NotApplicable, match=r"kind 'clam' is not known\. Did you mean 'claim'"):
        cm.Case((Node("a", "clam", "a"),))
    with pytest.raises(cm.UnknownNode, match="there is no node 'c'"):
        cm.Case((a, b), (("c", "a", "supports"),))
    with pytest.raises(cm.CyclicError, match="is circular"):
        cm.Case((a, b), (("a", "b", "supports"), ("b", "a", "supports")))
    with pytest.raises(cm.NotApplicable, match="follows from its supports"):
        cm.Case((a, b), (("b", "a", "supports"),)).with_status({"a": "accepted"})


def test_credences_of_a_whole_table():
    """F5 again, by linear programs over cells; and of independent toggles exactly."""
    pairs = {"scope": "9/10", "aware": "1/2", "succession": "4/5", "value": "9/10", "correction": "1/2"}
    credences = {}
    for name, p in pairs.items():
        first, second = table().toggles[name]
        credences[name] = {first: p, second: 1 - Fraction(p)}
    assert cm.answer_chance(table(), credences, independent=True) == (Fraction(81, 500), Fraction(81, 500))
    pytest.importorskip("scipy")
    assert cm.answer_chance(table(), credences) == pytest.approx((0, 0.5), abs=1e-9)
    assert cm.answer_chance(table().contrary(), credences) == pytest.approx((0.5, 1), abs=1e-9)


def test_credences_meet_unknown_and_contradictory_cells():
    toggles = {"a": ("x", "y"), "b": ("x", "y")}
    answers = {("x", "x"): "true", ("x", "y"): "unknown", ("y", "x"): "false", ("y", "y"): "contradictory"}
    found = VerdictTable("it", toggles, answers, {}, {})
    even = {name: {"x": "1/2", "y": "1/2"} for name in toggles}
    assert cm.answer_chance(found, even, independent=True) == (Fraction(1, 3), Fraction(2, 3))
    pytest.importorskip("scipy")
    assert cm.answer_chance(found, even) == pytest.approx((0, 0.5), abs=1e-9)
    with pytest.raises(cm.NotApplicable, match="no distribution on the cells"):
        cm.answer_chance(found, {name: {"x": 0, "y": 1} for name in toggles})
    with pytest.raises(cm.NotApplicable, match="contradictory cells only"):
        cm.answer_chance(found, {name: {"x": 0, "y": 1} for name in toggles}, independent=True)
    with pytest.raises(cm.NotApplicable, match="'a' has no value 'z'"):
        cm.answer_chance(found, {"a": {"z": 1}, "b": {"x": 1}})
    with pytest.raises(cm.NotApplicable, match="sum to 1/2, not 1"):
        cm.answer_chance(found, {"a": {"x": "1/2"}, "b": {"x": 1}})
    with pytest.raises(cm.NotApplicable, match="no credence is given for 'b'"):
        cm.answer_chance(found, {"a": {"x": 1}})
