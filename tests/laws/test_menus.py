"""Options that exist only in some contexts: each maximizer against brute force and against options that cost much."""

from __future__ import annotations

from itertools import islice, product
from math import prod
from random import Random

import pytest

import cidmesa as cm
from tests.random_models import random_model, random_payoff

MANY = 3_000


def with_menus(rng: Random, model: cm.Model) -> cm.Model:
    """Return the model in which some decisions lack options in some contexts; at least one is always left."""
    given = {node: model.mechanism(node) for node in model.cid.nodes if model.cid.kind(node) != "decision"}
    for decision in model.cid.decisions:
        options, seed = list(model.domain(decision)), rng.random()
        given[decision] = _lacking(options, seed) if rng.random() < 0.8 else options
    domains = {node: model.domain(node) for node in model.cid.nodes if model.cid.kind(node) == "chance"}
    found = cm.model(model.cid, given, domains=domains)
    return found if all(set(found.domain(d)) == set(model.domain(d)) for d in model.cid.decisions) else model


def _lacking(options, seed):
    def there(**context):
        draw = Random(f"{seed} {sorted(context.items())}")
        return [option for option in options if draw.random() < 0.6] or [draw.choice(options)]

    return there


def spread(model) -> int:
    """Return more than a policy can lose."""
    return 1 + sum(max(t := model.table(u).values.ravel().tolist()) - min(t) for u in model.cid.utilities)


def dear(model: cm.Model) -> cm.Model:
    """Return the model with all options everywhere; one that is not there costs more than all else is worth."""
    nodes, given = list(model.cid.specs), {}
    for node in model.cid.nodes:
        kind = model.cid.kind(node)
        given[node] = list(model.domain(node)) if kind == "decision" else model.mechanism(node)
    for decision in model.menus:
        owner = model.cid.agent(decision)
        family = (*model.cid.parents(decision), decision)
        nodes.append(cm.Node(f"Cost{decision}", "utility", owner, family))
        cost, rows = spread(model), []
        for context in product(*(model.domain(n) for n in family)):
            seen = dict(zip(family[:-1], context, strict=False))
            rows.append([*context, 0 if context[-1] in model.options(decision, seen) else -cost])
        given[f"Cost{decision}"] = cm.table(rows, family)
    domains = {node: model.domain(node) for node in model.cid.nodes if model.cid.kind(node) == "chance"}
    return cm.model(cm.CID(tuple(nodes)), given, domains=domains)


def contexts(model, decision):
    parents = model.cid.parents(decision)
    for states in product(*(model.domain(parent) for parent in parents)):
        yield dict(zip(parents, states, strict=True))


def count(model) -> int:
    """Return the number of pure policies."""
    return prod(len(model.options(d, context)) for d in model.cid.decisions for context in contexts(model, d))


def every_policy(model):
    """Yield all pure policies, as decision -> context -> option."""
    places = [(d, tuple(context.values())) for d in model.cid.decisions for context in contexts(model, d)]
    ways = [model.options(d, dict(zip(model.cid.parents(d), seen, strict=True))) for d, seen in places]
    for options in product(*ways):
        found: dict[str, dict] = {d: {} for d in model.cid.decisions}
        for (d, seen), option in zip(places, options, strict=True):
            found[d][seen] = option
        yield found


def plays(model, policy):
    """Yield the settings of positive probability under a policy, with their probabilities."""
    todo = [({}, 1)]
    for node in model.cid.nodes:
        kind, parents = model.cid.kind(node), model.cid.parents(node)
        if kind == "utility":
            continue
        after = []
        for setting, p in todo:
            seen = tuple(setting[parent] for parent in parents)
            if kind == "decision":
                after.append((setting | {node: policy[node][seen]}, p))
                continue
            row = model.table(node).values[tuple(model.state(v, s) for v, s in zip(parents, seen, strict=True))]
            after += [(setting | {node: s}, p * q) for s, q in zip(model.domain(node), row.tolist(), strict=True) if q]
        todo = after
    return todo


def worth(model, policy, agent="agent"):
    """Return an agent's expected utility by adding up all settings."""
    total = 0
    for setting, p in plays(model, policy):
        for u in model.cid.utilities_of(agent):
            at = tuple(model.state(v, setting[v]) for v in model.table(u).variables)
            total += p * model.table(u).values[at]
    return total


