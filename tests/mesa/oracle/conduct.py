"""Conduct: in which contexts a plan is in force, how the base scores its options there, and whether it complies."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from tests.mesa.oracle.process import Chance
from tests.mesa.oracle.rational import best, rational
from tests.mesa.oracle.world import Mind, Rule, World, number

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.mesa.oracle.process import Process, Value

__all__ = ["Case", "Context", "Stage"]

Stage: TypeAlias = tuple[Any, str]  # (name or episode, phase)


@dataclass(frozen=True)
class Context:
    """An action, what is observed at it and the stage that it is in, with its scores times probability."""

    action: str
    seen: tuple
    stage: Stage
    probability: Fraction
    done: frozenset
    scores: dict  # option -> probability x score

    @property
    def scored(self) -> bool:
        return len(set(self.scores.values())) > 1

    @property
    def complies(self) -> bool:
        return all(self.scores[d] == max(self.scores.values()) for d in self.done)

    @property
    def shortfall(self) -> Fraction:
        return max(self.scores.values()) - min(self.scores[d] for d in self.done)


class Case:
    """A training process, seen as that of one of its optimizers and judged by some base utilities.

    ``calm``: in the world where no threat of any action comes true.
    """

    def __init__(
        self, process: Process, learner: Any = None, judge: Iterable[str] | None = None, calm: bool = False
    ) -> None:
        self.process, self.mind = process, Mind(process)
        self.learner = next(iter(process.specs)) if learner is None else learner
        self.spec = process.specs[self.learner]
        self.judges = tuple(process.utilities) if judge is None else tuple(judge)
        self.acts = process.acts
        self.held = frozenset(self.after_actions) if calm else frozenset()
        self._conducts: dict[frozenset, tuple[Context, ...]] = {}
        self._scores: dict[tuple, dict] = {}

    # --- worlds -------------------------------------------------------------------------------------------------
    @cached_property
    def objective(self) -> World:
        return World(self.mind, held=self.held, learner=self.learner)

    @cached_property
    def laws(self) -> dict[str, Any]:
        """R6 and R5: what the optimizer believes, then what it takes to be unchangeable."""
        nodes = self.process.nodes
        found = {n: type(nodes[n])(nodes[n].states, nodes[n].parents, law) for n, law in self.spec.beliefs.items()}
        if self.spec.aware == "none" or self.spec.succession == "same":
            found |= {name: _surely(nodes[name].states, self.safe(name)) for name in self.after_actions}
        return found

    def safe(self, threat: str) -> Any:
        """The state of a threat in which nothing happens."""
        return self.process.gates.get(threat, self.learner)

    @cached_property
    def after_actions(self) -> list[str]:
        reached = self.process.descendants(self.acts)
        return [name for name in (*self.process.thetas, *self.process.gates) if name in reached]

    @cached_property
    def threats(self) -> tuple[str, ...]:
        process = self.process
        return tuple(
            n for n in process.nodes if n in process.gates or (n in process.thetas and process.nodes[n].parents)
        )

    @cached_property
    def plans(self) -> list[dict]:
        return rational(World(self.mind, self.laws, self.held, self.learner), {})

    # --- stages -------------------------------------------------------------------------------------------------
    def stage(self, j: str, setting: tuple, world: World) -> Stage:
        act = self.acts[j]
        phase = act.phase
        if not isinstance(phase, str):
            phase = "train" if setting[world.at[phase[0]]] == phase[1] else "deploy"
        return (act.stage if act.stage is not None else act.episode), phase

    @cached_property
    def members(self) -> dict[Stage, set[str]]:
        """acts(S) of each stage: actions with that label, in force, under some rule."""
        found: dict[Stage, set[str]] = {}
        for setting, _ in self.objective.leaves({}):
            for j, act in self.acts.items():
                if setting[self.objective.at[act.theta]] == self.learner:
                    found.setdefault(self.stage(j, setting, self.objective), set()).add(j)
        return found

    def acts_of(self, span: Iterable[Stage]) -> set[str]:
        return set().union(*(self.members[stage] for stage in span))

    def episodes_of(self, acts: Iterable[str]) -> set[int]:
        return {self.acts[j].episode for j in acts}

    # --- credit -------------------------------------------------------------------------------------------------
    @cached_property
    def credit(self) -> dict[int, list[str]]:
        """Episode -> the utilities of the judge that it is scored by."""
        process, given = self.process, {u: tuple(e) for u, e in self.process.credit.items()}
        below = {j: process.descendants([j]) for j in self.acts}
        for u in process.utilities:
            if u not in process.credit:
                above = [self.acts[j].episode for j in self.acts if u in below[j]]
                given[u] = (max(above),) if above else ()
        idle = [e for e in process.episodes if not any(e in episodes for episodes in given.values())]
        for u in process.utilities:
            if u not in process.credit:
                given[u] += tuple(e for e in idle if any(u in below[j] for j in self.acts if self.acts[j].episode == e))
        return {e: [u for u in self.judges if e in given[u]] for e in process.episodes}

    # --- contexts and scores ------------------------------------------------------------------------------------
    def seen(self, j: str, setting: tuple, world: World) -> tuple | None:
        """What is observed at an action in force: its information set without the optimizer's own decisions."""
        key = world.steps[world.at[j]].key(setting)
        if key is None or key[1] != self.learner:
            return None
        return key[2], tuple(past if past is None else past[0] for past in key[3])

    def in_force(self, j: str, setting: tuple, world: World) -> tuple | None:
        """The context of an action in a setting, None where it is not in force."""
        seen = self.seen(j, setting, world)
        if seen is None:
            return None
        stage = self.stage(j, setting, world)
        gates = self.gates_above(j) if stage[1] != "train" else ()
        passes = all(setting[world.at[g]] == self.process.gates[g] for g in gates)
        return (j, seen, stage) if passes else None

    def gates_above(self, j: str) -> list[str]:
        below = self.process.descendants([j])
        return [g for g in self.process.gates if g not in below]

    def conduct(self, plan: Rule) -> tuple[Context, ...]:
        """The contexts in force under a plan, in the world as it is."""
        key = frozenset(plan.items())
        if key not in self._conducts:
            world, found = self.objective, {}
            for setting, weight in world.leaves(plan):
                for j in self.acts:
                    if weight and (context := self.in_force(j, setting, world)) is not None:
                        done = found.setdefault(context, {})
                        done[setting[world.at[j]]] = done.get(setting[world.at[j]], 0) + weight
            self._conducts[key] = tuple(self._context(context, done, plan) for context, done in found.items())
        return self._conducts[key]

    def _context(self, context: tuple, done: dict, plan: Rule) -> Context:
        scores = self.scores(context, plan)
        return Context(*context, Fraction(sum(done.values()), self.objective.total), frozenset(done), scores)

    def after(self, j: str) -> frozenset:
        """The optimizer's decisions after an action: in a later episode, or downstream."""
        below, now = self.process.descendants([j]), self.acts[j].episode
        return frozenset((k, self.learner) for k, act in self.acts.items() if act.episode > now or k in below)

    def scores(self, context: tuple, plan: Rule) -> dict:
        """Option -> probability of the context times the best that the base can get from it, parameters held."""
        j, _, _ = context
        free = self.after(j)
        rest = {k: d for k, d in plan.items() if k[:2] not in free and k[:2] != (j, self.learner)}
        key = context, frozenset(rest.items())
        if key not in self._scores:
            self._scores[key] = {d: self._score(context, d, rest, free) for d in self.acts[j].states}
        return self._scores[key]

    def _score(self, context: tuple, option: Any, rest: Rule, free: frozenset) -> Fraction:
        j = context[0]
        below = self.process.descendants([j])
        held = self.held | {t for t in self.threats if t in below}
        world = World(self.mind, held=held, learner=self.learner)
        point = world.at[j]
        credited: list[Value] = [self.process.utilities[u] for u in self.credit[self.acts[j].episode]]
        scale = number(credited)
        worth = world.worth(credited, scale)

        def fits(place: int, setting: tuple) -> bool:
            if place < point:
                return True
            return self.seen(j, setting, world) == context[1] and setting[point] == option

        def counted(setting: tuple) -> int:
            return worth(setting) if self.in_force(j, setting, world) == context else 0

        top, _ = best(world, rest, free, counted, fits)
        return Fraction(top * len(self.acts[j].states), world.total * scale)

    # --- statuses -----------------------------------------------------------------------------------------------
    def complies(self, plan: Rule, span: Iterable[Stage]) -> bool:
        """C_S: it reaches a scored context in the span and complies at all such."""
        scored = [c for c in self.conduct(plan) if c.stage in span and c.scored]
        return bool(scored) and all(c.complies for c in scored)

    def defects(self, plan: Rule, span: Iterable[Stage]) -> bool:
        """D_S: it defects at a scored context in the span."""
        return any(c.stage in span and c.scored and not c.complies for c in self.conduct(plan))

    def shortfall(self, plan: Rule, training: bool) -> Fraction:
        """What the base loses in training, or elsewhere."""
        contexts = [c for c in self.conduct(plan) if (c.stage[1] == "train") == training]
        return sum((c.shortfall for c in contexts), Fraction(0))


def _surely(states: tuple, state: Any) -> Any:
    return Chance(states, (), {(): {state: Fraction(1)}})
