"""The composer's rules R0-R8, one function each: a draft in, a draft out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cidmesa.errors import ComposeError, CyclicError, ModelError
from cidmesa.mesa.draft import Draft
from cidmesa.mesa.targets import EpisodeTarget, targets_of
from cidmesa.modelling.expression import Expression
from cidmesa.modelling.mechanism import Constant, Formula, Mechanism, Rows, Same, as_mechanism
from cidmesa.modelling.reading import names_in
from cidmesa.structure.diagram import Node

if TYPE_CHECKING:
    from cidmesa.mesa.roles import Learned
    from cidmesa.mesa.spec import MesaSpec
    from cidmesa.mesa.training import TrainingProcess

__all__ = [
    "believe",
    "contract",
    "demote",
    "give_objectives",
    "owner",
    "promote",
    "prune",
    "remember",
    "sever",
    "validate",
]


def validate(training: TrainingProcess, spec: MesaSpec) -> Draft:
    """R0: check that roles and specification fit, and return the training model as a draft.

    Roles themselves were checked when the training process was made.
    """
    if spec.agent not in {role.agent for role in training.actions.values()}:
        agents = ", ".join(dict.fromkeys(role.agent for role in training.actions.values()))
        raise ComposeError(f"no action belongs to the agent {spec.agent!r}. Actions belong to: {agents}.")
    targets = targets_of(training, spec.target, spec.agent)
    for action, nodes in spec.observes.items():
        if action not in training.actions:
            raise ComposeError(f"observes names {action!r}, which is not an action: {', '.join(training.actions)}.")
        for node in nodes:
            training.cid.index(node)
    for node in spec.beliefs:
        training.cid.index(node)
    return Draft(training, spec, training.model, targets)


def demote(draft: Draft) -> Draft:
    """R2: the base agent's decisions become chance nodes that follow its policy; "rational" leaves them decisions.

    Without a rule, parameters that it decides without seeing anything take the learner's value (the mesa-optimizer
    *was* selected). A base utility that a mesa-objective reads becomes a chance node with a utility below it.
    """
    training, model = draft.training, draft.model
    base = training.base_agent
    if base not in model.cid.agents:
        return draft
    if training.base_policy == "rational":
        return _score_as_chance(draft)
    given: dict[str, object] = dict(training.base_policy or {})
    for decision in model.cid.decisions_of(base):
        if decision not in given:
            given[decision] = _selected(training, decision)
    decided = model.with_policy(given) if given else model
    note = "R2: decision of the base agent, follows its policy"
    draft = replace(draft, model=decided, notes=dict(draft.notes) | dict.fromkeys(given, note))
    return _score_as_chance(draft)


def _selected(training: TrainingProcess, decision: str) -> object:
    if decision in training.thetas and not training.cid.parents(decision):
        return training.learner
    raise ComposeError(f"the base agent's decision {decision!r} needs a rule: give base_policy={{{decision!r}: ...}}, "
                       "or base_policy='rational' to let it decide for its own utilities.")  # fmt: skip


def _score_as_chance(draft: Draft) -> Draft:
    read = {name for target in draft.targets.values() for name in target.parents}
    for utility in [u for u in draft.model.cid.utilities if u in read]:
        spec, note = draft.model.cid.spec(utility), "R2: score of the base agent that the mesa-objective reads"
        below = Node(f"{utility}_score", "utility", spec.agent, (utility,))
        value = {below.name: Formula(Expression(utility))}
        draft = draft.changed(note, [Node(utility, parents=spec.parents), below], value)
    return draft


def promote(draft: Draft) -> Draft:
    """R1: each action A of the mesa-optimizer gets a decision D_A that it obeys where its parameters are the learner.

    D_A has the domain of A and observes what A observed (and ``observes``). A keeps a link from an observation only if
    what is done under other parameters reads it.
    """
    for action, role in draft.training.actions.items():
        if role.agent == draft.spec.agent:
            draft = _promoted(draft, action, role)
    return draft


def _promoted(draft: Draft, action: str, role: Learned) -> Draft:
    training, decision = draft.training, f"D_{action}"
    if decision in draft.model.cid:
        raise ComposeError(f"the decision of action {action!r} would be called {decision!r}, a name that is taken.")
    extra = draft.spec.observes.get(action, ())
    observed = tuple(dict.fromkeys([*training.observations(action), *extra]))
    others = dict(role.otherwise or {})
    rows: tuple[tuple[tuple[object, ...], Mechanism], ...] = tuple(
        ((value,), others[value] if value in others else Same(decision)) for value in draft.model.domain(role.theta)
    )
    mechanism = Rows((role.theta,), rows)  # type: ignore[arg-type]
    reads = [name for name in names_in(mechanism) if name in observed and name != role.theta]
    specs = [
        Node(decision, "decision", owner(draft.spec, role), observed),
        Node(action, parents=(decision, role.theta, *reads)),
    ]
    note = f"R1: {decision} is done by {action} where {role.theta} is {training.learner}"
    options = {decision: draft.model.domain(action)}
    draft = draft.changed(note, specs, {action: mechanism}, domains=options)
    return replace(draft, decisions=dict(draft.decisions) | {action: decision})


def owner(spec: MesaSpec, role: Learned) -> str:
    """R4: return who decides an action: one agent across updates, or an agent for each episode."""
    if spec.scope == "updates" and spec.succession != "game":
        return spec.agent
    return f"{spec.agent}@{role.episode}"


def sever(draft: Draft) -> Draft:
    """R5: parameters that follow from an action become roots that are surely the learner (subjective diagram).

    So does a gate that follows from an action: it surely lets the learner into deployment. A gate is parameters in
    another guise: that of "what is deployed", the learner if it passes and nothing otherwise.
    """
    cid = draft.model.cid
    after_actions = cid.dag.descendants(cid.indices(draft.decisions))
    held = dict.fromkeys(draft.training.thetas, draft.training.learner) | dict(draft.training.gate)
    for node, state in held.items():
        if cid.index(node) in after_actions:
            note = f"R5: taken to be {state}, whatever is done"
            draft = draft.changed(note, [Node(node)], {node: Constant(state)})
    return draft


def believe(draft: Draft) -> Draft:
    """R6: what the mesa-optimizer believes of a mechanism replaces the mechanism (subjective diagram)."""
    for node, given in draft.spec.beliefs.items():
        mechanism = as_mechanism(given, draft.model.cid.parents(node))
        draft = draft.changed(f"R6: believed of {node}", (), {node: mechanism})
    return draft


def contract(draft: Draft) -> Draft:
    """R1c: an action whose parameters are surely the learner does what is decided; its other links go.

    Without this every observation that other parameters read would seem requisite.
    """
    for action, decision in draft.decisions.items():
        theta = draft.training.actions[action].theta
        if not draft.model.cid.parents(theta) and _surely(draft, theta):
            note = f"R1c: {theta} is surely {draft.training.learner}, so {action} is what {decision} says"
            draft = draft.changed(note, [Node(action, parents=(decision,))], {action: Same(decision)})
    return draft


def _surely(draft: Draft, theta: str) -> bool:
    chances = dict(zip(draft.model.domain(theta), draft.model.table(theta).values.tolist(), strict=True))
    return bool(chances.get(draft.training.learner) == 1)


def give_objectives(draft: Draft) -> Draft:
    """R3 and R4: a utility for each episode's mesa-objective, owned as the scope says.

    "episode": the episode's agent owns its own. "updates": one agent owns all; as a "game" each episode's agent owns a
    copy of every later one. "indexical": the parameters in force say which objective counts.
    """
    spec, episodes = draft.spec, list(draft.targets)
    as_game = spec.scope == "updates" and spec.succession == "game"
    targets = {episode: _indexed(draft, episode) for episode in episodes}
    notes, nodes, values, of = {}, [], {}, {}
    for position, episode in enumerate(episodes):
        for holder in episodes[: position + 1] if as_game else [episode]:
            node, note = _objective(draft, episode, holder, targets[episode])
            nodes.append(node)
            notes[node.name], values[node.name], of[node.name] = note, targets[episode].value, episode
    return replace(draft.changed(notes, nodes, values), objectives=of)


def _objective(draft: Draft, episode: int | str, holder: int | str, target: EpisodeTarget) -> tuple[Node, str]:
    """Return the utility node of an episode's objective as ``holder`` counts it, and its note."""
    spec = draft.spec
    name = f"U_{episode}" if holder == episode else f"U_{episode}@{holder}"
    if name in draft.model.cid:
        name = f"U_{spec.agent}_{episode}" if holder == episode else f"U_{spec.agent}_{episode}@{holder}"
    agent = spec.agent if spec.scope == "updates" and spec.succession != "game" else f"{spec.agent}@{holder}"
    whose = f"; counted by {agent}" if holder != episode else ""
    return Node(name, "utility", agent, target.parents), f"R3: mesa-objective of episode {episode}{whose}"


