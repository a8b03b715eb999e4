"""`lab`: a lab in which the decisions of a model are trained from samples only."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.errors import NotApplicable, near_miss, wrong_type
from cidmesa.mesa.compose import compose
from cidmesa.mesa.composition import Composition
from cidmesa.mesa.discover import of_training
from cidmesa.mesa.scores import credited
from cidmesa.mesa.systems import candidates_for, rule_of, system
from cidmesa.mesa.training import TrainingProcess
from cidmesa.modelling.inference import no_menus
from cidmesa.modelling.model import Model, known_model
from cidmesa.modelling.numbers import as_number
from cidmesa.modelling.policy import Rule, policy
from cidmesa.runs.arms import Variant
from cidmesa.runs.lab import Lab
from cidmesa.runs.learners import Learner
from cidmesa.runs.worlds import Bench, values_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from cidmesa.mesa.spec import MesaSpec
    from cidmesa.runs.lab import Train
    from cidmesa.runs.worlds import Credit
    from cidmesa.structure.diagram import CID

__all__ = ["lab"]

_FUNCTIONS = 16  # functions of its parents that are tried as a variable's mechanism, if there are more
_VISITS = 200  # of a context by every run for it to count, where tables are trained


def lab(
    x: Model | Composition | TrainingProcess,
    learner: str | Learner | Train = "reinforce",
    *,
    credit: Credit = "updates",
    spec: MesaSpec | None = None,
    variants: Mapping[str, Sequence[object]] | None = None,
    budget: int | None = None,
    visits: float | None = None,
    cache: str | Path | None = None,
    jobs: int | None = None,
    backend: str = "loky",
    scheduler: str | None = None,
    watch: Callable[[int, int], None] | None = None,
) -> Lab:
    """Return a lab that trains the decisions of a model from samples only.

    Args:
        x: a model; a composition, for its model; or a training process, whose learned algorithm is trained for
            ``spec``, or for the base objective if ``spec`` is left out.
        learner: "reinforce", "q" or "evolution", which train tables, many runs at once; a `Learner`; or a function
            ``train(arm, seed) -> {node: rule}``, called for one run at a time.
        credit: the number of later episodes for which a decision gets credit: "updates" (any number), "episode" (none)
            or a number. Each decision of a model is an episode.
        spec: the mesa-optimizer's specification, of a training process.
        variants: node -> mechanisms to train under, as rules; other nodes have all functions of their parents, or 16
            drawn ones if there are more.
        budget: the number of lives for which a table is trained (2,000).
        visits: how often every run must have met a context for it to count; 200 for tables, 0 for functions.
        cache: a folder that keeps finished runs; none if left out.
        jobs: the number of processes, as for `cidmesa.sweep`.
        backend: "loky", "dask" or "ray".
        scheduler: the address of the cluster's scheduler.
        watch: a function called with the numbers of finished runs and of all runs.

    Raises:
        NotApplicable: the learner or credit is unknown, or the model has no decision.
        ModelError: a variant does not fit.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("D -> X -> U", decisions=["D"], utilities=["U"]), D=["left", "right"], U="X",
    ...              X=lambda D: {1: "7/10", 0: "3/10"} if D == "right" else {1: "3/10", 0: "7/10"})
    >>> mouse = lab(m)
    >>> print(mouse)
    trains D by Learner()
    variants: D (3), X (5), U (4)
    >>> str(mouse.read([mouse.arm()], n=2)[mouse.arm()].taken("D")[:, 0].tolist())
    '[[0, 1, 0], [0, 1, 0]]'

    """
    model, source = _model_of(x, spec)
    if not model.cid.decisions:
        raise NotApplicable("there is nothing to train: the model has no decision.")
    bench, trainer = _bench(model, source, credit), _trainer(learner, budget)
    if visits is None:
        visits = _VISITS if isinstance(trainer, Learner) else 0
    shapes = {node: bench.system.mechanisms[node] for node in model.cid.decisions}
    changed = _variants(bench, model, variants or {})
    how: dict[str, Any] = {"cache": cache, "jobs": jobs, "backend": backend, "scheduler": scheduler, "watch": watch}
    return Lab(bench.system.variables, shapes, changed, trainer, visits, bench, model, source, **how)


def _model_of(x: object, spec: MesaSpec | None) -> tuple[Model, Composition | TrainingProcess | None]:
    if isinstance(x, TrainingProcess):
        if spec is None:
            return of_training(x, "retrain", None), x
        x = compose(x, spec)
    return (x.model, x) if isinstance(x, Composition) else (known_model(x, "lab"), None)


def _trainer(learner: str | Learner | Train, budget: int | None) -> Learner | Train:
    if isinstance(learner, str):
        learner = Learner(learner)  # type: ignore[arg-type]  # checked there
    if not callable(learner) and not isinstance(learner, Learner):
        remedy = "Give 'reinforce', 'q', 'evolution' or a function."
        raise NotApplicable(wrong_type("lab", "a learner", learner, remedy))
    if budget is None:
        return learner
    if not isinstance(learner, Learner):
        raise NotApplicable("budget= is for tables. A training function decides itself how long it trains.")
    return replace(learner, lives=budget, batch=min(learner.batch, budget))


def _bench(model: Model, source: Composition | TrainingProcess | None, credit: Credit) -> Bench:
    no_menus(model, "training", "A learner tries every option in every context.")
    cid = model.cid
    owner = {node: str(cid.agent(node)) for node in (*cid.decisions, *cid.utilities)}
    place = _in_turn(cid, owner) if source is None else dict.fromkeys(cid.decisions, 0) | _episodes(source, owner)
    tied = {node: group[0] for group in model.tied for node in group}
    return Bench(system(model), owner, place, cid.utilities, credit, tied)


def _in_turn(cid: CID, owner: Mapping[str, str]) -> dict[str, int]:
    """Return the number of each decision among its agent's, and of each utility that of the last that leads to it."""
    place = {d: [e for e in cid.decisions if owner[e] == owner[d]].index(d) for d in cid.decisions}
    for utility in cid.utilities:
        above = [place[d] for d in cid.ancestors(utility) if d in place and owner[d] == owner[utility]]
        place |= {utility: max(above)} if above else {}
    return place


