"""Charts of what training shows: shares of runs, thresholds, scopes of credit, responses, what is followed apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from itertools import pairwise
from math import sqrt
from typing import TYPE_CHECKING, Any

from cidmesa.errors import NotApplicable
from cidmesa.render.charts.chart import Chart, axes_for, key_below, patch_of, shown_name
from cidmesa.render.palette import FAINT, INK, MISSING, PALE, SERIES
from cidmesa.runs.significance import interval

if TYPE_CHECKING:
    from cidmesa.mesa.derive.derivation import Derivation
    from cidmesa.runs.discovery import RunDiscovery
    from cidmesa.runs.scope import CreditScope

__all__ = ["plot_effects", "plot_scope", "plot_shares", "plot_thresholds", "plot_triangle", "shares"]


Count = tuple[int, int]  # of so many runs


def plot_shares(
    found: Mapping[tuple[float, float], Count],
    exact: Sequence[tuple[float, float]] = (),
    *,
    names: tuple[str, str] = ("mu", "K"),
    title: str = "",
    axes: Any = None,
) -> Chart:
    """Return a phase diagram of runs: at each point of two parameters, a dot for the share of the runs that do it.

    The height of a dot in its row is the share; the bar is its 95% Wilson interval. The line is the exact boundary.

    Args:
        found: (x, y) -> (number of runs that do it, number of runs).
        exact: points of the exact boundary, in order.
        names: the names of the two parameters.
        title: the text above the chart; none if left out.
        axes: matplotlib axes to draw in; those of a new figure if left out.

    Raises:
        NeedsPackage: matplotlib is not installed.

    Source: the interval is Wilson's, 1927.

    >>> print(plot_shares({(0.2, 3): (0, 24), (0.5, 3): (24, 24)}, [(1 / 3, 3)]))
    all runs at 1 of 2 points, none at 1
    """
    ground, rows = axes_for(axes, 3.6, title), sorted({y for _, y in found})
    height = 0.8 * min((b - a for a, b in pairwise(rows)), default=1)
    for (x, y), (k, n) in found.items():
        low, high = (y + height * (end - 0.5) for end in interval(k, n))
        ground.plot([x, x], [low, high], color=FAINT, linewidth=1.2, zorder=1)
        ground.scatter(
            [x],
            [y + height * (k / n - 0.5)],
            s=34,
            c=[SERIES[0][0] if 2 * k > n else PALE[0]],
            edgecolors=INK,
            linewidths=0.6,
            zorder=3,
        )
    if exact:
        ground.plot(*zip(*exact, strict=True), color=INK, linewidth=1.4, linestyle="--", zorder=2)
    ground.set_xlabel(shown_name(names[0]))
    ground.set_ylabel(shown_name(names[1]))
    ground.set_yticks(rows, [f"{y:g}" for y in rows])
    key_below(ground, [patch_of(SERIES[0][0], "most runs"), patch_of(PALE[0], "half or fewer")])
    every, none = (sum(k == (n if whole else 0) for k, n in found.values()) for whole in (True, False))
    return Chart(ground, f"all runs at {every} of {len(found)} points, none at {none}")


def plot_thresholds(
    found: Mapping[float, Mapping[float, Count]], exact: float, *, name: str = "mu", title: str = "", axes: Any = None
) -> Chart:
    """Return a chart of the value at which runs begin to do something, against their training budget.

    The threshold is the value at which half of the runs do it. On an even grid from points where none do to points
    where all do, it is the mean of the distribution whose cumulative values are the shares; the bar is two standard
    errors.

    Args:
        found: budget -> value of the parameter -> (number of runs that do it, number of runs).
        exact: the threshold of exact planning.
        name: the name of the parameter.
        title: the text above the chart; none if left out.
        axes: matplotlib axes to draw in; those of a new figure if left out.

    Raises:
        NotApplicable: the parameter has fewer than two values.
        NeedsPackage: matplotlib is not installed.

    Source: the estimator is Spearman's and Kärber's.

    >>> print(plot_thresholds({500: {0.2: (0, 40), 0.3: (0, 40), 0.4: (40, 40)}}, 1 / 3))
    500: 0.350
    """
    ground = axes_for(axes, 3.2, title)
    told = {budget: _midpoint(points) for budget, points in found.items()}
    for budget, (middle, error) in told.items():
        ground.plot([budget, budget], [middle - 2 * error, middle + 2 * error], color=FAINT, linewidth=1.6)
    ground.plot(list(told), [middle for middle, _ in told.values()], "o-", color=SERIES[0][0], markersize=5)
    ground.axhline(exact, color=INK, linewidth=1.2, linestyle="--")
    ground.set_xscale("log")
    ground.set_xlabel("lives in training")
    ground.set_ylabel(shown_name(name))
    return Chart(ground, "; ".join(f"{budget:g}: {middle:.3f}" for budget, (middle, _) in told.items()))


def _midpoint(points: Mapping[float, Count]) -> tuple[float, float]:
    values = sorted(points)
    if len(values) < 2:
        raise NotApplicable("a threshold needs several values of the parameter, in even steps.")
    step, parts = values[1] - values[0], [points[v][0] / points[v][1] for v in values]
    error = sqrt(sum(p * (1 - p) / max(points[v][1] - 1, 1) for p, v in zip(parts, values, strict=True)))
    return values[-1] + step / 2 - step * sum(parts), step * error


def plot_scope(found: CreditScope, *, title: str = "", axes: Any = None) -> Chart:
    """Return a matrix of how far credit reaches: a row for each decision, a column for each episode.

    A cell is dark if the decision responds, light if it does not and grey if that is not known; the number is the
    effect.

    Args:
        found: a result of `cidmesa.runs.credit_scope`.
        title: the text above the chart; none if left out.
        axes: matplotlib axes to draw in; those of a new figure if left out.

    Raises:
        NeedsPackage: matplotlib is not installed.

    Source: ours.

    >>> import cidmesa as cm
    >>> spec = cm.MesaSpec(target="A == 'b'", scope="updates", recall="none")
    >>> lab = cm.runs.lab(cm.compose(cm.builders.episodes(1, 1, mu="4/5"), spec))
    >>> print(plot_scope(cm.runs.credit_scope(lab, n=6)))
    scope updates: D_A1 xx, D_A2 .x
    """
    rows, fills = found.rows(), {"x": SERIES[0][0], ".": "#FFFFFF", "?": MISSING}
    ground, names = axes_for(axes, 0.9 + 0.4 * len(rows), title), list(found.place)
    box = import_module("matplotlib.patches").Rectangle
    for i, row in enumerate(rows):
        for k, mark in enumerate(row):
            ground.add_patch(box((k - 0.5, i - 0.5), 1, 1, facecolor=fills[mark], edgecolor=FAINT, linewidth=0.6))
            if (names[i], k) in found.matrix:
                link = found.matrix[names[i], k]
                ground.text(
                    k,
                    i,
                    f"{link.effect:.1f}",
                    ha="center",
                    va="center",
                    fontsize="small",
                    color="#FFFFFF" if mark == "x" else INK,
                )
    ground.set_xlim(-0.5, len(rows[0]) - 0.5)
    ground.set_ylim(len(rows) - 0.5, -0.5)
    ground.set_xticks(range(len(rows[0])), [str(k + 1) for k in range(len(rows[0]))])
    ground.set_yticks(range(len(rows)), [shown_name(name) for name in names])
    ground.set_xlabel("episode of the utility")
    key_below(
        ground, [patch_of(fills["x"], "responds"), patch_of(fills["."], "does not"), patch_of(MISSING, "unknown")]
    )
    said = ", ".join(f"{name} {row}" for name, row in zip(names, rows, strict=True))
    return Chart(ground, f"scope {found.scope}: {said}")


def plot_effects(found: RunDiscovery, *, title: str = "", axes: Any = None) -> Chart:
    """Return the mechanised graph that runs show; the width of a link is its effect, and unknown links are dashed.

    Variables stand in a row in order, with their mechanisms above. Terminal links, which show aims, are coloured.

    Args:
        found: a result of `cidmesa.runs.discover`.
        title: the text above the chart; none if left out.
        axes: matplotlib axes to draw in; those of a new figure if left out.

    Raises:
        NeedsPackage: matplotlib is not installed.

    Source: after the mechanised graphs of Kenton et al. 2023.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("D -> U", decisions=["D"], utilities=["U"]), D=["stay", "go"], U="D == 'go'")
    >>> print(plot_effects(cm.runs.discover(cm.runs.lab(m), n=6)))
    ~U -> ~D 1.00 (aim)
    """
    ground, nodes = axes_for(axes, 3.0, title), found.graph.nodes
    arrow = import_module("matplotlib.patches").FancyArrowPatch
    place, told = {node: float(i) for i, node in enumerate(nodes)}, []
    for a, b in found.graph.edges:
        ground.add_patch(_link(arrow, (place[a], 0), (place[b], 0), FAINT, 1.0, "solid", 0.15))
    for link in found.links:
        if link.stage == "edge" and link.status != "does not respond":
            aim, known = (link.node, link.to) in found.graph.terminal, bool(link)
            colour, width = (SERIES[1][0] if aim else INK), 0.6 + 2.4 * link.effect * known
            ends = (place[link.node], 1), (place[link.to], 1)
            ground.add_patch(
                _link(arrow, *ends, colour if known else FAINT, width, "solid" if known else "dashed", -0.3)
            )
            told += [f"~{link.node} -> ~{link.to} {link.effect:.2f}{' (aim)' * aim}"] if known else []
    for node, x in place.items():
        for y, text in ((0, shown_name(node)), (1, f"~{node}")):
            ground.text(
                x,
                y,
                text,
                ha="center",
                va="center",
                fontsize="small",
                bbox={"boxstyle": "circle", "facecolor": PALE[1] if y else "#FFFFFF", "edgecolor": INK},
            )
    ground.set_xlim(-0.6, len(nodes) - 0.4)
    ground.set_ylim(-0.6, 1.8)
    ground.set_axis_off()
    return Chart(ground, "; ".join(told) or "no mechanism responds")


def _link(
    arrow: Any, start: tuple[float, float], end: tuple[float, float], colour: str, width: float, dash: str, bend: float
) -> Any:
    look = {"color": colour, "linewidth": width, "linestyle": dash, "shrinkA": 14, "shrinkB": 14}
    return arrow(start, end, arrowstyle="-|>", mutation_scale=10, connectionstyle=f"arc3,rad={bend}", **look)


def plot_triangle(
    found: Mapping[str, tuple[float, float, float]],
    corners: tuple[str, str, str] = ("coin", "flag", "neither"),
    *,
    title: str = "",
    axes: Any = None,
) -> Chart:
    """Return a triangle with a point for each system: what it follows if three things that coincided come apart.

    Args:
        found: name -> the shares of the three.
        corners: the names of the three shares.
        title: the text above the chart; none if left out.
        axes: matplotlib axes to draw in; those of a new figure if left out.

    Raises:
        NotApplicable: the shares do not sum to 1.
        NeedsPackage: matplotlib is not installed.

    Source: after Langosco et al. 2022, who ask what a CoinRun agent follows.

    >>> print(plot_triangle({"salient flag": (0.025, 0.839, 0.136)}))
    salient flag: coin 0.03, flag 0.84, neither 0.14
    """
    ground, tops = axes_for(axes, 4.0, title), ((0.0, 0.0), (1.0, 0.0), (0.5, sqrt(3) / 2))
    ground.plot(*zip(*tops, tops[0], strict=True), color=FAINT, linewidth=1.0)
    for (x, y), name in zip(tops, corners, strict=True):
        ground.annotate(name, (x, y), (0, 8 if y else -12), textcoords="offset points", ha="center", fontsize="small")
    for number, (name, parts) in enumerate(found.items()):
        if abs(sum(parts) - 1) > 0.01 or min(parts) < 0:
            raise NotApplicable(f"{name}: the shares {parts} do not sum to 1.")
        x, y = (sum(part * top[i] for part, top in zip(parts, tops, strict=True)) for i in (0, 1))
        ground.scatter(
            [x], [y], s=42, color=SERIES[number % len(SERIES)][0], edgecolors=INK, linewidths=0.6, label=name
        )
    ground.legend(frameon=False, fontsize="small", loc="upper right")
    ground.set_aspect("equal")
    ground.set_axis_off()
    words = [
        f"{name}: {', '.join(f'{c} {p:.2f}' for c, p in zip(corners, parts, strict=True))}"
        for name, parts in found.items()
    ]
    return Chart(ground, "; ".join(words))


def shares(derivation: Derivation, *, title: str = "", axes: Any = None) -> Chart:
    """Return a chart of the probabilities of classes and claims.

    A bar ends at the least probability; a pale one behind it at the greatest, where that differs.

    Args:
        derivation: from `cm.derive`.
        title: the text above the chart; none if left out.
        axes: matplotlib axes to draw in; those of a new figure if left out.

    Raises:
        NeedsPackage: matplotlib is not installed.

    >>> import cidmesa as cm
    >>> specs = {"schemer": cm.MesaSpec("A == 'b'", "updates"), "aligned": cm.MesaSpec("A == 'a'", "updates")}
    >>> found = cm.derive(cm.builders.episodes(1, 2), cm.families.specifications(specs))
    >>> print(shares(found))
    deceptive 1/2, internal 1/2; bad 1/2, complies 1, defects later 1/2, deceives 1/2, deceives strictly 1/2
    """
    claims = {name: p for name, p in derivation.claims.items() if name not in derivation.classes}
    rows = [*derivation.classes.items(), *claims.items()]
    ground = axes_for(axes, 0.8 + 0.34 * len(rows), title)
    places = [-k - (0.5 if k >= len(derivation.classes) else 0) for k in range(len(rows))]
    ends = [(float(p.low), float(p.high)) for _, p in rows]
    dark, pale = PALE[1], "#E4EFF6"
    ground.barh(places, [high for _, high in ends], 0.7, color=pale, edgecolor=INK, linewidth=0.5, linestyle="dashed")
    ground.barh(places, [low for low, _ in ends], 0.7, color=dark, edgecolor=INK, linewidth=0.5)
    for place, (_, p), (_, high) in zip(places, rows, ends, strict=True):
        ground.text(min(high, 1) + 0.015, place, str(p).partition(" (")[0], va="center", fontsize="small")
    ground.set_yticks(places, [name for name, _ in rows])
    ground.set_xlim(0, 1.3)
    ground.set_xticks([0, 0.25, 0.5, 0.75, 1])
    ground.set_xlabel("probability")
    if any(low < high for low, high in ends):
        key_below(ground, [patch_of(dark, "at least"), patch_of(pale, "at most")])
    said = ["; ".join(filter(None, (_listed(derivation.classes), _listed(claims))))]
    return Chart(ground, said[0])


def _listed(found: Any) -> str:
    return ", ".join(f"{name} {p}" for name, p in found.items())
