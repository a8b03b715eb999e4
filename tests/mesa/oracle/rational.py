"""Rational plans: a planner's optima as reduced pure plans, profiles of several agents by backward induction."""

from __future__ import annotations

from itertools import islice, product
from typing import TYPE_CHECKING, Any

from tests.mesa.oracle.process import Value
from tests.mesa.oracle.world import Mind, Particles, Point, Rule, World, number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["TooMany", "best", "own_values", "rational"]

Free = frozenset[tuple[str, Any]]
LIMIT, PROFILES = 3000, 64


class TooMany(Exception):
    """More plans than the oracle goes through."""


def own_values(mind: Mind, j: str, v: Any) -> list[tuple[int, Value]]:
    """The utilities that the agent of a decision counts, with their episodes."""
    spec, episode = mind.process.specs[v], mind.acts[j].episode
    counted = {"episode": lambda e: e == episode, "updates": lambda e: spec.succession != "game" or e >= episode}
    return [(e, _indexed(mind, v, e)) for e in spec.target if counted[spec.scope](e)]


def _indexed(mind: Mind, v: Any, episode: int) -> Value:
    """The objective of an episode, by the parameters then in force if they say which objective counts."""
    spec = mind.process.specs[v]
    if not spec.indexical:
        return spec.target[episode]
    theta = next(act.theta for act in mind.acts.values() if act.episode == episode)
    by_state = {v: spec.target[episode]} | {x: target[episode] for x, target in spec.indexical.items()}
    parents = tuple(dict.fromkeys([theta, *(p for one in by_state.values() for p in one.parents)]))
    table = {}
    for setting in product(*(mind.process.nodes[p].states for p in parents)):
        given = dict(zip(parents, setting, strict=True))
        one = by_state[given[theta]]
        table[setting] = one.table[tuple(given[p] for p in one.parents)]
    return Value(parents, table)


def rational(world: World, past: Rule, over: Iterable[tuple[str, Any]] = ()) -> list[dict]:
    """All rational plans; the decisions (action, learner) that are ``over`` follow ``past``."""
    mind, gone = world.mind, set(over)
    decisions = [(p.name, v) for _, p in world.points() for v in p.views if (p.name, v) not in gone]
    agents = {mind.agent(j, v) if v != "base" else "base" for j, v in decisions}
    if len(agents) > 1 or "base" in agents:
        return _all(_reached(world, profile, past) for profile in _profiles(world, dict(past), decisions))
    if not decisions:
        return [dict(past)]
    values = [value for _, value in own_values(mind, *decisions[0])]
    _, plans = best(world, past, frozenset(decisions), world.worth(values, number(values)))
    return [{**past, **plan} for plan in plans]


def _reached(world: World, profile: dict, past: Rule) -> dict:
    """The profile without what it says of information sets that it does not reach: there any option may be taken."""
    leaves = world.leaves(profile)
    keys = {point.key(setting[:place]) for setting, _ in leaves for place, point in world.points()}
    return {key: option for key, option in profile.items() if key in keys or key in past}


def _all(profiles: Iterable[dict]) -> list[dict]:
    found = list(islice(profiles, PROFILES + 1))
    if len(found) > PROFILES:
        raise TooMany
    return found


def best(world: World, rule: Rule, free: Free, worth: Callable[[tuple], int],
         fits: Callable[[int, tuple], bool] = lambda place, setting: True) -> tuple[int, list[dict]]:  # fmt: skip
    """The greatest weighted sum over rules for the free decisions, and all reduced plans that reach it.

    Settings that do not ``fit`` at a step are dropped.
    """
    finder = _Tree if _total_recall(world.mind, free) else _Search
    return finder(world, rule, free, worth, fits).found()


def _total_recall(mind: Mind, free: Free) -> bool:
    """Whether each free decision remembers all free ones before it: then what it sees separates what was done."""
    ordered = sorted(free, key=lambda d: mind.order.index(d[0]))
    return "base" not in {v for _, v in free} and all(
        mind.agent(*ordered[0]) == mind.agent(*d) and {j for j, _ in ordered[:i]} <= set(mind.memory[d])
        for i, d in enumerate(ordered)
    )


class _Finder:
    def __init__(self, world: World, rule: Rule, free: Free, worth: Any, fits: Any) -> None:
        self.world, self.rule, self.free, self.worth, self.fits = world, rule, free, worth, fits

    def step(self, place: int, particles: Particles, rule: Rule) -> Particles:
        return [p for p in self.world.advance(place, particles, rule) if self.fits(place, p[0])]

    def open_key(self, place: int, setting: tuple, rule: Rule) -> tuple | None:
        step = self.world.steps[place]
        key = step.key(setting) if isinstance(step, Point) else None
        return key if key is not None and key[:2] in self.free and key not in rule else None


