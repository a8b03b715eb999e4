"""Drawings in matplotlib, on our layout."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import networkx as nx

from cidmesa.errors import NotApplicable
from cidmesa.render.layout.layered import layout as layered

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["agent_color", "draw"]

_SIZE = (90.0, 60.0)  # px that a node and its label need
_LETTERS = 30  # of a label


def agent_color(number: int) -> Any:
    """Return a colour for each number, a light one so that names can be read on it."""
    pyplot = _pyplot()
    return pyplot.get_cmap("Set3")(number % 12)


def draw(
    graph: Any,
    color: Callable[[Any], Any],
    shape: Callable[[Any], str],
    label: Callable[[Any], str],
    layout: Callable[[Any], Any] | None,
) -> None:
    """Draw a graph into a figure of its own and show it: colour, shape and a line of text for each node."""
    pyplot = _pyplot()
    places = _places(graph) if layout is None else layout(graph)
    _, axes = pyplot.subplots(figsize=_figure(places))
    for kind in dict.fromkeys(shape(node) for node in graph):
        nodes = [node for node in graph if shape(node) == kind]
        nx.draw_networkx_nodes(graph, places, nodelist=nodes, node_shape=kind, ax=axes, node_size=900,
                               node_color=[color(node) for node in nodes], edgecolors="black")  # fmt: skip
    nx.draw_networkx_edges(graph, places, ax=axes, node_size=900, arrowsize=16)
    nx.draw_networkx_labels(graph, places, ax=axes, font_size=10)
    for node, (x, y) in places.items():
        axes.annotate(_short(label(node)), (x, y), xytext=(0, -30), textcoords="offset points", ha="center", fontsize=7)
    axes.margins(0.15)
    axes.set_axis_off()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "FigureCanvas.* is non-interactive", UserWarning)
        pyplot.show()


def _short(text: str) -> str:
    return text if len(text) <= _LETTERS else f"{text[: _LETTERS - 3]}..."


def _places(graph: Any) -> dict[Any, tuple[float, float]]:
    centres = layered({str(node): _SIZE for node in graph}, [(str(a), str(b)) for a, b in graph.edges]).centres
    return {node: (centres[str(node)][0], -centres[str(node)][1]) for node in graph}


def _figure(places: Any) -> tuple[float, float]:
    spans = [max(p[axis] for p in places.values()) - min(p[axis] for p in places.values()) for axis in (0, 1)]
    wide, high = ((span / 80 if span > 10 else span * 2) for span in spans)
    return min(max(3.0, wide + 1.5), 14.0), min(max(2.0, high + 1.2), 10.0)


def _pyplot() -> Any:
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise NotApplicable("drawing here needs matplotlib: pip install 'cidmesa[plot]'. cm.save(diagram, 'x.svg') "
                            "needs nothing.") from error  # fmt: skip
    return pyplot
