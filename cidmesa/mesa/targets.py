"""The mesa-objective of each episode, from how a specification writes it, and the rule that adds it to a draft."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from cidmesa.errors import ComposeError, ModelError, near_miss
from cidmesa.modelling.expression import Expression, number_or_expression
from cidmesa.modelling.mechanism import Constant, Formula, Mechanism, Rows
from cidmesa.modelling.numbers import show
from cidmesa.modelling.shorthand import as_mechanism
from cidmesa.modelling.tabulation import settled
from cidmesa.structure.diagram import Node

if TYPE_CHECKING:
    from cidmesa.mesa.compose import Draft, Optimizer
    from cidmesa.mesa.spec import MesaSpec, Target
    from cidmesa.mesa.training import Episode, TrainingProcess
    from cidmesa.modelling.numbers import Number, State

__all__ = ["EpisodeTarget", "give_objectives", "targets_of"]


class EpisodeTarget(NamedTuple):
    """The nodes that a mesa-objective reads in one episode, and its value as a mechanism over them."""

    parents: tuple[str, ...]
    value: Mechanism


def targets_of(training: TrainingProcess, target: Target, agent: str) -> dict[Episode, EpisodeTarget]:
    """Return the objective of each of the agent's episodes, in the order of time.

    Raises:
        ComposeError: a name is neither a node nor a parameter, or an episode has no action.

    """
    own = {role.episode for role in training.actions.values() if role.agent == agent}
    episodes = tuple(episode for episode in training.episodes if episode in own)
    if isinstance(target, str):
        expression = _read(target)
        return {episode: _of_text(training, _completed(training, expression, episode)) for episode in episodes}
    for episode in target:
        if episode not in episodes:
            known = ", ".join(map(str, episodes))
            raise ComposeError(f"the target names episode {episode!r}, which has no action. Episodes: {known}.")
    return {episode: _one(training, target[episode], episode) for episode in episodes if episode in target}


def _one(training: TrainingProcess, given: object, episode: int | str) -> EpisodeTarget:
    if isinstance(given, str):
        _check_full_names(training, _read(given), episode)
        return _of_text(training, _read(given))
    if isinstance(given, Mapping) and set(given) == {"parents", "value"}:
        given = given["parents"], given["value"]
    if not isinstance(given, tuple | list) or len(given) != 2:
        raise ComposeError(f"a target is text, or (parents, text or function), not {given!r}.")
    parents = tuple(given[0])
    for parent in parents:
        training.cid.index(parent)
    try:
        return EpisodeTarget(parents, settled(as_mechanism(given[1], parents), ()))
    except ModelError as error:
        raise ComposeError(f"target over {', '.join(parents)}: {error}") from error


def _check_full_names(training: TrainingProcess, expression: Expression, episode: int | str) -> None:
    for name in expression.names:
        full = [other for other in (f"{name}{episode}", f"{name}_{episode}") if other in training.cid]
        if name not in training.cid and name not in training.model.parameters and full:
            raise ComposeError(
                f"target of episode {episode}: there is no node {name!r}. In a target by episode nodes "
                f"have their full names: did you mean {full[0]!r}?"
            )


def _read(text: str) -> Expression:
    try:
        return Expression(text)
    except ModelError as error:
        raise ComposeError(f"target: {error}") from error


def _of_text(training: TrainingProcess, expression: Expression) -> EpisodeTarget:
    known = (*training.cid.nodes, *training.model.parameters)
    try:
        expression.check_names(known, "a node of the training diagram or a parameter")
    except ModelError as error:
        raise ComposeError(f"target: {error}") from error
    mechanism = as_mechanism(str(expression), ())
    return EpisodeTarget(tuple(name for name in mechanism.names if name in training.cid), mechanism)


def _completed(training: TrainingProcess, expression: Expression, episode: int | str) -> Expression:
    """Return the expression with each name completed by the episode's number where such a node exists."""
    names = {}
    for name in expression.names:
        options = [f"{name}{episode}", f"{name}_{episode}", name]
        found = next((option for option in options if option in training.cid), None)
        if found is None and name not in training.model.parameters:
            raise ComposeError(
                f"target: {name!r} names no node in episode {episode} ({options[0]!r} neither)."
                f"{near_miss(name, training.cid.nodes)}"
            )
        _check_action(training, name, found or name, episode)
        names[name] = found or name
    return expression.renamed(names)


def _check_action(training: TrainingProcess, name: str, node: str, episode: int | str) -> None:
    """Refuse text that would read another episode's action, or only one of several actions of an episode."""
    if node not in training.actions:
        return
    role = training.actions[node]
    if role.episode != episode:
        raise ComposeError(
            f"target: {name!r} is an action of episode {role.episode}, and episode {episode} has none. "
            "Write the target as {episode: text}."
        )
    like = re.compile(rf"{re.escape(name)}_?\d+")
    alike = (a for a, r in training.actions.items() if r.episode == episode and r.agent == role.agent)
    others = [a for a in alike if a != node and like.fullmatch(a)]
    if others and name != node:
        raise ComposeError(
            f"target: {name!r} could be {node} or {', '.join(others)}, which are all in episode {episode}. "
            "Number the episodes (learned(..., episode=2)), or write the target as {episode: text}."
        )


# --- the rule -----------------------------------------------------------------------------------------------------


def give_objectives(draft: Draft) -> Draft:
    """Make a utility of each episode's mesa-objective, owned as the scope says.

    "episode": the episode's agent owns its own. "updates": one agent owns all; as a "game" each episode's agent owns a
    copy of every later one. A number: a copy of so many later ones. "indexical": the parameters in force say which
    objective counts. Later ones are multiplied by the weight of later episodes.
    """
    for optimizer in draft.optimizers:
        draft = _given_to(draft, optimizer)
    return draft


