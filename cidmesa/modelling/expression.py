"""Safe expressions: text from a model file is parsed by a whitelist and never executed as code."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar, TypeAlias, cast

from cidmesa.errors import ModelError, near_miss
from cidmesa.modelling.numbers import Number, State, as_number, show
from cidmesa.modelling.polynomial import Polynomial

__all__ = ["Expression", "ExpressionError"]

MAX_LENGTH = 2_000  # characters
MAX_DEPTH = 40  # levels of nesting
MAX_BITS = 20_000  # of an exact power

_QUOTE = "Put quotes round it if it is meant as a state."
_SIGNS = {  # what does not parse here, though it does elsewhere
    r"(?<![=<>!])=(?!=)": " To compare, write ==.",
    r"&|\||!(?!=)": " Write and, or, not.",
    r"%\s*$": " Write a percentage as a fraction, such as 1/2.",
    r"<>": " Write != for not equal.",
}

Environment: TypeAlias = Mapping[str, State]
_Code: TypeAlias = Callable[[Environment], Any]


class ExpressionError(ModelError):
    """An expression that can't be read or evaluated; ``column`` counts from 1 within the text."""

    def __init__(self, text: str, column: int, what: str) -> None:
        super().__init__(text, column, what)
        self.column = column

    def __str__(self) -> str:
        text, column, what = self.args
        shown = text if len(text) <= 60 else f"{text[:57]}..."
        return f"in the expression {shown!r}, column {column}: {what}"


@dataclass(frozen=True)
class Expression:
    """An expression over names (parents, parameters) that evaluates to a number or a state.

    Numbers are exact (``1/3``, ``0.1``); ``+ - * / ** %``, comparisons (chained too), ``and or not``,
    ``x if c else y``, ``in``, and ``min max abs round floor ceil sum exp log sqrt`` are known; nothing else parses.

    Raises:
        ExpressionError: names the column, what is not understood and what would be.

    >>> Expression("1/3 + 0.1")({})
    Fraction(13, 30)
    >>> Expression("2 if A == 'a' else -1")({"A": "a"}), Expression("B * A + mu").names
    (2, ('A', 'B', 'mu'))
    >>> Expression("__import__('os')")
    Traceback (most recent call last):
    cidmesa.modelling.expression.ExpressionError: in the expression "__import__('os')", column 1: ...

    """

    text: str
    _tree: ast.expr = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", self.text.strip())
        object.__setattr__(self, "_tree", _parse(self.text))
        self._code  # noqa: B018 (compiling is the check)

    @cached_property
    def _code(self) -> _Code:
        return _Compiler(self.text).code(self._tree)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The free names, sorted."""
        called = {id(node.func) for node in ast.walk(self._tree) if isinstance(node, ast.Call)}
        found = (node.id for node in ast.walk(self._tree) if isinstance(node, ast.Name) and id(node) not in called)
        return tuple(sorted(set(found)))

    def column_of(self, name: str) -> int:
        """Return the column (from 1) where ``name`` first stands."""
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
        tree = _Renamer(names).visit(_parse(self.text))
        return Expression(ast.unparse(tree))

    def __getstate__(self) -> str:
        return self.text

    def __setstate__(self, text: str) -> None:
        object.__setattr__(self, "text", text)
        self.__post_init__()

    def __str__(self) -> str:
        return self.text


class _Renamer(ast.NodeTransformer):
    """Replaces names of nodes; names of functions stay."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names

    def visit_Call(self, node: ast.Call) -> ast.Call:
        return ast.Call(node.func, [self.visit(argument) for argument in node.args], [])

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(self.names.get(node.id, node.id))


def _parse(text: str) -> ast.expr:
    if len(text) > MAX_LENGTH:
        raise ExpressionError(text, MAX_LENGTH, f"longer than {MAX_LENGTH} characters. Write a table instead.")
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError as error:
        what = (error.msg or "this does not parse").removeprefix("invalid syntax. ")
        hint = next((hint for sign, hint in _SIGNS.items() if re.search(sign, text)), "")
        raise ExpressionError(text, max(error.offset or 1, 1), f"{what}.{hint}") from None
    except (RecursionError, MemoryError, ValueError):
        raise ExpressionError(text, 1, "nested too deeply or holds a character that can't stand there.") from None


