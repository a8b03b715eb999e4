"""A process that answers claims: pickled work comes in by standard input, pickled outcomes go out, one by one."""

from __future__ import annotations

import os
import pickle
import sys
from typing import BinaryIO

from cidmesa.library.check.outcomes import outcomes_of

__all__ = ["main"]


def main(work: BinaryIO, answers: BinaryIO) -> None:
    """Answer each piece of work (scenario, claims, method) until there is no more; say before that it is loaded."""
    while True:
        try:
            scenario, claims, method = pickle.load(work)  # noqa: S301 (from the process that started this one)
        except EOFError:
            return
        _send(None, answers)
        for outcome in outcomes_of(scenario, claims, method):
            _send(outcome, answers)


def _send(what: object, answers: BinaryIO) -> None:
    pickle.dump(what, answers)
    answers.flush()


if __name__ == "__main__":
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what is printed by the way goes to standard error
    main(sys.stdin.buffer, out)
