"""Reading YAML 1.2: plain data with exact numbers, the place of every value, and nothing that a file could abuse."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError, YAMLStreamError

from cidmesa.errors import ScenarioError, flaw, normal

__all__ = ["KEY", "Location", "Mistake", "Place", "Source", "error_of", "read"]

Location: TypeAlias = tuple[Any, ...]  # the keys and positions that lead to a value: ("nodes", "A1", "parents", 0)
KEY = "[key]"  # after a location: the place of the key itself

MAX_BYTES = 256_000
MAX_DEPTH = 16
MAX_DIGITS = 1_000
MAX_EXPONENT = 308


class Place(NamedTuple):
    """Line and column in a file, from 1; ``inside`` is the column where the text of a one-line scalar begins, or 0."""

    line: int = 1
    column: int = 1
    inside: int = 0


class Mistake(NamedTuple):
    """One thing that is wrong in a file: where, its stable code, what it is and what to do."""

    place: Place
    code: str
    text: str

    def line_of(self, path: str) -> str:
        """Return ``path:line:col: CODE text``."""
        return f"{path}:{self.place.line}:{self.place.column}: {self.code} {self.text}"


def error_of(path: str, mistakes: Iterable[Mistake]) -> ScenarioError:
    """Return the error whose message has one line for each mistake, in the order of the file."""
    return ScenarioError("\n".join(mistake.line_of(path) for mistake in sorted(set(mistakes))))


@dataclass(frozen=True, eq=False)
class Source:
    """A file as plain data (dict, list, text, int, Fraction, bool, None) with the place of each value."""

    path: str
    data: Any
    places: Mapping[Location, Place]

    def place(self, location: Location) -> Place:
        """Return the place of the value at ``location``, or of what is nearest to it from above."""
        while location and location not in self.places:
            location = location[:-1]
        return self.places.get(location, Place())

    def places_of_text(self, location: Location, text: str) -> Iterator[Place]:
        """Yield the places of the scalars below ``location`` that read exactly ``text``."""
        for found, place in self.places.items():
            if found[: len(location)] == location and found[-1:] != (KEY,) and self.at(found) == text:
                yield place

    def at(self, location: Location) -> Any:
        """Return the value at ``location``."""
        value = self.data
        for step in location:
            value = value[step]
        return value


def read(text: str | bytes, path: str) -> Source:
    """Return the one YAML document in ``text``.

    Refused, with code and place: what is not YAML (CID001), a key twice (CID002), anchors, aliases and tags (CID003), a
    file that is too long or too deep (CID004), numbers out of range (CID005), more than one document (CID006),
    control characters and the like (CID007).

    Raises:
        ScenarioError: one line for each mistake.

    >>> read("p: 0.1", "example").data
    {'p': Fraction(1, 10)}
    """
    if len(text) > MAX_BYTES:
        size = f"the file has {len(text)} bytes; {MAX_BYTES} are allowed. Split it into several scenarios."
        raise error_of(path, [Mistake(Place(), "CID004", size)])
    reader = _by_libyaml(text) or _by_ruamel(text)
    if reader.mistakes:
        raise error_of(path, reader.mistakes)
    return Source(path, reader.data, reader.places)


_APART = re.compile(
    r"[^\n -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]|^%|[|>][-+\d]*#", re.MULTILINE
)
"""What the parsers may read differently: line ends other than LF, tabs, byte order marks, directives, `|#`."""


def _by_libyaml(text: str | bytes) -> _Reader | None:
    """Return what PyYAML's parser in C reads; ``None`` if anything is wrong, or might be read in another way."""
    if find_spec("yaml") is None:
        return None
    reader, yaml = _Reader(), import_module("yaml")
    try:
        known = text if isinstance(text, str) else text.decode()
        if not hasattr(yaml, "CSafeLoader") or _APART.search(known):
            return None
        reader.documents(yaml.parse(known, yaml.CSafeLoader))
    except (yaml.YAMLError, UnicodeError, _TooDeepError):
        return None
    return None if reader.mistakes else reader


