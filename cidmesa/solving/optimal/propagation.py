r"""Messages in a junction tree: a mass (a product of probabilities) and a value (mass times utility) over a separator.

Only what some decision ahead needs is multiplied in. A table is left out if its mechanism is not r-reachable from any
of these decisions, and a utility if it is downstream of none; a node without its table counts as uniform, which changes
no best rule (Koller and Milch 2003). So a Markov chain of decisions is solved by plain backward induction, and results
for one decision are reused for the next. Source: Lauritzen and Nilsson 2001, for the propagation.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import chain
from operator import is_not
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cidmesa.modelling.contraction import SMALL, Plan, check_size, execute, plan
from cidmesa.solving.optimal.problem import Part, Problem

if TYPE_CHECKING:
    from cidmesa.modelling.numbers import Array
    from cidmesa.solving.optimal.junction_tree import Tree

__all__ = ["Message", "World", "needed"]

Scope = tuple[int, ...]
Term = tuple[tuple[int, ...], Plan]  # which masses are multiplied, and how


class Message(NamedTuple):
    """The summary of one side of the tree over a separator: ``mass`` (``None``: 1) and ``value`` (``None``: 0).

    ``uniform``: nodes of the separator whose table belongs to that side and was left out. ``complete``: whether none
    was.
    """

    scope: Scope
    mass: Array | None
    value: Array | None
    uniform: tuple[int, ...] = ()
    complete: bool = False


class Picked(NamedTuple):
    """The tables and messages of a cluster that matter to a question, and the nodes whose tables were left out."""

    nodes: list[int]
    payoffs: list[int]
    messages: list[Message]
    uniform: list[int]
    complete: bool

    def within(self, scope: Scope) -> tuple[int, ...]:
        """Return the nodes of ``scope`` whose tables were left out."""
        return tuple([v for v in self.uniform if v in scope])

    def adds(self, before: Picked, decision: int, family: Scope) -> bool:
        """Return whether this equals ``before`` except for ``decision``'s rule and tables left out in ``family``."""
        if self.payoffs != before.payoffs or [n for n in self.nodes if n != decision] != before.nodes:
            return False
        if len(self.messages) != len(before.messages) or any(map(is_not, self.messages, before.messages)):
            return False
        return {v for v in self.uniform if v not in family} == {v for v in before.uniform if v not in family}


