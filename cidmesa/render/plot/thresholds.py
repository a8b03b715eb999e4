"""Thresholds in a chart over one parameter: exact values, marked by upright lines."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cidmesa.errors import NotApplicable
from cidmesa.modelling.parameter import number_of
from cidmesa.render.labels import label, plain
from cidmesa.render.palette import HIGHLIGHT, Stroke
from cidmesa.render.plot.chart import Rule

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["rules_of", "thresholds_of"]

_LONGEST = 18  # characters of an exact number; longer ones are rounded


def thresholds_of(at: Any, name: str) -> list[tuple[float, str]]:
    """Return place and text of the thresholds that a condition on ``name``, or a list of numbers, gives.

    Raises:
        NotApplicable: a condition on other parameters.

    >>> thresholds_of(["1/3"], "mu")
    [(0.3333333333333333, 'μ = 1/3')]

    """
    if at is None:
        return []
    found: Sequence[Any] = at
    if hasattr(at, "thresholds"):
        if at.names != (name,):
            raise NotApplicable(f"the condition is on {', '.join(at.names)}, not on {name} alone, so it has no "
                                f"threshold to mark. Ask for one with over=[{name!r}].")  # fmt: skip
        found = at.thresholds
    return sorted((_place(number), _text(number, name)) for number in found)


def _place(number: Any) -> float:
    return float(number_of(number) if isinstance(number, str) else number)


def _text(number: Any, name: str) -> str:
    exact = str(Fraction(number_of(number)) if isinstance(number, str | int | Fraction) else number)
    exact = exact.replace("sqrt", "√").replace("*", " ")
    shown = f"= {exact}" if len(exact) <= _LONGEST and not isinstance(number, float) else f"≈ {_place(number):.4g}"
    return f"{plain(label(name))} {shown}"


def rules_of(marked: Sequence[tuple[float, str]]) -> list[Rule]:
    """Return the upright lines; their words stand in two rows by turns, so that near ones can be read."""
    stroke = Stroke(HIGHLIGHT, 1.2, (4.0, 3.0))
    rows = 1 if len(marked) < 2 else 2
    return [Rule(place, text, stroke, i % rows) for i, (place, text) in enumerate(marked)]
