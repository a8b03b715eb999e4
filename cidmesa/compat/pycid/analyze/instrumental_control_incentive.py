"""Instrumental control incentives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cidmesa.criteria.concepts as criteria
from cidmesa.compat.pycid.analyze.common import Asked, asked
from cidmesa.structure.separation import directed_path

if TYPE_CHECKING:
    from cidmesa.compat.pycid.core.macid_base import MACIDBase

__all__ = ["admits_ici", "admits_ici_list"]


def admits_ici(cid: MACIDBase, decision: str, node: str) -> bool:
    """Return whether some model on the diagram has an instrumental control incentive of ``decision`` on ``node``.

    PyCID asks for a directed path D ~> X ~> U in the diagram. That is right for one decision; where another decision
    on the path need not look, no model has the incentive, and a warning says so.
    """
    return _admits(asked(cid, decision, node), decision, node)


def admits_ici_list(cid: MACIDBase, decision: str) -> list[str]:
    """Return the nodes on which some model has an instrumental control incentive of ``decision``."""
    about = asked(cid, decision)
    return about.listed(lambda node: _admits(about, decision, node))


def _admits(about: Asked, decision: str, node: str) -> bool:
    theirs = any(directed_path(about.shape, decision, utility, via=node) for utility in about.shape.utilities)
    return about.answer(criteria.admits_ici(about.shape, decision, node), theirs, any_recall=True)
