"""Incentives by their definitions, on random models, by enumeration: shares no code with the library but the graph.

All nodes but utilities are binary. Each chance node has its own binary noise, so that a setting of all noise is a row
of bits; mechanisms are random tables, weights and utilities small integers, so that all comparisons are exact. Arrays
have the axes (model, pure policy, setting of the noise).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from cidmesa.structure.diagram import CID, Node

__all__ = ["Sample", "policies", "random_diagram", "sample"]


def random_diagram(rng: np.random.Generator, most_nodes: int, decisions: int) -> CID:
    """A random diagram of one agent with the given number of decisions and at least one utility."""
    count = int(rng.integers(max(decisions + 1, most_nodes - 3), most_nodes + 1))
    density = rng.choice([0.3, 0.5, 0.7])
    utilities = {count - 1, *(i for i in range(decisions, count - 1) if rng.random() < 0.15)}
    free = [i for i in range(count) if i not in utilities]
    chosen = set(rng.choice(free, size=min(decisions, len(free)), replace=False).tolist())
    specs = []
    for i in range(count):
        kind = "utility" if i in utilities else "decision" if i in chosen else "chance"
        parents = tuple(f"V{j}" for j in range(i) if j not in utilities and rng.random() < density)
        specs.append(Node(f"V{i}", kind, None if kind == "chance" else "agent", parents))
    return CID(tuple(specs))


@dataclass(frozen=True)
class Sample:
    """Random models on one diagram together with all pure policies."""

    cid: CID
    tables: dict[str, np.ndarray]  # chance: (model, 2 * parent row + noise); utility: (model, parent row)
    rules: dict[str, np.ndarray]  # (policy, parent row)
    weights: np.ndarray  # (model, setting), positive
    noise: dict[str, np.ndarray]  # chance node -> (setting,)

    def run(self, **fixed: np.ndarray | int) -> dict[str, np.ndarray]:
        """The value of each node in each model under each policy in each setting, some nodes being held fixed."""
        shape = (len(self.weights), len(next(iter(self.rules.values()))), self.weights.shape[1])
        values: dict[str, np.ndarray] = {}
        for node in self.cid.nodes:
            if node in fixed:
                values[node] = np.broadcast_to(np.asarray(fixed[node]), shape)
                continue
            row = self.row(node, values, shape)
            if node in self.rules:
                rules = self.rules[node]
                values[node] = rules.ravel()[row + np.arange(len(rules))[None, :, None] * rules.shape[1]]
            else:
                table = self.tables[node]
                if node in self.noise:
                    row = 2 * row + self.noise[node]
                values[node] = table.ravel()[row + np.arange(len(table))[:, None, None] * table.shape[1]]
        return values

    def row(self, node: str, values: dict[str, np.ndarray], shape: tuple[int, ...] = ()) -> np.ndarray:
        """The values of the parents of a node as one number."""
        row = np.zeros(shape or next(iter(values.values())).shape, dtype=np.int64)
        for parent in self.cid.parents(node):
            row = 2 * row + values[parent]
        return row

    def total(self, values: dict[str, np.ndarray]) -> np.ndarray:
        """The sum of the utilities."""
        return sum(values[utility] for utility in self.cid.utilities)

    @cached_property
    def natural(self) -> dict[str, np.ndarray]:
        return self.run()

    @cached_property
    def scores(self) -> np.ndarray:
        """Expected utility, not normalised: (model, policy)."""
        return (self.total(self.natural) * self.weights[:, None, :]).sum(-1)

    @cached_property
    def optimal(self) -> np.ndarray:
        return self.scores == self.scores.max(1, keepdims=True)

    def has_voi(self, decision: str, node: str) -> np.ndarray:
        """For each model of this diagram, which must have the link: is it worse if the rules ignore the node?"""
        place = self.cid.parents(decision).index(node)
        rules = self.rules[decision]
        bit = len(self.cid.parents(decision)) - 1 - place
        rows = np.arange(rules.shape[1])
        ignores = (rules == rules[:, rows ^ (1 << bit)]).all(1)
        return self.scores[:, ignores].max(1) < self.scores.max(1)

    def has_voc(self, node: str, rng: np.random.Generator, tries: int) -> np.ndarray:
        """For each model: does one of the (at most ``tries``, else sampled) deterministic mechanisms do better?"""
        rows = 2 ** len(self.cid.parents(node))
        chosen = (
            np.array(list(itertools.product((0, 1), repeat=rows)))
            if 2**rows <= tries
            else rng.integers(0, 2, (tries, rows))
        )
        models = len(self.weights)
        tables = {name: np.repeat(table, len(chosen), axis=0) for name, table in self.tables.items()}
        tables[node] = np.repeat(np.tile(chosen, (models, 1)), 2, axis=1)
        controlled = replace(self, tables=tables, weights=np.repeat(self.weights, len(chosen), axis=0))
        best = controlled.scores.max(1).reshape(models, len(chosen)).max(1)
        return best > self.scores.max(1)

    def has_ri(self, decision: str, node: str) -> np.ndarray:
        """For each model: under every optimal policy some intervention on the node changes the decision somewhere."""
        before = self.natural[decision]
        responds = np.zeros(self.scores.shape, dtype=bool)
        for value in (0, 1):
            responds |= (self.run(**{node: value})[decision] != before).any(-1)
        return (responds | ~self.optimal).all(1)

    def has_ici(self, decision: str, node: str) -> np.ndarray:
        """For each model: every optimal policy has a context and a d with another expected utility under X_d."""
        context = self.row(decision, self.natural)
        total = self.total(self.natural)
        differs = np.zeros(self.scores.shape, dtype=bool)
        for d in (0, 1):
            nested = self.total(self.run(**{node: self.run(**{decision: d})[node]}))
            change = (nested - total) * self.weights[:, None, :]
            for row in range(2 ** len(self.cid.parents(decision))):
                differs |= np.where(context == row, change, 0).sum(-1) != 0
        return (differs | ~self.optimal).all(1)

    def has_impact(self, node: str) -> np.ndarray:
        """For each model and each baseline policy: every optimal policy changes the node somewhere."""
        value = self.natural[node]
        differs = (value[:, :, None, :] != value[:, None, :, :]).any(-1)
        return (differs | ~self.optimal[:, :, None]).all(1)


def policies(cid: CID) -> int:
    """How many pure policies the diagram has."""
    return 2 ** sum(2 ** len(cid.parents(decision)) for decision in cid.decisions)


def sample(cid: CID, rng: np.random.Generator, models: int) -> Sample:
    """Random models on the diagram; a mechanism ignores its noise every other time."""
    noisy = cid.chance_nodes
    settings = np.arange(2 ** len(noisy))[:, None] >> np.arange(len(noisy)) & 1
    odds = rng.choice([[1, 1], [1, 3], [3, 1], [1, 2]], size=(models, len(noisy)))  # noise -> its two weights
    weights = np.ones((models, len(settings)), dtype=np.int64)
    for k in range(len(noisy)):
        weights *= odds[:, k, :][:, settings[:, k]]
    tables = {}
    for node in (*noisy, *cid.utilities):
        rows = 2 ** len(cid.parents(node))
        if cid.kind(node) == "utility":
            tables[node] = rng.integers(-2, 3, (models, rows))
        else:
            table = rng.integers(0, 2, (models, rows, 2))
            silent = rng.random(models) < 0.5
            table[silent, :, 1] = table[silent, :, 0]
            tables[node] = table.reshape(models, 2 * rows)
    return Sample(cid, tables, _all_rules(cid), weights, {node: settings[:, k] for k, node in enumerate(noisy)})


def _all_rules(cid: CID) -> dict[str, np.ndarray]:
    """Each combination of deterministic rules, as one column of rules for each decision."""
    sizes = {decision: 2 ** len(cid.parents(decision)) for decision in cid.decisions}
    index = np.arange(policies(cid))
    rules, shift = {}, 0
    for decision, rows in sizes.items():
        rules[decision] = (index[:, None] >> (shift + np.arange(rows))) & 1
        shift += rows
    return rules
