"""Claims on members by name: classes, degrees, conduct."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from cidmesa.errors import NotApplicable, near_miss
from cidmesa.mesa.alignment_kind import KINDS, PSEUDO, ROBUST

if TYPE_CHECKING:
    from collections.abc import Callable

    from cidmesa.mesa.derive.member import Member

__all__ = ["BY_STAGE", "NAMED", "OF_CONDUCT", "claim_named"]

Holds: TypeAlias = "Callable[[Member], bool]"

NAMED: dict[str, Holds] = {
    **{kind: (lambda member, kind=kind: member.kind == kind) for kind in KINDS},  # type: ignore[misc]
    "robust": lambda member: member.kind in ROBUST,
    "pseudo": lambda member: member.kind in PSEUDO,
    "bad": lambda member: member.kind not in ROBUST,
    "harmless": lambda member: not member.conduct.defects_later,
    "strict": lambda member: member.degree == "strict",
    "sure": lambda member: member.degree in ("strict", "sure"),
    "weak": lambda member: member.degree != "none",
    "complies": lambda member: member.complies(),
    "defects later": lambda member: member.conduct.defects_later,
    "deceives": lambda member: member.conduct.deceives,
    "deceives strictly": lambda member: member.conduct.strictly,
}
OF_CONDUCT = ("complies", "harmless", "defects later", "deceives", "deceives strictly")
BY_STAGE: dict[str, Callable[[Member, object], bool]] = {
    "deceptive": lambda member, stage: member.deceptive(stage),
    "complies": lambda member, stage: member.complies(stage),
}


def claim_named(claim: object, stage: object = None) -> Holds:
    """Return a claim as a function of a member; of a function, what it found when the member was judged.

    Raises:
        NotApplicable: the claim is unknown, or is not about stages.

    """
    if callable(claim):
        return lambda member: bool(member.extra[claim])
    if claim not in NAMED:
        raise NotApplicable(f"the claim {claim!r} is not known.{near_miss(claim, NAMED)} Known: {', '.join(NAMED)}.")
    if stage is None:
        return NAMED[str(claim)]
    if claim not in BY_STAGE:
        raise NotApplicable(f"only {' and '.join(BY_STAGE)} can be asked by stage, not {claim!r}.")
    return lambda member: BY_STAGE[str(claim)](member, stage)
