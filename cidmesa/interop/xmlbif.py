"""XMLBIF and pyAgrum's BIFXML, which adds decisions and utilities: read and written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from cidmesa.errors import FormatError
from cidmesa.formats import Format, register, write
from cidmesa.interop.elements import Element, rooted
from cidmesa.interop.notes import decimal, note, plain, restored
from cidmesa.interop.part import Part, assembled, given_model, parts_of
from cidmesa.interop.tokens import number, text_of
from cidmesa.modelling.numbers import Number, State, show

if TYPE_CHECKING:
    import os

    from cidmesa.modelling.model import Model
    from cidmesa.structure.node import Kind

__all__ = ["read_xmlbif", "to_xmlbif", "write_xmlbif", "xmlbif_parts"]

_KINDS: dict[str, Kind] = {"nature": "chance", "decision": "decision", "utility": "utility"}
_FAST = re.compile(r"[^\[{]+(?:\[(?P<bounds>[^\]]*)\]|\{(?P<labels>[^}]*)\})?")
_WHOLE = re.compile(r"-?\d{1,18}")
MAX_STATES = 2**20
_TYPES = {kind: name for name, kind in _KINDS.items()}


def read_xmlbif(path: str | os.PathLike[str]) -> Model:
    """Return the Bayesian network or influence diagram of an XMLBIF 0.3 or BIFXML file.

    Raises:
        FormatError: the file is not XMLBIF, or it is broken; the message says where.
    """
    return assembled(xmlbif_parts(text_of(path), str(path)), str(path), weights=True)


def write_xmlbif(model: Model, path: str | os.PathLike[str]) -> None:
    """Write a model of one agent as an XMLBIF 0.3 file, which pyAgrum reads as ``.bifxml``; `read_xmlbif` too.

    Raises:
        NotApplicable: there are several agents, decisions share a rule, or a parameter has no value.
        FileError: the file cannot be written.
    """
    write(path, to_xmlbif(model).encode())


# --- reading ----------------------------------------------------------------------------------------------------


def xmlbif_parts(text: str, source: str) -> tuple[Part, ...]:
    """Return the nodes of an XMLBIF text.

    >>> node = "<VARIABLE TYPE='nature'><NAME>X</NAME><OUTCOME>a</OUTCOME></VARIABLE>"
    >>> table = "<DEFINITION><FOR>X</FOR><TABLE>1</TABLE></DEFINITION>"
    >>> xmlbif_parts(f"<BIF><NETWORK>{node}{table}</NETWORK></BIF>", "x.xml")[0].states
    ('a',)
    """
    _, network = rooted(text, source, "XMLBIF", "BIF", "NETWORK")
    definitions = {_text(element, "FOR", source): element for element in network.all("DEFINITION")}
    notes: dict[str, str] = {}
    parts = [_part(element, definitions, notes, source) for element in network.all("VARIABLE")]
    return restored(parts, notes, source)


def _part(element: Element, definitions: Mapping[str, Element], notes: dict[str, str], source: str) -> Part:
    name = _text(element, "NAME", source)
    given = element.attributes.get("TYPE", "nature")
    if given not in _KINDS:
        raise FormatError(
            f"{source}:{element.line}: node {name!r} has the type {given!r}; known are nature, decision, utility."
        )
    kind = _KINDS[given]
    if (kept := _property(element, "cidmesa")) is not None:
        notes[name] = kept
    if name not in definitions and kind != "decision":  # pyAgrum leaves out those of decisions that see nothing
        raise FormatError(f"{source}:{element.line}: node {name!r} has no <DEFINITION>. Is the file cut off?")
    definition = definitions.get(name)
    parents = tuple(child.text for child in definition.all("GIVEN")) if definition else ()
    numbers = _numbers(definition, source) if definition and kind != "decision" else ()
    return Part(name, kind, _states(element, kind, source), parents, numbers, line=element.line)


def _states(element: Element, kind: Kind, source: str) -> tuple[State, ...]:
    """Return the states: pyAgrum says in the property ``fast`` which kind of variable it is."""
    if kind == "utility":
        return ()
    fast = _property(element, "fast")
    if fast is not None:
        return _declared(fast, f"{source}:{element.line}")
    return tuple(child.text for child in element.all("OUTCOME"))


def _declared(fast: str, at: str) -> tuple[State, ...]:
    """Return the states of ``X{a|b}``, ``X[3]``, ``X[1,4]`` or, of a discretised variable, the intervals as text."""
    match = _FAST.fullmatch(fast)
    if match is None:
        raise FormatError(f"{at}: the variable {fast[:60]!r} cannot be read. Write it as X{{a|b}}, X[3] or X[1,4].")
    if match["labels"] is not None:
        labels = tuple(match["labels"].split("|"))
        return tuple(map(int, labels)) if all(_WHOLE.fullmatch(label) for label in labels) else labels
    bounds = [bound.strip() for bound in (match["bounds"] or "2").split(",")]
    if len(bounds) > 2 or not all(_WHOLE.fullmatch(bound) for bound in bounds):
        ends = [*["["] * (len(bounds) - 2), "]"]
        return tuple(f"[{low};{high}{end}" for (low, high), end in zip(pairwise(bounds), ends, strict=True))
    low, high = (0, int(bounds[0]) - 1) if len(bounds) == 1 else (int(bounds[0]), int(bounds[1]))
    if not 0 <= high - low < MAX_STATES:
        raise FormatError(f"{at}: the variable {fast[:60]!r} has {high - low + 1} states.")
    return tuple(range(low, high + 1))


def _property(element: Element, key: str) -> str | None:
    for child in element.all("PROPERTY"):
        name, mark, value = child.text.partition("=")
        if mark and name.strip() == key:
            return value.strip()
    return None


def _numbers(definition: Element, source: str) -> tuple[Number, ...]:
    table = definition.first("TABLE")
    if table is None:
        return ()
    return tuple(number(word, f"{source}:{table.line}") for word in re.split(r"[\s,]+", table.text) if word)


def _text(element: Element, tag: str, source: str) -> str:
    child = element.first(tag)
    if child is None or not child.text:
        raise FormatError(f"{source}:{element.line}: <{element.tag}> has no <{tag}>.")
    return child.text


# --- writing ----------------------------------------------------------------------------------------------------


def to_xmlbif(model: Model) -> str:
    """Return a model as XMLBIF text, see `write_xmlbif`.

    >>> import cidmesa as cm
    >>> print(to_xmlbif(cm.model(cm.cid("S"), S={"a": "1/4", "b": "3/4"})), end="")
    <?xml version="1.0" encoding="UTF-8"?>
    <BIF VERSION="0.3">
    <NETWORK>
    <NAME>cidmesa</NAME>
    <VARIABLE TYPE="nature">
      <NAME>S</NAME>
      <OUTCOME>a</OUTCOME>
      <OUTCOME>b</OUTCOME>
    </VARIABLE>
    <DEFINITION>
      <FOR>S</FOR>
      <TABLE>0.25 0.75</TABLE>
    </DEFINITION>
    </NETWORK>
    </BIF>
    """
    parts = parts_of(given_model(model, "write_xmlbif"), alone="XMLBIF")
    names, _ = plain(parts)
    lines = [line for part in parts for line in _variable_lines(part, names[part.name])]
    lines += [line for part in parts for line in _definition_lines(part, names)]
    head = ['<?xml version="1.0" encoding="UTF-8"?>', '<BIF VERSION="0.3">', "<NETWORK>", "<NAME>cidmesa</NAME>"]
    return "\n".join([*head, *lines, "</NETWORK>", "</BIF>", ""])


def _variable_lines(part: Part, name: str) -> Iterable[str]:
    texts = tuple(map(show, part.states))
    yield f'<VARIABLE TYPE="{_TYPES[part.kind]}">'
    yield f"  <NAME>{escape(name)}</NAME>"
    yield from (f"  <OUTCOME>{escape(text)}</OUTCOME>" for text in texts)
    if part.kind == "utility":
        yield "  <OUTCOME>0</OUTCOME>"
    if kept := note(part, name, texts):
        yield f"  <PROPERTY>cidmesa = {escape(kept)}</PROPERTY>"
    yield "</VARIABLE>"


def _definition_lines(part: Part, names: Mapping[str, str]) -> Iterable[str]:
    yield "<DEFINITION>"
    yield f"  <FOR>{escape(names[part.name])}</FOR>"
    yield from (f"  <GIVEN>{escape(names[parent])}</GIVEN>" for parent in part.parents)
    if part.kind != "decision":
        yield f"  <TABLE>{' '.join(map(decimal, part.numbers))}</TABLE>"
    yield "</DEFINITION>"


register(
    Format(
        "XMLBIF",
        (".xmlbif", ".bifxml"),
        "model",
        "JavaBayes, pgmpy, pyAgrum: one agent; decimals",
        read_xmlbif,
        to_xmlbif,
    )
)
