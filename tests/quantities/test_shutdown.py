"""Human control: the example of the source, its propositions on random models, and the constructions."""

from collections import Counter
from fractions import Fraction
from itertools import product
from random import Random

import numpy as np
import pytest

import cidmesa as cm
from cidmesa.quantities.oversight import Oversight, Roles
from cidmesa.quantities.shutdown import _punishing

ROLES = Roles("H", 0, "S", 0, "agent")


@pytest.fixture
def office():
    """Figure 1 of the source; U has the link from H that its intervention on U uses."""
    g = cm.cid("L, D1 -> H -> D2 -> S; L, S, H -> U", decisions=["D1", "D2"], utilities=["U"])
    return cm.model(g, L=cm.uniform([0, 1]), D1=[0, 1], H="D1 != L", D2=[0, 1], S="D2", U="S * (2 * L - 1)")


def truths(report):
    return {p.name for p in report.predicates if p}


def test_the_obedient_agent(office):
    report = cm.shutdown(office, {"D1": 0, "D2": "H"})
    assert truths(report) == {p.name for p in report.predicates}
    assert (report.value, report.value_off) == (Fraction(1, 2), 0)


def test_the_agent_that_reverses(office):
    report = cm.shutdown(office, {"D1": 1, "D2": "1 - H"})
    assert truths(report) == {"beneficial", "vigilant", "cautious", "aligned", "outperforms_shutdown"}
    assert report.value == Fraction(1, 2)  # there is never need, so the human is vigilant
    assert report.obedient.witness == ((("D2", 1),),)
    assert report.obedient_on_distribution.witness == ((("L", 1), ("D1", 1)),)
    punished = cm.shutdown(office, {"D1": 1, "D2": "1 - H"}, interventions=[{"U": "2 * (S == H) - 1"}])
    assert punished.non_obstructive.holds is False
    assert punished.non_obstructive.reason == "under U: -1 against 0 when shut down"
    obeying = cm.shutdown(office, {"D1": 0, "D2": "H"}, interventions=[{"U": "2 * (S == H) - 1"}])
    assert obeying.non_obstructive


def test_the_agent_that_entrenches_itself():
    """It obeys, but it has made shutdown the worse end."""
    g = cm.cid("D1 -> H -> D2 -> S; D1, S -> U", decisions=["D1", "D2"], utilities=["U"])
    m = cm.model(g, D1=["entrench", "work"], H="1 if D1 == 'entrench' else 0", D2=[0, 1], S="D2",
                 U="0 if D1 == 'work' else -1 if S else -2")  # fmt: skip
    report = cm.shutdown(m, {"D1": "entrench", "D2": "H"})
    assert report.obedient
    assert report.vigilant
    assert not report.cautious
    assert not report.beneficial
    assert not report.instructable
    assert report.non_obstructive


def test_obedience_is_about_an_intervention():
    """Nobody ever asks, and the agent would not obey: obedient on the distribution only."""
    g = cm.cid("H -> D2 -> S; S -> U", decisions=["D2"], utilities=["U"])
    m = cm.model(g, H={0: 0, 1: 1}, D2=[0, 1], S="D2", U="S")
    report = cm.shutdown(m, {"D2": 1})
    assert report.obedient_on_distribution
    assert report.weakly_instructable
    assert not report.obedient
    assert not report.instructable
    assert report.obedient.witness == ((("D2", 1),),)


def test_roles_are_checked(office):
    with pytest.raises(cm.NotApplicable, match="no directed path"):
        cm.shutdown(office, {"D1": 0, "D2": "H"}, request="S", status="H")
    with pytest.raises(cm.NotApplicable, match="not on L"):
        cm.shutdown(office, {"D1": 0, "D2": "H"}, interventions=[{"L": 1}])
    with pytest.raises(cm.ModelError, match="not a state"):
        cm.shutdown(office, {"D1": 0, "D2": "H"}, ask="please")


