"""Actions on a training process that may remove deception, and assumptions on which deception may rest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cidmesa.modelling.mechanism import Constant, Lookup, Mechanism, Same
from cidmesa.modelling.numbers import show
from cidmesa.modelling.tabulation import node_settings
from cidmesa.structure.diagram import Node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cidmesa.mesa.spec import MesaSpec
    from cidmesa.mesa.training import TrainingProcess
    from cidmesa.modelling.mechanism import Given
    from cidmesa.modelling.numbers import State

__all__ = ["Case", "Edit", "actions", "assumptions"]


@dataclass(frozen=True)
class Case:
    """A training process with a specification."""

    training: TrainingProcess
    spec: MesaSpec


@dataclass(frozen=True)
class Edit:
    """A change of a case. ``size``: how many links, mechanisms, assumptions or parameters it touches."""

    kind: str
    says: str
    size: int
    change: Callable[[Case], Case]


def actions(case: Case) -> Iterator[Edit]:
    """Yield the actions on the process that are possible in this case, apart from parameters under control."""
    yield from _hiding(case)
    yield from _gates(case)
    yield from _updates(case)
    yield from _inspections(case)
    yield from _evaluations(case)
    yield from _adversaries(case)


# --- what it sees, and what is assumed of it -----------------------------------------------------------------------


def _hiding(case: Case) -> Iterator[Edit]:
    """Hide the phase, or what follows from it, from an action that observes it."""
    training, spec = case.training, case.spec
    phases = {n for role in training.actions.values() if role.phase_expression for n in role.phase_expression.names}
    telling = {n for phase in phases if phase in training.cid for n in (phase, *training.cid.descendants(phase))}
    for action, role in training.actions.items():
        reads = training.model.mechanisms[action].names
        seen = dict.fromkeys([*training.observations(action), *spec.observes.get(action, ())])
        for node in seen:
            if node in telling and node not in reads and role.agent == spec.agent:
                says = f"hide {node} from {action}, so that it cannot tell training from deployment by it"
                yield Edit("hide the phase", says, 1, lambda c, a=action, n=node: _unseen(c, a, n))  # type: ignore[misc]


def _unseen(case: Case, action: str, node: str) -> Case:
    cid = case.training.cid
    rest = tuple(parent for parent in cid.parents(action) if parent != node)
    model = case.training.model.revised([Node(action, parents=rest)])
    observes = {a: tuple(n for n in nodes if (a, n) != (action, node)) for a, nodes in case.spec.observes.items()}
    kept = {a: nodes for a, nodes in observes.items() if nodes}
    return Case(case.training.with_model(model), replace(case.spec, observes=kept))


def assumptions(case: Case) -> Iterator[Edit]:
    """Yield alternatives to the assumptions made about the mesa-optimizer."""
    spec = case.spec
    if spec.aware != "none" and not _threats_believed(case):
        says = "it does not know that it is trained: it takes its parameters to be unchangeable"
        yield _assumed("awareness", says, aware="none", observes={})
    if spec.span > 0:
        succession = "planner" if spec.succession == "game" else spec.succession
        yield _assumed("scope", "its objective ends with the episode", scope="episode", succession=succession)
    if spec.beliefs:
        yield _assumed("beliefs", "its beliefs are true", beliefs={})
    if spec.recall != "none":
        yield _assumed("recall", "it remembers nothing", recall="none")


def _assumed(kind: str, says: str, **fields: object) -> Edit:
    return Edit(kind, says, 1, lambda case: replace(case, spec=replace(case.spec, **fields)))  # type: ignore[arg-type]


def _threats_believed(case: Case) -> bool:
    return any(node in case.training.thetas or node in case.training.gate for node in case.spec.beliefs)


# --- gates and updates --------------------------------------------------------------------------------------------


def _gates(case: Case) -> Iterator[Edit]:
    cid = case.training.cid
    for gate, passes in case.training.gate.items():
        if links := len(cid.parents(gate)):
            says = f"open the gate {gate} whatever is done before it"
            change = _with(gate, (), lambda _, state=passes: Constant(state))  # type: ignore[misc]
            yield Edit("change the gate", says, links, change)


def _updates(case: Case) -> Iterator[Edit]:
    """Stop an update: the parameters stay what they were."""
    training = case.training
    for theta in training.thetas:
        before = _before(training, theta)
        if before and (links := len(training.cid.parents(theta)) - 1):
            says = f"do not update {theta}: it is {before} unchanged"
            change = _with(theta, (before,), lambda _, old=before: Same(old))  # type: ignore[misc]
            yield Edit("stop an update", says, links, change)


def _before(training: TrainingProcess, theta: str) -> str | None:
    """Return the parameters that ``theta`` is an update of, ``None`` for the first."""
    return next((p for p in training.cid.parents(theta) if p in training.thetas), None)


def _inspections(case: Case) -> Iterator[Edit]:
    """Look inside before deployment: whatever it did, the mesa-optimizer is found and replaced."""
    training = case.training
    trained = {role.theta for role in training.actions.values() if role.phase != "deploy"}
    for theta in training.thetas:
        before = _before(training, theta)
        others = [value for value in training.model.domain(theta) if value != training.learner]
        if theta not in trained and before in trained and others:
            says = f"inspect {theta} before deployment: the mesa-optimizer is found and replaced by {show(others[0])}"
            parents = training.cid.parents(theta)
            change = _with(theta, parents, lambda c, t=theta, v=others[0]: _replaced(c, t, v))  # type: ignore[misc]
            yield Edit("add transparency", says, 1, change)


def _replaced(case: Case, theta: str, value: State) -> Mechanism:
    """Return the mechanism of ``theta`` with the learner's probability moved to ``value``."""
    learner = case.training.learner
    return _tabulated(case, theta, case.training.cid.parents(theta), lambda _, row: _moved(row, learner, value))


