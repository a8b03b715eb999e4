"""What the criteria refuse at the door: anything but a diagram."""

from __future__ import annotations

from cidmesa.errors import DiagramError, wrong_type
from cidmesa.structure.diagram import CID

__all__ = ["known_cid"]


def known_cid(given: object, asks: str) -> CID:
    """Return ``given`` if it is a diagram.

    Raises:
        DiagramError: it is something else; says what to pass in its place.

    >>> import cidmesa as cm
    >>> known_cid(cm.model(cm.cid("A -> B"), A=1, B="A"), "incentives")
    Traceback (most recent call last):
    cidmesa.errors.DiagramError: incentives needs a diagram, not a value of type Model. Pass its .cid.

    """
    if isinstance(given, CID):
        return given
    remedy = "Pass its .cid." if isinstance(getattr(given, "cid", None), CID) else "Make one by cm.cid(links, ...)."
    raise DiagramError(wrong_type(asks, "a diagram", given, remedy))
