"""The status of all nodes under all decisions of one agent at once: bit k of every integer is about decision k."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from cidmesa.criteria import voi
from cidmesa.criteria.alone import told_alone
from cidmesa.structure.closing import closed_to
from cidmesa.structure.flow import gathered

if TYPE_CHECKING:
    from collections.abc import Callable

    from cidmesa.criteria.problem import Problem, View
    from cidmesa.structure.net import Net
    from cidmesa.structure.verdict import Status

__all__ = ["Marks", "Reach"]

Bits = list[int]


@dataclass(frozen=True)
class Reach:
    """Which nodes lie on directed paths from and to decisions and utilities.

    Paths may have length 0. Free paths contain no decision except at their start.

    >>> from cidmesa import cid
    >>> reach = Reach(cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"]).net)
    >>> reach.below, reach.above, reach.scored
    ([0, 1, 1], [1, 1, 0], [1, 1, 1])
    """

    net: Net

    @property
    def below(self) -> Bits:
        """For each node the decisions with a path to it."""
        return self.net.below

    @cached_property
    def above(self) -> Bits:
        """For each node the decisions to which it has a path."""
        own = [0] * len(self.net.names)
        for decision, bit in self.net.bit.items():
            own[decision] = bit
        return gathered(self.net.dag.children, own, backwards=True)

    @cached_property
    def scored(self) -> Bits:
        """For each node all decisions (or 1 where there is none) if it has a path to a utility, else 0."""
        return gathered(self.net.dag.children, _everything_at_utilities(self.net), backwards=True)

    @property
    def aims(self) -> int:
        """The decisions with a path to a utility."""
        return _at_decisions(self.net, self.scored)

    @cached_property
    def free_below(self) -> Bits:
        """As ``below``, by free paths."""
        bits = [0] * len(self.net.names)
        for node, parents in enumerate(self.net.dag.parents):
            found = self.net.bit.get(node, 0)
            if not found:
                for parent in parents:
                    found |= bits[parent]
            bits[node] = found
        return bits

    @cached_property
    def free_scored(self) -> Bits:
        """As ``scored``, by free paths; at a decision its own bit alone."""
        bits, own, children = _everything_at_utilities(self.net), self.net.bit, self.net.dag.children
        for node in range(len(bits) - 1, -1, -1):
            for child in children[node]:
                if child not in own:
                    bits[node] |= bits[child]
            bits[node] &= own.get(node, -1)
        return bits

    @property
    def free_aims(self) -> int:
        """As ``aims``, by free paths."""
        return _at_decisions(self.net, self.free_scored)


def _everything_at_utilities(net: Net) -> Bits:
    bits = [0] * len(net.names)
    for utility in net.owned:
        bits[utility] = net.all or 1
    return bits


def _at_decisions(net: Net, bits: Bits) -> int:
    return sum(bit for decision, bit in net.bit.items() if bits[decision] & bit)


@dataclass(frozen=True)
class Marks:
    """The statuses of one agent's problem, for all nodes, concepts and decisions.

    >>> from cidmesa import cid
    >>> from cidmesa.criteria.problem import Problem
    >>> marks = Marks(Problem(cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"]), "agent"))
    >>> marks.status("ri", 0, 1), marks.status("ici", 0, 1), marks.status("voi", 1, 1)
    ('admits', 'excluded', 'not applicable')
    """

    problem: Problem

    def settled(self) -> Marks:
        """Return these marks, worked out."""
        _ = self._by_concept
        return self

    def status(self, concept: str, node: int, bit: int) -> Status:
        """Return the status for the node at this position and the decision with this bit (1 for value of control)."""
        silent, admitted, excluded = self._by_concept[concept]
        if silent[node] & bit:
            return "not applicable"
        if admitted[node] & bit:
            return "admits"
        return "excluded" if excluded[node] & bit else "undetermined"

    @cached_property
    def _by_concept(self) -> dict[str, tuple[Bits, Bits, Bits]]:
        """For each concept where it is not applicable, admitted, and excluded; elsewhere it is undetermined."""
        whole, kept = Reach(self._net), Reach(self.problem.reduced.net)
        none = [0] * len(self._net.names)
        own = [self._net.bit.get(node, 0) for node in range(len(none))]
        aims, free_aims = kept.aims, whole.free_aims
        return {
            "voi": self._information(),
            "voc": ([(self._net.all or 1) if bit else 0 for bit in own],
                    *self._control(kept.scored, whole.free_scored, self._alone_scored)),
            "ri": (own, *self._control(kept.above, none, self._alone_above)),
            "ici": (none, *self._control(_both(kept.below, kept.scored), _both(whole.free_below, whole.free_scored))),
            "impact": (none, *self._control([b & aims for b in whole.below], [b & free_aims for b in whole.below])),
        }  # fmt: skip

    @cached_property
    def _net(self) -> Net:
        return self.problem.diagram.net

    def _control(self, kept: Bits, free: Bits, alone: Callable[[], Bits] | None = None) -> tuple[Bits, Bits]:
        """Return where there is an incentive and where there is none, by paths in R(G) and what else settles it."""
        absent = [~bits for bits in kept]
        if self.problem.settled:
            return kept, absent
        return ([a | b for a, b in zip(free, alone(), strict=True)] if alone else free), absent

    # --- one decision alone, in diagrams that are not soluble ---------------------------------------------------

    def _views(self) -> list[tuple[int, View]]:
        return [(bit, self.problem.view(self._net.names[decision])) for decision, bit in self._net.bit.items()]

    def _alone_scored(self) -> Bits:
        return [self._net.all if name in self.problem.controls else 0 for name in self._net.names]

    def _alone_above(self) -> Bits:
        found = dict.fromkeys(self._net.names, 0)
        for bit, view in self._views():
            for node in self.problem.responses[str(view.decision)]:
                found[node] |= bit
        return list(found.values())

    @cached_property
    def _seen(self) -> Bits:
        """For each node the decisions that observe it."""
        return [bits & ~self._net.bit.get(node, 0) for node, bits in enumerate(self._net.families)]

    # --- value of information -----------------------------------------------------------------------------------

    def _information(self) -> tuple[Bits, Bits, Bits]:
        unobservable = list(self._net.below)
        for utility in self.problem.diagram.indices(self.problem.cid.utilities):
            unobservable[utility] = self._net.all
        active = self._net.balls.visited
        if self.problem.one_decision:
            return unobservable, active, [~bits for bits in active]
        admitted = told_alone(self._net, Reach(self._net).free_below)
        new = [closed & ~seen for closed, seen in zip(closed_to(self._net), self._seen, strict=True)]
        excluded = [~bits | closed for bits, closed in zip(active, new, strict=True)]
        for bit, view in self._views():
            for node in range(len(active)):
                if bit & ~(unobservable[node] | admitted[node] | excluded[node]):
                    status = voi.status_of(view, self._net.names[node])
                    admitted[node] |= bit * (status == "admits")
                    excluded[node] |= bit * (status == "excluded")
        return unobservable, admitted, excluded


def _both(left: Bits, right: Bits) -> Bits:
    return [a & b for a, b in zip(left, right, strict=True)]
