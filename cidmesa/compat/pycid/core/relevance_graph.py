"""Which decisions rely on which: `RelevanceGraph`, and its components as `CondensedRelevanceGraph`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import networkx as nx

from cidmesa.compat.pycid.core import drawing, engine
from cidmesa.structure.relevance import relevance_graph

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cidmesa.compat.pycid.core.macid_base import MACIDBase

__all__ = ["CondensedRelevanceGraph", "RelevanceGraph"]


class RelevanceGraph(nx.DiGraph):  # type: ignore[type-arg]
    """The decisions, with a link D -> E where E is s-reachable from D: D relies on E."""

    def __init__(self, cid: MACIDBase | None = None, decisions: Iterable[str] | None = None) -> None:
        super().__init__()
        if cid is None:  # networkx makes empty graphs of the same class
            return
        wanted = list(cid.decisions if decisions is None else decisions)
        self.add_nodes_from(wanted)
        links = relevance_graph(engine.diagram(cid)).edges
        self.add_edges_from((a, b) for a, b in links if a in wanted and b in wanted)

    def is_acyclic(self) -> bool:
        """Return whether no decision relies on itself by way of others."""
        return nx.is_directed_acyclic_graph(self)

    def get_sccs(self) -> list[set[str]]:
        """Return the strongly connected components, those that rely on nothing first."""
        return list(nx.strongly_connected_components(self))

    def _set_color_scc(self, node: str, sccs: Sequence[Any]) -> Any:
        return drawing.agent_color(next(number for number, members in enumerate(sccs) if node in members))

    def draw(self) -> None:
        """Draw with matplotlib."""
        drawing.draw(self, lambda _: "lightblue", lambda _: "s", lambda _: "", None)

    def draw_sccs(self) -> None:
        """Draw with matplotlib, a colour for each strongly connected component."""
        sccs = self.get_sccs()
        drawing.draw(self, lambda node: self._set_color_scc(node, sccs), lambda _: "s", lambda _: "", None)


class CondensedRelevanceGraph(nx.DiGraph):  # type: ignore[type-arg]
    """The strongly connected components of the relevance graph, numbered; ``graph["mapping"]``: decision -> number."""

    def __init__(self, macid: MACIDBase | None = None) -> None:
        super().__init__()
        if macid is None:
            return
        condensed = nx.condensation(RelevanceGraph(macid))
        self.add_nodes_from(condensed.nodes(data=True))
        self.add_edges_from(condensed.edges)
        self.graph["mapping"] = condensed.graph["mapping"]

    def topological(self) -> list[int]:
        """Return the numbers of the components in topological order: those that rely on others first."""
        return list(nx.topological_sort(self))

    def get_scc_topological_ordering(self) -> list[list[str]]:
        """Return the decisions of each component, those that rely on others first."""
        members = self.get_decisions_in_scc()
        return [members[number] for number in self.topological()]

    def get_decisions_in_scc(self) -> dict[int, list[str]]:
        """Return number of the component -> its decisions."""
        found: dict[int, list[str]] = {number: [] for number in self.nodes}
        for decision, number in self.graph["mapping"].items():
            found[number].append(decision)
        return found

    def draw(self) -> None:
        """Draw with matplotlib, each component labelled by its decisions."""
        members = self.get_decisions_in_scc()
        drawing.draw(self, lambda _: "lightblue", lambda _: "s", lambda number: ", ".join(members[number]), None)