@dataclass
class World:
    """A problem in which some decisions follow rules and the others choose uniformly; messages are cached.

    The rules grow by `decide`; a message is computed again when a rule on its side has been added since. Messages serve
    the decisions in ``owned`` (bits, all of them if left out), which are one agent's: only its payoffs are added up.
    """

    problem: Problem
    tree: Tree
    owned: int = -1
    rules: dict[int, Part] = field(default_factory=dict)
    _kept: dict[tuple[int, int], tuple[int, Message]] = field(default_factory=dict)
    _local: dict[int, tuple[int, Picked, Message]] = field(default_factory=dict)  # the last action values in a cluster
    _decided: int = 0

    @cached_property
    def mixed(self) -> World:
        """The problem in which all decisions choose uniformly."""
        return World(self.problem, self.tree, self.owned)

    def decide(self, *rules: Part) -> None:
        """Let decisions follow ``rules``; messages that used other rules for them are forgotten."""
        for rule in rules:
            home = self.tree.home[rule.child]
            if rule.child in self.rules:
                self._forget(home)
                if home in self._local and self._local[home][0] != rule.child:
                    del self._local[home]
            self.rules[rule.child] = rule
            self._decided |= self.problem.net.bit[rule.child]

    def _forget(self, cluster: int) -> None:
        """Forget the messages that lead away from a cluster."""
        todo = [(cluster, k) for k in self.tree.neighbours[cluster]]
        while todo:
            i, j = todo.pop()
            if self._kept.pop((i, j), None) is not None:
                todo += [(j, k) for k in self.tree.neighbours[j] if k != i]

    def action_values(self, decision: int) -> tuple[Array | None, Array]:
        """Return P(pa) (``None``: the same everywhere) and P(pa) E[sum of U^D | pa, d], up to a factor per context."""
        cluster, bit = self.tree.home[decision], self.problem.net.bit[decision]
        incoming = [self.message(other, cluster) for other in self.tree.neighbours[cluster]]
        scope = self.problem.families[decision]
        picked = self._picked(cluster, incoming, bit)
        found = self._collected(picked, scope)
        self._local[cluster] = decision, picked, found
        nothing = np.zeros([self.problem.sizes[v] for v in scope])
        return found.mass, nothing if found.value is None else found.value

    def value(self) -> Any:
        """Return the expected sum of all payoffs under the rules; all must be decided."""
        return self.expected_utilities(()).item()

    def expected_utilities(self, scope: Scope) -> Array:
        """Return P(x) E[sum of all payoffs | x] for each setting x of a variable, of several if there is one cluster.

        Decisions without a rule must be among these variables.
        """
        cluster = next((self.tree.home[v] for v in [*scope, *reversed(self.rules)]), 0)
        incoming = [self.message(other, cluster, self._everything) for other in self.tree.neighbours[cluster]]
        found = self._collected(self._picked(cluster, incoming, self._everything), scope)
        return np.zeros([self.problem.sizes[v] for v in scope]) if found.value is None else found.value

    # --- which tables matter to which decisions -------------------------------------------------------------------

    @cached_property
    def _everything(self) -> int:
        """A bit that all tables have, for questions about the whole."""
        return self.problem.net.all + 1

    @cached_property
    def _matters(self) -> dict[int, int]:
        """For each node the decisions from which its mechanism is r-reachable."""
        net, every = self.problem.net, self._everything
        mechanisms, targets = net.balls.mechanisms, net.targets
        return {
            node: (targets[node] if node in self.problem.payoffs else mechanisms[node]) | every
            for node in self.tree.home
        }

    @cached_property
    def _sides(self) -> tuple[list[int], list[int], list[int]]:
        """For each cluster: what matters below it and above it, and the decisions whose rules stand below it."""
        matters, bit = self._matters, self.problem.net.bit
        own = [0] * len(self.tree.members)
        deciding = [0] * len(own)
        for node, cluster in self.tree.home.items():
            own[cluster] |= matters[node]
            deciding[cluster] |= bit.get(node, 0)
        return *self.tree.gathered(own), self.tree.gathered(deciding)[0]

    @cached_property
    def _behind(self) -> dict[tuple[int, int], tuple[int, int, int]]:
        """For each link (i, j) of the tree: what matters on the side of i, and the decisions there and ahead."""
        below, above, deciding = self._sides
        found, every, owned = {}, self.problem.net.all, self.problem.net.all & self.owned
        for child, parent in enumerate(self.tree.parents):
            if parent >= 0:
                own, rest = deciding[child], every ^ deciding[child]
                found[child, parent] = below[child], own, owned & rest
                found[parent, child] = above[child], rest, owned & own
        return found

    # --- messages -------------------------------------------------------------------------------------------------

    def message(self, i: int, j: int, asked: int = 0) -> Message:
        """Return the message from cluster i to its neighbour j; it is computed together with those that it needs.

        ``asked``: bits of what the message is for, by default the decisions on the side of j.
        """
        found = self._fresh(i, j, asked)
        if found is not None:
            return found
        todo = [(i, j)]
        while todo:
            a, b = todo[-1]
            others = [k for k in self.tree.neighbours[a] if k != b]
            incoming = [self._fresh(k, a, asked) for k in others]
            missing = [(k, a) for k, known in zip(others, incoming, strict=True) if known is None]
            if missing:
                todo += missing
            else:
                found = self._compute(*todo.pop(), [known for known in incoming if known is not None], asked)
        return found or Message((), None, None)

    def _fresh(self, i: int, j: int, asked: int) -> Message | None:
        """Return the message if it is known and no rule was added on its side since."""
        content, deciding, ahead = self._behind[i, j]
        if not content & (asked or ahead):
            scope = self.tree.separator(i, j)
            uniform = tuple([v for v in scope if self._stands_behind(v, i, j)])
            return Message(scope, None, None, uniform, complete=not content)  # nothing at all stands behind
        kept = self._kept.get((i, j))
        if kept is not None and kept[0] == self._decided & deciding and (not asked or kept[1].complete):
            return kept[1]
        return None

    def _stands_behind(self, node: int, i: int, j: int) -> bool:
        """Return whether the table of a node of the separator stands on the side of i."""
        home = self.tree.home[node]
        lower = i if self.tree.parents[i] == j else j
        while home > lower:
            home = self.tree.parents[home]
        return (home == lower) == (lower == i)

    def _compute(self, i: int, j: int, incoming: list[Message], asked: int) -> Message:
        _, deciding, ahead = self._behind[i, j]
        picked, keep = self._picked(i, incoming, asked or ahead), self.tree.separator(i, j)
        found = self._from_action_values(i, picked, keep) or self._collected(picked, keep)
        self._kept[i, j] = self._decided & deciding, found
        return found

    def _from_action_values(self, cluster: int, picked: Picked, keep: Scope) -> Message | None:
        """Return the message of a cluster from the last action values there, if these are made of the same tables."""
        if cluster not in self._local:
            return None
        decision, before, found = self._local[cluster]
        family = self.problem.families[decision]
        rule = self.rules.get(decision) if decision in picked.nodes else None
        if not picked.adds(before, decision, family) or not set(keep) <= set(family):
            return None
        complete = picked.complete and not picked.uniform
        if keep == family[:-1] and rule is not None and found.mass is None and found.value is not None:
            value = np.asarray(np.add.reduce(found.value * rule.values, axis=-1))  # a number where nothing is kept
            return Message(keep, None, value, picked.within(keep), complete)
        values = [] if found.value is None else [(Part(family, found.value), -1 if found.mass is None else 0)]
        masses = [] if found.mass is None else [Part(family, found.mass)]
        masses += [] if rule is None else [rule]
        masses += [self.problem.share(v) for v in picked.uniform if v in family and v not in keep]
        return Message(keep, *self._multiplied(masses, values, keep), picked.within(keep), complete)

    # --- one cluster ----------------------------------------------------------------------------------------------

    def _picked(self, cluster: int, incoming: Iterable[Message], asked: int) -> Picked:
        """Return which tables and messages of a cluster matter for the questions ``asked``."""
        problem, matters = self.problem, self._matters
        nodes: list[int] = []
        payoffs: list[int] = []
        uniform: list[int] = []
        complete = True
        for node in self.tree.members[cluster]:
            if node in problem.payoffs:
                if matters[node] & asked:
                    payoffs.append(node)
                else:
                    complete = False
            elif (node in problem.chance or node in self.rules) and matters[node] & asked:
                nodes.append(node)
            else:
                uniform.append(node)
        messages = []
        for message in incoming:
            uniform += message.uniform
            complete &= message.complete
            if message.mass is not None or message.value is not None:
                messages.append(message)
        return Picked(nodes, payoffs, messages, uniform, complete)

    def _collected(self, picked: Picked, keep: Scope) -> Message:
        """Return what the tables and messages picked in a cluster say about ``keep``."""
        problem = self.problem
        masses = [problem.chance.get(node) or self.rules[node] for node in picked.nodes]
        values = [(problem.payoffs[node], -1) for node in picked.payoffs]  # with the mass that a value contains, or -1
        for message in picked.messages:
            if message.value is not None:
                own = -1 if message.mass is None else len(masses)
                values.append((Part(message.scope, message.value), own))
            if message.mass is not None:
                masses.append(Part(message.scope, message.mass))
        masses += [problem.share(node) for node in picked.uniform if node not in keep]
        mass, value = self._multiplied(masses, values, keep)
        return Message(keep, mass, value, picked.within(keep), picked.complete and not picked.uniform)

    def _multiplied(
        self, masses: list[Part], values: list[tuple[Part, int]], keep: Scope
    ) -> tuple[Array | None, Array | None]:
        scopes = [part.scope for part in masses] + [part.scope for part, _ in values]
        label = {v: k for k, v in enumerate(dict.fromkeys(chain(*scopes, keep)))}
        at, sizes = label.__getitem__, self.problem.sizes
        mass_term, value_terms, shape = _recipe(
            tuple([(tuple(map(at, scope)), label.get(child, -1)) for scope, _, child in masses]),
            tuple([(tuple(map(at, part.scope)), own) for part, own in values]),
            tuple(map(at, keep)),
            tuple(map(sizes.__getitem__, label)),
            self.problem.exact,
        )
        arrays = [part.values for part in masses]
        mass = None if mass_term is None else self._run(mass_term, arrays, label)
        total: Array | None = None
        for term, (part, _) in zip(value_terms, values, strict=True):
            added = part.values if term is None else self._run(term, [*arrays, part.values], label)
            total = added if total is None else np.asarray(total + added)
        return _spread(mass, shape), _spread(total, shape)

    def _run(self, term: Term, arrays: list[Array], label: dict[int, int]) -> Array:
        chosen, steps = term
        if steps.cells > SMALL:
            names = [self.problem.cid.nodes[v] for v in label]
            check_size(steps.peak, [self.problem.sizes[v] for v in label], names, self.problem.exact)
        return execute(steps, [arrays[i] for i in chosen])