def _given_to(draft: Draft, optimizer: Optimizer) -> Draft:
    spec = optimizer.spec
    targets = {episode: _indexed(draft, optimizer, episode) for episode in draft.targets[optimizer.value]}
    number = {episode: place for place, episode in enumerate(draft.training.episodes)}
    playing = {decided.role.episode for decided in draft.decided() if decided.of == optimizer}
    notes, nodes, values, objectives = {}, [], {}, dict(draft.objectives)
    weight = _weight(draft.training, spec)
    later = _later(draft, optimizer) if weight != 1 and spec.one_agent else ()
    for episode in targets:
        reach = spec.span if spec.as_selves else 0
        selves = [e for e in number if e in playing and 0 < number[episode] - number[e] <= reach]
        for holder in [*selves, episode]:
            name, agent = _name(draft, optimizer, episode, holder), optimizer.agent(holder)
            counted = _weighed(targets[episode], weight, holder != episode or episode in later)
            nodes.append(Node(name, "utility", agent, counted.parents))
            whose = f"; counted by {agent}" if holder != episode else ""
            notes[name] = f"mesa-objective of episode {episode}{whose}"
            values[name], objectives[name] = counted.value, episode
    return replace(draft.changed(notes, nodes, values), objectives=objectives)


def _weight(training: TrainingProcess, spec: MesaSpec) -> Number | Expression:
    """Return how much later episodes count.

    Raises:
        ComposeError: the text cannot be read or names something that is not a parameter, or a number is negative.

    """
    try:
        weight = number_or_expression(spec.later_weight)
        if isinstance(weight, Expression):
            weight.check_names(tuple(training.model.parameters), "a parameter")
        elif weight < 0:
            raise ModelError("it must not be negative")
    except ModelError as error:
        raise ComposeError(f"later_weight={show(spec.later_weight)!r}: {error}") from error
    return weight


def _later(draft: Draft, optimizer: Optimizer) -> tuple[Episode, ...]:
    """Return the episodes that one agent counts as later ones: all but its first.

    Raises:
        ComposeError: training has several episodes, in which the learner's later selves would disagree with its plan.

    """
    spec = optimizer.spec
    roles = [decided.role for decided in draft.decided() if decided.of == optimizer]
    trained = {role.episode for role in roles if role.phase == "train" or role.phase_expression is not None}
    if len(trained) > 1:
        raise ComposeError(
            f"later_weight={show(spec.later_weight)!r} with {len(trained)} episodes of training: its later selves "
            "would not keep to its plan (quasi-hyperbolic discounting). Use succession='game', or write a discount "
            "into the target, such as gamma**2 * (A3 == 'b')."
        )
    own = {role.episode for role in roles}
    first = next(episode for episode in draft.training.episodes if episode in own)
    return tuple(episode for episode in draft.training.episodes if episode != first)


def _weighed(target: EpisodeTarget, weight: Number | Expression, counts: bool) -> EpisodeTarget:
    """Return the objective times a weight, where it is counted as a later one."""
    if not counts or weight == 1:
        return target
    return target._replace(value=_times(target.value, weight))


def _times(value: Mechanism, weight: Number | Expression) -> Mechanism:
    match value:
        case Rows():
            return Rows(value.parents, tuple((pattern, _times(outcome, weight)) for pattern, outcome in value.rows))
        case Formula() | Constant():
            return as_mechanism(f"({show(weight)}) * ({value})", ())
    raise ComposeError("later_weight needs a target that is written as text, not as a function or a table.")


def _name(draft: Draft, optimizer: Optimizer, episode: Episode, holder: Episode) -> str:
    """Return the name of an episode's objective as ``holder`` counts it."""
    ending = f"{episode}{optimizer.mark}" + (f"@{holder}" if holder != episode else "")
    return f"U_{ending}" if f"U_{ending}" not in draft.model.cid else f"U_{optimizer.spec.agent}_{ending}"


def _check_successors(draft: Draft, spec: MesaSpec) -> None:
    known = {value: None for theta in draft.training.thetas for value in draft.model.domain(theta)}
    for value in spec.successor_targets or {}:
        if value not in known:
            shown = list(map(show, known))
            raise ComposeError(
                f"successor_targets names {show(value)!r}, which is not a value of the parameters."
                f"{near_miss(show(value), shown)} Their values are: {', '.join(shown)}."
            )


def _indexed(draft: Draft, optimizer: Optimizer, episode: Episode) -> EpisodeTarget:
    """Return the objective of an episode, that of the parameters then in force where values are indexical."""
    spec, training = optimizer.spec, draft.training
    if not spec.successor_targets:
        return draft.targets[optimizer.value][episode]
    theta = next(role.theta for role in training.actions.values() if role.episode == episode)
    by_value = {one.value: draft.targets[one.value] for one in draft.optimizers}
    by_value |= {value: targets_of(training, given, spec.agent) for value, given in spec.successor_targets.items()}
    values = draft.model.domain(theta)
    _check_successors(draft, spec)
    for value in values:
        if episode not in by_value.get(value, {}):
            where = "" if value not in by_value else f" in episode {episode}"
            raise ComposeError(f"successor_targets has no entry for {theta} = {show(value)}{where}. Add it.")
    parents = dict.fromkeys([theta, *(name for value in values for name in by_value[value][episode].parents)])
    rows: tuple[tuple[tuple[State], Mechanism], ...] = tuple(((v,), by_value[v][episode].value) for v in values)
    return EpisodeTarget(tuple(parents), Rows((theta,), rows))
