"""Places for all nodes of a figure: fresh, given, or those of the training process that a composition came from."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from cidmesa.errors import NotApplicable, UnknownNode
from cidmesa.render.figure import BAR_LINE, BAR_TOP, CENTIMETRE, NOTE_SIZE, RING_GAP, bars_width
from cidmesa.render.geometry import Box, Point, Shape
from cidmesa.render.labels import LINE, label_width, lines_of, text_width
from cidmesa.render.layout.additions import beside, beside_variables
from cidmesa.render.layout.layered import Layout, Wishes, layout
from cidmesa.render.layout.time_slices import numbered, repeats, sliced, stem
from cidmesa.render.overlays import Scene, scenes_of

if TYPE_CHECKING:
    from cidmesa.render.drawable import Subject
    from cidmesa.render.figure import Bar
    from cidmesa.render.geometry import Direction
    from cidmesa.render.labels import Label
    from cidmesa.render.options import Options
    from cidmesa.structure.node import Node

__all__ = ["box_of", "dot_layout", "has_dot", "note_size", "places", "room_of"]


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


_SPARE = (44.0, 44.0)  # px kept free for a decision or utility that a composition may put beside an action
_LARGE = 60  # nodes: above so many, dot is asked where it is found

Sizes = dict[str, tuple[float, float]]


def places(scenes: Sequence[Scene], options: Options) -> Layout:
    """Return the centre of each node in px, and points that long links may run through.

    Two diagrams beside each other are laid out as one, so that each node has one place. A training process leaves room
    beside each action for the decision and the utility of the mesa-optimizer, and a composition puts them there.

    Raises:
        NotApplicable: the program of the layout is missing.
        UnknownNode: a node in ``same_rank`` is not drawn.
    """
    sizes, links = _sizes(scenes), tuple(dict.fromkeys(link for scene in scenes for link in scene.subject.links))
    mechanisms = {name: of for scene in scenes for name, of in scene.subject.mechanisms.items()}
    variables = {name: size for name, size in sizes.items() if name not in mechanisms}
    inner = [link for link in links if not mechanisms.keys() & set(link)]
    made = _places(scenes, variables, inner, options)
    if not mechanisms:
        return made
    more = beside_variables(made.centres, mechanisms, options.get("direction", "LR"))
    return Layout({**made.centres, **more}, made.vias)


def _places(scenes: Sequence[Scene], sizes: Sizes, links: Sequence[tuple[str, str]], options: Options) -> Layout:
    subject, other = scenes[-1].subject, scenes[0].subject if scenes[1:] else None
    direction, same = options.get("direction", "LR"), options.get("same_rank", ())
    weak = {link for scene in scenes for link in scene.subject.memories}
    strong = [link for link in links if link not in weak]
    positions = options.get("positions")
    if positions:
        fixed = {name: (x * CENTIMETRE, -y * CENTIMETRE) for name, (x, y) in positions.items()}
        return Layout(beside(sizes, strong, fixed, direction), {})
    if positions is None and not same and subject.base is not None and other in (None, subject.base):
        kept = _inherited(subject, subject.base, sizes, options)
        return Layout(beside(sizes, strong, kept.centres, direction), kept.vias)
    episodes = {name: at for scene in scenes for name, at in scene.subject.episodes.items() if name in sizes}
    if subject.base is None and other is None:
        return _with_room(subject, sizes, links, weak, episodes, options)
    return _fresh(sizes, links, weak, episodes, options)


def _fresh(
    sizes: Sizes,
    links: Sequence[tuple[str, str]],
    weak: set[tuple[str, str]],
    episodes: Mapping[str, object],
    options: Options,
) -> Layout:
    """Return a layout of the kind that the options ask for."""
    direction, same = options.get("direction", "LR"), options.get("same_rank", ())
    for name in (name for group in same for name in group):
        if name not in sizes:
            raise UnknownNode(name, sizes)
    kind, near = _kind(len(sizes), episodes, options), options.get("compact", False)
    if kind == "dot":
        return dot_layout(sizes, links, direction, same)
    spine = [link for link in links if stem(link[0]) == stem(link[1]) and link not in weak]
    if kind == "layered":
        return layout(sizes, links, direction, Wishes(spine, weak, same, compact=near))
    made = sliced(list(sizes), [link for link in links if link not in weak], episodes or numbered(sizes))
    return layout(sizes, links, direction, Wishes(spine, weak, columns=made.columns, lanes=made.rows, compact=near))


def _kind(count: int, episodes: Mapping[str, object], options: Options) -> str:
    kind = options.get("layout", "auto")
    if kind != "auto":
        return kind
    if repeats(episodes) and not options.get("same_rank"):
        return "sliced"
    return "dot" if count > _LARGE and has_dot() else "layered"


def _sizes(scenes: Sequence[Scene]) -> Sizes:
    sizes: Sizes = {}
    for scene in scenes:
        for node in scene.subject.nodes:
            before, now = sizes.get(node.name, (0.0, 0.0)), room_of(scene, node)
            sizes[node.name] = (max(before[0], now[0]), max(before[1], now[1]))
    return sizes


# --- room for the mesa-optimizer -----------------------------------------------------------------------------------


def _spare(action: str) -> tuple[str, str]:
    """Return the names of the decision and the utility for which an action has room beside it."""
    return f"D_{action}", f"utility of {action}"


def _with_room(
    subject: Subject,
    sizes: Sizes,
    links: Sequence[tuple[str, str]],
    weak: set[tuple[str, str]],
    episodes: Mapping[str, object],
    options: Options,
) -> Layout:
    """Return a fresh layout with a place before each learned action, and one after it where it has no own utility.

    Decisions of later episodes may remember earlier ones: the line between them is kept free of other links.
    """
    parents = {node.name: set(node.parents) for node in subject.nodes}
    scored = [node.parents for node in subject.nodes if node.kind == "utility"]
    more: list[tuple[str, str]] = []
    for action in sorted(subject.learned):
        before, after = _spare(action)
        seen = [p for p in sorted(parents[action]) if p not in episodes]
        more += [(before, action), *((p, before) for p in seen)]
        more += [(action, after)] if (action,) not in scored else []
    spare = {name: sizes.get(name, _SPARE) for link in more for name in link if name not in parents}
    acting = [_spare(action)[0] for action in episodes if action in subject.learned]
    more += pairwise(acting) if repeats(episodes) else ()
    more = [link for link in more if link not in links]
    at = {before: episodes[action] for action in subject.learned if action in episodes for before in _spare(action)[:1]}
    own = {name: size for name, size in sizes.items() if name not in spare}
    return _fresh({**own, **spare}, [*links, *more], weak, {**episodes, **at}, options)


def _inherited(subject: Subject, base: Subject, sizes: Sizes, options: Options) -> Layout:
    """Return the places of the training process for a composition: the new ones in the room for them."""
    alone: Options = {"direction": options.get("direction", "LR"), "layout": options.get("layout", "auto")}
    alone |= {"compact": options.get("compact", False), "recall": options.get("recall", "shown")}
    alone |= {"show": options.get("show", "names"), "evidence": _there(options.get("evidence"), base)}
    alone |= {"intervention": _there(options.get("intervention"), base), "labels": _there(options.get("labels"), base)}
    seat = _seats(subject, base)
    room = _sizes(scenes_of(base, alone))
    for name, size in sizes.items():
        there = seat.get(name, name)
        known = room.get(there, _SPARE if there in seat.values() else (0.0, 0.0))
        room |= {there: (max(known[0], size[0]), max(known[1], size[1]))} if there in room or name in seat else {}
    made = _with_room(base, room, base.links, set(base.memories), base.episodes, alone)
    centres = {name: made.centres[seat.get(name, name)] for name in sizes if seat.get(name, name) in made.centres}
    return replace(made, centres=centres)


def _there(given: Mapping[str, Any] | None, base: Subject) -> dict[str, Any]:
    return {name: value for name, value in (given or {}).items() if name in base.by_name}


def _seats(subject: Subject, base: Subject) -> dict[str, str]:
    """Return for new utilities whose place they take: a base utility's, or the spare one."""
    there = {frozenset(node.parents): node.name for node in base.nodes if node.kind == "utility"}
    seats: dict[str, str] = {}
    for node in subject.nodes:
        if node.kind == "utility" and node.name not in base.by_name:
            actions = [parent for parent in node.parents if parent in subject.learned]
            own = there.get(frozenset(node.parents)) or there.get(frozenset(actions))
            seat = own or (_spare(actions[0])[1] if len(actions) == 1 else _downstream(node.parents, base))
            if seat is not None and seat not in seats.values():
                seats[node.name] = seat
    return seats


