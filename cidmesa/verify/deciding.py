"""What a diagram shows (d-separation, steps that drop links), and the best that an agent can do in a model."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from functools import reduce
from itertools import product
from typing import Any, TypeAlias

from .model import BONUS, MAX_CELLS, ONE, ZERO, Model, Node, Number, fields, need, texts

__all__ = ["above", "after", "aims", "below", "connected", "expected", "optimum", "relies", "scores", "seen_by"]

Factor: TypeAlias = tuple[tuple[str, ...], dict[tuple[int, ...], Number]]
MAX_RULES = 5_000


def seen_by(model: Model, agent: str) -> Model:
    """Return the model in which all that others own are chance nodes, their rules being given."""
    others = [node for node in model.nodes.values() if node.agent not in (None, agent, BONUS)]
    return model.revised(*(node._replace(kind="chance", agent=None) for node in others))


def below(model: Model, start: str | None) -> set[str]:
    """Return the nodes with a directed path from ``start``, itself among them."""
    found = {start} if start is not None else set()
    found.update(node for node, others in model.parents.items() if found.intersection(others))  # parents stand first
    return found


def above(model: Model, ends: Any) -> list[str]:
    """Return the nodes with a directed path to one of ``ends``, these among them, in order."""
    found = set(ends)
    for node in reversed(model.parents):
        found.update(model.parents[node] if node in found else ())
    return [node for node in model.parents if node in found]


def connected(model: Model, starts: Any, given: Any) -> set[str]:
    """Return the nodes that are d-connected to one of ``starts`` (Koller and Friedman 2009, Algorithm 3.1)."""
    known, seen, told = set(given), set[tuple[str, bool]](), set(above(model, given))
    children: Any = defaultdict(list)
    for other, others in model.parents.items():
        for one in others:
            children[one].append(other)
    todo = [(node, True) for node in starts]  # True: as from a child
    while todo:
        node, up = step = todo.pop()
        if step not in seen:
            seen.add(step)
            todo += [(other, True) for other in model.parents[node] if (node not in known if up else node in told)]
            todo += [(child, False) for child in children[node] if node not in known]
    return {node for node, _ in seen} - known


def aims(model: Model, decision: str) -> set[str]:
    """Return the utilities that descend from a decision and count for its owner."""
    return below(model, decision).intersection(model.of("utility", str(model.nodes[decision].agent), BONUS))


def relies(model: Model, one: str, other: str) -> bool:
    """Return whether a new parent of ``other`` is d-connected to the aims of ``one`` given its family."""
    wider = model.revised(model.nodes[other]._replace(parents=(*model.parents[other], "")))
    wider = Model([Node("", "chance"), *wider.nodes.values()])
    return bool(connected(wider, [""], (one, *model.parents[one])) & aims(model, one))


def after(model: Model, steps: Any) -> Model:
    """Return the model that is left after steps that drop information links without loss, for one agent.

    R0: what D sees and the rest of its family separates from its aims. R1: the same, where seeing all that a decision
    sees is seeing it. R2: links from chance nodes that are independent of all decisions, aims and other observations.
    R3: all links that such steps (``steps``) drop where, besides, nothing is forgotten.
    """
    need(isinstance(steps, list | tuple), "no list of steps")
    for step in steps:
        rule, links, inner = fields(step, "rule", "links", "steps?")
        known = rule in ("R0", "R1", "R2", "R3") and (inner is None) == (rule != "R3")
        need(isinstance(links, list) and links and known, f"no step by {rule!r}")
        pairs = [texts(link) for link in links]
        known &= all(len(pair) == 2 and pair[1] in model.of("decision") for pair in pairs)
        need(known and all(one in model.parents[d] for one, d in pairs), f"no information links: {pairs}")
        left = _without(model, pairs)
        drops = {"R2": _coordinates, "R3": _sandwiched}.get(rule, _separated)
        need(drops(model, left, pairs, rule if inner is None else inner), f"{rule} does not drop {pairs}")
        model = left
    return model


def _without(model: Model, links: Any) -> Model:
    kept = {name: tuple(p for p in others if (p, name) not in links) for name, others in model.parents.items()}
    return model.revised(*(node._replace(parents=kept[node.name]) for node in model.nodes.values()))


def _separated(model: Model, _: Model, links: Any, rule: Any) -> bool:
    for one, decision in links:
        family = {decision, *model.parents[decision]} - {one}
        for other in model.of("decision") if rule == "R1" else ():
            family.update({other} if family.issuperset(model.parents[other]) else ())
        if one not in family and connected(model, [one], family) & aims(model, decision):
            return False
        model = _without(model, [(one, decision)])
    return True


def _coordinates(model: Model, left: Model, links: Any, _: Any) -> bool:
    chosen, decisions = {one for one, _ in links}, model.of("decision")
    play = {*decisions, *(p for d in decisions for p in left.parents[d])}.union(*(aims(left, d) for d in decisions))
    return chosen.issubset(model.of("chance")) and not (connected(left, chosen, ()) | chosen) & play


def _sandwiched(model: Model, left: Model, _: Any, inner: Any) -> bool:
    memory: dict[str, None] = {}
    wider = model
    for decision in model.of("decision"):
        seen = tuple(dict.fromkeys([*model.parents[decision], *memory]))
        wider = wider.revised(wider.nodes[decision]._replace(parents=seen))
        memory |= dict.fromkeys([*seen, decision])
    rest = after(wider, inner)
    return all(set(rest.parents[d]) <= set(left.parents[d]) for d in model.of("decision"))


def _factor(model: Model, node: Node) -> Factor:
    scope = node.parents if node.kind == "utility" else (*node.parents, node.name)
    numbers = node.numbers if node.kind != "decision" else [ONE] * len(model.contexts(scope))
    return scope, {key: n for key, n in zip(model.contexts(scope), numbers, strict=True) if n}


def _times(one: Factor, other: Factor) -> Factor:
    shared = [v for v in other[0] if v in one[0]]
    mine, theirs = ([scope.index(v) for v in shared] for scope in (one[0], other[0]))
    new = [i for i, v in enumerate(other[0]) if v not in shared]
    rows: Any = defaultdict(list)
    for key, n in other[1].items():
        rows[tuple(key[i] for i in theirs)].append((tuple(key[i] for i in new), n))
    found = {k + more: n * m for k, n in one[1].items() for more, m in rows.get(tuple(k[i] for i in mine), ())}
    need(len(found) <= MAX_CELLS, "a table is too large")
    return one[0] + tuple(other[0][i] for i in new), found


def _onto(factor: Factor, scope: Any) -> Factor:
    """Return the factor summed over all but ``scope``."""
    at, found = [factor[0].index(v) for v in scope], dict[tuple[int, ...], Number]()
    for key, n in factor[1].items():
        place = tuple(key[i] for i in at)
        found[place] = n + found[place] if place in found else n
    return tuple(scope), {key: n for key, n in found.items() if n}


def _weights(model: Model, keep: Any, utility: str) -> dict[tuple[int, ...], Number]:
    """Return the sum over all but ``keep`` of the product of tables, open decisions counting once for each option."""
    nodes = [model.nodes[name] for name in above(model, (*keep, utility))]
    factors = [_factor(model, node) for node in nodes if node.kind != "utility" or node.name == utility]
    while hidden := {v for scope, _ in factors for v in scope}.difference(keep):
        width = {v: len({w for scope, _ in factors if v in scope for w in scope}) for v in hidden}
        gone = min(sorted(hidden), key=width.__getitem__)
        joined = reduce(_times, [f for f in factors if gone in f[0]])
        factors = [f for f in factors if gone not in f[0]] + [_onto(joined, [v for v in joined[0] if v != gone])]
    return _onto(reduce(_times, factors), keep)[1]


def expected(model: Model, agent: str) -> Any:
    """Return the expected utility of an agent where all decisions follow rules."""
    need(not model.of("decision"), "a decision has no rule")
    return sum((_weights(model, (), utility).get((), ZERO) for utility in model.of("utility", agent)), ZERO)


def scores(model: Model, agent: str, decision: str) -> dict[tuple[int, ...], list[Any]]:
    """Return for each context the weight of each option: the agent's utilities, and the bonus."""
    seen, size = model.parents[decision], range(len(model.nodes[decision].states))
    parts = [[_weights(model, (*seen, decision), u) for u in model.of("utility", owner)] for owner in (agent, BONUS)]
    pairs = {
        place: tuple(sum((weights.get(place, ZERO) for weights in part), ZERO) for part in parts)
        for place in model.contexts((*seen, decision))
    }
    return {context: [pairs[*context, k] for k in size] for context in model.contexts(seen)}


