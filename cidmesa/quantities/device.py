"""Agent or device: whether a goal or a table from what is seen to what is done explains behaviour better."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.display import Tells
from cidmesa.errors import ModelError, NotApplicable
from cidmesa.modelling.numbers import Number, as_number, setting_text, show
from cidmesa.modelling.parameter import number_of
from cidmesa.quantities.goal_directedness import aimed
from cidmesa.quantities.one_decision import Index, Play
from cidmesa.quantities.twin_network import alone

if TYPE_CHECKING:
    from cidmesa.modelling.model import Model

__all__ = ["AgentOrDevice", "agent_or_device"]

Seen = list[tuple["Index", int]]  # (context, option) for each observation


@dataclass(frozen=True, repr=False)
class AgentOrDevice(Tells):
    """How probable it is, given observed behaviour, that an agent made a decision; ``float(x)`` is the number.

    * ``value``: P(agent | behaviour).
    * ``goals``: P(goal | behaviour, agent) for each goal.
    * ``agent``, ``device``: the probability of the behaviour under each hypothesis.

    It is true if the agent explains the behaviour better.

    Source: Orseau et al. 2018.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"]), S=cm.uniform([0, 1]), D=[0, 1], U=0)
    >>> found = cm.agent_or_device(m, "D", [{"S": s, "D": s} for s in (0, 1, 1, 0)], goals=["D == S"])
    >>> float(found) > 0.5
    True

    """

    decision: str
    value: Number
    goals: tuple[tuple[str, Number], ...]
    agent: Number
    device: Number
    noise: Number
    count: int

    def __bool__(self) -> bool:
        return self.agent > self.device

    def __float__(self) -> float:
        return float(self.value)

    def to_json(self) -> dict[str, Any]:
        """Return plain data, numbers as text."""
        numbers = {name: show(getattr(self, name)) for name in ("value", "agent", "device", "noise")}
        goals = {goal: show(chance) for goal, chance in self.goals}
        return {"decision": self.decision, "is_agent": bool(self), "goals": goals, "count": self.count} | numbers

    def to_text(self) -> str:
        """Return the probabilities; the most probable goal comes first."""
        ratio = f"{float(self.agent / self.device):.4g}" if self.device else "infinite"
        head = f"{self.decision} is an agent's with probability {float(self.value):.4f} after {self.count} observations"
        ranked = sorted(self.goals, key=lambda pair: -float(pair[1]))
        lines = [f"  {goal}: {float(chance):.4f}" for goal, chance in ranked]
        return "\n".join([f"{head} (agent : device = {ratio})", "goals, if it is an agent:", *lines])


def agent_or_device(
    model: Model,
    decision: str,
    observed: Iterable[Mapping[str, object]],
    *,
    goals: Mapping[str, Number | str] | Iterable[str],
    noise: Number | str = "1/10",
    prior: Number | str = "1/2",
) -> AgentOrDevice:
    r"""Return the probability that observed behaviour is that of an agent and not that of a device.

    An *agent* has one of the goals, with its prior weight. It takes a best option for the goal (uniformly among
    several) with probability :math:`1 - \epsilon`, and otherwise any option. A *device* is a table from contexts to
    options, read with the same noise; all tables are equally probable. Bayes' rule compares the two mixtures. The
    device hypothesis pays :math:`\log |dom D|` for each new context; the agent hypothesis must fit one of its goals.
    The result is exact in exact models.

    Source: Orseau, McGill and Legg 2018, Agents and devices, where devices are programs over histories and agents are
    planners in environments. Ours: one decision, tables as devices, goals listed.

    Args:
        model: a model with one decision; fix other decisions by ``model.with_policy``. Its own utility counts only if
            it is among the goals.
        decision: the decision.
        observed: a list with, for each choice, the states of the observations and the option taken, as
            ``{node: state}``.
        goals: expressions over nodes, each a utility, with or without prior weights (for example, 2 to the power of
            minus its length).
        noise: the probability :math:`\epsilon` of acting at random.
        prior: the prior probability that it is an agent.

    Raises:
        DiagramError: ``decision`` is not a decision.
        NotApplicable: nothing was observed, there is no goal, a context cannot occur, a weight is not positive, or the
            noise or prior is not a probability.
        ModelError: an observation leaves out a node, or a state does not exist.

    >>> import cidmesa as cm
    >>> g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, S=cm.uniform(["left", "right"]), D=["left", "right"], U="D == S")
    >>> follows = [{"S": "left", "D": "left"}, {"S": "right", "D": "right"}] * 2
    >>> found = agent_or_device(m, "D", follows, goals=["D == S", "D == 'left'"])
    >>> found.to_json()["goals"], round(float(found), 3)
    ({'D == S': '361/362', "D == 'left'": '1/362'}, 0.666)
    """
    plain = alone(model, decision)
    play = Play(plain, decision)
    seen = [_observation(play, each) for each in observed]
    weights = _weights(goals)
    if not seen:
        raise NotApplicable("nothing was observed. Give at least one {node: state}.")
    slip, before = _probability("noise", noise), _probability("prior", prior)
    likely = {goal: _by_goal(Play(aimed(plain, goal)[0], decision), seen, slip) for goal in weights}
    total = sum(weights.values())
    agent = sum((weights[goal] * likely[goal] for goal in weights), start=Fraction(0)) / total
    device = _by_table(play, seen, slip)
    if not (both := before * agent + (1 - before) * device):
        raise NotApplicable(
            "neither an agent nor a device without noise behaves like this. Give noise a positive value."
        )
    after = tuple((goal, weights[goal] * likely[goal] / total / agent if agent else Fraction(0)) for goal in weights)
    return AgentOrDevice(decision, before * agent / both, after, agent, device, slip, len(seen))


def _probability(name: str, given: Number | str) -> Number:
    chance = number_of(given)
    if not 0 <= chance <= 1:
        raise NotApplicable(f"{name} is {show(chance)}, which is no probability. Give a number from 0 to 1.")
    return as_number(Fraction(chance))


def _weights(goals: Mapping[str, Number | str] | Iterable[str]) -> dict[str, Fraction]:
    given = dict(goals) if isinstance(goals, Mapping) else dict.fromkeys(goals, 1)
    weights = {goal: Fraction(weight) for goal, weight in given.items()}
    if not weights or min(weights.values()) <= 0:
        raise NotApplicable("give at least one goal, and positive weights.")
    return weights


def _observation(play: Play, given: Mapping[str, object]) -> tuple[Index, int]:
    needed = (*play.parents, play.decision)
    if missing := [name for name in needed if name not in given]:
        raise ModelError(f"an observation has no state for {', '.join(missing)}; it needs {', '.join(needed)}.")
    index = tuple(play.model.state(parent, given[parent]) for parent in play.parents)
    if not play.reached[index] > 0:
        shown = ", ".join(f"{parent} = {given[parent]}" for parent in play.parents)
        raise NotApplicable(f"the context {shown} cannot occur in this model.")
    option = play.model.state(play.decision, given[play.decision])
    if not play.there[index][option]:
        raise ModelError(
            f"{show(play.model.domains[play.decision][option])!r} is not an option of {play.decision!r} in the context "
            f"{setting_text(given)}. Leave this observation out, or give the decision that option there."
        )
    return index, option


def _by_goal(play: Play, seen: Seen, noise: Number) -> Number:
    """Return the probability of the behaviour for an agent that is best, but for noise, for the model's utility."""
    best = play.best
    return prod(
        (
            (1 - noise) * Fraction(int(best[index][option]), int(best[index].sum()))
            + Fraction(noise) / int(play.there[index].sum())
            for index, option in seen
        ),
        start=Fraction(1),
    )


def _by_table(play: Play, seen: Seen, noise: Number) -> Number:
    """Return the probability of the behaviour for a table that is drawn by a fair lot, context by context."""
    taken: dict[Index, list[int]] = {}
    for index, option in seen:
        taken.setdefault(index, []).append(option)
    there = {index: np.flatnonzero(play.there[index]).tolist() for index in taken}
    return prod((_of_context(options, there[index], noise) for index, options in taken.items()), start=Fraction(1))


def _of_context(options: Sequence[int], there: Sequence[int], noise: Number) -> Number:
    lots = Fraction(noise) / len(there)
    by_entry = (prod((lots + (1 - noise) * (o == entry) for o in options), start=Fraction(1)) for entry in there)
    return sum(by_entry, start=Fraction(0)) / len(there)
