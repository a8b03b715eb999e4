"""Random diagrams of one agent."""

from __future__ import annotations

import random

from cidmesa.compat.pycid.core.cid import CID
from cidmesa.compat.pycid.random.random_macidbase import filled, random_macidbase

__all__ = ["random_cid", "random_cids"]


def random_cid(
    number_of_nodes: int = 8,
    number_of_decisions: int = 1,
    number_of_utilities: int = 1,
    add_cpds: bool = True,
    sufficient_recall: bool = False,
    edge_density: float = 0.4,
    max_in_degree: int = 4,
    max_resampling_attempts: int = 1000,
) -> CID:
    """Return a random diagram of one agent."""
    base = random_macidbase(number_of_nodes, (number_of_decisions,), (number_of_utilities,), add_cpds,
                            sufficient_recall, edge_density, max_in_degree, max_resampling_attempts)  # fmt: skip
    return filled(CID([], base.agent_decisions[0], base.agent_utilities[0]), base)


def random_cids(
    total_nodes_range: tuple[int, int] = (10, 15),
    num_decs_range: tuple[int, int] = (2, 4),
    num_utils_range: tuple[int, int] = (2, 4),
    add_cpds: bool = True,
    sufficient_recall: bool = True,
    edge_density: float = 0.4,
    n_cids: int = 10,
) -> list[CID]:
    """Return random diagrams whose numbers of nodes, decisions and utilities lie in ranges."""
    return [
        random_cid(
            random.randint(*total_nodes_range),
            random.randint(*num_decs_range),
            random.randint(*num_utils_range),
            add_cpds,
            sufficient_recall,
            edge_density,
        )
        for _ in range(n_cids)
    ]
