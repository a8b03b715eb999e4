"""`Report`: the outcomes of a check, counted and printed, and each of them in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from cidmesa.display import Tells
from cidmesa.errors import ScenarioError, not_there
from cidmesa.frozen import Frozen, FrozenDict
from cidmesa.library.claim import Claim, Outcome, Status, names_of, shown
from cidmesa.modelling.numbers import setting_text

if TYPE_CHECKING:
    from cidmesa.library.scenario import Scenario

__all__ = [
    "BAD",
    "HEADS",
    "WORDS",
    "Report",
    "Spot",
    "Word",
    "asked",
    "claim_of",
    "counted",
    "details",
    "difference",
    "explained",
    "message",
    "reasons_to_skip",
    "spot",
]


class Word(NamedTuple):
    """How a status is told: by a letter, in a word, in the closing lines; what is bad has a code and a meaning, too."""

    letter: str
    word: str
    closing: str = ""
    code: str = ""
    meaning: str = ""


WORDS: dict[Status, Word] = {
    "passed": Word(".", "holds", meaning="the claim holds"),
    "failed": Word("F", "fails", "", "CID401", "a claim does not come out as expected"),
    "error": Word("E", "not answered", "could not be answered", "CID402", "a claim cannot be answered"),
    "skipped": Word("s", "not asked", meaning="the claim was not asked"),
    "xfailed": Word("x", "false, as marked", "false, as marked", meaning="the sentence is false, as it is marked"),
    "xpassed": Word(
        *("X", "true, though marked", "marked xfail, but true", "CID403"),
        "a claim that is marked as false comes out as expected",
    ),
    "contradicted": Word(
        *("C", "contradicted", "contradicted by numbers", "CID404"), "numbers contradict what is said of the diagram"
    ),
    "timeout": Word("T", "took too long", "took too long", "CID405", "a claim takes longer than it may"),
}
BAD = tuple(status for status, word in WORDS.items() if word.code)
HEADS = {status: {"failed": "FAIL", "xpassed": "XPASS"}.get(status, status.upper()) for status in BAD}


@dataclass(frozen=True, repr=False)
class Report(Frozen, Tells):
    """The outcomes of a check, in the order of the library; true iff all are as their files say."""

    outcomes: tuple[Outcome, ...]
    seconds: float = 0.0
    scenarios: tuple[Scenario, ...] = ()
    """those that were looked at, variants too"""
    proofs: Mapping[str, Path] = field(default_factory=FrozenDict)
    """the file of the proof of an answer, by the outcome's id"""

    def __iter__(self) -> Iterator[Outcome]:
        return iter(self.outcomes)

    def __len__(self) -> int:
        return len(self.outcomes)

    def __bool__(self) -> bool:
        return not self.count(*BAD)

    def count(self, *statuses: Status) -> int:
        """Return how many claims have one of these statuses."""
        return sum(outcome.status in statuses for outcome in self.outcomes)

    def __repr__(self) -> str:
        return f"Report({self.closing})"

    @property
    def bad(self) -> tuple[Outcome, ...]:
        """The outcomes that are not as their files say."""
        return tuple(outcome for outcome in self if outcome.status in BAD)

    @property
    def by_scenario(self) -> dict[str, tuple[Outcome, ...]]:
        """The outcomes by scenario and variant."""
        found: dict[str, list[Outcome]] = {}
        for outcome in self:
            found.setdefault(outcome.scenario, []).append(outcome)
        return {slug: tuple(outcomes) for slug, outcomes in found.items()}

    @property
    def closing(self) -> str:
        """The line ``N passed, N failed, N skipped``.

        All that is bad counts as failed; claims that do not hold, as their mark says, count as skipped.
        """
        skipped = self.count("skipped", "xfailed")
        return f"{self.count('passed')} passed, {self.count(*BAD)} failed, {skipped} skipped"

    def _closing_lines(self) -> list[str]:
        """Return the closing line, after a line for each status that it does not name and each reason to skip."""
        told = ((self.count(status), word.closing) for status, word in WORDS.items() if word.closing)
        others = (f"{counted(number, 'claim')} {words}" for number, words in told if number)
        return [*others, *reasons_to_skip(self), self.closing]

    @property
    def exit_code(self) -> int:
        """0 all as expected, 1 a claim (or its mark) fails, 2 one cannot be answered, 5 nothing was found."""
        if not self.outcomes:
            return 5
        return 2 if self.count("error") else 1 if self.bad else 0

    def to_json(self) -> dict[str, Any]:
        """Return counts and outcomes as plain data."""
        counts = {status: self.count(status) for status in get_args(Status)}
        return counts | {"seconds": round(self.seconds, 3), "outcomes": [outcome.to_json() for outcome in self]}

    def to_concise(self) -> str:
        """Return one line for each claim that did not pass, and the closing line."""
        lines = (f"{o.claim.at}: {WORDS[o.status].code} {o.id}: {difference(o)}" for o in self.bad)
        return "\n".join([*lines, *self._closing_lines()])

    def to_text(self) -> str:
        """Return a line for each scenario, the details of each claim that did not pass, and the closing line."""
        total = f"{counted(len(self.by_scenario), 'scenario')}, {counted(len(self), 'claim')} in {self.seconds:.1f} s"
        return "\n".join(
            [*self._lines(), *(line for o in self.bad for line in details(o)), total, *self._closing_lines()]
        )

    def _lines(self) -> Iterator[str]:
        for slug, found in self.by_scenario.items():
            marks = "".join(WORDS[outcome.status].letter for outcome in found)
            yield f"{slug} {marks} [{sum(o.seconds for o in found):.2f} s]"


