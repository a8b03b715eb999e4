"""The classes: networks, diagrams of one and of several agents, CPDs, relevance graphs."""

from __future__ import annotations

from cidmesa.compat.pycid.core import get_paths
from cidmesa.compat.pycid.core.causal_bayesian_network import CausalBayesianNetwork
from cidmesa.compat.pycid.core.cid import CID
from cidmesa.compat.pycid.core.cpd import (
    ConstantCPD,
    DecisionDomain,
    StochasticFunctionCPD,
    TabularCPD,
    UniformRandomCPD,
    bernoulli,
    discrete_uniform,
    noisy_copy,
)
from cidmesa.compat.pycid.core.macid import MACID
from cidmesa.compat.pycid.core.macid_base import MACIDBase, MechanismGraph
from cidmesa.compat.pycid.core.relevance_graph import CondensedRelevanceGraph, RelevanceGraph

__all__ = [
    "CID",
    "MACID",
    "CausalBayesianNetwork",
    "CondensedRelevanceGraph",
    "ConstantCPD",
    "DecisionDomain",
    "MACIDBase",
    "MechanismGraph",
    "RelevanceGraph",
    "StochasticFunctionCPD",
    "TabularCPD",
    "UniformRandomCPD",
    "bernoulli",
    "discrete_uniform",
    "get_paths",
    "noisy_copy",
]
