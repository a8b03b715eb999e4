"""`from_pycid`: a diagram or model from any object that has the attributes of PyCID's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

import numpy as np

from cidmesa.errors import ModelError, wrong_type
from cidmesa.interop.part import given_model
from cidmesa.modelling.mechanism import Given, Lookup
from cidmesa.modelling.model import Model, assemble
from cidmesa.modelling.numbers import Number, State, as_name, as_number
from cidmesa.modelling.policy import Policy, policy
from cidmesa.structure.build import SINGLE_AGENT
from cidmesa.structure.diagram import CID, Node

__all__ = ["from_pycid", "policy_from_pycid"]

_ROUNDING = 1e-9  # of probabilities in floats
_DYADIC = 2**20  # floats that are fractions of so small a denominator are read as these fractions


def from_pycid(diagram: Any, *, structure_only: bool = False) -> CID | Model:
    """Return the model that a PyCID object describes, or its diagram if no node has numbers.

    ``diagram`` is a ``CausalBayesianNetwork``, ``CID`` or ``MACID``: any object with ``nodes``, ``predecessors``,
    ``get_cpds`` and, for decisions, ``agent_decisions`` and ``agent_utilities``. PyCID's only agent 0 becomes
    ``"agent"``; other labels become text. Decision rules are left out (`policy_from_pycid` reads them). A utility with
    children, or with a random value, becomes a chance node that carries the score, and a utility node after it.
    Numbers such as 0.25 that are small fractions are exact.

    Args:
        diagram: the object to read; it is not changed.
        structure_only: return the diagram even if there are numbers.

    Raises:
        ModelError: the object is of another type, or some nodes have numbers and others do not.

    >>> import cidmesa as cm
    >>> pycid = cm.interop.import_pycid()                                                   # doctest: +SKIP
    >>> cid = pycid.CID([("S", "D"), ("S", "U"), ("D", "U")], ["D"], ["U"])                 # doctest: +SKIP
    >>> cid.add_cpds(S={0: 0.25, 1: 0.75}, D=[0, 1], U=lambda S, D: int(S == D))            # doctest: +SKIP
    >>> from_pycid(cid).table("S").values.tolist()                                          # doctest: +SKIP
    [Fraction(1, 4), Fraction(3, 4)]
    """
    nodes = _nodes_of(diagram)
    columns = {} if structure_only else {node: found for node in nodes if (found := _column(diagram, node))}
    if not set(columns) - set(_owners(diagram, "agent_decisions")):
        return CID(tuple(_specs(diagram, {})))
    if missing := [node for node in nodes if node not in columns]:
        raise ModelError(f"no CPD for {', '.join(missing)}. Add them, or read the diagram alone (structure_only=True).")
    cid = CID(tuple(_specs(diagram, columns)))
    domains = {node: table.states[node] for node, table in columns.items() if cid.kind(node) != "utility"}
    mechanisms = {node: columns[node].mechanism() for node in cid.chance_nodes}
    mechanisms |= {utility: _worth(utility, cid, columns) for utility in cid.utilities}
    return assemble(cid, domains, mechanisms, {})


def policy_from_pycid(diagram: Any, model: Model) -> Policy:
    """Return the decision rules that a PyCID object holds, as a policy of ``model`` (what `from_pycid` returned).

    Decisions that have only their options are left out.

    >>> cid.impute_optimal_policy()                                                         # doctest: +SKIP
    >>> print(policy_from_pycid(cid, from_pycid(cid)))                                      # doctest: +SKIP
    D: 0 if S = 0; 1 if S = 1
    """
    model = given_model(model, "policy_from_pycid")
    rules = {node: _column(diagram, node) for node in model.cid.decisions if not _only_options(diagram.get_cpds(node))}
    return policy(model, {node: rule.mechanism() for node, rule in rules.items() if rule is not None})


@dataclass(frozen=True)
class _Column:
    """The table of one node: its parents in the table's order, the states of all of them, an axis for each."""

    node: str
    parents: tuple[str, ...]
    states: Mapping[str, tuple[State, ...]]
    values: Any

    @property
    def certain(self) -> bool:
        """Whether every setting of the parents leads to one outcome."""
        return bool(((self.values == 0) | (self.values == 1)).all())

    def settings(self) -> list[tuple[tuple[State, ...], Any]]:
        """Return every setting of the parents with the probabilities of the node's states."""
        rows = self.values.reshape(len(self.states[self.node]), -1).T
        return list(zip(product(*(self.states[parent] for parent in self.parents)), rows, strict=True))

    def mechanism(self) -> Lookup:
        """Return the table as the mechanism of a chance node."""
        return Lookup(self.parents, tuple((key, self._given(row)) for key, row in self.settings()))

    def _given(self, row: Any) -> Given:
        chances = zip(self.states[self.node], row.tolist(), strict=True)
        return {state: _small_fraction(chance) for state, chance in chances if chance}

    def scores(self) -> Lookup:
        """Return the certain outcomes, as numbers, as the mechanism of a utility node."""
        own = self.states[self.node]
        return Lookup(self.parents, tuple((key, own[int(row.argmax())]) for key, row in self.settings()))


