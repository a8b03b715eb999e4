"""Models made of bits that run along the links of a diagram, each on its own wire."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from cidmesa.modelling.build import model

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cidmesa.modelling.model import Model
    from cidmesa.structure.diagram import CID

__all__ = ["Board", "Tap", "both", "differ", "equal"]

both, differ = operator.and_, operator.xor  # of two bits


def equal(first: int, second: int) -> int:
    """Return 1 if the bits are equal, else 0.

    >>> equal(0, 0), equal(0, 1)
    (1, 0)
    """
    return int(first == second)


class Tap(NamedTuple):
    """One bit of a node's state."""

    node: str
    place: int


@dataclass(frozen=True, slots=True)
class _Bit:
    """A coin with P(1) = ``chance``, or a rule of the bits at ``taps`` on parents."""

    taps: tuple[Tap, ...]
    rule: Callable[..., int] | None
    chance: Fraction = Fraction(0)

    def one(self, states: Mapping[str, int]) -> Fraction:
        """Return P(1) given the parents' states."""
        if self.rule is None:
            return self.chance
        return Fraction(self.rule(*(states[tap.node] >> tap.place & 1 for tap in self.taps)))


class Board:
    """A diagram on which wires are laid; a node's state is a number whose binary digits are the bits that it carries.

    Wires through one node do not touch. Nodes without a wire are constantly 0, ``decision`` chooses a bit, other
    decisions have the one option 0, and a utility is the sum of its bits.

    >>> from cidmesa import cid
    >>> board = Board(cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"]), "D")
    >>> _ = board.join("U", equal, board.coin("S", Fraction(1, 3)), board.option())
    >>> board.model().table("U").values.tolist()
    [[Fraction(1, 1), Fraction(0, 1)], [Fraction(0, 1), Fraction(1, 1)]]
    """

    def __init__(self, cid: CID, decision: str | None) -> None:
        self._cid = cid
        self._decision = decision
        self._bits: dict[str, list[_Bit]] = {}

    def option(self) -> Tap:
        """Return the bit that the decision chooses."""
        return Tap(str(self._decision), 0)

    def coin(self, node: str, chance: Fraction) -> Tap:
        """Give ``node`` a random bit with P(1) = ``chance``; 0 makes it a bit that is 0 unless it is set."""
        return self._add(node, _Bit((), None, chance))

    def join(self, node: str, rule: Callable[..., int], *taps: Tap) -> Tap:
        """Give ``node`` a bit that follows by ``rule`` from bits of its parents."""
        return self._add(node, _Bit(taps, rule))

    def along(self, tap: Tap, path: Sequence[str]) -> Tap:
        """Let each node of a directed path that starts at the tap's node copy the bit; return the copy at its end."""
        for node in path[1:]:
            tap = self.join(node, operator.pos, tap)
        return tap

    def model(self) -> Model:
        """Return the model."""
        nodes = [spec.name for spec in self._cid.specs if spec.kind != "decision"]
        given: dict[str, object] = {node: self._mechanism(node) for node in nodes}
        given |= {d: [0, 1] if d == self._decision else [0] for d in self._cid.decisions}
        domains = {node: range(2 ** len(self._bits.get(node, ()))) for node in self._cid.chance_nodes}
        return model(self._cid, given, domains=domains)

    def _add(self, node: str, bit: _Bit) -> Tap:
        wires = self._bits.setdefault(node, [])
        if bit.rule is None or bit not in wires:
            wires.append(bit)
        return Tap(node, len(wires) - 1 if bit.rule is None else wires.index(bit))

    def _mechanism(self, node: str) -> Callable[..., object]:
        bits = tuple(self._bits.get(node, ()))
        if self._cid.kind(node) == "utility":
            return lambda **states: sum(bit.one(states) for bit in bits)
        return lambda **states: _distribution([bit.one(states) for bit in bits])


def _distribution(ones: list[Fraction]) -> dict[int, Fraction]:
    """Return state -> probability of independent bits with these probabilities of being 1."""
    found = {0: Fraction(1)}
    for place, one in enumerate(ones):
        found = {s | bit << place: p * (one if bit else 1 - one) for s, p in found.items() for bit in (0, 1)}
    return {state: p for state, p in found.items() if p}
