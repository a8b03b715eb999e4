"""The mesa-objective of each episode, from how a specification writes it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from cidmesa.errors import ComposeError, ModelError, near_miss
from cidmesa.modelling.expression import Expression
from cidmesa.modelling.mechanism import Mechanism, as_mechanism
from cidmesa.modelling.reading import names_in
from cidmesa.modelling.table import settled

if TYPE_CHECKING:
    from cidmesa.mesa.spec import Target
    from cidmesa.mesa.training import TrainingProcess

__all__ = ["EpisodeTarget", "targets_of"]


class EpisodeTarget(NamedTuple):
    """The nodes that a mesa-objective reads in one episode, and its value as a mechanism over them."""

    parents: tuple[str, ...]
    value: Mechanism


def targets_of(training: TrainingProcess, target: Target, agent: str) -> dict[int | str, EpisodeTarget]:
    """Return the objective of each of the agent's episodes.

    Raises:
        ComposeError: a name that is neither node nor parameter, an episode without action.

    """
    episodes = tuple(dict.fromkeys(role.episode for role in training.actions.values() if role.agent == agent))
    if isinstance(target, str):
        expression = _read(target)
        return {episode: _of_text(training, _completed(training, expression, episode)) for episode in episodes}
    found = {}
    for episode, given in target.items():
        if episode not in episodes:
            known = ", ".join(map(str, episodes))
            raise ComposeError(f"the target names episode {episode!r}, which has no action. Episodes: {known}.")
        found[episode] = _one(training, given, episode)
    return found


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
            raise ComposeError(f"target of episode {episode}: there is no node {name!r}. In a target by episode nodes "
                               f"have their full names: did you mean {full[0]!r}?")  # fmt: skip


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
    return EpisodeTarget(tuple(name for name in names_in(mechanism) if name in training.cid), mechanism)


def _completed(training: TrainingProcess, expression: Expression, episode: int | str) -> Expression:
    """Return the expression with each name completed by the episode's number where such a node exists."""
    names = {}
    for name in expression.names:
        options = [f"{name}{episode}", f"{name}_{episode}", name]
        found = next((option for option in options if option in training.cid), None)
        if found is None and name not in training.model.parameters:
            raise ComposeError(f"target: {name!r} names no node in episode {episode} ({options[0]!r} neither)."
                               f"{near_miss(name, training.cid.nodes)}")  # fmt: skip
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
