"""Answering many claims: here, or in processes that share the work and are ended when a claim takes too long."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

from cidmesa.library.check.minder import Minder
from cidmesa.library.check.outcomes import outcomes_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cidmesa.library.scenario import Claim, Outcome, Scenario

__all__ = ["Work", "answered"]


class Work(NamedTuple):
    """Claims of one scenario or variant that are to be answered."""

    scenario: Scenario
    claims: tuple[Claim, ...]


def answered(work: Sequence[Work], method: str, jobs: int = 1, timeout: float | None = None) -> Iterator[Outcome]:
    """Yield the outcomes of all work in order; in processes if there are several ``jobs`` or a ``timeout``.

    ``timeout``: seconds that a claim may take. Its process is then ended and the claim's status is "timeout".
    """
    if timeout is None and (jobs == 1 or len(work) < 2):
        for scenario, claims in work:
            yield from outcomes_of(scenario, claims, method)
    elif work:
        yield from _shared(work, [Minder(method, timeout) for _ in range(min(jobs, len(work)))])


def _shared(work: Sequence[Work], minders: Sequence[Minder]) -> Iterator[Outcome]:
    """Yield the outcomes in the order of the work, whichever process does it."""
    free: SimpleQueue[Minder] = SimpleQueue()
    for minder in minders:
        free.put(minder)

    def do(piece: Work, found: SimpleQueue[Outcome | Exception | None]) -> None:
        minder = free.get()
        try:
            for outcome in minder.outcomes(piece.scenario, piece.claims):
                found.put(outcome)
            found.put(None)
        except Exception as error:
            found.put(error)
        finally:
            free.put(minder)

    results: list[SimpleQueue[Outcome | Exception | None]] = [SimpleQueue() for _ in work]
    with ThreadPoolExecutor(len(minders)) as pool:
        for piece, result in zip(work, results, strict=True):
            pool.submit(do, piece, result)
        try:
            for result in results:
                yield from _taken(result)
        finally:  # also when nobody wants the rest
            pool.shutdown(wait=False, cancel_futures=True)
            for minder in minders:
                minder.end()


def _taken(found: SimpleQueue[Outcome | Exception | None]) -> Iterator[Outcome]:
    """Yield outcomes until there are no more."""
    while (item := found.get()) is not None:
        if isinstance(item, Exception):
            raise item
        yield item
