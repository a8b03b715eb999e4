"""Decision rules: all pure ones, the optimal ones, and the one that predicts; found on frozen models."""

from __future__ import annotations

from itertools import product
from math import isclose, prod
from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.compat.pycid.core import engine
from cidmesa.compat.pycid.core.cpd import DecisionDomain, StochasticFunctionCPD
from cidmesa.compat.pycid.core.outcomes import sorted_outcomes
from cidmesa.compat.pycid.differences import differs
from cidmesa.errors import ModelError, TooLarge
from cidmesa.modelling.inference import weights
from cidmesa.modelling.policy import Policy, Rule
from cidmesa.solving.optimal.solution import Solution, solve

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cidmesa.compat.pycid.core.macid_base import MACIDBase
    from cidmesa.modelling.model import Model

__all__ = ["all_optimal", "conditional_expectation", "optimal", "pure_policies", "pure_rules", "rule_cpds", "undecided"]

MAX_POLICIES = 2**18
_REL_TOL = 1e-9  # our engine's own, in models with floats

Rules = tuple[StochasticFunctionCPD, ...]


def undecided(network: MACIDBase, decisions: Sequence[str]) -> MACIDBase:
    """Return a copy in which these decisions are open and all others are chance nodes that behave as they do now.

    Raises:
        KeyError: one of them is no decision, or its options are not known.

    """
    if unknown := [decision for decision in decisions if decision not in network.decisions]:
        raise KeyError(
            f"{unknown[0]!r} is not a decision. The decisions are: {', '.join(network.decisions) or 'none'}."
        )
    opened: MACIDBase = network.copy()
    for decision in network.decisions:
        if decision in decisions:
            opened.add_cpds(DecisionDomain(decision, opened, network.options(decision)))
        else:
            opened.make_chance(decision)
    return opened


def optimal(network: MACIDBase, decisions: Sequence[str]) -> Rules:
    """Return optimal rules for decisions of one agent."""
    opened, solution = _solved(network, decisions)
    return rule_cpds(network, opened, solution.policy)


def all_optimal(network: MACIDBase, decisions: Sequence[str], rel_tol: float) -> list[Rules]:
    """Return every optimal pure policy, those that differ only in contexts never reached too."""
    if rel_tol != _REL_TOL:
        return _close_to_best(network, decisions, rel_tol)
    opened, solution = _solved(network, decisions)
    every = (policy for base in solution.optimal_policies() for policy in _completions(solution.model, base))
    return [rule_cpds(network, opened, policy) for policy in every]


def _solved(network: MACIDBase, decisions: Sequence[str]) -> tuple[MACIDBase, Solution]:
    owners = {network.decision_agent.get(decision) for decision in decisions}
    if len(owners) > 1:
        raise ModelError(f"the decisions {', '.join(decisions)} belong to several agents.")
    opened = undecided(network, decisions)
    for decision in decisions:
        if network.get_cpds(decision).domain != network.options(decision):
            differs(f"{decision!r} is optimised over the options that were declared, {network.options(decision)}. "
                    "PyCID takes the outcomes of the rule that it has.")  # fmt: skip
    return opened, solve(engine.as_model(opened))


def rule_cpds(network: Any, opened: Any, policy: Policy) -> Rules:
    """Return a policy over positions (a model of ``opened``) as CPDs of ``network``."""
    return tuple(
        StochasticFunctionCPD(rule.decision, engine.rule_function(opened, rule), network,
                              opened.options(rule.decision), label=_label(opened, rule))
        for rule in policy.values()
    )  # fmt: skip


def _label(opened: Any, rule: Rule) -> str:
    if rule.reads or not rule.pure:
        return "a rule of " + ", ".join(rule.reads) if rule.reads else "a random choice"
    return str(opened.options(rule.decision)[int(rule.values.reshape(-1, len(rule.options))[0].argmax())])


