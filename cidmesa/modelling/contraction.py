"""Products of tables summed over some of their variables: a plan from the sizes, then one of two kernels.

A small product is one `numpy.einsum` over all tables. A large one is contracted two by two, by a matrix product if
possible. Plans depend only on the shape of the question and are cached, so later stages of a Markov chain cost a
look-up. The same plans serve float64, Fractions and any other cells that can be added and multiplied.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from itertools import chain
from math import prod
from string import ascii_letters
from typing import Any, NamedTuple

import numpy as np

from cidmesa.errors import TooLarge
from cidmesa.modelling.numbers import Array, in_one_ring, objects, scaled, unscaled

__all__ = ["SMALL", "Factor", "check_size", "contract", "execute", "limit", "plan", "sizes_of"]

MAX_FLOAT_CELLS = 2**27
MAX_EXACT_CELLS = 2**22
SMALL = 2**12  # cells of the joint table up to which one einsum beats several matrix products (benchmarks/README.md)
SMALL_EXACT = 2**5  # the same for Fractions, where each multiplication counts

Scope = tuple[int, ...]
Step = tuple[tuple[int, ...], "Callable[..., Array]"]  # which arrays it takes away, what it makes of them


class Factor(NamedTuple):
    """An array with a name for each axis."""

    variables: tuple[Any, ...]
    values: Array


class Plan(NamedTuple):
    """The steps of a contraction; ``peak`` is the scope of the largest intermediate table, ``cells`` its size.

    ``whole``: whether one step takes all arrays. ``of_integers``: for a plan with exact numbers, the plan for machine
    integers. ``joint``: the number of cells of the joint table.
    """

    steps: tuple[Step, ...]
    shape: tuple[int, ...]
    peak: Scope
    cells: int
    whole: bool = False
    of_integers: Plan | None = None
    joint: int = 1


def contract(factors: Sequence[Factor], keep: Sequence[Any]) -> Array:
    """Return the product of ``factors`` summed over all variables but ``keep``, axes in the order of ``keep``.

    A variable of ``keep`` that no factor has gets an axis of length 1.

    Raises:
        TooLarge: an intermediate table would not fit; the message names its variables.

    >>> chance, given = Factor(("A",), np.array([.5, .5])), Factor(("A", "B"), np.array([[1., 0], [.5, .5]]))
    >>> contract([chance, given], ["B"])
    array([0.75, 0.25])
    """
    label: dict[Any, int] = {}
    new = label.setdefault
    scopes = tuple([tuple([new(name, len(label)) for name in names]) for names, _ in factors])
    kept = tuple([new(name, len(label)) for name in keep])
    lengths = [1] * len(label)
    for scope, (_, values) in zip(scopes, factors, strict=True):
        for number, size in zip(scope, values.shape, strict=True):
            lengths[number] = size
    exact = any(values.dtype == np.object_ for _, values in factors)
    sizes = tuple(lengths)
    steps = plan(scopes, kept, sizes, exact)
    if steps.cells > SMALL:
        check_size(steps.peak, sizes, tuple(label), exact)
    return execute(steps, [values for _, values in factors])


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


def check_size(
    scope: Iterable[int], sizes: Mapping[int, int] | Sequence[int], names: Sequence[object], exact: bool
) -> None:
    """Raise TooLarge if a table over ``scope`` would have too many cells; name its variables, the largest first.

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
    """Return the result of the plan for the arrays.

    >>> execute(plan(((0, 1),), (1,), (2, 2), False), [np.array([[1., 2], [3, 4]])])
    array([4., 6.])
    """
    stack = arrays if isinstance(arrays, list) else list(arrays)
    if steps.of_integers is None:
        return _executed(steps, stack)
    if (found := _in_integers(steps, steps.of_integers, stack)) is not None:
        return found
    if (made := in_one_ring(stack)) is None:
        return _executed(steps, stack)
    bare, whole = made
    return whole(_executed(steps, bare))


def _in_integers(steps: Plan, machine: Plan, arrays: list[Array]) -> Array | None:
    """Return the result of the plan for ints and Fractions, by integers over a common denominator."""
    tables = []
    for array in arrays:
        if (table := scaled(array)) is None:
            return None
        tables.append(table)
    bound = steps.joint * prod([table.largest for table in tables])  # of all that can come up on the way
    if bound < 2**63:
        result = _executed(machine, [table.array(np.int64) for table in tables])
    else:
        result = _executed(steps, [table.array(np.object_) for table in tables])
    return unscaled(result, prod([table.denominator for table in tables]), all(table.whole for table in tables))


