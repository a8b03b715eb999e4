"""The program ``dot`` of Graphviz as a layout engine: places and ways from its plain output."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from typing import TYPE_CHECKING

from cidmesa.errors import NotApplicable
from cidmesa.render.layout.layered import Layout

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cidmesa.render.geometry import Direction

__all__ = ["dot_layout", "has_dot"]

_INCH = 72.0  # px
_APART = {"LR": (16.0, 40.0), "TB": (20.0, 28.0)}  # px between nodes of a rank, and between ranks
_SECONDS = 60


def has_dot() -> bool:
    """Return whether the program is found."""
    return shutil.which("dot") is not None


def dot_layout(
    sizes: Mapping[str, tuple[float, float]],
    links: Sequence[tuple[str, str]],
    direction: Direction = "LR",
    same_rank: Sequence[Sequence[str]] = (),
) -> Layout:
    """Return the layout that ``dot`` makes for nodes of these sizes in px.

    Raises:
        NotApplicable: the program is missing or failed; the message says what to do.

    """
    names = list(sizes)
    number = {name: f"n{i}" for i, name in enumerate(names)}
    near, far = (distance / _INCH for distance in _APART[direction])
    lines = [f"graph [rankdir={direction}, nodesep={near:.3f}, ranksep={far:.3f}, splines=polyline]"]
    lines += ['node [shape=box, fixedsize=true, label=""]']
    lines += [f"{number[n]} [width={w / _INCH:.4f}, height={h / _INCH:.4f}]" for n, (w, h) in sizes.items()]
    lines += [f"{number[a]} -> {number[b]}" for a, b in links]
    lines += [f"{{ rank=same; {' '.join(number[n] for n in group)} }}" for group in same_rank]
    return _read(_run("digraph {\n" + ";\n".join(lines) + "\n}"), names)


def _run(source: str) -> str:
    tool = shutil.which("dot")
    if tool is None:
        raise NotApplicable(
            "the layout 'dot' needs the program dot. Install Graphviz (Debian: graphviz), or take layout='layered'."
        )
    command = [tool, "-Tplain"]
    try:
        run = subprocess.run(command, input=source, capture_output=True, text=True, check=False, timeout=_SECONDS)  # noqa: S603 (a fixed command)
    except subprocess.TimeoutExpired:
        raise NotApplicable(
            f"dot took longer than {_SECONDS} s. Take layout='layered', or a smaller diagram."
        ) from None
    if run.returncode:
        raise NotApplicable(f"dot could not lay out the diagram: {run.stderr.strip()}. Take layout='layered'.")
    return run.stdout


def _read(plain: str, names: Sequence[str]) -> Layout:
    centres, vias = {}, {}
    for words in map(shlex.split, plain.splitlines()):
        if words[0] == "node":
            centres[names[int(words[1][1:])]] = (_px(words[2]), -_px(words[3]))
        if words[0] == "edge":
            numbers = words[4 : 4 + 2 * int(words[3])]
            points = [(_px(x), -_px(y)) for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
            if len(points) > 4:
                vias[names[int(words[1][1:])], names[int(words[2][1:])]] = tuple(dict.fromkeys(points[3:-3:3]))
    left, top = min(x for x, _ in centres.values()), min(y for _, y in centres.values())
    return Layout(
        {name: (round(x - left, 3), round(y - top, 3)) for name, (x, y) in centres.items()},
        {link: tuple((round(x - left, 3), round(y - top, 3)) for x, y in points) for link, points in vias.items()},
    )


def _px(inches: str) -> float:
    return _INCH * float(inches)
