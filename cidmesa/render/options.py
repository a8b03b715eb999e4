"""The options that all painters share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cidmesa.render.layout import Direction
    from cidmesa.render.overlays import Highlight, Incentives

__all__ = ["Options"]


class Options(TypedDict, total=False):
    """What to show on a diagram, and how.

    ``incentives``: concepts to mark by rings (``["ici", "ri"]`` or ``"ici,ri"``), or verdicts.
    ``policy``: a mapping from decisions to rules, noted below the decisions.
    ``highlight``: a verdict whose witness is drawn bold, or node names in the order of a path.
    ``compare_with``: another diagram, drawn first with the same node in the same place; ``"base"`` for the training
    process of a composition.
    ``positions``: node centres in centimetres, y upwards (`Picture.positions`); nodes without one are placed beside
    their neighbours. A composition drawn alone keeps those of its training process; ``{}`` lays it out afresh.
    ``direction``: ``"LR"`` (left to right) or ``"TB"`` (top to bottom). ``titles``: of the panels, in their order.
    ``legend``: False to leave it out.
    """

    incentives: Incentives
    policy: Mapping[str, object] | None
    highlight: Highlight
    compare_with: Any
    positions: Mapping[str, tuple[float, float]] | None
    direction: Direction
    titles: Sequence[str] | None
    legend: bool
