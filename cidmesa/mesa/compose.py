"""`compose`: from the diagram of training to the diagram of the mesa-optimizer, as a pipeline of the rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from cidmesa.errors import ComposeError, wrong_type
from cidmesa.mesa.composition import Composition
from cidmesa.mesa.rules import believe, contract, demote, give_objectives, promote, prune, remember, sever, validate
from cidmesa.mesa.spec import MesaSpec
from cidmesa.mesa.training import TrainingProcess

if TYPE_CHECKING:
    from cidmesa.mesa.draft import Draft

__all__ = ["compose", "drafted"]


def compose(training: TrainingProcess, spec: MesaSpec | Mapping[str, MesaSpec]) -> Composition:
    """Return the mesa-optimizer's model, derived from its training process and the assumptions about it.

    Rules: R0 validate; R2 demote the base agent; R1 promote actions to decisions; R5 sever and R6 believe (subjective
    model); R1c contract; R3 and R4 give objectives by scope; R8 remember; R7 prune; R9: several specifications, one for
    each learned algorithm, are composed in turn, and the result is the last one's view of the world. Deterministic;
    every node and link knows the rule that put it there.

    Raises:
        ComposeError: the specification does not fit the process; a learned algorithm has none; one that is not the last
            sees another world than it is, which would be lost.

    >>> import cidmesa as cm
    >>> g = cm.cid("Theta -> A -> R; R -> U_base; A -> Seen", utilities={"base": ["U_base"]})
    >>> m = cm.model(g, Theta={"mesa": 1, "base": 0}, A=cm.uniform("ab"), R="A == 'a'", U_base="R", Seen="A == 'b'")
    >>> t = cm.training(m, actions={"A": cm.learned("Theta")}, learner="mesa", otherwise={"base": "a"})
    >>> c = compose(t, cm.MesaSpec(target="Seen", scope="episode"))
    >>> c.cid.edges
    (('D_A', 'A'), ('A', 'Seen'), ('Seen', 'U_1'))
    >>> c.provenance["D_A"], cm.solve(c.model).plan
    ('R1: D_A is done by A where Theta is mesa', {'D_A': 'b'})

    """
    _check_types(training, spec)
    specs = spec if isinstance(spec, Mapping) else {spec.agent: spec}
    _check_all_specified(training, specs)
    return _iterated(training, specs)


def _composed(training: TrainingProcess, spec: MesaSpec) -> Composition:
    subjective = drafted(training, spec, severed=spec.severed, beliefs=True)
    differs = spec.severed or spec.beliefs
    twin = drafted(training, spec, severed=False, beliefs=False) if differs else subjective
    seen = prune(subjective)
    return Composition(
        training, spec, seen.model, subjective.model, twin.model, seen.decisions, seen.objectives, seen.provenance()
    )


def _check_types(training: object, spec: object) -> None:
    if not isinstance(training, TrainingProcess):
        remedy = "Make one by cm.training(model, actions=..., learner=...); of a scenario pass .training."
        raise ComposeError(wrong_type("compose", "a training process", training, remedy))
    for one in spec.values() if isinstance(spec, Mapping) else [spec]:
        if not isinstance(one, MesaSpec):
            remedy = "Make one by cm.MesaSpec(target=..., scope=...)."
            raise ComposeError(wrong_type("compose", "a specification", one, remedy))


def drafted(training: TrainingProcess, spec: MesaSpec, *, severed: bool, beliefs: bool) -> Draft:
    """Return the composition before pruning, with or without the subjective rules R5 and R6."""
    draft = promote(demote(validate(training, spec)))
    if severed:
        draft = sever(draft)
    if beliefs:
        draft = believe(draft)
    return remember(give_objectives(contract(draft)))


def _iterated(training: TrainingProcess, specs: Mapping[str, MesaSpec]) -> Composition:
    """R9: compose one learned algorithm after the other; what is composed is training for the next."""
    (agent, spec), *rest = specs.items()
    composition = _composed(training, replace(spec, agent=agent))
    if not rest:
        return composition
    left = {action: role for action, role in training.actions.items() if action not in composition.decisions}
    if not left:
        raise ComposeError(f"no action is left for {rest[0][0]!r}.")
    _check_view(composition, rest[-1][0])
    return _iterated(replace(training, model=composition.objective_twin, actions=left), dict(rest))


def _check_all_specified(training: TrainingProcess, specs: Mapping[str, MesaSpec]) -> None:
    if not specs:
        raise ComposeError("give at least one specification.")
    actions: dict[str, list[str]] = {}
    for action, role in training.actions.items():
        actions.setdefault(role.agent, []).append(action)
    missing = [agent for agent in actions if agent not in specs]
    if missing and any(agent in actions for agent in specs):
        named = ", ".join(actions[missing[0]])
        raise ComposeError(f"nothing says what {missing[0]!r} wants, which decides {named}. Give a specification for "
                           f"each learned algorithm, {{{', '.join(f'{agent!r}: ...' for agent in actions)}}}, or leave "
                           f"{named} out of the process's actions and give a mechanism.")  # fmt: skip


def _check_view(composition: Composition, last: str) -> None:
    """Refuse to lose what one learned algorithm believes: the result has one view, that of the last."""
    training, spec = composition.training, composition.spec
    seen = drafted(training, spec, severed=spec.severed, beliefs=True).model
    if seen == composition.objective_twin:
        return
    why = "beliefs" if spec.beliefs else "aware='none'" if spec.aware == "none" else "succession='same'"
    raise ComposeError(f"{why} makes {spec.agent!r} see another world than it is, but of several learned algorithms "
                       f"the composition shows the world as the last one, {last!r}, sees it. Put {spec.agent!r} last, "
                       "or compose once for each view.")  # fmt: skip
