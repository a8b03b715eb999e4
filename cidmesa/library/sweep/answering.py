"""A question answered at many points, by calculations that hold for whole regions; the journal of what is found."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from threading import local
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from cidmesa.errors import CidmesaError, FileError, NeedsPackage, ScenarioError
from cidmesa.json_lines import JsonLines
from cidmesa.library.claim import Of, as_data, of_data
from cidmesa.library.subject import Subject
from cidmesa.library.sweep.result import cell_text
from cidmesa.modelling.numbers import as_number, show
from cidmesa.modelling.polynomial import Polynomial
from cidmesa.symbolic.lifting import Point
from cidmesa.symbolic.traced import Sign, Trace, Traced, Undecidable

if TYPE_CHECKING:
    from pathlib import Path

    from cidmesa.library.kinds import Kind
    from cidmesa.library.kinds.kind import Answer
    from cidmesa.library.scenario import Scenario
    from cidmesa.library.sweep.points import Setting
    from cidmesa.library.sweep.rows import Cell

__all__ = ["Found", "Job", "Journal", "as_cell", "found_at", "parts_of"]

Tried = TypeVar("Tried")
_Region: TypeAlias = "tuple[tuple[Sign, ...], dict[str, Any]]"
_FREE_RUNS, _HITS_PER_RUN = 4, 4  # a region must answer some points beside its own to be worth tracing


@dataclass(frozen=True)
class Found:
    """The answer at one point, a cell for each part; where there is none, ``error`` says why.

    ``again``: the error is the machine's, not the point's, so that a sweep that is resumed asks again.
    """

    cells: Mapping[str, Cell]
    error: str = ""
    again: bool = False


@dataclass(frozen=True, eq=False)
class Job:
    """A question to be asked of parts of scenarios (by slug and variant); ``id`` is the same for equal jobs."""

    id: str
    parts: Mapping[tuple[str, str], Scenario]
    question: Kind


def found_at(job: Job, settings: Sequence[Setting]) -> list[Found]:
    """Return what is found at each setting; what is learnt is kept for the next call for the same job."""
    if getattr(_KEPT, "id", None) != job.id:
        _KEPT.id, _KEPT.answerers = job.id, {}
    return [_answerer(job, setting).at(dict(setting.values)) for setting in settings]


_KEPT = local()  # of this thread: the answerers of the job that was asked last


def _answerer(job: Job, setting: Setting) -> _Answerer:
    names = tuple(name for name, _ in setting.values)
    key = setting.model, setting.variant, setting.spec, names
    if key not in _KEPT.answerers:
        _KEPT.answerers[key] = _Answerer(job.parts[setting.model, setting.variant], setting.spec or None, job.question)
    answerer: _Answerer = _KEPT.answerers[key]
    return answerer


@dataclass
class _Family:
    """The regions that are known where some parameters have certain values, the last used first."""

    regions: list[_Region] = field(default_factory=list)
    runs: int = 0
    hits: int = 0
    closed: bool = False

    def known(self, point: Point) -> dict[str, Any] | None:
        """Return the parts of the answer in the region of the point, if it is known."""
        for i, (signs, parts) in enumerate(self.regions):
            if all(sign.holds(point) for sign in signs):
                self.hits += 1
                self.regions.insert(0, self.regions.pop(i))
                return parts
        return None

    @property
    def worth_a_run(self) -> bool:
        """Whether another region may be traced: not where most regions answer only one point."""
        return not self.closed and self.runs <= _FREE_RUNS + self.hits // _HITS_PER_RUN


class _Answerer:
    """Answers a question about one scenario with one specification, at any values of its parameters."""

    def __init__(self, scenario: Scenario, spec: Of, question: Kind) -> None:
        self.scenario, self.spec, self.question = replace(scenario, claims=(), variants=()), spec, question
        self.families: dict[tuple[Any, ...], _Family] = {}
        self.followed: dict[str, bool] = {}

    def at(self, values: Mapping[str, Any]) -> Found:
        """Return the answer at a point; an error there, whatever it is, is an answer too."""
        try:
            found = _tried(lambda: self._found(values))
        except MemoryError:
            self.families.clear()  # what is kept may be what fills the memory
            return Found({}, "there is not enough memory for this point on the machine that was asked.", again=True)
        if not isinstance(found, Exception):
            return found
        named = "" if isinstance(found, CidmesaError) else f"{type(found).__name__}: "
        return Found({}, f"{named}{found}", again=isinstance(found, NeedsPackage | ImportError | OSError))

    def _found(self, values: Mapping[str, Any]) -> Found:
        free = {name: Fraction(value) for name, value in values.items() if self._can_follow(name, value)}
        held = {name: value for name, value in values.items() if name not in free}
        parts = self._of_region(free, held) if free else None
        found = parts if parts is not None else self._parts(values)
        return Found({name: as_cell(part, free if parts is not None else {}) for name, part in found.items()})

    def _parts(self, values: Mapping[str, Any]) -> dict[str, Any]:
        subject = Subject(self.scenario.at(**values), self.spec)
        return parts_of(self.question.name, self.question.answer(subject))

    def _of_region(self, free: dict[str, Fraction], held: dict[str, Any]) -> dict[str, Any] | None:
        """Return the parts as they follow from the parameters in the point's region; ``None``: ask at the point."""
        family = self.families.setdefault(tuple(held.items()), _Family())
        point = Point(tuple(free), tuple(free.values()))
        parts = family.known(point)
        if parts is None and family.worth_a_run:
            family.runs += 1
            region = _tried(lambda: self._traced(point, free, held))
            if isinstance(region, Exception):  # the point is then asked by itself, which raises what is to be raised
                family.closed = isinstance(region, Undecidable)
                return None
            family.regions.insert(0, region)
            return region[1]
        return parts

    def _traced(self, point: Point, free: Mapping[str, Fraction], held: dict[str, Any]) -> _Region:
        """Return the region of a point and the parts of the answer there; an error where they cannot be followed."""
        trace = Trace(point)
        parts = self._parts(held | trace.parameters())
        for part in parts.values():
            as_cell(part, free)
        return trace.signs(), parts

    def _can_follow(self, name: str, value: object) -> bool:
        """Return whether tables can be made for all values of a parameter at once (not where it is an exponent)."""
        model = self.scenario.model
        if not isinstance(value, int | Fraction) or model is None or name not in model.parameters:
            return False
        if name not in self.followed:
            try:
                self.scenario.at(**{name: value})
            except CidmesaError:
                return False  # this value will not do; another may
            self.followed[name] = self._follows(name, value)
        return self.followed[name]

    def _follows(self, name: str, value: int | Fraction) -> bool:
        traced = Trace(Point((name,), (Fraction(value),))).parameters()
        return not isinstance(_tried(lambda: self.scenario.at(**traced)), Exception)


