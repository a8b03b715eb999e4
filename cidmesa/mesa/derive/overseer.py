"""Whoever decides on deployment, and what tests are worth to him: an ordinary influence diagram."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice, product
from typing import TYPE_CHECKING, Any, TypeAlias

from cidmesa.errors import NotApplicable, TooLarge, near_miss
from cidmesa.mesa.alignment_kind import KINDS, ROBUST
from cidmesa.mesa.derive.evidence import Item, Read, Trial, outcomes
from cidmesa.mesa.derive.probability import NOTHING_FITS
from cidmesa.modelling.construction import model
from cidmesa.modelling.parameter import number_of
from cidmesa.modelling.shorthand import table
from cidmesa.solving.optimal.solution import solve
from cidmesa.structure.build import cid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cidmesa.mesa.derive.derivation import Derivation
    from cidmesa.mesa.derive.member import Member
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Number

__all__ = ["READING", "Test", "overseer", "voi"]

READING = "read"  # the test that tells the class
NONE, NOTHING = "none", "nothing"
PRECISE = Fraction(1, 10**9)
MAX_WAYS = 1_000  # in which ties are broken

Test: TypeAlias = "str | Item | Sequence[Item]"


def overseer(
    derivation: Derivation,
    tests: Mapping[str, Test],
    payoff: Mapping[str, object] | None = None,
    costs: Mapping[str, object] | None = None,
    *,
    loss: object = 1,
) -> Model:
    """Return the influence diagram of an overseer who chooses a test, sees its result and deploys or withholds.

    The nodes are ``M``, the class of the mesa-optimizer, distributed by the posterior; ``Test``, one of the tests or
    none; its ``Result``; ``Deploy``, deploy or withhold; ``U``, the value of deploying; and ``Cost``, the cost of the
    test.

    Source: ours.

    Args:
        derivation: a derivation with exact probabilities and no open ties (``ties="even"`` settles them).
        tests: name -> a passive test or several at once, with any result (`tested`, `read`), or "read", which reveals
            the class.
        payoff: class -> the value of deploying it; if left out, 1 for the robustly aligned and minus ``loss`` for
            others.
        costs: test -> its cost; 0 if left out.
        loss: what deploying any but a robustly aligned one costs, if ``payoff`` is left out.

    Raises:
        NotApplicable: probabilities are not exact, ties are open, or a name is not known.

    >>> import cidmesa as cm
    >>> features = {"x": {1: "A1 == 'b'"}, "y": {2: "A2 == 'b'", 3: "A3 == 'b'"}}
    >>> family = cm.families.objectives(features, cm.families.box(-1, 1), cm.MesaSpec("0", "updates"))
    >>> found = cm.derive(cm.builders.episodes(1, 2), family, [cm.evidence.acted({"A1": "a"})])
    >>> m = overseer(found, {"honeypot": cm.evidence.tested("A2", "pass", like="A1", taken_for_real="1/2")})
    >>> cm.solve(m).value, cm.solve(m).policy["Test"]()
    (Fraction(1, 22), 'honeypot')

    """
    ways = list(islice(_ways(derivation, tests), 2))
    if len(ways) > 1:
        raise NotApplicable(
            "ties are open, so there is no single posterior. Use derive(..., ties='even'), or voi, which "
            "gives the interval."
        )
    return _model(ways[0], tests, payoff, costs or {}, loss)


def voi(derivation: Derivation, test: Test, payoff: Mapping[str, object] | None = None, *, loss: object = 1) -> Any:
    """Return the (least, greatest) value of a test to an overseer: the optimum with the free test, minus that without.

    The two differ if ties are open; each specification breaks its ties in one way.

    Source: ours; the value of information is that of Howard 1966.

    Args:
        derivation: the mesa-optimizers that fit the training, from `derive`.
        test: the test, from `cidmesa.evidence`, or "read", which reveals the class.
        payoff: as for `overseer`.
        loss: as for `overseer`.

    Raises:
        NotApplicable: probabilities are not exact, or nothing fits the evidence.
        TooLarge: more than 1,000 ways to break ties.

    >>> import cidmesa as cm
    >>> specs = {"schemer": cm.MesaSpec("A == 'b'", "updates"), "aligned": cm.MesaSpec("A == 'a'", "updates")}
    >>> found = cm.derive(cm.builders.episodes(1, 2), cm.families.specifications(specs))
    >>> voi(found, "read")
    (Fraction(1, 2), Fraction(1, 2))

    """
    found = []
    for count, way in enumerate(_ways(derivation, {"it": test})):
        if count == MAX_WAYS:
            raise TooLarge(f"ties can be broken in more than {MAX_WAYS} ways. Use derive(..., ties='even').")
        with_it, without = (solve(_model(way, given, payoff, {}, loss)).value for given in ({"it": test}, {}))
        found.append(with_it - without)
    return min(found), max(found)


# --- the posterior --------------------------------------------------------------------------------------------------

Way: TypeAlias = "list[tuple[Any, Member]]"  # weights and members


def _ways(derivation: Derivation, tests: Mapping[str, Test]) -> Iterator[Way]:
    """Yield the members that fit with their weights, for each way to break ties."""
    if not _precise(derivation):
        raise NotApplicable("an overseer needs exact probabilities, with an answer for the whole family.")
    asked = {(name, said): items for name, test in tests.items() for said, items in _results(name, test).items()}
    posterior, groups = derivation.posterior(tests=asked), []
    if next(posterior.fitting(), None) is None:
        raise NotApplicable(NOTHING_FITS)
    for cell in posterior.cells:
        weight = cell.low if cell.low == cell.high else float(cell.low + cell.high) / 2
        members = [(weight * member.likelihood, member) for member in cell.members]
        groups.append(
            [[(w / len(members), m) for w, m in members]] if derivation.ties == "even" else _distinct(members)
        )
    for picked in product(*groups):
        way = [pair for group in picked for pair in group if pair[0] > 0]
        total = sum(weight for weight, _ in way)
        if total:
            yield [(weight / total, member) for weight, member in way]


def _precise(derivation: Derivation) -> bool:
    """Return whether all weights are known, exactly or to nine digits."""
    found = derivation.found
    return not (found.undecided or found.draws or derivation.unanswered) and all(
        cell.high - cell.low <= PRECISE * cell.high for cell in found.cells
    )


def _distinct(members: Sequence[tuple[Any, Member]]) -> list[Way]:
    """Return the members of a cell one by one, those that make no difference once."""
    found = {(weight, member.kind, tuple(member.told.values())): [(weight, member)] for weight, member in members}
    return list(found.values())


def _results(name: str, test: Test) -> dict[str, tuple[Item, ...]]:
    """Return each result of a test with the evidence that it is; a reading has none, for it tells the class."""
    if isinstance(test, str):
        if test != READING:
            raise NotApplicable(f"the test {test!r} is not known.{near_miss(test, [READING])} Give evidence or 'read'.")
        return {}
    items = list(test) if isinstance(test, list | tuple) else [test]
    for item in items:
        if not isinstance(item, Trial | Read):
            raise NotApplicable(f"the test {name!r} must be made by cm.evidence.tested or read, or be 'read'.")
    every = [outcomes(item) for item in items if isinstance(item, Trial | Read)]
    return {
        ", ".join(said): tuple(one[word] for one, word in zip(every, said, strict=True)) for said in product(*every)
    }


# --- the diagram ----------------------------------------------------------------------------------------------------


def _model(
    way: Way, tests: Mapping[str, Test], payoff: Mapping[str, object] | None, costs: Mapping[str, object], loss: object
) -> Model:
    _check_names(payoff, costs, tests)
    states = _states(way)
    told = {
        name: {state: _told(name, test, member) for state, (_, member) in states.items()}
        for name, test in tests.items()
    }
    results = [NOTHING, *dict.fromkeys(said for rows in told.values() for row in rows.values() for said in row)]
    rows: list[list[object]] = [["*", NONE, NOTHING]]
    rows += [[state, name, row] for name, by in told.items() for state, row in by.items()]
    worth: list[list[object]] = [
        [state, "deploy", _worth(member.kind, payoff, loss)] for state, (_, member) in states.items()
    ]
    price = [[name, -number_of(costs.get(name, 0))] for name in tests]
    diagram = cid(
        "M -> Result; Test -> Result; Test -> Deploy; Result -> Deploy; M -> U; Deploy -> U; Test -> Cost",
        decisions={"overseer": ["Test", "Deploy"]},
        utilities={"overseer": ["U", "Cost"]},
    )
    return model(
        diagram,
        M={state: weight for state, (weight, _) in states.items()},
        Test=[NONE, *tests],
        Result=table(rows, ["M", "Test"]),
        Deploy=["deploy", "withhold"],
        U=table([*worth, ["*", "*", 0]], ["M", "Deploy"]),
        Cost=table([*price, ["*", 0]], ["Test"]),
        domains={"Result": results},
    )


def _states(way: Way) -> dict[str, tuple[Any, Member]]:
    """Return the classes with their probabilities, those apart that tests tell apart."""
    grouped: dict[Any, tuple[Any, Member]] = {}
    for weight, member in way:
        key = member.kind, tuple(member.told.values())
        grouped[key] = (weight + grouped.get(key, (0, member))[0], member)
    kinds = [kind for kind, _ in grouped]
    named: dict[str, tuple[Any, Member]] = {}
    for (kind, _), pair in grouped.items():
        name = kind if kinds.count(kind) == 1 else f"{kind} {1 + sum(n.startswith(kind) for n in named)}"
        named[name] = pair
    return named


def _told(name: str, test: Test, member: Member) -> dict[str, Any]:
    """Return the probability of each result of a test."""
    if test == READING:
        return {member.kind: 1}
    found = {said: member.told[name, said] for said in _results(name, test)}
    return {said: p for said, p in found.items() if p}


def _worth(kind: str, payoff: Mapping[str, object] | None, loss: object) -> Number:
    if payoff is not None:
        if kind not in payoff:
            raise NotApplicable(
                f"the payoff has no number for the class {kind!r}. Give a number for each class that fits."
            )
        return number_of(payoff[kind])
    return 1 if kind in ROBUST else -number_of(loss)


def _check_names(payoff: Mapping[str, object] | None, costs: Mapping[str, object], tests: Mapping[str, Test]) -> None:
    for name in costs:
        if name not in tests:
            raise NotApplicable(
                f"costs name {name!r}, which is not a test.{near_miss(name, tests)} Tests: {', '.join(tests)}."
            )
    for kind in payoff or ():
        if kind not in KINDS:
            raise NotApplicable(
                f"the payoff names {kind!r}, which is not a class.{near_miss(kind, KINDS)} Classes: {', '.join(KINDS)}."
            )
    if NONE in tests:
        raise NotApplicable("a test cannot be called 'none', which stands for no test.")
