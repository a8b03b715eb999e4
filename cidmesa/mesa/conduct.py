"""What plans of a mesa-optimizer do in each stage, scored by what else could be done: whether they comply or defect."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.frozen import AT_ONCE, Once
from cidmesa.mesa.blinding import hold, threats_below
from cidmesa.mesa.plans import Following, Plan, best_value
from cidmesa.mesa.scores import Choice, Stage, credited
from cidmesa.modelling.inference import Factor
from cidmesa.solving.optimal.backward_induction import optimal_options
from cidmesa.structure.dag import roll
from cidmesa.structure.diagram import Node

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cidmesa.mesa.roles import Learned
    from cidmesa.mesa.training import TrainingProcess
    from cidmesa.mesa.world import World
    from cidmesa.modelling.numbers import Array, Number, State

__all__ = ["Judge", "Scorer", "over"]


class Scorer:
    r"""Scores what may be done at an action in the world as it is, with parameters held.

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
        known: dict[str, Any] | None = None,
        once: Once = AT_ONCE,
    ) -> None:
        """``known``: what was found, kept for others in whose world the same is scored."""
        self.training, self.world, self.decided, self.learner = training, world, dict(decided), learner
        self.credit, self.once = credited(training, utilities), once
        self.followed = Following(world)
        self.known = known = {} if known is None else known
        self._labels: dict[tuple[str, str], tuple[tuple[str, ...], Array]] = known.setdefault("labels", {})
        self._concerning: dict[str, frozenset[str]] = known.setdefault("concerning", {})
        self._upstream: dict[str, tuple[str, ...]] = known.setdefault("upstream", {})
        self._scores: dict[object, dict[tuple[int, ...], Array]] = known.setdefault("scores", {})
        self._first: dict[tuple[str, str], Plan] = known.setdefault("first", {})
        self._relevants: dict[tuple[str, str], tuple[str, ...]] = known.setdefault("relevants", {})
        self._choices: dict[object, tuple[Choice, ...]] = known.setdefault("choices", {})

    @cached_property
    def places(self) -> dict[str, int]:
        """The place of each action."""
        return {action: place for place, action in enumerate(self.decided)}

    @cached_property
    def moments(self) -> dict[str, int]:
        """The place of each action's episode."""
        order = {episode: place for place, episode in enumerate(self.training.episodes)}
        return {action: order[self.role(action).episode] for action in self.decided}

    def role(self, action: str) -> Learned:
        """Return the role of an action."""
        return self.training.actions[action]

    def phases(self, role: Learned) -> tuple[str, ...]:
        """Return the phases in which an action of this role may be taken."""
        return ("train", "deploy") if role.phase_expression else (role.phase,)

    def stage_of(self, role: Learned, phase: str) -> Stage:
        """Return the stage of an action of this role in a phase."""
        return Stage(role.episode if role.stage is None else role.stage, phase)

    def context_of(self, action: str) -> tuple[str, ...]:
        """Return the nodes that tell a context of the action: what is observed there but own earlier decisions."""
        own = set(self.decided.values())
        return tuple(p for p in self.world.nodes[self.decided[action]].parents if p not in own)

    def labelled(
        self, world: World, action: str, phase: str, axes: tuple[str, ...], utility: str | None = None
    ) -> Array:
        """Return P(axes, phase, learner in force), times the utility where one is given."""
        names, label = self.label(action, phase)
        keep = tuple(dict.fromkeys([*axes, *names]))
        weighted = world.joint(keep, utility) * over(keep, names, label)
        return np.asarray(weighted.sum(axis=tuple(range(len(axes), len(keep)))))

    def label(self, action: str, phase: str) -> tuple[tuple[str, ...], Array]:
        """Return the nodes that say whether a phase is on with the learner in force, and 1 where they say so."""
        if self.once.keeps:
            return self.once(("label", action, phase), lambda: self._labelling(action, phase))
        if (action, phase) not in self._labels:
            self._labels[action, phase] = self._labelling(action, phase)
        return self._labels[action, phase]

    def _labelling(self, action: str, phase: str) -> tuple[tuple[str, ...], Array]:
        training, role = self.training, self.role(action)
        inside = role.phase_expression.names if role.phase_expression else ()
        gates: list[str] = []
        if phase == "deploy" and training.gate:
            later = set(training.cid.descendants(action))
            gates = [gate for gate in training.gate if gate not in later]
        names = tuple(n for n in dict.fromkeys([*inside, role.theta, *gates]) if n in self.world.nodes)
        fixed = {name: p.value for name, p in training.model.parameters.items() if p.value is not None}
        label = np.zeros(self.world.shape(names), dtype=int)
        for index in np.ndindex(*label.shape):
            state = {name: self.world.domains[name][k] for name, k in zip(names, index, strict=True)}
            through = all(state[gate] == training.gate[gate] for gate in gates)
            label[index] = role.phase_at(fixed | state) == phase and state[role.theta] == self.learner and through
        return names, label

    def scored_options(
        self, plan: Plan, action: str, phase: str, reached: Sequence[tuple[int, ...]], like: Array
    ) -> Array:
        """Return the score of each option in the reached contexts, 0 elsewhere."""
        alone = self.once.keeps  # then nothing here may depend on comparisons made before
        known = {} if alone else self._scores.setdefault(self._scoring(plan, action, phase), {})
        missing = [context for context in reached if context not in known]
        known.update(zip(missing, self._rows(plan, action, phase, missing) if missing else (), strict=True))
        scores = 0 * like
        for context in reached:
            scores[context] = known[context]
        return scores

    def _scoring(self, plan: Plan, action: str, phase: str) -> object:
        """Return what plans share that score the same at an action; what the first depends on is not looked for."""
        first = self._first.setdefault((action, phase), plan)
        decisions = self.upstream_of(action)
        if plan.key_of(decisions) == first.key_of(decisions):
            return action, phase
        relevant = self._relevant(action, phase)
        same = plan.key_of(relevant)
        return (action, phase) if same == first.key_of(relevant) else (action, phase, same)

    def _relevant(self, action: str, phase: str) -> tuple[str, ...]:
        """Return the decisions that scores at an action depend on, given the context, the option and the label."""
        if (action, phase) not in self._relevants:
            names, label = self.label(action, phase)
            free, upstream = {*self._after(action)}, self.upstream_of(action)
            if np.count_nonzero(label) == 1 and not free & {*upstream}:
                held = self._held(self.world, action).cid
                given = {*self.context_of(action), self.decided[action], *names}
                ball = roll(held.dag, held.indices(self.utilities_at(action)), {*held.indices(given)})
                upstream = tuple(d for d in upstream if held.index(d) in ball.mechanisms and d != self.decided[action])
            self._relevants[action, phase] = upstream
        return self._relevants[action, phase]

    def _rows(self, plan: Plan, action: str, phase: str, contexts: Sequence[tuple[int, ...]]) -> list[Array]:
        """Return the score of each option in some contexts that the plan reaches."""
        decision, axes = self.decided[action], self.context_of(action)
        utilities, free = self.utilities_at(action), set(self._after(action))
        world = self._held(self.followed(plan).reopened(self.world, {*free, decision}), action)
        chance = self.labelled(world, action, phase, (*axes, decision))
        upstream = world.upstream(utilities) if free & self._concerned(action) else set()
        if later := [d for d in world.decisions if d in free & upstream]:
            whole = np.empty_like(chance)
            for place in ((*context, option) for context in contexts for option in range(chance.shape[-1])):
                whole[place] = self._best(world, action, phase, place, utilities, later)
        else:
            parts = (self.labelled(world, action, phase, (*axes, decision), u) for u in utilities)
            whole = sum(parts, start=0 * chance)
        return [np.asarray(whole[context] / chance[context]) for context in contexts]

    def _held(self, world: World, action: str) -> World:
        """Return `hold`, as far as it concerns what is done and scored at the action."""
        threats = set(threats_below(self.training, [action])) & self._concerned(action)
        return hold(world, self.training, [action], self.learner) if threats else world

    def _best(
        self,
        world: World,
        action: str,
        phase: str,
        place: tuple[int, ...],
        utilities: Sequence[str],
        later: Sequence[str],
    ) -> Number:
        """Return the most that the credited utilities get after an option in a context, by the best continuation.

        What is certain in the context tells later decisions nothing.
        """
        axes = self.context_of(action)
        names, label = self.label(action, phase)
        decision = self.decided[action]
        here = np.zeros(self.world.shape((*axes, decision)), dtype=int)
        here[place] = 1
        keep = tuple(dict.fromkeys([*axes, decision, *names]))
        where = Factor(keep, over(keep, (*axes, decision), here) * over(keep, names, label))
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
        return self.nodes_of(self.credit)

    def utilities_at(self, action: str) -> tuple[str, ...]:
        """Return the utility nodes credited to the action's episode."""
        episode = self.role(action).episode
        return self.nodes_of(name for name, episodes in self.credit.items() if episode in episodes)

    def nodes_of(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return the utilities, each by the node below it where a mesa-objective reads it."""
        return tuple(n if self.world.nodes[n].kind == "utility" else f"{n}_score" for n in names)

    def _after(self, action: str) -> tuple[str, ...]:
        """Return the optimizer's decisions that come after an action: in a later episode, or downstream of it."""
        moment, below = self.moments[action], set(self.training.cid.descendants(action))
        later = (a for a in self.decided if a != action and (self.moments[a] > moment or a in below))
        return tuple(self.decided[a] for a in later)

    def upstream_of(self, action: str) -> tuple[str, ...]:
        """Return the decisions that what is done and scored at an action may depend on."""
        if action not in self._upstream:
            concerned = self._concerned(action)
            self._upstream[action] = tuple(name for name in self.world.decisions if name in concerned)
        return self._upstream[action]

    def _concerned(self, action: str) -> frozenset[str]:
        """Return the nodes that what is done and scored at an action may depend on."""
        if action not in self._concerning:
            names = {name for phase in self.phases(self.role(action)) for name in self.label(action, phase)[0]}
            targets = [self.decided[action], *names, *self.utilities_at(action)]
            self._concerning[action] = frozenset(self.world.upstream(targets))
        return self._concerning[action]


_JUDGE = "judge"


def over(keep: Sequence[str], names: Sequence[str], values: Array) -> Array:
    """Return an array over ``names`` as one over ``keep`` that broadcasts."""
    order = sorted(range(len(names)), key=lambda axis: keep.index(names[axis]))
    shape = dict(zip(names, values.shape, strict=True))
    return values.transpose(order).reshape([shape.get(name, 1) for name in keep])


def _product(one: Factor, other: Factor) -> Factor:
    keep = tuple(dict.fromkeys([*one.variables, *other.variables]))
    return Factor(keep, over(keep, one.variables, one.values) * over(keep, other.variables, other.values))


class Judge(Scorer):
    """Judges what plans do in each stage by the scores of what else could be done (`Scorer`)."""

    @cached_property
    def actions_of(self) -> dict[Stage, tuple[str, ...]]:
        """The actions of each stage, in the order of episodes: those that can be taken in force in it."""
        if "actions" not in self.known:
            self.known["actions"] = self.once("actions", self._actions_of)
        return dict(self.known["actions"])

    def _actions_of(self) -> dict[Stage, tuple[str, ...]]:
        found: dict[Stage, list[str]] = {}
        for action in sorted(self.decided, key=self.moments.__getitem__):
            role = self.role(action)
            for phase in self.phases(role):
                keep, label = self.label(action, phase)
                if (self.world.joint(keep) * label > 0).any():
                    found.setdefault(self.stage_of(role, phase), []).append(action)
        return {stage: tuple(actions) for stage, actions in found.items()}

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages in the order of episodes."""
        return tuple(self.actions_of)

    def actions_in(self, span: Iterable[Stage]) -> dict[str, str]:
        """Return action -> decision, of the actions with a context in the span."""
        wanted = {action for stage in span for action in self.actions_of.get(stage, ())}
        return {action: self.decided[action] for action in sorted(wanted, key=self.places.__getitem__)}

    def first_moment(self, span: Iterable[Stage]) -> int:
        """Return the place of the span's first episode."""
        return min(self.moments[action] for stage in span for action in self.actions_of.get(stage, ()))

    def past(self, span: Iterable[Stage]) -> tuple[str, ...]:
        """Return the decisions of the optimizer in episodes before the span."""
        first = self.first_moment(span)
        return tuple(decision for action, decision in self.decided.items() if self.moments[action] < first)

    def is_before(self, stage: Stage, span: Iterable[Stage]) -> bool:
        """Return whether every episode of a stage precedes every episode of a span."""
        return max(self.moments[action] for action in self.actions_of[stage]) < self.first_moment(span)

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
        key = (action, plan.key_of(self.upstream_of(action)))
        if key not in self._choices:
            what = ("choices", action, *map(plan.exactly.get, self.upstream_of(action))) if self.once.keeps else key
            self._choices[key] = self.once(what, lambda: tuple(self._made(plan, action)))
        return self._choices[key]

    def _made(self, plan: Plan, action: str) -> Iterator[Choice]:
        role, decision = self.role(action), self.decided[action]
        options = self.world.domains[decision]
        axes = self.context_of(action)
        followed = self.followed(plan)
        for phase in self.phases(role):
            done = self.labelled(followed, action, phase, (*axes, decision))
            chance = np.asarray(done.sum(axis=-1), dtype=done.dtype)
            reached = [tuple(context) for context in np.argwhere(np.asarray(chance > 0, dtype=bool))]
            scores = self.scored_options(plan, action, phase, reached, done) if reached else done
            best = optimal_options(scores)
            for context in reached:
                where = {name: self.world.domains[name][k] for name, k in zip(axes, context, strict=True)}
                taken = tuple(o for o, yes in zip(options, (done[context] > 0).tolist(), strict=True) if yes)
                top = tuple(o for o, yes in zip(options, best[context].tolist(), strict=True) if yes)
                values = dict(zip(options, scores[context].tolist(), strict=True))
                yield Choice(decision, self.stage_of(role, phase), where, chance[context], taken, top, values)

    def utilities_of(self, stage: Stage) -> tuple[str, ...]:
        """Return the utility nodes credited to the episodes of a stage."""
        episodes = {self.role(action).episode for action in self.actions_of[stage]}
        return self.nodes_of(name for name, credited in self.credit.items() if episodes & {*credited})
