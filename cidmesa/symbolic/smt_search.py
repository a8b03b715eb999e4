"""Answers for three parameters and more: z3 looks for values that no known case covers, until there are none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, partial
from importlib.util import find_spec
from random import Random
from typing import TYPE_CHECKING, Any

from cidmesa.symbolic.exploration import Answer, Cell, Exploration, Path, ranges_of, run, whole_numbers
from cidmesa.symbolic.factor import Factor, factored
from cidmesa.symbolic.formula import Formula, Literal, formula_of
from cidmesa.symbolic.lifting import Point
from cidmesa.symbolic.real_roots import roots_of
from cidmesa.symbolic.traced import Trace

if TYPE_CHECKING:
    from cidmesa.modelling.parameter import Parameter
    from cidmesa.symbolic.traced import Sign

__all__ = ["formula_by_search", "search"]

MILLISECONDS = 10_000  # for one question to z3
MAX_CASES = 500
_BITS = 60  # by which the roots of a polynomial are told apart
MAX_ROWS = 200  # by which a short formula is corrected
SAMPLES = 300  # where there is no z3


def search(ask: Callable[[Mapping[str, Any]], Answer], parameters: Sequence[Parameter]) -> Exploration:
    """Return the answers for all values of parameters; without z3 only for what a few hundred samples show.

    A point that z3 gives is not trusted: the algorithm runs there exactly, and its course gives the case that is
    covered. That no further values are left rests on z3.
    """
    names = tuple(parameter.name for parameter in parameters)
    whole = whole_numbers(parameters)
    points = _Uncovered(names, ranges_of(parameters), whole) if find_spec("z3") is not None else None
    paths, cells, trace = list[Path](), list[Cell](), Trace(Point((), ()))
    for point in points.points(paths) if points is not None else _samples(names, ranges_of(parameters), whole):
        if not any(path.covers(point) for path in paths):
            paths.append(run(ask, point, whole, trace))
            cells.append(Cell(point, paths[-1].answer))
    trace.kept.clear()  # which is in a cycle
    return Exploration(names, tuple(paths), tuple(cells), complete=points is not None and points.none_left)


def _samples(names: tuple[str, ...], spans: Sequence[Any], whole: Mapping[str, range]) -> Iterator[Point]:
    draw = Random(0)  # noqa: S311 (always the same samples)
    for _ in range(SAMPLES):
        yield Point(
            names,
            tuple(
                Fraction(draw.choice(whole[name])) if name in whole else _between(draw, *span)
                for name, span in zip(names, spans, strict=True)
            ),
        )


def _between(draw: Random, low: Fraction | None, high: Fraction | None) -> Fraction:
    share = Fraction(draw.randint(0, 64), 64)
    if low is not None and high is not None:
        return low + share * (high - low)
    beyond = 8 * share / (Fraction(65, 64) - share) if low is not None or high is not None else 64 * share - 32
    return low + beyond if low is not None else high - beyond if high is not None else beyond


# --- z3 -----------------------------------------------------------------------------------------------------------


@dataclass
class _Uncovered:
    """Points in range that no known case covers; ``none_left``: z3 has shown that there are no more."""

    names: tuple[str, ...]
    spans: Sequence[Any]
    whole: Mapping[str, range]
    none_left: bool = False

    def points(self, paths: list[Path]) -> Iterator[Point]:
        """Yield one point after the other; ``paths`` grows meanwhile."""
        z3: Any = _z3()
        solver, stated = self.solver(), 0
        while len(paths) <= MAX_CASES:
            for path in paths[stated:]:
                solver.add(z3.Not(_path(path, self.names)))
            stated = len(paths)
            found = solver.check()
            if found != z3.sat:
                self.none_left = found == z3.unsat
                return
            point = _point(solver.model(), self.names, lambda p: _inside(p, self.spans) and not _covered(p, paths))
            if point is None:
                return
            yield point

    def solver(self) -> Any:
        """Return a solver that knows the ranges."""
        z3: Any = _z3()
        solver = z3.Solver()
        solver.set("timeout", MILLISECONDS)
        for name, (low, high) in zip(self.names, self.spans, strict=True):
            solver.add(*([z3.Real(name) >= _number(low)] if low is not None else []))
            solver.add(*([z3.Real(name) <= _number(high)] if high is not None else []))
            solver.add(*([z3.IsInt(z3.Real(name))] if name in self.whole else []))
        return solver


def _z3() -> Any:
    from importlib import import_module

    return import_module("z3")


def _number(value: Fraction) -> Any:
    return _z3().Q(value.numerator, value.denominator)


def _covered(point: Point, paths: Iterable[Path]) -> bool:
    return any(path.covers(point) for path in paths)


def _inside(point: Point, spans: Sequence[Any]) -> bool:
    return all(
        not isinstance(x, Fraction) or ((low is None or low <= x) and (high is None or x <= high))
        for x, (low, high) in zip(point.coordinates, spans, strict=True)
    )


def _point(model: Any, names: tuple[str, ...], fits: Callable[[Point], bool]) -> Point | None:
    """Return the point of a model of z3, or a rational one near it that fits; at most one coordinate irrational."""
    z3: Any = _z3()
    values = [model.eval(z3.Real(name), model_completion=True) for name in names]
    odd = [i for i, value in enumerate(values) if z3.is_algebraic_value(value)]
    for digits in (2, 4, 8, 16) if odd else (0,):
        point = Point(names, tuple(_fraction(v.approx(digits) if i in odd else v) for i, v in enumerate(values)))
        if fits(point):
            return point
    return _irrational(values, odd[0], names, fits) if len(odd) == 1 else None


def _irrational(values: list[Any], i: int, names: tuple[str, ...], fits: Callable[[Point], bool]) -> Point | None:
    terms = [((power,), Fraction(int(str(c)))) for power, c in enumerate(values[i].poly()) if str(c) != "0"]
    _, parts = factored((names[i],), terms)
    near = _fraction(values[i].approx(20))
    found = [stop for part, _ in parts for stop in roots_of(part) if stop.exact is None]
    for stop in found:
        stop.closely(_BITS)
    if not found:
        return None
    best = min(found, key=lambda stop: abs(stop.low - near))
    point = Point(names, tuple(best if k == i else _fraction(value) for k, value in enumerate(values)))
    return point if fits(point) else None


def _fraction(value: Any) -> Fraction:
    return Fraction(value.numerator_as_long(), value.denominator_as_long())


def _path(path: Path, names: tuple[str, ...]) -> Any:
    return _z3().And(*(_sign(sign, names) for sign in path.signs))


@lru_cache(maxsize=2**12)
def _sign(sign: Sign, names: tuple[str, ...]) -> Any:
    z3: Any = _z3()
    product: Any = z3.RealVal(1)
    for factor, odd in sign.factors:
        if odd:
            product = product * _polynomial(factor, names)
    alive = z3.And(*(_polynomial(factor, names) != 0 for factor, odd in sign.factors if not odd))
    one_of = z3.Or(*({1: product > 0, 0: product == 0, -1: product < 0}[s] for s in sign.signs))
    return z3.And(alive, one_of) if 0 not in sign.signs else z3.Or(z3.Not(alive), one_of)


@lru_cache(maxsize=2**12)
def _polynomial(factor: Factor, names: tuple[str, ...]) -> Any:
    return factor.at({name: _z3().Real(name) for name in names})


# --- a short formula ----------------------------------------------------------------------------------------------


def formula_by_search(found: Exploration, parameters: Sequence[Parameter]) -> tuple[Formula, bool]:
    """Return a formula that is true where the answer is yes, and whether it is exact.

    A guess from the samples is corrected by points that z3 finds where it is wrong. If no short formula is found, the
    cases with the answer yes are listed.
    """
    listed = Formula(tuple(_literals(path) for path in found.paths if path.answer.holds))
    if not found.complete:
        return listed, False
    uncovered = _Uncovered(found.names, ranges_of(parameters), whole_numbers(parameters))
    rows = [_row(cell.point, found, cell.answer.holds is True) for cell in found.cells if not cell.answer.outside]
    while len(rows) < MAX_ROWS:
        guess = formula_of(rows, found.factors)
        wrong = _wrong(guess, found, uncovered)
        if wrong is None:
            return guess, True
        if wrong == "unknown":
            break
        rows.append(wrong)
    return listed, True


def _row(point: Point, found: Exploration, holds: bool) -> Any:
    return {factor: point.sign(factor) for factor in found.factors}, holds


def _wrong(guess: Formula, found: Exploration, uncovered: _Uncovered) -> Any:
    """Return a row on which the guess is wrong, "unknown" if z3 cannot say, ``None`` if it is right everywhere."""
    z3: Any = _z3()
    region = guess.map(lambda literal: literal.at({name: _z3().Real(name) for name in found.names}), z3.And, z3.Or)
    for path in found.paths:
        if path.answer.outside:
            continue
        solver, yes = uncovered.solver(), path.answer.holds is True
        solver.add(_path(path, found.names), z3.Not(region) if yes else region)
        answer = solver.check()
        if answer != z3.unsat:
            point = _point(solver.model(), found.names, partial(_misjudged, guess, path)) if answer == z3.sat else None
            return "unknown" if point is None else _row(point, found, yes)
    return None


def _misjudged(guess: Formula, path: Path, point: Point) -> bool:
    return path.covers(point) and guess.holds(point) != (path.answer.holds is True)


def _literals(path: Path) -> tuple[Literal, ...]:
    return tuple(Literal.of_sign(sign.factors, sign.signs) for sign in path.signs)
