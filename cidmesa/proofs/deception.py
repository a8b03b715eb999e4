"""What shows a certificate of deception: conduct in the optimizer's model, in the judge's, in the blinded one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.errors import ModelError, NotApplicable
from cidmesa.mesa.blinding import blinded, hold
from cidmesa.mesa.deceit import ALL
from cidmesa.modelling.inference import Factor, query
from cidmesa.proofs.choices import NOTHING, options
from cidmesa.solving.optimal.solution import solve
from cidmesa.structure.node import fresh_name

if TYPE_CHECKING:
    from cidmesa.mesa.certificate import Certificate
    from cidmesa.mesa.deceit import Study
    from cidmesa.mesa.plans import Plan
    from cidmesa.mesa.scores import Choice, Stage
    from cidmesa.mesa.world import World
    from cidmesa.modelling.numbers import State
    from cidmesa.proofs.documents import Document

__all__ = ["of_certificate"]

Key = tuple[str, "Stage", tuple[tuple[str, "State"], ...]]


def of_certificate(certificate: Certificate) -> Document:
    """Return what shows that a mesa-optimizer deceives strictly or surely in a span, but for the threats it would not.

    Claims about three kinds of models. In the optimizer's own model every optimal policy takes, in each scored context
    of the span, options that score best, and in some later context none of those. In the judge's models these are the
    options that score best. In the blinded model some optimal policy (strictly: every one) takes others in the span.
    That the models are what the definition asks for is not part of the claims.

    Raises:
        NotApplicable: deception is not certified with the reason "but-for", optimal plans differ in what they do there,
            several agents decide, or phases are expressions.

    >>> import cidmesa as cm
    >>> corners = cm.load("hubinger2019/two-corners").of("deceptive")
    >>> sorted({claim["model"] for claim in of_certificate(cm.certify_deception(corners)).claims})[0]
    'the blinded model'

    """
    study = certificate.study
    if len({study.world.nodes[d].agent for d in study.world.decisions}) != 1 or study.world.tied:
        raise NotApplicable("a proof of deception can be written only if one agent decides.")
    for name in sorted(study.span_names, key=lambda name: name != ALL):
        if (span := _span(study, name)) and (found := _shown(study, span)) is not None:
            return found
    raise NotApplicable("in no span do all plans deceive alike and only because of the threat ('but-for').")


def _span(study: Study, name: str) -> tuple[Stage, ...]:
    """Return the stages of a span in which every plan deceives but for the threats; none where some plan does not."""
    found = dict.fromkeys(stages for _, stages in study.plans_with(name))
    if len(found) != 1 or not (span := next(iter(found))):
        return ()
    causes = [study.cause(plan, span) for plan in study.plans]
    return span if all(cause is not None and not cause.contingency for cause in causes) else ()


def _shown(study: Study, span: tuple[Stage, ...]) -> Document | None:
    inside = _choices(study, study.plans, span)
    later = {_key(choice): choice for plan in study.plans for choice in study.later(plan, span)}
    after = {key: _joined(study, study.plans, choice) for key, choice in later.items()}
    defecting = next((choice for choice in after.values() if choice and not {*choice.done} & {*choice.best}), None)
    if not inside or defecting is None or not all({*choice.done} <= {*choice.best} for choice in inside):
        return None
    agent = str(study.world.nodes[inside[0].decision].agent)
    own, blind = study.world.model(agent, study.world.decisions), _blind(study, span)
    blind_model = blind.model(agent, blind.decisions)
    parts = [
        *(_takes(study, own, choice, choice.done, "the optimizer's own model") for choice in (*inside, defecting)),
        *(_scores(study, choice) for choice in (*inside, defecting)),
        *(_takes(study, blind_model, choice, None, "the blinded model") for choice in inside),
    ]
    return reduce(add, parts)


def _key(choice: Choice) -> Key:
    return choice.decision, choice.stage, tuple(choice.context.items())


def _choices(study: Study, plans: Sequence[Plan], span: tuple[Stage, ...]) -> list[Choice]:
    """Return the scored choices of a span, each with all that some plan does; nothing where plans reach others."""
    keys = {tuple(map(_key, study.judge.scored(plan, span))) for plan in plans}
    joined = [_joined(study, plans, choice) for choice in study.judge.scored(plans[0], span)]
    return [choice for choice in joined if choice] if len(keys) == 1 and all(joined) else []


def _joined(study: Study, plans: Sequence[Plan], choice: Choice) -> Choice | None:
    """Return a choice with all that some plan does there; nothing where plans differ in what scores best."""
    same = [
        other for plan in plans for other in study.judge.scored(plan, [choice.stage]) if _key(other) == _key(choice)
    ]
    done = {option for other in same for option in other.done}
    if len(same) < len(plans) or any(other.best != choice.best for other in same):
        return None
    return replace(choice, done=tuple(option for option in choice.values if option in done))


def _where(study: Study, choice: Choice, among: Iterable[str]) -> dict[str, State]:
    """Return the states that say that a context is reached in force, of nodes that are there."""
    training, judge = study.training, study.judge
    action = next(action for action, decision in judge.decided.items() if decision == choice.decision)
    role = training.actions[action]
    if role.phase_expression is not None:
        raise NotApplicable("no proof can be written if a phase is an expression.")
    below = training.cid.descendants(action)
    gates = training.gate if role.phase == "deploy" else {}
    passed = {gate: state for gate, state in gates.items() if gate not in below}
    there = set(among)
    found = dict(choice.context) | {role.theta: judge.learner} | passed
    return {name: state for name, state in found.items() if name in there}


def _takes(study: Study, model: Any, choice: Choice, done: Sequence[State] | None, name: str) -> Document:
    """Return the claim on what optimal policies take in a choice's context; ``None``: what they take is looked up."""
    when = _where(study, choice, [n for n in model.cid.nodes if model.cid.kind(n) != "utility"])
    taken = done if done is not None else _taken(model, choice.decision, when)
    return options(model, NOTHING, choice.decision, when, taken, name)


