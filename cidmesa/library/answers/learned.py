"""Answers about what training selects, who is an agent, and what behaviour reveals of objectives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cidmesa.errors import NotApplicable
from cidmesa.library.answers.conduct import rounded
from cidmesa.library.answers.policies import policies_for, under_all
from cidmesa.library.subject import Answer
from cidmesa.mesa.discover import discover
from cidmesa.mesa.distance import objective_distance
from cidmesa.mesa.gap import incentive_gap
from cidmesa.mesa.objectives import consistent_objectives
from cidmesa.mesa.select import select
from cidmesa.modelling.numbers import show
from cidmesa.modelling.parameter import number_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cidmesa.criteria.incentives import IncentiveTable
    from cidmesa.library.questions.mesa import Consistent, Discovered, Distance, Gap, Selected
    from cidmesa.library.subject import Subject
    from cidmesa.mesa.discover import Discovery
    from cidmesa.modelling.policy import Policy
    from cidmesa.structure.verdict import Verdict

__all__ = ["ANSWERS"]


def _selected(subject: Subject, question: Selected) -> Answer:
    scenario = subject.scenario
    if subject.of is not None or scenario.training is None:
        raise NotApplicable("selection is among the specifications under mesa: leave `of` out, and give actions.")
    for name in question.specs or ():
        scenario.of(name)  # names a specification that there is not
    specs = {name: spec for name, spec in scenario.specs.items() if name in (question.specs or scenario.specs)}
    found = select(
        scenario.training,
        specs,
        question.rule,
        prior=_numbers(question.prior),
        beta=number_of(question.beta),
        environments=question.environments,
        start=question.start,
        neighbours=question.neighbours,
        epsilon=number_of(question.epsilon),
        compression=number_of(question.compression),
        time=_numbers(question.time),
        speed=number_of(question.speed),
    )
    by_name = {candidate.name: candidate for candidate in found.candidates}
    got = {
        "chosen": list(found.chosen),
        "fitness": {name: candidate.fitness for name, candidate in by_name.items()},
        "weight": {name: candidate.weight for name, candidate in by_name.items()},
        "path": list(found.path),
    }
    because = "fitness " + ", ".join(f"{name}: {show(one.fitness)}" for name, one in by_name.items())
    return Answer(got, found.path, because, short=list(found.chosen))


def _numbers(given: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if given is None else {name: number_of(value) for name, value in given.items()}


def _gap(subject: Subject, question: Gap) -> Answer:
    composition = subject.composition
    found = incentive_gap(composition.training, composition.spec)
    sides = {"only_base": found.only_base, "only_mesa": found.only_mesa}
    got = {name: _entries(table, question.concept) for name, table in sides.items()}
    because = "; ".join(f"{side.replace('_', ' ')}: {_entries_text(got[side])}" for side in got)
    return Answer(got, (), because, short=any(got.values()))


def _entries(table: IncentiveTable, concept: str | None) -> list[list[str]]:
    return [_entry(verdict) for verdict in table if concept in (None, verdict.concept)]


def _entry(verdict: Verdict) -> list[str]:
    """Return concept, decision and node; value of control has no decision."""
    return [part for part in (verdict.concept, verdict.decision, verdict.node) if part is not None]


def _entries_text(entries: list[list[str]]) -> str:
    return ", ".join(" ".join(entry) for entry in entries) or "nothing"


def _discovered(subject: Subject, question: Discovered) -> Answer:
    scenario, composed = subject.scenario, subject.composed
    system = composed.training if composed else scenario.training or scenario.model or scenario.cid
    spec = composed.spec if composed else None
    found = discover(system, question.regime, spec=spec, tries=question.tries, functions=question.functions,
                     seed=question.seed)  # fmt: skip
    return _agents(found)


def _agents(found: Discovery) -> Answer:
    game = found.game
    owned = {agent: {"decisions": list(game.decisions_of(agent)), "utilities": list(game.utilities_of(agent))}
             for agent in found.agents}  # fmt: skip
    got = {"agents": owned, "decisions": list(game.decisions), "utilities": list(game.utilities),
           "complete": found.complete}  # fmt: skip
    limited = "" if found.complete else " (not every intervention was tried; a link may be missing)"
    because = found.to_text().splitlines()[0] + limited
    return Answer(got, (), because, short=list(game.decisions), holds=bool(found.agents))


def _consistent(subject: Subject, question: Consistent) -> Answer:
    def find(policy: Policy) -> Any:
        return consistent_objectives(subject.model, policy, question.targets, scope=question.scope,
                                     episodes=question.episodes)  # fmt: skip

    def contained(found: Any) -> dict[str, bool]:
        return {objective: found.contains(objective) for objective in objectives}

    objectives = (question.objective,) if isinstance(question.objective, str) else question.objective
    found = under_all(subject, policies_for(subject, question.policy), find, contained, "consistency")
    told = contained(found)
    because = "; ".join(f"optimal for {name}: {'yes' if holds else 'no'}" for name, holds in told.items())
    same = len(set(told.values())) == 1
    return Answer(next(iter(told.values())) if same else told, (), because)


def _distance(subject: Subject, question: Distance) -> Answer:
    model = {None: subject.truth, "truth": subject.truth, "belief": subject.model}[question.world]
    found = objective_distance(question.first, question.second, model)
    got = {"value": rounded(found.value, question.digits), "regret_bound": rounded(found.regret_bound, question.digits)}
    return Answer(got, (), found.to_text(), short=got["value"], holds=bool(found.value))


ANSWERS: dict[str, Callable[[Subject, Any], Answer]] = {
    "selected": _selected,
    "incentive_gap": _gap,
    "discover": _discovered,
    "consistent_objectives": _consistent,
    "distance": _distance,
}
