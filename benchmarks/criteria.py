"""Timings of the graphical criteria, beside the peers', in one run: ``python -m benchmarks.criteria``."""

from __future__ import annotations

import argparse
import gc
import time
from typing import TYPE_CHECKING, Any

from benchmarks import peers
from benchmarks.diagrams import layered, markov, partially_observed, random_sparse
from cidmesa import CID, incentives, is_soluble, minimal_reduction, relevance_graph, requisite_observations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def fresh(g: CID) -> CID:
    """The same diagram with nothing remembered."""
    return CID(g.specs)


def indexed(g: CID) -> CID:
    """The same with the graph as integers, as the peers' graphs are made beforehand too."""
    g = fresh(g)
    _ = g.net.dag.children
    return g


def least(work: Callable[[Any], object], prepare: Callable[[], Any], times: int) -> float:
    """The least process time of some runs, each on what ``prepare`` returns anew; without garbage collection."""
    found = []
    for _ in range(times):
        given = prepare()
        gc.collect()
        gc.disable()
        start = time.process_time()
        work(given)
        found.append(time.process_time() - start)
        gc.enable()
    return min(found)


def requisite_of_all(g: CID) -> dict[str, tuple[str, ...]]:
    return {decision: requisite_observations(g, decision) for decision in g.decisions}


def show(title: str, rows: Iterable[tuple[str, ...]]) -> None:
    print(f"\n{title}")
    table = list(rows)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        print("  " + "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)))


def growth(times: int) -> Iterable[tuple[str, ...]]:
    """One decision, all concepts: time for each node and link."""
    yield ("nodes", "statuses", "us / (node + link)", "times the least")
    found = {}
    for nodes in (100, 1000, 10_000, 100_000):
        g = random_sparse(nodes, 1)
        runs = times * max(1, 20_000 // nodes)
        found[nodes] = least(incentives, lambda g=g: fresh(g), runs) / (nodes + len(g.edges)) * 1e6
    for nodes, each in found.items():
        yield (f"{nodes}", f"{5 * nodes}", f"{each:.2f}", f"{each / min(found.values()):.2f}")


def per_decision(times: int, sample: int) -> Iterable[tuple[str, ...]]:
    """Requisite observations at 10^3 nodes, against one d-separation query for each observation."""
    g = random_sparse(1000, 50)
    own = least(requisite_of_all, lambda: indexed(g), 5 * times) / len(g.decisions)
    right = requisite_of_all(g)
    yield ("engine", "us / decision", "ratio", "answers")
    yield ("cidmesa, all decisions at once", f"{own * 1e6:.0f}", "1", "")
    for name, maker in (("networkx", peers.networkx_requisite), ("pyAgrum", peers.pyagrum_requisite)):
        try:
            ask = maker(g)
        except ImportError:
            yield (name, "-", "-", "not installed")
            continue
        chosen = g.decisions[:: max(1, len(g.decisions) // sample)]
        each = least(lambda _, ask=ask, chosen=chosen: [ask(d) for d in chosen], lambda: None, times) / len(chosen)
        equal = all(ask(d) == right[d] for d in chosen)
        yield (name, f"{each * 1e6:.0f}", f"{each / own:.0f}", "equal" if equal else "DIFFERENT")


def sweep(times: int) -> Iterable[tuple[str, ...]]:
    """All concepts for the decision of a diagram of 26 nodes in layers."""
    g = layered()
    own = least(incentives, lambda: fresh(g), 20 * times)
    whole = least(lambda g: tuple(incentives(g)), lambda: fresh(g), 20 * times)
    yield ("engine", "ms", "ratio", "ratio to all verdicts", "answers")
    yield ("cidmesa, statuses", f"{own * 1e3:.2f}", "1", "", "")
    yield ("cidmesa, all verdicts with paths and reasons", f"{whole * 1e3:.2f}", f"{whole / own:.1f}", "1", "")
    try:
        ask = peers.pycid_sweep(g)
    except ImportError:
        yield ("PyCID", "-", "-", "-", "not installed")
        return
    theirs = least(lambda _: ask(), lambda: None, times)
    equal = [set(found) for found in ask()] == [_admitted(g, concept) for concept in ("voi", "voc", "ri", "ici")]
    yield (
        "PyCID",
        f"{theirs * 1e3:.0f}",
        f"{theirs / own:.0f}",
        f"{theirs / whole:.0f}",
        "equal" if equal else "DIFFERENT",
    )


def _admitted(g: CID, concept: str) -> set[str]:
    return {verdict.node for verdict in incentives(g).select(concept=concept, status="admits")}


def all_decisions(times: int) -> Iterable[tuple[str, ...]]:
    """A diagram of 10^5 nodes with some thousand decisions, step by step."""
    specs = random_sparse(100_000, 3360).specs
    steps: list[tuple[str, Callable[[CID], object]]] = [
        ("graph as integers", lambda g: g.net.dag.children),
        ("requisite observations", requisite_of_all),
        ("relevance graph and solubility", lambda g: (relevance_graph(g), is_soluble(g))),
        ("minimal reduction", minimal_reduction),
    ]
    found: dict[str, list[float]] = {}
    for _ in range(times):
        made: list[CID] = []
        first = least(lambda _, made=made: made.append(CID(specs)), lambda: None, 1)
        found.setdefault("construction of the CID", []).append(first)
        for name, step in steps:
            found.setdefault(name, []).append(least(step, lambda made=made: made[-1], 1))
    best = {name: min(seconds) for name, seconds in found.items()}
    for name, seconds in best.items():
        yield (name, f"{seconds:.2f} s")
    yield ("all but construction", f"{sum(best.values()) - best['construction of the CID']:.2f} s")


def several(times: int) -> Iterable[tuple[str, ...]]:
    """Decision processes: all concepts, nodes and decisions."""
    yield ("diagram", "nodes", "soluble", "statuses", "s")
    for name, g in (("Markov, 100 steps", markov(100)), ("partially observed, 16 steps", partially_observed(16))):
        seconds = least(incentives, lambda g=g: fresh(g), times)
        yield (name, f"{len(g)}", str(bool(is_soluble(g))), f"{len(incentives(g))}", f"{seconds:.3f}")


def insoluble(times: int) -> Iterable[tuple[str, ...]]:
    """Irregular insoluble diagrams: all concepts, nodes and decisions, the mean over some diagrams."""
    yield ("nodes", "decisions", "questions", "s", "us / question")
    for nodes, decisions in ((30, 12), (60, 25), (100, 35)):
        drawn = [random_sparse(nodes, decisions, seed=seed) for seed in range(6)]
        seconds = sum(least(incentives, lambda g=g: fresh(g), times) for g in drawn) / len(drawn)
        count = len(incentives(drawn[0]))
        yield (f"{nodes}", f"{decisions}", f"{count}", f"{seconds:.3f}", f"{seconds / count * 1e6:.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=3, help="how often each figure is taken; the least counts")
    parser.add_argument("--sample", type=int, default=10, help="how many decisions slow peers are asked about")
    given = parser.parse_args()
    print("Process time, least of several runs. Read ratios, not times.")
    show("One decision, all concepts, random sparse diagrams: growth", growth(given.times))
    show("Requisite observations, 1,000 nodes, 50 decisions", per_decision(given.times, given.sample))
    show("One decision, all concepts, 26 nodes in layers", sweep(given.times))
    show("Several decisions, all concepts", several(given.times))
    show("Irregular insoluble diagrams, all concepts", insoluble(given.times))
    show("All 3,360 decisions of a random sparse diagram of 100,000 nodes", all_decisions(given.times))


if __name__ == "__main__":
    main()
