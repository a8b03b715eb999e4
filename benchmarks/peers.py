"""The questions of the benchmark as the peers answer them; a peer that is not installed is skipped."""

from __future__ import annotations

import importlib
import sys
import types
from typing import TYPE_CHECKING, Any

from cidmesa.structure.relevance import downstream_utilities

if TYPE_CHECKING:
    from collections.abc import Callable

    from cidmesa import CID

__all__ = ["imported_pycid", "networkx_requisite", "pyagrum_requisite", "pycid_sweep"]

Requisite = "Callable[[str], tuple[str, ...]]"


def networkx_requisite(g: CID) -> Callable[[str], tuple[str, ...]]:
    """Requisite observations of a decision by one d-separation query for each."""
    import networkx as nx

    graph = g.to_networkx()
    return _by_queries(g, lambda x, targets, given: not nx.is_d_separator(graph, {x}, targets, given))


def pyagrum_requisite(g: CID) -> Callable[[str], tuple[str, ...]]:
    """The same by pyAgrum, on a graph of integers."""
    gum: Any = importlib.import_module("pyagrum")
    dag = gum.DAG()
    for place in range(len(g)):
        dag.addNodeWithId(place)
    for parent, child in g.edges:
        dag.addArc(g.index(parent), g.index(child))

    def connected(x: str, targets: set[str], given: set[str]) -> bool:
        return not dag.dSeparation({g.index(x)}, set(g.indices(targets)), set(g.indices(given)))

    return _by_queries(g, connected)


def _by_queries(g: CID, connected: Callable[[str, set[str], set[str]], bool]) -> Callable[[str], tuple[str, ...]]:
    targets = {decision: set(downstream_utilities(g, decision)) for decision in g.decisions}

    def requisite(decision: str) -> tuple[str, ...]:
        family = {decision, *g.parents(decision)}
        return tuple(
            x for x in g.parents(decision) if targets[decision] and connected(x, targets[decision], family - {x})
        )

    return requisite


def pycid_sweep(g: CID) -> Callable[[], tuple[list[str], ...]]:
    """Value of information, control, response and instrumental control of all nodes, by PyCID's lists."""
    pycid = imported_pycid()
    (decision,) = g.decisions
    theirs = pycid.CID(list(g.edges), decisions=[decision], utilities=list(g.utilities))

    def sweep() -> tuple[list[str], ...]:
        return (
            pycid.admits_voi_list(theirs, decision),
            pycid.admits_voc_list(theirs),
            pycid.admits_ri_list(theirs, decision),
            pycid.admits_ici_list(theirs, decision),
        )

    return sweep


def imported_pycid() -> Any:
    """PyCID, made importable on present systems."""
    _make_pycid_importable()
    return importlib.import_module("pycid")


def _make_pycid_importable() -> None:
    """PyCID 0.8.2 expects names that pgmpy 1.1 has dropped, and imports pygambit, which it needs for games only."""
    models: Any = importlib.import_module("pgmpy.models")
    base: Any = importlib.import_module("pgmpy.base")
    models.BayesianNetwork = models.DiscreteBayesianNetwork
    base.DAG._get_ancestors_of = _ancestors  # noqa: SLF001
    sys.modules.setdefault("pygambit", _stub_of_pygambit())


def _ancestors(graph: Any, nodes: Any) -> set[Any]:
    import networkx as nx

    names = [nodes] if isinstance(nodes, str) else list(nodes)
    return set(names).union(*(nx.ancestors(graph, name) for name in names))


def _stub_of_pygambit() -> types.ModuleType:
    stub: Any = types.ModuleType("pygambit")
    stub.Game = stub.Infoset = object
    stub.lib = types.SimpleNamespace(libgambit=types.SimpleNamespace(MixedStrategyProfile=object))
    return stub  # type: ignore[no-any-return]
