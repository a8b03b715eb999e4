"""The composer's theorems on random processes: laws by enumeration of all settings in Fractions, ties included."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import product
from random import Random

import pytest

import cidmesa as cm
from cidmesa.mesa.compose import drafted
from cidmesa.modelling.expression import Expression
from cidmesa.modelling.numbers import as_number
from tests.mesa.processes import tangled_process

SHARES = [Fraction(0), Fraction(1, 3), Fraction(1, 2), Fraction(1)]
SPLIT = range(4)  # each law in parts, so that workers share them


def law(model, rules, keep):
    """The distribution of some nodes, summed over all settings; ``rules``: node -> setting -> distribution or None."""
    found: Counter = Counter()
    nodes = [node for node in model.cid.nodes if model.cid.kind(node) != "utility"]

    def go(place, setting, weight):
        if place == len(nodes):
            found[tuple(setting[node] for node in keep)] += weight
            return
        node = nodes[place]
        row = rules[node](setting) if node in rules else None
        for state, p in (row or table_row(model, node, setting)).items():
            if p:
                go(place + 1, setting | {node: state}, weight * p)

    go(0, {}, Fraction(1))
    return dict(found)


def table_row(model, node, setting):
    table = model.table(node)
    place = tuple(model.domain(p).index(setting[p]) for p in table.variables[:-1])
    return {state: Fraction(as_number(p)) for state, p in zip(model.domain(node), table.values[place], strict=True)}


def random_rule(rng, domains, options):
    rows = {}
    for seen in product(*domains):
        p = rng.choice(SHARES)
        rows[seen] = dict(zip(options, (1 - p, p), strict=True))
    return rows


# --- T5: semantics ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", SPLIT)
def test_composition_keeps_the_law_of_training(part):
    """Under rules that read nodes of the process, these have the law of the process with the rules filled in."""
    for seed in range(part, 120, len(SPLIT)):
        rng = Random(seed)
        process = tangled_process(rng, optimizers=1 + seed % 2, returning=rng.random() < 0.5)
        c = cm.compose(
            process, {v: replace(s, recall=rng.choice(["perfect", "none"])) for v, s in process.learners.items()}
        )
        filled, decided = {}, {}
        for action, role in process.actions.items():
            seen = process.observations(action)
            rows = {
                v: random_rule(rng, [process.model.domain(p) for p in seen], process.model.domain(action))
                for v in process.learners
            }
            filled[action] = lambda s, rows=rows, seen=seen, theta=role.theta: rows.get(s[theta], {}).get(
                tuple(s[p] for p in seen)
            )
            for value in process.learners:
                if action in c.of(value):
                    decided[c.of(value)[action]] = lambda s, row=rows[value], seen=seen: row[tuple(s[p] for p in seen)]
        nodes = [n for n in process.cid.nodes if process.cid.kind(n) != "utility"]
        assert law(c.objective_twin, decided, nodes) == law(process.model, filled, nodes), seed


# --- T6: self-knowledge -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", SPLIT)
def test_self_knowledge_changes_nothing_where_parameters_never_return(part):
    """The optimum, what is done in force, the value of knowing, and the path criterion for control of chance nodes."""
    for seed in range(part, 60, len(SPLIT)):
        process = tangled_process(Random(seed), rounds=2 + seed % 2, acts=1)
        c = cm.compose(process)
        knowing = c.model
        for action, decision in c.decisions.items():
            theta = process.actions[action].theta
            if theta in c.cid and theta not in knowing.cid.parents(decision) and c.cid.parents(action) != (decision,):
                spec = knowing.cid.spec(decision)
                assert cm.value_of_information(c.model, decision, theta) == 0, seed
                knowing = knowing.revised([replace(spec, parents=(*spec.parents, theta))])
        before, after = cm.solve(c.model), cm.solve(knowing)
        assert before.value == after.value, seed
        policy = {d: _taken_in_force(process, after.policy[d], c.model) for d in c.cid.decisions}
        assert cm.expected_utility(c.model, policy) == before.value, seed
        assert controlled(c.cid) == controlled(knowing.cid), seed


def _taken_in_force(process, rule, model):
    """The rule that does everywhere what ``rule`` does where the parameters that it sees besides are the learner."""
    parents = model.cid.parents(rule.decision)
    known = {name: process.learner for name in rule.parents if name not in parents}
    seen = product(*(model.domain(parent) for parent in parents))
    return cm.table([[*s, rule(known | dict(zip(parents, s, strict=True)))] for s in seen], parents)


def controlled(cid):
    return {
        (d, x)
        for d in cid.decisions
        for x in cid.chance_nodes
        if any(cm.directed_path(cid, d, u, via=x) for u in cid.utilities_of(cid.agent(d)))
    }


# --- T7: scope ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", SPLIT)
def test_no_control_without_a_path_to_an_own_utility(part):
    looked = 0
    for seed in range(part, 40, len(SPLIT)):
        process = tangled_process(Random(seed), acts=1)
        c = cm.compose(process, {"mesa": replace(process.learners["mesa"], scope="episode")})
        for decision in c.cid.decisions:
            agent = c.cid.agent(decision)
            alone = c.project(agent)
            for node in alone.cid.chance_nodes:
                if not any(cm.directed_path(c.cid, decision, u, via=node) for u in c.cid.utilities_of(agent)):
                    looked += 1
                    assert not cm.has_ici(alone, decision, node), (seed, decision, node)
                    assert cm.admits_ici(c.cid, decision, node).status == "excluded"
    assert looked > 20


# --- R8: memory ---------------------------------------------------------------------------------------------------


def best_by_hand(process, spec):
    """The most that a plan gets; what it knows of a round is what it saw and did if it acted, else nothing."""
    model, order = process.model, process.episodes
    names = [node for node in model.cid.nodes if model.cid.kind(node) != "utility"]
    worth = [Expression(text) for text in spec.target.values()]

    def acted(action, at):
        return at[process.actions[action].theta] == process.learner

    def seen(action, at):
        return tuple(at[node] for node in process.observations(action))

    def information(action, at):
        now = order.index(process.actions[action].episode)
        earlier = [a for a, role in process.actions.items() if order.index(role.episode) < now]
        return action, seen(action, at), tuple((seen(a, at), at[a]) if acted(a, at) else None for a in earlier)

    weighted = []  # what is done at which information sets, and the value of all that; each option has weight 1/2
    for states, weight in law(model, {}, names).items():
        at = dict(zip(names, states, strict=True))
        done = [(information(action, at), at[action]) for action in process.actions if acted(action, at)]
        weighted.append((done, weight * 2 ** len(done) * sum(e({n: at[n] for n in e.names}) for e in worth)))
    sets = list(dict.fromkeys(info for done, _ in weighted for info, _ in done))
    plans = (dict(zip(sets, choice, strict=True)) for choice in product("ab", repeat=len(sets)))
    return max(sum(v for done, v in weighted if all(plan[info] == d for info, d in done)) for plan in plans)


@pytest.mark.parametrize("part", SPLIT)
def test_the_best_plan_is_that_of_an_optimizer_that_remembers_only_where_it_acted(part):
    returned = 0
    for seed in range(part, 60, len(SPLIT)):
        process = tangled_process(Random(seed), acts=1, returning=True)
        spec = process.learners["mesa"]
        draft = drafted(process, {"mesa": spec})
        returned += bool(draft.returning)
        assert cm.solve(cm.compose(process).model).value == best_by_hand(process, spec), seed
    assert returned > 2


# --- what only reports --------------------------------------------------------------------------------------------


def reported(seed):
    """Two rounds; the second acts on a report of the first act, which also matters for what it is paid."""
    rng = Random(seed)
    links = "Theta1 -> A1; Theta1 -> Theta2 -> A2; A1 -> E; A1 -> Seen; Seen -> A2; A1 -> U_b1; E, A2 -> U_b2"
    noise = [{1: p, 0: f"1 - {p}"} for p in rng.choices(["0", "1/4", "1/2", "1"], k=4)]
    m = cm.model(
        cm.cid(links, utilities={"base": ["U_b1", "U_b2"]}),
        Theta1={"mesa": 1, "base": 0},
        Theta2=cm.table([["mesa", {"mesa": "3/4", "base": "1/4"}], ["base", "base"]], ["Theta1"]),
        A1=cm.uniform("ab"),
        A2=cm.uniform("ab"),
        E=cm.table([["a", noise[0]], ["b", noise[1]]], ["A1"]),
        Seen=cm.table([["a", noise[2]], ["b", noise[3]]], ["A1"]),
        U_b1="A1 == 'a'",
        U_b2="E",
        domains={"Theta2": ["mesa", "base"], "E": [0, 1], "Seen": [0, 1]},
    )
    process = cm.training(
        m,
        actions={f"A{k}": cm.learned(f"Theta{k}", episode=k) for k in (1, 2)},
        learner="mesa",
        otherwise={"base": "a"},
    )
    wants = f"{rng.randint(1, 3)} * (E == (A2 == 'a'))"
    return process, cm.MesaSpec(target={1: f"{rng.randint(0, 1)} * (A1 == 'b')", 2: wants}, scope="updates")


@pytest.mark.parametrize("seed", range(12))
def test_what_only_reports_an_action_that_is_remembered_is_no_news(seed):
    process, spec = reported(seed)
    c = cm.compose(process, spec)
    before = replace(c, model=c.view)
    assert c.cid.parents("D_A2") == ("Seen", "A1")
    assert c.provenance["A1", "D_A2"] == "R10 recollect: the action that it remembers is what was decided"
    assert (before.cid.parents("D_A2"), cm.admits_voi(before.cid, "D_A2", "Seen").status) == (
        ("Seen", "D_A1"),
        "admits",
    )
    assert cm.admits_voi(c.cid, "D_A2", "Seen").status == cm.admits_ici(c.cid, "D_A1", "Seen").status == "excluded"
    assert cm.value_of_information(c.view, "D_A2", "Seen") == cm.value_of_information(c.model, "D_A2", "Seen") == 0
    seen, whole = cm.solve(c.model), cm.solve(c.view)
    assert seen.value == whole.value
    assert cm.expected_utility(c.objective_twin, seen.policy, "mesa") == whole.value
    assert len(list(seen.optimal_policies())) == len(list(whole.optimal_policies()))


@pytest.mark.parametrize("part", SPLIT)
def test_recollecting_takes_no_value_and_only_spurious_incentives(part):
    for seed in range(part, 60, len(SPLIT)):
        process = tangled_process(Random(seed), rounds=2 + seed % 2, acts=1)
        c = cm.compose(process)
        assert cm.solve(c.model).value == cm.solve(c.view).value, seed
        for decision in c.cid.decisions:
            for node in c.cid.chance_nodes:
                was, now = (cm.admits_voi(m.cid, decision, node).status for m in (c.view, c.model))
                if was != now and now == "excluded":
                    assert cm.value_of_information(c.model, decision, node) == 0, (seed, decision, node)
