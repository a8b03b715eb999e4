"""`Condition`: for which values of parameters something holds, exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any

from cidmesa.display import Displays, Proves, html_mark, html_table
from cidmesa.errors import ModelError, near_miss
from cidmesa.modelling.numbers import show
from cidmesa.modelling.parameter import Parameter, number_of
from cidmesa.symbolic.lifting import Point

if TYPE_CHECKING:
    from cidmesa.symbolic.exploration import Path
    from cidmesa.symbolic.formula import Formula

__all__ = ["Condition", "Piece"]

MAX_SHOWN = 24  # pieces in a table


@dataclass(frozen=True)
class Piece(Displays):
    """A part of the range in which the answer is the same, given by a point in it.

    ``holds`` is ``None`` if the question has no answer there; ``why`` says so. ``open`` says whether the part has an
    interior; otherwise it is part of a boundary.

    Source: ours.

    >>> import cidmesa as cm
    >>> found = cm.conditions("hubinger2019/two-corners", "deceptive", of="deceptive", over=["mu"])
    >>> sorted({piece.holds for piece in found.pieces})
    [False, True]

    """

    point: Point
    holds: bool | None
    open: bool = True
    why: str = ""

    @cached_property
    def sample(self) -> Mapping[str, Any]:
        """The point as parameter -> Fraction, or an algebraic number of sympy."""
        return self.point.values()

    @property
    def shown(self) -> Mapping[str, str]:
        """The point as text; irrational numbers of high degree as decimals."""
        at = zip(self.point.names, self.point.coordinates, strict=True)
        return {name: show(x) if isinstance(x, Fraction) else str(x) for name, x in at}


@dataclass(frozen=True, repr=False)
class Condition(Displays, Proves):
    """The exact region of some parameters in which a statement holds. Build it with `conditions`.

    * ``question``: the statement in words.
    * ``parameters``: the free parameters, with their ranges.
    * ``pieces``: samples of the cells, open cells first.
    * ``complete``: whether the answer is known for all values in range; if not, ``region`` contains only values for
      which the statement certainly holds.
    * ``assuming``: the assumption that was made.

    A condition has no truth value: ask `always`, `never` or `holds_at`.

    Source: ours.

    >>> import cidmesa as cm
    >>> found = cm.conditions("hubinger2019/two-corners", "deceptive", of="deceptive", over=["mu"])
    >>> found.thresholds, found.holds_at(mu="1/2"), found.complete
    ((Fraction(1, 3),), True, True)

    """

    question: str
    parameters: tuple[Parameter, ...]
    formula: Formula
    pieces: tuple[Piece, ...]
    complete: bool = True
    assuming: str = ""
    paths: tuple[Path, ...] = field(default=(), repr=False, compare=False)
    asked: Any = field(default=None, repr=False, compare=False)  # subject and question, for a proof

    @property
    def names(self) -> tuple[str, ...]:
        """The free parameters."""
        return tuple(parameter.name for parameter in self.parameters)

    @property
    def region(self) -> Any:
        """The region as a boolean expression of sympy, within the ranges and assumptions."""
        return self.formula.as_expr()

    @property
    def boundary(self) -> tuple[Any, ...]:
        """The polynomials (of sympy) on whose zeros the region may end, simple ones first."""
        return tuple(factor.poly.as_expr() for factor in self.formula.factors)

    @property
    def thresholds(self) -> tuple[Any, ...]:
        """With one free parameter, the values at which the answer changes: Fractions or algebraic numbers of sympy."""
        if len(self.parameters) != 1:
            raise ModelError(
                f"a threshold is a value of one parameter; here {', '.join(self.names) or 'none'} are "
                "free. Use boundary."
            )
        (name,) = self.names
        found = sorted(self.pieces, key=lambda piece: _sortable(piece.sample[name]))
        changes = []
        for k, piece in enumerate(found):
            beside = [other for other in found[max(k - 1, 0) : k + 2] if other.open]
            if not piece.open and len({piece.holds, *(other.holds for other in beside)}) > 1:
                changes.append(piece.sample[name])
        return tuple(changes)

    @property
    def always(self) -> bool:
        """Whether the statement certainly holds for all values in range."""
        return self.complete and all(piece.holds for piece in self.pieces)

    @property
    def never(self) -> bool:
        """Whether the statement certainly holds for no value in range."""
        return self.complete and not any(piece.holds for piece in self.pieces)

    def holds_at(self, values: Mapping[str, object] | None = None, /, **parameters: object) -> bool:
        """Return whether the statement holds at these values of the free parameters; text such as ``"1/3"`` is exact.

        Raises:
            ModelError: a value is missing, outside the range, or not covered because the condition is incomplete.
        """
        given = dict(values or {}) | parameters
        point = Point(self.names, tuple(self._value(parameter, given) for parameter in self.parameters))
        if strange := [name for name in given if name not in self.names]:
            raise ModelError(
                f"{strange[0]!r} is not free here.{near_miss(strange[0], self.names)} "
                f"Free: {', '.join(self.names) or 'none'}."
            )
        if self.complete:
            return self.formula.holds(point)
        path = next((path for path in self.paths if path.covers(point)), None)
        if path is None:
            raise ModelError(
                "this condition is not complete, and says nothing about these values. Free fewer parameters."
            )
        return path.answer.holds is True

    def _value(self, parameter: Parameter, given: Mapping[str, object]) -> Fraction:
        if parameter.name not in given:
            raise ModelError(f"a value is missing for {parameter.name}.")
        placed = parameter.at(Fraction(number_of(given[parameter.name])))
        return Fraction(placed.value or 0)

    def __bool__(self) -> bool:
        raise ModelError("a condition is neither true nor false. Ask .always, .never, or .holds_at(...).")

    # --- shown ------------------------------------------------------------------------------------------------

    def to_latex(self) -> str:
        """Return the region as a formula of LaTeX."""
        from sympy import latex

        return str(latex(self.region))

    def to_json(self) -> dict[str, Any]:
        """Return region, completeness and pieces as plain data."""
        pieces = [{"sample": dict(piece.shown), "holds": piece.holds} for piece in self.pieces]
        return {
            "question": self.question,
            "region": str(self),
            "complete": self.complete,
            "boundary": [str(polynomial) for polynomial in self.boundary],
            "pieces": pieces,
        }

    def to_text(self) -> str:
        """Return the question, the region and the reason that it is right."""
        ranges = ", ".join(f"{p.name} in {p.range_text}" for p in self.parameters)
        within = "; ".join(part for part in (ranges, self.assuming) if part)
        return f"{self.question} {self._where()}" + (f"   ({within})" if within else "")

    def _where(self) -> str:
        if self.never or self.always:
            return "for no value" if self.never else "for all values"
        return f"iff {self}" if self.complete else f"at least if {self}"

    def to_html(self) -> str:
        """Return the region above a table of sample points."""
        some = self.pieces[:MAX_SHOWN]
        rows = [
            [*(piece.shown[name] for name in self.names), html_mark(_MARK[piece.holds], piece.why)] for piece in some
        ]
        rows += (
            [["..." for _ in self.names] + [f"{len(self.pieces) - len(some)} more"]] if self.pieces[MAX_SHOWN:] else []
        )
        head = f"<div>{escape(self.to_text(), quote=False)}</div>"
        return head + html_table([*self.names, "holds"], rows, "r" * len(self.names) + "c")

    def __str__(self) -> str:
        return str(self.formula)

    def __repr__(self) -> str:
        return f"Condition({self})" if self.complete else f"Condition({self}, not complete)"


_MARK = {True: "yes", False: "no", None: "?"}


def _sortable(number: Any) -> Any:
    import sympy

    return sympy.Rational(number.numerator, number.denominator) if isinstance(number, Fraction) else number
