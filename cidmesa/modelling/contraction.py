"""Products of tables summed over some of their variables: planned by sizes first, then one of two kernels.

Small products are one `numpy.einsum` over all tables; large ones are contracted two by two, each a matrix product where
that is possible. Plans depend on the shape of the question only and are kept, so that the thousandth stage of a Markov
chain costs a look-up. The same plans serve float64, Fractions and any other cells that can be added and multiplied.
"""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cidmesa.errors import TooLarge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from cidmesa.modelling.numbers import Array

__all__ = ["SMALL", "Factor", "check_size", "contract", "execute", "limit", "plan", "sizes_of"]

MAX_FLOAT_CELLS = 2**27
MAX_EXACT_CELLS = 2**22
SMALL = 2**12  # cells of the joint table up to which one einsum beats several matrix products (benchmarks/README.md)

Scope = tuple[int, ...]
Step = tuple[tuple[int, ...], "Callable[..., Array]"]  # which arrays it takes away, what it makes of them


class Factor(NamedTuple):
    """An array with a name for each axis."""

    variables: tuple[Any, ...]
    values: Array


class Plan(NamedTuple):
    """The steps of a contraction; ``peak`` is the scope of the largest table on the way, ``cells`` its size."""

    steps: tuple[Step, ...]
    shape: tuple[int, ...]
    peak: Scope
    cells: int


def contract(factors: Sequence[Factor], keep: Sequence[Any]) -> Array:
    """Return the product of ``factors`` summed over all variables but ``keep``, axes in the order of ``keep``.

    A variable of ``keep`` that no factor has gets an axis of length 1.

    Raises:
        TooLarge: a table on the way would not fit; names its variables.

    >>> chance, given = Factor(("A",), np.array([.5, .5])), Factor(("A", "B"), np.array([[1., 0], [.5, .5]]))
    >>> contract([chance, given], ["B"])
    array([0.75, 0.25])

    """
    label: dict[Any, int] = {}
    scopes = tuple(tuple(label.setdefault(name, len(label)) for name in factor.variables) for factor in factors)
    kept = tuple(label.setdefault(name, len(label)) for name in keep)
    lengths = sizes_of(factors)
    sizes = tuple(lengths.get(name, 1) for name in label)
    exact = any(factor.values.dtype == np.object_ for factor in factors)
    steps = plan(scopes, kept, sizes, exact)
    check_size(steps.peak, sizes, tuple(label), exact)
    return execute(steps, [factor.values for factor in factors])


def sizes_of(factors: Iterable[Factor]) -> dict[Any, int]:
    """Return the number of states of each variable.

    >>> sizes_of([Factor(("A", "B"), np.zeros((2, 3)))])
    {'A': 2, 'B': 3}
    """
    return {name: size for factor in factors for name, size in zip(factor.variables, factor.values.shape, strict=True)}


def limit(exact: bool) -> int:
    """Return how many cells a table may have.

    >>> limit(exact=False) > limit(exact=True)
    True
    """
    return MAX_EXACT_CELLS if exact else MAX_FLOAT_CELLS


def check_size(scope: Iterable[int], sizes: Mapping[int, int] | Sequence[int], names: Sequence[object],
               exact: bool) -> None:  # fmt: skip
    """Raise TooLarge if a table over ``scope`` would have too many cells: names its variables, the largest first.

    >>> check_size([0, 1], [2, 3], ["A", "B"], exact=True)
    """
    cells = prod(sizes[i] for i in scope)
    if cells <= limit(exact):
        return
    largest = sorted(scope, key=lambda i: (-sizes[i], i))
    shown = ", ".join(f"{names[i]} ({sizes[i]})" for i in largest)
    remedy = "Fewer states or links" + (", or floats for exact numbers," if exact else "")
    raise TooLarge(f"a table of {cells} cells over {shown} would be needed. {remedy} would shrink it.")


def execute(steps: Plan, arrays: Iterable[Array]) -> Array:
    """Return what the plan makes of the arrays.

    >>> execute(plan(((0, 1),), (1,), (2, 2), False), [np.array([[1., 2], [3, 4]])])
    array([4., 6.])
    """
    stack = list(arrays)
    for taken, make in steps.steps:
        made = make(*(stack[i] for i in taken))
        for i in reversed(taken):
            del stack[i]
        stack.append(made)
    result = stack[0] if stack else np.array(1)
    return result.reshape(steps.shape) if result.shape != steps.shape else result


@lru_cache(maxsize=16_384)
def plan(scopes: tuple[Scope, ...], keep: Scope, sizes: tuple[int, ...], exact: bool) -> Plan:
    """Return the plan for tables over ``scopes`` (numbers of variables) that keeps ``keep``, in this order.

    >>> plan(((0, 1), (1, 2)), (0,), (2, 2, 2), False).peak
    (0,)
    """
    present = {variable for scope in scopes for variable in scope}
    out = tuple(variable for variable in keep if variable in present)
    shape = tuple(sizes[variable] if variable in present else 1 for variable in keep)
    if not scopes:
        return Plan((), shape, (), 1)
    if prod(sizes[variable] for variable in present) <= SMALL or len(scopes) == 1:
        return Plan(((tuple(range(len(scopes))), _einsum(scopes, out)),), shape, out, _cells(out, sizes))
    return _pairwise(scopes, out, sizes, exact, shape)


