"""Parameters that stand for themselves and are decided at a sample point: each comparison is remembered as a sign."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from cidmesa.errors import NotApplicable
from cidmesa.modelling.polynomial import Polynomial, constant_of, multiple, symbols
from cidmesa.symbolic.factor import Factor, factored_terms

if TYPE_CHECKING:
    from cidmesa.symbolic.lifting import Point

__all__ = ["OnBoundary", "Sign", "Trace", "Traced", "Undecidable"]

_NEGATIVE, _ZERO, _POSITIVE = -1, 0, 1
_ALL = frozenset((_NEGATIVE, _ZERO, _POSITIVE))
_BELOW, _EQUAL, _OVER = map(frozenset, ((_NEGATIVE,), (_ZERO,), (_POSITIVE,)))
_AT_MOST, _OTHER, _AT_LEAST = _ALL - _OVER, _ALL - _EQUAL, _ALL - _BELOW


class Undecidable(NotApplicable):
    """A question needs a parameter's number itself, so that no exact condition can be given."""


class OnBoundary(Exception):
    """A linear polynomial whose sign decides is zero at a point that should lie inside a region."""


@dataclass(frozen=True)
class Sign:
    """A statement: the product of ``factors`` (even powers do not count beyond being 0) has one of ``signs``."""

    factors: tuple[tuple[Factor, bool], ...]
    signs: frozenset[int]

    def holds(self, point: Point) -> bool:
        """Return whether it is true at a point."""
        return sign_of(self.factors, point) in self.signs


def sign_of(factors: tuple[tuple[Factor, bool], ...], point: Point) -> int:
    """Return the sign of the product of factors at a point; those of even power count as their square."""
    sign = 1
    for factor, odd in factors:
        own = point.sign(factor)
        sign *= own if odd else own * own
    return sign


@dataclass
class Trace:
    """What was asked on the way to one answer at ``point``: products of factors with the signs that were seen.

    A trace goes on from point to point (`at`). What is made `once` is kept, and made again only where the signs that
    had been seen until it was there are others. ``inside``: whether to stop (`OnBoundary`) where a linear factor is
    zero, for what holds there holds in no region.
    """

    point: Point
    seen: dict[tuple[tuple[Factor, bool], ...], Sign] = field(default_factory=dict)
    inside: bool = False
    kept: dict[object, list[tuple[tuple[Sign, ...], Any, object]]] = field(default_factory=dict, repr=False)
    _asked: dict[tuple[str, frozenset[int]], bool] = field(default_factory=dict, repr=False)  # by polynomials as text
    _holding: dict[int, bool] = field(default_factory=dict, repr=False)  # whether the signs of what is kept hold
    _factored: dict[str, tuple[int, tuple[tuple[Factor, bool], ...]]] = field(default_factory=dict, repr=False)

    def at(self, point: Point) -> dict[str, Traced]:
        """Go on to a point, where nothing has been asked yet; return the parameters."""
        self.point, self.seen, self._asked, self._holding = point, {}, {}, {}
        return self.parameters()

    def once(self, key: object, make: Callable[[], Any], held: object = None, *, alone: bool = False) -> Any:
        """Return what ``make`` returns, or what it returned where it and all before it took the same course.

        ``held``: what stays in memory, so that the ids in a key stay its own. ``alone``: whether the key says all that
        ``make`` starts from, so that only its own course counts.
        """
        try:
            found = self.kept.setdefault(key, [])
        except (TypeError, Undecidable):
            return make()  # what has no hash cannot be found again
        for signs, made, _ in found:
            if all(map(self._holds, signs)):
                for sign in signs:
                    self._see(sign)
                return made
        if not alone:
            made = make()
            found.append((self.signs(), made, held))
            return made
        before, asked, self.seen, self._asked = self.seen, self._asked, {}, {}
        try:
            made = make()
            found.append((self.signs(), made, held))
        finally:
            own, self.seen, self._asked = self.seen, before, asked | self._asked
            for sign in own.values():
                self._see(sign)
        return made

    def _holds(self, sign: Sign) -> bool:
        if (holds := self._holding.get(id(sign))) is None:
            holds = self._holding[id(sign)] = sign.holds(self.point)
        return holds

    def _see(self, sign: Sign) -> None:
        known = self.seen.get(sign.factors)
        if known is None:
            self.seen[sign.factors] = sign
        elif not known.signs <= sign.signs:
            self.seen[sign.factors] = Sign(sign.factors, known.signs & sign.signs)

    def parameters(self) -> dict[str, Traced]:
        """Return the parameters, which stand for themselves and are decided at the point."""
        names = self.point.names
        made = symbols(names)
        return {name: Traced(names, one.element, self) for name, one in zip(names, made, strict=True)}

    def decides(self, names: tuple[str, ...], element: Any, wanted: frozenset[int]) -> bool:
        """Return whether the sign of an element of the ring at the point is one of ``wanted``; remember the answer."""
        text = str(element)
        if (answer := self._asked.get((text, wanted))) is None:
            if text not in self._factored:
                self._factored[text] = factored_terms(names, multiple(element))
            content, factors = self._factored[text]
            sign = content * sign_of(factors, self.point)
            answer = self._asked[text, wanted] = sign in wanted
            signs = wanted if answer else _ALL - wanted
            self._see(Sign(factors, frozenset(content * one for one in signs)))
            if self.inside and not sign and any(f.degree == 1 and not self.point.sign(f) for f, _ in factors):
                raise OnBoundary
        return answer

    def signs(self) -> tuple[Sign, ...]:
        """Return what was seen: wherever all of it holds, the same answer is found in the same way."""
        return tuple(self.seen.values())


