"""Each solver on an instance, in a process of its own: builds the model, then times the first solution of it."""

from __future__ import annotations

import json
import resource
import sys
import time

import numpy as np

from benchmarks.families import Node, instance

__all__ = ["ENGINES"]


def cidmesa_model(nodes: list[Node]):
    import cidmesa as cm

    decisions, utilities = ([node.name for node in nodes if node.kind == kind] for kind in ("decision", "utility"))
    links = [(parent, node.name) for node in nodes for parent in node.parents]
    cid = cm.cid(links, nodes=[node.name for node in nodes], decisions=decisions, utilities=utilities)
    given = {n.name: list(range(n.states)) if n.table is None else cm.table(n.table) for n in nodes}
    return cm.model(cid, given)


def cidmesa(nodes: list[Node]):
    import cidmesa as cm

    solve = cm.solve  # loaded before the model is built, as all of pyAgrum is
    model = cidmesa_model(nodes)
    return lambda: float(solve(model).value)


def pyagrum(nodes: list[Node]):
    import pyagrum as gum

    diagram = gum.InfluenceDiagram()
    add = {"chance": diagram.addChanceNode, "decision": diagram.addDecisionNode, "utility": diagram.addUtilityNode}
    for node in nodes:
        add[node.kind](gum.RangeVariable(node.name, node.name, 0, node.states - 1))
    for node in nodes:
        for parent in node.parents:
            diagram.addArc(parent, node.name)
    for node in nodes:
        if node.table is not None:
            _fill(diagram, node)

    def solve() -> float:
        inference = gum.ShaferShenoyLIMIDInference(diagram)
        inference.makeInference()
        return float(inference.MEU()["mean"])

    return solve


def _fill(diagram, node: Node) -> None:
    """Fill a table of pyAgrum, whose arrays have the axes of its variables in reverse order."""
    table = diagram.utility(node.name) if node.kind == "utility" else diagram.cpt(node.name)
    values = node.table[..., None] if node.kind == "utility" else node.table
    names = [*node.parents, node.name]
    table[:] = np.ascontiguousarray(np.transpose(values, [names.index(name) for name in reversed(list(table.names))]))


def pycid(nodes: list[Node]):
    from benchmarks.peers import imported_pycid

    theirs = imported_pycid()
    names = {kind: [node.name for node in nodes if node.kind == kind] for kind in ("decision", "utility")}
    links = [(parent, node.name) for node in nodes for parent in node.parents]
    diagram = theirs.CID(links, decisions=names["decision"], utilities=names["utility"])
    diagram.add_cpds(**{node.name: _relationship(node) for node in nodes})

    def solve() -> float:
        diagram.impute_optimal_policy()
        return float(diagram.expected_utility({}))

    return solve


def _relationship(node: Node):
    """What PyCID takes for a node: options, a distribution, or a function of the parents (named as they are)."""
    if node.kind == "decision":
        return list(range(node.states))
    if not node.parents:
        return dict(enumerate(node.table.tolist()))
    if node.kind == "utility":
        return _function(node.parents, lambda at: float(node.table[at]))
    return _function(node.parents, lambda at: dict(enumerate(node.table[at].tolist())))


def _function(parents: tuple[str, ...], look):
    return lambda **given: look(tuple(int(given[parent]) for parent in parents))


ENGINES = {"cidmesa": cidmesa, "pyagrum": pyagrum, "pycid": pycid}


def main(engine: str, name: str) -> None:
    solve = ENGINES[engine](instance(name))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start, wall = time.process_time(), time.perf_counter()
    value = solve()
    cpu, wall = time.process_time() - start, time.perf_counter() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(json.dumps({"value": value, "cpu": 1000 * cpu, "wall": 1000 * wall, "mb": peak / 1024}))


if __name__ == "__main__":
    main(*sys.argv[1:])
