"""`OnLevels`: training on several levels lets pass what loses little on them, by the greatest regret or on average."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cidmesa.errors import NotApplicable, not_there
from cidmesa.frozen import Frozen
from cidmesa.modelling.numbers import show
from cidmesa.modelling.parameter import number_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cidmesa.mesa.derive.member import Judging, Member
    from cidmesa.mesa.derive.seen import Seen
    from cidmesa.mesa.spec import MesaSpec
    from cidmesa.mesa.training import TrainingProcess

__all__ = ["NO_SCORE", "OnLevels", "on_levels"]

NO_SCORE = "training scores nothing, because no base utility is settled before deployment."


@dataclass(frozen=True, eq=False)
class OnLevels(Frozen):
    """Its loss on levels is at most ``within`` above the least in the family; see `on_levels`."""

    levels: Mapping[str, Mapping[str, object]]
    within: Fraction
    weights: Mapping[str, Fraction] | None = None
    latent: str | None = None
    among: str = "family"

    def cases(self, seen: Seen) -> tuple[tuple[Any, Any], ...]:  # noqa: ARG002 (of all evidence)
        """Return that nothing is settled before all losses are known."""
        return ((1, 1),)

    def regret(self, judging: Judging, training: TrainingProcess, spec: MesaSpec) -> Any:
        """Return the greatest loss of training score over levels, or their weighted mean; of ties the least loss.

        Raises:
            NotApplicable: training scores nothing.

        """
        lost = {}
        for name, edits in self.levels.items():
            train = {"train": {**judging.environments.get("train", {}), **edits}}
            there = replace(judging, environments={**judging.environments, **train}, evidence=(), claims=(), tests={})
            members = there.members(name, training, spec)
            if any(member.score is None for member in members):
                raise NotApplicable(NO_SCORE)
            lost[name] = min(member.best - member.score for member in members)
        if self.weights is None:
            return max(lost.values())
        return sum((self.weights[name] * loss for name, loss in lost.items()), start=Fraction(0))

    def loss(self, member: Member) -> Any:
        """Return what a member loses, as it was found when it was judged."""
        return member.regrets[self]

    def __str__(self) -> str:
        how = "least greatest regret" if self.weights is None else "least mean loss"
        return f"scored on {', '.join(self.levels)}: within {show(self.within)} of the {how} in the family"


def on_levels(
    eps: object, levels: Mapping[str, Mapping[str, object]], weights: Mapping[str, object] | None = None
) -> OnLevels:
    """Return the evidence that training on levels let it pass.

    Args:
        eps: how much a member's loss may exceed the least loss in the family.
        levels: name -> what differs there, as for the environments of `alignment`.
        weights: the weights of levels in a mean loss; if left out, the greatest loss counts.

    Raises:
        NotApplicable: there is no level, a level has no weight, or a weight names no level.

    >>> print(on_levels("1/10", {"together": {"train": 1}, "apart": {"train": 0}}))
    scored on together, apart: within 1/10 of the least greatest regret in the family

    """
    if not levels:
        raise NotApplicable("levels are {name: {node or parameter: value}}, one at least.")
    for name in weights or {}:
        if name not in levels:
            raise NotApplicable(not_there(f"there is no level {name!r}", name, levels, "Levels"))
    if weights is not None and (missing := [name for name in levels if name not in weights]):
        raise NotApplicable(f"the level {missing[0]!r} has no weight.")
    shares = None if weights is None else {name: Fraction(number_of(weight)) for name, weight in weights.items()}
    return OnLevels({name: dict(edits) for name, edits in levels.items()}, Fraction(number_of(eps)), shares)
