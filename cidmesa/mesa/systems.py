"""Systems whose mechanisms can be intervened on: variables, their mechanisms, and a callable that says who responds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from cidmesa.display import Displays
from cidmesa.errors import ModelError
from cidmesa.frozen import Frozen
from cidmesa.modelling.inference import Factor, eliminate, no_menus
from cidmesa.modelling.numbers import State, as_number, to_float
from cidmesa.modelling.policy import Rule
from cidmesa.structure.diagram import CID, Node

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Array

__all__ = ["Mechanisms", "Planner", "Respond", "System", "candidates_for", "rule_of", "system"]

Mechanisms: TypeAlias = Mapping[str, Rule]
Respond: TypeAlias = Callable[[Mechanisms], Mapping[str, Rule]]
_TREMBLE = 1 / 64
_TOLERANCE = 1e-9


@dataclass(frozen=True, repr=False)
class System(Frozen, Displays):
    """Variables with their mechanisms, some of which respond to those of others. Build it with `system`.

    * ``variables``: the diagram, in which all nodes are chance nodes.
    * ``mechanisms``: the present mechanism of each variable.
    * ``respond``: a function from the mechanisms of all variables to the rules of those that adapt, each a response to
      the mechanisms of the *others*.
    * ``retrain``: the same for a system that is retrained under the mechanisms, if that can be asked.

    Source: Kenton et al. 2022.

    >>> import cidmesa as cm
    >>> planner = cm.system(cm.load("kenton2022/mouse").model)
    >>> planner.variables.decisions
    ()

    """

    variables: CID
    domains: Mapping[str, tuple[State, ...]]
    mechanisms: Mechanisms
    respond: Respond
    retrain: Respond | None = None

    def __repr__(self) -> str:
        return f"System({self.variables!r})"


def system(model: Model, respond: Respond | None = None, *, retrain: Respond | None = None) -> System:
    """Return the system on the variables of ``model``; the kinds of the nodes do not matter.

    A utility becomes a variable whose states are its values. A decision becomes a variable that chooses uniformly until
    something responds. By default, ``respond`` is a planner that knows every mechanism: each decision of the model
    maximizes its owner's utilities under the present mechanisms.

    Source: Kenton et al. 2022.

    Args:
        model: the model that provides the variables.
        respond: a function from the mechanisms of all variables to the rules of those that adapt; a planner if left
            out.
        retrain: the same for the retrained system.

    Raises:
        ModelError: a utility has too many values for them to be states.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("D -> X -> U", decisions=["D"], utilities=["U"]), D=[0, 1], X="D", U="X")
    >>> mouse = system(m)
    >>> mouse.domains["U"], str(mouse.respond(mouse.mechanisms)["D"])
    ((0, 1), '1')

    """
    no_menus(
        model, "the search for agents", "It gives each variable other mechanisms, over all its states in every context."
    )
    domains = dict(model.domains) | {utility: _values(model, utility) for utility in model.cid.utilities}
    variables = CID(tuple(Node(spec.name, parents=spec.parents) for spec in model.cid.specs))
    mechanisms = {node: rule_of(model, node, domains) for node in variables.nodes}
    return System(variables, domains, mechanisms, respond or Planner(model.cid, domains), retrain)


def _values(model: Model, utility: str) -> tuple[State, ...]:
    found = sorted(set(map(as_number, model.tables[utility].values.ravel().tolist())), key=float)
    if len(found) > 64:
        raise ModelError(f"utility {utility!r} takes {len(found)} values; as a variable it may have 64 states.")
    return tuple(found) if len(found) > 1 else (found[0], found[0] + 1)


def rule_of(model: Model, node: str, domains: Mapping[str, tuple[State, ...]]) -> Rule:
    """Return a node's mechanism as a rule, a utility's values being its states; a decision chooses uniformly."""
    parents, states = model.cid.parents(node), domains[node]
    sizes = tuple(domains[parent] for parent in parents)
    shape = (*map(len, sizes), len(states))
    kind = model.cid.kind(node)
    if kind == "decision":
        values = np.full(shape, 1 / len(states))
    elif kind == "chance":
        values = to_float(model.tables[node].values)
    else:
        values = np.array([[float(v == state) for state in states] for v in model.tables[node].values.ravel().tolist()])
    return Rule(node, parents, sizes, states, values.reshape(shape).copy())


@dataclass(frozen=True, eq=False)
class Planner:
    """Responds as rational agents do who know all mechanisms.

    Each decision takes in each context the first of the best options for its owner's utilities, when all other
    variables follow their mechanisms. What precedes it trembles a little, so that contexts that are never reached have
    a best option, too (as in a subgame-perfect profile), which depends on nothing that the context makes irrelevant.
    """

    cid: CID
    domains: Mapping[str, tuple[State, ...]]

    def __call__(self, mechanisms: Mechanisms) -> Mapping[str, Rule]:
        """Return decision -> its best rule, worked out when it is asked for."""
        return _Responses(self, mechanisms)

    @cached_property
    def reads(self) -> dict[str, tuple[str, ...]]:
        """Decision -> the variables whose mechanisms its best rule depends on: all that precede it or its utilities."""
        found = {}
        for decision in self.cid.decisions:
            ends = (decision, *self._utilities(decision))
            before = set(ends).union(*map(self.cid.ancestors, ends)) - {decision}
            found[decision] = tuple(node for node in self.cid.nodes if node in before)
        return found

    def best(self, mechanisms: Mechanisms, decision: str) -> Rule:
        """Return the best rule of a decision."""
        rule = mechanisms[decision]
        before = set(self.cid.ancestors(decision))
        factors = [_factor(mechanisms[node], tremble=node in before) for node in self.reads[decision]]
        axes = [*rule.parents, decision]
        ones = Factor((decision,), np.ones(len(rule.options)))
        worth = np.zeros([len(self.domains[axis]) for axis in axes])
        for utility in self._utilities(decision):
            states = Factor((utility,), np.array([float(state) for state in self.domains[utility]]))
            worth = worth + eliminate([*factors, ones, states], axes)
        best = worth.max(axis=-1, keepdims=True)
        choice = (worth >= best - _TOLERANCE).argmax(axis=-1)
        return Rule(decision, rule.parents, rule.domains, rule.options, np.eye(len(rule.options))[choice])

    def _utilities(self, decision: str) -> tuple[str, ...]:
        return self.cid.utilities_of(str(self.cid.agent(decision)))


@dataclass(frozen=True)
class _Responses(Mapping[str, Rule]):
    """Decision -> its best rule, worked out when it is asked for."""

    planner: Planner
    mechanisms: Mechanisms

    def __getitem__(self, decision: str) -> Rule:
        if decision not in self:
            raise KeyError(decision)
        return self.planner.best(self.mechanisms, decision)

    def __iter__(self) -> Iterator[str]:
        return iter(self.planner.cid.decisions)

    def __len__(self) -> int:
        return len(self.planner.cid.decisions)

    def __contains__(self, decision: object) -> bool:
        return decision in self.planner.cid.decisions


def _factor(rule: Rule, *, tremble: bool) -> Factor:
    values = rule.values * (1 - _TREMBLE) + _TREMBLE / len(rule.options) if tremble else rule.values
    return Factor((*rule.parents, rule.decision), values)


def candidates_for(rule: Rule, rng: Random, most: int) -> list[Rule]:
    """Return mechanisms to try in place of ``rule``: itself, constants, and functions of the parents.

    All functions where they are at most ``most``, else that many drawn at random.
    """
    contexts, options = prod(map(len, rule.domains)), len(rule.options)
    if options**contexts <= most:
        chosen = list(product(range(options), repeat=contexts))
    else:
        constants = [(k,) * contexts for k in range(options)]
        drawn = [tuple(rng.randrange(options) for _ in range(contexts)) for _ in range(most)]
        chosen = list(dict.fromkeys([*constants, *drawn]))
    found = [_function(rule, choice) for choice in chosen]
    return found if any(_alike(rule, other) for other in found) else [*found, rule]


def _function(rule: Rule, choice: tuple[int, ...]) -> Rule:
    values: Array = np.eye(len(rule.options))[list(choice)].reshape(rule.values.shape)
    return Rule(rule.decision, rule.parents, rule.domains, rule.options, values.copy())


def _alike(one: Rule, other: Rule) -> bool:
    return bool(np.allclose(one.values, other.values))
