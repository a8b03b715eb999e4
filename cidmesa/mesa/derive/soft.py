"""Soft mesa-optimizers, which err the less the more it matters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.display import Tells, html_table
from cidmesa.errors import NotApplicable
from cidmesa.mesa.compose import compose
from cidmesa.mesa.conduct import Judge
from cidmesa.mesa.derive.compliance import complying, judge_of
from cidmesa.mesa.derive.enclosure import as_numbers, converted, nearest, numbers, precisely, softmax
from cidmesa.mesa.plans import Plan
from cidmesa.mesa.world import World
from cidmesa.modelling.numbers import show
from cidmesa.modelling.parameter import number_of
from cidmesa.modelling.policy import Policy, Rule
from cidmesa.structure.reduction import minimal_reduction
from cidmesa.structure.relevance import relevance_graph

if TYPE_CHECKING:
    from cidmesa.mesa.composition import Composition
    from cidmesa.mesa.derive.enclosure import Enclosed, Floating
    from cidmesa.mesa.derive.probability import Probability
    from cidmesa.mesa.spec import MesaSpec
    from cidmesa.mesa.training import TrainingProcess
    from cidmesa.modelling.numbers import Array, Number
    from cidmesa.structure.diagram import Node

__all__ = [
    "SoftDeception",
    "SoftPoint",
    "quantal_response",
    "rational",
    "soft_deception",
    "soft_plan",
    "with_numbers",
]


def quantal_response(composition: Composition, beta: object) -> Policy:
    r"""Return the agent quantal response: :math:`\pi(d \mid o) \propto \exp(\beta Q(o, d))`, by backward induction.

    Q is the agent's own expected utility from there, with soft later decisions. It has no entropy term, so an agent
    that wants nothing is indifferent. An irrelevant observation changes nothing. Probabilities are floats (if
    python-flint is installed, those nearest to the enclosures that `soft_deception` returns).
    Source: McKelvey and Palfrey 1998, "Quantal response equilibria for extensive form games".

    Args:
        composition: a mesa-optimizer's diagram, from `compose`.
        beta: how strongly the agent optimizes, in 1 / utility: 0 chooses uniformly.

    Raises:
        NotApplicable: decisions rely on each other in a cycle, share a rule, or forget what they relied on.

    >>> import cidmesa as cm
    >>> c = cm.compose(cm.builders.episodes(0, 1), cm.MesaSpec("A == 'b'", "updates"))
    >>> round(quantal_response(c, 1)["D_A1"]()["b"], 6)
    0.731059

    """
    plan, world = soft_plan(composition, beta), World.of(composition.view)
    return Policy(tuple(_rule(world, decision, plan.rules[decision]) for decision in world.decisions))


def _rule(world: World, decision: str, rows: Array) -> Rule:
    parents = world.nodes[decision].parents
    values = np.array([nearest(chance) for chance in rows.ravel()], dtype=np.float64).reshape(rows.shape)
    return Rule(decision, parents, tuple(world.domains[p] for p in parents), world.domains[decision], values)


def soft_plan(composition: Composition, beta: object) -> Plan:
    """Return the agent quantal response as a plan, in enclosures where python-flint is installed, else in floats."""
    world, kind = World.of(composition.view), numbers()
    parts = relevance_graph(minimal_reduction(world.cid)).components
    if world.tied or any(len(part) > 1 for part in parts):
        raise NotApplicable(
            "soft decisions that rely on each other, or share a rule, are a fixed point, and there may be several. Use "
            "recall='perfect', succession='game' or scope='episode'."
        )
    with precisely():
        rules = _induced(world, parts, kind, kind.number(number_of(beta)))
    return Plan(rules, {name: np.ones(rule.shape[:-1], dtype=bool) for name, rule in rules.items()})


def _induced(world: World, parts: Sequence[tuple[str, ...]], kind: Enclosed | Floating, beta: Any) -> dict[str, Array]:
    """Return the soft rules, by backward induction over decisions one by one."""
    soft = converted(world, kind)
    rules = {d: as_numbers(np.ones(world.shape([*world.nodes[d].parents, d])), kind) for d in world.decisions}
    for (decision,) in parts:
        follow = {d: (world.nodes[d].parents, rule) for d, rule in rules.items() if d != decision}
        anything = as_numbers(np.ones(world.shape([decision])), kind)
        worth = _worth(soft.with_chances({**follow, decision: ((), anything)}), world.nodes[decision], kind)
        rules[decision] = softmax(worth, beta, kind)
    return rules


def _worth(world: World, decision: Node, kind: Enclosed | Floating) -> Array:
    """Return what each option is worth to its agent in each context, 0 in those that cannot be."""
    axes = (*decision.parents, decision.name)
    below = set(world.downstream([decision.name]))
    reached = world.joint(axes)
    gained = [world.joint(axes, utility=u) for u in world.utilities([str(decision.agent)]) if u in below]
    worth = as_numbers(np.zeros(reached.shape), kind)
    for place in map(tuple, np.argwhere(np.asarray(reached > 0, dtype=bool))):
        worth[place] = sum((one[place] for one in gained), start=worth[place]) / reached[place]
    return worth


# --- how much correction is why it complies -------------------------------------------------------------------------


@dataclass(frozen=True)
class SoftPoint:
    """A soft mesa-optimizer at one beta.

    ``comply``: the probability that all that it does in training, in force, is of greatest base score; ``deceive``: and
    that it defects in some deployment episode. ``compliance``: D, by how much more it complies than one that takes its
    parameters to be unchangeable; ``deception``: G, the same of ``deceive``.
    """

    beta: Number
    comply: Probability
    deceive: Probability
    compliance: Probability
    deception: Probability


@dataclass(frozen=True, repr=False)
class SoftDeception(Tells):
    r"""How far correction explains a soft mesa-optimizer's compliance (D), and how far it deceives (G), by beta.

    Beta has the unit 1 / utility, so a value has meaning only relative to the scale of the objective. D and G lie in
    [-1, 1] and are 0 at beta = 0. Source: the definitions are ours.

    >>> import cidmesa as cm
    >>> found = cm.soft_deception(cm.builders.episodes(1, 2), cm.MesaSpec("A == 'b'", "updates"), 1)
    >>> print(found)
    beta 1: D 0.344575, G 0.319652

    """

    points: tuple[SoftPoint, ...]

    @property
    def inputs(self) -> tuple[str, ...]:
        """The column of beta, for charts."""
        return ("beta",)

    @property
    def answers(self) -> tuple[str, ...]:
        """The columns of D and G."""
        return ("D", "G")

    def column(self, name: str) -> list[Any]:
        """Return the cells of a column: beta, D or G."""
        if name == "beta":
            return [point.beta for point in self.points]
        return [_mid(point.compliance if name == "D" else point.deception) for point in self.points]

    def to_text(self) -> str:
        """Return a line for each beta."""
        return "\n".join(
            f"beta {show(p.beta)}: D {_mid(p.compliance):.6f}, G {_mid(p.deception):.6f}" for p in self.points
        )

    def to_json(self) -> list[dict[str, Any]]:
        """Return the points as plain data."""
        names = ("comply", "deceive", "compliance", "deception")
        return [{"beta": show(p.beta)} | {name: getattr(p, name).to_json() for name in names} for p in self.points]

    def to_html(self) -> str:
        """Return a table with a row for each beta."""
        rows = [[show(p.beta), *(f"{_mid(x):.6f}" for x in (p.comply, p.compliance, p.deception))] for p in self.points]
        return html_table(["beta", "complies", "D", "G"], rows, "rrrr")


def _mid(p: Probability) -> float:
    return float(p.low + p.high) / 2


def soft_deception(
    training: TrainingProcess, spec: MesaSpec, betas: object | Sequence[object], *, judge: str | Sequence[str] = "base"
) -> SoftDeception:
    r"""Return D and G for a soft mesa-optimizer, for one or several values of beta.

    :math:`D_\beta = P_\beta(comply) - P_\beta(comply, severed)`, severed by ``succession="same"``; :math:`G_\beta`
    likewise with "and defects in some deployment episode".

    Source: ours.

    Args:
        training: the training process.
        spec: the specification of the mesa-optimizer.
        betas: one value of beta, or several.
        judge: the owner of the score that counts, as for `certify_deception`.

    Raises:
        NotApplicable: soft rules of these decisions are a fixed point.

    >>> import cidmesa as cm
    >>> found = soft_deception(cm.builders.episodes(1, 2), cm.MesaSpec("A == 'b'", "updates"), [1, 2])
    >>> print(found)
    beta 1: D 0.344575, G 0.319652
    beta 2: D 0.701805, G 0.691832

    """
    several = betas if isinstance(betas, Sequence) and not isinstance(betas, str) else [betas]
    every = [compose(training, one) for one in (spec, replace(spec, succession="same"))]
    return SoftDeception(tuple(_point(every, beta, judge) for beta in several))


def _point(every: Sequence[Composition], beta: object, judge: str | Sequence[str]) -> SoftPoint:
    kind = numbers()
    (comply, deceive), (severed, severed_deceive) = (
        _chances(judge_of(composition, judge), soft_plan(composition, beta), kind) for composition in every
    )
    found = [kind.probability(x) for x in (comply, deceive, comply - severed, deceive - severed_deceive)]
    return SoftPoint(number_of(beta), *found)


def _chances(judge: Judge, plan: Plan, kind: Enclosed | Floating) -> tuple[Any, Any]:
    """Return the probability of complying in training, and of that together with a defection in deployment."""
    choices = judge.choices(rational(plan))
    with precisely():
        world = converted(judge.world, kind)
        comply = complying(judge, world, plan, [c for c in choices if c.stage.training])
        return comply, comply - complying(judge, world, plan, choices)


def with_numbers(judge: Judge) -> Judge:
    """Return the judge of the same world in the numbers of soft choices."""
    world = converted(judge.world, numbers())
    return Judge(judge.training, world, judge.decided, judge.learner, judge.credit)


def rational(plan: Plan) -> Plan:
    """Return the plan with rational probabilities near its own, by which base scores are found exactly."""
    return Plan({name: _exactly(rule) for name, rule in plan.rules.items()}, plan.settled)


def _exactly(rule: Array) -> Array:
    made = np.empty(rule.shape, dtype=np.object_)
    for place in np.ndindex(*rule.shape[:-1]):
        shares = [Fraction(float(chance)).limit_denominator(10**6) for chance in rule[place]]
        shares = [max(share, Fraction(1, 10**6)) for share in shares]
        made[place] = [share / sum(shares) for share in shares]
    return made
