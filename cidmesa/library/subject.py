"""What a claim speaks about: the diagram of the file or a composition, with the policies that are optimal there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from cidmesa.errors import NotApplicable, ScenarioError, TooLarge
from cidmesa.modelling.mechanism import table
from cidmesa.modelling.policy import Policy, policy
from cidmesa.solving.optimal.solution import rational_policy, solve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cidmesa.library.scenario import Scenario
    from cidmesa.mesa.composition import Composition
    from cidmesa.modelling.model import Model
    from cidmesa.structure.diagram import CID
    from cidmesa.symbolic.condition import Condition

__all__ = ["Answer", "Subject", "optimal_policies", "policy_of"]

MAX_POLICIES = 5_000


class Answer(NamedTuple):
    """The answer to a claim's question, the nodes that show it, and why.

    ``whole``: a mapping that is expected must be given in full, but for entries that are 0. ``short``: the answer in
    one word or number, where ``got`` is a mapping of parts. ``holds``: the answer to whether, where it has a size.
    """

    got: Any
    witness: tuple[str, ...] = ()
    because: str = ""
    whole: bool = False
    short: Any = None
    holds: bool | None = None

    def said(self, expect: Any) -> Any:
        """Return the answer in the form of what is expected: whether, in short, or as it is."""
        if isinstance(expect, bool) and self.holds is not None:
            return self.holds
        return self.short if self.short is not None and not isinstance(expect, dict) else self.got


@dataclass(frozen=True, eq=False)
class Subject:
    """A scenario, or the composition with one of its specifications (``of``)."""

    scenario: Scenario
    of: str | None = None

    @cached_property
    def composed(self) -> Composition | None:
        """The composition, ``None`` where the diagram of the file is meant."""
        return self.scenario.of(self.of) if self.of is not None else None

    @property
    def composition(self) -> Composition:
        """The composition; NotApplicable where the diagram of the file is meant."""
        if self.composed is None:
            known = ", ".join(self.scenario.specs) or "none"
            raise NotApplicable(f"this question is about a composition. Say which by `of`; there are: {known}.")
        return self.composed

    @property
    def cid(self) -> CID:
        """The diagram."""
        return self.scenario.cid if self.composed is None else self.composed.cid

    def pruned(self, node: str) -> bool:
        """Return whether composition left ``node`` of the training process out of the mesa-optimizer's diagram."""
        return self.composed is not None and node not in self.cid and node in self.composed.training.cid

    @property
    def model(self) -> Model:
        """The model; the mesa-optimizer's own where a composition is meant."""
        if self.composed is not None:
            return self.composed.model
        if self.scenario.model is None:
            raise ScenarioError(f"{self.scenario.slug} has no numbers. Give the nodes states, prob, value or table, "
                                "or ask about the diagram only.")  # fmt: skip
        return self.scenario.model

    @property
    def truth(self) -> Model:
        """The model of the world as it is, with the base agent's utilities where a composition is meant."""
        return self.model if self.composed is None else self.composed.objective_twin

    def world(self, named: str | None, needed: tuple[str, ...], agent: str | None) -> Model:
        """Return the model in which a question is asked: as ``named``, else the first that knows nodes and agent."""
        if named is not None:
            return {"belief": self.model, "truth": self.truth}[named]
        knows = all(node in self.cid for node in needed)
        return self.model if knows and (agent is None or agent in self.cid.agents) else self.truth

    @cached_property
    def conditions(self) -> dict[str, Condition]:
        """Conditions on parameters that have been found so far, by question."""
        return {}

    @cached_property
    def _policies(self) -> dict[str, tuple[Policy, ...]]:
        return {}

    def policies(self, rules: Mapping[str, Any], agent: str | None = None) -> tuple[Policy, ...]:
        """Return the optimal policies given the rules of some decisions, see `optimal_policies`."""
        key = repr((sorted(rules.items(), key=repr), agent))
        if key not in self._policies:
            self._policies[key] = optimal_policies(self.model, rules, agent)
        return self._policies[key]


def policy_of(model: Model, rules: Mapping[str, Any]) -> Policy:
    """Return the policy that a file gives: an option, an expression, ``{option: probability}``, or rows of a table."""
    given = {decision: table(rule, model.cid.parents(decision)) if isinstance(rule, list) else rule
             for decision, rule in rules.items()}  # fmt: skip
    return policy(model, given)


def optimal_policies(model: Model, rules: Mapping[str, Any], agent: str | None = None) -> tuple[Policy, ...]:
    """Return all optimal pure policies of the decisions without a rule, each merged with the given ``rules``.

    One deciding agent: all that `Solution.optimal_policies` yields. Several: a profile by backward induction, and with
    ``agent`` all best responses of that agent to it.

    Raises:
        TooLarge: more than 5,000.
        NotApplicable: several agents whose decisions rely on each other in a circle.

    """
    fixed = policy_of(model, rules)
    model = model.with_policy(fixed) if fixed else model
    deciding = [one for one in model.cid.agents if model.cid.decisions_of(one)]
    if len(deciding) > 1:
        profile = rational_policy(model)
        if agent not in deciding:
            return (fixed.merged(profile),)
        others = Policy(tuple(rule for rule in profile.rules if model.cid.agent(rule.decision) != agent))
        fixed, model = fixed.merged(others), model.with_policy(others)
    elif not deciding:
        return (fixed,)
    found = tuple(islice(solve(model).optimal_policies(), MAX_POLICIES + 1))
    if len(found) > MAX_POLICIES:
        raise TooLarge(f"more than {MAX_POLICIES} policies are optimal. Break ties, for example by a small cost, "
                       "or name a policy in the question.")  # fmt: skip
    return tuple(fixed.merged(one) for one in found)