@dataclass(frozen=True, eq=False, slots=True)
class Traced(Polynomial):
    """A quotient of polynomials in parameters that can be compared: at the point of its trace, which remembers.

    Whatever exact algorithm runs on such numbers finds its answer at the point, and the trace says for which other
    values of the parameters it would take the same course (dynamic evaluation). ``denominator`` is ``None`` for 1.
    """

    trace: Any = None
    denominator: Any = None

    ordered: ClassVar[bool] = True

    def _other(self, other: object) -> Any:
        if isinstance(other, float):
            if not other.is_integer():
                raise Undecidable(
                    f"{other!r} is a float; exact conditions need exact numbers. Write it as text: {str(other)!r}."
                )
            other = int(other)
        return Polynomial._other(self, other)  # noqa: SLF001 (its own base)

    def _made(self, element: Any) -> Any:
        constant = constant_of(element) if self.denominator is None else None
        return Traced(self.names, element, self.trace, self.denominator) if constant is None else constant

    def bare(self, cell: object) -> Any:
        """Return a cell as an element, or number, of the ring; ``None`` for other cells, such as quotients."""
        if type(cell) is int:
            return cell  # elements are multiplied and added with integers as they are
        return None if self._below(cell) is not None else Polynomial.bare(self, cell)

    def _ratio(self, element: Any, denominator: Any) -> Any:
        common = element.gcd(denominator)
        top, below = element / common, denominator / common
        if (constant := constant_of(below)) is not None:
            return Traced(self.names, self.one, self.trace)._made(top * self._other(1 / constant))  # noqa: SLF001
        return Traced(self.names, top, self.trace, below)

    def _below(self, other: object) -> Any:
        return other.denominator if isinstance(other, Traced) else None

    def _sum(self, other: object, sign: int) -> Any:
        right = self._other(other)
        if right is None:
            return NotImplemented
        mine, theirs = self.denominator, self._below(other)
        if mine is None and theirs is None:
            return self._made(self.element + right if sign > 0 else self.element - right)
        mine, theirs = self.one if mine is None else mine, self.one if theirs is None else theirs
        return self._ratio(self.element * theirs + sign * (right * mine), mine * theirs)

    def __add__(self, other: object) -> Any:
        return self._sum(other, 1)

    __radd__ = __add__

    def __sub__(self, other: object) -> Any:
        return self._sum(other, -1)

    def __rsub__(self, other: object) -> Any:
        return (-self)._sum(other, 1)

    def __neg__(self) -> Traced:
        return Traced(self.names, -self.element, self.trace, self.denominator)

    def __mul__(self, other: object) -> Any:
        right = self._other(other)
        if right is None:
            return NotImplemented
        mine, theirs = self.denominator, self._below(other)
        if mine is None and theirs is None:
            return self._made(self.element * right)
        mine, theirs = self.one if mine is None else mine, self.one if theirs is None else theirs
        return self._ratio(self.element * right, mine * theirs)

    __rmul__ = __mul__

    def _inverse(self) -> Any:
        if not self:
            raise ZeroDivisionError("division by zero")
        return self._ratio(self.one if self.denominator is None else self.denominator, self.element)

    def __truediv__(self, other: object) -> Any:
        if isinstance(other, Traced):
            return self * other._inverse()
        return Polynomial.__truediv__(self, other)

    def __rtruediv__(self, other: object) -> Any:
        return NotImplemented if self._other(other) is None else self._inverse() * other

    def __pow__(self, exponent: object) -> Any:
        if not isinstance(exponent, int):
            raise Undecidable(
                f"the power ({self}) ** ({exponent}) is no quotient of polynomials. "
                "Give that parameter a value, or declare it an integer with a range."
            )
        base = self if exponent >= 0 else self._inverse()
        result: Any = 1
        for _ in range(abs(exponent)):
            result = base * result
        return result

    # --- comparisons --------------------------------------------------------------------------------------------

    def _is(self, other: object, wanted: frozenset[int]) -> Any:
        difference = self if type(other) is int and not other else self._sum(other, -1)
        if difference is NotImplemented:
            return NotImplemented
        if not isinstance(difference, Traced):
            return (difference > 0) - (difference < 0) in wanted
        used = difference.element
        if difference.denominator is not None:
            used = used * difference.denominator
        return self.trace.decides(self.names, used, wanted)

    def __lt__(self, other: object) -> Any:  # type: ignore[override]
        return self._is(other, _BELOW)

    def __le__(self, other: object) -> Any:  # type: ignore[override]
        return self._is(other, _AT_MOST)

    def __gt__(self, other: object) -> Any:  # type: ignore[override]
        return self._is(other, _OVER)

    def __ge__(self, other: object) -> Any:  # type: ignore[override]
        return self._is(other, _AT_LEAST)

    def __eq__(self, other: object) -> Any:
        return self._is(other, _EQUAL)

    def __ne__(self, other: object) -> Any:
        return self._is(other, _OTHER)

    def __bool__(self) -> bool:  # type: ignore[override]
        return bool(self != 0)

    def __abs__(self) -> Any:  # type: ignore[override]
        return self if self >= 0 else -self

    def _refuse(self, *_: object) -> Any:
        raise Undecidable(
            f"this question needs the number {self} itself (as a float, an integer or a state), so no "
            "exact condition on its parameters is found. Give them values."
        )

    __reduce__ = __hash__ = __float__ = __int__ = __round__ = __floor__ = __ceil__ = __mod__ = __rmod__ = _refuse

    def __str__(self) -> str:
        top = str(self.element)
        return top if self.denominator is None else f"({top})/({self.denominator})"
