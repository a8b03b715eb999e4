"""What a mesa-optimizer does in each context, and what the base objective would have it do there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cidmesa.errors import NotApplicable
from cidmesa.frozen import Frozen
from cidmesa.mesa.compose import drafted
from cidmesa.modelling.inference import weights
from cidmesa.modelling.numbers import show
from cidmesa.modelling.policy import Policy, Rule
from cidmesa.solving.induction import optimal_options
from cidmesa.structure.separation import directed_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cidmesa.mesa.composition import Composition
    from cidmesa.mesa.training import Learned
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Array, Number, State

__all__ = ["Choice", "Judge", "observed_axes", "on_path"]


@dataclass(frozen=True)
class Choice(Frozen):
    """What is done in one context of one decision, and how the base objective scores it.

    ``best``: the options that the base score would have. ``values``: option -> base score.
    """

    decision: str
    context: Mapping[str, State]
    done: tuple[State, ...]
    best: tuple[State, ...]
    values: Mapping[State, Number]

    @property
    def complies(self) -> bool:
        """Whether all that may be done here is best for the base objective."""
        return set(self.done) <= set(self.best)

    @property
    def defects(self) -> bool:
        """Whether all that may be done here is worse than best for the base objective."""
        return not set(self.done) & set(self.best)

    def __str__(self) -> str:
        where = f" when {', '.join(f'{k} = {show(v)}' for k, v in self.context.items())}" if self.context else ""
        scores = ", ".join(f"{show(option)}: {show(value)}" for option, value in self.values.items())
        return f"{self.decision} does {' or '.join(map(show, self.done))}{where} (base score {scores})"


class Judge:
    """Scores the choices of a composition by the base objective with the parameters held as they are.

    The base score of an option at a context is the expected sum of the base utilities downstream of the decision when
    no update follows (rule R5 on the objective twin) and all other decisions are taken as the policy takes them.
    """

    def __init__(self, composition: Composition) -> None:
        training = composition.training
        self.composition = composition
        self.twin = composition.objective_twin
        self.severed = drafted(training, composition.spec, severed=True, beliefs=False).model
        self.scores = tuple(u for u in self.severed.cid.utilities if self.severed.cid.agent(u) == training.base_agent)
        if not self.scores:
            raise NotApplicable(f"the base agent {training.base_agent!r} has no utility: nothing to comply with.")

    def choices(self, policy: Policy, phase: str, options: Mapping[str, Array] | None = None) -> Iterator[Choice]:
        """Yield what ``policy`` does in each context that it reaches with the mesa-optimizer in force.

        ``phase``: "train" or "deploy". ``options``: decision -> which options count as done (contexts first), in place
        of the policy's own.
        """
        path = on_path(policy, self.twin)
        for action, decision in self.composition.decisions.items():
            reached = self._reached(path, action, decision, phase)
            scores, chance = self._scored(path, action, decision, phase)
            best = optimal_options(scores)
            done = path[decision].values > 0 if options is None else options[decision]
            for context in np.ndindex(*reached.shape):
                if reached[context]:
                    values = scores[context] / chance[context]
                    yield self._choice(decision, context, done[context], best[context], values)

    def _choice(self, decision: str, context: tuple[int, ...], done: Array, best: Array, values: Array) -> Choice:
        axes, options = observed_axes(self.twin, decision), self.twin.domains[decision]
        where = {name: self.twin.domains[name][state] for name, state in zip(axes, context, strict=True)}
        taken, preferred = (tuple(o for o, yes in zip(options, mask, strict=True) if yes) for mask in (done, best))
        return Choice(decision, where, taken, preferred, dict(zip(options, values.tolist(), strict=True)))

    def _reached(self, path: Policy, action: str, decision: str, phase: str) -> Array:
        """Return the probability of each context together with the phase and the learner in force."""
        model = self.twin.with_policy(path)
        return self._together(model, observed_axes(self.twin, decision), action, phase)

    def _scored(self, path: Policy, action: str, decision: str, phase: str) -> tuple[Array, Array]:
        """Return the base score of each option at each context in the phase, times its probability; and that."""
        others = Policy(tuple(rule for rule in path.rules if rule.decision != decision))
        axes = observed_axes(self.twin, decision)
        model = self.severed.revised([replace(self.severed.cid.spec(decision), parents=axes)]).with_policy(others)
        keep = (*axes, decision)
        chance = self._together(model, keep, action, phase)
        downstream = [utility for utility in self.scores if directed_path(model.cid, decision, utility)]
        return sum((self._together(model, keep, action, phase, u) for u in downstream), start=0 * chance), chance

    def _together(
        self, model: Model, axes: tuple[str, ...], action: str, phase: str, utility: str | None = None
    ) -> Array:
        """Return P(axes, phase, learner in force), times the utility where one is given."""
        role = self.composition.training.actions[action]
        inside = role.phase_expression.names if role.phase_expression else ()
        gates = self._gates_before(model, action) if phase == "deploy" else ()
        nodes = [name for name in dict.fromkeys([*inside, role.theta, *gates]) if name in model.cid]
        keep = tuple(dict.fromkeys([*axes, *nodes]))
        joint = weights(model, keep, utility=utility, undecided="uniform") * self._mask(model, keep, nodes, role, phase)
        return np.asarray(joint.sum(axis=tuple(range(len(axes), len(keep)))))

    def _gates_before(self, model: Model, action: str) -> tuple[str, ...]:
        """Return the gates that do not wait for the action: in deployment they have let the learner through."""
        later = model.cid.descendants(action)
        return tuple(gate for gate in self.composition.training.gate if gate not in later)

    def _mask(self, model: Model, keep: Sequence[str], nodes: Sequence[str], role: Learned, phase: str) -> Array:
        """Return 1 where the nodes' states are in the phase with the learner in force, else 0, an axis per ``keep``."""
        training = self.composition.training
        mask = np.zeros([len(model.domains[name]) if name in nodes else 1 for name in keep], dtype=int)
        fixed = {name: p.value for name, p in model.parameters.items() if p.value is not None}
        for index in np.ndindex(*mask.shape):
            state = {name: model.domains[name][i] for name, i in zip(keep, index, strict=True) if name in nodes}
            now = role.phase_at(fixed | state)
            through = all(state[gate] == passes for gate, passes in training.gate.items() if gate in state)
            mask[index] = now == phase and state[role.theta] == training.learner and (through or phase == "train")
        return mask


