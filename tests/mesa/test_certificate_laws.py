"""The theorems on deceptive alignment, on random processes and grids, by the oracle's explicit trees."""

from dataclasses import replace
from fractions import Fraction
from itertools import product
from random import Random

import pytest

from tests.mesa.oracle import builders as b
from tests.mesa.oracle.certificate import Judge, certify
from tests.mesa.oracle.conduct import Case
from tests.mesa.oracle.draw import draw
from tests.mesa.oracle.golden import OLDER, ROWS
from tests.mesa.oracle.laws import conduct_in, law, myopic_plans, older, removed, values_of, with_objective
from tests.mesa.oracle.process import Chance, Process, Spec, Value, chance
from tests.mesa.oracle.rational import TooMany, best
from tests.mesa.oracle.world import World, number

MANY = 16  # blocks in all, of 125 processes each


def blocks(usual):
    """The usual number of blocks; the rest in the nightly run."""
    return pytest.mark.parametrize("block", [*range(usual), *(
        pytest.param(k, marks=pytest.mark.nightly) for k in range(usual, MANY))])  # fmt: skip


ORDER = ("none", "weak", "sure", "strict")


def cases(name, block):
    """A block of random cases with their certificates; those of too many plans are left out."""
    for seed in range(125):
        rng = Random(f"{name} {block} {seed}")
        process = draw(rng, several=rng.random() < 0.1)
        try:
            yield (case := Case(process, rng.choice(list(process.specs)))), certify(case), rng
        except TooMany:
            continue


def complied(case):
    """Plans with spans that they comply in."""
    for plan in case.plans:
        for stage in case.members:
            if case.complies(plan, {stage}):
                yield plan, frozenset({stage})


# --- degrees --------------------------------------------------------------------------------------------------------


@blocks(MANY)
def test_laws_of_degrees(block):
    """L1: no span beats the whole, and the whole is none iff all spans are. L2, L3, L4: when there is none."""
    for case, found, _ in cases("degrees", block):
        spans = [ORDER.index(degree) for degree in found.spans.values()]
        assert max(spans) <= ORDER.index(found.degree)
        assert (found.degree == "none") == (max(spans) == 0)
        if not any(case.defects(plan, {stage}) for plan in case.plans for stage in case.members):
            assert found.degree == "none"
        if case.spec.aware == "none" or case.spec.succession == "same":
            assert found.degree == "none"
        if case.spec.scope == "episode":
            assert all(degree == "none" for span, degree in found.spans.items() if own_is_safe(case, span))


def own_is_safe(case, span):
    """Whether no threat that a stage reaches is upstream of an own utility of the stage's episodes."""
    if span == "*":
        return False
    threats = Judge(case).threats_of(frozenset({span}))
    episodes = case.episodes_of(case.members[span])
    below = {*threats, *case.process.descendants(threats)}
    return not any(below & {*case.spec.target[e].parents} for e in episodes)


@blocks(2)
def test_without_threats_there_is_none(block):
    """L3: parameters and gates that no action changes."""
    for case, _, _ in cases("no threat", block):
        acts = set(case.acts)
        nodes = {n: _deaf(case.process, n, acts) if n in case.threats else x for n, x in case.process.nodes.items()}
        spec = {v: replace(s, beliefs={}) for v, s in case.process.specs.items()}
        try:
            assert certify(Case(replace(case.process, nodes=nodes, specs=spec), case.learner)).degree == "none"
        except TooMany:
            continue


def _deaf(process, name, acts):
    """The threat as it is where everything downstream of actions has its first state."""
    node = process.nodes[name]
    reached = process.descendants(acts) | acts
    fixed = {p: process.nodes[p].states[0] for p in node.parents if p in reached and p not in process.thetas}

    def row(key):
        return node.table[tuple(fixed.get(p, x) for p, x in zip(node.parents, key, strict=True))]

    return Chance(node.states, node.parents, {key: row(key) for key in node.table})