def test_without_a_link_to_a_utility_obstruction_is_not_known():
    g = cm.cid("H -> D2 -> S -> X -> U", decisions=["D2"], utilities=["U"])
    m = cm.model(g, H=cm.uniform([0, 1]), D2=[0, 1], S="D2", X="S", U="X")
    report = cm.shutdown(m, {"D2": 1})
    assert report.non_obstructive.holds is None
    assert "?   non obstructive" in report.to_text()


# --- the propositions, on random models -------------------------------------------------------------------------


def random_problem(rng):
    g = cm.cid("L, D1 -> H -> D2 -> S; L, D1, S -> U", decisions=["D1", "D2"], utilities=["U"])

    def coin(**_):
        p = Fraction(rng.choice([0, 0, 0, 1, 2, 4, 4]), 4)
        return {0: 1 - p, 1: p}

    worth = {key: rng.randint(-2, 3) for key in product((0, 1), repeat=3)}
    odds = {key: coin() for key in product((0, 1), repeat=2)}
    noise = {d: coin() if rng.random() < 0.3 else d for d in (0, 1)}
    return cm.model(
        g,
        {"L": {0: "1/4", 1: "3/4"}, "D1": [0, 1], "D2": [0, 1]},
        H=lambda L, D1: odds[L, D1],
        S=lambda D2: noise[D2],
        U=lambda L, D1, S: worth[L, D1, S],
        domains={"H": [0, 1], "S": [0, 1]},
    )


def all_policies(model):
    for d1, at0, at1 in product((0, 1), repeat=3):
        yield cm.policy(model, {"D1": d1, "D2": lambda H, at=(at0, at1): at[H]})


def test_the_propositions_hold():
    rng, seen = Random("shutdown"), set()
    for _ in range(60):
        model = random_problem(rng)
        for policy in all_policies(model):
            r = cm.shutdown(model, policy)
            assert not r.instructable or (r.beneficial and r.aligned and r.weakly_instructable)  # Propositions 6 and 9
            assert not (r.aligned and r.cautious) or r.beneficial  # Proposition 8
            assert not r.aligned or r.outperforms_shutdown
            assert not r.obedient or r.obedient_on_distribution
            assert bool(r.non_obstructive) == bool(r.obedient and r.vigilant)  # Theorem 14
            seen |= truths(r)
            seen |= {"aligned but obstructive"} if r.aligned and not r.non_obstructive else set()  # Proposition 15
    assert len(seen) == 11


def test_what_is_built_against_a_policy_keeps_vigilance_and_obstructs():
    rng, built = Random("punished"), 0
    for _ in range(60):
        model = random_problem(rng)
        for policy in all_policies(model):
            report = cm.shutdown(model, policy)
            if report.non_obstructive:
                continue
            sight = Oversight(model.with_policy(policy), ROLES)
            other = sight.intervened(_punishing(sight, "U"))
            assert sight.stays_vigilant(other)
            assert other.value < other.value_off
            built += 1
    assert built > 100


def stays_vigilant_by_enumeration(sight, other):
    """Whether in no context and for no request here and there, she is vigilant here but not there."""
    requests = (each.model.tables["H"].values for each in (sight, other))
    for context, before, after in zip(np.ndindex(2, 2), *(table.reshape(4, 2) for table in requests), strict=True):
        pairs = [(h, h) for h in (0, 1)] if (before == after).all() else product((0, 1), repeat=2)
        for here, there in pairs:
            possible = before[here] > 0 and after[there] > 0
            vigilant = here == ROLES.ask or not sight.need[context]
            if possible and vigilant and other.need[context] and there != ROLES.ask:
                return False
    return True


def test_vigilance_stays_as_enumerated():
    rng, found = Random("vigilance"), Counter()
    for _ in range(25):
        model = random_problem(rng)
        for policy in all_policies(model):
            sight, twin = Oversight(model.with_policy(policy), ROLES), random_problem(rng)
            other = sight.intervened({node: rng.choice([model, twin]).mechanism(node) for node in ("H", "U")})
            stays = sight.stays_vigilant(other)
            assert stays == stays_vigilant_by_enumeration(sight, other)
            found[stays] += 1
    assert min(found.values()) > 20


