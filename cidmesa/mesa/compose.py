"""`compose`: from the diagram of training to the diagram of the mesa-optimizer, as a pipeline of the rules."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import reduce
from operator import eq
from textwrap import fill
from typing import TYPE_CHECKING, Any, TypeAlias

from cidmesa.errors import CidmesaError, ComposeError, near_miss, wrong_type
from cidmesa.mesa.composition import Composition
from cidmesa.mesa.draft import Draft
from cidmesa.mesa.memory import read_of_numbers
from cidmesa.mesa.rules import RULES
from cidmesa.mesa.spec import MesaSpec
from cidmesa.mesa.training import TrainingProcess
from cidmesa.modelling.model import with_parameters
from cidmesa.modelling.numbers import show

if TYPE_CHECKING:
    from cidmesa.frozen import Recent
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import State

__all__ = ["compose", "drafted"]

Specs: TypeAlias = Mapping["State", MesaSpec]

_ITEM: dict[str, Any] = {"initial_indent": " " * 4, "subsequent_indent": " " * 6, "break_on_hyphens": False}
*_DRAWING, _PRUNE, _RECOLLECT = RULES  # the last two for the diagram alone: they change no law and no value


def compose(training: TrainingProcess, spec: MesaSpec | Mapping[str, MesaSpec] | None = None) -> Composition:
    """Return the mesa-optimizer's model, derived from its training process and the assumptions about it.

    The rules are applied in this order; ``docs/composer.md`` says what each assumes:

    RULES

    The composition holds the mesa-optimizer's own view of the world, and beside it the objective twin: the same
    decisions in the world as it is, without what the optimizer only believes. Several learned algorithms are composed
    in turn, and the result is the last one's view of the world. Several optimizers that are values of the same
    parameters are composed together. The result is deterministic, and every node and link knows the rule that put it
    there (`Composition.provenance`).

    Source: ours; Hubinger et al. 2019 has the notions, in words.

    Args:
        training: the training process, from `training`, a builder or a scenario.
        spec: the assumptions about the mesa-optimizer; for several learned algorithms, a mapping from name to
            specification. Leave it out if the training process holds the specifications of its learners.

    Raises:
        ComposeError: the specification does not fit the process; a learned algorithm has no specification; a learned
            algorithm other than the last sees the world differently from what it is, and this view would be lost.

    >>> import cidmesa as cm
    >>> g = cm.cid("Theta -> A -> R; R -> U_base; A -> Seen", utilities={"base": ["U_base"]})
    >>> m = cm.model(g, Theta={"mesa": 1, "base": 0}, A=cm.uniform("ab"), R="A == 'a'", U_base="R", Seen="A == 'b'")
    >>> t = cm.training(m, actions={"A": cm.learned("Theta")}, learner="mesa", otherwise={"base": "a"})
    >>> c = compose(t, cm.MesaSpec(target="Seen", scope="episode"))
    >>> c.cid.edges
    (('D_A', 'A'), ('A', 'Seen'), ('Seen', 'U_1'))
    >>> c.provenance["D_A"], cm.solve(c.model).plan
    ('R2 promote: A does what D_A says where Theta is mesa', {'D_A': 'b'})

    """
    _check_types(training, spec)
    if training.learners:
        return _composed(training, _by_value(training, spec))
    if spec is None:
        raise ComposeError("say what the mesa-optimizer wants: compose(training, cm.MesaSpec(target=..., scope=...)).")
    if isinstance(spec, MesaSpec):
        known: Recent[Composition] = training.composed
        return known.of((spec,), lambda: _of_like(training, spec) or _of_algorithms(training, {spec.agent: spec}))
    return _of_algorithms(training, spec)


compose.__doc__ = str(compose.__doc__).replace(
    "    RULES\n", "".join(fill(f"* {r}: {r.sentence}", 120, **_ITEM) + "\n" for r in RULES), 1
)


def drafted(training: TrainingProcess, specs: Specs, *, severed: bool = False, believes: bool = False) -> Draft:
    """Return the composition before the last two rules, in the world as it is, or severed, or as believed."""
    start = replace(Draft.of(training, specs), severed=severed, believes=believes)
    return reduce(lambda draft, rule: rule(draft), _DRAWING, start)


def _composed(training: TrainingProcess, specs: Specs) -> Composition:
    first = next(iter(specs.values()))
    subjective = drafted(training, specs, severed=first.severed, believes=True)
    twin = drafted(training, specs) if first.severed or first.beliefs else subjective
    seen = _RECOLLECT(_PRUNE(subjective))
    return Composition(
        training,
        dict(specs),
        seen.model,
        subjective.model,
        twin.model,
        seen.decisions,
        seen.objectives,
        seen.provenance(),
    )


def _check_types(training: object, spec: object) -> None:
    if not isinstance(training, TrainingProcess):
        remedy = "Make one by cm.training(model, actions=..., learner=...); of a scenario pass .training."
        raise ComposeError(wrong_type("compose", "a training process", training, remedy))
    for one in spec.values() if isinstance(spec, Mapping) else [spec]:
        if not isinstance(one, MesaSpec) and one is not None:
            remedy = "Make one by cm.MesaSpec(target=..., scope=...)."
            raise ComposeError(wrong_type("compose", "a specification", one, remedy))


# --- other values of parameters -----------------------------------------------------------------------------------


def _of_like(training: TrainingProcess, spec: MesaSpec) -> Composition | None:
    """Return the composition of a process that differs in parameter values, with this one's numbers.

    ``None`` where the rules might draw another diagram (`read_of_numbers`), or the like cannot be composed.
    """
    like, base = training.like, training.base_agent
    if like is None or (base in like.cid.agents and like.cid.decisions_of(base) and like.base_policy != "rational"):
        return None
    with suppress(CidmesaError):  # whoever composes anew says what is wrong
        drafts = (Draft.of(process, {process.learner: spec}) for process in (like, training))
        known = compose(like, spec)
        models = {id(model): model for model in (known.model, known.view, known.objective_twin)}
        if all(map(eq, *map(read_of_numbers, drafts))) and all(_steady(model, like) for model in models.values()):
            made = {key: with_parameters(model, training.model.parameters) for key, model in models.items()}
            model, view, twin = (made[id(one)] for one in (known.model, known.view, known.objective_twin))
            return replace(known, training=training, model=model, view=view, objective_twin=twin)
    return None


def _steady(model: Model, like: TrainingProcess) -> bool:
    """Return whether no states that composing found in the numbers of a mechanism can become others."""
    new = (node for node in model.domains if node not in like.model.domains and node in model.mechanisms)
    return not any(model.parameters.keys() & model.mechanisms[node].names for node in new)


# --- several optimizers -------------------------------------------------------------------------------------------


def _by_value(training: TrainingProcess, spec: MesaSpec | Mapping[str, MesaSpec] | None) -> Specs:
    """Return the specification of each optimizer, those given in place of the process's own."""
    own = training.learners
    if isinstance(spec, MesaSpec):
        raise ComposeError(
            f"the process has the optimizers {', '.join(map(show, own))}, each with its specification. Leave the "
            "specification out, or give one by value, {value: cm.MesaSpec(...)}."
        )
    for value in spec or {}:
        if value not in own:
            shown = list(map(show, own))
            raise ComposeError(
                f"{value!r} is not an optimizer.{near_miss(value, shown)} Optimizers: {', '.join(shown)}."
            )
    specs: Specs = dict(own) | dict(spec or {})
    if len({(repr(dict(one.beliefs)), one.severed, one.agent) for one in specs.values()}) > 1:
        raise ComposeError(
            "several optimizers share one view of the world and one name. Give all of them the same beliefs and the "
            "same agent, and give none of them succession='same' or aware='none'."
        )
    if len(specs) > 1 and any(one.severed for one in specs.values()):
        raise ComposeError(
            "an optimizer that believes its parameters cannot change ignores all others. With several, leave out "
            "succession='same' and aware='none'."
        )
    return specs


