"""`SharedDiagram`: the links and incentives that all mesa-optimizers that fit have, and those that some have."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from cidmesa.criteria.incentives import incentives
from cidmesa.display import Tells, html_table
from cidmesa.errors import CyclicError, NotApplicable, near_miss
from cidmesa.structure.diagram import CID, Node
from cidmesa.structure.node import in_topological_order

if TYPE_CHECKING:
    from cidmesa.mesa.derive.posterior import Posterior
    from cidmesa.mesa.derive.probability import Probability

__all__ = ["SharedDiagram"]

Link = tuple[str, str]
Incentive = tuple[str, str, str]  # concept, decision, node


class SharedDiagram(Tells):
    """What the diagrams of all members that fit have in common, and what some of them have.

    ``certain`` links are in all of them, ``possible`` ones in some. Diagrams of different specifications can contradict
    each other (what one observes is a consequence of what another decides): then they make no one diagram (`cid`).
    """

    def __init__(self, posterior: Posterior) -> None:
        self._posterior = posterior
        self._cids: dict[str, CID] = {}
        for _, member in posterior.fitting():
            self._cids.setdefault(member.name, member.composition.cid)
        self._admitted: dict[CID, frozenset[Incentive]] = {}

    def __repr__(self) -> str:
        return f"SharedDiagram({len(self.certain)} certain links, {len(self.possible)} possible)"

    # --- links ------------------------------------------------------------------------------------------------------

    @cached_property
    def certain(self) -> tuple[Link, ...]:
        """The links of every diagram, in the order of the first."""
        return tuple(link for link in self.possible if all(link in cid.edges for cid in self._cids.values()))

    @cached_property
    def possible(self) -> tuple[Link, ...]:
        """The links of some diagram."""
        return tuple(dict.fromkeys(link for cid in self._cids.values() for link in cid.edges))

    def link(self, source: str, target: str) -> Probability:
        """Return the probability of a link."""
        return self._posterior.probability(lambda member: (source, target) in self._cids[member.name].edges)

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """The nodes of all diagrams with all their parents; a node that some decide is a decision.

        Raises:
            NotApplicable: the union of the diagrams has a cycle.

        """
        specs: dict[str, Node] = {}
        for cid in self._cids.values():
            for spec in cid.specs:
                known = specs.get(spec.name, spec)
                parents = tuple(dict.fromkeys((*known.parents, *spec.parents)))
                kept = known if known.kind != "chance" or spec.kind == "chance" else spec
                specs[spec.name] = Node(spec.name, kept.kind, kept.agent, parents)
        try:
            return in_topological_order(tuple(specs.values()))
        except CyclicError as error:
            raise NotApplicable(
                "the diagrams that fit contradict each other, so they do not form one diagram. Read .certain and "
                f".possible. ({error})"
            ) from error

    @property
    def cid(self) -> CID:
        """All diagrams in one."""
        return CID(self.nodes)

    # --- incentives -------------------------------------------------------------------------------------------------

    def incentive(self, concept: str, decision: str, node: str) -> Probability:
        """Return the probability that the diagram admits an incentive."""
        return self._posterior.probability(lambda member: (concept, decision, node) in self._incentives(member.name))

    def certain_incentives(self, concept: str, decision: str) -> tuple[str, ...]:
        """Return the nodes on which a decision admits an incentive in every diagram."""
        return tuple(
            n
            for n in self.possible_incentives(concept, decision)
            if all((concept, decision, n) in self._incentives(name) for name in self._cids)
        )

    def possible_incentives(self, concept: str, decision: str) -> tuple[str, ...]:
        """Return the nodes on which a decision admits an incentive in some diagram.

        Raises:
            NotApplicable: no diagram has this decision.

        """
        decisions = dict.fromkeys(d for cid in self._cids.values() for d in cid.decisions)
        if decision not in decisions:
            raise NotApplicable(
                f"no diagram has the decision {decision!r}.{near_miss(decision, decisions)} "
                f"Decisions: {', '.join(decisions)}."
            )
        found = {n for name in self._cids for c, d, n in self._incentives(name) if (c, d) == (concept, decision)}
        return tuple(n for n in dict.fromkeys(n for cid in self._cids.values() for n in cid.nodes) if n in found)

    def _incentives(self, name: str) -> frozenset[Incentive]:
        cid = self._cids[name]
        if cid not in self._admitted:
            admitted = incentives(cid).select(status="admits")
            self._admitted[cid] = frozenset((v.concept, v.decision or "", v.node) for v in admitted)
        return self._admitted[cid]

    # --- telling ----------------------------------------------------------------------------------------------------

    def to_text(self) -> str:
        """Return the certain links, and the possible ones with their probabilities."""
        certain = ", ".join(f"{a} -> {b}" for a, b in self.certain)
        rest = [link for link in self.possible if link not in self.certain]
        return "\n".join([f"certain: {certain}", *(f"possible: {a} -> {b}  {self.link(a, b)}" for a, b in rest)])

    def to_json(self) -> dict[str, Any]:
        """Return all links with their probabilities as plain data."""
        rows = [(a, b, (a, b) in self.certain, self.link(a, b).to_json()) for a, b in self.possible]
        return {"links": [{"from": a, "to": b, "certain": sure, "probability": p} for a, b, sure, p in rows]}

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Return the figure for a notebook; the table of links, where diagrams contradict each other."""
        try:
            return super()._repr_mimebundle_(include, exclude)
        except NotApplicable:
            return {"text/plain": self.to_text(), "text/html": self.to_table()}

    def to_table(self) -> str:
        """Return an HTML table of the links."""
        rows = [
            [f"{a} -> {b}", "certain" if (a, b) in self.certain else "possible", str(self.link(a, b))]
            for a, b in self.possible
        ]
        return html_table(["link", "", "probability"], rows, "lll")
