"""Laws of derivation over random families, against an enumeration of all ways to break ties."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from fractions import Fraction
from itertools import product
from random import Random

import pytest

import cidmesa as cm
from cidmesa import evidence as ev, families as fa
from cidmesa.mesa.derive.member import claim_named
from cidmesa.mesa.derive.probability import Way, extremes
from tests.mesa.derive.families import drawn, evidence, finite, process

CLAIMS = ("deceptive", "misaligned", "bad", "complies", "defects later", "deceives", "deceives strictly")
PART = 8


def by_enumeration(found, claim):
    """The least and greatest posterior over all pure ways to break ties."""
    right = claim_named(claim)
    cells = [[(cell.low, member) for member in cell.members] for cell in found.found.cells]
    shares = []
    for picked in product(*cells):
        total = sum(prior * member.likelihood for prior, member in picked)
        if total:
            shares.append(sum(prior * member.likelihood for prior, member in picked if right(member)) / total)
    return (min(shares), max(shares)) if shares else None


def judged_anew(seed):
    """A random family all of whose members are judged for it."""
    rng = Random(seed)
    training = process(rng)
    return training, finite(rng, training), evidence(rng)


def laws(training, family, items, seed):
    """The laws for one random family; whether ties were open for some claim."""
    found = cm.derive(training, family, items)
    if by_enumeration(found, "complies") is None:
        with pytest.raises(cm.NotApplicable, match="nothing in the family fits"):
            found.probability("complies")
        return False
    open_ties = False
    for claim in CLAIMS:
        p = found.probability(claim)
        assert (p.low, p.high) == by_enumeration(found, claim), (seed, claim)
        assert p.kind == "exact"
        assert p.ties or p.low == p.high
        assert found.certain(claim) <= found.possible(claim)
        contrary = lambda member, claim=claim: not claim_named(claim)(member)  # noqa: E731 (a claim)
        assert found.certain(claim) is not found.possible(contrary)
        if found.certain(claim):
            assert p.low == 1
        open_ties |= p.low < p.high
    even = replace(found, ties="even", _known={})
    for claim in CLAIMS:
        p = found.probability(claim)
        assert p.low <= even.probability(claim).value <= p.high
    sure = [p for p in found.classes.values() if p.low == p.high]
    assert sum(p.low for p in sure) <= 1 <= sum(p.high for p in found.classes.values())
    return open_ties


def test_probabilities_are_the_extremes_over_all_ways_to_break_ties():
    assert sum(laws(*judged_anew(seed), seed) for seed in range(PART)) >= 1


def test_probabilities_are_the_extremes_for_500_families_of_shared_members():
    """Members are judged once for each of 30 pools of process and evidence; families, priors and ties differ."""
    found = [laws(*drawn(Random(seed), pools=30), seed) for seed in range(500)]
    assert sum(found) > 30


def test_a_family_of_shared_members_is_the_family_of_its_specifications():
    for seed in range(5):
        training, family, items = drawn(Random(seed), pools=30)
        specs = {name: family.pool.family.specs[name] for name in family.pool.family.specs if name in family.weights}
        again = cm.derive(training, fa.specifications(specs, prior=family.weights), items)
        assert again.to_json()["members"] == cm.derive(training, family, items).to_json()["members"]
        for claim in CLAIMS:
            assert again.probability(claim) == cm.derive(training, family, items).probability(claim)


@pytest.mark.nightly
def test_probabilities_are_the_extremes_for_500_families():
    assert sum(laws(*judged_anew(seed), seed) for seed in range(1000, 1500)) > 30


def test_extremes_equal_enumeration_on_random_ways():
    rng = Random(5)
    for _ in range(500):
        members = []
        for _ in range(rng.randint(1, 4)):
            ways = []
            for _ in range(rng.randint(1, 3)):
                weight = Fraction(rng.randint(0, 6), 6)
                ways.append(Way(rng.choice([0, weight]), weight))
            members.append(ways)
        sums = [(sum(w.hit for w in picked), sum(w.weight for w in picked)) for picked in product(*members)]
        ratios = [Fraction(hit) / weight for hit, weight in sums if weight]
        if not ratios:
            with pytest.raises(cm.NotApplicable, match="fits the evidence"):
                extremes(members)
            continue
        low, high = extremes(members)
        assert (low.ratio, high.ratio) == (min(ratios), max(ratios))


def without_interest(seed):
    """w = 0: nobody deceives, in any degree; and more care for one deployment never lowers P(deceptive, complies)."""
    rng = Random(seed)
    training = cm.builders.episodes(1, rng.choice([1, 2]), mu=rng.choice(["1/2", 1]))
    shares = []
    for w in ("0", "1/2", "1"):
        later = {t: f"({w}) * (A{t} == 'b')" for t in training.episodes[1:]}
        features = {"x": {1: "A1 == 'b'"}, "y": later}
        box = fa.box(rng.choice([-1, 0]), 1)
        family = fa.objectives(features, box if w == "0" else fa.box(-1, 1), cm.MesaSpec("0", "updates"))
        found = cm.derive(training, family)
        shares.append(found.probability(lambda member: member.deceptive() and member.complies()).value)
        if w == "0":
            assert not found.possible("weak")
    assert shares[0] == 0
    assert shares == sorted(shares)


def test_who_does_not_look_ahead_does_not_deceive_and_who_does_more_does_so_more():
    for seed in range(3):
        without_interest(seed)


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("mu", ["1/4", "1/2", "1"])
def test_the_family_of_one_training_episode_in_closed_form(count, mu):
    """s = mu K, a = s/2 where s <= 1, else 1 - 1/(2s): P(deceptive given comply) = a/(2 + a), less than 1/3."""
    later = {t: f"A{t} == 'b'" for t in range(2, count + 2)}
    family = fa.objectives({"x": {1: "A1 == 'b'"}, "y": later}, fa.box(-1, 1), cm.MesaSpec("0", "updates"))
    found = cm.derive(cm.builders.episodes(1, count, mu=mu), family, [ev.acted({"A1": "a"})])
    s = Fraction(mu) * count
    a = s / 2 if s <= 1 else 1 - 1 / (2 * s)
    assert found.probability("deceptive").value == a / (2 + a) < Fraction(1, 3)


@pytest.mark.parametrize("rounds", [1, 2])
def test_what_training_cannot_tell_stays_as_it_was(rounds):
    """However often equal behaviour is seen, the posterior inside what is left is the prior: 3/11 again."""
    features = {
        "x": {t: f"A{t} == 'b'" for t in range(1, rounds + 1)},
        "y": {t: f"A{t} == 'b'" for t in (rounds + 1, rounds + 2)},
    }
    family = fa.objectives(features, fa.box(-1, 1), cm.MesaSpec("0", "updates"))
    acts = {f"A{t}": "a" for t in range(1, rounds + 1)}
    found = cm.derive(cm.builders.episodes(rounds, 2), family, [ev.acted(acts)])
    assert found.probability("deceptive").value == Fraction(3, 11)


def test_to_defect_now_or_in_the_next_equal_episode_is_a_tie_of_positive_prior():
    """Seen to comply once of two: who would rather defect gets as much by doing so later."""
    features = {"x": {t: f"A{t} == 'b'" for t in (1, 2)}, "y": {t: f"A{t} == 'b'" for t in (3, 4)}}
    family = fa.objectives(features, fa.box(-1, 1), cm.MesaSpec("0", "updates"))
    p = cm.derive(cm.builders.episodes(2, 2), family, [ev.acted({"A1": "a"})]).probability("deceptive")
    assert (p.low, p.high, p.ties) == (Fraction(3, 16), Fraction(3, 11), True)


def test_a_passed_test_that_alarms_least_for_the_good_never_lowers_good_but_may_raise_deceptive():
    later = {t: f"A{t} == 'b'" for t in (2, 3)}
    family = fa.objectives({"x": {1: "A1 == 'b'"}, "y": later}, fa.box(-1, 1), cm.MesaSpec("0", "updates"))
    process, seen = cm.builders.episodes(1, 2), [ev.acted({"A1": "a"})]
    before = cm.derive(process, family, seen)
    rng = Random(3)
    raised = False
    for _ in range(12):
        alarms = {kind: Fraction(rng.randint(0, 8), 8) for kind in ("proxy", "deceptive")}
        alarms["internal"] = min(alarms.values()) * Fraction(rng.randint(0, 4), 4)
        if min(alarms.values()) == 1:
            continue
        tool = ev.read({kind: {"alarm": p, "pass": 1 - p} for kind, p in alarms.items()}, "pass")
        after = cm.derive(process, family, [*seen, tool])
        assert after.probability("robust").value >= before.probability("robust").value
        raised |= after.probability("deceptive").value > before.probability("deceptive").value
    assert raised


def test_no_passive_test_is_worth_more_than_reading_what_it_is_nor_less_than_nothing():
    later = {t: f"A{t} == 'b'" for t in (2, 3)}
    family = fa.objectives({"x": {1: "A1 == 'b'"}, "y": later}, fa.box(-1, 1), cm.MesaSpec("0", "updates"))
    found = cm.derive(cm.builders.episodes(1, 2), family, [ev.acted({"A1": "a"})])
    rng = Random(8)
    for _ in range(8):
        loss = Fraction(rng.randint(1, 8), 4)
        rows = {kind: Fraction(rng.randint(0, 6), 6) for kind in ("proxy", "deceptive", "internal")}
        tool = ev.read({kind: {"alarm": p, "pass": 1 - p} for kind, p in rows.items()}, "pass")
        (worth, _), (most, _) = cm.voi(found, tool, loss=loss), cm.voi(found, "read", loss=loss)
        assert 0 <= worth <= most


def test_with_open_ties_the_worth_of_a_test_is_an_interval_and_no_diagram_is_made():
    specs = {
        "tied": cm.MesaSpec({1: "A1 == 'b'", 2: "A2 == 'b'"}, "updates"),
        "good": cm.MesaSpec("A == 'a'", "updates"),
    }
    found = cm.derive(cm.builders.episodes(1, 1), fa.specifications(specs))
    low, high = cm.voi(found, ev.tested("A2", "pass"))
    assert low < high
    with pytest.raises(cm.NotApplicable, match="ties are open"):
        cm.overseer(found, {"honeypot": ev.tested("A2", "pass")})
    even = cm.derive(cm.builders.episodes(1, 1), fa.specifications(specs), ties="even")
    assert low <= cm.voi(even, ev.tested("A2", "pass"))[0] <= high


def test_soft_choices_at_the_ends_of_beta_and_between():
    """D = G = 0 at 0; D is not negative where no liking is; far out both tell the strictly deceptive from others."""
    rng = Random(6)
    seen = set()
    for _ in range(10):
        process = cm.builders.stages({"one": (1, rng.choice(["1/2", 1])), "deployment": (rng.choice([1, 2]), 0)})
        likings = [Fraction(rng.randint(0, 6), 3) for _ in process.episodes]
        target = {t: f"({w}) * (A{t} == 'b')" for t, w in zip(process.episodes, likings, strict=True)}
        spec = cm.MesaSpec(target, "updates")
        none, some, far = cm.soft_deception(process, spec, [0, 1, 300]).points
        for p in (none.compliance, none.deception):
            assert p.low <= 0 <= p.high
            assert p.high - p.low < 1e-9
        assert some.compliance.high >= 0
        degree = cm.certify_deception(cm.compose(process, spec)).degree
        seen.add(degree)
        if degree == "strict":
            assert far.compliance.low > Fraction(999, 1000)
            assert far.deception.low > Fraction(999, 1000)
        if degree == "none" and 0 not in likings:  # no ties, which stay as even as they are
            assert abs(far.deception.low) < Fraction(1, 1000)
    assert {"strict", "none"} <= seen


def test_soft_choices_as_plain_data():
    found = cm.soft_deception(cm.builders.episodes(1, 1), cm.MesaSpec("A == 'b'", "updates"), [0, "1/2"])
    rows = json.loads(json.dumps(found.to_json()))
    assert [row["beta"] for row in rows] == ["0", "1/2"]
    for row, point in zip(rows, found.points, strict=True):
        assert row["compliance"] == json.loads(json.dumps(point.compliance.to_json()))
        assert set(row) == {"beta", "comply", "deceive", "compliance", "deception"}


def test_a_test_that_says_nothing_else_is_taken_for_real_and_never_errs():
    plain = ev.tested("A2", "pass")
    assert plain == ev.tested("A2", "pass", taken_for_real=1, sensitivity=1, false_alarm=0)


def test_evidence_about_soft_choices_without_enclosures_is_the_same_estimated(monkeypatch):
    from cidmesa.mesa.derive import enclosure

    corners = fa.specifications({to: cm.MesaSpec(f"A == '{to}'", "updates") for to in "ab"})
    looked = ev.read({"a": {"bad": "1/10", "fine": "9/10"}, "b": {"bad": "9/10", "fine": "1/10"}}, "bad")
    monkeypatch.setattr(enclosure, "find_spec", lambda _: None)
    monkeypatch.setitem(sys.modules, "flint", None)
    found = cm.derive(cm.builders.episodes(1, 2), corners, [ev.acted({"A1": "a"}), looked], rationality=2)
    assert str(found.probability("deceptive")) == "0.9 (estimate by floats)"


def test_soft_choices_without_enclosures_are_the_same_estimated(monkeypatch):
    from cidmesa.mesa.derive import enclosure

    spec, process = cm.MesaSpec("A == 'b'", "updates"), cm.builders.episodes(1, 2)
    exact = cm.soft_deception(process, spec, 2).points[0].deception
    monkeypatch.setattr(enclosure, "find_spec", lambda _: None)
    found = cm.soft_deception(process, spec, 2).points[0].deception
    assert found.kind == "estimate"
    assert abs(found.low - float(exact.low)) < 1e-12
