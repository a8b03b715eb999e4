"""Random training processes: small, with ties, and everything that the definitions speak of."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any

from tests.mesa.oracle.process import Act, Chance, Process, Spec, Value, chance, fixed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

__all__ = ["draw"]

AB, BITS = ("a", "b"), (0, 1)
CHANCES = [Fraction(x) for x in ("0", "0", "1/4", "1/3", "1/2", "2/3", "1", "1")]

UPDATES = [Fraction(x) for x in ("0", "1/4", "1/3", "1/2", "2/3", "1", "1", "1")]


def draw(rng: Random, several: bool = False, longer: float = 0.3) -> Process:
    """A process of two episodes, or three; ``several``: two optimizers share the parameters.

    ``longer``: how often it has three.
    """
    return _Draft(rng, several, 3 if rng.random() < longer else 2).process()


class _Draft:
    def __init__(self, rng: Random, several: bool, last: int) -> None:
        self.rng = rng
        self.learners = ("m1", "m2") if several else ("mesa",)
        self.who = (*self.learners, "base")
        self.last = last
        self.training = rng.randint(1, self.last)
        self.nodes: dict[str, Any] = {}
        self.gates: dict[str, Any] = {}
        self.later: list[str] = []  # nodes that later objectives may read
        self.back = self.maybe(0.1)
        self.double = rng.choice([1, 2]) if self.maybe(0.2) else 0
        self.phased = rng.choice([1, self.training]) if self.maybe(0.2) else 0
        self.values: dict[str, Value] = {}
        self.own: dict[Any, dict[int, Value]] = {v: {} for v in self.learners}

    def maybe(self, p: float) -> bool:
        return self.rng.random() < p

    def process(self) -> Process:
        for t in range(1, self.last + 1):
            self.episode(t)
        first = self.spec(self.learners[0])
        specs = {v: replace(first, target=self.own[v]) for v in self.learners}  # they share a view of the world
        credit = {u: tuple(sorted(self.rng.sample(range(1, self.last + 1), self.rng.randint(0, 2))))
                  for u in self.values if self.maybe(0.1)}  # fmt: skip
        if self.maybe(0.1):
            self.values = {"U": _summed(self.values, self.nodes)}
            credit = {}
        return Process(self.nodes, self.values, specs, self.gates, credit)

    # --- one episode --------------------------------------------------------------------------------------------
    def episode(self, t: int) -> None:
        seen = self.surroundings(t)
        self.nodes[f"Theta{t}"] = self.parameters(t)
        phase: Any = "train" if t <= self.training else "deploy"
        phase = ("Ph", "train") if t == self.phased else phase
        acts = [f"A{t}", f"B{t}"] if t == self.double else [f"A{t}"]
        for name in acts:
            sight = tuple(n for n in seen if self.maybe(0.6))
            if name[0] == "B" and self.maybe(0.4):
                sight += (f"A{t}",)
            stage = name if t == self.double and self.maybe(0.4) else None
            said = {x: (f"A{t}", x) for x in AB} if name[0] == "B" and self.maybe(0.5) else None
            self.nodes[name] = Act(AB, f"Theta{t}", t, sight, phase, {"base": self.otherwise(sight)}, stage, said)
        self.aftermath(t, acts)
        self.objectives(t, acts)

    def surroundings(self, t: int) -> list[str]:
        """What there is to see before acting: a phase, an environment that an earlier act may sway, earlier acts."""
        seen = []
        if t == self.phased:
            self.nodes["Ph"] = Chance(("free", "train"), (), {(): {"train": Fraction(1, 2), "free": Fraction(1, 2)}})
            seen.append("Ph")
        if self.maybe(0.3):
            cause = [f"A{t - 1}"] if t > 1 and self.maybe(0.6) else [f"E{t - 1}"] if f"E{t - 1}" in self.nodes else []
            self.nodes[f"E{t}"] = self.bit(cause)
            seen.append(f"E{t}")
        if t > 1 and self.maybe(0.15):
            seen.append(f"A{t - 1}")
        return seen

    def parameters(self, t: int) -> Chance:
        if t == 1:
            return Chance(self.who, (), {(): {self.learners[0]: Fraction(1)}})
        causes = [n for n in (f"A{t - 1}", f"B{t - 1}", f"R{t - 1}") if n in self.nodes]
        causes = [self.rng.choice(causes)] if self.maybe(0.8) else causes if len(causes) < 3 else causes[:2]
        if f"E{t - 1}" in self.nodes and self.maybe(0.2):
            causes.append(f"E{t - 1}")
        if t - 1 == self.phased:
            causes.append("Ph")
        if t - 1 > self.training and self.maybe(0.7):
            causes = []
        before, memo = f"Theta{t - 1}", {}

        def law(theta: str, *rest: Any) -> Any:
            if theta == "base":
                return {self.learners[0]: Fraction(1, 4), "base": Fraction(3, 4)} if self.back else theta
            if "free" in rest:
                return theta
            return memo.setdefault((theta, rest), self.kept(theta, rest))

        return chance(self.who, {before: self.who, **{n: self.nodes[n].states for n in causes}}, law)

    def kept(self, theta: str, rest: tuple) -> dict:
        """It is modified more often after b than after a."""
        gone = self.rng.choice(UPDATES) * (1 if "b" in rest or 0 in rest or not rest else self.rng.choice([0, 0, 1]))
        others = [w for w in self.who if w != theta]
        return {theta: 1 - gone, self.rng.choice(others): gone}

    def otherwise(self, sight: tuple[str, ...]) -> Chance:
        if sight and self.maybe(0.3):
            return chance(AB, {sight[0]: self.nodes[sight[0]].states}, lambda x: self.rng.choice("ab"))
        return fixed("a")

    def aftermath(self, t: int, acts: Sequence[str]) -> None:
        """A score that updates read, a resource, a gate."""
        if self.maybe(0.25):
            self.nodes[f"R{t}"] = chance(BITS, {acts[-1]: AB}, lambda a: int(a == "a"))
        if t < self.last and self.maybe(0.3):
            self.nodes[f"M{t}"] = self.bit([self.rng.choice(acts)])
            self.later.append(f"M{t}")
        if t == self.training < self.last and self.maybe(0.35):
            self.nodes["G"] = self.bit([self.rng.choice([n for n in (f"R{t}", *acts) if n in self.nodes])])
            self.later.append("G")
            if self.maybe(0.7):
                self.gates["G"] = 1

    def bit(self, causes: Sequence[str]) -> Chance:
        def law(*_: Any) -> dict:
            p = self.rng.choice(CHANCES)
            return {1: p, 0: 1 - p}

        return chance(BITS, {c: self.nodes[c].states for c in causes}, law)

    # --- what is wanted -----------------------------------------------------------------------------------------
    def objectives(self, t: int, acts: Sequence[str]) -> None:
        here = [n for n in (f"E{t}", f"R{t}") if n in self.nodes and self.maybe(0.4)]
        for v in self.learners:
            read = [*acts, *here, *(n for n in self.later if self.maybe(0.5))]
            read += [f"A{t - 1}"] * (t > 1 and self.maybe(0.15)) + [f"Theta{t}"] * self.maybe(0.05)
            self.own[v][t] = self.payoff(read[:3], "b", self.rng.choice([0, 1, 1] if t == 1 else [1, 2, 2, 3]))
        self.values[f"U{t}"] = self.payoff([*acts, *(n for n in here if self.maybe(0.5))], "a")
        if self.later and self.maybe(0.2):
            self.values[f"V{t}"] = self.payoff([self.rng.choice(self.later), acts[0]], "a")

    def payoff(self, read: Sequence[str], liked: str, scale: int = 1) -> Value:
        """Whole numbers: what is liked, times a gate, and what resources are worth; or anything."""
        domains = [self.nodes[n].states for n in read]
        plain, bonus = self.maybe(0.8), self.rng.choice([0, 1, 2])

        def worth(setting: tuple) -> int:
            given = dict(zip(read, setting, strict=True))
            if not plain:
                return self.rng.choice([0, 0, 1, 1, 2, -1])
            money = sum(x for n, x in given.items() if n[0] in "MRE")
            return scale * (setting[0] == liked) * given.get("G", 1) + bonus * money

        return Value(tuple(read), {s: Fraction(worth(s)) for s in product(*domains)})

    def spec(self, v: Any) -> Spec:
        kinds = [("updates", "planner")] * 6 + [("episode", "planner"), ("updates", "game")]
        scope, succession = self.rng.choice(kinds)
        aware = self.rng.choice(["full"] * 6 + ["model", "none"])
        if len(self.learners) > 1:
            scope, succession, aware = "updates", "planner", "full"
        beliefs = {}
        if self.maybe(0.15) and aware != "none":
            name = self.rng.choice([n for n, node in self.nodes.items() if isinstance(node, Chance) and node.parents])
            node = self.nodes[name]
            rows = list(node.table.values())
            beliefs[name] = {key: self.rng.choice(rows) for key in node.table}
        observes = {f"A{self.last}": ("E1",)} if aware == "full" and "E1" in self.nodes and self.maybe(0.2) else {}
        recall = self.rng.choice(["perfect"] * 4 + ["none"])
        return Spec(self.own[v], scope, succession, aware, recall, observes, beliefs)


def _summed(values: dict[str, Value], nodes: dict[str, Any]) -> Value:
    """One utility for all episodes."""
    names = tuple(dict.fromkeys(n for v in values.values() for n in v.parents))

    def total(setting: tuple) -> Fraction:
        given = dict(zip(names, setting, strict=True))
        return sum((v.table[tuple(given[n] for n in v.parents)] for v in values.values()), Fraction(0))

    return Value(names, {s: total(s) for s in product(*(nodes[n].states for n in names))})
