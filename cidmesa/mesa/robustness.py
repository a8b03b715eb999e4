"""`robustness`: how far a bad outcome is due to the objective, and how far to its pursuit."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from cidmesa.display import Tells
from cidmesa.errors import NotApplicable
from cidmesa.mesa.alignment_kind import completions
from cidmesa.mesa.compose import compose
from cidmesa.mesa.deceit import study_of
from cidmesa.mesa.plans import rational_plans
from cidmesa.mesa.scores import for_base, judged_utilities, placed
from cidmesa.modelling.numbers import Number, show
from cidmesa.solving.games.regret import regret
from cidmesa.solving.optimal.solution import solve
from cidmesa.solving.utility import expected_utility
from cidmesa.structure.verdict import Judgement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from cidmesa.mesa.composition import Composition
    from cidmesa.mesa.spec import MesaSpec
    from cidmesa.mesa.training import TrainingProcess
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.policy import Policy

__all__ = ["Robustness", "robustness"]

_SOURCE = "Hubinger 2020, Clarifying inner alignment terminology"


@dataclass(frozen=True, repr=False)
class Robustness(Tells):
    """Four judgements on a mesa-optimizer in several environments; true if it is impact aligned.

    * ``impact``: its behaviour is good.
    * ``intent``: the behaviour that is best for its objective is good.
    * ``objective``: the behaviour that is best for its objective is good for the base objective.
    * ``capability``: its behaviour is best for its objective.

    The witness of each is the environment in which most is lost.

    Source: the clarified terms of Hubinger 2020.

    >>> import cidmesa as cm
    >>> red = cm.load("hubinger2019/red-door")
    >>> found = cm.robustness(red.training, red.specs["wants-red"], {"train": {"rho": 1}, "deploy": {"rho": 0}})
    >>> bool(found), bool(found.capability), bool(found.objective)
    (False, True, False)

    """

    impact: Judgement
    intent: Judgement
    objective: Judgement
    capability: Judgement

    def __bool__(self) -> bool:
        return bool(self.impact)

    def to_json(self) -> dict[str, Any]:
        """Return the judgements as plain data."""
        return {name: asdict(getattr(self, name)) for name in ("impact", "intent", "objective", "capability")}

    def to_text(self) -> str:
        """Return a line for each judgement."""
        found = (self.impact, self.intent, self.objective, self.capability)
        return "\n".join(f"{one.concept}: {'yes' if one else 'no'}, {one.reason}" for one in found)


def robustness(
    training: TrainingProcess,
    spec: MesaSpec,
    environments: Mapping[str, Mapping[str, object]],
    *,
    judge: str | None = None,
    tolerance: Number = 0,
) -> Robustness:
    r"""Return whether a mesa-optimizer is impact and intent aligned, objective robust and capability robust.

    In each environment let :math:`\pi` be any policy that is optimal for the mesa-optimizer as it sees the world, and
    :math:`\pi^*` any that is optimal for its objective in the world as it is, with the same observations. Impact
    aligned: :math:`\pi` loses at most ``tolerance`` of the judge's score. Intent aligned: :math:`\pi^*` does. Objective
    robust: :math:`\pi^*` loses at most ``tolerance`` of the base objective. Capability robust: :math:`\pi` loses at
    most ``tolerance`` of its own objective. A loss is measured against the best possible value in that environment.
    With tolerance 0 and one agent, a mesa-optimizer that is intent aligned and capability robust is impact aligned.
    Source: Hubinger 2020, in words there and for the behavioural objective; with the mesa-objective in its place, as
    here, objective robustness is what he calls inner alignment. The regret form is ours.

    Args:
        training: the training process.
        spec: the assumptions about the mesa-optimizer.
        environments: name -> what differs there: parameter values, mechanisms by node.
        judge: the agent whose utilities count, such as a designer; the base agent if left out.
        tolerance: the loss that is allowed.

    Raises:
        ComposeError: an unknown parameter or node is named.
        NotApplicable: the judge or the base agent has no utility, or there is no environment.

    >>> import cidmesa as cm
    >>> dirt = cm.load("hubinger2019/dirt-destroyed")
    >>> print(robustness(dirt.training, dirt.specs["mistaken"], {"train": {}}))
    impact alignment: yes, base loses nothing
    intent alignment: no, base loses 1 in train by what is best for its objective
    objective robustness: no, base loses 1 in train by what is best for its objective
    capability robustness: no, mesa@1 loses 1/10 in train by what it does

    """
    if not environments:
        raise NotApplicable("robustness is judged in environments, and none is given. Give one, such as {'train': {}}.")
    worlds = [_World.of(name, compose(placed(training, edits), spec)) for name, edits in environments.items()]
    base = training.base_agent
    judge = judge or base
    did, best = "by what it does", "by what is best for its objective"
    return Robustness(
        _judged("impact alignment", worlds, lambda w: [_lost(w.twin, w.chosen, judge)], did, tolerance),
        _judged("intent alignment", worlds, lambda w: [_lost(w.twin, w.informed, judge)], best, tolerance),
        _judged("objective robustness", worlds, lambda w: [_lost(w.twin, w.informed, base)], best, tolerance),
        _judged("capability robustness", worlds, _forgone, did, tolerance),
    )


class _World(NamedTuple):
    """An environment as it is, and the policies that are optimal as the mesa-optimizer sees it, and as it is."""

    name: str
    twin: Model
    chosen: tuple[Policy, ...]
    informed: tuple[Policy, ...]

    @classmethod
    def of(cls, name: str, composition: Composition) -> _World:
        study = study_of(composition, judged_utilities(composition.training, "base"), composition.optimizers[0])
        world = study.judge.world
        informed = rational_plans(world, study.roles)
        chosen, best = (
            tuple(done.policy(world) for plan in plans for done in completions(study.judge, plan))
            for plans in (study.plans, informed)
        )
        return cls(name, composition.objective_twin, chosen, best)


def _judged(
    concept: str,
    worlds: Iterable[_World],
    losses: Callable[[_World], Iterable[tuple[Number, str]]],
    how: str,
    tolerance: Number,
) -> Judgement:
    found = [(*loss, world.name) for world in worlds for loss in losses(world)]
    most, who, where = max(found, key=lambda one: one[0])
    reason = f"{who} loses {show(most)} in {where} {how}" if most else f"{who} loses nothing"
    return Judgement(concept, most <= tolerance, (where,), reason, _SOURCE)


def _lost(twin: Model, policies: Iterable[Policy], agent: str) -> tuple[Number, str]:
    """Return what ``agent`` loses by the worst of the policies, and its name."""
    possible = solve(for_base(twin, agent)).value
    return possible - min(expected_utility(twin, policy, agent) for policy in policies), agent


def _forgone(world: _World) -> list[tuple[Number, str]]:
    """Return what each agent that decides loses by its own lights in the world as it is, at worst."""
    cid = world.twin.cid
    deciding = dict.fromkeys(str(cid.agent(decision)) for decision in cid.decisions)
    return [(max(regret(world.twin, policy, agent) for policy in world.chosen), agent) for agent in deciding]