def _tried(find: Callable[[], Tried]) -> Tried | Exception:
    """Return what is found, or the error that is raised instead, whatever it is; but memory that runs out is raised.

    A calculation that is refused as too large (a CidmesaError, too) has not used the memory.
    """
    try:
        return find()
    except Exception as error:
        if isinstance(error, MemoryError) and not isinstance(error, CidmesaError):
            raise
        return error


class Journal(JsonLines):
    """The journal of a sweep: each line holds the key of a point and what was found there."""

    @classmethod
    def beside(cls, out: Path, *, resume: bool) -> Journal:
        """Return the journal of the sweep that writes ``out``.

        Raises:
            FileError: the folder of ``out`` is missing.
            ScenarioError: an interrupted sweep left its journal there, and ``resume`` is not set.
        """
        journal = cls(out.with_name(f"{out.name}.journal"))
        if not out.parent.is_dir():
            raise FileError(f"{out}: cannot be written: there is no folder {str(out.parent)!r}. Make it first.")
        if journal.path.exists() and not resume:
            raise ScenarioError(
                f"{journal.path} holds {sum(1 for _ in journal.read())} points of a sweep that was interrupted. "
                "Continue it by resume=True (--resume), or remove the file."
            )
        return journal

    def read(self) -> Iterator[tuple[str, Found]]:
        """Yield what was found, each with the key of its point.

        Raises:
            ScenarioError: a line in the middle cannot be read; the message names it.
        """
        yield from (self._point(number, line) for number, line in enumerate(self.lines(), 1))

    def _point(self, number: int, line: bytes) -> tuple[str, Found]:
        try:
            return _found(json.loads(line))
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise ScenarioError(
                f"{self.path}:{number}: the line is damaged. Remove it, and its point is asked again."
            ) from error

    def add(self, found: Mapping[str, Found]) -> None:
        """Append what was found at some points.

        Raises:
            FileError: the disk is full, or the file cannot be written to; earlier results are kept.
        """
        self.append(_record(key, one) for key, one in found.items())


def _record(key: str, found: Found) -> dict[str, Any]:
    cells = {name: as_data(cell) for name, cell in found.cells.items()}
    again = {"again": True} if found.again else {}
    return {"key": key, "cells": cells, "error": found.error} | again


def _found(record: dict[str, Any]) -> tuple[str, Found]:
    cells = {name: of_data(data) for name, data in record["cells"].items()}
    return record["key"], Found(cells, record["error"], record.get("again", False))


# --- cells -----------------------------------------------------------------------------------------------------------


def parts_of(kind: str, answer: Answer) -> dict[str, Any]:
    """Return the parts of an answer by column: ``kind`` for the answer in a word, ``kind.part`` for its parts.

    >>> from cidmesa.library.kinds.kind import Answer
    >>> parts_of("optimal", Answer({"value": 3, "plan": {"D": "a"}}))
    {'optimal.value': 3, 'optimal.plan.D': 'a'}
    """
    head = {} if answer.short is None else {kind: answer.short}
    return head | dict(_flat(kind, answer.got))


def _flat(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _flat(f"{name}.{show(key)}", item)
    else:
        yield name, value


def as_cell(value: Any, point: Mapping[str, Fraction]) -> Cell:
    """Return a part of an answer as a cell, with traced numbers at their value at ``point``; a list becomes text."""
    if value is None or isinstance(value, str | bool | float):
        return value
    if isinstance(value, int | Fraction):
        return as_number(value)
    if isinstance(value, Traced):
        return as_number(_value(value, point))
    if isinstance(value, list | tuple):
        return ", ".join(cell_text(as_cell(item, point)) for item in value)
    if point:
        raise Undecidable(f"an answer of type {type(value).__name__}")
    return str(value)


def _value(number: Traced, point: Mapping[str, Fraction]) -> Fraction:
    top = Polynomial(number.names, number.element).at(point)
    return top if number.denominator is None else top / Polynomial(number.names, number.denominator).at(point)
