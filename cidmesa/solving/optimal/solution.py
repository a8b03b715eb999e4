"""`solve`: exact optimal policies for one agent with any recall; `rational_policy`: a policy for several agents."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.display import Displays, Proves
from cidmesa.errors import NotApplicable
from cidmesa.modelling.inference import query, weights
from cidmesa.modelling.model import known_model
from cidmesa.modelling.numbers import TOL, Number, is_exact, show
from cidmesa.modelling.policy import Policy, Rule
from cidmesa.solving.decision_rules import action_values, decided, in_order, rules_from, rules_of
from cidmesa.solving.missing_options import allowed_rules, unrestricted
from cidmesa.solving.optimal.backward_induction import best_options, swept
from cidmesa.solving.optimal.optimum import optimum, recollection_of
from cidmesa.solving.optimal.problem import game_of, problem_of
from cidmesa.solving.optimal.shared_rules import tied_optimum
from cidmesa.solving.optimal.ties import optimal_rules
from cidmesa.solving.utility import expected_utility, slack_of
from cidmesa.structure.reduction import minimal_reduction
from cidmesa.structure.relevance import is_soluble

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cidmesa.modelling.mechanism import Given
    from cidmesa.modelling.model import Model
    from cidmesa.solving.optimal.recollection import Recollection

__all__ = ["Solution", "best_response", "only_decider", "rational_policy", "solve"]


@dataclass(frozen=True, repr=False)
class Solution(Displays, Proves):
    """An optimal policy of one agent, its value, and how it was found.

    ``bound`` is a value that no policy exceeds. It equals the value unless a time limit stopped `solve`. ``tol`` is
    the share of the spread of utilities below which two values in floats count as equal.

    Source: policies are optimal as in Everitt et al. 2021.

    >>> import cidmesa as cm
    >>> g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> found = cm.solve(cm.model(g, S=cm.uniform([0, 1]), D=[0, 1], U="S == D"))
    >>> found.value, found.gap, found.exact
    (Fraction(1, 1), Fraction(0, 1), True)

    """

    model: Model
    agent: str
    value: Number
    policy: Policy
    method: str
    bound: Number
    tol: float = TOL
    recollection: Recollection | None = field(default=None, compare=False)

    @property
    def gap(self) -> Number:
        """How much better than ``policy`` another policy might be; 0 if ``policy`` is certainly optimal."""
        return self.bound - self.value

    @property
    def exact(self) -> bool:
        """Whether the value is the optimum and exact."""
        return is_exact(self.value) and not self.gap

    @property
    def plan(self) -> dict[str, Given]:
        """What is done in reached contexts: decision -> the option taken, or option -> probability."""
        if self.recollection is not None:
            found = self.recollection.plan()
            return {decision: found.get(decision, self.model.domains[decision][0]) for decision in self.policy}
        followed = self.model.with_policy(self.policy)
        return {decision: _certain(query(followed, decision)) for decision in self.policy}

    def optimal_policies(self) -> Iterator[Policy]:
        """Yield all optimal pure policies; policies that differ only in contexts that are never reached count as one.

        Such contexts take the first option. All maximizers are listed, not only those optimal in every subgame. If
        decisions share a rule, only the optimal rule that `solve` found is returned.
        """
        if self.gap:
            raise NotApplicable(
                f"the optimum is not known, only that it is at most {show(self.bound)}. "
                "Solve without a time limit first."
            )
        if self.model.tied:
            yield self.policy
            return
        full, tol = unrestricted(self.model, self.tol)
        found = optimal_rules(full, self.agent, tol)
        for rules in found or _completions(full, self.agent, self.value, tol):
            yield Policy(in_order(allowed_rules(self.model, rules), self.model))

    def to_json(self) -> dict[str, Any]:
        """Return plain data: value by agent, policy, method, whether exact."""
        value: object = show(self.value) if self.exact else float(self.value)
        if self.exact and self.value == int(self.value):
            value = int(self.value)
        plain = {"policy": self.policy.to_json(), "method": self.method, "exact": self.exact}
        return {"value": {self.agent: value}} | plain | ({"bound": float(self.bound)} if self.gap else {})

    def to_text(self) -> str:
        """Return value, method and policy as text."""
        most = f", at most {show(self.bound)}" if self.gap else ""
        return f"value {show(self.value)}{most} for {self.agent} ({self.method})\n{self.policy}"

    def to_html(self) -> str:
        """Return value and method above a table for each decision."""
        head = f"value {show(self.value)} for {self.agent} ({self.method})"
        return f"<div>{escape(head, quote=False)}</div>{self.policy.to_html()}"

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        return f"Solution(value {show(self.value)} for {self.agent}, {self.policy!r}, {self.method})"


def solve(model: Model, *, timeout: float | None = None, tol: float = TOL) -> Solution:
    """Return an optimal policy of the only agent that has decisions; it may have any recall.

    The result is exact: by backward induction if the reduced diagram is soluble, otherwise by search (``method`` says
    which). Utilities of agents without decisions do not count.

    Source: Lauritzen and Nilsson 2001 and Koller and Milch 2003 for the order; Mauá, de Campos and Zaffalon 2012 for
    multiple policy updating.

    Args:
        model: the decision problem.
        timeout: seconds after which a search stops with the best policy found and a bound on the optimum; ``gap`` says
            how far apart they are. Backward induction takes the time that it takes.
        tol: for floats: values that differ by at most this share of the spread of utilities count as equal.

    Raises:
        ModelError: ``tol`` is negative.
        NotApplicable: no agent has a decision, or several have (then use `best_response`).
        TooLarge: a table is too large, or the number of rules is and ``timeout`` is left out; the message says what
            would shrink it.

    >>> import cidmesa as cm
    >>> g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> s = solve(cm.model(g, S={0: "1/3", 1: "2/3"}, D=[0, 1], U="S == D"))
    >>> s.value, s.policy["D"](S=0), s.method
    (Fraction(1, 1), 0, 'backward induction')
    >>> len(list(s.optimal_policies()))
    1

    """
    model = known_model(model, "solve")
    agent = only_decider(model)
    if model.tied:
        best, shared = tied_optimum(model, agent)
        return Solution(model, agent, best, shared, "stationary points of the shared rule's value", best)
    found = optimum(model, agent, timeout, tol)
    policy = Policy(in_order(found.rules, model))
    return Solution(model, agent, found.value, policy, found.method, found.bound, tol, found.recollection)


def only_decider(model: Model) -> str:
    """Return the one agent that has decisions, in a model whose numbers can be compared.

    Raises:
        NotApplicable: no agent has a decision, several have, or a parameter has no value.

    """
    deciding = dict.fromkeys([str(spec.agent) for spec in model.cid.specs if spec.kind == "decision"])
    if len(deciding) != 1:
        who = f"{', '.join(deciding)} have decisions" if deciding else "nobody has a decision"
        raise NotApplicable(
            f"solve needs exactly one agent with decisions, but {who}. "
            "Fix the others' rules by model.with_policy, or use best_response. Of a composition, "
            "optimal_policies() gives the profile by backward induction."
        )
    if model.symbolic:
        free = ", ".join(name for name, p in model.parameters.items() if p.value is None)
        raise NotApplicable(
            f"which policy is best depends on {free}. Give values by model.substitute, or many at once by solve_many."
        )
    return next(iter(deciding))


def best_response(model: Model, profile: Policy | Mapping[str, object], agent: str) -> Solution:
    """Return an optimal policy of ``agent`` when all other agents follow ``profile``.

    Source: Nash 1951.

    Args:
        model: the model of a game.
        profile: a rule for each decision of the other agents.
        agent: the agent that responds.

    >>> import cidmesa as cm
    >>> owned = {"decisions": {"a": ["A"], "b": ["B"]}, "utilities": {"a": ["U"], "b": ["V"]}}
    >>> g = cm.cid("A -> B; A, B -> U; A, B -> V", **owned)
    >>> m = cm.model(g, A=[0, 1], B=[0, 1], U="A == B", V="A != B")
    >>> best_response(m, {"A": 1}, "b").plan
    {'B': 0}

    """
    model = known_model(model, "best_response")
    others = [d for d in model.cid.decisions if model.cid.agent(d) != model.cid.known_agent(agent)]
    rules = Policy.of(model, profile)
    if missing := [decision for decision in others if decision not in rules]:
        raise NotApplicable(f"the profile has no rule for {', '.join(missing)}.")
    return solve(model.with_policy(Policy(tuple(rules[decision] for decision in others))))


def _certain(chances: Mapping[Any, Number]) -> Given:
    possible = {option: chance for option, chance in chances.items() if chance}
    return next(iter(possible)) if len(possible) == 1 else possible


def _completions(model: Model, agent: str, value: Number, tol: float) -> Iterator[tuple[Rule, ...]]:
    if not model.cid.decisions:
        yield ()
        return
    for rule in _optimal_rules(model, agent, value, tol):
        for rest in _completions(decided(model, rule), agent, value, tol):
            yield (rule, *rest)


def _optimal_rules(model: Model, agent: str, value: Number, tol: float) -> Iterator[Rule]:
    """Yield the rules of the first decision that some optimal policy of ``model`` has."""
    decision = model.cid.decisions[0]  # in topological order, so all that it observes is decided
    mass = weights(model, model.cid.parents(decision))[..., None]
    if is_soluble(model.cid):
        problem = problem_of(model, agent, minimal_reduction(model.cid), tol)
        world, _ = swept(problem)
        rules = rules_of(model, problem, world.rules)
        others = decided(model, *(rule for rule in in_order(rules, model) if rule.decision != decision))
        values = action_values(others, decision) * len(model.domains[decision])  # its options are drawn there
        yield from rules_from(model, decision, (mass > 0) & best_options(mass, values, slack_of(model, agent, tol)))
        return
    every = np.ones(len(model.domains[decision]), dtype=bool)
    for rule in rules_from(model, decision, (mass > 0) & every):
        rest = decided(model, rule)
        found = optimum(rest, agent, tol=tol).value if rest.cid.decisions else expected_utility(rest, agent=agent)
        if value - found <= slack_of(model, agent, tol):
            yield rule


def rational_policy(model: Model) -> Policy:
    """Return a rule for every decision: an optimal policy of one agent, or a subgame-perfect pure profile of several.

    For several agents, backward induction along the relevance graph decides each decision, which requires sufficient
    information. Ties take the first option. Source: Koller and Milch 2003, Algorithm 1 on an acyclic relevance graph.

    Raises:
        NotApplicable: decisions of several agents rely on each other in a cycle.

    >>> import cidmesa as cm
    >>> owned = {"decisions": {"a": ["A"], "b": ["B"]}, "utilities": {"a": ["U"], "b": ["V"]}}
    >>> g = cm.cid("A -> B; A, B -> U; A, B -> V", **owned)
    >>> print(rational_policy(cm.model(g, A=[0, 1], B=[0, 1], U="2 * B - A", V="A == B")))
    A: 1
    B: 0 if A = 0; 1 if A = 1

    """
    deciding = [agent for agent in model.cid.agents if model.cid.decisions_of(agent)]
    if not deciding:
        return Policy(())
    if len(deciding) == 1:
        return solve(model).policy
    full, tol = unrestricted(model)
    problem = game_of(full, minimal_reduction(full.cid), tol)
    soluble = problem.soluble
    if soluble and not problem.small and (source := recollection_of(full, problem)):
        return Policy(in_order(allowed_rules(model, source.rules()), model))
    world, left = swept(problem)
    if left:
        circle = ", ".join(model.cid.names(sorted(left)))
        raise NotApplicable(
            f"the decisions {circle} of several agents rely on each other in a "
            "circle. Ask cm.equilibria, or give some rules by model.with_policy."
        )
    return Policy(in_order(allowed_rules(model, rules_of(full, problem, world.rules)), model))
