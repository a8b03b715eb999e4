"""The public names of PyCID 0.8.2 with their arguments: what there is, and the list of it that is kept here."""

from __future__ import annotations

import inspect
import pkgutil
from importlib import import_module
from pathlib import Path

__all__ = ["LIST", "listed", "names_in"]

LIST = Path(__file__).with_name("pycid_names.txt")


def listed() -> list[str]:
    """Return the kept list: ``module.name(arguments)`` or ``module.Class.method(arguments)``, one a line."""
    return LIST.read_text(encoding="utf-8").splitlines()


def names_in(package) -> list[str]:
    """Return the list of an installed package: functions, classes and methods defined in each of its modules."""
    found = []
    for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        module = import_module(info.name)
        own = [
            v for n, v in vars(module).items() if not n.startswith("_") and getattr(v, "__module__", "") == info.name
        ]
        for value in own:
            if inspect.isclass(value):
                found += [f"{info.name}.{value.__name__}{_arguments(value)}", *_methods(info.name, value)]
            elif inspect.isfunction(value):
                found.append(f"{info.name}.{value.__name__}{_arguments(value)}")
    return sorted(found)


def _methods(module: str, cls) -> list[str]:
    for name, value in vars(cls).items():
        if name.startswith("_"):
            continue
        if isinstance(value, property):
            yield f"{module}.{cls.__name__}.{name}"
        elif inspect.isfunction(value):
            yield f"{module}.{cls.__name__}.{name}{_arguments(value)}"


def _arguments(value) -> str:
    try:
        return f"({', '.join(inspect.signature(value).parameters)})"
    except ValueError:
        return "()"
