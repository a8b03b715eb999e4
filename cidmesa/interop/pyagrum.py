"""pyAgrum (https://agrum.gitlab.io): its objects both ways, and the files that it reads and writes for us."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.errors import FormatError, NotApplicable, library
from cidmesa.formats import Format, register, write
from cidmesa.interop.part import Part, assembled, given_model, parts_of
from cidmesa.interop.tokens import text_of
from cidmesa.modelling.numbers import State, as_state, show
from cidmesa.structure.build import SINGLE_AGENT

if TYPE_CHECKING:
    import os

    from cidmesa.modelling.model import Model
    from cidmesa.structure.node import Kind

__all__ = ["from_pyagrum", "read_jgum", "to_jgum", "to_pyagrum", "write_jgum"]


def _gum() -> Any:
    return library("pyagrum", "interop")


# --- objects ------------------------------------------------------------------------------------------------------


def to_pyagrum(model: Model) -> Any:
    """Return a model of one agent as a pyAgrum ``InfluenceDiagram``; numbers become floats.

    States that are numbers in ascending order stay so; others become labels.

    Raises:
        NotApplicable: there are several agents, decisions share a rule, a parameter has no value, or states look alike.

    >>> import cidmesa as cm
    >>> g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, S={0: 0.25, 1: 0.75}, D=["l", "r"], U="S if D == 'l' else 0")
    >>> from_pyagrum(to_pyagrum(m)) == m
    True
    """
    parts = parts_of(given_model(model, "to_pyagrum"), alone="pyAgrum")
    diagram = _gum().InfluenceDiagram()
    add = {"chance": diagram.addChanceNode, "decision": diagram.addDecisionNode, "utility": diagram.addUtilityNode}
    for part in parts:
        add[part.kind](_variable(part))
    for part in parts:
        for parent in part.parents:
            diagram.addArc(parent, part.name)
    for part in parts:
        if part.kind != "decision":
            _fill(diagram.cpt(part.name) if part.kind == "chance" else diagram.utility(part.name), part)
    return diagram


def _variable(part: Part) -> Any:
    gum, name, states = _gum(), part.name, part.states
    if part.kind == "utility":
        return gum.LabelizedVariable(name, name, 1)
    ascending = not any(isinstance(state, str) for state in states) and list(states) == sorted(states)
    if ascending and all(isinstance(state, int) for state in states):
        first, last = int(states[0]), int(states[-1])
        whole = last - first == len(states) - 1
        return gum.RangeVariable(name, name, first, last) if whole else gum.IntegerVariable(name, name, list(states))
    if ascending and all(isinstance(state, int | float) for state in states):
        return gum.NumericalDiscreteVariable(name, name, list(map(float, states)))
    labels = list(map(show, states))
    if len(set(labels)) < len(labels):
        raise NotApplicable(f"the states of {name!r} look alike as labels: {', '.join(labels)}. Rename some.")
    return gum.LabelizedVariable(name, name, labels)


def _fill(table: Any, part: Part) -> None:
    """Write the numbers in the order of pyAgrum's axes: its first variable is the last axis of its arrays."""
    axes = [*part.parents, part.name]
    shape = [table.variable(name).domainSize() for name in axes]
    values = np.array([float(n) for n in part.numbers]).reshape(shape)
    wanted = [axes.index(name) for name in reversed(table.names)]
    table[:] = np.ascontiguousarray(values.transpose(wanted))


def from_pyagrum(diagram: Any) -> Model:
    """Return a pyAgrum ``InfluenceDiagram`` or ``BayesNet`` as a model; decisions belong to one agent.

    States of discretised variables are their intervals as text, such as ``"[0;1["``.

    >>> gum = library("pyagrum", "interop")
    >>> from_pyagrum(gum.fastID("S{a|b}->*D[3]->$U<-S")).domain("D")
    (0, 1, 2)
    >>> from_pyagrum(gum.fastBN("X[0,1,2.5]")).domain("X")
    ('[0;1[', '[1;2.5]')
    """
    return assembled((_part(diagram, node) for node in diagram.nodes()), "pyAgrum")


