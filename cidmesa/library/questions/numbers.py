"""Questions about optimal policies, expected utilities, probabilities and what incentives are worth."""

from __future__ import annotations

from typing import Literal

from cidmesa.library.questions.question import (
    Policy,
    Question,
    Rules,
    Setting,
    WithRules,
    is_number,
    parts_of,
)
from cidmesa.library.validation import State, Text, called, empty

__all__ = ["Equilibrium", "Impact", "Optimal", "Query", "Utility", "Valued", "ValuedControl"]


class Optimal(Question):
    """What is done at a decision, or along the play, by optimal policies."""

    decision: Text | None = None
    when: Setting = empty()
    policy: Rules = empty()
    """rules of the other agents' decisions"""
    agent: Text | None = None

    def expectable(self, answer: object) -> str:
        """With a decision an option or a list of options, without one a mapping of value, plan and count."""
        if self.decision is not None:
            fits = not isinstance(answer, bool | dict) and answer is not None
            return "" if fits else "an option of the decision, or the list of its optimal options"
        return parts_of(answer, ("value", "plan", "count"))


class Utility(Question):
    """An agent's expected utility."""

    agent: Text | None = None
    policy: Policy = "optimal"
    """rules by decision; decisions without a rule are chosen optimally"""
    over: Rules = empty()
    """deviations: rules that replace those of the policy, with all else as it was"""
    given: Setting = empty()
    do: Setting = empty()
    world: Literal["belief", "truth"] | None = called("in")
    """belief: the mesa-optimizer's own model; truth: the objective one"""

    def expectable(self, answer: object) -> str:
        """Return whether it is a number."""
        return "" if is_number(answer) else "a number"


class Query(Question):
    """The probability of a state, or the distribution of a node's states."""

    node: Text
    state: State | None = None
    given: Setting = empty()
    do: Setting = empty()
    policy: Policy = "optimal"

    def expectable(self, answer: object) -> str:
        """With a state a probability, without one a distribution."""
        if self.state is not None:
            return "" if is_number(answer) else "a probability (a number)"
        fits = isinstance(answer, dict) and all(map(is_number, answer.values()))
        return "" if fits else "a distribution such as {a: 1/3, b: 2/3} (or ask for one `state`)"


class Equilibrium(Question):
    """How many equilibria there are, with what values and plans."""

    concept: Literal["nash", "subgame_perfect"] = "nash"
    strategies: Literal["pure", "mixed", "behavioural"] = called("kind", "pure")
    observations: Literal["all", "requisite"] = "all"
    policy: Rules = empty()
    """rules of the decisions that are fixed"""

    def expectable(self, answer: object) -> str:
        """Return whether it is a number, or a mapping of count, values and plans."""
        if isinstance(answer, int) and not isinstance(answer, bool):
            return ""
        if isinstance(answer, dict):
            return parts_of(answer, ("count", "values", "plans"))
        return "how many there are, or a mapping with some of: count, values, plans"


class Valued(WithRules):
    """What a decision's incentive on a node is worth in this model, or whether it is there."""

    decision: Text
    node: Text


class Impact(WithRules):
    """How probably a node differs from what it is under a baseline rule of the decision."""

    decision: Text
    node: Text
    baseline: Rules | None = None
    """the decision's rule to compare with; left out: a fair lot"""


class ValuedControl(WithRules):
    """What an agent would gain by choosing a node's mechanism."""

    node: Text
    values: tuple[State, ...] = ()
    """of a utility: further values that it could be set to"""
