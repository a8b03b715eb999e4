"""Optimal policies beside pyAgrum's, each solution in a fresh process: ``python -m benchmarks.solving``."""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
from pathlib import Path

INSTANCES = ("four", "pig:4", "pig:16", "pig:64", "recall:8", "recall:11", "pomdp:4", "pomdp:6", "pomdp:7", "obs:8",
             "obs:16", "obs:20", "mdp:10:10", "mdp:100:10", "mdp:100:100", "mdp:1000:10", "mdp:1000:30",
             "mdp:1000:100")  # fmt: skip
QUICK = tuple(name for name in INSTANCES if name not in ("pomdp:7", "obs:20") and not name.startswith("mdp:1000"))
KNOWN = {"four": 1.9, "pig:4": 726.8121, "pig:8": 665.390320, "pig:16": 648.317209, "pig:32": 647.336603,
         "pig:64": 647.333333369, "recall:8": 668.909200, "recall:9": 663.277760, "recall:10": 659.335752,
         "recall:11": 656.576346}  # fmt: skip
LONG = 5_000  # ms: a solution that takes longer is timed once


def solution(python: str, engine: str, name: str) -> dict[str, float]:
    """What one fresh process reports, or nothing if the engine is not installed or gives up."""
    root = Path(__file__).resolve().parent.parent
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(root)}
    command = [python, "-m", "benchmarks.engines", engine, name]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=root, check=False)  # noqa: S603
    return dict(json.loads(done.stdout.splitlines()[-1])) if done.returncode == 0 and done.stdout else {}


def medians(peers: str, name: str, times: int) -> list[dict[str, float]]:
    """The medians of several fresh processes of ours and of pyAgrum's, which take turns."""
    engines = ("cidmesa", sys.executable), ("pyagrum", peers)
    runs = [[solution(python, engine, name)] for engine, python in engines]
    for _ in range(times - 1):
        for (engine, python), found in zip(engines, runs, strict=True):
            if found[0] and found[0]["cpu"] < LONG:
                found.append(solution(python, engine, name))
    return [{key: statistics.median(each[key] for each in found) for key in found[0]} for found in runs]


def row(name: str, own: dict[str, float], peer: dict[str, float]) -> str:
    """One row of the table; the truth is a known optimum, else the greater of two values that policies attain."""
    truth = KNOWN.get(name, max(own["value"], peer.get("value", -math.inf)))
    right = "yes" if abs(own["value"] - truth) <= 1e-6 * max(1, abs(truth)) else "NO"
    cells = [name, f"{own['value']:.6f}", right, f"{own['cpu']:.2f}", f"{own['mb']:.1f}"]
    if not peer:
        return " | ".join([*cells, "not installed", "", "", ""])
    good = "yes" if abs(peer["value"] - truth) <= 1e-6 * max(1, abs(truth)) else f"NO ({peer['value']:.4f})"
    return " | ".join([*cells, good, f"{peer['cpu']:.2f}", f"{peer['mb']:.1f}", f"{peer['cpu'] / own['cpu']:.2f}"])


def main() -> None:
    """Print the table and the geometric mean of the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", default=sys.executable, help="the Python in whose environment pyAgrum is")
    parser.add_argument("--times", type=int, default=3, help="fresh processes for each figure")
    parser.add_argument("--quick", action="store_true", help="leave out what takes pyAgrum seconds")
    parser.add_argument("instances", nargs="*", help="for example mdp:100:10; default: all")
    given = parser.parse_args()
    print("instance | optimum | right? | CPU ms | MB | pyAgrum: right? | CPU ms | MB | ratio")
    print("---|---|---|---|---|---|---|---|---")
    ratios = []
    for name in given.instances or (QUICK if given.quick else INSTANCES):
        own, peer = medians(given.peers, name, given.times)
        print(row(name, own, peer), flush=True)
        if peer and peer["cpu"] >= 20:
            ratios.append(peer["cpu"] / own["cpu"])
    if ratios:
        mean = math.exp(statistics.fmean(map(math.log, ratios)))
        print(f"\ngeometric mean of the {len(ratios)} ratios where pyAgrum needs 20 ms or more: {mean:.1f}")


if __name__ == "__main__":
    main()
