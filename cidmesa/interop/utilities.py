"""Utilities that are made of other utilities: sums leave their terms as they are, all else becomes one table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any, TypeAlias

from cidmesa.errors import FormatError, TooLarge
from cidmesa.interop.part import Part
from cidmesa.modelling.tabulation import MAX_CELLS

if TYPE_CHECKING:
    from cidmesa.modelling.numbers import Number

__all__ = ["How", "Join", "combined", "joined"]

How: TypeAlias = "Callable[[list[Any]], Any]"
Join: TypeAlias = "tuple[How, tuple[str, ...]]"  # how utilities make one, and of which utilities it is made


def combined(parts: Mapping[str, Part], joins: Mapping[str, Join], source: str) -> Iterator[Part]:
    """Yield the nodes; utilities that are made of others are worked out, and those that they are made of are gone.

    The terms of a sum that nothing else needs stay utilities of their own, since an agent adds up its utilities.

    Raises:
        FormatError: utilities are defined in terms of each other.

    >>> u, v = (Part(name, "utility", numbers=(number,)) for name, number in (("U", 2), ("V", 3)))
    >>> [(part.name, part.numbers) for part in combined({"U": u, "V": v}, {"W": (prod, ("U", "V"))}, "x")]
    [('W', (6,))]
    >>> [part.name for part in combined({"U": u, "V": v}, {"W": (sum, ("U", "V"))}, "x")]
    ['U', 'V']
    """
    inner = {term for _, terms in joins.values() for term in terms}
    if joins and not joins.keys() - inner:
        raise FormatError(f"{source}: the utilities {', '.join(joins)} are made of each other.")
    yield from (part for part in parts.values() if part.kind != "utility" or part.name not in inner)
    for top in (name for name in joins if name not in inner):
        for term, count in _added(top, joins, source, 0).items():
            part = parts[term] if term in parts else _worked_out(term, parts, joins, source, 0)
            yield replace(part, numbers=tuple(count * number for number in part.numbers))


def _added(name: str, joins: Mapping[str, Join], source: str, depth: int) -> dict[str, int]:
    """Return the terms of a sum, with how often each is there."""
    _check_depth(source, depth)
    if name not in joins or joins[name][0] is not sum:
        return {name: 1}
    found: dict[str, int] = {}
    for term in joins[name][1]:
        for part, count in _added(term, joins, source, depth + 1).items():
            found[part] = found.get(part, 0) + count
    return found


def _worked_out(name: str, parts: Mapping[str, Part], joins: Mapping[str, Join], source: str, depth: int) -> Part:
    """Return a utility as one table."""
    _check_depth(source, depth)
    if name in parts:
        return parts[name]
    how, terms = joins[name]
    below = [_worked_out(term, parts, joins, source, depth + 1) for term in terms]
    return joined(name, below, parts, how, source)


def _check_depth(source: str, depth: int) -> None:
    if depth > 50:
        raise FormatError(f"{source}: utilities are made of each other, or are nested too deeply to be read.")


def joined(name: str, terms: Sequence[Part], known: Mapping[str, Part], how: How, source: str) -> Part:
    """Return the utility that is a function of the values of others, over all their parents.

    >>> u = Part("U", "utility", parents=("D",), numbers=(1, 2))
    >>> joined("W", [u, u], {"D": Part("D", "decision", ("a", "b"))}, max, "x").numbers
    (1, 2)
    """
    parents = tuple(dict.fromkeys(parent for term in terms for parent in term.parents))
    sizes = {parent: len(known[parent].states) for parent in parents}
    if prod(sizes.values()) > MAX_CELLS:
        raise TooLarge(f"{source}: the utility {name!r} would have {prod(sizes.values())} numbers over its parents.")
    numbers: list[Number] = []
    for setting in product(*(range(size) for size in sizes.values())):
        at = dict(zip(parents, setting, strict=True))
        numbers.append(how([_at(term, at, sizes) for term in terms]))
    return Part(name, "utility", (), parents, tuple(numbers), terms[0].agent if terms else None)


def _at(term: Part, setting: Mapping[str, int], sizes: Mapping[str, int]) -> Number:
    place = 0
    for parent in term.parents:
        place = place * sizes[parent] + setting[parent]
    return term.numbers[place]
