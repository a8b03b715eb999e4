"""`explained`: a claim in sentences: what is asked and what that means, what was found, and what shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cidmesa.errors import ScenarioError, near_miss
from cidmesa.library.check.report import CODES, MEANINGS
from cidmesa.library.formats.places import asked
from cidmesa.library.scenario import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cidmesa.library.scenario import Claim, Outcome, Scenario

__all__ = ["claim_of", "explained"]


def claim_of(scenario: Scenario, name: str) -> Claim:
    """Return the claim with this id.

    Raises:
        ScenarioError: there is none; names the nearest.

    """
    claims = {claim.id: claim for claim in scenario.claims}
    if name not in claims:
        raise ScenarioError(f"{scenario.slug} has no claim {name!r}.{near_miss(name, claims)} "
                            f"Claims: {', '.join(claims) or 'none'}.")  # fmt: skip
    return claims[name]


def explained(scenario: Scenario, outcome: Outcome) -> str:
    """Return in sentences what a claim asks, what was found, and what shows it."""
    return "\n".join(_lines(scenario, outcome))


def _lines(scenario: Scenario, outcome: Outcome) -> Iterator[str]:
    claim = outcome.claim
    yield f"{outcome.id} ({scenario.title})"
    yield f"says: {claim.says}"
    if claim.ours:
        yield f"ours, not the source's: {claim.ours}"
    elif scenario.source is not None:
        yield f"source: {scenario.source.key}, {claim.place or scenario.source.where}".rstrip(", ")
    yield f"asked: {asked(claim)}, of {_subject(scenario, claim)}"
    yield f"means: {claim.question.meaning()}"
    yield f"expected: {shown(claim.expect)}"
    if outcome.status not in ("error", "timeout"):
        yield f"found: {shown(outcome.got)}"
    yield f"because: {outcome.because}"
    if outcome.witness:
        yield f"witness: {' -> '.join(outcome.witness)}"
    if outcome.numbers:
        yield f"in numbers: {outcome.numbers}"
    if claim.xfail:
        yield f"marked as false: {claim.xfail}"
    yield f"place: {claim.at}"
    yield f"so: {_verdict(outcome)}"


def _subject(scenario: Scenario, claim: Claim) -> str:
    if claim.of is None:
        return "the diagram of the file"
    spec = scenario.specs[claim.of]
    return f"the diagram composed with {claim.of} (an objective with scope {spec.scope}, aware: {spec.aware})"


def _verdict(outcome: Outcome) -> str:
    if outcome.status in CODES:
        return f"{MEANINGS[outcome.status]} ({CODES[outcome.status]})"
    return {"passed": "the claim holds", "xfailed": "the sentence is false, as it is marked"}[outcome.status]
