"""Nearly optimal mesa-optimizers: how surely one complies that may lose a little of its own value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import numpy as np

from cidmesa.display import Tells
from cidmesa.errors import NotApplicable, TooLarge, near_miss
from cidmesa.mesa.compose import compose
from cidmesa.mesa.derive.compliance import complying, judge_of
from cidmesa.mesa.plans import rational_plans
from cidmesa.mesa.programs import greatest_last
from cidmesa.mesa.world import World
from cidmesa.modelling.numbers import show
from cidmesa.modelling.parameter import number_of

if TYPE_CHECKING:
    from cidmesa.mesa.conduct import Judge
    from cidmesa.mesa.plans import Plan
    from cidmesa.mesa.spec import MesaSpec
    from cidmesa.mesa.training import TrainingProcess
    from cidmesa.modelling.numbers import Array, Number

__all__ = ["NearlyOptimal", "nearly_optimal"]

At: TypeAlias = Literal["start", "each context"]
MAX_MIXED = 500


@dataclass(frozen=True, repr=False)
class NearlyOptimal(Tells):
    """The probability that it complies in training, over all policies whose value is at most ``eps`` below the best.

    ``low`` and ``high``: the least and greatest probability of complying, exact. ``at``: where the loss is measured, at
    the "start" (before anything is observed) or in "each context". A loss at the start does not restrict contexts rarer
    than ``eps`` divided by the gain there.

    Source: ours.

    >>> import cidmesa as cm
    >>> found = cm.nearly_optimal(cm.builders.episodes(1, 2), cm.MesaSpec("A == 'b'", "updates"), "1/4")
    >>> found.low, found.high
    (Fraction(3, 4), Fraction(1, 1))

    """

    eps: Number
    low: Number
    high: Number
    at: At = "start"

    def to_text(self) -> str:
        """Return the interval."""
        ends, where = f"{show(self.low)} to {show(self.high)}", " in each context" if self.at == "each context" else ""
        return f"complies with probability {ends} within {show(self.eps)} of the best{where}"


def nearly_optimal(
    training: TrainingProcess,
    spec: MesaSpec,
    eps: object,
    *,
    at: At = "start",
    judge: str | Sequence[str] = "base",
) -> NearlyOptimal:
    r"""Return the probability that a mesa-optimizer complies in training if it may lose ``eps`` of its own value.

    Policies mix pure plans. At the start, (value, probability of complying) ranges over the convex hull of the plans'
    points; the ends lie on it at value best - eps. In each context o that a policy reaches, its expected utility from
    there is at least :math:`V^*(o) - \varepsilon`. This is linear in the weights of plans, so the ends are two linear
    programs, which the simplex method solves in fractions.

    Source: ours; in each context as the contemporaneous equilibria of Mailath, Postlewaite and Samuelson 2005.

    Args:
        training: the training process.
        spec: the specification of the mesa-optimizer.
        eps: how much of its own expected utility the agent may lose.
        at: "start" (before anything is observed), or "each context" that the agent's decisions observe.
        judge: the owner of the score that counts, as for `certify_deception`.

    Raises:
        NotApplicable: there are several agents, decisions share a rule, or ``at`` is "each context" and a decision
            forgets.
        TooLarge: more than 5,000 plans; in each context, more than 500.

    >>> import cidmesa as cm
    >>> found = nearly_optimal(cm.builders.episodes(1, 2), cm.MesaSpec("A == 'b'", "updates"), "1/4")
    >>> found.low, found.high
    (Fraction(3, 4), Fraction(1, 1))

    """
    if at not in get_args(At):
        raise NotApplicable(f"at={at!r} is not known.{near_miss(at, get_args(At))} Say start or each context.")
    composition = compose(training, spec)
    world, loss = World.of(composition.view), Fraction(number_of(eps))
    agents = {world.nodes[d].agent for d in world.decisions}
    if len(agents) != 1 or world.tied:
        raise NotApplicable("near optimality is defined for one agent. Use scope='updates' without succession='game'.")
    judging = judge_of(composition, judge)
    own = world.utilities([str(agent) for agent in agents])
    bare = world.made_of({n: node for n, node in world.nodes.items() if node.kind != "utility"}, world.factors)
    plans = rational_plans(bare, composition.roles)
    if at == "each context":
        if spec.recall != "perfect":
            raise NotApplicable("the value of a context is defined only for recall='perfect'. Ask at='start'.")
        low, high = _in_contexts(world, own, judging, plans, loss)
        return NearlyOptimal(loss, low, high, at)
    points = [_place(world, own, judging, plan) for plan in plans]
    least = max(value for value, _ in points) - loss
    ends = [*_above(points, least), *_crossings(points, least)]
    return NearlyOptimal(loss, min(ends), max(ends))


def _place(world: World, own: Sequence[str], judge: Judge, plan: Plan) -> tuple[Any, Any]:
    """Return the value of a plan for the mesa-optimizer, and the probability that it complies in training."""
    followed = plan.followed(world)
    value = sum((followed.joint([], utility=name).item() for name in own), start=Fraction(0))
    return value, _complying(judge, plan)


def _complying(judge: Judge, plan: Plan) -> Any:
    choices = [choice for choice in judge.choices(plan) if choice.stage.training]
    return complying(judge, judge.world, plan, choices)


def _above(points: Sequence[tuple[Any, Any]], least: Any) -> list[Any]:
    return [chance for value, chance in points if value >= least]


def _crossings(points: Sequence[tuple[Any, Any]], least: Any) -> Iterator[Any]:
    """Yield where the lines between points cross the least value that is let pass."""
    for (value, chance), (other, rate) in combinations(points, 2):
        if min(value, other) < least < max(value, other):
            yield chance + (least - value) / (other - value) * (rate - chance)


# --- in each context ------------------------------------------------------------------------------------------------


def _in_contexts(
    world: World, own: Sequence[str], judge: Judge, plans: Sequence[Plan], loss: Fraction
) -> tuple[Fraction, Fraction]:
    """Return the least and greatest probability of complying, of mixtures that lose little wherever they get to."""
    if len(plans) > MAX_MIXED:
        raise TooLarge(f"{len(plans)} plans are more than {MAX_MIXED} for a linear program. Ask at='start'.")
    spare = np.concatenate([_spare(world, own, decision, plans, loss) for decision in world.decisions])
    limits = [[*(-_fraction(x) for x in row), Fraction(0), Fraction(0)] for row in spare]
    limits.append([*(Fraction(1) for _ in plans), Fraction(0), Fraction(1)])
    chances = [_fraction(_complying(judge, plan)) for plan in plans]
    missed, most = (
        greatest_last([[*(-x for x in worth), Fraction(1), Fraction(0)], *limits])[-1]
        for worth in ([1 - x for x in chances], chances)
    )
    return 1 - missed, most


def _spare(world: World, own: Sequence[str], decision: str, plans: Sequence[Plan], loss: Fraction) -> Array:
    """Return P(context) (gain from there - greatest gain + loss), a row for each context, a column for each plan."""
    parents, below = world.nodes[decision].parents, set(world.downstream([decision]))
    reached, gains = [], []
    for plan in plans:
        followed = plan.followed(world)
        reached.append(followed.joint(parents).ravel())
        gained = [followed.joint(parents, utility=name).ravel() for name in own if name in below]
        gains.append(sum(gained, start=0 * reached[-1]))
    chance, gain = np.array(reached).T, np.array(gains).T
    kept = [k for k, row in enumerate(chance) if any(row > 0)]
    best = [max(g / p for g, p in zip(gain[k], chance[k], strict=True) if p > 0) for k in kept]
    return np.array([gain[k] - chance[k] * (most - loss) for k, most in zip(kept, best, strict=True)]).reshape(
        len(kept), len(plans)
    )


def _fraction(number: Any) -> Fraction:
    return Fraction(number)
