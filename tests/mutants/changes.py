"""Changes of source text, and of functions that are loaded."""

from __future__ import annotations

import ast
import gc
import inspect
from pathlib import Path
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ROOT", "loaded", "mutant", "placed", "places", "said"]

ROOT = Path(__file__).parent.parent.parent
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
    shaped = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and "reshape" in ast.dump(node.func))
    guards |= {
        id(one.operand) for node in shaped for one in node.args if isinstance(one, ast.UnaryOp)
    }  # -1: any number
    return [k for k, node in enumerate(ast.walk(tree)) if id(node) not in quiet | guards and changed(node)]


def mutant(file: Path, place: int) -> tuple[ast.Module, range]:
    """Return a file with one node changed, and the lines of the node."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    node: Any = list(ast.walk(tree))[place]
    changed(node)
    last = node.test if isinstance(node, ast.If) else node
    return ast.fix_missing_locations(tree), range(node.lineno, last.end_lineno + 1)


def placed(asked: str) -> list[tuple[Path, int]]:
    """Return all places of a line, given as FILE:LINE, that can be changed."""
    name, _, line = asked.partition(":")
    return [(ROOT / name, place) for place in places(ROOT / name) if mutant(ROOT / name, place)[1].start == int(line)]


def said(file: Path, line: int) -> str:
    """Return a line as it stands."""
    return file.read_text(encoding="utf-8").splitlines()[line - 1].strip()


def loaded(file: Path, tree: ast.Module, here: str) -> bool:
    """Put a changed file in the place of that which is loaded from ``here``; return whether its functions allow it."""
    old = ast.parse(file.read_text(encoding="utf-8"))
    try:
        pairs = list(_paired(*(compile(one, here, "exec", dont_inherit=True) for one in (old, tree))))
    except ValueError:  # other functions
        return False
    if any(_plain(one) != _plain(other) for one, other in pairs if not one.co_flags & inspect.CO_OPTIMIZED):
        return False  # what runs when the file is imported has done so
    codes = {one: other for one, other in pairs if one != other and one.co_flags & inspect.CO_OPTIMIZED}
    functions = [value for value in gc.get_objects() if isinstance(value, FunctionType)
                 and value.__code__.co_filename == here and value.__code__ in codes]  # fmt: skip
    for function in functions:
        function.__code__ = codes[function.__code__]
    return bool(functions)


def _paired(one: CodeType, other: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    yield one, other
    inner = ([const for const in code.co_consts if isinstance(const, CodeType)] for code in (one, other))
    for pair in zip(*inner, strict=True):
        yield from _paired(*pair)


def _plain(code: CodeType) -> tuple[object, ...]:
    return code.co_code, code.co_names, *(repr(const) for const in code.co_consts if not isinstance(const, CodeType))
