"""`verdicts`: the answer to a question for each combination of assumptions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from cidmesa.display import Tells, html_mark, html_table
from cidmesa.errors import CidmesaError, ComposeError, NotApplicable, TooLarge, near_miss
from cidmesa.frozen import Frozen, key_of
from cidmesa.mesa.case.argument import Result, result_of
from cidmesa.mesa.case.results import of_members
from cidmesa.mesa.derive.member import Judging, claim_named
from cidmesa.mesa.spec import MesaSpec, choices
from cidmesa.modelling.numbers import show
from cidmesa.symbolic.condition import Condition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cidmesa.mesa.derive.member import Member
    from cidmesa.mesa.training import TrainingProcess

__all__ = ["MAX_CELLS", "Cell", "Truth", "VerdictTable", "verdicts"]

Truth: TypeAlias = Literal["true", "false", "unknown", "contradictory"]
Cell: TypeAlias = tuple[str, ...]
Change: TypeAlias = Mapping[str, object]
Toggle: TypeAlias = "Sequence[object] | Mapping[str, Change] | Condition"

MAX_CELLS = 20_000
MAX_KEPT = 100  # members, processes and specifications, for other questions about the same cells
HOLDS: dict[Truth, bool] = {"true": True, "false": False}
MARKS: dict[Truth, str] = {"true": "yes", "false": "no", "unknown": "?", "contradictory": "-"}


@dataclass(frozen=True, repr=False)
class VerdictTable(Frozen, Tells):
    """The answer to a question in each cell; a cell is a value for every toggle.

    ``answers``: "true", "false", "unknown" (there is no exact answer, it is too large, or rational plans differ) or
    "contradictory" (the assumptions cannot hold together). ``changes``: toggle -> value -> what it sets. ``fixed``:
    what all cells share. ``reasons``: why a cell is unknown or contradictory. ``results``: cell -> the certificate on
    which its answer rests. ``regions``: the conditions of toggles that are conditions. Build it with `verdicts`.
    Source: ours.

    >>> VerdictTable("deceptive", {"mu": ("1", "0")}, {("1",): "true", ("0",): "false"}, {}, {}).cells("true")
    (('1',),)
    """

    question: str
    toggles: Mapping[str, tuple[str, ...]]
    answers: Mapping[Cell, Truth]
    fixed: Mapping[str, str]
    reasons: Mapping[Cell, str]
    changes: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)
    results: Mapping[Cell, Result] = field(default_factory=dict)
    regions: Mapping[str, Result] = field(default_factory=dict)

    def cells(self, answer: Truth) -> tuple[Cell, ...]:
        """Return the cells with this answer."""
        return tuple(cell for cell, found in self.answers.items() if found == answer)

    def contrary(self) -> VerdictTable:
        """Return the table of the opposite question."""
        turned: dict[Truth, Truth] = {"true": "false", "false": "true"}
        answers = {cell: turned.get(answer, answer) for cell, answer in self.answers.items()}
        results = {
            cell: replace(found, holds=None if found.holds is None else not found.holds)
            for cell, found in self.results.items()
        }
        return replace(self, question=f"not {self.question}", answers=answers, results=results)

    def to_json(self) -> dict[str, Any]:
        """Return question, toggles and cells as plain data."""
        cells = [{"cell": dict(zip(self.toggles, cell, strict=True)), "answer": a} for cell, a in self.answers.items()]
        return {
            "question": self.question,
            "toggles": {n: list(v) for n, v in self.toggles.items()},
            "fixed": dict(self.fixed),
            "cells": cells,
        }

    def to_text(self) -> str:
        """Return the number of cells with each answer, and the toggles."""
        counts = ", ".join(f"{len(found)} {answer}" for answer in MARKS if (found := self.cells(answer)))
        lines = [f"{name}: {' | '.join(values)}" for name, values in self.toggles.items()]
        return "\n".join([f"{self.question}: {counts}", *lines])

    def to_html(self) -> str:
        """Return a table with a row for each cell."""
        rows = [[*cell, html_mark(MARKS[answer], self.reasons.get(cell, ""))] for cell, answer in self.answers.items()]
        return html_table([*self.toggles, self.question], rows, "l" * (len(self.toggles) + 1))


def verdicts(
    training: TrainingProcess,
    spec: MesaSpec,
    toggles: Mapping[str, Toggle],
    question: str | Callable[[Member], object] = "deceptive",
) -> VerdictTable:
    """Return the answer to a question for each combination of assumptions; each is one composition.

    Source: ours.

    Args:
        training: the training process.
        spec: the specification that toggles change.
        toggles: a field of the specification, or a parameter of the process -> its values; any other name -> what each
            of its values changes, ``{value: {field or parameter: ...}}``; or a `Condition` on parameters, whose values
            are that it holds and that it does not.
        question: "deceptive" (unknown if the degree is weak), "harmless" (no plan defects outside training) or any
            other claim of `Derivation.probability`: yes if it is true of all behaviours, no if of none, otherwise
            unknown.

    Raises:
        NotApplicable: there is no toggle, or a name is unknown.
        TooLarge: more than 20,000 cells.

    >>> import cidmesa as cm
    >>> toggles = {"scope": ["updates", "episode"], "mu": ["1", "1/4"]}
    >>> table = verdicts(cm.builders.episodes(1, 2), cm.MesaSpec("A == 'b'", "updates"), toggles)
    >>> table.answers
    {('updates', '1'): 'true', ('updates', '1/4'): 'false', ('episode', '1'): 'false', ('episode', '1/4'): 'false'}

    """
    changes = {name: _changes(name, toggle, training) for name, toggle in toggles.items()}
    if not changes:
        raise NotApplicable("verdicts need a toggle, such as {'scope': ['updates', 'episode']}.")
    size = prod(map(len, changes.values()))
    if size > MAX_CELLS:
        raise TooLarge(f"{size} cells are more than {MAX_CELLS}. Use fewer toggles or values.")
    answers: dict[Cell, Truth] = {}
    reasons: dict[Cell, str] = {}
    results: dict[Cell, Result] = {}
    for cell in product(*changes.values()):
        at = dict(zip(changes, cell, strict=True))
        answers[cell], reason, members = _answer(training, spec, [changes[n][v] for n, v in at.items()], question)
        reasons |= {cell: reason} if reason else {}
        results |= {cell: of_members(at, members, HOLDS.get(answers[cell]))} if members else {}
    values = {name: tuple(found) for name, found in changes.items()}
    text = question if isinstance(question, str) else question.__name__.replace("<lambda>", "the claim")
    set_to = {
        toggle: {value: {name: show(x) for name, x in change.items()} for value, change in given.items()}
        for toggle, given in changes.items()
    }
    regions = {name: result_of(toggle) for name, toggle in toggles.items() if isinstance(toggle, Condition)}
    fixed = _fixed(training, spec, changes)
    return VerdictTable(text, values, answers, fixed, reasons, set_to, results, regions)


def _changes(name: str, toggle: Toggle, training: TrainingProcess) -> dict[str, Change]:
    """Return for each value of a toggle what it changes."""
    if isinstance(toggle, Condition):
        return dict(_sides(toggle))
    known = [*(f.name for f in fields(MesaSpec)), *training.model.parameters]
    if isinstance(toggle, Mapping):
        for name in (name for change in toggle.values() for name in change):
            _check(name, known)
        return {value: dict(change) for value, change in toggle.items()}
    _check(name, known)
    words = choices().get(name)
    for value in toggle:
        if words and value not in words:
            raise NotApplicable(f"{name}={value!r} is not known.{near_miss(value, words)} Known: {', '.join(words)}.")
    return {value if isinstance(value, str) else show(value): {name: value} for value in toggle}


def _check(name: str, known: Sequence[str]) -> None:
    if name not in known:
        raise NotApplicable(
            f"{name!r} is neither a field of the specification nor a parameter of the process.{near_miss(name, known)}"
        )


def _sides(condition: Condition) -> Iterator[tuple[str, Change]]:
    """Yield a point where a condition holds, and one where it does not."""
    for holds in (True, False):
        pieces = [piece for piece in condition.pieces if piece.holds is holds and piece.point.rational]
        if not pieces:
            raise NotApplicable(f"the condition {condition} is {'never' if holds else 'always'} met: it cannot vary.")
        best = next((piece for piece in pieces if piece.open), pieces[0])
        yield str(condition) if holds else f"not ({condition})", best.point.values()


def _answer(
    training: TrainingProcess, spec: MesaSpec, edits: Sequence[Change], question: str | Callable[[Member], object]
) -> tuple[Truth, str, tuple[Member, ...]]:
    try:
        members = _members(training, spec, edits)
        members = members if isinstance(question, str) else tuple(member.asked([question]) for member in members)
    except ComposeError as error:
        return "contradictory", str(error), ()
    except CidmesaError as error:
        return "unknown", str(error), ()
    if question == "deceptive" and members[0].degree == "weak":
        return "unknown", "of several optimal plans some deceive", members
    found = {bool(claim_named(question)(member)) for member in members}
    if len(found) > 1:
        return "unknown", "optimal plans differ", members
    return ("true" if found.pop() else "false"), "", members


def _members(training: TrainingProcess, spec: MesaSpec, edits: Sequence[Change]) -> tuple[Member, ...]:
    """Return the members of a cell; processes, specifications and members are the same for the same edits."""
    given, changes = training.model.parameters, {n: x for edit in edits for n, x in edit.items()}
    parameters = {n: x for n, x in changes.items() if n in given and not _same(given[n].at(x).value, given[n].value)}
    changed: dict[str, Any] = {n: x for n, x in changes.items() if n not in given and not _same(x, getattr(spec, n))}
    known: dict[Any, Any] = training.judged.of((spec, Judging), dict)

    def once(what: object, make: Callable[[], Any]) -> Any:
        key = key_of(what)
        try:
            hash(key)
        except TypeError:
            return make()  # something that cannot be told from its like
        found = known[key] if key in known else make()
        if len(known) < MAX_KEPT:
            known[key] = found
        return found

    def made() -> tuple[Member, ...]:
        process = once(("process", parameters), lambda: training.with_model(training.model.substitute(parameters)))
        asked = once(("spec", changed), lambda: replace(spec, **changed))
        return Judging().members("", process if parameters else training, asked if changed else spec)

    found: tuple[Member, ...] = once(edits, made)
    return found


def _same(one: object, other: object) -> bool:
    plain = isinstance(one, str | int | Fraction) and type(one) is type(other)  # others may not be compared: arrays
    return one is other or (plain and one == other)


def _fixed(training: TrainingProcess, spec: MesaSpec, changes: Mapping[str, Mapping[str, Change]]) -> dict[str, str]:
    """Return the assumptions that no toggle changes."""
    changed = {name for values in changes.values() for change in values.values() for name in change}
    fixed = {name: str(getattr(spec, name)) for name in choices() if name not in changed}
    numbers = {
        n: show(p.value) for n, p in training.model.parameters.items() if p.value is not None and n not in changed
    }
    return fixed | numbers
