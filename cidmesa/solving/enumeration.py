"""Small problems whose decisions rely on each other: all combinations of pure rules at once, in one product of tables.

Multiple policy updating (`updating`) pays only where there are more of them.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.modelling.contraction import SMALL, Factor, contract
from cidmesa.solving.problem import Part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cidmesa.modelling.numbers import Array
    from cidmesa.solving.messages import World

__all__ = ["best_of_all"]


def best_of_all(world: World, decisions: Sequence[int]) -> tuple[Any, dict[int, Part]] | None:
    """Return the greatest expected utility that rules for ``decisions`` attain, and such rules; ``None`` if many.

    The other decisions follow the rules of ``world``. Many: the combinations times the settings that the decisions
    see and choose are more than the cells of a small product of tables, or the problem is more than one cluster.
    """
    problem, sizes = world.problem, world.problem.sizes
    families = [problem.families[d] for d in decisions]
    scope = tuple(dict.fromkeys(v for family in families for v in family))
    count = prod([sizes[family[-1]] ** problem.cells(family[:-1]) for family in families])
    if len(world.tree.clusters) > 1 or count * problem.cells(scope) > SMALL:
        return None
    rules = [_every_rule(tuple([sizes[v] for v in family]), problem.exact) for family in families]
    axes = [-1 - d for d in decisions]
    named = [Factor((axis, *family), rule) for axis, family, rule in zip(axes, families, rules, strict=True)]
    values = contract([Factor(scope, world.expected_utilities(scope)), *named], axes)
    first = int(values.argmax())
    best = np.unravel_index(first, values.shape)
    chosen = {f[-1]: Part(f, rule[k], f[-1]) for f, rule, k in zip(families, rules, best, strict=True)}
    return values.item(first), chosen


@lru_cache(maxsize=64)
def _every_rule(shape: tuple[int, ...], exact: bool) -> Array:
    """Return all pure rules over the observations and options of ``shape``, along the first axis."""
    *seen, options = shape
    one_hot = [[int(i == k) for k in range(options)] for i in range(options)]
    rules = list(product(one_hot, repeat=prod(seen)))
    return np.array(rules, dtype=np.object_ if exact else np.float64).reshape(-1, *shape)
