"""Diagrams whose decisions rely on each other, drawn at random and solved: ``python -m benchmarks.insoluble``."""

from __future__ import annotations

import argparse
import math
import random
import statistics
import time
from dataclasses import dataclass, field

import numpy as np

from benchmarks.engines import cidmesa_model
from benchmarks.families import Node
from cidmesa import TooLarge, solve
from cidmesa.modelling.inference import elimination

__all__ = ["drawn", "strategies"]


@dataclass
class Draft:
    """A diagram under construction: kinds and states of the nodes, and the parents so far."""

    kinds: list[str]
    states: list[int]
    most: dict[str, int]  # cells of a table, by kind
    width: int
    parents: list[list[int]] = field(default_factory=list)

    def fits(self, parent: int, child: int) -> bool:
        """Whether the table of ``child`` may have one more parent."""
        cells = math.prod(self.states[v] for v in (child, parent, *self.parents[child]))
        return cells <= self.most[self.kinds[child]]

    def narrow(self) -> bool:
        """Whether a greedy elimination order needs no table of more than ``width`` + 1 variables."""
        families = [[v, *row] if self.kinds[v] != "utility" else row for v, row in enumerate(self.parents)]
        order = elimination(filter(None, families), dict(enumerate(self.states)))
        return max((len(others) for _, others in order), default=0) <= self.width

    def add(self, parent: int, child: int) -> None:
        """Add a link if tables and width allow it."""
        if parent in self.parents[child] or not self.fits(parent, child):
            return
        self.parents[child].append(parent)
        if not self.narrow():
            self.parents[child].remove(parent)


def drawn(chance: int, decisions: int, seed: int, *, width: int = 10, cells: int = 16, rule_cells: int = 8,
          ) -> list[Node]:  # fmt: skip
    """A random diagram after Maua, de Campos and Zaffalon 2012, as far as their generator is known to us.

    Utilities are two more than decisions; variables have 2 to 4 states; each decision is a parent of a utility that had
    none; then links are added, in random order, while no table of a chance node has more than ``cells`` cells, none of
    a decision or utility more than ``rule_cells``, and the graph in which all tables are cliques has no greater width
    than ``width`` by a greedy order. Numbers are uniform.
    """
    rng = random.Random(seed)  # noqa: S311
    order = ["chance"] * chance + ["decision"] * decisions
    rng.shuffle(order)
    kinds = [*order, *["utility"] * (decisions + 2)]
    states = [rng.randint(2, 4) if kind != "utility" else 1 for kind in kinds]
    most = {"chance": cells, "decision": rule_cells, "utility": rule_cells}
    draft = Draft(kinds, states, most, width, [[] for _ in kinds])
    first = len(order)
    for position, decision in enumerate(v for v in range(first) if kinds[v] == "decision"):
        draft.parents[first + position].append(decision)
    pairs = [(a, b) for b in range(len(kinds)) for a in range(min(b, first))]
    rng.shuffle(pairs)
    for parent, child in pairs:
        draft.add(parent, child)
    return _numbered(draft, np.random.default_rng(seed))


def _numbered(draft: Draft, rng: np.random.Generator) -> list[Node]:
    nodes = []
    for v, kind in enumerate(draft.kinds):
        parents = sorted(draft.parents[v])
        shape = [draft.states[p] for p in parents]
        table = None if kind == "decision" else rng.random(shape)
        if kind == "chance":
            table = rng.dirichlet(np.ones(draft.states[v]), size=shape or None)
        nodes.append(Node(f"V{v}", kind, tuple(f"V{p}" for p in parents), draft.states[v], table))
    return nodes


def strategies(nodes: list[Node]) -> float:
    """The logarithm to base 10 of the number of pure policies."""
    states = {node.name: node.states for node in nodes}
    contexts = ((n.states, math.prod(states[p] for p in n.parents)) for n in nodes if n.kind == "decision")
    return sum(count * math.log10(options) for options, count in contexts)


def main() -> None:
    """Print a row for each diagram, the share solved, and the gaps of the rest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=5)
    parser.add_argument("--chance", type=int, default=50)
    parser.add_argument("--decisions", type=int, default=50)
    parser.add_argument("--width", type=int, default=10)
    parser.add_argument("--rule-cells", type=int, default=8)
    parser.add_argument("--timeout", type=float, default=60)
    given = parser.parse_args()
    print("variables | utilities | strategies | value | gap % | CPU s | method\n---|---|---|---|---|---|---")
    gaps, seconds = [], []
    for seed in range(given.count):
        nodes = drawn(given.chance, given.decisions, seed, width=given.width, rule_cells=given.rule_cells)
        model, start = cidmesa_model(nodes), time.process_time()
        try:
            found = solve(model, timeout=given.timeout)
        except TooLarge as error:
            print(f"{len(nodes)} | | 10^{strategies(nodes):.0f} | | | | {error}")
            continue
        seconds.append(time.process_time() - start)
        gaps.append(100 * float(found.gap) / abs(float(found.value)))
        print(f"{given.chance + given.decisions} | {given.decisions + 2} | 10^{strategies(nodes):.0f} | "
              f"{found.value:.4f} | {gaps[-1]:.2f} | {seconds[-1]:.1f} | {found.method}", flush=True)  # fmt: skip
    solved = [s for s, gap in zip(seconds, gaps, strict=True) if gap == 0]
    rest = [gap for gap in gaps if gap > 0]
    print(f"\nsolved: {len(solved)} of {given.count}"
          + (f", median {statistics.median(solved):.2f} s" if solved else "")
          + (f"; gap of the rest: median {statistics.median(rest):.2f} %" if rest else ""))  # fmt: skip


if __name__ == "__main__":
    main()
