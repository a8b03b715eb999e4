"""Expected utilities by elimination of variables, and the best that an agent can do, decision by decision."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from functools import reduce
from itertools import product
from typing import TYPE_CHECKING, Any, TypeAlias

from .graph import BONUS, above, after, relies, seen_by
from .numbers import Number, need
from .reading import MAX_CELLS, Index, Model, Node

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["expected", "optimum", "scores"]

Factor: TypeAlias = "tuple[tuple[str, ...], dict[Index, Number]]"
ZERO, ONE = Fraction(0), Fraction(1)
MAX_RULES = 5_000


def _factor(model: Model, node: Node) -> Factor:
    scope = node.parents if node.kind == "utility" else (*node.parents, node.name)
    numbers = node.numbers if node.kind != "decision" else [ONE] * len(model.contexts(scope))
    return scope, {key: n for key, n in zip(model.contexts(scope), numbers, strict=True) if n}


def _times(one: Factor, other: Factor) -> Factor:
    shared = [v for v in other[0] if v in one[0]]
    mine, theirs = ([scope.index(v) for v in shared] for scope in (one[0], other[0]))
    new = [i for i, v in enumerate(other[0]) if v not in shared]
    rows: dict[Index, list[tuple[Index, Number]]] = defaultdict(list)
    for key, n in other[1].items():
        rows[tuple(key[i] for i in theirs)].append((tuple(key[i] for i in new), n))
    found = {k + more: n * m for k, n in one[1].items() for more, m in rows.get(tuple(k[i] for i in mine), ())}
    need(len(found) <= MAX_CELLS, "a table is too large")
    return one[0] + tuple(other[0][i] for i in new), found


def _onto(factor: Factor, scope: Sequence[str]) -> Factor:
    """Return the factor summed over all but ``scope``."""
    at = [factor[0].index(v) for v in scope]
    found: dict[Index, Number] = {}
    for key, n in factor[1].items():
        place = tuple(key[i] for i in at)
        found[place] = n + found[place] if place in found else n
    return tuple(scope), {key: n for key, n in found.items() if n}


def _weights(model: Model, keep: Sequence[str], utility: str) -> dict[Index, Number]:
    """Return the sum over all but ``keep`` of the product of tables, open decisions counting once for each option."""
    nodes = [model.nodes[name] for name in above(model.parents, (*keep, utility))]
    factors = [_factor(model, node) for node in nodes if node.kind != "utility" or node.name == utility]
    while hidden := {v for scope, _ in factors for v in scope}.difference(keep):
        width = {v: len({w for scope, _ in factors if v in scope for w in scope}) for v in hidden}
        gone = min(sorted(hidden), key=width.__getitem__)
        joined = reduce(_times, [f for f in factors if gone in f[0]])
        rest = _onto(joined, [v for v in joined[0] if v != gone])
        factors = [*(f for f in factors if gone not in f[0]), rest]
    return _onto(reduce(_times, factors), keep)[1]


def expected(model: Model, agent: str) -> Any:
    """Return the expected utility of an agent where all decisions follow rules."""
    need(not model.of("decision"), "a decision has no rule")
    return sum((_weights(model, (), utility).get((), ZERO) for utility in model.of("utility", agent)), ZERO)


def scores(model: Model, agent: str, decision: str) -> dict[Index, list[Any]]:
    """Return for each context the weight of each option: the agent's utilities, and the bonus."""
    seen = model.parents[decision]
    parts = [[_weights(model, (*seen, decision), u) for u in model.of("utility", owner)] for owner in (agent, BONUS)]

    def pair(place: Index) -> Any:
        return tuple(sum((weights.get(place, ZERO) for weights in part), ZERO) for part in parts)

    size = len(model.nodes[decision].states)
    return {context: [pair((*context, k)) for k in range(size)] for context in model.contexts(seen)}


def optimum(model: Model, agent: str, steps: Any = ()) -> tuple[Any, Any]:
    """Return the greatest expected utility of an agent, and the greatest bonus of policies that attain it.

    ``steps`` drop information links without loss. A decision that relies on no open one has a rule that is best
    whatever the others do: the best option in each context. Where there is none, all rules of one decision are tried.
    """
    need(set(model.of("decision")) == set(model.of("decision", agent)), "a decision of another agent has no rule")
    left = after(seen_by(model, agent), model.parents, steps)
    fewer = model.revised(*(model.nodes[d]._replace(parents=left[d]) for d in model.of("decision")))
    only = [d for d in model.of("decision") if len(model.nodes[d].states) == 1]
    return _best(fewer.revised(*(_rule(fewer, d, [0] * len(fewer.contexts(left[d]))) for d in only)), agent, MAX_RULES)


def _best(model: Model, agent: str, most: int) -> tuple[Any, Any]:
    left = model.of("decision")
    if not left:
        return expected(model, agent), expected(model, BONUS)
    free = (d for d in left if not any(relies(model, model.parents, d, other) for other in left if other != d))
    if decision := next(free, None):
        best = [max(range(len(row)), key=row.__getitem__) for row in scores(model, agent, decision).values()]
        return _best(model.revised(_rule(model, decision, best)), agent, most)
    size = {d: (len(model.nodes[d].states), len(model.contexts(model.parents[d]))) for d in left}
    decision = min(left, key=lambda d: size[d][0] ** size[d][1])
    count = size[decision][0] ** size[decision][1]
    need(count <= most, "too many rules to try")
    every = product(range(size[decision][0]), repeat=size[decision][1])
    return max(_best(model.revised(_rule(model, decision, rule)), agent, most // count) for rule in every)


def _rule(model: Model, decision: str, choice: Sequence[int]) -> Node:
    node = model.nodes[decision]
    row = tuple(Fraction(k == chosen) for chosen in choice for k in range(len(node.states)))
    return node._replace(kind="chance", agent=None, numbers=row)
