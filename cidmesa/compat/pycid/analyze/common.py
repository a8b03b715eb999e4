"""What the criteria share: one agent, known names, and a verdict read as yes or no."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cidmesa.compat.pycid.core import engine
from cidmesa.compat.pycid.differences import differs
from cidmesa.errors import NotApplicable, UnknownNode

if TYPE_CHECKING:
    from collections.abc import Callable

    from cidmesa.compat.pycid.core.macid_base import MACIDBase
    from cidmesa.structure.diagram import CID
    from cidmesa.structure.verdict import Verdict

__all__ = ["decided", "listed", "single"]


def single(cid: MACIDBase, *nodes: str) -> CID:
    """Return the diagram of a one-agent network that has these nodes.

    Raises:
        NotApplicable: several agents (a ValueError, as with PyCID).
        UnknownNode: a name that is no node.

    """
    if len(cid.agents) > 1:
        raise NotApplicable(f"this criterion is for one agent; the agents are {', '.join(map(str, cid.agents))}. "
                            "For one agent among several: cm.incentives(cm.interop.from_pycid(macid)).")  # fmt: skip
    for node in nodes:
        if node not in cid:
            raise UnknownNode(node, list(cid.nodes))
    return engine.diagram(cid)


def decided(cid: MACIDBase, verdict: Verdict, *, any_recall: bool = False) -> bool:
    """Return whether a verdict admits; where no theorem settles it, True with a warning, as PyCID says.

    Raises:
        NotApplicable: not settled and without sufficient recall (unless ``any_recall``), where PyCID raises too.

    """
    if verdict.status != "undetermined":
        return bool(verdict)
    if not any_recall and not cid.sufficient_recall():
        raise NotApplicable(f"{verdict.concept} of {verdict.node} is undetermined: {verdict.reason}.")
    differs(f"{verdict.concept} of {verdict.node} is not excluded, but no theorem says that some model has it "
            f"({verdict.reason}). True is returned, as PyCID does; cm.incentives tells the two apart.", 4)  # fmt: skip
    return True


def listed(cid: MACIDBase, admits: Callable[[str], bool]) -> list[str]:
    """Return the nodes that have a property, parents before children."""
    return [node for node in cid.get_valid_order(cid.nodes) if admits(node)]
