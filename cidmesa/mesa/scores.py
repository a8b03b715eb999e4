"""What is scored: the choices of a stage, the utilities that count there, and the base agent's own problem."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cidmesa.errors import ComposeError, NotApplicable, near_miss
from cidmesa.frozen import key_of
from cidmesa.modelling.numbers import setting_text, show

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cidmesa.mesa.composition import Composition
    from cidmesa.mesa.training import TrainingProcess
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Number, State

__all__ = ["Choice", "Stage", "credited", "for_base", "judged_utilities", "placed", "scored", "training_scores"]


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

    ``probability``: that of the context with the learner in force. ``done``: the options that the plan may take.
    ``best``: those of greatest score. ``values``: option -> score.
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
        """Whether every option that the plan may take has the greatest score."""
        return set(self.done) <= set(self.best)

    @property
    def shortfall(self) -> Number:
        """The possible loss of base score here: the greatest score minus the least of an option that may be taken."""
        return max(self.values.values()) - min(self.values[option] for option in self.done)

    def to_json(self) -> dict[str, Any]:
        """Return the choice as plain data."""
        context = {name: show(state) for name, state in self.context.items()}
        scores = {show(option): show(value) for option, value in self.values.items()}
        said = {"decision": self.decision, "stage": str(self.stage), "probability": show(self.probability)}
        return said | {"context": context, "done": [show(option) for option in self.done], "scores": scores}

    def __str__(self) -> str:
        where = setting_text(self.context, " where ")
        scores = ", ".join(f"{show(option)} {show(value)}" for option, value in self.values.items())
        return f"{self.decision} does {' or '.join(map(show, self.done))}{where} (base scores: {scores})"


def judged_utilities(training: TrainingProcess, judge: str | Sequence[str]) -> tuple[str, ...]:
    """Return the utilities that a judge stands for: "base", an agent, or utilities by name.

    Raises:
        NotApplicable: the base agent has no utility.
        ComposeError: the model has no such agent or utility.

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
            raise ComposeError(
                f"the judge {name!r} is neither an agent nor a utility of the training process."
                f"{near_miss(name, known)} There are: {', '.join(known)}."
            )
    return tuple(names)


def credited(training: TrainingProcess, utilities: Iterable[str]) -> dict[str, tuple[int | str, ...]]:
    r"""Return :math:`\kappa`: for each utility the episodes that training scores by it.

    As declared (``credit=``). Of the others, each is credited to the last episode with an action upstream of it; then
    an episode that is credited nothing is credited every undeclared utility downstream of its actions.
    """
    names = tuple(utilities)
    actions = training.actions
    above = {n: {actions[a].episode for a in training.cid.ancestors(n) if a in actions} for n in names}
    order = {episode: place for place, episode in enumerate(training.episodes)}
    credit = {name: tuple(training.credit[name]) for name in names if name in training.credit}
    credit |= {name: tuple(sorted(above[name], key=order.__getitem__)[-1:]) for name in names if name not in credit}
    empty = [episode for episode in order if not any(episode in episodes for episodes in credit.values())]
    for name in names:
        if name not in training.credit:
            credit[name] += tuple(episode for episode in empty if episode in above[name])
    return credit


def for_base(twin: Model, base: str) -> Model:
    """Return the model in which the base agent itself takes all decisions, for its own utilities only.

    Raises:
        NotApplicable: the base agent has no utility.

    """
    if base not in twin.cid.agents:
        raise NotApplicable(f"the base agent {base!r} has no utility, so there is no base score.")
    others = [utility for utility in twin.cid.utilities if twin.cid.agent(utility) != base]
    return twin.revised([replace(twin.cid.spec(d), agent=base) for d in twin.cid.decisions], without=others)


def training_scores(training: TrainingProcess) -> tuple[str, ...]:
    """Return the base utilities that training can score: those that no action in deployment leads to.

    Raises:
        NotApplicable: there is none.

    """
    deployed = [action for action, role in training.actions.items() if role.phase == "deploy"]
    later = {node for action in deployed for node in training.cid.descendants(action)}
    base = training.base_agent
    owned = training.cid.utilities_of(base) if base in training.cid.agents else ()
    scored = tuple(utility for utility in owned if utility not in later)
    if not scored:
        raise NotApplicable(
            f"no utility of the base agent {base!r} is settled before deployment, so training scores "
            "nothing. Give each episode a base utility of its own."
        )
    return scored


def scored(composition: Composition, *, in_training: bool = False) -> Model:
    """Return the world as it is with the base utilities; ``in_training``: only those that training can score."""
    training, twin = composition.training, composition.objective_twin
    base = training.base_agent
    if base not in twin.cid.agents:
        raise NotApplicable(f"the base agent {base!r} has no utility, so there is no base score.")
    if not in_training:
        return twin
    names = training_scores(training)
    kept = {*names, *(f"{name}_score" for name in names)}  # the second where a mesa-objective reads the score
    return twin.revised(without=[u for u in twin.cid.utilities_of(base) if u not in kept])


def placed(training: TrainingProcess, edits: Mapping[str, object]) -> TrainingProcess:
    """Return the process in an environment, with other parameter values or other mechanisms.

    Raises:
        ComposeError: a name is neither a parameter nor a node.

    """
    for name in edits:
        if name not in training.model.parameters and name not in training.cid:
            raise ComposeError(f"the environment changes {name!r}, which is neither a parameter nor a node.")
    return training.once(("placed", key_of(dict(edits))), lambda: _placed(training, edits))


def _placed(training: TrainingProcess, edits: Mapping[str, object]) -> TrainingProcess:
    values = {name: value for name, value in edits.items() if name in training.model.parameters}
    mechanisms = {name: value for name, value in edits.items() if name not in values}
    model = training.model.substitute(values) if values else training.model
    return training.with_model(model.with_mechanism(mechanisms) if mechanisms else model)
