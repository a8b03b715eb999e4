"""The specification of a mesa-optimizer in a file: its shape follows from `MesaSpec`, field by field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TypeAlias, get_args, get_type_hints

from pydantic import Field

from cidmesa.library.file.definitions import belief_of
from cidmesa.library.validation import Names, Probabilities, Quantity, Row, State, Strict, Text, made_of, one_of, some
from cidmesa.mesa.spec import Beliefs, MesaSpec, Observations, Successors, Target, Weight, choices, doc_of
from cidmesa.modelling.numbers import as_state

if TYPE_CHECKING:
    from cidmesa.modelling.model import Model

__all__ = ["SPECIFICATION", "AnyTarget", "BeliefDef", "TargetDef", "read_target", "specification_of"]


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
