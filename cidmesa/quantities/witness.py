"""Models in which an incentive that a diagram admits is there: bits on wires along the links of a witness path."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from cidmesa.criteria.concepts import ICI, IMPACT, RI, VOC, VOI
from cidmesa.criteria.system import Path, System, by_itself, controlling, find_system, systems_below, to_utility
from cidmesa.errors import NotApplicable
from cidmesa.modelling.construction import model
from cidmesa.structure.relevance import others_given
from cidmesa.structure.separation import directed_path

if TYPE_CHECKING:
    from cidmesa.modelling.model import Model
    from cidmesa.structure.diagram import CID
    from cidmesa.structure.verdict import Verdict

__all__ = ["Board", "Tap", "both", "differ", "equal", "witness_model"]

_NEVER, _RARE, _FAIR = Fraction(0), Fraction(1, 3), Fraction(1, 2)


def witness_model(verdict: Verdict, cid: CID) -> Model:
    """Return a model on ``cid`` in which the incentive that ``verdict`` admits is present.

    A verdict does not contain its diagram, so pass the diagram again. With several agents, the model is on
    `others_given`: the others' decisions are chance nodes, as in the verdict. If the agent has one decision, such a
    model always exists. If it has several, a construction is known for incentives that do not need the other decisions,
    which then have one option. The incentive is confirmed by `value_of_information`, `value_of_control` (for a utility
    node with ``values=[1]``), `has_ri`, `has_ici` and `has_impact`.

    Source: the constructions of Everitt et al. 2021 and van Merwijk et al. 2022; ours for insoluble diagrams.

    Args:
        verdict: a verdict that says "admits".
        cid: the diagram that the verdict is about.

    Raises:
        NotApplicable: the verdict is not "admits", is of another concept, or rests on an effect of other decisions.
        UnknownNode: the verdict is about a node that ``cid`` does not have.

    >>> import cidmesa as cm
    >>> g = cm.cid("X, Y -> C; C, X -> D; Y, D -> U", decisions=["D"], utilities=["U"])
    >>> m = witness_model(cm.admits_voi(g, "D", "X"), g)
    >>> cm.value_of_information(m, "D", "X").value
    Fraction(1, 2)
    """
    if verdict.status != "admits":
        raise NotApplicable(f"the verdict on {verdict.node} is {verdict.status!r}; only what is admitted has a model.")
    if verdict.concept not in _BUILDERS:
        known = ", ".join(_BUILDERS)
        raise NotApplicable(f"no construction is known for {verdict.concept!r}; there are those for {known}.")
    diagram = others_given(cid, verdict.agent)
    diagram.index(verdict.node)
    own = [d for d in diagram.decisions if verdict.decision in (None, d)]
    decisions: list[str | None] = [*own] or [None]
    boards = (board for d in decisions if (board := _BUILDERS[verdict.concept](diagram, d, verdict.node)))
    if board := next(boards, None):
        return board.model()
    raise NotApplicable(
        f"no construction is known: the incentive on {verdict.node} needs other decisions to play "
        "along, or options that depend on the context. It may be searched for in models with numbers."
    )


# --- one builder for each concept --------------------------------------------------------------------------------


def _voi(cid: CID, decision: str | None, node: str) -> Board | None:
    rest = by_itself(cid, str(decision))
    system = find_system(rest, str(decision), node) if node in rest else None
    if system is None:
        return None
    board = Board(cid, decision)
    head = board.coin(system.info[system.sources[0]], _FAIR)
    board.along(head, _prefix(system))
    _inform(board, system, head)
    return board


def _ri(cid: CID, decision: str | None, node: str) -> Board | None:
    return _through(cid, str(decision), node, _FAIR)


def _voc(cid: CID, decision: str | None, node: str) -> Board | None:
    path = to_utility(cid, node, cid.decisions)
    if not path:
        return _through(cid, decision, node, _NEVER) if decision else None
    board = Board(cid, decision)
    board.along(board.coin(node, _NEVER), path)
    return board


def _ici(cid: CID, decision: str | None, node: str) -> Board | None:
    path = controlling(cid, str(decision), node)
    board = Board(cid, decision)
    board.along(board.option(), path)
    return board if path else None


def _impact(cid: CID, decision: str | None, node: str) -> Board | None:
    rest = by_itself(cid, str(decision))
    moved = directed_path(rest, str(decision), node) if node in rest else ()
    aim = controlling(cid, str(decision), str(decision))
    board = Board(cid, decision)
    board.along(board.option(), moved)
    board.along(board.option(), aim)
    return board if moved and aim else None


_BUILDERS = {VOI.key: _voi, VOC.key: _voc, RI.key: _ri, ICI.key: _ici, IMPACT.key: _impact}


# --- parts ---------------------------------------------------------------------------------------------------------


def _prefix(system: System) -> Path:
    """Return the path from the first source down to the node that the system is for."""
    return system.info[system.sources[0] :: -1]


def _inform(board: Board, system: System, head: Tap, *, gated: bool = False) -> None:
    """Lay wires from the first source's bit ``head`` on: coins, colliders with their openings, and the utility."""
    info, tap, start = system.info, head, system.sources[0]
    rule, chance = (both, _RARE) if gated else (differ, _FAIR)
    for collider, source, opening in zip(system.colliders, system.sources[1:], system.openings, strict=True):
        near = board.along(tap, info[start:collider])
        tap, start = board.coin(info[source], chance), source
        far = board.along(tap, info[source:collider:-1])
        board.along(board.join(info[collider], rule, near, far), opening)
        rule, chance = differ, _FAIR
    last = board.along(tap, info[start:-1])
    board.join(info[-1], equal, last, board.along(board.option(), system.control[:-1]))


def _through(cid: CID, decision: str, node: str, chance: Fraction) -> Board | None:
    """Return a board on which ``node``, a coin of this chance, decides what an observation of the decision tells."""
    rest = by_itself(cid, decision)
    route, system = next(systems_below(rest, decision, node), ((), None)) if node in rest else ((), None)
    return _gated(Board(cid, decision), system, route, chance) if system else None


def _gated(board: Board, system: System, route: Path, chance: Fraction) -> Board:
    """Lay the wires where ``route`` leads from the node that decides to the system's observation."""
    prefix, node = _prefix(system), route[0]
    source = prefix[0]
    step = next(i for i, name in enumerate(route) if name in prefix)
    place = prefix.index(route[step])
    if place == 0:  # node ~> source ~> observation
        head = board.along(board.coin(node, chance), route[: step + 1])
        board.along(head, prefix)
        _inform(board, system, head, gated=bool(system.colliders))
        return board
    head = board.coin(source, _RARE if step else _FAIR)
    before = board.along(head, prefix[:place])
    if step:  # the two meet on the way
        met = board.join(route[step], both, before, board.along(board.coin(node, chance), route[:step]))
    elif chance:  # source ~> node ~> observation
        met = board.along(before, prefix[place - 1 : place + 1])
    else:
        met = board.coin(node, _NEVER)
    board.along(met, prefix[place:])
    _inform(board, system, head)
    return board


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