def _episodes(source: Composition | TrainingProcess, owner: Mapping[str, str]) -> dict[str, int]:
    """Return the number of the episode of each decision and utility of a training process that has one."""
    training = source.training if isinstance(source, Composition) else source
    number = {episode: place for place, episode in enumerate(training.episodes)}
    placed = {f"D_{action}": number[role.episode] for action, role in training.actions.items()}
    if isinstance(source, Composition):
        placed |= {utility: number[episode] for utility, episode in source.objectives.items()}
    else:
        found = credited(training, training.cid.utilities)
        placed |= {u: max(map(number.__getitem__, episodes)) for u, episodes in found.items() if episodes}
    return {node: place for node, place in placed.items() if node in owner}


def _variants(bench: Bench, model: Model, given: Mapping[str, Sequence[object]]) -> dict[str, tuple[Variant, ...]]:
    rng, nodes = Random(0), bench.system.variables.nodes  # noqa: S311 (a sample, no secret)
    if strange := [node for node in given if node not in nodes]:
        raise NotApplicable(f"variants names {strange[0]!r}, which is not a node.{near_miss(strange[0], nodes)}")
    found = {}
    for node in nodes:
        rule, own = bench.system.mechanisms[node], given.get(node)
        tried = candidates_for(rule, rng, _FUNCTIONS) if own is None else [_as_rule(model, node, each) for each in own]
        if own is not None and node in bench.utilities:
            _check_objectives(node, [rule, *tried])
        found[node] = tuple({variant.key: variant for variant in map(Variant.of, [rule, *tried])}.values())
    return found


def _as_rule(model: Model, node: str, given: object) -> Rule:
    """Return a mechanism of a node, in any form that models accept, as a rule; a utility's options are its values."""
    if isinstance(given, Rule):
        return given
    if model.cid.kind(node) == "decision":
        return policy(model, {node: given})[node]
    changed = model.with_mechanism({node: given})
    states = model.domains.get(node) or sorted(
        set(map(as_number, changed.tables[node].values.ravel().tolist())), key=float
    )
    return rule_of(changed, node, {**model.domains, node: tuple(states)})


def _check_objectives(utility: str, rules: Sequence[Rule]) -> None:
    """Refuse variants of a utility that are all one objective: its scale is nothing that behaviour could show."""
    values = [values_of(rule) for rule in rules]
    plain = {tuple(np.round((v - v.min()) / (np.ptp(v) or 1), 9).tolist()) for v in values}
    if len(plain) == 1:
        raise NotApplicable(
            f"the variants of {utility!r} differ in scale alone: rational behaviour is the same under "
            "all of them. Reverse it, make it constant, or raise one of its values."
        )
