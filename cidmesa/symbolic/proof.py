"""From a question about numbers to the exact region of the parameters; proofs, and where two regions differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal

from cidmesa.display import Displays
from cidmesa.errors import CidmesaError, NeedsPackage, NotApplicable
from cidmesa.frozen import Frozen
from cidmesa.modelling.expression import Expression
from cidmesa.symbolic.condition import Condition, Piece
from cidmesa.symbolic.exploration import Answer, Cell, Exploration, Path, explore, explored
from cidmesa.symbolic.formula import Formula, formula_of, tells
from cidmesa.symbolic.smt_search import formula_by_search, search
from cidmesa.symbolic.traced import Sign, Undecidable

if TYPE_CHECKING:
    from cidmesa.modelling.parameter import Parameter
    from cidmesa.symbolic.decomposition import Box
    from cidmesa.symbolic.factor import Factor
    from cidmesa.symbolic.lifting import Point

__all__ = ["Proof", "agrees", "condition_of", "difference", "examine", "proof_of"]

MAX_CELLS = 2  # parameters for which the cells are worked out; for more z3 searches


def condition_of(
    ask: Callable[[Mapping[str, Any]], bool],
    parameters: Sequence[Parameter],
    question: str = "it holds",
    assuming: Expression | None = None,
) -> Condition:
    """Return for which values of the parameters ``ask`` says yes.

    ``ask`` takes a number for each parameter and runs any exact algorithm on them; the numbers can be calculated with
    and compared. ``assuming``: an expression in the parameters that is taken for granted.

    Raises:
        NotApplicable: the algorithm needs a number as a float, or as a state.

    >>> from cidmesa.modelling.parameter import parameter
    >>> found = condition_of(lambda at: max(at["p"], 1 - at["p"]) * 3 > 2, [parameter("p", 0, 1)])
    >>> print(found)
    p < 1/3 or p > 2/3
    >>> found.thresholds, found.holds_at(p="1/3"), found.holds_at(p="2/3"), found.holds_at(p=1)
    ((Fraction(1, 3), Fraction(2, 3)), False, False, True)
    """
    asked = _within(ask, assuming)
    found = examine(asked, parameters)
    formula, exact = (_formula(found, found.box), True) if found.box else formula_by_search(found, parameters)
    pieces = tuple(_piece(cell) for cell in found.cells if not cell.answer.outside)
    return Condition(
        question, tuple(parameters), formula, pieces, found.complete and exact, str(assuming or ""), found.paths
    )


def examine(asked: Callable[[Mapping[str, Any]], Answer], parameters: Sequence[Parameter]) -> Exploration:
    """Return the answers for all values of parameters: by cells where they are few, else by search."""
    few = sum(not parameter.integer for parameter in parameters) <= MAX_CELLS
    return explore(asked, parameters) if few else search(asked, parameters)


def _within(ask: Callable[[Mapping[str, Any]], bool], assuming: Expression | None) -> Callable[..., Answer]:
    def asked(values: Mapping[str, Any]) -> Answer:
        if assuming is not None and not assuming(values):
            return Answer(None, "the assumptions do not hold here", outside=True)
        return Answer(bool(ask(values)))

    return asked


def agrees(
    ask: Callable[[Mapping[str, Any]], bool],
    parameters: Sequence[Parameter],
    expected: Expression,
    assuming: Expression | None = None,
) -> bool:
    """Return whether ``ask`` says yes exactly where an expression holds, as `difference` finds without the formula.

    Where ``ask`` has no answer it does not say yes. The result is false, too, where not all values were examined.

    >>> from cidmesa.modelling.parameter import parameter
    >>> free = [parameter("p", 0, 1)]
    >>> [agrees(lambda at: 3 * at["p"] > 1, free, Expression(text)) for text in ("p > 1/3", "p >= 1/3")]
    [True, False]
    """
    expected.check_names(tuple(parameter.name for parameter in parameters), "a free parameter")

    def same(values: Mapping[str, Any]) -> bool:
        try:
            yes = bool(ask(values))
        except Undecidable:
            raise
        except CidmesaError:
            yes = False
        return yes == bool(expected(values))

    found = examine(_within(same, assuming), parameters)
    return found.complete and all(cell.answer.holds or cell.answer.outside for cell in found.cells)


def _formula(found: Exploration, box: Box) -> Formula:
    """Return a short formula that is true where the answer is yes: a guess from samples, corrected where it is wrong.

    The polynomials at which the answer was seen to change come first; where they do not suffice, all that were met.
    """
    cells = [cell for cell in found.cells if not cell.answer.outside]
    for factors in (found.bounds, tuple(sorted({*found.bounds, *found.factors}))):
        while tells(rows := [_row(cell, factors) for cell in cells]):
            guess = formula_of(rows, factors)
            wrong = _wrong(guess, found, box)
            if not wrong:
                return guess
            cells += wrong
    raise AssertionError("the signs of all polynomials determine the answer")


def _row(cell: Cell, factors: Sequence[Factor]) -> tuple[dict[Factor, int], bool]:
    return {factor: cell.point.sign(factor) for factor in factors}, cell.answer.holds is True


def _wrong(guess: Formula, found: Exploration, box: Box) -> list[Cell]:
    """Return cells in which a formula says something else than the paths, with the answers of these."""

    def path_at(point: Point) -> Path:
        return next(path for path in found.paths if path.covers(point))

    def look(point: Point) -> Path:
        path = path_at(point)
        own = (Sign(((factor, True),), frozenset((point.sign(factor),))) for factor in guess.factors)
        right = path.answer.outside or guess.holds(point) == (path.answer.holds is True)
        return Path((*path.signs, *own), Answer(right))

    differing = (cell for cell in explored(box, look)[0] if not cell.answer.holds)
    return [replace(cell, answer=path_at(cell.point).answer) for cell in differing]


def _piece(cell: Cell) -> Piece:
    return Piece(cell.point, cell.answer.holds, cell.open, cell.answer.why)


Status = Literal["proved", "refuted", "undetermined"]


@dataclass(frozen=True, repr=False)
class Proof(Frozen, Displays):
    """Whether a statement holds for all parameter values in range, under the assumptions; true if it is proved.

    If the status is "refuted", the statement fails at ``counterexample`` (parameter -> number); ``confirmed`` says
    whether the same algorithm on plain numbers agrees (``None`` if the point is irrational). "undetermined" means that
    neither was found. ``condition`` is the certificate: the cells that were examined. Build it with `prove`.

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
        """Return the verdict and its reason."""
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
    >>> from cidmesa.symbolic.proof import condition_of
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
    try:
        return not ask(piece.sample)
    except CidmesaError:
        return piece.holds is None  # there is no answer there


def difference(condition: Condition, expected: Expression) -> dict[str, Any]:
    """Return a point in range where a condition and an expression differ, nothing if they agree everywhere.

    Raises:
        NotApplicable: the condition is incomplete, so the answer is not known.
        NeedsPackage: z3 is needed and not installed.
        ModelError: the expression names something that is not a free parameter.

    >>> from cidmesa.modelling.parameter import parameter
    >>> from cidmesa.symbolic.proof import condition_of
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
