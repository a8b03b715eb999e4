"""`Learned`: the role of an action of the learned algorithm, and its rule when another algorithm acts."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cidmesa.display import Stated
from cidmesa.errors import ComposeError, ModelError, concerning, near_miss
from cidmesa.frozen import Frozen
from cidmesa.modelling.expression import Expression
from cidmesa.modelling.mechanism import Constant, Function, Lookup, Mechanism, Rows
from cidmesa.modelling.numbers import State, as_state, show
from cidmesa.modelling.shorthand import as_mechanism, uniform
from cidmesa.modelling.tabulation import node_settings, settled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cidmesa.modelling.model import Model

__all__ = ["Learned", "completed", "learned", "left_open"]


@dataclass(frozen=True, repr=False)
class Learned(Frozen, Stated):
    """The role of an action of the learned algorithm.

    ``theta``: the parameter node that it obeys. ``episode``: the episode in which training gives credit. ``phase``:
    "train", "deploy", or an expression over nodes that is true in training. ``agent``: the learned algorithm's name.
    ``otherwise``: parameter value other than the mesa-optimizer -> its rule. ``stage``: the label of its stage; its
    episode if left out. ``reports``: option -> the expression that it asserts.
    """

    theta: str
    episode: int | str = 1
    phase: str = "train"
    agent: str = "mesa"
    otherwise: Mapping[State, Mechanism] | None = None
    stage: str | None = None
    reports: Mapping[State, str] = field(default_factory=dict)

    @property
    def phase_expression(self) -> Expression | None:
        """The expression that is true in training, ``None`` for the constants "train" and "deploy"."""
        return None if self.phase in ("train", "deploy") else Expression(self.phase)

    def phase_at(self, setting: Mapping[str, State]) -> str:
        """Return "train" or "deploy", given the states of the nodes on which the phase depends."""
        expression = self.phase_expression
        return self.phase if expression is None else "train" if expression(setting) else "deploy"


def learned(
    theta: str,
    *,
    episode: int | str = 1,
    phase: str = "train",
    agent: str = "mesa",
    otherwise: Mapping[object, object] | None = None,
    stage: str | None = None,
    reports: Mapping[object, object] | None = None,
) -> Learned:
    """Return the role of an action of the learned algorithm, for `training`.

    Source: the learned algorithm of Hubinger et al. 2019; the roles are ours.

    Args:
        theta: the node that holds the parameters that this action obeys.
        episode: the episode of training in which the action is scored.
        phase: "train", "deploy", or an expression that is true in training.
        agent: the name of the learned algorithm, if there are several.
        otherwise: what other parameter values do: value -> option, distribution, or function of observations.
        stage: a label that joins actions to one stage, or parts them, for the certificate.
        reports: option -> the expression that it asserts, for `deceives_by_report`.

    >>> learned("Theta1", episode=1).phase
    'train'
    >>> learned("Theta1", stage="audit", reports={"clean": "Dirt == 0"})
    Learned(theta='Theta1', stage='audit', reports={'clean': 'Dirt == 0'})

    """
    given = None if otherwise is None else {as_state(value): as_rule(rule) for value, rule in otherwise.items()}
    said = {as_state(message): str(text) for message, text in (reports or {}).items()}
    return Learned(theta, episode, phase, agent, given, stage, said)


def as_rule(given: object) -> Mechanism:
    """Return a rule as a mechanism; text is an option, a function takes observations by name."""
    if inspect.isfunction(given):
        return Function(tuple(inspect.signature(given).parameters), given)
    return Constant(given) if isinstance(given, str) else as_mechanism(given, ())


def completed(
    model: Model, action: str, role: Learned, learners: tuple[State, ...], otherwise: Mapping[State, object] | None
) -> Learned:
    """Return the checked role with a rule for each parameter value that is not an optimizer.

    Raises:
        ComposeError: the role is impossible; the message names the action and the reason.

    """
    with concerning(node=action):
        _check_parameters(model, action, role)
        _check_phase(role, action, (*model.cid.nodes, *model.parameters))
        _check_reports(model, action, role)
    _check_learner(model, role, learners)
    with concerning(node=action):
        return replace(role, otherwise=_otherwise(model, action, role, learners, otherwise))


def left_open(model: Model, action: str, role: Learned) -> Mechanism:
    """Return the mechanism of an action whose optimizers' rows are uniform until composition."""
    others = dict(role.otherwise or {})
    rows = [((v,), others[v] if v in others else uniform(model.domain(action))) for v in model.domain(role.theta)]
    return Rows((role.theta,), tuple(rows))


