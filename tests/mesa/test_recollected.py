"""Rational plans by beliefs against backward induction and search, in every world that a certificate looks at."""

from fractions import Fraction
from random import Random

import pytest

import cidmesa as cm
from cidmesa.mesa import blinding, plans
from cidmesa.mesa.blinding import without_own_memory
from cidmesa.mesa.deceit import Study
from cidmesa.mesa.plans import Plan, rational_plans
from cidmesa.mesa.recollected import plans_by_beliefs
from cidmesa.mesa.world import World
from tests.mesa.built import composed
from tests.mesa.oracle.draw import draw

MANY = [pytest.param(range(60)), pytest.param(range(60, 2000), marks=pytest.mark.nightly)]


@pytest.fixture
def compared(monkeypatch):
    """How many worlds were compared, the number of plans in each; all that are solved from here on are."""
    counts = []

    def both(world, roles, most):
        found = plans_by_beliefs(world, roles, most)
        if found is not None and len(found) < most:
            old = {plan.key: plan for plan in plans._one_by_one(world, roles)}
            new = {plan.key: plan for plan in (Plan(*tables) for tables in found)}
            assert new.keys() == old.keys()
            for key, plan in new.items():
                assert {d: (rows > 0).tolist() for d, rows in plan.rules.items()} == {
                    d: (rows > 0).tolist() for d, rows in old[key].rules.items()
                }
            counts.append(len(new))
        return found

    monkeypatch.setattr(plans, "plans_by_beliefs", both)
    return counts


@pytest.mark.parametrize("seeds", MANY)
def test_random_processes(seeds, compared):
    worlds = 0
    for seed in seeds:
        rng = Random(seed)
        try:
            composition = composed(draw(rng))
            str(cm.certify_deception(composition))
        except (cm.TooLarge, cm.NotApplicable):
            continue
        worlds += 1
    assert len(compared) > worlds // 2
    assert any(count > 1 for count in compared)


@pytest.mark.parametrize("recall", ["none", "perfect"])
@pytest.mark.parametrize("mu", ["1/2", "2/3", 1])
def test_episodes_with_ties(recall, mu, compared):
    for target in ("A == 'b'", "(A == 'b') - 0 * (A == 'a')"):
        spec = cm.MesaSpec(target=target, scope="updates", recall=recall)
        str(cm.certify_deception(cm.compose(cm.builders.episodes(2, 2, mu=mu), spec)))
    assert compared


def test_rational_plans_are_those_of_a_study():
    composition = cm.compose(cm.builders.episodes(), cm.MesaSpec(target="A == 'b'", scope="updates"))
    study = Study(composition, ("U_base1",), composition.optimizers[0])
    assert [p.key for p in rational_plans(study.world, study.roles)] == [p.key for p in study.plans]


@pytest.mark.parametrize("seeds", [pytest.param(range(40)), pytest.param(range(40, 2000), marks=pytest.mark.nightly)])
def test_memory_that_the_rest_tells_changes_no_certificate(seeds, monkeypatch):
    """With its evidence; only which sets of equally good plans come first may differ."""
    compared = 0
    for seed in seeds:
        process = draw(Random(seed))
        found = []
        for small in (float("inf"), 0):
            monkeypatch.setattr(blinding, "SMALL", small)
            composition = composed(process)
            view = World.of(composition.view)
            try:
                certificate = cm.certify_deception(composition)
                spans = [(s.name, s.degree, s.reason, s.threat, s.threats) for s in certificate.spans]
                whole = certificate.degree, certificate.extent, certificate.reason, certificate.threat
                found.append((*whole, spans, len(certificate.study.plans)))
            except cm.NotApplicable as refusal:
                found.append(str(refusal))
            except cm.TooLarge:
                found.append(None)
        assert None in found or found[0] == found[1], seed
        compared += without_own_memory((view, World.of(composition.objective_twin)), composition.roles)[0] is not view
    assert compared > len(seeds) // 20


@pytest.mark.parametrize("seed", range(20))
def test_a_world_from_now_on_has_the_joint_law_of_what_is_read(seed):
    """H is summed out, so that Y depends on X; states that cannot be are among them."""
    rng = Random(seed)
    graph = cm.cid("H -> X; H -> Y; X, Y -> D; D, X, Y -> U", decisions=["D"], utilities=["U"])
    given = {name: cm.table([[h, _law(rng)] for h in (0, 1)], ["H"]) for name in "XY"}
    wanted = cm.table([[d, x, y, rng.randint(-2, 2)] for d in "ab" for x in (0, 1) for y in (0, 1)], ["D", "X", "Y"])
    world = World.of(cm.model(graph, {"H": _law(rng), **given, "D": ["a", "b"], "U": wanted}))
    now = world.from_now_on([])
    assert [*now.nodes] == ["X", "Y", "D", "U"]
    assert (now.joint(["X", "Y"]) == world.joint(["X", "Y"])).all()
    assert (now.joint(["Y", "D"], "U") == world.joint(["Y", "D"], "U")).all()


def _law(rng):
    share = Fraction(rng.randint(0, 4), 4)
    return {0: share, 1: 1 - share}
