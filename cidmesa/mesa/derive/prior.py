"""Priors over specifications: by weight, even, by simplicity, by speed."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, log2
from typing import TYPE_CHECKING, TypeAlias

from cidmesa.errors import NotApplicable, near_miss
from cidmesa.frozen import Frozen
from cidmesa.mesa.spec import choices
from cidmesa.mesa.targets import targets_of
from cidmesa.modelling.expression import Expression
from cidmesa.modelling.numbers import show
from cidmesa.modelling.parameter import number_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cidmesa.mesa.spec import MesaSpec
    from cidmesa.mesa.training import TrainingProcess

__all__ = ["Prior", "Simplicity", "bits_of", "simplicity", "speed", "weights_of"]

OPERATORS = (
    "+",
    "-",
    "*",
    "/",
    "**",
    "%",
    "neg",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "in",
    "not in",
    "and",
    "or",
    "not",
    "if",
    "min",
    "max",
    "abs",
    "round",
    "floor",
    "ceil",
    "sum",
    "exp",
    "log",
    "sqrt",
    "tuple",
)


@dataclass(frozen=True)
class Simplicity(Frozen):
    """The prior 2^-bits, divided by the time where one is given; see `simplicity` and `speed`."""

    bits: Mapping[str, int] | None = None
    time: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return "by speed, 2^-bits / time" if self.time else "by simplicity, 2^-bits"


Prior: TypeAlias = "str | Mapping[str, object] | Simplicity"


def simplicity(bits: Mapping[str, int] | None = None) -> Simplicity:
    """Return the prior with weight 2^-n for a specification of n bits, counted by `bits_of` if left out.

    >>> print(simplicity({"schemer": 4, "internal": 6}))
    by simplicity, 2^-bits
    """
    return Simplicity(bits)


def speed(bits: Mapping[str, int] | None, time: Mapping[str, object]) -> Simplicity:
    """Return the prior 2^-bits / time, with a time for each specification.

    >>> print(speed({"schemer": 4, "internal": 6}, {"schemer": 3, "internal": 1}))
    by speed, 2^-bits / time
    """
    return Simplicity(bits, time)


def weights_of(prior: Prior, training: TrainingProcess, specs: Mapping[str, MesaSpec]) -> dict[str, Fraction]:
    """Return the weight of each specification; they sum to 1.

    Raises:
        NotApplicable: the prior is unknown, a specification has no weight, or a weight is not positive.

    """
    given = _given(prior, training, specs)
    _check(given, specs)
    total = sum(given.values(), start=Fraction(0))
    if total <= 0 or min(given.values()) < 0:
        raise NotApplicable("the weights of a prior must not be negative, and one must be positive.")
    return {name: given[name] / total for name in specs}


def _given(prior: Prior, training: TrainingProcess, specs: Mapping[str, MesaSpec]) -> dict[str, Fraction]:
    if isinstance(prior, Simplicity):
        return _by_bits(prior, training, specs)
    if isinstance(prior, Mapping):
        return {name: Fraction(number_of(weight)) for name, weight in prior.items()}
    if prior == "even":
        return dict.fromkeys(specs, Fraction(1))
    raise NotApplicable(
        f"the prior {prior!r} is not known.{near_miss(prior, ['even'])} Give weights by name, 'even', "
        "cm.families.simplicity() or cm.families.speed(...)."
    )


def _check(given: Iterable[str], specs: Mapping[str, MesaSpec]) -> None:
    for name in given:
        if name not in specs:
            known = ", ".join(specs)
            raise NotApplicable(
                f"the prior names {name!r}, which is not a specification.{near_miss(name, specs)} There are: {known}."
            )
    if missing := [name for name in specs if name not in given]:
        raise NotApplicable(f"the prior gives no weight to {missing[0]!r}.")


def _by_bits(prior: Simplicity, training: TrainingProcess, specs: Mapping[str, MesaSpec]) -> dict[str, Fraction]:
    known = prior.bits or {}
    for given in (known, prior.time):
        _check([*given, *specs], specs)
    bits = {name: known[name] if name in known else bits_of(training, spec) for name, spec in specs.items()}
    times = {name: Fraction(number_of(prior.time.get(name, 1))) for name in specs}
    return {name: Fraction(1, 2 ** bits[name]) / times[name] for name in specs}


# --- counting bits --------------------------------------------------------------------------------------------------


def bits_of(training: TrainingProcess, spec: MesaSpec) -> int:
    r"""Return the length of a specification in a prefix code, so that :math:`\sum 2^{-bits} \le 1`.

    Each toggle takes ceil(log2 of its values) bits. For each episode a bit says whether it has a target; a target is
    its expression tree in preorder: a node takes ceil(log2) of the number of symbols, which are the operators, the
    process's names and states, and "number"; a number takes a sign bit and the Elias-gamma codes of its absolute
    numerator + 1 and its denominator. Renaming changes nothing.
    Source: Elias 1975, "Universal codeword sets and representations of the integers", for the code of integers.

    Raises:
        NotApplicable: a target is not an expression.

    >>> import cidmesa as cm
    >>> t = cm.builders.episodes(1, 1)
    >>> short, long = ("A == 'b'", "A == 'b' and A != 'a'")
    >>> [bits_of(t, cm.MesaSpec(target=text, scope="updates")) for text in (short, long)]
    [46, 94]

    """
    toggles = sum(ceil(log2(len(words))) for words in choices().values())
    targets = targets_of(training, spec.target, spec.agent)
    states = {
        show(state)
        for node in training.cid.nodes
        if training.cid.kind(node) == "chance"
        for state in training.model.domain(node)
    }
    size = ceil(log2(len(OPERATORS) + len(training.cid.nodes) + len(training.model.parameters) + len(states) + 1))
    trees = [_tree(str(target.value)) for target in targets.values()]
    return toggles + len(training.episodes) + sum(_code(node, size) for tree in trees for node in tree)


def _tree(text: str) -> list[ast.expr]:
    """Return the nodes of an expression that the code spells out; chains of operators count each operator."""
    found: list[ast.expr] = []
    for node in ast.walk(ast.parse(Expression(text).text, mode="eval").body):
        if isinstance(node, ast.BoolOp):
            found += [node] * (len(node.values) - 1)
        elif isinstance(node, ast.Compare):
            found += [node] * (2 * len(node.ops) - 1)
        elif isinstance(node, ast.expr):
            found.append(node)
    called = {id(node.func) for node in found if isinstance(node, ast.Call)}
    return [node for node in found if id(node) not in called]


def _code(node: ast.expr, size: int) -> int:
    if isinstance(node, ast.Constant) and not isinstance(node.value, str):
        number = Fraction(str(node.value))
        return size + 1 + _gamma(abs(number.numerator) + 1) + _gamma(number.denominator)
    if isinstance(node, ast.Call | ast.Tuple | ast.List):  # how many parts it has
        return size + _gamma(len(node.args if isinstance(node, ast.Call) else node.elts) + 1)
    return size


def _gamma(number: int) -> int:
    return 2 * (number.bit_length() - 1) + 1
