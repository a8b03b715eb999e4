"""The composer's rules in the order in which they are applied: a draft in, a draft out."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cidmesa.errors import ComposeError
from cidmesa.mesa.memory import in_turn, may_return, recollect, remember
from cidmesa.mesa.targets import give_objectives, targets_of
from cidmesa.modelling.expression import Expression
from cidmesa.modelling.mechanism import ANY, Constant, Formula, Mechanism, Rows, Same
from cidmesa.modelling.shorthand import as_mechanism, uniform
from cidmesa.structure.diagram import Node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from cidmesa.mesa.compose import Decided, Draft, Optimizer
    from cidmesa.mesa.roles import Learned
    from cidmesa.mesa.training import TrainingProcess
    from cidmesa.modelling.numbers import State

__all__ = ["RULES", "Rule", "validate"]


@dataclass(frozen=True)
class Rule:
    """One modelling assumption as a step from draft to draft.

    ``theory``: its name in the definition of the composer. ``assumes``: what must be believed for the step to be right.
    """

    number: int
    theory: str
    assumes: str
    function: Callable[[Draft], Draft]

    @property
    def name(self) -> str:
        """The rule in a word or two."""
        return self.function.__name__.replace("_", " ")

    @property
    def sentence(self) -> str:
        """What the rule does: the first sentence of its definition."""
        return inspect.getdoc(self.function).split("\n\n")[0].replace("\n", " ")  # type: ignore[union-attr]  # it has one

    def __str__(self) -> str:
        return f"R{self.number} {self.name}"

    def __call__(self, draft: Draft) -> Draft:
        """Return the draft with the rule applied; what it makes bears its name."""
        return self.function(replace(draft, rule=str(self)))


# --- R0 -----------------------------------------------------------------------------------------------------------


def validate(draft: Draft) -> Draft:
    """Check that roles and specification fit each other.

    Roles themselves were checked when the training process was made.
    """
    training, owners = draft.training, dict.fromkeys(role.agent for role in draft.training.actions.values())
    for optimizer in draft.optimizers:
        if optimizer.spec.agent not in owners:
            raise ComposeError(
                f"no action belongs to the agent {optimizer.spec.agent!r}. Actions belong to: {', '.join(owners)}."
            )
        _check_names(training, optimizer)
        _check_beliefs(training, optimizer)
    targets = {one.value: targets_of(training, one.spec.target, one.spec.agent) for one in draft.optimizers}
    return replace(draft, targets=targets)


def _check_names(training: TrainingProcess, optimizer: Optimizer) -> None:
    for action, nodes in optimizer.spec.observes.items():
        if action not in training.actions:
            raise ComposeError(f"observes names {action!r}, which is not an action: {', '.join(training.actions)}.")
        for node in nodes:
            training.cid.index(node)
    for node in optimizer.spec.beliefs:
        training.cid.index(node)


def _check_beliefs(training: TrainingProcess, optimizer: Optimizer) -> None:
    """Refuse beliefs about what the optimizer takes to be fixed."""
    spec = optimizer.spec
    for node, state in _threats(training, optimizer) if spec.severed else ():
        if node in spec.beliefs:
            why = "aware='none'" if spec.aware == "none" else "succession='same'"
            raise ComposeError(
                f"{why} takes {node!r} to be {state} whatever is done, but beliefs says otherwise. Drop the belief "
                f"about {node!r}, or {why}.",
                node=node,
            )


def _threats(training: TrainingProcess, optimizer: Optimizer) -> Iterator[tuple[str, State]]:
    """Yield the parameters and gates that follow from what is done, with the state that keeps the optimizer in force.

    A gate is parameters in another guise: that of "what is deployed", the learner if it passes and nothing otherwise.
    """
    own = (action for action, role in training.actions.items() if role.agent == optimizer.spec.agent)
    after = {node for action in own for node in training.cid.descendants(action)}
    for node, state in (dict.fromkeys(training.thetas, optimizer.value) | dict(training.gate)).items():
        if node in after:
            yield node, state


# --- R1 -----------------------------------------------------------------------------------------------------------


def demote(draft: Draft) -> Draft:
    """Turn decisions of the base agent into chance nodes that follow its policy, unless it decides rationally.

    Without a rule, parameters that it decides without seeing anything are the learner: the mesa-optimizer *was*
    selected. A base utility that a mesa-objective reads becomes a chance node with a utility below it.
    """
    training = draft.training
    given: dict[str, object] = {}
    if training.base_policy != "rational":
        given = dict(training.base_policy or {})
        base = training.base_agent
        owned = draft.model.cid.decisions_of(base) if base in draft.model.cid.agents else ()
        given |= {decision: _selected(training, decision) for decision in owned if decision not in given}
    note = f"{draft.rule}: decision of the base agent, follows its policy"
    decided = draft.model.with_policy(given) if given else draft.model
    notes = dict(draft.notes) | dict.fromkeys(given, note)
    return _score_as_chance(replace(draft, model=decided, notes=notes, base_rules=given))


def _selected(training: TrainingProcess, decision: str) -> object:
    if decision in training.thetas and not training.cid.parents(decision):
        return training.learner
    raise ComposeError(
        f"the base agent's decision {decision!r} needs a rule: give base_policy={{{decision!r}: ...}}, or "
        "base_policy='rational' to let it decide for its own utilities."
    )


def _score_as_chance(draft: Draft) -> Draft:
    read = {name for targets in draft.targets.values() for target in targets.values() for name in target.parents}
    for utility in [u for u in draft.model.cid.utilities if u in read]:
        spec, note = draft.model.cid.spec(utility), "score of the base agent that the mesa-objective reads"
        below = Node(f"{utility}_score", "utility", spec.agent, (utility,))
        value = {below.name: Formula(Expression(utility))}
        draft = draft.changed(note, [Node(utility, parents=spec.parents), below], value)
    return draft


# --- R2 -----------------------------------------------------------------------------------------------------------


def promote(draft: Draft) -> Draft:
    """Give each action A a decision D_A, which A carries out where its parameters are the learner.

    D_A has the options of A and observes what A observed, and what the specification says besides (``observes``). A
    keeps a link from an observation only if what is done under other parameters reads it. Where several values of the
    parameters are optimizers there is a decision D_A@value of each, and a node A@value for what it does, a blank where
    the parameters are not it.
    """
    agent = draft.optimizers[0].spec.agent
    own = {action: role for action, role in draft.training.actions.items() if role.agent == agent}
    several = len(draft.optimizers) > 1
    for actions in ({action: role} for action, role in own.items()) if several else (own,):
        draft = _promoted(draft, actions)
    return draft


def _promoted(draft: Draft, actions: Mapping[str, Learned]) -> Draft:
    deciding = {action: _deciding(draft, action, role) for action, role in actions.items()}
    draft = _with_decisions(draft, [decided for found in deciding.values() for decided in found.values()])
    specs, rules, notes = list[Node](), dict[str, Mechanism](), dict[str, str]()
    for action, role in actions.items():
        done = {value: decided.name for value, decided in deciding[action].items()}
        if len(done) > 1:
            for decided in deciding[action].values():
                draft = _with_doing(draft, decided)
                done[decided.of.value] = decided.done
        rows = rules[action] = _acting(draft, action, role, done)
        reads = [name for name in rows.names if name in draft.training.observations(action)]
        specs.append(Node(action, parents=(*done.values(), role.theta, *reads)))
        notes[action] = "; ".join(_carried_out(decided) for decided in deciding[action].values())
    return draft.changed(notes, specs, rules, order=in_turn(draft, specs))


def _deciding(draft: Draft, action: str, role: Learned) -> dict[State, Decided]:
    """Return the decisions that an action may carry out, by the value of the parameters."""
    certain = [value for value in draft.model.domain(role.theta) if draft.surely(role.theta, value)]
    able = certain or draft.model.domain(role.theta)
    return {one.value: one.decides(action, role) for one in draft.optimizers if one.value in able}


def _acting(draft: Draft, action: str, role: Learned, done: Mapping[State, str]) -> Rows:
    """Return what is done at an action, by the value of the parameters; ``done``: what optimizers do there."""
    never = uniform(draft.model.domain(action))  # under an optimizer that surely does not act
    rule: dict[State, Mechanism] = dict.fromkeys(draft.model.domain(role.theta), never) | dict(role.otherwise or {})
    rule |= {value: _what(draft, name, never) for value, name in done.items()}
    return Rows((role.theta,), tuple(((value,), outcome) for value, outcome in rule.items()))


def _what(draft: Draft, done: str, never: Mechanism) -> Mechanism:
    """Return what is done as it is, ``never`` where it says that nothing is."""
    if draft.model.cid.kind(done) == "decision":
        return Same(done)
    *options, _ = draft.model.domain(done)
    return Rows((done,), (*(((option,), Constant(option)) for option in options), ((ANY,), never)))


def _with_decisions(draft: Draft, found: Iterable[Decided]) -> Draft:
    specs, domains, decisions, notes = list[Node](), dict[str, Any](), dict(draft.decisions), dict[str, str]()
    for decided in found:
        name, optimizer, action, role = decided
        if name in draft.model.cid or name in domains:
            raise ComposeError(f"the decision of action {action!r} would be called {name!r}, a name that is taken.")
        inputs = draft.training.observations(action)
        observed = tuple(dict.fromkeys([*inputs, *optimizer.spec.observes.get(action, ())]))
        specs.append(Node(name, "decision", optimizer.agent(role.episode), observed))
        domains[name] = draft.model.domain(action)
        notes[name] = _carried_out(decided)
        decisions[optimizer.value] = {**decisions.get(optimizer.value, {}), action: name}
    return replace(draft.changed(notes, specs, domains=domains), decisions=decisions)


def _with_doing(draft: Draft, decided: Decided) -> Draft:
    """Add what an optimizer does at an action, a blank where it does not act."""
    theta, value = decided.role.theta, decided.of.value
    note = f"what {decided.name} does, nothing where {theta} is not {value}"
    return draft.copied(decided.name, decided.done, theta, value, note)


def _carried_out(decided: Decided) -> str:
    return f"{decided.action} does what {decided.name} says where {decided.role.theta} is {decided.of.value}"


# --- R3 -----------------------------------------------------------------------------------------------------------


def know_thyself(draft: Draft) -> Draft:
    """Let a fully aware optimizer see at each action which parameters it obeys, where that can matter.

    It can where others decide too: where its episodes are agents that count later ones (``succession="game"``, or
    ``scope`` a number), where several values are optimizers, and where the base agent decides rationally; and where
    parameters may return to the learner.
    Elsewhere it changes nothing: where the decision counts, the parameters surely are the optimizer. What is certain
    from the start is not seen. Of several optimizers one also sees that those after it do nothing where it acts.
    """
    alone = len(draft.optimizers) == 1 and draft.training.base_policy != "rational"
    draft = replace(draft, returning=tuple(one.value for one in draft.optimizers if may_return(draft, one)))
    for decided in draft.decided():
        spec = decided.of.spec
        matters = not alone or spec.as_selves or decided.of.value in draft.returning
        if spec.aware == "full" and matters and not draft.surely(decided.role.theta, decided.of.value):
            draft = _knowing(draft, decided)
    return draft


def _knowing(draft: Draft, decided: Decided) -> Draft:
    rivals = [other for other in draft.decided() if other.action == decided.action]
    idle, node = [other.done for other in rivals[rivals.index(decided) + 1 :]], draft.model.cid.spec(decided.name)
    seen = replace(node, parents=tuple(dict.fromkeys([*node.parents, decided.role.theta, *idle])))
    return draft.changed(f"{decided.name} knows which parameters {decided.action} obeys", [seen])


# --- R4, R5, R6 ---------------------------------------------------------------------------------------------------


def believe(draft: Draft) -> Draft:
    """Put what the mesa-optimizer believes of a mechanism in the mechanism's place, in the world as it sees it."""
    beliefs = draft.optimizers[0].spec.beliefs if draft.believes else {}
    for node, given in beliefs.items():
        parents = draft.model.cid.parents(node)
        draft = draft.changed(
            f"believed of {node}", [Node(node, parents=parents)], {node: as_mechanism(given, parents)}
        )
    return draft


