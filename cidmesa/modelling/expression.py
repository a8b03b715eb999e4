"""Safe expressions: text from a model file is parsed by a whitelist and never executed as code."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import pairwise
from operator import itemgetter
from typing import TYPE_CHECKING

from cidmesa.errors import near_miss, normal
from cidmesa.modelling.compiling import ExpressionError, compiled, parsed
from cidmesa.modelling.numbers import as_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cidmesa.modelling.compiling import Code, Environment
    from cidmesa.modelling.numbers import Number, State

__all__ = ["Expression", "ExpressionError", "compared", "number_or_expression"]

_QUOTE = "Put quotes round it if it is meant as a state."


@dataclass(frozen=True)
class Expression:
    """An expression over names (parents, parameters) that evaluates to a number or a state.

    Numbers are exact (``1/3``, ``0.1``). An expression may use ``+ - * / ** %``, comparisons (also chained),
    ``and or not``, ``x if c else y``, ``in``, and ``min max abs round floor ceil sum exp log sqrt``; nothing else
    parses.

    Raises:
        ExpressionError: the text cannot be read; the message names the column and what to write instead.

    >>> Expression("1/3 + 0.1")({})
    Fraction(13, 30)
    >>> Expression("2 if A == 'a' else -1")({"A": "a"}), Expression("B * A + mu").names
    (2, ('A', 'B', 'mu'))
    >>> Expression("__import__('os')")
    Traceback (most recent call last):
    cidmesa.modelling.compiling.ExpressionError: in the expression "__import__('os')", column 1: ...

    """

    text: str
    _tree: ast.expr = field(init=False, repr=False, compare=False)
    _code: Code = field(init=False, repr=False, compare=False)
    names: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", normal(self.text.strip()))
        for name, value in zip(("_tree", "_code", "names"), _read(self.text), strict=True):
            object.__setattr__(self, name, value)

    @cached_property
    def steps(self) -> int:
        """The cost of an evaluation: one step for each part, and more for powers of large numbers."""
        return sum(map(_steps, ast.walk(self._tree)))

    def column_of(self, name: str) -> int:
        """Return the column (from 1) at which ``name`` first occurs."""
        places = [n.col_offset for n in ast.walk(self._tree) if isinstance(n, ast.Name) and n.id == name]
        return min(places, default=0) + 1

    def check_names(self, known: Mapping[str, object] | tuple[str, ...], what: str, remedy: str = "") -> None:
        """Raise ExpressionError unless every free name is among ``known``, described as ``what``."""
        for name in self.names:
            if name not in known:
                there = f" Known here: {', '.join(known)}." if known else ""
                said = f"{name!r} is not {what}.{near_miss(name, known)}{there} {remedy or _QUOTE}"
                raise ExpressionError(self.text, self.column_of(name), said)

    def __call__(self, environment: Environment) -> State:
        """Return the value under ``environment``; truth values are returned as 1 and 0."""
        value = self._code(environment)
        return value if isinstance(value, str) else as_number(value)

    def renamed(self, names: Mapping[str, str]) -> Expression:
        """Return the expression with free names replaced by other names.

        >>> str(Expression("A == 'A'").renamed({"A": "A1"}))
        "A1 == 'A'"
        """
        tree = _Renamer(names).visit(parsed(self.text))
        return Expression(ast.unparse(tree))

    def __getstate__(self) -> str:
        return self.text

    def __setstate__(self, text: str) -> None:
        object.__setattr__(self, "text", text)
        self.__post_init__()

    def __str__(self) -> str:
        return self.text


@lru_cache(maxsize=2**12)
def _read(text: str) -> tuple[ast.expr, Code, tuple[str, ...]]:
    """Return the syntax tree of a text, the function that evaluates it, and the free names, sorted."""
    tree = parsed(text)
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    found = (node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called)
    return tree, compiled(text, tree), tuple(sorted(set(found)))


def number_or_expression(given: object) -> Number | Expression:
    """Return a number or an expression from a number or text; text without names is evaluated to a number.

    >>> number_or_expression("1/3"), str(number_or_expression("1 - p"))
    (Fraction(1, 3), '1 - p')
    """
    if isinstance(given, Expression):
        return given
    if not isinstance(given, str):
        return as_number(given)
    expression = Expression(given)
    return expression if expression.names else as_number(expression({}))


@lru_cache(maxsize=2**12)
def compared(expression: Expression) -> tuple[tuple[str, str, int], ...]:
    """Return the names that an expression compares with quoted states, with the state and its column.

    >>> compared(Expression("A == 'a' or 'b' != B or C in ('c', 'd')"))
    (('A', 'a', 6), ('B', 'b', 13), ('C', 'c', 31), ('C', 'd', 36))
    """
    comparisons = [node for node in ast.walk(ast.parse(expression.text, mode="eval")) if isinstance(node, ast.Compare)]
    pairs = [pair for node in comparisons for pair in pairwise([node.left, *node.comparators])]
    found = [
        (name.id, text.value, text.col_offset + 1)
        for pair in pairs
        for name, other in (pair, pair[::-1])
        if isinstance(name, ast.Name)
        for text in getattr(other, "elts", [other])
        if isinstance(text, ast.Constant) and isinstance(text.value, str)
    ]
    return tuple(sorted(found, key=itemgetter(2)))


def _steps(node: ast.AST) -> int:
    """Return the steps for one node of the tree; a power with a known exponent has one for each 8 multiplications."""
    if not isinstance(node, ast.expr):
        return 0
    power = node.right if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) else None
    exponent = power.value if isinstance(power, ast.Constant) and isinstance(power.value, int) else 0
    return 1 + exponent // 8


class _Renamer(ast.NodeTransformer):
    """Replaces names of nodes; names of functions stay."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names

    def visit_Call(self, node: ast.Call) -> ast.Call:
        """Return the call with its arguments renamed."""
        return ast.Call(node.func, [self.visit(argument) for argument in node.args], [])

    def visit_Name(self, node: ast.Name) -> ast.Name:
        """Return the name, or its replacement."""
        return ast.Name(self.names.get(node.id, node.id))
