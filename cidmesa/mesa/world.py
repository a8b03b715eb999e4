"""`World`: a composed model as factors, in which rules, interventions and ghosts are exchanged one node at a time."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import product
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from cidmesa.frozen import AT_ONCE, Once
from cidmesa.modelling.contraction import SMALL, contract
from cidmesa.modelling.inference import Factor, eliminate, no_menus
from cidmesa.modelling.mechanism import Lookup
from cidmesa.modelling.model import assemble
from cidmesa.structure.diagram import CID, Node
from cidmesa.structure.node import in_topological_order, shared_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Array, State
    from cidmesa.solving.optimal.stages import Products

__all__ = ["Messages", "World", "one_hot", "shares"]


@dataclass(frozen=True)
class World:
    r"""The nodes of a model in topological order, and a factor for each that is not an undecided decision.

    The factor of a chance node is :math:`P(x \mid pa)` with x last, that of a utility :math:`u(pa)`. Undecided
    decisions count as choosing uniformly without looking, so that conditioning on one is to intervene on it.
    ``products`` of tables are kept for all worlds that are made of this one. ``once`` makes what its plans follow from.
    """

    nodes: Mapping[str, Node]
    factors: Mapping[str, Factor]
    domains: Mapping[str, tuple[State, ...]]
    exact: bool
    known: Messages | None = field(default=None, compare=False, repr=False)
    products: Products = field(default_factory=dict, compare=False, repr=False)
    once: Once = field(default=AT_ONCE, compare=False, repr=False)

    @classmethod
    def of(cls, model: Model) -> World:
        """Return the world that a model describes."""
        no_menus(
            model,
            "the analysis of learned algorithms",
            "It counts a decision that is still open as an even lot over the same options in every context.",
            "Give the base agent's decisions rules: base_policy={...}.",
        )
        nodes = {spec.name: spec for spec in model.cid.specs}
        factors = {name: Factor(table.variables, table.values) for name, table in model.tables.items()}
        return cls(nodes, factors, model.domains, model.exact)

    @property
    def cid(self) -> CID:
        """The diagram."""
        return CID(tuple(self.nodes.values()))

    @property
    def tied(self) -> tuple[tuple[str, ...], ...]:
        """The groups of decisions that share one rule."""
        return shared_rules(self.nodes.values())

    @cached_property
    def decisions(self) -> tuple[str, ...]:
        """The undecided decisions in topological order."""
        return tuple(name for name, node in self.nodes.items() if node.kind == "decision")

    def utilities(self, agents: Iterable[str]) -> tuple[str, ...]:
        """Return the utilities that the agents own."""
        owners = set(agents)
        return tuple(name for name, node in self.nodes.items() if node.kind == "utility" and node.agent in owners)

    def size(self, name: str) -> int:
        """Return how many states or options a node has."""
        return len(self.domains[name])

    def shape(self, names: Iterable[str]) -> tuple[int, ...]:
        """Return the numbers of states of some nodes."""
        return tuple(map(self.size, names))

    def upstream(self, names: Iterable[str]) -> set[str]:
        """Return the nodes from which a directed path leads to one of ``names``, and these."""
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            if (name := waiting.pop()) not in found:
                found.add(name)
                waiting.extend(self.nodes[name].parents)
        return found

    def downstream(self, names: Iterable[str], without: Iterable[str] = ()) -> tuple[str, ...]:
        """Return the nodes that a directed path reaches from one of ``names`` and not through ``without``; not these.

        A node of ``without`` is not reached.
        """
        starts, closed = set(names), set(without)
        reached: dict[str, None] = {}
        for name, node in self.nodes.items():
            if name not in closed and any(parent in reached or parent in starts for parent in node.parents):
                reached[name] = None
        return tuple(name for name in reached if name not in starts)

    def joint(self, keep: Sequence[str], utility: str | None = None) -> Array:
        r"""Return :math:`\sum P(keep, rest)\,u` over the rest, an axis for each of ``keep``; ``None``: u = 1."""
        messages = self._messages
        asked = [*keep, *(self.nodes[utility].parents if utility else ())]
        start = messages.until(min((messages.last[name] for name in asked), default=0), self._factor)
        factors = [self._factor(name) for name in sorted(self._upstream(asked, start))] + (
            [self.factors[utility]] if utility else []
        )
        read = [*asked, *(v for factor in factors for v in factor.variables)]
        return np.asarray(eliminate([*factors, *messages.about(start, read)], keep))

    def _upstream(self, names: Iterable[str], start: int) -> set[str]:
        """Return the nodes of `upstream` whose place in the order of messages is ``start`` or later."""
        place, found, waiting = self._messages.place, set[str](), list(names)
        while waiting:
            name = waiting.pop()
            if name not in found and place[name] >= start:
                found.add(name)
                waiting.extend(self.nodes[name].parents)
        return found

    @cached_property
    def _messages(self) -> Messages:
        if self.known is not None:
            return self.known
        return Messages({name: node.parents for name, node in self.nodes.items() if node.kind != "utility"})

    def action_values(self, decision: str, agent: str, beside: Sequence[str] = ()) -> Array:
        r"""Return :math:`P(pa, b)\,E[\sum U^D \mid pa, b, do(d)]` for the agent's utilities, the options last."""
        axes = [*self.nodes[decision].parents, *beside, decision]
        zero = np.zeros(self.shape(axes), dtype=np.object_ if self.exact else np.float64)
        below = set(self.downstream([decision]))
        return sum((self.joint(axes, utility=u) for u in self.utilities([agent]) if u in below), start=zero)

    def _factor(self, name: str) -> Factor:
        if name in self.factors:
            return self.factors[name]
        return Factor((name,), self.even(name))

    def with_chances(self, given: Mapping[str, tuple[Sequence[str], Array]]) -> World:
        """Return the world in which some nodes, new ones too, are chance nodes with these parents and tables."""
        tables = {name: _once_each(Factor((*parents, name), table)) for name, (parents, table) in given.items()}
        added = {name: Node(name, parents=factor.variables[:-1]) for name, factor in tables.items()}
        return self._revised(added, tables)

    def reading(self, name: str, instead: Mapping[str, str]) -> World:
        """Return the world in which a node reads other nodes, of the same states, in place of some of its parents."""
        node = self.nodes[name]
        parents = tuple(dict.fromkeys(instead.get(parent, parent) for parent in node.parents))
        tables = {}
        if name in self.factors:
            variables = tuple(instead.get(v, v) if v != name else v for v in self.factors[name].variables)
            tables[name] = _once_each(Factor(variables, self.factors[name].values))
        return self._revised({name: replace(node, parents=parents)}, tables)

    def _revised(self, added: Mapping[str, Node], tables: Mapping[str, Factor], gone: Iterable[str] = ()) -> World:
        nodes = {**self.nodes, **added}
        old = [self.nodes.get(name) for name in added]
        if any(
            was is None or not {*node.parents} <= {*was.parents} for node, was in zip(added.values(), old, strict=True)
        ):
            nodes = {node.name: node for node in in_topological_order(tuple(nodes.values()))}
        same = all(was and node.parents == was.parents for node, was in zip(added.values(), old, strict=True))
        known = self._messages.without(added) if same else None
        factors = {**self.factors, **tables}
        for name in gone:
            del factors[name]
        return replace(self, nodes=nodes, factors=factors, known=known)

    def reopened(self, before: World, decisions: Iterable[str]) -> World:
        """Return the world in which decisions are undecided as they were ``before``."""
        again = {d: before.nodes[d] for d in decisions if d in self.factors and d not in before.factors}
        return self._revised(again, {}, again) if again else self

    def from_now_on(self, wanted: Iterable[str]) -> World:
        """Return the world of which the past is summed out: what no undecided decision changes, but for what is read.

        ``wanted`` nodes count as read. What is read is drawn one after the other. The world is returned as it is where
        that needs a large table, or where numbers are not all known: floats would be summed in another order.
        """
        ahead = {*self.decisions, *self.downstream(self.decisions)}
        read = {*wanted, *(parent for name in ahead for parent in self.nodes[name].parents)}
        past = [name for name in self.nodes if name not in ahead]
        front = [name for name in past if name in read]
        if len(front) == len(past) or not self.exact or prod(self.shape(front)) > SMALL:
            return self
        joint = self.joint(front)
        if any(type(cell) not in (int, Fraction) for cell in joint.ravel().tolist()):
            return self
        tables = {name: Factor(tuple(front[: k + 1]), _conditional(joint, k)) for k, name in enumerate(front)}
        nodes = {name: Node(name, parents=tables[name].variables[:-1]) for name in front}
        later = {name: node for name, node in self.nodes.items() if name in ahead}
        factors = {name: factor for name, factor in self.factors.items() if name in later}
        return replace(self, nodes=nodes | later, factors=tables | factors, known=None)

    def made_of(self, nodes: Mapping[str, Node], factors: Mapping[str, Factor]) -> World:
        """Return the world with other nodes and factors of the same domains."""
        ordered = {node.name: node for node in in_topological_order(tuple(nodes.values()))}
        return replace(self, nodes=ordered, factors=factors, known=None)

    def along(self, axes: Sequence[str], name: str, state: State) -> Array:
        """Return whether the node has the state, as an array over ``axes`` that broadcasts."""
        shape = [self.size(axis) if axis == name else 1 for axis in axes]
        return np.asarray(np.arange(self.size(name)) == self.domains[name].index(state)).reshape(shape)

    def model(self, agent: str, decisions: Iterable[str]) -> Model:
        """Return the decision problem of ``agent``: others choose uniformly, and their utilities go."""
        kept = set(decisions)
        world = self.with_chances({d: ((), self.even(d)) for d in self.decisions if d not in kept})
        nodes = [node for node in world.nodes.values() if node.kind != "utility" or node.agent == agent]
        mechanisms = {node.name: world.mechanism(node.name) for node in nodes if node.name in world.factors}
        return assemble(CID(tuple(nodes)), self.domains, mechanisms, {})

    def mechanism(self, name: str) -> Lookup:
        """Return the factor of a node as its mechanism."""
        variables, values = self.factors[name]
        states = [self.domains[parent] for parent in self.nodes[name].parents]
        if self.nodes[name].kind == "utility":
            return Lookup(variables, tuple(zip(product(*states), values.ravel().tolist(), strict=True)))
        rows = [dict(zip(self.domains[name], row.tolist(), strict=True)) for row in values.reshape(-1, self.size(name))]
        return Lookup(variables[:-1], tuple(zip(product(*states), rows, strict=True)))

    def held(self, states: Mapping[str, State]) -> World:
        """Return the world in which nodes are held at a state and listen to nothing."""
        return self.with_chances({n: ((), self.point(n, state)) for n, state in states.items()})

    def point(self, name: str, state: State) -> Array:
        """Return the certain distribution of a node."""
        return one_hot(self.size(name), self.domains[name].index(state), self.exact)

    def even(self, name: str) -> Array:
        """Return the uniform distribution of a node."""
        size = self.size(name)
        return np.full(size, Fraction(1, size)) if self.exact else np.full(size, 1.0 / size)


