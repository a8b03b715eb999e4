"""Random diagrams of several agents: roles given to the nodes of a random graph."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any, TypeVar

import networkx as nx

from cidmesa.compat.pycid.core.macid_base import MACIDBase
from cidmesa.compat.pycid.random.random_cpd import RandomCPD
from cidmesa.compat.pycid.random.random_dag import random_dag
from cidmesa.errors import DiagramError

__all__ = ["add_random_cpds", "filled", "random_macidbase"]

Made = TypeVar("Made", bound=MACIDBase)


def random_macidbase(
    number_of_nodes: int = 10,
    agent_decisions_num: tuple[int, ...] = (1, 2),
    agent_utilities_num: tuple[int, ...] = (2, 1),
    add_cpds: bool = False,
    sufficient_recall: bool = False,
    edge_density: float = 0.4,
    max_in_degree: int = 4,
    max_resampling_attempts: int = 5000,
) -> MACIDBase:
    """Return a random diagram; agents are 0, 1, ..., and each decision is followed by a utility of its agent.

    ``sufficient_recall``: each decision also sees the earlier ones of its agent and what they saw.

    Raises:
        DiagramError: numbers that don't fit each other, or none found in so many attempts.

    """
    decisions, utilities = sum(agent_decisions_num), sum(agent_utilities_num)
    if len(agent_decisions_num) != len(agent_utilities_num):
        raise DiagramError(f"{len(agent_decisions_num)} agents have decisions, {len(agent_utilities_num)} utilities; "
                           "give a number for each agent, 0 where it has none.")  # fmt: skip
    if number_of_nodes <= decisions + utilities:
        raise DiagramError(f"{decisions} decisions and {utilities} utilities need more than {number_of_nodes} nodes.")
    for _ in range(max_resampling_attempts):
        dag = random_dag(number_of_nodes - utilities, edge_density, max_in_degree)
        made = _with_roles(dag, agent_decisions_num, agent_utilities_num, max_in_degree)
        if sufficient_recall:
            _remember(made)
        if max(degree for _, degree in made.in_degree()) <= max_in_degree and not _idle(made):
            if add_cpds:
                add_random_cpds(made)
            return made
    raise DiagramError(f"no such diagram was found in {max_resampling_attempts} attempts. Allow more parents "
                       "(max_in_degree), or ask for fewer decisions.")  # fmt: skip


def filled(made: Made, base: MACIDBase) -> Made:
    """Return a new diagram with the nodes, links and CPDs of ``base``."""
    made.add_nodes_from(base.nodes)
    made.add_edges_from(base.edges)
    made.model.update(base.model.data)
    return made


def _with_roles(dag: Any, decisions: tuple[int, ...], utilities: tuple[int, ...], max_in_degree: int) -> MACIDBase:
    deciding = random.sample(sorted(dag.nodes), sum(decisions))
    names = {node: f"D{place}" for place, node in enumerate(deciding)}
    names |= {node: f"X{place}" for place, node in enumerate(n for n in nx.topological_sort(dag) if n not in names)}
    links = [(names[a], names[b]) for a, b in dag.edges]
    owned = _shares([names[node] for node in deciding], decisions)
    gains = _shares([f"U{place}" for place in range(sum(utilities))], utilities)
    for agent, scores in gains.items():
        for place, score in enumerate(scores):
            first = owned[agent][place : place + 1] or random.sample(sorted(names.values()), 1)
            rest = [name for name in sorted(names.values()) if name not in first]
            more = random.sample(rest, min(len(rest), random.randint(0, max(0, min(2, max_in_degree - 1)))))
            links += [(parent, score) for parent in [*first, *more]]
    made = MACIDBase([], owned, gains)
    made.add_nodes_from(names.values())
    made.add_edges_from(links)
    return made


def _shares(nodes: list[str], counts: tuple[int, ...]) -> dict[Any, list[str]]:
    rest = iter(nodes)
    return {agent: [next(rest) for _ in range(count)] for agent, count in enumerate(counts)}


def _remember(made: MACIDBase) -> None:
    for agent in made.agents:
        own = made.get_valid_order(made.agent_decisions.get(agent, []))
        for earlier, later in pairwise(own):
            for seen in [earlier, *made.get_parents(earlier)]:
                if not made.has_edge(seen, later):
                    made.add_edge(seen, later)


def _idle(made: MACIDBase) -> bool:
    """Return whether some decision has no utility of its agent after it."""
    after = {decision: nx.descendants(made, decision) for decision in made.decisions}
    return any(not after[d] & set(made.agent_utilities.get(owner, ())) for d, owner in made.decision_agent.items())


def add_random_cpds(mb: MACIDBase) -> None:
    """Give all nodes random CPDs: decisions the options 0 and 1, chance nodes 0 and 1, utilities 0 to 4."""
    options = {node: [0, 1] for node in mb.decisions}
    scores = {node: RandomCPD(list(range(5)), smoothness=0.01) for node in mb.utilities}
    chances = {node: RandomCPD() for node in mb.nodes if node not in options and node not in scores}
    mb.model.update(options | scores | chances)
