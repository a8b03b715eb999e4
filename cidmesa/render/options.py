"""The options that all painters share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cidmesa.render.layout import Direction
    from cidmesa.render.overlays import Highlight, Incentives

__all__ = ["LAYOUTS", "LayoutName", "Options"]

LayoutName = Literal["auto", "layered", "sliced", "dot"]
LAYOUTS = ("auto", "layered", "sliced", "dot")


class Options(TypedDict, total=False):
    """What to show on a diagram, and how.

    ``incentives``: concepts to mark by rings (``["ici", "ri"]`` or ``"ici,ri"``), or verdicts.
    ``policy``: a mapping from decisions to rules, noted below the decisions.
    ``highlight``: a verdict whose witness is drawn bold, or node names in the order of a path.
    ``compare_with``: another diagram, drawn first with the same node in the same place; ``"base"`` for the training
    process of a composition.
    ``intervention``: values that nodes are set to, noted below them; the links into them are drawn faint, for they no
    longer matter. ``evidence``: values that are known, noted below the nodes, which are grey.
    ``mechanisms``: True to draw a mechanism for each node, and which mechanisms those of the decisions respond to.
    ``positions``: node centres in centimetres, y upwards (`Picture.positions`); nodes without one are placed beside
    their neighbours. A composition drawn alone keeps those of its training process; ``{}`` lays it out afresh.
    ``layout``: ``"layered"``, ``"sliced"`` (columns by episode, or by the numbers at the ends of names), ``"dot"``
    (Graphviz), or ``"auto"``: sliced where a training process repeats itself, ``dot`` above 60 nodes where it is found.
    ``same_rank``: groups of nodes that are to stand in one column (or row, downwards) of a layered layout.
    ``direction``: ``"LR"`` (left to right) or ``"TB"`` (top to bottom). ``titles``: of the panels, in their order.
    ``legend``: False to leave it out.
    """

    incentives: Incentives
    policy: Mapping[str, object] | None
    highlight: Highlight
    intervention: Mapping[str, object] | None
    evidence: Mapping[str, object] | None
    mechanisms: bool
    compare_with: Any
    positions: Mapping[str, tuple[float, float]] | None
    layout: LayoutName
    same_rank: Sequence[Sequence[str]]
    direction: Direction
    titles: Sequence[str] | None
    legend: bool
