"""Places for mechanisms: a line above the variables and one below, each mechanism over or under its variable."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cidmesa.render.layout import Direction
    from cidmesa.render.shapes import Point

__all__ = ["beside_variables"]

_AWAY, _NEXT = 72.0, 48.0  # px from the outermost variable to the line of mechanisms, and between two such lines


def beside_variables(
    centres: Mapping[str, Point], mechanisms: Mapping[str, str], direction: Direction
) -> dict[str, Point]:
    """Return centres for mechanisms: of the variables in a column the upper half have theirs above, the others below.

    >>> beside_variables({"X": (0, 0), "Y": (80, 0)}, {"~X": "X", "~Y": "Y"}, "LR")
    {'~X': (0, -72.0), '~Y': (80, -72.0)}

    """
    turn = (lambda p: p) if direction == "LR" else (lambda p: (p[1], p[0]))
    at = {name: turn(centres[variable]) for name, variable in mechanisms.items()}
    top, bottom = min(v for _, v in at.values()), max(v for _, v in at.values())
    columns: dict[float, list[str]] = {}
    for name in sorted(at, key=lambda n: at[n][1]):
        columns.setdefault(at[name][0], []).append(name)
    found: dict[str, Point] = {}
    for u, names in columns.items():
        half = (len(names) + 1) // 2
        found |= {name: turn((u, top - _AWAY - _NEXT * i)) for i, name in enumerate(names[:half])}
        found |= {name: turn((u, bottom + _AWAY + _NEXT * i)) for i, name in enumerate(reversed(names[half:]))}
    return {name: found[name] for name in mechanisms}
