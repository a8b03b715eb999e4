"""The optimum of one rule for several decisions: of an absent-minded agent, or the exact maximum of a polynomial."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
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
from cidmesa.solving.optimal.stationary_points import common_roots, turning_points
from cidmesa.solving.utility import expected_utility
from cidmesa.structure.diagram import CID, Node

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Number, State

__all__ = ["MAX_FACES", "shared_optimum", "tied_optima", "tied_optimum"]


def tied_optimum(model: Model, agent: str) -> tuple[Number, Policy]:
    r"""Return the greatest expected utility of one rule shared by all decisions of the agent, and that rule.

    With two options and nothing observed the value is a polynomial in the probability p of the second option, of degree
    at most the number of decisions; its maximum is at 0, at 1, or at a root of its derivative. The result is exact if
    that root is rational. For observations or more options, see `shared_optimum`.
    Source: the absent-minded driver of Piccione and Rubinstein 1997; behavioural rules of Fox et al. 2023.

    Raises:
        NotApplicable: there are further decisions, or the decision has observations or more than two options and no
            exact optimum is known.

    >>> import cidmesa as cm
    >>> g = cm.cid("D1 -> End; D2 -> End; End -> U", decisions=["D1", "D2"], utilities=["U"])  # the driver: 0, 4, 1
    >>> end = "0 if D1 == 'exit' else 4 if D2 == 'exit' else 1"
    >>> m = cm.model(g, D1=["exit", "on"], D2=["exit", "on"], End=end, U="End")
    >>> value, policy = tied_optimum(m.sharing_rules(["D1", "D2"]), "agent")
    >>> value, policy["D1"]()
    (Fraction(4, 3), {'exit': Fraction(1, 3), 'on': Fraction(2, 3)})
    """
    decisions = model.cid.decisions_of(agent)
    _check_shared(model, decisions)
    if not _one_probability(model, decisions[0]):
        return shared_optimum(model, decisions, agent)
    best = tied_optima(model, agent)[0]
    return expected_utility(model, best, agent), best


def tied_optima(model: Model, agent: str) -> tuple[Policy, ...]:
    """Return all optimal shared rules of `tied_optimum`; if every p is optimal, those with p = 0, 1/2 and 1.

    >>> import cidmesa as cm
    >>> g = cm.cid("D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> m = cm.model(g, D1=[0, 1], D2=[0, 1], U="D1 == D2").sharing_rules(["D1", "D2"])
    >>> [policy["D1"]() for policy in tied_optima(m, "agent")]
    [0, 1]
    """
    decisions = model.cid.decisions_of(agent)
    _check(model, decisions)
    degree = len(decisions)
    points = [Fraction(k, degree) for k in range(degree + 1)]
    heights = [Fraction(expected_utility(model, _with_probability(model, decisions, p), agent)) for p in points]
    candidates = [Fraction(0), *(turning_points(points, heights) or [Fraction(1, 2)]), Fraction(1)]
    policies = [_with_probability(model, decisions, p) for p in candidates]
    values = [expected_utility(model, policy, agent) for policy in policies]
    best = max(values)
    return tuple(policy for policy, value in zip(policies, values, strict=True) if value == best)


def _check_shared(model: Model, decisions: tuple[str, ...]) -> None:
    if len(model.tied) != 1 or set(model.tied[0]) != set(decisions):
        raise NotApplicable(
            "a shared rule is solved where all decisions of the agent share it. Fix the others by model.with_policy."
        )


def _one_probability(model: Model, decision: str) -> bool:
    return not model.cid.parents(decision) and len(model.domains[decision]) == 2


def _check(model: Model, decisions: tuple[str, ...]) -> None:
    _check_shared(model, decisions)
    if not _one_probability(model, decisions[0]):
        raise NotApplicable(
            f"the rule shared by {', '.join(decisions)} has several free probabilities; all optimal ones are known for "
            "two options and no observation. Compare given rules by expected_utility."
        )


def _with_probability(model: Model, decisions: tuple[str, ...], p: Number) -> Policy:
    values = np.array([1 - p, p], dtype=np.object_ if model.exact and isinstance(p, Fraction) else np.float64)
    return Policy(tuple(Rule(decision, (), (), model.domains[decision], values) for decision in decisions))


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
    if not inner or not isinstance(shared.expected, Polynomial):  # a corner, the only candidate where nothing changes
        yield _filled(chosen, {})
        return
    face = {sympy.Symbol(shared.name(*one)): _share(one, chosen, symbol) for one in shared.free if one not in symbol}
    height = sympy.Poly(shared.expected.as_expr().subs(face, simultaneous=True), *symbol.values())
    slopes = [height.diff(variable) for variable in symbol.values()]
    if any(slope.is_zero for slope in slopes):
        return  # along that side nothing changes, so an edge of the face is as good
    for values in common_roots(shared.decisions, [slope.as_expr() for slope in slopes], list(symbol.values())):
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
