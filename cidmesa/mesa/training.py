"""`TrainingProcess`: a model of training in which the actions of the learned algorithm are marked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cidmesa.display import Displays, Stated
from cidmesa.errors import ComposeError, ModelError, concerning, near_miss
from cidmesa.frozen import Frozen
from cidmesa.modelling.expression import Expression
from cidmesa.modelling.mechanism import Constant, Lookup, Mechanism, Rows, as_mechanism, uniform
from cidmesa.modelling.model import known_model
from cidmesa.modelling.numbers import State, as_state, show
from cidmesa.modelling.table import node_settings, settled

if TYPE_CHECKING:
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.policy import Policy
    from cidmesa.structure.diagram import CID

__all__ = ["Learned", "TrainingProcess", "learned", "training"]


@dataclass(frozen=True, repr=False)
class Learned(Frozen, Stated):
    """The role of an action of the learned algorithm.

    ``theta``: the parameter node that it obeys. ``episode``: the episode that training gives credit in. ``phase``:
    "train", "deploy", or an expression over nodes that is true in training. ``agent``: the learned algorithm's name.
    ``otherwise``: parameter value -> what is done where that value is not the mesa-optimizer.
    """

    theta: str
    episode: int | str = 1
    phase: str = "train"
    agent: str = "mesa"
    otherwise: Mapping[State, Mechanism] | None = None

    @property
    def phase_expression(self) -> Expression | None:
        """The expression that is true in training, ``None`` for the constants "train" and "deploy"."""
        return None if self.phase in ("train", "deploy") else Expression(self.phase)

    def phase_at(self, setting: Mapping[str, State]) -> str:
        """Return "train" or "deploy" where the nodes that the phase depends on have these states."""
        expression = self.phase_expression
        return self.phase if expression is None else "train" if expression(setting) else "deploy"


def learned(
    theta: str,
    *,
    episode: int | str = 1,
    phase: str = "train",
    agent: str = "mesa",
    otherwise: Mapping[object, object] | None = None,
) -> Learned:
    """Return the role of an action of the learned algorithm with parameters ``theta``, see `Learned`.

    >>> learned("Theta1", episode=1).phase
    'train'
    """
    given = None if otherwise is None else {as_state(value): _rule(rule) for value, rule in otherwise.items()}
    return Learned(theta, episode, phase, agent, given)


@dataclass(frozen=True, eq=False, repr=False)
class TrainingProcess(Frozen, Displays):
    """A model of training: the base optimizer's diagram with the learned algorithm's actions marked.

    The actions are chance nodes with their parameter node among their parents; what they do where the parameters are
    ``learner`` (the mesa-optimizer itself) is left to composition: in ``model`` those rows are uniform until then.
    ``gate``: node -> the state in which it lets the learned algorithm into deployment.
    Source: the base optimizer and learned algorithm of Hubinger et al. 2019; roles as in the composer's definition.
    Made by `training`.
    """

    model: Model
    actions: Mapping[str, Learned]
    learner: State
    base_agent: str
    base_policy: Policy | None = None
    gate: Mapping[str, State] = field(default_factory=dict)
    _instead = "Its diagram is .cid, its model .model; cm.compose(training, spec) gives the mesa-optimizer's."

    @property
    def cid(self) -> CID:
        """The training diagram."""
        return self.model.cid

    @property
    def thetas(self) -> tuple[str, ...]:
        """The parameter nodes, in the order of the diagram."""
        wanted = {role.theta for role in self.actions.values()}
        return tuple(node for node in self.cid.nodes if node in wanted)

    @property
    def episodes(self) -> tuple[int | str, ...]:
        """The episodes in the order of their first action."""
        return tuple(dict.fromkeys(role.episode for role in self.actions.values()))

    def observations(self, action: str) -> tuple[str, ...]:
        """Return the parents of ``action`` other than its parameters: what the learned algorithm observes."""
        return tuple(p for p in self.cid.parents(action) if p != self.actions[action].theta)

    def with_model(self, model: Model) -> TrainingProcess:
        """Return the process with the same roles on another model."""
        return replace(self, model=model)

    def __repr__(self) -> str:
        roles = ", ".join(
            f"{action} by {r.theta} (episode {r.episode}, {r.phase})" for action, r in self.actions.items()
        )
        return f"TrainingProcess({len(self.cid)} nodes, learner {show(self.learner)}, actions {roles})"


def training(
    model: Model,
    *,
    actions: Mapping[str, Learned],
    learner: object,
    otherwise: Mapping[object, object] | None = None,
    base_agent: str = "base",
    base_policy: Policy | None = None,
    gate: Mapping[str, object] | None = None,
) -> TrainingProcess:
    """Return the training process on ``model`` with these actions of the learned algorithm.

    Args:
        model: each action is a chance node; its parameter node is one of its parents, the others it observes.
        actions: the role of each action, see `learned`.
        learner: the value of the parameters that is the mesa-optimizer itself.
        otherwise: for each other value what is done under it, for all actions or as ``{action: rule}``; a rule is a
            state, a distribution or an expression over what the action observes. Left out: ``model`` says it.
        base_agent: the agent that trains.
        base_policy: rules for the base agent's decisions; a parameter node that it decides takes ``learner`` otherwise.
        gate: chance nodes that let the learned algorithm into deployment, each with the state in which it does.

    Raises:
        ComposeError: rule R0: an action that is not a chance node or does not have its parameters as a parent, a
            ``learner`` that is no value of them, a value for which nothing is said.

    >>> import cidmesa as cm
    >>> g = cm.cid("Theta -> A -> U_base", utilities={"base": ["U_base"]})
    >>> m = cm.model(g, Theta={"mesa": 1, "base": 0}, A=cm.uniform(["a", "b"]), U_base="A == 'a'")
    >>> t = training(m, actions={"A": cm.learned("Theta")}, learner="mesa", otherwise={"base": "a"})
    >>> str(t.model.mechanism("A"))
    'mesa: a: 1/2, b: 1/2; base: a'

    """
    if not actions:
        raise ComposeError("a training process needs at least one action of the learned algorithm (actions=...).")
    given: object = actions
    if not isinstance(given, Mapping) or not all(isinstance(role, Learned) for role in given.values()):
        raise ComposeError(f"actions gives each action its role, {{'A1': cm.learned('Theta1', episode=1)}}, "
                           f"not {actions!r}.")  # fmt: skip
    known_model(model, "training")
    value = as_state(learner)
    _check_roles(model, actions, value, base_agent)
    roles = {}
    for action, role in sorted(actions.items(), key=lambda item: model.cid.index(item[0])):
        said = role.otherwise if role.otherwise is not None else _said_of(action, otherwise, actions)
        roles[action] = replace(role, otherwise=_complete(model, action, role, value, said))
    mechanisms = {action: _left_open(model, action, role) for action, role in roles.items()}
    gates = {node: _passing(model, node, state, roles) for node, state in (gate or {}).items()}
    return TrainingProcess(model.revised(mechanisms=mechanisms), roles, value, base_agent, base_policy, gates)


def _passing(model: Model, node: str, state: object, roles: Mapping[str, Learned]) -> State:
    with concerning(node=node):
        kind = model.cid.kind(node)
    if kind != "chance" or node in roles or node in {role.theta for role in roles.values()}:
        raise ComposeError(
            f"the gate {node!r} must be a chance node that is neither an action nor parameters.", node=node
        )
    return model.domain(node)[model.state(node, state)]


def _check_roles(model: Model, actions: Mapping[str, Learned], learner: State, base_agent: str) -> None:
    cid = model.cid
    if cid.agents and base_agent not in cid.agents:
        raise ComposeError(f"the base agent {base_agent!r} owns nothing in the diagram."
                           f"{near_miss(base_agent, cid.agents)} Say which agent trains by "
                           f"base_agent=...; the agents are: {', '.join(cid.agents)}.")  # fmt: skip
    for action, role in actions.items():
        if (kind := cid.kind(action)) != "chance":
            raise ComposeError(f"action {action!r} is a {kind} node. In a training diagram the learned algorithm's "
                               "actions are chance nodes; composition makes decisions of them.",
                               node=action)  # fmt: skip
        if role.theta not in cid.parents(action):
            cid.index(role.theta)
            raise ComposeError(f"action {action!r} obeys the parameters {role.theta!r}, but there is no link "
                               f"{role.theta} -> {action}. Add it.", node=action)  # fmt: skip
        values = model.domain(role.theta)
        if learner not in values:
            shown = [show(v) for v in values]
            raise ComposeError(f"the learner {show(learner)!r} is no value of {role.theta!r}."
                               f"{near_miss(show(learner), shown)} Its values are: {', '.join(shown)}.")  # fmt: skip
        if role.phase_expression is not None:
            _check_phase(role, action, (*cid.nodes, *model.parameters))


def _check_phase(role: Learned, action: str, known: tuple[str, ...]) -> None:
    try:
        Expression(role.phase).check_names(known, "a node or a parameter")
    except ModelError as error:
        hint = near_miss(role.phase, ("train", "deploy"))
        raise ComposeError(f"action {action!r}: the phase is 'train', 'deploy' or an expression that is true in "
                           f"training, not {role.phase!r}.{hint} ({error})", node=action) from error  # fmt: skip


def _said_of(
    action: str, otherwise: Mapping[object, object] | None, actions: Mapping[str, Learned]
) -> Mapping[State, Mechanism] | None:
    if otherwise is None:
        return None
    return {as_state(value): _rule(_for_action(action, rule, actions)) for value, rule in otherwise.items()}


def _for_action(action: str, rule: object, actions: Mapping[str, Learned]) -> object:
    if isinstance(rule, Mapping) and rule and set(rule) <= set(actions):
        if action not in rule:
            raise ComposeError(f"'otherwise' says nothing of action {action!r}; it names {', '.join(map(str, rule))}.")
        return rule[action]
    return rule


def _rule(given: object) -> Mechanism:
    return Constant(given) if isinstance(given, str) else as_mechanism(given, ())


def _complete(model: Model, action: str, role: Learned, learner: State,
              said: Mapping[State, Mechanism] | None) -> Mapping[State, Mechanism]:  # fmt: skip
    others = [value for value in model.domain(role.theta) if value != learner]
    if said is None:
        return {value: _row_of(model, action, role.theta, value) for value in others}
    for value in said:
        if value not in others:
            shown = [show(v) for v in others]
            raise ComposeError(f"'otherwise' names {show(value)!r}, which is no other value of {role.theta!r}."
                               f"{near_miss(show(value), shown)} Others: {', '.join(shown) or 'none'}.",
                               node=action)  # fmt: skip
    if missing := [value for value in others if value not in said]:
        raise ComposeError(
            f"what does {action!r} do under {role.theta} = {show(missing[0])}? Say it in 'otherwise'.", node=action
        )
    with concerning(node=action):
        return {value: _settled(said[value], model.domain(action)) for value in others}


def _settled(mechanism: Mechanism, domain: tuple[State, ...]) -> Mechanism:
    wrapped = settled(Rows((), (((), mechanism),)), domain)
    return wrapped.rows[0][1] if isinstance(wrapped, Rows) else wrapped


def _row_of(model: Model, action: str, theta: str, value: State) -> Mechanism:
    """Return what the model itself says of the action under ``theta = value``, over the observations that matter."""
    mechanism = model.mechanisms[action]
    observed = tuple(p for p in model.cid.parents(action) if p != theta)
    fixed = {name: p.value for name, p in model.parameters.items() if p.value is not None} | {theta: value}
    rows = [(tuple(s.values()), mechanism(s | fixed)) for s in node_settings(observed, model.domains)]
    if all(given == rows[0][1] for _, given in rows):
        return Lookup((), (((), rows[0][1]),))
    return Lookup(observed, tuple(rows))


def _left_open(model: Model, action: str, role: Learned) -> Mechanism:
    others = dict(role.otherwise or {})
    rows = [((v,), others[v] if v in others else uniform(model.domain(action))) for v in model.domain(role.theta)]
    return Rows((role.theta,), tuple(rows))
