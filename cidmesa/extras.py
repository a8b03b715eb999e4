"""Optional packages, imported when they are used."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from cidmesa.errors import NeedsPackage

__all__ = ["library"]


def library(name: str, extra: str) -> Any:
    """Return a module of an optional package.

    Raises:
        NeedsPackage: the package is not installed; says how to install it.

    >>> library("json", "interop").__name__
    'json'
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        package = name.split(".", 1)[0]
        if error.name is None or error.name.split(".", 1)[0] != package:
            raise  # something that the package needs, not the package
        raise NeedsPackage(f"{package} is not installed. Install it: pip install 'cidmesa[{extra}]'.") from error
