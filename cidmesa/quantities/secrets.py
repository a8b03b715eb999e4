"""Lies and concealment, which no source defines in numbers: composites of belief, intention and what was said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from cidmesa.modelling.numbers import show
from cidmesa.modelling.policy import Policy
from cidmesa.quantities.quantity import Measured, answered
from cidmesa.quantities.signalling import pair, played, scene

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Array, Number
    from cidmesa.quantities.quantity import Context
    from cidmesa.quantities.signalling import Modelled, Scene

__all__ = ["Secret", "conceals", "lies"]

_COMPOSITE = "composite of ours after Ward et al. 2023"


@dataclass(frozen=True, repr=False)
class Secret(Measured):
    """Whether an agent lies to another about a proposition, or conceals it; ``value``: the probability that it does.

    ``parts``: the conditions, of which all must hold in a setting, each with its probability. ``setting``: one in which
    all hold.

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
    r"""Return whether, and where, agent ``by`` lies to ``target``: says that ``about`` holds while it does not.

    S lies about :math:`\phi` at e iff (1) what it does *says* :math:`\phi`: an honest S does :math:`D^S(\pi, e)` in
    some setting, and in no setting where :math:`\phi` is false; (2) :math:`\phi` is false at e; (3) S does not believe
    :math:`\phi` at e (`believes`); (4) S intentionally causes :math:`D^T(\pi, e)` (`intends`). Whether T is taken in
    does not count; for that see `deceives`. No source defines it: the parts are those of Ward et al. 2023, Definition
    3.7, with what is said in the place of what is believed; the convention (``honest``) is an input.

    Source: ours, after Ward et al. 2023.

    Args:
        model: the model, or a composition.
        profile: a rule for each decision, of all agents; if left out, the only equilibrium in pure rules.
        by: the agent S.
        target: the agent T.
        about: the proposition, an expression over nodes.
        honest: S's rule by which acts get their meaning.
        reference: what S could have done instead, as for `intends`.
        decision: the decision of S; may be left out where it has one.
        target_decision: the decision of T; may be left out where it has one.

    Raises:
        NotApplicable: as `deceives`; an honest rule that is random.

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

    S conceals :math:`\phi` at e iff (1) T does not act as it would if it saw whether :math:`\phi` holds:
    :math:`D^T(\pi, e) \neq D^T(\pi_{T(\phi)}, e)`; (2) it would under some policy of the reference set; (3) S
    intentionally causes :math:`D^T(\pi, e)` (`intends`). T need believe nothing false: silence will do.
    No source defines it; :math:`\pi_{T(\phi)}` is that of Ward et al. 2023, Definition 3.1.

    Source: ours, after Ward et al. 2023.

    Args:
        model: the model, or a composition.
        profile: a rule for each decision, of all agents; if left out, the only equilibrium in pure rules.
        by: the agent S.
        target: the agent T.
        about: the proposition, an expression over nodes.
        reference: what S could have done instead; if left out, all other pure rules of its decision.
        informed: what T would do if it saw the proposition's truth, as for `believes`.
        decision: the decision of S; may be left out where it has one.
        target_decision: the decision of T; may be left out where it has one.

    Raises:
        NotApplicable: as `deceives`.
        TooLarge: as `intends`.

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
