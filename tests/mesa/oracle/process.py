"""Training processes and specifications as plain data: tables of Fractions, nothing of cidmesa."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from typing import Any, TypeAlias

__all__ = ["Act", "Base", "Chance", "Process", "Spec", "Value", "chance", "fixed", "keep", "root", "value"]

Row: TypeAlias = Mapping[Any, Fraction]  # state -> probability


@dataclass(frozen=True)
class Chance:
    """A chance node: ``table`` gives a distribution for each setting of the parents."""

    states: tuple
    parents: tuple[str, ...]
    table: Mapping[tuple, Row]


@dataclass(frozen=True)
class Base(Chance):
    """A decision of the base agent; ``table`` is the rule that ``base_policy`` gives it, empty if it is rational."""


@dataclass(frozen=True)
class Value:
    """A utility: a number for each setting of the parents."""

    parents: tuple[str, ...]
    table: Mapping[tuple, Fraction]


@dataclass(frozen=True)
class Act:
    """An action of the learned algorithm.

    ``phase``: "train", "deploy", or (node, state): training where the node has that state. ``otherwise``: parameter
    value -> what is done under it, as parents (among what is observed) and table. ``reports``: message -> (node,
    state) that it says.
    """

    states: tuple
    theta: str
    episode: int
    observes: tuple[str, ...] = ()
    phase: str | tuple[str, Any] = "train"
    otherwise: Mapping[Any, Chance] = field(default_factory=dict)
    stage: str | None = None
    reports: Mapping[Any, tuple[str, Any]] | None = None

    @property
    def parents(self) -> tuple[str, ...]:
        return (self.theta, *self.observes)


@dataclass(frozen=True)
class Spec:
    """What a mesa-optimizer wants, knows and remembers; ``target``: episode -> its own utility in that episode."""

    target: Mapping[int, Value]
    scope: str = "updates"
    succession: str = "planner"
    aware: str = "full"
    recall: str = "perfect"
    observes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    beliefs: Mapping[str, Mapping[tuple, Row]] = field(default_factory=dict)
    indexical: Mapping[Any, Mapping[int, Value]] = field(default_factory=dict)


@dataclass(frozen=True)
class Process:
    """A training process: nodes in any order that puts parents first, base utilities, gates with the passing state."""

    nodes: Mapping[str, Chance | Act]
    utilities: Mapping[str, Value]
    specs: Mapping[Any, Spec]  # learner -> specification
    gates: Mapping[str, Any] = field(default_factory=dict)
    credit: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def acts(self) -> dict[str, Act]:
        return {name: node for name, node in self.nodes.items() if isinstance(node, Act)}

    @property
    def thetas(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(act.theta for act in self.acts.values()))

    @property
    def episodes(self) -> tuple[int, ...]:
        return tuple(sorted({act.episode for act in self.acts.values()}))

    def descendants(self, names: Any, avoiding: Any = ()) -> set[str]:
        """Nodes and utilities that a directed path leads to, none of whose inner nodes is to be avoided."""
        found: set[str] = set()
        ends = [*self.nodes.items(), *self.utilities.items()]
        active = set(names)
        for name, node in ends:
            if any(parent in active for parent in node.parents):
                found.add(name)
                if name not in avoiding:
                    active.add(name)
        return found


def chance(states: Any, domains: Mapping[str, Any], law: Callable[..., Any]) -> Chance:
    """A chance node whose parents and their states are ``domains``; ``law`` of a setting: a distribution or a state."""
    parents = tuple(domains)
    return Chance(tuple(states), parents, {s: _row(law(*s)) for s in product(*domains.values())})


def root(row: Mapping[Any, Any]) -> Chance:
    """A chance node without parents."""
    return Chance(tuple(row), (), {(): _row(row)})


def fixed(state: Any) -> Chance:
    """What is done whatever is observed."""
    return Chance((), (), {(): {state: Fraction(1)}})


def keep(states: Any, parent: str) -> Chance:
    """A copy of its parent."""
    return chance(states, {parent: states}, lambda state: state)


def value(domains: Mapping[str, Any], law: Callable[..., Any]) -> Value:
    """A utility whose parents and their states are ``domains``."""
    return Value(tuple(domains), {s: Fraction(law(*s)) for s in product(*domains.values())})


def _row(given: Any) -> Row:
    row = given if isinstance(given, Mapping) else {given: 1}
    return {state: Fraction(p) for state, p in row.items() if p}
