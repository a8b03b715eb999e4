"""Graphs as text of other tools: dagitty and DOT, read as diagrams; dagitty written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

from cidmesa.errors import DiagramError, FormatError, near_miss
from cidmesa.formats import Format, read_object, register
from cidmesa.interop.notes import quoted
from cidmesa.interop.tokens import Tokens, text_of
from cidmesa.structure.build import SINGLE_AGENT
from cidmesa.structure.diagram import CID, Node

if TYPE_CHECKING:
    from cidmesa.structure.node import Kind

__all__ = ["from_dagitty", "from_dot", "to_dagitty"]

_SHAPES: dict[str, Kind] = {
    "box": "decision",
    "rect": "decision",
    "rectangle": "decision",
    "square": "decision",
    "diamond": "utility",
}
_KINDS: dict[str, Kind] = {"chance": "chance", "decision": "decision", "utility": "utility"}
MAX_NODES = 100_000


def _read_dot(path: str) -> CID:
    return from_dot(text_of(path))


def _read_dagitty(path: str) -> CID:
    return from_dagitty(text_of(path))


def from_dot(text: str, decisions: Iterable[str] = (), utilities: Iterable[str] = ()) -> CID:
    """Return the diagram of a Graphviz digraph: boxes are decisions, diamonds utilities, all other nodes chance nodes.

    Args:
        text: the DOT text. The attributes ``kind`` and ``agent`` of a node, if given, override its shape.
        decisions: nodes that are decisions, whatever their shape.
        utilities: nodes that are utilities whatever their shape.

    Raises:
        FormatError: the text is not a digraph, or it is broken; the message names the line.
        CyclicError, DiagramError: the links form a cycle, or a utility has children.

    >>> g = from_dot('digraph { S -> D -> U; D [shape=box]; U [shape=diamond] }')
    >>> g.decisions, g.utilities, g.edges
    (('D',), ('U',), (('S', 'D'), ('D', 'U')))
    """
    tokens = Tokens(text, "DOT", comment="#", arrows=True)
    tokens.skip("strict")
    if tokens.peek() == "graph":
        tokens.fail("the graph is undirected; an influence diagram needs a digraph.")
    if not tokens.skip("digraph"):
        tokens.fail("a DOT text starts with digraph.")
    if tokens.peek() != "{":
        tokens.word("a name or '{'")
    return _diagram(tokens, decisions, utilities)


def from_dagitty(text: str, decisions: Iterable[str] = (), utilities: Iterable[str] = ()) -> CID:
    """Return the diagram of a dagitty text ``dag { X -> Y ... }``.

    Args:
        text: the text; `to_dagitty` writes which nodes are decisions and utilities as the attributes kind and agent.
        decisions: nodes that are decisions.
        utilities: nodes that are utilities.

    Raises:
        FormatError: the graph is not a DAG (it is a pdag or mag, or has links with two heads: draw hidden causes as
            nodes), or the text is broken.

    >>> from_dagitty('dag { X [pos="0,1"] X -> {Y Z}; Z <- Y }', decisions=["Y"]).edges
    (('X', 'Y'), ('X', 'Z'), ('Y', 'Z'))
    """
    tokens = Tokens(text, "dagitty", comment="#", arrows=True)
    if not tokens.skip("dag"):
        tokens.fail(
            "the text must start with 'dag {'. Other types of graph (pdag, mag, ...) are no influence diagrams."
        )
    return _diagram(tokens, decisions, utilities)


def to_dagitty(cid: CID, positions: Mapping[str, tuple[float, float]] | None = None) -> str:
    """Return a diagram as dagitty text; decisions are marked as exposures and utilities as outcomes.

    >>> import cidmesa as cm
    >>> print(to_dagitty(cm.cid("S -> D -> U", decisions=["D"], utilities=["U"])))
    dag {
    "S"
    "D" [exposure,kind="decision",agent="agent"]
    "U" [outcome,kind="utility",agent="agent"]
    "S" -> "D"
    "D" -> "U"
    }
    """
    known = getattr(read := read_object(cid), "cid", read)
    if not isinstance(known, CID):
        raise DiagramError(f"to_dagitty needs a diagram, not a value of type {type(cid).__name__}.")
    lines = [quoted(spec.name) + _attributes(spec, (positions or {}).get(spec.name)) for spec in known.specs]
    lines += [f"{quoted(parent)} -> {quoted(child)}" for parent, child in known.edges]
    return "\n".join(["dag {", *lines, "}"])


def _attributes(spec: Node, position: tuple[float, float] | None) -> str:
    found = {"chance": [], "decision": ["exposure"], "utility": ["outcome"]}[spec.kind]
    if spec.agent is not None:
        found = [*found, f'kind="{spec.kind}"', f"agent={quoted(spec.agent)}"]
    if spec.rule is not None:
        found = [*found, f"rule={quoted(spec.rule)}"]
    if position is not None:
        found = [*found, f'pos="{position[0]:g},{position[1]:g}"']
    return f" [{','.join(found)}]" if found else ""


# --- reading ----------------------------------------------------------------------------------------------------


class _Graph:
    """Nodes with attributes and links, filled while a text is read."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.nodes: dict[str, dict[str, str]] = {}
        self.links: dict[tuple[str, str], None] = {}
        self._defaults: dict[str, str] = {}

    def read(self) -> None:
        """Read the statements between braces."""
        self.tokens.expect("{")
        self._statements(0)
        if self.tokens:
            self.tokens.fail("there is text behind the closing brace.")

    def _statements(self, depth: int) -> list[str]:
        """Read statements up to the closing brace; return the nodes named in them."""
        if depth > 50:
            self.tokens.fail("subgraphs are nested deeper than 50.")
        named: dict[str, None] = {}
        while not self.tokens.skip("}"):
            if not (self.tokens.skip(";") or self.tokens.skip(",")):
                named |= dict.fromkeys(self._statement(depth))
        return list(named)

    def _statement(self, depth: int) -> list[str]:
        tokens = self.tokens
        if tokens.peek() in ("graph", "node", "edge") and tokens.peek(1) == "[":
            word = tokens.take().text
            found = self._attributes()
            self._defaults |= found if word == "node" else {}
            return []
        if tokens.peek(1) == "=":
            for _ in range(3):
                tokens.take("a value")
            return []
        groups = [self._group(depth)]
        marks: list[str] = []
        while tokens.peek() in ("->", "<-", "--", "<->"):
            marks.append(self._arrow())
            groups.append(self._group(depth))
        for (left, right), mark in zip(pairwise(groups), marks, strict=True):
            ends = (left, right) if mark == "->" else (right, left)
            self.links |= dict.fromkeys((a, b) for b in ends[1] for a in ends[0])
        found = self._attributes() if tokens.peek() == "[" else {}
        if len(groups) == 1:
            for name in groups[0]:
                self.nodes[name] |= found
        return [name for group in groups for name in group]

    def _arrow(self) -> str:
        token = self.tokens.take()
        if token.text in ("--", "<->"):
            self.tokens.fail(
                f"the link {token.text!r} has no direction or two. Draw what causes both as a node.", token.line
            )
        return token.text

    def _group(self, depth: int) -> list[str]:
        tokens = self.tokens
        if tokens.peek() == "subgraph":
            tokens.take()
            if tokens.peek() != "{":
                tokens.word("a name or '{'")
        if tokens.skip("{"):
            return self._statements(depth + 1)
        name = tokens.word("a node").text
        if tokens.skip(":"):
            tokens.word("a port")
        if len(self.nodes) >= MAX_NODES:
            tokens.fail(f"there are more than {MAX_NODES} nodes.")
        self.nodes.setdefault(name, dict(self._defaults))
        return [name]

    def _attributes(self) -> dict[str, str]:
        tokens = self.tokens
        tokens.expect("[")
        found: dict[str, str] = {}
        while not tokens.skip("]"):
            if tokens.skip(",") or tokens.skip(";"):
                continue
            name = tokens.word("an attribute").text
            found[name] = self._value() if tokens.skip("=") else ""
        return found

    def _value(self) -> str:
        """Return the value of an attribute; HTML-like labels hold nothing that is needed here."""
        return self.tokens.word("a value").text


