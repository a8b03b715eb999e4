"""Random diagrams of one or several agents, the same for a number, and their statuses as text, one letter each."""

from __future__ import annotations

from random import Random

import cidmesa as cm

__all__ = ["drawn", "letters"]


def drawn(number: int) -> cm.CID:
    """A diagram of 3 to 10 nodes: 0 to 5 decisions, every fourth diagram with two agents; the same for a number."""
    rng = Random(number)
    count = rng.randint(3, 10)
    density = rng.choice([0.2, 0.35, 0.5, 0.7])
    deciding = set(rng.sample(range(count - 1), min(count - 1, rng.randint(0, 5))))
    scoring = {i for i in range(1, count) if i == count - 1 or (i not in deciding and rng.random() < 0.2)}
    agents = ("a", "b") if number % 4 == 0 else ("a",)
    specs = []
    for i in rng.sample(range(count), count) if number % 3 == 0 else range(count):
        kind = "utility" if i in scoring else "decision" if i in deciding else "chance"
        parents = tuple(f"V{j}" for j in range(i) if j not in scoring and rng.random() < density)
        specs.append(cm.Node(f"V{i}", kind, None if kind == "chance" else rng.choice(agents), parents))
    return cm.CID(tuple(specs))


def letters(g: cm.CID) -> str:
    """The statuses in the order of the table: y admits, n excluded, ? undetermined, - not applicable."""
    marks = {"admits": "y", "excluded": "n", "undetermined": "?", "not applicable": "-"}
    return "".join(marks[entry.status] for entry in cm.incentives(g).verdicts.entries())
