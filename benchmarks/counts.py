"""Instructions of the eight most used operations, counted by callgrind: ``python -m benchmarks.counts`` (`make bench`).

An operation is run N and 2N times, each time on an input of its own, in processes that are the same in everything else.
The difference by N is the count of one run: start-up, imports and inputs cancel out. Counts do not depend on what else
runs on the machine, but do on the versions of Python and numpy. Hashes of texts are fixed by ``PYTHONHASHSEED=0``.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import cidmesa as cm

if TYPE_CHECKING:
    from collections.abc import Callable

BASELINE = Path(__file__).with_suffix(".json")
TIMES = 3  # N
SCENARIO = "hubinger2019/two-corners"
SPEC = cm.MesaSpec(target="A == 'b'", scope="updates")


def _model() -> cm.Model:
    g = cm.cid("S -> O -> D1 -> D2; O -> D2; S, D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    chance = {"S": {0: "1/3", 1: "2/3"}, "O": cm.table([[0, {0: "3/4", 1: "1/4"}], [1, {0: "1/5", 1: "4/5"}]], ["S"])}
    return cm.model(g, chance, D1=[0, 1], D2=[0, 1], U="S == D1 or D1 + D2 == 1")


def _composed() -> cm.Composition:
    return cm.compose(cm.builders.episodes(2, 2), SPEC)


OPERATIONS: dict[str, tuple[Callable[[], object], Callable[[object], object]]] = {  # inputs, and what is done to them
    "load": (lambda: SCENARIO, cm.load),
    "model": (lambda: None, lambda _: _model()),
    "solve": (_model, cm.solve),
    "incentives": (lambda: _model().cid, lambda g: tuple(cm.incentives(g))),
    "reduce": (lambda: _model().cid, lambda g: str(cm.reduce(g))),
    "compose": (lambda: cm.builders.episodes(2, 2), lambda training: cm.compose(training, SPEC)),
    "certify_deception": (_composed, lambda composition: str(cm.certify_deception(composition))),
    "svg": (lambda: _model().cid, cm.svg),
}


def run(name: str, times: int) -> None:
    """Prepare 2N inputs and run an operation on so many of them."""
    prepare, work = OPERATIONS[name]
    for given in [prepare() for _ in range(2 * TIMES)][:times]:
        work(given)


def collected(name: str, times: int) -> int:
    """Return the instructions of a process that runs an operation so many times."""
    tool = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    command = [*tool, sys.executable, "-m", "benchmarks.counts", "--run", name, "--times", str(times)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | {"PYTHONHASHSEED": "0"})  # noqa: S603 (our own)
    return int(re.findall(r"Collected : (\d+)", done.stderr)[-1])


def count(name: str) -> int:
    """Return the instructions of one run of an operation."""
    return (collected(name, 2 * TIMES) - collected(name, TIMES)) // TIMES


def main() -> None:
    """Print the counts beside the baseline."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=2, help="operations that are counted at the same time")
    parser.add_argument("--write", action="store_true", help="make the counts the baseline")
    parser.add_argument("--run", choices=OPERATIONS, help=argparse.SUPPRESS)
    parser.add_argument("--times", type=int, default=TIMES, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.run:
        run(given.run, given.times)
        return
    before = json.loads(BASELINE.read_text(encoding="utf-8"))
    found = {}
    print("operation | instructions, millions | baseline | ratio")
    with ThreadPoolExecutor(given.jobs) as pool:
        for name, instructions in zip(OPERATIONS, pool.map(count, OPERATIONS), strict=True):
            found[name] = instructions
            known = before.get(name)
            beside = f"{known / 1e6:.1f} | {instructions / known:.2f}" if known else "|"
            print(f"{name} | {instructions / 1e6:.1f} | {beside}", flush=True)
    if given.write:
        BASELINE.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
