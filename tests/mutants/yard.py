"""A copy of the project in which mutants are tried."""

from __future__ import annotations

import ast
import functools
import gc
import json
import multiprocessing
import os
import resource
import shutil
import signal
import sys
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.mutants.changes import ROOT, loaded, mutant

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

__all__ = ["Yard"]

PARTS = ("cidmesa", "tests", "models", "docs", "benchmarks", "pyproject.toml", "README.md", "CONTRIBUTING.md")
HEAVY = (
    "coverage",
    "hypothesis",
    "networkx",
    "numpy",
    "pydantic",
    "ruamel.yaml",
    "scipy.optimize",
    "sympy",
)  # loaded once for all
QUIET = ["-q", "-s", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
FIRST = 10  # tests that are asked before the others are collected
ENOUGH_SECONDS = 20.0  # of tests that reach the line of a mutant, and
MORE_SECONDS = 5.0  # of others
MOST_BYTES = 2**33  # that a process may map; a mutant may ask for more and more
LONG_SECONDS = 10  # a test that takes longer is asked of no mutant


class Yard:
    """A copy of the project, in which some tests find mutants of some packages.

    All tests are collected once. A mutant is tried in a fork of that process, in which the functions that it changes
    are others. Where that does not do, or no test fails, it is tried in a process that imports all anew.
    """

    def __init__(self, folder: str, packages: list[str], tests: list[str]) -> None:
        self.tree, self.packages = Path(folder), packages
        for part in PARTS:
            (shutil.copytree if (ROOT / part).is_dir() else shutil.copy2)(ROOT / part, self.tree / part)
        os.chdir(self.tree)
        os.environ["PYTHONPATH"] = folder
        sys.path[:] = [folder, *(place for place in sys.path if Path(place).resolve() not in (ROOT, self.tree))]
        for name in [name for name in sys.modules if name.partition(".")[0] == "tests"]:
            del sys.modules[name]  # those of the project
        for name in HEAVY:
            __import__(name)
        self.asked, there = multiprocessing.Pipe()
        self.warm = multiprocessing.get_context("fork").Process(target=partial(self._collect, there, tests))
        self.warm.start()
        there.close()
        try:
            self.seconds, self.reached = self.asked.recv()
        except EOFError:
            raise SystemExit((self.tree / "log").read_text(encoding="utf-8")) from None

    def killed(self, file: Path, place: int) -> bool:
        """Return whether a test fails, or does not end, where one node of a file is changed."""
        tree, lines = mutant(file, place)
        if not (order := self._order(str(file.relative_to(ROOT)), lines)):
            return False  # no test reaches the file
        self.asked.send((file, place, order))
        return self.asked.recv() or self._killed_anew(file, tree, order)

    def close(self) -> None:
        """End the process that has collected the tests."""
        self.warm.kill()
        self.warm.join()

    def _order(self, file: str, lines: range) -> list[str]:
        """Return the tests that reach a line, then those that reach the file, the fastest first, as time allows."""
        reached = self.reached.get(file, {})
        tests = {test for found in reached.values() for test in found}
        near = {test for line in lines for test in reached.get(str(line), ())}
        if "" in near:  # the line runs before any test
            near, tests = tests, set(self.seconds)
        return [*self._fastest(near, ENOUGH_SECONDS), *self._fastest(tests - near, MORE_SECONDS)]

    def _fastest(self, tests: Iterable[str], most: float) -> list[str]:
        """Return the fastest tests that pass, as many as ``most`` seconds allow, or one."""
        found: list[str] = []
        total = 0.0
        passed = {test: self.seconds[test] for test in tests if self.seconds.get(test, float("inf")) < float("inf")}
        for test in sorted(passed, key=lambda test: (passed[test], test)):
            total += passed[test]
            if total <= most or not found:
                found.append(test)
        return found

    def _limit(self, order: list[str]) -> float:
        return 20 + 3 * sum(self.seconds[test] for test in order)

    # --- in a process that imports all anew ---------------------------------------------------------------------------

    def _killed_anew(self, file: Path, tree: ast.Module, order: list[str]) -> bool:
        here = self.tree / file.relative_to(ROOT)
        here.write_text(ast.unparse(tree), encoding="utf-8")
        os.utime(here, (0, 0))  # of another time than what is compiled
        try:
            return any(
                _apart(partial(_try, part), self._limit(part)) for part in (order[:FIRST], order[FIRST:]) if part
            )
        finally:
            shutil.copy2(file, here)

    # --- in the process that has collected the tests ------------------------------------------------------------------

    def _collect(self, asked: Any, tests: list[str]) -> None:
        """Collect the tests; then trace them, and try mutants that are asked of."""
        import coverage

        sys.dont_write_bytecode = False  # what is compiled now serves all mutants
        os.dup2(os.open("log", os.O_WRONLY | os.O_CREAT), 1)
        include = [f"{self.tree}/cidmesa/{package}/*" for package in self.packages]
        tracer = coverage.Coverage(data_file=None, config_file=False, include=include)
        tracer.start()
        pytest.main([*QUIET, *tests], plugins=[Collected(self, asked, tracer)])


class Collected:
    """A plugin of pytest that, in the place of a run, tries the tests that are collected on mutants."""

    def __init__(self, yard: Yard, asked: Any, tracer: Any) -> None:
        self.yard, self.asked, self.tracer, self.seconds = yard, asked, tracer, Counter[str]()

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:  # a file of tests that cannot be read would count as a failure of every mutant
            return True
        self.items = {item.nodeid: item for item in session.items}
        _apart(partial(self._trace, session), 7_200)
        self.tracer.stop()
        self.yard.seconds, self.yard.reached = found = json.loads(Path("reached.json").read_text(encoding="utf-8"))
        self.asked.send(found)
        while True:
            file, place, order = self.asked.recv()
            self.asked.send(bool(_apart(partial(self._try, session, file, place, order), self.yard._limit(order))))

    def _try(self, session: pytest.Session, file: Path, place: int, order: list[str]) -> int:
        """Return 1 if a test fails where the functions of a file are changed."""
        sys.dont_write_bytecode = True
        _forget()
        tree, _ = mutant(file, place)
        return loaded(file, tree, str(self.yard.tree / file.relative_to(ROOT))) and self._run(session, order)

    def _run(self, session: pytest.Session, order: Iterable[str], *, first: bool = True) -> int:
        items = [self.items[name] for name in order]
        for item, following in zip(items, [*items[1:], None], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if first and session.testsfailed:
                break
        return int(session.testsfailed > 0)

    def _trace(self, session: pytest.Session) -> int:
        """Run the tests; keep how long each takes, and which of them reach which lines."""
        _forget()
        signal.signal(signal.SIGVTALRM, lambda *_: pytest.skip(f"takes over {LONG_SECONDS} seconds"))
        self.tracing = True
        self._run(session, self.items, first=False)
        self.tracer.stop()
        data = self.tracer.get_data()
        reached = {str(Path(file).relative_to(self.yard.tree)): data.contexts_by_lineno(file)
                   for file in data.measured_files()}  # fmt: skip
        Path("reached.json").write_text(json.dumps([self.seconds, reached]), encoding="utf-8")
        return 0

    tracing = False

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        if self.tracing:
            self.tracer.switch_context(item.nodeid)
            signal.setitimer(signal.ITIMER_VIRTUAL, LONG_SECONDS)
        start = time.process_time()  # others may have the processor for most of the time
        done = yield
        self.seconds[item.nodeid] += time.process_time() - start
        return done

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] += 0 if report.outcome == "passed" else float("inf")


class Ordered:
    """A plugin of pytest that keeps some tests, in an order."""

    def __init__(self, order: list[str]) -> None:
        self.place = {name: k for k, name in enumerate(order)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        kept = (item for item in items if item.nodeid in self.place)
        items[:] = sorted(kept, key=lambda item: self.place[item.nodeid])


def _try(order: list[str]) -> int:
    sys.dont_write_bytecode = True
    files = dict.fromkeys(test.partition("::")[0] for test in order)
    code = pytest.main([*QUIET, "-x", *files], plugins=[Ordered(order)])
    return 0 if code == pytest.ExitCode.NO_TESTS_COLLECTED else code


def _forget() -> None:
    """Clear what functions of the package have kept while tests were collected."""
    for value in gc.get_objects():
        if isinstance(value, functools._lru_cache_wrapper) and value.__module__.startswith("cidmesa"):
            value.cache_clear()


def _apart(task: Callable[[], int], seconds: float) -> int:
    """Return how a task ends that is run in a process of its own, in at most so much time of the processor."""

    def run() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
        with Path("log").open("w", encoding="utf-8") as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
            sys.exit(int(task()))

    process = multiprocessing.get_context("fork").Process(target=run)
    process.start()
    process.join(10 * seconds + 600)  # one that only waits uses no time of the processor
    process.kill()
    process.join()
    return process.exitcode or 0
