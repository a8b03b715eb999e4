"""Places of claims in files, and words about outcomes, as other programs want them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cidmesa.library.check.report import difference
from cidmesa.library.scenario import shown
from cidmesa.modelling.numbers import show

if TYPE_CHECKING:
    from cidmesa.library.scenario import Claim, Outcome

__all__ = ["Spot", "asked", "message", "spot"]


class Spot(NamedTuple):
    """A file, relative to the working directory where it lies below it, a line and a column."""

    file: str
    line: int
    column: int


def spot(outcome: Outcome) -> Spot:
    """Return where the claim stands.

    >>> from cidmesa.library.scenario import Claim, Outcome
    >>> spot(Outcome("a/b", Claim("c", "It is.", "ici", None, True, at="a/b.cid.yaml:7:5"), "failed"))
    Spot(file='a/b.cid.yaml', line=7, column=5)
    """
    file, line, column = outcome.claim.at.rsplit(":", 2)
    path, here = Path(file), Path.cwd()
    inside = path.is_absolute() and path.is_relative_to(here)
    return Spot((path.relative_to(here) if inside else path).as_posix(), int(line), int(column))


def message(outcome: Outcome) -> str:
    """Return in a few lines what is claimed, how it differs from what was found, and why."""
    lines = [outcome.claim.says, difference(outcome)]
    if outcome.status not in ("error", "timeout"):
        lines.append(f"because {outcome.because}")
    if outcome.witness:
        lines.append(f"witness {' -> '.join(outcome.witness)}")
    return "\n".join(lines)


def asked(claim: Claim) -> str:
    """Return the question with its arguments, of which composition, and at which parameters."""
    given = shown(claim.question.written())
    where = ", ".join(f"{name} = {show(value)}" for name, value in claim.where.items())
    of = f" of {claim.of}" if claim.of else ""
    return f"{claim.kind} {given}{of}{f' at {where}' if where else ''}"
