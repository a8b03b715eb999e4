"""All incentives of a diagram in one sweep, as a table to select from and to write as text, LaTeX, JSON and others."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib import import_module
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple, overload

from cidmesa.criteria.concepts import CONCEPTS, meanings, spelt_out
from cidmesa.criteria.decision_problem import Problem
from cidmesa.criteria.ground import Decided
from cidmesa.display import Tells, aligned, html_mark, html_table, latex_text, markdown_rows
from cidmesa.errors import NotApplicable, near_miss
from cidmesa.structure.verdict import Status, Verdict

if TYPE_CHECKING:
    from cidmesa.structure.diagram import CID

__all__ = ["Block", "Entry", "IncentiveTable", "LazyVerdicts", "incentives"]


class Entry(NamedTuple):
    """What a verdict says, without what shows it."""

    agent: str
    decision: str | None
    node: str
    concept: str
    status: Status


@dataclass(frozen=True)
class _Sheet:
    """The verdicts of one agent (``decision`` is ``None``) or decision: node by node, the concepts of each."""

    problem: Problem
    decision: str | None
    concepts: tuple[Decided, ...]

    def __len__(self) -> int:
        return len(self.concepts) * len(self.problem.cid)

    def entry(self, place: int) -> Entry:
        """Return the status at a place, without its reasons."""
        node, k = divmod(place, len(self.concepts))
        decided = self.concepts[k]
        status = decided.status(node, self._bit)
        return Entry(self.problem.agent, self.decision, self.problem.cid.nodes[node], decided.concept.key, status)

    def verdict(self, place: int) -> Verdict:
        """Return the whole verdict at a place."""
        node, k = divmod(place, len(self.concepts))
        return self.concepts[k].verdict(self.decision, self.problem.cid.nodes[node])

    @cached_property
    def _bit(self) -> int:
        diagram = self.problem.diagram
        return 1 if self.decision is None else diagram.net.bit[diagram.index(self.decision)]


def _sheets(cid: CID, agent: str) -> Iterator[_Sheet]:
    problem = Problem(cid, agent)
    decided = [Decided(concept, problem) for concept in CONCEPTS.values()]
    for one in decided:
        one.settle()
    yield _Sheet(problem, None, tuple(one for one in decided if one.concept.of_agent))
    for decision in cid.decisions_of(agent):
        yield _Sheet(problem, decision, tuple(one for one in decided if not one.concept.of_agent))


@dataclass(frozen=True, eq=False, repr=False)
class LazyVerdicts(Sequence[Verdict]):
    """The verdicts on a diagram, each made when it is used; equal to the tuple of them, and pickled as that tuple.

    >>> from cidmesa import cid
    >>> verdicts = LazyVerdicts.of(cid("D -> U", decisions=["D"], utilities=["U"]))
    >>> len(verdicts), verdicts[0].concept, verdicts == tuple(verdicts)
    (10, 'voc', True)
    """

    sheets: tuple[_Sheet, ...]
    chosen: Sequence[int]

    @classmethod
    def of(cls, cid: CID) -> LazyVerdicts:
        """Return the verdicts for all agents, decisions, nodes and concepts; the statuses are worked out now."""
        sheets = tuple(sheet for agent in cid.agents for sheet in _sheets(cid, agent))
        return cls(sheets, range(sum(map(len, sheets))))

    def entries(self) -> Iterator[Entry]:
        """Yield what each verdict says, without making it."""
        return (sheet.entry(place) for sheet, place in map(self._located, self.chosen))

    def picked(self, places: Iterable[int]) -> LazyVerdicts:
        """Return the verdicts at these places."""
        return replace(self, chosen=tuple(self.chosen[place] for place in places))

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *accumulate(map(len, self.sheets))]

    def _located(self, number: int) -> tuple[_Sheet, int]:
        sheet = bisect_right(self._starts, number) - 1
        return self.sheets[sheet], number - self._starts[sheet]

    @overload
    def __getitem__(self, index: int) -> Verdict: ...
    @overload
    def __getitem__(self, index: slice) -> LazyVerdicts: ...
    def __getitem__(self, index: int | slice) -> Verdict | LazyVerdicts:
        if isinstance(index, slice):
            return replace(self, chosen=self.chosen[index])
        sheet, place = self._located(self.chosen[index])
        return sheet.verdict(place)

    def __len__(self) -> int:
        return len(self.chosen)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, tuple | LazyVerdicts) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"LazyVerdicts({len(self)} verdicts)"

    def __reduce__(self) -> tuple[Any, ...]:
        return tuple, (tuple(self),)


_MARKS: dict[Status, str] = {"admits": "yes", "excluded": ".", "undetermined": "?", "not applicable": "-"}
_LEGEND = "yes: admitted   . excluded   ? undetermined   - not applicable"
MAX_SHOWN = 250  # verdicts that the repr spells out
MAX_HINTS = 2_000  # marks that tell their reason
_HTML_MARKS = {".": "·", "-": "–"}
_LATEX_MARKS = {"yes": r"$\bullet$", ".": r"$\cdot$", "?": "?", "-": "--", "": ""}


def incentives(cid: CID) -> IncentiveTable:
    """Return the verdicts for all agents, decisions, nodes and concepts (voi, voc, ri, ici, impact).

    The verdicts are those of `admits_voi`, `admits_voc`, `admits_ri`, `admits_ici` and `admits_impact`. The statuses of
    all decisions of an agent are computed at once; the path, reason and theorem of a verdict are computed when you use
    them. Value of control belongs to an agent, so its ``decision`` is ``None``.

    Source: Everitt et al. 2021; Carey et al. 2025 for impact; with several decisions the reduced diagram is ours.

    Args:
        cid: the diagram.

    >>> from cidmesa import cid
    >>> table = incentives(cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"]))
    >>> [verdict.node for verdict in table.select(concept="ici", status="admits")]
    ['D', 'U']
    """
    return IncentiveTable(LazyVerdicts.of(cid))


@dataclass(frozen=True, slots=True)
class Block:
    """The part of a table that one decision (or an agent without decisions) has: marks for each node and concept."""

    agent: str
    decision: str | None
    concepts: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]  # node, then one mark for each concept

    @property
    def title(self) -> str:
        """Agent and decision, or the agent alone."""
        return f"{self.agent}: {self.decision}" if self.decision else self.agent


@dataclass(frozen=True, repr=False)
class IncentiveTable(Tells):
    """Verdicts on incentives, in the order agent, decision, node, concept.

    Source: Everitt et al. 2021.

    >>> from cidmesa import cid, incentives
    >>> print(incentives(cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])).to_text())
    agent: D  voi  voc  ri   ici  impact
    S         yes  yes  yes  .    .
    D         -    -    -    yes  yes
    U         -    yes  .    yes  yes
    <BLANKLINE>
    yes: admitted   . excluded   ? undetermined   - not applicable
    <BLANKLINE>
    voi     value of information: the decision is worth more if it observes the node
    voc     value of control: the agent would gain by choosing the node's mechanism
    ri      response incentive: every optimal policy responds to the node
    ici     instrumental control incentive: the agent gets utility by steering the node
    impact  impact incentive: every optimal policy moves the node, if only as a side effect
    """

    verdicts: Sequence[Verdict]

    def __iter__(self) -> Iterator[Verdict]:
        return iter(self.verdicts)

    def __len__(self) -> int:
        return len(self.verdicts)

    def select(
        self,
        *,
        concept: str | None = None,
        agent: str | None = None,
        decision: str | None = None,
        node: str | None = None,
        status: Status | None = None,
    ) -> IncentiveTable:
        """Return the table of the verdicts with these values; an argument that is left out matches everything.

        Value of control belongs to an agent, so ``decision=`` excludes it.

        Raises:
            NotApplicable: a concept or status is unknown.

        >>> from cidmesa import cid, incentives
        >>> table = incentives(cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"]))
        >>> len(table), [verdict.concept for verdict in table.select(node="S", status="admits")]
        (15, ['voc', 'voi', 'ri'])
        """
        _check_known("concept", concept, tuple(CONCEPTS))
        _check_known("status", status, tuple(_MARKS))
        given = {"concept": concept, "agent": agent, "decision": decision, "node": node, "status": status}
        wanted = [(name, value) for name, value in given.items() if value is not None]
        places = [i for i, e in enumerate(self._entries()) if all(getattr(e, name) == value for name, value in wanted)]
        if isinstance(self.verdicts, LazyVerdicts):
            return IncentiveTable(self.verdicts.picked(places))
        return IncentiveTable(tuple(self.verdicts[i] for i in places))

    def _entries(self) -> Iterable[Verdict | Entry]:
        """Return what the verdicts say, without making those that nobody has looked at."""
        return self.verdicts.entries() if isinstance(self.verdicts, LazyVerdicts) else self.verdicts

    @property
    def blocks(self) -> tuple[Block, ...]:
        """One block for each agent and decision; each block repeats the agent's verdicts on value of control."""
        cells: dict[tuple[str, str | None], dict[tuple[str, str], str]] = {}
        for entry in self._entries():
            cells.setdefault((entry.agent, entry.decision), {})[entry.node, entry.concept] = _MARKS[entry.status]
        with_decision = {agent for agent, decision in cells if decision is not None}
        return tuple(
            self._block(agent, decision, cells.get((agent, None), {}) | own)
            for (agent, decision), own in cells.items()
            if decision is not None or agent not in with_decision
        )

    def _block(self, agent: str, decision: str | None, cells: dict[tuple[str, str], str]) -> Block:
        concepts = tuple(concept for concept in CONCEPTS if any(concept == c for _, c in cells))
        rows = tuple(
            (node, *(cells.get((node, concept), "") for concept in concepts))
            for node in dict.fromkeys(node for node, _ in cells)
        )
        return Block(agent, decision, concepts, rows)

    def to_text(self) -> str:
        """Return an aligned matrix for each block, with nodes down and concepts across, and an explanation."""
        parts = [aligned([(block.title, *block.concepts), *block.rows]) for block in self.blocks]
        return "\n\n".join(filter(None, [*parts, _LEGEND, spelt_out(self._concepts())]))

    def _concepts(self) -> set[str]:
        return {entry.concept for entry in self._entries()}

    def __repr__(self) -> str:
        return self.to_text() if len(self) <= MAX_SHOWN else f"IncentiveTable({len(self)} verdicts; select a part)"

    def to_html(self) -> str:
        """Return the tables of all blocks side by side; in small tables, each mark shows its reason on hovering."""
        told = self if len(self) <= MAX_HINTS else ()
        reasons = {(v.agent, v.decision, v.node, v.concept): v.reason for v in told}
        tables = "".join(f"<div>{_html(block, reasons)}</div>" for block in self.blocks)
        grid = f'<div style="display: flex; flex-wrap: wrap; column-gap: 2.5em">{tables}</div>'
        marks = "".join(_HTML_MARKS.get(letter, letter) for letter in _LEGEND)
        named = (f"<b>{concept}</b> {meaning}" for concept, meaning in meanings(self._concepts()).items())
        legend = "<br/>".join(["; ".join(marks.split("   ")), *named])
        return f'{grid}<div style="font-size: 85%; opacity: 0.75">{legend}</div>'

    def to_markdown(self) -> str:
        """Return one Markdown table for each block.

        >>> from cidmesa import cid, incentives
        >>> print(incentives(cid("D -> U", decisions=["D"], utilities=["U"])).select(concept="ici").to_markdown())
        | agent: D | ici |
        |---|---|
        | D | yes |
        | U | yes |
        """
        return "\n\n".join((markdown_rows([(block.title, *block.concepts), *block.rows])) for block in self.blocks)

    def to_latex(self) -> str:
        r"""Return one ``tabular`` with the rules of booktabs (needs ``\usepackage{booktabs}``).

        >>> from cidmesa import cid, incentives
        >>> print(incentives(cid("D -> U_1", decisions=["D"], utilities=["U_1"])).select(concept="ici").to_latex())
        \begin{tabular}{lc}
        \toprule
        agent: D & ici \\
        \midrule
        D & $\bullet$ \\
        U\_1 & $\bullet$ \\
        \bottomrule
        \end{tabular}
        """
        width = max((len(block.concepts) for block in self.blocks), default=0)
        parts = [_latex_rows(block, width) for block in self.blocks]
        body = "\n\\midrule\n".join(parts)
        lines = [rf"\begin{{tabular}}{{l{'c' * width}}}", r"\toprule", body, r"\bottomrule", r"\end{tabular}"]
        return "\n".join(lines)

    def to_json(self) -> list[dict[str, Any]]:
        """Return the verdicts as plain data, one dict each."""
        return [verdict.to_json() for verdict in self]

    def to_pandas(self) -> Any:
        """Return a pandas DataFrame with one row for each verdict; needs the extra ``cidmesa[table]``."""
        return import_module("pandas").DataFrame(
            self.to_json(), columns=["agent", "decision", "node", "concept", "status", "witness", "reason", "theorem"]
        )


def _check_known(name: str, given: str | None, known: tuple[str, ...]) -> None:
    if given is not None and given not in known:
        raise NotApplicable(f"there is no {name} {given!r}.{near_miss(given, known)} Known are: {', '.join(known)}.")


def _html(block: Block, reasons: Mapping[tuple[str, str | None, str, str], str]) -> str:
    rows = []
    for node, *marks in block.rows:
        keys = [(block.agent, None if CONCEPTS[key].of_agent else block.decision, node, key) for key in block.concepts]
        shown = (_HTML_MARKS.get(mark, mark) for mark in marks)
        rows.append([node, *map(html_mark, shown, (reasons.get(key, "") for key in keys))])
    return html_table(["", *block.concepts], rows, "l" + "c" * len(block.concepts), block.title)


def _latex_rows(block: Block, width: int) -> str:
    head = [latex_text(block.title), *block.concepts]
    rows = [[latex_text(row[0]), *(_LATEX_MARKS[mark] for mark in row[1:])] for row in block.rows]
    lines = [" & ".join(cells + [""] * (width + 1 - len(cells))) + r" \\" for cells in [head, *rows]]
    return "\n".join([lines[0], r"\midrule", *lines[1:]])