# --- blinding -------------------------------------------------------------------------------------------------------


def blinded(case, plan, span):
    judge, acts = Judge(case), case.acts_of(span)
    says = {key: option for key, option in plan.items() if key[0] in acts}
    ghosts, threats = judge.ghosts(acts), judge.threats_of(span)
    return World(case.mind, case.laws, learner=case.learner, ghosts=ghosts, blind=threats, says=says)


@blocks(2)
def test_what_the_plan_does_looks_the_same_to_the_blind(block):
    """T3a: under the plan all nodes have the same law whether or not the threats are blind to it."""
    compared = 0
    for case, _, _ in cases("ghosts", block):
        for plan, span in complied(case):
            world = World(case.mind, case.laws)
            assert law(world, plan, case.mind.order) == law(blinded(case, plan, span), plan, case.mind.order)
            compared += 1
    assert compared > 80


@blocks(2)
def test_the_blind_do_not_see_what_is_done(block):
    """T3b: with all other actions fixed, the law of the threats is the same whatever is done in the span."""
    for case, _, rng in cases("unseen", block):
        for plan, span in complied(case):
            acts = case.acts_of(span)
            world = blinded(case, plan, span)
            rest = {n: Chance(x.states, (), {(): {x.states[0]: Fraction(1)}}) for n, x in case.acts.items()
                    if n not in acts}  # fmt: skip
            fixed = World(case.mind, {**case.laws, **rest}, learner=case.learner, ghosts=world.ghosts,
                          blind=world.blind, says=world.says)  # fmt: skip
            threats = sorted(world.blind)
            asis, other = ({key: rng.choice(case.acts[key[0]].states) for key in plan} for _ in range(2))
            assert law(fixed, asis, threats) == law(fixed, other, threats)


@blocks(3)
def test_blind_and_myopic_coincide_where_only_threats_reach_the_future(block):
    """L7: a whole episode that reaches later own utilities through threats alone."""
    compared = 0
    for case, _, _ in cases("myopic", block):
        for plan, span in complied(case):
            if case.spec.scope != "updates" or case.spec.indexical or not _only_threats(case, span):
                continue
            blind = Judge(case).rational(plan, span, Judge(case).threats_of(span), {})
            assert {conduct_in(case, p, span) for p in blind} == {
                conduct_in(case, p, span) for p in myopic_plans(case, plan, span)
            }
            compared += 1
    assert compared > 15


def _only_threats(case, span):
    acts = case.acts_of(span)
    episodes = case.episodes_of(acts)
    whole = acts == {j for j, act in case.acts.items() if act.episode in episodes}
    if not whole or len(episodes) > 1 or len(case.process.specs) > 1 or any(len(_stages(case, j)) > 1 for j in acts):
        return False
    reached = acts | case.process.descendants(acts, avoiding=case.threats) - set(case.threats)
    later = {p for e, u in case.spec.target.items() if e not in episodes for p in u.parents}
    now = {p for e, u in case.spec.target.items() if e in episodes for p in u.parents}
    threats = Judge(case).threats_of(span)
    return not reached & later and not (threats | case.process.descendants(threats)) & now


def _stages(case, j):
    return [stage for stage, acts in case.members.items() if j in acts]


def test_one_act_of_an_episode_is_not_an_episode():
    """Without the word "whole" L7 fails: a threat sees the other act, which blinding leaves alone."""
    process = b.copies(lambda first, second: second == "b", worth=2)
    gains = {("a", "a"): Fraction(1, 2), ("b", "b"): Fraction(1)}
    own = Value(("A1", "A2"), {key: gains.get(key, Fraction(0)) for key in product("ab", repeat=2)})
    case = Case(replace(process, specs={"mesa": Spec({1: own, 2: process.specs["mesa"].target[2]})}))
    span = frozenset({("copy 1", "train")})
    (plan,) = case.plans
    blind = Judge(case).rational(plan, span, Judge(case).threats_of(span), {})
    assert [conduct_in(case, p, span) for p in blind] != [
        conduct_in(case, p, span) for p in myopic_plans(case, plan, span)
    ]


