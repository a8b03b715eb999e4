"""cidmesa: causal influence diagrams for the incentives of base optimizers and mesa-optimizers.

``import cidmesa as cm`` costs nothing: each name is loaded from its module when it is first used. Which names there are
and where they live is said in one place, ``__init__.pyi``, for Python as for type checkers.
"""

from __future__ import annotations

__version__ = "0.1.0"

_homes: dict[str, str] = {}  # name -> its module; read from the stub with the first name that is asked for


def _home_of() -> dict[str, str]:
    if not _homes:
        import ast

        stub = ast.parse(__spec__.loader.get_data(f"{__file__}i"))
        imports = [line for line in stub.body if isinstance(line, ast.ImportFrom)]
        _homes.update({name.name: line.module for line in imports for name in line.names})
    return _homes


def __getattr__(name: str) -> object:
    homes = _home_of()
    if name == "__all__":
        value = [*homes, "__version__"]
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


def __dir__() -> list[str]:
    return sorted([*_home_of(), "__version__"])
