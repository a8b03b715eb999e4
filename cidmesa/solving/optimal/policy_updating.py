r"""Exact optima if decisions rely on each other (limited memory, teams): multiple policy updating with pruning.

Messages in the junction tree are sets: one vector (mass and value over the separator) for each choice of rules on that
side. The objective is linear in each message with nonnegative weights, so a vector that is nowhere above another can be
dropped; in the plane, so can one below the convex hull. Rules are chosen context by context, with pruning in between.
Source: Maua, de Campos and Zaffalon 2012 (JAIR 44), multiple policy updating.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, product
from math import prod
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cidmesa.errors import TooLarge
from cidmesa.modelling.contraction import Factor, contract
from cidmesa.solving.optimal.dominance import merged, undominated
from cidmesa.solving.optimal.problem import Part
from cidmesa.solving.optimal.propagation import needed
from cidmesa.solving.optimal.stages import contents

if TYPE_CHECKING:
    from cidmesa.modelling.numbers import Array
    from cidmesa.solving.optimal.propagation import World
    from cidmesa.solving.optimal.whole import Whole

__all__ = ["Limits", "OutOfTime", "Updated", "best_rules"]

Scope = tuple[int, ...]
MAX_VECTORS = 200_000  # in one set, before dropping
FEW = 64  # combinations of vectors that are made at once
MANY = 16  # times as many vectors as wanted: so many are compared before they are merged
MAX_COMPARISONS = 2**30  # of numbers, when vectors are compared with each other; 64 times as many until a deadline


class OutOfTime(Exception):
    """The deadline has passed."""


@dataclass(frozen=True)
class Limits:
    """When to stop: ``most`` vectors in a set (more are merged into upper bounds), and a deadline (monotonic clock)."""

    most: int | None = None
    deadline: float | None = None

    def check(self) -> None:
        """Raise OutOfTime if the deadline has passed."""
        if self.deadline is not None and monotonic() > self.deadline:
            raise OutOfTime


class Updated(NamedTuple):
    """An upper bound, rules that attain it if ``tight``, and whether nothing was merged on the way."""

    bound: Any
    rules: dict[int, Part]
    tight: bool


class Trace(NamedTuple):
    """The origin of a vector: the vectors of the clusters below that it combines, and the options chosen."""

    below: tuple[Trace, ...]
    chosen: tuple[tuple[int, tuple[int, ...]], ...]


@dataclass
class Vectors:
    """A set of messages over ``scope``, each with its trace: [vector, mass and value, cell], no mass where it is 1."""

    scope: Scope
    rows: Array
    traces: list[Trace]

    @property
    def mass(self) -> Array | None:
        """The masses, a row for each message; ``None`` where all are 1."""
        return self.rows[:, 0] if self.rows.shape[1] == 2 else None

    @property
    def value(self) -> Array:
        """The values, a row for each message."""
        return np.asarray(self.rows[:, -1])

    @property
    def flat(self) -> Array:
        """Mass and value of each message in one row."""
        return self.rows.reshape(len(self.rows), -1)


def best_rules(world: World | Whole, decisions: Sequence[int], limits: Limits) -> Updated:
    """Return the greatest expected utility that rules for ``decisions`` attain, and such rules.

    The other decisions follow the rules of ``world``. With a limit on the vectors the bound may be above the optimum.

    Raises:
        TooLarge: too many undominated vectors, and no limit is set.
        OutOfTime: the deadline has passed.
    """
    search = _Search(world, frozenset(decisions), limits)
    found = search.sent(search.root, -1)
    best = int(np.argmax(found.value[:, 0]))
    chosen = dict(_choices(found.traces[best]))
    rules = {d: world.problem.pure(d, np.array(chosen.get(d, 0)).reshape(world.problem.shape(d))) for d in decisions}
    return Updated(found.value[best, 0] + search.shift, rules, search.tight)


def _choices(trace: Trace) -> list[tuple[int, tuple[int, ...]]]:
    found: list[tuple[int, tuple[int, ...]]] = []
    todo = [trace]
    while todo:
        step = todo.pop()
        found += step.chosen
        todo += step.below
    return found


def _renamed(trace: Trace, name: dict[int, int]) -> Trace:
    """Return the trace with other decisions for the same options."""
    below = tuple([_renamed(step, name) for step in trace.below])
    return Trace(below, tuple([(name[decision], picked) for decision, picked in trace.chosen]))


class _Search:
    """One run of multiple policy updating: from the leaves of the tree to its root."""

    def __init__(self, world: World | Whole, open_decisions: frozenset[int], limits: Limits) -> None:
        self.problem, self.tree = world.problem, world.tree
        self.rules = {d: rule for d, rule in world.rules.items() if d not in open_decisions}
        self.open, self.limits, self.tight = open_decisions, limits, True
        given = self.problem.payoffs.items()
        least = {u: min(part.values.ravel().tolist()) for u, part in given}
        self.payoffs = {u: Part(part.scope, np.asarray(part.values - least[u])) for u, part in given}
        self.shift: Any = sum(least.values())
        patience = 1 if limits.deadline is None else 64
        self.most_comparisons = MAX_COMPARISONS * patience // (64 if self.problem.exact else 1)
        self.leaves: dict[object, tuple[Vectors, list[int]]] = {}  # sets of clusters with none below, and who decides
        self.root = self.tree.home[min(self.problem.sizes)] if self.problem.sizes else 0

    def sent(self, root: int, to: int) -> Vectors:
        """Return the set of messages from a cluster, computed from the leaves."""
        order, todo = [], [(root, to)]
        while todo:
            cluster, above = todo.pop()
            order.append((cluster, above))
            todo += [(k, cluster) for k in self.tree.neighbours[cluster] if k != above]
        done: dict[int, list[Vectors]] = {}
        for cluster, above in reversed(order):
            self.limits.check()
            scope = self.tree.separator(cluster, above) if above >= 0 else ()
            found = self._collected(cluster, done.pop(cluster, []), scope)
            done.setdefault(above, []).append(found)
        return done[to][0]

    def _collected(self, cluster: int, below: list[Vectors], keep: Scope) -> Vectors:
        """Return the set of messages of one cluster over ``keep``."""
        members = self.tree.members[cluster]
        parts = [part for n in members if (part := self.problem.chance.get(n) or self.rules.get(n))]
        payoffs = [self.payoffs[n] for n in members if n in self.payoffs]
        deciding = [n for n in members if n in self.open]
        if below:
            return self._made(parts, payoffs, deciding, below, keep)
        families = [self.problem.families[d] for d in deciding]
        alike = self._signature([*parts, *payoffs], [*families, keep])
        if alike not in self.leaves:
            self.leaves[alike] = self._made(parts, payoffs, deciding, [], keep), deciding
        found, named = self.leaves[alike]
        name = dict(zip(named, deciding, strict=True))
        traces = found.traces if named == deciding else [_renamed(trace, name) for trace in found.traces]
        return Vectors(keep, found.rows, traces)

    def _signature(self, parts: list[Part], scopes: list[Scope]) -> object:
        """Return what clusters have in common for which the same is computed, whatever their variables are."""
        every = [*[part.scope for part in parts], *scopes]
        label = {v: i for i, v in enumerate(dict.fromkeys(chain(*every)))}
        at, sizes = label.__getitem__, self.problem.sizes
        tables = tuple([(label.get(part.child), part.values.shape, contents(part.values)) for part in parts])
        return tables, tuple([tuple(map(at, scope)) for scope in every]), tuple([sizes[v] for v in label])

    def _made(
        self, parts: list[Part], payoffs: list[Part], deciding: list[int], below: list[Vectors], keep: Scope
    ) -> Vectors:
        """Return the set of messages over ``keep`` of these tables, decisions and sets."""
        families = [self.problem.families[d] for d in deciding]
        scope = tuple(dict.fromkeys([*keep, *(v for family in families for v in family)]))
        below = self._together(below, {*scope, *(v for part in (*parts, *payoffs) for v in part.scope)})
        inner = self._joined(parts, payoffs, below, scope, self._has_mass(parts, families, below, keep))
        for position, decision in enumerate(deciding):
            later = {*keep, *(v for family in families[position + 1 :] for v in family)}
            inner = self._decided(inner, decision, tuple(v for v in inner.scope if v in later))
        return self._aligned(inner if deciding else self._fewer(inner), keep)

    def _together(self, sets: list[Vectors], used: set[int]) -> list[Vectors]:
        """Return sets with few combinations: the smallest are multiplied and dominated vectors dropped.

        ``used``: further variables that are needed.
        """
        rest = sorted(sets, key=lambda vectors: len(vectors.rows))
        while len(rest) > 1 and prod(len(vectors.rows) for vectors in rest) > FEW:
            one, two, *rest = rest
            others = {v for vectors in rest for v in vectors.scope}
            scope = tuple(v for v in dict.fromkeys((*one.scope, *two.scope)) if v in used or v in others)
            massive = one.mass is not None or two.mass is not None
            joined = self._fewer(self._joined([], [], self._fitting([one, two], scope), scope, massive))
            rest = sorted([joined, *rest], key=lambda vectors: len(vectors.rows))
        return self._fitting(rest, tuple(used)) if len(rest) == 1 else rest

    def _fitting(self, sets: list[Vectors], scope: Scope) -> list[Vectors]:
        """Return the sets, merged into upper bounds if all combinations over ``scope`` would be too many."""
        most = 16 * MAX_VECTORS // max(16, self.problem.cells(scope))
        if self.limits.most is None or prod(len(vectors.rows) for vectors in sets) <= most:
            return sets
        each = max(1, int(most ** (1 / len(sets))))
        return [self._merged(vectors, each) for vectors in sets]

    def _has_mass(self, parts: list[Part], families: list[Scope], below: list[Vectors], keep: Scope) -> bool:
        masses = [(part.scope, part.child) for part in parts] + [(family, family[-1]) for family in families]
        masses += [(vectors.scope, -1) for vectors in below if vectors.mass is not None]
        return bool(needed(masses, range(len(masses)), (), keep))

    def _joined(
        self, parts: list[Part], payoffs: list[Part], below: list[Vectors], scope: Scope, massive: bool
    ) -> Vectors:
        """Return all products of one message from each cluster below with the tables here, over ``scope``."""
        labels = [-2 - k for k in range(len(below))]
        count = prod(len(vectors.rows) for vectors in below)
        cells = self.problem.cells(scope)
        if count * cells > 16 * MAX_VECTORS or count > MAX_VECTORS:
            raise self._too_large(scope)
        known = [Factor(part.scope, part.values) for part in parts]
        masses = [
            Factor((k, *v.scope), self._shaped(v.mass, v.scope))
            for k, v in zip(labels, below, strict=True)
            if v.mass is not None
        ]
        axes = (*labels, *scope)
        shape = (*(len(v.rows) for v in below), *(self.problem.sizes[v] for v in scope))
        terms = [[*known, *masses, Factor(part.scope, part.values)] for part in payoffs]
        for k, vectors in zip(labels, below, strict=True):
            others = [mass for mass in masses if mass.variables[0] != k]
            terms.append([*known, *others, Factor((k, *vectors.scope), self._shaped(vectors.value, vectors.scope))])
        zero = np.zeros(shape, dtype=np.object_ if self.problem.exact else np.float64)
        value = sum((self._product(term, axes, shape) for term in terms), start=zero)
        both = [self._product([*known, *masses], axes, shape), value] if massive else [value]
        traces = [Trace(picked, ()) for picked in product(*(v.traces for v in below))]
        return Vectors(scope, np.stack([np.asarray(rows).reshape(count, -1) for rows in both], axis=1), traces)

    def _product(self, factors: list[Factor], axes: Scope, shape: tuple[int, ...]) -> Array:
        """Return the product over ``axes``, without tables that sum to 1."""
        found = contract(factors, axes)
        return found if found.shape == shape else np.broadcast_to(found, shape)

    def _shaped(self, rows: Array | None, scope: Scope) -> Array:
        return np.asarray(rows).reshape(-1, *(self.problem.sizes[v] for v in scope))

    def _aligned(self, vectors: Vectors, keep: Scope) -> Vectors:
        if keep == vectors.scope:
            return vectors
        count, parts, _ = vectors.rows.shape
        wide = vectors.rows.reshape(count, parts, *(self.problem.sizes[v] for v in vectors.scope))
        turned = wide.transpose(0, 1, *(2 + vectors.scope.index(v) for v in keep))
        return Vectors(keep, turned.reshape(vectors.rows.shape), vectors.traces)

    # --- one decision ---------------------------------------------------------------------------------------------

    def _decided(self, given: Vectors, decision: int, keep: Scope) -> Vectors:
        """Return the set after each possible rule of a decision: context by context each option is added."""
        family = self.problem.families[decision]
        found: list[Array] = []
        traces: list[Trace] = []
        for before, contexts in zip(given.traces, self._added(given, family, keep), strict=True):
            rows, chosen = self._rules_of(contexts)
            found.append(rows)
            traces += [Trace((before,), ((decision, picked),)) for picked in chosen]
            if len(traces) > MAX_VECTORS:
                raise self._too_large(family)
        rows = np.concatenate(found).reshape(len(traces), given.rows.shape[1], -1)
        made = Vectors(keep, rows, traces)
        return self._fewer(made) if len(found) > 1 or self.limits.most is not None else made

    def _added(self, given: Vectors, family: Scope, keep: Scope) -> Array:
        """Return what each option in each context adds over ``keep``: an array [vector, context, option, cell].

        The cells of the mass come first, if there is one, then those of the value.
        """
        sizes, scope = self.problem.sizes, given.scope
        rows = given.rows.reshape(*given.rows.shape[:2], *(sizes[v] for v in scope))
        free = tuple(v for v in keep if v not in family)
        tied = tuple(v for v in keep if v in family)
        slim = rows.transpose([(-1, -2, *scope).index(v) for v in (-1, *family, -2, *free)])
        masks = [Factor((v, -10 - v), self.problem.one_hot(sizes[v], np.arange(sizes[v]))) for v in tied]
        renamed = tuple(-10 - v if v in tied else v for v in keep)
        full = contract([Factor((-1, *family, -2, *free), slim), *masks], (-1, *family, -2, *renamed)) if tied else slim
        return full.reshape(len(rows), self.problem.cells(family[:-1]), sizes[family[-1]], -1)

    def _rules_of(self, added: Array) -> tuple[Array, list[tuple[int, ...]]]:
        """Return the undominated sums of one option from each context, with the options."""
        first, *rest = added
        kept = undominated(first)
        rows = first[kept]
        chosen: list[tuple[int, ...]] = [(option,) for option in kept.tolist()]
        for context in rest:
            options = undominated(context)
            rows = (rows[:, None] + context[None, options]).reshape(-1, rows.shape[1])
            picked = [(*before, option) for before in chosen for option in options.tolist()]
            kept = self._undominated(rows)
            rows, chosen = rows[kept], [picked[i] for i in kept.tolist()]
        return rows, chosen

    def _undominated(self, rows: Array) -> Array:
        self.limits.check()
        count, width = rows.shape
        if count > MAX_VECTORS or (width > 2 and count * count * width > self.most_comparisons):
            raise self._too_large(())
        return undominated(rows, self.limits.check)

    def _fewer(self, vectors: Vectors) -> Vectors:
        """Return the set without dominated vectors; if too many remain, upper bounds replace them."""
        most = self.limits.most
        if most is not None:
            at_once = int((self.most_comparisons / vectors.flat.shape[1]) ** 0.5)
            vectors = self._merged(vectors, min(MANY * most, max(1, at_once)))
        kept = self._undominated(vectors.flat)
        left = Vectors(vectors.scope, vectors.rows[kept], [vectors.traces[i] for i in kept])
        return left if most is None else self._merged(left, most)

    def _merged(self, vectors: Vectors, most: int) -> Vectors:
        """Return at most ``most`` upper bounds of the vectors."""
        if len(vectors.rows) <= most:
            return vectors
        rows, members = merged(vectors.flat, most)
        self.tight = False
        shaped = rows.reshape(len(rows), *vectors.rows.shape[1:])
        return Vectors(vectors.scope, shaped, [vectors.traces[i] for i in members])

    def _too_large(self, scope: Scope) -> TooLarge:
        names = ", ".join(sorted(self.problem.cid.nodes[d] for d in self.open))
        near = f" near {', '.join(self.problem.cid.nodes[v] for v in scope)}" if scope else ""
        return TooLarge(
            f"the rules of {names} depend on each other; more than {MAX_VECTORS} combinations{near} would "
            "have to be compared. Give these decisions more memory (information links), fewer "
            "observations, or a time limit: solve(model, timeout=...) bounds the optimum."
        )
