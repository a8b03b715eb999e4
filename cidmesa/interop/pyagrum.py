"""pyAgrum (https://agrum.gitlab.io): influence diagrams of one agent, both ways. Imports pyagrum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.errors import FormatError
from cidmesa.interop.fast import fast_declaration, fast_states
from cidmesa.interop.foreign import library
from cidmesa.interop.part import Part, assembled, one_agent, parts_of
from cidmesa.modelling.model import known_model
from cidmesa.structure.build import SINGLE_AGENT

if TYPE_CHECKING:
    from cidmesa.modelling.model import Model

__all__ = ["from_pyagrum", "to_pyagrum"]


def to_pyagrum(model: Model) -> Any:
    """Return a model of one agent as a pyAgrum ``InfluenceDiagram``; numbers become floats.

    States that are whole numbers stay so; others become labels.

    Raises:
        NotApplicable: several agents, decisions that share a rule, or parameters without a value.

    >>> import cidmesa as cm
    >>> g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, S={0: 0.25, 1: 0.75}, D=["l", "r"], U="S if D == 'l' else 0")
    >>> from_pyagrum(to_pyagrum(m)) == m
    True

    """
    parts = parts_of(known_model(model, "to_pyagrum"))
    one_agent(parts, "pyAgrum")
    diagram = library("pyagrum", "interop").InfluenceDiagram()
    add = {"chance": diagram.addChanceNode, "decision": diagram.addDecisionNode, "utility": diagram.addUtilityNode}
    for part in parts:
        add[part.kind](_variable(part))
    for part in parts:
        for parent in part.parents:
            diagram.addArc(parent, part.name)
    for part in parts:
        if part.kind != "decision":
            _fill(_table(diagram, part), part)
    return diagram


def _variable(part: Part) -> Any:
    gum = library("pyagrum", "interop")
    if part.kind == "utility":
        return gum.LabelizedVariable(part.name, part.name, 1)
    if fast_declaration("x", part.states).startswith("x["):
        return gum.RangeVariable(part.name, part.name, int(part.states[0]), int(part.states[-1]))
    return gum.LabelizedVariable(part.name, part.name, [str(state) for state in part.states])


def _table(diagram: Any, part: Part) -> Any:
    return diagram.cpt(part.name) if part.kind == "chance" else diagram.utility(part.name)


def _fill(table: Any, part: Part) -> None:
    """Write the numbers in the order of pyAgrum's axes: its first variable is the last axis of its arrays."""
    axes = [*part.parents, part.name]
    shape = [table.variable(name).domainSize() for name in axes]
    values = np.array([float(n) for n in part.numbers]).reshape(shape)
    wanted = [axes.index(name) for name in reversed(table.names)]
    table[:] = np.ascontiguousarray(values.transpose(wanted))


def from_pyagrum(diagram: Any) -> Model:
    """Return a pyAgrum ``InfluenceDiagram`` or ``BayesNet`` as a model; decisions belong to one agent.

    Raises:
        FormatError: a discretised variable.

    >>> from cidmesa.interop.foreign import library
    >>> from_pyagrum(library("pyagrum", "interop").fastID("S{a|b}->*D[3]->$U<-S")).domain("D")
    (0, 1, 2)

    """
    kinds = {"isDecisionNode": "decision", "isUtilityNode": "utility"}
    parts = []
    for node in diagram.nodes():
        name = str(diagram.variable(node).name())
        kind: Any = next((k for test, k in kinds.items() if getattr(diagram, test, _never)(node)), "chance")
        parts.append(_part(diagram, node, name, kind))
    return assembled(parts, "pyAgrum")


def _never(node: int) -> bool:  # noqa: ARG001 (a Bayesian network has chance nodes only)
    return False


def _part(diagram: Any, node: int, name: str, kind: Any) -> Part:
    states = () if kind == "utility" else fast_states(diagram.variable(node).toFast(), f"pyAgrum: {name}")[1]
    if kind == "decision":
        parents = tuple(str(diagram.variable(parent).name()) for parent in sorted(diagram.parents(node)))
        return Part(name, kind, states, parents, (), SINGLE_AGENT)
    table = diagram.cpt(node) if kind == "chance" else diagram.utility(node)
    if table.nbrDim() == 0:
        raise FormatError(f"pyAgrum: node {name!r} has no table.")
    axes = tuple(str(axis) for axis in reversed(table.names))  # the node itself comes last
    numbers = tuple(map(float, np.asarray(table.toarray()).ravel()))
    return Part(name, kind, states, axes[:-1], numbers, None if kind == "chance" else SINGLE_AGENT)
