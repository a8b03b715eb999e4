"""Outcomes and their probabilities: plain values, in order, with the missing probability filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.compat.pycid.differences import differs
from cidmesa.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["completed", "plain", "sorted_outcomes"]

_SLACK = 0.01  # by which PyCID lets probabilities miss 1
_ROUNDING = 1e-9


def plain(outcome: Any) -> Any:
    """Return a numpy number as Python's, anything else as it is.

    >>> plain(np.int64(3)), plain("a")
    (3, 'a')
    """
    return outcome.item() if isinstance(outcome, np.generic) else outcome


def sorted_outcomes(outcomes: Iterable[Any]) -> list[Any]:
    """Return each outcome once, in order; where they can't be compared, as they came.

    >>> sorted_outcomes([2, 1, 2]), sorted_outcomes(["b", 1])
    ([1, 2], ['b', 1])
    """
    found = list(dict.fromkeys(outcomes))
    try:
        return sorted(found)
    except TypeError:
        return found


def completed(variable: str, chances: Mapping[Any, float | None], domain: Sequence[Any]) -> list[float]:
    """Return a probability for each outcome of ``domain``; those without one share what is missing.

    Raises:
        ModelError: an outcome that is not in the domain, a negative probability, a sum that is not 1.

    >>> completed("X", {0: 0.5}, [0, 1, 2])
    [0.5, 0.25, 0.25]

    """
    if strange := [outcome for outcome in chances if outcome not in domain]:
        raise ModelError(f"{variable!r} takes the value {strange[0]!r}, which is not in its domain {list(domain)}.")
    known = {outcome: float(chance) for outcome, chance in chances.items() if chance is not None}
    missing = 1 - sum(known.values())
    free = len(domain) - len(known)
    if any(chance < 0 for chance in known.values()) or (abs(missing) > _SLACK and (missing < 0 or not free)):
        raise ModelError(f"the probabilities of {variable!r} are {dict(chances)}: none may be negative, and together "
                         "they are 1.")  # fmt: skip
    share = max(missing, 0.0) / free if free else 0.0
    return _whole(variable, [known.get(outcome, share) for outcome in domain])


def _whole(variable: str, row: list[float]) -> list[float]:
    total = sum(row)
    if abs(total - 1) <= _ROUNDING:
        return row
    differs(f"the probabilities of {variable!r} sum to {total:.6g}; they are divided by it. PyCID keeps them.")
    return [chance / total for chance in row]