def counted(number: int, what: str) -> str:
    """Return a number with what is counted, in the plural unless it is one."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def reasons_to_skip(report: Report) -> Iterator[str]:
    """Yield a line for each reason for which claims were skipped, with their number."""
    found = Counter(outcome.because for outcome in report if outcome.status == "skipped")
    yield from (f"{counted(number, 'claim')} skipped: {reason}" for reason, number in found.items())


def difference(outcome: Outcome) -> str:
    """Return in what a bad outcome differs from what is expected."""
    if outcome.status == "error":
        return f"cannot be answered: {outcome.because}"
    if outcome.status == "timeout":
        return outcome.because
    if outcome.status == "xpassed":
        return f"marked xfail ({outcome.claim.xfail}), but {shown(outcome.got)} was found. Remove the mark."
    if outcome.status == "contradicted":
        return outcome.numbers
    return f"expected {shown(outcome.claim.expect)}, got {shown(outcome.got)}"


def details(outcome: Outcome) -> Iterator[str]:
    """Yield the lines that tell of a bad outcome."""
    claim = outcome.claim
    yield f"{HEADS[outcome.status]} {outcome.id}   {claim.at}   {WORDS[outcome.status].code}"
    yield f"     says    {claim.says}"
    if outcome.status == "xpassed":
        yield f"     xfail   {claim.xfail}"
    if outcome.status not in ("error", "timeout"):
        yield f"     expect  {shown(claim.expect)}     got {shown(outcome.got)}     ({asked(claim)})"
    yield f"     because {outcome.because}"
    if outcome.status == "contradicted":
        yield f"     numbers {outcome.numbers}"
    if outcome.witness:
        yield f"     witness {' -> '.join(outcome.witness)}"


# --- an outcome for other programs ------------------------------------------------------------------------------------


class Spot(NamedTuple):
    """A file, relative to the working directory where it lies below it, a line and a column."""

    file: str
    line: int
    column: int


def spot(outcome: Outcome) -> Spot:
    """Return where the claim stands.

    >>> from cidmesa.library.claim import Claim, Outcome
    >>> spot(Outcome("a/b", Claim("c", "It is.", "soluble", None, True, at="a/b.cid.yaml:7:5"), "failed"))
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
    return f"{claim.asked}{setting_text(claim.where, ' at ')}"


# --- an outcome in sentences ------------------------------------------------------------------------------------------


def claim_of(scenario: Scenario, name: str) -> Claim:
    """Return the claim with this id.

    Raises:
        ScenarioError: the scenario has no such name; the message names the nearest.
    """
    claims = {claim.id: claim for claim in scenario.claims}
    if name not in claims:
        raise ScenarioError(not_there(f"{scenario.slug} has no claim {name!r}", name, claims, "Claims"))
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
    if outcome.status not in ("error", "skipped", "timeout"):
        yield f"found: {shown(outcome.got)}"
    yield f"because: {outcome.because}"
    if outcome.witness:
        yield f"witness: {' -> '.join(outcome.witness)}"
    if outcome.numbers:
        yield f"in numbers: {outcome.numbers}"
    if claim.xfail:
        yield f"marked as false: {claim.xfail}"
    yield f"place: {claim.at}"
    word = WORDS[outcome.status]
    yield f"so: {word.meaning}{f' ({word.code})' if word.code else ''}"


def _subject(scenario: Scenario, claim: Claim) -> str:
    if claim.of is None:
        return "the diagram of the file"
    specs = ((name, scenario.specs[name]) for name in names_of(claim.of))
    told = [f"{name} (an objective with scope {spec.scope}, aware: {spec.aware})" for name, spec in specs]
    return f"the diagram composed with {' and '.join(told)}"