def _conditional(joint: Array, axis: int) -> Array:
    """Return P(x | axes before that of x) of an exact joint table, uniform where what is before cannot be."""
    law = joint.sum(axis=tuple(range(axis + 1, joint.ndim))).reshape(joint.shape[: axis + 1])
    law = (law + np.asarray(law.sum(axis=-1, keepdims=True) == 0, dtype=int)) * Fraction(1)
    return np.asarray(law / law.sum(axis=-1, keepdims=True))


def _once_each(factor: Factor) -> Factor:
    """Return the factor with one axis for each variable: a variable named twice has one state."""
    names = list(dict.fromkeys(factor.variables))
    if len(names) == len(factor.variables):
        return factor
    places = [names.index(variable) for variable in factor.variables]
    return Factor(tuple(names), np.einsum(factor.values, places, range(len(names))))


def one_hot(size: int, position: Array | int, exact: bool) -> Array:
    """Return arrays with 1 at ``position`` and 0 elsewhere, along a new last axis."""
    rows = np.eye(size, dtype=int)[position]
    return rows.astype(np.object_) if exact else rows.astype(np.float64)


def shares(allowed: Array, exact: bool) -> Array:
    """Return rows in which all allowed options are equally likely."""
    counts = allowed.sum(axis=-1, keepdims=True)
    if not exact:
        return np.asarray(allowed / counts)
    shares = np.array([Fraction(1, int(count)) for count in counts.ravel()], dtype=np.object_).reshape(counts.shape)
    return np.asarray(allowed.astype(int).astype(np.object_) * shares)


