"""Games in which each agent has its own model of the game, and of the models of the others: recursive best response."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from cidmesa.display import Displays, Tells, named
from cidmesa.errors import ModelError, NotApplicable, TooLarge
from cidmesa.frozen import Frozen
from cidmesa.modelling.model import Model, known_model
from cidmesa.modelling.numbers import show
from cidmesa.modelling.parameter import number_of
from cidmesa.modelling.policy import Policy
from cidmesa.solving.decision_rules import pure_rules, reached
from cidmesa.solving.utility import expected_utility, slack_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cidmesa.modelling.numbers import Array, Number
    from cidmesa.modelling.policy import Rule

__all__ = ["BestResponses", "Subjective", "recursive_best_response", "subjective"]

MAX_POLICIES = 5_000


@dataclass(frozen=True, eq=False, repr=False)
class Subjective(Frozen, Displays):
    """A game at one node of a hierarchy of beliefs; build it with `subjective`.

    ``beliefs``: agent -> (probability, game that it believes in) for each possibility. ``policy``: fixed rules, for
    agents whose reasoning is not modelled. Source: `recursive_best_response`.

    >>> import cidmesa as cm
    >>> subjective(cm.load("foxabbott2025/capability-test").model, policy={"Show": "low"})
    Subjective(5 nodes, beliefs of nobody, rules of Show)
    """

    model: Model
    beliefs: Mapping[str, tuple[tuple[Number, Subjective], ...]] = field(default_factory=dict)
    policy: Policy = field(default_factory=lambda: Policy(()))

    def __repr__(self) -> str:
        given = f", rules of {', '.join(self.policy)}" if len(self.policy) else ""
        return named(self, f"{len(self.model.cid)} nodes, beliefs of {', '.join(self.beliefs) or 'nobody'}{given}")


@dataclass(frozen=True, repr=False)
class BestResponses(Frozen, Tells):
    """What agents do if each of them best responds to its beliefs.

    ``profile``: a rule for each decision. ``subjective``: agent -> its expected utility by its beliefs. ``actual``:
    agent -> its expected utility in the actual game. ``ties``: agents for whom other rules are as good, at the root or
    in another agent's reasoning. They may differ only in contexts that the agent does not expect but others can bring
    about; the first option is taken then.
    Source: `recursive_best_response`.

    >>> import cidmesa as cm
    >>> m = cm.load("foxabbott2025/capability-test").model
    >>> given = cm.subjective(m, policy={"Show": "low", "Deploy": "hold"})
    >>> recursive_best_response(cm.subjective(m, {"human": given, "ai": given})).actual["human"]
    Fraction(0, 1)
    """

    profile: Policy
    subjective: Mapping[str, Number]
    actual: Mapping[str, Number]
    ties: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return profile and values as plain data."""
        values = {
            name: {agent: show(x) for agent, x in getattr(self, name).items()} for name in ("subjective", "actual")
        }
        return {"profile": self.profile.to_json(), **values, "ties": list(self.ties)}

    def to_text(self) -> str:
        """Return the profile, with what each agent expects and what it gets."""
        lines = [
            f"{agent} expects {show(expected)} and gets {show(self.actual[agent])}"
            for agent, expected in self.subjective.items()
        ]
        tied = [f"ties: {', '.join(self.ties)}"] if self.ties else []
        return "\n".join([self.profile.to_text(), *lines, *tied])


Thought: TypeAlias = "Subjective | Sequence[tuple[Number | str, Subjective]]"


def subjective(
    model: Model, beliefs: Mapping[str, Thought] | None = None, policy: Policy | Mapping[str, object] | None = None
) -> Subjective:
    """Return a game with what each agent believes it to be, for `recursive_best_response`.

    Source: after Foxabbott, Subramani and Ward 2025, definition 4.1 (as in reports of it).

    Args:
        model: the game as it is, in this view.
        beliefs: agent -> the game that it believes in, or a list of (probability, game). Others need rules in
            ``policy``.
        policy: rules that are fixed in this view.

    Raises:
        DiagramError: the diagram has no such agent.
        ModelError: probabilities do not sum to 1, or a possibility changes the agent's own decisions.

    >>> import cidmesa as cm
    >>> m = cm.load("foxabbott2025/capability-test").model
    >>> trusting = subjective(m, policy={"Show": lambda C: C})
    >>> subjective(m, {"human": [("1/2", trusting), ("1/2", subjective(m, policy={"Show": "low"}))]})
    Subjective(5 nodes, beliefs of human)

    """
    model = known_model(model, "subjective")
    found = {}
    for agent, thought in (beliefs or {}).items():
        pairs = ((1, thought),) if isinstance(thought, Subjective) else tuple((number_of(p), s) for p, s in thought)
        if sum(p for p, _ in pairs) != 1 or min(p for p, _ in pairs) < 0:
            raise ModelError(
                f"the beliefs of {agent!r} have the probabilities {', '.join(show(p) for p, _ in pairs)}, "
                "which do not sum to 1."
            )
        own = _rules_of(model, model.cid.known_agent(agent))
        for _, other in pairs:
            if _rules_of(other.model, agent) != own:
                raise ModelError(
                    f"{agent!r} believes in a game in which its decisions have other options or observations."
                )
        found[agent] = pairs
    return Subjective(model, found, Policy.of(model, policy or {}))


