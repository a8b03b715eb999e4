"""Schema errors in words: what is wrong with a value of a scenario file, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal, get_args, get_origin

from cidmesa.errors import near_miss
from cidmesa.library.file.schema import ScenarioFile
from cidmesa.library.file.source import KEY, Location, Mistake, Source
from cidmesa.library.kinds import Asking, ask_shape
from cidmesa.library.validation import Strict

__all__ = ["in_words", "mistake_of", "resolved"]

_CODE = "CID101"

_BELONGS_ELSEWHERE = {
    ("decision", "prob"): "A decision has no distribution: list its options as states; a rule belongs to a policy",
    ("decision", "value"): "A decision has no mechanism: list its options as states; a rule belongs to a policy",
    ("decision", "table"): "A decision has no mechanism: list its options as states; a rule belongs to a policy",
    ("chance", "agent"): "A chance node has no owner: remove the agent, or make it a decision or utility",
    ("utility", "states"): "A utility has no states: give value or table",
    ("utility", "prob"): "A utility is a number, not a distribution: give value or table",
}

_ROLE = ("theta", "episode", "phase", "otherwise")

_NEEDED = {
    "missing": "is missing",
    "dict_type": "must be a mapping (key: value)",
    "model_type": "must be a mapping (key: value)",
    "model_attributes_type": "must be a mapping (key: value)",
    "tuple_type": "must be a list, such as [a, b]",
    "list_type": "must be a list, such as [a, b]",
    "string_type": "must be text (put quotes round a number that is meant as a name)",
    "string_too_short": "must not be empty",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "too_short": "must not be empty",
    "string_pattern_mismatch": "must be a name of letters, digits, '.', '_' and '-'",
}


def mistake_of(error: dict[str, Any], source: Source) -> Mistake:
    """Return the mistake, with its place, that pydantic's ``error`` reports about the file."""
    location = resolved(error["loc"], source.data)
    where = ".".join(str(step) for step in location if step != KEY) or "the file"
    if error["type"] == "extra_forbidden":
        return Mistake(source.place((*location, KEY)), _CODE, _unknown_key(error["loc"], location, source))
    if error["type"] == "missing":
        text = f"{where} is missing. {_example(error['loc'])}"
        return Mistake(source.place(location[:-1]), _CODE, text)
    return Mistake(source.place(location), _CODE, _sentence(error, where))


def in_words(errors: Iterable[dict[str, Any]], shape: type[Strict]) -> str:
    """Return what pydantic's ``errors`` say of data that should have had this shape, outside of a file."""
    return " ".join(_in_words(error, shape) for error in errors)


def _in_words(error: dict[str, Any], shape: type[Strict]) -> str:
    *above, key = map(str, error["loc"])
    if error["type"] == "extra_forbidden":
        known = list(_keys(_owner(error["loc"], shape) or shape))
        owner = f"{'.'.join(above)} has" if above else "there is"
        return f"{owner} no {key!r}.{near_miss(key, known)} Known: {', '.join(known)}."
    where = ".".join([*above, key])
    return f"{where} is missing." if error["type"] == "missing" else _sentence(error, where)


def resolved(loc: tuple[Any, ...], data: Any) -> Location:
    """Return pydantic's ``loc`` without the names of union members, as a location in the file's data."""
    found: list[Any] = []
    for position, step in enumerate(loc):
        last = position == len(loc) - 1
        if step == KEY and last:
            found.append(step)
        elif _has(data, step):
            found, data = [*found, step], data[step]
        elif last and isinstance(data, dict):
            found.append(step)
    return tuple(found)


def _has(data: Any, step: Any) -> bool:
    if isinstance(data, list):
        return isinstance(step, int) and step < len(data)
    return isinstance(data, dict) and step in data


