"""Parallel worlds: copies of nodes that share their noise with the nodes that they copy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from itertools import product
from math import prod
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cidmesa.display import Displays
from cidmesa.errors import DiagramError, ModelError, TooLarge
from cidmesa.modelling.mechanism import Constant, Lookup
from cidmesa.modelling.numbers import cells, show
from cidmesa.modelling.policy import Rule
from cidmesa.structure.diagram import Node
from cidmesa.structure.node import fresh_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cidmesa.modelling.mechanism import Mechanism
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Array, State
    from cidmesa.structure.diagram import CID

__all__ = ["World", "Worlds", "Would", "known_link", "renamed"]

MAX_CELLS = 2**17


@dataclass(frozen=True)
class Would(Displays):
    """The value that a node would have if other nodes were set: ``{"M": would(X=0)}`` sets M to :math:`M_{X=0}`.

    Source: nested counterfactuals of Pearl 2001.

    >>> from cidmesa import would
    >>> would(X=0).held
    (('X', 0),)

    """

    held: tuple[tuple[str, State | Would], ...]

    def __str__(self) -> str:
        inner = ", ".join(f"{node} = {value if isinstance(value, Would) else show(value)}" for node, value in self.held)
        return f"as under do({inner})"


@dataclass(frozen=True)
class World:
    """The nodes that are set in a world, and the rules that decisions follow there instead of their factual ones."""

    held: tuple[tuple[str, State | Would], ...] = ()
    rules: tuple[Rule, ...] = ()
    label: str = ""  # of its nodes; without one "elsewhere", or "adapted" for decisions with other rules


class _Copy(NamedTuple):
    """A copy of a node in another world, with the parents that it has there."""

    name: str
    parents: tuple[str, ...]


class Worlds:
    r"""A model together with copies of its nodes in other worlds, under the canonical noise.

    The noise of a node V is one independent value :math:`e_V^{pa}` for each setting of its parents, with the law of V
    at that setting. So a copy of V takes V's own value if its parents have the same values as V's, and otherwise a
    fresh draw. This defines the table of a copy given its parents, V's parents and V; no noise is enumerated.
    Deterministic nodes have no noise. A copy whose parents are V's own parents is V itself (causal irrelevance).

    ``factual_last``: the factual node depends on its copies, instead of the copies on it; the joint law is the same.
    """

    def __init__(self, model: Model, *, factual_last: bool = False) -> None:
        self.model, self.cid, self.factual_last = model, model.cid, factual_last
        self.specs: dict[str, Node] = {}
        self.mechanisms: dict[str, Mechanism] = {}
        self.origins: dict[str, str] = {}
        self._copies: dict[str, list[_Copy]] = {}
        self._constants: dict[tuple[str, State], str] = {}
        self._at: dict[tuple[str, World], str] = {}

    def at(self, node: str, world: World) -> str:
        """Return the node that carries the value of ``node`` in ``world``, made if missing."""
        if (node, world) not in self._at:
            self._at[node, world] = self._placed(node, world)
        return self._at[node, world]

    def _placed(self, node: str, world: World) -> str:
        held = dict(world.held)
        if node in held:
            value = held[node]
            return self.at(node, World(value.held)) if isinstance(value, Would) else self.constant(node, value)
        rule = next((rule for rule in world.rules if rule.decision == node), None)
        seen = self.cid.parents(node) if rule is None else rule.parents
        parents = tuple(self.at(parent, world) for parent in seen)
        if rule is None:
            return self.copy(node, parents, world.label or "elsewhere")
        name = self._name(node, world.label or "adapted")
        self._add(name, node, parents, Rule(name, parents, rule.domains, rule.options, rule.values).as_mechanism())
        return name

    def constant(self, node: str, value: State) -> str:
        """Return the node that is always ``value``, a state of ``node``."""
        if (node, value) not in self._constants:
            name = fresh_name([*self.cid.nodes, *self.origins], f"{node} = {show(value)}")
            self._add(name, node, (), Constant(value))
            self._constants[node, value] = name
        return self._constants[node, value]

    def copy(self, node: str, parents: tuple[str, ...], label: str = "elsewhere") -> str:
        """Return the copy of ``node`` with these parents, or the node itself if they are its own."""
        if parents == self.cid.parents(node):
            return node
        if self.cid.kind(node) == "decision":
            raise ModelError(
                f"decision {node!r} would act in another world, but it has no rule. "
                "Give one (policy=..., or model.with_policy)."
            )
        for copy in self._copies.setdefault(node, []):
            if copy.parents == parents:
                return copy.name
        name = self._name(node, label)
        self.origins[name] = node
        self._copies[node].append(_Copy(name, parents))
        return name

    def _name(self, node: str, label: str) -> str:
        return fresh_name([*self.cid.nodes, *self.origins], f"{node} ({label})")

    def _add(self, name: str, origin: str, parents: tuple[str, ...], mechanism: Mechanism) -> None:
        self.origins[name] = origin
        copied = self.cid.spec(origin)
        same = replace(copied, name=name, parents=parents)
        self.specs[name] = same if copied.kind == "utility" else Node(name, parents=parents)
        self.mechanisms[name] = mechanism

    def build(self, *targets: str) -> Model:
        """Return the model with the copies that ``targets`` depend on, or all of them.

        A copy of a node that is not needed otherwise has no shared noise: it has the table of that node.

        Raises:
            TooLarge: the joint table of a node and its copies is too large; the message names them.

        """
        needed = self._above(targets or (*self.cid.nodes, *self.origins))
        for node, copies in self._copies.items():
            factual = _Copy(node, self.cid.parents(node))
            ordered = [*copies, factual] if self.factual_last else [factual, *copies]
            asked = [copy for copy in ordered if copy.name in needed]
            for k, copy in enumerate(asked):
                if copy is not factual or self.factual_last:
                    self._add_coupled(node, copy, asked[:k])
        specs = [spec for name, spec in self.specs.items() if name in needed]
        domains = {spec.name: self._domain(spec.name) for spec in specs if spec.kind != "utility"}
        mechanisms = {spec.name: self.mechanisms[spec.name] for spec in specs}
        return self.model.revised(specs, mechanisms=mechanisms, domains=domains)

    def _above(self, targets: Iterable[str]) -> set[str]:
        """Return the nodes and copies on which ``targets`` depend, and themselves."""
        parents = {copy.name: copy.parents for copies in self._copies.values() for copy in copies}
        parents |= {name: spec.parents for name, spec in self.specs.items() if name not in parents}
        found, todo = set[str](), list(targets)
        while todo:
            if (name := todo.pop()) not in found:
                found.add(name)
                todo += parents[name] if name in parents else self.cid.parents(name)
        return found

    def _add_coupled(self, node: str, copy: _Copy, earlier: Sequence[_Copy]) -> None:
        values = self.model.table(node).values
        if self.cid.kind(node) == "utility":
            self._add(copy.name, node, copy.parents, renamed(self.model, node, copy.parents))
            return
        if ((values == 0) | (values == 1)).all():
            earlier = ()  # no noise to share
        parents = tuple(dict.fromkeys([*copy.parents, *(v for one in earlier for v in (*one.parents, one.name))]))
        domains, options = tuple(map(self._domain, parents)), self.model.domains[node]
        if (count := prod(map(len, domains)) * len(options)) > MAX_CELLS:
            raise TooLarge(
                f"{node!r} and its copies in other worlds share noise; their table over {', '.join(parents)} has "
                f"{count} cells. Fewer parents or states, or its noise drawn as a chance root with a deterministic "
                "node below, would shrink it."
            )
        table = _coupled(values, copy, earlier, {v: len(d) for v, d in zip(parents, domains, strict=True)})
        self._add(copy.name, node, parents, Rule(copy.name, parents, domains, options, table).as_mechanism())

    def _domain(self, name: str) -> tuple[State, ...]:
        return self.model.domains[self.origins.get(name, name)]


def known_link(cid: CID, parent: str, child: str) -> tuple[str, str]:
    """Return the link.

    Raises:
        DiagramError: the diagram has no such link; the message names the links into ``child``.

    """
    if parent not in cid.parents(child):
        links = ", ".join(f"{p} -> {child}" for p in cid.parents(child)) or "none"
        raise DiagramError(f"there is no link {parent} -> {child}. Links into {child}: {links}.", link=(parent, child))
    return parent, child


def renamed(model: Model, utility: str, parents: tuple[str, ...]) -> Lookup:
    """Return the utility's table with its parents replaced by other nodes."""
    table = model.table(utility)
    settings = product(*(model.domains[parent] for parent in table.variables))
    return Lookup(parents, tuple(zip(settings, table.values.ravel().tolist(), strict=True)))


def _coupled(values: Array, copy: _Copy, earlier: Sequence[_Copy], sizes: Mapping[str, int]) -> Array:
    """Return P(copy | its parents, earlier copies and theirs): equal parents give equal values, else a fresh draw."""
    variables = [*sizes, copy.name]
    shape = (*sizes.values(), values.shape[-1])
    states = dict(zip(variables, np.indices(shape, sparse=True), strict=True))
    result = np.broadcast_to(values[tuple(states[name] for name in (*copy.parents, copy.name))], shape)
    for one in reversed(earlier):
        pairs = zip(copy.parents, one.parents, strict=True)
        same = reduce(np.logical_and, (states[mine] == states[its] for mine, its in pairs), np.asarray(True))
        equal = states[copy.name] == states[one.name]
        result = np.where(same, equal.astype(int), result)
    return cells(result.ravel().tolist(), shape)
