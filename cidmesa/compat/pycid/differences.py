"""Where the answer differs from PyCID's on purpose: the warning that says so."""

from __future__ import annotations

import warnings

__all__ = ["DiffersFromPyCID", "differs"]


class DiffersFromPyCID(UserWarning):
    """PyCID 0.8.2 answers differently, or not at all; the message says why."""


def differs(message: str, level: int = 3) -> None:
    """Warn that the answer is not PyCID's; ``level`` counts the frames up to the caller who should see it."""
    warnings.warn(message, DiffersFromPyCID, stacklevel=level)
