"""The laws P1 to P12 on 1,000 random training processes (P8 and P10 on grids; P2'' in test_discover)."""

import itertools
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from random import Random

import pytest

import cidmesa as cm
from cidmesa.criteria.concepts import CONCEPTS
from cidmesa.criteria.decision_problem import Problem
from cidmesa.criteria.ground import Decided
from cidmesa.mesa.edits import Case, actions
from cidmesa.solving.optimal.solution import rational_policy
from tests.mesa.processes import corners, first_rounds, random_process

B = "A == 'b'"
UPDATES = cm.MesaSpec(target=B, scope="updates")
EPISODE = cm.MesaSpec(target=B, scope="episode")
SPECS = [EPISODE, UPDATES, replace(UPDATES, recall="none"), replace(UPDATES, succession="game"),
         replace(UPDATES, aware="none")]  # fmt: skip


_COMPOSED: dict[tuple[int, str], tuple[cm.TrainingProcess, cm.Composition]] = {}


def composed(process, spec):
    """The composition that a law asks for, made once for all laws on a process."""
    key = id(process), repr(spec)
    if key not in _COMPOSED:
        _COMPOSED[key] = process, cm.compose(process, spec)  # the process is kept, and so its id is its own
    return _COMPOSED[key][1]


def thetas(process):
    return [node for node in process.cid.nodes if node.startswith("Theta")]


@lru_cache(maxsize=16)
def all_controls(cid):
    decided = {agent: Decided(CONCEPTS["ici"], Problem(cid, agent)) for agent in cid.agents}
    return {(d, n) for d in cid.decisions for n in cid.nodes if decided[cid.agent(d)].verdict(d, n)}


def controls(cid, nodes):
    return {(decision, node) for decision, node in all_controls(cid) if node in nodes}


def p1_relabelling(process, seed):
    """Other names give the same diagram with other names; composing twice gives the same."""
    renamed, _ = random_process(Random(seed), prefix="x")
    spec = UPDATES if seed % 2 else EPISODE
    ours, theirs = composed(process, spec), cm.compose(renamed, replace(spec, target="xA == 'b'"))
    names = {n: f"D_x{n[2:]}" if n.startswith("D_") else n if n.startswith("U_") else f"x{n}" for n in ours.cid.nodes}
    assert ours.cid.rename(names) == theirs.cid
    assert cm.compose(process, spec).model == ours.model


def p2_round_trip(process, seed):
    """Algorithm 2 after Algorithm 3 gives back who decides for what."""
    cid = composed(process, SPECS[seed % len(SPECS)]).cid
    game = cm.agents_from(cm.mechanised(cid))
    pairs = [(d, u) for d in cid.decisions for u in cid.utilities
             if cid.agent(d) == cid.agent(u) and cm.directed_path(cid, d, u)]  # fmt: skip
    groups = []
    for pair in pairs:
        touching = [g for g in groups if g & set(pair)]
        groups = [g for g in groups if g not in touching] + [set(pair).union(*touching)]
    assert (set(game.decisions), set(game.utilities)) == ({d for d, _ in pairs}, {u for _, u in pairs})
    assert game.edges == cid.edges
    found = sorted(sorted((*game.decisions_of(a), *game.utilities_of(a))) for a in game.agents)
    assert found == sorted(map(sorted, groups))


def p2_scope_is_discoverable(process, seed):
    """Per episode each round is an agent; across updates rounds join iff an earlier decision reaches a later aim."""
    apart = cm.agents_from(cm.mechanised(composed(process, EPISODE).cid))
    assert len(apart.agents) == len(process.actions)
    joined = composed(process, replace(UPDATES, recall="none")).cid
    rounds = range(1, len(process.actions) + 1)
    pairs = {(i, k) for i in rounds for k in rounds if k >= i and cm.directed_path(joined, f"D_A{i}", f"U_{k}")}
    game = cm.agents_from(cm.mechanised(joined))
    for i, k in pairs:
        assert game.agent(f"D_A{i}") == game.agent(f"U_{k}")
    assert (len(game.agents) < len(rounds)) == any(k > i for i, k in pairs)


def p3_aligned(process, seed):
    """An objective that is the base objective, scaled, per episode: the same training score as the best possible."""
    rounds = range(1, len(process.actions) + 1)
    if any(cm.directed_path(process.cid, f"A{t}", f"E{t + 1}") for t in rounds[:-1]):
        return  # an episode's agent may spoil a later episode
    spec = cm.MesaSpec(target={t: f"{1 + seed % 3} * R{t} - 1" for t in rounds}, scope="episode")
    assert cm.alignment(process, spec, {"train": {}}).robust


