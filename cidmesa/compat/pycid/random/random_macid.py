"""Random games."""

from __future__ import annotations

import random

from cidmesa.compat.pycid.core.macid import MACID
from cidmesa.compat.pycid.random.random_macidbase import filled, random_macidbase

__all__ = ["random_macid", "random_macids"]


def random_macid(
    number_of_nodes: int = 10,
    agent_decisions_num: tuple[int, ...] = (1, 2),
    agent_utilities_num: tuple[int, ...] = (2, 1),
    add_cpds: bool = False,
    sufficient_recall: bool = False,
    edge_density: float = 0.4,
    max_in_degree: int = 4,
    max_resampling_attempts: int = 5000,
) -> MACID:
    """Return a random game; the numbers of decisions and of utilities are listed by agent."""
    base = random_macidbase(number_of_nodes, agent_decisions_num, agent_utilities_num, add_cpds, sufficient_recall,
                            edge_density, max_in_degree, max_resampling_attempts)  # fmt: skip
    return filled(MACID([], base.agent_decisions, base.agent_utilities), base)


def random_macids(
    total_nodes_range: tuple[int, int] = (13, 17),
    num_decs_range: tuple[int, int] = (1, 3),
    num_utils_range: tuple[int, int] = (1, 3),
    add_cpds: bool = True,
    sufficient_recall: bool = False,
    edge_density: float = 0.4,
    n_macids: int = 10,
) -> list[MACID]:
    """Return random games of two agents, whose numbers of nodes, decisions and utilities lie in ranges."""
    return [
        random_macid(
            random.randint(*total_nodes_range),
            (random.randint(*num_decs_range), random.randint(*num_decs_range)),
            (random.randint(*num_utils_range), random.randint(*num_utils_range)),
            add_cpds,
            sufficient_recall,
            edge_density,
        )
        for _ in range(n_macids)
    ]
