"""What the constructions of `insoluble` show: each decision and node that they settle, with a way to its path."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from cidmesa.criteria.insoluble import Path, Stage, message, messages, relays, stages, told_alone

if TYPE_CHECKING:
    from cidmesa.structure.dag import Dag
    from cidmesa.structure.numbered import Net

__all__ = ["Constructions", "Ways"]

Ways: TypeAlias = "dict[tuple[int | None, int], Callable[[], Path]]"


@dataclass(frozen=True)
class Constructions:
    """The incentives that models on a one-agent net have, found by construction, for pairs (decision, node).

    ``free_below``: for each node the decisions with a path to it that meets no decision but its start.

    >>> from cidmesa import cid
    >>> from cidmesa.criteria.paths import FreeReach
    >>> net = cid("T -> O; A1 -> O -> A2; T, A2 -> U", decisions=["A1", "A2"], utilities=["U"]).net
    >>> found = Constructions(net, FreeReach(net).below).controlled
    >>> sorted(net.names[node] for decision, node in found if net.names[decision] == "A1")
    ['A1', 'A2', 'O', 'U']
    """

    net: Net
    free_below: list[int]

    # --- information ---------------------------------------------------------------------------------------------

    @cached_property
    def told(self) -> list[int]:
        """For each chance node the decisions to which it is worth something where they stand alone."""
        return told_alone(self.net, self.free_below)

    @cached_property
    def tells(self) -> list[int]:
        """For each node the decisions that it may tell of something they do not see."""
        return messages(self.net, self.told)

    def informed(self, decision: int) -> tuple[Stage, ...]:
        """Return the stages of a decision for value of information, that without a deputy first."""
        if decision not in self._informed:
            self._informed[decision] = tuple(stages(self.net, decision, strict=False))
        return self._informed[decision]

    @cached_property
    def _informed(self) -> dict[int, tuple[Stage, ...]]:
        return {}

    def informing(self, decision: int, node: int) -> Path:
        """Return a path that shows value of information, from the node to a utility, or ``()``."""
        if self.tells[node] & self.net.bit[decision]:
            path = message(self.net, self.told, self.tells, decision, node)
            return (*path, *self.informed(decision)[0].trail(path[-1])[1:])
        able = (stage for stage in self.informed(decision) if node not in stage.watched and stage.told[node])
        return next((stage.trail(node) for stage in able), ())

    # --- responses and control of chance nodes -----------------------------------------------------------------------

    @cached_property
    def responses(self) -> Ways:
        """To which nodes which decisions respond."""
        found: Ways = {}
        for stage in self._awake:
            for end, decision in _acting(stage):
                for node in stage.responding:
                    found.setdefault((decision, node), partial(_answering, stage, node, end))
                for start in range(end):
                    found.setdefault((decision, stage.path[start]), partial(tuple, stage.path[start : end + 1]))
        for gate in self._gates:
            for node in gate.decisions | {gate.observation}:
                found.setdefault((gate.stage.decision, node), partial(gate.ahead, node))
        for decision, bit in self.net.bit.items():
            for sender in self.net.dag.parents[decision]:
                if sender in self.net.bit and self.tells[sender] & bit:
                    found.setdefault((decision, sender), partial(tuple, (sender, decision)))
        for code in self._codes:
            for sender in code.decisions:
                found.setdefault((code.stage.decision, sender), partial(code.ahead, sender))
        return found

    @cached_property
    def valued(self) -> Ways:
        """The chance nodes whose control has value, for no decision in particular (``None``)."""
        found: Ways = {}
        for stage in self._awake:
            for node in stage.responding:
                found.setdefault((None, node), partial(_used, stage, node))
        for gate in self._gates:
            entered = gate.stage.entered[gate.observation]
            for node in gate.chances if entered else ():
                found.setdefault((None, node), partial(gate.onward, (node,), gate.stage.path[-1], entered))
        return found

    @cached_property
    def _awake(self) -> list[Stage]:
        """The stages of all decisions that have something to answer to, those with a short way to the deputy first."""
        found = [stage for decision in self.net.bit for stage in stages(self.net, decision, strict=True)]
        return sorted((stage for stage in found if stage.requisite), key=lambda stage: len(stage.path))

    @cached_property
    def _gates(self) -> list[_Inlet]:
        able = (stage for decision in self.net.bit for stage in self.informed(decision) if stage.requisite)
        barred = frozenset(self.net.bit)
        return [
            _Inlet(stage, seen, barred, frozenset())
            for stage in able
            for seen in stage.requisite
            if seen not in stage.watched and stage.entered[seen] | stage.direct[seen]
        ]

    @cached_property
    def _codes(self) -> list[_Inlet]:
        found = []
        for stage in self._awake:
            heard = {relay for _, node in _acting(stage) for relay in relays(self.net, node)}
            for seen in stage.requisite:
                barred = (stage.silent | {*stage.seen, stage.decision}) - {seen}
                found.append(_Inlet(stage, seen, barred, frozenset({*stage.path, *heard, *stage.watched})))
        return found

    # --- instrumental control and impact -----------------------------------------------------------------------------

    @cached_property
    def controlled(self) -> Ways:
        """Of which nodes which decisions have instrumental control."""
        found: Ways = {}
        for stage in self._awake:
            told = stage.informed
            for start, decision in _acting(stage) if len(stage.path) > 1 else ():
                for node in _carrying(stage, start, told):
                    found.setdefault((decision, node), partial(_onward, stage, stage.path[start:], node, told))
        for code in self._codes:
            entered, direct = code.stage.entered[code.observation], code.stage.direct[code.observation]
            for sender in code.decisions:
                for node in code.passed(sender) if entered else ():
                    stops = (sender, node)
                    found.setdefault((sender, node), partial(code.onward, stops, code.stage.path[-1], entered))
                for node in _carrying(code.stage, 0, entered | direct):
                    found.setdefault((sender, node), partial(code.onward, (sender,), node, entered | direct))
        return found

    @cached_property
    def moved(self) -> Ways:
        """Which nodes which decisions move; the path goes on to a utility from the decision again."""
        found: Ways = {}
        for stage in self._awake:
            for start, decision in _acting(stage) if len(stage.path) > 1 else ():
                aim = partial(_onward, stage, stage.path[start:], stage.path[-1], stage.informed)
                for end, mover in _acting(stage):
                    if end >= start:
                        self._add_moved(found, decision, partial(tuple, stage.path[start : end + 1]), mover, aim)
        for code in self._codes:
            entered = code.stage.entered[code.observation]
            for sender in code.decisions if entered else ():
                aim = partial(code.onward, (sender,), code.stage.path[-1], entered)
                self._add_moved(found, sender, partial(tuple, (sender,)), sender, aim)
                for end, mover in _acting(code.stage):
                    self._add_moved(found, sender, partial(code.ahead_to, sender, end), mover, aim)
        return found

    def _add_moved(
        self, found: Ways, decision: int, ahead: Callable[[], Path], mover: int, aim: Callable[[], Path]
    ) -> None:
        others = set(self.net.bit) - {mover}
        for node in self.net.dag.descendants([mover], avoiding=others):
            found.setdefault((decision, node), partial(_both, self.net.dag, ahead, node, others, aim))


@dataclass(frozen=True)
class _Inlet:
    """An observation of a stage and the ways to it: paths that ``barred`` nodes are not on.

    Decisions may start them, but for those in ``excepted``.
    """

    stage: Stage
    observation: int
    barred: frozenset[int]
    excepted: frozenset[int]

    @cached_property
    def chances(self) -> set[int]:
        """The nodes with such a way, and the observation."""
        return self.stage.net.dag.ancestors([self.observation], avoiding=self.barred)

    @cached_property
    def decisions(self) -> set[int]:
        """The decisions that may start such a way."""
        net = self.stage.net
        parents = {parent for node in self.chances for parent in net.dag.parents[node]}
        return parents & set(net.bit) - self.excepted

    def passed(self, sender: int) -> set[int]:
        """Return the nodes on the ways from ``sender``, with it."""
        return self.stage.net.dag.descendants([sender], avoiding=self.barred - {sender}) & {*self.chances, sender}

    def ahead(self, *stops: int) -> Path:
        """Return such a way through ``stops`` to the decision of the stage."""
        path, barred = stops[:1], self.barred - {stops[0]}
        for start, end in pairwise((*stops, self.observation)):
            path += self.stage.net.dag.path(start, end, avoiding=barred)[1:]
        return (*path, self.stage.decision)

    def ahead_to(self, start: int, end: int) -> Path:
        """Return such a way from ``start``, on to a place on the path to the deputy."""
        return (*self.ahead(start), *self.stage.path[1 : end + 1])

    def onward(self, stops: Path, node: int, utilities: int) -> Path:
        """Return such a way, on to the deputy, and through ``node`` to one of the utilities."""
        return _onward(self.stage, (*self.ahead(*stops), *self.stage.path[1:]), node, utilities)


def _acting(stage: Stage) -> list[tuple[int, int]]:
    """Return the decisions on the path to the deputy, each with its place."""
    return [(place, node) for place, node in enumerate(stage.path) if node in stage.net.bit]


def _carrying(stage: Stage, start: int, utilities: int) -> Iterator[int]:
    """Yield the nodes that carry the answer from a place on the path to one of the utilities."""
    if utilities:
        yield from stage.path[start:]
        yield from (node for node in stage.below if stage.leads[node] & utilities)


def _answering(stage: Stage, node: int, end: int) -> Path:
    return (*stage.way(node), *stage.path[1 : end + 1])


def _used(stage: Stage, node: int) -> Path:
    return _onward(stage, (*stage.way(node), *stage.path[1:]), stage.path[-1], -1)


def _onward(stage: Stage, ahead: Path, node: int, utilities: int) -> Path:
    return (*ahead, *stage.onward(node, utilities)[1:])


def _both(dag: Dag, ahead: Callable[[], Path], node: int, barred: set[int], aim: Callable[[], Path]) -> Path:
    way = ahead()
    return (*way, *dag.path(way[-1], node, avoiding=barred)[1:], *aim())