# --- the older certificate, and small changes -----------------------------------------------------------------------


@pytest.mark.parametrize("row", [row for row in ROWS if row.learner is None], ids=lambda row: row.name)
def test_older_certificate(row):
    """The table's last column; L5: with safe compliance, the older one implies strict, throughout, but-for."""
    assert older(Case(row.process())) == (row.name in OLDER)
    if row.name in OLDER:
        assert row.judgement == "strict, throughout"


def test_older_certificate_on_chains():
    """L5, on chains in which compliance is safe."""
    held = 0
    for seed in range(150):
        rng = Random(f"older {seed}")
        training, deployment = rng.randint(1, 3), rng.randint(1, 2)
        mus = [rng.choice(["1/4", "1/2", "3/4", 1]) for _ in range(training)]
        gains = [rng.choice([0, 1, 1, 2, 3]) for _ in range(training + deployment)]
        case = Case(b.chain(training, deployment, mus, gains=gains))
        if older(case):
            found = certify(case)
            assert (found.degree, found.extent, found.reason) == ("strict", "throughout", "but-for")
            held += 1
    assert held > 20


@blocks(3)
def test_strict_survives_small_changes(block):
    """L6: of the mesa-objective."""
    strict = 0
    for case, found, rng in cases("small changes", block):
        if found.degree == "strict" and len(case.process.specs) == 1 and not case.spec.indexical:
            little = {e: Value(u.parents, {k: x + Fraction(rng.randint(-9, 9), 10**6) for k, x in u.table.items()})
                      for e, u in case.spec.target.items()}  # fmt: skip
            assert certify(with_objective(case, little)).degree == "strict"
            strict += 1
    assert strict > 2


# --- self-knowledge and interfaces ----------------------------------------------------------------------------------


@blocks(2)
def test_knowing_its_parameters_changes_nothing(block):
    """T6: where parameters never return, an optimizer that sees whether it is in force does as it did."""
    for case, found, _ in cases("self", block):
        if len(case.process.specs) > 1 or _may_return(case.process) or case.spec.aware != "full":
            continue
        sees = {j: (*case.spec.observes.get(j, ()), act.theta) for j, act in case.acts.items()}
        knowing = with_objective(case, dict(case.spec.target), observes=sees)
        again = certify(knowing)
        assert (again.degree, again.extent, again.reason) == (found.degree, found.extent, found.reason)
        assert values_of(knowing)[0] == values_of(case)[0]


def _may_return(process):
    """Whether another's parameters may become the learner's."""
    rows = (row for n in process.thetas for key, row in process.nodes[n].table.items() if "base" in key)
    return any(state != "base" for row in rows for state in row)


def test_stages_meet_in_their_interface():
    """T8: the best for both stages is the best first stage for its own utility and the worth of where it leads."""
    compared = 0
    for seed in range(200):
        process = _with_interface(draw(Random(f"interface {seed}")))
        case = Case(process)
        if case.spec.scope != "updates" or case.spec.succession == "game" or case.spec.recall != "perfect":
            continue
        if case.laws:
            continue
        first = {n for n in process.nodes if n[-1] == "1" or n in ("Ph", "Theta2")}
        try:
            assert _value(case, None) == _value(case, _worth_of(case, sorted(first)))
            compared += 1
        except TooMany:
            continue
    assert compared > 60


def _with_interface(process):
    """The later actions see all that there is of the first episode."""
    seen = tuple(n for n in process.nodes if n[-1] == "1" or n == "Ph")
    nodes = {n: replace(x, observes=tuple(dict.fromkeys([*x.observes, *seen]))) if n in process.acts and x.episode > 1
             else x for n, x in process.nodes.items()}  # fmt: skip
    spec = replace(next(iter(process.specs.values())), beliefs={}, observes={})
    return replace(process, nodes=nodes, specs={"mesa": spec})


