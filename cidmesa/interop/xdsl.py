"""XDSL, the files of GeNIe and SMILE: influence diagrams with positions, read and written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from cidmesa.errors import FormatError
from cidmesa.formats import Format, register, write
from cidmesa.interop.elements import Element, rooted
from cidmesa.interop.notes import decimal, note, places, plain, restored
from cidmesa.interop.part import Part, Plate, assembled, given_model, parts_of, unrolled
from cidmesa.interop.tokens import number, text_of
from cidmesa.interop.utilities import combined
from cidmesa.interop.xdsl_nodes import id_of, joins_of, noisy_max, weighted, weights_of, words
from cidmesa.modelling.unrolling import MAX_SLICES

if TYPE_CHECKING:
    import os

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Number, State
    from cidmesa.structure.node import Kind

__all__ = ["read_xdsl", "to_xdsl", "write_xdsl", "xdsl_parts"]

_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("cpt", "deterministic", "noisymax"), "chance"),
    "decision": "decision",
    "utility": "utility",
}
_JOINED = ("mau", "maux")  # utilities that are made of others
_SIZE = 78, 50  # of a node in GeNIe's window


def read_xdsl(path: str | os.PathLike[str], slices: int | None = None) -> Model:
    """Return the influence diagram of a GeNIe file (``.xdsl``).

    Chance nodes (tables, deterministic and noisy-MAX ones), decisions and utilities are read, also from submodels;
    additive multi-attribute utilities (MAU) become weights on the utilities below them, those with an expression one
    utility, by our own language of expressions. Exact where the decimals sum
    to 1.

    Args:
        path: the file.
        slices: into how many slices a dynamic network is unrolled; see `cidmesa.interop.part.unrolled` for names.

    Raises:
        FormatError: the file is not XDSL, it is broken, a node type has no table (equations), or a dynamic network is
            read without ``slices``; the message says where.
    """
    return assembled(xdsl_parts(text_of(path), str(path), slices), str(path))


def write_xdsl(
    model: Model, path: str | os.PathLike[str], positions: Mapping[str, tuple[float, float]] | None = None
) -> None:
    """Write a model of one agent as a GeNIe file, which `read_xdsl` gives back; see `write_net` for the arguments."""
    write(path, to_xdsl(model, positions).encode())


# --- reading ----------------------------------------------------------------------------------------------------


def xdsl_parts(text: str, source: str, slices: int | None = None) -> tuple[Part, ...]:
    """Return the nodes of an XDSL text.

    >>> xdsl_parts('<smile><nodes><cpt id="X"><state id="a"/><probabilities>1</probabilities></cpt></nodes></smile>',
    ...            "x.xdsl")[0].states
    ('a',)
    """
    root, declared = rooted(text, source, "XDSL", "smile", "nodes")
    found = list(_nodes(declared))
    drawn = _drawn(root)
    sizes = {id_of(element, source): len(element.all("state")) for element in found}
    parts = tuple(_part(element, drawn, sizes, source) for element in found if element.tag not in _JOINED)
    if _by_agrum(root):
        parts = tuple(replace(part, parents=part.parents[::-1]) for part in parts)
    attributes = [element for element in found if element.tag in _JOINED]
    joins = joins_of(attributes, source)
    weights = {} if joins else weights_of(attributes, source)
    notes = {
        e.attributes["id"]: p.text for e in found for p in e.all("property") if p.attributes.get("id") == "cidmesa"
    }
    whole = restored((weighted(part, weights) for part in parts), notes, source)
    if joins:
        whole = tuple(combined({part.name: part for part in whole}, joins, source))
    dynamic = root.first("dynamic")
    if dynamic is None and slices is None:
        return whole
    return unrolled(whole, _plate(root, found, slices, source), slices or 0)


def _nodes(element: Element) -> Iterable[Element]:
    for child in element.children:
        if child.tag == "submodel":
            yield from _nodes(child)
        elif child.tag not in ("property", "note"):
            yield child


def _part(element: Element, drawn: Mapping[str, Element], sizes: Mapping[str, int], source: str) -> Part:
    name = id_of(element, source)
    if element.tag not in _KINDS:
        raise FormatError(
            f"{source}:{element.line}: node {name!r} is of type <{element.tag}>, which has no table that "
            "can be read. Change it to a general (CPT) node in GeNIe."
        )
    kind = _KINDS[element.tag]
    states = tuple(id_of(state, source) for state in element.all("state"))
    label, position = _look(drawn.get(name), source)
    part = Part(name, kind, states, words(element, "parents"), (), None, label, position, element.line)
    noisy = element.tag == "noisymax"
    return replace(part, numbers=noisy_max(element, part, sizes, source) if noisy else _numbers(element, part, source))


def _plate(root: Element, found: Sequence[Element], slices: int | None, source: str) -> Plate:
    """Return what repeats in a dynamic network."""
    dynamic = root.first("dynamic")
    if dynamic is None:
        raise FormatError(f"{source}: the file has no slices, so it is not a dynamic network. Leave slices out.")
    at = f"{source}:{dynamic.line}"
    if slices is None:
        own = dynamic.attributes.get("numslices", "3")
        raise FormatError(f"{at}: this is a dynamic network. Unroll it: cm.interop.read_xdsl(path, slices={own}).")
    if not 1 <= slices <= MAX_SLICES:
        raise FormatError(f"{at}: slices={slices} is not from 1 to {MAX_SLICES}.")
    kinds = {id_of(element, source): element.attributes.get("dynamic", "") for element in found}
    for name, kind in kinds.items():
        if kind not in ("", "anchor", "plate"):
            raise FormatError(f"{at}: node {name!r} is of the temporal type {kind!r}; only plate and anchor are read.")
    nodes = frozenset(name for name, kind in kinds.items() if kind == "plate")
    first = {id_of(element, source): words(element, "parents") for element in found}
    later = {id_of(element, source): _later(element, first, nodes, source) for element in dynamic.children}
    return Plate(nodes, later)


def _later(
    element: Element, first: Mapping[str, tuple[str, ...]], nodes: frozenset[str], source: str
) -> tuple[tuple[tuple[str, bool], ...], tuple[Number, ...]]:
    """Return parents and numbers in later slices; a parent that the first slice has not is in the slice before."""
    name, at = id_of(element, source), f"{source}:{element.line}"
    if element.attributes.get("order", "1") != "1" or name not in nodes:
        raise FormatError(
            f"{at}: node {name!r} depends on more than one slice before, or is in no slice; neither is read."
        )
    contemporary = list(first[name])
    parents = []
    for parent in words(element, "parents"):
        before = parent not in contemporary
        if not before:
            contemporary.remove(parent)
        parents.append((parent, before))
    tag = next((tag for tag in ("probabilities", "utilities") if element.first(tag)), "probabilities")
    return tuple(parents), tuple(number(word, at) for word in words(element, tag))


def _numbers(element: Element, part: Part, source: str) -> tuple[Number, ...]:
    if element.tag == "deterministic":
        results = words(element, "resultingstates")
        if unknown := [state for state in results if state not in part.states]:
            raise FormatError(
                f"{source}:{element.line}: node {part.name!r} results in {unknown[0]!r}, which is none of its states."
            )
        return tuple(Fraction(state == result) for result in results for state in part.states)
    tag = {"chance": "probabilities", "utility": "utilities"}.get(part.kind)
    return tuple(number(word, f"{source}:{element.line}") for word in words(element, tag)) if tag else ()


def _by_agrum(root: Element) -> bool:
    """Return whether pyAgrum wrote the file: there the first parent varies fastest, in GeNIe's own files slowest."""
    extensions = root.first("extensions")
    genie = extensions.first("genie") if extensions is not None else None
    return genie is not None and genie.attributes.get("app", "").startswith("aGrUM")