def optimum(model: Model, agent: str, steps: Any = ()) -> tuple[Any, Any]:
    """Return the greatest expected utility of an agent, and the greatest bonus of policies that attain it.

    ``steps`` drop information links without loss. A decision that relies on no open one has a rule that is best
    whatever the others do: the best option in each context. Where there is none, all rules of one decision are tried.
    """
    need(set(model.of("decision")) == set(model.of("decision", agent)), "a decision of another agent has no rule")
    left = after(seen_by(model, agent), steps).parents
    fewer = model.revised(*(model.nodes[d]._replace(parents=left[d]) for d in model.of("decision")))
    only = [d for d in model.of("decision") if len(model.nodes[d].states) == 1]
    return _best(fewer.revised(*(_rule(fewer, d, [0] * len(fewer.contexts(left[d]))) for d in only)), agent, MAX_RULES)


def _best(model: Model, agent: str, most: int) -> tuple[Any, Any]:
    left = model.of("decision")
    if not left:
        return expected(model, agent), expected(model, BONUS)
    free = (d for d in left if not any(relies(model, d, other) for other in left if other != d))
    if decision := next(free, None):
        best = [max(range(len(row)), key=row.__getitem__) for row in scores(model, agent, decision).values()]
        return _best(model.revised(_rule(model, decision, best)), agent, most)
    size = {d: (len(model.nodes[d].states), len(model.contexts(model.parents[d]))) for d in left}
    decision = min(left, key=lambda d: size[d][0] ** size[d][1])
    count = size[decision][0] ** size[decision][1]
    need(count <= most, "too many rules to try")
    every = product(range(size[decision][0]), repeat=size[decision][1])
    return max(_best(model.revised(_rule(model, decision, rule)), agent, most // count) for rule in every)


def _rule(model: Model, decision: str, choice: Any) -> Node:
    node = model.nodes[decision]
    row = tuple(Fraction(k == chosen) for chosen in choice for k in range(len(node.states)))
    return node._replace(kind="chance", agent=None, numbers=row)
