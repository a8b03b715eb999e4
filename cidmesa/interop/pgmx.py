"""ProbModelXML, the format of OpenMarkov (``.pgmx``), with decisions and utilities: read and written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod
from typing import TYPE_CHECKING, NoReturn, TypeAlias
from xml.sax.saxutils import escape, quoteattr

from cidmesa.errors import FormatError, TooLarge
from cidmesa.formats import Format, register, write
from cidmesa.interop.elements import Element, rooted
from cidmesa.interop.notes import decimal, note, places, restored
from cidmesa.interop.part import Part, assembled, given_model, parts_of
from cidmesa.interop.tokens import number, text_of
from cidmesa.interop.utilities import How, Join, combined
from cidmesa.modelling.numbers import Number, show
from cidmesa.modelling.tabulation import MAX_CELLS

if TYPE_CHECKING:
    import os

    from cidmesa.modelling.model import Model
    from cidmesa.structure.node import Kind

__all__ = ["pgmx_parts", "read_pgmx", "to_pgmx", "write_pgmx"]

_KINDS: dict[str, Kind] = {"chance": "chance", "decision": "decision", "utility": "utility"}
_NETWORKS = ("BayesianNetwork", "InfluenceDiagram", "LIMID")
_JOINS: dict[str, How] = {"Sum": sum, "Product": prod}  # of utilities
Reading = dict[str, int]  # variable -> position of its state
Reads: TypeAlias = "Callable[[Reading], Number]"


def read_pgmx(path: str | os.PathLike[str]) -> Model:
    """Return the Bayesian network or influence diagram of a ProbModelXML file (``.pgmx``, versions 0.2 to 1.0).

    Tables, uniform and fixed potentials and trees are read. A utility that is the sum of others leaves these as they
    are; one that is their product becomes one table.

    Raises:
        FormatError: the file is not ProbModelXML, it is broken, or it has parts that are not read (temporal networks,
            canonical models, numeric chance variables, several criteria); the message says where.
    """
    return assembled(pgmx_parts(text_of(path), str(path)), str(path))


def write_pgmx(model: Model, path: str | os.PathLike[str]) -> None:
    """Write a model of one agent as a ProbModelXML file, which OpenMarkov and `read_pgmx` read.

    Raises:
        NotApplicable: there are several agents, decisions share a rule, or a parameter has no value.
        FileError: the file cannot be written.
    """
    write(path, to_pgmx(model).encode())


# --- reading ----------------------------------------------------------------------------------------------------


def pgmx_parts(text: str, source: str) -> tuple[Part, ...]:
    """Return the nodes of a ProbModelXML text.

    >>> x = '<Variable name="X" type="finiteStates" role="chance"><States><State name="a"/></States></Variable>'
    >>> p = '<Potential type="Table"><Variables><Variable name="X"/></Variables><Values>1</Values></Potential>'
    >>> net = f'<Variables>{x}</Variables><Potentials>{p}</Potentials>'
    >>> pgmx_parts(f'<ProbModelXML><ProbNet type="BayesianNetwork">{net}</ProbNet></ProbModelXML>', "x.pgmx")[0].states
    ('a',)
    """
    _, network = rooted(text, source, "ProbModelXML", "ProbModelXML", "ProbNet")
    return _Network(network, source).parts()


@dataclass
class _Network:
    """A network as the file has it."""

    element: Element
    source: str

    def __post_init__(self) -> None:
        given = self.element.attributes.get("type", "")
        if given not in _NETWORKS:
            self.refuse(self.element, f"a network of the type {given!r} is not read; known are {', '.join(_NETWORKS)}.")
        self.variables = {self.name(one): one for one in self.within("Variables", "Variable")}
        self.states = {name: self._states(one, name) for name, one in self.variables.items()}
        criteria = {c.attributes.get("name") for v in self.variables.values() for c in v.all("Criterion")}
        if len(criteria) > 1:
            shown = ", ".join(sorted(map(str, criteria)))
            self.refuse(self.element, f"utilities of several criteria ({shown}) have no common sum. Keep one.")
        self.links = [self._link(link) for link in self.within("Links", "Link")]
        self.potentials: dict[str, Element] = {}
        for potential in self.within("Potentials", "Potential"):
            self.potentials.setdefault(self._about(potential), potential)

    def refuse(self, element: Element, what: str) -> NoReturn:
        """Raise FormatError at an element."""
        raise FormatError(f"{self.source}:{element.line}: {what}")

    def within(self, outer: str, tag: str) -> list[Element]:
        """Return what a list of the network has."""
        found = self.element.first(outer)
        return found.all(tag) if found is not None else []

    def name(self, element: Element) -> str:
        """Return the name, which an element must have."""
        if "name" not in element.attributes:
            self.refuse(element, f"<{element.tag}> has no name.")
        return element.attributes["name"]

    def _states(self, element: Element, name: str) -> tuple[str, ...]:
        role, kind = element.attributes.get("role", ""), element.attributes.get("type", "")
        if role not in _KINDS:
            self.refuse(element, f"node {name!r} has the role {role!r}; known are {', '.join(_KINDS)}.")
        if role == "utility":
            return ()
        if element.attributes.get("timeSlice"):
            self.refuse(element, f"node {name!r} belongs to a slice of time; temporal networks are not read.")
        if kind not in ("finiteStates", "discretized"):
            self.refuse(element, f"node {name!r} is of the type {kind!r}; only nodes with states are read.")
        listed = element.first("States")
        return tuple(self.name(state) for state in (listed.all("State") if listed is not None else []))

    def _link(self, element: Element) -> tuple[str, str]:
        ends = [self._known(end) for end in element.all("Variable")]
        if len(ends) != 2 or element.attributes.get("directed", "true") not in ("true", "1"):
            self.refuse(element, "a link needs two variables and a direction.")
        if any(element.first(tag) is not None for tag in ("Potential", "LinkRestriction", "RevelationConditions")):
            self.refuse(element, f"the link {ends[0]} -> {ends[1]} has restrictions or reveals; that is not read.")
        return ends[0], ends[1]

    def _known(self, element: Element) -> str:
        name = self.name(element)
        if name not in self.variables:
            self.refuse(element, f"there is no variable {name!r}.")
        return name

    def _about(self, potential: Element) -> str:
        """Return the node that a potential is about."""
        own = potential.first("UtilityVariable")
        names = [own] if own is not None else self._scope(potential)
        if not names:
            self.refuse(potential, "a potential has no variables.")
        name = self._known(names[0])
        if self.variables[name].attributes["role"] == "decision":
            self.refuse(potential, f"the decision {name!r} has a policy. Take it off, or make it a chance node.")
        return name

    def _scope(self, potential: Element) -> list[Element]:
        listed = potential.first("Variables")
        return listed.all("Variable") if listed is not None else []

    # --- nodes ----------------------------------------------------------------------------------------------------

    def parts(self) -> tuple[Part, ...]:
        """Return the nodes, sums and products of utilities worked out."""
        notes: dict[str, str] = {}
        plain = [self._part(name, notes) for name in self.variables if not self._joins(name)]
        whole = {part.name: part for part in restored(plain, notes, self.source)}
        joined = {name: self._terms(name) for name in self.variables if self._joins(name)}
        return tuple(combined(whole, joined, self.source))

    def _joins(self, name: str) -> bool:
        """Return whether a utility is made of others."""
        above = [parent for parent, child in self.links if child == name]
        return any(self.variables[parent].attributes["role"] == "utility" for parent in above)

    def _terms(self, name: str) -> Join:
        """Return how a utility is made of others, and of which."""
        potential = self.potentials.get(name)
        kind = "Sum" if potential is None else potential.attributes.get("type", "")
        if kind not in _JOINS:
            at = potential or self.variables[name]
            self.refuse(at, f"{name!r} joins utilities by {kind!r}; only sums and products are read.")
        terms = tuple(parent for parent, child in self.links if child == name)
        if odd := [term for term in terms if self.states[term]]:
            self.refuse(self.variables[name], f"the utility {name!r} joins utilities and {odd[0]!r}, which is none.")
        return _JOINS[kind], terms

    def _part(self, name: str, notes: dict[str, str]) -> Part:
        element = self.variables[name]
        kind = _KINDS[element.attributes["role"]]
        for one in element.within():
            if one.tag == "Property" and one.attributes.get("name") == "cidmesa":
                notes[name] = one.attributes.get("value", "")
        above = tuple(parent for parent, child in self.links if child == name)
        part = Part(name, kind, self.states[name], above, position=self._position(element), line=element.line)
        if kind == "decision":
            return part
        if name not in self.potentials:
            self.refuse(element, f"node {name!r} has no potential. Is the file cut off?")
        return self._with_numbers(part, self.potentials[name])

    def _position(self, element: Element) -> tuple[float, float] | None:
        at = element.first("Coordinates")
        if at is None or not {"x", "y"} <= at.attributes.keys():
            return None
        x, y = (number(at.attributes[axis], f"{self.source}:{at.line}") for axis in "xy")
        return float(x), float(y)

    def _with_numbers(self, part: Part, potential: Element) -> Part:
        """Return a part with the numbers of its potential, the first parent slowest and its own states fastest."""
        own = () if part.kind == "utility" else (part.name,)
        named = [self._known(one) for one in self._scope(potential)]
        parents = tuple(one for one in named if one != part.name)
        for one in parents:
            if not self.states[one]:
                self.refuse(potential, f"node {part.name!r} depends on {one!r}, which has no states.")
        axes = (*parents, *own)
        sizes = [len(self.states[one]) for one in axes]
        if prod(sizes) > MAX_CELLS:
            raise TooLarge(f"{self.source}:{potential.line}: node {part.name!r} would have {prod(sizes)} numbers.")
        settings = (dict(zip(axes, setting, strict=True)) for setting in product(*map(range, sizes)))
        read = self._reader(potential, part.name)
        return Part(
            part.name,
            part.kind,
            part.states,
            parents,
            tuple(map(read, settings)),
            position=part.position,
            line=part.line,
        )

    def _reader(self, potential: Element, about: str) -> Reads:
        """Return the function that reads a potential at a setting of its variables."""
        readers = {"Table": self._table, "Uniform": self._uniform, "Delta": self._delta, "Tree/ADD": self._tree}
        if (kind := potential.attributes.get("type", "")) not in readers:
            self.refuse(potential, f"node {about!r} has a potential of the type {kind!r}. Convert it to a table.")
        return readers[kind](potential, about)

    def _uniform(self, potential: Element, about: str) -> Reads:
        if not self.states[about]:
            self.refuse(potential, f"the utility {about!r} has a uniform potential, which is none.")
        share = Fraction(1, len(self.states[about]))
        return lambda _: share

    def _table(self, potential: Element, about: str) -> Reads:
        at = f"{self.source}:{potential.line}"
        axes = [name for one in self._scope(potential) if self.states[name := self._known(one)]]
        sizes = [len(self.states[name]) for name in axes]
        listed = potential.first("Values")
        numbers = [number(word, at) for word in re.split(r"[\s,]+", listed.text if listed is not None else "") if word]
        if len(numbers) != prod(sizes):
            self.refuse(potential, f"node {about!r} needs {prod(sizes)} numbers, but {len(numbers)} are given.")

        def read(setting: Reading) -> Number:
            place = 0
            for name, size in zip(reversed(axes), reversed(sizes), strict=True):  # the first varies fastest
                place = place * size + setting[name]
            return numbers[place]

        return read

    def _delta(self, potential: Element, about: str) -> Reads:
        state, value = potential.first("State"), potential.first("NumericValue")
        if state is not None and (name := state.attributes.get("name", state.text)) in self.states[about]:
            sure = self.states[about].index(name)
            return lambda setting: Fraction(setting[about] == sure)
        if value is None or self.states[about]:
            self.refuse(potential, f"node {about!r} is fixed at what is none of its states.")
        amount = number(value.text, f"{self.source}:{potential.line}")
        return lambda _: amount

    def _tree(self, potential: Element, about: str) -> Reads:
        top, listed = potential.first("TopVariable"), potential.first("Branches")
        if top is None or listed is None or not self.states[name := self._known(top)]:
            self.refuse(potential, f"node {about!r} has a tree without a variable with states at its top.")
        branches: dict[int, Reads] = {}
        for branch in listed.all("Branch"):
            states, below = branch.first("States"), branch.first("Potential")
            if states is None or below is None:
                self.refuse(branch, f"node {about!r}: only branches with states and a potential of their own are read.")
            reads = self._reader(below, about)
            for state in states.all("State"):
                if self.name(state) not in self.states[name]:
                    self.refuse(state, f"{self.name(state)!r} is not a state of {name!r}.")
                branches[self.states[name].index(self.name(state))] = reads
        if len(branches) < len(self.states[name]):
            self.refuse(potential, f"node {about!r}: the tree does not say what holds for each state of {name!r}.")
        return lambda setting: branches[setting[name]](setting)


# --- writing ----------------------------------------------------------------------------------------------------


def to_pgmx(model: Model) -> str:
    """Return a model as ProbModelXML text, see `write_pgmx`.

    >>> import cidmesa as cm
    >>> "<Values>0.25 0.75</Values>" in to_pgmx(cm.model(cm.cid("S"), S={"a": "1/4", "b": "3/4"}))
    True
    """
    known = given_model(model, "write_pgmx")
    parts = parts_of(known, places(known), alone="ProbModelXML")
    kind = "InfluenceDiagram" if any(part.kind != "chance" for part in parts) else "BayesianNetwork"
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<ProbModelXML formatVersion="0.2.0">',
        f'  <ProbNet type="{kind}">',
        '    <DecisionCriteria><Criterion name="---" unit="---"/></DecisionCriteria>',
    ]
    for tag, told in (("Variables", _variable), ("Links", _link_lines), ("Potentials", _potential)):
        lines += [f"    <{tag}>", *(line for part in parts for line in told(part)), f"    </{tag}>"]
    return "\n".join([*lines, "  </ProbNet>", "</ProbModelXML>", ""])


def _variable(part: Part) -> Iterator[str]:
    kind = "numeric" if part.kind == "utility" else "finiteStates"
    yield f'      <Variable name={quoteattr(part.name)} type="{kind}" role="{part.kind}">'
    if part.position is not None:
        yield '        <Coordinates x="{:.0f}" y="{:.0f}"/>'.format(*part.position)
    texts = tuple(map(show, part.states))
    if kept := note(part, part.name, texts):
        yield f'        <AdditionalProperties><Property name="cidmesa" value={quoteattr(kept)}/></AdditionalProperties>'
    if part.kind == "utility":
        yield '        <Criterion name="---"/>'
    else:
        yield "        <States>"
        yield from (f"          <State name={quoteattr(text)}/>" for text in texts)
        yield "        </States>"
    yield "      </Variable>"


def _link_lines(part: Part) -> Iterator[str]:
    for parent in part.parents:
        ends = "".join(f"<Variable name={quoteattr(end)}/>" for end in (parent, part.name))
        yield f'      <Link directed="true">{ends}</Link>'


def _potential(part: Part) -> Iterator[str]:
    if part.kind == "decision":
        return
    utility = part.kind == "utility"
    yield f'      <Potential type="Table" role="{"utility" if utility else "conditionalProbability"}">'
    if utility:
        yield f"        <UtilityVariable name={quoteattr(part.name)}/>"
    scope = [*([] if utility else [part.name]), *reversed(part.parents)]  # the first varies fastest
    yield f"        <Variables>{''.join(f'<Variable name={quoteattr(name)}/>' for name in scope)}</Variables>"
    yield f"        <Values>{escape(' '.join(map(decimal, part.numbers)))}</Values>"
    yield "      </Potential>"


register(Format("PGMX", (".pgmx",), "model", "OpenMarkov: one agent; positions; decimals", read_pgmx, to_pgmx))
