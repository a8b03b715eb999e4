"""One node of a diagram, and what must hold of the nodes of a diagram together."""

from __future__ import annotations

import heapq
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from cidmesa.display import Displays
from cidmesa.errors import CyclicError, DiagramError, flaw, near_miss, normal

__all__ = ["Kind", "Node", "check_nodes", "fresh_name", "in_topological_order", "known_link", "shared_rules"]

Kind = Literal["chance", "decision", "utility"]


@dataclass(frozen=True, slots=True)
class Node(Displays):
    """One node of a diagram together with the links that it receives.

    ``agent`` owns a decision or utility node and is ``None`` for a chance node. ``rule``: decisions that name the same
    rule share one decision rule, because their agent cannot tell them apart; ``None``: a rule of its own. ``offers``:
    the parents on which the options of a decision depend (`menu`).

    Source: the node types of influence diagrams are those of Howard and Matheson 1984.

    >>> from cidmesa import cid
    >>> g = cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> node = g.spec("D")
    >>> node.kind, node.agent, node.parents
    ('decision', 'agent', ('S',))
    """

    name: str
    kind: Kind = "chance"
    agent: str | None = None
    parents: tuple[str, ...] = ()
    rule: str | None = None
    offers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.offers:
            object.__setattr__(self, "offers", tuple(parent for parent in self.parents if parent in self.offers))
        names: tuple[object, ...] = (self.name, self.agent, *self.parents)  # may be anything, see `check_nodes`
        if any(isinstance(name, str) and not (name.isascii() and name.isprintable()) for name in names):
            name, agent, *parents = map(_normal, names)
            for field, value in {"name": name, "agent": agent, "parents": tuple(parents)}.items():
                object.__setattr__(self, field, value)


def _normal(name: object) -> object:
    """Return a name in its normal form; DiagramError if it holds characters that act on a display."""
    if isinstance(name, str) and (wrong := flaw(name)):
        raise DiagramError(f"the name {name!a} cannot be used: {wrong}")
    return normal(name) if isinstance(name, str) else name


def check_nodes(specs: tuple[Node, ...]) -> None:
    """Check names, owners and parents.

    Raises:
        DiagramError: a name occurs twice, a parent is unknown, a utility has a child, a decision or utility has no
            owner, or a chance node has one.

    >>> check_nodes((Node("A"), Node("B", parents=("A",))))
    """
    by_name: dict[str, Node] = {}
    for spec in specs:
        name: object = spec.name  # may be anything: callers without a type checker
        if not isinstance(name, str) or not name:
            raise DiagramError(f"a node's name must be a non-empty string, not {name!r}.")
        if spec.name in by_name:
            raise DiagramError(
                f"node {spec.name!r} is declared twice. Give each node one kind and one owner.", node=spec.name
            )
        if (spec.agent is None) != (spec.kind == "chance"):
            owner = f"node {spec.name!r}: a decision or utility needs an agent, a chance node has none."
            raise DiagramError(owner, node=spec.name)
        if spec.kind != "decision" and (spec.rule is not None or spec.offers):
            raise DiagramError(f"node {spec.name!r}: only a decision has options or shares a rule.", node=spec.name)
        by_name[spec.name] = spec
    for spec in specs:
        if spec.parents:
            _check_parents(spec, by_name)
    _check_rules(specs, by_name)


def shared_rules(specs: Iterable[Node]) -> tuple[tuple[str, ...], ...]:
    """Return the groups of several decisions that share one rule.

    >>> shared_rules([Node("A", "decision", "a", rule="r"), Node("B", "decision", "a", rule="r")])
    (('A', 'B'),)
    """
    groups: dict[str, list[str]] = {}
    for spec in specs:
        if spec.rule is not None:
            groups.setdefault(spec.rule, []).append(spec.name)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)


def _check_rules(specs: tuple[Node, ...], by_name: Mapping[str, Node]) -> None:
    for group in shared_rules(specs):
        owners, counts = {by_name[name].agent for name in group}, {len(by_name[name].parents) for name in group}
        if len(owners) > 1 or len(counts) > 1:
            what = "owners" if len(owners) > 1 else "options or observations"
            raise DiagramError(f"{', '.join(group)} cannot share a rule: their {what} differ.", node=group[0])


def _check_parents(spec: Node, by_name: Mapping[str, Node]) -> None:
    if len(set(spec.parents)) < len(spec.parents):
        raise DiagramError(f"node {spec.name!r} names a parent twice: {', '.join(spec.parents)}.", node=spec.name)
    for parent in spec.parents:
        if parent not in by_name:
            hint = near_miss(parent, by_name)
            raise DiagramError(
                f"node {spec.name!r} has the parent {parent!r}, which is not a node of the diagram.{hint}",
                link=(parent, spec.name),
            )
        if by_name[parent].kind == "utility":
            raise DiagramError(
                f"utility node {parent!r} has the child {spec.name!r}, but utilities have no children. "
                f"Let a chance node carry the score, and make {parent!r} another child of it.",
                link=(parent, spec.name),
            )


def in_topological_order(specs: tuple[Node, ...]) -> tuple[Node, ...]:
    """Return the nodes with parents before children; ties keep the given order.

    Raises:
        CyclicError: the links contain a directed cycle.

    >>> [node.name for node in in_topological_order((Node("B", parents=("A",)), Node("A")))]
    ['A', 'B']
    """
    position = {spec.name: i for i, spec in enumerate(specs)}
    if all(position[parent] < i for i, spec in enumerate(specs) for parent in spec.parents):
        return specs
    children: list[list[int]] = [[] for _ in specs]
    missing = [len(spec.parents) for spec in specs]
    for i, spec in enumerate(specs):
        for parent in spec.parents:
            children[position[parent]].append(i)
    ready = [i for i, count in enumerate(missing) if not count]  # ascending, so it is a heap
    order: list[Node] = []
    while ready:
        i = heapq.heappop(ready)
        order.append(specs[i])
        for child in children[i]:
            missing[child] -= 1
            if not missing[child]:
                heapq.heappush(ready, child)
    if len(order) < len(specs):
        cycle = _cycle([spec for i, spec in enumerate(specs) if missing[i]])
        shown = " -> ".join([*cycle, cycle[0]])
        raise CyclicError(f"the links form a cycle: {shown}. Remove or reverse one of these links.", cycle=cycle)
    return tuple(order)


def _cycle(rest: list[Node]) -> tuple[str, ...]:
    """Return the nodes of a cycle, each a parent of the next."""
    parents = {spec.name: spec.parents for spec in rest}
    walk = [rest[0].name]
    while (step := next(p for p in parents[walk[-1]] if p in parents)) not in walk:
        walk.append(step)
    return (step, *reversed(walk[walk.index(step) + 1 :]))


def known_link(given: object) -> tuple[str, str]:
    """Return a link, a pair (parent, child).

    Raises:
        DiagramError: it is something else.

    >>> known_link(["A", "B"])
    ('A', 'B')
    """
    if isinstance(given, str) or not isinstance(given, Sequence) or len(given) != 2:
        raise DiagramError(f"a link is a pair (parent, child), not {given!r}.")
    return given[0], given[1]


def fresh_name(taken: Container[str], wanted: str) -> str:
    """Return ``wanted``, with primes added while the name is taken.

    >>> fresh_name(["X", "X'"], "X")
    "X''"
    """
    return wanted if wanted not in taken else fresh_name(taken, f"{wanted}'")
