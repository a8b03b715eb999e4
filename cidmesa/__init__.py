"""cidmesa: causal influence diagrams for the incentives of base optimizers and mesa-optimizers.

``import cidmesa as cm`` costs nothing: each name is loaded from its module on first use. One file, ``__init__.pyi``,
lists the public names by group, with their modules; Python, type checkers, ``help(cidmesa)`` and the site read it.
"""

from __future__ import annotations

import sys
from types import ModuleType

__version__ = "0.2.0"

_groups: dict[str, dict[str, str]] = {}  # heading -> name -> its module; read from the stub with the first name


def _group_of() -> dict[str, dict[str, str]]:
    if not _groups:
        import ast

        found: dict[str, dict[str, str]] = {}
        for line in ast.parse(__spec__.loader.get_data(f"{__file__}i")).body:
            if isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant):
                heading = found.setdefault(str(line.value.value), {})
            elif isinstance(line, ast.ImportFrom):
                heading.update({name.name: str(line.module) for name in line.names})
        _groups.update(found)
    return _groups


def _home_of() -> dict[str, str]:
    return {name: home for names in _group_of().values() for name, home in names.items()}


def __getattr__(name: str) -> object:
    value: object
    homes = _home_of()
    if name == "__all__":
        value = [*homes, "__version__"]
    elif name == "__groups__":
        value = {heading: tuple(names) for heading, names in _group_of().items()}
    elif name in homes:
        from importlib import import_module

        from cidmesa.door import opened

        home = homes[name]
        value = import_module(f"{home}.{name}") if home == __name__ else opened(getattr(import_module(home), name))
    else:
        from cidmesa.errors import near_miss

        raise AttributeError(f"module 'cidmesa' has no attribute {name!r}.{near_miss(name, homes)}")
    globals()[name] = value
    return value


def _bundle(value: object) -> dict[str, str]:
    """Return what a notebook shows for a value; `cidmesa.display` asks, which knows nobody who draws."""
    from cidmesa.render.notebook import bundle

    return bundle(value)


def _proof(value: object, *about: object) -> dict[str, object]:
    """Return what shows a result; `cidmesa.display` asks, which knows nobody who proves."""
    from cidmesa.library.proofs import proof_of

    return proof_of(value, *about)


def __dir__() -> list[str]:
    return sorted([*_home_of(), "__version__"])


class _Package(ModuleType):
    """The package; its docstring lists the public names by group when somebody asks for it."""

    @property
    def __doc__(self) -> str:  # type: ignore[override]
        from textwrap import indent, wrap

        groups = (
            heading + "\n" + indent("\n".join(wrap(", ".join(names), 96)), "    ")
            for heading, names in _group_of().items()
        )
        return "\n\n".join([str(self.__dict__["__doc__"]).strip(), *groups])


sys.modules[__name__].__class__ = _Package
