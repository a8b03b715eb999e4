"""A checker of proofs that knows nothing of how they were found.

It imports the standard library and nothing else, shares no code with the rest of the package, and reads the statement
that it prints off the claim itself. ``python -m cidmesa.verify proof.json`` runs it; the folder works alone, too.
"""

from __future__ import annotations

from .claims import shown
from .numbers import Refused, need
from .reading import fields, read

__all__ = ["Refused", "verify"]

VERSION = 1


def verify(text: str) -> list[str]:
    """Return the sentences that a proof shows, one for each claim.

    Raises:
        Refused: something in it is not shown, not exact or not understood.

    >>> verify('{"cidmesa-proof": 1, "models": {"g": {"nodes": []}}, "claims": [{"kind": "diagram", "model": "g", '
    ...        '"relation": "soluble", "of": null, "to": null, "holds": true}]}')
    ['the diagram is soluble']

    """
    version, _, models, claims = fields(read(text), "cidmesa-proof", "about?", "models", "claims")
    need(version == VERSION and version is not True, f"version {version!r} is not known")
    need(isinstance(claims, list) and claims, "no claims")
    try:
        return [shown(claim, models) for claim in claims]
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise Refused(f"it cannot be read: {error!r}") from error  # of another shape than any proof
