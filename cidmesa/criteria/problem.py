"""The decision problem of one agent, and one decision in it: what all criteria share, worked out once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from cidmesa.criteria.alone import alone, awake
from cidmesa.criteria.paths import Paths
from cidmesa.structure.reduction import Certifier, Reduction, Step, minimal_reduction, reduction
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

    @property
    def settled(self) -> bool:
        """Whether the diagram has one decision, or several that can be solved one after the other."""
        return self.one_decision or bool(self.soluble)

    @cached_property
    def others(self) -> tuple[str, ...]:
        """The decisions of the other agents."""
        return tuple(decision for decision in self.cid.decisions if self.cid.agent(decision) != self.agent)

    def view(self, decision: str | None) -> View:
        """Return the problem as one decision poses it (``None``: no decision in particular); the same object each time.

        >>> from cidmesa import cid
        >>> problem = Problem(cid("D -> U", decisions=["D"], utilities=["U"]), "agent")
        >>> problem.view("D") is problem.view("D")
        True
        """
        return self._views.setdefault(decision, View(self, decision))

    @cached_property
    def _views(self) -> dict[str | None, View]:
        return {}

    def link(self, node: str, decision: str) -> tuple[Step | None, Judgement]:
        """Return a certificate that node -> decision is immaterial, and whether the diagram with it is soluble.

        The link may be there or not. Questions are answered once.

        >>> from cidmesa import cid
        >>> problem = Problem(cid("D1 -> X; Z -> X, U; D2 -> U", decisions=["D1", "D2"], utilities=["U"]), "agent")
        >>> step, soluble = problem.link("X", "D2")
        >>> step, bool(soluble)
        (None, False)
        """
        if (node, decision) not in self._links:
            self._links[node, decision] = self._judged(self.diagram.index(node), self.diagram.index(decision))
        return self._links[node, decision]

    @cached_property
    def _links(self) -> dict[tuple[str, str], tuple[Step | None, Judgement]]:
        return {}

    @cached_property
    def _certifier(self) -> Certifier:
        return Certifier(self.diagram.net)

    def _judged(self, node: int, decision: int) -> tuple[Step | None, Judgement]:
        if node in self.diagram.dag.parents[decision]:
            return self._certifier.step(node, decision), self.soluble
        net, node, decision = self.diagram.net.with_link(node, decision)
        linked = Certifier(net, ((node, decision),))
        return linked.step(node, decision), linked.soluble


@dataclass(frozen=True)
class View:
    """One decision in the decision problem of its owner, or the problem as a whole (``decision`` is ``None``).

    ``whole``: paths of the diagram; ``kept``: paths of the reduced diagram; ``free``: paths that contain no decision
    except at their start, which no reduction touches; ``awake``: paths of the reduced diagram of the decision alone.
    """

    problem: Problem
    decision: str | None

    @cached_property
    def ball(self) -> Ball:
        """The Bayes ball of the decision in the diagram."""
        return decision_ball(self.problem.diagram, str(self.decision))

    @cached_property
    def ball_alone(self) -> Ball:
        """The Bayes ball of the decision in the diagram without the other decisions."""
        return decision_ball(alone(self.problem.diagram, str(self.decision)), str(self.decision))

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

    @cached_property
    def awake(self) -> Paths:
        """Paths of the reduced diagram in which the decision stands alone."""
        decision = str(self.decision)
        return Paths(minimal_reduction(awake(self.problem.diagram, decision)), decision)

    def verdict(
        self, concept: str, node: str, status: Status, witness: tuple[str, ...], reason: str, theorem: str
    ) -> Verdict:
        """Return the verdict on ``node``; with several agents its reason says how the others are treated."""
        if self.problem.others:
            others = ", ".join(self.problem.others)
            reason += f" (the rules of the other agents' decisions, {others}, taken as given mechanisms)"
        return Verdict(concept, self.problem.agent, self.decision, node, status, witness, reason, theorem)
