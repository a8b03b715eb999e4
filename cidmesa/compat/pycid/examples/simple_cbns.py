"""Small networks."""

from __future__ import annotations

from cidmesa.compat.pycid.core.causal_bayesian_network import CausalBayesianNetwork
from cidmesa.compat.pycid.core.cpd import bernoulli, discrete_uniform
from cidmesa.compat.pycid.examples.shapes import links

__all__ = ["get_3node_cbn", "get_3node_uniform_cbn", "get_fork_cbn", "get_minimal_cbn"]


def get_3node_cbn() -> CausalBayesianNetwork:
    """Return S -> D -> U with S -> U, where all but S is certain."""
    cbn = CausalBayesianNetwork(links("S -> D; S, D -> U"))
    cbn.add_cpds(S=discrete_uniform([-1, 1]), D=lambda S: S + 1, U=lambda S, D: S * D)
    return cbn


def get_3node_uniform_cbn() -> CausalBayesianNetwork:
    """Return A -> B -> C with A -> C, where A and B are fair coins and C is their product."""
    cbn = CausalBayesianNetwork(links("A -> B; A, B -> C"))
    cbn.add_cpds(A=bernoulli(0.5), B=bernoulli(0.5), C=lambda A, B: A * B)
    return cbn


def get_minimal_cbn() -> CausalBayesianNetwork:
    """Return A -> B, where A is a fair coin and B its copy."""
    cbn = CausalBayesianNetwork([("A", "B")])
    cbn.add_cpds(A=discrete_uniform([0, 1]), B=lambda A: A)
    return cbn


def get_fork_cbn() -> CausalBayesianNetwork:
    """Return A -> C <- B, where C is the product."""
    cbn = CausalBayesianNetwork(links("A, B -> C"))
    cbn.add_cpds(A=discrete_uniform([1, 2]), B=discrete_uniform([3, 4]), C=lambda A, B: A * B)
    return cbn