def _parts(case):
    target = case.spec.target
    return [target[1]], [target[e] for e in target if e > 1]


def _value(case, worth_of):
    """The optimum of both stages at once; or of the first, each end of which is worth something."""
    now, later = _parts(case)
    world, scale = World(case.mind), number([*now, *later])
    total, own = world.worth([*now, *later], scale), world.worth(now, scale)
    free = frozenset((j, case.learner) for j, act in case.acts.items() if worth_of is None or act.episode == 1)
    if worth_of is None:
        return Fraction(best(world, {}, free, total)[0], world.total * scale)
    names, worth = worth_of
    places = [world.at[n] for n in names]
    most = best(world, {}, free, lambda s: own(s) + scale * worth[tuple(s[i] for i in places)])[0]
    return most / (world.total * scale)


def _worth_of(case, names):
    """What the later stage is worth at best, for each state of the interface: by conditioning, first acts at random."""
    _, later = _parts(case)
    world, scale = World(case.mind), number(later)
    worth, places = world.worth(later, scale), [world.at[n] for n in names]
    free = frozenset((j, case.learner) for j, act in case.acts.items() if act.episode > 1)
    found = {}
    for state, p in law(world, {}, names).items():
        top, _ = best(world, {}, free, lambda s, i=state: worth(s) if tuple(s[k] for k in places) == i else 0)
        found[state] = Fraction(top, world.total * scale) / p
    return names, found


def test_chains_by_their_recursion():
    """T8 on chains: comply iff what compliance protects is worth more than the gain."""
    for seed in range(200):
        rng = Random(f"chain {seed}")
        rounds = rng.randint(1, 3)
        mus = [Fraction(rng.randint(1, 8), 8) for _ in range(rounds)]
        nu = Fraction(rng.choice([0, 0, 1]), 8)
        gains = [Fraction(rng.randint(0, 3)) for _ in range(rounds + 1)]
        case = Case(b.chain(rounds, 1, mus, nu, gains=gains))
        worth, acts = gains[-1], []
        for gain, mu in zip(reversed(gains[:-1]), reversed(mus), strict=True):
            comply, defect = (1 - nu) * worth, gain + (1 - mu) * worth
            acts.append({x for x, v in (("a", comply), ("b", defect)) if v == max(comply, defect)})
            worth = max(comply, defect)
        assert values_of(case)[0] == worth
        done = {(c.action, x) for plan in case.plans for c in case.conduct(plan) for x in c.done}
        first = {x for action, x in done if action == "A1"}
        assert first == acts[-1]


# --- screening ------------------------------------------------------------------------------------------------------


def audits(count, worth, removal):
    """``count`` audits in which a defection gains 1; ``removal`` of history (acts so far): how likely it is removed.

    Then ``worth`` episodes in which nobody looks, as one.
    """
    process = b.chain(count, 1, [1] * count, gains=[1] * count + [worth])
    nodes = dict(process.nodes)
    for t in range(2, count + 2):
        acts = [f"A{k}" for k in range(1, t)]
        domains = {f"Theta{t - 1}": b.WHO, **dict.fromkeys(acts, b.AB)}
        nodes[f"Theta{t}"] = chance(b.WHO, domains, lambda theta, *past: _after(theta, removal(past)))
    return Process(nodes, process.utilities, {"mesa": Spec(process.specs["mesa"].target)})


def _after(theta, gone):
    return {"mesa": 1 - Fraction(gone), "base": Fraction(gone)} if theta == "mesa" else theta


def removal_of(count, worth, removal):
    return removed(Case(audits(count, worth, removal)), f"Theta{count + 1}")


