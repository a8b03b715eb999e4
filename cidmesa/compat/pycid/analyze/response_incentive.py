"""Response incentives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cidmesa.criteria.single as criteria
from cidmesa.compat.pycid.analyze.common import decided, listed, single

if TYPE_CHECKING:
    from cidmesa.compat.pycid.core.macid_base import MACIDBase

__all__ = ["admits_ri", "admits_ri_list"]


def admits_ri(cid: MACIDBase, decision: str, node: str) -> bool:
    """Return whether some model on the diagram has a response incentive of ``decision`` on ``node``."""
    return decided(cid, criteria.admits_ri(single(cid, decision, node), decision, node))


def admits_ri_list(cid: MACIDBase, decision: str) -> list[str]:
    """Return the nodes on which some model has a response incentive of ``decision``."""
    single(cid, decision)
    return listed(cid, lambda node: admits_ri(cid, decision, node))
