"""A table of verdicts: selecting from it and writing it as text, Markdown, LaTeX, JSON or a data frame."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from cidmesa.criteria.layout import aligned, latex_text, markdown_rows
from cidmesa.display import Displays

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cidmesa.structure.verdict import Status, Verdict

__all__ = ["CONCEPTS", "Block", "IncentiveTable"]

CONCEPTS = ("voi", "voc", "ri", "ici", "impact")
_MARKS: dict[Status, str] = {"admits": "yes", "excluded": ".", "undetermined": "?", "not applicable": "-"}
_LEGEND = "yes: admitted   . excluded   ? undetermined   - not applicable"
_LATEX_MARKS = {"yes": r"$\bullet$", ".": r"$\cdot$", "?": "?", "-": "--", "": ""}


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


@dataclass(frozen=True)
class IncentiveTable(Displays):
    """Verdicts on incentives, in the order agent, decision, node, concept.

    >>> from cidmesa import cid, incentives
    >>> print(incentives(cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])).to_text())
    agent: D  voi  voc  ri   ici  impact
    S         yes  yes  yes  .    .
    D         -    -    -    yes  yes
    U         -    yes  .    yes  yes
    <BLANKLINE>
    yes: admitted   . excluded   ? undetermined   - not applicable
    """

    verdicts: tuple[Verdict, ...]

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
        """Return the table of the verdicts with these values; what is left out may be anything.

        Value of control belongs to an agent, so ``decision=`` leaves it out.

        >>> from cidmesa import cid, incentives
        >>> table = incentives(cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"]))
        >>> len(table), [verdict.concept for verdict in table.select(node="S", status="admits")]
        (15, ['voc', 'voi', 'ri'])
        """
        given = {"concept": concept, "agent": agent, "decision": decision, "node": node, "status": status}
        wanted = [(name, value) for name, value in given.items() if value is not None]
        return IncentiveTable(tuple(v for v in self if all(getattr(v, name) == value for name, value in wanted)))

    @property
    def blocks(self) -> tuple[Block, ...]:
        """One block for each agent and decision; an agent's verdicts on value of control stand in each of them."""
        keys = dict.fromkeys((verdict.agent, verdict.decision) for verdict in self)
        with_decision = {agent for agent, decision in keys if decision is not None}
        return tuple(self._block(*key) for key in keys if key[1] is not None or key[0] not in with_decision)

    def _block(self, agent: str, decision: str | None) -> Block:
        cells = {
            (v.node, v.concept): _MARKS[v.status] for v in self if v.agent == agent and v.decision in (decision, None)
        }
        concepts = tuple(concept for concept in CONCEPTS if any(concept == c for _, c in cells))
        rows = tuple((node, *(cells.get((node, concept), "") for concept in concepts)) for node in _firsts(cells))
        return Block(agent, decision, concepts, rows)

    def to_text(self) -> str:
        """Return one aligned matrix for each block, nodes down and concepts across, and what the marks mean."""
        parts = [aligned([(block.title, *block.concepts), *block.rows]) for block in self.blocks]
        return "\n\n".join([*parts, _LEGEND])

    def to_markdown(self) -> str:
        """Return one Markdown table for each block.

        >>> from cidmesa import cid, incentives
        >>> print(incentives(cid("D -> U", decisions=["D"], utilities=["U"])).select(concept="ici").to_markdown())
        | agent: D | ici |
        |---|---|
        | D | yes |
        | U | yes |
        """
        return "\n\n".join(_markdown(block) for block in self.blocks)

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


def _firsts(cells: dict[tuple[str, str], str]) -> list[str]:
    return list(dict.fromkeys(node for node, _ in cells))


def _markdown(block: Block) -> str:
    return markdown_rows([(block.title, *block.concepts), *block.rows])


def _latex_rows(block: Block, width: int) -> str:
    head = [latex_text(block.title), *block.concepts]
    rows = [[latex_text(row[0]), *(_LATEX_MARKS[mark] for mark in row[1:])] for row in block.rows]
    lines = [" & ".join(cells + [""] * (width + 1 - len(cells))) + r" \\" for cells in [head, *rows]]
    return "\n".join([lines[0], r"\midrule", *lines[1:]])
