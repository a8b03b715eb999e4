"""Where the answer differs from PyCID's on purpose: the warning that says so."""

from __future__ import annotations

import inspect
import warnings
from pathlib import Path

__all__ = ["DiffersFromPyCID", "differs"]

_HERE = str(Path(__file__).parent)


class DiffersFromPyCID(UserWarning):
    """PyCID 0.8.2 answers differently, or not at all; the message says why."""


def differs(message: str) -> None:
    """Warn that the answer is not PyCID's, at the line that called this package."""
    frame, level = inspect.currentframe(), 0
    while frame is not None and frame.f_code.co_filename.startswith(_HERE):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, DiffersFromPyCID, stacklevel=level + 1)
