"""The door of the public functions: what they take where they ask for a diagram or a model.

A function that asks for one also takes an object of PyCID, pgmpy, pyAgrum or networkx, which `cidmesa.interop` reads,
and what holds one: a training process, a composition, a scenario. All else is refused here, with an error that says
what to pass.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from functools import cache, wraps
from importlib import import_module
from typing import Any

__all__ = ["opened"]

_READERS = {  # package -> where the reader of its objects is
    "pycid": ("cidmesa.interop", "from_pycid"),
    "pgmpy": ("cidmesa.interop", "from_pgmpy"),
    "pyagrum": ("cidmesa.interop", "from_pyagrum"),
    "networkx": ("cidmesa.structure.build", "cid"),
}
_OURS = re.compile(r"\b(CID|Model)\b(?!\])")


def opened(function: Any) -> Any:
    """Return a public function with its door; what asks for no diagram and no model, as it is.

    >>> import cidmesa as cm, networkx as nx
    >>> graph = nx.DiGraph([("S", "U"), ("D", "U")])
    >>> graph.nodes["D"]["kind"], graph.nodes["U"]["kind"] = "decision", "utility"
    >>> bool(cm.is_soluble(graph))
    True
    """
    doors = _doors(function) if inspect.isfunction(function) else {}
    if not doors:
        return function

    @wraps(function)
    def called(*given: Any, **named: Any) -> Any:
        values = list(given)
        for place, (name, asked) in doors.items():
            if place < len(values):
                values[place] = _admitted(values[place], asked, function)
            elif name in named:
                named[name] = _admitted(named[name], asked, function)
        return function(*values, **named)

    called.__module__ = "cidmesa"  # where pickle finds it
    return called


def _doors(function: Callable[..., Any]) -> dict[int, tuple[str, str]]:
    """Return the parameters that take a diagram or a model: place -> name and annotation."""
    found = {}
    for place, parameter in enumerate(inspect.signature(function).parameters.values()):
        asked = str(parameter.annotation)
        if _OURS.search(asked) or parameter.name in ("x", "subject", "edges"):
            found[place] = (parameter.name, asked)
    return found


def _admitted(value: Any, asked: str, function: Callable[..., Any]) -> Any:
    structure, modelling = _ours()
    if asked in ("CID", "Model") and isinstance(value, structure.CID if asked == "CID" else modelling.Model):
        return value
    if (home := _home(value.__class__)) is not None and home != ("cidmesa.structure.build", function.__name__):
        value = getattr(import_module(home[0]), home[1])(value)
        value = value.cid if asked == "CID" and isinstance(value, modelling.Model) else value
    if asked == "CID":
        return structure.known_cid(value, function.__name__)
    return modelling.known_model(value, function.__name__) if asked == "Model" else value


@cache
def _ours() -> tuple[Any, Any]:
    """Return the modules of diagrams and models, imported with the first call that asks for one."""
    return import_module("cidmesa.structure.diagram"), import_module("cidmesa.modelling.model")


@cache
def _home(kind: type) -> tuple[str, str] | None:
    """Return where the reader of a type's values is: the first of its classes that is of another package decides."""
    packages = (base.__module__.partition(".")[0] for base in kind.__mro__)
    return next((_READERS[package] for package in packages if package in _READERS), None)
