r"""Upper bounds by parts: the optimum for a sum of utilities is at most the sum of the optima for parts of them.

A part has only the ancestors of its utilities, and fewer of its decisions rely on each other. Parts are single
utilities at first, then pairs of parts while there is time, so that the bounds :math:`\sum_k \max_\pi E^\pi[U_k]` fall.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any

from cidmesa.errors import TooLarge
from cidmesa.solving.problem import problem_of
from cidmesa.solving.sweep import swept
from cidmesa.solving.tree import tree_of
from cidmesa.solving.updating import Limits, OutOfTime, best_rules
from cidmesa.structure.diagram import CID
from cidmesa.structure.reduction import minimal_reduction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cidmesa.modelling.model import Model

__all__ = ["bounds_by_parts"]


def bounds_by_parts(model: Model, cid: CID, agent: str, deadline: float) -> Iterator[Any]:
    """Yield falling upper bounds of the agent's optimum, the last one for all utilities together, until the deadline.

    >>> import cidmesa as cm
    >>> g = cm.cid("D1, D2 -> U; D1 -> V", decisions=["D1", "D2"], utilities=["U", "V"])
    >>> m = cm.model(g, D1=[0, 1], D2=[0, 1], U="D1 + D2", V="-3 * D1")
    >>> [int(bound) for bound in bounds_by_parts(m, g, "agent", monotonic() + 60)]
    [2, 1]
    """
    parts: list[tuple[tuple[str, ...], Any]]
    parts = [((utility,), model.tables[utility].values.max()) for utility in cid.utilities_of(agent)]
    while True:
        left = len(parts)
        for k, (part, known) in enumerate(parts):
            until = monotonic() + (deadline - monotonic()) / (left - k)  # an equal share of the time that is left
            parts[k] = part, min(known, _bound(model, cid, agent, part, known, until))
        yield sum(bound for _, bound in parts)
        if len(parts) < 2 or monotonic() > deadline:
            return
        pairs = [parts[k : k + 2] for k in range(0, len(parts), 2)]
        parts = [(tuple(u for part, _ in pair for u in part), sum(bound for _, bound in pair)) for pair in pairs]


def _bound(model: Model, cid: CID, agent: str, part: tuple[str, ...], known: Any, deadline: float) -> Any:
    """Return the optimum for the utilities of a part, or what is known if it is not found in time."""
    specs = tuple(s for s in cid.specs if s.kind != "utility" or s.name in part)
    problem = problem_of(model, agent, minimal_reduction(CID(specs)))
    try:
        world, left = swept(problem, tree_of(problem))
        undecided = [d for component in left for d in component if d in problem.families]
        if undecided:
            return best_rules(world, undecided, Limits(None, deadline)).bound
        return world.expected_utility().item()
    except (OutOfTime, TooLarge):
        return known
