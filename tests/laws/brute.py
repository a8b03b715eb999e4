"""Incentives by their definitions, on random models, by enumeration: shares no code with the library but the graph.

Nodes but utilities have two values, or as many as ``sizes`` says. Each chance node has its own binary noise, so that a
setting of all noise is a row of bits; mechanisms are random tables, weights and utilities small integers, so that all
comparisons are exact. Arrays have the axes (model, pure policy, setting of the noise).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from cidmesa.structure.diagram import CID, Node

__all__ = ["Sample", "policies", "random_diagram", "random_sizes", "sample"]

Sizes = Mapping[str, int]


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


def random_sizes(cid: CID, rng: np.random.Generator) -> dict[str, int]:
    """Two or three values for each node but utilities."""
    return {node: int(rng.integers(2, 4)) for node in cid.nodes if cid.kind(node) != "utility"}


def rows(cid: CID, node: str, sizes: Sizes) -> int:
    """How many contexts the node has."""
    return math.prod(sizes.get(parent, 2) for parent in cid.parents(node))


@dataclass(frozen=True)
class Sample:
    """Random models on one diagram together with all pure policies."""

    cid: CID
    tables: dict[str, np.ndarray]  # chance: (model, 2 * parent row + noise); utility: (model, parent row)
    rules: dict[str, np.ndarray]  # (policy, parent row)
    weights: np.ndarray  # (model, setting), positive
    noise: dict[str, np.ndarray]  # chance node -> (setting,)
    sizes: Sizes

    def size(self, node: str) -> int:
        return self.sizes.get(node, 2)

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

    def without_effect(self, silent: Collection[str]) -> Sample:
        """The models in which no chance or utility node depends on the silent nodes."""
        tables = {}
        for node, table in self.tables.items():
            sizes = [self.size(parent) for parent in self.cid.parents(node)]
            shaped = table.reshape(len(table), *sizes, -1)
            for axis, parent in enumerate(self.cid.parents(node), 1):
                if parent in silent:
                    shaped = np.broadcast_to(shaped.take([0], axis=axis), shaped.shape)
            tables[node] = np.where(node in silent, 0, shaped.reshape(table.shape))
        return replace(self, tables=tables)

    def row(self, node: str, values: dict[str, np.ndarray], shape: tuple[int, ...] = ()) -> np.ndarray:
        """The values of the parents of a node as one number."""
        row = np.zeros(shape or next(iter(values.values())).shape, dtype=np.int64)
        for parent in self.cid.parents(node):
            row = self.size(parent) * row + values[parent]
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
        return self.scores[:, self.ignoring(decision, node)].max(1) < self.scores.max(1)

    def ignoring(self, decision: str, node: str) -> np.ndarray:
        """Which policies do not read the node when they choose the decision."""
        parents = self.cid.parents(decision)
        rules = self.rules[decision].reshape(-1, *(self.size(parent) for parent in parents))
        place = 1 + parents.index(node)
        return (rules == rules.take([0], axis=place)).all(axis=tuple(range(1, rules.ndim)))

    def has_voc(self, node: str, rng: np.random.Generator, tries: int) -> np.ndarray:
        """For each model: does one of the (at most ``tries``, else sampled) deterministic mechanisms do better?"""
        contexts, size = rows(self.cid, node, self.sizes), self.size(node)
        chosen = (
            np.array(list(itertools.product(range(size), repeat=contexts)))
            if size**contexts <= tries
            else rng.integers(0, size, (tries, contexts))
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
        for value in range(self.size(node)):
            responds |= (self.run(**{node: value})[decision] != before).any(-1)
        return (responds | ~self.optimal).all(1)

    def has_ici(self, decision: str, node: str) -> np.ndarray:
        """For each model: every optimal policy has a context and a d with another expected utility under X_d."""
        context = self.row(decision, self.natural)
        total = self.total(self.natural)
        differs = np.zeros(self.scores.shape, dtype=bool)
        for d in range(self.size(decision)):
            nested = self.total(self.run(**{node: self.run(**{decision: d})[node]}))
            change = (nested - total) * self.weights[:, None, :]
            for row in range(rows(self.cid, decision, self.sizes)):
                differs |= np.where(context == row, change, 0).sum(-1) != 0
        return (differs | ~self.optimal).all(1)

    def has_impact(self, node: str) -> np.ndarray:
        """For each model and each baseline policy: every optimal policy changes the node somewhere."""
        value = self.natural[node]
        differs = (value[:, :, None, :] != value[:, None, :, :]).any(-1)
        return (differs | ~self.optimal[:, :, None]).all(1)


def policies(cid: CID, sizes: Sizes = {}) -> int:  # noqa: B006
    """How many pure policies the diagram has."""
    return math.prod(sizes.get(decision, 2) ** rows(cid, decision, sizes) for decision in cid.decisions)


def sample(cid: CID, rng: np.random.Generator, models: int, sizes: Sizes = {}) -> Sample:  # noqa: B006
    """Random models on the diagram; a mechanism ignores its noise every other time."""
    noisy = cid.chance_nodes
    settings = np.arange(2 ** len(noisy))[:, None] >> np.arange(len(noisy)) & 1
    odds = rng.choice([[1, 1], [1, 3], [3, 1], [1, 2]], size=(models, len(noisy)))  # noise -> its two weights
    weights = np.ones((models, len(settings)), dtype=np.int64)
    for k in range(len(noisy)):
        weights *= odds[:, k, :][:, settings[:, k]]
    tables = {}
    for node in (*noisy, *cid.utilities):
        contexts = rows(cid, node, sizes)
        if cid.kind(node) == "utility":
            tables[node] = rng.integers(-2, 3, (models, contexts))
        else:
            table = rng.integers(0, sizes.get(node, 2), (models, contexts, 2))
            silent = rng.random(models) < 0.5
            table[silent, :, 1] = table[silent, :, 0]
            tables[node] = table.reshape(models, 2 * contexts)
    noise = {node: settings[:, k] for k, node in enumerate(noisy)}
    return Sample(cid, tables, _all_rules(cid, sizes), weights, noise, sizes)


def _all_rules(cid: CID, sizes: Sizes) -> dict[str, np.ndarray]:
    """Each combination of deterministic rules, as one column of rules for each decision."""
    rest = np.arange(policies(cid, sizes))[:, None]
    rules = {}
    for decision in cid.decisions:
        size, contexts = sizes.get(decision, 2), rows(cid, decision, sizes)
        rules[decision] = rest // size ** np.arange(contexts) % size
        rest = rest // size**contexts
    return rules