def observed_axes(model: Model, decision: str) -> tuple[str, ...]:
    """Return the parents of a decision that are not decisions: under a pure policy they tell the context."""
    return tuple(parent for parent in model.cid.parents(decision) if model.cid.kind(parent) != "decision")


def on_path(policy: Policy, model: Model) -> Policy:
    """Return the pure policy with what each rule reads of the agent's earlier decisions put in.

    Each rule of the result is over `observed_axes`; earlier decisions are what the policy makes them.
    """
    rules: dict[str, Rule] = {}
    for decision in model.cid.decisions:
        rules[decision] = _without_own_decisions(policy[decision], model, rules)
    return Policy(tuple(rules.values()))


def _without_own_decisions(rule: Rule, model: Model, earlier: Mapping[str, Rule]) -> Rule:
    axes = observed_axes(model, rule.decision)
    if axes == rule.parents:
        return rule
    domains = tuple(model.domains[axis] for axis in axes)
    rows = np.empty((*map(len, domains), len(rule.options)), dtype=rule.values.dtype)
    for index in np.ndindex(*map(len, domains)):
        seen: dict[str, object] = {axis: domain[i] for axis, domain, i in zip(axes, domains, index, strict=True)}
        for parent in rule.parents:
            if parent not in seen:
                seen[parent] = earlier[parent](seen)
        positions = (rule.domains[k].index(seen[p]) for k, p in enumerate(rule.parents))
        rows[index] = rule.values[tuple(positions)]
    return Rule(rule.decision, axes, domains, rule.options, rows)
