"""The incentives that a table has columns for: their short names, what these stand for, and what that means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cidmesa.criteria.layout import aligned

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["NAMES", "meanings", "spelt_out"]

NAMES = {
    "voi": "value of information",
    "voc": "value of control",
    "ri": "response incentive",
    "ici": "instrumental control incentive",
    "impact": "impact incentive",
}
_MEANT = {
    "voi": "the decision is worth more if it sees the node",
    "voc": "the agent would gain by choosing how the node comes about",
    "ri": "every optimal policy reacts to the node",
    "ici": "the decision moves utility by moving the node",
    "impact": "every optimal policy moves the node, be it as a side effect",
}


def meanings(used: Iterable[str]) -> dict[str, str]:
    """Return what each of the concepts in ``used`` stands for and means, in the order of `NAMES`."""
    wanted = set(used)
    return {concept: f"{name}: {_MEANT[concept]}" for concept, name in NAMES.items() if concept in wanted}


def spelt_out(used: Iterable[str]) -> str:
    """Return `meanings` as lines of text.

    >>> print(spelt_out(["ri", "ici"]))
    ri   response incentive: every optimal policy reacts to the node
    ici  instrumental control incentive: the decision moves utility by moving the node
    """
    return aligned(list(meanings(used).items()))
