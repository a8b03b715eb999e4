"""One agent before another: where it means to cause the other's decision, and who believes what.

What deception, lies and concealment share.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from cidmesa.errors import NotApplicable
from cidmesa.modelling.model import Model
from cidmesa.modelling.policy import Policy
from cidmesa.quantities.belief import mind, only_decision, parents_of
from cidmesa.quantities.intention import caused, plan
from cidmesa.solving.games.equilibria import equilibria

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cidmesa.modelling.numbers import Array, Number
    from cidmesa.quantities.belief import Mind
    from cidmesa.quantities.intention import Plan
    from cidmesa.quantities.quantity import Context

__all__ = ["Modelled", "Scene", "pair", "played", "scene"]


class Modelled(Protocol):
    """What has a model, such as a composition."""

    @property
    def model(self) -> Model:
        """The model."""
        ...


def played(given: Model | Modelled, profile: Policy | Mapping[str, object] | None) -> tuple[Model, Policy]:
    """Return the model and the profile; where none is given, the only equilibrium in pure rules.

    Raises:
        NotApplicable: no profile is given, and there is no such equilibrium, or several.

    >>> import cidmesa as cm
    >>> print(played(cm.load("luce1957/prisoners-dilemma").model, None)[1])
    D1: confess
    D2: confess

    """
    model = given if isinstance(given, Model) else given.model
    if profile is not None:
        return model, Policy.of(model, profile)
    found = equilibria(model)
    if len(found) != 1 or (rules := found[0].profile) is None:
        many = f"there are {len(found)} pure equilibria" if len(found) else "there is no pure equilibrium"
        raise NotApplicable(
            f"{many}, so that nothing settles what is played. Say which is played: profile=... "
            "(cm.equilibria lists them)."
        )
    return model, rules


@dataclass(frozen=True)
class Scene:
    """The plan of one agent, and for each setting of the noise what it means and what the two believe.

    ``meant``: where the target's decision is caused on purpose. ``mine``, ``theirs``: what the agent and the target
    believe of the proposition.
    """

    own: str
    other: str
    made: Plan
    meant: Array
    mine: Mind
    theirs: Mind

    def probability(self, where: Array) -> Number:
        """Return the probability of some settings."""
        return self.made.noise.probability(where)

    def setting(self, where: Array) -> Context:
        """Return the first of some settings, ``()`` where there is none."""
        return self.made.setting(int(where.argmax())) if where.any() else ()


def pair(model: Model, by: str, target: str, decision: str | None = None, other: str | None = None) -> tuple[str, str]:
    """Return the decisions of two agents that are meant.

    Raises:
        NotApplicable: one agent in both places; several decisions and none named.

    >>> import cidmesa as cm
    >>> pair(cm.load("ward2023/war-game").model, "S", "T")
    ('DS', 'DT')

    """
    if model.cid.known_agent(by) == model.cid.known_agent(target):
        raise NotApplicable(f"{by!r} is given as both agents; this is between two. Name another target.")
    named = ((by, decision), (target, other))
    first, second = (only_decision(model, a) if d is None else model.cid.known_decision(d) for a, d in named)
    return first, second


def scene(
    model: Model,
    rules: Policy,
    about: str,
    decisions: tuple[str, str],
    reference: Iterable[Policy | Mapping[str, object]] | None,
    informed: Policy | Mapping[str, object] | None = None,
) -> Scene:
    """Return how an agent stands before another when all follow ``rules``; for the arguments see `deceives`."""
    own, other = decisions
    made = plan(model, rules, own, reference, of=[other, *parents_of(model, about)])
    meant = np.zeros(len(made.noise), dtype=bool)
    if other in made.nodes:
        meant[list(caused(made, made.bits([other])))] = True
    theirs = mind(model, rules, other, about, made.noise, informed)
    return Scene(own, other, made, meant, mind(model, rules, own, about, made.noise), theirs)
