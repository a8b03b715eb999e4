"""Exact numbers, and diagrams and models as they stand in a proof: what is not exact or not whole is refused."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from functools import total_ordering
from itertools import product
from math import prod
from typing import Any, NamedTuple, TypeAlias

__all__ = ["BONUS", "MAX_CELLS", "ONE", "ZERO", "Model", "Node", "Refused", "fields", "need", "number_of", "numbers_of"]

ZERO, ONE, DEPTH, MAX_CELLS = Fraction(0), Fraction(1), 40, 2_000_000  # DEPTH: halvings of an interval
BONUS = ""  # owner of utilities that count only between policies that are equally good otherwise
_NUMBER = re.compile(r"-?[0-9]{1,4000}(/0*[1-9][0-9]{0,4000})?")


class Refused(Exception):
    """The proof does not show what it claims."""


def need(holds: object, why: str) -> None:
    """Refuse the proof unless something holds."""
    if not holds:
        raise Refused(why)


def number_of(given: Any) -> Fraction:
    """Return an integer, or text such as "1/3", as a fraction."""
    text = str(given) if isinstance(given, int) and not isinstance(given, bool) else given
    need(isinstance(text, str) and _NUMBER.fullmatch(text), f"{given!r} is no integer and no text such as '1/3'")
    return Fraction(text)


def numbers_of(given: Any, at: Any = None) -> tuple[Number, ...]:
    """Return a list of numbers; lists in it are polynomials in a parameter, put at a number or on an interval."""
    need(isinstance(given, list), f"{given!r} is no list of numbers")
    need(at is not None or not any(isinstance(one, list) for one in given), "a polynomial, but no parameter")
    found = [Poly(map(number_of, one), at) if isinstance(one, list) else number_of(one) for one in given]
    return tuple(n.at(at) if isinstance(n, Poly) and isinstance(at, Fraction) else n for n in found)


@total_ordering
class Poly:
    """A polynomial by coefficients, constant first; comparisons are about all of the open interval ``cell``."""

    def __init__(self, coefficients: Any, cell: Any = None) -> None:
        self.c, self.cell = list[Fraction](coefficients), cell
        while self.c and not self.c[-1]:
            self.c.pop()

    def __add__(self, other: Any) -> Poly:
        one, two = sorted((self.c, other.c if isinstance(other, Poly) else [Fraction(other)]), key=len)
        return Poly([*(x + y for x, y in zip(one, two, strict=False)), *two[len(one) :]], self.cell)

    def __mul__(self, other: Any) -> Poly:
        terms = other.c if isinstance(other, Poly) else [Fraction(other)]
        return sum(
            (Poly([ZERO] * k + [x * y for y in terms], self.cell) for k, x in enumerate(self.c)), Poly([], self.cell)
        )

    __radd__, __rmul__, __hash__ = __add__, __mul__, None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        return bool(self.c)

    def __eq__(self, other: object) -> bool:
        return not self + other * Fraction(-1)  # type: ignore[operator]

    def __lt__(self, other: Any) -> bool:
        difference = self + other * Fraction(-1)
        return bool(difference) and not difference.positive(*self.cell)

    def at(self, x: Fraction) -> Fraction:
        """Return the value at a number."""
        return sum((c * x**k for k, c in enumerate(self.c)), ZERO)

    def positive(self, low: Fraction, high: Fraction | None, depth: int = DEPTH) -> bool:
        """Return whether it is positive on an interval (None: without end), not negative; Refused if it is neither.

        Put x = (low + high t) / (1 + t), or low + t: coefficients that have one sign leave no zero at any t > 0.
        """
        line, below, found = Poly([low, 1 if high is None else high]), Poly([1] if high is None else [1, 1]), Poly([])
        power = Poly([ONE])
        for c in reversed(self.c):
            found, power = found * line + power * c, power * below
        signs = {c > 0 for c in found.c if c}
        if len(signs) != 1:
            middle = low + abs(low) + 1 if high is None else (low + high) / 2
            need(depth and self.at(middle), f"two numbers cross between {low} and {high}")
            signs = {self.positive(low, middle, depth - 1), self.positive(middle, high, depth - 1)}
            need(len(signs) == 1, f"two numbers cross between {low} and {high}")
        return signs.pop()


Number: TypeAlias = Fraction | Poly


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


def _token(state: Any) -> str:
    """Return a state as text that only equal states share."""
    if isinstance(state, dict):
        (text,) = fields(state, "exact")
        need(str(number_of(text)) == text and "/" in text, f"{state!r} is no state")
    need(isinstance(state, str | int | dict) and not isinstance(state, bool), f"{state!r} is no state")
    return json.dumps(state)


class Node(NamedTuple):
    """A node with its table: the first parent varies slowest, its own states fastest; ``()`` without numbers."""

    name: str
    kind: str
    agent: str | None = None
    parents: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    numbers: tuple[Number, ...] = ()


class Model:
    """Nodes by name, parents before children, with states and tables or without."""

    def __init__(self, nodes: Any) -> None:
        self.nodes: dict[str, Node] = {node.name: node for node in nodes}
        self.parents = {node.name: node.parents for node in self.nodes.values()}

    @classmethod
    def read(cls, given: Any, at: Any = None) -> Model:
        """Return the diagram or model of a proof, a parameter being put at a number or on an interval."""
        (listed,) = fields(given, "nodes")
        need(isinstance(listed, list), "no list of nodes")
        found = cls(())
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
        return cls(map(found.checked, found.nodes.values())) if numeric else found

    def checked(self, node: Node) -> Node:
        """Return the node if its table fits its parents and holds distributions."""
        own = len(node.states)
        need(bool(own) != (node.kind == "utility"), f"{node.name}: states")
        count = len(self.contexts(node.parents)) * (own or 1) if node.kind != "decision" else 0
        need(len(node.numbers) == count, f"{node.name}: its table has {len(node.numbers)} numbers, not {count}")
        for start in range(0, count, own) if own else ():
            row = node.numbers[start : start + own]
            need(all(n >= 0 for n in row) and sum(row, ZERO) == 1, f"{node.name}: no distribution")
        return node

    def revised(self, *nodes: Node) -> Model:
        """Return the model with these nodes in the place of those of their names, or added at the end."""
        return Model((self.nodes | {node.name: node for node in nodes}).values())

    def seeing(self, seen: dict[str, tuple[str, ...]]) -> Model:
        """Return the model in which decisions see these nodes, none of which descends from them."""
        new = self.nodes | {decision: self.nodes[decision]._replace(parents=nodes) for decision, nodes in seen.items()}
        later = set(seen)
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

    def contexts(self, names: Any) -> list[tuple[int, ...]]:
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
        numbers = node.numbers[place * size : place * size + size] if node.kind != "decision" else (ONE,)
        return {k: n for k, n in enumerate(numbers) if n}

    def ruled(self, given: Any) -> Model:
        """Return the model in which decisions follow rules: decision -> the numbers of its table."""
        need(isinstance(given, dict), "a policy is an object: decision -> numbers")
        old = ((self.node(name, "decision"), numbers_of(numbers)) for name, numbers in given.items())
        new = (node._replace(kind="chance", agent=None, numbers=numbers) for node, numbers in old)
        return self.revised(*map(self.checked, new))