def _executed(steps: Plan, stack: list[Array]) -> Array:
    if steps.whole:
        result = _array(steps.steps[0][1](*stack))
        return result.reshape(steps.shape) if result.shape != steps.shape else result
    stack = list(stack)
    for taken, make in steps.steps:
        made = _array(make(*(stack[i] for i in taken)))
        for i in sorted(taken, reverse=True):
            del stack[i]
        stack.append(made)
    result = stack[0] if stack else np.array(1)
    return result.reshape(steps.shape) if result.shape != steps.shape else result


def _array(made: Any) -> Array:
    """Return an array; of a single cell numpy makes the object itself, and of an int a machine integer."""
    if isinstance(made, np.ndarray):
        return made
    return np.asarray(made) if isinstance(made, np.generic) else objects([made], ())


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
    made = _planned(scopes, out, sizes, exact, shape)
    joint = _cells(present, sizes)
    if not exact or (joint == _cells(out, sizes) and len(scopes) < 3):  # one multiplication gains nothing
        return made
    return made._replace(of_integers=_planned(scopes, out, sizes, False, shape), joint=joint)


def _planned(
    scopes: tuple[Scope, ...], out: Scope, sizes: tuple[int, ...], exact: bool, shape: tuple[int, ...]
) -> Plan:
    if _cells({v for scope in scopes for v in scope}, sizes) > (SMALL_EXACT if exact else SMALL) and len(scopes) > 1:
        return _pairwise(scopes, out, sizes, exact, shape)
    make = _matrices(scopes, out, sizes) or _einsum(scopes, out)
    return Plan(((tuple(range(len(scopes))), make),), shape, out, _cells(out, sizes), True)


def _pairwise(
    scopes: tuple[Scope, ...], out: Scope, sizes: tuple[int, ...], exact: bool, shape: tuple[int, ...]
) -> Plan:
    """Contract two by two, first the pair whose result is smallest relative to the pair."""
    steps, rest = _without_private(scopes, out)
    place = {v: i for i, v in enumerate((*out, *(v for v in range(len(sizes)) if v not in out)))}
    pairs = _Pairs(rest, out, sizes)
    peak = max([out, *rest], key=lambda scope: _cells(scope, sizes))
    while len(pairs.scopes) > 1:
        i, j = pairs.best()
        first, second = sorted((i, j), key=lambda k: min(map(place.__getitem__, pairs.scopes[k]), default=0))
        result, make = _pair(pairs.scopes[first], pairs.scopes[second], pairs.kept(i, j), sizes, exact)
        steps.append(((first, second), make))
        pairs.join(i, j, result)
        peak = max(peak, result, key=lambda scope: _cells(scope, sizes))
    if pairs.scopes[0] != out:
        steps.append(((0,), _einsum((pairs.scopes[0],), out)))
    return Plan(tuple(steps), shape, peak, _cells(peak, sizes))


def _without_private(scopes: tuple[Scope, ...], out: Scope) -> tuple[list[Step], list[Scope]]:
    """Return the steps that sum out variables that only one table has, and the scopes that are left."""
    count = Counter(variable for scope in scopes for variable in scope) + Counter(dict.fromkeys(out, 2))
    kept = [tuple(v for v in scope if count[v] > 1) for scope in scopes]
    changed = [i for i, scope in enumerate(scopes) if kept[i] != scope]
    steps: list[Step] = [((i - k,), _einsum((scopes[i],), kept[i])) for k, i in enumerate(changed)]
    return steps, [kept[i] for i in range(len(scopes)) if i not in changed] + [kept[i] for i in changed]