def _column(diagram: Any, node: str) -> _Column | None:
    """Return the table of ``node`` in a PyCID object, ``None`` where it has none.

    Raises:
        ModelError: a table is not over the node and its parents, has another size, or has cells that are not
            probabilities.
    """
    cpd = diagram.get_cpds(node)
    if cpd is None or getattr(cpd, "values", None) is None:
        return None
    variables, parents = tuple(map(str, cpd.variables)), tuple(map(str, diagram.predecessors(node)))
    if variables[:1] != (node,) or set(variables[1:]) != set(parents):
        raise ModelError(
            f"the CPD of {node!r} is over {', '.join(variables)}; the node's parents are "
            f"{', '.join(parents) or 'none'}."
        )
    states = {name: tuple(map(_state, cpd.state_names[name])) for name in variables}
    values, shape = np.asarray(cpd.values, dtype=np.float64), tuple(len(states[name]) for name in variables)
    if values.size != prod(shape) or not ((values >= 0) & (values <= 1 + _ROUNDING)).all():
        raise ModelError(f"the CPD of {node!r} needs {' * '.join(map(str, shape))} probabilities.")
    return _Column(node, variables[1:], states, values.reshape(shape))


def _state(outcome: object) -> State:
    state = as_name(outcome)
    return _small_fraction(state) if isinstance(state, float) else state


def _small_fraction(number: float) -> Number:
    """Return a float that is a fraction of a small denominator as that fraction, others as they are."""
    exact = Fraction(number)
    return as_number(exact) if exact.denominator <= _DYADIC else number


def _only_options(cpd: Any) -> bool:
    return cpd is None or type(cpd).__name__ == "DecisionDomain"


def _nodes_of(diagram: Any) -> list[str]:
    if not all(hasattr(diagram, name) for name in ("nodes", "predecessors", "get_cpds")):
        raise ModelError(wrong_type("from_pycid", "an object of PyCID", diagram, "See cm.interop.to_pycid."))
    return [str(node) for node in diagram.nodes]


def _agent_names(diagram: Any) -> dict[Any, str]:
    """Return what each agent of a PyCID object is called here: PyCID's only agent 0 is ``"agent"``."""
    owned = [getattr(diagram, name, None) or {} for name in ("agent_decisions", "agent_utilities")]
    labels = list(dict.fromkeys(label for mapping in owned for label in mapping))
    if len(set(map(str, labels))) < len(labels):
        raise ModelError(f"two agents have the same name as text: {', '.join(map(repr, labels))}. Rename one.")
    return {label: SINGLE_AGENT if labels == [0] else str(label) for label in labels}


def _owners(diagram: Any, attribute: str) -> dict[str, str]:
    """Return node -> agent from the mapping agent -> nodes of that name."""
    names = _agent_names(diagram)
    owned = getattr(diagram, attribute, None) or {}
    return {str(node): names[agent] for agent, nodes in owned.items() for node in nodes}


def _specs(diagram: Any, columns: Mapping[str, _Column]) -> list[Node]:
    deciding, gaining = _owners(diagram, "agent_decisions"), _owners(diagram, "agent_utilities")
    specs = []
    for node in _nodes_of(diagram):
        parents = tuple(map(str, diagram.predecessors(node)))
        if node in deciding:
            specs.append(Node(node, "decision", deciding[node], parents))
        elif node in gaining and not _carries_score(diagram, node, columns):
            specs.append(Node(node, "utility", gaining[node], parents))
        else:
            specs.append(Node(node, parents=parents))
            specs += [Node(f"{node}_utility", "utility", gaining[node], (node,))] if node in gaining else []
    return specs


def _carries_score(diagram: Any, node: str, columns: Mapping[str, _Column]) -> bool:
    random = node in columns and not columns[node].certain
    return random or next(iter(diagram.successors(node)), None) is not None


def _worth(utility: str, cid: CID, columns: Mapping[str, _Column]) -> Lookup:
    if utility in columns:
        return columns[utility].scores()
    (carrier,) = cid.parents(utility)
    return Lookup((carrier,), tuple(((state,), state) for state in columns[carrier].states[carrier]))
