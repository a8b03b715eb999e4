"""Places for all nodes of a figure: fresh, given, or those of the training process that a composition came from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cidmesa.render.beside import beside
from cidmesa.render.layout import Wishes, layout
from cidmesa.render.options import Options
from cidmesa.render.picture import CENTIMETRE
from cidmesa.render.scene import Scene, room_of, scenes_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cidmesa.render.shapes import Point
    from cidmesa.render.subject import Subject

__all__ = ["places"]

_SPARE = (44.0, 44.0)  # px kept free for a decision or utility that a composition may put beside an action


def places(
    subject: Subject, other: Subject | None, scenes: Sequence[Scene], options: Options
) -> tuple[Mapping[str, Point], Mapping[tuple[str, str], tuple[Point, ...]]]:
    """Return the centre of each node in px, and points that long links may run through.

    Two diagrams beside each other are laid out as one, so that each node has one place. A training process leaves room
    beside each action for the decision and the utility of the mesa-optimizer, and a composition puts them there.
    """
    fixed = _fixed(subject, other, options)
    sizes, links = _sizes(scenes), tuple(dict.fromkeys(link for scene in scenes for link in scene.subject.links))
    weak = {link for scene in scenes for link in scene.subject.memories}
    direction = options.get("direction", "LR")
    if fixed:
        return beside(sizes, [link for link in links if link not in weak], fixed, direction), {}
    if subject.base is None and other is None:
        spare = {name: _SPARE for action in sorted(subject.learned) for name in _spare(action) if name not in sizes}
        sizes, links = sizes | spare, links + _spare_links(subject, spare)
    spine = [link for link in links if _stem(link[0]) == _stem(link[1]) and link not in weak]
    made = layout(sizes, links, direction, Wishes(spine, weak))
    return made.centres, made.vias


def _sizes(scenes: Sequence[Scene]) -> dict[str, tuple[float, float]]:
    sizes: dict[str, tuple[float, float]] = {}
    for scene in scenes:
        for node in scene.subject.nodes:
            before, now = sizes.get(node.name, (0.0, 0.0)), room_of(scene, node)
            sizes[node.name] = (max(before[0], now[0]), max(before[1], now[1]))
    return sizes


def _spare(action: str) -> tuple[str, str]:
    """Return the names of the decision and the utility for which an action has room beside it."""
    return f"D_{action}", f"utility of {action}"


def _spare_links(subject: Subject, spare: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    names = [(action, *_spare(action)) for action in sorted(subject.learned)]
    links = [link for action, before, after in names for link in ((before, action), (action, after))]
    return tuple((a, b) for a, b in links if a in spare or b in spare)


def _stem(name: str) -> str:
    """Return a name without its number: links ``X1 -> X2`` are one thing in time, drawn straight."""
    return re.sub(r"_?\d+$", "", name)


def _fixed(subject: Subject, other: Subject | None, options: Options) -> Mapping[str, Point]:
    positions = options.get("positions")
    if positions is not None:
        return {name: (x * CENTIMETRE, -y * CENTIMETRE) for name, (x, y) in positions.items()}
    if subject.base is None or other is not None:
        return {}
    alone = Options(direction=options.get("direction", "LR"))
    centres = dict(places(subject.base, None, scenes_of(subject.base, None, alone), alone)[0])
    for node in subject.nodes:
        actions = [parent for parent in node.parents if parent in subject.learned]
        if node.kind == "utility" and len(actions) == 1 and (spot := centres.pop(_spare(actions[0])[1], None)):
            centres[node.name] = spot
    return centres
