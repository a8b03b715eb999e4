"""What a mesa-optimizer does in each context, and how the base objective scores what else it could do there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.errors import ComposeError, NotApplicable, near_miss
from cidmesa.mesa.blinding import hold
from cidmesa.mesa.plans import MAX_PLANS, Plan, best_value, too_many
from cidmesa.mesa.world import one_hot
from cidmesa.modelling.inference import Factor
from cidmesa.modelling.numbers import setting_text, show
from cidmesa.solving.decision_rules import optimal_options
from cidmesa.structure.diagram import Node

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cidmesa.mesa.roles import Learned
    from cidmesa.mesa.training import TrainingProcess
    from cidmesa.mesa.world import World
    from cidmesa.modelling.numbers import Array, Number, State

__all__ = ["Choice", "Judge", "Stage", "credited", "judged_utilities"]


@dataclass(frozen=True)
class Stage:
    """A labelled set of contexts: those of one episode, or of one ``stage=`` label, in one phase."""

    name: int | str
    phase: str

    @property
    def training(self) -> bool:
        """Whether it is a stage of training."""
        return self.phase == "train"

    def __str__(self) -> str:
        named = f"episode {self.name}" if isinstance(self.name, int) else self.name
        return f"{named} ({'training' if self.training else 'deployment'})"


@dataclass(frozen=True)
class Choice:
    """What a plan may do in one context, and the base score of each option there.

    ``probability``: of the context with the learner in force. ``done``: the options that the plan may take. ``best``:
    those of greatest score. ``values``: option -> score.
    """

    decision: str
    stage: Stage
    context: Mapping[str, State]
    probability: Number
    done: tuple[State, ...]
    best: tuple[State, ...]
    values: Mapping[State, Number]

    @property
    def scored(self) -> bool:
        """Whether the base score tells some options apart."""
        return len(self.best) < len(self.values)

    @property
    def complies(self) -> bool:
        """Whether all that may be done is of greatest score."""
        return set(self.done) <= set(self.best)

    @property
    def shortfall(self) -> Number:
        """What the base score may lose here: the greatest less the least of what may be done."""
        return max(self.values.values()) - min(self.values[option] for option in self.done)

    def to_json(self) -> dict[str, Any]:
        """Return the choice as plain data."""
        return {"decision": self.decision, "stage": str(self.stage), "probability": show(self.probability),
                "context": {name: show(state) for name, state in self.context.items()},
                "done": [show(option) for option in self.done],
                "scores": {show(option): show(value) for option, value in self.values.items()}}  # fmt: skip

    def __str__(self) -> str:
        where = setting_text(self.context, " where ")
        scores = ", ".join(f"{show(option)} {show(value)}" for option, value in self.values.items())
        return f"{self.decision} does {' or '.join(map(show, self.done))}{where} (base scores: {scores})"


def judged_utilities(training: TrainingProcess, judge: str | Sequence[str]) -> tuple[str, ...]:
    """Return the utilities that a judge stands for: "base", an agent, or utilities by name.

    Raises:
        NotApplicable: the base agent has no utility.
        ComposeError: no such agent or utility.

    """
    cid = training.cid
    names = [judge] if isinstance(judge, str) else list(judge)
    owner = training.base_agent if judge == "base" else judge
    if isinstance(owner, str) and owner in cid.agents:
        names = list(cid.utilities_of(owner))
    elif judge == "base":
        names = []
    if not names:
        raise NotApplicable(f"{owner!r} has no utility, so nothing is scored: there is nothing to comply with.")
    for name in names:
        if name not in cid.utilities:
            known = (*cid.agents, *cid.utilities)
            raise ComposeError(f"the judge {name!r} is neither an agent nor a utility of the training process."
                               f"{near_miss(name, known)} There are: {', '.join(known)}.")  # fmt: skip
    return tuple(names)


def credited(training: TrainingProcess, utilities: Iterable[str]) -> dict[str, tuple[int | str, ...]]:
    r"""Return :math:`\kappa`: for each utility the episodes that training scores by it.

    As declared (``credit=``). Of the others, each is credited to the last episode with an action upstream of it; then
    an episode that is credited nothing is credited every undeclared utility downstream of its actions.
    """
    names = tuple(utilities)
    above = {name: {training.actions[a].episode for a in training.cid.ancestors(name) if a in training.actions}
             for name in names}  # fmt: skip
    order = {episode: place for place, episode in enumerate(training.episodes)}
    credit = {name: tuple(training.credit[name]) for name in names if name in training.credit}
    credit |= {name: tuple(sorted(above[name], key=order.__getitem__)[-1:]) for name in names if name not in credit}
    empty = [episode for episode in order if not any(episode in episodes for episodes in credit.values())]
    for name in names:
        if name not in training.credit:
            credit[name] += tuple(episode for episode in empty if episode in above[name])
    return credit


class Judge:
    r"""Scores what plans do by some utilities, in the world as it is, with parameters held.

    The score of an option d at a context c of decision j is :math:`\max_\sigma E[\sum U \mid c, do(D_j = d)]` over the
    utilities credited to its episode, where no threat downstream of the action comes true (`hold`), decisions of the
    optimizer in later episodes or downstream follow :math:`\sigma`, and all other decisions follow the plan.
    """

    def __init__(
        self,
        training: TrainingProcess,
        world: World,
        decided: Mapping[str, str],
        learner: State,
        utilities: Iterable[str],
    ) -> None:
        self.training, self.world, self.decided, self.learner = training, world, dict(decided), learner
        self.credit = credited(training, utilities)
        self._scores: dict[object, tuple[Array, Array]] = {}
        self._choices: dict[object, tuple[Choice, ...]] = {}

    # --- stages -----------------------------------------------------------------------------------------------------

    @cached_property
    def actions_of(self) -> dict[Stage, tuple[str, ...]]:
        """The actions of each stage, in the order of episodes: those that can be taken in force in it."""
        found: dict[Stage, list[str]] = {}
        for action in sorted(self.decided, key=lambda a: self._moment(self._role(a).episode)):
            role = self._role(action)
            for phase in ("train", "deploy") if role.phase_expression else (role.phase,):
                keep, label = self._label(action, phase)
                if (self.world.joint(keep) * label > 0).any():
                    found.setdefault(self._stage(role, phase), []).append(action)
        return {stage: tuple(actions) for stage, actions in found.items()}

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages in the order of episodes."""
        return tuple(self.actions_of)

    def actions_in(self, span: Iterable[Stage]) -> dict[str, str]:
        """Return action -> decision, of the actions with a context in the span."""
        wanted = {action for stage in span for action in self.actions_of.get(stage, ())}
        return {action: decision for action, decision in self.decided.items() if action in wanted}

    def first_moment(self, span: Iterable[Stage]) -> int:
        """Return the place of the span's first episode."""
        return min(self._moment(self._role(action).episode) for action in self.actions_in(span))

    def past(self, span: Iterable[Stage]) -> tuple[str, ...]:
        """Return the decisions of the optimizer in episodes before the span."""
        first = self.first_moment(span)
        return tuple(d for a, d in self.decided.items() if self._moment(self._role(a).episode) < first)

    def is_before(self, stage: Stage, span: Iterable[Stage]) -> bool:
        """Return whether every episode of a stage precedes every episode of a span."""
        last = max(self._moment(self._role(action).episode) for action in self.actions_of[stage])
        return last < self.first_moment(span)

    def _moment(self, episode: int | str) -> int:
        return self.training.episodes.index(episode)

    def _role(self, action: str) -> Learned:
        return self.training.actions[action]

    def _stage(self, role: Learned, phase: str) -> Stage:
        return Stage(role.episode if role.stage is None else role.stage, phase)

    # --- conduct ----------------------------------------------------------------------------------------------------

    def complies(self, plan: Plan, span: Iterable[Stage]) -> bool:
        """Return whether the plan reaches a scored context in force in the span, and complies at all such."""
        found = self.scored(plan, span)
        return bool(found) and all(choice.complies for choice in found)

    def defects(self, plan: Plan, span: Iterable[Stage]) -> bool:
        """Return whether the plan defects at some scored context in the span."""
        return any(not choice.complies for choice in self.scored(plan, span))

    def scored(self, plan: Plan, span: Iterable[Stage]) -> tuple[Choice, ...]:
        """Return the choices of the plan in the scored contexts of the span."""
        return tuple(choice for choice in self.choices(plan, span) if choice.scored)

    def choices(self, plan: Plan, span: Iterable[Stage] | None = None) -> tuple[Choice, ...]:
        """Return the choices of the plan in all contexts that it reaches in force, in the span only if one is given."""
        wanted = set(self.stages if span is None else span)
        actions = self.decided if span is None else self.actions_in(wanted)
        found = (choice for action in actions for choice in self._choices_of(plan, action))
        return tuple(choice for choice in found if choice.stage in wanted)

    def _choices_of(self, plan: Plan, action: str) -> tuple[Choice, ...]:
        key = (action, plan.only(self._upstream_of(action)).key)
        if key not in self._choices:
            self._choices[key] = tuple(self._made(plan, action))
        return self._choices[key]

    def _made(self, plan: Plan, action: str) -> Iterator[Choice]:
        role, decision = self._role(action), self.decided[action]
        options = self.world.domains[decision]
        axes = self.context_of(action)
        followed = plan.followed(self.world)
        for phase in ("train", "deploy") if role.phase_expression else (role.phase,):
            done = self.labelled(followed, action, phase, (*axes, decision))
            chance = np.asarray(done.sum(axis=-1), dtype=done.dtype)
            reached = [tuple(context) for context in np.argwhere(np.asarray(chance > 0, dtype=bool))]
            scores = self._scored(plan, action, phase, reached) if reached else done
            best = optimal_options(scores)
            for context in reached:
                where = {name: self.world.domains[name][k] for name, k in zip(axes, context, strict=True)}
                taken = tuple(o for o, yes in zip(options, (done[context] > 0).tolist(), strict=True) if yes)
                top = tuple(o for o, yes in zip(options, best[context].tolist(), strict=True) if yes)
                values = dict(zip(options, scores[context].tolist(), strict=True))
                yield Choice(decision, self._stage(role, phase), where, chance[context], taken, top, values)

    def context_of(self, action: str) -> tuple[str, ...]:
        """Return the nodes that tell a context of the action: what is observed there but own earlier decisions."""
        own = set(self.decided.values())
        return tuple(p for p in self.world.nodes[self.decided[action]].parents if p not in own)

    def labelled(
        self, world: World, action: str, phase: str, axes: tuple[str, ...], utility: str | None = None
    ) -> Array:
        """Return P(axes, phase, learner in force), times the utility where one is given."""
        names, label = self._label(action, phase)
        keep = tuple(dict.fromkeys([*axes, *names]))
        weighted = world.joint(keep, utility) * _over(keep, names, label)
        return np.asarray(weighted.sum(axis=tuple(range(len(axes), len(keep)))))

    def _label(self, action: str, phase: str) -> tuple[tuple[str, ...], Array]:
        """Return the nodes that say whether a phase is on with the learner in force, and 1 where they say so."""
        training, role = self.training, self._role(action)
        inside = role.phase_expression.names if role.phase_expression else ()
        later = set(training.cid.descendants(action))
        gates = [gate for gate in training.gate if gate not in later] if phase == "deploy" else []
        names = tuple(n for n in dict.fromkeys([*inside, role.theta, *gates]) if n in self.world.nodes)
        fixed = {name: p.value for name, p in training.model.parameters.items() if p.value is not None}
        label = np.zeros(self.world.shape(names), dtype=int)
        for index in np.ndindex(*label.shape):
            state = {name: self.world.domains[name][k] for name, k in zip(names, index, strict=True)}
            through = all(state[gate] == training.gate[gate] for gate in gates)
            label[index] = role.phase_at(fixed | state) == phase and state[role.theta] == self.learner and through
        return names, label

    def expected(self, plan: Plan, utilities: Sequence[str]) -> tuple[Number, Number]:
        """Return the least and greatest expected sum of utilities: where a plan does not decide, any option may follow.

        Both are the same where the plan decides wherever it is reached in force.
        """
        worlds = (completed.followed(self.world) for completed in self.completions(plan))
        found = [sum((world.joint([], utility=u).item() for u in utilities), start=0) for world in worlds]
        return min(found), max(found)

    def completions(self, plan: Plan) -> Iterator[Plan]:
        """Yield the plans that take one option in every context that is reached in force.

        Raises:
            TooLarge: more than 5,000.

        """
        loose = self._loose(plan)
        size = prod(self.world.size(decision) for decision, _ in loose)
        if size > MAX_PLANS:
            raise too_many()
        for picked in product(*(range(self.world.size(decision)) for decision, _ in loose)):
            rules = {decision: rows.copy() for decision, rows in plan.rules.items()}
            for (decision, context), option in zip(loose, picked, strict=True):
                rules[decision][context] = one_hot(self.world.size(decision), option, self.world.exact)
            yield Plan(rules, plan.settled)

    def _loose(self, plan: Plan) -> list[tuple[str, tuple[int, ...]]]:
        """Return the decisions and contexts that are reached in force where the plan does not decide."""
        world, found = plan.followed(self.world), []
        for action, decision in self.decided.items():
            parents, theta = world.nodes[decision].parents, self._role(action).theta
            keep = tuple(dict.fromkeys([*parents, theta]))
            force = np.asarray(world.joint(keep) * world.along(keep, theta, self.learner) > 0, dtype=bool)
            reached = np.asarray(force.any(axis=-1)) if theta not in parents else force
            found += [(decision, tuple(context)) for context in np.argwhere(reached & ~plan.settled[decision])]
        return found

    # --- scores -----------------------------------------------------------------------------------------------------

    def _scored(self, plan: Plan, action: str, phase: str, reached: Sequence[tuple[int, ...]]) -> Array:
        """Return the score of each option in the reached contexts, 0 elsewhere."""
        decision, axes = self.decided[action], self.context_of(action)
        utilities = self._utilities(action)
        free = set(self._after(action))
        rest = plan.only([name for name in plan.rules if name not in free and name != decision])
        world = hold(rest.followed(self.world), self.training, [action], self.learner)
        chance = self.labelled(world, action, phase, (*axes, decision))
        scores = 0 * chance
        later = [d for d in world.decisions if d in free & world.upstream(utilities)]
        if not later:
            whole = sum((self.labelled(world, action, phase, (*axes, decision), u) for u in utilities), start=scores)
        for context in reached:
            for option in range(scores.shape[-1]):
                place: tuple[int, ...] = (*context, option)
                best = whole[place] if not later else self._best(world, action, phase, place, utilities, later)
                scores[place] = best / chance[place]
        return scores

    def _best(self, world: World, action: str, phase: str, place: tuple[int, ...], utilities: Sequence[str],
              later: Sequence[str]) -> Number:  # fmt: skip
        """Return the most that the credited utilities get after an option in a context, by the best continuation.

        What is certain in the context tells later decisions nothing.
        """
        axes = self.context_of(action)
        names, label = self._label(action, phase)
        decision = self.decided[action]
        here = np.zeros(self.world.shape((*axes, decision)), dtype=int)
        here[place] = 1
        keep = tuple(dict.fromkeys([*axes, decision, *names]))
        where = Factor(keep, _over(keep, (*axes, decision), here) * _over(keep, names, label))
        nodes, factors = dict(world.nodes), dict(world.factors)
        for d in later:
            seen = tuple(p for p in world.nodes[d].parents if p not in (*axes, decision, action))
            nodes[d] = Node(d, "decision", _JUDGE, seen)
        for utility in utilities:
            factor = _product(factors[utility], where)
            nodes[utility], factors[utility] = Node(utility, "utility", _JUDGE, factor.variables), factor
        return best_value(world.made_of(nodes, factors), _JUDGE, later)

    @property
    def utilities(self) -> tuple[str, ...]:
        """The utility nodes that count, as the world calls them."""
        return self._nodes_of(self.credit)

    def utilities_of(self, stage: Stage) -> tuple[str, ...]:
        """Return the utility nodes credited to the episodes of a stage."""
        episodes = {self._role(action).episode for action in self.actions_of[stage]}
        return self._nodes_of(name for name, credited in self.credit.items() if episodes & {*credited})

    def _utilities(self, action: str) -> tuple[str, ...]:
        """Return the utility nodes credited to the action's episode."""
        episode = self._role(action).episode
        return self._nodes_of(name for name, episodes in self.credit.items() if episode in episodes)

    def _nodes_of(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return the utilities, each by the node below it where a mesa-objective reads it."""
        return tuple(n if self.world.nodes[n].kind == "utility" else f"{n}_score" for n in names)

    def _after(self, action: str) -> tuple[str, ...]:
        """Return the optimizer's decisions that come after an action: in a later episode, or downstream of it."""
        moment, below = self._moment(self._role(action).episode), set(self.training.cid.descendants(action))
        return tuple(d for a, d in self.decided.items()
                     if a != action and (self._moment(self._role(a).episode) > moment or a in below))  # fmt: skip

    def _upstream_of(self, action: str) -> tuple[str, ...]:
        """Return the decisions that what is done and scored at an action may depend on."""
        names, _ = self._label(action, "deploy")
        targets = [self.decided[action], *names, *self._utilities(action)]
        upstream = self.world.upstream(targets)
        return tuple(name for name in self.world.decisions if name in upstream)


_JUDGE = "judge"


def _over(keep: Sequence[str], names: Sequence[str], values: Array) -> Array:
    """Return an array over ``names`` as one over ``keep`` that broadcasts."""
    order = sorted(range(len(names)), key=lambda axis: keep.index(names[axis]))
    shape = dict(zip(names, values.shape, strict=True))
    return values.transpose(order).reshape([shape.get(name, 1) for name in keep])


def _product(one: Factor, other: Factor) -> Factor:
    keep = tuple(dict.fromkeys([*one.variables, *other.variables]))
    return Factor(keep, _over(keep, one.variables, one.values) * _over(keep, other.variables, other.values))
