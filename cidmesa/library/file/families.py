"""Families of specifications in a file, and evidence on their members."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import cidmesa as cm
from cidmesa.errors import ScenarioError, not_there
from cidmesa.library.file.specification import AnyTarget, read_target
from cidmesa.library.validation import Names, Quantity, State, Strict, Text, empty, some, validated

if TYPE_CHECKING:
    from cidmesa.mesa.derive.evidence import Item
    from cidmesa.mesa.derive.families import Family
    from cidmesa.mesa.spec import MesaSpec

__all__ = ["EvidenceDef", "FamilyDef", "evidence_of", "family_of"]

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
