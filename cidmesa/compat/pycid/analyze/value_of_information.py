"""Value of information, admitted and in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cidmesa.criteria.single as criteria
from cidmesa.compat.pycid.analyze.common import Asked, asked
from cidmesa.compat.pycid.core import engine, policies
from cidmesa.compat.pycid.differences import differs
from cidmesa.errors import NotApplicable
from cidmesa.quantities.value_of_information import value_of_information
from cidmesa.structure.reduction import minimal_reduction

if TYPE_CHECKING:
    from cidmesa.compat.pycid.core.macid_base import MACIDBase

__all__ = ["admits_voi", "admits_voi_list", "quantitative_voi"]


def admits_voi(cid: MACIDBase, decision: str, node: str) -> bool:
    """Return whether some model on the diagram gives ``node`` positive value of information for ``decision``.

    PyCID says True also of what can't be observed (a utility), and of own decisions, which can be foreseen.
    """
    return _admits(asked(cid, decision, node), decision, node)


def admits_voi_list(cid: MACIDBase, decision: str) -> list[str]:
    """Return the nodes that have positive value of information for ``decision`` in some model."""
    about = asked(cid, decision)
    return about.listed(lambda node: _admits(about, decision, node))


def _admits(about: Asked, decision: str, node: str) -> bool:
    shape = about.shape
    verdict = criteria.admits_voi(shape, decision, node)
    if shape.kind(node) == "utility":
        if node not in shape.descendants(decision):
            differs(f"{node!r} is a utility, which can't be observed, so the answer is False. PyCID may say True.")
        return False
    if node in {decision, *shape.descendants(decision)}:
        return bool(verdict)
    return about.answer(verdict, (node, decision) in minimal_reduction(shape.with_link(node, decision)).edges)


def quantitative_voi(cid: MACIDBase, decision: str, node: str) -> float:
    """Return how much the best expected utility rises by the link from ``node`` to ``decision``.

    Raises:
        NotApplicable: the decision itself, a node that descends from it, or a utility.

    """
    shape = asked(cid, decision, node).shape
    if node in {decision, *shape.descendants(decision)}:
        raise NotApplicable(f"{decision!r} can't observe {node!r}, which comes after it.")
    model = engine.as_model(policies.undecided(cid, list(cid.decisions)))
    return float(value_of_information(model, decision, node).value)
