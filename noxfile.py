"""Runs on other versions: of Python, and of the packages that cidmesa needs (``pip install nox && nox``)."""

from __future__ import annotations

import tomllib
from pathlib import Path

import nox

ROOT = Path(__file__).parent
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
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
    quiet = ["-W", "ignore:invalid escape sequence:DeprecationWarning"]  # networkx 3.2, unless compiled when installed
    tests = session.posargs or ["tests/structure", "tests/modelling", "tests/library", "tests/verify"]
    session.run("pytest", "-q", *quiet, *tests)


@nox.session(python=PYTHONS[0])
def nightly(session: nox.Session) -> None:
    """Run the long tests, the recipes of the docs among them, which need packages that nothing else does."""
    session.install("-e", ".[dev]", "torch", "stable-baselines3", "minigrid")
    session.run("pytest", "-q", "-m", "nightly", *session.posargs)


@nox.session(python=PYTHONS[0])
def locked(session: nox.Session) -> None:
    """Run the default tests with the versions of ``dev.lock``."""
    session.install("--no-deps", "-r", "dev.lock", "-e", ".")  # PyCID asks for versions that no longer install
    session.run("pytest", "-q", *session.posargs)


@nox.session(python=PYTHONS[0])
def fuzz(session: nox.Session) -> None:
    """Fuzz the readers guided by coverage, 100,000 inputs in all; ``nox -s fuzz -- loader -runs=1000`` one of them."""
    session.install("-e", ".[dev]", "atheris>=2.3")
    shares = {"loader": 20_000, "expressions": 40_000, ".bif": 10_000, ".net": 10_000, ".xdsl": 10_000, ".efg": 10_000}
    for name, runs in {} if session.posargs else shares.items():
        session.run("python", "-m", "tests.fuzz.guided", name, f"-runs={runs}")
    if session.posargs:
        session.run("python", "-m", "tests.fuzz.guided", *session.posargs)


@nox.session(python=PYTHONS[0])
def mutants(session: nox.Session) -> None:
    """Change lines of packages at random and see whether a test fails; ``nox -s mutants -- structure,mesa 40 1``.

    By night, 40 of each package; it fails where fewer than 85 % are noticed.
    """
    session.install("-e", ".[dev]", "coverage>=7")
    asked = session.posargs or ["structure,modelling,criteria,solving,quantities,mesa", "40"]
    session.run("python", "-m", "tests.mutants", *asked)
