"""What the laws ask of models: answers as mappings, which say of each part whether it is a name or a size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

import cidmesa as cm
from cidmesa.modelling.inference import weights

if TYPE_CHECKING:
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Number, State
    from cidmesa.modelling.policy import Policy

__all__ = ["ANALYSES", "Amount", "Analysis", "At", "Named"]

MAX_POLICIES = 50


class Named(NamedTuple):
    """A node or an agent."""

    name: str


class At(NamedTuple):
    """A node in a state."""

    name: str
    state: State


class Amount(NamedTuple):
    """An amount of an agent's utility: an expectation, or a ``gain``, the difference of two."""

    size: Number
    agent: str
    gain: bool = False


Answer: TypeAlias = "Mapping[Any, Any]"


@dataclass(frozen=True)
class Analysis:
    """A question to a model: its name, and the answer by parts. A refusal, by an error of cidmesa, is an answer, too.

    ``ask``: keys and values are made of `Named`, `At`, `Amount`, frozen sets, tuples and plain data.
    """

    name: str
    ask: Callable[[Model], Iterable[tuple[Any, Any]]]

    def of(self, model: Model) -> Answer:
        """Return the answer."""
        try:
            return dict(self.ask(model))
        except cm.CidmesaError as error:
            return {"refused": type(error).__name__}


# --- diagrams -------------------------------------------------------------------------------------------------------


def _incentives(model: Model) -> Iterator[tuple[Any, Any]]:
    for verdict in cm.incentives(model.cid):
        decision = None if verdict.decision is None else Named(verdict.decision)
        yield (verdict.concept, Named(verdict.agent), decision, Named(verdict.node)), verdict.status


def _requisite(model: Model) -> Iterator[tuple[Any, Any]]:
    for decision in model.cid.decisions:
        for node in model.cid.parents(decision):
            yield (Named(decision), Named(node)), bool(cm.is_requisite(model.cid, decision, node))


def _relevance(model: Model) -> Iterator[tuple[Any, Any]]:
    cid = model.cid
    yield "soluble", bool(cm.is_soluble(cid))
    for one in cid.decisions:
        for other in cid.decisions:
            yield (Named(one), Named(other)), bool(cm.is_s_reachable(cid, one, other))


def _reduced(model: Model) -> Iterator[tuple[Any, Any]]:
    minimal = cm.minimal_reduction(model.cid)
    yield from (((Named(a), Named(b)), (a, b) in minimal.edges) for a, b in model.cid.edges)


def _patterns(model: Model) -> Iterator[tuple[Any, Any]]:
    for decision in model.cid.decisions:
        found = cm.reasoning_patterns(model.cid).of(decision)
        yield Named(decision), frozenset(pattern.label for pattern in found)


def _recall(model: Model) -> Iterator[tuple[Any, Any]]:
    cid = model.cid
    yield "perfect information", bool(cm.has_perfect_information(cid))
    yield "sufficient information", bool(cm.has_sufficient_information(cid))
    for agent in cid.agents:
        yield ("perfect recall", Named(agent)), bool(cm.has_perfect_recall(cid, agent))
        yield ("sufficient recall", Named(agent)), bool(cm.has_sufficient_recall(cid, agent))


def _separation(model: Model) -> Iterator[tuple[Any, Any]]:
    for one in model.cid.nodes:
        for other in model.cid.nodes:
            yield (Named(one), Named(other)), bool(cm.d_separated(model.cid, one, other))


# --- numbers --------------------------------------------------------------------------------------------------------


def _value(model: Model) -> Iterator[tuple[Any, Any]]:
    found = cm.solve(model)
    yield "value", Amount(found.value, found.agent)


def _optimal(model: Model) -> Iterator[tuple[Any, Any]]:
    """Yield what optimal policies do along the play, by context."""
    taken: dict[Any, set[At]] = {}
    policies = list(islice(cm.solve(model).optimal_policies(), MAX_POLICIES + 1))
    for policy in policies if len(policies) <= MAX_POLICIES else ():
        for decision in model.cid.decisions:
            for where, options in _done(model, policy, decision):
                taken.setdefault((Named(decision), where), set()).update(options)
    yield "many", len(policies) > MAX_POLICIES
    yield from ((key, frozenset(options)) for key, options in taken.items())


def _done(model: Model, policy: Policy, decision: str) -> Iterator[tuple[frozenset[At], list[At]]]:
    names = (*model.cid.parents(decision), decision)
    joint = weights(model.with_policy(policy), names)
    for place in np.argwhere(np.asarray(joint > 0, dtype=bool)).tolist():
        states = [At(name, model.domain(name)[k]) for name, k in zip(names, place, strict=True)]
        yield frozenset(states[:-1]), states[-1:]


def _information(model: Model) -> Iterator[tuple[Any, Any]]:
    for decision in model.cid.decisions:
        for node in model.cid.parents(decision):
            found = cm.value_of_information(model, decision, node)
            yield (Named(decision), Named(node)), Amount(found.value, str(model.cid.agent(decision)), gain=True)


