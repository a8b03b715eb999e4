"""`solve` on Markov decision processes beside bare numpy backward induction: ``python -m benchmarks.floor``."""

from __future__ import annotations

import argparse
import time
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

import cidmesa as cm
from benchmarks.families import mdp
from cidmesa.modelling.model import Model
from cidmesa.modelling.tabulation import Table
from cidmesa.structure.diagram import CID, Node as Spec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from benchmarks.families import Node


def shared(nodes: list[Node]) -> Model:
    """The model in which all stages have the same arrays, as they have in bare numpy; `cidmesa.model` copies each."""
    owner = {"decision": "agent", "utility": "agent"}
    cid = CID(tuple(Spec(node.name, node.kind, owner.get(node.kind), node.parents) for node in nodes))
    domains = {node.name: tuple(range(node.states)) for node in nodes if node.kind != "utility"}
    own = {node.name: () if node.kind == "utility" else (node.name,) for node in nodes}
    tables = {n.name: Table((*n.parents, *own[n.name]), n.table) for n in nodes if n.table is not None}
    return Model(cid, domains, {}, {}, tables)


def bare(nodes: list[Node], stages: int) -> float:
    """Backward induction alone: no diagram, no policy."""
    first, rewards, moves = nodes[0].table, nodes[2].table, nodes[3].table
    value = np.zeros(len(rewards))
    for _ in range(stages):
        value = (rewards + moves @ value).max(axis=1)
    return float(first @ value)


def least(runs: Iterable[Callable[[], object]]) -> float:
    """The least process time of several runs, in milliseconds."""
    found = []
    for run in runs:
        start = time.process_time()
        run()
        found.append(1000 * (time.process_time() - start))
    return min(found)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stages", type=int, default=1000)
    parser.add_argument("--times", type=int, default=9, help="each figure is the least of so many runs, on new models")
    parser.add_argument("states", type=int, nargs="*", default=(10, 30, 100))
    given = parser.parse_args()
    print("states | solve, CPU ms | bare numpy, CPU ms | ratio")
    for states in given.states:
        nodes = mdp(given.stages, states)
        models = [shared(nodes) for _ in range(given.times)]
        own = least(partial(cm.solve, model) for model in models)
        floor = least(partial(bare, nodes, given.stages) for _ in models)
        print(f"{states} | {own:.1f} | {floor:.2f} | {own / floor:.1f}")


if __name__ == "__main__":
    main()