def _pairwise(scopes: tuple[Scope, ...], out: Scope, sizes: tuple[int, ...], exact: bool,
              shape: tuple[int, ...]) -> Plan:  # fmt: skip
    """Contract two by two, first the two whose result is smallest compared with them."""
    rest, steps, peak = list(scopes), list[Step](), out
    for i, scope in enumerate(scopes):
        needed = _union([*rest[:i], *rest[i + 1 :]], out)
        if set(scope) - needed:
            kept = tuple(v for v in scope if v in needed)
            steps.append(((i,), _einsum((scope,), kept)))
            rest = [*rest[:i], *rest[i + 1 :], kept]
            return _after(steps, _pairwise(tuple(rest), out, sizes, exact, shape))
    while len(rest) > 1:
        i, j = _best_pair(rest, out, sizes)
        a, b = rest[i], rest[j]
        others = [scope for k, scope in enumerate(rest) if k not in (i, j)]
        result, make = _pair(a, b, _union(others, out), sizes, exact)
        steps.append(((i, j), make))
        rest = [*others, result]
        peak = max(peak, result, key=lambda scope: _cells(scope, sizes))
    steps.append(((0,), _einsum((rest[0],), out)))
    return Plan(tuple(steps), shape, peak, _cells(peak, sizes))


def _cells(scope: Iterable[int], sizes: Sequence[int]) -> int:
    return prod([sizes[v] for v in scope])


def _after(steps: list[Step], rest: Plan) -> Plan:
    return rest._replace(steps=(*steps, *rest.steps))


def _union(scopes: Iterable[Scope], out: Scope) -> set[int]:
    return {*out, *(variable for scope in scopes for variable in scope)}


def _best_pair(rest: list[Scope], out: Scope, sizes: tuple[int, ...]) -> tuple[int, int]:
    def cost(pair: tuple[int, int]) -> tuple[int, tuple[int, int]]:
        a, b = (rest[k] for k in pair)
        needed = _union((scope for k, scope in enumerate(rest) if k not in pair), out)
        return _cells((set(a) | set(b)) & needed, sizes) - _cells(a, sizes) - _cells(b, sizes), pair

    return min(((i, j) for j in range(len(rest)) for i in range(j)), key=cost)


def _pair(a: Scope, b: Scope, needed: set[int], sizes: tuple[int, ...], exact: bool,
          ) -> tuple[Scope, Callable[..., Array]]:  # fmt: skip
    both = [v for v in a if v in b]
    batch, summed = [v for v in both if v in needed], [v for v in both if v not in needed]
    left, right = [v for v in a if v not in b], [v for v in b if v not in a]
    result = (*batch, *left, *right)
    rows, inner, columns, repeats = (prod(sizes[v] for v in part) for part in (left, summed, right, batch))
    if not summed:
        return result, _multiply(a, b, result)
    if exact or repeats > rows * inner * columns:  # many small matrices: no gain from matrix products
        return result, _einsum((a, b), result)
    turn_a, turn_b = _order(a, (*batch, *left, *summed)), _order(b, (*batch, *summed, *right))
    shape = tuple(sizes[v] for v in result)

    def make(x: Array, y: Array) -> Array:
        x, y = x.transpose(turn_a).reshape(repeats, rows, inner), y.transpose(turn_b).reshape(repeats, inner, columns)
        return np.asarray((x @ y).reshape(shape))

    return result, make


def _order(scope: Scope, wanted: Iterable[int]) -> tuple[int, ...]:
    return tuple(scope.index(v) for v in wanted)


def _multiply(a: Scope, b: Scope, result: Scope) -> Callable[..., Array]:
    turn_a, turn_b = (_order(scope, (v for v in result if v in scope)) for scope in (a, b))
    index_a, index_b = (tuple(slice(None) if v in scope else None for v in result) for scope in (a, b))

    def make(x: Array, y: Array) -> Array:
        return np.asarray(x.transpose(turn_a)[index_a] * y.transpose(turn_b)[index_b])

    return make


def _einsum(scopes: Sequence[Scope], out: Scope) -> Callable[..., Array]:
    letters: dict[int, str] = {}
    for scope in (*scopes, out):
        for variable in scope:
            letters.setdefault(variable, _letter(len(letters)))
    texts = ["".join(letters[v] for v in scope) for scope in scopes]
    formula = f"{','.join(texts)}->{''.join(letters[v] for v in out)}"

    def make(*arrays: Array) -> Array:
        return np.asarray(np.einsum(formula, *arrays))

    return make


def _letter(number: int) -> str:
    if number >= 52:
        raise TooLarge(f"a product of tables over more than {number} variables. Fewer links would shrink it.")
    return chr(ord("a") + number) if number < 26 else chr(ord("A") + number - 26)
