"""Answers for all values of some parameters: one run of the ordinary algorithm for each way that it can take."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cidmesa.errors import CidmesaError, TooLarge
from cidmesa.symbolic.box import cells
from cidmesa.symbolic.factor import linear
from cidmesa.symbolic.traced import Sign, Trace, Undecidable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cidmesa.modelling.parameter import Parameter
    from cidmesa.symbolic.factor import Factor
    from cidmesa.symbolic.point import Point

__all__ = ["Answer", "Cell", "Exploration", "Path", "explore", "ranges_of", "run"]

MAX_PATHS = 2_000


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


def run(ask: Callable[[Mapping[str, Any]], Answer], point: Point) -> Path:
    """Return the way that the algorithm takes at a point."""
    trace = Trace(point)
    try:
        answer = ask(trace.parameters())
    except Undecidable:
        raise
    except CidmesaError as error:
        answer = Answer(None, str(error))
    return Path(trace.signs(), answer)


def explore(ask: Callable[[Mapping[str, Any]], Answer], parameters: Sequence[Parameter]) -> Exploration:
    """Return the answers for all values of at most two parameters in their ranges.

    The algorithm is run at a point, which gives the answer together with the signs of polynomials on which its course
    depended; then again at a point of a cell that is not covered yet, until all cells are.

    Raises:
        TooLarge: more than 2,000 different ways.

    """
    names = tuple(parameter.name for parameter in parameters)
    spans = ranges_of(parameters)
    edges = {linear(names, n, end) for n, span in zip(names, spans, strict=True) for end in span if end is not None}
    paths: list[Path] = []
    factors: set[Factor] = set(edges)
    while True:
        points, complete = cells(names, factors, spans)
        before = len(factors)
        found = []
        for point in points:
            path = next((path for path in paths if path.covers(point)), None)
            if path is None:
                path = run(ask, point)
                paths.append(path)
                factors |= {factor for sign in path.signs for factor, _ in sign.factors}
                if len(paths) > MAX_PATHS:
                    raise TooLarge(
                        f"more than {MAX_PATHS} different cases. Free fewer parameters or narrow their ranges."
                    )
            found.append(Cell(point, path.answer))
        if len(factors) == before:
            return Exploration(names, tuple(paths), tuple(found), tuple(sorted(factors)), complete)
