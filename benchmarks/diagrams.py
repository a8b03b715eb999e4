"""The diagrams that benchmarks run on: random sparse ones, layers, decision processes."""

from __future__ import annotations

import itertools
import random

from cidmesa import CID, Node, cid

__all__ = ["layered", "markov", "partially_observed", "random_sparse"]


def random_sparse(nodes: int, decisions: int, *, seed: int = 0, window: int = 50) -> CID:
    """Two links for each node, over at most ``window`` places; leaves are utilities, other nodes may be decisions."""
    rng = random.Random(seed)  # noqa: S311
    parents: list[dict[int, None]] = [{} for _ in range(nodes)]
    links = 0
    while links < 2 * nodes - 3:
        child = rng.randrange(1, nodes)
        parent = rng.randrange(max(0, child - window), child)
        links += parent not in parents[child]
        parents[child][parent] = None
    inner = sorted({parent for row in parents for parent in row})
    middle = next(v for v in inner if v >= nodes // 2)
    chosen = {middle} if decisions == 1 else set(rng.sample(inner, decisions))
    kinds = {
        **dict.fromkeys(range(nodes), "utility"),
        **dict.fromkeys(inner, "chance"),
        **dict.fromkeys(chosen, "decision"),
    }
    return CID(tuple(
        Node(f"V{v}", kinds[v], None if kinds[v] == "chance" else "agent", tuple(f"V{p}" for p in parents[v]))
        for v in range(nodes)
    ))  # fmt: skip


def layered(layers: int = 8, width: int = 3) -> CID:
    """A decision, fully connected layers of chance nodes, a utility: 26 nodes as a rule."""
    rows = [["D"], *([f"X{i}{j}" for j in range(width)] for i in range(layers)), ["U"]]
    links = [(a, b) for one, two in itertools.pairwise(rows) for a in one for b in two]
    return cid(links, decisions=["D"], utilities=["U"])


def markov(steps: int) -> CID:
    """A decision process in which each decision sees the present state."""
    return _process(steps, "S{t} -> D{t}")


def partially_observed(steps: int) -> CID:
    """A decision process in which each decision sees one noisy signal and remembers nothing: not soluble."""
    return _process(steps, "S{t} -> O{t} -> D{t}")


def _process(steps: int, seen: str) -> CID:
    parts = []
    for t in range(steps):
        parts += [seen.format(t=t), f"S{t}, D{t} -> R{t}"]
        parts += [f"S{t}, D{t} -> S{t + 1}"] if t + 1 < steps else []
    names = range(steps)
    return cid("; ".join(parts), decisions=[f"D{t}" for t in names], utilities=[f"R{t}" for t in names])
