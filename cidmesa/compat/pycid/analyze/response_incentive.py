"""Response incentives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cidmesa.criteria.concepts as criteria
from cidmesa.compat.pycid.analyze.common import Asked, asked

if TYPE_CHECKING:
    from cidmesa.compat.pycid.core.macid_base import MACIDBase

__all__ = ["admits_ri", "admits_ri_list"]


def admits_ri(cid: MACIDBase, decision: str, node: str) -> bool:
    """Return whether some model on the diagram has a response incentive of ``decision`` on ``node``."""
    return _admits(asked(cid, decision, node), decision, node)


def admits_ri_list(cid: MACIDBase, decision: str) -> list[str]:
    """Return the nodes on which some model has a response incentive of ``decision``."""
    about = asked(cid, decision)
    return about.listed(lambda node: _admits(about, decision, node))


def _admits(about: Asked, decision: str, node: str) -> bool:
    theirs = node != decision and about.leads(node, decision)
    return about.answer(criteria.admits_ri(about.shape, decision, node), theirs)
