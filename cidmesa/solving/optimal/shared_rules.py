"""The optimum of a rule that several decisions share and that observes: the exact maximum of a polynomial."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, reduce
from itertools import combinations, product
from math import prod
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.errors import NotApplicable, TooLarge
from cidmesa.modelling.expression import Expression
from cidmesa.modelling.mechanism import Distribution, Rows
from cidmesa.modelling.model import assemble
from cidmesa.modelling.parameter import parameter
from cidmesa.modelling.policy import Policy, Rule
from cidmesa.modelling.polynomial import Polynomial
from cidmesa.solving.utility import expected_utility
from cidmesa.structure.diagram import CID, Node

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Number, State

__all__ = ["MAX_FACES", "shared_optimum"]

MAX_FACES = 20_000

Point = dict[tuple[int, int], Any]  # (context, option) -> its probability


def shared_optimum(model: Model, decisions: Sequence[str], agent: str) -> tuple[Number, Policy]:
    r"""Return the greatest expected utility of a rule that decisions share, which observes or has many options.

    The rule has a distribution over options for each context, so expected utility is a polynomial on a product of
    simplices. In a context in which the polynomial has degree 1, some single option is optimal. For the other contexts,
    each face is searched for its stationary points. The result is exact if these are rational.
    Source: behavioural strategies under absent-mindedness as in Piccione and Rubinstein 1997; the search of faces is
    ours.

    Raises:
        NotApplicable: numbers are not exact, or no exact optimum is known because a face of more than one dimension has
            stationary points other than finitely many rational ones.
        TooLarge: more than 20,000 faces.

    >>> import cidmesa as cm
    >>> g = cm.cid("S1 -> D1; S2 -> D2; D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> m = cm.model(g, S1=cm.uniform([0, 1]), S2=cm.uniform([0, 1]), D1=[0, 1], D2=[0, 1], U="D1 != D2")
    >>> value, policy = shared_optimum(m.sharing_rules(["D1", "D2"]), ["D1", "D2"], "agent")
    >>> value
    Fraction(1, 2)

    """
    if not model.exact:
        raise NotApplicable(
            "the optimum of a shared rule that observes is exact or not known. Write numbers as text, such as '1/10'."
        )
    shared = _Shared(model, tuple(decisions), agent)
    value, point = max(((shared.value(point), point) for point in shared.candidates()), key=itemgetter(0))
    return value, shared.policy(point)


@dataclass(frozen=True)
class _Shared:
    """A rule that decisions share, as one free distribution over options for each context."""

    model: Model
    decisions: tuple[str, ...]
    agent: str

    @cached_property
    def contexts(self) -> list[tuple[State, ...]]:
        """The contexts, by position of what is observed."""
        return list(product(*(self.model.domains[p] for p in self.model.cid.parents(self.decisions[0]))))

    @cached_property
    def options(self) -> tuple[State, ...]:
        """The options."""
        return self.model.domains[self.decisions[0]]

    def name(self, context: int, option: int) -> str:
        """Return the name of a probability, unlike all other names."""
        taken = (*self.model.cid.nodes, *self.model.parameters)
        mark = "p" * (max(map(len, taken)) + 1)
        return f"{mark}{context}_{option}"

    @cached_property
    def free(self) -> tuple[tuple[int, int], ...]:
        """The probabilities that are free: the last option of a context has the rest."""
        return tuple(product(range(len(self.contexts)), range(len(self.options) - 1)))

    @cached_property
    def expected(self) -> Polynomial | Fraction:
        """The expected utility as a polynomial in the free probabilities."""
        names = {one: self.name(*one) for one in self.free}
        rows = []
        for number, context in enumerate(self.contexts):
            own = [names[number, k] for k in range(len(self.options) - 1)]
            chances = [*own, " - ".join(["1", *own])]
            pairs = zip(self.options, map(Expression, chances), strict=True)
            rows.append((context, Distribution(tuple(pairs))))
        cid = self.model.cid
        nodes = [Node(n.name, parents=n.parents) if n.name in self.decisions else n for n in cid.specs]
        rules = {decision: Rows(cid.parents(decision), tuple(rows)) for decision in self.decisions}
        parameters = {**self.model.parameters, **{name: parameter(name) for name in names.values()}}
        mixed = assemble(
            CID(tuple(nodes)), self.model.domains, {**self.model.mechanisms, **rules}, parameters, symbolic=True
        )
        found: Any = expected_utility(mixed, agent=self.agent)
        return found if isinstance(found, Polynomial) else Fraction(found)

    def value(self, point: Point) -> Any:
        """Return the expected utility at a point."""
        if not isinstance(self.expected, Polynomial):
            return self.expected
        at = {self.name(*one): point.get(one, Fraction(0)) for one in self.free}
        return self.expected.evaluated({name: at.get(name, Fraction(0)) for name in self.expected.names})

    def degree(self, context: int) -> int:
        """Return the degree of the polynomial in the probabilities of a context."""
        if not isinstance(self.expected, Polynomial):
            return 0
        own = {self.name(context, k) for k in range(len(self.options))}
        places = [k for k, name in enumerate(self.expected.names) if name in own]
        return max((sum(powers[k] for k in places) for powers, _ in self.expected.terms()), default=0)

    def candidates(self) -> Iterator[Point]:
        """Yield points among which an optimal one is: on each face those where nothing changes at first order."""
        degrees = [self.degree(context) for context in range(len(self.contexts))]
        sizes = [len(self.options) if degree > 1 else 1 for degree in degrees]
        supports = [
            [chosen for size in range(1, most + 1) for chosen in combinations(range(len(self.options)), size)]
            if degree
            else [(0,)]
            for degree, most in zip(degrees, sizes, strict=True)
        ]
        if prod(map(len, supports)) > MAX_FACES:
            raise TooLarge(
                f"the shared rule of {', '.join(self.decisions)} has more than {MAX_FACES} faces. "
                "Let it observe less, or compare given rules by expected_utility."
            )
        for chosen in product(*supports):
            yield from _stationary(self, chosen)

    def policy(self, point: Point) -> Policy:
        """Return the rule at a point, for each decision."""
        exact = all(isinstance(chance, Fraction) for chance in point.values())
        shape = len(self.contexts), len(self.options)
        rows = np.array(
            [[point.get((c, k), Fraction(0)) for k in range(shape[1])] for c in range(shape[0])],
            dtype=np.object_ if exact else np.float64,
        )
        rules = []
        for decision in self.decisions:
            parents = self.model.cid.parents(decision)
            domains = tuple(self.model.domains[p] for p in parents)
            rules.append(Rule(decision, parents, domains, self.options, rows.reshape(*map(len, domains), shape[1])))
        return Policy(tuple(rules))


def _stationary(shared: _Shared, chosen: Sequence[Sequence[int]]) -> Iterator[Point]:
    """Yield the points inside a face, given by the options that each context mixes, where its polynomial is flat."""
    import sympy

    inner = [(context, option) for context, support in enumerate(chosen) for option in support[:-1]]
    symbol = {one: sympy.Symbol(shared.name(*one)) for one in inner}
    if not inner:
        yield _filled(chosen, {})
        return
    assert isinstance(shared.expected, Polynomial)  # noqa: S101 (else no context has a degree)
    face = {sympy.Symbol(shared.name(*one)): _share(one, chosen, symbol) for one in shared.free if one not in symbol}
    height = sympy.Poly(shared.expected.as_expr().subs(face, simultaneous=True), *symbol.values())
    slopes = [height.diff(variable) for variable in symbol.values()]
    if any(slope.is_zero for slope in slopes):
        return  # along that side nothing changes, so an edge of the face is as good
    for values in _common_roots(shared, [slope.as_expr() for slope in slopes], list(symbol.values())):
        point = _filled(chosen, dict(zip(inner, values, strict=True)))
        mixed = [(context, option) for context, support in enumerate(chosen) if len(support) > 1 for option in support]
        if all(0 < point[one] < 1 for one in mixed):
            yield point


def _share(one: tuple[int, int], chosen: Sequence[Sequence[int]], symbol: Mapping[tuple[int, int], Any]) -> Any:
    """Return the probability of an option on a face: the last of its context that is mixed has the rest."""
    context, option = one
    support = chosen[context]
    return 1 - sum(symbol[context, other] for other in support[:-1]) if option == support[-1] else 0


def _filled(chosen: Sequence[Sequence[int]], inner: Mapping[tuple[int, int], Any]) -> Point:
    point: Point = dict(inner)
    for context, support in enumerate(chosen):
        point[context, support[-1]] = 1 - sum((point[context, k] for k in support[:-1]), start=Fraction(0))
    return point


def _common_roots(shared: _Shared, slopes: Sequence[Any], variables: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    """Yield where all slopes are 0, with each variable between 0 and 1.

    Raises:
        NotApplicable: there are several variables, and the roots are not finitely many rational points.

    """
    import sympy

    if len(variables) == 1:
        roots = sympy.Poly(slopes[0], *variables).real_roots()
        yield from ((_number(root),) for root in dict.fromkeys(roots) if 0 < root < 1)
        return
    basis = sympy.groebner(slopes, *variables, order="lex")
    if basis.exprs == [1]:
        return
    if not basis.is_zero_dimensional:
        yield from _beside_lines(shared, slopes, variables)
        return
    last = variables[-1]
    for root in dict.fromkeys(sympy.Poly(basis.exprs[-1], last).real_roots()):
        if not 0 < root < 1:
            continue
        if not root.is_Rational:
            raise _unknown(shared)
        rest = [found for slope in slopes if (found := sympy.expand(slope.subs(last, root))) != 0]
        for values in _common_roots_of(shared, rest, variables[:-1]):
            yield (*values, _number(root))


def _beside_lines(shared: _Shared, slopes: Sequence[Any], variables: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    """Yield the roots that lie on no line of roots: along a line nothing changes, and it meets an edge of the face.

    Raises:
        NotApplicable: the roots lie on curves.

    """
    import sympy

    if all(sympy.Poly(slope, *variables).total_degree() <= 1 for slope in slopes):
        return
    common = reduce(sympy.gcd, slopes)
    factors = [factor for factor, _ in sympy.factor_list(common, *variables)[1]]
    if len(variables) > 2 or any(sympy.Poly(factor, *variables).total_degree() > 1 for factor in factors):
        raise _unknown(shared)
    yield from _common_roots_of(shared, [sympy.cancel(slope / common) for slope in slopes], variables)


def _common_roots_of(shared: _Shared, slopes: Sequence[Any], variables: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    """Yield common roots of any number of polynomials, none of which is 0."""
    import sympy

    if any(not slope.free_symbols for slope in slopes):
        return
    if len(variables) == 1:
        slopes = [reduce(sympy.gcd, slopes)]
        if not slopes[0].free_symbols:
            return
    yield from _common_roots(shared, slopes, variables)


def _unknown(shared: _Shared) -> NotApplicable:
    return NotApplicable(
        f"an exact optimum of the rule shared by {', '.join(shared.decisions)} is not known: where several "
        "probabilities are free its stationary points are not finitely many fractions. Compare given rules by "
        "expected_utility."
    )


def _number(root: Any) -> Any:
    return Fraction(int(root.p), int(root.q)) if root.is_Rational else float(root)
