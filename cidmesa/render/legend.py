"""The legend: which entries a figure needs, and where they stand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cidmesa.render.labels import text_width
from cidmesa.render.palette import ADDED, CONCEPTS, CUT_OFF, FAINT, HIGHLIGHT, INK, MECHANISM, OBSERVED
from cidmesa.render.picture import Key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cidmesa.render.palette import Concept
    from cidmesa.render.picture import Panel

__all__ = ["KEY_LINES", "LEGEND_SIZE", "SWATCH", "keys", "placed"]

LEGEND_SIZE, SWATCH = 12.0, 14.0  # px: font, and side of a swatch
# swatches that are lines, with their dashes
KEY_LINES: dict[str, tuple[float, ...]] = {"witness": (), "cut": (2, 3), "mechanism": (), "terminal": (5, 3)}
_ROW, _BETWEEN = 22.0, 18.0


def keys(panels: Sequence[Panel]) -> list[Key]:
    """Return the entries that are needed: several agents, learned actions, rings, differences, a witness path."""
    nodes = [mark for panel in panels for mark in panel.nodes]
    links = [mark for panel in panels for mark in panel.links]
    fills = {mark.agent: mark.fill for mark in nodes if mark.agent is not None and mark.fill != OBSERVED}
    found = [Key("fill", fill, agent, 0, 0) for agent, fill in fills.items()] if len(fills) > 1 else []
    if any(mark.double for mark in nodes):
        found.append(Key("double", INK, "action of the learned algorithm", 0, 0))
    seen = {concept for mark in nodes for concept in mark.rings}
    found += [Key("ring", c.colour, _concept(c), 0, 0, c) for c in CONCEPTS.values() if c in seen]
    status = {mark.status for mark in nodes} | {mark.status for mark in links}
    if "added" in status:
        found.append(Key("added", ADDED, f"only in {panels[-1].title}", 0, 0))
    if "changed" in status:
        found.append(Key("changed", ADDED, "other kind or agent", 0, 0))
    if "removed" in status:
        found.append(Key("removed", FAINT, f"only in {panels[0].title}", 0, 0))
    if any(mark.forced for mark in nodes):
        found.append(Key("forced", INK, "set by intervention", 0, 0))
    if "cut" in status:
        found.append(Key("cut", CUT_OFF, "link cut by it", 0, 0))
    if any(mark.fill == OBSERVED for mark in nodes):
        found.append(Key("fill", OBSERVED, "known", 0, 0))
    kinds = {mark.kind for mark in links}
    if "mechanism" in kinds:
        found.append(Key("mechanism", MECHANISM, "a mechanism responds to another", 0, 0))
    if "terminal" in kinds:
        found.append(Key("terminal", MECHANISM, "responds to its aim (terminal)", 0, 0))
    if any(mark.highlighted for mark in links):
        found.append(Key("witness", HIGHLIGHT, "witness path", 0, 0))
    return found


def _concept(concept: Concept) -> str:
    return concept.words if concept.words.startswith(concept.short.lower()) else f"{concept.words} ({concept.short})"


def placed(entries: Sequence[Key], size: tuple[float, float], margin: float) -> tuple[tuple[Key, ...], float, float]:
    """Return the entries in rows below a figure of this size, and the size of both together."""
    if not entries:
        return (), *size
    widths = [SWATCH + 6 + 0.88 * text_width(key.words, LEGEND_SIZE) for key in entries]
    wide = max(size[0], max(widths) + 2 * margin)
    x, y, done = margin, size[1] + _ROW / 2, []
    for key, width in zip(entries, widths, strict=True):
        if x > margin and x + width > wide - margin:
            x, y = margin, y + _ROW
        done.append(replace(key, x=x, y=y))
        x += width + _BETWEEN
    return tuple(done), wide, y + _ROW / 2 + margin / 2