def _downstream(parents: Sequence[str], base: Subject) -> str | None:
    """Return the first base utility that follows from all of these nodes."""
    for node in base.nodes:
        before = {node.name}
        for _ in base.nodes:
            before |= {a for a, b in base.links if b in before}
        if node.kind == "utility" and before >= set(parents):
            return node.name
    return None


@dataclass(frozen=True, slots=True)
class _Sizes:
    """Least sizes of shapes in px, and how much room is left around a label."""

    chance: float
    decision: float
    utility: float
    octagon: float
    mechanism: float
    pad: float
    slope: float  # of a diamond: how wide a label may be beside the shape


_USUAL, _SMALL = _Sizes(38, 36, 44, 36, 30, 14, 0.66), _Sizes(30, 28, 38, 28, 26, 9, 0.71)


def _shape(kind: str, width: float, lines: int, sizes: _Sizes) -> tuple[Shape, float, float]:
    """Return the shape for a kind of node, large enough for a label of this width and so many lines."""
    more = LINE * (lines - 1)
    if kind == "decision":
        return "rectangle", max(sizes.decision, width + sizes.pad + 2), sizes.decision + more
    if kind == "mechanism":
        return "ellipse", max(sizes.mechanism, width * 1.08 + sizes.pad - 2), sizes.mechanism + more
    if kind == "chance":
        if width <= sizes.chance - 10 and not more:
            return "ellipse", sizes.chance, sizes.chance
        return "ellipse", width * (1.25 if more else 1.08) + sizes.pad, sizes.chance + 1.25 * more
    if width <= 40 and not more:
        return "diamond", max(sizes.utility, width / sizes.slope + 6), sizes.utility
    return "octagon", width + sizes.pad + 10, sizes.octagon + more


