"""All incentives of a diagram in one sweep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cidmesa.criteria import directed, voi
from cidmesa.criteria.door import known_cid
from cidmesa.criteria.problem import Problem
from cidmesa.criteria.table import IncentiveTable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cidmesa.structure.diagram import CID
    from cidmesa.structure.verdict import Verdict

__all__ = ["IncentiveTable", "incentives"]


def incentives(cid: CID) -> IncentiveTable:
    """Return the verdicts for all agents, decisions, nodes and concepts (voi, voc, ri, ici, impact).

    The same verdicts as those of `admits_voi` and its kin, with the reduction worked out once for each agent, and one
    Bayes ball and a few searches for each decision. Value of control belongs to an agent: its ``decision`` is ``None``.

    >>> from cidmesa import cid
    >>> table = incentives(cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"]))
    >>> [verdict.node for verdict in table.select(concept="ici", status="admits")]
    ['D', 'U']
    """
    return IncentiveTable(
        tuple(verdict for agent in known_cid(cid, "incentives").agents for verdict in _of_agent(cid, agent))
    )


def _of_agent(cid: CID, agent: str) -> Iterator[Verdict]:
    problem = Problem(cid, agent)
    whole = problem.view(None)
    for node in cid.nodes:
        yield directed.value_of_control(whole, node)
    for decision in cid.decisions_of(agent):
        view = problem.view(decision)
        for node in cid.nodes:
            yield voi.value_of_information(view, node)
            yield directed.response(view, node)
            yield directed.instrumental_control(view, node)
            yield directed.impact(view, node)
