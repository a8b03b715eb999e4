"""What mechanisms and expressions read: names, expressions, and states that are compared with."""

from __future__ import annotations

import ast
from itertools import pairwise
from operator import itemgetter

from cidmesa.modelling.expression import Expression
from cidmesa.modelling.mechanism import Constant, Distribution, Formula, Function, Lookup, Mechanism, Rows, Same

__all__ = ["compared", "expressions_in", "names_in"]


def names_in(mechanism: Mechanism) -> tuple[str, ...]:
    """Return the names of parents and parameters that a mechanism uses, in order of first use.

    >>> from cidmesa.modelling.mechanism import table
    >>> names_in(table([["a", {"same": "X"}], ["*", {0: "p", 1: "1 - p"}]], ["A"]))
    ('A', 'X', 'p')
    """
    match mechanism:
        case Distribution():
            found = [name for _, p in mechanism.outcomes if isinstance(p, Expression) for name in p.names]
        case Same():
            found = [mechanism.parent]
        case Formula():
            found = list(mechanism.expression.names)
        case Rows():
            inner = [name for _, outcome in mechanism.rows for name in names_in(outcome)]
            found = [*mechanism.parents, *inner]
        case Lookup() | Function():
            found = list(mechanism.parents)
        case Constant():
            found = []
    return tuple(dict.fromkeys(found))


def expressions_in(mechanism: Mechanism) -> tuple[Expression, ...]:
    """Return the expressions in a mechanism, in their order.

    >>> from cidmesa.modelling.mechanism import table
    >>> [str(e) for e in expressions_in(table([["a", {0: "p", 1: "1 - p"}], ["*", 1]], ["A"]))]
    ['p', '1 - p']
    """
    match mechanism:
        case Distribution():
            return tuple(p for _, p in mechanism.outcomes if isinstance(p, Expression))
        case Formula():
            return (mechanism.expression,)
        case Rows():
            return tuple(found for _, outcome in mechanism.rows for found in expressions_in(outcome))
    return ()


def compared(expression: Expression) -> tuple[tuple[str, str, int], ...]:
    """Return which names an expression compares with which quoted states, with the column of the state.

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