def _moved(row: Given, learner: State, value: State) -> Given:
    if not isinstance(row, dict):
        return value if row == learner else row
    moved = {state: chance for state, chance in row.items() if state != learner}
    return moved | {value: moved.get(value, 0) + row.get(learner, 0)}


def _evaluations(case: Case) -> Iterator[Edit]:
    """Evaluate at random times: what is done in deployment can bring about an update too."""
    training = case.training
    audited = [
        (action, after)
        for action, role in training.actions.items()
        if role.phase == "deploy" and (after := _after(training, action))
    ]
    if audited:
        shown = ", ".join(f"{action} -> {after}" for action, after in audited)
        says = (
            f"evaluate in deployment too: {shown}; an optimizer that deviates from what other parameters do is replaced"
        )
        yield Edit("randomise evaluation", says, len(audited), lambda c: _audited(c, audited))
    for theta in training.thetas:
        for phase, state in _phases_of(training, theta, train=True):
            says = f"update {theta} as where {phase} = {show(state)}, whatever {phase} is"
            parents = tuple(p for p in training.cid.parents(theta) if p != phase)
            change = _with(theta, parents, lambda c, t=theta, p=phase, s=state: _as_if(c, t, p, s))  # type: ignore[misc]
            yield Edit("randomise evaluation", says, 1, change)


def _adversaries(case: Case) -> Iterator[Edit]:
    """Adversarial training: let training bring what only deployment would bring."""
    training, cid = case.training, case.training.cid
    spared = {*training.thetas, *training.actions, *training.gate}
    for node in cid.chance_nodes:
        for phase, state in _phases_of(training, node, train=False) if node not in spared else ():
            says = f"train on {node} as where {phase} = {show(state)}, whatever {phase} is"
            parents = tuple(p for p in cid.parents(node) if p != phase)
            change = _with(node, parents, lambda c, n=node, p=phase, s=state: _as_if(c, n, p, s))  # type: ignore[misc]
            yield Edit("train adversarially", says, 1, change)


def _after(training: TrainingProcess, action: str) -> str | None:
    """Return the parameters that come next after those of a later action's, where they only carry on."""
    theta = training.actions[action].theta
    later = [t for t in training.thetas if training.cid.parents(t) == (theta,)]
    return later[0] if later else None


def _audited(case: Case, audited: list[tuple[str, str]]) -> Case:
    training = case.training
    specs, mechanisms = [], {}
    for action, after in audited:
        role = training.actions[action]
        value, rule = next(iter((role.otherwise or {}).items()))
        parents = (role.theta, action, *(n for n in rule.names if n in training.cid))
        specs.append(Node(after, parents=parents))
        mechanisms[after] = _audit(case, action, parents, value, rule)
    return replace(case, training=training.with_model(training.model.revised(specs, mechanisms=mechanisms)))


def _audit(case: Case, action: str, parents: tuple[str, ...], value: State, rule: Mechanism) -> Mechanism:
    """Return: ``value`` where the action is none that ``rule`` might do, else what it was."""
    theta, fixed = case.training.actions[action].theta, _parameters(case)

    def row(setting: dict[str, State]) -> Given:
        expected = rule(setting | fixed)
        allowed = [s for s, chance in expected.items() if chance] if isinstance(expected, dict) else [expected]
        return setting[theta] if setting[action] in allowed else value

    settings = list(node_settings(parents, case.training.model.domains))
    return Lookup(parents, tuple((tuple(setting.values()), row(setting)) for setting in settings))


def _phases_of(training: TrainingProcess, node: str, *, train: bool) -> Iterator[tuple[str, State]]:
    """Yield each parent of ``node`` that alone says whether some action is in training, with a state where it is.

    ``train=False``: with a state where it is not.
    """
    for parent in training.cid.parents(node):
        for role in training.actions.values():
            expression = role.phase_expression
            if expression is not None and expression.names == (parent,):
                found = [s for s in training.model.domain(parent) if bool(expression({parent: s})) is train]
                yield from ((parent, state) for state in found[:1])


def _as_if(case: Case, node: str, phase: str, state: State) -> Mechanism:
    parents = tuple(p for p in case.training.cid.parents(node) if p != phase)
    mechanism, fixed = case.training.model.mechanisms[node], _parameters(case)
    settings = node_settings(parents, case.training.model.domains)
    return Lookup(parents, tuple((tuple(s.values()), mechanism(s | fixed | {phase: state})) for s in settings))


# --- making them --------------------------------------------------------------------------------------------------


def _with(node: str, parents: tuple[str, ...], mechanism: Callable[[Case], Mechanism]) -> Callable[[Case], Case]:
    """Return the change that gives a node these parents and this mechanism."""

    def change(case: Case) -> Case:
        model = case.training.model.revised([Node(node, parents=parents)], mechanisms={node: mechanism(case)})
        return replace(case, training=case.training.with_model(model))

    return change


def _tabulated(
    case: Case, node: str, parents: tuple[str, ...], row: Callable[[dict[str, State], Given], Given]
) -> Mechanism:
    mechanism, fixed = case.training.model.mechanisms[node], _parameters(case)
    settings = node_settings(parents, case.training.model.domains)
    return Lookup(parents, tuple((tuple(s.values()), row(s, mechanism(s | fixed))) for s in settings))


def _parameters(case: Case) -> dict[str, State]:
    return {name: p.value for name, p in case.training.model.parameters.items() if p.value is not None}
