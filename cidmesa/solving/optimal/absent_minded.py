"""The optimum of an absent-minded agent: one rule for several decisions, which may need to be random."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from cidmesa.errors import NotApplicable
from cidmesa.modelling.policy import Policy, Rule
from cidmesa.solving.optimal.shared_rules import shared_optimum
from cidmesa.solving.utility import expected_utility

if TYPE_CHECKING:
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Number

__all__ = ["tied_optima", "tied_optimum"]


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
    heights = [Fraction(expected_utility(model, _shared(model, decisions, p), agent)) for p in points]
    candidates = [Fraction(0), *(_stationary(points, heights) or [Fraction(1, 2)]), Fraction(1)]
    policies = [_shared(model, decisions, p) for p in candidates]
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


def _shared(model: Model, decisions: tuple[str, ...], p: Number) -> Policy:
    values = np.array([1 - p, p], dtype=np.object_ if model.exact and isinstance(p, Fraction) else np.float64)
    return Policy(tuple(Rule(decision, (), (), model.domains[decision], values) for decision in decisions))


def _stationary(points: list[Fraction], heights: list[Fraction]) -> list[Number]:
    """Return the roots strictly between 0 and 1 of the derivative of the polynomial through the points."""
    import sympy

    p = sympy.Symbol("p")
    pairs = [
        (sympy.Rational(x.numerator, x.denominator), sympy.Rational(y.numerator, y.denominator))
        for x, y in zip(points, heights, strict=True)
    ]
    slope = sympy.Poly(sympy.interpolate(pairs, p), p).diff(p)
    if slope.is_zero:
        return []
    roots = [root for root in sympy.Poly(slope, p).real_roots() if 0 < root < 1]
    return [Fraction(int(root.p), int(root.q)) if root.is_Rational else float(root) for root in roots]
