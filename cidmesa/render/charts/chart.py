"""`Chart`: matplotlib axes with what is drawn in them in words; shown, saved, edited. Imports matplotlib."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from cidmesa.display import Displays
from cidmesa.errors import FormatError, NotApplicable, library, near_miss
from cidmesa.formats import write
from cidmesa.modelling.numbers import show
from cidmesa.render.labels import label, latex, plain
from cidmesa.render.palette import FAINT, INK, PALE, Stroke

if TYPE_CHECKING:
    import os


__all__ = [
    "Chart",
    "Column",
    "Tabular",
    "answer_of",
    "axes_for",
    "check_ending",
    "cut",
    "is_numeric",
    "key_below",
    "kinds_of",
    "look",
    "patch_of",
    "shown_cell",
    "shown_name",
    "varying",
]

Column: TypeAlias = "list[Any]"


class Tabular(Protocol):
    """A table with input and answer columns, such as a `SweepTable`."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the input columns."""

    @property
    def answers(self) -> tuple[str, ...]:
        """The names of the answer columns."""

    def column(self, name: str) -> Column:
        """Return the cells of a column."""


def is_numeric(column: Sequence[Any]) -> bool:
    """Return whether a column has numbers, and besides only gaps.

    >>> is_numeric([1, None, Fraction(1, 2)]), is_numeric([True, False]), is_numeric([None])
    (True, False, False)
    """
    cells = [cell for cell in column if cell is not None]
    return bool(cells) and all(isinstance(c, int | float | Fraction) and not isinstance(c, bool) for c in cells)


def varying(table: Tabular) -> tuple[list[str], list[str]]:
    """Return the inputs that take several values: those of numbers, most values first, and the others."""
    several = {name: len(set(table.column(name))) for name in table.inputs}
    found = [name for name, count in several.items() if count > 1]
    numbers = [name for name in found if is_numeric(table.column(name))]
    return sorted(numbers, key=lambda name: -several[name]), [name for name in found if name not in numbers]


def answer_of(table: Tabular, named: str | None) -> str:
    """Return the answer column of that name, the first where none is named.

    Raises:
        NotApplicable: the column is unknown, or there is no answer.
    """
    if not table.answers:
        raise NotApplicable("no point of the table has an answer, so there is nothing to draw. See the column error.")
    if named is not None and named not in table.answers:
        raise NotApplicable(
            f"there is no answer {named!r}.{near_miss(named, table.answers)} Answers: {', '.join(table.answers)}."
        )
    return named or table.answers[0]


def shown_cell(cell: Any) -> str:
    """Return a cell as words: truth values as yes and no.

    >>> shown_cell(True), shown_cell(None), shown_cell(Fraction(1, 2))
    ('yes', 'no answer', '1/2')
    """
    if cell is None or isinstance(cell, bool):
        return {True: "yes", False: "no", None: "no answer"}[cell]
    return show(cell)


def kinds_of(column: Sequence[Any]) -> list[Any]:
    """Return the different cells of a column: false before true, numbers and names in order, gaps last.

    Raises:
        NotApplicable: there are too many to distinguish by colour.

    >>> kinds_of([True, None, False]), kinds_of(["b", "a", "b"])
    ([False, True, None], ['a', 'b'])
    """
    found = list(dict.fromkeys(column))
    if (count := len(found) - (None in found)) > len(PALE):
        raise NotApplicable(
            f"{count} different answers cannot be told apart by colour. Draw a column of numbers, or one with fewer "
            "different answers."
        )
    return sorted(found, key=lambda cell: (cell is None, isinstance(cell, str), str(cell) if cell is None else cell))


ENDINGS = (".svg", ".pdf", ".png")
_METADATA: dict[str, dict[str, None]] = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}, ".png": {}}
_DOTS = 200  # to the inch, in a PNG
_POINTS = 0.75  # in a pixel
_LONGEST = 40  # characters of a name beside the axes or in the legend
_BELOW = 36  # points from the axes to the legend: marks and name stand between