def _numbers_only(function: Callable[..., Any]) -> Callable[..., Any]:
    def checked(*values: Any) -> Any:
        for value in values:
            if isinstance(value, str):
                raise ModelError(f"{value!r} is text, a number is needed")
        return function(*values)

    return checked


def _divide(a: Any, b: Any) -> Any:
    if isinstance(a, Polynomial) or isinstance(b, Polynomial):
        return a / b
    if not b:
        raise ModelError("division by zero")
    return a / b if isinstance(a, float) or isinstance(b, float) else Fraction(a) / Fraction(b)


def _power(base: Any, exponent: Any) -> Any:
    if isinstance(base, Polynomial) or isinstance(exponent, Polynomial):
        return base**exponent
    if not isinstance(base, float) and isinstance(exponent := as_number(exponent), int):
        exact = Fraction(base)
        if max(exact.numerator.bit_length(), exact.denominator.bit_length()) * abs(exponent) > MAX_BITS:
            raise ModelError(f"the power {show(base)} ** {exponent} is too large")
        return exact**exponent
    result = float(base) ** float(exponent)
    if isinstance(result, complex):
        raise ModelError("a root of a negative number")
    return float(result)


def _sqrt(value: Number) -> Number:
    if value < 0:
        raise ModelError("the square root of a negative number")
    if not isinstance(value, float):
        exact = Fraction(value)
        roots = math.isqrt(exact.numerator), math.isqrt(exact.denominator)
        if roots[0] ** 2 == exact.numerator and roots[1] ** 2 == exact.denominator:
            return Fraction(*roots)
    return math.sqrt(value)


def _sum(*values: Number) -> Number:
    return sum(values)


_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: _divide,
    ast.Mod: operator.mod,
    ast.Pow: _power,
}
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {ast.USub: operator.neg, ast.UAdd: operator.pos}
_ORDER: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_EQUALITY: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "min": min,
    "max": max,
    "abs": abs,
    "round": round,
    "floor": math.floor,
    "ceil": math.ceil,
    "sum": _sum,
    "exp": math.exp,
    "log": math.log,
    "sqrt": _sqrt,
}
_MANY = {"min", "max", "sum"}


