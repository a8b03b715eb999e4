"""Conditions of random models as text: what a change of their code must leave as it is.

``python -m tests.symbolic.as_before`` writes the file that the test reads; do so only where an answer changes on
purpose, and say in the changelog which and why.
"""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from random import Random

import cidmesa as cm
from tests.symbolic.test_random_models import _model, _question

FILE = Path(__file__).with_name("as_before.json.xz")
MODELS = 120


def answer(seed: int) -> str:
    """Return the condition under which the answer to a random question about a random model is yes, with its pieces."""
    rng = Random(f"conditions {seed}")
    model = _model(rng)
    try:
        found = cm.conditions(model, _question(rng, model))
    except cm.CidmesaError as error:
        return f"{type(error).__name__}: {error}"
    return str(found.to_json())


def read() -> list[str]:
    """Return the conditions that were written."""
    return json.loads(lzma.decompress(FILE.read_bytes()))


if __name__ == "__main__":
    FILE.write_bytes(lzma.compress(json.dumps([answer(seed) for seed in range(MODELS)]).encode()))
