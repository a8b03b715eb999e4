"""The page for those who come from PyCID: every public name of PyCID stands in its table, and ours exist."""

import inspect
import pkgutil
import re
from importlib import import_module
from pathlib import Path

import cidmesa as cm

PAGE = (Path(__file__).parents[2] / "docs" / "from-pycid.md").read_text(encoding="utf-8")
ROWS = [line.split("|")[1:-1] for line in PAGE.splitlines() if line.startswith("| `")]


def names_in(package):
    """Return functions, classes and ``Class.method`` that the modules of a package define."""
    found = []
    for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        for name, value in vars(import_module(info.name)).items():
            if name.startswith("_") or getattr(value, "__module__", "") != info.name:
                continue
            if inspect.isclass(value):
                found += [name, *(f"{name}.{method}" for method in vars(value) if _public_method(value, method))]
            elif inspect.isfunction(value):
                found.append(name)
    return found


def _public_method(cls, name):
    value = vars(cls)[name]
    return not name.startswith("_") and (isinstance(value, property) or inspect.isfunction(value))


def test_the_table_has_every_name(pycid):
    column = " ".join(row[0] for row in ROWS)
    names = names_in(pycid)
    assert len(names) > 160
    assert [name for name in names if f"`{name}`" not in column] == []


def test_what_the_table_names_here_exists():
    found = {name for row in ROWS for name in re.findall(r"\bcm((?:\.\w+)+)", row[1])}
    assert len(found) > 40
    for dotted in sorted(found):
        value = cm
        for part in dotted.strip(".").split("."):
            assert hasattr(value, part) or part in getattr(value, "__dataclass_fields__", {}), f"cm{dotted}"
            value = getattr(value, part, None)
