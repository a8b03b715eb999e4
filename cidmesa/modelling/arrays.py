"""Arrays as mechanisms: numpy arrays, and tables of pandas, xarray and pgmpy, whose names identify the axes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.display import named
from cidmesa.errors import ModelError, near_miss
from cidmesa.modelling.numbers import as_name, as_number, as_state, cells, distributions, show

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cidmesa.modelling.numbers import Array, State

__all__ = ["Dense", "dense", "is_array", "of_node"]

_TOLERANCE = 1e-9  # of a sum of probabilities in floats

Labels = tuple["State", ...] | None  # the states of an axis, None: those of the model in their order


@dataclass(frozen=True, eq=False, repr=False)
class Dense:
    """Numbers over some axes, which may have names and states: a distribution for each setting, or a utility.

    ``names``: the node of each axis, or ``None`` for the parents in their order and then the node itself. ``labels``:
    the states of each axis, if the table gives them.
    """

    array: Array
    names: tuple[str, ...] | None
    labels: tuple[Labels, ...]

    @property
    def dense(self) -> Dense:
        """Itself."""
        return self

    def __repr__(self) -> str:
        return named(self, f"{' x '.join(map(str, self.array.shape))} numbers")


def is_array(given: object) -> bool:
    """Return whether something is an array or a table of one of the known libraries.

    >>> is_array(np.zeros(2)), is_array([0, 0])
    (True, False)
    """
    return isinstance(given, np.ndarray | Dense) or _library(given) is not None


def _library(given: object) -> str | None:
    for kind in type(given).__mro__:
        if (module := kind.__module__.split(".")[0]) in ("pandas", "xarray", "pgmpy"):
            return module
    return None


def dense(given: Any, names: Sequence[str] | None = None) -> Dense:
    """Return an array or table with its names and states.

    Raises:
        ModelError: a table does not name its axes, or has cells that are not numbers.

    >>> dense(np.array([[0.5, 0.5], [1, 0]]), ["S", "X"]).names
    ('S', 'X')
    """
    match _library(given):
        case "xarray":
            found = _of_xarray(given)
        case "pandas":
            found = _of_pandas(given)
        case "pgmpy":
            found = _of_pgmpy(given)
        case _:
            found = given if isinstance(given, Dense) else Dense(np.asarray(given), None, (None,) * np.ndim(given))
    if names is not None:
        if len(names) != found.array.ndim:
            raise ModelError(f"the array has {found.array.ndim} axes, not one for each of {', '.join(names)}.")
        found = replace(found, names=tuple(names))
    return found


def _of_xarray(given: Any) -> Dense:
    labels = tuple(
        tuple(map(as_name, given.coords[d].values.tolist())) if d in given.coords else None for d in given.dims
    )
    return Dense(np.asarray(given.values), tuple(map(str, given.dims)), labels)


def _of_pandas(given: Any) -> Dense:
    """Return a table with a row for each setting of the parents, named in the index, and a column for each state."""
    levels = given.index.names
    if None in levels and not (len(levels) == 1 and len(given) == 1):
        raise ModelError(
            "the index of a table has no names. Name its levels after the parents (df.index.names = [...])."
        )
    names = [str(level) for level in levels if level is not None]
    states = [tuple(dict.fromkeys(map(as_name, given.index.get_level_values(level).tolist()))) for level in names]
    keys = [tuple(map(as_state, key if isinstance(key, tuple) else (key,))) for key in given.index.tolist()]
    columns = tuple(map(as_name, given.columns.tolist())) if given.ndim == 2 else None
    width = () if columns is None else (len(columns),)
    array: Array = np.empty((*map(len, states), *width), dtype=given.to_numpy().dtype)
    if len(keys) != len(set(keys)) or len(keys) != np.prod([1, *map(len, states)]):
        raise ModelError(
            f"the table has {len(keys)} rows, not one for each setting of {', '.join(names) or 'no parent'}."
        )
    for key, row in zip(keys, given.to_numpy(), strict=True):
        array[tuple(own.index(state) for own, state in zip(states, key, strict=False))[: len(names)]] = row
    return Dense(array, (*names, *(("",) if width else ())), (*states, *((columns,) if width else ())))


def _of_pgmpy(given: Any) -> Dense:
    names = tuple(map(str, given.variables))
    told = getattr(given, "state_names", None) or {}
    labels = tuple(tuple(map(as_name, told[name])) if name in told else None for name in given.variables)
    return Dense(np.asarray(given.values), names, labels)


# --- of a node --------------------------------------------------------------------------------------------------------


def of_node(
    found: Dense,
    node: str,
    parents: Sequence[str],
    domains: Mapping[str, tuple[State, ...]],
    *,
    utility: bool,
) -> tuple[Array, tuple[State, ...]]:
    """Return the numbers with the parents' axes in their order and the node last, checked, and the node's states.

    ``domains``: those of the parents and, if known, of the node.

    Raises:
        ModelError: an axis is not a parent, states are not the model's, or probabilities do not sum to 1.

    >>> numbers, states = of_node(dense(np.array([[1, 0], [0, 1]])), "X", ["S"], {"S": ("a", "b")}, utility=False)
    >>> numbers.shape, states
    ((2, 2), (0, 1))
    """
    wanted = (*parents,) if utility else (*parents, node)
    found = _in_order(found, node, wanted)
    known = dict(domains)
    if not utility and node not in known:
        known[node] = found.labels[-1] or tuple(range(found.array.shape[-1]))
    array, shape = found.array, tuple(len(known[name]) for name in wanted)
    if array.shape != shape:
        axes = ", ".join(f"{name} {size}" for name, size in zip(wanted, shape, strict=True)) or "no axis"
        raise ModelError(f"node {node!r}: an array of shape {array.shape}; its axes are {axes}.", node=node)
    for axis, (name, labels) in enumerate(zip(wanted, found.labels, strict=True)):
        if labels is not None and labels != known[name]:
            array = array.take(_places(node, name, labels, known[name]), axis=axis)
    array = _numbers(node, array)
    if not utility:
        _check_rows(node, wanted, known, array)
    return array, () if utility else known[node]


def _in_order(found: Dense, node: str, wanted: tuple[str, ...]) -> Dense:
    if found.array.ndim != len(wanted):
        needed = f"one for each of {', '.join(wanted)}" if wanted else "none"
        raise ModelError(f"node {node!r}: an array of {found.array.ndim} axes is given; {needed} is needed.", node=node)
    if found.names is None:
        return found
    names = tuple(name or node for name in found.names)
    if set(names) != set(wanted):
        odd = next((name for name in names if name not in wanted), names[0])
        hint = near_miss(odd, wanted)
        raise ModelError(f"node {node!r}: the axis {odd!r} is none of {', '.join(wanted)}.{hint}", node=node)
    turn = [names.index(name) for name in wanted]
    return Dense(found.array.transpose(turn), wanted, tuple(found.labels[k] for k in turn))


def _places(node: str, name: str, labels: Sequence[State], domain: Sequence[State]) -> list[int]:
    odd = [label for label in labels if label not in domain]
    if odd or len(labels) != len(domain):
        states = ", ".join(map(show, domain))
        what = f"{show(odd[0])!r} is not a state of {name!r}" if odd else f"the states of {name!r} are not complete"
        raise ModelError(f"node {node!r}: {what}: {states}.", node=node)
    return [labels.index(state) for state in domain]


def _numbers(node: str, array: Array) -> Array:
    """Return float64 as it is, copied, and all other numbers exact."""
    if array.dtype.kind == "f":
        copied = np.array(array, dtype=np.float64)
        if not np.isfinite(copied).all():
            raise ModelError(f"node {node!r}: the array has a number that is not finite.", node=node)
        return copied
    try:
        return cells([as_number(cell) for cell in array.ravel().tolist()], array.shape)
    except ModelError as error:
        raise ModelError(f"node {node!r}: {error}", node=node) from None


def _check_rows(node: str, wanted: Sequence[str], domains: Mapping[str, tuple[State, ...]], array: Array) -> None:
    if array.dtype == np.object_ and distributions(array):
        return
    total = array.sum(axis=-1)
    wrong = abs(total - 1) > _TOLERANCE if array.dtype != np.object_ else total != 1
    wrong = np.asarray(wrong, dtype=bool) | np.asarray(array < 0, dtype=bool).any(axis=-1)
    if wrong.any():
        place = tuple(np.argwhere(wrong)[0].tolist())
        where = ", ".join(f"{name} = {show(domains[name][k])}" for name, k in zip(wanted, place, strict=False))
        row = ", ".join(map(show, array[place].tolist()))
        raise ModelError(
            f"node {node!r}{' at ' + where if where else ''}: the probabilities {row} are not nonnegative numbers that "
            "sum to 1. The states of the node stand on the last axis.",
            node=node,
        )
