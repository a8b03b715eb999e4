"""The whitelisted part of Python's syntax as functions of an environment; everything else is refused."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, ClassVar, TypeAlias, cast

from cidmesa.errors import ModelError, flaw, near_miss
from cidmesa.modelling.numbers import Number, State, as_number, show
from cidmesa.modelling.polynomial import Polynomial

__all__ = ["Code", "Environment", "ExpressionError", "compiled", "parsed"]

MAX_LENGTH = 2_000  # characters

_SIGNS = {  # what does not parse here, though it does elsewhere
    r"(?<![=<>!])=(?!=)": " To compare, write ==.",
    r"&|\||!(?!=)": " Write and, or, not.",
    r"%\s*$": " Write a percentage as a fraction, such as 1/2.",
    r"<>": " Write != for not equal.",
}


class ExpressionError(ModelError):
    """An expression that cannot be read or evaluated; ``column`` counts from 1 within the text."""

    def __init__(self, text: str, column: int, what: str) -> None:
        super().__init__(text, column, what)
        self.column = column

    def __str__(self) -> str:
        text, column, what = self.args
        shown = text if len(text) <= 60 else f"{text[:57]}..."
        return f"in the expression {shown!r}, column {column}: {what}"


def parsed(text: str) -> ast.expr:
    """Return the syntax tree of an expression; ExpressionError says where it does not parse and what to write."""
    if len(text) > MAX_LENGTH:
        raise ExpressionError(text, MAX_LENGTH, f"longer than {MAX_LENGTH} characters. Write a table instead.")
    if wrong := flaw(text, prose=True):
        raise ExpressionError(text, 1, wrong)
    try:
        return _as_written(ast.parse(text, mode="eval").body, text)
    except SyntaxError as error:
        what = (error.msg or "this does not parse").removeprefix("invalid syntax. ")
        hint = next((hint for sign, hint in _SIGNS.items() if re.search(sign, text)), "")
        raise ExpressionError(text, max(error.offset or 1, 1), f"{what}.{hint}") from None
    except (RecursionError, MemoryError, ValueError):
        raise ExpressionError(text, 1, "nested too deeply or holds a character that cannot stand there.") from None


def _as_written(tree: ast.expr, text: str) -> ast.expr:
    """Return the tree with names as written, because Python's parser replaces some letters."""
    for node in () if text.isascii() else ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = ast.get_source_segment(text, node) or node.id
    return tree


MAX_DEPTH = 40  # levels of nesting
MAX_BITS = 20_000  # of an exact power, which may be divided again

Environment: TypeAlias = Mapping[str, State]
Code: TypeAlias = Callable[[Environment], Any]


