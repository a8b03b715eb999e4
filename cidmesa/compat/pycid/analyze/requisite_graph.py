"""Requisite observations and the graph that keeps only them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cidmesa.compat.pycid.core import engine
from cidmesa.structure.reduction import minimal_reduction
from cidmesa.structure.relevance import is_requisite, requisite_observations

if TYPE_CHECKING:
    from cidmesa.compat.pycid.core.macid_base import MACIDBase

__all__ = ["requisite", "requisite_graph", "requisite_list"]


def requisite(cid: MACIDBase, decision: str, node: str) -> bool:
    """Return whether ``node`` is, or would be, an observation that the best rule for ``decision`` may need."""
    return bool(is_requisite(engine.diagram(cid), decision, node))


def requisite_list(cid: MACIDBase, decision: str) -> list[str]:
    """Return the requisite observations of ``decision``."""
    return list(requisite_observations(engine.diagram(cid), decision))


def requisite_graph(cid: MACIDBase) -> MACIDBase:
    """Return the diagram without non-requisite information links, removed until none is left, and without rules.

    PyCID makes one pass, which for several agents may leave some.
    """
    kept = set(minimal_reduction(engine.diagram(cid)).edges)
    reduced: MACIDBase = cid.copy()
    for decision in cid.decisions:
        if decision in reduced.model:
            reduced.remove_cpds(decision)
        for parent in cid.get_parents(decision):
            if (parent, decision) not in kept:
                reduced.remove_edge(parent, decision)
        if (options := reduced.known_options(decision)) is not None:
            reduced.add_cpds(**{decision: options})
    return reduced