class _Pairs:
    """The remaining scopes, as tuples and as bits, with the cost of contracting each pair."""

    def __init__(self, scopes: list[Scope], out: Scope, sizes: tuple[int, ...]) -> None:
        self.scopes, self.sizes = scopes, sizes
        self.bits = [sum(1 << v for v in scope) for scope in scopes]
        self.count = Counter(v for scope in (*scopes, out, out, out) for v in scope)  # what is kept is never private
        self.known: dict[int, int] = {}
        self.costs = [[self.cost(i, j) for i in range(j)] for j in range(len(scopes))]

    def cells(self, bits: int) -> int:
        """Return the number of cells of a table over the variables in ``bits``."""
        if bits not in self.known:
            self.known[bits] = prod([size for v, size in enumerate(self.sizes) if bits >> v & 1])
        return self.known[bits]

    def kept(self, i: int, j: int) -> set[int]:
        """Return the variables that other tables have as well."""
        both = {v for v in self.scopes[i] if v in self.scopes[j]}
        return {v for v in (*self.scopes[i], *self.scopes[j]) if self.count[v] > 1 + (v in both)}

    def cost(self, i: int, j: int) -> int:
        """Return the cells of the product of i and j less those of both."""
        a, b = self.bits[i], self.bits[j]
        summed = sum(1 << v for v in self.scopes[i] if b >> v & 1 and self.count[v] == 2)
        return self.cells((a | b) & ~summed) - self.cells(a) - self.cells(b)

    def best(self) -> tuple[int, int]:
        """Return the pair that is cheapest to contract, the smaller position first."""
        _, i, j = min((cost, i, j) for j, row in enumerate(self.costs) for i, cost in enumerate(row))
        return i, j

    def join(self, i: int, j: int, result: Scope) -> None:
        """Remove i and j (i < j) and append their product."""
        self.count -= Counter((*self.scopes[i], *self.scopes[j]))
        self.count += Counter(result)
        for gone in (j, i):
            del self.scopes[gone], self.bits[gone], self.costs[gone]
            for row in self.costs[gone:]:
                del row[gone]
        self.scopes.append(result)
        self.bits.append(sum(1 << v for v in result))
        last = len(self.scopes) - 1
        self.costs.append([self.cost(k, last) for k in range(last)])


def _cells(scope: Iterable[int], sizes: Sequence[int]) -> int:
    return prod([sizes[v] for v in scope])


def _pair(
    a: Scope, b: Scope, needed: set[int], sizes: tuple[int, ...], exact: bool
) -> tuple[Scope, Callable[..., Array]]:
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


def _matrices(scopes: tuple[Scope, ...], out: Scope, sizes: tuple[int, ...]) -> Callable[..., Array] | None:
    """Return the product of two tables as one of matrices, if the last axes of one are the first of the other."""
    if len(scopes) != 2:
        return None
    (a, b), inner = scopes, (len(scopes[0]) + len(scopes[1]) - len(out)) // 2
    cut = len(a) - inner
    if not 0 < inner <= min(len(a), len(b)) or a[cut:] != b[:inner] or out != a[:cut] + b[inner:]:
        return None
    cells = _cells(b[:inner], sizes)
    rows, columns = (-1, cells), (cells, -1) if len(b) > inner else (cells,)
    return lambda x, y: x.reshape(rows).dot(y.reshape(columns))


def _order(scope: Scope, wanted: Iterable[int]) -> tuple[int, ...]:
    return tuple(scope.index(v) for v in wanted)


def _multiply(a: Scope, b: Scope, result: Scope) -> Callable[..., Array]:
    turn_a, turn_b = (_order(scope, (v for v in result if v in scope)) for scope in (a, b))
    index_a, index_b = (tuple(slice(None) if v in scope else None for v in result) for scope in (a, b))

    def make(x: Array, y: Array) -> Array:
        return _array(x.transpose(turn_a)[index_a] * y.transpose(turn_b)[index_b])

    return make


def _itself(array: Array) -> Array:
    return array


def _einsum(scopes: Sequence[Scope], out: Scope) -> Callable[..., Array]:
    if len(scopes) == 1 and scopes[0] == out:
        return _itself
    variables = dict.fromkeys(chain(*scopes, out))
    if len(variables) > len(ascii_letters):
        raise TooLarge(f"a product of tables over {len(variables)} variables is too large. Use fewer links.")
    letter = dict(zip(variables, ascii_letters, strict=False)).__getitem__
    texts = ["".join(map(letter, scope)) for scope in (*scopes, out)]
    return partial(np.einsum, f"{','.join(texts[:-1])}->{texts[-1]}")