def _by_ruamel(text: str | bytes) -> _Reader:
    """Return what ruamel.yaml's parser, which is slower and finds more of what is wrong, reads."""
    reader = _Reader()
    try:
        reader.documents(YAML(typ="safe", pure=True).parse(text if isinstance(text, str) else text.decode("utf-8-sig")))
    except _TooDeepError as error:
        reader.mistakes.append(error.mistake)
    except (YAMLError, YAMLStreamError, UnicodeDecodeError, ValueError) as error:
        reader.mistakes.append(_not_yaml(error))
    return reader


_YAML_HINTS = {
    "\\t": "Indent by spaces, not tabs",
    "mapping values are not allowed": "Put quotes round text with a colon in it, and check the indentation",
}


def _not_yaml(error: Exception) -> Mistake:
    if isinstance(error, UnicodeDecodeError):
        return Mistake(Place(), "CID001", f"the file is not UTF-8 text (byte {error.start}). Save it as UTF-8.")
    mark = (error.problem_mark or error.context_mark) if isinstance(error, MarkedYAMLError) else None
    place = Place(mark.line + 1, mark.column + 1) if mark else Place()
    what = error.problem if isinstance(error, MarkedYAMLError) and error.problem else str(error).splitlines()[0]
    hint = next((hint for part, hint in _YAML_HINTS.items() if part in what), "Check indentation, brackets and quotes")
    return Mistake(place, "CID001", f"this is not YAML: {what}. {hint} near here.")


class _TooDeepError(Exception):
    """The document is nested too deeply; carries the mistake and ends the reading."""

    def __init__(self, mistake: Mistake) -> None:
        super().__init__(mistake)
        self.mistake = mistake


class _Reader:
    """Builds plain data from the parser's events, so that nothing is expanded or constructed on the way."""

    def __init__(self) -> None:
        self.data: Any = None
        self.places: dict[Location, Place] = {}
        self.mistakes: list[Mistake] = []

    def documents(self, events: Iterator[Any]) -> None:
        """Read the one document; a second one is a mistake."""
        seen = 0
        for event in events:
            if _kind(event) == "DocumentStartEvent":
                seen += 1
                if seen > 1:
                    self.wrong(event, "CID006", "a second document begins. Put one scenario into a file.")
                    return
                self.data = self.value(next(events), (), events)

    def wrong(self, event: Any, code: str, text: str) -> None:
        """Note a mistake at the place of an event."""
        self.mistakes.append(Mistake(_place(event), code, text))

    def value(self, event: Any, location: Location, events: Iterator[Any], above: Location = ()) -> Any:
        """Return the value that begins with this event, and remember its place; nothing has the place of ``above``."""
        self.places[location] = _place(event) if _written(event) else self.places.get(above, Place())
        self.check(event, location)
        match _kind(event):
            case "ScalarEvent":
                return self.scalar(event)
            case "SequenceStartEvent":
                return self.sequence(location, events)
            case "MappingStartEvent":
                return self.mapping(location, events)
        return None

    def check(self, event: Any, location: Location) -> None:
        """Note anchors, aliases and tags; end the reading where it is nested too deeply."""
        if len(location) > MAX_DEPTH:
            deep = f"nested more than {MAX_DEPTH} levels deep. A scenario needs fewer brackets."
            raise _TooDeepError(Mistake(_place(event), "CID004", deep))
        if event.anchor is not None:
            self.wrong(
                event,
                "CID003",
                f"anchors and aliases ('{event.anchor}') are not allowed. Write the value out, "
                "or use `variants` for what two models share.",
            )
        elif event.tag not in (None, "!"):
            self.wrong(
                event,
                "CID003",
                f"the tag {event.tag} is not allowed. Write plain text, numbers, lists and mappings only.",
            )

    def sequence(self, location: Location, events: Iterator[Any]) -> list[Any]:
        """Return the list whose items follow."""
        values: list[Any] = []
        for event in _until(events, "SequenceEndEvent"):
            values.append(self.value(event, (*location, len(values)), events, location))
        return values

    def mapping(self, location: Location, events: Iterator[Any]) -> dict[Any, Any]:
        """Return the mapping whose keys and values follow."""
        values: dict[Any, Any] = {}
        for event in _until(events, "MappingEndEvent"):
            key = self.key(event, location, events)
            if key in values:
                first = self.places[*location, key, KEY]
                self.wrong(
                    event,
                    "CID002",
                    f"the key {_shown(key)} stands here for the second time (first in line "
                    f"{first.line}). Remove or rename one of the two.",
                )
            else:
                self.places[*location, key, KEY] = _place(event)
            values[key] = self.value(next(events), (*location, key), events, (*location, key, KEY))
        return values

    def key(self, event: Any, location: Location, events: Iterator[Any]) -> Any:
        """Return the key that this event is; a key twice is a mistake."""
        before = len(self.mistakes)
        key = self.value(event, (*location, KEY), events)
        if _kind(event) == "ScalarEvent" and not isinstance(key, bool | None):
            return key
        if len(self.mistakes) == before:
            self.wrong(event, "CID001", f"{_shown(key)} cannot be a key. Put quotes round it if it is meant as a name.")
        return str(key)

    def scalar(self, event: Any) -> Any:
        """Return the text, number, truth value or nothing that a scalar stands for."""
        if wrong := flaw(event.value, prose=True):
            self.wrong(event, "CID007", f"the text {event.value[:40]!a} cannot stand here: {wrong}")
        if event.style or event.tag is not None:
            return normal(event.value)
        try:
            return _resolved(event.value)
        except ValueError as error:
            self.wrong(event, "CID005", str(error))
            return None


