"""Mutation testing of a sample: ``python -m tests.mutants PACKAGE COUNT [SEED] [near]`` changes lines; do tests fail?

A mutant is a copy of the package in which one comparison, operator, constant, condition or returned value is another.
It is killed if a test of the package (`TESTS`) fails or does not end. With ``near`` only the nearest tests are asked,
so that the score is a lower bound. What survives is printed with its place.
"""

from __future__ import annotations

import ast
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
TESTS = {
    "structure": ["tests/structure", "tests/criteria", "tests/test_gaps.py", "cidmesa/structure"],
    "modelling": ["tests/modelling", "tests/solving", "tests/test_gaps.py", "cidmesa/modelling"],
    "criteria": ["tests/criteria", "tests/laws", "tests/test_gaps.py", "cidmesa/criteria"],
    "solving": ["tests/solving", "tests/games", "tests/counterfactual", "cidmesa/solving"],
    "quantities": ["tests/quantities", "tests/laws", "cidmesa/quantities"],
    "mesa": ["tests/mesa", "cidmesa/mesa"],
    "verify": ["tests/verify", "cidmesa/verify"],
}
SECONDS = 240
ENOUGH = 0.85
NEAR = 2  # test files that are asked first
EQUIVALENT = {  # line -> why no test can notice the change of it that was tried
    "if not problem.small and (soluble or _many_rules(problem)) and (short := _by_beliefs(model, problem)):": (
        "another method with the same answer; only the time differs"
    ),
    "half, mask = size // 2, (1 << size) - 1": "a bit of the mask beyond the size meets no bit of a row",
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


def mutant(file: Path, place: int) -> tuple[str, int]:
    """Return the text of a file with one node changed, and the line."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    node = list(ast.walk(tree))[place]
    changed(node)
    return ast.unparse(ast.fix_missing_locations(tree)), node.lineno


def nearest(file: Path, package: str) -> list[str]:
    """Return the examples of a file, and the tests that name most of what is in it."""
    names = {node.name for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
             if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")}  # fmt: skip
    words = re.compile(rf"\b({'|'.join(map(re.escape, sorted(names | {file.stem})))})\b")
    found = {}
    for place in (ROOT / folder for folder in TESTS[package] if folder.startswith("tests")):
        for test in [place] if place.is_file() else sorted(place.rglob("test_*.py")):
            found[test] = len(words.findall(test.read_text(encoding="utf-8")))
    close = sorted((test for test in found if found[test]), key=found.__getitem__, reverse=True)
    return [str(path.relative_to(ROOT)) for path in (file, *close[:NEAR])]


class Yard:
    """A copy of the project in which mutants are tried one after the other."""

    def __init__(self, folder: str) -> None:
        self.tree = Path(folder)
        for part in ("cidmesa", "tests", "models", "docs", "pyproject.toml", "README.md", "CONTRIBUTING.md"):
            (shutil.copytree if (ROOT / part).is_dir() else shutil.copy)(ROOT / part, self.tree / part)

    def killed(self, file: Path, text: str, package: str, *, near: bool = False) -> bool:
        """Return whether tests fail where a file has this text: the nearest ones, then, unless ``near``, all."""
        here = self.tree / file.relative_to(ROOT)
        here.write_text(text, encoding="utf-8")
        try:
            return self._fail(nearest(file, package)) or (not near and self._fail(TESTS[package]))
        finally:
            shutil.copy(file, here)

    def _fail(self, tests: list[str]) -> bool:
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
        where = os.environ | {"PYTHONPATH": str(self.tree)}
        try:
            done = subprocess.run(command, cwd=self.tree, env=where, capture_output=True, check=False, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            return True
        return done.returncode not in (0, 5)


def sampled(package: str, count: int, seed: int) -> list[tuple[Path, int]]:
    """Return files of a package, each with a place that can be changed."""
    files = [file for file in sorted((ROOT / "cidmesa" / package).rglob("*.py")) if file.name != "__init__.py"]
    every = [(file, place) for file in files for place in places(file)]
    return random.Random(seed).sample(every, min(count, len(every)))


def survivors(package: str, count: int, seed: int, *, near: bool = False) -> tuple[list[str], int]:
    """Return the places of a sample that no test notices and that `EQUIVALENT` does not explain, and how many died."""
    alive, dead = [], 0
    with tempfile.TemporaryDirectory() as folder:
        yard = Yard(folder)
        for number, (file, place) in enumerate(sampled(package, count, seed), 1):
            text, line = mutant(file, place)
            if yard.killed(file, text, package, near=near):
                dead += 1
            elif said(file, line) not in EQUIVALENT:
                alive.append(f"{file.relative_to(ROOT)}:{line}: {said(file, line)}")
                sys.stdout.write(f"survives: {alive[-1]}\n")
            sys.stdout.write(f"{package}: {dead} killed, {len(alive)} alive of {number}\n")
            sys.stdout.flush()
    return alive, dead


def said(file: Path, line: int) -> str:
    """Return a line as it stands."""
    return file.read_text(encoding="utf-8").splitlines()[line - 1].strip()


def main(package: str, count: int, seed: int, *, near: bool) -> int:
    """Print the score of a sample and what survives; return 1 if fewer than 85 % are killed."""
    alive, dead = survivors(package, count, seed, near=near)
    return int(len(alive) > (1 - ENOUGH) * (len(alive) + dead))


if __name__ == "__main__":
    given = [word for word in sys.argv[1:] if word != "near"]
    chosen = int(given[2]) if len(given) > 2 else 1
    sys.exit(main(given[0], int(given[1]), chosen, near="near" in sys.argv))
