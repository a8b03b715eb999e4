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
    each learned algorithm, are composed in turn. Deterministic; every node and link knows the rule that put it there.

    Raises:
        ComposeError: the specification does not fit the process.

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
    if isinstance(spec, Mapping):
        return _iterated(training, spec)
    subjective = prune(drafted(training, spec, severed=spec.severed, beliefs=True))
    twin = drafted(training, spec, severed=False, beliefs=False)
    return Composition(
        training, spec, subjective.model, twin.model, dict(subjective.decisions), subjective.provenance()
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
    if not specs:
        raise ComposeError("give at least one specification.")
    (agent, spec), *rest = specs.items()
    composition = compose(training, replace(spec, agent=agent))
    if not rest:
        return composition
    left = {action: role for action, role in training.actions.items() if action not in composition.decisions}
    if not left:
        raise ComposeError(f"no action is left for {rest[0][0]!r}.")
    return _iterated(replace(training, model=composition.objective_twin, actions=left), dict(rest))