def _spread(array: Array | None, shape: tuple[int, ...]) -> Array | None:
    return array if array is None or array.shape == shape else np.broadcast_to(array, shape)


@lru_cache(maxsize=4096)
def _recipe(
    masses: tuple[tuple[Scope, int], ...],
    values: tuple[tuple[Scope, int], ...],
    keep: Scope,
    sizes: tuple[int, ...],
    exact: bool,
) -> tuple[Term | None, tuple[Term | None, ...], Scope]:
    """Return how to multiply, and the shape: the term of the mass (``None``: it is 1), one for each value.

    The value itself counts as the last array; the term ``None`` leaves it as it is.
    """
    alone = needed(masses, range(len(masses)), (), keep)
    mass = (alone, plan(tuple([masses[i][0] for i in alone]), keep, sizes, exact)) if alone else None
    terms: list[Term | None] = []
    for scope, own in values:
        chosen = needed(masses, [i for i in range(len(masses)) if i != own], scope, keep)
        steps = plan((*[masses[i][0] for i in chosen], scope), keep, sizes, exact)
        terms.append(((*chosen, len(masses)), steps) if chosen or scope != keep else None)
    return mass, tuple(terms), tuple([sizes[v] for v in keep])


def needed(masses: Sequence[tuple[Scope, int]], among: Iterable[int], scope: Scope, keep: Scope) -> tuple[int, ...]:
    """Return the masses that are not summed to 1: one whose child no other table has is, and then perhaps others."""
    chosen = list(among)
    while True:
        count = dict.fromkeys((*scope, *keep), 2)
        for i in chosen:
            for v in masses[i][0]:
                count[v] = count.get(v, 0) + 1
        kept = [i for i in chosen if masses[i][1] < 0 or count[masses[i][1]] > 1]
        if len(kept) == len(chosen):
            return tuple(chosen)
        chosen = kept
