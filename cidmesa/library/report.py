"""`Report`: the outcomes of a check, counted and printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cidmesa.display import Displays
from cidmesa.library.scenario import Outcome, shown
from cidmesa.modelling.numbers import show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cidmesa.library.scenario import Status

__all__ = ["Report", "shown"]


@dataclass(frozen=True)
class Report(Displays):
    """The outcomes of a check, in the order of the library; true iff none failed and none is an error."""

    outcomes: tuple[Outcome, ...]
    seconds: float = 0.0

    def __iter__(self) -> Iterator[Outcome]:
        return iter(self.outcomes)

    def __len__(self) -> int:
        return len(self.outcomes)

    def __bool__(self) -> bool:
        return not (self.count("failed") or self.count("error"))

    def count(self, status: Status) -> int:
        """Return how many claims have this status."""
        return sum(outcome.status == status for outcome in self.outcomes)

    @property
    def scenarios(self) -> int:
        """How many scenarios (with variants) had a claim that was looked at."""
        return len({outcome.scenario for outcome in self.outcomes})

    @property
    def closing(self) -> str:
        """The line ``N passed, N failed, N skipped``; claims that could not be answered count as failed here."""
        failed = self.count("failed") + self.count("error")
        return f"{self.count('passed')} passed, {failed} failed, {self.count('skipped')} skipped"

    def _closing_lines(self) -> list[str]:
        """Return the closing line, after a line on the claims that could not be answered if there are any."""
        errors = self.count("error")
        return [*([f"{_counted(errors, 'claim')} could not be answered"] if errors else []), self.closing]

    @property
    def exit_code(self) -> int:
        """0 all as expected, 1 a claim fails, 2 a claim can't be answered, 5 nothing was found."""
        if not self.outcomes:
            return 5
        return 2 if self.count("error") else 1 if self.count("failed") else 0

    def to_json(self) -> dict[str, Any]:
        """Return counts and outcomes as plain data."""
        counts = {status: self.count(status) for status in ("passed", "failed", "skipped", "error")}
        return counts | {"seconds": round(self.seconds, 3), "outcomes": [outcome.to_json() for outcome in self]}

    def to_concise(self) -> str:
        """Return one line for each claim that did not pass, and the closing line."""
        bad = [o for o in self if o.status in ("failed", "error")]
        return "\n".join(
            [*(f"{o.claim.at}: {_CODES[o.status]} {o.id}: {_difference(o)}" for o in bad), *self._closing_lines()]
        )

    def to_text(self) -> str:
        """Return a line for each scenario, the details of each claim that did not pass, and the closing line."""
        bad = [o for o in self if o.status in ("failed", "error")]
        total = f"{_counted(self.scenarios, 'scenario')}, {_counted(len(self), 'claim')} in {self.seconds:.1f} s"
        return "\n".join([*self._lines(), *(line for o in bad for line in _details(o)), total, *self._closing_lines()])

    def _lines(self) -> Iterator[str]:
        by_scenario: dict[str, list[Outcome]] = {}
        for outcome in self:
            by_scenario.setdefault(outcome.scenario, []).append(outcome)
        for slug, found in by_scenario.items():
            marks = "".join(_MARKS[outcome.status] for outcome in found)
            yield f"{slug} {marks} [{sum(o.seconds for o in found):.2f} s]"

    def __str__(self) -> str:
        return self.to_text()


_MARKS = {"passed": ".", "failed": "F", "error": "E", "skipped": "s"}
_CODES = {"failed": "CID401", "error": "CID402"}


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _difference(outcome: Outcome) -> str:
    if outcome.status == "error":
        return f"can't be answered: {outcome.because}"
    return f"expected {shown(outcome.claim.expect)}, got {shown(outcome.got)}"


def _details(outcome: Outcome) -> Iterator[str]:
    claim = outcome.claim
    yield f"{'FAIL' if outcome.status == 'failed' else 'ERROR'} {outcome.id}   {claim.at}   {_CODES[outcome.status]}"
    yield f"     says    {claim.says}"
    at = ", ".join(f"{name} = {show(value)}" for name, value in claim.where.items())
    asked = f"{claim.kind}{f' of {claim.of}' if claim.of else ''}{f' at {at}' if at else ''}"
    if outcome.status == "failed":
        yield f"     expect  {shown(claim.expect)}     got {shown(outcome.got)}     ({asked})"
    yield f"     because {outcome.because}"
    if outcome.witness:
        yield f"     witness {' -> '.join(outcome.witness)}"
