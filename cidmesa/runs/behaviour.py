"""`behaviour` and `objectives`: what trained systems do, run by run, and the objectives consistent with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from cidmesa.display import Tells
from cidmesa.errors import NotApplicable, check_word
from cidmesa.frozen import Frozen
from cidmesa.mesa.behaviour import cells_of, choices, sorted_rows
from cidmesa.mesa.objectives import ConsistentObjectives, Piece, groups_of
from cidmesa.modelling.numbers import State, show
from cidmesa.modelling.policy import Policy, Rule
from cidmesa.runs.lab import Lab
from cidmesa.runs.significance import lower_bound
from cidmesa.solving.decision_rules import decided

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cidmesa.mesa.behaviour import Group, Row
    from cidmesa.mesa.objectives import Targets
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Array

__all__ = ["Abstraction", "Behaviour", "behaviour", "goals_held", "objectives"]

Life: TypeAlias = Mapping[str, State]
Abstraction: TypeAlias = Mapping[str, Callable[[Any], object]]


@dataclass(frozen=True, eq=False, repr=False)
class Behaviour(Frozen, Tells):
    """How often each run took each option in each context of a model's decisions.

    ``counts``: decision -> array (axes: run, context, option). Runs are never pooled, because each may have a different
    objective.
    """

    model: Model
    counts: Mapping[str, Array]

    def __len__(self) -> int:
        return len(next(iter(self.counts.values())))

    def policy(self, run: int) -> Policy:
        """Return the choices of a run as shares, uniform in contexts that it never reached."""
        rules = []
        for decision, counts in self.counts.items():
            parents, count = self.model.cid.parents(decision), counts[run] + 1e-9
            domains, options = tuple(self.model.domains[p] for p in parents), self.model.domains[decision]
            shares = (count / count.sum(-1, keepdims=True)).reshape(*map(len, domains), len(options)).round(9)
            rules.append(Rule(decision, parents, domains, options, shares / shares.sum(-1, keepdims=True)))
        return Policy(tuple(rules))

    def certain(self, decision: str, run: int, eps: float, alpha: float) -> Array:
        """Return which options are surely best: their share is above ``eps`` at level ``alpha``, in each context."""
        count = self.counts[decision][run].astype(int)
        return np.array([[lower_bound(k, row.sum(), alpha) > eps for k in row.tolist()] for row in count])

    def to_json(self) -> dict[str, Any]:
        """Return the counts as plain data."""
        return {decision: counts.tolist() for decision, counts in self.counts.items()}

    def to_text(self) -> str:
        """Return the most frequent choices of all runs, decision by decision."""
        lines = []
        for decision, counts in self.counts.items():
            most = show(self.model.domains[decision][counts.sum((0, 1)).argsort()[-1]])
            lines.append(f"  {decision}: {int(counts[0].sum())} times a run, mostly {most}")
        return "\n".join([f"behaviour of {len(self)} runs", *lines])


def behaviour(
    x: Lab | Sequence[Sequence[Any]],
    model: Model | None = None,
    abstraction: Abstraction | None = None,
    *,
    n: int = 8,
    lives: int = 400,
    seed: int = 0,
) -> Behaviour:
    """Return what trained systems do in the variables of a model, as counts for each run.

    Args:
        x: a lab, whose runs in the unchanged setting are watched; or the trajectories of each run.
        model: the model whose decisions are counted; if left out, that of the lab.
        abstraction: node -> function from a trajectory to the node's state. A trajectory of a lab, or one whose node
            has no function, is a mapping from nodes to states.
        n: the number of runs of the lab.
        lives: how many lives of each run to watch, if the lab has mechanisms.
        seed: the seed of the runs.

    Raises:
        NotApplicable: the model is missing, or the lab recorded no lives.
        ModelError: the model does not have such a state.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("D -> U", decisions=["D"], utilities=["U"]), D=["stay", "go"], U="D == 'go'")
    >>> seen = behaviour([[{"D": "go"}, {"D": "go"}, {"D": "stay"}], [{"D": "go"}]], m)
    >>> seen.counts["D"].astype(int).tolist()
    [[[1, 2]], [[0, 1]]]
    """
    if isinstance(x, Lab):
        model = x.model if model is None else model
        reading = x.read([arm := x.arm()], n, seed)[arm]
        runs: Sequence[Sequence[Any]] = x.watched(reading, lives, seed)
        if not all(runs):
            raise NotApplicable("these runs were not watched. Give trajectories, or give watch= to gym_lab.")
    else:
        runs = [list(trajectories) for trajectories in x]
    if model is None:
        raise NotApplicable("give the model in whose variables the behaviour is to be counted.")
    counts = {
        d: np.stack([_counted(model, d, lived, abstraction or {}) for lived in runs]) for d in model.cid.decisions
    }
    return Behaviour(model, counts)


def _counted(model: Model, decision: str, lives: Sequence[Any], abstraction: Abstraction) -> Array:
    names = (*model.cid.parents(decision), decision)
    found = np.zeros([len(model.domains[name]) for name in names])
    for life in lives:
        states = {name: abstraction[name](life) if name in abstraction else life[name] for name in names}
        found[tuple(model.state(name, state) for name, state in states.items())] += 1
    return found.reshape(-1, found.shape[-1])


def objectives(
    model: Model,
    behaviour: Behaviour,
    targets: Targets,
    *,
    eps: float = 0.2,
    alpha: float = 0.05,
    scope: str = "updates",
    episodes: Mapping[str, object] | None = None,
) -> tuple[ConsistentObjectives, ...]:
    r"""Return for each run the objectives that explain its behaviour, as a cone that contains the true one.

    The assumption is that an option that is not best is taken with probability at most ``eps``. An option whose share
    is above ``eps``, by the one-sided Clopper-Pearson bound at level ``alpha`` divided by the number of pairs of
    context and option, is then best: :math:`Q_u(o, d) \ge Q_u(o, d')` for all d'. Other pairs give no information. So
    the true objective lies in the cone with probability at least :math:`1 - \alpha`. With several decisions, each is
    compared with its other options, given what the run does at the others. Requiring every choice to be optimal would
    be refuted by slips.

    Args:
        model: the decisions and their consequences; its own utilities do not matter.
        behaviour: counts, from `behaviour`.
        targets: nodes, or episode -> nodes of that episode, as for `cidmesa.consistent_objectives`.
        eps: the greatest probability of an option that is not optimal.
        alpha: the probability that the true objective lies outside.
        scope: "updates": a decision counts the targets of all episodes. "episode": it counts those of its own only.
        episodes: decision -> its episode, for ``scope="episode"``.

    Raises:
        NotApplicable: targets have different shapes, or the scope is unknown.

    Source: the inequalities are Ng and Russell 2000's; that they hold with a stated probability is ours.

    >>> import cidmesa as cm
    >>> g = cm.cid("D -> X -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, D=["left", "right"], X="D", U=0, domains={"X": ["left", "right"]})
    >>> seen = behaviour([[{"D": "right"}] * 20 + [{"D": "left"}] * 2], m)
    >>> (cone,) = objectives(m, seen, ["X"])
    >>> cone.contains("X == 'right'"), cone.contains("X == 'left'")
    (True, False)
    """
    check_word("scope", scope, ("episode", "updates"))
    groups, of = groups_of(targets), episodes or {}
    every, first = list(groups.values()), next(iter(groups))
    counted = {d: [groups[of.get(d, first)]] if scope == "episode" else every for d in model.cid.decisions}
    level = alpha / sum(counts[0].size for counts in behaviour.counts.values())
    cells, found = cells_of(model, every), []
    for run in range(len(behaviour)):
        policy = behaviour.policy(run)
        sure = {decision: behaviour.certain(decision, run, eps, level) for decision in counted}
        rows = sorted_rows(row for d, own in counted.items() for row in _rows(model, policy, d, own, sure[d]))
        found.append(ConsistentObjectives(tuple(every), cells, (Piece(policy, rows.chosen, rows.tied),)))
    return tuple(found)


def _rows(
    model: Model, policy: Policy, decision: str, groups: Sequence[Group], sure: Array
) -> Iterator[tuple[Row, bool]]:
    """Yield by how much each sure option is worth more than another, and whether the other is sure as well."""
    others = decided(model, *(rule for rule in policy.values() if rule.decision != decision))
    worth = choices(others, decision, groups)[0].reshape(*sure.shape, -1)
    for context, option in np.argwhere(sure).tolist():
        for other in range(sure.shape[1]):
            if other != option:
                yield tuple((worth[context, option] - worth[context, other]).tolist()), bool(sure[context, other])


def goals_held(
    model: Model, behaviour: Behaviour, targets: Targets, goals: Sequence[str], alpha: float
) -> tuple[str | None, ...]:
    """Return for each run the first goal strictly inside its cone: it makes a known best option better."""
    found = list[str | None]()
    for cone in objectives(model, behaviour, targets, alpha=alpha):
        (piece,) = cone.pieces
        rows = np.array([*piece.rows, *piece.ties], dtype=float).reshape(-1, len(cone.cells))
        held = (
            goal
            for goal in goals
            if cone.contains(goal) and (rows @ np.array(cone.values(goal), dtype=float) > 1e-9).any()
        )
        found.append(next(held, None))
    return tuple(found)
