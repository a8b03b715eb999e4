"""BIF, the interchange format of Bayesian networks: chance nodes, read and written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import product
from math import prod
from typing import TYPE_CHECKING

from cidmesa.errors import FormatError, NotApplicable
from cidmesa.formats import Format, register, write
from cidmesa.interop.notes import decimal, note, plain, quoted, restored
from cidmesa.interop.part import Part, assembled, given_model, parts_of
from cidmesa.interop.tokens import Token, Tokens, number, text_of

if TYPE_CHECKING:
    import os

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Number, State

__all__ = ["bif_parts", "read_bif", "to_bif", "write_bif"]

_NOTE = "cidmesa"
MAX_ROWS = 2**22


def read_bif(path: str | os.PathLike[str]) -> Model:
    """Return the Bayesian network of a BIF file as a model without decisions and utilities.

    Raises:
        FormatError: the file is not BIF, or it is broken; the message says where.
    """
    return assembled(bif_parts(text_of(path), str(path)), str(path))


def write_bif(model: Model, path: str | os.PathLike[str]) -> None:
    """Write a model without decisions and utilities as a BIF file; `read_bif` gives it back.

    Raises:
        NotApplicable: there are decisions or utilities: fix a policy (`Model.with_policy`) and leave utilities out.
        FileError: the file cannot be written.
    """
    write(path, to_bif(model).encode())


# --- reading ----------------------------------------------------------------------------------------------------


def bif_parts(text: str, source: str) -> tuple[Part, ...]:
    """Return the nodes of a BIF text.

    >>> text = "variable X { type discrete [2] { a, b }; } probability (X) { table 0.25, 0.75; }"
    >>> bif_parts(text, "x.bif")[0].numbers
    (Fraction(1, 4), Fraction(3, 4))
    """
    tokens = Tokens(text, source)
    parts: dict[str, Part] = {}
    notes: dict[str, str] = {}
    while tokens:
        word = tokens.word("variable or probability")
        if word.text == "network":
            while tokens.take("'{'").text != "{":
                pass
            while not tokens.skip("}"):
                _statement(tokens)
        elif word.text == "variable":
            _read_variable(tokens, parts, notes)
        elif word.text == "probability":
            _read_probability(tokens, parts)
        else:
            tokens.fail(
                f"{word.text[:40]!r} is not known. A BIF file has network, variable and probability.", word.line
            )
    for part in parts.values():
        if not part.numbers:
            tokens.fail(f"variable {part.name!r} has no probability block. Is the file cut off?", part.line)
    if not parts:
        tokens.fail("there is no variable in the file.")
    return restored(parts.values(), notes, source)


def _statement(tokens: Tokens) -> list[str]:
    words = []
    while (token := tokens.take("';'")).quoted or token.text != ";":
        words.append(token.text)
    return words


def _read_variable(tokens: Tokens, parts: dict[str, Part], notes: dict[str, str]) -> None:
    name = tokens.word("the name of the variable")
    tokens.expect("{")
    states: tuple[State, ...] = ()
    while not tokens.skip("}"):
        statement = tokens.word("type or property").text
        if statement == "type":
            states = _states(tokens, name)
        else:
            words = _statement(tokens)
            notes |= {name.text: words[1]} if words[:1] == [_NOTE] and len(words) == 2 else {}
    if name.text in parts:
        tokens.fail(f"variable {name.text!r} is declared twice.", name.line)
    parts[name.text] = Part(name.text, states=states, line=name.line)


def _states(tokens: Tokens, name: Token) -> tuple[State, ...]:
    kind = tokens.word("discrete")
    if kind.text != "discrete":
        tokens.fail(f"variable {name.text!r} is {kind.text}; only discrete variables are read.", kind.line)
    tokens.expect("[")
    count = tokens.word("the number of states")
    tokens.expect("]")
    tokens.expect("{")
    states = tuple(tokens.names_until("}", "a state", int(count.text) if count.text.isdecimal() else 0))
    tokens.skip(";")
    if count.text != str(len(states)):
        tokens.fail(
            f"variable {name.text!r} should have {count.text} states, but {len(states)} are listed.", count.line
        )
    return states


def _read_probability(tokens: Tokens, parts: dict[str, Part]) -> None:
    tokens.expect("(")
    name, *given = tokens.head(")", "a variable")
    parents = tuple(token.text for token in given)
    for token in (name, *given):
        if token.text not in parts:
            tokens.fail(f"{token.text!r} is not declared as a variable before its probabilities.", token.line)
    tokens.expect("{")
    block = _Block(parts[name.text], tuple(parts[parent] for parent in parents), tokens)
    block.read_rows()
    while not tokens.skip("}"):
        block.read()
        block.read_rows()
    parts[name.text] = replace(parts[name.text], parents=parents, numbers=block.numbers(name.line))


@cache
def _rows_of(parents: int) -> re.Pattern[str]:
    """Return the pattern of a row ``(a, b) 0.1, 0.9;`` with one word for each parent: these, and the numbers."""
    words = r"\s*,\s*".join([r"[^\s{}()\[\];:,=|\"/<>]+"] * max(1, parents))
    return re.compile(rf"\s*\(\s*({words})\s*\)([\d.eE+\-,\s]*);")


@dataclass
class _Block:
    """The rows of one probability block."""

    part: Part
    parents: tuple[Part, ...]
    tokens: Tokens
    rows: dict[tuple[State, ...], tuple[Number, ...]] = field(default_factory=dict)
    default: tuple[Number, ...] = ()
    table: tuple[Number, ...] = ()
    known: dict[str, tuple[Number, ...] | None] = field(default_factory=dict)

    def read_rows(self) -> None:
        """Read the rows that stand here one after the other, as they are usually written: much faster than by tokens.

        A row with other than one word for each parent, or a number that cannot be read, is not gone past.
        """
        pattern = _rows_of(len(self.parents))
        for match in self.tokens.matches(pattern, lambda match: self._row_of(match[2]) is not None):
            setting = tuple(map(str.strip, match[1].split(",")))
            self.rows[setting] = self._row_of(match[2]) or ()

    def _row_of(self, text: str) -> tuple[Number, ...] | None:
        """Return the numbers in a text, ``None`` where one cannot be read; equal texts give the same numbers."""
        if text not in self.known:
            try:
                self.known[text] = tuple(number(word, "") for word in text.replace(",", " ").split())
            except FormatError:
                self.known[text] = None
        return self.known[text]

    def read(self) -> None:
        """Read one statement."""
        tokens = self.tokens
        if tokens.skip("("):
            setting = tuple(tokens.names_until(")", "a state", len(self.parents)))
            self.rows[setting] = self._numbers()
            return
        word = tokens.word("a row such as '(a, b) 0.1, 0.9;', table or default")
        if word.text == "table":
            self.table = self._numbers()
        elif word.text == "default":
            self.default = self._numbers()
        elif word.text == "property":
            list(tokens.words_until(";", "a number"))
        else:
            tokens.fail(f"a row '(states) numbers;', table or default is expected, not {word.text[:40]!r}.", word.line)

    def _numbers(self) -> tuple[Number, ...]:
        return tuple(map(self.tokens.number, self.tokens.words_until(";", "a number")))

    def numbers(self, line: int) -> tuple[Number, ...]:
        """Return all numbers, the first parent slowest; a ``table`` has the variable's own states slowest."""
        width, settings = len(self.part.states), prod(len(parent.states) for parent in self.parents)
        if self.table:
            if len(self.table) != width * settings:
                return self.table  # of the wrong length, which is said where models are assembled
            return tuple(self.table[state * settings + place] for place in range(settings) for state in range(width))
        if settings > MAX_ROWS:
            self.tokens.fail(f"{self.part.name!r} has {settings} settings of its parents; at most {MAX_ROWS}.", line)
        found: list[Number] = []
        for setting in product(*(parent.states for parent in self.parents)):
            row = self.rows.pop(setting, self.default)
            if len(row) != width:
                shown = ", ".join(map(str, setting))
                self.tokens.fail(f"{self.part.name!r} needs {width} numbers at ({shown}), not {len(row)}.", line)
            found += row
        if self.rows:
            shown = ", ".join(map(str, next(iter(self.rows))))
            self.tokens.fail(f"{self.part.name!r} has a row for ({shown}), which is no setting of its parents.", line)
        return tuple(found)


