"""`cidmesa doctor`: what is installed, and whether all that is needed works."""

from __future__ import annotations

import platform
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import NamedTuple

import click

from cidmesa import __version__
from cidmesa.cli.options import formats, print_json, print_table

__all__ = ["doctor"]

_NEEDED = ("click", "graphviz", "joblib", "networkx", "numpy", "pydantic", "rich", "ruamel.yaml", "sympy")
_OPTIONAL = {
    "python-flint": ("flint", "exact arithmetic in C", "fast"),
    "pygambit": ("pygambit", "equilibria of large games", "games"),
    "scipy": ("scipy", "linear programs over objectives", "lp"),
    "pandas": ("pandas", "tables as data frames", "table"),
    "matplotlib": ("matplotlib", "plots", "plot"),
    "pgmpy": ("pgmpy", "models of that package", "interop"),
    "pyagrum": ("pyagrum", "models of that package", "interop"),
    "z3-solver": ("z3", "exact conditions on three parameters and more", "proof"),
    "dask": ("dask", "sweeps on several machines", "cluster"),
    "anywidget": ("anywidget", "widgets in notebooks", "notebook"),
    "ipykernel": ("ipykernel", "notebooks", "notebook"),
}
_PROGRAMS = {
    "dot": "graphviz layouts",
    "pdflatex": "LaTeX figures",
    "pdftoppm": "figures as PNG from PDF",
    "chromium": "a test of pages, for developers",
}


class Finding(NamedTuple):
    """One thing that was looked for: what was found, whether it is needed, and what it is for."""

    name: str
    found: str
    needed: bool
    use: str = ""

    @property
    def good(self) -> bool:
        """Whether it is there, or need not be."""
        return bool(self.found) or not self.needed


@click.command()
@formats("text", "json")
@click.pass_context
def doctor(ctx: click.Context, /, form: str) -> None:
    """Say what is installed and where the library is.

    Which packages are found, needed and optional, which programs, and whether the library can be read.

    Exit code: 0 if all that is needed is there and the library can be read, else 2.

    \b
    cidmesa doctor
    """
    findings = [*_packages(), *_optional(), *_programs(), _library(), _cache()]
    if form == "json":
        print_json([finding._asdict() | {"good": finding.good} for finding in findings])
    else:
        head = [("ok", "cidmesa", __version__, ""), ("ok", "python", _python(), "")]
        rows = [(_mark(f), f.name, f.found or "not found", f.use) for f in findings]
        print_table(["", "what", "found", "for"], [*head, *rows], whole=1)
    ctx.exit(0 if all(finding.good for finding in findings) else 2)


def _mark(finding: Finding) -> str:
    return "ok" if finding.found else "NO" if finding.needed else "--"


def _python() -> str:
    return f"{platform.python_version()} ({sys.executable})"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _packages() -> list[Finding]:
    return [Finding(name, _version(name), needed=True) for name in _NEEDED]


def _optional() -> list[Finding]:
    return [
        Finding(name, _version(name) or ("there" if find_spec(module) else ""), False, f"{use} (extra: {extra})")
        for name, (module, use, extra) in _OPTIONAL.items()
    ]


def _programs() -> list[Finding]:
    return [Finding(name, shutil.which(name) or "", needed=False, use=use) for name, use in _PROGRAMS.items()]


def _library() -> Finding:
    from cidmesa.library.catalogue import library
    from cidmesa.library.file.loader import scenarios

    count = len(scenarios())
    return Finding("library", f"{count} scenarios in {library()}" if count else "", needed=True, use="cidmesa check")


def _cache() -> Finding:
    from cidmesa.library.check.caching import cache_folder

    folder = cache_folder()
    return Finding("cache", str(folder) if folder.is_dir() else "", needed=False, use="outcomes of claims")
