"""`import_pycid`: PyCID 0.8.2 beside the pgmpy and pygambit of today, with no file of it changed.

PyCID asks for versions of pgmpy and pygambit that no longer install. It needs little of them: a base class that pgmpy
has renamed, a method of it that is gone, and pygambit for equilibria only. These are lent while PyCID is imported, the
method is given to PyCID's own classes, and pgmpy, pygambit and ``sys.modules`` are left as they were.
"""

from __future__ import annotations

import sys
import warnings
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any

from cidmesa.errors import NotApplicable

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["import_pycid"]

_RECIPE = "pip install 'cidmesa[interop]', then pip install --no-deps pycid==0.8.2"
_GONE = "_get_ancestors_of"  # the method of pgmpy's graphs that PyCID calls


def import_pycid() -> ModuleType:
    """Return the installed PyCID as a module that works with the installed pgmpy.

    Its calls that need Gambit work where the installed pygambit is one that it knows (16.0); elsewhere they raise an
    error that says so. A PyCID that was imported before is returned as it is.

    Raises:
        NotApplicable: PyCID or pgmpy is not installed; says how to install them.

    >>> pycid = import_pycid()                                                        # doctest: +SKIP
    >>> pycid.CID([("S", "D"), ("D", "U")], decisions=["D"], utilities=["U"]).decisions # doctest: +SKIP
    dict_keys(['D'])

    """
    if "pycid" in sys.modules:
        return sys.modules["pycid"]
    for package in ("pycid", "pgmpy"):
        if find_spec(package) is None:
            raise NotApplicable(f"{package} is not installed. Install PyCID by: {_RECIPE}.")
    with _quiet(), _base_class_lent(), _gambit_lent():
        pycid = import_module("pycid")
    _give_ancestors(pycid)
    return pycid


@contextmanager
def _quiet() -> Iterator[None]:
    """Drop what pgmpy says about names of its own that will go: nobody here can change them."""
    with warnings.catch_warnings():
        for category in (DeprecationWarning, FutureWarning):
            warnings.simplefilter("ignore", category)
        yield


@contextmanager
def _base_class_lent() -> Iterator[None]:
    """Let ``pgmpy.models.BayesianNetwork`` be the class that has taken its place, if one has."""
    models: Any = import_module("pgmpy.models")
    successor = getattr(models, "DiscreteBayesianNetwork", None)
    before = models.__dict__.get("BayesianNetwork")
    if successor is None:
        yield
        return
    models.BayesianNetwork = successor
    try:
        yield
    finally:
        if before is None:
            del models.BayesianNetwork
        else:
            models.BayesianNetwork = before


@contextmanager
def _gambit_lent() -> Iterator[None]:
    """Put a stand-in for pygambit into ``sys.modules`` if none that PyCID can use is installed."""
    if _usable_gambit():
        yield
        return
    kept = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "pygambit"}
    for name in kept:
        del sys.modules[name]
    sys.modules["pygambit"] = _Absent("pygambit")
    try:
        yield
    finally:
        del sys.modules["pygambit"]
        sys.modules.update(kept)


def _usable_gambit() -> bool:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("pygambit").startswith("16.0.")
    except PackageNotFoundError:
        return False


class _Absent(ModuleType):
    """A module all of whose names can be spoken and none used."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Absent(f"{self.__name__}.{name}")

    def __call__(self, *_: object, **__: object) -> Any:
        raise NotApplicable(f"PyCID calls {self.__name__}, which needs pygambit 16.0. "
                            "cidmesa needs none of it: cm.equilibria(cm.interop.from_pycid(macid)).")  # fmt: skip


def _give_ancestors(pycid: Any) -> None:
    """Give PyCID's classes the method that pgmpy has dropped, and let its random graphs be of such a class."""
    network = pycid.CausalBayesianNetwork
    if hasattr(network, _GONE):
        return
    setattr(network, _GONE, _ancestors_of)
    graphs: Any = import_module("pycid.random.random_dag")
    graphs.DAG = type("DAG", (graphs.DAG,), {_GONE: _ancestors_of})


def _ancestors_of(graph: Any, nodes: Any) -> set[Any]:
    """Return ``nodes`` (one or several) and what leads to them."""
    from networkx import ancestors

    several = [nodes] if isinstance(nodes, str) else list(nodes)
    return set(several).union(*(ancestors(graph, node) for node in several))
