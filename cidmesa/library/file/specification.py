"""Specifications and families of them in scenario files, and the evidence about members."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TypeAlias, get_args, get_type_hints

from pydantic import Field

import cidmesa as cm
from cidmesa.errors import ScenarioError, not_there
from cidmesa.library.file.definitions import belief_of
from cidmesa.library.validation import (
    Names,
    Probabilities,
    Quantity,
    Row,
    State,
    Strict,
    Text,
    empty,
    made_of,
    one_of,
    some,
    validated,
)
from cidmesa.mesa.spec import Beliefs, MesaSpec, Observations, Successors, Target, Weight, choices, doc_of
from cidmesa.modelling.numbers import as_state

if TYPE_CHECKING:
    from cidmesa.mesa.derive.evidence import Item
    from cidmesa.mesa.derive.families import Family
    from cidmesa.modelling.model import Model

__all__ = [
    "SPECIFICATION",
    "AnyTarget",
    "BeliefDef",
    "EvidenceDef",
    "FamilyDef",
    "TargetDef",
    "evidence_of",
    "family_of",
    "read_target",
    "specification_of",
]


class BeliefDef(Strict):
    """The mechanism that the mesa-optimizer believes a node to have."""

    prob: Probabilities | None = None
    """probabilities in the order of states, or state: probability"""
    value: Quantity | None = None
    """the value as an expression over the parents"""
    table: tuple[Row, ...] | None = None
    """rows [value of each parent..., outcome]; the first that matches holds, '*' is any"""


class TargetDef(Strict):
    """The mesa-objective in one episode."""

    parents: Names
    """the nodes that it is about"""
    value: Quantity
    """the mesa-objective as an expression over them"""


OneTarget: TypeAlias = some({dict: TargetDef}, Quantity)  # type: ignore[valid-type]
AnyTarget: TypeAlias = some({dict: dict[State, OneTarget]}, Quantity)  # type: ignore[valid-type]


class Form(NamedTuple):
    """How the values of a type stand in a file, and how they are read for a model."""

    shape: Any
    read: Callable[[Any, Model], Any] = lambda given, _: given


def _target(given: Any, _: Model) -> Any:
    return read_target(given)


def read_target(given: Any) -> Any:
    """Return a target as `MesaSpec` takes it."""
    if isinstance(given, dict):
        return {episode: _one_target(target) for episode, target in given.items()}
    return str(given)


def _one_target(given: TargetDef | Any) -> Any:
    return (given.parents, str(given.value)) if isinstance(given, TargetDef) else str(given)


def _beliefs(given: dict[str, BeliefDef], model: Model) -> Any:
    return {
        node: belief_of(node, belief, model.cid.parents(node), model.domain(node)) for node, belief in given.items()
    }


def _successors(given: dict[Any, Any], model: Model) -> Any:
    return {as_state(value): _target(target, model) for value, target in given.items()}


_FORMS: dict[Any, Form] = {
    Target: Form(AnyTarget, _target),
    Successors | None: Form(dict[State, AnyTarget], _successors),
    Observations: Form(dict[Text, Names]),
    Beliefs: Form(dict[Text, BeliefDef], _beliefs),
    Weight: Form(Quantity, lambda given, _: given if isinstance(given, int) else str(given)),
    str: Form(Text),
}


@cache
def _form(name: str) -> Form:
    """Return the form of a field of `MesaSpec`: that of its type, or one of the words that it knows."""
    hint = get_type_hints(MesaSpec)[name]
    words = one_of(choices()[name]) if name in choices() else None
    if words is None:
        return _FORMS[hint]
    return Form(some({int: Annotated[int, Field(ge=0)]}, words) if int in get_args(hint) else words)


def _shape() -> type[Strict]:
    """Return the shape of a specification: what has no default must be said, what is a mapping may be left out."""
    made: dict[str, tuple[Any, Any, str]] = {}
    for f in fields(MesaSpec):
        shape, needed = _form(f.name).shape, f.default is MISSING and f.default_factory is MISSING
        if needed or (f.name in choices() and f.default is None):
            made[f.name] = (shape, ..., doc_of(f.name))
        elif f.default in (None, MISSING):
            made[f.name] = (shape | None, None, doc_of(f.name))
        else:
            made[f.name] = (shape, f.default, doc_of(f.name))
    return made_of(
        "MesaSpec", "What the mesa-optimizer wants, and under which assumptions its diagram is derived.", made
    )


SPECIFICATION = _shape()


def specification_of(given: Strict, model: Model) -> MesaSpec:
    """Return the specification that a file gives; what it leaves out is as `MesaSpec` has it.

    Raises:
        ComposeError: fields contradict each other.
    """
    said = {name: getattr(given, name) for name in given.model_fields_set}
    return MesaSpec(**{name: _form(name).read(value, model) for name, value in said.items() if value is not None})


Ends: TypeAlias = tuple[Quantity, Quantity]


class FamilyDef(Strict):
    """A family: specifications of the file, or objectives that weigh features by free coefficients, or a mixture."""

    specifications: some({dict: dict[Text, Quantity]}, Names) = ()  # type: ignore[valid-type]
    """names under mesa, evenly or each with its weight"""
    features: dict[Text, AnyTarget] = empty()
    """coefficient: what it weighs, as a target is written"""
    of: Text | None = None
    """with features: the name under mesa whose other assumptions hold"""
    box: some({dict: dict[Text, Ends]}, Ends) | None = None  # type: ignore[valid-type]
    """coefficients evenly between two ends: [lowest, highest] of all, or of each"""
    simplex: bool = False
    """coefficients that are not negative and sum to 1"""
    ball: int | None = None
    """coefficients of norm at most 1: 1 (sum of absolute values) or 2 (root of squares)"""
    mixture: dict[Text, Quantity] = empty()
    """other families of the file with their weights"""


class EvidenceDef(Strict):
    """A piece of evidence, exactly one of these."""

    acted: dict[Text, Any] | None = None
    """action or decision: its observed rule wherever it was in force"""
    history: tuple[tuple[Text, dict[Text, State], State], ...] | None = None
    """observed actions, each [action or decision, {observation: state}, option]"""
    scored: Quantity | None = None
    """the most by which its training score fell short of the best"""
    tested: dict[Text, Any] | None = None
    """a passive test: at, result (pass or alarm), and like, taken_for_real, sensitivity, false_alarm, latent"""
    read: dict[Text, Any] | None = None
    """a tool that reads its class: matrix (class: {result: probability}) and result"""


def family_of(name: str, given: Mapping[str, FamilyDef], specs: Mapping[str, MesaSpec]) -> Family:
    """Return a family of a file.

    Raises:
        ScenarioError: the entry says more than one thing, or names something that does not exist.
        CidmesaError: the definition does not describe a family.

    """
    what = given[name]
    said = [key for key in ("specifications", "features", "mixture") if getattr(what, key)]
    if len(said) != 1:
        raise ScenarioError("a family has exactly one of specifications, features and mixture.")
    if what.mixture:
        for part in what.mixture:
            _check(part, [other for other in given if other != name], "family", "Families")
        return cm.families.mixture([(weight, family_of(part, given, specs)) for part, weight in what.mixture.items()])
    if what.specifications:
        for spec in what.specifications:
            _check(spec, specs, "specification", "Specifications")
        named = {spec: specs[spec] for spec in what.specifications}
        weights = dict(what.specifications) if isinstance(what.specifications, dict) else "even"
        return cm.families.specifications(named, prior=weights)
    return _objectives(what, specs)


def _objectives(what: FamilyDef, specs: Mapping[str, MesaSpec]) -> Family:
    if what.of is None:
        raise ScenarioError("features need the key of: a name under mesa, for all other assumptions.")
    _check(what.of, specs, "specification", "Specifications")
    shapes = [key for key in ("box", "simplex", "ball") if getattr(what, key)]
    if len(shapes) != 1:
        raise ScenarioError("features need exactly one of box, simplex and ball, the set of the coefficients.")
    if what.box:
        coefficients: Any = cm.families.box(**what.box) if isinstance(what.box, dict) else cm.families.box(*what.box)
    else:
        coefficients = cm.families.simplex() if what.simplex else cm.families.ball(what.ball or 0)
    features = {name: read_target(feature) for name, feature in what.features.items()}
    return cm.families.objectives(features, coefficients, specs[what.of])


def _check(name: str, known: Any, what: str, listed: str) -> None:
    if name not in known:
        raise ScenarioError(not_there(f"there is no {what} {name!r}", name, known, listed))


def evidence_of(given: Iterable[object]) -> list[Item]:
    """Return pieces of evidence of a file.

    Raises:
        ScenarioError: an item describes nothing or several things, or lacks an argument.
        CidmesaError: an item does not describe evidence.

    """
    found: list[Item] = []
    for data in given:
        item, errors = validated(EvidenceDef, data)
        if item is None:
            raise ScenarioError(f"evidence {data}: {errors[0]['msg']}.")
        said = {name: getattr(item, name) for name in item.model_fields_set if getattr(item, name) is not None}
        if len(said) != 1:
            raise ScenarioError("a piece of evidence is exactly one of acted, history, scored, tested and read.")
        ((kind, arguments),) = said.items()
        make = getattr(cm.evidence, kind)
        try:
            found.append(make(**arguments) if kind in ("tested", "read") else make(arguments))
        except TypeError as error:
            raise ScenarioError(f"{kind}: {error}".replace(f"{kind}() ", "")) from error
    return found
