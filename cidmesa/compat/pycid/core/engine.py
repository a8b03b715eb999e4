"""Between the mutable surface and our engine: networks become diagrams and models, answers become tables."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from cidmesa.compat.pycid.core.factor import DiscreteFactor
from cidmesa.errors import ModelError
from cidmesa.interop.pycid import from_pycid
from cidmesa.interop.pycid.reading import Column, model_of
from cidmesa.modelling.inference import Factor, eliminate
from cidmesa.structure.dag import roll

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from random import Random

    from cidmesa.compat.pycid.core.causal_bayesian_network import CausalBayesianNetwork
    from cidmesa.compat.pycid.core.factor import TabularCPD
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.policy import Rule
    from cidmesa.structure.diagram import CID

__all__ = ["as_model", "connected", "diagram", "draw", "mean", "posterior", "reaching_mechanisms", "rule_function"]


# --- structure --------------------------------------------------------------------------------------------------


def diagram(network: Any) -> CID:
    """Return the network's diagram; a utility with children is a chance node with a utility after it."""
    return cast("CID", from_pycid(network, structure_only=True))


def connected(network: CausalBayesianNetwork, start: str, given: Iterable[str]) -> set[str]:
    """Return the nodes that are d-connected to ``start`` given the others, ``start`` among them."""
    shape = diagram(network)
    seen = set(shape.indices(given))
    ball = roll(shape.dag, [shape.index(start)], seen)
    return {node for node in network if shape.index(node) not in seen and ball.trail(shape.index(node))} | {start}


def reaching_mechanisms(network: CausalBayesianNetwork, nodes: Iterable[str], given: Iterable[str]) -> set[str]:
    """Return the nodes whose own mechanism, as a further parent, would be d-connected to one of ``nodes``."""
    shape = diagram(network)
    return set(shape.names(roll(shape.dag, shape.indices(nodes), shape.indices(given)).mechanisms))


# --- numbers ----------------------------------------------------------------------------------------------------


def posterior(network: CausalBayesianNetwork, asked: Sequence[str], given: Mapping[str, int]) -> DiscreteFactor:
    """Return the distribution of ``asked`` given positions of other nodes.

    Raises:
        ModelError: what is given has probability 0.

    """
    kept = [node for node in dict.fromkeys(asked) if node not in given]
    joint = np.asarray(eliminate(_factors(network, [*kept, *given], given), kept))
    if joint.sum() == 0:
        shown = ", ".join(f"{node} = {network.get_cpds(node).domain[place]}" for node, place in given.items())
        raise ModelError(f"the context {shown} has probability 0, so nothing follows from it.")
    domains = {node: network.get_cpds(node).domain for node in dict.fromkeys(asked)}
    values = joint / joint.sum()
    for axis, node in enumerate(domains):
        if node in given:
            values = np.stack([values * (place == given[node]) for place in range(len(domains[node]))], axis)
    return DiscreteFactor(list(domains), list(map(len, domains.values())), values, domains)


def _factors(network: CausalBayesianNetwork, targets: Sequence[str], given: Mapping[str, int]) -> list[Factor]:
    shape = diagram(network)
    upstream = set(shape.names(shape.dag.ancestors(shape.indices(targets))))
    return [_observed(cpd, given) for cpd in network.cpds if cpd.variable in upstream]


def _observed(cpd: TabularCPD, given: Mapping[str, int]) -> Factor:
    place = tuple(given.get(name, slice(None)) for name in cpd.variables)
    return Factor(tuple(name for name in cpd.variables if name not in given), np.asarray(cpd.values[place]))


def mean(factor: DiscreteFactor) -> float:
    """Return the expectation of a factor over one variable, whose outcomes are numbers."""
    (variable,) = factor.variables
    terms = zip(factor.state_names[variable], factor.values.tolist(), strict=True)
    try:
        return float(sum(outcome * chance for outcome, chance in terms if chance))
    except TypeError:
        raise ModelError(f"{variable!r} has outcomes that are not numbers: {factor.state_names[variable]}.") from None


def draw(network: CausalBayesianNetwork, rng: Random) -> dict[str, Any]:
    """Return a value for each node, parents first."""
    places: dict[str, int] = {}
    for cpd in network.cpds:
        at: tuple[Any, ...] = (slice(None), *(places[parent] for parent in cpd.variables[1:]))
        row = cpd.values[at]
        (places[cpd.variable],) = rng.choices(range(len(row)), row.tolist())
    return {node: network.get_cpds(node).domain[place] for node, place in places.items()}


# --- models and rules -------------------------------------------------------------------------------------------


def as_model(network: Any) -> Model:
    """Return the network as a model whose states are positions, so that outcomes may be any values.

    Decisions keep their options only; nodes that are to follow a rule must be chance nodes.
    """
    network.check_model()
    tables = {cpd.variable: _column(cpd) for cpd in network.cpds}
    scores = {node: network.get_cpds(node).domain for node in network.utilities}
    return model_of(network, tables, scores)


def _column(cpd: TabularCPD) -> Column:
    places = {name: tuple(range(len(cpd.state_names[name]))) for name in cpd.variables}
    return Column(cpd.variable, tuple(cpd.variables[1:]), places, cpd.values)


def rule_function(network: Any, rule: Rule) -> Callable[..., dict[Any, float]]:
    """Return a rule over positions as a function of the parents' outcomes."""
    domains = [network.get_cpds(parent).domain for parent in rule.parents]
    options = network.options(rule.decision)
    rows = rule.values.reshape(-1, len(options))
    chances = {
        key: dict(zip(options, map(float, row), strict=True)) for key, row in zip(product(*domains), rows, strict=True)
    }

    def decide(**observed: Any) -> dict[Any, float]:
        return chances[tuple(observed[parent] for parent in rule.parents)]

    return decide
