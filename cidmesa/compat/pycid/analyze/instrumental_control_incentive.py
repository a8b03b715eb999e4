"""Instrumental control incentives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cidmesa.criteria.single as criteria
from cidmesa.compat.pycid.analyze.common import decided, listed, single
from cidmesa.compat.pycid.differences import differs
from cidmesa.structure.separation import directed_path

if TYPE_CHECKING:
    from cidmesa.compat.pycid.core.macid_base import MACIDBase

__all__ = ["admits_ici", "admits_ici_list"]


def admits_ici(cid: MACIDBase, decision: str, node: str) -> bool:
    """Return whether some model on the diagram has an instrumental control incentive of ``decision`` on ``node``.

    PyCID asks for a directed path D ~> X ~> U in the diagram. That is right for one decision; where another decision
    on the path need not look, no model has the incentive, and we say so.
    """
    shape = single(cid, decision, node)
    found = decided(cid, criteria.admits_ici(shape, decision, node), any_recall=True)
    if not found and any(directed_path(shape, decision, utility, via=node) for utility in shape.utilities):
        differs(f"no model has an instrumental control incentive of {decision!r} on {node!r}: the paths lead through "
                "links that no optimal policy needs. PyCID says True.", 3)  # fmt: skip
    return found


def admits_ici_list(cid: MACIDBase, decision: str) -> list[str]:
    """Return the nodes on which some model has an instrumental control incentive of ``decision``."""
    single(cid, decision)
    return listed(cid, lambda node: admits_ici(cid, decision, node))
