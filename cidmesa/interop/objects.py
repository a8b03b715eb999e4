"""Objects of other packages, recognised by their types and read as diagrams or models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cidmesa.errors import DiagramError
from cidmesa.interop.pgmpy import from_pgmpy
from cidmesa.interop.pyagrum import from_pyagrum
from cidmesa.interop.pycid import from_pycid
from cidmesa.structure.digraph import from_networkx

if TYPE_CHECKING:
    from collections.abc import Callable

    from cidmesa.modelling.model import Model
    from cidmesa.structure.diagram import CID

__all__ = ["adopted"]


def adopted(value: Any) -> CID | Model | None:
    """Return an object of PyCID, pgmpy, pyAgrum or networkx as a model, or as a diagram where it has no numbers.

    None: it is of none of them. What counts is the first of its classes that comes from one of these packages.

    Raises:
        DiagramError: a networkx graph whose nodes do not say what they are.

    >>> import networkx as nx
    >>> graph = nx.DiGraph([("S", "D")])
    >>> graph.nodes["D"]["kind"] = "decision"
    >>> adopted(graph).decisions, adopted(5)
    (('D',), None)

    """
    packages = (base.__module__.partition(".")[0] for base in type(value).__mro__)
    read = next((_READERS[package] for package in packages if package in _READERS), None)
    return read(value) if read else None


def _from_graph(graph: Any) -> CID:
    if not any("kind" in attributes for _, attributes in graph.nodes(data=True)):
        raise DiagramError(
            "the nodes of this graph do not say what they are. Give them the attribute kind ('decision', 'utility'), "
            "or write cm.cid(list(graph.edges), decisions=..., utilities=...)."
        )
    return from_networkx(graph)


_READERS: dict[str, Callable[[Any], CID | Model]] = {
    "pycid": from_pycid,
    "pgmpy": from_pgmpy,
    "pyagrum": from_pyagrum,
    "networkx": _from_graph,
}