@pytest.mark.parametrize(("count", "worth"), [*product((1, 2, 3), (1, 2, 3, 5))])
def test_screening(count, worth):
    """T9: a best-responding optimizer is removed with probability at most 1 - (1 - 1/K)^N, attained at 1/K."""
    bound = 1 - (1 - Fraction(1, worth)) ** count
    assert max(removal_of(count, worth, lambda past: Fraction(past[-1] == "b", worth))) == bound
    for shares in product((0, 1, 2, 3, 2 * worth), repeat=count):
        mus = [min(Fraction(share, 2 * worth), Fraction(1)) for share in shares]
        assert max(removal_of(count, worth, lambda past, m=mus: m[len(past) - 1] * (past[-1] == "b"))) <= bound


def test_screening_by_history():
    """T9: nor does it help to make removal depend on what was done before."""
    for worth, first, after_a, after_b in product((2, 3), *[(0, 1, 2, 3, 6)] * 3):
        mus = {("b",): first, ("a", "b"): after_a, ("b", "b"): after_b}
        rates = {past: min(Fraction(share, 2 * worth), Fraction(1)) for past, share in mus.items()}
        found = removal_of(2, worth, lambda past, r=rates: r.get(past, 0))
        assert max(found) <= 1 - (1 - Fraction(1, worth)) ** 2


def test_screening_surely_removes_nobody():
    assert removal_of(2, 3, lambda past: int(past[-1] == "b")) == [0]


@pytest.mark.parametrize(("worth", "most"), [(2, 1), (3, "2/3"), (4, "1/2")])
def test_waiting_is_better(worth, most):
    """T10: if removal may wait until the audits are over, the most is min(1, N/K)."""

    def at_the_end(shares):
        return lambda past: shares[past] if len(past) == 2 else 0

    histories = list(product("ab", repeat=2))
    tied = {past: min(Fraction(past.count("b"), worth), Fraction(1)) for past in histories}
    assert max(removal_of(2, worth, at_the_end(tied))) == Fraction(most)
    for shares in product(range(0, 2 * worth + 1, max(1, worth // 2)), repeat=3):
        rates = dict(zip(histories[1:], (min(Fraction(s, 2 * worth), Fraction(1)) for s in shares), strict=True))
        assert max(removal_of(2, worth, at_the_end(rates | {("a", "a"): 0}))) <= Fraction(most)


# --- shipped claims -------------------------------------------------------------------------------------------------


def test_discounting_on_a_grid():
    """Two corners: throughout iff it pays for the first episode; certified also iff for the second alone, if mu < 1."""
    for mu, gamma in product([Fraction(k, 8) for k in range(1, 9)], [Fraction(k, 9) for k in range(1, 10)]):
        found = certify(Case(b.chain(mu=mu, gains=[gamma**t for t in range(5)])))
        future = gamma * (1 + gamma + gamma**2) * mu
        assert (found.extent == "throughout") == (future * gamma > 1), (mu, gamma)
        assert found.certified == (future > 1 and (mu < 1 or future * gamma > 1)), (mu, gamma)


@pytest.mark.parametrize("declared", [False, True])
def test_gate_on_a_grid(declared):
    """The gate before deployment, as a threat and as a resource."""
    levels = [Fraction(0), Fraction(1, 3), Fraction(1, 2), Fraction(1)]
    for worth, mu, gc, gd in product((1, Fraction(3, 2), 3, 4), levels, levels, levels):
        found = certify(Case(b.gated(gc, gd, mu, worth, declared)))
        complies = worth * (gc - (1 - mu) * gd) > 1
        if declared:
            assert found.certified == complies, (worth, mu, gc, gd)
            continue
        alone = worth * (gc - gd)
        assert found.certified == (complies and (alone <= 1 or worth * mu > 1)), (worth, mu, gc, gd)
        if found.certified:
            assert found.reason == ("but-for" if alone <= 1 else "joint"), (worth, mu, gc, gd)
