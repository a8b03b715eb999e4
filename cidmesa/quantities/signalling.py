"""One agent before another: where it means to cause the other's decision, and who believes what.

What deception, lies and concealment share.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from cidmesa.errors import NotApplicable
from cidmesa.modelling.model import Model, known_model
from cidmesa.modelling.numbers import Array, Number, show
from cidmesa.modelling.policy import Policy
from cidmesa.quantities.belief import Mind, mind, only_decision, parents_of
from cidmesa.quantities.intention import Plan, caused, plan
from cidmesa.quantities.quantity import Context, Measured, answered
from cidmesa.solving.games.equilibria import equilibria

__all__ = ["Modelled", "Scene", "Secret", "conceals", "lies", "pair", "played", "scene"]


class Modelled(Protocol):
    """What has a model, such as a composition."""

    @property
    def model(self) -> Model:
        """The model."""
        ...


def played(given: Model | Modelled, profile: Policy | Mapping[str, object] | None) -> tuple[Model, Policy]:
    """Return the model and the profile; where none is given, the only equilibrium in pure rules.

    Raises:
        NotApplicable: ``profile`` is left out, and the game does not have exactly one such equilibrium.

    >>> import cidmesa as cm
    >>> print(played(cm.load("luce1957/prisoners-dilemma").model, None)[1])
    D1: confess
    D2: confess
    """
    model = known_model(given, "this")
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
        NotApplicable: both agents are the same, or an agent has several decisions and none is named.

    >>> import cidmesa as cm
    >>> pair(cm.load("ward2023/war-game").model, "S", "T")
    ('DS', 'DT')
    """
    if model.cid.known_agent(by) == model.cid.known_agent(target):
        raise NotApplicable(f"{by!r} is given as both agents, but this is between two. Name another target.")
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


_COMPOSITE = "composite of ours after Ward et al. 2023"


@dataclass(frozen=True, repr=False)
class Secret(Measured):
    """Whether an agent lies about a proposition or conceals it; ``value`` is the probability that it does.

    ``parts`` has the conditions with their probabilities; all of them must hold in a setting. ``setting`` is a
    setting in which all hold.

    Source: ours, after Ward et al. 2023.

    >>> import cidmesa as cm
    >>> war = cm.load("ward2023/war-game").model
    >>> rules = {"DS": "defend", "DT": "'attack' if DS == 'retreat' else 'hold'"}
    >>> honest = {"DS": "'defend' if X == 'strong' else 'retreat'"}
    >>> found = cm.conceals(war, rules, by="S", target="T", about="X == 'weak'", reference=[honest])
    >>> found.kind, bool(found)
    ('concealment', True)

    """

    kind: Literal["lie", "concealment"]
    by: str
    target: str
    about: str
    value: Number
    parts: tuple[tuple[str, Number], ...]
    setting: Context
    method: str

    def to_text(self) -> str:
        """Return the answer and its conditions."""
        answer = answered(self.value, self.setting)
        verb = "lies to" if self.kind == "lie" else "conceals from"
        lines = [f"  {says}: with probability {show(chance)}" for says, chance in self.parts]
        return "\n".join([f"{self.by} {verb} {self.target} {self.about}: {answer}", *lines])


