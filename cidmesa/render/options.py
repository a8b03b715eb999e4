"""The options of figures: one register, from which every figure function and the command line take what they know."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypedDict, get_args

from cidmesa.errors import NotApplicable, near_miss
from cidmesa.render.geometry import Direction
from cidmesa.render.palette import INK, contrast

if TYPE_CHECKING:
    from cidmesa.structure.verdict import Verdict

__all__ = ["OPTIONS", "Highlight", "Incentives", "LayoutName", "Options", "check_options", "length", "option_of"]

Incentives: TypeAlias = "Iterable[str] | Iterable[Verdict] | str | None"
Highlight: TypeAlias = "Iterable[str] | Any | None"
LayoutName = Literal["auto", "layered", "sliced", "dot"]
Recall = Literal["shown", "hidden"]
Show = Literal["names", "posteriors"]


class Options(TypedDict, total=False):
    """What to show on a diagram, and how.

    ``incentives``: concepts to mark by rings (``["ici", "ri"]`` or ``"ici,ri"``), or verdicts.
    ``policy``: a mapping from decisions to rules, noted below the decisions.
    ``highlight``: a verdict whose witness is drawn bold, or node names in the order of a path.
    ``compare_with``: another diagram, drawn first with the same node in the same place; ``"base"`` for the training
    process of a composition.
    ``intervention``: values that nodes are set to, noted below them; the links into them are drawn faint, for they no
    longer matter. ``evidence``: values that are known, noted below the nodes, which are grey.
    ``mechanisms``: True to draw a mechanism for each node, and which mechanisms those of the decisions respond to.
    ``positions``: node centres in centimetres, y upwards (`Picture.positions`); nodes without one are placed beside
    their neighbours. A composition drawn alone keeps those of its training process; ``{}`` lays it out afresh.
    ``layout``: ``"layered"``, ``"sliced"`` (columns by episode, or by the numbers at the ends of names), ``"dot"``
    (Graphviz), or ``"auto"``: sliced where a training process repeats itself, ``dot`` above 60 nodes where it is found.
    ``same_rank``: groups of nodes that are to stand in one column (or row, downwards) of a layered layout.
    ``direction``: ``"LR"`` (left to right) or ``"TB"`` (top to bottom). ``titles``: of the panels, in their order.
    ``legend``: False to leave it out.
    ``width``: how wide the figure may be on paper, such as ``"8.5cm"``; a wider one, or one higher than a page, is
    shrunk. Of ``direction`` and ``stack`` those that are not said are chosen so that the smallest text keeps 8 pt, or
    as much of that as it can.
    ``scale``: a number that all sizes are multiplied by. ``compact``: True for smaller nodes and distances, and names
    of several words on several lines. ``stack``: True to draw the panels of a pair above each other, False beside.
    ``recall``: ``"hidden"`` to leave out the links that an agent's memory of its earlier decisions implies.
    ``slices``: how many time slices to draw, at least 2: the first ones and the last, by the numbers at the ends of
    names. One node, …, stands for those between; the legend counts them, and it has the rings of all of them.
    ``show``: ``"posteriors"`` for values in the nodes: distributions, the expected utility of each option, means. They
    heed ``evidence``, ``intervention`` and ``policy``. ``compare_with="before"`` draws the values without the first two
    beside those with them.
    ``labels``: what to write in nodes instead of their names, mathematics between ``$`` signs. ``colours``: fills such
    as ``"#D9E8F5"`` of nodes, agents or kinds of nodes.
    """

    incentives: Incentives
    policy: Mapping[str, object] | None
    highlight: Highlight
    intervention: Mapping[str, object] | None
    evidence: Mapping[str, object] | None
    mechanisms: bool
    compare_with: Any
    positions: Mapping[str, tuple[float, float]] | None
    layout: LayoutName
    same_rank: Sequence[Sequence[str]]
    direction: Direction
    titles: Sequence[str] | None
    legend: bool
    width: str | None
    scale: float
    compact: bool
    stack: bool
    recall: Recall
    slices: int | None
    show: Show
    labels: Mapping[str, str] | None
    colours: Mapping[str, str] | None


OPTIONS = tuple(Options.__annotations__)
_VALUES = {
    "layout": get_args(LayoutName),
    "direction": get_args(Direction),
    "recall": get_args(Recall),
    "show": get_args(Show),
}
_UNITS = {"cm": 1.0, "mm": 0.1, "in": 2.54, "pt": 2.54 / 72.27}
_READABLE = 4.5  # contrast of text and ground (WCAG 2.2, level AA)


def option_of(name: str, known: Sequence[str] = OPTIONS) -> str:
    """Return the name of an option.

    Raises:
        NotApplicable: figures have no such option; the message names the nearest and lists all.

    >>> option_of("widht")
    Traceback (most recent call last):
    cidmesa.errors.NotApplicable: figures have no option 'widht'. Did you mean 'width'? Known are: incentives, ...
    """
    if name in known:
        return name
    raise NotApplicable(f"figures have no option {name!r}.{near_miss(name, known)} Known are: {', '.join(known)}.")


def check_options(options: Options) -> None:
    """Refuse an option that there is not, and values that an option cannot have.

    Raises:
        NotApplicable: an option or a value is unknown; the message names it and lists what is known.
    """
    for name in options:
        option_of(name)
    for name, values in _VALUES.items():
        if (given := options.get(name, values[0])) not in values:
            raise NotApplicable(
                f"there is no {name} {given!r}.{near_miss(str(given), values)} Known are: {', '.join(values)}."
            )
    if not _positive(options.get("scale", 1)):
        raise NotApplicable(f"scale={options['scale']!r} is not a number above 0. Give a number such as 0.8.")
    if (slices := options.get("slices")) is not None:
        if type(slices) is not int or slices < 2:
            raise NotApplicable(f"slices={slices!r}: give a whole number of at least 2, for the first and the last.")
        if options.get("mechanisms"):
            raise NotApplicable(
                "slices= leaves nodes out, and mechanisms=True is about all nodes. Give one of the two."
            )
    if (width := options.get("width")) is not None:
        length(width)
    for name, colour in (options.get("colours") or {}).items():
        _check_colour(name, colour)


def _positive(number: object) -> bool:
    return isinstance(number, int | float) and number > 0


def length(text: str) -> float:
    """Return a length on paper in centimetres.

    Raises:
        NotApplicable: the text is not a number with a unit.

    >>> length("8.5cm"), length("85 mm"), round(length("3.35in"), 2)
    (8.5, 8.5, 8.51)
    """
    found = re.fullmatch(rf"([0-9]*\.?[0-9]+) *({'|'.join(_UNITS)})", str(text).strip())
    if found is None or float(found[1]) == 0:
        raise NotApplicable(f"width={text!r} is no length. Write a number and {', '.join(_UNITS)}, such as '8.5cm'.")
    return float(found[1]) * _UNITS[found[2]]


def _check_colour(name: str, colour: str) -> None:
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", str(colour)):
        raise NotApplicable(f"colours={{{name!r}: {colour!r}}}: write a colour as '#RRGGBB', such as '#D9E8F5'.")
    if (seen := contrast(INK, colour)) < _READABLE:
        raise NotApplicable(
            f"colours={{{name!r}: {colour!r}}}: labels would have a contrast of {seen:.1f} to 1 on it. "
            f"Take a lighter colour: {_READABLE} to 1 can be read."
        )