def _part(diagram: Any, node: int) -> Part:
    variable, kind = diagram.variable(node), _kind(diagram, node)
    name, states = str(variable.name()), () if kind == "utility" else _states(variable)
    if kind == "decision":
        parents = tuple(str(diagram.variable(parent).name()) for parent in sorted(diagram.parents(node)))
        return Part(name, kind, states, parents, (), SINGLE_AGENT)
    table = diagram.cpt(node) if kind == "chance" else diagram.utility(node)
    if table.nbrDim() == 0:
        raise FormatError(f"pyAgrum: node {name!r} has no table.")
    axes = tuple(str(axis) for axis in reversed(table.names))  # the node itself comes last
    numbers = tuple(map(float, np.asarray(table.toarray()).ravel()))
    return Part(name, kind, states, axes[:-1], numbers, None if kind == "chance" else SINGLE_AGENT)


def _kind(diagram: Any, node: int) -> Kind:
    if not hasattr(diagram, "isDecisionNode"):  # a Bayesian network has chance nodes only
        return "chance"
    return "decision" if diagram.isDecisionNode(node) else "utility" if diagram.isUtilityNode(node) else "chance"


def _states(variable: Any) -> tuple[State, ...]:
    gum, kind = _gum(), variable.varType()
    if kind in (gum.VarType_RANGE, gum.VarType_INTEGER):
        return tuple(map(int, variable.labels()))
    if kind == gum.VarType_NUMERICAL:
        return tuple(as_state(float(label)) for label in variable.labels())
    return tuple(map(str, variable.labels()))


# --- files --------------------------------------------------------------------------------------------------------


def read_jgum(path: str | os.PathLike[str]) -> Model:
    """Return the influence diagram or Bayesian network of a JGUM file, as pyAgrum reads it.

    Raises:
        FormatError: pyAgrum cannot read it; the message says why.
        NotApplicable: pyAgrum is not installed.
    """
    network = '"type":"BN"' in "".join(text_of(path).split())
    return _read(path, _gum().loadBN if network else _loaded_diagram)


def _loaded_diagram(path: str) -> Any:
    diagram = _gum().InfluenceDiagram()
    diagram.loadGUM(path)
    return diagram


def _read(path: str | os.PathLike[str], load: Callable[[str], Any]) -> Model:
    text_of(path)  # can it be read at all, is it text, is it small enough?
    try:
        return from_pyagrum(load(str(path)))
    except _gum().GumException as error:
        raise FormatError(f"{path}: pyAgrum cannot read this file: {' '.join(str(error).split())}") from error


def write_jgum(model: Model, path: str | os.PathLike[str]) -> None:
    """Write a model of one agent as a JGUM file, see `to_jgum`."""
    write(path, to_jgum(model).encode())


def to_jgum(model: Model) -> str:
    """Return a model of one agent as JGUM text, written by pyAgrum.

    Raises:
        NotApplicable: `to_pyagrum` refuses the model, or pyAgrum would change names or states when reading it again:
            names with brackets or bars, numbers that are not whole or not in order, words that look like numbers.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("S -> D", decisions=["D"]), S={0: "1/4", 1: "3/4"}, D=["l", "r"])
    >>> content = json.loads(to_jgum(m))
    >>> content["chance"], content["decision"], content["cpt"]
    (['S[2]'], ['D{l|r}'], {'S': [0.25, 0.75]})
    """
    model = given_model(model, "write_jgum")
    text = to_pyagrum(model).saveGUMstring()
    again = _gum().InfluenceDiagram()
    try:
        again.loadGUMstring(text)
        kept = from_pyagrum(again)
        lost = [node for node in model.cid.nodes if kept.domains.get(node) != model.domains.get(node)]
    except (FormatError, _gum().GumException):
        lost = list(model.cid.nodes)
    if lost:
        raise NotApplicable(
            f"JGUM cannot say what {', '.join(lost)} are called, or their states: it has whole numbers in order and "
            "plain words. Write .json, .xdsl or .net."
        )
    return json.dumps({**json.loads(text), "properties": {"software": "cidmesa"}}) + "\n"


register(Format("JGUM", (".jgum",), "model", "pyAgrum (which reads it): one agent; floats", read_jgum, to_jgum))
for _name, _ending, _about in (
    ("UAI", ".uai", "UAI competitions, read by pyAgrum: chance nodes, without their names; floats"),
    ("DSL", ".dsl", "older GeNIe, read by pyAgrum: chance nodes; floats"),
):
    register(Format(_name, (_ending,), "model", _about, lambda path: _read(path, _gum().loadBN)))