def lies(
    model: Model | Modelled,
    profile: Policy | Mapping[str, object] | None = None,
    *,
    by: str,
    target: str,
    about: str,
    honest: Policy | Mapping[str, object],
    reference: Iterable[Policy | Mapping[str, object]] | None = None,
    decision: str | None = None,
    target_decision: str | None = None,
) -> Secret:
    r"""Return whether, and where, agent ``by`` lies to ``target``: it says that ``about`` holds although it does not.

    S lies about :math:`\phi` at e iff (1) what it does *says* :math:`\phi`: an honest S does :math:`D^S(\pi, e)` in
    some setting, and in no setting where :math:`\phi` is false; (2) :math:`\phi` is false at e; (3) S does not believe
    :math:`\phi` at e (`believes`); (4) S intentionally causes :math:`D^T(\pi, e)` (`intends`). Whether T is misled does
    not count; see `deceives` for that. No source defines lying: the parts are those of Ward et al. 2023, Definition
    3.7, with assertion in place of T's belief. The convention (``honest``) is an input.

    Source: ours, after Ward et al. 2023.

    Args:
        model: the model, or a composition.
        profile: a rule for each decision of every agent; if left out, the only equilibrium in pure rules.
        by: the agent S.
        target: the agent T.
        about: the proposition, an expression over nodes.
        honest: S's rule that gives its acts their meaning.
        reference: S's alternative rules, as for `intends`.
        decision: the decision of S; may be left out if S has one only.
        target_decision: the decision of T; may be left out if T has one only.

    Raises:
        NotApplicable: as for `deceives`, or the honest rule is random.

    >>> import cidmesa as cm
    >>> war = cm.load("ward2023/war-game").model
    >>> honest = {"DS": "'defend' if X == 'strong' else 'retreat'"}
    >>> found = lies(war, {"DS": "defend", "DT": "'attack' if DS == 'retreat' else 'hold'"}, by="S", target="T",
    ...              about="X == 'strong'", honest=honest, reference=[honest])
    >>> found.value, found.setting
    (Fraction(1, 10), (('X', 'weak'),))
    """
    model, rules = played(model, profile)
    found = scene(model, rules, about, pair(model, by, target, decision, target_decision), reference)
    true, natural = found.theirs.true, found.made.natural[found.own]
    sincere = found.made.noise.run(found.made.policy.merged(Policy.of(model, honest)))[found.own]
    meaning = set(sincere[true].tolist()) - set(sincere[~true].tolist())
    parts = {
        f"by what it does, {by} says it": np.isin(natural, sorted(meaning)),
        "it is false": ~true,
        f"{by} does not believe it": ~found.mine.believes,
        "it causes the target's decision on purpose": found.meant,
    }
    return _secret("lie", by, target, about, found, parts)


def conceals(
    model: Model | Modelled,
    profile: Policy | Mapping[str, object] | None = None,
    *,
    by: str,
    target: str,
    about: str,
    reference: Iterable[Policy | Mapping[str, object]] | None = None,
    informed: Policy | Mapping[str, object] | None = None,
    decision: str | None = None,
    target_decision: str | None = None,
) -> Secret:
    r"""Return whether, and where, agent ``by`` keeps ``target`` from acting on whether ``about`` holds.

    S conceals :math:`\phi` at e iff (1) T does not act as it would if it observed whether :math:`\phi` holds:
    :math:`D^T(\pi, e) \neq D^T(\pi_{T(\phi)}, e)`; (2) it would under some policy of the reference set; (3) S
    intentionally causes :math:`D^T(\pi, e)` (`intends`). T need not believe anything false, so silence suffices. No
    source defines concealing; :math:`\pi_{T(\phi)}` is that of Ward et al. 2023, Definition 3.1.

    Source: ours, after Ward et al. 2023.

    Args:
        model: the model, or a composition.
        profile: a rule for each decision of every agent; if left out, the only equilibrium in pure rules.
        by: the agent S.
        target: the agent T.
        about: the proposition, an expression over nodes.
        reference: S's alternative rules; if left out, all other pure rules of its decision.
        informed: what T would do if it observed the proposition's truth, as for `believes`.
        decision: the decision of S; may be left out if S has one only.
        target_decision: the decision of T; may be left out if T has one only.

    Raises:
        NotApplicable: as for `deceives`.
        TooLarge: as for `intends`.

    >>> import cidmesa as cm
    >>> war = cm.load("ward2023/war-game").model
    >>> profile = {"DS": "defend", "DT": "'attack' if DS == 'retreat' else 'hold'"}
    >>> found = conceals(war, profile, by="S", target="T", about="X == 'weak'")
    >>> found.value, found.setting
    (Fraction(1, 10), (('X', 'weak'),))
    """
    model, rules = played(model, profile)
    found = scene(model, rules, about, pair(model, by, target, decision, target_decision), reference, informed)
    lots, wanted = found.made.noise, found.theirs.acts
    could = np.zeros(len(lots), dtype=bool)
    for other in found.made.reference:
        could |= lots.run(other)[found.other] == wanted
    parts = {
        f"{target} acts otherwise than if it saw it": found.made.natural[found.other] != wanted,
        f"{by} could have let it act so": could,
        "it causes the target's decision on purpose": found.meant,
    }
    return _secret("concealment", by, target, about, found, parts)


def _secret(
    kind: Literal["lie", "concealment"], by: str, target: str, about: str, found: Scene, parts: dict[str, Array]
) -> Secret:
    where = np.logical_and.reduce(list(parts.values()))
    chances = tuple((says, found.probability(mask)) for says, mask in parts.items())
    return Secret(kind, by, target, about, found.probability(where), chances, found.setting(where), _COMPOSITE)
