"""The objective for which random behaviour is that of a Boltzmann-rational agent."""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.display import Tells
from cidmesa.errors import NotApplicable
from cidmesa.mesa.behaviour import cells_of, choices
from cidmesa.modelling.numbers import show, to_float
from cidmesa.modelling.policy import Policy
from cidmesa.solving.decision_rules import decided, options_there

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import State

__all__ = ["Rationalisation", "maximum_entropy_objective"]


@dataclass(frozen=True, repr=False)
class Rationalisation(Tells):
    """An objective that explains random behaviour: a value for each setting of the targets.

    * ``residual``: how far the behaviour is from Boltzmann-rational for every objective over the targets; 0 means
      that the objective explains it fully.
    * ``free``: the number of directions in which the objective could change without changing the behaviour.

    Source: Ziebart et al. 2008.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("D -> U", decisions=["D"], utilities=["U"]), D=[0, 1], U="D")
    >>> found = cm.maximum_entropy_objective(m, {"D": cm.bernoulli("3/4")}, ["D"])
    >>> round(found.values[1] - found.values[0], 4), round(found.residual, 9)
    (1.0986, 0.0)

    """

    targets: tuple[str, ...]
    cells: tuple[tuple[State, ...], ...]
    values: tuple[float, ...]
    residual: float
    free: int

    def __call__(self, **setting: State) -> float:
        """Return the value of a setting of the targets."""
        return self.values[self.cells.index(tuple(setting[node] for node in self.targets))]

    def to_json(self) -> dict[str, Any]:
        """Return the value of each cell, and the quality of the fit, as plain data."""
        cells = [list(map(show, cell)) for cell in self.cells]
        return {
            "targets": list(self.targets),
            "cells": cells,
            "values": list(self.values),
            "residual": self.residual,
            "free": self.free,
        }

    def to_text(self) -> str:
        """Return the value of each cell, and the quality of the fit."""
        lines = [
            f"u({', '.join(map(show, cell))}) = {value:.6g}"
            for cell, value in zip(self.cells, self.values, strict=True)
        ]
        return "\n".join([*lines, f"residual {self.residual:.3g}, {self.free} directions free"])


def maximum_entropy_objective(
    model: Model, policy: Policy | Mapping[str, object], targets: Sequence[str], *, beta: float = 1.0
) -> Rationalisation:
    r"""Return the objective over ``targets`` for which the policy is :math:`\pi(d \mid o) \propto e^{\beta Q_u(o,d)}`.

    Such an agent is as random as possible for the utility that it achieves. For each reached context the differences
    :math:`Q_u(o,d) - Q_u(o,d') = \beta^{-1} \log(\pi(d \mid o)/\pi(d' \mid o))` are linear in u; the answer is the
    least-squares solution of smallest norm. The scale of u cannot be separated from ``beta``. With several decisions, Q
    is taken under the policy's own rules at the others, and all decisions count.
    Source: maximum-entropy inverse decisions, Ziebart et al. 2008; for influence diagrams ours.

    Args:
        model: the model.
        policy: a rule for each decision, in a form that `policy` accepts; it takes every option of a reached context
            with positive probability.
        targets: the nodes that the objective is about.
        beta: how strongly the agent optimizes; the data cannot separate it from the scale of the objective.

    Raises:
        NotApplicable: an option is never taken in a reached context; no such agent is that certain.
        ModelError: a decision has no rule.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("D -> X -> U", decisions=["D"], utilities=["U"]), D=[0, 1], X="D", U="X")
    >>> found = maximum_entropy_objective(m, {"D": {0: 0.25, 1: 0.75}}, ["X"])
    >>> round(found(X=1) - found(X=0), 6), found.residual < 1e-9, found.free  # log 3
    (1.098612, True, 1)

    """
    followed, group = Policy.of(model, policy), tuple(targets)
    cells = cells_of(model, [group])
    rows: list[list[float]] = []
    wanted: list[float] = []
    for decision in model.cid.decisions:
        others = decided(model, *(rule for rule in followed.rules if rule.decision != decision))
        _differences(others, followed, decision, group, rows, wanted, beta)
    table = np.array(rows).reshape(len(rows), len(cells))
    values, _, rank, _ = np.linalg.lstsq(table, np.array(wanted), rcond=None)
    residual = float(np.abs(table @ values - np.array(wanted)).max(initial=0.0))
    return Rationalisation(group, cells, tuple(map(float, values)), residual, len(cells) - int(rank))


def _differences(
    model: Model,
    policy: Policy,
    decision: str,
    group: tuple[str, ...],
    rows: list[list[float]],
    wanted: list[float],
    beta: float,
) -> None:
    values, reached = choices(model, decision, [group])
    rule, there = policy[decision], options_there(model, decision)
    for context in np.ndindex(*reached.shape):
        if not reached[context]:
            continue
        first, *rest = np.flatnonzero(there[context]).tolist()
        chances = to_float(rule.values[context])
        if min(chances[first], *chances[rest]) <= 0:
            raise NotApplicable(
                f"{decision!r} never takes some available option; a Boltzmann-rational agent "
                "takes each with some probability. Ask consistent_objectives instead."
            )
        q = values[context] / reached[context]
        for option in rest:
            rows.append([float(x) for x in q[option] - q[first]])
            wanted.append(log(chances[option] / chances[first]) / beta)
