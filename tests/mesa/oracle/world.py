"""A world: the nodes of a training process one after the other.

A setting of all nodes is a leaf; its weight is a whole number, and at each step all weights have the same denominator.
What is done stays open at the steps of actions; rules fill it in. Interventions are ways to build another world.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import lcm, prod
from typing import TYPE_CHECKING, Any, TypeAlias

from tests.mesa.oracle.process import Act, Base, Chance, Process, Value

if TYPE_CHECKING:
    from fractions import Fraction

__all__ = ["Mind", "Particles", "Point", "Rule", "World", "number"]

Rule: TypeAlias = Mapping[tuple, Any]  # (action, learner, observed, remembered) -> option
Particles: TypeAlias = list[tuple[tuple, int]]  # a setting of the nodes so far, and its weight


class Mind:
    """What the optimizers of a process see and remember, and in which order all of it happens."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.acts = process.acts
        reach = {a: process.descendants([a]) for a in self.acts}
        self.memory = {(j, v): self._remembered(j, v, reach) for j in self.acts for v in process.specs}
        self.order = self._order()

    def open(self, name: str) -> bool:
        """Whether a node is a decision of the base agent that it takes rationally."""
        node = self.process.nodes[name]
        return isinstance(node, Base) and not node.table

    def agent(self, j: str, v: Any) -> tuple:
        spec = self.process.specs[v]
        whole = spec.scope == "updates" and spec.succession != "game"
        return (v,) if whole else (v, self.acts[j].episode)

    def sees(self, j: str, v: Any) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*self.acts[j].observes, *self.process.specs[v].observes.get(j, ())]))

    def _remembered(self, j: str, v: Any, reach: Mapping[str, set[str]]) -> tuple[str, ...]:
        if self.process.specs[v].recall != "perfect":
            return ()
        now = self.acts[j].episode
        return tuple(i for i, act in self.acts.items() if self.agent(i, v) == self.agent(j, v)
                     and (act.episode < now or (act.episode == now and j in reach[i])))  # fmt: skip

    def _order(self) -> list[str]:
        nodes, needs = self.process.nodes, {}
        for name, node in nodes.items():
            needs[name] = set(node.parents)
            for v in self.process.specs if name in self.acts else ():
                for i in (name, *self.memory[name, v]):
                    needs[name] |= {*self.acts[i].parents, *self.sees(i, v), i} - {name}
        done: list[str] = []
        while len(done) < len(nodes):
            done.append(next(n for n in nodes if n not in done and needs[n] <= set(done)))
        return done


