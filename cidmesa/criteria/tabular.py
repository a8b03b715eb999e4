"""Rows of cells as aligned text, Markdown and LaTeX."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["aligned", "latex_text", "markdown_rows"]

_LATEX_SPECIAL = str.maketrans(
    {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    | {character: "\\" + character for character in "&%$#_{}"}
)


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Return one line for each row, columns of equal width.

    >>> print(aligned([("a", "bc"), ("def", "g")]))
    a    bc
    def  g
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def markdown_rows(rows: Sequence[Sequence[str]]) -> str:
    r"""Return a Markdown table whose head is the first row.

    >>> print(markdown_rows([("a", "b"), ("c|d", "e")]))
    | a | b |
    |---|---|
    | c\|d | e |
    """
    lines = ["| " + " | ".join(cell.replace("|", r"\|") for cell in row) + " |" for row in rows]
    return "\n".join([lines[0], "|---" * len(rows[0]) + "|", *lines[1:]])


def latex_text(text: str) -> str:
    r"""Return ``text`` with the characters that LaTeX treats specially escaped.

    >>> print(latex_text("U_1 & co"))
    U\_1 \& co
    """
    return text.translate(_LATEX_SPECIAL)