def _drawn(root: Element) -> dict[str, Element]:
    """Return how GeNIe draws each node, by id."""
    extensions = root.first("extensions")
    return {e.attributes.get("id", ""): e for e in (extensions.within() if extensions else ()) if e.tag == "node"}


def _look(element: Element | None, source: str) -> tuple[str, tuple[float, float] | None]:
    """Return label and centre."""
    if element is None:
        return "", None
    name = element.first("name")
    box = [float(number(word, f"{source}:{element.line}")) for word in words(element, "position")]
    centre = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2) if len(box) == 4 else None
    return name.text if name else "", centre


# --- writing ----------------------------------------------------------------------------------------------------


def to_xdsl(model: Model, positions: Mapping[str, tuple[float, float]] | None = None) -> str:
    """Return a model as XDSL text, see `write_xdsl`.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("D -> U", decisions=["D"], utilities=["U"]), D=["stay", "go"], U="D == 'go'")
    >>> print(to_xdsl(m, {"D": (50, 40), "U": (150, 40)}))
    <?xml version="1.0" encoding="UTF-8"?>
    <smile version="1.0" id="cidmesa">
      <nodes>
        <decision id="D">
          <state id="stay" />
          <state id="go" />
        </decision>
        <utility id="U">
          <parents>D</parents>
          <utilities>0 1</utilities>
        </utility>
      </nodes>
      <extensions>
        <genie version="1.0" app="cidmesa" name="cidmesa">
          <node id="D"><name>D</name><position>11 15 89 65</position></node>
          <node id="U"><name>U</name><position>111 15 189 65</position></node>
        </genie>
      </extensions>
    </smile>
    <BLANKLINE>
    """
    known = given_model(model, "write_xdsl")
    parts = parts_of(known, places(known) if positions is None else positions, alone="XDSL")
    names, states = plain(parts)
    nodes = [line for part in parts for line in _node_lines(part, names, states[part.name])]
    drawn = [_drawn_line(part, names[part.name]) for part in parts]
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            '<smile version="1.0" id="cidmesa">',
            "  <nodes>",
            *nodes,
            "  </nodes>",
            "  <extensions>",
            '    <genie version="1.0" app="cidmesa" name="cidmesa">',
            *drawn,
            "    </genie>",
            "  </extensions>",
            "</smile>",
            "",
        ]
    )


