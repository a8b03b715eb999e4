"""Whether one objective explains the behaviour in several environments: the cones of each, and their intersection."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cidmesa.display import Tells
from cidmesa.errors import NotApplicable
from cidmesa.frozen import Frozen
from cidmesa.mesa.behaviour import cells_of, context_rows
from cidmesa.mesa.programs import greatest_last
from cidmesa.modelling.numbers import as_number, is_exact, show
from cidmesa.modelling.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cidmesa.mesa.behaviour import Rows
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Number, State

__all__ = ["Coherence", "coherence"]


@dataclass(frozen=True, repr=False)
class Coherence(Frozen, Tells):
    """Whether one objective in [0, 1] prefers every option taken to the alternatives, and by how much.

    ``margin``: over all environments together. ``separate``: environment -> the margin in it alone. ``values``: an
    objective that attains the margin, a value for each of ``cells`` (settings of the targets). Source: `coherence`.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("D -> X -> U", decisions=["D"], utilities=["U"]), D=[0, 1], X="D", U="X")
    >>> coherence({"one": (m, {"D": 1})}, ["X"])
    Coherence(coherent: margin 1; in each alone one: 1; u(0) = 0; u(1) = 1)
    """

    margin: Fraction
    values: tuple[Fraction, ...]
    cells: tuple[tuple[State, ...], ...]
    separate: Mapping[str, Fraction]

    def __bool__(self) -> bool:
        return self.margin > 0

    def to_json(self) -> dict[str, Any]:
        """Return margins and objective as plain data."""
        objective = {", ".join(map(show, cell)): show(u) for cell, u in zip(self.cells, self.values, strict=True)}
        return {
            "margin": show(self.margin),
            "separate": {e: show(m) for e, m in self.separate.items()},
            "objective": objective,
        }

    def to_text(self) -> str:
        """Return the margins, and the objective if there is one."""
        alone = ", ".join(f"{name}: {show(margin)}" for name, margin in self.separate.items())
        head = f"{'coherent' if self else 'not coherent'}: margin {show(self.margin)}; in each alone {alone}"
        named = [f"  u({', '.join(map(show, c))}) = {show(u)}" for c, u in zip(self.cells, self.values, strict=True)]
        return "\n".join([head, *(named if self else [])])


def coherence(
    behaviour: Mapping[str, tuple[Model, Policy | Mapping[str, object]]], targets: Sequence[str]
) -> Coherence:
    r"""Return whether one objective explains the behaviour in all environments, and how clearly.

    The margin is the greatest t such that some :math:`u: \mathrm{dom}(T) \to [0, 1]` has
    :math:`E[u(T) \mid o, do(d)] - E[u(T) \mid o, do(d')] \ge t` in each environment, in each reached context o, for
    each option d taken and each d' not taken; two options that are both taken must be equally good. Behaviour is
    coherent iff t > 0, that is, iff some objective is strictly consistent with all environments
    (`consistent_objectives`). A habit may have a different explanation in each environment; a goal has the same one in
    all. The margin is exact, by the simplex method on fractions. Source: after the comments on Hubinger et al. 2019
    that ask for coherence across environments; the margin is ours.

    Args:
        behaviour: environment -> (model, policy); each model has one decision, and targets with the same states.
        targets: the nodes that an objective values.

    Raises:
        UnknownNode: a target is missing in an environment.
        NotApplicable: there is no environment, the model does not have exactly one decision, targets have different
            shapes, numbers are not exact, or no other option would change the targets.

    >>> import cidmesa as cm
    >>> g = cm.cid("Menu -> D; Menu, D -> Dish -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, Menu=cm.uniform(range(3)), D=[0, 1], Dish="(Menu + D) % 3", U=0)
    >>> found = coherence({"all": (m, {"D": "Menu == 2"})}, ["Dish"])
    >>> print(found)
    coherent: margin 1/2; in each alone all: 1/2
      u(0) = 1
      u(1) = 1/2
      u(2) = 0
    >>> bool(coherence({"all": (m, {"D": 0})}, ["Dish"]))
    False

    """
    if not behaviour:
        raise NotApplicable("give at least one environment: {'train': (model, policy)}.")
    models = {name: model for name, (model, _) in behaviour.items()}
    for model in models.values():
        model.cid.indices(targets)
    cells = [cells_of(model, [tuple(targets)]) for model in models.values()]
    if any(other != cells[0] for other in cells):
        raise NotApplicable(f"the targets {', '.join(targets)} must have the same states in all environments.")
    rows = {name: _rows(name, model, policy, targets) for name, (model, policy) in behaviour.items()}
    margin, values = _widest(list(rows.values()), len(cells[0]))
    return Coherence(margin, values, cells[0], {name: _widest([one], len(cells[0]))[0] for name, one in rows.items()})


def _rows(name: str, model: Model, policy: Policy | Mapping[str, object], targets: Sequence[str]) -> Rows:
    if len(model.cid.decisions) != 1:
        raise NotApplicable(
            f"the environment {name!r} has {len(model.cid.decisions)} decisions; coherence is about "
            "one. Fix others by model.with_policy."
        )
    if not model.exact:
        raise NotApplicable(f"the environment {name!r} has numbers that are not exact. Give fractions such as '1/3'.")
    return context_rows(model, Policy.of(model, policy)[model.cid.decisions[0]], [tuple(targets)])


def _widest(parts: Sequence[Rows], size: int) -> tuple[Fraction, tuple[Fraction, ...]]:
    """Return the greatest t with row . u >= t for what is chosen, row . u = 0 for ties, 0 <= u <= 1; and such a u."""
    chosen = [row for part in parts for row in part.chosen]
    if not chosen:
        raise NotApplicable(
            "no other option would change the targets, so an objective could not explain the behaviour."
        )
    tied = [row for part in parts for row in part.tied]
    table = [[*(-_exact(x) for x in row), Fraction(1), Fraction(0)] for row in chosen]
    table += [[*(sign * _exact(x) for x in row), Fraction(0), Fraction(0)] for row in tied for sign in (1, -1)]
    table += [[Fraction(i == j) for j in range(size)] + [Fraction(0), Fraction(1)] for i in range(size)]
    found = greatest_last(table)
    return found[-1], tuple(found[:-1])


def _exact(number: Number) -> Fraction:
    value = as_number(number)
    return Fraction(value) if is_exact(value) else Fraction(str(value))