def _rules_of(model: Model, agent: str) -> dict[str, tuple[object, ...]]:
    """Return what a rule of each decision of the agent looks like: options, observations and their states."""
    return {
        d: (model.domains[d], *((p, model.domains[p]) for p in model.cid.parents(d)))
        for d in model.cid.decisions
        if model.cid.agent(d) == agent
    }


def recursive_best_response(game: Subjective) -> BestResponses:
    r"""Return the policies of agents that each best respond to their beliefs about the others, from the leaves up.

    At a node of the hierarchy, an agent's policy is the given one or maximizes :math:`\sum_k p_k\,E_k[\sum U^i]` over
    the possibilities k in which it believes; the others play at k as they play at node k. The hierarchy is finite, so
    this ends. No common prior is assumed, so what an agent expects and what it gets may differ. Source: after
    Foxabbott, Subramani and Ward 2025, definition 4.1 and section 8 (as in reports of it).

    Args:
        game: the game with what each agent believes, made by `subjective`.

    Raises:
        NotApplicable: an agent's policy is needed and not given.
        TooLarge: an agent has more than 5,000 pure policies.

    >>> import cidmesa as cm
    >>> m = cm.load("foxabbott2025/capability-test").model
    >>> trusting = cm.subjective(m, policy={"Show": lambda C: C})
    >>> knowing = cm.subjective(m, {"human": trusting})
    >>> print(recursive_best_response(cm.subjective(m, {"human": trusting, "ai": knowing})))
    Show: low
    Deploy: deploy if Show = low; hold if Show = high
    ai expects 1 and gets 1
    human expects 2/5 and gets -1/5

    """
    found: dict[tuple[int, str], _Response] = {}
    agents = [agent for agent in game.model.cid.agents if game.model.cid.decisions_of(agent)]
    responses = {agent: _response(game, agent, found) for agent in agents}
    rules = {rule.decision: rule for response in responses.values() for rule in response.rules}
    profile = Policy(tuple(rules[decision] for decision in game.model.cid.decisions))
    ties = tuple(dict.fromkeys(agent for (_, agent), response in found.items() if response.tied))
    expected = {agent: response.expects for agent, response in responses.items() if response.expects is not None}
    return BestResponses(profile, expected, {a: expected_utility(game.model, profile, a) for a in agents}, ties)


@dataclass(frozen=True)
class _Response:
    """The rules of an agent at a node, what it expects (``None`` if they are given), and whether others tie."""

    rules: tuple[Rule, ...]
    expects: Number | None
    tied: bool


def _response(game: Subjective, agent: str, found: dict[tuple[int, str], _Response]) -> _Response:
    key = (id(game), agent)
    if key not in found:
        found[key] = _found(game, agent, found)
    return found[key]


def _found(game: Subjective, agent: str, found: dict[tuple[int, str], _Response]) -> _Response:
    own = game.model.cid.decisions_of(agent)
    if all(decision in game.policy for decision in own):
        return _Response(tuple(game.policy[decision] for decision in own), None, tied=False)
    if agent not in game.beliefs:
        raise NotApplicable(
            f"the answer depends on {agent!r}, and nothing is known of it there. Give its beliefs, or a "
            "rule for each of its decisions."
        )
    possible = {d: np.any([reached(other.model, d) for _, other in game.beliefs[agent]], axis=0) for d in own}
    return _best([(p, _others(other, agent, found)) for p, other in game.beliefs[agent]], agent, possible)


def _others(game: Subjective, agent: str, found: dict[tuple[int, str], _Response]) -> Model:
    """Return the model at a node with the other agents' policies at that node."""
    deciding = [a for a in game.model.cid.agents if a != agent and game.model.cid.decisions_of(a)]
    return game.model.with_policy(Policy(tuple(rule for a in deciding for rule in _response(game, a, found).rules)))


def _best(worlds: Sequence[tuple[Number, Model]], agent: str, possible: Mapping[str, Array]) -> _Response:
    """Return the first best policy; another ties if it is as good and differs in a possible context."""
    scored = [
        (sum((p * expected_utility(m, Policy(rules), agent) for p, m in worlds), start=Fraction(0)), rules)
        for rules in _policies(worlds[0][1], agent)
    ]
    best = max(value for value, _ in scored)
    slack = max(slack_of(m, agent) for _, m in worlds)
    first, *others = [rules for value, rules in scored if value >= best - slack]
    tied = any(
        (possible[rule.decision][..., None] * (rule.values - instead.values)).any()
        for rules in others
        for rule, instead in zip(first, rules, strict=True)
    )
    return _Response(first, best, tied)


def _policies(model: Model, agent: str) -> Iterator[tuple[Rule, ...]]:
    own = model.cid.decisions_of(agent)
    sizes = [(len(model.domains[d]), prod(len(model.domains[p]) for p in model.cid.parents(d))) for d in own]
    if (count := prod(options**contexts for options, contexts in sizes)) > MAX_POLICIES:
        raise TooLarge(
            f"{agent!r} has {count} pure policies, more than {MAX_POLICIES}. Give rules for some of its "
            "decisions, or fewer observations."
        )
    return _completed(model, own)


def _completed(model: Model, decisions: Sequence[str]) -> Iterator[tuple[Rule, ...]]:
    if not decisions:
        yield ()
        return
    every = np.ones([len(model.domains[parent]) for parent in model.cid.parents(decisions[0])], dtype=bool)
    for rule in pure_rules(model, decisions[0], every):
        yield from ((rule, *rest) for rest in _completed(model, decisions[1:]))