def _sentence(error: dict[str, Any], where: str) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "value_error":
        return f"{where}: {context['error']}."
    if kind == "literal_error":
        return f"{where} is {error['input']!r}; expected {_one_of(context['expected'], error['input'])}"
    if kind == "union_tag_not_found":
        return f"{where}.kind is missing. Say kind: chance, decision, utility or action."
    if kind == "union_tag_invalid":
        expected = _one_of(context["expected_tags"], context["tag"])
        return f"{where}.kind is {context['tag']!r}; expected {expected}"
    if kind == "too_long":
        return f"{where} has {context['actual_length']} entries; {context['max_length']} are expected."
    return f"{where} {_NEEDED.get(kind, 'is wrong: ' + error['msg'])}."


def _one_of(expected: str, given: object) -> str:
    options = [option.strip().strip("'") for option in expected.replace(" or ", ", ").split(",")]
    return f"{', '.join(options)}.{near_miss(given, options)}"


def _unknown_key(loc: tuple[Any, ...], location: Location, source: Source) -> str:
    key, owner = location[-1], _owner(loc)
    where = ".".join(map(str, location[:-1])) or "the file"
    parent = source.at(location[:-1])
    kind = str(parent.get("kind")) if isinstance(parent, dict) else ""
    if key in _ROLE and kind in ("chance", "decision"):
        may = "Only an action of a learned algorithm can: kind: action."
        return f"{where} is a {kind} node and cannot have {key!r}. {may}"
    if (kind, key) in _BELONGS_ELSEWHERE:
        return f"{where} is a {kind} node and cannot have {key!r}. {_BELONGS_ELSEWHERE[kind, key]}."
    known = list(_keys(owner)) if owner else []
    split = (
        "" if str(key).isidentifier() else " Put quotes round an expression that has commas, or text that has colons."
    )
    return f"{where} has the unknown key {key!r}.{near_miss(key, known)} Known keys: {', '.join(known)}.{split}"


def _example(loc: tuple[Any, ...]) -> str:
    return {
        "cidmesa": "Begin the file with the version of the format, cidmesa: 1",
        "title": "Give the scenario a title in a few words",
        "says": "Say in words what is claimed",
        "expect": "Say which answer is expected, for example expect: true",
        "ask": "Ask a question, for example ask: {ici: {decision: D, node: X}}",
        "scope": "Say scope: episode or scope: updates, or a number; there is no default because it decides everything",
        "theta": "Name the node that holds the parameters",
    }.get(str(loc[-1]), "Add it").rstrip(".") + "."


# --- which shape a location has -----------------------------------------------------------------------------------


def _keys(shape: type[Strict]) -> Iterator[str]:
    for name, field in shape.model_fields.items():
        yield field.alias or name


def _owner(loc: tuple[Any, ...], whole: type[Strict] = ScenarioFile) -> type[Strict] | None:
    """Return the shape of the mapping in which the last step of ``loc`` stands."""
    annotation: Any = whole
    for step in loc[:-1]:
        annotation = _member(annotation, step)
    return next(_shapes(annotation), None)


def _member(annotation: Any, step: Any) -> Any:
    """Return the annotation of the part of ``annotation`` that pydantic calls ``step``."""
    for shape in _shapes(annotation):
        for name, field in shape.model_fields.items():
            if step in (name, field.alias):
                return field.annotation
    tagged = [shape for shape in _shapes(annotation) if _is_tag(shape, step)]
    if tagged:
        return tagged[0]
    return next((get_args(part)[-1] for part in _parts(annotation) if get_origin(part) is dict), annotation)


def _is_tag(shape: type[Strict], step: Any) -> bool:
    kind = shape.model_fields.get("kind")
    return kind is not None and get_origin(kind.annotation) is Literal and step in get_args(kind.annotation)


def _parts(annotation: Any) -> Iterator[Any]:
    """Yield the annotation and, through unions, tuples and Annotated, its members."""
    yield annotation
    if get_origin(annotation) not in (dict, Literal):
        for argument in get_args(annotation):
            if not isinstance(argument, str):
                yield from _parts(argument)


def _shapes(annotation: Any) -> Iterator[type[Strict]]:
    for part in _parts(annotation):
        if isinstance(part, type) and get_origin(part) is None and issubclass(part, Strict):
            yield ask_shape() if part is Asking else part
