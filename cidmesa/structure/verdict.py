"""Judgements: records that act as a bool and carry what shows them, and the steps of a reduction."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from cidmesa.display import Displays, Proves

if TYPE_CHECKING:
    from cidmesa.structure.diagram import CID

__all__ = ["Judgement", "Removal", "Rule", "Status", "Step", "Verdict", "braces"]

Status = Literal["admits", "excluded", "undetermined", "not applicable"]


@dataclass(frozen=True, slots=True)
class Judgement(Displays):
    """A statement about a diagram, with its truth value, its evidence and its reason.

    ``witness`` holds node names: a path if one shows the statement, otherwise the set or order that ``reason`` names.

    Source: ours.

    >>> bool(Judgement("soluble", True, ("D2", "D1"), "the relevance graph is acyclic"))
    True
    """

    concept: str
    holds: bool
    witness: tuple[str, ...]
    reason: str
    theorem: str = ""

    def __bool__(self) -> bool:
        return self.holds

    def __str__(self) -> str:
        source = f" [{self.theorem}]" if self.theorem else ""
        return f"{'' if self.holds else 'not '}{self.concept}, because {self.reason}{source}"


@dataclass(frozen=True, slots=True)
class Verdict(Displays, Proves):
    """Whether a diagram admits an incentive; ``bool(verdict)`` is ``status == "admits"``.

    "admits": some model on this diagram has the incentive. "excluded": none has. "undetermined": no known criterion
    settles it. "not applicable": the definition does not cover the question. ``witness`` is a path of node names for
    "admits", and for "excluded" the nodes that ``reason`` names (a separating set, or links that a reduction drops).
    ``diagram`` is what was asked about; figures of the witness are cut out of it.

    Source: "admits" and "excluded" as in Everitt et al. 2021; "undetermined" is ours.

    >>> from cidmesa import admits_ri, cid
    >>> verdict = admits_ri(cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"]), "D", "S")
    >>> bool(verdict), verdict.status, verdict.witness, verdict.reason
    (True, 'admits', ('S', 'D'), 'S -> D')
    """

    concept: str
    agent: str
    decision: str | None
    node: str
    status: Status
    witness: tuple[str, ...]
    reason: str
    theorem: str
    diagram: CID | None = field(default=None, repr=False, compare=False)

    def __bool__(self) -> bool:
        return self.status == "admits"

    def __str__(self) -> str:
        where = f"decision {self.decision}, {self.node}" if self.decision else self.node
        source = f" [{self.theorem}]" if self.theorem else ""
        return f"{self.concept} of {self.agent} ({where}): {self.status}, because {self.reason}{source}"

    def to_json(self) -> dict[str, Any]:
        """Return the fields as plain data for JSON, ``witness`` as a list."""
        plain = {one.name: getattr(self, one.name) for one in fields(self) if one.compare}
        return plain | {"witness": list(self.witness)}


Rule = Literal["R0", "R1", "R2", "R3"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a reduction: the rule, the information links that it removed, and the nodes that show it.

    ``given`` holds, for R0 and R1, a set that separates the removed observations from the utilities; for R2, the chance
    nodes whose links are removed; for R3, the order of decisions without forgetting.
    """

    rule: Rule
    links: tuple[tuple[str, str], ...]
    given: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Removal:
    """Information links that a rule removes, by position; the step that says why is made when it is read."""

    links: tuple[tuple[int, int], ...]
    made: Callable[[], Step]

    @cached_property
    def step(self) -> Step:
        """The step of the reduction."""
        return self.made()


def braces(nodes: Iterable[str]) -> str:
    """Return the names in braces.

    >>> braces(["A", "B"])
    '{A, B}'
    """
    return f"{{{', '.join(nodes)}}}"
