"""How values show themselves in a notebook without knowing who draws them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["Displays"]

_DRAWING_MODULE = "cidmesa.render.notebook"  # named, not imported: it stands on a higher floor and is loaded when used


class Displays:
    """Mixin for values that show themselves in a notebook as picture or table, with LaTeX and text beside it."""

    __slots__ = ()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:  # noqa: ARG002 (Jupyter's protocol)
        bundle: dict[str, str] = import_module(_DRAWING_MODULE).bundle(self)
        return bundle
