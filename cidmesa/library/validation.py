"""The shapes of values in a scenario file, and the one door to pydantic."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import cache
from itertools import pairwise
from textwrap import dedent
from typing import Annotated, Any, Literal, NamedTuple, TypeAlias, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    ValidationError,
    WithJsonSchema as Described,
    create_model,
    model_validator,
)
from pydantic_core import core_schema

__all__ = [
    "Arguments",
    "Described",
    "Identifier",
    "MenuRow",
    "Names",
    "Probabilities",
    "Quantity",
    "Range",
    "Row",
    "State",
    "Strict",
    "Text",
    "by_key",
    "called",
    "data_of",
    "empty",
    "json_schema",
    "made_later",
    "made_of",
    "one_of",
    "single_or_list",
    "some",
    "validated",
    "with_options",
]


def _describe(schema: dict[str, Any], shape: type[BaseModel]) -> None:
    """Add the text below each field to its key; pydantic's own way parses every module whenever it is imported."""
    fields = shape.model_fields
    for name, text in ((name, text) for one in reversed(shape.__mro__) for name, text in _texts_below(one).items()):
        if name in fields:
            schema["properties"][fields[name].alias or name]["description"] = text


@cache
def _texts_below(shape: type) -> dict[str, str]:
    """Return the text below each field in the source of a class; none where there is no source."""
    try:
        body = ast.parse(dedent(inspect.getsource(shape))).body[0].body  # type: ignore[attr-defined]  # of a class
    except (OSError, TypeError):  # such as a class that `create_model` made
        return {}
    return {
        field.target.id: inspect.cleandoc(text.value.value)
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str)
    }


class Strict(BaseModel):
    """A mapping with known keys; an unknown key is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, json_schema_extra=_describe)


def _or_true(schema: dict[str, Any], shape: type[BaseModel]) -> None:
    _describe(schema, shape)
    schema["type"] = ["object", "boolean"]


class Arguments(Strict):
    """A mapping with known keys; ``true`` is the empty one."""

    model_config = ConfigDict(json_schema_extra=_or_true)

    @model_validator(mode="before")
    @classmethod
    def _given(cls, value: object) -> object:
        return {} if value is True else value


Shape = TypeVar("Shape", bound=Strict)


def validated(shape: type[Shape], data: object) -> tuple[Shape | None, list[Any]]:
    """Return ``data`` as the shape and no errors, or ``None`` and pydantic's errors, all of them."""
    try:
        return shape.model_validate(data), []
    except ValidationError as error:
        return None, list(error.errors(include_url=False, include_context=True))


def json_schema(shape: type[Strict]) -> dict[str, Any]:
    """Return the JSON Schema of a shape."""
    return shape.model_json_schema(by_alias=True, mode="validation")


def with_options(shape: type[Shape], options: Mapping[str, type[Strict]]) -> type[Shape]:
    """Return the shape with more keys, each of which may be left out, and with the same name and description."""
    fields: dict[str, Any] = {
        name: (option | None, Field(None, description=(option.__doc__ or "").partition("\n")[0]))
        for name, option in options.items()
    }
    return create_model(shape.__name__, __base__=shape, __doc__=shape.__doc__, **fields)


def made_of(name: str, doc: str, keys: Mapping[str, tuple[Any, Any, str]]) -> type[Strict]:
    """Return the shape with these keys: annotation, default (``...``: the key is needed) and description of each."""
    fields: dict[str, Any] = {
        key: (kind, Field(default, description=said)) for key, (kind, default, said) in keys.items()
    }
    return create_model(name, __base__=Strict, __doc__=doc, **fields)


def one_of(words: Sequence[str]) -> Any:
    """Return the shape of one of ``words``."""
    return Literal[tuple(words)]


def made_later(shape: Callable[[], type[Strict]]) -> Any:
    """Return the annotation of a value whose shape is asked for when a value or the schema is read."""
    return _Later(shape)


class _Later(NamedTuple):
    """Pydantic's protocol for a shape that may change between two uses."""

    shape: Callable[[], type[Strict]]

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        return core_schema.no_info_plain_validator_function(lambda value: self.shape().model_validate(value))

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> Any:
        named: Any = {**self.shape().__pydantic_core_schema__, "ref": self.shape().__name__}
        reference = core_schema.definition_reference_schema(named["ref"])
        return handler(core_schema.definitions_schema(reference, [named]))


