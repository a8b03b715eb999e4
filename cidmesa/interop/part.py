"""`Part`: one node as files of other tools have it; models to and from their parts; dynamic networks unrolled."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

import numpy as np

from cidmesa.errors import CidmesaError, FormatError, ModelError, NotApplicable, TooLarge, near_miss
from cidmesa.formats import read_object
from cidmesa.modelling.inference import weights as joint
from cidmesa.modelling.mechanism import Lookup, Tabulated
from cidmesa.modelling.menu import Offers
from cidmesa.modelling.model import Model, assemble, known_model
from cidmesa.modelling.numbers import Number, State, cells, distributions, setting_text, show
from cidmesa.modelling.tabulation import MAX_CELLS, node_settings
from cidmesa.structure.build import SINGLE_AGENT
from cidmesa.structure.diagram import CID, Kind, Node

__all__ = [
    "Part",
    "Plate",
    "RoundedProbabilities",
    "assembled",
    "given_model",
    "parts_of",
    "unrolled",
]

_ROUNDING = 1e-6  # what sums of probabilities may be off without a word
_CARELESS = Fraction(1, 1000)  # what probabilities written with few digits may be off


class RoundedProbabilities(UserWarning):
    """The probabilities in a file did not sum to 1 (few digits, or weights) and were scaled."""


@dataclass(frozen=True)
class Part:
    """One node with its numbers in one row: the first parent varies slowest, the node's own states fastest.

    ``numbers`` is empty for a decision. ``menu``: for a decision whose options depend on its context, those that there
    are for each setting of the parents. ``line``: where a file declares it, 0 where there is no file. ``position``: x
    to the right, y downwards, in points.
    """

    name: str
    kind: Kind = "chance"
    states: tuple[State, ...] = ()
    parents: tuple[str, ...] = ()
    numbers: tuple[Number, ...] = ()
    agent: str | None = None
    label: str = ""
    position: tuple[float, float] | None = None
    line: int = 0
    menu: tuple[tuple[State, ...], ...] = ()


def given_model(value: object, asks: str) -> Model:
    """Return the model that a writer is given, also by what holds one; otherwise ModelError says what to pass."""
    return known_model(read_object(value), asks)


def parts_of(
    model: Model, positions: Mapping[str, tuple[float, float]] | None = None, *, menus: bool = False, alone: str = ""
) -> tuple[Part, ...]:
    """Return the parts of a model, in its order.

    ``menus``: whether the format can say which options there are where. ``alone``: the name of a format that knows one
    decision maker, and would add the utilities of all.

    Raises:
        NotApplicable: decisions share a rule, or a parameter has no value; no other format can express that.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("S -> U", utilities=["U"]), S={0: "1/3", 1: "2/3"}, U="S")
    >>> [part.numbers for part in parts_of(m)]
    [(Fraction(1, 3), Fraction(2, 3)), (Fraction(0, 1), Fraction(1, 1))]
    """
    if model.tied:
        raise NotApplicable(
            "the model has decisions that share one rule (tied), which this format cannot say. Write a .cid.yaml file."
        )
    if model.menus and not menus:
        raise NotApplicable(
            f"the options of {', '.join(model.menus)} depend on the context, which this format cannot say. "
            "Write a .cid.yaml, .json or .efg file."
        )
    if model.symbolic:
        raise NotApplicable("the model has parameters without a value. Give them one: model.substitute(...).")
    if alone and len(model.cid.agents) > 1:
        raise NotApplicable(
            f"{alone} knows one decision maker, but the model has {', '.join(model.cid.agents)}. Fix the others' rules "
            "by model.with_policy(..., agent=...) and drop their utilities, or write .efg, .json or .cid.yaml."
        )
    return tuple(_part(model, spec, (positions or {}).get(spec.name)) for spec in model.cid.specs)


def _part(model: Model, spec: Node, position: tuple[float, float] | None) -> Part:
    states = () if spec.kind == "utility" else model.domain(spec.name)
    numbers: Any = () if spec.kind == "decision" else model.table(spec.name).values.ravel().tolist()
    part = Part(spec.name, spec.kind, states, spec.parents, tuple(numbers), spec.agent, position=position)
    return replace(part, menu=tuple(_offered(model, spec))) if spec.name in model.menus else part


def _offered(model: Model, spec: Node) -> Iterator[tuple[State, ...]]:
    """Yield the options of a decision for each setting of its parents."""
    for setting in node_settings(spec.parents, model.domains):
        yield model.options(spec.name, setting)


def assembled(parts: Iterable[Part], source: str, *, weights: bool = False) -> Model:
    """Return the model with these parts; exact if every distribution sums to exactly 1 as written.

    ``weights``: the format's tables may be given as weights, which are scaled with a warning. A row of zeros is read
    where its context cannot occur (then nothing depends on it).

    Raises:
        FormatError: a parent is unknown, there are too few or too many numbers, or probabilities do not sum to 1; the
            message names file, line and node.

    >>> model = assembled([Part("S", states=("a", "b"), numbers=(Fraction(1, 4), Fraction(3, 4)))], "x.net")
    >>> model.exact, model.domain("S")
    (True, ('a', 'b'))
    """
    known = {part.name: part for part in parts}
    rows = _Rows(known, source, weights)
    checked = []
    for part in known.values():
        _check_parents(part, known, source)
        checked.append((part, rows.of(part)))
    rows.warn()
    try:
        model = _model(checked, known, rows.exact)
    except CidmesaError as error:
        raise FormatError(f"{source}: {error}") from error
    for part, place in rows.empty:
        chances = joint(model, part.parents, undecided="uniform")
        if np.asarray(chances).ravel()[place]:
            raise _wrong(part, source, f"has probabilities that sum to 0 at {_context(part, place, known)}.")
    return model


def _model(checked: Sequence[tuple[Part, Sequence[Any]]], known: Mapping[str, Part], exact: bool) -> Model:
    specs = [
        Node(p.name, p.kind, p.agent or (None if p.kind == "chance" else SINGLE_AGENT), p.parents) for p, _ in checked
    ]
    mechanisms = {p.name: _lookup(p, rows, known, exact) for p, rows in checked if p.kind != "decision"}
    domains = {part.name: part.states for part, _ in checked if part.kind != "utility"}
    menus = {p.name: _offers(p, known) for p, _ in checked if p.menu}
    return assemble(CID(tuple(specs)), domains, mechanisms, {}, menus=menus)


def _offers(part: Part, known: Mapping[str, Part]) -> Offers:
    """Return the options of a decision by context."""
    settings = list(product(*(known[parent].states for parent in part.parents)))
    if len(part.menu) != len(settings):
        raise ModelError(f"node {part.name!r} needs options for {len(settings)} contexts, not {len(part.menu)}.")
    there = dict(zip(settings, part.menu, strict=True))
    return Offers(lambda context: there[tuple(context[parent] for parent in part.parents)])


def _lookup(part: Part, rows: Sequence[Any], known: Mapping[str, Part], exact: bool) -> Lookup:
    if part.kind == "chance" and exact:
        axes = tuple(known[parent].states for parent in part.parents)
        shape = (*map(len, axes), len(part.states))
        return Tabulated(cells([number for row in rows for number in row], shape), part.parents, (*axes, part.states))
    settings = product(*(known[parent].states for parent in part.parents))
    if part.kind == "utility":
        return Lookup(part.parents, tuple(zip(settings, (row if exact else float(row) for row in rows), strict=True)))
    outcomes = (dict(zip(part.states, row if exact else map(float, row), strict=True)) for row in rows)
    return Lookup(part.parents, tuple(zip(settings, outcomes, strict=True)))


def _check_parents(part: Part, known: Mapping[str, Part], source: str) -> None:
    for parent in part.parents:
        if parent not in known:
            raise _wrong(part, source, f"has the parent {parent!r}, which is not declared.{near_miss(parent, known)}")
        if known[parent].kind == "utility":
            raise _wrong(part, source, f"has the utility {parent!r} as a parent. Utilities may only feed utilities.")
    if part.kind != "utility" and not part.states:
        raise _wrong(part, source, "has no states. List them.")
    if len(set(part.states)) < len(part.states):
        raise _wrong(part, source, f"has a state twice: {', '.join(map(show, part.states))}.")


class _Rows:
    """The rows of all tables, checked and scaled; what was scaled, and what is empty."""

    def __init__(self, known: Mapping[str, Part], source: str, weights: bool) -> None:
        self.known, self.source, self.weights = known, source, weights
        self.exact = True
        self.empty: list[tuple[Part, int]] = []
        self.scaled: list[tuple[float, Part, int]] = []

    def of(self, part: Part) -> Sequence[Any]:
        """Return the rows of a chance node's table, or a utility's numbers."""
        if part.kind == "decision":
            return ()
        self._check_size(part)
        if any(isinstance(number, float) for number in part.numbers):
            self.exact = False
        if part.kind == "utility":
            return part.numbers
        width = len(part.states)
        if self.exact and distributions(cells(list(part.numbers), (len(part.numbers) // width, width))):
            return list(zip(*[iter(part.numbers)] * width, strict=True))
        rows = (part.numbers[start : start + width] for start in range(0, len(part.numbers), width))
        return [self._row(row, part, place) for place, row in enumerate(rows)]

    def _check_size(self, part: Part) -> None:
        settings = prod(len(self.known[parent].states) for parent in part.parents)
        expected = settings * (len(part.states) if part.kind == "chance" else 1)
        if expected > MAX_CELLS:
            raise TooLarge(
                f"{self.source}: node {part.name!r} would have {expected} numbers; at most {MAX_CELLS} fit. "
                "Give it fewer parents."
            )
        if len(part.numbers) != expected:
            shape = " x ".join(str(len(self.known[parent].states)) for parent in part.parents) or "1"
            of = f"{shape} settings of its parents" + (f" x {len(part.states)} states" if part.kind == "chance" else "")
            raise _wrong(part, self.source, f"needs {expected} numbers ({of}), but {len(part.numbers)} are given.")

    def _row(self, row: Sequence[Number], part: Part, place: int) -> Sequence[Number]:
        total: Any = sum(row)
        if total == 1 and min(row) >= 0:
            return row
        if min(row) < 0:
            raise _wrong(part, self.source, f"has a negative probability: {', '.join(map(show, row))}.")
        if total == 0:
            self.empty.append((part, place))
            return [Fraction(1, len(row))] * len(row)
        off = abs(total - 1)
        if off > _CARELESS and not self.weights:
            shown = ", ".join(map(show, row))
            raise _wrong(part, self.source, f"has probabilities that sum to {float(total):.6g}, not 1: {shown}.")
        if off > _ROUNDING:
            self.scaled.append((float(off), part, place))
        self.exact &= off > _CARELESS
        return [number / total if off > _CARELESS else float(number / total) for number in row]

    def warn(self) -> None:
        """Say, once for a file, which rows were scaled by more than rounding in the seventh digit."""
        if not self.scaled:
            return
        gap, part, place = max(self.scaled, key=lambda one: one[0])
        warnings.warn(
            f"{self.source}: {len(self.scaled)} distributions do not sum to 1 and were scaled. "
            f"The worst, of {part.name!r}{_context(part, place, self.known, ' at ')}, is off by {gap:.3g}.",
            RoundedProbabilities,
            stacklevel=4,
        )


def _context(part: Part, place: int, known: Mapping[str, Part], before: str = "") -> str:
    """Return the setting of its parents for which a node has its row number ``place``, as text."""
    sizes = [len(known[parent].states) for parent in part.parents]
    seen = zip(part.parents, np.unravel_index(place, sizes), strict=True) if sizes else ()
    return setting_text(((parent, known[parent].states[int(at)]) for parent, at in seen), before)


def _wrong(part: Part, source: str, what: str) -> FormatError:
    at = f"{source}:{part.line}" if part.line else source
    return FormatError(f"{at}: node {part.name!r} {what}")


@dataclass(frozen=True)
class Plate:
    """What repeats: the nodes of a slice, and what follows from the slice before.

    ``later``: node -> parents and numbers in all slices but the first; a parent is a name, and whether the one in the
    slice before is meant.
    """

    nodes: frozenset[str] = frozenset()
    later: Mapping[str, tuple[tuple[tuple[str, bool], ...], tuple[Number, ...]]] = field(default_factory=dict)


def unrolled(parts: Sequence[Part], plate: Plate, slices: int) -> tuple[Part, ...]:
    """Return the parts of ``slices`` slices, named ``X1``, ``X2``, ... (``X_1`` where a name ends in a digit).

    Nodes outside the plate are there once. A decision of the plate is a decision in each slice, a utility a utility.

    >>> from cidmesa.interop.part import Part
    >>> coin = Part("R", states=("t", "f"), numbers=(0.5, 0.5))
    >>> later = {"R": ((("R", True),), (0.7, 0.3, 0.3, 0.7))}
    >>> [(part.name, part.parents) for part in unrolled([coin], Plate(frozenset("R"), later), 3)]
    [('R1', ()), ('R2', ('R1',)), ('R3', ('R2',))]
    """
    gap = "_" if any(name[-1:].isdigit() for name in plate.nodes) else ""
    made = [part for part in parts if part.name not in plate.nodes]
    repeated = [part for part in parts if part.name in plate.nodes]
    for number in range(1, slices + 1):
        made += _slice(repeated, plate, number, gap)
    return tuple(made)


def _slice(repeated: Sequence[Part], plate: Plate, number: int, gap: str) -> Iterator[Part]:
    def named(name: str, before: bool = False) -> str:
        return f"{name}{gap}{number - before}" if name in plate.nodes else name

    for part in repeated:
        if number > 1 and part.name in plate.later:
            parents, numbers = plate.later[part.name]
            own = tuple(named(name, before) for name, before in parents)
            yield replace(part, name=named(part.name), parents=own, numbers=numbers, position=None)
        else:
            own = tuple(map(named, part.parents))
            yield replace(part, name=named(part.name), parents=own, position=None)
