"""Whether a statement holds for all values of some parameters, and where two descriptions of a region differ."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal

from cidmesa.display import Displays
from cidmesa.errors import NeedsPackage, NotApplicable
from cidmesa.frozen import Frozen
from cidmesa.modelling.expression import Expression
from cidmesa.symbolic.exploration import Answer
from cidmesa.symbolic.regions import MAX_CELLS, examine

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cidmesa.symbolic.condition import Condition, Piece

__all__ = ["Proof", "difference", "proof_of"]

Status = Literal["proved", "refuted", "undetermined"]


@dataclass(frozen=True, repr=False)
class Proof(Frozen, Displays):
    """Whether a statement holds for all parameter values in range (under the assumptions); true iff it is proved.

    "refuted": at ``counterexample`` (parameter -> number) it does not hold; ``confirmed``: the same algorithm on plain
    numbers says so, too (``None`` where the point is irrational). "undetermined": neither was found. ``condition`` is
    the certificate: the cells that were looked at. Made by `prove`.

    Source: ours.

    >>> import cidmesa as cm
    >>> found = cm.prove("hubinger2019/two-corners", "deceptive", of="deceptive", over=["mu"], assuming="mu > 1/2")
    >>> found.status, bool(found)
    ('proved', True)

    """

    status: Status
    condition: Condition
    counterexample: Mapping[str, Any]
    confirmed: bool | None = None

    def __bool__(self) -> bool:
        return self.status == "proved"

    def to_json(self) -> dict[str, Any]:
        """Return status, counterexample and condition as plain data."""
        point = {name: str(value) for name, value in self.counterexample.items()}
        return {
            "status": self.status,
            "counterexample": point,
            "confirmed": self.confirmed,
            "condition": self.condition.to_json(),
        }

    def to_text(self) -> str:
        """Return the verdict with the reason for it."""
        if self.status == "proved":
            return f"proved for all values in range ({len(self.condition.pieces)} pieces): {self.condition.to_text()}"
        if self.status == "undetermined":
            return f"undetermined: {self.condition.to_text()}"
        at = ", ".join(f"{name} = {value}" for name, value in self.counterexample.items()) or "the given values"
        return f"refuted at {at}: {self.condition.to_text()}"

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        return f"Proof({self.to_text()})"


def proof_of(condition: Condition, ask: Callable[[Mapping[str, Any]], bool]) -> Proof:
    """Return what a condition says of all values; ``ask`` decides a rational counterexample again, on plain numbers.

    >>> from cidmesa.modelling.parameter import parameter
    >>> from cidmesa.symbolic.regions import condition_of
    >>> def ask(at): return at["p"] * (1 - at["p"]) <= at["top"]
    >>> free = [parameter("p", 0, 1), parameter("top", "1/4", 1)]
    >>> bool(proof_of(condition_of(ask, free), ask))
    True
    >>> found = proof_of(condition_of(ask, [free[0], parameter("top", 0, 1)]), ask)
    >>> found.status, found.confirmed
    ('refuted', True)
    """
    against = [piece for piece in condition.pieces if piece.holds is not True]
    if not against:
        return Proof("proved" if condition.complete else "undetermined", condition, {})
    worst: Piece = next((piece for piece in against if piece.point.rational), against[0])
    confirmed = _denied(ask, worst) if worst.point.rational else None
    return Proof("refuted", condition, worst.sample, confirmed)


def _denied(ask: Callable[[Mapping[str, Any]], bool], piece: Piece) -> bool:
    from cidmesa.errors import CidmesaError

    try:
        return not ask(piece.sample)
    except CidmesaError:
        return piece.holds is None  # there is no answer there


def difference(condition: Condition, expected: Expression) -> dict[str, Any]:
    """Return a point in range where a condition and an expression differ, nothing if they agree everywhere.

    Raises:
        NotApplicable: the condition is not complete, so that this can't be said.
        NeedsPackage: it would be with z3.
        ModelError: the expression names something that is not free.

    >>> from cidmesa.modelling.parameter import parameter
    >>> from cidmesa.symbolic.regions import condition_of
    >>> found = condition_of(lambda at: 3 * at["p"] > 1, [parameter("p", 0, 1)])
    >>> difference(found, Expression("p - 1/3 > 0")), difference(found, Expression("p >= 1/3"))
    ({}, {'p': Fraction(1, 3)})

    """
    expected.check_names(condition.names, "a free parameter")
    if not condition.complete:
        if len(condition.parameters) > MAX_CELLS and find_spec("z3") is None:
            raise NeedsPackage("three free parameters and more need z3: pip install 'cidmesa[proof]'.")
        raise NotApplicable("the condition is not known everywhere. Free fewer parameters or narrow their ranges.")
    given = Expression(condition.assuming) if condition.assuming else None

    def agree(values: Mapping[str, Any]) -> Answer:
        if given is not None and not given(values):
            return Answer(None, outside=True)
        return Answer(condition.formula.at(values) == bool(expected(values)))

    found = examine(agree, condition.parameters)
    if not found.complete:
        raise NotApplicable("whether the regions agree is not known everywhere. Free fewer parameters.")
    differing = [cell.point for cell in found.cells if cell.answer.holds is False]
    best = next((point for point in differing if point.rational), None) or next(iter(differing), None)
    return best.values() if best is not None else {}
