"""Runs on other versions: of Python, and of the packages that cidmesa needs (``pip install nox && nox``)."""

from __future__ import annotations

import tomllib
from pathlib import Path

import nox

ROOT = Path(__file__).parent
PYTHONS = ["3.11", "3.12", "3.13"]
nox.options.sessions = ["tests", "lowest"]
nox.options.error_on_missing_interpreters = False


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the default tests."""
    session.install("-e", ".[dev]")
    session.run("pytest", "-q", *session.posargs)


@nox.session(python=PYTHONS[0])
def lowest(session: nox.Session) -> None:
    """Run the tests of the core with the lowest version of each package that cidmesa needs."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    session.install(*(need.replace(">=", "==") for need in project["dependencies"]))
    session.install("--no-deps", "-e", ".")
    session.install("mpmath<1.4")  # newer ones warn about what sympy 1.12 imports, and a warning is an error here
    session.install("pytest>=8", "hypothesis>=6.90", "jsonschema>=4.20", "packaging", "pyyaml>=6")
    session.run(
        "pytest", "-q", *(session.posargs or ["tests/structure", "tests/modelling", "tests/library", "tests/verify"])
    )


@nox.session(python=PYTHONS[0])
def nightly(session: nox.Session) -> None:
    """Run the long tests."""
    session.install("-e", ".[dev]")
    session.run("pytest", "-q", "-m", "nightly", *session.posargs)


@nox.session(python=PYTHONS[0])
def locked(session: nox.Session) -> None:
    """Run the default tests with the versions of ``dev.lock``."""
    session.install("-r", "dev.lock")
    session.install("--no-deps", "-e", ".")
    session.run("pytest", "-q", *session.posargs)


@nox.session(python=PYTHONS[0])
def mutants(session: nox.Session) -> None:
    """Change lines of the package at random and see whether a test fails; ``nox -s mutants -- structure 40``."""
    session.install("-e", ".[dev]")
    session.run("python", "-m", "tests.mutants", *(session.posargs or ["structure", "40"]))
