"""Files, sweeps and games at the sizes where users go next, beside peers: ``python -m benchmarks.files``."""

from __future__ import annotations

import tempfile
import time
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyagrum
import pygambit
import yaml

import cidmesa as cm
from cidmesa.interop import read_bif
from cidmesa.library.file.loader import loads
from cidmesa.library.file.source import read
from cidmesa.modelling.numbers import cells
from cidmesa.solving.games.supports import by_supports

if TYPE_CHECKING:
    from collections.abc import Callable

TIMES = 3


def cpu(work: Callable[[], object], times: int = TIMES) -> float:
    """The least CPU time of some runs, in seconds."""
    found = []
    for _ in range(times):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return min(found)


def row(name: str, own: float, peer: float) -> None:
    """Print one row; the ratio is our time by the peer's."""
    print(f"{name} | {own:.3f} | {peer:.3f} | {own / peer:.2f}", flush=True)


def bif(path: Path, states: int = 40) -> None:
    """Write a network whose last node has ``states`` ** 3 rows."""
    rng, names = np.random.default_rng(0), [f"P{i}" for i in range(3)]
    own = ", ".join(f"s{k}" for k in range(states))
    text = ["network large {", "}"]
    text += [f"variable {n} {{ type discrete [ {states} ] {{ {own} }}; }}" for n in names]
    text += ["variable C { type discrete [ 3 ] { a, b, c }; }"]
    text += [f"probability ( {n} ) {{ table {', '.join(['0.025'] * states)}; }}" for n in names]
    text += [f"probability ( C | {', '.join(names)} ) {{"]
    for at in product(range(states), repeat=3):
        a, b = rng.integers(1, 40, 2)
        shown = ", ".join(f"s{k}" for k in at)
        text.append(f"  ({shown}) {a / 100:.2f}, {b / 100:.2f}, {1 - (a + b) / 100:.2f};")
    path.write_text("\n".join([*text, "}"]))


def chain(nodes: int) -> str:
    """A scenario that is a chain of chance nodes."""
    lines = ["cidmesa: 1", "title: A chain", "nodes:", "  X0: {kind: chance, states: [0, 1], prob: [1/2, 1/2]}"]
    rows = "[[0, {0: 1/3, 1: 2/3}], ['*', {0: 1/4, 1: 3/4}]]"
    own = "{kind: chance, states: [0, 1], parents:"
    lines += [f"  X{k}: {own} [X{k - 1}], table: {rows}}}" for k in range(1, nodes)]
    return "\n".join(lines)


def game(shape: tuple[int, ...]) -> list[np.ndarray]:
    """The payoffs of a random game."""
    rng = np.random.default_rng(1)
    draw = lambda: [Fraction(int(x)) for x in rng.integers(-999, 999, int(np.prod(shape)))]  # noqa: E731
    return [cells(draw(), shape) for _ in shape]


def gambit(payoffs: list[np.ndarray]) -> object:
    made = getattr(pygambit, "StrategicGame", pygambit.Game)
    return pygambit.nash.enumpoly_solve(made.from_arrays(*payoffs))


def swept(folder: Path, jobs: int) -> float:
    start = time.perf_counter()
    cm.sweep(folder, {}, ask="optimal", of="deceptive", jobs=jobs)
    return time.perf_counter() - start


def main() -> None:
    """Print the table."""
    print("work | ours, CPU s | peer, CPU s | ours by peer's")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.bif"
        bif(path)
        row("BIF, 64,000 rows; pyAgrum", cpu(lambda: read_bif(path)), cpu(lambda: pyagrum.loadBN(str(path))))
    text = chain(2_000)
    peer = cpu(lambda: yaml.load(text, Loader=yaml.CSafeLoader))
    row("YAML, 2,000 nodes, read with places; CSafeLoader", cpu(lambda: read(text, "f")), peer)
    row("YAML, 2,000 nodes, to a model; CSafeLoader", cpu(lambda: loads(text)), peer)
    for shape in ((3, 3, 3), (2,) * 5):
        payoffs = game(shape)
        own, peer = cpu(lambda p=payoffs: by_supports(p)), cpu(lambda p=payoffs: gambit(p))
        row(f"all equilibria, {' x '.join(map(str, shape))}; pygambit enumpoly", own, peer)
    corners = (Path(cm.__file__).parents[1] / "models/hubinger2019/two-corners.cid.yaml").read_text()
    with tempfile.TemporaryDirectory() as folder:
        for k in range(1_000):
            (Path(folder) / f"c{k}.cid.yaml").write_text(corners.partition("\nclaims:")[0])
        row("sweep of 1,000 scenarios, wall s: two jobs; one", swept(Path(folder), 2), swept(Path(folder), 1))


if __name__ == "__main__":
    main()
