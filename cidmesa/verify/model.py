"""Exact numbers, and the models of a proof: what their diagrams show, and the best that an agent can do."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from fractions import Fraction
from functools import total_ordering
from itertools import product, zip_longest
from math import prod
from typing import Any, NamedTuple, Self

__all__ = ["BONUS", "ONE", "ZERO", "Model", "Node", "Refused", "fields", "need", "number_of", "numbers_of", "token"]

ZERO, ONE = Fraction(0), Fraction(1)
MAX_CELLS, MAX_RULES, MAX_HALVINGS = 2_000_000, 5_000, 40  # of a table, of one decision, of an interval
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


def numbers_of(given: Any, at: Any = None) -> tuple[Fraction | Poly, ...]:
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
        return Poly(map(sum, zip_longest(self.c, getattr(other, "c", [other]), fillvalue=ZERO)), self.cell)

    def __mul__(self, other: Any) -> Poly:
        found: Any = defaultdict(Fraction)
        for (j, x), (k, y) in product(enumerate(self.c), enumerate(getattr(other, "c", [other]))):
            found[j + k] += x * y
        return Poly((found[k] for k in range(len(found))), self.cell)

    __radd__, __rmul__, __hash__ = __add__, __mul__, None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return not (self + other * Fraction(-1)).c  # type: ignore[operator]

    def __lt__(self, other: Any) -> bool:
        difference = self + other * Fraction(-1)
        return bool(difference.c) and not difference.positive(*self.cell)

    def at(self, x: Fraction) -> Fraction:
        """Return the value at a number."""
        return sum((c * x**k for k, c in enumerate(self.c)), ZERO)

    def positive(self, low: Fraction, high: Fraction | None, depth: int = MAX_HALVINGS) -> bool:
        """Return whether it is positive on an interval (None: without end), not negative; Refused if it is neither."""
        # x = (low + high t) / (1 + t), or low + t: coefficients that have one sign leave no zero at any t > 0
        line, below = (Poly([low, 1]), ONE) if high is None else (Poly([low, high]), Poly([1, 1]))
        found, power = Poly([]), Poly([1])
        for c in reversed(self.c):
            found, power = found * line + power * c, power * below
        signs = {c > 0 for c in found.c if c}
        if len(signs) != 1:
            middle = low + abs(low) + 1 if high is None else (low + high) / 2
            need(depth and self.at(middle), f"two numbers cross between {low} and {high}")
            signs = {self.positive(*half, depth - 1) for half in ((low, middle), (middle, high))}
        return signs.pop()  # halves have the sign of their middle


def fields(given: Any, *names: str) -> list[Any]:
    """Return the values of an object that has exactly these keys; a name that ends in ? may be left out."""
    known = [name.rstrip("?") for name in names]
    whole = isinstance(given, dict) and set(names).intersection(known) <= set(given) <= set(known)
    need(whole, f"an object with {', '.join(names)} is needed")
    return [given.get(name) for name in known]


def texts(given: Any) -> tuple[str, ...]:
    """Return a list of different texts."""
    listed = isinstance(given, list) and all(isinstance(text, str) for text in given)
    need(listed and len(set(given)) == len(given), f"{given!r} is no list of different names")
    return tuple(given)


def token(state: Any) -> str:
    """Return a state as text that only equal states share."""
    exact = number_of(*fields(state, "exact")) if isinstance(state, dict) else None
    known = exact is None or (str(exact) == state["exact"] and "/" in state["exact"])
    need(known and isinstance(state, str | int | dict) and not isinstance(state, bool), f"{state!r} is no state")
    return json.dumps(state)


class Node(NamedTuple):
    """A node with its table: the first parent varies slowest, its own states fastest; ``()`` without numbers."""

    name: str
    kind: str
    agent: str | None = None
    parents: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    numbers: tuple[Fraction | Poly, ...] = ()


class Model:
    """Nodes by name, parents before children, with states and tables or without."""

    def __init__(self, nodes: Any) -> None:
        self.nodes: dict[str, Node] = {node.name: node for node in nodes}
        self.parents = {node.name: node.parents for node in self.nodes.values()}
        self.agents = {node.agent for node in self.nodes.values()} - {None}

    @classmethod
    def read(cls, given: Any, at: Any = None) -> Self:
        """Return the diagram or model of a proof, a parameter being put at a number or on an interval."""
        found = cls(())
        for one in fields(given, "nodes")[0]:
            given = fields(one, "name", "kind", "agent?", "parents", "states?", "numbers?")
            name, kind, agent, parents, states, numbers = given
            need(isinstance(name, str) and name and name not in found.nodes, f"{name!r}: no name, or one that is there")
            need(kind in ("chance", "decision", "utility"), f"{name}: {kind!r} is no kind")
            need(agent is None if kind == "chance" else isinstance(agent, str) and agent, f"{name}: its owner")
            need(all(found.node(p).kind != "utility" for p in texts(parents)), f"{name}: a utility has no children")
            need(states is None or isinstance(states, list), f"{name}: no list of states")
            own = texts(list(map(token, states or ())))
            found = found.revised(Node(name, kind, agent, tuple(parents), own, numbers_of(numbers or [], at)))
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

    def revised(self, *nodes: Node) -> Self:
        """Return the model with these nodes in the place of those of their names, or added at the end."""
        return type(self)((self.nodes | {node.name: node for node in nodes}).values())

    def seeing(self, seen: dict[str, tuple[str, ...]]) -> Self:
        """Return the model in which decisions see these nodes, none of which descends from them."""
        new = self.revised(*(self.nodes[decision]._replace(parents=nodes) for decision, nodes in seen.items()))
        later = new.below(*seen)
        return type(self)(sorted(new.nodes.values(), key=lambda node: node.name in later))

    def ruled(self, given: Any) -> Self:
        """Return the model in which decisions follow rules: decision -> the numbers of its table."""
        need(isinstance(given, dict), "a policy is an object: decision -> numbers")
        new = [(self.node(name, "decision"), numbers_of(numbers)) for name, numbers in given.items()]
        return self.revised(*(self.checked(node._replace(kind="chance", agent=None, numbers=n)) for node, n in new))

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
        found = {name: token(state) for name, state in given.items()}
        need(all(text in self.node(name).states for name, text in found.items()), f"a state in {found} is not there")
        return {name: self.nodes[name].states.index(text) for name, text in found.items()}

    def contexts(self, names: Any) -> list[tuple[int, ...]]:
        """Return all settings of nodes, the first varying slowest."""
        sizes = [len(self.nodes[name].states) for name in names]
        need(prod(sizes) <= MAX_CELLS, "a table is too large")
        return list(product(*map(range, sizes)))

    def row(self, name: str, setting: dict[str, int]) -> dict[int, Any]:
        """Return state -> probability, where positive; 0 -> value for a utility; 1 for each option of a decision."""
        node, place = self.nodes[name], 0
        for parent in node.parents:
            place = place * len(self.nodes[parent].states) + setting[parent]
        size = len(node.states) or 1
        numbers = node.numbers[place * size : place * size + size]
        need(numbers or node.kind == "decision", f"{name} has no numbers")
        return {k: n for k, n in enumerate(numbers or [ONE] * size) if n}

    def below(self, *starts: str) -> set[str]:
        """Return the nodes with a directed path from one of ``starts``, these among them."""
        found = set(starts)
        found.update(node for node, others in self.parents.items() if found.intersection(others))  # parents come first
        return found

    def above(self, ends: Any) -> list[str]:
        """Return the nodes with a directed path to one of ``ends``, these among them, in order."""
        found = set(ends)
        for node in reversed(self.parents):
            found.update(self.parents[node] if node in found else ())
        return [node for node in self.parents if node in found]

    def connected(self, starts: Any, given: Any, *, up: bool = True) -> set[str]:
        """Return the nodes d-connected to ``starts``, or (not ``up``) to new parents (Koller, Friedman 2009, 3.1)."""
        known, seen, told = set(given), set[tuple[str, bool]](), set(self.above(given))
        children: Any = defaultdict(list)
        for other, others in self.parents.items():
            for one in others:
                children[one].append(other)
        todo = [(node, up) for node in starts]  # True: as from a child
        while todo:
            node, up = step = todo.pop()
            if step not in seen:
                seen.add(step)
                todo += [(other, True) for other in self.parents[node] if (node not in known if up else node in told)]
                todo += [(child, False) for child in children[node] if node not in known]
        return {node for node, _ in seen} - known

    def aims(self, decision: str) -> set[str]:
        """Return the utilities that descend from a decision and count for its owner."""
        return self.below(decision).intersection(self.of("utility", str(self.nodes[decision].agent), BONUS))

    def relies(self, one: str, other: str) -> bool:
        """Return whether a new parent of ``other`` is d-connected to the aims of ``one`` given its family."""
        return bool(self.connected([other], (one, *self.parents[one]), up=False) & self.aims(one))

    def free(self, decisions: list[str]) -> list[str]:
        """Return the decisions that rely on no other of them."""
        return [d for d in decisions if not any(self.relies(d, other) for other in decisions if other != d)]

    def after(self, steps: Any) -> Self:
        """Return the model that is left after steps that drop information links without loss, for one agent."""
        need(isinstance(steps, list | tuple), "no list of steps")
        model = self
        for step in steps:
            rule, links, inner = fields(step, "rule", "links", "steps?")
            need(isinstance(links, list) and links and (inner is None) == (rule != "R3"), f"no step by {rule!r}")
            pairs = [texts(link) for link in links]
            there = [(one, d) for d in model.of("decision") for one in model.parents[d]]
            need(set(pairs).issubset(there), f"no information links: {pairs}")
            for links in [pairs] if rule in ("R2", "R3") else [[pair] for pair in pairs]:
                need(model._lossless(links, rule, inner), f"{rule} does not drop {links}")
                model = model._without(links)
        return model

    def _without(self, links: Any) -> Self:
        decisions = self.of("decision")
        return self.seeing({d: tuple(p for p in self.parents[d] if (p, d) not in links) for d in decisions})

    def _lossless(self, links: list[Any], rule: Any, inner: Any) -> bool:
        """Return whether a rule drops links without loss."""
        decisions, left = self.of("decision"), self._without(links)
        if rule == "R2":  # the links of chance nodes that are independent of all decisions, aims and other observations
            chosen = {one for one, _ in links}
            play = set(decisions).union(*((*left.parents[d], *left.aims(d)) for d in decisions))
            return chosen.issubset(self.of("chance")) and not (left.connected(chosen, ()) | chosen) & play
        if rule == "R3":  # all links that the inner steps drop where, besides, nothing is forgotten
            seen, memory = {}, list[str]()
            for d in decisions:
                seen[d] = tuple(dict.fromkeys([*self.parents[d], *memory]))
                memory += [*seen[d], d]
            rest = self.seeing(seen).after(inner)
            return all(set(rest.parents[d]) <= set(left.parents[d]) for d in decisions)
        need(rule in ("R0", "R1"), f"no step by {rule!r}")
        ((one, decision),) = links
        family = {decision, *self.parents[decision]} - {one}  # R0: the rest of it separates the node from the aims
        for other in decisions if rule == "R1" else ():  # R1: the same, where seeing all that it sees is seeing it
            family.update({other} if family.issuperset(self.parents[other]) else ())
        return one in family or not self.connected([one], family) & self.aims(decision)

    def gains(self, owner: str, keep: Any) -> Any:
        """Return, for settings of ``keep``, the sum of an owner's utilities, each times the weight of its parents."""
        total: Any = defaultdict(lambda: ZERO)
        for utility in self.of("utility", owner):
            order = [utility]  # each node stands just before its first child, and is forgotten after its last
            for name in reversed(self.above((*keep, utility))):
                first = next((k for k, child in enumerate(order) if name in self.parents[child]), 0)
                order[first:first] = [name] if self.nodes[name].kind != "utility" else []
            worlds: Any = {(): ONE}
            for k, name in enumerate(order):
                later = set(keep).union(*(self.parents[other] for other in order[k + 1 :]))
                old, worlds = worlds, defaultdict(lambda: ZERO)
                for world, weight in old.items():
                    for state, number in self.row(name, dict(world)).items():
                        worlds[tuple(one for one in (*world, (name, state)) if one[0] in later)] += weight * number
                need(len(worlds) <= MAX_CELLS, "a table is too large")
            for world, weight in worlds.items():
                total[tuple(dict(world)[name] for name in keep)] += weight
        return total

    def scores(self, agent: str, decision: str) -> dict[tuple[int, ...], list[Any]]:
        """Return for each context the weight of each option: the agent's utilities, and the bonus."""
        seen, size = self.parents[decision], range(len(self.nodes[decision].states))
        one, two = (self.gains(owner, (*seen, decision)) for owner in (agent, BONUS))
        return {context: [(one[*context, k], two[*context, k]) for k in size] for context in self.contexts(seen)}

    def optimum(self, agent: str, steps: Any = (), most: int = MAX_RULES) -> tuple[Any, Any]:
        """Return the greatest expected utility of an agent, and the greatest bonus of policies that attain it.

        ``steps`` drop links. Where each decision relies on another, all rules of one are tried, ``most`` in all.
        """
        model, decisions = self.after(steps), self.of("decision")
        need(decisions == self.of("decision", agent), "a decision of another agent has no rule")
        if not decisions:
            return self.gains(agent, ())[()], self.gains(BONUS, ())[()]
        counts = {d: len(model.nodes[d].states) ** len(model.contexts(model.parents[d])) for d in decisions}
        decision = min(decisions, key=counts.__getitem__)
        if counts[decision] > 1 and (free := model.free(decisions)):  # what is best whatever the others do
            best = [max(range(len(row)), key=row.__getitem__) for row in model.scores(agent, free[0]).values()]
            return model.followed(free[0], best).optimum(agent, (), most)
        need(counts[decision] <= most, "too many rules to try")
        every = product(range(len(model.nodes[decision].states)), repeat=len(model.contexts(model.parents[decision])))
        return max(model.followed(decision, rule).optimum(agent, (), most // counts[decision]) for rule in every)

    def followed(self, name: str, rule: Any) -> Self:
        """Return the model in which a node takes one state in each context."""
        node = self.nodes[name]
        numbers = tuple(Fraction(k == chosen) for chosen in rule for k in range(len(node.states)))
        return self.revised(node._replace(kind="chance", agent=None, numbers=numbers))
