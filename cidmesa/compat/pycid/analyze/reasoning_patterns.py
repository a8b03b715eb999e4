"""Reasoning patterns of the decisions of a game (Pfeffer and Gal 2007)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cidmesa.compat.pycid.core import engine
from cidmesa.compat.pycid.differences import differs
from cidmesa.criteria.patterns import Label, patterns_given, reasoning_patterns
from cidmesa.errors import UnknownNode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cidmesa.compat.pycid.core.macid_base import MACIDBase

__all__ = ["direct_effect", "get_reasoning_patterns", "manipulation", "revealing_or_denying", "signaling"]

_LABELS: dict[str, Label] = {
    "dir_effect": "direct effect",
    "sig": "signalling",
    "manip": "manipulation",
    "rev_den": "revealing-denying",
}


def direct_effect(macid: MACIDBase, decision: str) -> bool:
    """Return whether a directed path without decisions leads from ``decision`` to a utility of its agent."""
    return _has(macid, decision, "direct effect", macid.decisions)


def manipulation(macid: MACIDBase, decision: str, effective_set: Iterable[str]) -> bool:
    """Return whether ``decision`` may manipulate an effective decision; see `cidmesa.reasoning_patterns`."""
    return _has(macid, decision, "manipulation", effective_set)


def signaling(macid: MACIDBase, decision: str, effective_set: Iterable[str]) -> bool:
    """Return whether ``decision`` may signal to an effective decision; see `cidmesa.reasoning_patterns`."""
    return _has(macid, decision, "signalling", effective_set)


def revealing_or_denying(macid: MACIDBase, decision: str, effective_set: Iterable[str]) -> bool:
    """Return whether ``decision`` may reveal to, or hide from, an effective decision; see there."""
    return _has(macid, decision, "revealing-denying", effective_set)


def get_reasoning_patterns(mb: MACIDBase) -> dict[str, list[str]]:
    """Return each pattern with the decisions that have it: ``dir_effect``, ``sig``, ``manip``, ``rev_den``.

    PyCID lists a decision under the first pattern that it finds only.
    """
    found = reasoning_patterns(engine.diagram(mb))
    labels = {decision: found.labels(decision) for decision in mb.get_valid_order()}
    if several := [decision for decision, own in labels.items() if len(own) > 1]:
        differs(f"{', '.join(several)} has several patterns; all are listed. PyCID lists one.")
    return {short: [decision for decision, own in labels.items() if label in own] for short, label in _LABELS.items()}


def _has(macid: MACIDBase, decision: str, label: Label, effective: Iterable[str]) -> bool:
    held = set(effective)
    for node in (decision, *held):
        if node not in macid:
            raise UnknownNode(node, list(macid.nodes))
    found = patterns_given(engine.diagram(macid), decision, held)
    return any(pattern.label == label for pattern in found)
