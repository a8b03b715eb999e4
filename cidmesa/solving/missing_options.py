r"""Decisions whose options depend on their context, for methods that know only decisions with all options everywhere.

Every option becomes available, at a cost: a decision D with a `menu` gets another utility of its owner, 0 for an
available option and -M for a missing one, where M exceeds the spread :math:`\sum_U (\max U - \min U)` of the owner's
utilities. A policy that takes missing options with positive probability is not optimal: replacing each by an available
option loses at most the spread, and only where it gains at least M. So the optimum and all optimal policies are the
same, up to contexts that are never reached, and so is a best response. The new utility depends on the observations on
which the menu depends, so no reduction drops them.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.errors import NotApplicable
from cidmesa.modelling.mechanism import Tabulated
from cidmesa.modelling.numbers import TOL
from cidmesa.modelling.tabulation import Table
from cidmesa.solving.decision_rules import spread
from cidmesa.structure.diagram import CID, Node
from cidmesa.structure.node import fresh_name
from cidmesa.structure.reduction import minimal_reduction

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Array
    from cidmesa.modelling.policy import Rule

__all__ = ["allowed_rules", "reduced", "unrestricted"]


def unrestricted(model: Model, tol: float = TOL) -> tuple[Model, float]:
    """Return the model whose decisions have all options everywhere, missing ones at a cost, and the adapted tolerance.

    The tolerance is a share of the spread of utilities; it is adapted so that the new utilities do not change it.

    Raises:
        NotApplicable: utilities are not numbers because they depend on parameters.

    >>> import cidmesa as cm
    >>> g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, S=cm.uniform([0, 1]), D=lambda S: [0, 1] if S else [0], U="3 * D")
    >>> unrestricted(m)[0].tables["cost_D"].values.astype(int).tolist()
    [[0, -6], [0, 0]]
    """
    if not model.menus:
        return model, tol
    specs, costs, tables, spreads = (
        [*model.cid.specs],
        {**model.mechanisms},
        {**model.tables},
        dict.fromkeys(model.cid.agents, (0.0, 0.0)),
    )
    for decision, menu in model.menus.items():
        agent, name = str(model.cid.agent(decision)), fresh_name(model.cid, f"cost_{decision}")
        least = _least(model, agent)
        cost: Any = 2 * least or Fraction(1)
        missing: Array = (~menu.mask).astype(int).astype(np.object_ if model.exact else np.float64)
        numbers = missing * -(cost if model.exact else float(cost))
        specs.append(Node(name, "utility", agent, (*menu.parents, decision)))
        costs[name] = Tabulated(numbers, specs[-1].parents, (*menu.domains, menu.options))
        tables[name] = Table(specs[-1].parents, numbers)
        spreads[agent] = least, spreads[agent][1] + cost
    full = replace(model, cid=CID(tuple(specs)), menus={}, mechanisms=costs, tables=tables)
    if model.exact:
        return full, tol
    return full, tol * min((float(own / (own + more)) for own, more in spreads.values() if own), default=1.0)


def _least(model: Model, agent: str) -> Any:
    """Return the spread of an agent's utilities."""
    total: Any = Fraction(0)
    for utility in model.cid.utilities_of(agent):
        flat = model.tables[utility].values.ravel().tolist()
        if not all(isinstance(number, int | Fraction | float) or number.ordered for number in flat):
            raise NotApplicable(
                f"{utility!r} depends on parameters without a value, and the options of {', '.join(model.menus)} "
                "on their context. Give the parameters values: model.substitute(...)."
            )
        total += max(flat) - min(flat)
    return total


def reduced(model: Model) -> CID:
    """Return the minimal reduction of a model's diagram that keeps the observations on which options depend.

    >>> import cidmesa as cm
    >>> g = cm.cid("S, T -> D; D -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, S=cm.uniform([0, 1]), T=cm.uniform([0, 1]), D=lambda S, T: [0, 1] if T else [0], U="D")
    >>> reduced(m).parents("D")
    ('T',)
    """
    if not model.menus:
        return minimal_reduction(model.cid)
    full = minimal_reduction(unrestricted(model)[0].cid)
    return type(full)(tuple(spec for spec in full.specs if spec.name in model.cid))


def allowed_rules(model: Model, rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return the rules with each missing option that they take replaced by the first available one.

    >>> import cidmesa as cm
    >>> g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, S=cm.uniform([0, 1]), D=lambda S: ["b"] if S else ["a", "b"], U="3 * S")
    >>> full = unrestricted(m)[0]
    >>> allowed_rules(m, cm.policy(full, {"D": "a"}).rules)
    (Rule(D: a if S = 0; b if S = 1),)
    """
    return tuple(_allowed(model, rule) if rule.decision in model.menus else rule for rule in rules)


def _allowed(model: Model, rule: Rule) -> Rule:
    menu = model.menus[rule.decision]
    read = {*rule.parents, *menu.parents}
    parents = tuple(parent for parent in model.cid.parents(rule.decision) if parent in read)
    full = spread(rule, parents, model)
    values: Array = full.values
    there = np.broadcast_to(menu.over(parents), values.shape)
    wrong = np.asarray((values != 0) & ~there, dtype=bool).any(axis=-1, keepdims=True)
    first: Array = np.eye(values.shape[-1], dtype=int)[there.argmax(axis=-1)].astype(values.dtype)
    return replace(full, values=np.where(wrong, first, values)) if wrong.any() else full
