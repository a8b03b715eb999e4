"""Two worlds that share their noise, for what would have been: as factors for variable elimination.

The noise of a node is a field of independent draws, one for each setting of its parents (the canonical structural
model of a table): in the other world a node has the value that it has in this one if its parents' values are the same,
and an independent draw otherwise. For deterministic mechanisms this is the only structural model there is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from cidmesa.errors import NotApplicable
from cidmesa.modelling.inference import Factor
from cidmesa.modelling.policy import Policy
from cidmesa.solving.decision_rules import pure_rule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cidmesa.modelling.model import Model

__all__ = ["Names", "Other", "Variable", "alone", "axis", "coupled", "plain", "with_set"]


def alone(model: Model, decision: str) -> Model:
    """Return the model in which ``decision`` is the only decision: others that have one option take it.

    Raises:
        DiagramError: ``decision`` is not a decision.
        NotApplicable: another decision has a choice.

    >>> import cidmesa as cm
    >>> g = cm.cid("D1 -> D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> alone(cm.model(g, D1=[0], D2=[0, 1], U="D2"), "D2").cid.decisions
    ('D2',)

    """
    model.cid.known_decision(decision)
    others = [d for d in model.cid.decisions if d != decision]
    if free := [d for d in others if len(model.domains[d]) > 1]:
        raise NotApplicable(
            f"this is decided exactly for one decision, but {', '.join(free)} can choose, too. Fix the rules of the "
            f"others: model.with_policy in Python, policy: {{{free[0]}: …}} in a question of a file."
        )
    shapes = {d: [len(model.domains[parent]) for parent in model.cid.parents(d)] for d in others}
    return model.with_policy(Policy(tuple(pure_rule(model, d, np.zeros(shapes[d], dtype=int)) for d in others)))


class Other(NamedTuple):
    """A node in the other world: no name, so that no node can be called so."""

    node: str

    def __str__(self) -> str:
        return f"{self.node} in the other world"


Variable: TypeAlias = str | Other
Names: TypeAlias = Mapping[str, Variable]  # what some nodes are called in a world; the others keep their names


def plain(model: Model, node: str, names: Names) -> Factor:
    """Return the table of a node in one world, in which nodes are called by ``names``."""
    table = model.tables[node]
    return Factor(tuple(names.get(name, name) for name in table.variables), table.values)


def axis(name: Variable, size: int) -> Factor:
    """Return a factor of ones, which gives a variable that nothing else mentions its axis."""
    return Factor((name,), np.ones(size, dtype=int))


def coupled(model: Model, node: str, names: Names) -> list[Factor]:
    """Return the joint distribution of a node's values in both worlds given its parents' in both.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("X -> Y"), X=cm.bernoulli("1/2"), Y=lambda X: {0: "1/2", 1: "1/2"})
    >>> (joint,) = coupled(m, "Y", {"X": Other("X"), "Y": Other("Y")})
    >>> joint.values[0, :, 0, :].tolist()  # the same parent's value: the same value
    [[Fraction(1, 2), 0], [0, Fraction(1, 2)]]
    """
    table = model.tables[node]
    here, there = table.variables, tuple(names.get(name, name) for name in table.variables)
    if ((table.values == 0) | (table.values == 1)).all():
        return [Factor(here, table.values), Factor(there, table.values)]
    axes = tuple(dict.fromkeys((*here, *there)))
    sizes = dict(zip((*here, *there), table.values.shape * 2, strict=True))
    grid = dict(zip(axes, np.indices([sizes[axis] for axis in axes], sparse=True), strict=True))
    first, second = [grid[name] for name in here], [grid[name] for name in there]
    same_setting = np.array(True)
    for a, b in zip(first[:-1], second[:-1], strict=True):
        same_setting = same_setting & (a == b)
    chance, again = table.values[tuple(first)], table.values[tuple(second)]
    joint = np.where(same_setting, np.where(first[-1] == second[-1], chance, 0), chance * again)
    return [Factor(axes, joint)]


def with_set(model: Model, node: str, nodes: Iterable[str]) -> tuple[list[Factor], Names]:
    """Return the factors of ``nodes`` in both worlds where do(node = x) holds in the other, and their names there.

    Each x stands on the axis ``Other(node)``; nodes that are not downstream are the same in both worlds.
    """
    every = tuple(nodes)
    below = {node, *model.cid.descendants(node)}
    names = {name: Other(name) for name in every if name in below}
    factors = [plain(model, node, {}), axis(Other(node), len(model.domains[node]))]
    for name in every:
        if name != node:
            factors += coupled(model, name, names) if name in names else [plain(model, name, {})]
    return factors, names