# --- what must hold -----------------------------------------------------------------------------------------------


def _check_parameters(model: Model, action: str, role: Learned) -> None:
    cid = model.cid
    if (kind := cid.kind(action)) != "chance":
        raise ComposeError(
            f"action {action!r} is a {kind} node. In a training diagram the learned algorithm's "
            "actions are chance nodes; composition makes decisions of them."
        )
    if role.theta not in cid.parents(action):
        cid.index(role.theta)
        raise ComposeError(
            f"action {action!r} obeys the parameters {role.theta!r}, but there is no link "
            f"{role.theta} -> {action}. Add it."
        )


def _check_learner(model: Model, role: Learned, learners: tuple[State, ...]) -> None:
    values = model.domain(role.theta)
    if not set(learners) & set(values):
        shown = [show(v) for v in values]
        raise ComposeError(
            f"the learner {show(learners[0])!r} is not a value of {role.theta!r}."
            f"{near_miss(show(learners[0]), shown)} Its values are: {', '.join(shown)}."
        )


def _check_phase(role: Learned, action: str, known: tuple[str, ...]) -> None:
    if role.phase in ("train", "deploy"):
        return
    try:
        Expression(role.phase).check_names(known, "a node or a parameter")
    except ModelError as error:
        hint = near_miss(role.phase, ("train", "deploy"))
        raise ComposeError(
            f"action {action!r}: the phase is 'train', 'deploy' or an expression that is true in "
            f"training, not {role.phase!r}.{hint} ({error})"
        ) from error


def _check_reports(model: Model, action: str, role: Learned) -> None:
    options = [show(option) for option in model.domain(action)]
    for message, text in role.reports.items():
        if message not in model.domain(action):
            raise ComposeError(
                f"reports of {action!r} name {show(message)!r}, which it cannot say."
                f"{near_miss(show(message), options)} It can say: {', '.join(options)}."
            )
        try:
            Expression(text).check_names((*model.cid.nodes, *model.parameters), "a node or a parameter")
        except ModelError as error:
            raise ComposeError(
                f"what {action!r} reports by {show(message)!r} is an expression over nodes that is "
                f"true or false. {error}"
            ) from error


# --- what other parameters do -------------------------------------------------------------------------------------


def _otherwise(
    model: Model, action: str, role: Learned, learners: tuple[State, ...], given: Mapping[State, object] | None
) -> Mapping[State, Mechanism]:
    others = [value for value in model.domain(role.theta) if value not in learners]
    if role.otherwise is None and given is None:
        return {value: _row_of(model, action, role.theta, value) for value in others}
    said = role.otherwise if role.otherwise is not None else {v: as_rule(rule) for v, rule in (given or {}).items()}
    for value in said:
        if value not in others:
            shown = [show(v) for v in others]
            raise ComposeError(
                f"'otherwise' names {show(value)!r}, which is not another value of {role.theta!r}."
                f"{near_miss(show(value), shown)} Others: {', '.join(shown) or 'none'}."
            )
    if missing := [value for value in others if value not in said]:
        raise ComposeError(f"what does {action!r} do under {role.theta} = {show(missing[0])}? Say it in 'otherwise'.")
    told = {value: _tabulated(model, action, role, said[value]) for value in others}
    return {value: _settled(rule, model.domain(action)) for value, rule in told.items()}


def _tabulated(model: Model, action: str, role: Learned, rule: Mechanism) -> Mechanism:
    """Return what a function says for each setting of what it observes; other rules as they are."""
    if not isinstance(rule, Function):
        return rule
    observed = tuple(parent for parent in model.cid.parents(action) if parent != role.theta)
    if unseen := [name for name in rule.parents if name not in observed]:
        raise ComposeError(
            f"a function in 'otherwise' takes {unseen[0]!r}, which {action!r} does not observe."
            f"{near_miss(unseen[0], observed)} It may take: {', '.join(observed) or 'nothing'}."
        )
    settings = node_settings(rule.parents, model.domains)
    return Lookup(rule.parents, tuple((tuple(setting.values()), rule(setting)) for setting in settings))


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
