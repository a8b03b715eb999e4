"""What the criteria share: one agent, known names, PyCID's own criterion, and what to do where it is not ours."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from cidmesa.compat.pycid.core import engine
from cidmesa.compat.pycid.differences import differs
from cidmesa.errors import NotApplicable, UnknownNode
from cidmesa.structure.reduction import minimal_reduction
from cidmesa.structure.relevance import has_sufficient_recall
from cidmesa.structure.separation import directed_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from cidmesa.compat.pycid.core.macid_base import MACIDBase
    from cidmesa.structure.diagram import CID
    from cidmesa.structure.verdict import Verdict

__all__ = ["Asked", "asked"]


@dataclass(frozen=True, eq=False)
class Asked:
    """The diagram that a criterion is asked of, and what PyCID takes for the answer."""

    nodes: tuple[str, ...]
    shape: CID

    @cached_property
    def recall(self) -> bool:
        """Whether the agent has sufficient recall; PyCID raises ValueError elsewhere."""
        return bool(has_sufficient_recall(self.shape))

    @cached_property
    def reduced(self) -> CID:
        """The diagram without non-requisite links."""
        return minimal_reduction(self.shape)

    def leads(self, start: str, end: str) -> bool:
        """Return whether a directed path is left in the reduced diagram."""
        return bool(directed_path(self.reduced, start, end))

    def leads_to_utility(self, start: str) -> bool:
        """Return whether a directed path to a utility is left in the reduced diagram."""
        return any(self.leads(start, utility) for utility in self.shape.utilities)

    def answer(self, verdict: Verdict, theirs: bool, *, any_recall: bool = False) -> bool:
        """Return whether ``verdict`` admits; warn where PyCID says something else (``theirs``).

        ``any_recall``: PyCID does not ask for sufficient recall. Where no theorem settles the question, True is
        returned, as PyCID does.

        Raises:
            NotApplicable: not settled, without sufficient recall, where PyCID raises too.

        """
        what, silent = f"{verdict.concept} of {verdict.node}", not (any_recall or self.recall)
        if verdict.status == "undetermined":
            if silent:
                raise NotApplicable(f"{what} is undetermined: {verdict.reason}.")
            differs(f"{what} is not excluded, but no theorem says that some model has it ({verdict.reason}). True is "
                    "returned, as PyCID does; cm.incentives tells the two apart.")  # fmt: skip
            return True
        if silent:
            differs(f"{what} is settled without sufficient recall: {verdict.reason}. PyCID raises ValueError.")
        elif bool(verdict) != theirs:
            differs(f"{what} is {verdict.status}: {verdict.reason}. PyCID says {theirs}.")
        return bool(verdict)

    def listed(self, admits: Callable[[str], bool]) -> list[str]:
        """Return the nodes that have a property, parents before children."""
        return [node for node in self.shape.nodes if node in self.nodes and admits(node)]


def asked(cid: MACIDBase, *nodes: str) -> Asked:
    """Return the diagram of a one-agent network that has ``nodes``.

    Raises:
        NotApplicable: several agents (a ValueError, as with PyCID).
        UnknownNode: a name that is no node (a KeyError, as with PyCID).

    """
    if len(cid.agents) > 1:
        raise NotApplicable(f"this criterion is for one agent; the agents are {', '.join(map(str, cid.agents))}. "
                            "For one agent among several: cm.incentives(cm.interop.from_pycid(macid)).")  # fmt: skip
    for node in nodes:
        if node not in cid:
            raise UnknownNode(node, list(cid.nodes))
    return Asked(tuple(cid.nodes), engine.diagram(cid))