def _until(events: Iterator[Any], end: str) -> Iterator[Any]:
    for event in events:
        if _kind(event) == end:
            return
        yield event


def _kind(event: Any) -> str:
    return type(event).__name__  # the same in both packages


def _written(event: Any) -> bool:
    return _kind(event) != "ScalarEvent" or bool(event.value or event.style)


def _place(event: Any) -> Place:
    start, end = event.start_mark, event.end_mark
    quoted = getattr(event, "style", None) in ("'", '"')
    inside = start.column + 1 + quoted if start.line == end.line else 0
    return Place(start.line + 1, start.column + 1, inside)


def _shown(key: object) -> str:
    return repr(key if isinstance(key, str) else str(key))


# --- plain scalars: the core schema of YAML 1.2, with exact numbers ------------------------------------------------

_MEANINGS = {"null": None, "true": True, "false": False}
_WORDS = {"": None, "~": None} | {
    word: meant for name, meant in _MEANINGS.items() for word in (name, name.capitalize(), name.upper())
}
_NUMERIC = "+-.0123456789"  # how numbers begin
_DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE](?P<exponent>[-+]?[0-9]+))?")
_FRACTION = re.compile(r"[-+]?[0-9]+/0*[1-9][0-9]*")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_ENDLESS = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


def _resolved(text: str) -> Any:
    """Return what plain text means; ``0.1`` and ``1/3`` are exact."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMERIC:
        return normal(text)
    if _ENDLESS.fullmatch(text):
        raise ValueError(f"{text} is not a finite number. Give a finite one.")
    decimal = _DECIMAL.fullmatch(text)
    if not (decimal or _FRACTION.fullmatch(text) or _BASED.fullmatch(text)):
        return normal(text)
    exponent = (decimal["exponent"] if decimal else None) or "0"
    if len(text) > MAX_DIGITS or abs(int(exponent)) > MAX_EXPONENT:
        raise ValueError(
            f"the number {text[:20]}... is out of range: at most {MAX_DIGITS} characters and exponents "
            f"up to {MAX_EXPONENT} are allowed."
        )
    value = Fraction(int(text, 0)) if _BASED.fullmatch(text) else Fraction(text)
    return int(value) if value.denominator == 1 else value
