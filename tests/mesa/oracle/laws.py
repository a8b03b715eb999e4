"""What the theorems speak of: the older certificate, myopic conduct, the laws of a world, removal, the interface."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tests.mesa.oracle.conduct import Case
from tests.mesa.oracle.rational import rational
from tests.mesa.oracle.world import World, number

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.mesa.oracle.certificate import Span
    from tests.mesa.oracle.process import Value
    from tests.mesa.oracle.world import Rule

__all__ = ["conduct_in", "law", "myopic_plans", "older", "removed", "values_of", "with_objective"]


def law(world: World, rule: Rule, nodes: Iterable[str]) -> dict[tuple, Fraction]:
    """The joint law of some nodes."""
    places, found = [world.at[n] for n in nodes], {}
    for setting, weight in world.leaves(rule):
        key = tuple(setting[i] for i in places)
        found[key] = found.get(key, 0) + weight
    return {key: Fraction(weight, world.total) for key, weight in found.items()}


def with_objective(case: Case, target: dict[int, Value], **changed: Any) -> Case:
    """The same case for an optimizer that wants something else."""
    specs = {**case.process.specs, case.learner: replace(case.spec, target=target, **changed)}
    return Case(replace(case.process, specs=specs), case.learner, case.judges)


def conduct_in(case: Case, plan: Rule, span: Span) -> frozenset:
    """What a plan does in the contexts of a span."""
    return frozenset((c.action, c.seen, c.stage, c.done) for c in case.conduct(plan) if c.stage in span)


def myopic_plans(case: Case, plan: Rule, span: Span) -> list[dict]:
    """What is best for the objective of the span's episodes alone, after the plan's past; other episodes at random."""
    episodes = case.episodes_of(case.acts_of(span))
    alone = with_objective(case, {e: u for e, u in case.spec.target.items() if e in episodes})
    over = {(j, case.learner) for j, act in case.acts.items() if act.episode not in episodes}
    past = {key: d for key, d in plan.items() if case.acts[key[0]].episode < min(episodes)}
    return rational(World(alone.mind, alone.laws), past, over)


class _Older:
    """The four parts of the certificate before this one, with the base score of this one."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.training = frozenset(s for s in case.members if s[1] == "train")
        rest = frozenset(case.members) - self.training
        self.complies = all(case.complies(p, self.training) for p in case.plans)
        myopic = with_objective(case, dict(case.spec.target), scope="episode", succession="planner")
        self.myopic_defects = self.common_defection(myopic.plans)
        self.severed_defects = self.common_defection(self.severed())
        self.defects_later = all(case.defects(p, rest) for p in case.plans)

    def __bool__(self) -> bool:
        return self.complies and self.myopic_defects and self.severed_defects and self.defects_later

    def severed(self) -> list[dict]:
        case = self.case
        return with_objective(case, dict(case.spec.target), aware="none").plans

    def common_defection(self, plans: list[dict]) -> bool:
        """Whether all plans defect in one context of training that they share."""
        found = [{(c.action, c.seen[0]) for c in self.case.conduct(p) if c.stage in self.training
                  and c.scored and not c.complies} for p in plans]  # fmt: skip
        return bool(set.intersection(*found))


def older(case: Case) -> bool:
    """Whether the older certificate holds."""
    return bool(_Older(case))


def removed(case: Case, theta: str, state: Any = "base") -> list[Fraction]:
    """For each rational plan, how likely some parameters are another's."""
    return [law(case.objective, plan, [theta]).get((state,), Fraction(0)) for plan in case.plans]


def values_of(case: Case) -> list[Fraction]:
    """What each rational plan is worth to the optimizer as it sees the world."""
    values = list(case.spec.target.values())
    world, scale = World(case.mind, case.laws), number(values)
    worth = world.worth(values, scale)
    return [Fraction(sum(w * worth(s) for s, w in world.leaves(p)), world.total * scale) for p in case.plans]