class _Compiler:
    """Turns the whitelisted part of Python's syntax tree into a closure over an environment."""

    def __init__(self, text: str) -> None:
        self.text = text

    def code(self, node: ast.expr, depth: int = 0) -> _Code:
        if depth > MAX_DEPTH:
            raise self.error(node, f"nested more than {MAX_DEPTH} levels deep. Write a table instead.")
        compile_node = self._KNOWN.get(type(node))
        if compile_node is None:
            raise self.error(node, f"{_describe(node)} is not allowed. {_HELP}")
        return compile_node(self, node, depth + 1)

    def error(self, node: ast.expr, what: str) -> ExpressionError:
        return ExpressionError(self.text, node.col_offset + 1, what)

    def apply(self, node: ast.expr, function: Callable[..., Any], parts: list[_Code]) -> _Code:
        def run(environment: Environment) -> Any:
            values = [part(environment) for part in parts]
            try:
                return function(*values)
            except (ArithmeticError, ValueError, TypeError) as error:  # ModelError is a ValueError
                raise self.error(node, f"{str(error).rstrip('.')}.") from None

        return run

    def constant(self, node: ast.Constant, _: int) -> _Code:
        value = self._exact(node) if isinstance(node.value, float) else node.value
        if not isinstance(value, str | int | Fraction):
            raise self.error(node, f"{node.value!r} is not a number or a quoted state.")
        return lambda _: value

    def _exact(self, node: ast.Constant) -> Fraction:
        source = ast.get_source_segment(self.text, node) or ""
        exponent = source.lower().partition("e")[2]
        if not math.isfinite(cast("float", node.value)) or abs(int(exponent or 0)) > 308:
            raise self.error(node, f"the number {source} is out of range.")
        return Fraction(source)

    def name(self, node: ast.Name, _: int) -> _Code:
        return lambda environment: environment[node.id]

    def binary(self, node: ast.BinOp, depth: int) -> _Code:
        if type(node.op) not in _BINARY:
            raise self.error(node, f"{_describe(node.op)} is not allowed. {_HELP}")
        parts = [self.code(node.left, depth), self.code(node.right, depth)]
        return self.apply(node, _numbers_only(_BINARY[type(node.op)]), parts)

    def unary(self, node: ast.UnaryOp, depth: int) -> _Code:
        operand = self.code(node.operand, depth)
        if isinstance(node.op, ast.Not):
            return lambda environment: not operand(environment)
        if type(node.op) not in _UNARY:
            raise self.error(node, f"{_describe(node.op)} is not allowed. {_HELP}")
        return self.apply(node, _numbers_only(_UNARY[type(node.op)]), [operand])

    def junction(self, node: ast.BoolOp, depth: int) -> _Code:
        parts = [self.code(value, depth) for value in node.values]
        decide = all if isinstance(node.op, ast.And) else any
        return lambda environment: decide(part(environment) for part in parts)

    def choice(self, node: ast.IfExp, depth: int) -> _Code:
        test, yes, no = (self.code(part, depth) for part in (node.test, node.body, node.orelse))
        return lambda environment: yes(environment) if test(environment) else no(environment)

    def comparison(self, node: ast.Compare, depth: int) -> _Code:
        parts = [self.code(part, depth) for part in (node.left, *node.comparators)]
        steps = [self._relation(node, op) for op in node.ops]
        pairs = [self.apply(node, step, [a, b]) for step, a, b in zip(steps, parts, parts[1:], strict=False)]
        return lambda environment: all(pair(environment) for pair in pairs)

    def _relation(self, node: ast.Compare, op: ast.cmpop) -> Callable[[Any, Any], Any]:
        if type(op) in _ORDER:
            return _numbers_only(_ORDER[type(op)])
        if type(op) not in _EQUALITY:
            raise self.error(node, f"{_describe(op)} is not allowed. {_HELP}")
        if isinstance(op, ast.In | ast.NotIn) and not isinstance(node.comparators[-1], ast.Tuple | ast.List):
            raise self.error(node, "'in' needs a list such as ('a', 'b') on its right.")
        return _EQUALITY[type(op)]

    def sequence(self, node: ast.Tuple | ast.List, depth: int) -> _Code:
        parts = [self.code(part, depth) for part in node.elts]
        return lambda environment: [part(environment) for part in parts]

    def call(self, node: ast.Call, depth: int) -> _Code:
        name = node.func.id if isinstance(node.func, ast.Name) else None
        if name not in _FUNCTIONS:
            shown = ast.unparse(node.func)[:40]
            raise self.error(node, f"the function {shown!r} is not known.{near_miss(shown, _FUNCTIONS)} {_HELP}")
        if node.keywords or not node.args or (len(node.args) > 1 and name not in _MANY):
            raise self.error(node, f"{name} takes {'numbers' if name in _MANY else 'one number'}.")
        values = [self.code(argument, depth) for argument in node.args]
        function = _FUNCTIONS[name] if len(values) > 1 or name not in _MANY else (lambda value: value)
        return self.apply(node, _numbers_only(function), values)

    _KNOWN: ClassVar[dict[type[ast.expr], Callable[[_Compiler, Any, int], _Code]]] = {
        ast.Constant: constant,
        ast.Name: name,
        ast.BinOp: binary,
        ast.UnaryOp: unary,
        ast.BoolOp: junction,
        ast.IfExp: choice,
        ast.Compare: comparison,
        ast.Tuple: sequence,
        ast.List: sequence,
        ast.Call: call,
    }


_HELP = (
    "Known: numbers, quoted states, names, + - * / ** %, comparisons, and, or, not, x if c else y, in, "
    f"and {', '.join(_FUNCTIONS)}."
)


def _describe(node: ast.AST) -> str:
    words = {"Attribute": "a dot", "Subscript": "an index", "Lambda": "lambda", "FloorDiv": "//", "Is": "is"}
    return words.get(type(node).__name__, type(node).__name__)
