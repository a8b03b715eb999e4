"""`SweepTable`: one row a point, with inputs, answers and what went wrong."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from cidmesa.display import Tells, aligned, html_table
from cidmesa.errors import NotApplicable, ScenarioError, not_there
from cidmesa.formats import write
from cidmesa.frozen import Frozen
from cidmesa.library.sweep.rows import Cell, Rows, SweepRow
from cidmesa.modelling.numbers import show

if TYPE_CHECKING:
    import os


__all__ = ["Numbers", "SweepTable", "cell_text", "format_of"]

Numbers = Literal["fraction", "decimal"]
FORMATS = (".csv", ".parquet")
_NUMBER = re.compile(r"[-+]?[0-9.]+(/[0-9]+)?([eE][-+]?[0-9]+)?")
_SHOWN = 20  # rows in text and HTML; files have all


@dataclass(frozen=True, repr=False)
class SweepTable(Frozen, Tells):
    """The answers to ``question`` at the points of a design, in the order of the design. Build it with `sweep`.

    ``inputs`` and ``answers`` name the columns; an answer of several parts has a column for each.

    >>> import cidmesa as cm
    >>> table = cm.sweep("hubinger2019/two-corners", {"mu": "1/4,1/2"}, ask="deceptive", of="deceptive")
    >>> table.inputs, [row["deceptive"] for row in table]
    (('spec', 'mu'), [False, True])
    """

    question: str
    rows: Sequence[SweepRow]

    def __post_init__(self) -> None:
        if not isinstance(self.rows, Rows):
            object.__setattr__(self, "rows", Rows.of(self.rows))
        super().__post_init__()

    @property
    def _rows(self) -> Rows:
        return cast("Rows", self.rows)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the inputs."""
        return self._rows.names

    @property
    def answers(self) -> tuple[str, ...]:
        """The names of the parts of answers."""
        return self._rows.cells.names

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
        return len(self._rows.cells.errors)

    def column(self, name: str) -> list[Cell]:
        """Return the cells of a column; a row without a value has ``None``.

        Raises:
            ScenarioError: the column is unknown; the message names the nearest.
        """
        if name not in self.columns:
            raise ScenarioError(not_there(f"there is no column {name!r}", name, self.columns, "Columns"))
        return list(self._cells(name))

    def _cells(self, name: str) -> Iterable[Cell]:
        rows, places = self._rows, range(len(self))
        if name == "status":
            return ("error" if place in rows.cells.errors else "ok" for place in places)
        if name == "error":
            return map(rows.cells.errors.get, places)
        if name in self.answers:
            return rows.cells.column(name)
        return (inputs.get(name) for inputs in rows.inputs)

    def _texts(self, numbers: Numbers, most: int | None = None) -> Iterator[list[str]]:
        """Yield the cells of all rows, or of so many, as text."""
        for cells in islice(zip(*map(self._cells, self.columns), strict=True), most):
            yield [cell_text(cell, numbers) for cell in cells]

    # --- files --------------------------------------------------------------------------------------------------

    def to_csv(self, path: str | os.PathLike[str] | None = None, *, numbers: Numbers = "fraction") -> str:
        """Return the table as CSV and write it to ``path``; numbers are exact fractions, or decimals."""
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(map(_plain, self.columns))
        writer.writerows(map(_plain, row) for row in self._texts(numbers))
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
        return list(self.columns[:count]), [row[:count] for row in self._texts("fraction", _SHOWN)]

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
