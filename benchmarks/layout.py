"""Layouts beside those of peers: crossings, links through foreign nodes, times (``python -m benchmarks.layout``)."""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import time
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import networkx as nx

import cidmesa as cm
from cidmesa.render.geometry import Box, cross, flatten
from cidmesa.render.paint import paint

if TYPE_CHECKING:
    from collections.abc import Callable

    from cidmesa.render.geometry import Point

SIZES = (6, 10, 15, 25, 40)
MANY = 25  # diagrams of each size
_NODE = 38.0  # px: width and height of a node, for all layouts
_SCALE = 400.0  # px for one unit of networkx, whose links are straight lines: crossings do not depend on it

Drawn = tuple[dict[str, Box], dict[tuple[str, str], list["Point"]]]


def diagram(seed: int, count: int, links: float = 1.0) -> cm.CID:
    """Return a random acyclic diagram with about ``links`` links for each node, mostly in one piece."""
    dice = random.Random(seed)  # noqa: S311 (no secret)
    pairs = {(dice.randrange(i), i) for i in range(1, count) if dice.random() < 0.8}
    while len(pairs) < round(links * count):
        a, b = sorted(dice.sample(range(count), 2))
        pairs.add((a, b))
    names = [f"X{i}" for i in dice.sample(range(count), count)]
    return cm.cid([(names[a], names[b]) for a, b in sorted(pairs)], nodes=sorted(names))


def ours(graph: cm.CID) -> Drawn:
    panel = paint(graph).panels[0]
    return {n.name: n.box for n in panel.nodes}, {(k.source, k.target): list(k.route.line) for k in panel.links}


def graphviz(graph: cm.CID) -> Drawn:
    """Return what ``dot`` draws for nodes of our size, its splines as polylines."""
    inches = _NODE / 72
    lines = [f'"{n}" [fixedsize=true, width={inches}, height={inches}, label=""];' for n in graph.nodes]
    lines += [f'"{a}" -> "{b}";' for a, b in graph.edges]
    source = "digraph { rankdir=LR; nodesep=0.22; ranksep=0.55;" + "".join(lines) + "}"
    run = subprocess.run(["dot", "-Tplain"], input=source, capture_output=True, text=True, check=True)  # noqa: S607
    boxes, routes = {}, {}
    for words in map(str.split, run.stdout.splitlines()):
        if words[0] == "node":
            boxes[words[1]] = Box(72 * float(words[2]), 72 * float(words[3]), _NODE, _NODE)
        if words[0] == "edge":
            numbers = [72 * float(word) for word in words[4 : 4 + 2 * int(words[3])]]
            points = list(zip(numbers[::2], numbers[1::2], strict=True))
            routes[words[1], words[2]] = _flat(points)
    return boxes, routes


def _flat(controls: list[Point]) -> list[Point]:
    pieces = (flatten(controls[i : i + 4]) for i in range(0, len(controls) - 1, 3))
    return [point for piece in pieces for point in piece]


def _straight(graph: cm.CID, places: dict[str, Point]) -> Drawn:
    boxes = {n: Box(_SCALE * float(x), _SCALE * float(y), _NODE, _NODE) for n, (x, y) in places.items()}
    return boxes, {(a, b): [boxes[a].centre, boxes[b].centre] for a, b in graph.edges}


def kamada_kawai(graph: cm.CID) -> Drawn:
    """Return the layout that PyCID's ``draw()`` takes unless it is given another."""
    return _straight(graph, nx.kamada_kawai_layout(graph.to_networkx()))


def multipartite(graph: cm.CID) -> Drawn:
    made = graph.to_networkx()
    for rank, generation in enumerate(nx.topological_generations(made)):
        for node in generation:
            made.nodes[node]["subset"] = rank
    return _straight(graph, nx.multipartite_layout(made))


def spring(graph: cm.CID) -> Drawn:
    return _straight(graph, nx.spring_layout(graph.to_networkx(), seed=1))


def crossings(drawn: Drawn) -> int:
    """Return how many pairs of links without a common end cross, by their polylines."""
    pairs = combinations(drawn[1].items(), 2)
    return sum(
        any(cross(p, q) for p in pairwise(one) for q in pairwise(two))
        for (a, one), (b, two) in pairs
        if not set(a) & set(b)
    )


def through(drawn: Drawn) -> int:
    """Return how many links run through a node that is not their end."""
    return sum(
        any(box.grown(-1).meets(p, q) for p, q in pairwise(line))
        for link, line in drawn[1].items()
        for name, box in drawn[0].items()
        if name not in link
    )


def layouts() -> dict[str, Callable[[cm.CID], Drawn]]:
    known: dict[str, Callable[[cm.CID], Drawn]] = {"cidmesa": ours}
    if shutil.which("dot"):
        known["dot"] = graphviz
    return known | {
        "networkx multipartite": multipartite,
        "networkx spring": spring,
        "kamada-kawai (PyCID)": kamada_kawai,
    }


def _row(name: str, draw: Callable[[cm.CID], Drawn], graphs: list[cm.CID]) -> str:
    start = time.process_time()
    drawn = [draw(graph) for graph in graphs]
    spent = 1000 * (time.process_time() - start) / len(graphs)
    mean = [sum(count(d) for d in drawn) / len(drawn) for count in (crossings, through)]
    return f"| {name} | {mean[0]:.2f} | {mean[1]:.2f} | {spent:.1f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--links", type=float, default=1.0, help="links for each node")
    parser.add_argument("--first", type=int, default=0, help="seed of the first diagram")
    parser.add_argument("--many", type=int, default=MANY, help="diagrams of each size")
    parser.add_argument("sizes", type=int, nargs="*", default=SIZES)
    given = parser.parse_args()
    for count in given.sizes:
        graphs = [diagram(seed, count, given.links) for seed in range(given.first, given.first + given.many)]
        print(f"\n{count} nodes, {len(graphs[0].edges)} links, mean over {given.many} diagrams\n")
        print("| layout | crossings | links through nodes | ms (own process) |\n|---|---|---|---|")
        for name, draw in layouts().items():
            print(_row(name, draw, graphs))


if __name__ == "__main__":
    main()
