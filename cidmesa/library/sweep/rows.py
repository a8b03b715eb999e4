"""The rows of a sweep's table, made when they are read: a million points need a place in each column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from operator import eq
from typing import TYPE_CHECKING, Any, TypeAlias

from cidmesa.display import Displays
from cidmesa.errors import ScenarioError, not_there
from cidmesa.frozen import Frozen
from cidmesa.library.claim import named_of

if TYPE_CHECKING:
    from cidmesa.library.sweep.points import Points, Setting

__all__ = ["Cell", "Cells", "Inputs", "Rows", "SweepRow"]

Cell: TypeAlias = str | bool | int | float | Fraction | None
_SHARED = 100_000  # different cells of which equal ones are one object
_ABSENT = ...  # in the column of a part that a point does not have


@dataclass(frozen=True)
class SweepRow(Frozen, Displays):
    """A point of the design (``inputs``) with its answer; ``error`` says why there is none.

    >>> import cidmesa as cm
    >>> row = cm.sweep("hubinger2019/two-corners", {"mu": "1/2"}, ask="deceptive", of="deceptive").rows[0]
    >>> row["mu"], row["deceptive"], row.error
    (Fraction(1, 2), True, '')

    """

    inputs: Mapping[str, Cell]
    answers: Mapping[str, Cell]
    error: str = ""

    @property
    def status(self) -> str:
        """``"ok"`` or ``"error"``."""
        return "error" if self.error else "ok"

    def __getitem__(self, column: str) -> Cell:
        cells = {**self.inputs, **self.answers, "status": self.status, "error": self.error}
        if column not in cells:
            raise ScenarioError(not_there(f"there is no column {column!r} in this row", column, cells, "Columns"))
        return cells[column]


@dataclass
class Cells:
    """What was found at the points of a sweep, by their places: a column for each part of an answer, and errors."""

    count: int
    columns: dict[str, list[Any]] = field(default_factory=dict)
    errors: dict[int, str] = field(default_factory=dict)
    _first: dict[str, tuple[int, int]] = field(default_factory=dict)  # where a column occurs first: place, position
    _shared: dict[tuple[type, Cell], Cell] = field(default_factory=dict)

    def put(self, place: int, cells: Mapping[str, Cell], error: str) -> None:
        """Enter what was found at a point; equal cells are one object."""
        if error:
            self.errors[place] = error
        for position, (name, cell) in enumerate(cells.items()):
            if name not in self.columns:
                self.columns[name] = [_ABSENT] * self.count
            if len(self._shared) < _SHARED:
                cell = self._shared.setdefault((type(cell), cell), cell)
            self.columns[name][place] = cell
            self._first[name] = min(self._first.get(name, (place, position)), (place, position))

    @property
    def names(self) -> tuple[str, ...]:
        """The columns, in the order in which they occur along the points."""
        return tuple(sorted(self.columns, key=self._first.__getitem__))

    def at(self, place: int) -> dict[str, Cell]:
        """Return the cells of a point."""
        return {n: self.columns[n][place] for n in self.names if self.columns[n][place] is not _ABSENT}

    def column(self, name: str) -> Iterator[Cell]:
        """Yield the cells of a column; a point without a value has ``None``."""
        return (None if cell is _ABSENT else cell for cell in self.columns[name])


@dataclass(frozen=True)
class Inputs(Sequence[Mapping[str, Cell]]):
    """The inputs of each point by their names, made when they are asked for."""

    points: Points

    def __len__(self) -> int:
        return len(self.points)

    def __getitem__(self, place: Any) -> Any:
        return self._of(self.points[place])

    def __iter__(self) -> Iterator[Mapping[str, Cell]]:
        return map(self._of, self.points)

    def _of(self, setting: Setting) -> dict[str, Cell]:
        texts = {"model": setting.model, "variant": setting.variant, "spec": named_of(setting.spec)}
        return {name: text or None for name, text in texts.items() if name in self.names} | dict(setting.values)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the inputs."""
        return self.points.names


@dataclass(frozen=True)
class Rows(Sequence[SweepRow]):
    """The rows of a table, each made when it is asked for; ``names``: of the inputs."""

    inputs: Sequence[Mapping[str, Cell]]
    cells: Cells
    names: tuple[str, ...]

    @classmethod
    def of(cls, rows: Iterable[SweepRow]) -> Rows:
        """Return rows that are there already."""
        given = tuple(rows)
        inputs, cells = [row.inputs for row in given], Cells(len(given))
        for place, row in enumerate(given):
            cells.put(place, row.answers, row.error)
        return cls(inputs, cells, tuple(dict.fromkeys(name for own in inputs for name in own)))

    def __len__(self) -> int:
        return len(self.inputs)

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return tuple(self[i] for i in range(*place.indices(len(self))))
        place = range(len(self))[place]
        return SweepRow(self.inputs[place], self.cells.at(place), self.cells.errors.get(place, ""))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(eq, self, other))

    def __hash__(self) -> int:
        return hash((len(self), self[0] if len(self) else None))
