"""The size of the package, counted; ``python -m tests.house`` prints what ``test_house.py`` holds to ceilings."""

from __future__ import annotations

import ast
import statistics
import subprocess
import sys
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "cidmesa"
FILES = tuple(sorted(PACKAGE.rglob("*.py")))
LONG = 350  # lines of a file
COMMAND = ("deception", "hubinger2019/two-corners")
_TRACED = """
import inspect, sys, threading
entered = set()
def seen(frame, event, arg):
    if event == "call" and frame.f_code.co_flags & inspect.CO_OPTIMIZED:  # a function, no module and no class
        entered.add(frame.f_code.co_filename)
threading.setprofile(seen)
sys.setprofile(seen)
from cidmesa.cli.main import main
try:
    main({arguments})
except SystemExit:
    pass
sys.setprofile(None)
loaded = {{getattr(module, "__file__", None) or "" for module in [*sys.modules.values()]}}
for mark, files in ("entered", entered), ("loaded", loaded):
    for file in sorted(files):
        if file.startswith({package}):
            print(mark, file, file=sys.stderr)
"""


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


@cache
def _tree(file: Path) -> ast.Module:
    return ast.parse(_text(file))


def _name(file: Path) -> str:
    parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def lines(file: Path) -> int:
    """Return how many lines a file has."""
    return len(_text(file).splitlines())


def _room(file: Path) -> str:
    first = file.relative_to(PACKAGE).parts[0]
    return "." if first.endswith(".py") else first


def rooms() -> dict[str, int]:
    """Return the lines of each folder of the package and of the files beside them."""
    found: dict[str, int] = {}
    for file in FILES:
        found[_room(file)] = found.get(_room(file), 0) + lines(file)
    return found


def bodies() -> list[tuple[int, str]]:
    """Return how many lines the body of each function has, without its docstring, and where it is."""
    return sorted(
        (_span(node), f"{file.relative_to(PACKAGE)}:{node.lineno} {node.name}")
        for file in FILES
        for node in ast.walk(_tree(file))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def _span(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def _imports(file: Path) -> list[ast.Import | ast.ImportFrom]:
    return [node for node in ast.walk(_tree(file)) if isinstance(node, ast.Import | ast.ImportFrom)]


def import_share() -> float:
    """Return the share of all lines that are import statements, in per cent."""
    spent = sum((node.end_lineno or 0) - node.lineno + 1 for file in FILES for node in _imports(file))
    return 100 * spent / sum(map(lines, FILES))


def import_depth() -> int:
    """Return the length of the longest chain of modules of which each imports the next when it is loaded."""
    known = {_name(file): file for file in FILES}

    def needed(name: str) -> set[str]:
        stated = [node for node in _tree(known[name]).body if isinstance(node, ast.ImportFrom) and node.module]
        named = [(node.module or "", f"{node.module}.{alias.name}") for node in stated for alias in node.names]
        return {inner if inner in known else module for module, inner in named} & known.keys() - {"cidmesa"}

    @cache
    def depth(name: str) -> int:
        return 1 + max(map(depth, needed(name)), default=0)

    return max(map(depth, known))


def formatter_off() -> int:
    """Return in how many lines the formatter is told to look away."""
    return sum(_text(file).count("fmt: " + "skip") for file in FILES)


def concept_literals() -> dict[str, int]:
    """Return in how many files each incentive concept's key stands as a string, docstrings left out."""
    from cidmesa.criteria.concepts import CONCEPTS

    return {key: sum(key in _strings(file) for file in FILES) for key in CONCEPTS}


def _strings(file: Path) -> set[str]:
    return {
        node.value for node in ast.walk(_tree(file)) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def same_basenames() -> list[str]:
    """Return the names that several files of a room have."""
    named = [f"{_room(file)}: {file.stem}" for file in FILES if not file.stem.startswith("__")]
    return sorted({name for name in named if named.count(name) > 1})


@cache
def on_the_way() -> dict[str, list[str]]:
    """Return the files that the command about deception loads, and those of which it calls a function ("entered")."""
    code = _TRACED.format(arguments=list(COMMAND), package=repr(str(PACKAGE)))
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    marked = [line.split(" ", 1) for line in found.stderr.splitlines() if line.startswith(("entered ", "loaded "))]
    return {m: [str(Path(f).relative_to(PACKAGE)) for mark, f in marked if mark == m] for m in ("entered", "loaded")}


def counts() -> dict[str, float]:
    """Return all figures by name."""
    sizes = [size for size, _ in bodies()]
    return {
        "lines": sum(map(lines, FILES)),
        "files": len(FILES),
        "files over 350 lines": sum(lines(file) > LONG for file in FILES),
        "functions": len(sizes),
        "median body": statistics.median(sizes),
        "longest body": max(sizes),
        "import depth": import_depth(),
        "imports in % of lines": round(import_share(), 1),
        "lines with fmt: skip": formatter_off(),
        "files with a concept's name": max(concept_literals().values()),
        "basenames twice in a room": len(same_basenames()),
        "files that the command loads": len(on_the_way()["loaded"]),
        "files that the command enters": len(on_the_way()["entered"]),
    }


if __name__ == "__main__":
    table = [f"{title:32}{figure:>8}" for title, figure in (*counts().items(), *rooms().items())]
    longest = [f"{size:4} {place}" for size, place in bodies()[-5:]]
    sys.stdout.write("\n".join([*table, *longest, ""]))