def _completions(model: Model, policy: Policy) -> Iterator[Policy]:
    """Yield the policies that do what ``policy`` does where it leads, and anything else elsewhere."""
    followed = model.with_policy(policy)
    choices = [list(_rules_like(followed, rule)) for rule in policy.values()]
    if prod(map(len, choices)) > MAX_POLICIES:
        raise TooLarge(f"{prod(map(len, choices))} policies differ only in contexts that are never reached. "
                       "Take one by impute_optimal_policy, or cm.solve, which counts them as one.")  # fmt: skip
    yield from (Policy(rules) for rules in product(*choices))


def _rules_like(followed: Model, rule: Rule) -> Iterator[Rule]:
    flat = rule.values.reshape(-1, len(rule.options))
    free = np.flatnonzero(np.asarray(weights(followed, rule.parents)).reshape(-1) == 0)
    if len(rule.options) ** len(free) > MAX_POLICIES:
        raise TooLarge(f"{len(free)} contexts of {rule.decision!r} are never reached. Take one optimal policy by "
                       "impute_optimal_policy, or cm.solve, which counts them as one.")  # fmt: skip
    for options in product(range(len(rule.options)), repeat=len(free)):
        rows = flat.copy()
        rows[free] = 0
        rows[free, list(options)] = 1
        yield Rule(rule.decision, rule.parents, rule.domains, rule.options, rows.reshape(rule.values.shape))


def _close_to_best(network: MACIDBase, decisions: Sequence[str], rel_tol: float) -> list[Rules]:
    """Return every pure policy whose value is within ``rel_tol`` of the best, by comparing all."""
    tried: MACIDBase = network.copy()
    (agent,) = {network.decision_agent[decision] for decision in decisions}
    valued = []
    for policy in pure_policies(network, decisions):
        tried.add_cpds(*policy)
        valued.append((tried.expected_utility({}, agent=agent), policy))
    best = max(value for value, _ in valued)
    return [policy for value, policy in valued if isclose(value, best, rel_tol=rel_tol)]


def pure_rules(network: MACIDBase, decision: str) -> Iterator[StochasticFunctionCPD]:
    """Yield every deterministic rule of ``decision``."""
    states = network.states_of_parents(decision)
    if states is None:
        raise ModelError(f"some parent of {decision!r} has no outcomes yet.")
    contexts, options = list(product(*states.values())), network.options(decision)
    for chosen in product(options, repeat=len(contexts)):
        label = str(chosen[0]) if len(set(chosen)) == 1 else f"a rule of {', '.join(states)}"
        yield StochasticFunctionCPD(decision, _lookup(tuple(states), dict(zip(contexts, chosen, strict=True))),
                                    network, options, label=label)  # fmt: skip


def pure_policies(network: MACIDBase, decisions: Sequence[str]) -> Iterator[Rules]:
    """Yield every combination of deterministic rules."""
    yield from product(*(list(pure_rules(network, decision)) for decision in decisions))


def conditional_expectation(network: MACIDBase, decision: str, y: str) -> StochasticFunctionCPD:
    """Return the rule that predicts ``y``: its expectation given what the decision observes.

    Where an observation is impossible, the rule takes the expectation of another.
    """
    states = network.states_of_parents(decision) or {}
    tried: MACIDBase = network.copy()
    tried.impute_random_decision(decision)
    factor = tried.query([*states, y], {})
    joint = factor.values.reshape(-1, len(factor.state_names[y]))
    scores = np.array([float(outcome) for outcome in factor.state_names[y]])
    possible = joint.sum(axis=1) > 0
    means = np.full(len(joint), np.nan)
    means[possible] = joint[possible] @ scores / joint[possible].sum(axis=1)
    means[~possible] = means[possible][0]
    domain = sorted_outcomes(means.tolist())
    options = network.options(decision)
    rule = _lookup(tuple(states), dict(zip(product(*states.values()), means.tolist(), strict=True)))
    return StochasticFunctionCPD(decision, rule, network, options if set(domain) <= set(options) else domain,
                                 label=f"E[{y}{' | ' if states else ''}{', '.join(states)}]")  # fmt: skip


def _lookup(parents: tuple[str, ...], outcomes: dict[tuple[Any, ...], Any]) -> Any:
    return lambda **observed: outcomes[tuple(observed[parent] for parent in parents)]
