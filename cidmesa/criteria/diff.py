"""`incentive_diff`: what a change of the diagram does to its incentives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from cidmesa.criteria.concepts import spelt_out
from cidmesa.criteria.incentives import incentives
from cidmesa.display import Tells, aligned, latex_text, markdown_rows

if TYPE_CHECKING:
    from cidmesa.structure.diagram import CID
    from cidmesa.structure.verdict import Status, Verdict

__all__ = ["Change", "IncentiveDiff", "incentive_diff"]

Link = tuple[str, str]
_HEAD = ("", "agent", "decision", "node", "concept", "before", "after")


@dataclass(frozen=True, slots=True)
class Change:
    """One incentive whose status differs; ``None`` if one of the diagrams does not have the question.

    ``reason`` is that of the verdict after the change or, if there is none, before it.
    """

    agent: str
    decision: str | None
    node: str
    concept: str
    before: Status | None
    after: Status | None
    reason: str

    @property
    def kind(self) -> Literal["appeared", "vanished", "changed"]:
        """Whether the incentive is newly admitted, no longer admitted, or neither."""
        if self.after == "admits":
            return "appeared"
        return "vanished" if self.before == "admits" else "changed"


@dataclass(frozen=True, repr=False)
class IncentiveDiff(Tells):
    """The incentives that appeared, vanished or changed, and the links that were added or removed.

    Source: ours.

    >>> from cidmesa import cid
    >>> before = cid("D -> Click -> U; D -> Opinion -> Click", decisions=["D"], utilities=["U"])
    >>> print(incentive_diff(before, before.without_link("Opinion", "Click")))
    removed: Opinion -> Click
    <BLANKLINE>
              agent  decision  node     concept  before  after
    vanished  agent  -         Opinion  voc      admits  excluded
    vanished  agent  D         Opinion  ici      admits  excluded
    <BLANKLINE>
    voc  value of control: the agent would gain by choosing the node's mechanism
    ici  instrumental control incentive: the agent gets utility by steering the node
    """

    changes: tuple[Change, ...]
    links_added: tuple[Link, ...]
    links_removed: tuple[Link, ...]
    shared: tuple[str, ...] = ()  # nodes of both
    sizes: tuple[int, int] = (0, 0)  # how many nodes each has

    @property
    def unrelated(self) -> bool:
        """Whether the diagrams share fewer than half of the smaller one's nodes, so that little can be compared."""
        return 2 * len(self.shared) < min(self.sizes)

    def __iter__(self) -> Iterator[Change]:
        return iter(self.changes)

    def __len__(self) -> int:
        return len(self.changes)

    @property
    def appeared(self) -> tuple[Change, ...]:
        """The incentives that are admitted after the change and were not admitted before."""
        return self._of("appeared")

    @property
    def vanished(self) -> tuple[Change, ...]:
        """The incentives that were admitted before the change and no longer are."""
        return self._of("vanished")

    @property
    def changed(self) -> tuple[Change, ...]:
        """The incentives whose status changed in another way, for example from undetermined to excluded."""
        return self._of("changed")

    def _of(self, kind: str) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.kind == kind)

    def to_text(self) -> str:
        """Return the links that differ, and an aligned table of the changes with the meaning of its concepts.

        For `unrelated` diagrams, the text says only that they are unrelated and how much differs.
        """
        if self.unrelated:
            return self._strangers()
        if not self.changes:
            return "\n\n".join(filter(None, ["\n".join(self._link_lines()), "no incentive differs"]))
        legend = spelt_out(change.concept for change in self.changes)
        table = aligned([_HEAD, *self._rows()])
        return "\n\n".join(filter(None, ["\n".join(self._link_lines()), table, legend]))

    def _strangers(self) -> str:
        before, after = self.sizes
        return (
            f"These diagrams have little in common: of their {before} and {after} nodes, the names in both "
            f"are: {', '.join(self.shared) or 'none'}.\nIncentives are compared by name, so what differs "
            f"({len(self)} incentives, {len(self.links_added) + len(self.links_removed)} links) says little; JSON, "
            "Markdown and LaTeX list it."
        )

    def __repr__(self) -> str:
        kinds = ", ".join(f"{len(self._of(kind))} {kind}" for kind in ("appeared", "vanished", "changed"))
        return f"IncentiveDiff({kinds}; {len(self.links_added)} links added, {len(self.links_removed)} removed)"

    def to_markdown(self) -> str:
        """Return the links that differ as a list and a Markdown table of the changes."""
        links = "\n".join(f"- {line}" for line in self._link_lines())
        table = markdown_rows([_HEAD, *self._rows()]) if self.changes else "No incentive differs."
        return "\n\n".join(filter(None, [links, table]))

    def to_latex(self) -> str:
        r"""Return one ``tabular`` with the rules of booktabs (needs ``\usepackage{booktabs}``)."""
        lines = [" & ".join(map(latex_text, row)) + r" \\" for row in [_HEAD, *self._rows()]]
        return "\n".join(
            [
                r"\begin{tabular}{lllllll}",
                r"\toprule",
                lines[0],
                r"\midrule",
                *lines[1:],
                r"\bottomrule",
                r"\end{tabular}",
            ]
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain data: links added and removed, and the changes, one dict each."""
        links = {"added": list(map(list, self.links_added)), "removed": list(map(list, self.links_removed))}
        return {"links": links, "changes": [asdict(change) | {"kind": change.kind} for change in self.changes]}

    def _rows(self) -> list[tuple[str, ...]]:
        return [
            (c.kind, c.agent, c.decision or "-", c.node, c.concept, c.before or "-", c.after or "-")
            for c in self.changes
        ]

    def _link_lines(self) -> list[str]:
        marked = [("added", link) for link in self.links_added] + [("removed", link) for link in self.links_removed]
        return [f"{what}: {parent} -> {child}" for what, (parent, child) in marked]


def incentive_diff(before: CID, after: CID) -> IncentiveDiff:
    """Return which incentives appeared, vanished or changed from ``before`` to ``after``.

    Agents, decisions, nodes and concepts of `incentives` are compared by name. A question that only one diagram has is
    listed only if its answer is "admits".

    Source: ours.

    Args:
        before: the diagram before the change.
        after: the diagram after the change.

    >>> from cidmesa import cid
    >>> before = cid("S -> U; D -> U", decisions=["D"], utilities=["U"])
    >>> [change.concept for change in incentive_diff(before, before.with_link("S", "D")).appeared]
    ['ri']
    """
    old, new = _by_question(incentives(before)), _by_question(incentives(after))
    compared = ((key, old.get(key), new.get(key)) for key in dict.fromkeys([*old, *new]))
    changes = tuple(_change(key, was, now) for key, was, now in compared if _differ(was, now))
    shared = tuple(node for node in before.nodes if node in after)
    return IncentiveDiff(changes, _beyond(after, before), _beyond(before, after), shared, (len(before), len(after)))


_Key = tuple[str, "str | None", str, str]


def _by_question(verdicts: Iterable[Verdict]) -> dict[_Key, Verdict]:
    return {(v.agent, v.decision, v.node, v.concept): v for v in verdicts}


def _differ(was: Verdict | None, now: Verdict | None) -> bool:
    if was is None or now is None:
        return bool(was or now)
    return was.status != now.status


def _change(key: _Key, was: Verdict | None, now: Verdict | None) -> Change:
    known = now if now is not None else was
    reason = known.reason if known is not None else ""
    return Change(*key, _status(was), _status(now), reason)


def _status(verdict: Verdict | None) -> Status | None:
    return None if verdict is None else verdict.status


def _beyond(cid: CID, other: CID) -> tuple[Link, ...]:
    there = set(other.edges)
    return tuple(link for link in cid.edges if link not in there)
