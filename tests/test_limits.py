"""Limits of the code are those that its documentation names."""

from __future__ import annotations

import importlib
import pkgutil
import re
import sys
from typing import TYPE_CHECKING

import cidmesa

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

MODULES = [
    importlib.import_module(found.name)
    for found in pkgutil.walk_packages(cidmesa.__path__, "cidmesa.")
    if not found.name.endswith("__main__")
]
NAMED = re.compile(r"TooLarge: (?:(?!\n\n).)*?more\s+than\s+([\d,]*\d)", re.DOTALL)


def limits(module: ModuleType) -> set[int]:
    """The limits of a module and of those from which it imports something."""
    near = {module.__name__, *(getattr(value, "__module__", None) for value in vars(module).values())}
    modules = (sys.modules[name] for name in near if str(name).startswith("cidmesa."))
    return {value for one in modules for name, value in vars(one).items() if name.startswith("MAX_")}


def documented(module: ModuleType) -> Iterator[int]:
    """The limits that the documentation of what a module defines names."""
    own = [value for value in vars(module).values() if getattr(value, "__module__", None) == module.__name__]
    inner = [part for value in own if isinstance(value, type) for part in vars(value).values()]
    for value in [*own, *inner]:
        for number in NAMED.findall(str(getattr(value, "__doc__", None))):
            yield int(number.replace(",", ""))


def test_documented_limits_are_those_of_the_code():
    found = [(module, number) for module in MODULES for number in documented(module)]
    assert len(found) > 20
    assert not [(module.__name__, number) for module, number in found if number not in limits(module)]
