"""`Composition`: the mesa-optimizer's model, its objective twin, and where each part comes from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from cidmesa.display import Hints, Tells, elsewhere
from cidmesa.errors import ComposeError, near_miss
from cidmesa.frozen import Frozen
from cidmesa.mesa.plans import MAX_PLANS, Role, rational_plans, too_many
from cidmesa.mesa.training import once_of
from cidmesa.mesa.world import World
from cidmesa.modelling.model import Model
from cidmesa.modelling.numbers import as_state, show
from cidmesa.modelling.policy import Policy
from cidmesa.solving.optimal.solution import rational_policy, solve
from cidmesa.structure.diagram import CID

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cidmesa.frozen import Once, Recent
    from cidmesa.mesa.compose import Part
    from cidmesa.mesa.spec import MesaSpec
    from cidmesa.mesa.training import Episode, TrainingProcess
    from cidmesa.modelling.numbers import State

__all__ = ["Composition", "projected"]


@dataclass(frozen=True, repr=False)
class Composition(Frozen, Tells, Hints):
    """The result of composing a training process with the specification of a mesa-optimizer.

    * ``specs``: the specification of each optimizer, by its parameter value.
    * ``model``: the mesa-optimizer's model of the world as it sees it, pruned to what it needs.
    * ``view``: the same model, unpruned.
    * ``objective_twin``: the same decisions in the world as it is, with the base agent's utilities.
    * ``decided``: for each optimizer, action -> its decision.
    * ``objectives``: utility of a mesa-objective -> its episode.
    * ``provenance``: for each node and link of ``model``, the rule that put it there.

    Source: ours, after the terms of Hubinger et al. 2019.

    >>> import cidmesa as cm
    >>> mesa = cm.load("hubinger2019/two-corners").of("deceptive")
    >>> mesa.cid.decisions, mesa.cid.agents
    (('D_A1', 'D_A2', 'D_A3', 'D_A4', 'D_A5'), ('mesa',))
    >>> mesa.provenance["U_1"].partition(":")[0]
    'R7 give objectives'

    """

    training: TrainingProcess
    specs: Mapping[State, MesaSpec]
    model: Model
    view: Model
    objective_twin: Model
    decided: Mapping[State, Mapping[str, str]]
    objectives: Mapping[str, Episode]
    provenance: Mapping[Part, str]
    _elsewhere = elsewhere("Its diagram is .cid, its model .model, its training process .training.", CID, Model)

    @property
    def cid(self) -> CID:
        """The mesa-optimizer's diagram."""
        return self.model.cid

    @property
    def spec(self) -> MesaSpec:
        """The mesa-optimizer's specification; if there are several, the first one's."""
        return next(iter(self.specs.values()))

    @property
    def optimizers(self) -> tuple[State, ...]:
        """The parameter values that are optimizers: the learner, or all learners if there are several."""
        return tuple(self.specs)

    @property
    def decisions(self) -> dict[str, str]:
        """Action -> its decision; if there are several optimizers, ``action@value`` -> decision."""
        if len(self.specs) == 1:
            return dict(self.decided[self.optimizers[0]])
        return {f"{a}@{show(value)}": d for value, made in self.decided.items() for a, d in made.items()}

    def of(self, value: object) -> dict[str, str]:
        """Return action -> decision for the optimizer with this parameter value.

        Raises:
            ComposeError: the value is not an optimizer.

        """
        if value not in self.optimizers:
            shown = [show(one) for one in self.optimizers]
            raise ComposeError(
                f"{show(as_state(value))!r} is not an optimizer.{near_miss(value, shown)} Known: {', '.join(shown)}."
            )
        return dict(self.decided.get(as_state(value), {}))

    def name_of(self, value: State) -> str:
        """Return the name of the learned algorithm with this parameter value."""
        return self.spec.agent if len(self.optimizers) == 1 else show(value)

    @property
    def subjective(self) -> bool:
        """Whether the mesa-optimizer's model may differ from the world as it is, by a belief or by unawareness."""
        return self.spec.severed or bool(self.spec.beliefs)

    def optimal_policies(self) -> tuple[Policy, ...]:
        """Return all policies that are rational for the mesa-optimizer as it sees the world.

        One agent: all that are optimal. Several (an agent for each episode): all pure profiles of backward induction,
        every tie broken in every way that matters.

        Raises:
            TooLarge: more than 5,000 policies.
            NotApplicable: decisions of several agents rely on each other in a cycle.

        """
        model = self.model
        if len({model.cid.agent(decision) for decision in model.cid.decisions}) != 1:
            world = World.of(self.view)
            return tuple(plan.policy(world) for plan in rational_plans(world, self.roles))
        found = tuple(islice(solve(model).optimal_policies(), MAX_PLANS + 1))
        if len(found) > MAX_PLANS:
            raise too_many()
        return found

    @property
    def roles(self) -> dict[str, Role]:
        """Decision -> the parameter node and value that carry it out, for all learned algorithms."""
        actions = self.training.actions
        return {
            decision: Role(actions[action].theta, value)
            for value in self.optimizers
            for action, decision in self.of(value).items()
        }

    @cached_property
    def studied(self) -> dict[object, Any]:
        """The studies of its plans that were asked for, by utilities, learner and whether threats are held."""
        return {}

    @property
    def once(self) -> Once:
        """What makes of this composition, if it was made `anew` at traced parameters, what depends on them, once."""
        found = once_of(self, self.training.model)
        return replace(found, alone=True) if found.keeps else found

    def scored_alike(self, utilities: Sequence[str], learner: State) -> dict[str, Any] | None:
        """Return what is known of scores in a world that differs from this one in the mesa-objectives alone."""
        like, roles = self.training.like, self.training.actions.values()
        if like is None or self.once.keeps or any(role.phase_expression for role in roles):
            return None
        tables = (table for node, table in self.objective_twin.tables.items() if node not in self.objectives)
        known: Recent[dict[str, Any]] = like.judged
        return known.of((self.decided, learner, *utilities, *tables), dict)

    def project(self, agent: str, policy: Policy | Mapping[str, object] | None = None) -> Model:
        """Return the model of ``agent`` alone: other agents follow ``policy`` and lose their utilities.

        Left out, ``policy`` is what rational agents do. For the base agent this is its own diagram with the
        mesa-optimizer's policy in it (from the objective twin).

        Raises:
            ComposeError: the model has no such agent.

        """
        source = self.model if agent in self.model.cid.agents else self.objective_twin
        if agent not in source.cid.agents:
            agents = tuple(dict.fromkeys([*self.model.cid.agents, *self.objective_twin.cid.agents]))
            raise ComposeError(f"there is no agent {agent!r}.{near_miss(agent, agents)} Agents: {', '.join(agents)}.")
        rules = Policy.of(source, policy) if policy is not None else None
        return projected(source, agent, rules)

    def to_json(self) -> dict[str, Any]:
        """Return nodes, links and provenance as plain data."""
        specs = [
            {
                "name": s.name,
                "kind": s.kind,
                "agent": s.agent,
                "parents": list(s.parents),
                "provenance": self.provenance[s.name],
            }
            for s in self.cid.specs
        ]
        links = [{"from": a, "to": b, "provenance": self.provenance[a, b]} for a, b in self.cid.edges]
        return {"nodes": specs, "links": links, "subjective": self.subjective}

    def to_text(self) -> str:
        """Return the nodes with their parents and the rules that added them."""
        width = max(len(node) for node in self.cid.nodes)
        lines = []
        for spec in self.cid.specs:
            owned = f"{spec.kind} of {spec.agent}" if spec.agent else spec.kind
            sources = f" <- {', '.join(spec.parents)}" if spec.parents else ""
            lines.append(f"{spec.name:{width}}  {owned}{sources}\n{'':{width}}  {self.provenance[spec.name]}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        decided = ", ".join(self.decisions.values())
        who = ", ".join(map(show, self.specs)) if len(self.specs) > 1 else self.spec.agent
        return f"Composition({who}: {len(self.cid)} nodes, decisions {decided}, scope {self.spec.scope})"


def projected(model: Model, agent: str, policy: Policy | None) -> Model:
    """Return the model of one agent: others decide by ``policy`` (or rationally), and all that it cannot see goes."""
    others = [d for d in model.cid.decisions if model.cid.agent(d) != agent]
    if others:
        rules = policy if policy is not None else rational_policy(model)
        if missing := [decision for decision in others if decision not in rules]:
            raise ComposeError(f"the policy has no rule for {', '.join(missing)}.")
        model = model.with_policy(Policy(tuple(rules[decision] for decision in others)))
    kept = (*model.cid.decisions, *model.cid.utilities_of(agent))
    upstream = model.cid.dag.ancestors(model.cid.indices(kept))
    return model.revised(without=[node for node in model.cid.nodes if model.cid.index(node) not in upstream])
