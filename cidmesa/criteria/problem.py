"""The decision problem of one agent, and one decision in it: what all criteria share, worked out once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from cidmesa.criteria.paths import Paths
from cidmesa.structure.reduction import Reduction, reduction
from cidmesa.structure.relevance import decision_ball, is_soluble, others_given
from cidmesa.structure.verdict import Judgement, Status, Verdict

if TYPE_CHECKING:
    from cidmesa.structure.dag import Ball
    from cidmesa.structure.diagram import CID

__all__ = ["Problem", "View"]


@dataclass(frozen=True)
class Problem:
    """The decision problem of ``agent``, the decision rules of the other agents being taken as given mechanisms.

    >>> from cidmesa import cid
    >>> problem = Problem(cid("D1 -> D2 -> X -> U", decisions=["D1", "D2"], utilities=["U"]), "agent")
    >>> problem.reduced.edges, bool(problem.soluble)
    ((('D2', 'X'), ('X', 'U')), True)
    """

    cid: CID
    agent: str

    @cached_property
    def diagram(self) -> CID:
        """The diagram with one agent left: others' decisions and utilities are chance nodes."""
        return others_given(self.cid, self.agent)

    @cached_property
    def reduction(self) -> Reduction:
        """R(G) with its steps."""
        return reduction(self.diagram)

    @property
    def reduced(self) -> CID:
        """R(G), which has the nodes of `diagram` in the same order."""
        return self.reduction.cid

    @cached_property
    def soluble(self) -> Judgement:
        """Whether the agent's decisions can be solved one after the other."""
        return is_soluble(self.diagram)

    @property
    def one_decision(self) -> bool:
        """Whether the theorems for single-decision diagrams apply: the agent has one decision or none."""
        return len(self.diagram.decisions) <= 1

    def view(self, decision: str | None) -> View:
        """Return the problem as one decision poses it (``None``: no decision in particular)."""
        return View(self, decision)


@dataclass(frozen=True)
class View:
    """One decision in the decision problem of its owner, or the problem as a whole (``decision`` is ``None``).

    ``whole``: paths of the diagram; ``kept``: paths of the reduced diagram; ``free``: paths that contain no decision
    except at their start, which no reduction touches.
    """

    problem: Problem
    decision: str | None

    @cached_property
    def ball(self) -> Ball:
        """The Bayes ball of the decision in the diagram."""
        return decision_ball(self.problem.diagram, str(self.decision))

    @cached_property
    def whole(self) -> Paths:
        """Paths of the diagram."""
        return Paths(self.problem.diagram, self.decision)

    @cached_property
    def kept(self) -> Paths:
        """Paths of the reduced diagram."""
        return Paths(self.problem.reduced, self.decision)

    @cached_property
    def free(self) -> Paths:
        """Paths without decisions except at their start."""
        return Paths(self.problem.diagram, self.decision, frozenset(self.problem.diagram.decisions))

    def verdict(
        self, concept: str, node: str, status: Status, witness: tuple[str, ...], reason: str, theorem: str
    ) -> Verdict:
        """Return the verdict on ``node``; with several agents its reason says how the others are treated."""
        others = [d for d in self.problem.cid.decisions if self.problem.cid.agent(d) != self.problem.agent]
        taken = f" (the rules of the other agents' decisions, {', '.join(others)}, taken as given mechanisms)"
        full = reason + (taken if others else "")
        return Verdict(concept, self.problem.agent, self.decision, node, status, witness, full, theorem)