def data_of(shape: type[Strict]) -> Any:
    """Return the annotation of a mapping that stays plain data and that a shape admits."""

    def checked(value: dict[str, Any]) -> dict[str, Any]:
        shape.model_validate(value)
        return value

    return Annotated[dict[str, Any], AfterValidator(checked), _DescribedAs(shape)]


class _DescribedAs(NamedTuple):
    """Pydantic's protocol for data with the JSON Schema of a shape, which is made when it is asked for."""

    shape: type[Strict]

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> Any:
        return json_schema(self.shape)


def by_key(key: str) -> Any:
    """Return the annotation of a union whose members say by ``key`` which of them is meant."""
    return Field(discriminator=key)


def empty() -> Any:
    """Return the field that is an empty mapping where the file says nothing."""
    return Field(default_factory=dict)


def called(name: str, default: Any = None) -> Any:
    """Return the field that is written ``name`` in files, a word that Python keeps for itself."""
    return Field(default, alias=name)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Fraction) and not isinstance(value, bool)


def _quantity(value: object) -> object:
    if not _is_number(value) and not isinstance(value, str):
        raise ValueError(f"a number or an expression is needed, such as 2, 0.1, 1/3 or 1 - mu, not {_kind(value)}")
    return value


def _state(value: object) -> object:
    if not _is_number(value) and not isinstance(value, str | bool):
        raise ValueError(f"a state is text or a number, not {_kind(value)}")
    return value


def _row(value: list[Any]) -> list[Any]:
    for cell in value[:-1]:
        for state in cell if isinstance(cell, list) else [cell]:
            _state(state)
    outcome = value[-1]
    for state, chance in outcome.items() if isinstance(outcome, dict) else [(outcome, 1)]:
        _state(state)
        _quantity(chance)
    return value


def _kind(value: object) -> str:
    return {dict: "a mapping", list: "a list", bool: "true or false", type(None): "nothing"}.get(type(value), "this")


Text: TypeAlias = Annotated[str, StringConstraints(min_length=1)]
Identifier: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Quantity: TypeAlias = Annotated[
    Any,
    AfterValidator(_quantity),
    Described({"type": ["number", "string"], "description": "a number (exact) or an expression"}),
]
State: TypeAlias = Annotated[Any, AfterValidator(_state), Described({"type": ["string", "number", "boolean"]})]
Names: TypeAlias = tuple[Text, ...]
Range: TypeAlias = tuple[Quantity | None, Quantity | None]


def _rows(then: str) -> Described:
    """Return what the schema says of a row of a table: cells for the parents, and ``then`` the last cell."""
    return Described(
        {
            "type": "array",
            "minItems": 1,
            "description": f"a value (or list of values, or '*') for each parent, then {then}",
        }
    )


Row: TypeAlias = Annotated[
    list[Any],
    Field(min_length=1),
    AfterValidator(_row),
    _rows("the outcome: a state, a number, an expression, {state: probability} or {same: parent}"),
]


def _menu_row(value: list[Any]) -> list[Any]:
    if not isinstance(value[-1], list):
        raise ValueError("the last cell of a decision's row is the list of the options that there are")
    for state in value[-1]:
        _state(state)
    return value


MenuRow: TypeAlias = Annotated[
    list[Any],
    Field(min_length=1),
    AfterValidator(_menu_row),
    _rows("the list of the options there"),
]


def _list_or_mapping(value: object) -> str:
    return "mapping" if isinstance(value, dict) else "list"


Probabilities: TypeAlias = Annotated[
    Annotated[tuple[Quantity, ...], Tag("list")] | Annotated[dict[State, Quantity], Tag("mapping")],
    Discriminator(_list_or_mapping),
]


def _one_or_list(value: object) -> str:
    return "list" if isinstance(value, list) else "one"


def single_or_list(item: Any) -> Any:
    """Return the shape of one ``item`` or a list of them."""
    many = Annotated[tuple[item, ...], Field(min_length=1), Tag("list")]
    return Annotated[Annotated[item, Tag("one")] | many, Discriminator(_one_or_list)]


def some(forms: Mapping[type, Any], otherwise: Any) -> Any:
    """Return a shape that depends on the type of what is given: ``forms`` by Python type, else ``otherwise``."""
    tagged = {form.__name__: Annotated[shape, Tag(form.__name__)] for form, shape in forms.items()}

    def tag(value: object) -> str:
        return type(value).__name__ if type(value).__name__ in tagged else "otherwise"

    union: Any = Annotated[otherwise, Tag("otherwise")]
    for shape in tagged.values():
        union = union | shape
    return Annotated[union, Discriminator(tag)]