def reached_part(model, policy):
    """Return what a policy does in the contexts to which it leads."""
    found = set()
    for setting, _ in plays(model, policy):
        found |= {(d, tuple(setting[p] for p in model.cid.parents(d)), setting[d]) for d in model.cid.decisions}
    return frozenset(found)


def as_plain(model, policy):
    return {d: {tuple(c.values()): policy[d](c) for c in contexts(model, d)} for d in model.cid.decisions}


def check_allowed(model, policy):
    for d in model.cid.decisions:
        for context in contexts(model, d):
            chosen = policy[d](context)
            options = chosen if isinstance(chosen, dict) else [chosen]
            assert set(options) <= set(model.options(d, context))


def small_models(seed, number, **kind):
    rng = Random(seed)
    while number:
        model = with_menus(rng, random_model(rng, max_nodes=5, max_decisions=2, **kind))
        if model.menus and count(model) <= MANY:
            number -= 1
            yield model


@pytest.mark.parametrize("recall", [False, True])
def test_optima_are_those_of_brute_force(recall):
    for model in small_models(20 + recall, 60, recall=recall):
        best = max(worth(model, policy) for policy in every_policy(model))
        found = cm.solve(model)
        check_allowed(model, found.policy)
        assert found.value == best == worth(model, as_plain(model, found.policy)) == cm.solve(dear(model)).value
        assert cm.expected_utility(model, found.policy) == best


@pytest.mark.parametrize("recall", [False, True])
def test_all_optimal_policies_are_those_of_brute_force(recall):
    for model in small_models(30 + recall, 30, recall=recall):
        best = cm.solve(model).value
        wanted = {reached_part(model, policy) for policy in every_policy(model) if worth(model, policy) == best}
        found = list(islice(cm.solve(model).optimal_policies(), MANY))
        for policy in found:
            check_allowed(model, policy)
        parts = [reached_part(model, as_plain(model, policy)) for policy in found]
        assert len(parts) == len(set(parts))
        assert set(parts) == wanted


def test_floats_agree():
    for model in small_models(40, 20):
        assert float(cm.solve(in_floats(model)).value) == pytest.approx(float(cm.solve(model).value))


def in_floats(model):
    nodes = {n: model.mechanism(n) for n in model.cid.nodes if model.cid.kind(n) != "decision"}
    utility = model.cid.utilities[0]
    floats = model.table(utility).values.astype(float)
    return model.with_mechanism({**{n: m for n, m in nodes.items() if n != utility}, utility: cm.table(floats)})


# --- games --------------------------------------------------------------------------------------------------------


def random_game(rng: Random) -> cm.Model:
    """Return a game of two agents with a chance move, in which options depend on what is observed."""
    model = random_model(rng, max_nodes=5, max_decisions=3)
    decisions = list(model.cid.decisions)
    owner = {d: ("ann" if k % 2 else "bob") for k, d in enumerate(decisions)}
    specs, given = [], {}
    for spec in model.cid.specs:
        if spec.kind == "utility":
            continue
        specs.append(cm.Node(spec.name, spec.kind, owner.get(spec.name), spec.parents))
        given[spec.name] = list(model.domain(spec.name)) if spec.kind == "decision" else model.mechanism(spec.name)
    names = [spec.name for spec in specs]
    for agent in ("ann", "bob"):
        parents = tuple(dict.fromkeys([*decisions, *rng.sample(names, 1)]))
        specs.append(cm.Node(f"U{agent}", "utility", agent, parents))
        given[f"U{agent}"] = random_payoff(rng.random())
    domains = {node: model.domain(node) for node in model.cid.nodes if model.cid.kind(node) == "chance"}
    return with_menus(rng, cm.model(cm.CID(tuple(specs)), given, domains=domains))


def small_games(seed, number):
    rng = Random(seed)
    while number:
        model = random_game(rng)
        deciding = {model.cid.agent(d) for d in model.cid.decisions}
        if model.menus and len(deciding) == 2 and count(model) <= 400:
            number -= 1
            yield model


