"""Concepts as records: the name and meaning of an incentive, and the grounds that decide a question about it.

A ground says for which nodes and decisions a status holds, for all at once, and what shows it for one. The first ground
that holds decides, both in the sweep over all questions and for a single question.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from cidmesa.criteria.decision_problem import Problem, View
from cidmesa.structure.verdict import Status, Verdict

if TYPE_CHECKING:
    from cidmesa.criteria.paths import Bits
    from cidmesa.structure.diagram import CID

__all__ = ["Concept", "Decided", "Ground", "Shown"]


class Shown(NamedTuple):
    """What shows a status: the witness, the reason in words, and the theorem."""

    witness: tuple[str, ...]
    reason: str
    theorem: str


@dataclass(frozen=True)
class Ground:
    """A reason for a status.

    ``where`` returns for each node the decisions for which it holds (bit k for decision k), given the problem and the
    questions still open, which are computed on demand. ``shown`` returns what shows it for one decision and node.
    """

    status: Status
    where: Callable[[Problem, Callable[[], Bits]], Bits]
    shown: Callable[[View, str], Shown]


@dataclass(frozen=True)
class Concept:
    """An incentive: ``key`` in tables and files, ``short`` in figures, ``name`` in words, and what it means.

    ``meaning``: a sentence; ``definition``: when a model has it; ``criterion``: the criterion for one decision.
    ``colour`` and ``dashes`` style its ring; ``macro`` is that of cid-latex. ``of_agent``: whether the question is
    about an agent instead of a decision. ``number``: the function that measures it in a model. ``rests_on``: links that
    suffice for an admitted one. ``only_paths``: whether for one decision it only asks for paths of the diagram. The
    last of ``grounds`` holds everywhere.
    """

    key: str
    short: str
    name: str
    meaning: str
    definition: str
    criterion: str
    source: str
    colour: str
    dashes: tuple[float, float]
    macro: str
    number: str
    rests_on: Callable[[CID, str | None, str], tuple[tuple[str, str], ...] | None]
    grounds: tuple[Ground, ...]
    of_agent: bool = False
    only_paths: bool = False

    def ask(self, cid: CID, agent: str, decision: str | None, node: str) -> Verdict:
        """Return the verdict on one question."""
        return Decided(self, Problem(cid, agent, decision)).verdict(decision, node)

    def ask_of(self, cid: CID, decision: str, node: str) -> Verdict:
        """Return the verdict on one question about a decision.

        Raises:
            DiagramError: ``decision`` is not a decision.
            UnknownNode: the diagram has no node of that name.
        """
        cid.index(node)
        return self.ask(cid, str(cid.agent(cid.known_decision(decision))), decision, node)


@dataclass(frozen=True)
class Decided:
    """All questions about one concept in one agent's problem.

    >>> from cidmesa import cid
    >>> from cidmesa.criteria.concepts import concept
    >>> g = cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> Decided(concept("ri"), Problem(g, "agent")).status(g.index("S"), 1)
    'admits'
    """

    concept: Concept
    problem: Problem

    def status(self, node: int, bit: int) -> Status:
        """Return the status for the node at this position and the decision with this bit (1 for an agent)."""
        return self._ground(node, bit).status

    def verdict(self, decision: str | None, node: str) -> Verdict:
        """Return the verdict with what shows it; with several agents its reason says how the others are treated."""
        problem, view = self.problem, self.problem.view(decision)
        bit = 1 if decision is None else problem.net.bit[view.place]
        ground = self._ground(problem.diagram.index(node), bit)
        witness, reason, theorem = ground.shown(view, node)
        if problem.others:
            others = ", ".join(problem.others)
            reason += f" (the rules of the other agents' decisions, {others}, taken as given mechanisms)"
        asked = (self.concept.key, problem.agent, decision, node)
        return Verdict(*asked, ground.status, witness, reason, theorem, problem.diagram)

    def _ground(self, node: int, bit: int) -> Ground:
        return next(ground for ground, bits in self.tables if bits[node] & bit)

    @cached_property
    def tables(self) -> list[tuple[Ground, Bits]]:
        """The grounds that hold somewhere, with where they hold; the last holds everywhere."""
        found: list[tuple[Ground, Bits]] = []
        for ground in self.concept.grounds:
            bits = ground.where(self.problem, lambda: self._open(found))
            if bits is not self.problem.nowhere:
                found.append((ground, bits))
            if bits is self.problem.everywhere:
                break
        return found

    def _open(self, found: list[tuple[Ground, Bits]]) -> Bits:
        """Return the questions that are still open, of the decision that is asked about or of all."""
        problem = self.problem
        settled = list(problem.nowhere)
        for _, bits in found:
            settled = [a | b for a, b in zip(settled, bits, strict=True)]
        rest = [problem.net.all & ~bits for bits in settled]
        if problem.only is None:
            return rest
        return [bits & problem.net.bit[problem.diagram.index(problem.only)] for bits in rest]
