"""Instructions of the eight most used operations, counted by callgrind: ``python -m benchmarks.counts`` (`make bench`).

An operation is run N and 2N times, each time on an input of its own, with counting switched on around it. The
difference by N is the count of one run: what switching costs cancels out, start-up and inputs are not counted. Counts
do not depend on what else runs on the machine, but do on the versions of Python and numpy. ``PYTHONHASHSEED=0`` fixes
hashes of texts.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import cidmesa as cm

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BASELINE = Path(__file__).with_suffix(".json")
TIMES = 2  # N
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


def _control(*command: str) -> None:
    """Tell callgrind, under which this process runs, what to do."""
    subprocess.run(["callgrind_control", *command, str(os.getpid())], capture_output=True, check=True)  # noqa: S603, S607


def _collected(work: Callable[[object], object], inputs: Sequence[object]) -> int:
    """Return the instructions of a piece of work on each of some inputs."""
    before = set(Path().glob("dump.*"))
    _control("--instr=on")
    _control("--zero")
    for given in inputs:
        work(given)
    _control("--dump")
    _control("--instr=off")
    (dump,) = set(Path().glob("dump.*")) - before
    return int(re.findall(r"^summary: (\d+)", dump.read_text(), re.MULTILINE)[0])


def count(name: str) -> int:
    """Return the instructions of one run of an operation, caches of earlier runs being filled."""
    prepare, work = OPERATIONS[name]
    first, *inputs = [prepare() for _ in range(3 * TIMES + 1)]
    work(first)
    return (_collected(work, inputs[TIMES:]) - _collected(work, inputs[:TIMES])) // TIMES


def counted() -> dict[str, int]:
    """Return the count of each operation, from a process under callgrind in a folder of its own."""
    tool = ["valgrind", "--tool=callgrind", "--instr-atstart=no", "--callgrind-out-file=dump"]
    settings = {"PYTHONHASHSEED": "0", "PYTHONPATH": str(BASELINE.parent.parent)}
    with TemporaryDirectory() as folder:
        command = [*tool, sys.executable, "-m", "benchmarks.counts", "--here"]
        done = subprocess.run(  # noqa: S603 (our own)
            command, capture_output=True, text=True, check=True, env=os.environ | settings, cwd=folder
        )
    return dict(json.loads(done.stdout))


def main() -> None:
    """Print the counts beside the baseline."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="make the counts the baseline")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.here:
        print(json.dumps({name: count(name) for name in OPERATIONS}))
        return
    found = counted()
    if given.write:
        BASELINE.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    before = json.loads(BASELINE.read_text(encoding="utf-8"))
    print("operation | instructions, millions | baseline, millions | ratio")
    for name, instructions in found.items():
        print(f"{name} | {instructions / 1e6:.1f} | {before[name] / 1e6:.1f} | {instructions / before[name]:.2f}")


if __name__ == "__main__":
    main()
