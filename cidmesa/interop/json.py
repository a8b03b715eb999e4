"""JSON of cidmesa's own: any model, exact, for programs in other languages; read and written."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cidmesa.errors import FormatError
from cidmesa.formats import Format, register, write
from cidmesa.interop.part import Part, assembled, given_model, parts_of
from cidmesa.interop.tokens import number, text_of
from cidmesa.modelling.numbers import Number, State, as_number, as_state

if TYPE_CHECKING:
    import os

    from cidmesa.modelling.model import Model


__all__ = ["json_parts", "read_json", "to_json", "write_json"]

_KINDS = ("chance", "decision", "utility")
_KEYS = {"name", "kind", "agent", "states", "parents", "numbers", "options"}


def read_json(path: str | os.PathLike[str]) -> Model:
    """Return the model of a file that `write_json` wrote.

    Raises:
        FormatError: the JSON is of another kind or broken; the message names the node.
    """
    return assembled(json_parts(text_of(path), str(path)), str(path))


def write_json(model: Model, path: str | os.PathLike[str]) -> None:
    """Write a model as JSON: nodes in order, each with kind, agent, states, parents and one flat row of numbers.

    Numbers that are not whole are text such as ``"1/3"`` where they are exact. The first parent varies slowest, the
    node's own states fastest. Where the options of a decision depend on its context, ``options`` lists those of each.

    Raises:
        NotApplicable: decisions share a rule, or a parameter has no value.
        FileError: the file cannot be written.
    """
    write(path, to_json(model).encode())


def to_json(model: Model) -> str:
    """Return a model as JSON text, see `write_json`.

    >>> import cidmesa as cm
    >>> print(to_json(cm.model(cm.cid("S -> U", utilities=["U"]), S={0: "1/3", 1: "2/3"}, U="S")), end="")
    {"cidmesa-model": 1, "nodes": [
      {"name": "S", "kind": "chance", "states": [0, 1], "parents": [], "numbers": ["1/3", "2/3"]},
      {"name": "U", "kind": "utility", "agent": "agent", "parents": ["S"], "numbers": [0, 1]}
    ]}
    """
    lines = [
        json.dumps(_written(part), ensure_ascii=False)
        for part in parts_of(given_model(model, "write_json"), menus=True)
    ]
    return '{"cidmesa-model": 1, "nodes": [\n  ' + ",\n  ".join(lines) + "\n]}\n"


def _written(part: Part) -> dict[str, Any]:
    found: dict[str, Any] = {"name": part.name, "kind": part.kind}
    found |= {"agent": part.agent} if part.agent else {}
    found |= {"states": [_state(state) for state in part.states]} if part.states else {}
    found["parents"] = list(part.parents)
    found |= {"options": [list(map(_state, options)) for options in part.menu]} if part.menu else {}
    return found | ({} if part.kind == "decision" else {"numbers": [_number(n) for n in part.numbers]})


def _number(value: Number) -> object:
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else str(value)
    return value


def _state(state: State) -> object:
    """Return text as it is and a fraction as an object, so that the text '1/3' stays text."""
    return {"exact": str(state)} if isinstance(state, Fraction) else state


# --- reading ----------------------------------------------------------------------------------------------------


def json_parts(text: str, source: str) -> tuple[Part, ...]:
    """Return the nodes of such a JSON text.

    >>> node = '{"name": "S", "kind": "chance", "states": ["a"], "parents": [], "numbers": [1]}'
    >>> json_parts('{"cidmesa-model": 1, "nodes": [' + node + "]}", "x.json")[0].name
    'S'
    """
    content = _object(text, source)
    if content.get("cidmesa-model") != 1 or not isinstance(content.get("nodes"), list):
        raise FormatError(
            f"{source}: this is not a model of cidmesa: it needs 'cidmesa-model': 1 and a list of 'nodes'."
        )
    return tuple(_part(node, place, source) for place, node in enumerate(content["nodes"], 1))


def _object(text: str, source: str) -> dict[str, Any]:
    """Return the JSON object in a text, its numbers as exact Fractions.

    Raises:
        FormatError: the text is not JSON, or not an object; the message names line and column.
    """

    def read(digits: str) -> Fraction:
        return number(digits, source)

    try:
        found = json.loads(text, parse_float=read, parse_int=read, parse_constant=read)
    except json.JSONDecodeError as error:
        raise FormatError(
            f"{source}:{error.lineno}:{error.colno}: this is not JSON: {error.msg}. Is the file cut off?"
        ) from error
    except RecursionError as error:
        raise FormatError(f"{source}: the JSON is nested too deeply.") from error
    if not isinstance(found, dict):
        raise FormatError(f"{source}: a JSON object is needed.")
    return found


def _part(node: object, place: int, source: str) -> Part:
    at = f"{source}: node {place}"
    if not isinstance(node, dict) or not set(node) <= _KEYS or not {"name", "kind"} <= set(node):
        raise FormatError(f"{at} must be an object with the keys {', '.join(sorted(_KEYS))}.")
    texts = [node["name"], node.get("agent", ""), *_list(node, "parents", at)]
    if node["kind"] not in _KINDS or not all(isinstance(text, str) for text in texts):
        raise FormatError(f"{at}: its kind must be one of {', '.join(_KINDS)}; name, agent and parents must be text.")
    states = tuple(_read_state(state, at) for state in _list(node, "states", at))
    numbers = tuple(_read_number(value, at) for value in _list(node, "numbers", at))
    menu = tuple(tuple(_read_state(state, at) for state in own) for own in _list(node, "options", at))
    return Part(
        node["name"], node["kind"], states, tuple(node.get("parents", ())), numbers, node.get("agent"), menu=menu
    )


def _list(node: dict[str, Any], key: str, at: str) -> list[Any]:
    found = node.get(key, [])
    if not isinstance(found, list):
        raise FormatError(f"{at}: {key} must be a list.")
    if key == "options" and not all(isinstance(own, list) for own in found):
        raise FormatError(f"{at}: options must be a list for each context.")
    return found


def _read_state(state: object, at: str) -> State:
    if isinstance(state, str | bool):
        return state
    return _read_number(state["exact"] if isinstance(state, dict) and list(state) == ["exact"] else state, at)


def _read_number(value: object, at: str) -> Number:
    try:
        if isinstance(value, str) and len(value) <= 2_000:
            return as_number(Fraction(value)) if "/" in value else as_number(Fraction(int(value)))
        if isinstance(value, Fraction):
            return as_number(as_state(value))
    except (ValueError, ZeroDivisionError) as error:
        raise FormatError(f"{at}: {value!r} is not a number such as 2, 0.5 or '1/3'.") from error
    raise FormatError(f"{at}: {value!r} is not a number such as 2, 0.5 or '1/3'.")


register(Format("JSON", (".json",), "model", "cidmesa: any model; exact numbers", read_json, to_json))
