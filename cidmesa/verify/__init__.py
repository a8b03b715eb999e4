"""A checker of proofs that knows nothing of how they were found.

It imports the standard library and nothing else, shares no code with the rest of the package, and reads the statement
that it prints off the claim itself. ``python -m cidmesa.verify proof.json`` runs it; the folder works alone, too.
"""

from __future__ import annotations

import json
from typing import Any

from .claims import Claims
from .model import Refused, fields, need, number_of

__all__ = ["Refused", "verify"]


def verify(text: str) -> list[str]:
    """Return the sentences that a proof shows, one for each claim.

    Raises:
        Refused: a step is not proved, not exact or not understood.

    >>> verify('{"cidmesa-proof": 1, "models": {"g": {"nodes": []}}, "claims": [{"kind": "diagram", "model": "g", '
    ...        '"relation": "soluble", "of": null, "to": null, "holds": true}]}')
    ['the diagram is soluble']

    """
    version, _, models, claims = fields(_read(text), "cidmesa-proof", "about?", "models", "claims")
    need(version == 1 and version is not True, f"version {version!r} is not known")
    need(isinstance(claims, list) and claims, "no claims")
    try:
        return list(map(Claims(models).shown, claims))
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise Refused(f"it cannot be read: {error!r}") from error  # of another shape than any proof


def _read(text: str) -> Any:
    """Return the JSON in a text, without floats and without a key twice."""

    def whole(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        need(len(dict(pairs)) == len(pairs), "a key stands twice")
        return dict(pairs)

    try:
        return json.loads(text, object_pairs_hook=whole, parse_float=number_of, parse_constant=number_of)
    except (ValueError, RecursionError) as error:
        raise Refused(f"no JSON: {error}") from error
