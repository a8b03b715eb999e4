"""Value of control: admitted, by which way, and in numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import cidmesa.criteria.single as criteria
from cidmesa.compat.pycid.analyze.common import Asked, asked
from cidmesa.compat.pycid.core import engine, policies
from cidmesa.criteria.refined import admits_direct_voc, admits_indirect_voc
from cidmesa.quantities.value_of_information import value_of_control
from cidmesa.structure.separation import active_path, directed_path

if TYPE_CHECKING:
    from cidmesa.compat.pycid.core.macid_base import MACIDBase
    from cidmesa.structure.diagram import CID

__all__ = [
    "admits_dir_voc",
    "admits_dir_voc_list",
    "admits_indir_voc",
    "admits_indir_voc_list",
    "admits_voc",
    "admits_voc_list",
    "quantitative_voc",
]


def admits_voc(cid: MACIDBase, node: str) -> bool:
    """Return whether some model on the diagram gives ``node`` positive value of control."""
    return _admits(asked(cid, node), node)


def admits_voc_list(cid: MACIDBase) -> list[str]:
    """Return the nodes that have positive value of control in some model."""
    about = asked(cid)
    return about.listed(lambda node: _admits(about, node))


def _admits(about: Asked, node: str) -> bool:
    theirs = about.shape.kind(node) != "decision" and about.leads_to_utility(node)
    return about.answer(criteria.admits_voc(about.shape, node), theirs)


def quantitative_voc(cid: MACIDBase, node: str) -> float:
    """Return how much the best expected utility rises if the agent also chooses how ``node`` follows from its parents.

    The diagram is not changed (PyCID turns the node into a decision). What the agent decides already is worth 0.
    """
    asked(cid, node)
    if node in cid.decisions:
        return 0.0
    model = engine.as_model(policies.undecided(cid, list(cid.decisions)))
    return float(value_of_control(model, node).value)


def admits_indir_voc(cid: MACIDBase, decision: str, node: str) -> bool:
    """Return whether ``node`` has value of control by informing ``decision`` better, in some model.

    PyCID asks besides for an active back-door path from the node to a utility. That misses nodes whose control makes
    an observation clearer, and then leaves value of control that is neither direct nor indirect.
    """
    return _admits_indirect(asked(cid, decision, node), decision, node)


def admits_indir_voc_list(cid: MACIDBase, decision: str) -> list[str]:
    """Return the nodes that have value of control by informing ``decision`` better, in some model."""
    about = asked(cid, decision)
    return about.listed(lambda node: _admits_indirect(about, decision, node))


def _admits_indirect(about: Asked, decision: str, node: str) -> bool:
    informs = about.leads(node, about.shape.known_decision(decision)) and node != decision
    theirs = informs and about.leads_to_utility(decision) and _back_door(about.shape, decision, node)
    verdict = admits_indirect_voc(about.shape, node)
    if not informs and verdict.status != "not applicable":  # there is more than one decision
        reason = f"in the reduced diagram no directed path leads from {node} to {decision}"
        verdict = replace(verdict, status="excluded", witness=(), reason=reason)
    return about.answer(verdict, theirs)


def _back_door(shape: CID, decision: str, node: str) -> bool:
    cut = shape.without_links([(node, child) for child in shape.children(node)])
    family = {decision, *shape.parents(decision)} - {node}
    return any(active_path(cut, node, utility, given=family) for utility in shape.utilities)


def admits_dir_voc(cid: MACIDBase, node: str) -> bool:
    """Return whether ``node`` has value of control by a path without decisions, in some model."""
    return _admits_direct(asked(cid, node), node)


def admits_dir_voc_list(cid: MACIDBase) -> list[str]:
    """Return the nodes that have value of control by a path without decisions, in some model."""
    about = asked(cid)
    return about.listed(lambda node: _admits_direct(about, node))


def _admits_direct(about: Asked, node: str) -> bool:
    shape = about.shape
    decision = shape.kind(node) == "decision"
    ways = (directed_path(about.reduced, node, utility, avoiding=shape.decisions) for utility in shape.utilities)
    return about.answer(admits_direct_voc(shape, node), not decision and any(ways))
