"""What writers of foreign files share: places, identifiers, decimals, the note that restores names and states."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import chain, count
from typing import TYPE_CHECKING, Any, cast

from cidmesa.errors import FormatError
from cidmesa.modelling.numbers import Number, State, as_name, show
from cidmesa.render.layout.layered import layout
from cidmesa.structure.build import SINGLE_AGENT

if TYPE_CHECKING:
    from cidmesa.interop.part import Part
    from cidmesa.modelling.model import Model

__all__ = ["decimal", "identifiers", "note", "places", "plain", "quoted", "restored"]

_NOTE_KEYS = {"name", "states", "agent"}
MAX_NOTE = 100_000
_SIZE = 78.0, 50.0  # room for a node, in points
_MARGIN = 60.0


def identifiers(names: Iterable[str]) -> dict[str, str]:
    """Return an identifier for each name: letters, digits and ``_``, no two alike.

    >>> identifiers(["Theta 1", "Theta_1", "2nd"])
    {'Theta 1': 'Theta_1_2', 'Theta_1': 'Theta_1', '2nd': 'n2nd'}
    """
    wanted = {name: _identifier(name) for name in names}
    taken = {name for name, found in wanted.items() if name == found}
    found = {}
    for name, plain_name in wanted.items():
        found[name] = plain_name if name == plain_name else _unused(plain_name, taken)
        taken.add(found[name])
    return found


def _identifier(name: str) -> str:
    text = re.sub(r"[^A-Za-z0-9_]", "_", name)
    return text if re.match(r"[A-Za-z_]", text) else f"n{text}"


def _unused(name: str, taken: set[str]) -> str:
    return next(found for found in chain([name], (f"{name}_{n}" for n in count(2))) if found not in taken)


def decimal(number: Number) -> str:
    """Return the shortest decimal that means ``number``, or the float nearest to it.

    >>> decimal(Fraction(1, 8)), decimal(Fraction(1, 3)), decimal(2), decimal(0.1)
    ('0.125', '0.3333333333333333', '2', '0.1')
    """
    whole = not isinstance(number, float) and Fraction(number).denominator == 1
    return str(int(number)) if whole else repr(float(number))


def quoted(text: str) -> str:
    r"""Return text between quotation marks, as EFG, NET, BIF and dagitty have it.

    >>> print(quoted('so "called"'))
    "so \"called\""
    """
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def plain(parts: Sequence[Part]) -> tuple[dict[str, str], dict[str, dict[State, str]]]:
    """Return identifiers for the nodes, and for the states of each node."""
    states = {}
    for part in parts:
        texts = [show(state) for state in part.states]
        found = identifiers(dict.fromkeys(texts)) if len(set(texts)) == len(texts) else None
        states[part.name] = {
            state: found[text] if found else f"s{place}"
            for place, (state, text) in enumerate(zip(part.states, texts, strict=True))
        }
    return identifiers(part.name for part in parts), states


def note(part: Part, name: str, states: Sequence[State]) -> str:
    """Return what a reader needs to restore a node that is written under other names, as JSON; empty if nothing."""
    kept: dict[str, Any] = {}
    if part.name != name:
        kept["name"] = part.name
    if tuple(part.states) != tuple(states):
        kept["states"] = [
            state if isinstance(state, str | int | float) else {"exact": str(state)} for state in part.states
        ]
    if part.agent not in (None, SINGLE_AGENT):
        kept["agent"] = part.agent
    return json.dumps(kept) if kept else ""


def restored(parts: Iterable[Part], notes: dict[str, str], source: str) -> tuple[Part, ...]:
    """Return the parts with the names, states and agents that `note` kept.

    Raises:
        FormatError: `note` did not write this note.
    """
    kept = {name: _read(text, name, source) for name, text in notes.items()}
    names = {name: str(found.get("name", name)) for name, found in kept.items()}
    return tuple(_restored(part, kept.get(part.name, {}), names, source) for part in parts)


def _restored(part: Part, kept: dict[str, Any], names: dict[str, str], source: str) -> Part:
    states = tuple(as_name(Fraction(s["exact"]) if isinstance(s, dict) else s) for s in kept.get("states", part.states))
    if len(states) != len(part.states):
        raise FormatError(
            f"{source}: node {part.name!r}: its note lists {len(states)} states, the node has "
            f"{len(part.states)}. Remove the note."
        )
    parents = tuple(names.get(parent, parent) for parent in part.parents)
    return replace(
        part, name=names.get(part.name, part.name), parents=parents, states=states, agent=kept.get("agent", part.agent)
    )


def _read(text: str, name: str, source: str) -> dict[str, Any]:
    found: Any
    try:
        found = json.loads(text, parse_constant=_refuse) if len(text) <= MAX_NOTE else None
    except (ValueError, RecursionError):
        found = None
    fits = isinstance(found, dict) and set(found) <= _NOTE_KEYS and isinstance(found.get("states", []), list)
    texts = [found.get("name", ""), found.get("agent", "")] if fits else [None]
    if not (all(isinstance(text, str) for text in texts) and all(map(_fits, found.get("states", [])))):
        raise FormatError(f"{source}: node {name!r}: the note 'cidmesa' cannot be read. Remove it.")
    return cast("dict[str, Any]", found)


def _refuse(constant: str) -> None:
    raise ValueError(constant)  # NaN and Infinity are no states


def _fits(state: object) -> bool:
    if isinstance(state, dict):
        return list(state) == ["exact"] and bool(re.fullmatch(r"-?\d{1,400}/[1-9]\d{0,399}", str(state["exact"])))
    return isinstance(state, str | int | float)


def places(model: Model) -> dict[str, tuple[float, float]]:
    """Return the centre of each node in points, all positive, x to the right and y downwards.

    >>> import cidmesa as cm
    >>> places(cm.model(cm.cid("D -> U", decisions=["D"], utilities=["U"]), D=[0, 1], U="D"))
    {'D': (60.0, 60.0), 'U': (180.0, 60.0)}
    """
    centres = layout(dict.fromkeys(model.cid.nodes, _SIZE), model.cid.edges).centres
    left = min((x for x, _ in centres.values()), default=0.0)
    top = min((y for _, y in centres.values()), default=0.0)
    return {name: (x - left + _MARGIN, y - top + _MARGIN) for name, (x, y) in centres.items()}
