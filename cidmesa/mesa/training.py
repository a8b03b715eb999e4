"""`TrainingProcess`: a model of training in which the actions of the learned algorithm are marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, TypeAlias, TypeVar

from cidmesa.display import Displays, Hints, elsewhere
from cidmesa.errors import ComposeError, concerning, near_miss
from cidmesa.frozen import AT_ONCE, Frozen, Once, Recent
from cidmesa.mesa.roles import Learned, completed, left_open
from cidmesa.mesa.spec import MesaSpec
from cidmesa.modelling.model import Model, known_model
from cidmesa.modelling.numbers import State, as_state, show
from cidmesa.modelling.policy import Policy
from cidmesa.structure.diagram import CID

__all__ = ["BasePolicy", "Episode", "TrainingProcess", "anew", "once_of", "training"]

T = TypeVar("T")
Episode: TypeAlias = int | str
BasePolicy: TypeAlias = Policy | Literal["rational"]


@dataclass(frozen=True, repr=False)
class TrainingProcess(Frozen, Displays, Hints):
    """A model of training in which the actions of the learned algorithm are marked. Build it with `training`.

    The actions are chance nodes that have their parameter node among their parents. Composition determines what they do
    if the parameters are ``learner``, the mesa-optimizer itself; in ``model`` those rows are uniform.

    * ``base_policy``: the rules of the base agent's decisions, or "rational".
    * ``gate``: node -> the state in which it admits the learned algorithm to deployment.
    * ``credit``: utility -> the episodes that training scores with it, as declared.
    * ``learners``: if several values are optimizers, each with its specification; ``learner`` is the first.

    Source: the base optimizer and learned algorithm of Hubinger et al. 2019; the roles are ours.

    >>> import cidmesa as cm
    >>> process = cm.builders.episodes(training=1, deployment=1)
    >>> tuple(process.actions), process.learner
    (('A1', 'A2'), 'mesa')

    """

    model: Model
    actions: Mapping[str, Learned]
    learner: State
    base_agent: str
    base_policy: BasePolicy | None = None
    gate: Mapping[str, State] = field(default_factory=dict)
    credit: Mapping[str, tuple[Episode, ...]] = field(default_factory=dict)
    learners: Mapping[State, MesaSpec] = field(default_factory=dict)
    _elsewhere = elsewhere(
        "Its diagram is .cid, its model .model; cm.compose(training, spec) gives the mesa-optimizer's.", CID, Model
    )

    @property
    def cid(self) -> CID:
        """The training diagram."""
        return self.model.cid

    @cached_property
    def thetas(self) -> tuple[str, ...]:
        """The parameter nodes, in the order of the diagram."""
        wanted = {role.theta for role in self.actions.values()}
        return tuple(node for node in self.cid.nodes if node in wanted)

    @cached_property
    def episodes(self) -> tuple[Episode, ...]:
        """The episodes in order of time: by number if all have one, otherwise in the order of ``actions``."""
        return _in_order(role.episode for role in self.actions.values())

    def observations(self, action: str) -> tuple[str, ...]:
        """Return the parents of ``action`` other than its parameters: what the learned algorithm observes."""
        return tuple(p for p in self.cid.parents(action) if p != self.actions[action].theta)

    def with_model(self, model: Model) -> TrainingProcess:
        """Return the process with the same roles on another model."""
        if model is self.model:
            return self
        made = replace(self, model=model)
        if _same_but_for_values(model, self.model):
            vars(made)["like"] = self.like or self
        return made

    @cached_property
    def like(self) -> TrainingProcess | None:
        """The process from which this one was made by other values of its parameters, if it was."""
        return None

    @cached_property
    def composed(self) -> Recent[Any]:
        """The last compositions, by specification."""
        return Recent()

    @cached_property
    def judged(self) -> Recent[Any]:
        """What was found last before any evidence, by specification or family and how it is judged."""
        return Recent()

    @property
    def once(self) -> Once:
        """What makes of this process, if it was made `anew` at traced parameters, other processes and compositions."""
        return replace(once_of(self, self.model), anew=anew)

    def __repr__(self) -> str:
        roles = ", ".join(
            f"{action} by {r.theta} (episode {r.episode}, {r.phase})" for action, r in self.actions.items()
        )
        known = tuple(self.learners) or (self.learner,)
        who = f"learner{'s' if len(known) > 1 else ''} {', '.join(map(show, known))}"
        return f"TrainingProcess({len(self.cid)} nodes, {who}, actions {roles})"


_HOLDS = ("model", "view", "objective_twin", "training")  # the fields that hold a model, or what holds one


def anew(given: T) -> T:
    """Return a model, or what holds models, made anew: the same, but nothing that was worked out from it is kept in it.

    >>> import cidmesa as cm
    >>> mesa = cm.load("hubinger2019/two-corners").of("deceptive")
    >>> again = anew(mesa)
    >>> again.model is mesa.model, again.model == mesa.model, again.model.tables is mesa.model.tables
    (False, True, True)
    """
    made: dict[int, Any] = {}

    def again(value: Any) -> Any:
        if id(value) not in made:
            held = {name: getattr(value, name) for name in _HOLDS if name in value.__dataclass_fields__}
            made[id(value)] = replace(value, **{name: again(part) for name, part in held.items() if part is not None})
            vars(made[id(value)]).update({name: kept for name, kept in vars(value).items() if name == "like"})
            vars(made[id(value)])["origin"] = value
        return made[id(value)]

    return again(given)  # type: ignore[no-any-return]


def once_of(made: object, model: Model) -> Once:
    """Return what makes, of what was made `anew` at the parameters of a model, other things once; else at once."""
    if (origin := vars(made).get("origin")) is None:
        return AT_ONCE
    return Once({name: parameter.value for name, parameter in model.parameters.items()}, origin)


def _same_but_for_values(one: Model, other: Model) -> bool:
    """Return whether models without menus differ in the values of their parameters only."""
    own, theirs = one.mechanisms, other.mechanisms
    return (
        (one.cid, one.domains, one.parameters.keys()) == (other.cid, other.domains, other.parameters.keys())
        and own.keys() == theirs.keys()
        and all(mechanism is theirs[node] for node, mechanism in own.items())
        and not (one.menus or other.menus)
    )


def training(
    model: Model,
    *,
    actions: Mapping[str, Learned],
    learner: object,
    otherwise: Mapping[object, object] | None = None,
    base_agent: str = "base",
    base_policy: BasePolicy | Mapping[str, object] | None = None,
    gate: Mapping[str, object] | None = None,
    credit: Mapping[str, Episode | Sequence[Episode]] | None = None,
) -> TrainingProcess:
    """Return the training process on ``model`` in which these are the actions of the learned algorithm.

    Source: the base optimizer and the learned algorithm of Hubinger et al. 2019; the roles are ours.

    Args:
        model: a model in which each action is a chance node. One parent of an action is its parameter node; the action
            observes the others.
        actions: the role of each action, made by `learned`; in the order of time unless all episodes are numbered.
        learner: the value of the parameters that is the mesa-optimizer itself; with several optimizers, a mapping from
            each such value to its specification.
        otherwise: for each other value, a rule for all actions or ``{action: rule}``. A rule is a state, a distribution
            or an expression over what the action observes. Values that are left out follow ``model``.
        base_agent: the agent that trains.
        base_policy: rules for the base agent's decisions in a form that `policy` accepts, or "rational": the base agent
            optimizes its own utilities. If left out, parameters that it decides without observing anything take the
            learner's value.
        gate: chance node -> the state in which it lets the learned algorithm into deployment.
        credit: utility -> the episode or episodes that training scores by it; an empty list if it scores none.

    Raises:
        ComposeError: rule R0: an action that is not a chance node or does not have its parameters as a parent, a
            ``learner`` that is not a value of them, a value without a rule, a credit that names no utility or
            no episode, a report that an action cannot make.

    >>> import cidmesa as cm
    >>> g = cm.cid("Theta -> A -> U_base", utilities={"base": ["U_base"]})
    >>> m = cm.model(g, Theta={"mesa": 1, "base": 0}, A=cm.uniform(["a", "b"]), U_base="A == 'a'")
    >>> t = training(m, actions={"A": cm.learned("Theta")}, learner="mesa", credit={"U_base": 1},
    ...              otherwise={"base": "a"})
    >>> str(t.model.mechanism("A"))
    'mesa: a: 1/2, b: 1/2; base: a'
    >>> t.credit
    {'U_base': (1,)}

    """
    _check_actions(actions)
    model = known_model(model, "training")
    _check_base(model, base_agent)
    learners = _learners(learner)
    values = tuple(learners) or (as_state(learner),)
    roles = {
        action: completed(model, action, role, values, _said_of(action, otherwise, actions))
        for action, role in actions.items()
    }
    _check_values(model, roles, values)
    mechanisms = {action: left_open(model, action, role) for action, role in roles.items()}
    return TrainingProcess(
        model.revised(mechanisms=mechanisms),
        roles,
        values[0],
        base_agent,
        _base_policy(model, base_policy),
        {node: _passing(model, node, state, roles) for node, state in (gate or {}).items()},
        {utility: _credited(model, utility, episodes, roles) for utility, episodes in (credit or {}).items()},
        learners,
    )


def _in_order(episodes: Any) -> tuple[Episode, ...]:
    named = tuple(dict.fromkeys(episodes))
    return tuple(sorted(named)) if all(isinstance(episode, int) for episode in named) else named


# --- what is given ------------------------------------------------------------------------------------------------


def _check_actions(actions: object) -> None:
    if not actions:
        raise ComposeError("a training process needs at least one action of the learned algorithm (actions=...).")
    if not isinstance(actions, Mapping) or not all(isinstance(role, Learned) for role in actions.values()):
        raise ComposeError(
            f"actions gives each action its role, {{'A1': cm.learned('Theta1', episode=1)}}, not {actions!r}."
        )


def _check_base(model: Model, base_agent: str) -> None:
    agents = model.cid.agents
    if agents and base_agent not in agents:
        raise ComposeError(
            f"the base agent {base_agent!r} owns nothing in the diagram."
            f"{near_miss(base_agent, agents)} Say which agent trains by "
            f"base_agent=...; the agents are: {', '.join(agents)}."
        )


def _learners(given: object) -> dict[State, MesaSpec]:
    """Return the specification of each value, where ``given`` names several; else nothing."""
    if not isinstance(given, Mapping):
        return {}
    if not given or not all(isinstance(spec, MesaSpec) for spec in given.values()):
        raise ComposeError(
            "learner is the parameter value that is the mesa-optimizer, or each such value with its "
            f"specification, {{'m1': cm.MesaSpec(...), 'm2': cm.MesaSpec(...)}}, not {given!r}."
        )
    return {as_state(value): spec for value, spec in given.items()}


def _check_values(model: Model, roles: Mapping[str, Learned], learners: tuple[State, ...]) -> None:
    known = tuple(dict.fromkeys(value for role in roles.values() for value in model.domain(role.theta)))
    for value in learners:
        if value not in known:
            shown = [show(v) for v in known]
            raise ComposeError(
                f"the learner {show(value)!r} is not a value of any parameters."
                f"{near_miss(show(value), shown)} Their values are: {', '.join(shown)}."
            )


def _said_of(
    action: str, otherwise: Mapping[object, object] | None, actions: Mapping[str, Learned]
) -> Mapping[State, object] | None:
    if otherwise is None:
        return None
    return {as_state(value): _for_action(action, rule, actions) for value, rule in otherwise.items()}


def _for_action(action: str, rule: object, actions: Mapping[str, Learned]) -> object:
    if isinstance(rule, Mapping) and rule and set(rule) <= set(actions):
        if action not in rule:
            raise ComposeError(f"'otherwise' has no rule for action {action!r}; it names {', '.join(map(str, rule))}.")
        return rule[action]
    return rule


def _base_policy(model: Model, given: BasePolicy | Mapping[str, object] | None) -> BasePolicy | None:
    if given is None or given == "rational":
        return given
    if isinstance(given, str):
        raise ComposeError(
            f"base_policy={given!r} is not known.{near_miss(given, ['rational'])} Give a rule for each "
            "decision of the base agent, {decision: rule}, or 'rational'."
        )
    return Policy.of(model, given)


def _passing(model: Model, node: str, state: object, roles: Mapping[str, Learned]) -> State:
    with concerning(node=node):
        kind = model.cid.kind(node)
        if kind != "chance" or node in roles or node in {role.theta for role in roles.values()}:
            raise ComposeError(f"the gate {node!r} must be a chance node that is neither an action nor parameters.")
        return model.domain(node)[model.state(node, state)]


def _credited(model: Model, utility: str, given: object, roles: Mapping[str, Learned]) -> tuple[Episode, ...]:
    known = model.cid.utilities
    if utility not in known:
        raise ComposeError(
            f"credit names {utility!r}, which is not a utility.{near_miss(utility, known)} The utilities "
            f"are: {', '.join(known) or 'none'}.",
            node=utility,
        )
    episodes = _in_order(role.episode for role in roles.values())
    named = tuple(given) if isinstance(given, list | tuple) else (given,)
    for episode in named:
        if episode not in episodes:
            there = ", ".join(map(repr, episodes))
            raise ComposeError(
                f"credit of {utility!r} names episode {episode!r}, which has no action. Episodes: {there}.",
                node=utility,
            )
    return tuple(episode for episode in episodes if episode in named)
