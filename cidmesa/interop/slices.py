"""Dynamic networks unrolled: each node of the plate once for each slice, with numbered names."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cidmesa.interop.part import Part
    from cidmesa.modelling.numbers import Number

__all__ = ["Plate", "unrolled"]

MAX_SLICES = 1_000


@dataclass(frozen=True)
class Plate:
    """What repeats: the nodes of a slice, and what follows from the slice before.

    ``later``: node -> parents and numbers in all slices but the first; a parent is a name, and whether the one in the
    slice before is meant.
    """

    nodes: frozenset[str] = frozenset()
    later: Mapping[str, tuple[tuple[tuple[str, bool], ...], tuple[Number, ...]]] = field(default_factory=dict)


def unrolled(parts: Sequence[Part], plate: Plate, slices: int) -> tuple[Part, ...]:
    """Return the parts of ``slices`` slices, named ``X1``, ``X2``, ... (``X_1`` where a name ends in a digit).

    Nodes outside the plate are there once. A decision of the plate is a decision in each slice, a utility a utility.

    >>> from cidmesa.interop.part import Part
    >>> coin = Part("R", states=("t", "f"), numbers=(0.5, 0.5))
    >>> later = {"R": ((("R", True),), (0.7, 0.3, 0.3, 0.7))}
    >>> [(part.name, part.parents) for part in unrolled([coin], Plate(frozenset("R"), later), 3)]
    [('R1', ()), ('R2', ('R1',)), ('R3', ('R2',))]
    """
    gap = "_" if any(name[-1:].isdigit() for name in plate.nodes) else ""
    made = [part for part in parts if part.name not in plate.nodes]
    repeated = [part for part in parts if part.name in plate.nodes]
    for number in range(1, slices + 1):
        made += _slice(repeated, plate, number, gap)
    return tuple(made)


def _slice(repeated: Sequence[Part], plate: Plate, number: int, gap: str) -> Iterator[Part]:
    def named(name: str, before: bool = False) -> str:
        return f"{name}{gap}{number - before}" if name in plate.nodes else name

    for part in repeated:
        if number > 1 and part.name in plate.later:
            parents, numbers = plate.later[part.name]
            own = tuple(named(name, before) for name, before in parents)
            yield replace(part, name=named(part.name), parents=own, numbers=numbers, position=None)
        else:
            own = tuple(map(named, part.parents))
            yield replace(part, name=named(part.name), parents=own, position=None)
