"""The incentives that training has and the mesa-optimizer lacks, and the reverse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cidmesa.criteria.concepts import ICI
from cidmesa.criteria.incentives import IncentiveTable, incentives
from cidmesa.display import Tells
from cidmesa.mesa.compose import compose
from cidmesa.mesa.scores import for_base

if TYPE_CHECKING:
    from collections.abc import Collection

    from cidmesa.mesa.spec import MesaSpec
    from cidmesa.mesa.training import TrainingProcess
    from cidmesa.structure.verdict import Verdict

__all__ = ["IncentiveGap", "incentive_gap"]


@dataclass(frozen=True, repr=False)
class IncentiveGap(Tells):
    """The incentives that only the base diagram admits, and those that only the mesa-optimizer's diagram admits.

    * ``base``: the verdicts on the base diagram.
    * ``mesa``: the verdicts on the composed diagram.
    * ``only_base``, ``only_mesa``: the admitted incentives on chance nodes and decisions that the other side lacks.

    It is true if there is any such incentive.

    Source: hidden incentives of Krueger et al. 2020; the comparison of diagrams is ours.

    >>> import cidmesa as cm
    >>> recommender = cm.load("krueger2020/two-rounds")
    >>> gap = cm.incentive_gap(recommender.training, recommender.specs["per-round"])
    >>> bool(gap), [v.node for v in gap.only_base][:2]
    (True, ['O2', 'D_A2'])

    """

    base: IncentiveTable
    mesa: IncentiveTable
    only_base: IncentiveTable
    only_mesa: IncentiveTable

    def __bool__(self) -> bool:
        return bool(len(self.only_base) or len(self.only_mesa))

    @property
    def hidden(self) -> IncentiveTable:
        """The instrumental control incentives that training has and the mesa-optimizer lacks (the HI-ADS pattern).

        A mesa-optimizer without them is myopic; the process that selects it is not. Source: Krueger et al. 2020.
        """
        return self.only_base.select(concept=ICI.key)

    def to_json(self) -> dict[str, Any]:
        """Return the two differences as plain data."""
        return {"only_base": self.only_base.to_json(), "only_mesa": self.only_mesa.to_json()}

    def to_text(self) -> str:
        """Return the two differences, with a line for each decision and concept."""
        sides = (("only training has", self.only_base), ("only the mesa-optimizer has", self.only_mesa))
        return "\n".join(line for title, table in sides for line in (f"{title}:", *_lines(table)))


def incentive_gap(training: TrainingProcess, spec: MesaSpec) -> IncentiveGap:
    r"""Return the incentives that only the base diagram has, and those that only the mesa-optimizer's diagram has.

    The base diagram is the composed diagram in which the base agent itself takes the decisions :math:`D_A`, for the
    base objective. Observations and memory are the same, so only objective and scope differ. Decisions of the base
    agent, such as which parameters to select, count with their incentives in the training diagram; the mesa-optimizer
    lacks such an incentive if none of its decisions has it. A diagram lacks an incentive if it excludes it or does not
    contain the node; undetermined incentives are not counted. Utilities differ by definition and are left out.
    Source: hidden incentives of Krueger et al. 2020; the comparison of diagrams is ours.

    Args:
        training: the training process.
        spec: the specification of the mesa-optimizer.

    Raises:
        ComposeError: the specification does not fit the process.
        NotApplicable: the base agent has no utility.

    >>> import cidmesa as cm
    >>> recommender = cm.load("krueger2020/two-rounds")
    >>> gap = incentive_gap(recommender.training, recommender.specs["per-round"])
    >>> [(verdict.decision, verdict.node) for verdict in gap.hidden]
    [('D_A1', 'O2'), ('D_A1', 'D_A2'), ('D_A1', 'A2'), ('D_A1', 'C2')]
    >>> bool(incentive_gap(recommender.training, recommender.specs["over-rounds"]).hidden.verdicts)
    False

    """
    composition, own = compose(training, spec), training.cid.decisions
    mesa = incentives(composition.cid)
    shared = incentives(for_base(composition.objective_twin, training.base_agent).cid)
    base = IncentiveTable((*shared, *(incentives(training.cid) if own else ())))
    comparable = {*composition.decisions.values(), *training.cid.chance_nodes, *own}
    only_base = _lacking(base, mesa, comparable, own)
    return IncentiveGap(base, mesa, only_base, _lacking(mesa, base, comparable, ()))


def _lacking(
    one: IncentiveTable, other: IncentiveTable, nodes: Collection[str], own: Collection[str]
) -> IncentiveTable:
    """Return the admitted verdicts that are excluded or absent in ``other``; of an ``own`` decision, for all there."""
    kept = {(v.concept, v.decision, v.node) for v in other if v.status in ("admits", "undetermined")}
    anyhow = {(concept, node) for concept, _, node in kept}

    def lacks(verdict: Verdict) -> bool:
        if verdict.decision in own:
            return (verdict.concept, verdict.node) not in anyhow
        return (verdict.concept, verdict.decision, verdict.node) not in kept

    found = {(v.concept, v.decision, v.node): v for v in one if v and v.node in nodes and lacks(v)}
    return IncentiveTable(tuple(found.values()))


def _lines(table: IncentiveTable) -> list[str]:
    groups: dict[tuple[str | None, str], list[str]] = {}
    for verdict in table:
        groups.setdefault((verdict.decision, verdict.concept), []).append(verdict.node)
    return [
        f"  {decision or 'any decision'} {concept}: {', '.join(nodes)}" for (decision, concept), nodes in groups.items()
    ] or ["  nothing"]