def _diagram(tokens: Tokens, decisions: Iterable[str], utilities: Iterable[str]) -> CID:
    graph = _Graph(tokens)
    graph.read()
    said: dict[str, Kind] = {**dict.fromkeys(decisions, "decision"), **dict.fromkeys(utilities, "utility")}
    for name in said:
        if name not in graph.nodes:
            raise FormatError(f"{tokens.source}: there is no node {name!r}.{near_miss(name, graph.nodes)}")
    parents: dict[str, list[str]] = {name: [] for name in graph.nodes}
    for parent, child in graph.links:
        parents[child].append(parent)
    specs = []
    for name, attributes in graph.nodes.items():
        kind = said.get(name) or _kind(attributes)
        agent = None if kind == "chance" else attributes.get("agent") or SINGLE_AGENT
        specs.append(Node(name, kind, agent, tuple(parents[name]), attributes.get("rule")))
    return CID(tuple(specs))


def _kind(attributes: Mapping[str, str]) -> Kind:
    return _KINDS.get(attributes.get("kind", "")) or _SHAPES.get(attributes.get("shape", ""), "chance")


register(Format("DOT", (".dot", ".gv"), "diagram", "Graphviz: boxes are decisions, diamonds utilities", _read_dot))
register(
    Format("dagitty", (".dagitty",), "diagram", "dagitty: agents; positions", _read_dagitty, to_dagitty, ("positions",))
)
