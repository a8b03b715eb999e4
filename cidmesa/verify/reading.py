"""A proof as it stands in a file: its diagrams and models, read strictly; what is not exact or not whole is refused."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from .numbers import Number, need, number_of, numbers_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["MAX_CELLS", "Index", "Model", "Node", "fields", "model_of", "read", "texts"]

Index: TypeAlias = tuple[int, ...]
MAX_CELLS = 2_000_000


def read(text: str) -> Any:
    """Return the JSON in a text, without floats and without a key twice."""

    def whole(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        need(len(dict(pairs)) == len(pairs), "a key stands twice")
        return dict(pairs)

    try:
        return json.loads(text, object_pairs_hook=whole, parse_float=number_of, parse_constant=number_of)
    except (ValueError, RecursionError) as error:
        return need(False, f"no JSON: {error}")


def fields(given: Any, *names: str) -> list[Any]:
    """Return the values of an object that has exactly these keys; a name that ends in ? may be left out."""
    known = [name.rstrip("?") for name in names]
    need(isinstance(given, dict) and set(given) <= set(known), f"an object with {', '.join(known)} is needed")
    need(all(name in given or name.endswith("?") for name in names), f"one of {', '.join(names)} is missing")
    return [given.get(name) for name in known]


def texts(given: Any) -> tuple[str, ...]:
    """Return a list of different texts."""
    need(isinstance(given, list) and all(isinstance(text, str) for text in given), f"{given!r} is no list of names")
    need(len(set(given)) == len(given), f"a name twice in {given}")
    return tuple(given)


class Node(NamedTuple):
    """A node with its table: the first parent varies slowest, its own states fastest; ``()`` without numbers."""

    name: str
    kind: str
    agent: str | None
    parents: tuple[str, ...]
    states: tuple[str, ...] = ()
    numbers: tuple[Number, ...] = ()


class Model:
    """Nodes by name, parents before children, with states and tables or without."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self.nodes = {node.name: node for node in nodes}
        self.parents = {node.name: node.parents for node in self.nodes.values()}

    def revised(self, *nodes: Node) -> Model:
        """Return the model with these nodes in the place of those of their names, or added at the end."""
        return Model((self.nodes | {node.name: node for node in nodes}).values())

    def observing(self, decision: str, seen: tuple[str, ...]) -> Model:
        """Return the model in which a decision sees these nodes, none of which descends from it."""
        new = self.nodes | {decision: self.nodes[decision]._replace(parents=seen)}
        later = {decision}
        later.update(name for name, node in new.items() if later.intersection(node.parents))
        return Model(sorted(new.values(), key=lambda node: node.name in later))

    def of(self, kind: str, *agents: str) -> list[str]:
        """Return the nodes of a kind, of some agents or of all."""
        return [n.name for n in self.nodes.values() if n.kind == kind and (not agents or n.agent in agents)]

    def node(self, name: Any, *kinds: str) -> Node:
        """Return the node of a name, which must be of one of the kinds if some are given."""
        need(isinstance(name, str) and name in self.nodes, f"there is no node {name!r}")
        need(not kinds or self.nodes[name].kind in kinds, f"{name} is a {self.nodes[name].kind} node")
        return self.nodes[name]

    def setting(self, given: Any) -> dict[str, int]:
        """Return node -> position, of an object node -> state."""
        need(isinstance(given, dict), "a setting is an object: node -> state")
        found = {name: _token(state) for name, state in given.items()}
        need(all(text in self.node(name).states for name, text in found.items()), f"a state in {found} is not there")
        return {name: self.nodes[name].states.index(text) for name, text in found.items()}

    def contexts(self, names: Sequence[str]) -> list[Index]:
        """Return all settings of nodes, the first varying slowest."""
        sizes = [len(self.nodes[name].states) for name in names]
        need(prod(sizes) <= MAX_CELLS, "a table is too large")
        return list(product(*map(range, sizes)))

    def row(self, name: str, setting: dict[str, int]) -> dict[int, Any]:
        """Return the states of positive probability where parents are set; a utility's value stands under 0."""
        node, place = self.nodes[name], 0
        for parent in node.parents:
            place = place * len(self.nodes[parent].states) + setting[parent]
        size = len(node.states) or 1
        numbers = node.numbers[place * size : place * size + size] if node.kind != "decision" else (Fraction(1),)
        return {k: n for k, n in enumerate(numbers) if n}

    def ruled(self, given: Any) -> Model:
        """Return the model in which decisions follow rules: decision -> the numbers of its table."""
        need(isinstance(given, dict), "a policy is an object: decision -> numbers")
        old = ((self.node(name, "decision"), numbers_of(numbers)) for name, numbers in given.items())
        new = (node._replace(kind="chance", agent=None, numbers=numbers) for node, numbers in old)
        return self.revised(*map(self.checked, new))

    def checked(self, node: Node) -> Node:
        """Return the node if its table fits its parents and holds distributions."""
        own = len(node.states)
        need(bool(own) != (node.kind == "utility"), f"{node.name}: states")
        count = len(self.contexts(node.parents)) * (own or 1) if node.kind != "decision" else 0
        need(len(node.numbers) == count, f"{node.name}: its table has {len(node.numbers)} numbers, not {count}")
        for start in range(0, count, own) if own else ():
            row = node.numbers[start : start + own]
            need(all(n >= 0 for n in row) and sum(row, Fraction(0)) == 1, f"{node.name}: no distribution")
        return node


def model_of(given: Any, at: Any = None) -> Model:
    """Return the diagram or model of a proof, a parameter being put at a number or on an interval."""
    (listed,) = fields(given, "nodes")
    need(isinstance(listed, list), "no list of nodes")
    found = Model(())
    for one in listed:
        name, kind, agent, above, states, numbers = fields(
            one, "name", "kind", "agent?", "parents", "states?", "numbers?"
        )
        need(isinstance(name, str) and name and name not in found.nodes, f"{name!r}: no name, or one that is there")
        need(kind in ("chance", "decision", "utility"), f"{name}: {kind!r} is no kind")
        need(agent is None if kind == "chance" else isinstance(agent, str) and agent, f"{name}: its owner")
        need(all(found.node(p).kind != "utility" for p in texts(above)), f"{name}: a utility has no children")
        need(states is None or isinstance(states, list), f"{name}: no list of states")
        own = texts(list(map(_token, states or ())))
        found = found.revised(Node(name, kind, agent, texts(above), own, numbers_of(numbers or [], at)))
    numeric = any(node.states or node.numbers for node in found.nodes.values())
    return Model(map(found.checked, found.nodes.values())) if numeric else found


def _token(state: Any) -> str:
    """Return a state as text that only equal states share."""
    if isinstance(state, dict):
        (text,) = fields(state, "exact")
        need(str(number_of(text)) == text and "/" in text, f"{state!r} is no state")
    need(isinstance(state, str | int | dict) and not isinstance(state, bool), f"{state!r} is no state")
    return json.dumps(state)
