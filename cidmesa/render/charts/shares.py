"""The posterior of a derivation as bars: a class or claim each, with what ties, bounds or draws leave open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cidmesa.render.charts.chart import Chart, axes_for, key_below, patch_of
from cidmesa.render.palette import INK, PALE

if TYPE_CHECKING:
    from cidmesa.mesa.derive.derivation import Derivation

__all__ = ["shares"]


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
