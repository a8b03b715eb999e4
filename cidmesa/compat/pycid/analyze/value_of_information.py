"""Value of information, admitted and in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cidmesa.criteria.single as criteria
from cidmesa.compat.pycid.analyze.common import decided, listed, single
from cidmesa.compat.pycid.core import engine, policies
from cidmesa.errors import NotApplicable
from cidmesa.quantities.values import value_of_information

if TYPE_CHECKING:
    from cidmesa.compat.pycid.core.macid_base import MACIDBase

__all__ = ["admits_voi", "admits_voi_list", "quantitative_voi"]


def admits_voi(cid: MACIDBase, decision: str, node: str) -> bool:
    """Return whether some model on the diagram gives ``node`` positive value of information for ``decision``."""
    return decided(cid, criteria.admits_voi(single(cid, decision, node), decision, node))


def admits_voi_list(cid: MACIDBase, decision: str) -> list[str]:
    """Return the nodes that have positive value of information for ``decision`` in some model."""
    single(cid, decision)
    return listed(cid, lambda node: admits_voi(cid, decision, node))


def quantitative_voi(cid: MACIDBase, decision: str, node: str) -> float:
    """Return how much the best expected utility rises by the link from ``node`` to ``decision``.

    Raises:
        NotApplicable: the decision itself, a node that descends from it, or a utility.

    """
    shape = single(cid, decision, node)
    if node in {decision, *shape.descendants(decision)}:
        raise NotApplicable(f"{decision!r} can't observe {node!r}, which comes after it.")
    model = engine.as_model(policies.undecided(cid, list(cid.decisions)))
    return float(value_of_information(model, decision, node).value)
