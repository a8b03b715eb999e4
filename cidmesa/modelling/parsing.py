"""Text of expressions as a syntax tree, or an error that names the column."""

from __future__ import annotations

import ast
import re

from cidmesa.errors import ModelError

__all__ = ["ExpressionError", "parsed"]

MAX_LENGTH = 2_000  # characters

_SIGNS = {  # what does not parse here, though it does elsewhere
    r"(?<![=<>!])=(?!=)": " To compare, write ==.",
    r"&|\||!(?!=)": " Write and, or, not.",
    r"%\s*$": " Write a percentage as a fraction, such as 1/2.",
    r"<>": " Write != for not equal.",
}


class ExpressionError(ModelError):
    """An expression that can't be read or evaluated; ``column`` counts from 1 within the text."""

    def __init__(self, text: str, column: int, what: str) -> None:
        super().__init__(text, column, what)
        self.column = column

    def __str__(self) -> str:
        text, column, what = self.args
        shown = text if len(text) <= 60 else f"{text[:57]}..."
        return f"in the expression {shown!r}, column {column}: {what}"


def parsed(text: str) -> ast.expr:
    """Return the syntax tree of an expression; ExpressionError says where it does not parse and what to write."""
    if len(text) > MAX_LENGTH:
        raise ExpressionError(text, MAX_LENGTH, f"longer than {MAX_LENGTH} characters. Write a table instead.")
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError as error:
        what = (error.msg or "this does not parse").removeprefix("invalid syntax. ")
        hint = next((hint for sign, hint in _SIGNS.items() if re.search(sign, text)), "")
        raise ExpressionError(text, max(error.offset or 1, 1), f"{what}.{hint}") from None
    except (RecursionError, MemoryError, ValueError):
        raise ExpressionError(text, 1, "nested too deeply or holds a character that can't stand there.") from None
