"""Answers for all values of some parameters: one run of the ordinary algorithm for each way that it can take."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, Any

from cidmesa.errors import CidmesaError, NotApplicable, TooLarge
from cidmesa.symbolic.box import cells
from cidmesa.symbolic.factor import linear
from cidmesa.symbolic.traced import Sign, Trace, Undecidable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from cidmesa.modelling.parameter import Parameter
    from cidmesa.symbolic.factor import Factor
    from cidmesa.symbolic.point import Point

__all__ = ["Answer", "Cell", "Exploration", "Path", "explore", "ranges_of", "run", "whole_numbers"]

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


@dataclass(frozen=True)
class Path:
    """A way that the algorithm takes: wherever ``signs`` hold, the answer is the same."""

    signs: tuple[Sign, ...]
    answer: Answer

    def covers(self, point: Point) -> bool:
        """Return whether the algorithm takes this way at a point."""
        return all(sign.holds(point) for sign in self.signs)


@dataclass(frozen=True)
class Cell:
    """A part of the range of the parameters in which no polynomial changes its sign, by a point in it."""

    point: Point
    answer: Answer


@dataclass(frozen=True)
class Exploration:
    """The ways that the algorithm takes and the cells; ``complete``: for every value in range the answer is known."""

    names: tuple[str, ...]
    paths: tuple[Path, ...]
    cells: tuple[Cell, ...]
    factors: tuple[Factor, ...]
    complete: bool


def ranges_of(parameters: Sequence[Parameter]) -> list[tuple[Fraction | None, Fraction | None]]:
    """Return the exact ranges of parameters."""
    return [tuple(None if end is None else Fraction(end) for end in (p.low, p.high)) for p in parameters]  # type: ignore[misc]


def whole_numbers(parameters: Sequence[Parameter]) -> dict[str, range]:
    """Return the values of the integer parameters.

    Raises:
        NotApplicable: one without both bounds.
        TooLarge: one with more than 1,000 values.

    """
    found = {}
    for parameter in (p for p in parameters if p.integer):
        if parameter.low is None or parameter.high is None:
            raise NotApplicable(f"the integer {parameter.name!r} needs both ends of a range, such as [1, 10].")
        found[parameter.name] = range(ceil(parameter.low), floor(parameter.high) + 1)
        if len(found[parameter.name]) > MAX_WHOLE:
            raise TooLarge(f"the integer {parameter.name!r} has more than {MAX_WHOLE} values. Narrow its range.")
    return found


def run(ask: Callable[[Mapping[str, Any]], Answer], point: Point, whole: Iterable[str] = ()) -> Path:
    """Return the way that the algorithm takes at a point.

    Where it needs a number itself, such as an exponent, those of the ``whole`` parameters are given to it, and the way
    is for these only.
    """
    trace = Trace(point)
    try:
        return _run(ask, trace, trace.parameters())
    except Undecidable:
        held = {name: number for name, number in point.values().items() if name in whole}
        if not held:
            raise
    trace = Trace(point)
    for name, number in held.items():
        _ = trace.parameters()[name] == number  # remembered as a sign
    plain = {name: int(number) for name, number in held.items()}
    return _run(ask, trace, trace.parameters() | plain)


def _run(ask: Callable[[Mapping[str, Any]], Answer], trace: Trace, values: Mapping[str, Any]) -> Path:
    try:
        answer = ask(values)
    except Undecidable:
        raise
    except CidmesaError as error:
        answer = Answer(None, str(error))
    return Path(trace.signs(), answer)


def explore(ask: Callable[[Mapping[str, Any]], Answer], parameters: Sequence[Parameter]) -> Exploration:
    """Return the answers for all values of at most two parameters, and any integers, in their ranges.

    The algorithm is run at a point, which gives the answer together with the signs of polynomials on which its course
    depended; then again at a point of a cell that is not covered yet, until all cells are.

    Raises:
        TooLarge: more than 2,000 different ways.

    """
    names = tuple(parameter.name for parameter in parameters)
    spans, whole = ranges_of(parameters), whole_numbers(parameters)
    edges = {linear(names, n, end) for n, span in zip(names, spans, strict=True) for end in span if end is not None}
    paths: list[Path] = []
    factors: set[Factor] = set(edges)
    while True:
        points, complete = cells(names, factors, spans, whole)
        before = len(factors)
        found = []
        for point in points:
            path = next((path for path in paths if path.covers(point)), None)
            if path is None:
                path = run(ask, point, whole)
                paths.append(path)
                factors |= {factor for sign in path.signs for factor, _ in sign.factors}
                if len(paths) > MAX_PATHS:
                    raise TooLarge(
                        f"more than {MAX_PATHS} different cases. Free fewer parameters or narrow their ranges."
                    )
            found.append(Cell(point, path.answer))
        if len(factors) == before:
            return Exploration(names, tuple(paths), tuple(found), tuple(sorted(factors)), complete)
