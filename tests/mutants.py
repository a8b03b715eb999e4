"""Mutation testing of a sample: ``python -m tests.mutants PACKAGE COUNT [SEED]`` changes lines; do tests fail?

A mutant is a copy of the package in which one comparison, operator, constant, condition or returned value is another.
It is killed if a test of the package (`TESTS`) fails or does not end. What survives is printed with its place.
"""

from __future__ import annotations

import ast
import os
import random
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
    "solving": ["tests/solving", "tests/games", "cidmesa/solving"],
    "quantities": ["tests/quantities", "tests/laws", "cidmesa/quantities"],
    "mesa": ["tests/mesa", "cidmesa/mesa"],
    "verify": ["tests/verify", "cidmesa/verify"],
}
SECONDS = 600
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
    """Return which nodes of a file, in the order of a walk, can be changed; annotations and ``__all__`` apart."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    quiet = {id(inner) for node in ast.walk(tree) for part in ("annotation", "returns")
             if (held := getattr(node, part, None)) is not None for inner in ast.walk(held)}  # fmt: skip
    checks = (node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test))
    guards = {id(inner) for node in checks for inner in ast.walk(node)}
    return [k for k, node in enumerate(ast.walk(tree)) if id(node) not in quiet | guards and changed(node)]


def mutant(file: Path, place: int) -> tuple[str, int]:
    """Return the text of a file with one node changed, and the line."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    node = list(ast.walk(tree))[place]
    changed(node)
    return ast.unparse(ast.fix_missing_locations(tree)), node.lineno


def killed(file: Path, text: str, package: str) -> bool:
    """Return whether the tests of a package fail where a file has this text."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        for part in ("cidmesa", "tests", "models", "docs", "pyproject.toml", "README.md", "CONTRIBUTING.md"):
            (shutil.copytree if (ROOT / part).is_dir() else shutil.copy)(ROOT / part, tree / part)
        (tree / file.relative_to(ROOT)).write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *TESTS[package]]
        try:
            done = subprocess.run(command, cwd=tree, env=os.environ | {"PYTHONPATH": folder}, capture_output=True,
                                  check=False, timeout=SECONDS)  # fmt: skip
        except subprocess.TimeoutExpired:
            return True
        return done.returncode != 0


def main(package: str, count: int, seed: int) -> int:
    """Print the score of a sample and what survives; return 1 if fewer than 85 % are killed."""
    rng = random.Random(seed)
    files = [file for file in sorted((ROOT / "cidmesa" / package).rglob("*.py")) if file.name != "__init__.py"]
    every = [(file, place) for file in files for place in places(file)]
    sample = rng.sample(every, min(count, len(every)))
    survivors = []
    for number, (file, place) in enumerate(sample, 1):
        text, line = mutant(file, place)
        if not killed(file, text, package):
            survivors.append(f"{file.relative_to(ROOT)}:{line}")
            sys.stdout.write(f"survives: {survivors[-1]}\n")
        sys.stdout.write(f"{package}: {number - len(survivors)} of {number} killed\n")
        sys.stdout.flush()
    return int(len(survivors) > 0.15 * len(sample))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1))