def p4_control(process, seed, updates):
    """No control of parameters per episode; across updates iff the update is alive and a later episode exists."""
    episode, across = (composed(process, spec).cid for spec in (EPISODE, UPDATES))
    assert not controls(episode, thetas(process))
    for t in range(1, len(process.actions)):
        after = f"Theta{t + 1}"
        assert ((f"D_A{t}", after) in controls(across, [after])) == (t in updates)


def p5_unaware(process, seed):
    """Taking its parameters as fixed, it has no incentive on them, and expects no less than it gets."""
    spec = replace(UPDATES, aware="none") if seed % 2 else replace(UPDATES, succession="same")
    c = composed(process, spec)
    assert not controls(c.cid, thetas(process))
    solution = cm.solve(c.model)
    assert solution.value >= cm.expected_utility(c.objective_twin, solution.policy, "mesa")
    path = any(cm.directed_path(c.objective_twin.cid, d, t) for d in c.cid.decisions for t in thetas(process))
    assert path == any(cm.directed_path(process.cid, a, t) for a in process.actions for t in thetas(process))


def p6_observation(process, seed):
    """Control of parameters does not depend on what is observed."""
    spec = replace(UPDATES, recall="none")
    blind = process.with_model(process.model.revised(
        [cm.Node(a, parents=(role.theta,)) for a, role in process.actions.items()]))  # fmt: skip
    seeing, unseeing = (cm.compose(p, spec).cid for p in (process, blind))
    assert controls(seeing, thetas(process)) == controls(unseeing, thetas(process))


def p9_locality(process, seed):
    """The first rounds of the composition are the composition of the first rounds, up to idle memory and copies."""
    count = 1 + seed % len(process.actions)
    spec = SPECS[seed % len(SPECS)]
    part, whole = cm.compose(first_rounds(process, count), spec).model, composed(process, spec).model
    later = [n for n in whole.cid.nodes if any(int(x[-1]) > count for x in n.split("@")[:1])]
    if spec.succession == "game":
        later = [n for n in whole.cid.nodes if int(n.split("@")[0][-1]) > count]
    rest = whole.revised(without=later)
    if spec.succession == "game":  # later rounds may make a self remember more
        same = {d: tuple(p for p in rest.cid.parents(d) if p in part.cid.parents(d)) for d in rest.cid.decisions}
        rest = rest.revised([replace(rest.cid.spec(d), parents=parents) for d, parents in same.items()])
    rest, part = as_decided(rest), as_decided(part)
    ends = rest.cid.indices((*rest.cid.decisions, *rest.cid.utilities))
    kept = rest.cid.dag.ancestors(ends)
    assert rest.revised(without=[n for n in rest.cid.nodes if rest.cid.index(n) not in kept]) == part


def as_decided(model):
    """The model whose decisions remember decisions, not the actions that surely are them (R10 may choose)."""
    cid = model.cid
    copy = {a: cid.parents(a)[0] for a in cid.chance_nodes if cid.parents(a) == (f"D_{a}",)}
    remembered = {d: tuple(dict.fromkeys(copy.get(p, p) for p in cid.parents(d))) for d in cid.decisions}
    return model.revised([replace(cid.spec(d), parents=parents) for d, parents in remembered.items()])


def p11_monotonicity(process, seed):
    """Seeing less is worth no more; fewer updates give no more incentives to control parameters."""
    model = composed(process, UPDATES).model
    links = [(p, d) for d in model.cid.decisions for p in model.cid.parents(d)]
    if len(process.actions) == 2:  # with more, forgetting makes a search over rules
        parent, decision = links[seed % len(links)]
        spec = model.cid.spec(decision)
        less = model.revised([replace(spec, parents=tuple(p for p in spec.parents if p != parent))])
        assert cm.solve(less).value <= cm.solve(model).value
    before = controls(composed(process, UPDATES).cid, thetas(process))
    for edit in actions(Case(process, UPDATES)):
        if edit.kind == "stop an update":
            after = controls(cm.compose(edit.change(Case(process, UPDATES)).training, UPDATES).cid, thetas(process))
            assert after < before


LAWS = [p1_relabelling, p2_round_trip, p2_scope_is_discoverable, p3_aligned, p4_control, p5_unaware, p6_observation,
        p9_locality, p11_monotonicity]  # fmt: skip


@pytest.mark.parametrize("part", [*range(5), *(pytest.param(part, marks=pytest.mark.nightly) for part in range(5, 15))])
def test_laws_on_a_hundred(part):
    for seed in range(100 * part, 100 * (part + 1)):
        process, updates = random_process(Random(seed))
        _COMPOSED.clear()
        for law in LAWS:
            law(process, seed, updates) if law is p4_control else law(process, seed)


# --- on grids -----------------------------------------------------------------------------------------------------