@dataclass(frozen=True, eq=False, repr=False)
class Chart(Displays):
    """A chart: matplotlib ``axes`` that may be edited further, and a ``description`` of what they show.

    >>> import cidmesa as cm
    >>> table = cm.sweep("hubinger2019/two-corners", {"mu": "0:1:11"}, ask="deceptive", of="deceptive")
    >>> chart = cm.plot(table)
    >>> chart.axes.set_xlim(0, 0.5)
    (0.0, 0.5)
    >>> chart.to_svg().count("<svg")
    1
    """

    axes: Any
    description: str = ""

    @property
    def figure(self) -> Any:
        """The matplotlib figure."""
        return self.axes.get_figure(root=True) if hasattr(self.axes.figure, "get_figure") else self.axes.figure

    def to_svg(self) -> str:
        """Return the figure as SVG; the same table gives the same bytes with the same release of matplotlib."""
        return self._drawn(".svg").decode()

    def to_html(self) -> str:
        """Return the figure for a notebook, with a description for readers who cannot see it."""
        source = f"data:image/svg+xml;base64,{b64encode(self._drawn('.svg')).decode()}"
        return f'<img src="{source}" alt="{escape(self.to_text())}" style="max-width: 100%; background: #ffffff">'

    def to_text(self) -> str:
        """Return what the chart shows, in words."""
        title = self.axes.get_title()
        return f"{title}: {self.description}" if title else self.description

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the figure to a file ending in .svg, .pdf or .png.

        Raises:
            FormatError: the file has another ending.
            FileError: the folder is missing or cannot be written to.
        """
        check_ending(path)
        write(path, self._drawn(Path(path).suffix.lower()))
        return Path(path)

    def _drawn(self, ending: str) -> bytes:
        page = BytesIO()
        metadata = _METADATA[ending] | ({"Description": self.to_text()} if ending == ".svg" else {})
        with import_module("matplotlib").rc_context({"svg.hashsalt": "cidmesa"}):
            self.figure.savefig(page, format=ending[1:], dpi=_DOTS, metadata=metadata)
        return page.getvalue()

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        return f"Chart({self.to_text()!r})"


def check_ending(path: str | os.PathLike[str]) -> None:
    """Raise FormatError if a chart cannot be written to a file with this ending.

    >>> check_ending("chart.svg")
    """
    ending = Path(path).suffix.lower()
    if ending not in ENDINGS:
        raise FormatError(
            f"{path}: no chart is written with the ending {ending!r}.{near_miss(ending, ENDINGS)} Known endings: "
            f"{' '.join(ENDINGS)}; others by matplotlib: chart.figure.savefig."
        )


def axes_for(axes: Any, height: float, title: str) -> Any:
    """Return the caller's axes, or those of a new figure of this height in inches, with the title.

    Raises:
        NeedsPackage: matplotlib is not installed.
    """
    if axes is None:
        axes = library("matplotlib.figure", "plot").Figure(figsize=(5.6, height), layout="constrained").subplots()
    if title:
        axes.set_title(title, fontsize="medium", fontweight="bold")
    axes.spines[:].set_color(FAINT)
    return axes


def look(stroke: Stroke) -> dict[str, Any]:
    """Return colour, width and dashes of a stroke as matplotlib names them."""
    width = stroke.width * _POINTS
    dashes = (0, tuple(dash * _POINTS / width for dash in stroke.dashes)) if stroke.dashes else "solid"
    return {"color": stroke.colour, "linewidth": width, "linestyle": dashes}


def cut(text: str) -> str:
    """Return text that fits beside a chart, cut where it is long.

    >>> cut("spec = deceptive"), len(cut("a" * 99))
    ('spec = deceptive', 40)
    """
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def patch_of(fill: str, text: str) -> Any:
    """Return an entry of a legend: a filled box with words."""
    return import_module("matplotlib.patches").Patch(facecolor=fill, edgecolor=INK, linewidth=0.5, label=cut(text))


def key_below(axes: Any, entries: Sequence[Any], columns: int = 3) -> None:
    """Put a legend below the axes and their name, where there are entries."""
    if entries:
        transforms = import_module("matplotlib.transforms")
        below = transforms.offset_copy(axes.transAxes, axes.figure, y=-_BELOW, units="points")
        place = {"loc": "upper center", "bbox_to_anchor": (0.5, 0), "bbox_transform": below, "borderaxespad": 0}
        columns = min(columns, len(entries))
        axes.legend(handles=list(entries), ncols=columns, frameon=False, fontsize="small", **place)


def shown_name(name: str) -> str:
    r"""Return the name of a parameter or answer as matplotlib sets it: symbols as mathematics, else as it is written.

    >>> shown_name("mu"), shown_name("optimal.value")
    ('$\\mu$', 'optimal.value')
    """
    runs = label(name)
    return latex(runs) if latex(runs).startswith("$") else plain(runs).replace("$", r"\$")