class Messages:
    """The messages after each node of an order in which parents come first, worked out as far as they are asked for.

    The k-th is a product of factors over those of the first k nodes that later ones read; the others are summed out.
    ``last``: for each node the place of its last child, or its own.
    """

    def __init__(self, parents: Mapping[str, Sequence[str]]) -> None:
        self.order = _just_in_time(parents)
        self.place = {name: place for place, name in enumerate(self.order)}
        self.last = dict(self.place)
        for place, name in enumerate(self.order):
            self.last |= dict.fromkeys(parents[name], place)
        self.leaving: dict[int, list[str]] = {}
        for name, place in self.last.items():
            self.leaving.setdefault(place, []).append(name)
        self.found: list[tuple[Factor, ...]] = [()]

    def without(self, names: Iterable[str]) -> Messages:
        """Return the messages in which nothing is known of factors of ``names``, which may now be others."""
        first = min((self.place[name] for name in names if name in self.place), default=len(self.order))
        fewer = copy(self)
        fewer.found = self.found[: first + 1]
        return fewer

    def until(self, place: int, factor: Callable[[str], Factor]) -> int:
        """Work out the message before a place, or the last one before it that is not large; return its place."""
        while (count := len(self.found)) <= place:
            factors = self._next(count - 1, factor)
            if factors is None:
                break
            self.found[count : count + 1] = [factors]  # in its place, also where another thread was faster
        return min(place, len(self.found) - 1)

    def _next(self, place: int, factor: Callable[[str], Factor]) -> tuple[Factor, ...] | None:
        factors = [*self.found[place], factor(self.order[place])]
        for name in self.leaving.get(place, ()):
            touched = [factor for factor in factors if name in factor.variables]
            sizes = {v: n for f in touched for v, n in zip(f.variables, f.values.shape, strict=True)}
            scope = tuple(v for v in sizes if v != name)
            if prod(sizes.values()) > SMALL:
                return None
            factors = [factor for factor in factors if name not in factor.variables]
            factors.append(Factor(scope, contract(touched, scope)))
        return tuple(factor for factor in factors if factor.variables)

    def about(self, place: int, names: Iterable[str]) -> Iterator[Factor]:
        """Yield the factors of the message before a place that say something about ``names``."""
        rest, wanted = self.found[place], set(names)
        while found := [factor for factor in rest if wanted.intersection(factor.variables)]:
            yield from found
            wanted.update(v for factor in found for v in factor.variables)
            rest = tuple(factor for factor in rest if not any(factor is one for one in found))


def _just_in_time(parents: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the nodes, parents first, each as late as what reads it allows: the parent with the longest past first.

    ``parents``: those of each node, in an order in which parents come first.
    """
    depth: dict[str, int] = {}
    for name, above in parents.items():
        depth[name] = 1 + max((depth[parent] for parent in above), default=0)
    read, order = {parent for above in parents.values() for parent in above}, dict[str, None]()
    waiting = [name for name in reversed(list(parents)) if name not in read]
    while waiting:
        if missing := [parent for parent in parents[waiting[-1]] if parent not in order]:
            waiting += sorted(missing, key=depth.__getitem__)
        else:
            order[waiting.pop()] = None
    return list(order)