class _Search(_Finder):
    """All reduced plans one after the other."""

    def found(self) -> tuple[int, list[dict]]:
        self.top: int | None = None
        self.plans: list[dict] = []
        self.count = 0
        self.go(0, [((), 1)], {})
        return self.top or 0, self.plans

    def go(self, place: int, particles: Particles, plan: dict) -> None:
        if place == len(self.world.steps):
            return self.record(sum(w * self.worth(s) for s, w in particles), plan)
        rule = {**self.rule, **plan}
        keys = list(dict.fromkeys(k for s, _ in particles if (k := self.open_key(place, s, rule)) is not None))
        for choice in product(self.world.steps[place].states, repeat=len(keys)) if keys else [()]:
            chosen = dict(zip(keys, choice, strict=True))
            self.go(place + 1, self.step(place, particles, rule | chosen), plan | chosen)
        return None

    def record(self, total: int, plan: dict) -> None:
        self.count += 1
        if self.count > LIMIT:
            raise TooMany
        if self.top is None or total > self.top:
            self.top, self.plans = total, [plan]
        elif total == self.top:
            self.plans.append(plan)


class _Tree(_Finder):
    """Backward induction from information set to information set, with every tie."""

    def found(self) -> tuple[int, list[dict]]:
        return self.go(0, [((), 1)])

    def go(self, place: int, particles: Particles) -> tuple[int, list[dict]]:
        while place < len(self.world.steps):
            groups: dict[tuple, Particles] = {}
            for particle in particles:
                if (key := self.open_key(place, particle[0], self.rule)) is not None:
                    groups.setdefault(key, []).append(particle)
            if groups:
                return self.split(place, particles, groups)
            particles = self.step(place, particles, self.rule)
            place += 1
        return sum(w * self.worth(s) for s, w in particles), [{}]

    def split(self, place: int, particles: Particles, groups: Mapping[tuple, Particles]) -> tuple[int, list[dict]]:
        taken = {id(p) for group in groups.values() for p in group}
        rest = [p for p in particles if id(p) not in taken]
        total, plans = self.go(place + 1, self.step(place, rest, self.rule)) if rest else (0, [{}])
        for key, group in groups.items():
            options = {}
            for option in self.world.steps[place].states:
                options[option] = self.go(place + 1, self.step(place, group, {**self.rule, key: option}))
            top = max(value for value, _ in options.values())
            best_here = [{key: d, **p} for d, (x, more) in options.items() if x == top for p in more]
            total += top
            if len(plans) * len(best_here) > LIMIT:
                raise TooMany
            plans = [{**a, **b} for a in plans for b in best_here]
        return total, plans


def _profiles(world: World, rule: dict, decisions: list[tuple[str, Any]]) -> Iterable[dict]:
    """All profiles in which each decision is best at each information set, given the later ones; last first."""
    if not decisions:
        yield rule
        return
    *earlier, (j, v) = decisions
    block = [d for d in decisions if d == (j, v) or _together(world.mind, d, (j, v))]
    if len(block) > 1:
        rest = [d for d in earlier if d not in block]
        if any(decisions.index(d) > decisions.index(block[0]) for d in rest):
            raise TooMany  # another agent decides between decisions that are chosen together: no last one to start from
        values = [value for _, value in own_values(world.mind, j, v)]
        _, plans = best(world, rule, frozenset(block), world.worth(values, number(values)))
        for plan in plans:
            yield from _profiles(world, {**rule, **plan}, rest)
        return
    tops = _tops(world, rule, j, v)
    for choice in product(*tops.values()):
        yield from _profiles(world, rule | dict(zip(tops, choice, strict=True)), earlier)


def _together(mind: Mind, a: tuple, b: tuple) -> bool:
    """Whether two decisions of one agent must be chosen together, for the later does not remember the other."""
    if "base" in (a[1], b[1]) or mind.agent(*a) != mind.agent(*b):
        return False
    return a[0] not in mind.memory[b]


def _tops(world: World, rule: dict, j: str, v: Any) -> dict[tuple, list]:
    """The best options at each information set of a decision, earlier open ones at random."""
    values = list(world.mind.process.utilities.values()) if v == "base" else [
        value for _, value in own_values(world.mind, j, v)]  # fmt: skip
    worth, place = world.worth(values, number(values)), world.at[j]
    point = world.steps[place]
    sums: dict[tuple, dict] = {}
    for setting, weight in world.leaves(rule):
        key = point.key(setting[:place])
        if key is not None and key[1] == v and key not in rule:
            options = sums.setdefault(key, dict.fromkeys(point.states, 0))
            options[setting[place]] += weight * worth(setting)
    return {key: [d for d, x in options.items() if x == max(options.values())] for key, options in sums.items()}
