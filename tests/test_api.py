"""The public names: those of the stub, importable, documented, and free until used."""

import ast
import importlib
import inspect
import pkgutil
import pydoc
import subprocess
import sys
from pathlib import Path

import pytest

import cidmesa

MODULES = sorted(m.name for m in pkgutil.walk_packages(cidmesa.__path__, "cidmesa.") if not m.name.endswith("__main__"))
PUBLIC = sorted(name for name in cidmesa.__all__ if name != "__version__")


def test_names_are_those_of_the_stub():
    stub = ast.parse(Path(cidmesa.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    names = [name for line in stub.body if isinstance(line, ast.ImportFrom) for name in line.names]
    assert all(name.name == name.asname for name in names)  # to a type checker an import without "as" is no public name
    assert sorted(cidmesa.__all__) == sorted([*{name.name for name in names}, "__version__"])
    assert set(dir(cidmesa)) == set(cidmesa.__all__)


def test_every_name_stands_in_one_group_and_help_shows_the_groups():
    grouped = [name for names in cidmesa.__groups__.values() for name in names]
    assert sorted(grouped) == PUBLIC
    shown = " ".join(pydoc.render_doc(cidmesa, renderer=pydoc.plaintext).split("PACKAGE CONTENTS")[0].split())
    for heading, names in cidmesa.__groups__.items():
        assert f"{heading} {', '.join(names)}" in shown


def test_all_names_are_imported_by_a_star():
    found = {}
    exec("from cidmesa import *", found)  # noqa: S102 (a star import is allowed at the top of a module only)
    assert set(cidmesa.__all__) <= set(found)


THEORY = {"incentives", "solving", "games", "mesa", "quantities", "conditions"}  # groups whose notions have a source
IN_THEORY = {name for heading, names in cidmesa.__groups__.items() if heading.split(":")[0] in THEORY for name in names}


@pytest.mark.parametrize("name", PUBLIC)
def test_public_names_load_and_say_what_they_are(name):
    value, told = getattr(cidmesa, name), inspect.getdoc(getattr(cidmesa, name))
    assert told
    if inspect.ismodule(value):
        return
    assert ">>>" in told, f"{name} has no example"
    if name in IN_THEORY:
        assert "Source" in told, f"{name} does not say where its definition is from"
    if inspect.isfunction(value):
        assert "return" in value.__annotations__
        arguments = told.partition("Args:\n")[2].replace("**", "")
        missing = [given for given in inspect.signature(value).parameters if f"    {given}: " not in arguments]
        assert not missing, f"{name} does not explain {missing}"


@pytest.mark.parametrize("name", MODULES)
def test_every_module_lists_its_names(name):
    module = importlib.import_module(name)
    if not hasattr(module, "__path__"):
        assert all(hasattr(module, public) for public in module.__all__)


def test_unknown_names_are_attribute_errors():
    with pytest.raises(AttributeError, match=r"no attribute 'sovle'\. Did you mean 'solve'"):
        _ = cidmesa.sovle


@pytest.mark.parametrize("command", ["import cidmesa", "import cidmesa.cli.main"])
def test_import_loads_nothing_heavy(command):
    heavy = ["numpy", "sympy", "pydantic", "networkx", "rich", "ruamel", "graphviz", "joblib"]
    code = f"{command}; import sys; print([m for m in {heavy} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