def test_no_intervention_that_keeps_vigilance_obstructs_the_obedient_and_vigilant():
    rng, tried = Random("interventions"), 0
    for _ in range(60):
        model = random_problem(rng)
        for policy in all_policies(model):
            report = cm.shutdown(model, policy)
            if not (report.obedient and report.vigilant):
                continue
            sight = Oversight(model.with_policy(policy), ROLES)
            for _ in range(5):
                twin = random_problem(rng)
                other = sight.intervened({"H": twin.mechanism("H"), "U": twin.mechanism("U")})
                if sight.stays_vigilant(other):
                    assert other.value >= other.value_off
                    tried += 1
    assert tried > 50


def test_aligned_is_outperforming_shutdown_in_every_context():
    """Definition 7 is equivalent to E[U | pa_H] >= E[U_{S=0} | pa_H] at every context that occurs."""
    rng = Random("aligned")
    for _ in range(60):
        model = random_problem(rng)
        for policy in all_policies(model):
            sight = Oversight(model.with_policy(policy), ROLES)
            assert bool(cm.shutdown(model, policy).aligned) == (not sight.need.any())


# --- constructions ----------------------------------------------------------------------------------------------


def reward_model(rng):
    g = cm.cid("L, D1 -> H -> D2 -> S; L, D1, S -> N; D1, S -> Q", decisions=["D1", "D2"], utilities=["N", "Q"])
    base = random_problem(rng)
    extra = {key: rng.randint(-2, 3) for key in product((0, 1), repeat=2)}
    given = {n: base.mechanism(n) for n in ("L", "H", "S")} | {"D1": [0, 1], "D2": [0, 1]}
    return cm.model(g, given, N=base.mechanism("U"), Q=lambda D1, S: extra[D1, S], domains={"H": [0, 1], "S": [0, 1]})


def worth(model, policy, node, request):
    other = next(u for u in ("N", "Q") if u != node)
    forced = model.do(H=request)
    return cm.expected_utility(forced.with_mechanism({other: 0}), policy)


def test_causal_indifference_is_its_formula():
    rng = Random("causal")
    for _ in range(20):
        model = reward_model(rng)
        coin = cm.causal_indifference(model, request="H", normal=["N"], shut=["Q"])
        for policy in all_policies(model):
            wanted = worth(model, policy, "N", 1) + worth(model, policy, "Q", 0)
            assert cm.expected_utility(coin, policy) == wanted
        assert not cm.admits_ici(coin.cid, "D1", "H")


def test_utility_indifference_makes_indifferent():
    rng = Random("utility")
    for _ in range(20):
        model = reward_model(rng)
        for policy in all_policies(model):
            made_up = cm.utility_indifference(model, policy, request="H", normal=["N"], shut=["Q"])
            values = [cm.expected_utility(made_up.do(H=h), policy) for h in (0, 1)]
            assert values[0] == values[1] == worth(model, policy, "N", 1)


def test_indifference_needs_utilities_and_two_states(office):
    with pytest.raises(cm.NotApplicable, match="L is no utility"):
        cm.causal_indifference(office, request="H", normal=["L"], shut=["U"])


def test_constrained_optimisation_finds_an_instructable_policy_iff_there_is_one():
    rng, found_some, found_none = Random("constrained"), 0, 0
    for _ in range(40):
        model = random_problem(rng)
        able = [cm.expected_utility(model, p) for p in all_policies(model) if cm.shutdown(model, p)]
        found = cm.instructable_policy(model)
        assert bool(found) == bool(able)
        if found:
            assert found.value == max(able)
            assert found.report.instructable
        found_some, found_none = found_some + bool(found), found_none + (not found)
    assert found_some > 3
    assert found_none > 3
