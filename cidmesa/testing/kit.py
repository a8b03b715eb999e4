"""`check_model`, `check_builder`, `check_rule`: the laws, run; what breaks one comes as a value."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from numbers import Real
from random import Random
from typing import TYPE_CHECKING, Any

from cidmesa.errors import CidmesaError
from cidmesa.mesa.compose import compose
from cidmesa.mesa.spec import MesaSpec
from cidmesa.testing.analyses import ANALYSES, Amount, Analysis, At, Named
from cidmesa.testing.changes import CHANGES, Change

if TYPE_CHECKING:
    from cidmesa.mesa.compose import Draft
    from cidmesa.mesa.training import TrainingProcess
    from cidmesa.modelling.model import Model

__all__ = ["Finding", "check_builder", "check_model", "check_rule"]

CLOSE = 1e-7  # of amounts in floats


@dataclass(frozen=True)
class Finding:
    """A law that is broken: which, where, and what was found instead.

    >>> print(Finding("splitting a utility leaves the optimal value", "value", 1, 2))
    splitting a utility leaves the optimal value: at value, 1 became 2
    """

    law: str
    where: Any
    before: Any
    after: Any

    def __str__(self) -> str:
        return f"{self.law}: at {self.where}, {self.before} became {self.after}"


def check_model(
    model: Model,
    *,
    seed: int = 0,
    analyses: Iterable[Analysis] = ANALYSES,
    changes: Mapping[str, Callable[[Model, Random], Change]] = CHANGES,
) -> tuple[Finding, ...]:
    """Return where the answers about a model depend on what they must not depend on, and where it is no value.

    Each analysis is asked of the model and of each change of it: other names, orders of options, of parents and of
    nodes, a utility split, a node that leads nowhere, utilities in other units and from another zero. Nothing found
    means that all laws hold for this model and this ``seed``.

    Raises:
        NotApplicable: decisions share a rule, or a parameter has no value.

    >>> import cidmesa as cm
    >>> g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, S={0: "1/3", 1: "2/3"}, D=[0, 1], U="S == D")
    >>> check_model(m)
    ()
    >>> odd = Analysis("first name", lambda m: [("first", m.cid.nodes[0])])
    >>> check_model(m, analyses=[odd])[0].law
    'renamed leaves the first name'

    """
    found = [*_values(model, "a model")]
    asked = list(analyses)
    before = {analysis.name: analysis.of(model) for analysis in asked}
    for name, change in changes.items():
        changed = change(model, Random(f"{seed} {name}"))  # noqa: S311 (no secret)
        for analysis in asked:
            law = f"{name} leaves the {analysis.name}"
            found += _compared(law, before[analysis.name], analysis.of(changed.model), changed)
    return tuple(found)


def _compared(law: str, before: Mapping[Any, Any], after: Mapping[Any, Any], change: Change) -> Iterator[Finding]:
    for key, value in before.items():
        if not _names(key) & change.gone:
            there = _moved(key, change)
            wanted, got = _moved(value, change), after.get(there, "nothing")
            if not _same(wanted, got):
                yield Finding(law, there, wanted, got)


def _moved(value: Any, change: Change) -> Any:
    """Return a part of an answer as it must be after a change."""
    if isinstance(value, Named):
        return Named(change.names.get(value.name, value.name))
    if isinstance(value, At):
        state = change.states.get((value.name, value.state), value.state)
        return At(change.names.get(value.name, value.name), state)
    if isinstance(value, Amount):
        shift = 0 if value.gain else change.shift.get(value.agent, 0)
        exact = not isinstance(value.size, float)
        size = value.size * change.scale + shift if exact else value.size * float(change.scale) + float(shift)
        return Amount(size, change.names.get(value.agent, value.agent), value.gain)
    if isinstance(value, frozenset):
        return frozenset(_moved(item, change) for item in value)
    return tuple(_moved(item, change) for item in value) if type(value) is tuple else value


def _names(value: Any) -> set[str]:
    if isinstance(value, Named | At):
        return {value.name}
    return set().union(*map(_names, value)) if isinstance(value, tuple | frozenset) else set()


def _same(wanted: Any, got: Any) -> bool:
    if isinstance(wanted, Amount) and isinstance(got, Amount):
        return wanted.agent == got.agent and _same(wanted.size, got.size)
    if isinstance(wanted, float) and isinstance(got, Real):
        return abs(wanted - float(got)) <= CLOSE * max(1.0, abs(wanted))
    return bool(wanted == got)


# --- values -----------------------------------------------------------------------------------------------------------


def _values(value: Any, what: str) -> Iterator[Finding]:
    """Yield where a value is not what its copies are."""
    copies = {"pickle": pickle.loads(pickle.dumps(value)), "deep copy": copy.deepcopy(value)}  # noqa: S301 (just made)
    for how, copied in copies.items():
        if copied != value:
            yield Finding(f"{what} equals its {how}", type(value).__name__, value, copied)


def check_builder(build: Callable[..., TrainingProcess], *given: Any, **named: Any) -> tuple[Finding, ...]:
    """Return which laws a builder of training processes breaks when called like this.

    It makes the same process twice, leaves its arguments as they were, and what it makes equals its copies, can be
    composed with a target that counts nothing, and obeys the laws of models (`check_model`).

    >>> import cidmesa as cm
    >>> check_builder(cm.builders.episodes, 2, 1)
    ()

    """
    kept = copy.deepcopy((given, named))
    first, second = build(*given, **named), build(*given, **named)
    found = [] if first == second else [Finding("a builder makes the same process twice", "process", first, second)]
    if (given, named) != kept:
        found.append(Finding("a builder leaves its arguments as they were", "arguments", kept, (given, named)))
    found += _values(first, "a process")
    try:
        compose(first, None if first.learners else MesaSpec(target="0", scope="updates"))
    except CidmesaError as error:
        found.append(Finding("what a builder makes can be composed", "composition", "a composition", str(error)))
    return (*found, *check_model(first.model)) if not first.model.symbolic else tuple(found)


def check_rule(rule: Callable[[Draft], Draft], draft: Draft) -> tuple[Finding, ...]:
    """Return which laws a rule of the composer breaks on a draft.

    It makes the same draft twice, leaves the draft that it is given as it was, and every node that it makes or changes
    has a provenance.

    >>> import cidmesa as cm
    >>> from cidmesa.mesa.compose import drafted
    >>> from cidmesa.mesa.rules import RULES
    >>> t = cm.builders.episodes(2, 1)
    >>> check_rule(RULES[-1], drafted(t, {t.learner: cm.MesaSpec(target="0", scope="updates")}))
    ()

    """
    kept = _said(draft)
    first, second = rule(draft), rule(draft)
    found = []
    if _said(first) != _said(second):
        found.append(Finding("a rule makes the same draft twice", "draft", first, second))
    if _said(draft) != kept:
        found.append(Finding("a rule leaves its draft as it was", "draft", kept, draft))
    specs = {spec.name: spec for spec in draft.model.cid.specs}
    new = [spec.name for spec in first.model.cid.specs if specs.get(spec.name) != spec]
    without = [name for name in new if name not in first.notes]
    found += [Finding("what a rule makes says where it comes from", name, "a provenance", "none") for name in without]
    return tuple(found)


def _said(draft: Draft) -> object:
    """Return what a draft says, apart from how its objectives are held."""
    return draft.model, dict(draft.notes), dict(draft.objectives), dict(draft.decisions), dict(draft.base_rules)
