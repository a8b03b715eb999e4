"""From definitions in a scenario file to the mechanisms and domains that a model is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cidmesa.errors import ModelError
from cidmesa.modelling.policy import policy
from cidmesa.modelling.shorthand import table, uniform

if TYPE_CHECKING:
    from cidmesa.library.file.schema import NodeDef
    from cidmesa.library.file.specification import BeliefDef
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.policy import Policy

__all__ = ["belief_of", "has_numbers", "mechanism_of", "policy_of", "states_of"]

_WAYS = ("prob", "value", "table")


def has_numbers(what: NodeDef) -> bool:
    """Return whether the definition says more than structure."""
    return any(getattr(what, key, None) is not None for key in ("states", *_WAYS))


def states_of(what: NodeDef) -> tuple[Any, ...] | None:
    """Return the declared states, or those that a mapping of probabilities names, or ``None``."""
    states: tuple[Any, ...] | None = getattr(what, "states", None)
    prob = getattr(what, "prob", None)
    if states is None and isinstance(prob, Mapping):
        return tuple(prob)
    return states


def mechanism_of(name: str, what: NodeDef, parents: tuple[str, ...]) -> object:
    """Return what `cidmesa.model` takes for the node, ``None`` where the file says nothing.

    Raises:
        ModelError: two mechanisms at once, probabilities that do not fit the states, a table without parents.

    """
    given = _only_way(name, what)
    if what.kind == "decision":
        return list(what.states) if what.states is not None else None
    if given == "prob":
        return _distribution(name, getattr(what, given), states_of(what))
    if given == "table":
        return _table(name, what, parents)
    if given == "value":
        return getattr(what, given)
    if what.kind == "action" and what.states:
        return uniform(what.states)
    return None


def belief_of(name: str, belief: BeliefDef, parents: tuple[str, ...], states: tuple[Any, ...] | None) -> object:
    """Return the mechanism that a mesa-optimizer believes a node to have.

    Raises:
        ModelError: no mechanism or two, probabilities that do not fit the states.

    """
    given = _only_way(name, belief)
    if given == "prob":
        return _distribution(name, belief.prob, states)
    if given == "table":
        return _rows(name, belief.table, parents)
    if given == "value":
        return belief.value
    raise ModelError(f"the belief about {name!r} is empty. Give prob, value or table.")


def _only_way(name: str, what: NodeDef | BeliefDef) -> str | None:
    given = [key for key in _WAYS if getattr(what, key, None) is not None]
    if len(given) > 1:
        raise ModelError(f"node {name!r} has {' and '.join(given)}. Keep one of them.")
    return given[0] if given else None


def _distribution(name: str, prob: Any, states: tuple[Any, ...] | None) -> Mapping[Any, Any]:
    if isinstance(prob, Mapping):
        return prob
    if states is None:
        raise ModelError(
            f"node {name!r} lists probabilities but no states. Add states: [...] in the same order, "
            "or write prob: {state: probability}."
        )
    if len(prob) != len(states):
        raise ModelError(f"node {name!r} has {len(prob)} probabilities for {len(states)} states. Give one for each.")
    return dict(zip(states, prob, strict=True))


def _table(name: str, what: Any, parents: tuple[str, ...]) -> object:
    if what.parents is None and what.kind != "action" and any(len(row) > 1 for row in what.table):
        raise ModelError(
            f"node {name!r} has a table but no parents. Name them in the order of the columns: parents: [...]."
        )
    return _rows(name, what.table, parents)


def _rows(name: str, rows: Any, parents: tuple[str, ...]) -> object:
    try:
        return table(rows, parents)
    except ModelError as error:
        raise ModelError(f"node {name!r}: {error}") from error


def policy_of(model: Model, rules: Mapping[str, Any]) -> Policy:
    """Return the policy that a file gives: an option, an expression, ``{option: probability}``, or rows of a table."""
    return policy(model, {decision: _rule(model, decision, rule) for decision, rule in rules.items()})


def _rule(model: Model, decision: str, given: Any) -> object:
    return table(given, model.cid.parents(decision)) if isinstance(given, list) else given
