"""Exact inference by variable elimination: one code for Fractions and floats."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from math import prod
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cidmesa.errors import ModelError, TooLarge
from cidmesa.modelling.numbers import Array, Number, State, show

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.policy import Policy

__all__ = ["Factor", "eliminate", "query", "weights"]

MAX_FLOAT_CELLS = 2**27
MAX_EXACT_CELLS = 2**22


class Factor(NamedTuple):
    """An array with a name for each axis."""

    variables: tuple[str, ...]
    values: Array


def eliminate(factors: Iterable[Factor], keep: Sequence[str]) -> Array:
    """Return the product of ``factors`` summed over all variables but ``keep``, axes in the order of ``keep``.

    Variables are summed out one by one, the one whose sum gives the smallest factor first (ties by name).

    Raises:
        TooLarge: a factor on the way would not fit; names its variables.

    >>> eliminate([Factor(("A",), np.array([.5, .5])), Factor(("A", "B"), np.array([[1., 0], [.5, .5]]))], ["B"])
    array([0.75, 0.25])

    """
    rest = list(factors)
    sizes = {name: size for factor in rest for name, size in zip(factor.variables, factor.values.shape, strict=True)}
    todo = sorted(set(sizes) - set(keep))
    while todo:
        variable = min(todo, key=lambda name: prod(sizes[other] for other in _neighbours(rest, name)))
        todo.remove(variable)
        touched = [factor for factor in rest if variable in factor.variables]
        rest = [factor for factor in rest if variable not in factor.variables]
        rest.append(_sum_out(_product(touched, sizes), variable))
    result = _product(rest, sizes)
    return _aligned(result, tuple(keep))


def _neighbours(factors: Iterable[Factor], variable: str) -> set[str]:
    return {name for factor in factors if variable in factor.variables for name in factor.variables}


def _product(factors: Sequence[Factor], sizes: Mapping[str, int]) -> Factor:
    variables = tuple(dict.fromkeys(name for factor in factors for name in factor.variables))
    cells = prod(sizes[name] for name in variables)
    exact = any(factor.values.dtype == np.object_ for factor in factors)
    if cells > (MAX_EXACT_CELLS if exact else MAX_FLOAT_CELLS):
        names = ", ".join(f"{name} ({sizes[name]})" for name in variables)
        remedy = "Fewer states or links" + (", or floats for exact numbers," if exact else "")
        raise TooLarge(f"a table of {cells} cells over {names} would be needed. {remedy} would shrink it.")
    arrays = [_aligned(factor, variables) for factor in factors]
    return Factor(variables, np.asarray(reduce(np.multiply, arrays, np.array(1))))


def _aligned(factor: Factor, variables: tuple[str, ...]) -> Array:
    """Return the factor's values with an axis for each of ``variables``, of length 1 where it has none."""
    own = [name for name in variables if name in factor.variables]
    values = factor.values.transpose([factor.variables.index(name) for name in own])
    absent = tuple(axis for axis, name in enumerate(variables) if name not in factor.variables)
    return np.expand_dims(values, absent)


def _sum_out(factor: Factor, variable: str) -> Factor:
    axis = factor.variables.index(variable)
    rest = factor.variables[:axis] + factor.variables[axis + 1 :]
    return Factor(rest, np.asarray(factor.values.sum(axis=axis)))


def weights(
    model: Model,
    keep: Sequence[str],
    *,
    given: Mapping[str, int] | None = None,
    utility: str | None = None,
    undecided: str = "refuse",
) -> Array:
    r"""Return :math:`\sum P(\mathit{keep}, \mathit{given}, rest)\,u` over the rest, an axis for each of ``keep``.

    ``given``: positions of observed states. ``utility``: the utility node u (absent: 1). ``undecided``: "uniform" lets
    decisions without a policy choose uniformly, "refuse" raises ModelError if one is upstream.
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

    The policy is applied first, so ``do`` leaves the rules as they are (a post-policy intervention).

    Raises:
        ModelError: a decision without a policy upstream, a state that does not exist, evidence of probability 0.

    >>> import cidmesa as cm
    >>> g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, S={0: "1/3", 1: "2/3"}, D=[0, 1], U="S == D")
    >>> query(m, "S", given={"D": 1}, policy={"D": lambda S: S})
    {0: Fraction(0, 1), 1: Fraction(1, 1)}

    """
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
    if not total:
        shown = ", ".join(f"{name} = {show(value)}" for name, value in (given or {}).items())
        raise ModelError(f"the evidence {shown} has probability 0.")
    return dict(zip(domain, (joint / total).tolist(), strict=True))