def _control(model: Model) -> Iterator[tuple[Any, Any]]:
    agent = next(iter(model.cid.agents))
    for node in model.cid.chance_nodes:
        yield Named(node), Amount(cm.value_of_control(model, node).value, agent, gain=True)


def _responses(model: Model) -> Iterator[tuple[Any, Any]]:
    yield from _of_one(model, lambda d, n: bool(cm.has_ri(model, d, n)))


def _controls(model: Model) -> Iterator[tuple[Any, Any]]:
    agent = next(iter(model.cid.agents))
    yield from _of_one(model, lambda d, n: Amount(cm.has_ici(model, d, n).value, agent, gain=True))


def _impacts(model: Model) -> Iterator[tuple[Any, Any]]:
    yield from _of_one(model, lambda d, n: cm.has_impact(model, d, n).value)


def _of_one(model: Model, ask: Callable[[str, str], Any]) -> Iterator[tuple[Any, Any]]:
    (decision,) = model.cid.decisions if len(model.cid.decisions) == 1 else (None,)
    for node in model.cid.chance_nodes if decision else ():
        yield (Named(str(decision)), Named(node)), ask(str(decision), node)


def _lots(model: Model) -> Iterator[tuple[Any, Any]]:
    """Yield what happens, and what agents get, where decisions are drawn by fair lots."""
    drawn = _drawn(model)
    for agent in model.cid.agents:
        if model.cid.utilities_of(agent):
            yield Named(agent), Amount(cm.expected_utility(drawn, agent=agent), agent)
    for node in (*model.cid.chance_nodes, *model.cid.decisions):
        yield from ((At(node, state), chance) for state, chance in cm.query(drawn, node).items())


def _fair(model: Model) -> dict[str, dict[State, Fraction]]:
    return {d: {o: Fraction(1, len(model.domain(d))) for o in model.domain(d)} for d in model.cid.decisions}


def _drawn(model: Model) -> Model:
    return model.with_policy(_fair(model)) if model.cid.decisions else model


def _response_chances(model: Model) -> Iterator[tuple[Any, Any]]:
    yield from _of_one(model, lambda d, n: cm.response_probability(model, d, n).value)


def _directions(model: Model) -> Iterator[tuple[Any, Any]]:
    agent = next(iter(model.cid.agents))
    (decision,) = model.cid.decisions if len(model.cid.decisions) == 1 else (None,)
    for node in model.cid.chance_nodes if decision else ():
        for state in model.domain(node):
            found = cm.directional_incentive(model, str(decision), node, state)
            yield (Named(str(decision)), At(node, state)), Amount(found.value, agent, gain=True)


def _interventions(model: Model) -> Iterator[tuple[Any, Any]]:
    """Yield what agents get, by fair lots, where a node is set to a state, and where it is seen there."""
    drawn = _drawn(model)
    for node in model.cid.chance_nodes:
        for state, chance in cm.query(drawn, node).items():
            for agent in model.cid.agents:
                if model.cid.utilities_of(agent):
                    done = cm.expected_utility(drawn.do({node: state}), agent=agent)
                    yield ("do", At(node, state), Named(agent)), Amount(done, agent)
                    if chance:
                        seen = cm.expected_utility(drawn, agent=agent, given={node: state})
                        yield ("given", At(node, state), Named(agent)), Amount(seen, agent)


def _regrets(model: Model) -> Iterator[tuple[Any, Any]]:
    """Yield what each agent could gain where all draw fair lots."""
    lots = _fair(model)
    for agent in model.cid.agents if lots else ():
        if model.cid.decisions_of(agent) and model.cid.utilities_of(agent):
            yield Named(agent), Amount(cm.regret(model, lots, agent), agent, gain=True)


def _equilibria(model: Model) -> Iterator[tuple[Any, Any]]:
    found = cm.equilibria(model, kind="pure")
    values = [tuple(sorted((agent, value) for agent, value in one.values.items())) for one in found]
    yield "count", len(found)
    for agent in model.cid.agents if found else ():
        sizes = sorted({dict(value)[agent] for value in values})
        yield from (((Named(agent), place), Amount(size, agent)) for place, size in enumerate(sizes))


ANALYSES: tuple[Analysis, ...] = (
    Analysis("incentives", _incentives),
    Analysis("requisite observations", _requisite),
    Analysis("relevance", _relevance),
    Analysis("minimal reduction", _reduced),
    Analysis("reasoning patterns", _patterns),
    Analysis("recall", _recall),
    Analysis("separation", _separation),
    Analysis("optimal value", _value),
    Analysis("optimal options", _optimal),
    Analysis("value of information", _information),
    Analysis("value of control", _control),
    Analysis("response incentive", _responses),
    Analysis("control incentive", _controls),
    Analysis("impact incentive", _impacts),
    Analysis("response probability", _response_chances),
    Analysis("directional incentive", _directions),
    Analysis("fair lots", _lots),
    Analysis("interventions and evidence", _interventions),
    Analysis("regret", _regrets),
    Analysis("pure equilibria", _equilibria),
)
"""The questions that the laws ask; add one of your own by passing ``analyses=`` to `check_model`."""
