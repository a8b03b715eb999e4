"""`SweepTable`: one row a point, with inputs, answers and what went wrong."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from importlib.util import find_spec
from operator import eq
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from cidmesa.display import Displays, Tells, aligned, html_table
from cidmesa.errors import NotApplicable, ScenarioError, not_there
from cidmesa.formats import write
from cidmesa.frozen import Frozen
from cidmesa.library.claim import named_of
from cidmesa.modelling.numbers import show

if TYPE_CHECKING:
    import os

    from cidmesa.library.sweep.points import Points, Setting

__all__ = ["Cell", "Cells", "Numbers", "Rows", "SweepRow", "SweepTable", "cell_text", "format_of"]

Cell: TypeAlias = str | bool | int | float | Fraction | None
Numbers = Literal["fraction", "decimal"]
FORMATS = (".csv", ".parquet")
_NUMBER = re.compile(r"[-+]?[0-9.]+(/[0-9]+)?([eE][-+]?[0-9]+)?")
_SHARED = 100_000  # different cells of which equal ones are one object
_SHOWN = 20  # rows in text and HTML; files have all


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


_ABSENT = ...  # in the column of a part that a point does not have


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

    def column(self, name: str) -> list[Cell]:
        """Return a column; a point without a value has ``None``."""
        return [None if cell is _ABSENT else cell for cell in self.columns[name]]


@dataclass(frozen=True)
class Rows(Sequence[SweepRow]):
    """The rows of a table, each made when it is asked for: ``points`` has the inputs, ``cells`` the answers."""

    points: Points
    cells: Cells

    def __len__(self) -> int:
        return len(self.points)

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return tuple(self[i] for i in range(*place.indices(len(self))))
        place = range(len(self))[place]
        return SweepRow(self.inputs(self.points[place]), self.cells.at(place), self.cells.errors.get(place, ""))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(eq, self, other))

    def __hash__(self) -> int:
        return hash((len(self), self[0] if len(self) else None))

    def inputs(self, setting: Setting) -> dict[str, Cell]:
        """Return the inputs of a point by their names."""
        texts = {"model": setting.model, "variant": setting.variant, "spec": named_of(setting.spec)}
        named = {name: text or None for name, text in texts.items() if name in self.names}
        return named | dict(setting.values)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the inputs."""
        return self.points.names