def sever(draft: Draft) -> Draft:
    """Hold parameters that follow from an action at the learner, and gates open, for an unaware mesa-optimizer.

    They become roots, in the world as it sees it. Severing is an intervention: it overrides beliefs.
    """
    for node, state in _threats(draft.training, draft.optimizers[0]) if draft.severed else ():
        draft = draft.changed(f"taken to be {state}, whatever is done", [Node(node)], {node: Constant(state)})
    return draft


def contract(draft: Draft) -> Draft:
    """Let an action whose parameters are surely the learner do what is decided; its other links go.

    Without this every observation that other parameters read would seem requisite.
    """
    for name, optimizer, action, role in draft.decided():
        if draft.surely(role.theta, optimizer.value):
            note = f"{role.theta} is surely {optimizer.value}, so {action} is what {name} says"
            draft = draft.changed(note, [Node(action, parents=(name,))], {action: Same(name)})
    return draft


# --- R9 -----------------------------------------------------------------------------------------------------------


def prune(draft: Draft) -> Draft:
    """Drop what is neither a decision or utility of a deciding agent nor upstream of one."""
    cid = draft.model.cid
    deciding = {cid.agent(decision) for decision in cid.decisions}
    kept = [node for node in (*cid.decisions, *cid.utilities) if cid.agent(node) in deciding]
    upstream = cid.dag.ancestors(cid.indices(kept))
    gone = [node for node in cid.nodes if cid.index(node) not in upstream]
    return replace(draft, model=draft.model.revised(without=gone))


RULES: tuple[Rule, ...] = tuple(
    Rule(number, theory, assumes, function)
    for number, (function, theory, assumes) in enumerate(
        (
            (validate, "R0", "nothing"),
            (demote, "R2, R2'", "the mesa-optimizer was selected; the base agent keeps to its rules"),
            (promote, "R1, R1m", "it decides well; what other parameters do is known (``otherwise``)"),
            (know_thyself, "R1s", "an aware optimizer can tell which parameters act"),
            (believe, "R6", "it believes what is said, and nobody knows better"),
            (sever, "R5", "it does not see that its parameters can change"),
            (contract, "R1c", "nothing: the mechanisms are equal almost surely"),
            (give_objectives, "R3, R4", "its objective and what it counts survive updates"),
            (remember, "R8, R8m, R8'", "memory survives updates"),
            (prune, "R7", "nothing: no agent that decides can tell"),
            (recollect, "R1c'", "nothing: the action surely is the decision"),
        )
    )
)
