"""`plot`: the chart that fits a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cidmesa.render.charts.chart import answer_of, is_numeric, varying
from cidmesa.render.charts.curves import curves
from cidmesa.render.charts.phase import phase
from cidmesa.render.charts.tornado import is_alone, tornado

if TYPE_CHECKING:
    from cidmesa.render.charts.chart import Chart, Tabular
    from cidmesa.symbolic.condition import Condition

__all__ = ["plot"]

_FINE = 6  # values of a second parameter from which on a phase diagram shows more than curves


def plot(
    table: Tabular, show: str | None = None, *, at: Condition | None = None, title: str = "", axes: Any = None
) -> Chart:
    """Return the chart that fits a table: a tornado chart, a phase diagram, or curves.

    A tornado chart where one parameter at a time varies; a phase diagram where two parameters vary finely (and nothing
    else); curves over the parameter with the most values otherwise. `curves`, `phase` and `tornado` let you choose.

    Args:
        table: such as `cm.sweep` gives.
        show: the answer that is shown, the first where it is left out.
        at: a condition on the parameters, whose exact thresholds or boundary are marked.
        title: stands above.
        axes: matplotlib axes to draw in, those of a new figure where they are left out.

    Raises:
        NotApplicable: nothing varies, or there is no such answer.
        NeedsPackage: matplotlib is not installed.

    >>> import cidmesa as cm
    >>> table = cm.sweep("hubinger2019/two-corners", {"mu": "0:1:11"}, ask="deceptive", of="deceptive")
    >>> chart = plot(table)
    >>> print(chart)
    deceptive over mu: no from 0 to 0.35, yes from 0.35 to 1

    """
    numbers, names = varying(table)
    if is_alone(table) and is_numeric(table.column(answer_of(table, show))):
        return tornado(table, show, title=title, axes=axes)
    if len(numbers) == 2 and not names and len(set(table.column(numbers[1]))) >= _FINE:
        return phase(table, show=show, at=at, title=title, axes=axes)
    return curves(table, show=show, at=at, title=title, axes=axes)
