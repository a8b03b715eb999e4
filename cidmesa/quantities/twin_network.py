"""Two worlds that share their noise, for what would have been: as factors for variable elimination.

The noise of a node is a field of independent draws, one for each setting of its parents (the canonical structural
model of a table): in the other world a node has the value that it has in this one if its parents' values are the same,
and an independent draw otherwise. For deterministic mechanisms this is the only structural model there is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from cidmesa.errors import NotApplicable, TooLarge
from cidmesa.modelling.inference import Factor
from cidmesa.modelling.policy import Policy
from cidmesa.solving.decision_rules import pure_rule

if TYPE_CHECKING:
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Array, Number, State
    from cidmesa.quantities.quantity import Context

__all__ = [
    "Names",
    "Noise",
    "Other",
    "States",
    "Variable",
    "alone",
    "axis",
    "coupled",
    "noise",
    "plain",
    "plain_number",
    "with_set",
]


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


MAX_SETTINGS = 100_000
States: TypeAlias = "dict[str, Array]"  # node -> position of its state in each setting


@dataclass(frozen=True)
class Noise:
    """The settings of the noise that occur, with their probabilities.

    The noise of a node is a field of independent draws, one for each setting of its parents (the canonical structural
    model); ``fields[node]`` says what the node is in each setting (axis 0) for each row of its
    parents' states (axis 1). A decision whose rule is random has a field too.
    """

    model: Model
    chance: Array
    fields: Mapping[str, Array]

    def __len__(self) -> int:
        return len(self.chance)

    def run(self, policy: Policy, fixed: Mapping[str, Array] | None = None) -> States:
        """Return what each node of the fields and each decision of ``policy`` is, ``fixed`` nodes being held.

        An entry of ``fixed`` that is negative leaves the node free in that setting.

        Raises:
            NotApplicable: the rule of a decision without a field is random.
        """
        found: States = {}
        held = fixed or {}
        for node in self.model.cid.nodes:
            known = node in self.fields or node in policy
            if known and all(parent in found for parent in self.model.cid.parents(node)):
                values = self._natural(node, found, policy)
                found[node] = np.where(held[node] >= 0, held[node], values) if node in held else values
        return found

    def utility(self, states: States, nodes: Iterable[str]) -> Array:
        """Return the sum of the utility ``nodes`` in each setting."""
        tables = ((self.model.tables[u].values.ravel(), self._row(u, states)) for u in nodes)
        zero = np.full(len(self), Fraction(0)) if self.model.exact else np.zeros(len(self))
        return sum((values[row] for values, row in tables), start=zero)

    def state(self, states: States, node: str, setting: int) -> State:
        """Return the state of ``node`` in a setting."""
        return self.model.domains[node][int(states[node][setting])]

    def setting(self, states: States, decision: str, number: int) -> Context:
        """Return a setting by the states of the chance nodes that are not downstream of the decision."""
        cid = self.model.cid
        shown = [n for n in states if cid.kind(n) == "chance" and n not in cid.descendants(decision)]
        return tuple((node, self.state(states, node, number)) for node in shown)

    def repeated(self, times: int) -> Noise:
        """Return the same settings over and over, so that several interventions run at once."""
        fields = {node: np.tile(field, (times, 1)) for node, field in self.fields.items()}
        return Noise(self.model, np.tile(self.chance, times), fields)

    def probability(self, settings: Array | Sequence[int]) -> Number:
        """Return the probability of some settings, given as a mask or as numbers."""
        return plain_number(self.chance[settings].sum())

    def with_node(self, model: Model, node: str) -> Noise:
        """Return the same noise for a model with one more node, which is deterministic."""
        table = model.tables[node].values
        rows = table.reshape(-1, table.shape[-1]).argmax(axis=-1)
        return Noise(model, self.chance, {**self.fields, node: np.broadcast_to(rows, (len(self), len(rows)))})

    def _natural(self, node: str, states: States, policy: Policy) -> Array:
        row = self._row(node, states)
        if node in policy and policy[node].pure:
            rule = policy[node].values
            return np.asarray(rule.reshape(-1, rule.shape[-1]).argmax(axis=-1)[row])
        if node not in self.fields:
            raise NotApplicable(f"a policy to compare with must not be random, as it is at {node!r}.")
        return np.asarray(self.fields[node][np.arange(len(self)), row])

    def _row(self, node: str, states: States) -> Array:
        row = np.zeros(len(self), dtype=np.int64)
        for parent in self.model.cid.parents(node):
            row = row * len(self.model.domains[parent]) + states[parent]
        return row


def plain_number(value: Number) -> Number:
    """Return a number of an array as Python has it: NumPy's floats and their comparisons are of other types.

    >>> plain_number(np.float64(0.5)), plain_number(Fraction(1, 2))
    (0.5, Fraction(1, 2))
    """
    return float(value) if isinstance(value, float) else value


def noise(model: Model, policy: Policy, *, of: Iterable[str]) -> Noise:
    """Return the settings of the noise of the nodes upstream of ``of``, and of random rules of ``policy`` there.

    Raises:
        TooLarge: more than 100,000 settings.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("X -> Y"), X=cm.bernoulli("1/2"), Y=lambda X: {0: "1/3", 1: "2/3"} if X else 0)
    >>> found = noise(m, cm.policy(m, {}), of=["Y"])
    >>> states = found.run(cm.policy(m, {}))
    >>> [(str(p), int(y)) for p, y in zip(found.chance, states["Y"])]
    [('1/6', 0), ('1/3', 0), ('1/6', 0), ('1/3', 1)]
    """
    rows = {node: _rows(model, policy, node) for node in _random(model, policy, of)}
    supports = [np.flatnonzero(row).tolist() for table in rows.values() for row in table]
    if (count := prod(map(len, supports))) > MAX_SETTINGS:
        raise TooLarge(
            f"the noise has {count} settings, more than {MAX_SETTINGS}. Mechanisms that are deterministic, "
            "or fewer states, would shrink it."
        )
    drawn = np.array(list(product(*supports)), dtype=np.int64)
    chance = np.full(count, Fraction(1)) if model.exact else np.ones(count)
    fields, start = {}, 0
    for node, table in rows.items():
        field = drawn[:, start : start + len(table)]
        for row, states in zip(table, field.T, strict=True):
            chance = chance * row[states]
        fields[node], start = field, start + len(table)
    return Noise(model, chance, fields)


def _random(model: Model, policy: Policy, of: Iterable[str]) -> list[str]:
    """Return the nodes that need a field: chance nodes upstream, and decisions upstream whose rule is random."""
    above = model.cid.upstream(of)
    kinds = {node: model.cid.kind(node) for node in above}
    if missing := [node for node in above if kinds[node] == "decision" and node not in policy]:
        raise NotApplicable(f"the policy has no rule for {', '.join(missing)}.")
    return [n for n in above if kinds[n] == "chance" or (kinds[n] == "decision" and not policy[n].pure)]


def _rows(model: Model, policy: Policy, node: str) -> Array:
    values = policy[node].values if model.cid.kind(node) == "decision" else model.tables[node].values
    return values.reshape(-1, values.shape[-1])
