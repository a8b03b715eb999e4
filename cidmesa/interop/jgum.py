"""JGUM, pyAgrum's JSON files of Bayesian networks and influence diagrams, read and written."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cidmesa import files
from cidmesa.errors import FormatError
from cidmesa.interop.fast import fast_declaration, fast_states
from cidmesa.interop.part import Part, assembled, one_agent, parts_of
from cidmesa.interop.reading import number, text_of
from cidmesa.interop.writing import decimal, note, plain, restored
from cidmesa.modelling.model import known_model
from cidmesa.structure.build import SINGLE_AGENT

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Number
    from cidmesa.structure.node import Kind

__all__ = ["jgum_parts", "read_jgum", "to_jgum", "write_jgum"]

_KINDS: tuple[tuple[str, Kind], ...] = (("chance", "chance"), ("decision", "decision"), ("utility", "utility"))


def read_jgum(path: str | os.PathLike[str]) -> Model:
    """Return the influence diagram (or Bayesian network) of a pyAgrum file (``.jgum``).

    Raises:
        FormatError: no JGUM, or a broken file; says what is missing.

    """
    return assembled(jgum_parts(text_of(path), str(path)), str(path))


def write_jgum(model: Model, path: str | os.PathLike[str]) -> None:
    """Write a model of one agent as a JGUM file of type ID; pyAgrum and `read_jgum` read it.

    Raises:
        NotApplicable: several agents, decisions that share a rule, or parameters without a value.
        FileError: the file can't be written.

    """
    files.write(path, to_jgum(model).encode())


# --- reading ----------------------------------------------------------------------------------------------------


def jgum_parts(text: str, source: str) -> tuple[Part, ...]:
    """Return the nodes of a JGUM text.

    >>> jgum_parts('{"type": "ID", "chance": ["X{a|b}"], "parents": {"X": []}, "cpt": {"X": [0.25, 0.75]}}', "x.jgum")
    (Part(name='X', kind='chance', states=('a', 'b'), parents=(), numbers=(Fraction(1, 4), Fraction(3, 4)), ...)
    """
    content = json_object(text, source)
    if content.get("type") not in ("ID", "BN"):
        raise FormatError(f"{source}: this is no JGUM: its type is {content.get('type')!r}, not 'ID' or 'BN'.")
    if content["type"] == "BN":
        content = {"chance": content.get("nodes", [])} | content
    kept = content.get("properties", {})
    notes = kept.get("cidmesa", {}) if isinstance(kept, dict) else {}
    known = {str(name): str(text) for name, text in notes.items()} if isinstance(notes, dict) else {}
    return restored(list(_parts(content, source)), known, source)


def _parts(content: dict[str, Any], source: str) -> Iterator[Part]:
    parents = _mapping(content, "parents", source)
    for key, kind in _KINDS:
        tables = {} if kind == "decision" else _mapping(content, "cpt" if kind == "chance" else "reward", source)
        for declared in _list(content.get(key, []), f"{source}: {key}"):
            name, states = fast_states(str(declared), source)
            numbers = _numbers(tables, name, source) if kind != "decision" else ()
            # the first of its parents varies fastest there
            above = tuple(reversed([str(p) for p in _list(parents.get(name, []), f"{source}: parents of {name}")]))
            agent = None if kind == "chance" else SINGLE_AGENT
            yield Part(name, kind, () if kind == "utility" else states, above, numbers, agent)


def _numbers(tables: dict[str, Any], name: str, source: str) -> tuple[Number, ...]:
    if name not in tables:
        raise FormatError(f"{source}: node {name!r} has no table. Is the file cut off?")
    given = _list(tables[name], f"{source}: table of {name}")
    if not all(isinstance(value, Fraction) for value in given):
        raise FormatError(f"{source}: the table of {name!r} has something else than numbers.")
    return tuple(given)


def _mapping(content: dict[str, Any], key: str, source: str) -> dict[str, Any]:
    found = content.get(key, {})
    if not isinstance(found, dict):
        raise FormatError(f"{source}: {key!r} must be an object.")
    return found


def _list(found: object, at: str) -> list[Any]:
    if not isinstance(found, list):
        raise FormatError(f"{at}: a list is needed.")
    return found


def json_object(text: str, source: str) -> dict[str, Any]:
    """Return the JSON object in a text, its numbers as exact Fractions.

    Raises:
        FormatError: no JSON, or no object; names line and column.

    >>> json_object('{"a": 0.1}', "x.json")
    {'a': Fraction(1, 10)}

    """

    def read(digits: str) -> Fraction:
        return number(digits, source)

    try:
        found = json.loads(text, parse_float=read, parse_int=read, parse_constant=read)
    except json.JSONDecodeError as error:
        raise FormatError(f"{source}:{error.lineno}:{error.colno}: this is no JSON: {error.msg}. "
                          "Is the file cut off?") from error  # fmt: skip
    except RecursionError as error:
        raise FormatError(f"{source}: the JSON is nested too deeply.") from error
    if not isinstance(found, dict):
        raise FormatError(f"{source}: a JSON object is needed.")
    return found


# --- writing ----------------------------------------------------------------------------------------------------


def to_jgum(model: Model) -> str:
    """Return a model as JGUM text, see `write_jgum`.

    >>> import cidmesa as cm
    >>> g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> text = to_jgum(cm.model(g, S={0: "1/4", 1: "3/4"}, D=["l", "r"], U="S if D == 'l' else 0"))
    >>> content = json.loads(text)
    >>> content["chance"], content["decision"], content["cpt"], content["reward"]
    (['S[0,1]'], ['D{l|r}'], {'S': [0.25, 0.75]}, {'U': [0, 0, 1, 0]})
    """
    parts = parts_of(known_model(model, "write_jgum"))
    one_agent(parts, "JGUM")
    names, states = plain(parts)
    declared: dict[str, list[str]] = {key: [] for key, _ in _KINDS}
    notes: dict[str, str] = {}
    for part in parts:
        name = names[part.name]
        written = part.states if _readable(part) else tuple(states[part.name].values())
        declared[part.kind].append(f"{name}[1]" if part.kind == "utility" else fast_declaration(name, written))
        if kept := note(part, name, written if part.kind != "utility" else ()):
            notes[name] = kept
    tables = {kind: {names[part.name]: [json.loads(decimal(n)) for n in part.numbers] for part in parts
                     if part.kind == kind} for kind in ("chance", "utility")}  # fmt: skip
    content = {
        "type": "ID", "GumJsonVersion": "1.0", **declared,
        "parents": {names[part.name]: [names[parent] for parent in reversed(part.parents)] for part in parts},
        "cpt": tables["chance"], "reward": tables["utility"],
        "properties": {"software": "cidmesa"} | ({"cidmesa": notes} if notes else {}),
    }  # fmt: skip
    return json.dumps(content) + "\n"


def _readable(part: Part) -> bool:
    """Return whether the states are whole numbers, or plain words, as they stand."""
    if all(isinstance(state, int) for state in part.states):
        return list(part.states) == sorted(map(int, part.states))
    return all(isinstance(state, str) and state.isidentifier() for state in part.states)
