"""Expected utility of binary networks whose probabilities are parameters: ``python -m benchmarks.symbolic``."""

from __future__ import annotations

import argparse
import random
import time
from unittest import mock

import cidmesa as cm
from cidmesa.modelling import polynomial

__all__ = ["network"]

# seeds whose polynomials have about as many terms as the networks of the first measurements (1,843 and 78,439)
SEEDS = {10: 38, 12: 187}


def network(count: int, seed: int, most: int = 3) -> cm.Model:
    """A random network of binary nodes: a parameter for each row of each table, a utility of the last two nodes."""
    rng = random.Random(seed)  # noqa: S311
    names = [f"X{i}" for i in range(count)]
    links, given, parameters = [], {}, ["u", "v"]
    for i, name in enumerate(names):
        parents = rng.sample(names[:i], min(i, rng.randint(1, most)))
        links += [(parent, name) for parent in parents]
        chances = [f"p{i}_{row}" for row in range(2 ** len(parents))]
        parameters += chances
        rows = [[*(row >> k & 1 for k in range(len(parents))), {1: p, 0: f"1 - {p}"}] for row, p in enumerate(chances)]
        given[name] = cm.table(rows, parents) if parents else {1: chances[0], 0: f"1 - {chances[0]}"}
    links += [(name, "U") for name in names[-2:]]
    given["U"] = f"u * {names[-1]} + v * {names[-2]}"
    free = {name: cm.parameter(name, 0, 1) for name in parameters}
    return cm.model(cm.cid(links, utilities=["U"]), given, parameters=free, symbolic=True)


def seconds(count: int, times: int) -> tuple[float, int]:
    """The least time of several runs, and the number of terms."""
    best, terms = float("inf"), 0
    for _ in range(times):
        model = network(count, SEEDS[count])
        start = time.process_time()
        found = cm.expected_utility(model)
        best = min(best, time.process_time() - start)
        terms = len(found.terms())
    return best, terms


def main() -> None:
    """Print a row for each size and each arithmetic."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=3)
    given = parser.parse_args()
    print("nodes | terms | arithmetic | CPU s\n---|---|---|---")
    for count in SEEDS:
        best, terms = seconds(count, given.times)
        flint = "python-flint" if polynomial.find_spec("flint") else "sympy"
        print(f"{count} | {terms} | {flint} | {best:.4f}")
        if flint == "python-flint":
            polynomial._ring.cache_clear()  # noqa: SLF001
            with mock.patch.object(polynomial, "find_spec", return_value=None):
                best, _ = seconds(count, given.times)
            polynomial._ring.cache_clear()  # noqa: SLF001
            print(f"{count} | {terms} | sympy | {best:.4f}")


if __name__ == "__main__":
    main()
