"""The decision problem of one agent over integers: tables of chance nodes, payoffs, and relevance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import prod
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cidmesa.modelling.contraction import SMALL
from cidmesa.modelling.inference import no_menus
from cidmesa.modelling.numbers import TOL, Array, slack
from cidmesa.structure.relevance import relevance_graph

if TYPE_CHECKING:
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.tabulation import Table
    from cidmesa.structure.diagram import CID
    from cidmesa.structure.numbered import Net

__all__ = ["Part", "Problem", "game_of", "problem_of"]

Scope = tuple[int, ...]
FEW = 12  # nodes of a small problem
_UNITS = [np.eye(size) for size in range(9)]


class Part(NamedTuple):
    """A table over ``scope``; summed over ``child`` it is 1 for every setting of the rest (-1: no such promise)."""

    scope: Scope
    values: Array
    child: int = -1


@dataclass(frozen=True)
class Problem:
    """The decision problem of one or several agents, over the positions of the nodes of a diagram.

    Only nodes upstream of their utilities are included. ``chance``: the table of each chance node; ``payoffs``: the
    table of each utility; ``families``: for each decision its parents and itself.
    """

    cid: CID
    sizes: dict[int, int]
    chance: dict[int, Part]
    payoffs: dict[int, Part]
    families: dict[int, Scope]
    exact: bool
    tol: float = TOL

    @cached_property
    def slack(self) -> dict[str | None, float]:
        """For each agent, the difference up to which expected utilities are equal."""
        owned: dict[str | None, list[Array]] = {}
        for utility, part in self.payoffs.items():
            owned.setdefault(self.cid.specs[utility].agent, []).append(part.values)
        return {agent: slack(tables, self.tol) for agent, tables in owned.items()}

    def slack_at(self, decision: int) -> float:
        """Return the difference up to which expected utilities are equal for the owner of a decision."""
        return 0 if self.exact else self.slack.get(self.cid.specs[decision].agent, 0)

    @cached_property
    def agents(self) -> tuple[str | None, ...]:
        """The agents that own payoffs, then those that only decide; nobody, where there is neither."""
        specs = self.cid.specs
        return tuple(dict.fromkeys(specs[node].agent for node in (*self.payoffs, *self.families))) or (None,)

    @property
    def net(self) -> Net:
        """The diagram as integers."""
        return self.cid.net

    @cached_property
    def scope_of(self) -> dict[int, Scope]:
        """The scopes that tables must cover: each family of a chance node or decision, the parents of each utility."""
        chance, payoffs = ({n: part.scope for n, part in parts.items()} for parts in (self.chance, self.payoffs))
        return chance | self.families | payoffs

    def cells(self, scope: Scope) -> int:
        """Return the number of cells of a table over ``scope``."""
        return prod([self.sizes[v] for v in scope])

    def shape(self, decision: int) -> tuple[int, ...]:
        """Return the number of states of each parent of a decision."""
        return tuple([self.sizes[v] for v in self.families[decision][:-1]])

    @cached_property
    def order(self) -> list[tuple[int, ...]]:
        """The strongly connected components of the relevance graph, those that rely on nothing else first."""
        net = self.net
        relied = [net.balls.mechanisms[decision] >> k for k, (decision, _) in enumerate(net.decisions)]
        if not net.shared and not any(relied):  # each relies on later ones only
            return [(decision,) for decision, _ in reversed(net.decisions)]
        index = self.cid.index
        return [tuple(map(index, part)) for part in relevance_graph(self.cid).components]

    @property
    def soluble(self) -> bool:
        """Whether each decision can be decided before those that it does not rely on."""
        return all(len(part) == 1 for part in self.order)

    @cached_property
    def small(self) -> bool:
        """Whether the joint table of all nodes is small."""
        most = SMALL >> 3 if self.exact else SMALL
        return len(self.sizes) <= FEW and self.cells(tuple(self.sizes)) <= most

    @cached_property
    def largest_table(self) -> int:
        """The number of cells of the largest given table."""
        return max(map(self.cells, self.scope_of.values()))

    @property
    def largest_rule(self) -> int:
        """The number of cells of the largest decision rule."""
        return max(map(self.cells, self.families.values()), default=0)

    def share(self, node: int) -> Part:
        """Return the uniform distribution over the states of a node."""
        return Part((node,), _share(self.sizes[node], self.exact), node)

    def pure(self, decision: int, choice: Array) -> Part:
        """Return the rule that takes the option at position ``choice[context]``."""
        return Part(self.families[decision], self.one_hot(self.sizes[decision], choice), decision)

    def certain(self, mask: Array) -> Array:
        """Return an array that has 1 where ``mask`` holds and 0 elsewhere."""
        return mask.astype(np.int64, "C").astype(np.object_) if self.exact else mask.astype(np.float64, "C")

    def one_hot(self, options: int, choice: Array) -> Array:
        """Return an array that has 1 at position ``choice[context]`` of its last axis and 0 elsewhere."""
        if options < len(_UNITS) and choice.size <= SMALL and not self.exact:
            return _UNITS[options].take(choice, axis=0)
        rule = np.empty((*choice.shape, options), dtype=np.int64 if self.exact else np.float64)
        for k in range(options):
            rule[..., k] = choice == k
        return rule.astype(np.object_) if self.exact else rule


@lru_cache(maxsize=256)
def _share(size: int, exact: bool) -> Array:
    from fractions import Fraction

    return np.array([Fraction(1, size)] * size, dtype=np.object_) if exact else np.array([1.0 / size] * size)


def problem_of(model: Model, agent: str, cid: CID, tol: float = TOL) -> Problem:
    """Return the problem of ``agent`` in ``model`` if the decisions observe what they observe in ``cid``.

    >>> import cidmesa as cm
    >>> g = cm.cid("S -> D; S, D -> U; X -> Y", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, S={0: "1/3", 1: "2/3"}, D=[0, 1], U="S == D", X={0: 1}, Y={0: 1})
    >>> problem = problem_of(m, "agent", g)
    >>> [g.nodes[node] for node in problem.sizes], list(problem.families.values()), len(problem.payoffs)
    (['S', 'D'], [(0, 1)], 1)
    """
    owner = cid.agents.index(agent)
    return _problem(model, cid, [utility for utility, other in cid.net.utilities if other == owner], tol)


def game_of(model: Model, cid: CID, tol: float = TOL) -> Problem:
    """Return the problem of all agents with decisions, if the decisions observe what they observe in ``cid``."""
    deciding = {cid.agent(decision) for decision in cid.decisions}
    utilities = [utility for utility in cid.utilities if cid.agent(utility) in deciding]
    return _problem(model, cid, cid.indices(utilities), tol)


def _problem(model: Model, cid: CID, utilities: Sequence[int], tol: float = TOL) -> Problem:
    no_menus(model, "this method", "It solves decisions with the same options everywhere.")
    nodes, above = cid.nodes, cid.dag.parents
    sizes: dict[int, int] = {}
    chance: dict[int, Part] = {}
    families: dict[int, Scope] = {}
    for node in sorted(cid.dag.ancestors(utilities)):
        spec = cid.specs[node]
        if spec.kind == "utility":
            continue
        sizes[node] = len(model.domains[spec.name])
        if spec.kind == "chance":
            chance[node] = Part((*above[node], node), _along(model.tables[spec.name], (*spec.parents, spec.name)), node)
        else:
            families[node] = (*above[node], node)
    payoffs = {u: Part(above[u], _along(model.tables[nodes[u]], cid.specs[u].parents)) for u in utilities}
    return Problem(cid, sizes, chance, payoffs, families, model.exact, tol)


def _along(table: Table, names: tuple[str, ...]) -> Array:
    """Return the array of a table with the axes in the order of ``names``."""
    if table.variables == names:
        return table.values
    return table.values.transpose([table.variables.index(name) for name in names])
