"""NET, the text files of Hugin: influence diagrams (LIMIDs) with positions, read and written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod
from typing import TYPE_CHECKING, TypeAlias

from cidmesa.formats import Format, register, write
from cidmesa.interop.notes import decimal, note, places, plain, quoted, restored
from cidmesa.interop.part import Part, assembled, given_model, parts_of
from cidmesa.interop.tokens import Token, Tokens, text_of
from cidmesa.modelling.numbers import Number, State, show

if TYPE_CHECKING:
    import os

    from cidmesa.modelling.model import Model
    from cidmesa.structure.node import Kind

__all__ = ["net_parts", "read_net", "to_net", "write_net"]

_KINDS: dict[str, Kind] = {"node": "chance", "discrete": "chance", "decision": "decision", "utility": "utility"}
_REFUSED = {"continuous": "continuous", "function": "a function", "instance": "an instance of another class"}
MAX_DEPTH = 60

Attribute: TypeAlias = list[Token]


def read_net(path: str | os.PathLike[str]) -> Model:
    """Return the influence diagram of a Hugin file (``.net``).

    Exact where the decimals of each distribution sum to 1. States of nodes with ``subtype = number`` are their values.

    Raises:
        FormatError: the file is not NET, it is broken, or a node has no table (continuous, function); the message says
            where.
    """
    return assembled(net_parts(text_of(path), str(path)), str(path), weights=True)


def write_net(
    model: Model, path: str | os.PathLike[str], positions: Mapping[str, tuple[float, float]] | None = None
) -> None:
    """Write a model of one agent as a Hugin file; `read_net` gives it back.

    Args:
        model: the model.
        path: the file; it is written completely or not at all.
        positions: the centre of each node in points, x to the right and y downwards; computed by the layout if left
            out.

    Raises:
        NotApplicable: there are several agents, decisions share a rule, or a parameter has no value.
        FileError: the file cannot be written.
    """
    write(path, to_net(model, positions).encode())


# --- reading ----------------------------------------------------------------------------------------------------


@dataclass
class _Blocks:
    """The nodes and potentials of a file, filled while it is read."""

    nodes: dict[str, Part] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    potentials: dict[str, tuple[tuple[str, ...], tuple[Number, ...]]] = field(default_factory=dict)


def net_parts(text: str, source: str) -> tuple[Part, ...]:
    """Return the nodes of a NET text.

    >>> net_parts('node X { states = ("a" "b"); } potential (X) { data = (0.25 0.75); }', "x.net")[0].numbers
    (Fraction(1, 4), Fraction(3, 4))
    """
    tokens = Tokens(text, source, comment="%")
    blocks = _Blocks()
    if not tokens:
        tokens.fail("the file is empty.")
    if tokens.peek() == "class":
        tokens.take()
        tokens.word("the name of the class")
        tokens.expect("{")
        _read_blocks(tokens, blocks, "}")
        if tokens:
            tokens.fail(
                "the file has a second class; only one is read. Save the class that you mean in a file of its own."
            )
    else:
        _read_blocks(tokens, blocks, "")
    parts = (_with_potential(part, blocks, tokens) for part in blocks.nodes.values())
    return restored(parts, blocks.notes, source)


def _read_blocks(tokens: Tokens, blocks: _Blocks, end: str) -> None:
    while tokens or end:
        if end and tokens.skip(end):
            return
        word = tokens.word("a node or potential")
        if word.text in _REFUSED:
            tokens.fail(f"the file has {_REFUSED[word.text]} node, which has no table. Discretise it.", word.line)
        if word.text == "net" or tokens.peek() == "=":
            _skip_declaration(tokens)
        elif word.text in _KINDS:
            _read_node(tokens, blocks, word)
        elif word.text == "potential":
            _read_potential(tokens, blocks)
        else:
            tokens.fail(
                f"{word.text[:40]!r} is not known. A NET file has net, node, decision, utility and potential.",
                word.line,
            )


def _skip_declaration(tokens: Tokens) -> None:
    """Go past ``{...}``, or past ``= value;`` inside a class."""
    if tokens.peek() == "{":
        tokens.take()
        _attributes(tokens)
        return
    while tokens.take("';'").text != ";":
        pass


def _read_node(tokens: Tokens, blocks: _Blocks, word: Token) -> None:
    if word.text == "discrete":
        tokens.skip("node")
    name = tokens.word("the name of the node")
    tokens.expect("{")
    given = _attributes(tokens)
    if name.text in blocks.nodes:
        tokens.fail(f"node {name.text!r} is declared twice.", name.line)
    kind = _KINDS[word.text]
    texts = {key: " ".join(token.text for token in value) for key, value in given.items()}
    states = () if kind == "utility" else _states(given, texts, tokens)
    x, *y = [float(tokens.number(token)) for token in given.get("position", [])] or [0.0]
    place = (x, y[0]) if len(y) == 1 else None
    blocks.nodes[name.text] = Part(
        name.text, kind, states, label=texts.get("label", ""), position=place, line=name.line
    )
    if "HR_cidmesa" in texts:
        blocks.notes[name.text] = texts["HR_cidmesa"]


def _states(given: Mapping[str, Attribute], texts: Mapping[str, str], tokens: Tokens) -> tuple[State, ...]:
    if texts.get("subtype") == "number" and "state_values" in given:
        return tuple(map(tokens.number, given["state_values"]))
    return tuple(token.text for token in given.get("states", []))


def _attributes(tokens: Tokens) -> dict[str, Attribute]:
    """Return the values ``name = value;`` up to the closing brace, brackets left out."""
    given: dict[str, Attribute] = {}
    while not tokens.skip("}"):
        name = tokens.word("an attribute or '}'")
        tokens.expect("=")
        given[name.text] = _value(tokens)
    return given


def _value(tokens: Tokens) -> Attribute:
    found: Attribute = []
    depth = 0
    while True:
        token = tokens.take("';'")
        mark = "" if token.quoted else token.text
        if mark == ";" and not depth:
            return found
        depth += (mark == "(") - (mark == ")")
        if not 0 <= depth <= MAX_DEPTH or mark in ("{", "}", ";"):
            tokens.fail("brackets do not match here. Is a ';' missing?", token.line)
        if mark not in ("(", ")"):
            found.append(token)


def _read_potential(tokens: Tokens, blocks: _Blocks) -> None:
    tokens.expect("(")
    name, *parents = tokens.head(")", "a node")
    tokens.expect("{")
    given = _attributes(tokens)
    if "model_nodes" in given or "model_data" in given:
        tokens.fail(
            f"the potential of {name.text!r} is given by expressions; only tables (data) are read. "
            "Generate the tables in Hugin first.",
            name.line,
        )
    if name.text not in blocks.nodes:
        tokens.fail(f"there is a potential for {name.text!r}, which is not declared before it.", name.line)
    numbers = tuple(map(tokens.number, given.get("data", [])))
    blocks.potentials[name.text] = tuple(parent.text for parent in parents), numbers


def _with_potential(part: Part, blocks: _Blocks, tokens: Tokens) -> Part:
    parents, numbers = blocks.potentials.get(part.name, ((), ()))
    if not numbers and part.kind != "decision":  # Hugin leaves a table out where it is still the default
        known = [blocks.nodes[parent] for parent in parents if parent in blocks.nodes]
        if part.kind == "utility" or len(known) < len(parents) or not part.states:
            tokens.fail(f"node {part.name!r} has no data. Give its potential a table.", part.line)
        share = 1.0 / len(part.states)
        numbers = (share,) * (len(part.states) * prod(len(parent.states) for parent in known))
    return replace(part, parents=parents, numbers=() if part.kind == "decision" else numbers)


# --- writing ----------------------------------------------------------------------------------------------------


def to_net(model: Model, positions: Mapping[str, tuple[float, float]] | None = None) -> str:
    """Return a model as NET text, see `write_net`.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("S -> U", utilities=["U"]), S={"low": "1/4", "high": "3/4"}, U="S == 'high'")
    >>> print(to_net(m, {}))
    net
    {
    }
    node S
    {
      label = "S";
      states = ("low" "high");
    }
    utility U
    {
      label = "U";
    }
    potential (S)
    {
      data = (0.25 0.75);
    }
    potential (U | S)
    {
      data = (0 1);
    }
    <BLANKLINE>
    """
    known = given_model(model, "write_net")
    parts = parts_of(known, places(known) if positions is None else positions, alone="NET")
    names, _ = plain(parts)
    lines = ["net", "{", "}"]
    for part in parts:
        lines += _node_lines(part, names[part.name])
    sizes = {part.name: len(part.states) for part in parts}
    for part in parts:
        lines += _potential_lines(part, names, sizes)
    return "\n".join([*lines, ""])


def _node_lines(part: Part, name: str) -> Iterator[str]:
    texts = tuple(map(show, part.states))
    yield from (f"{'node' if part.kind == 'chance' else part.kind} {name}", "{", f"  label = {quoted(part.name)};")
    if part.position is not None:
        yield f"  position = ({' '.join(str(round(side)) for side in part.position)});"
    if texts:
        yield f"  states = ({' '.join(map(quoted, texts))});"
    if kept := note(part, name, texts):
        yield f"  HR_cidmesa = {quoted(kept)};"
    yield "}"


def _potential_lines(part: Part, names: Mapping[str, str], sizes: Mapping[str, int]) -> Iterable[str]:
    given = f" | {' '.join(names[parent] for parent in part.parents)}" if part.parents else ""
    widths = [sizes[parent] for parent in part.parents] + ([len(part.states)] if part.kind == "chance" else [])
    data = [f"  data = {_nested([decimal(n) for n in part.numbers], widths)};"] if part.kind != "decision" else []
    return [f"potential ({names[part.name]}{given})", "{", *data, "}"]


def _nested(texts: Sequence[str], widths: Sequence[int]) -> str:
    """Return the numbers in nested brackets, the last axis innermost."""
    rows = list(texts)
    for width in reversed(widths):
        rows = [f"({' '.join(rows[start : start + width])})" for start in range(0, len(rows), width)]
    return rows[0] if widths else f"({rows[0]})"


register(Format("NET", (".net",), "model", "Hugin: one agent; positions; decimals", read_net, to_net, ("positions",)))