def test_pure_equilibria_are_those_of_brute_force():
    for model in small_games(50, 25):
        profiles = list(every_policy(model))
        values = [{a: worth(model, profile, a) for a in ("ann", "bob")} for profile in profiles]
        wanted = {
            reached_part(model, profile)
            for profile, own in zip(profiles, values, strict=True)
            if all(
                other[a] <= own[a]
                for instead, other in zip(profiles, values, strict=True)
                for a in ("ann", "bob")
                if all(instead[d] == profile[d] for d in model.cid.decisions if model.cid.agent(d) != a)
            )
        }
        found = cm.equilibria(model, limit=5_000)
        for one in found:
            check_allowed(model, one.profile)
        assert {reached_part(model, as_plain(model, one.profile)) for one in found} == wanted


def values_of(found):
    return {tuple(sorted(one.values.items())) for one in found}


def test_subgame_perfect_equilibria_are_those_of_dear_options():
    tried = 0
    for model in small_games(60, 60):
        if any(len(part) > 1 for part in cm.relevance_graph(model.cid).components):
            continue  # a part of several decisions is solved as one game, in which costly threats may stand
        tried += 1
        found, wanted = (cm.equilibria(m, "subgame_perfect", limit=1_000) for m in (model, dear(model)))
        assert found.complete
        assert wanted.complete
        assert values_of(found) == values_of(wanted)
        for one in found:
            check_allowed(model, one.profile)
    assert tried > 15


def normal_form(model):
    """Return the game in which each agent chooses among its pure policies."""
    policies = list(every_policy(model))
    part = {a: [d for d in model.cid.decisions if model.cid.agent(d) == a] for a in ("ann", "bob")}
    own = {
        a: list({str({d: p[d] for d in part[a]}): {d: p[d] for d in part[a]} for p in policies}.values()) for a in part
    }
    values = {a: [[worth(model, x | y, a) for y in own["bob"]] for x in own["ann"]] for a in part}
    owned = {"decisions": {"ann": ["A"], "bob": ["B"]}, "utilities": {"ann": ["U"], "bob": ["V"]}}
    shape = {"A": list(range(len(own["ann"]))), "B": list(range(len(own["bob"])))}
    pay = {
        u: cm.table([[*at, values[a][at[0]][at[1]]] for at in product(*shape.values())], ["A", "B"])
        for u, a in (("U", "ann"), ("V", "bob"))
    }
    return cm.model(cm.cid("A, B -> U; A, B -> V", **owned), **shape, **pay)


def test_mixed_equilibria_are_those_of_the_normal_form():
    tried = 0
    for model in small_games(80, 40):
        if count(model) > 60:
            continue
        found, wanted = cm.equilibria(model, kind="mixed", limit=5_000), cm.equilibria(normal_form(model), kind="mixed")
        if not found.complete or not wanted.complete:
            continue
        tried += 1
        assert values_of(found) == values_of(wanted)
        for one in cm.equilibria(model, kind="behavioural"):
            check_allowed(model, one.profile)
    assert tried > 15


def test_best_responses_and_regrets():
    rng = Random(70)
    for model in small_games(70, 20):
        profile = rng.choice(list(every_policy(model)))
        for agent in ("ann", "bob"):
            others = {d: r for d, r in profile.items() if model.cid.agent(d) != agent}
            best = max(worth(model, p, agent) for p in every_policy(model) if all(p[d] == others[d] for d in others))
            rules = {d: cm.table([[*c, o] for c, o in r.items()], model.cid.parents(d)) for d, r in profile.items()}
            assert cm.regret(model, rules, agent) == best - worth(model, profile, agent)


def test_trees_written_and_read_have_the_same_value_and_equilibria(tmp_path):
    for model in small_models(100, 25, recall=True):
        cm.interop.write_efg(model, tmp_path / "a.efg")
        assert cm.solve(cm.interop.read_efg(tmp_path / "a.efg")).value == cm.solve(model).value
    for model in small_games(110, 15):
        cm.interop.write_efg(model, tmp_path / "a.efg")
        found = cm.interop.read_efg(tmp_path / "a.efg")
        assert values_of(cm.equilibria(found, limit=5_000)) == values_of(cm.equilibria(model, limit=5_000))