@dataclass(frozen=True, repr=False)
class SweepTable(Tells):
    """The answers to ``question`` at the points of a design, in the order of the design. Build it with `sweep`.

    ``inputs`` and ``answers`` name the columns; an answer of several parts has a column for each.

    >>> import cidmesa as cm
    >>> table = cm.sweep("hubinger2019/two-corners", {"mu": "1/4,1/2"}, ask="deceptive", of="deceptive")
    >>> table.inputs, [row["deceptive"] for row in table]
    (('spec', 'mu'), [False, True])
    """

    question: str
    rows: Rows

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the inputs."""
        return self.rows.names

    @property
    def answers(self) -> tuple[str, ...]:
        """The names of the parts of answers."""
        return self.rows.cells.names

    def __iter__(self) -> Iterator[SweepRow]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def columns(self) -> tuple[str, ...]:
        """Inputs, answers, status and error."""
        return (*self.inputs, *self.answers, "status", "error")

    @property
    def errors(self) -> int:
        """How many points have no answer."""
        return len(self.rows.cells.errors)

    def column(self, name: str) -> list[Cell]:
        """Return the cells of a column; a row without a value has ``None``.

        Raises:
            ScenarioError: the column is unknown; the message names the nearest.
        """
        if name not in self.columns:
            raise ScenarioError(not_there(f"there is no column {name!r}", name, self.columns, "Columns"))
        errors, rows = self.rows.cells.errors, self.rows
        if name == "status":
            return ["error" if place in errors else "ok" for place in range(len(rows))]
        if name == "error":
            return [errors.get(place) for place in range(len(rows))]
        if name in self.answers:
            return rows.cells.column(name)
        return [rows.inputs(setting).get(name) for setting in rows.points]

    def _texts(self, numbers: Numbers, rows: Iterable[SweepRow]) -> Iterator[list[str]]:
        columns = self.columns
        for row in rows:
            cells = {**row.inputs, **row.answers, "status": row.status, "error": row.error or None}
            yield [cell_text(cells.get(name), numbers) for name in columns]

    # --- files --------------------------------------------------------------------------------------------------

    def to_csv(self, path: str | os.PathLike[str] | None = None, *, numbers: Numbers = "fraction") -> str:
        """Return the table as CSV and write it to ``path``; numbers are exact fractions, or decimals."""
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(map(_plain, self.columns))
        writer.writerows(map(_plain, row) for row in self._texts(numbers, self.rows))
        if path is not None:
            write(path, stream.getvalue().encode())
        return stream.getvalue()

    def to_pandas(self) -> Any:
        """Return a pandas DataFrame; fractions become floats.

        Raises:
            NotApplicable: pandas is not installed.
        """
        _check_installed("pandas")
        import pandas

        cells = {name: [float(c) if isinstance(c, Fraction) else c for c in self.column(name)] for name in self.columns}
        return pandas.DataFrame(cells).convert_dtypes()

    def to_parquet(self, path: str | os.PathLike[str]) -> Path:
        """Write the table as Parquet; fractions become floats. Needs pandas and pyarrow.

        Raises:
            NotApplicable: pandas or pyarrow is not installed.
        """
        _check_installed("pyarrow")
        frame, stream = self.to_pandas(), io.BytesIO()
        frame.to_parquet(stream, index=False)
        write(path, stream.getvalue())
        return Path(path)

    def save(self, path: str | os.PathLike[str], *, numbers: Numbers = "fraction") -> Path:
        """Write the table to a file that ends in .csv or .parquet.

        Raises:
            NotApplicable: the file has another ending, or a needed package is not installed.
        """
        if format_of(path) == ".csv":
            self.to_csv(path, numbers=numbers)
        else:
            self.to_parquet(path)
        return Path(path)

    # --- for people ---------------------------------------------------------------------------------------------

    def _short(self) -> tuple[list[str], list[list[str]]]:
        """Return the head and the first rows; the columns status and error only where something went wrong."""
        count = len(self.columns) if self.errors else len(self.columns) - 2
        return list(self.columns[:count]), [row[:count] for row in self._texts("fraction", self.rows[:_SHOWN])]

    @property
    def _closing(self) -> str:
        more = f", {len(self) - _SHOWN} more in files" if len(self) > _SHOWN else ""
        wrong = f", {self.errors} without an answer" if self.errors else ""
        return f"{self.question}: {len(self)} point{'' if len(self) == 1 else 's'}{wrong}{more}"

    def to_text(self) -> str:
        """Return the first rows as aligned text, and the number of all rows."""
        head, rows = self._short()
        return f"{aligned([head, *rows])}\n{self._closing}"

    def to_html(self) -> str:
        """Return the first rows as a table."""
        head, rows = self._short()
        return html_table(head, rows, "l" * len(head), self._closing)

    def __repr__(self) -> str:
        return f"SweepTable({self.question!r}, {len(self)} points, columns {', '.join(self.columns)})"


def format_of(path: str | os.PathLike[str]) -> str:
    """Return the ending of a file for a table, whose packages are installed.

    Raises:
        NotApplicable: the file has another ending, or a needed package is not installed.

    >>> format_of("table.csv")
    '.csv'
    """
    ending = Path(path).suffix.lower()
    if ending not in FORMATS:
        said = f"cannot tell a format from the ending {ending!r}"
        raise NotApplicable(not_there(said, ending, FORMATS, "Known endings"))
    for package in ("pandas", "pyarrow") if ending == ".parquet" else ():
        _check_installed(package)
    return ending


def _check_installed(package: str) -> None:
    if find_spec(package) is None:
        raise NotApplicable(f"{package} is not installed. Install it by pip install 'cidmesa[table]', or write .csv.")


# --- cells ------------------------------------------------------------------------------------------------------------


def _plain(text: str) -> str:
    """Return a cell of CSV; text that a spreadsheet would run as a formula stands behind an apostrophe.

    >>> _plain("=1+1"), _plain("-1/3"), _plain("a")
    ("'=1+1", '-1/3', 'a')
    """
    runs = text.startswith(("=", "+", "-", "@", "\t", "\r")) and not _NUMBER.fullmatch(text)
    return f"'{text}" if runs else text


def cell_text(cell: Cell, numbers: Numbers = "fraction") -> str:
    """Return a cell as text; numbers as fractions (exact), or as decimals of up to 12 digits.

    >>> cell_text(Fraction(1, 3)), cell_text(Fraction(1, 3), "decimal"), cell_text(True), cell_text(None)
    ('1/3', '0.333333333333', 'true', '')
    """
    if cell is None or isinstance(cell, bool):
        return {True: "true", False: "false", None: ""}[cell]
    if isinstance(cell, Fraction) and numbers == "decimal":
        return f"{float(cell):.12g}"
    return repr(cell) if isinstance(cell, float) else show(cell)
