"""How values show themselves in a notebook without knowing who draws them, and the tables that they share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from html import escape
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from dataclasses import Field

__all__ = [
    "Displays",
    "Hints",
    "Html",
    "Proves",
    "Stated",
    "Tells",
    "aligned",
    "elsewhere",
    "html_bold",
    "html_mark",
    "html_table",
    "latex_text",
    "markdown_rows",
    "named",
]

MAX_SHOWN = 200  # characters of a value's text in its repr

_RULE = "1px solid rgba(128, 128, 128, 0.6)"
_TABLE = f"border-collapse: collapse; border-top: {_RULE}; border-bottom: {_RULE}; margin: 0.4em 0; width: auto"
_CELL = "padding: 0.15em 0.9em; background: transparent; vertical-align: top; max-width: 48em; white-space: normal"
_MARK = "border-radius: 0.6em; padding: 0 0.5em; color: #14202b; background: "
_MARKS = {"yes": f"{_MARK}#bfe3c8", "no": f"{_MARK}#f1c4bd", "?": f"{_MARK}#f4dd9b"}
_FAINT = "opacity: 0.7"


class Displays:
    """Mixin for values that show themselves in a notebook as picture or table, with LaTeX and text beside it."""

    __slots__ = ()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:  # noqa: ARG002 (Jupyter's protocol)
        bundle: dict[str, str] = import_module(__package__)._bundle(self)  # noqa: SLF001 (the package knows who draws)
        return bundle


class Proves:
    """Mixin for results that write down what shows them, for `cidmesa verify` to check."""

    __slots__ = ()

    def proof(self, *about: Any) -> dict[str, Any]:
        """Return a proof as plain data for JSON; ``about``: the diagram or model, where the result does not hold it.

        Raises:
            NotApplicable: no checker can follow the reason for this result, or ``about`` is missing.

        """
        found: dict[str, Any] = import_module(__package__)._proof(self, *about)  # noqa: SLF001 (as above)
        return found


class Hints:
    """Mixin for values that are taken for others: a name that only those have is answered by what to take instead.

    ``_elsewhere`` holds such names with the remedy, see `elsewhere`.

    >>> class Half(Hints):
    ...     _elsewhere = {"whole": "Take two."}
    >>> Half().whole
    Traceback (most recent call last):
    AttributeError: 'Half' object has no attribute 'whole'. Take two.
    """

    __slots__ = ()
    _elsewhere: ClassVar[Mapping[str, str]] = {}

    if not TYPE_CHECKING:  # a type checker would take every name for known

        def __getattr__(self, name: str) -> Any:
            remedy = self._elsewhere.get(name)
            if remedy is None or hasattr(type(self), name):
                return object.__getattribute__(self, name)  # again, for the error that led here
            message = f"{type(self).__name__!r} object has no attribute {name!r}. {remedy}"
            raise AttributeError(message, name=name, obj=self)


def elsewhere(remedy: str, *kinds: type) -> dict[str, str]:
    """Return the remedy for each public name of these classes.

    >>> elsewhere("Take the shape.", Html)["title"]
    'Take the shape.'
    """
    names = (name for kind in kinds for name in (*dir(kind), *getattr(kind, "__dataclass_fields__", ())))
    return {name: remedy for name in names if not name.startswith("_")}


class Tells(Displays):
    """Mixin for values with ``to_text``: ``str`` gives that text, ``repr`` the class and the text on one short line.

    A dataclass must be made with ``repr=False``.
    """

    __slots__ = ()

    @abstractmethod
    def to_text(self) -> str:
        """Return the value as text."""

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        return named(self, self.to_text())


class Stated:
    """Mixin for dataclasses, made with ``repr=False``, whose ``repr`` leaves out what is as it is by default."""

    __slots__ = ()

    def stated(self) -> dict[str, Any]:
        """Return the fields that are not as they are by default."""
        shown = ((f, getattr(self, f.name)) for f in fields(self))  # type: ignore[arg-type]  # a dataclass
        return {f.name: value for f, value in shown if value != _usual(f)}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.stated().items())})"


def _usual(f: Field[Any]) -> object:
    return f.default_factory() if f.default_factory is not MISSING else f.default


def named(value: object, text: str) -> str:
    r"""Return the name of the value's class with a text about it on one line, cut where it is long.

    >>> named(5, "it is:\n  odd\n  prime")
    'int(it is: odd; prime)'
    """
    line = "; ".join(part for part in map(str.strip, text[: 2 * MAX_SHOWN].splitlines()) if part).replace(":; ", ": ")
    return f"{type(value).__name__}({line if len(line) <= MAX_SHOWN else line[: MAX_SHOWN - 3] + '...'})"


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def html_mark(mark: str, hint: str = "") -> Html:
    """Return a mark such as yes, no or ? on its colour, anything else faint; ``hint`` is shown on hovering.

    >>> html_mark(".")
    '<span style="opacity: 0.7">.</span>'
    """
    title = f' title="{escape(hint)}"' if hint else ""
    return Html(f'<span style="{_MARKS.get(mark, _FAINT)}"{title}>{escape(mark)}</span>')


def html_bold(text: str) -> Html:
    """Return text in bold.

    >>> html_bold("a < b")
    '<b>a &lt; b</b>'
    """
    return Html(f"<b>{escape(text, quote=False)}</b>")


def html_table(head: Sequence[str], rows: Sequence[Sequence[str]], align: str, caption: str = "") -> Html:
    """Return an HTML table that reads well on light and dark ground; ``align`` has l, c or r for each column.

    >>> html_table(["x"], [["<1>"]], "r").count("&lt;1&gt;")
    1
    """
    sides = [{"l": "left", "c": "center", "r": "right"}[letter] for letter in align]
    above = f'<caption style="{_CELL}; text-align: left; caption-side: top; color: inherit">{_text(caption)}</caption>'
    top = _row("th", head, sides, f"; border-bottom: {_RULE}; font-weight: bold")
    body = "".join(_row("td", row, sides) for row in rows)
    return Html(f'<table style="{_TABLE}">{above if caption else ""}<thead>{top}</thead><tbody>{body}</tbody></table>')


def _row(tag: str, cells: Sequence[str], sides: Sequence[str], more: str = "") -> str:
    shown = "".join(
        f'<{tag} style="{_CELL}; text-align: {side}{more}">{_text(cell)}</{tag}>'
        for cell, side in zip(cells, sides, strict=True)
    )
    return f'<tr style="background: transparent">{shown}</tr>'


def _text(cell: str) -> str:
    return cell if isinstance(cell, Html) else escape(cell, quote=False)


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
