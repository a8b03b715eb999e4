"""The decision problem of one agent, and one decision in it: what all criteria share, worked out once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from cidmesa.criteria.constructions import Constructions
from cidmesa.criteria.paths import Bits, FreeReach, Path, Paths, Reach
from cidmesa.errors import NotApplicable
from cidmesa.structure.hypothetical import judged
from cidmesa.structure.reduction import Certifier, reduced_by
from cidmesa.structure.relevance import decision_ball, others_given

if TYPE_CHECKING:
    from cidmesa.structure.dag import Ball
    from cidmesa.structure.diagram import CID
    from cidmesa.structure.numbered import Net
    from cidmesa.structure.verdict import Judgement, Step

__all__ = ["Problem", "View"]


@dataclass(frozen=True)
class Problem:
    """The decision problem of ``agent``, the decision rules of the other agents being taken as given mechanisms.

    ``only``: the one decision that will be asked about, ``None`` for all.

    >>> from cidmesa import cid
    >>> problem = Problem(cid("D1 -> D2 -> X -> U", decisions=["D1", "D2"], utilities=["U"]), "agent")
    >>> problem.reduced.edges, bool(problem.soluble)
    ((('D2', 'X'), ('X', 'U')), True)
    """

    cid: CID
    agent: str
    only: str | None = None

    @cached_property
    def diagram(self) -> CID:
        """The diagram with one agent left: others' decisions and utilities are chance nodes."""
        return others_given(self.cid, self.agent)

    @property
    def net(self) -> Net:
        """The diagram as integers."""
        return self.diagram.net

    @cached_property
    def reduced(self) -> CID:
        """R(G), which has the nodes of `diagram` in the same order."""
        return reduced_by(self.diagram, self.certifier.reduced[1])

    @property
    def soluble(self) -> Judgement:
        """Whether the agent's decisions can be solved one after the other."""
        return self.certifier.soluble

    @property
    def one_decision(self) -> bool:
        """Whether the theorems for single-decision diagrams apply: the agent has one decision or none."""
        return len(self.diagram.decisions) <= 1

    @property
    def insoluble(self) -> bool:
        """Whether there are several decisions, which cannot be solved one after the other."""
        return not self.one_decision and not self.soluble

    @cached_property
    def others(self) -> tuple[str, ...]:
        """The decisions of the other agents."""
        return tuple(decision for decision in self.cid.decisions if self.cid.agent(decision) != self.agent)

    # --- all nodes and decisions: bit k is about decision k ----------------------------------------------------------

    @cached_property
    def everywhere(self) -> Bits:
        """All decisions for each node."""
        return [-1] * len(self.net.names)

    @cached_property
    def nowhere(self) -> Bits:
        """No decision for each node."""
        return [0] * len(self.net.names)

    @cached_property
    def whole(self) -> Reach:
        """Paths of the diagram."""
        return Reach(self.net)

    @cached_property
    def free(self) -> FreeReach:
        """Paths without decisions except at their start."""
        return FreeReach(self.net)

    @cached_property
    def kept(self) -> Reach:
        """Paths of R(G)."""
        return Reach(self.certifier.reduced[0])

    @cached_property
    def sure(self) -> Reach:
        """Paths of R(G) if each decision always has all of its options."""
        return Problem(self.diagram.with_offers({}), self.agent).kept if self.net.offers else self.kept

    @cached_property
    def constructions(self) -> Constructions:
        """What models show by construction."""
        return Constructions(self.net, self.free.below)

    @cached_property
    def certifier(self) -> Certifier:
        """Steps that show links to be immaterial."""
        return Certifier(self.net)

    # --- one decision ------------------------------------------------------------------------------------------------

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

    def new_links(self, decision: int, nodes: Iterable[int]) -> dict[int, tuple[bool, bool]]:
        """Return whether new links to ``decision`` would be immaterial by the rules, and whether all would be soluble.

        Questions are answered once, those asked together in a few passes.

        >>> from cidmesa import cid
        >>> g = cid("D1 -> X; Z -> X, U; D2 -> U", decisions=["D1", "D2"], utilities=["U"])
        >>> Problem(g, "agent").new_links(g.index("D2"), [g.index("X")])
        {2: (False, False)}
        """
        asked = sorted(nodes)
        if open_ := [node for node in asked if (node, decision) not in self._judged]:
            upto = self._upto.setdefault(decision, max(*open_, decision))
            gone, soluble = (set(), set()) if self.net.shared else judged(self.net, decision, open_, max(upto, *open_))
            if self.net.offers:  # what the rules remove if all options are always there may be needed
                gone, soluble = set(), soluble - gone
            self._judged.update({(node, decision): (node in gone, node in soluble) for node in open_})
        return {node: self._judged[node, decision] for node in asked}

    @cached_property
    def _judged(self) -> dict[tuple[int, int], tuple[bool, bool]]:
        return {}

    @cached_property
    def _upto(self) -> dict[int, int]:
        """For each decision up to where the order of nodes was changed to ask about links to it."""
        return {}

    def certificate(self, node: int, decision: int) -> Step:
        """Return what shows that node -> decision is immaterial.

        Raises:
            NotApplicable: no rule shows it.

        >>> from cidmesa import cid
        >>> g = cid("D1 -> D2; D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"])
        >>> Problem(g, "agent").certificate(0, 1).rule
        'R1'
        """
        certifier, *link = self._certifying(node, decision)
        found = certifier.removal(*link)
        if found is None:
            start, end = self.diagram.nodes[node], self.diagram.nodes[decision]
            raise NotApplicable(f"no rule shows that the link {start} -> {end} is immaterial.")
        return found.step

    def link(self, node: int, decision: int) -> tuple[Step | None, Judgement]:
        """Return a certificate that node -> decision is immaterial, and whether the diagram with it is soluble.

        The link may be there or not.

        >>> from cidmesa import cid
        >>> g = cid("D1 -> X; Z -> X, U; D2 -> U", decisions=["D1", "D2"], utilities=["U"])
        >>> step, soluble = Problem(g, "agent").link(g.index("X"), g.index("D2"))
        >>> step, bool(soluble)
        (None, False)
        """
        certifier, *link = self._certifying(node, decision)
        found = certifier.removal(*link)
        return found.step if found else None, certifier.soluble

    def _certifying(self, node: int, decision: int) -> tuple[Certifier, int, int]:
        """Return what certifies node -> decision, in the diagram with this link, and the places of its ends there."""
        if node in self.net.dag.parents[decision]:
            return self.certifier, node, decision
        net, node, decision = self.net.with_link(node, decision, self._upto.get(decision, 0))
        return Certifier(net, ((node, decision),)), node, decision


@dataclass(frozen=True)
class View:
    """One decision in the decision problem of its owner, or the problem as a whole (``decision`` is ``None``).

    ``whole``: paths of the diagram; ``kept``: paths of the reduced diagram; ``free``: paths that contain no decision
    except at their start, which no reduction touches.
    """

    problem: Problem
    decision: str | None

    @property
    def place(self) -> int:
        """The position of the decision."""
        return self.problem.diagram.index(str(self.decision))

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

    def named(self, path: tuple[int, ...]) -> Path:
        """Return a path by the names of its nodes."""
        return tuple(self.problem.diagram.nodes[node] for node in path)