def box_of(scene: Scene, node: Node, centre: Point = (0.0, 0.0)) -> Box:
    """Return the shape of a node at ``centre``, large enough for its label."""
    kind, runs = "mechanism" if node.name in scene.subject.mechanisms else node.kind, scene.labels[node.name]
    if bars := scene.bars.get(node.name):
        return _table(kind, runs, bars, centre)
    sizes = _SMALL if scene.compact else _USUAL
    shape, width, height = _shape(kind, label_width(runs), len(lines_of(runs)), sizes)
    return Box(*centre, 2.0 * -(-width // 2), height, shape)


_TABLES: dict[str, Shape] = {"chance": "rounded", "decision": "rectangle", "utility": "octagon"}


def _table(kind: str, runs: Label, bars: Sequence[Bar], centre: Point) -> Box:
    """Return the shape of a node with rows below its label."""
    wide = max(label_width(runs) + 20, bars_width(bars))
    high = BAR_TOP + LINE * (len(lines_of(runs)) - 1) + BAR_LINE * len(bars) + 6
    return Box(*centre, 2.0 * -(-wide // 2), high, _TABLES[kind])


def room_of(scene: Scene, node: Node) -> tuple[float, float]:
    """Return the room a node needs with what is written below it and more rings than two."""
    box = box_of(scene, node)
    more = max(0.0, 2 * RING_GAP * (len(scene.rings.get(node.name, ())) - 2))
    wide, high = note_size(scene.notes.get(node.name, ("", ""))[0])
    return max(box.width, wide) + more, box.height + more + (2 * high + 4 if high else 0)


def note_size(note: str) -> tuple[float, float]:
    """Return the room that the lines of a note need.

    >>> note_size("")
    (0.0, 0.0)
    """
    lines = note.splitlines()
    return max((text_width(line, NOTE_SIZE) for line in lines), default=0.0), (NOTE_SIZE + 2) * len(lines)
