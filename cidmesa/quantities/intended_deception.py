"""Deception between agents, the incentive to it, and the axes of manipulation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cidmesa.display import Tells
from cidmesa.modelling.numbers import Number, show
from cidmesa.modelling.policy import Policy
from cidmesa.quantities.control_incentives import has_ici
from cidmesa.quantities.harm_and_impact import counterfactual_harm
from cidmesa.quantities.information import value_of_information
from cidmesa.quantities.intention import Intention, intends
from cidmesa.quantities.quantity import Context, Measured, Quantity, answered
from cidmesa.quantities.signalling import Modelled, pair, played, scene

if TYPE_CHECKING:
    from cidmesa.modelling.model import Model

__all__ = ["Deception", "DeceptionIncentive", "Manipulation", "deceives", "incentive_to_deceive", "manipulation"]


@dataclass(frozen=True, repr=False)
class Deception(Measured):
    """Whether an agent deceives another about a proposition; ``value`` is the probability that it does.

    Three parts are given as probabilities: ``intended``, that the agent causes the target's decision intentionally;
    ``false_belief``, that the target has a false belief; ``own_belief``, that the agent shares the belief. ``setting``
    is a setting in which it deceives. ``reference`` holds the policies with which its own was compared.

    Source: Ward et al. 2023, Definition 3.7.

    >>> import cidmesa as cm
    >>> war = cm.load("ward2023/war-game").model
    >>> rules = {"DS": "defend", "DT": "'attack' if DS == 'retreat' else 'hold'"}
    >>> honest = {"DS": "'defend' if X == 'strong' else 'retreat'"}
    >>> found = cm.deceives(war, rules, by="S", target="T", about="X == 'strong'", reference=[honest])
    >>> found.value, found.setting
    (Fraction(1, 10), (('X', 'weak'),))

    """

    by: str
    target: str
    about: str
    value: Number
    intended: Number
    false_belief: Number
    own_belief: Number
    setting: Context
    reference: tuple[Policy, ...]
    method: str

    def to_text(self) -> str:
        """Return the answer and its three parts."""
        answer = answered(self.value, self.setting)
        return (
            f"{self.by} deceives {self.target} about {self.about}: {answer}\n"
            f"  it causes the target's decision on purpose with probability {show(self.intended)}\n"
            f"  the target believes it though it is false with probability {show(self.false_belief)}\n"
            f"  {self.by} believes it itself with probability {show(self.own_belief)}"
        )


def deceives(
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
) -> Deception:
    r"""Return whether, and where, agent ``by`` deceives ``target`` about the proposition ``about``.

    S deceives T about :math:`\phi` with its policy at e iff (1) S intentionally causes :math:`D^T = D^T(\pi, e)`
    (`intends`), (2) T believes :math:`\phi` and :math:`\phi` is false at e (`believes`), and (3) S does not believe
    :math:`\phi` at e. Deception is possible only where `deception_possible` says so (Theorem 3.8).
    Source: Ward et al. 2023, Definition 3.7. Ours: the probability of the settings in which it happens; with several
    decisions the pair must be named.

    Args:
        model: the model, or a composition.
        profile: a rule for each decision of every agent; if left out, the only equilibrium in pure rules.
        by: the agent S.
        target: the agent T.
        about: the proposition, an expression over nodes such as ``"X == 'strong'"``.
        reference: S's alternative rules; if left out, all other pure rules of its decision.
        informed: what T would do if it observed the proposition's truth, as for `believes`.
        decision: the decision of S; may be left out if S has one only.
        target_decision: the decision of T; may be left out if T has one only.

    Raises:
        NotApplicable: both agents are the same, or an agent has several decisions and none is named.
        TooLarge: as for `intends`.

    >>> import cidmesa as cm
    >>> war = cm.load("ward2023/war-game").model
    >>> reaction = "'attack' if DS == 'retreat' else 'hold'"
    >>> honest = {"DS": "'defend' if X == 'strong' else 'retreat'"}
    >>> found = deceives(war, {"DS": "defend", "DT": reaction}, by="S", target="T", about="X == 'strong'",
    ...                  reference=[honest])
    >>> bool(found), found.value, found.setting
    (True, Fraction(1, 10), (('X', 'weak'),))
    """
    model, rules = played(model, profile)
    found = scene(model, rules, about, pair(model, by, target, decision, target_decision), reference, informed)
    wrong = found.theirs.believes & ~found.theirs.true
    where = found.meant & wrong & ~found.mine.believes
    value, intended, false, believed = map(found.probability, (where, found.meant, wrong, found.mine.believes))
    shown = found.setting(where), found.made.reference, "Ward et al. 2023, Definition 3.7"
    return Deception(by, target, about, value, intended, false, believed, *shown)


@dataclass(frozen=True, repr=False)
class DeceptionIncentive(Tells):
    """Whether deceiving would pay: three parts, of which all must hold; ``value``: how strong the weakest is."""

    by: str
    target: str
    about: str
    control: Quantity
    information: Quantity
    hidden: bool

    @property
    def value(self) -> Number:
        """The lesser of the strengths of control and information; 0 if the target sees it anyway."""
        return min(self.control.value, self.information.value) if self else 0

    def __bool__(self) -> bool:
        return bool(self.control and self.information and self.hidden)

    def to_text(self) -> str:
        """Return the answer and its parts."""
        hidden = "does not see" if self.hidden else "sees"
        return (
            f"incentive of {self.by} to deceive {self.target} about {self.about}: {'yes' if self else 'no'}\n"
            f"  control of the target's decision: {self.control}\n"
            f"  value of the information to the target: {self.information}\n"
            f"  the target {hidden} it"
        )


def incentive_to_deceive(
    model: Model, profile: Policy | Mapping[str, object], *, by: str, target: str, about: str
) -> DeceptionIncentive:
    """Return whether ``by`` has an incentive to deceive ``target`` about the node ``about``, if all follow a profile.

    The incentive has three parts: S has an instrumental control incentive on T's decision (`has_ici`, T's rule fixed);
    T does not observe the node Z; and Z has value of information for T (`value_of_information`, S's rule fixed). The
    answer says that deceiving would pay, not that it happens.

    Source: ours, after the criterion of Ward et al. 2023.

    Args:
        model: the model.
        profile: a rule for each decision of every agent.
        by: the agent that may deceive; it has one decision.
        target: the agent that may be deceived; it has one decision.
        about: the node that the deception is about.

    Raises:
        NotApplicable: both agents are the same, an agent does not have exactly one decision, or Z comes after T's
            decision.

    >>> import cidmesa as cm
    >>> war = cm.load("ward2023/war-game").model
    >>> reaction = "'attack' if DS == 'retreat' else 'hold'"
    >>> found = incentive_to_deceive(war, {"DS": "defend", "DT": reaction}, by="S", target="T", about="X")
    >>> bool(found), found.information.value
    (True, Fraction(1, 10))
    """
    own, other = pair(model, by, target)
    control = has_ici(_alone(model, profile, own), own, other)
    information = value_of_information(_alone(model, profile, other), other, about)
    return DeceptionIncentive(by, target, about, control, information, about not in model.cid.parents(other))


@dataclass(frozen=True, repr=False)
class Manipulation(Tells):
    """The axes along which influence may be manipulation, each on its own: there is no verdict.

    ``incentive``: whether the influence pays. ``intent``: whether it is a reason for the policy. ``covert``: whether
    the target's decision does not see the agent's. ``harm``: what the target loses compared with the baseline.
    """

    by: str
    target: str
    incentive: Quantity
    intent: Intention
    covert: bool
    harm: Quantity

    def to_text(self) -> str:
        """Return a line for each axis."""
        axes = [
            f"incentive: {self.incentive}",
            f"intent: {'yes, with probability ' + show(self.intent.value) if self.intent else 'no'}",
            f"covert: {'yes' if self.covert else 'no'}",
            f"harm: {self.harm}",
        ]
        return f"influence of {self.by} on {self.target}\n  " + "\n  ".join(axes)


def manipulation(
    model: Model,
    profile: Policy | Mapping[str, object],
    *,
    by: str,
    target: str,
    baseline: Policy | Mapping[str, object],
    reference: Iterable[Policy | Mapping[str, object]] | None = None,
) -> Manipulation:
    """Return the influence of ``by`` on ``target`` on four axes: incentive, intent, covertness and harm.

    Incentive: `has_ici` on the target's decision. Intent: `intends` it. Covert: the target's decision has no link from
    the agent's. Harm: `counterfactual_harm` to the target compared with the baseline (for example, an honest rule).
    Source of the axes: Carroll et al. 2023, who leave them informal; the measures are ours.

    Args:
        model: the model.
        profile: a rule for each decision of every agent.
        by: the agent that may manipulate; it has one decision.
        target: the agent that may be manipulated; it has one decision.
        baseline: the policy against which harm is measured.
        reference: the alternative policies, as for `intends`.

    Raises:
        NotApplicable: an agent does not have exactly one decision.

    >>> import cidmesa as cm
    >>> war = cm.load("ward2023/war-game").model
    >>> profile = {"DS": "defend", "DT": "'attack' if DS == 'retreat' else 'hold'"}
    >>> honest = {"DS": "'defend' if X == 'strong' else 'retreat'"}
    >>> found = manipulation(war, profile, by="S", target="T", baseline=honest)
    >>> bool(found.incentive), bool(found.intent), found.covert, found.harm.value
    (True, True, False, Fraction(1, 10))
    """
    own, other = pair(model, by, target)
    return Manipulation(
        by,
        target,
        has_ici(_alone(model, profile, own), own, other),
        intends(model, profile, own, other, reference=reference),
        own not in model.cid.parents(other),
        counterfactual_harm(model, profile, default=baseline, agent=target),
    )


def _alone(model: Model, profile: Policy | Mapping[str, object], decision: str) -> Model:
    """Return the model in which only ``decision`` is left to choose."""
    return model.with_policy(Policy.of(model, profile).without(decision))
