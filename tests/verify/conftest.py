"""Proofs of what is found for claims of the library."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

import cidmesa as cm
from cidmesa.errors import CidmesaError
from cidmesa.library.check.outcomes import Examination
from cidmesa.library.proofs import proof_of_outcome


def proofs_of(every: int) -> list[dict[str, Any]]:
    """Return the proofs of every so many claims of each kind, in the order of the library."""
    numbers: dict[str, count[int]] = {}
    found = []
    for whole in cm.scenarios():
        for part in (whole, *whole.variants):
            examined = Examination(part, "both")
            for claim in part.claims:
                if next(numbers.setdefault(claim.kind, count())) % every == 0:
                    found += _proof(part, examined.outcome(claim))
    return found


def _proof(part: cm.Scenario, outcome: cm.Outcome) -> list[dict[str, Any]]:
    try:
        return [proof_of_outcome(part, outcome)]
    except CidmesaError:
        return []


@pytest.fixture(scope="session")
def proofs() -> list[dict[str, Any]]:
    return proofs_of(10)
