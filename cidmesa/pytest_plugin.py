"""A pytest plugin: each claim of a scenario file (``*.cid.yaml``) is a test.

It imports nothing of the package until a scenario file is collected, so that it costs other tests nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from cidmesa.library.claim import Claim, Outcome
    from cidmesa.library.scenario import Scenario

__all__ = ["ClaimItem", "ScenarioCollector", "pytest_collect_file"]

_SUFFIX = ".cid.yaml"


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> ScenarioCollector | None:
    """Return a collector for a scenario file, nothing for others."""
    if not file_path.name.endswith(_SUFFIX):
        return None
    collector: ScenarioCollector = ScenarioCollector.from_parent(parent, path=file_path)
    return collector


class ScenarioCollector(pytest.File):
    """Collects the claims of a scenario file and of its variants."""

    def collect(self) -> Iterator[ClaimItem]:
        """Yield an item for each claim; the tags of the scenario are its keywords."""
        from cidmesa.library.file.loader import load

        whole = load(self.path)
        for part in (whole, *whole.variants):
            _, at, variant = part.slug.partition("@")
            for claim in part.claims:
                item: ClaimItem = ClaimItem.from_parent(self, name=f"{at}{variant}{'::' if at else ''}{claim.id}")
                item.scenario, item.claim = part, claim
                item.extra_keyword_matches.update(whole.tags)
                yield item

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> Any:  # type: ignore[override] # pytest's own
        """Return the mistakes of a file that cannot be loaded, a line each."""
        from cidmesa.errors import CidmesaError

        return str(excinfo.value) if isinstance(excinfo.value, CidmesaError) else super().repr_failure(excinfo)


class ClaimFailed(Exception):
    """A claim is not as its file says; carries the outcome."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.id)
        self.outcome = outcome


class ClaimItem(pytest.Item):
    """One claim."""

    scenario: Scenario
    claim: Claim

    def runtest(self) -> None:
        """Ask the claim; one that is false as marked is an expected failure, one that needs a package is skipped."""
        from cidmesa.library.check.outcomes import outcomes_of

        (outcome,) = outcomes_of(self.scenario, (self.claim,), "both")
        if outcome.status == "xfailed":
            pytest.xfail(self.claim.xfail)
        if outcome.status == "skipped":
            pytest.skip(outcome.because)
        if not outcome:
            raise ClaimFailed(outcome)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return what is claimed, what was found, and why."""
        if not isinstance(excinfo.value, ClaimFailed):
            return super().repr_failure(excinfo, style)
        from cidmesa.library.check.report import details

        return "\n".join(details(excinfo.value.outcome))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return file, line and name."""
        line = int(self.claim.at.rsplit(":", 2)[1])
        return self.path, line - 1, f"{self.scenario.slug}::{self.claim.id}"
