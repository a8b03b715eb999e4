"""Sample points with rational or algebraic coordinates, and the exact sign of a polynomial at them."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, Any, TypeAlias

from cidmesa.symbolic.above import Above, elements

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cidmesa.symbolic.factor import Factor
    from cidmesa.symbolic.stop import Stop

__all__ = ["Coordinate", "Point"]

Coordinate: TypeAlias = "Fraction | Stop"  # a Stop that is not rational: a `Root`, and at most one `Above` it


@dataclass(frozen=True, eq=False)
class Point:
    """A value for each of some parameters: Fractions, but for at most one irrational root and one above it."""

    names: tuple[str, ...]
    coordinates: tuple[Coordinate, ...]
    _signs: dict[Factor, int] = field(default_factory=dict, repr=False)

    @property
    def rational(self) -> bool:
        """Whether all coordinates are rational."""
        return all(isinstance(x, Fraction) for x in self.coordinates)

    def sign(self, factor: Factor) -> int:
        """Return the sign of a polynomial here: -1, 0 or 1."""
        if factor not in self._signs:
            self._signs[factor] = self._sign(factor)
        return self._signs[factor]

    def _sign(self, factor: Factor) -> int:
        at: dict[str, Any] = dict(zip(self.names, self.coordinates, strict=True))
        terms = factor.restricted({name: x for name, x in at.items() if isinstance(x, Fraction)})
        left = {at[name]: i for i, name in enumerate(factor.names) if any(powers[i] for powers in terms)}
        if not left:
            total = sum(terms.values())
            return int(total > 0) - int(total < 0)
        scale = lcm(*(c.denominator for c in terms.values()))
        above = next((x for x in left if isinstance(x, Above)), None)
        root = above.base if above is not None else next(iter(left))
        i, j = (left.get(x) for x in (root, above))
        pairs = {(0 if i is None else powers[i], 0 if j is None else powers[j]): int(c * scale)
                 for powers, c in terms.items()}  # fmt: skip
        made = elements(root, pairs)
        return above.sign(made) if above is not None else made[0].sign if made else 0

    def values(self) -> dict[str, Any]:
        """Return the coordinates by name: Fractions, or algebraic numbers of sympy."""
        return {name: x if isinstance(x, Fraction) else x.number
                for name, x in zip(self.names, self.coordinates, strict=True)}  # fmt: skip

    def extended(self, values: Mapping[str, Coordinate]) -> Point:
        """Return the point with further coordinates."""
        return Point((*self.names, *values), (*self.coordinates, *values.values()))

    def ordered(self, names: tuple[str, ...], known: Mapping[Factor, int]) -> Point:
        """Return the point with its coordinates in another order, and signs that are known already."""
        at = dict(zip(self.names, self.coordinates, strict=True))
        return Point(names, tuple(at[name] for name in names), dict(known))
