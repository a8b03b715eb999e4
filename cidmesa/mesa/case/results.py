"""`Result`: a particular result of an analysis that a leaf of a safety argument is linked to."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from cidmesa.errors import NotApplicable, near_miss, wrong_type
from cidmesa.frozen import Frozen
from cidmesa.mesa.certificate import Certificate
from cidmesa.structure.verdict import Verdict
from cidmesa.symbolic.condition import Condition

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cidmesa.mesa.derive.member import Member

__all__ = ["Result", "of_members", "result_of"]

ResultKind: TypeAlias = Literal["verdict", "condition", "certificate", "claim"]


@dataclass(frozen=True)
class Result(Frozen):
    """What an analysis found: its kind, what it is about, and what it says, as plain text that JSON keeps.

    ``holds``: whether it holds, ``None`` where it has no answer or where that depends.

    Raises:
        NotApplicable: the kind is unknown.

    >>> print(Result("certificate", "scope = updates", "strict", True))
    certificate of scope = updates: strict
    """

    kind: ResultKind
    about: str
    says: str
    holds: bool | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.kind not in get_args(ResultKind):
            known = get_args(ResultKind)
            hint = near_miss(self.kind, known)
            raise NotApplicable(f"the kind of result {self.kind!r} is not known.{hint} Known: {', '.join(known)}.")

    def __str__(self) -> str:
        return f"{self.kind} of {self.about}: {self.says}"

    def to_json(self) -> dict[str, Any]:
        """Return the fields as plain data."""
        return asdict(self)


def result_of(found: Any, about: str = "") -> Result:
    """Return the result that a verdict, a condition, a certificate or the outcome of a claim is.

    Raises:
        NotApplicable: the value is none of these.

    >>> import cidmesa as cm
    >>> print(result_of(cm.admits_ri(cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"]), "D", "S")))
    verdict of ri of D on S: admits, because S -> D [Everitt et al. 2021, Theorem 12]
    """
    match found:
        case Result():
            return found
        case Verdict():
            of = f"{found.concept} of {found.decision or found.agent} on {found.node}"
            answer = {"admits": True, "excluded": False}.get(found.status)
            return Result("verdict", about or of, f"{found.status}, because {found.reason} [{found.theorem}]", answer)
        case Condition():
            return Result(
                "condition", about or found.question, str(found), found.always or (False if found.never else None)
            )
        case Certificate():
            of = about or f"{found.learned} ({', '.join(found.utilities)})"
            return Result("certificate", of, f"degree {found.degree}", bool(found))
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
