"""Exact inference by variable elimination: one code for Fractions and floats."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.errors import ModelError, NotApplicable
from cidmesa.modelling.contraction import SMALL, Factor, check_size, contract, sizes_of
from cidmesa.modelling.numbers import Array, Number, State, scaled, setting_text, unscaled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.policy import Policy

__all__ = [
    "Clusters",
    "Factor",
    "check_held",
    "eliminate",
    "elimination",
    "menus_refused",
    "no_menus",
    "query",
    "weights",
]


FEW = 12  # variables that are summed out at once, where their joint table is small
MAX_BITS = 2048  # of a divisor common to all factors


def eliminate(factors: Iterable[Factor], keep: Sequence[Any]) -> Array:
    """Return the product of ``factors`` summed over all variables but ``keep``, axes in the order of ``keep``.

    A few variables are summed out at once. For more, the order and the sizes of all tables are determined first
    (`elimination`), and then variables are summed out one by one.

    Raises:
        TooLarge: an intermediate table would not fit; the message names its variables. Nothing has been computed by
            then.

    >>> eliminate([Factor(("A",), np.array([.5, .5])), Factor(("A", "B"), np.array([[1., 0], [.5, .5]]))], ["B"])
    array([0.75, 0.25])

    """
    rest = list(factors)
    sizes = sizes_of(rest)
    if len(sizes) <= FEW and prod(sizes.values()) <= SMALL:
        return contract(rest, keep)
    rest, below, whole = _over_one_denominator(rest)
    order = elimination([factor.variables for factor in rest], sizes, keep)
    _check_sizes([tuple(others) for _, others in order] + [tuple(v for v in keep if v in sizes)], sizes, rest)
    for variable, others in order:
        touched = [factor for factor in rest if variable in factor.variables]
        rest = [factor for factor in rest if variable not in factor.variables]
        scope = tuple(name for name in sizes if name in others)
        rest.append(Factor(scope, contract(touched, scope)))
    found = contract(rest, keep)
    return found if below is None else unscaled(found, below, whole)


def _over_one_denominator(factors: list[Factor]) -> tuple[list[Factor], int | None, bool]:
    """Return factors of integers, the divisor of their product, and whether the result consists of ints.

    The factors are returned unchanged, with ``None``, if they are not exact or the divisor would be long.
    """
    if not any(factor.values.dtype == np.object_ for factor in factors):
        return factors, None, False
    tables = [table for factor in factors if (table := scaled(factor.values)) is not None]
    below = prod([table.denominator for table in tables])
    if len(tables) < len(factors) or below.bit_length() > MAX_BITS:
        return factors, None, False
    integers = [Factor(f.variables, t.array(np.object_)) for f, t in zip(factors, tables, strict=True)]
    return integers, below, all(table.whole for table in tables)


def _check_sizes(scopes: Iterable[tuple[Any, ...]], sizes: Mapping[Any, int], factors: list[Factor]) -> None:
    exact = any(factor.values.dtype == np.object_ for factor in factors)
    names = list(sizes)
    place, lengths = {name: i for i, name in enumerate(names)}, list(sizes.values())
    for scope in scopes:
        check_size(sorted(place[name] for name in scope), lengths, names, exact)


def no_menus(model: Model, asks: str, why: str, instead: str = "") -> None:
    """Raise NotApplicable if the options of some decision depend on its context, which ``asks`` does not support.

    ``why``: the reason, a sentence. ``instead``: what to do first, a sentence. A utility that penalizes missing options
    always helps.

    >>> import cidmesa as cm
    >>> no_menus(cm.model(cm.cid("D", decisions=["D"]), D=[0, 1]), "a demonstration", "It shows something.")
    """
    if model.menus:
        raise menus_refused(model.menus, asks, why, instead)


def menus_refused(decisions: Iterable[str], asks: str, why: str, instead: str = "") -> NotApplicable:
    """Return the error of `no_menus` for decisions whose options depend on their contexts."""
    return NotApplicable(
        f"{asks} is not available where the options of a decision depend on its context, as those of "
        f"{', '.join(decisions)} do. {why} {f'{instead} Or list' if instead else 'List'} all options for the "
        "decision, and let a utility of its owner be low for those that a context does not have."
    )


def check_held(model: Model, do: Mapping[str, object]) -> None:
    """Raise ModelError if ``do`` sets a decision to an option that it lacks in some context.

    >>> import cidmesa as cm
    >>> check_held(cm.model(cm.cid("D", decisions=["D"]), D=[0, 1]), {"D": 1})
    """
    if held := {node: value for node, value in do.items() if node in model.menus}:
        model.do(held)


def weights(
    model: Model,
    keep: Sequence[str],
    *,
    given: Mapping[str, int] | None = None,
    utility: str | None = None,
    undecided: str = "refuse",
) -> Array:
    r"""Return :math:`\sum P(\mathit{keep}, \mathit{given}, rest)\,u` over the rest, an axis for each of ``keep``.

    ``given``: positions of observed states. ``utility``: the utility node u; 1 if left out. ``undecided``: under
    "uniform", decisions without a policy choose uniformly among the available options (`menu`); "refuse" raises
    ModelError if one is upstream.
    """
    evidence = dict(given or {})
    targets = [*keep, *evidence, *([utility] if utility else [])]
    upstream = model.cid.names(model.cid.dag.ancestors(model.cid.indices(targets)))
    nodes = [node for node in upstream if model.cid.kind(node) != "utility"] + ([utility] if utility else [])
    factors = [_factor(model, node, undecided) for node in nodes]
    values = eliminate((_observed(factor, evidence) for factor in factors), [k for k in keep if k not in evidence])
    return np.asarray(values)


def _factor(model: Model, node: str, undecided: str) -> Factor:
    if model.cid.kind(node) != "decision":
        table = model.tables[node]
        return Factor(table.variables, table.values)
    if undecided == "refuse":
        raise ModelError(f"decision {node!r} has no policy. Give one (policy=..., or model.with_policy).")
    if node in model.menus:
        menu = model.menus[node]
        return Factor((*menu.parents, node), menu.shares if model.exact else menu.shares.astype(np.float64))
    size = len(model.domains[node])
    share = np.full(size, 1.0 / size) if not model.exact else np.array([Fraction(1, size)] * size, dtype=np.object_)
    return Factor((node,), share)


def _observed(factor: Factor, evidence: Mapping[str, int]) -> Factor:
    index = tuple(evidence.get(name, slice(None)) for name in factor.variables)
    rest = tuple(name for name in factor.variables if name not in evidence)
    return Factor(rest, np.asarray(factor.values[index]))


def query(
    model: Model,
    node: str,
    *,
    given: Mapping[str, object] | None = None,
    do: Mapping[str, object] | None = None,
    policy: Policy | Mapping[str, object] | None = None,
) -> dict[State, Number]:
    r"""Return :math:`P^\pi(\mathit{node} \mid \mathit{given}, do(\mathit{do}))`, state -> probability.

    The policy is applied first, so ``do`` does not change the rules (a post-policy intervention).

    Args:
        model: the model.
        node: the node whose distribution is asked for.
        given: evidence, node -> state.
        do: interventions, node -> state.
        policy: a rule for each upstream decision, in a form that `policy` accepts; not needed if no decision is
            upstream.

    Raises:
        ModelError: an upstream decision has no policy, a state does not exist, or the evidence has probability 0.

    >>> import cidmesa as cm
    >>> g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, S={0: "1/3", 1: "2/3"}, D=[0, 1], U="S == D")
    >>> query(m, "S", given={"D": 1}, policy={"D": lambda S: S})
    {0: Fraction(0, 1), 1: Fraction(1, 1)}

    """
    check_held(model, do or {})
    if policy is not None:
        model = model.with_policy(policy)
    if do:
        model = model.do(do)
    domain = model.domain(node)
    evidence = {name: model.state(name, value) for name, value in (given or {}).items()}
    if node in evidence:
        raise ModelError(f"{node!r} is both asked for and given.")
    joint = weights(model, [node], given=evidence)
    total = joint.sum()
    if total == 0:
        raise ModelError(f"the evidence {setting_text(given or {})} has probability 0.")
    return dict(zip(domain, (joint / total).tolist(), strict=True))


Clusters = list[tuple[Any, frozenset[Any]]]  # each variable with its neighbours when it is summed out
_BOTH_CRITERIA = 400  # variables up to which two criteria are tried


def elimination(scopes: Iterable[Iterable[Any]], sizes: Mapping[Any, int], keep: Iterable[Any] = ()) -> Clusters:
    """Return an order in which to sum out all variables except ``keep``, each with the variables of the result.

    The order is greedy: first the variable with the smallest table (min-weight), or the one that newly joins the fewest
    pairs of variables (min-fill, ties by weight). Up to 400 variables both are tried, and the order with fewer cells in
    total is returned. Min-fill is skipped if min-weight needs no table larger than those given.

    >>> elimination([("A", "B"), ("B", "C")], {"A": 2, "B": 2, "C": 2}, keep=["C"])
    [('A', frozenset({'B'})), ('B', frozenset({'C'}))]
    """
    tables = [tuple(scope) for scope in scopes]
    last = frozenset(keep)
    by_weight = _greedy(tables, sizes, last, _weight)
    if len(by_weight) > _BOTH_CRITERIA or _largest(by_weight, sizes) <= max(map(_size(sizes), tables), default=1):
        return by_weight
    return min(by_weight, _greedy(tables, sizes, last, _fill), key=lambda found: _cells(found, sizes))


def _cells(clusters: Clusters, sizes: Mapping[Any, int]) -> int:
    size = _size(sizes)
    return sum(sizes[variable] * size(others) for variable, others in clusters)


def _largest(clusters: Clusters, sizes: Mapping[Any, int]) -> int:
    size = _size(sizes)
    return max((sizes[variable] * size(others) for variable, others in clusters), default=1)


def _size(sizes: Mapping[Any, int]) -> Callable[[Iterable[Any]], int]:
    return lambda scope: prod(map(sizes.__getitem__, scope))


Graph = dict[Any, set[Any]]


def _weight(_: Graph, sizes: Mapping[Any, int], variable: Any, others: set[Any]) -> int:
    return sizes[variable] * prod(map(sizes.__getitem__, others))


def _fill(graph: Graph, sizes: Mapping[Any, int], variable: Any, others: set[Any]) -> tuple[int, int]:
    missing = sum(len(others) - 1 - len(others & graph[other]) for other in others) // 2
    return missing, _weight(graph, sizes, variable, others)


def _greedy(
    scopes: list[tuple[Any, ...]], sizes: Mapping[Any, int], keep: frozenset[Any], criterion: Callable[..., Any]
) -> Clusters:
    graph = _neighbours(scopes)
    cost = {v: criterion(graph, sizes, v, others) for v, others in graph.items() if v not in keep}
    place = {variable: i for i, variable in enumerate(graph)}
    heap = [(worth, place[v], v) for v, worth in cost.items()]
    heapq.heapify(heap)
    found: Clusters = []
    while heap:
        worth, _, variable = heapq.heappop(heap)
        if cost.get(variable) != worth:
            continue  # an old entry
        del cost[variable]
        others = frozenset(graph.pop(variable))
        found.append((variable, others))
        for other in others:
            near = graph[other]
            near |= others
            near.remove(other)
            near.remove(variable)
        for other in others if criterion is _weight else _around(graph, others):
            if other in cost and (now := criterion(graph, sizes, other, graph[other])) != cost[other]:
                cost[other] = now
                heapq.heappush(heap, (now, place[other], other))
    return found


def _neighbours(scopes: list[tuple[Any, ...]]) -> Graph:
    graph: Graph = {}
    for scope in scopes:
        for variable in scope:
            graph.setdefault(variable, set()).update(scope)
    for variable, others in graph.items():
        others.discard(variable)
    return graph


def _around(graph: Graph, others: Iterable[Any]) -> Iterable[Any]:
    """Return variables and their neighbours."""
    return dict.fromkeys(v for other in others for v in (other, *graph[other]))