def _node_lines(part: Part, names: Mapping[str, str], states: Mapping[State, str]) -> Iterable[str]:
    tag = {"chance": "cpt"}.get(part.kind, part.kind)
    name = names[part.name]
    yield f"    <{tag} id={quoteattr(name)}>"
    yield from (f"      <state id={quoteattr(state)} />" for state in states.values())
    if part.parents:
        yield f"      <parents>{' '.join(names[parent] for parent in part.parents)}</parents>"
    if kept := note(part, name, tuple(states.values())):
        yield f'      <property id="cidmesa">{escape(kept)}</property>'
    if part.kind != "decision":
        row = {"chance": "probabilities", "utility": "utilities"}[part.kind]
        yield f"      <{row}>{' '.join(map(decimal, part.numbers))}</{row}>"
    yield f"    </{tag}>"


def _drawn_line(part: Part, name: str) -> str:
    x, y = part.position or (0.0, 0.0)
    box = x - _SIZE[0] / 2, y - _SIZE[1] / 2, x + _SIZE[0] / 2, y + _SIZE[1] / 2
    place = " ".join(str(round(side)) for side in box)
    return f"      <node id={quoteattr(name)}><name>{escape(part.name)}</name><position>{place}</position></node>"


register(
    Format(
        "XDSL",
        (".xdsl",),
        "model",
        "GeNIe and SMILE: one agent; positions; decimals",
        read_xdsl,
        to_xdsl,
        ("positions",),
    )
)