def _indexed(draft: Draft, episode: int | str) -> EpisodeTarget:
    target, training = draft.targets[episode], draft.training
    if not draft.spec.successor_targets:
        return target
    theta = next(role.theta for role in training.actions.values() if role.episode == episode)
    by_value = {training.learner: target}
    for value, given in draft.spec.successor_targets.items():
        by_value[value] = targets_of(training, given, draft.spec.agent)[episode]
    if missing := [value for value in draft.model.domain(theta) if value not in by_value]:
        raise ComposeError(f"successor_targets says nothing of {theta} = {missing[0]}.")
    parents = dict.fromkeys([theta, *(name for t in by_value.values() for name in t.parents)])
    rows = tuple(((value,), by_value[value].value) for value in draft.model.domain(theta))
    return EpisodeTarget(tuple(parents), Rows((theta,), rows))


def remember(draft: Draft) -> Draft:
    """R8: with perfect recall a decision sees the agent's earlier decisions and what they observed.

    Tied: all decisions of an agent share one rule.
    """
    if draft.spec.recall == "none":
        return draft
    if draft.spec.recall == "tied":
        return _tied(draft)
    seen: dict[str, dict[str, None]] = {}
    specs = []
    for decision in sorted(draft.decisions.values(), key=lambda d: _moment(draft, d)):
        spec = draft.model.cid.spec(decision)
        memory = seen.setdefault(spec.agent or "", {})
        specs.append(replace(spec, parents=tuple(dict.fromkeys([*spec.parents, *memory]))))
        memory.update(dict.fromkeys([*spec.parents, decision]))
    try:
        return draft.changed("R8: it remembers", specs)
    except CyclicError as error:
        raise ComposeError(f"with recall='perfect' {error} Number the episodes in the order of time.") from error


def _tied(draft: Draft) -> Draft:
    by_agent: dict[str | None, list[str]] = {}
    for decision in draft.decisions.values():
        by_agent.setdefault(draft.model.cid.agent(decision), []).append(decision)
    try:
        return replace(draft, model=draft.model.sharing_rules(*by_agent.values()))
    except ModelError as error:
        raise ComposeError(f"recall='tied': {error} Give the actions the same inputs.") from error


def _moment(draft: Draft, decision: str) -> tuple[int, int]:
    action = next(a for a, d in draft.decisions.items() if d == decision)
    episode = draft.training.episodes.index(draft.training.actions[action].episode)
    return episode, draft.model.cid.index(decision)


def prune(draft: Draft) -> Draft:
    """R7: what is neither a decision or utility of a deciding agent nor upstream of one is dropped."""
    cid = draft.model.cid
    deciding = {cid.agent(decision) for decision in cid.decisions}
    kept = [node for node in (*cid.decisions, *cid.utilities) if cid.agent(node) in deciding]
    upstream = cid.dag.ancestors(cid.indices(kept))
    gone = [node for node in cid.nodes if cid.index(node) not in upstream]
    return replace(draft, model=draft.model.revised(without=gone))
