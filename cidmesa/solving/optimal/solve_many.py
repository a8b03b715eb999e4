"""Optimal policies of one model under many settings of its parameters, computed on tables with one more axis."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.display import Displays
from cidmesa.errors import ModelError, NotApplicable
from cidmesa.modelling.model import assemble
from cidmesa.modelling.policy import Policy, Rule
from cidmesa.modelling.polynomial import Polynomial
from cidmesa.modelling.tabulation import Table
from cidmesa.solving.decision_rules import rules_of
from cidmesa.solving.missing_options import allowed_rules, unrestricted
from cidmesa.solving.optimal.backward_induction import swept
from cidmesa.solving.optimal.problem import problem_of
from cidmesa.solving.optimal.solution import only_decider
from cidmesa.structure.diagram import CID, Node
from cidmesa.structure.node import fresh_name
from cidmesa.structure.reduction import minimal_reduction

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Array

__all__ = ["Solutions", "solve_many"]


@dataclass(frozen=True, eq=False)
class Solutions(Displays):
    """The optimal values for many settings; ``values[i]`` belongs to setting i, as a float.

    Source: ours; each optimum is that of `solve`.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("D -> U", decisions=["D"], utilities=["U"]), D=[0, 1], U="D * (p - 1)", parameters={"p": 1})
    >>> cm.solve_many(m, {"p": [0, 3]}).values.tolist()
    [0.0, 2.0]

    """

    agent: str
    values: Array
    rules: tuple[Rule, ...]  # their first observation is the setting

    def __len__(self) -> int:
        return len(self.values)

    def policy(self, i: int) -> Policy:
        """Return an optimal policy under setting i."""
        seen = ((r, r.parents[1:], r.domains[1:], r.values[i].copy()) for r in self.rules)
        return Policy(tuple(replace(r, parents=p, domains=d, values=v) for r, p, d, v in seen))


def solve_many(model: Model, settings: Mapping[str, Sequence[object] | Array]) -> Solutions:
    """Return the optimal value and policy of the only agent that decides, for each setting of some parameters.

    Setting i takes the i-th value of each parameter. The result equals ``[solve(model.substitute(...)) for ...]`` in
    floats and is much faster, because the setting is treated as one more variable that every decision observes.

    Source: ours; the optimum is that of `solve`.

    Args:
        model: the model.
        settings: parameter -> an array of values; all arrays have the same length.

    Raises:
        ModelError: a parameter is unknown, a value lies outside its range, arrays have different lengths, or a
            probability is negative.
        NotApplicable: decisions rely on each other (limited memory); solve these settings one by one.

    >>> import cidmesa as cm
    >>> g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, S=cm.bernoulli("p"), D=[0, 1], U="D * (2 * S - 1) + p", parameters={"p": "1/2"})
    >>> found = solve_many(m, {"p": [0, 0.25, 1]})
    >>> found.values.tolist(), found.policy(1)["D"](S=1)
    ([0.0, 0.5, 2.0], 1)

    """
    columns = _columns(model, settings)
    count = len(next(iter(columns.values())))
    agent, setting = only_decider(model), fresh_name(model.cid, "setting")
    wide = _with_setting(model, setting, count, _tables(model, columns, count))
    full, tol = unrestricted(wide)
    cid = minimal_reduction(full.cid)
    observing = {d: (setting, *(p for p in cid.parents(d) if p != setting)) for d in cid.decisions}
    cid = CID(tuple(replace(s, parents=observing[s.name]) if s.name in observing else s for s in cid.specs))
    problem = problem_of(full, agent, cid, tol)
    world, left = swept(problem)
    if left:
        names = ", ".join(cid.nodes[d] for d in left)
        raise NotApplicable(f"the decisions {names} rely on each other; solve such settings one by one.")
    first = cid.index(setting)
    values = count * world.expected_utilities((first,)).astype(np.float64)
    return Solutions(agent, values, allowed_rules(wide, rules_of(full, problem, world.rules)))


def _columns(model: Model, settings: Mapping[str, Sequence[object] | Array]) -> dict[str, Array]:
    columns = {name: np.asarray([float(value) for value in values]) for name, values in settings.items()}  # type: ignore[arg-type]
    if len({len(column) for column in columns.values()}) != 1 or not len(next(iter(columns.values()))):
        raise ModelError("each parameter needs the same number of values, at least one.")
    for name, column in columns.items():
        model.substitute({name: float(column.min())}).substitute({name: float(column.max())})
    return columns


def _tables(model: Model, columns: Mapping[str, Array], count: int) -> dict[str, Table]:
    """Return the float tables; those that depend on a parameter of ``columns`` have the settings as first axis."""
    try:
        free = {n: replace(p, value=None) if n in columns else p for n, p in model.parameters.items()}
        symbolic = assemble(model.cid, model.domains, model.mechanisms, free, symbolic=True)
    except ModelError:  # not polynomials: each setting is tabulated
        each = [model.substitute({n: float(c[i]) for n, c in columns.items()}).tables for i in range(count)]
        return {
            node: Table(t.variables, np.stack([one[node].as_float().values for one in each]))
            for node, t in model.tables.items()
        }
    return {node: _evaluated(table, columns, count) for node, table in symbolic.tables.items()}


def _evaluated(table: Table, columns: Mapping[str, Array], count: int) -> Table:
    flat = table.values.ravel()
    if not any(isinstance(cell, Polynomial) for cell in flat):
        return table.as_float()
    rows = np.empty((count, len(flat)))
    for k, cell in enumerate(flat):
        rows[:, k] = cell.evaluated(columns) if isinstance(cell, Polynomial) else float(cell)
    return Table(table.variables, rows.reshape(count, *table.values.shape))


def _with_setting(model: Model, setting: str, count: int, tables: Mapping[str, Table]) -> Model:
    """Return the model with the setting as a uniform root that each table that varies and each decision sees."""
    varies = {node for node, table in tables.items() if table.values.ndim > len(table.variables)}
    for node in sorted(varies):
        if model.cid.kind(node) == "chance" and tables[node].values.min() < -1e-9:
            raise ModelError(f"node {node!r}: a probability is negative under some setting.")
    wide = {node: Table((setting, *t.variables), t.values) if node in varies else t for node, t in tables.items()}
    specs = [
        replace(s, parents=(setting, *s.parents)) if s.name in varies or s.kind == "decision" else s
        for s in model.cid.specs
    ]
    first: dict[str, Any] = {setting: Table((setting,), np.full(count, 1.0 / count))}
    domains: dict[str, tuple[Any, ...]] = {**model.domains, setting: tuple(range(count))}
    return replace(model, cid=CID((Node(setting), *specs)), domains=domains, tables=first | wide)