# --- several learned algorithms -----------------------------------------------------------------------------------


def _of_algorithms(training: TrainingProcess, specs: Mapping[str, MesaSpec]) -> Composition:
    _check_all_specified(training, specs)
    return _iterated(training, specs)


def _iterated(training: TrainingProcess, specs: Mapping[str, MesaSpec]) -> Composition:
    """Compose one learned algorithm after the other; what is composed is training for the next."""
    (agent, spec), *rest = specs.items()
    composition = _composed(training, {training.learner: replace(spec, agent=agent)})
    if not rest:
        return composition
    left = {action: role for action, role in training.actions.items() if action not in composition.decisions}
    if not left:
        raise ComposeError(f"no action is left for {rest[0][0]!r}. Leave it out, or mark one of its actions.")
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
        raise ComposeError(
            f"nothing says what {missing[0]!r} wants, which decides {named}. Give a specification for each learned "
            f"algorithm, {{{', '.join(f'{agent!r}: ...' for agent in actions)}}}, or leave {named} out of the "
            "process's actions and give a mechanism."
        )


def _check_view(composition: Composition, last: str) -> None:
    """Refuse to lose what one learned algorithm believes: the result has one view, that of the last."""
    spec = composition.spec
    if composition.view == composition.objective_twin:
        return
    why = "beliefs" if spec.beliefs else "aware='none'" if spec.aware == "none" else "succession='same'"
    raise ComposeError(
        f"{why} makes {spec.agent!r} see a world that is not the real one, but the composition of several learned "
        f"algorithms shows the world as the last one, {last!r}, sees it. Put {spec.agent!r} last, or "
        "compose once for each view."
    )
