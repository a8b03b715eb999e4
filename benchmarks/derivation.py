"""All objectives of a family against one of them: ``python -m benchmarks.derivation``."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING, Any

import cidmesa as cm

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FAMILIES"]

BOX = cm.families.box(-1, 1)


def liked(*episodes: int) -> dict[int, str]:
    """A feature: how often b is done in these episodes."""
    return {t: f"A{t} == 'b'" for t in episodes}


def staged() -> cm.TrainingProcess:
    """Two stages of training before deployment."""
    return cm.builders.stages({"one": (1, "1/2"), "two": (1, 1), "deployment": (2, 0)})


# name -> process, features
FAMILIES: dict[str, tuple[Callable[[], cm.TrainingProcess], dict[str, Any]]] = {
    "two coefficients": (lambda: cm.builders.episodes(1, 2), {"x": liked(1), "y": liked(2, 3)}),
    "three": (
        lambda: cm.builders.episodes(1, 2),
        {"x": liked(1), "y": liked(2, 3), "z": {3: "Theta3 == 'mesa'"}},
    ),
    "two stages": (staged, {"x": liked(1), "y": liked(2), "z": liked(3, 4)}),
    "four": (lambda: cm.builders.episodes(1, 3), {f"c{t}": liked(t) for t in range(1, 5)}),
}


def least(times: int, run: Callable[[], object]) -> float:
    """The least CPU time of several runs."""
    found = []
    for _ in range(times):
        start = time.process_time()
        run()
        found.append(time.process_time() - start)
    return min(found)


def main() -> None:
    """Print a row for each family: all its objectives against the class of one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=3)
    given = parser.parse_args()
    print("family | regions | CPU s | one alignment, CPU s | ratio\n---|---|---|---|---")
    for name, (process, features) in FAMILIES.items():
        training = process()
        family = cm.families.objectives(features, BOX, cm.MesaSpec("0", "updates"))
        found = cm.derive(training, family)
        whole = least(given.times, lambda t=training, f=family: cm.derive(t, f))  # type: ignore[misc]
        one = least(given.times, lambda t=training: cm.alignment(t, cm.MesaSpec("A == 'b'", "updates")))  # type: ignore[misc]
        print(f"{name} | {len(found.found.cells)} | {whole:.2f} | {one:.3f} | {whole / one:.0f}")


if __name__ == "__main__":
    main()
