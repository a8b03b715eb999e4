"""The kinds of claims: each is one class, known by its name once it is made."""

from __future__ import annotations

from cidmesa.library.kinds import (  # noqa: F401 (makes the classes)
    attitude,
    believed,
    choice,
    derived,
    graphical,
    incentive,
    learned,
    numerical,
)
from cidmesa.library.kinds.conditional import Ask, Asking, Conditional, ask_shape, condition_shape
from cidmesa.library.kinds.kind import KINDS, Kind

__all__ = ["KINDS", "Ask", "Asking", "Conditional", "Kind", "ask_shape", "condition_shape"]
