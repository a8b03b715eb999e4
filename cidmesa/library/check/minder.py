"""`Minder`: one process that answers claims, ended and started anew when a claim takes too long or crashes it."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections import deque
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Event, Timer
from time import perf_counter
from typing import IO, TYPE_CHECKING

from cidmesa.errors import ScenarioError
from cidmesa.library.scenario import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cidmesa.library.scenario import Claim, Scenario

__all__ = ["Minder"]

_LOST = (EOFError, OSError, ValueError, pickle.UnpicklingError)  # what reading from a process that ended may raise
_COMMAND = [sys.executable, "-P", "-m", "cidmesa.library.check.worker"]


class Minder:
    """Asks one process; ``timeout`` are the seconds that a claim may take."""

    def __init__(self, method: str, timeout: float | None = None) -> None:
        self.method, self.timeout = method, timeout
        self.process: subprocess.Popen[bytes] | None = None
        self.ended = False

    def outcomes(self, scenario: Scenario, claims: tuple[Claim, ...]) -> Iterator[Outcome]:
        """Yield the outcomes of the claims; after one that is lost a new process goes on with the next."""
        rest = deque(claims)
        while rest and not self.ended:
            if not self._ask(scenario, tuple(rest)):
                yield self._lost(scenario, rest.popleft(), 0.0)
            while rest and self.process is not None:
                yield self._reply(scenario, rest.popleft())

    def end(self) -> None:
        """End the process, whatever it does."""
        self.ended = True
        self._drop()

    def _ask(self, scenario: Scenario, claims: tuple[Claim, ...]) -> bool:
        """Hand the claims to the process; return whether it has loaded them, so that the first claim's time begins."""
        work = pickle.dumps((replace(scenario, variants=()), claims, self.method))
        if self.process is None or self.process.poll() is not None:
            self.process = _started()
        process = self.process
        try:
            _pipe(process.stdin).write(work)
            _pipe(process.stdin).flush()
            pickle.load(_pipe(process.stdout))  # noqa: S301 (from the process that was started here)
        except _LOST:
            return False
        return not self.ended

    def _reply(self, scenario: Scenario, claim: Claim) -> Outcome:
        """Return the next outcome; the process is dropped where there is none in time."""
        start, process = perf_counter(), self.process
        late = Event()
        found = self._received(late)
        if found is None or late.is_set():
            self._drop()
        if found is not None:
            return found
        seconds = perf_counter() - start
        if late.is_set():
            because = f"it takes longer than {self.timeout:g} s. Make the model smaller, or give it more time."
            return Outcome(scenario.slug, claim, "timeout", because=because, seconds=seconds)
        return self._lost(scenario, claim, seconds, process)

    def _lost(
        self, scenario: Scenario, claim: Claim, seconds: float, process: subprocess.Popen[bytes] | None = None
    ) -> Outcome:
        """Return the outcome of a claim whose process is gone; the process is dropped."""
        process = process or self.process
        self._drop()
        code = process.wait() if process is not None else None
        because = f"the process that answered it ended with code {code}. It may have run out of memory."
        return Outcome(scenario.slug, claim, "error", because=because, seconds=seconds)

    def _received(self, late: Event) -> Outcome | None:
        """Return the outcome that comes, ``None`` where the process ends before; ``late`` says whether it was ended."""
        process = self.process
        if process is None:
            return None

        def end() -> None:
            late.set()
            process.kill()

        timer = Timer(self.timeout, end) if self.timeout is not None else None
        if timer is not None:
            timer.start()
        try:
            outcome: Outcome = pickle.load(_pipe(process.stdout))  # noqa: S301 (from the process that was started here)
        except _LOST:
            return None
        else:
            return outcome
        finally:
            if timer is not None:
                timer.cancel()

    def _drop(self) -> None:
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):  # what was not sent can't be sent any more
                    _pipe(pipe).close()


def _started() -> subprocess.Popen[bytes]:
    """Return a process that waits for work."""
    root = str(Path(__file__).parents[3])
    paths = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    return subprocess.Popen(  # noqa: S603 (this interpreter, a module of this package)
        _COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": paths}
    )


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise ScenarioError("the process has no pipes.")
    return pipe
