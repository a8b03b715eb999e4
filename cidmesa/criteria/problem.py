"""The decision problem of one agent, and one decision in it: what all criteria share, worked out once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from cidmesa.criteria.alone import messages, stages
from cidmesa.criteria.paths import Path, Paths, joined
from cidmesa.structure.reduction import Certifier, Reduction, Step, minimal_reduction, reduced_by
from cidmesa.structure.relevance import decision_ball, is_soluble, others_given
from cidmesa.structure.verdict import Judgement, Status, Verdict

if TYPE_CHECKING:
    from cidmesa.criteria.alone import Stage
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
        return reduced_by(self.diagram, self._certifier.steps)

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
    def responses(self) -> dict[str, dict[str, Path]]:
        """For each decision what it responds to in models in which one decision stands alone, by which path."""
        found: dict[str, dict[str, Path]] = {decision: {} for decision in self.diagram.decisions}
        staged = [one for decision in self.diagram.decisions for one in self.view(decision).awake]
        for path, paths in sorted(staged, key=lambda one: len(one[0])):
            if paths.cid.parents(path[0]):
                self._add_responses(found, path, paths)
        return found

    def _add_responses(self, found: dict[str, dict[str, Path]], path: Path, paths: Paths) -> None:
        ways = [way for node in self.diagram.nodes if (way := paths.to_decision(node))]
        for end, node in enumerate(path):
            if node in found:
                ahead = [joined(way, path[: end + 1]) for way in ways] + [path[start : end + 1] for start in range(end)]
                for way in ahead:
                    if way[0] != node:
                        found[node].setdefault(way[0], way)

    @cached_property
    def controls(self) -> dict[str, Path]:
        """The nodes whose control has value in models in which one decision stands alone, by which path."""
        found: dict[str, Path] = {}
        for decision in self.diagram.decisions:
            _, paths = self.view(decision).awake[0]
            ways = {node: paths.to_utility(node) for node in self.diagram.chance_nodes}
            found = {node: way for node, way in ways.items() if way} | found
        return found

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
    except at their start, which no reduction touches.
    """

    problem: Problem
    decision: str | None

    @cached_property
    def ball(self) -> Ball:
        """The Bayes ball of the decision in the diagram."""
        return decision_ball(self.problem.diagram, str(self.decision))

    @cached_property
    def _stages(self) -> list[tuple[Stage, Ball]]:
        decision = str(self.decision)
        found = stages(self.problem.diagram, decision, strict=False)
        return [(stage, decision_ball(stage.cid, decision)) for stage in found]

    def path_alone(self, node: str) -> Path:
        """Return an active path from the node to a utility that shows its value where the decision stands alone.

        Source: the constructions in `alone`.
        """
        if self.problem.diagram.kind(node) == "decision":
            paths = messages(self.problem.diagram, node, str(self.decision))
            return next(filter(None, (joined(path, self._told(path[-1], 1)) for path in paths)), ())
        return self._told(node, len(self._stages))

    def _told(self, node: str, tries: int) -> Path:
        for stage, ball in self._stages[:tries]:
            trail = () if node in stage.watched else ball.trail(stage.cid.index(node))
            if trail:
                return tuple(stage.cid.nodes[step] for step in reversed(trail))
        return ()

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
    def awake(self) -> list[tuple[Path, Paths]]:
        """Paths of the reduced diagrams in which the decision stands alone, each with the path to its deputy."""
        decision = str(self.decision)
        found = stages(self.problem.diagram, decision, strict=True)
        return [(stage.path, Paths(minimal_reduction(stage.cid), decision)) for stage in found]

    def verdict(
        self, concept: str, node: str, status: Status, witness: tuple[str, ...], reason: str, theorem: str
    ) -> Verdict:
        """Return the verdict on ``node``; with several agents its reason says how the others are treated."""
        if self.problem.others:
            others = ", ".join(self.problem.others)
            reason += f" (the rules of the other agents' decisions, {others}, taken as given mechanisms)"
        return Verdict(concept, self.problem.agent, self.decision, node, status, witness, reason, theorem)