def compiled(text: str, tree: ast.expr) -> Code:
    """Return the function that evaluates ``tree``, the syntax tree of ``text``.

    Raises:
        ExpressionError: the expression contains something that is not on the whitelist.

    """
    return _Compiler(text).code(tree)


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
        above, below = base.as_integer_ratio()
        if max(above.bit_length(), below.bit_length()) * abs(exponent) > MAX_BITS:
            raise ModelError(f"the power {show(base)} ** {show(exponent)} is too large")
        return base**exponent if exponent >= 0 else Fraction(base) ** exponent
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
    ast.Eq: lambda a, b: _same(a, b),
    ast.NotEq: lambda a, b: not _same(a, b),
    ast.In: lambda a, b: any(_same(a, one) for one in b),
    ast.NotIn: lambda a, b: not any(_same(a, one) for one in b),
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

    def code(self, node: ast.expr, depth: int = 0) -> Code:
        """Return the function for a node of the tree; refuse what is not on the whitelist."""
        if depth > MAX_DEPTH:
            raise self.error(node, f"nested more than {MAX_DEPTH} levels deep. Write a table instead.")
        compile_node = self._KNOWN.get(type(node))
        if compile_node is None:
            raise self.error(node, f"{_describe(node)} is not allowed. {_HELP}")
        return compile_node(self, node, depth + 1)

    def error(self, node: ast.expr, what: str) -> ExpressionError:
        """Return the error that says what is wrong at a node."""
        return ExpressionError(self.text, node.col_offset + 1, what)

    def apply(self, node: ast.expr, function: Callable[..., Any], parts: list[Code]) -> Code:
        """Return the function that applies another to the values of parts; its errors name the column."""

        def run(environment: Environment) -> Any:
            values = [part(environment) for part in parts]
            try:
                return function(*values)
            except (ArithmeticError, ValueError, TypeError) as error:  # ModelError is a ValueError
                raise self.error(node, f"{str(error).rstrip('.')}.") from None

        return run

    def constant(self, node: ast.Constant, _: int) -> Code:
        """Compile a number, exact, or a quoted state."""
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

    def name(self, node: ast.Name, _: int) -> Code:
        """Compile the name of a parent or parameter."""
        return lambda environment: environment[node.id]

    def binary(self, node: ast.BinOp, depth: int) -> Code:
        """Compile arithmetic on two numbers."""
        if type(node.op) not in _BINARY:
            raise self.error(node, f"{_describe(node.op)} is not allowed. {_HELP}")
        parts = [self.code(node.left, depth), self.code(node.right, depth)]
        return self.apply(node, _numbers_only(_BINARY[type(node.op)]), parts)

    def unary(self, node: ast.UnaryOp, depth: int) -> Code:
        """Compile ``not`` or a sign."""
        operand = self.code(node.operand, depth)
        if isinstance(node.op, ast.Not):
            return lambda environment: not operand(environment)
        if type(node.op) not in _UNARY:
            raise self.error(node, f"{_describe(node.op)} is not allowed. {_HELP}")
        return self.apply(node, _numbers_only(_UNARY[type(node.op)]), [operand])

    def junction(self, node: ast.BoolOp, depth: int) -> Code:
        """Compile ``and`` or ``or``."""
        parts = [self.code(value, depth) for value in node.values]
        decide = all if isinstance(node.op, ast.And) else any
        return lambda environment: decide(part(environment) for part in parts)

    def choice(self, node: ast.IfExp, depth: int) -> Code:
        """Compile ``x if c else y``; only the branch that is chosen is evaluated."""
        test, yes, no = (self.code(part, depth) for part in (node.test, node.body, node.orelse))
        return lambda environment: yes(environment) if test(environment) else no(environment)

    def comparison(self, node: ast.Compare, depth: int) -> Code:
        """Compile comparisons, including chained ones."""
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

    def sequence(self, node: ast.Tuple | ast.List, depth: int) -> Code:
        """Compile a list of values, for ``in``."""
        parts = [self.code(part, depth) for part in node.elts]
        return lambda environment: [part(environment) for part in parts]

    def call(self, node: ast.Call, depth: int) -> Code:
        """Compile the call of a known function of one number or of several."""
        name = node.func.id if isinstance(node.func, ast.Name) else None
        if name not in _FUNCTIONS:
            shown = ast.unparse(node.func)[:40]
            raise self.error(node, f"the function {shown!r} is not known.{near_miss(shown, _FUNCTIONS)} {_HELP}")
        if node.keywords or not node.args or (len(node.args) > 1 and name not in _MANY):
            raise self.error(node, f"{name} takes {'numbers' if name in _MANY else 'one number'}.")
        values = [self.code(argument, depth) for argument in node.args]
        function = _FUNCTIONS[name] if len(values) > 1 or name not in _MANY else (lambda value: value)
        return self.apply(node, _numbers_only(function), values)

    _KNOWN: ClassVar[dict[type[ast.expr], Callable[[_Compiler, Any, int], Code]]] = {
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


def _same(a: Any, b: Any) -> Any:
    """Return whether two values are the same; ``True`` and ``False`` equal their text."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a == b or (isinstance(a, str) != isinstance(b, str) and str(a) == str(b))
    return a == b


_HELP = (
    "Known: numbers, quoted states, names, + - * / ** %, comparisons, and, or, not, x if c else y, in, "
    f"and {', '.join(_FUNCTIONS)}."
)


def _describe(node: ast.AST) -> str:
    words = {"Attribute": "a dot", "Subscript": "an index", "Lambda": "lambda", "FloorDiv": "//", "Is": "is"}
    return words.get(type(node).__name__, type(node).__name__)
