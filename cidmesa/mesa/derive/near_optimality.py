"""Nearly optimal mesa-optimizers: how surely one complies that may lose a little of its own value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING, Any

from cidmesa.display import Tells
from cidmesa.errors import NotApplicable
from cidmesa.mesa.compose import compose
from cidmesa.mesa.derive.compliance import complying, judge_of
from cidmesa.mesa.plans import rational_plans
from cidmesa.mesa.world import World
from cidmesa.modelling.numbers import show
from cidmesa.modelling.parameter import number_of

if TYPE_CHECKING:
    from cidmesa.mesa.conduct import Judge
    from cidmesa.mesa.plans import Plan
    from cidmesa.mesa.spec import MesaSpec
    from cidmesa.mesa.training import TrainingProcess
    from cidmesa.modelling.numbers import Number

__all__ = ["NearlyOptimal", "nearly_optimal"]


@dataclass(frozen=True, repr=False)
class NearlyOptimal(Tells):
    """How certainly it complies in training, over all policies with an ex ante value at most ``eps`` below the best.

    ``low`` and ``high``: the least and greatest probability of complying, exact. A loss ex ante says nothing of
    contexts rarer than ``eps`` over the gain there.

    Source: ours.

    >>> import cidmesa as cm
    >>> found = cm.nearly_optimal(cm.builders.episodes(1, 2), cm.MesaSpec("A == 'b'", "updates"), "1/4")
    >>> found.low, found.high
    (Fraction(3, 4), Fraction(1, 1))

    """

    eps: Number
    low: Number
    high: Number

    def to_text(self) -> str:
        """Return the interval."""
        return f"complies with probability {show(self.low)} to {show(self.high)} within {show(self.eps)} of the best"


def nearly_optimal(
    training: TrainingProcess, spec: MesaSpec, eps: object, *, judge: str | Sequence[str] = "base"
) -> NearlyOptimal:
    r"""Return how certainly a mesa-optimizer complies in training if it may lose ``eps`` of its own value, ex ante.

    Policies mix pure plans, so that (value, probability of complying) ranges over the convex hull of these; the ends
    lie on it where the value is best - eps. Exact.

    Source: ours.

    Args:
        training: the training process.
        spec: the specification of the mesa-optimizer.
        eps: how much of its own expected utility it may lose, before anything is observed.
        judge: whose score counts, as for `certify_deception`.

    Raises:
        NotApplicable: several agents, or a rule that decisions share.
        TooLarge: more than 5,000 plans.

    >>> import cidmesa as cm
    >>> found = nearly_optimal(cm.builders.episodes(1, 2), cm.MesaSpec("A == 'b'", "updates"), "1/4")
    >>> found.low, found.high
    (Fraction(3, 4), Fraction(1, 1))

    """
    composition = compose(training, spec)
    world, loss = World.of(composition.view), Fraction(number_of(eps))
    agents = {world.nodes[d].agent for d in world.decisions}
    if len(agents) != 1 or world.tied:
        raise NotApplicable("near optimality is defined for one agent. Use scope='updates' without succession='game'.")
    judging = judge_of(composition, judge)
    own = world.utilities([str(agent) for agent in agents])
    bare = world.made_of({n: node for n, node in world.nodes.items() if node.kind != "utility"}, world.factors)
    points = [_place(world, own, judging, plan) for plan in rational_plans(bare, composition.roles)]
    least = max(value for value, _ in points) - loss
    ends = [*_above(points, least), *_crossings(points, least)]
    return NearlyOptimal(loss, min(ends), max(ends))


def _place(world: World, own: Sequence[str], judge: Judge, plan: Plan) -> tuple[Any, Any]:
    """Return the value of a plan for the mesa-optimizer, and the probability that it complies in training."""
    followed = plan.followed(world)
    value = sum((followed.joint([], utility=name).item() for name in own), start=Fraction(0))
    choices = [choice for choice in judge.choices(plan) if choice.stage.training]
    return value, complying(judge, judge.world, plan, choices)


def _above(points: Sequence[tuple[Any, Any]], least: Any) -> list[Any]:
    return [chance for value, chance in points if value >= least]


def _crossings(points: Sequence[tuple[Any, Any]], least: Any) -> Iterator[Any]:
    """Yield where the lines between points cross the least value that is let pass."""
    for (value, chance), (other, rate) in combinations(points, 2):
        if min(value, other) < least < max(value, other):
            yield chance + (least - value) / (other - value) * (rate - chance)