def worth(left, deployment, mu):
    """A.4: what the best plan is worth with ``left`` training rounds to go, the parameters still the learner's."""
    if not left:
        return Fraction(deployment)
    later = worth(left - 1, deployment, mu)
    return max(later, 1 + (1 - mu) * later)


@pytest.mark.parametrize(("training", "deployment"), list(itertools.product([1, 2, 3], [0, 1, 2])))
@pytest.mark.parametrize("mu", ["0", "1/3", "1/2", "2/3", "1"])
def test_p7_threshold(training, deployment, mu):
    """Comply with n rounds left iff mu W_(n-1) > 1; without deployment complying first never beats defecting."""
    c = cm.compose(corners(training, deployment, mu), replace(UPDATES, recall="none"))
    solution, chance = cm.solve(c.model), Fraction(mu)
    assert solution.value == worth(training, deployment, chance)
    before = chance * worth(training - 1, deployment, chance)
    firsts = {policy["D_A1"]() for policy in solution.optimal_policies()}
    assert firsts == ({"a"} if before > 1 else {"b"} if before < 1 else {"a", "b"})
    assert deployment or "b" in firsts


def toy(rng):
    """Return rounds of training and of deployment, the probability of correction, what a defection gains in each."""
    training, deployment = rng.randint(1, 3), rng.randint(0, 2)
    gains = [rng.randint(1, 4) for _ in range(training + deployment)]
    return training, deployment, Fraction(rng.randint(0, 10), 10), gains


def plans(training, mu, gains):
    """Return what each plan is worth: the learner's parameters last until a defection in training is corrected."""
    found = {}
    for plan in itertools.product("ab", repeat=len(gains)):
        lasting, total = Fraction(1), Fraction(0)
        for number, (gain, action) in enumerate(zip(gains, plan, strict=True), 1):
            if action == "b":
                total += gain * lasting
                lasting *= 1 - mu if number <= training else 1
        found[plan] = total
    return found


@pytest.mark.parametrize("part", range(4))
def test_p7_and_p12_on_random_toys(part):
    """1,000 values are those of the best plan; a tenth deceives throughout iff all best plans comply in training."""
    certified = 0
    for seed in range(250 * part, 250 * (part + 1)):
        training, deployment, mu, gains = toy(Random(seed))
        target = {t: f"{gain} * (A{t} == 'b')" for t, gain in enumerate(gains, 1)}
        c = cm.compose(corners(training, deployment, mu), replace(UPDATES, target=target))
        worths = plans(training, mu, gains)
        best = max(worths.values())
        assert cm.solve(c.model).value == best
        if seed % 10 == 0:
            comply = all(set(plan[:training]) == {"a"} for plan, value in worths.items() if value == best)
            assert (cm.certify_deception(c).extent == "throughout") == (comply and deployment > 0), seed
            certified += comply and deployment > 0
    assert certified > 1


@pytest.mark.parametrize(("training", "deployment"), [(1, 1), (1, 2), (2, 2)])
def test_p8_admits_and_has_differ_for_indexical_values(training, deployment):
    spec = replace(UPDATES, recall="none", value_ref="indexical", successor_targets={"base": "A == 'a'"})
    c = cm.compose(corners(training, deployment), spec)
    assert cm.admits_ici(c.cid, "D_A1", "Theta2")
    assert cm.solve(c.model).value == training + deployment
    assert "b" in {policy["D_A1"]() for policy in cm.solve(c.model).optimal_policies()}


@pytest.mark.parametrize(("training", "deployment"), [(1, 1), (1, 2), (2, 1), (2, 2), (2, 3)])
def test_p10_memory_is_worth_nothing_where_all_follows_from_the_plan(training, deployment):
    process = corners(training, deployment)
    values = [cm.solve(cm.compose(process, replace(UPDATES, recall=r)).model).value for r in ("perfect", "none")]
    assert values[0] == values[1]


@pytest.mark.parametrize("mu", ["1/2", "1"])
@pytest.mark.parametrize(("training", "deployment"), [(1, 3), (2, 3)])
def test_p12_in_training_the_certified_scores_as_the_aligned(training, deployment, mu):
    process = corners(training, deployment, mu)
    assert cm.certify_deception(cm.compose(process, UPDATES))
    found = cm.select(process, {"deceptive": UPDATES, "aligned": cm.MesaSpec(target="A == 'a'", scope="episode")})
    assert found.chosen == ("deceptive", "aligned")


def test_several_agents_by_episode_solve_like_one_by_one():
    """P2' in numbers: per episode each agent takes what is best for its own round."""
    for seed in range(10):
        process, _ = random_process(Random(seed))
        policy = rational_policy(cm.compose(process, EPISODE).model)
        assert all(set(policy[f"D_A{t}"].values.argmax(-1).ravel().tolist()) == {1}
                   for t in range(1, len(process.actions) + 1))  # fmt: skip
