"""Mutation testing of a sample: ``python -m tests.mutants PACKAGE COUNT [SEED]`` changes lines; do tests fail?

With ``FILE:LINE``, any number of times, in the place of the count, all changes of those lines are tried.

A mutant is a copy of the package in which one comparison, operator, constant, condition or returned value is another.
First, the tests of the package (`TESTS`) run once to find which of them reach which lines. Each mutant then meets the
tests that reach its line, the fastest first, and after them others that reach its file, until `ENOUGH_SECONDS` are
filled. It is killed if a test fails or does not end. What survives is printed with its place.
"""

from __future__ import annotations

import ast
import json
import multiprocessing
import os
import random
import resource
import shutil
import sys
import tempfile
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parent.parent
PARTS = ("cidmesa", "tests", "models", "docs", "pyproject.toml", "README.md", "CONTRIBUTING.md")
HEAVY = ("hypothesis", "networkx", "numpy", "pydantic", "ruamel.yaml", "scipy.optimize", "sympy")  # loaded once for all
TESTS = {
    "structure": ["tests/structure", "tests/criteria", "tests/test_gaps.py", "cidmesa/structure"],
    "modelling": ["tests/modelling", "tests/solving", "tests/test_gaps.py", "cidmesa/modelling"],
    "criteria": ["tests/criteria", "tests/laws", "tests/test_gaps.py", "cidmesa/criteria"],
    "solving": ["tests/solving", "tests/games", "tests/counterfactual", "cidmesa/solving"],
    "quantities": ["tests/quantities", "tests/laws", "cidmesa/quantities"],
    "mesa": ["tests/mesa", "cidmesa/mesa"],
    "verify": ["tests/verify", "cidmesa/verify"],
}
ENOUGH = 0.85
FIRST = 10  # tests that are asked before the others are collected
ENOUGH_SECONDS = 40.0  # of tests for one mutant
EQUIVALENT = {  # line -> why no test can notice the change of it that was tried
    "if not small and (soluble or _many_rules(problem)) and (short := _by_beliefs(model, problem)):": (
        "another method with the same answer; only the time differs"
    ),
    "half, mask = size // 2, (1 << size) - 1": "a bit of the mask beyond the size meets no bit of a row",
    "fields = {node: np.tile(field, (times, 1)) for node, field in self.fields.items()}": (
        "more columns than a table has rows: nothing reads them"
    ),
    "if falling := falling & ~self.passed[node]:": "bits that have passed pass again, until another method takes over",
    "if bits & ~self.mechanisms[node]:": "bits that are there are added again",
    "_UP, _DOWN = 0, 1  # how a node is entered: from a child, or from a parent": "two marks, of which any two will do",
    "return np.asarray(-(rule * np.log(np.where(rule > 0, rule, 1))).sum(axis=-1))": "the logarithm is multiplied by 0",
}
_COMPARED = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
             ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is}  # fmt: skip
_CALCULATED = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.BitAnd: ast.BitOr,
               ast.BitOr: ast.BitAnd}  # fmt: skip


def changed(node: ast.AST) -> bool:
    """Change a node in place, if it is of a kind that has another form; return whether it was."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARED:
        node.ops[0] = _COMPARED[type(node.ops[0])]()
    elif isinstance(node, ast.BinOp) and type(node.op) in _CALCULATED:
        node.op = _CALCULATED[type(node.op)]()
    elif isinstance(node, ast.BoolOp):
        node.op = ast.And() if isinstance(node.op, ast.Or) else ast.Or()
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        node.operand = ast.UnaryOp(ast.Not(), node.operand)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        node.value = not node.value if isinstance(node.value, bool) else node.value + 1
    elif isinstance(node, ast.IfExp | ast.If):
        node.test = ast.UnaryOp(ast.Not(), node.test)
    else:
        return False
    return True


def places(file: Path) -> list[int]:
    """Return which nodes of a file, in the order of a walk, can be changed; annotations and sizes of caches apart."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    quiet = {id(inner) for node in ast.walk(tree) for part in ("annotation", "returns")
             if (held := getattr(node, part, None)) is not None for inner in ast.walk(held)}  # fmt: skip
    checks = (node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test))
    guards = {id(inner) for node in checks for inner in ast.walk(node)}
    made = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef))
    guards |= {id(inner) for node in made for mark in node.decorator_list for inner in ast.walk(mark)}
    lengths = (node for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "strict")
    guards |= {id(inner) for node in lengths for inner in ast.walk(node)}  # of what is equally long anyway
    return [k for k, node in enumerate(ast.walk(tree)) if id(node) not in quiet | guards and changed(node)]


