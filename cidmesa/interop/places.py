"""Where nodes stand in the files of tools that draw them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cidmesa.render.layout.layered import layout

if TYPE_CHECKING:
    from cidmesa.modelling.model import Model

__all__ = ["places"]

_SIZE = 78.0, 50.0  # room for a node, in points
_MARGIN = 60.0


def places(model: Model) -> dict[str, tuple[float, float]]:
    """Return the centre of each node in points, all positive, x to the right and y downwards.

    >>> import cidmesa as cm
    >>> places(cm.model(cm.cid("D -> U", decisions=["D"], utilities=["U"]), D=[0, 1], U="D"))
    {'D': (60.0, 60.0), 'U': (180.0, 60.0)}
    """
    centres = layout(dict.fromkeys(model.cid.nodes, _SIZE), model.cid.edges).centres
    left = min((x for x, _ in centres.values()), default=0.0)
    top = min((y for _, y in centres.values()), default=0.0)
    return {name: (x - left + _MARGIN, y - top + _MARGIN) for name, (x, y) in centres.items()}