@dataclass(frozen=True)
class Point:
    """The step of an action: who acts is read off the parameters; a base decision is always in force."""

    name: str
    states: tuple
    den: int
    theta: int | None
    views: Mapping[Any, tuple]  # learner -> positions of what is seen, and (theta, seen, act) of each remembered act
    spread: Callable[[tuple], tuple]

    def key(self, setting: tuple) -> tuple | None:
        """The information set at which the action is decided here, None where no optimizer is in force."""
        v = "base" if self.theta is None else setting[self.theta]
        if v not in self.views:
            return None
        seen, memory = self.views[v]
        past = tuple((tuple(setting[i] for i in sight), setting[act]) if setting[theta] == v else None
                     for theta, sight, act in memory)  # fmt: skip
        return self.name, v, tuple(setting[i] for i in seen), past

    def row(self, setting: tuple, rule: Rule) -> Iterable[tuple[Any, int]]:
        key = self.key(setting)
        if key is None:
            return self.spread(setting)
        if key in rule:
            return ((rule[key], self.den),)
        return [(state, self.den // len(self.states)) for state in self.states]


@dataclass
class World:
    """A way that things may go: ``replaced`` nodes have other laws, ``held`` threats stay at the learner or pass.

    ``ghosts``: the ghost of a node comes right after it; threats in ``blind`` read ghosts. ``says``: the rule that
    ghosts of actions follow where it says something.
    """

    mind: Mind
    replaced: Mapping[str, Chance] = field(default_factory=dict)
    held: frozenset[str] = frozenset()
    learner: Any = None
    ghosts: frozenset[str] = frozenset()
    blind: frozenset[str] = frozenset()
    says: Rule = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.at: dict[str, int] = {}
        self.steps: list[Any] = []
        for name in self.mind.order:
            self._add(name, self._step(name))
            if name in self.ghosts:
                self._add(f"{name}~", self._ghost(name))
        self.total = prod(step.den for step in self.steps)

    def _add(self, name: str, step: Any) -> None:
        self.at[name] = len(self.steps)
        self.steps.append(step)

    def node(self, name: str) -> Chance | Act:
        return self.replaced.get(name, self.mind.process.nodes[name])

    def _step(self, name: str) -> Any:
        node = self.node(name)
        if isinstance(node, Act):
            return self._point(name, node)
        if name not in self.replaced and self.mind.open(name):
            view = {"base": (self._places(node.parents, name in self.blind), ())}
            return Point(name, node.states, len(node.states), None, view, tuple)
        if name in self.held:
            return self._held(name, node)
        return Drawn(node, self._places(node.parents, name in self.blind))

    def _places(self, names: Iterable[str], ghostly: bool = False) -> tuple[int, ...]:
        return tuple(self.at[f"{n}~" if ghostly and n in self.ghosts else n] for n in names)

    def _held(self, name: str, node: Chance) -> Any:
        """A gate passes; parameters stay the learner where parameters above are, or if none are above."""
        process, drawn = self.mind.process, Drawn(node, self._places(node.parents))
        if name in process.gates:
            return Copied(drawn, lambda setting: process.gates[name])
        above = [self.at[p] for p in node.parents if p in process.thetas]
        stays = Row(drawn.den, lambda setting: ((self.learner, drawn.den),))
        return Row(drawn.den, lambda s: (stays if not above or any(s[i] == self.learner for i in above) else drawn)(s))

    def _point(self, name: str, act: Act, ghostly: bool = False) -> Point:
        views = {}
        for v in self.mind.process.specs:
            memory = [(self.at[self.mind.acts[i].theta], self._places(self.mind.sees(i, v), ghostly),
                       self._places([i], ghostly)[0]) for i in self.mind.memory[name, v]]  # fmt: skip
            views[v] = self._places(self.mind.sees(name, v), ghostly), tuple(memory)
        den = lcm(len(act.states), *(_den(rule.table) for rule in act.otherwise.values()))
        rows = {v: Drawn(rule, self._places(rule.parents), den) for v, rule in act.otherwise.items()}
        theta = self.at[act.theta]
        return Point(name, act.states, den, theta, views, lambda setting: rows[setting[theta]](setting))

    def _ghost(self, name: str) -> Any:
        node, own = self.node(name), self.at[name]
        if isinstance(node, Act):
            point = self._point(name, node, ghostly=True)
            return Row(1, lambda s: ((self.says.get(point.key(s), s[own]), 1),))
        real, ghostly = self._places(node.parents), self._places(node.parents, True)
        drawn = Drawn(node, ghostly)
        pairs = tuple(zip(real, ghostly, strict=True))
        return Row(drawn.den, lambda s: ((s[own], drawn.den),) if all(s[i] == s[g] for i, g in pairs) else drawn(s))

    def advance(self, place: int, particles: Particles, rule: Rule) -> Particles:
        """The particles after one more step."""
        step = self.steps[place]
        if isinstance(step, Point):
            return [((*s, state), w * n) for s, w in particles for state, n in step.row(s, rule)]
        return [((*s, state), w * n) for s, w in particles for state, n in step(s)]

    def leaves(self, rule: Rule) -> Particles:
        """All settings with their weights, under a rule; where it says nothing all options are as likely."""
        particles: Particles = [((), 1)]
        for place in range(len(self.steps)):
            particles = self.advance(place, particles, rule)
        return particles

    def points(self) -> Iterator[tuple[int, Point]]:
        return ((i, step) for i, step in enumerate(self.steps) if isinstance(step, Point))

    def worth(self, values: Iterable[Value], scale: int) -> Callable[[tuple], int]:
        """The sum of utilities of a setting, times ``scale``."""
        tables = [(self._places(v.parents), {k: int(x * scale) for k, x in v.table.items()}) for v in values]
        return lambda setting: sum(table[tuple(setting[i] for i in places)] for places, table in tables)


@dataclass(frozen=True)
class Row:
    """A step that gives, for a setting, states with whole-number weights that sum to ``den``."""

    den: int
    draw: Callable[[tuple], Iterable[tuple[Any, int]]]

    def __call__(self, setting: tuple) -> Iterable[tuple[Any, int]]:
        return self.draw(setting)


class Drawn(Row):
    """A step that draws from a table."""

    def __init__(self, node: Chance, places: tuple[int, ...], den: int | None = None) -> None:
        den = den or _den(node.table)
        rows = {key: tuple((s, int(p * den)) for s, p in row.items() if p) for key, row in node.table.items()}
        super().__init__(den, lambda setting: rows[tuple([setting[i] for i in places])])


def Copied(drawn: Row, state: Callable[[tuple], Any]) -> Row:
    return Row(drawn.den, lambda setting: ((state(setting), drawn.den),))


def _den(table: Mapping[tuple, Mapping[Any, Fraction]]) -> int:
    return lcm(1, *(p.denominator for row in table.values() for p in row.values()))


def number(values: Iterable[Value]) -> int:
    """A scale that makes whole numbers of utilities."""
    return lcm(1, *(x.denominator for v in values for x in v.table.values()))