def mutant(file: Path, place: int) -> tuple[str, range]:
    """Return the text of a file with one node changed, and the lines of the node."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    node: Any = list(ast.walk(tree))[place]
    changed(node)
    last = node.test if isinstance(node, ast.If) else node
    return ast.unparse(ast.fix_missing_locations(tree)), range(node.lineno, last.end_lineno + 1)


class Asked:
    """A plugin of pytest that keeps some tests, in an order, and notes the time and the lines of each."""

    def __init__(self, order: list[str] | None = None, tracer: Any = None) -> None:
        self.order, self.tracer, self.seconds = order, tracer, Counter[str]()

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if self.order is not None:
            place = {name: k for k, name in enumerate(self.order)}
            items[:] = sorted((item for item in items if item.nodeid in place), key=lambda item: place[item.nodeid])

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        if self.tracer is not None:
            self.tracer.switch_context(nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] += report.duration if report.outcome == "passed" else float("inf")


class Yard:
    """A copy of the project in which mutants of a package are tried, each in a process of its own."""

    def __init__(self, folder: str, package: str) -> None:
        self.tree, self.package = Path(folder), package
        for part in PARTS:
            (shutil.copytree if (ROOT / part).is_dir() else shutil.copy2)(ROOT / part, self.tree / part)
        os.chdir(self.tree)
        os.environ["PYTHONPATH"] = folder
        sys.path[:] = [folder, *(place for place in sys.path if Path(place).resolve() not in (ROOT, self.tree))]
        del sys.modules["tests"]  # that of the project
        for name in HEAVY:
            __import__(name)
        if self._apart(self._trace, 3_600):
            raise SystemExit((self.tree / "log").read_text(encoding="utf-8"))
        self.seconds, self.reached = json.loads((self.tree / "reached.json").read_text(encoding="utf-8"))

    def killed(self, file: Path, place: int) -> bool:
        """Return whether a test fails, or does not end, where one node of a file is changed."""
        text, lines = mutant(file, place)
        here = self.tree / file.relative_to(ROOT)
        order = self._order(str(file.relative_to(ROOT)), lines)
        here.write_text(text, encoding="utf-8")
        os.utime(here, (0, 0))  # of another time than what is compiled
        try:
            return any(self._apart(partial(self._try, part), 20 + 3 * sum(map(self.seconds.get, part)))
                       for part in (order[:FIRST], order[FIRST:]) if part)  # fmt: skip
        finally:
            shutil.copy2(file, here)

    def _order(self, file: str, lines: range) -> list[str]:
        """Return the tests that reach a line, then those that reach the file, the fastest first, as time allows."""
        reached = self.reached.get(file, {})
        near = {test for line in lines for test in reached.get(str(line), ())}
        tests = near.union(*reached.values())
        found, total = [], 0.0
        for test in sorted(tests, key=lambda test: (test not in near, self.seconds.get(test, float("inf")), test)):
            total += self.seconds.get(test, float("inf"))
            if total <= ENOUGH_SECONDS or (not found and total < float("inf")):
                found.append(test)
        return found

    def _try(self, order: list[str]) -> int:
        sys.dont_write_bytecode = True
        files = dict.fromkeys(test.partition("::")[0] for test in order)
        code = self._test(Asked(order), "-x", *files)
        return 0 if code == pytest.ExitCode.NO_TESTS_COLLECTED else code

    def _test(self, asked: Asked, *options: str) -> int:
        quiet = ["-q", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
        return pytest.main([*quiet, *options], plugins=[asked])

    def _trace(self) -> int:
        """Run all tests of the package; keep how long each takes, and which of them reach which lines."""
        import coverage

        sys.dont_write_bytecode = False  # what is compiled now serves all mutants
        tracer = coverage.Coverage(data_file=None, config_file=False, include=[f"{self.tree}/cidmesa/{self.package}/*"])
        asked = Asked(tracer=tracer)
        tracer.start()
        self._test(asked, *TESTS[self.package])
        tracer.stop()
        data = tracer.get_data()
        lines = {file: data.contexts_by_lineno(file) for file in data.measured_files()}
        reached = {str(Path(file).relative_to(self.tree)): lines[file] for file in lines}
        (self.tree / "reached.json").write_text(json.dumps([asked.seconds, reached]), encoding="utf-8")
        return 0

    def _apart(self, task: Callable[[], int], seconds: float) -> int:
        """Return how a task ends that is run in a process of its own, in at most so much time of the processor."""

        def run() -> None:
            resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
            with Path("log").open("w", encoding="utf-8") as log:
                os.dup2(log.fileno(), 1)
                os.dup2(log.fileno(), 2)
                sys.exit(int(task()))

        process = multiprocessing.get_context("fork").Process(target=run)
        process.start()
        process.join(10 * seconds)  # one that only waits uses no time of the processor
        process.kill()
        process.join()
        return process.exitcode or 0


def sampled(package: str, count: int, seed: int) -> list[tuple[Path, int]]:
    """Return files of a package, each with a place that can be changed."""
    files = [file for file in sorted((ROOT / "cidmesa" / package).rglob("*.py")) if file.name != "__init__.py"]
    every = [(file, place) for file in files for place in places(file)]
    return random.Random(seed).sample(every, min(count, len(every)))


def placed(asked: str) -> list[tuple[Path, int]]:
    """Return all places of a line, given as FILE:LINE, that can be changed."""
    name, _, line = asked.partition(":")
    return [(ROOT / name, place) for place in places(ROOT / name) if mutant(ROOT / name, place)[1].start == int(line)]


def survivors(package: str, chosen: list[tuple[Path, int]]) -> tuple[list[str], int]:
    """Return the places that no test notices and that `EQUIVALENT` does not explain, and how many died."""
    alive, dead = [], 0
    with tempfile.TemporaryDirectory() as folder:
        yard = Yard(folder, package)
        for number, (file, place) in enumerate(chosen, 1):
            line = mutant(file, place)[1].start
            if yard.killed(file, place):
                dead += 1
            elif said(file, line) not in EQUIVALENT:
                alive.append(f"{file.relative_to(ROOT)}:{line}: {said(file, line)}")
                sys.stdout.write(f"survives: {alive[-1]} (place {place})\n")
            sys.stdout.write(f"{package}: {dead} killed, {len(alive)} alive of {number}\n")
            sys.stdout.flush()
    return alive, dead


def said(file: Path, line: int) -> str:
    """Return a line as it stands."""
    return file.read_text(encoding="utf-8").splitlines()[line - 1].strip()


def main(package: str, *asked: str) -> int:
    """Print the score of a sample and what survives; return 1 if fewer than 85 % are killed."""
    count, seed = (*map(int, asked), 1)[:2] if ":" not in asked[0] else (0, 1)
    chosen = sampled(package, count, seed) if count else [one for text in asked for one in placed(text)]
    alive, dead = survivors(package, chosen)
    return int(len(alive) > (1 - ENOUGH) * (len(alive) + dead))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
