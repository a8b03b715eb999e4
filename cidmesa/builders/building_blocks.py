"""The parts of training processes: parameters, updates, actions, nodes, scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cidmesa.errors import ComposeError
from cidmesa.frozen import Frozen
from cidmesa.mesa.roles import Learned, learned
from cidmesa.mesa.training import TrainingProcess, training
from cidmesa.modelling.construction import model
from cidmesa.modelling.parameter import Parameter, parameter
from cidmesa.modelling.shorthand import as_mechanism, table, uniform
from cidmesa.structure.diagram import CID, Kind, Node

if TYPE_CHECKING:
    from cidmesa.modelling.policy import Policy

__all__ = [
    "CHANGED",
    "LEARNER",
    "Part",
    "action",
    "amount",
    "at_least",
    "chance",
    "choice",
    "kept",
    "objective",
    "parameters",
    "probability",
    "process",
    "updated",
]

LEARNER, CHANGED = "mesa", "base"  # parameters that are the mesa-optimizer, and what training makes of them


@dataclass(frozen=True)
class Part(Frozen):
    """A node with its mechanism; its parents are the names that the mechanism uses, and ``sees``."""

    name: str
    mechanism: object
    kind: Kind = "chance"
    agent: str | None = None
    states: Sequence[object] | None = None
    sees: tuple[str, ...] = ()
    role: Learned | None = None

    def node(self, numbers: Mapping[str, Parameter]) -> Node:
        """Return the record of the node; names of ``numbers`` are not parents."""
        named = () if self.kind == "decision" else as_mechanism(self.mechanism, ()).names
        parents = dict.fromkeys([*self.sees, *(name for name in named if name not in numbers)])
        return Node(self.name, self.kind, self.agent, tuple(parents))


def chance(name: str, mechanism: object, states: Sequence[object] | None = None) -> Part:
    """Return a chance node."""
    return Part(name, mechanism, states=states)


def objective(name: str, value: object, agent: str = "base") -> Part:
    """Return a utility of the base agent (or of the designer)."""
    return Part(name, value, "utility", agent)


def choice(name: str, options: Sequence[object], agent: str = "base") -> Part:
    """Return a decision of the base agent."""
    return Part(name, list(options), "decision", agent)


def parameters(name: str = "Theta1") -> Part:
    """Return the first parameters, which are the mesa-optimizer's."""
    return chance(name, {LEARNER: 1, CHANGED: 0})


def updated(name: str, before: str, changed: str) -> Part:
    """Return parameters after an update: the learner's are changed with probability ``changed`` (an expression)."""
    rows = [[LEARNER, {LEARNER: f"1 - ({changed})", CHANGED: changed}], ["*", {"same": before}]]
    return chance(name, table(rows, [before]), [LEARNER, CHANGED])


def kept(name: str, before: str) -> Part:
    """Return parameters that equal the earlier ones."""
    return chance(name, table([["*", {"same": before}]], [before]), [LEARNER, CHANGED])


def action(
    name: str,
    options: Sequence[object],
    theta: str,
    otherwise: object,
    *,
    sees: Sequence[str] = (),
    episode: int = 1,
    phase: str = "train",
    agent: str = "mesa",
) -> Part:
    """Return an action of the learned algorithm; changed parameters do ``otherwise`` (or a mapping by their value)."""
    given = otherwise if isinstance(otherwise, Mapping) else {CHANGED: otherwise}
    role = learned(theta, episode=episode, phase=phase, agent=agent, otherwise=given)
    return Part(name, uniform(options), sees=(*sees, theta), role=role)


def probability(name: str, value: object, doc: str) -> Parameter:
    """Return a parameter in [0, 1]."""
    return parameter(name, 0, 1, value=value, doc=doc)


def amount(name: str, value: object, doc: str) -> Parameter:
    """Return a nonnegative parameter."""
    return parameter(name, 0, value=value, doc=doc)


def at_least(least: int, **sizes: object) -> None:
    """Check the sizes of a process.

    Raises:
        ComposeError: a size is smaller than ``least``.

    >>> at_least(1, episodes=0)
    Traceback (most recent call last):
    cidmesa.errors.ComposeError: episodes=0: give a whole number from 1.
    """
    for name, size in sizes.items():
        if not isinstance(size, int) or size < least:
            raise ComposeError(f"{name}={size!r}: give a whole number from {least}.")


def process(
    parts: Sequence[Part],
    *numbers: Parameter,
    learner: object = LEARNER,
    base_policy: Policy | None = None,
    gate: Mapping[str, object] | None = None,
) -> TrainingProcess:
    """Return the training process made of these parts, in this order of nodes, and these parameters."""
    named = {number.name: number for number in numbers}
    diagram = CID(tuple(part.node(named) for part in parts))
    states = {part.name: part.states for part in parts if part.states is not None}
    made = model(diagram, {part.name: part.mechanism for part in parts}, domains=states, parameters=named)
    roles = {part.name: part.role for part in parts if part.role is not None}
    return training(made, actions=roles, learner=learner, base_policy=base_policy, gate=gate)
