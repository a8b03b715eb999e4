"""What analyses find as results that a leaf of a safety argument is linked to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cidmesa.errors import NotApplicable, wrong_type
from cidmesa.mesa.case.argument import Result, result_of
from cidmesa.mesa.certificate import Certificate
from cidmesa.structure.verdict import Verdict
from cidmesa.symbolic.condition import Condition

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cidmesa.mesa.derive.member import Member

__all__ = ["of_members"]


@result_of.register(Verdict)
def _(found: Verdict, about: str = "") -> Result:
    of = f"{found.concept} of {found.decision or found.agent} on {found.node}"
    answer = {"admits": True, "excluded": False}.get(found.status)
    return Result("verdict", about or of, f"{found.status}, because {found.reason} [{found.theorem}]", answer)


@result_of.register(Condition)
def _(found: Condition, about: str = "") -> Result:
    answer = found.always or (False if found.never else None)
    return Result("condition", about or found.question, str(found), answer)


@result_of.register(Certificate)
def _(found: Certificate, about: str = "") -> Result:
    of = about or f"{found.learned} ({', '.join(found.utilities)})"
    return Result("certificate", of, f"degree {found.degree}", bool(found))


@result_of.register(object)
def _(found: Any, about: str = "") -> Result:
    """Return the result that the outcome of a claim is: claims stand above."""
    claim = getattr(found, "claim", None)
    if claim is None or not hasattr(found, "status"):
        known = "a verdict, a condition, a certificate or the outcome of a claim"
        raise NotApplicable(wrong_type("a leaf", known, found, "Pass what admits_..., conditions, ... or check found."))
    return Result("claim", about or found.id, f"{found.status}: {claim.says}", bool(found))


def of_members(cell: Mapping[str, str], members: Sequence[Member], holds: bool | None) -> Result:
    """Return the certificate that judging the members of one cell of a table comes to."""
    first = members[0]
    done = " | ".join(dict.fromkeys(member.conduct.to_text() for member in members))
    said = f"degree {first.degree}, {first.kind}: {done}"
    return Result("certificate", ", ".join(f"{name} = {value}" for name, value in cell.items()), said, holds)
