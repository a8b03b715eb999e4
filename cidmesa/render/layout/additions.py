"""Places for further nodes in a drawing whose other nodes stay: beside their neighbours, or mechanisms."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from cidmesa.render.geometry import Box, Direction, Point, cross

__all__ = ["beside", "beside_variables"]

_RANK_STEP, _ROW_STEP, _REACH = 20.0, 30.0, 8
_APART = 12.0  # least px between two nodes
_BACKWARDS, _ON_A_LINK, _THROUGH_A_NODE = 60.0, 70.0, 35.0  # px of distance that each flaw counts as
_SIDEWAYS, _CROSSING, _ASLANT = 5.0, 20.0, 45.0


def beside(
    sizes: Mapping[str, tuple[float, float]],
    links: Sequence[tuple[str, str]],
    fixed: Mapping[str, Point],
    direction: Direction = "LR",
) -> dict[str, Point]:
    """Return centres for all nodes: those in ``fixed`` as given, the others near their neighbours, none overlapping.

    A new node is placed after its parents and before its children where there is room, off the links already there.

    >>> beside({"A": (40, 40), "B": (40, 40)}, [("A", "B")], {"A": (0.0, 0.0)})
    {'A': (0.0, 0.0), 'B': (60.0, 0.0)}
    """
    places = {name: fixed[name] for name in sizes if name in fixed}
    while left := [name for name in sizes if name not in places]:
        name = min(left, key=lambda n: _turn(n, links, places))
        places[name] = _best_place(name, sizes, links, places, direction)
    return {name: places[name] for name in sizes}


def _turn(name: str, links: Sequence[tuple[str, str]], places: Mapping[str, Point]) -> tuple[int, float]:
    """Return when a node is placed: with many placed neighbours first, then what belongs to the same node together."""
    near = [places[other] for other in _neighbours(name, links) if other in places]
    return -len(near), near[0][0] + near[0][1] if near else 0.0


def _neighbours(name: str, links: Sequence[tuple[str, str]]) -> list[str]:
    return [b if a == name else a for a, b in links if name in (a, b)]


def _best_place(
    name: str,
    sizes: Mapping[str, tuple[float, float]],
    links: Sequence[tuple[str, str]],
    places: Mapping[str, Point],
    direction: Direction,
) -> Point:
    near = [places[other] for other in _neighbours(name, links) if other in places]
    boxes = {other: Box(*place, *sizes[other], "rectangle").grown(_APART) for other, place in places.items()}
    drawn = [(places[a], places[b]) for a, b in links if a in places and b in places]
    mine = [(a, b) for a, b in links if name in (a, b) and (b if a == name else a) in places]
    best, least = None, math.inf
    for spot, distance in _spots(near, places, direction):
        if best is not None and distance >= least:
            break
        box = Box(*spot, *sizes[name], "rectangle")
        if not any(_overlap(box, other) for other in boxes.values()):
            cost = distance + _flaws(name, box, boxes, places, drawn, mine, direction)
            best, least = (spot, cost) if cost < least else (best, least)
    return best if best is not None else _outside(places, sizes[name])


def _spots(near: Sequence[Point], places: Mapping[str, Point], direction: Direction) -> list[tuple[Point, float]]:
    """Return places on a grid round the middle of the neighbours with their mean distance to them, nearest first."""
    around = near or list(places.values()) or [(0.0, 0.0)]
    du, dv = (_RANK_STEP, _ROW_STEP) if direction == "LR" else (_ROW_STEP, _RANK_STEP)
    x0 = du * round(sum(x for x, _ in around) / len(around) / du)
    y0 = dv * round(sum(y for _, y in around) / len(around) / dv)
    steps = range(-_REACH, _REACH + 1)
    spots = [(x0 + i * du, y0 + j * dv) for i in steps for j in steps]
    return sorted(((spot, sum(math.dist(spot, p) for p in around) / len(around)) for spot in spots), key=lambda s: s[1])


def _overlap(a: Box, b: Box) -> bool:
    return abs(a.x - b.x) * 2 < a.width + b.width and abs(a.y - b.y) * 2 < a.height + b.height


def _flaws(
    name: str,
    box: Box,
    boxes: Mapping[str, Box],
    places: Mapping[str, Point],
    drawn: Sequence[tuple[Point, Point]],
    mine: Iterable[tuple[str, str]],
    direction: Direction,
) -> float:
    total = _ON_A_LINK * sum(box.meets(p, q) for p, q in drawn)
    for a, b in mine:
        p, q = (box.centre if end == name else places[end] for end in (a, b))
        ahead = q[0] - p[0] if direction == "LR" else q[1] - p[1]
        total += _BACKWARDS * (ahead < 0) + _SIDEWAYS * (ahead == 0) + _ASLANT * (p[0] != q[0] and p[1] != q[1])
        total += _CROSSING * sum(cross((p, q), line) for line in drawn)
        total += _THROUGH_A_NODE * sum(other.meets(p, q) for node, other in boxes.items() if node not in (a, b))
    return total


def _outside(places: Mapping[str, Point], size: tuple[float, float]) -> Point:
    """Return a place below everything."""
    lowest = max(y for _, y in places.values())
    return min(x for x, _ in places.values()), lowest + 2 * _ROW_STEP + size[1]


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
