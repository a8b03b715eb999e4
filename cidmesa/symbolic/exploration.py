"""Answers for all values of some parameters: one run of the ordinary algorithm for each way that it can take."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import ceil, floor
from typing import TYPE_CHECKING, Any

from cidmesa.errors import CidmesaError, NotApplicable, TooLarge
from cidmesa.symbolic.decomposition import Box
from cidmesa.symbolic.factor import Factor, linear
from cidmesa.symbolic.lifting import Point
from cidmesa.symbolic.traced import Sign, Trace, Undecidable

if TYPE_CHECKING:
    from cidmesa.modelling.numbers import Number
    from cidmesa.modelling.parameter import Parameter

__all__ = ["Answer", "Cell", "Exploration", "Path", "explore", "explored", "ranges_of", "run", "whole_numbers"]

MAX_PATHS = 2_000
MAX_WHOLE = 1_000


@dataclass(frozen=True)
class Answer:
    """What was found at a point: true, false, or ``None`` where the question has no answer (``why`` says so).

    ``outside``: the point does not meet the assumptions.
    """

    holds: bool | None
    why: str = ""
    outside: bool = False


@dataclass(frozen=True, eq=False)
class Path:
    """A way that the algorithm takes: wherever ``signs`` hold, the answer is the same."""

    signs: tuple[Sign, ...]
    answer: Answer

    @cached_property
    def factors(self) -> frozenset[Factor]:
        """The polynomials whose signs it depends on."""
        return frozenset(factor for sign in self.signs for factor, _ in sign.factors)

    @property
    def verdict(self) -> object:
        """Whether it holds there; ``None`` where that is not asked."""
        return None if self.answer.outside else self.answer.holds is True

    def covers(self, point: Point) -> bool:
        """Return whether the algorithm takes this way at a point."""
        return all(sign.holds(point) for sign in self.signs)


@dataclass(frozen=True)
class Cell:
    """A part of the range of the parameters in which the algorithm takes the same way, by a point in it.

    ``open``: whether it has an inside; else it is a part of a boundary.
    """

    point: Point
    answer: Answer
    open: bool = True


@dataclass(frozen=True)
class Exploration:
    """The ways that the algorithm takes and the cells; ``complete``: for every value in range the answer is known.

    ``bounds``: polynomials at which the answer was seen to change; ``box``: the ranges, if they were covered by cells.
    """

    names: tuple[str, ...]
    paths: tuple[Path, ...]
    cells: tuple[Cell, ...]
    bounds: tuple[Factor, ...] = ()
    box: Box | None = None
    complete: bool = True

    @cached_property
    def factors(self) -> tuple[Factor, ...]:
        """All polynomials whose signs were asked for."""
        return tuple(sorted({factor for path in self.paths for factor in path.factors}))


def ranges_of(parameters: Sequence[Parameter]) -> list[tuple[Fraction | None, Fraction | None]]:
    """Return the exact ranges of parameters."""
    return [(_exact(parameter.low), _exact(parameter.high)) for parameter in parameters]


def _exact(end: Number | None) -> Fraction | None:
    return None if end is None else Fraction(end)


def whole_numbers(parameters: Sequence[Parameter]) -> dict[str, range]:
    """Return the values of the integer parameters.

    Raises:
        NotApplicable: an integer parameter lacks a bound.
        TooLarge: an integer parameter has more than 1,000 values.
    """
    found = {}
    for parameter in (p for p in parameters if p.integer):
        if parameter.low is None or parameter.high is None:
            raise NotApplicable(f"the integer {parameter.name!r} needs both ends of a range, such as [1, 10].")
        found[parameter.name] = range(ceil(parameter.low), floor(parameter.high) + 1)
        if len(found[parameter.name]) > MAX_WHOLE:
            raise TooLarge(f"the integer {parameter.name!r} has more than {MAX_WHOLE} values. Narrow its range.")
    return found


def run(
    ask: Callable[[Mapping[str, Any]], Answer], point: Point, whole: Iterable[str] = (), trace: Trace | None = None
) -> Path:
    """Return the way that the algorithm takes at a point; what it makes once is taken from earlier runs of a trace.

    Where it needs a number itself, such as an exponent, those of the ``whole`` parameters are given to it, and the way
    is for these only.
    """
    trace = trace or Trace(point)
    try:
        return _run(ask, trace, trace.at(point))
    except Undecidable:
        held = {name: number for name, number in point.values().items() if name in whole}
        if not held:
            raise
    values = trace.at(point)
    for name, number in held.items():
        _ = values[name] == number  # remembered as a sign
    return _run(ask, trace, values | {name: int(number) for name, number in held.items()})


def _run(ask: Callable[[Mapping[str, Any]], Answer], trace: Trace, values: Mapping[str, Any]) -> Path:
    try:
        answer = ask(values)
    except Undecidable:
        raise
    except CidmesaError as error:
        answer = Answer(None, str(error))
    trace.inside = False  # what is asked of these numbers from now on is only remembered
    return Path(trace.signs(), answer)


def explore(ask: Callable[[Mapping[str, Any]], Answer], parameters: Sequence[Parameter]) -> Exploration:
    """Return the answers for all values of at most two parameters, and any integers, in their ranges.

    A run of the algorithm at a point gives the answer and the signs of the polynomials on which its course depended.
    Further runs at points that are not covered yet follow until all points are covered.

    Raises:
        TooLarge: more than 2,000 different ways.
    """
    whole, paths, trace = whole_numbers(parameters), list[Path](), Trace(Point((), ()))
    box = Box(tuple(parameter.name for parameter in parameters), ranges_of(parameters), whole)

    def look(point: Point) -> Path:
        known = next((path for path in paths if path.covers(point)), None)
        if known is not None:
            return known
        if len(paths) == MAX_PATHS:
            raise TooLarge(f"more than {MAX_PATHS} different cases. Free fewer parameters or narrow their ranges.")
        paths.append(run(ask, point, whole, trace))
        return paths[-1]

    cells, bounds = explored(box, look)
    trace.kept.clear()  # which is in a cycle
    return Exploration(box.names, tuple(paths), tuple(cells), tuple(sorted(bounds)), box)


def explored(box: Box, look: Callable[[Point], Path]) -> tuple[list[Cell], set[Factor]]:
    """Return cells of a box in which what ``look`` returns of a point holds, and polynomials that may bound the yes."""
    found, bounds = box.cells(look)
    edges = {
        linear(box.names, n, end)
        for n, span in zip(box.names, box.spans, strict=True)
        for end in span
        if end is not None
    }
    return [Cell(seen.point, seen.course.answer, seen.open) for seen in found], bounds | edges