def _taken(model: Any, decision: str, when: Mapping[str, State]) -> list[State]:
    found: set[State] = set()
    for policy in solve(model).optimal_policies():
        try:
            found |= {o for o, p in query(model, decision, given=when, policy=policy).items() if p}
        except ModelError:
            continue  # this policy never gets there
    return [option for option in model.domain(decision) if option in found]


def _blind(study: Study, span: tuple[Stage, ...]) -> World:
    """Return the optimizer's model in which the threats take it to do in the span what its first plan does."""
    plan, judge = study.plans[0], study.judge
    acts = judge.actions_in(span)
    fixed = plan.only(judge.past(span)).followed(study.world)
    threats = study.reading(span)
    return blinded(fixed, study.training, acts, plan, learner=study.learner, threats=threats)


# --- the score --------------------------------------------------------------------------------------------------------


def _scores(study: Study, choice: Choice) -> Document:
    """Return the claim on which options score best in a context: those that a judge would take who decides there."""
    world, when = _judging(study, choice)
    decisions = [name for name in world.decisions if world.nodes[name].agent == _judge(study)]
    model = world.model(_judge(study), decisions)
    seen = ", ".join(f"{name} = {state}" for name, state in when.items())
    return options(
        model, NOTHING, choice.decision, {}, choice.best, f"the score of {choice.decision} at {seen or 'once'}"
    )


def _judge(study: Study) -> str:
    return fresh_name([str(node.agent) for node in study.judge.world.nodes.values()], "judge")


def _judging(study: Study, choice: Choice) -> tuple[World, dict[str, State]]:
    """Return the world in which a judge decides there and later, and counts what is credited, where the context is."""
    judge, training, plan = study.judge, study.training, study.plans[0]
    action = next(action for action, decision in judge.decided.items() if decision == choice.decision)
    free = set(_after(study, action))
    rest = plan.only([name for name in plan.rules if name not in free and name != choice.decision])
    world = hold(rest.followed(judge.world), training, [action], judge.learner)
    when = _where(study, choice, [n for n, node in world.nodes.items() if node.kind != "utility"])
    nodes, factors, owner = dict(world.nodes), dict(world.factors), _judge(study)
    for name in [choice.decision, *(name for name in world.decisions if name in free)]:
        hidden = (*when, choice.decision, action)
        seen = () if name == choice.decision else tuple(p for p in nodes[name].parents if p not in hidden)
        nodes[name] = replace(nodes[name], agent=owner, parents=seen)
    for utility in judge.utilities_of(choice.stage):
        factors[utility] = _only_where(world, factors[utility], when)
        nodes[utility] = replace(nodes[utility], agent=owner, parents=factors[utility].variables)
    return world.made_of(nodes, factors), when


def _after(study: Study, action: str) -> Iterator[str]:
    """Yield the optimizer's decisions in later episodes than an action, or downstream of it."""
    training = study.training
    moment = {a: training.episodes.index(training.actions[a].episode) for a in study.judge.decided}
    below = training.cid.descendants(action)
    for other, decision in study.judge.decided.items():
        if other != action and (moment[other] > moment[action] or other in below):
            yield decision


def _only_where(world: World, factor: Factor, when: Mapping[str, State]) -> Factor:
    """Return a utility that is 0 except where some nodes are in these states."""
    keep = tuple(dict.fromkeys([*when, *factor.variables]))
    place = {name: world.domains[name].index(state) for name, state in when.items()}
    inside = factor.values[tuple(place.get(name, slice(None)) for name in factor.variables)]
    values = np.full(world.shape(keep), Fraction(0)) if world.exact else np.zeros(world.shape(keep))
    values[tuple(place.get(name, slice(None)) for name in keep)] = inside
    return Factor(keep, values)
