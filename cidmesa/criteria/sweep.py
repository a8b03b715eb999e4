"""All incentives of a diagram in one sweep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cidmesa.criteria.door import known_cid
from cidmesa.criteria.lazy import LazyVerdicts
from cidmesa.criteria.table import IncentiveTable

if TYPE_CHECKING:
    from cidmesa.structure.diagram import CID

__all__ = ["IncentiveTable", "incentives"]


def incentives(cid: CID) -> IncentiveTable:
    """Return the verdicts for all agents, decisions, nodes and concepts (voi, voc, ri, ici, impact).

    The same verdicts as those of `admits_voi` and its kin. The statuses are worked out for all decisions of an agent at
    once, in a few passes; the path, reason and theorem of a verdict when it is used. Value of control belongs to an
    agent: its ``decision`` is ``None``.

    >>> from cidmesa import cid
    >>> table = incentives(cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"]))
    >>> [verdict.node for verdict in table.select(concept="ici", status="admits")]
    ['D', 'U']
    """
    return IncentiveTable(LazyVerdicts.of(known_cid(cid, "incentives")))
