"""The alignment class of a process: the first of seven that fits."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tests.mesa.oracle.certificate import certify
from tests.mesa.oracle.conduct import Case
from tests.mesa.oracle.process import Chance, Process
from tests.mesa.oracle.world import number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.mesa.oracle.process import Value

__all__ = ["classify", "forced", "shortfalls", "worst_value"]


def forced(process: Process, states: Mapping[str, Any]) -> Process:
    """The process in which some nodes have a state surely."""
    nodes = {n: Chance(node.states, (), {(): {states[n]: Fraction(1)}}) if n in states else node
             for n, node in process.nodes.items()}  # fmt: skip
    return replace(process, nodes=nodes)


def classify(process: Process, points: str | None = None, truth: Any = None,
             environments: Iterable[Mapping[str, Any]] = ({},), learner: Any = None) -> str:  # fmt: skip
    """The class; ``points``: the node B that says what the base objective is, ``truth`` its state.

    ``environments``: states that some nodes are put in; training is what the first is like.
    """
    known = {} if points is None else {points: truth}
    envs = [dict(e) for e in environments]
    cases = [Case(forced(process, known | env), learner) for env in envs]
    home = cases[0]
    if certify(home).certified:
        return "deceptive"
    if any(_defects(home, plan, "train") for plan in home.plans):
        return "misaligned"
    if _flawed(home) and (clear := _clear(home)) and any(_defects(clear, plan, "train") for plan in clear.plans):
        return "suboptimality"
    if any(_defects(home, p, "deploy") for p in home.plans) or any(
        any(_defects_at_all(case, p) for p in case.plans) for case in cases[1:]
    ):
        myopic = _with(home, scope="episode", succession="planner")
        return "resources" if any(_defects(myopic, p, "train") for p in myopic.plans) else "proxy"
    return _robust(process, points, truth, envs, learner)


def _robust(process: Process, points: str | None, truth: Any, envs: list, learner: Any) -> str:
    def internal(states: Mapping[str, Any]) -> bool:
        return all(_safe(Case(forced(process, {**states, **env}), learner)) for env in envs)

    if points is not None:
        row = next(iter(process.nodes[points].table.values()))
        if len(row) > 1 and all(internal({points: state}) for state in row):
            return "corrigible"
    return "internal" if internal({} if points is None else {points: truth}) else "deterred"


def _safe(case: Case) -> bool:
    """Whether all optima comply everywhere with beliefs dropped and all threats held."""
    spec = replace(case.spec, beliefs={})
    calm = Case(replace(case.process, specs={**case.process.specs, case.learner: spec}), case.learner, calm=True)
    return not any(_defects_at_all(calm, plan) for plan in calm.plans)


def _flawed(case: Case) -> bool:
    return bool(case.spec.beliefs) or case.spec.aware == "none" or case.spec.succession == "same"


def _clear(case: Case) -> Case:
    return _with(case, beliefs={}, aware="full", succession="planner")


def _with(case: Case, **changed: Any) -> Case:
    specs = {**case.process.specs, case.learner: replace(case.spec, **changed)}
    return Case(replace(case.process, specs=specs), case.learner, case.judges)


def _defects(case: Case, plan: Mapping, phase: str) -> bool:
    return any(case.defects(plan, {s}) for s in case.members if s[1] == phase)


def _defects_at_all(case: Case, plan: Mapping) -> bool:
    return case.defects(plan, set(case.members))


def shortfalls(case: Case) -> tuple[Fraction, Fraction]:
    """The worst shortfall in training and elsewhere, each over all rational plans."""
    return tuple(max(case.shortfall(p, training) for p in case.plans) for training in (True, False))  # type: ignore[return-value]


def worst_value(case: Case, values: Iterable[Value] | None = None) -> Fraction:
    """J: the worst total base utility, or other utility, over all rational plans, in the world as it is."""
    summed = list(case.process.utilities.values() if values is None else values)
    scale, world = number(summed), case.objective
    worth = world.worth(summed, scale)
    return min(Fraction(sum(w * worth(s) for s, w in world.leaves(p)), world.total * scale) for p in case.plans)
