"""`Probability`: a number with how it was found; and the extremes of a posterior over all ways to break ties."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import exp, lgamma, log, log1p
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from cidmesa.display import Tells
from cidmesa.errors import NotApplicable
from cidmesa.modelling.numbers import Number, show

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["NOTHING_FITS", "Kind", "Probability", "Way", "extremes", "interval", "weakest"]

Kind: TypeAlias = Literal["exact", "bounds", "estimate"]
KINDS: tuple[Kind, ...] = ("exact", "bounds", "estimate")
CONFIDENCE = Fraction(95, 100)
NOTHING_FITS = "nothing in the family fits the evidence, so there is no posterior."


@dataclass(frozen=True, repr=False)
class Probability(Tells):
    """A probability, or an interval that contains it.

    ``kind`` is about arithmetic: "exact"; "bounds", the number certainly lies between ``low`` and ``high``; "estimate",
    it does so with the given ``confidence``, from ``hits`` of ``draws`` made with ``seed``; without draws it was found
    by floats. ``ties``: whether the interval covers all ways in which a mesa-optimizer may break ties; some way attains
    each number in it.

    Source: ours.

    >>> Probability("exact", Fraction(2, 7), Fraction(3, 8), ties=True)
    Probability(2/7 to 3/8 (by how ties are broken))

    """

    kind: Kind
    low: Number
    high: Number
    ties: bool = False
    confidence: Fraction | None = None
    seed: int | None = None
    hits: int | None = None
    draws: int | None = None

    @property
    def value(self) -> Number:
        """The number, if the interval is a single number.

        Raises:
            NotApplicable: the interval has more than one point.

        """
        if self.low != self.high:
            raise NotApplicable(f"this is not a single number but {self}. Read .low and .high.")
        return self.low

    @property
    def certain(self) -> bool:
        """Whether it is 1 however ties are broken."""
        return self.low == 1

    @property
    def possible(self) -> bool:
        """Whether it may be greater than 0."""
        return self.high > 0

    def complement(self) -> Probability:
        """Return the probability of the opposite."""
        hits = None if self.hits is None or self.draws is None else self.draws - self.hits
        return Probability(
            self.kind, 1 - self.high, 1 - self.low, self.ties, self.confidence, self.seed, hits, self.draws
        )

    def to_json(self) -> dict[str, Any]:
        """Return the probability as plain data; numbers are text."""
        found = {"kind": self.kind, "low": show(self.low), "high": show(self.high), "ties": self.ties}
        more = {"seed": self.seed, "hits": self.hits, "draws": self.draws}
        return found | ({"confidence": show(self.confidence), **more} if self.confidence is not None else {})

    def to_text(self) -> str:
        """Return the number or the interval, with what widens it."""
        if self.low == self.high and self.kind == "exact":
            return show(self.low)
        exact = self.kind == "exact"
        ends = [show(end) if exact else f"{float(end):.6g}" for end in (self.low, self.high)]
        shown = " to ".join(dict.fromkeys(ends))
        why = ["by how ties are broken"] if self.ties else []
        why += [] if self.kind == "exact" else ["bounds"] if self.kind == "bounds" else [self._drawn()]
        return f"{shown} ({', '.join(why)})"

    def _drawn(self) -> str:
        if self.draws is None:
            return "estimate by floats"
        return f"estimate, {show(100 * (self.confidence or 0))}%, {self.hits} of {self.draws} draws, seed {self.seed}"


class Way(NamedTuple):
    """One behaviour, or one end of its probability: prior times likelihood, of which ``hit`` is in the claim."""

    hit: Any
    weight: Any

    @property
    def ratio(self) -> Any:
        """The share of the hit."""
        return self.hit / self.weight


def extremes(members: Sequence[Sequence[Way]]) -> tuple[Way, Way]:
    r"""Return the sums for which :math:`\sum hit / \sum weight` is least and greatest, with one way of each member.

    Dinkelbach's iteration: v starts at 0; of each member the way with the greatest hit - v weight is taken; v becomes
    the ratio, until it stays. v grows and has finitely many values.
    Source: Dinkelbach 1967, "On nonlinear fractional programming".

    Raises:
        NotApplicable: no weight is positive.

    >>> third = Fraction(1, 3)
    >>> low, high = extremes([[Way(third, third)], [Way(0, third)], [Way(third, third), Way(0, 0)]])
    >>> low.ratio, high.ratio
    (Fraction(1, 2), Fraction(2, 3))

    """
    if not any(way.weight > 0 for ways in members for way in ways):
        raise NotApplicable(NOTHING_FITS)
    contrary = [[Way(way.weight - way.hit, way.weight) for way in ways] for ways in members]
    missed, weight = _greatest(contrary)
    return Way(weight - missed, weight), _greatest(members)


def _greatest(members: Sequence[Sequence[Way]]) -> Way:
    if not any(way.hit > 0 for ways in members for way in ways):
        return _sum([max(ways, key=lambda way: way.weight) for ways in members if ways])
    best, found = None, _sum([max(ways, key=lambda way: way.hit) for ways in members if ways])
    while best is None or (found.weight > 0 and found.ratio > best.ratio):
        best = found
        found = _sum([max(ways, key=_gain(best.ratio)) for ways in members if ways])
    return best


def _sum(taken: Sequence[Way]) -> Way:
    return Way(
        sum((way.hit for way in taken), start=Fraction(0)), sum((way.weight for way in taken), start=Fraction(0))
    )


def _gain(value: Any) -> Callable[[Way], Any]:
    return lambda way: way.hit - value * way.weight


def weakest(kinds: Sequence[Kind]) -> Kind:
    """Return the weakest of several kinds.

    >>> weakest(["exact", "bounds"])
    'bounds'
    """
    return max(kinds, key=KINDS.index, default="exact")


def interval(hits: int, draws: int, confidence: Fraction = CONFIDENCE) -> tuple[float, float]:
    """Return the interval of Clopper and Pearson for a probability of which ``hits`` of ``draws`` were seen.

    Source: Clopper and Pearson 1934, "The use of confidence or fiducial limits illustrated in the case of the
    binomial".

    >>> tuple(round(end, 4) for end in interval(364, 1394))
    (0.2382, 0.285)
    """
    tail = float(1 - confidence) / 2
    low = _root(lambda p: 1 - _at_most(hits - 1, draws, p) - tail) if hits else 0.0
    high = _root(lambda p: tail - _at_most(hits, draws, p)) if hits < draws else 1.0
    return low, high


def _at_most(hits: int, draws: int, p: float) -> float:
    """Return the probability of at most so many hits."""
    ways = (lgamma(draws + 1) - lgamma(k + 1) - lgamma(draws - k + 1) for k in range(hits + 1))
    return sum(exp(way + k * log(p) + (draws - k) * log1p(-p)) for k, way in enumerate(ways))


def _root(rising: Callable[[float], float]) -> float:
    """Return where a rising function on [0, 1] is 0, to six digits."""
    low, high = 0, 2**20
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if rising(middle / 2**20) > 0 else (middle, high)
    return low / 2**20