# --- writing ----------------------------------------------------------------------------------------------------


def to_bif(model: Model) -> str:
    """Return a model without decisions and utilities as BIF text, see `write_bif`.

    >>> import cidmesa as cm
    >>> print(to_bif(cm.model(cm.cid("S -> T"), S={"a": "1/4", "b": "3/4"}, T="S")))
    network cidmesa {
    }
    variable S {
      type discrete [ 2 ] { a, b };
    }
    variable T {
      type discrete [ 2 ] { a, b };
    }
    probability ( S ) {
      table 0.25, 0.75;
    }
    probability ( T | S ) {
      (a) 1, 0;
      (b) 0, 1;
    }
    <BLANKLINE>
    """
    parts = parts_of(given_model(model, "write_bif"))
    only_chances(parts, "BIF")
    names, states = plain(parts)
    lines = ["network cidmesa {", "}"]
    for part in parts:
        own = states[part.name]
        kept = note(part, names[part.name], tuple(own.values()))
        lines += [
            f"variable {names[part.name]} {{",
            f"  type discrete [ {len(own)} ] {{ {', '.join(own.values())} }};",
            *([f"  property {_NOTE} {quoted(kept)} ;"] if kept else []),
            "}",
        ]
    for part in parts:
        lines += _probability_lines(part, names, states)
    return "\n".join([*lines, ""])


def only_chances(parts: Sequence[Part], form: str) -> None:
    """Refuse decisions and utilities.

    Raises:
        NotApplicable: the network has decisions or utilities; the message names them.
    """
    others = [part.name for part in parts if part.kind != "chance"]
    if others:
        raise NotApplicable(
            f"{form} knows chance nodes only, but {', '.join(others)} are decisions or utilities. "
            "Fix decisions by model.with_policy(...), leave utilities out by "
            "model.revised(without=...), or write .xdsl, .net or .json."
        )


def _probability_lines(part: Part, names: Mapping[str, str], states: Mapping[str, Mapping[State, str]]) -> list[str]:
    given = f" | {', '.join(names[parent] for parent in part.parents)}" if part.parents else ""
    width = len(part.states)
    texts = list(map(decimal, part.numbers))
    rows = [", ".join(texts[start : start + width]) for start in range(0, len(texts), width)]
    settings = product(*(states[parent].values() for parent in part.parents))
    heads = [f"({', '.join(setting)})" for setting in settings] if part.parents else ["table"]
    body = [f"  {head} {row};" for head, row in zip(heads, rows, strict=True)]
    return [f"probability ( {names[part.name]}{given} ) {{", *body, "}"]


register(Format("BIF", (".bif",), "model", "pgmpy, bnlearn, JavaBayes: chance nodes; decimals", read_bif, to_bif))
