"""Charts of what training shows: what they say in words, and that they are drawn."""

import pytest

import cidmesa as cm
from tests.runs.models import corners, mouse


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_each_chart_is_drawn_and_tells_what_it_shows(tmp_path):
    scope = cm.runs.credit_scope(cm.runs.lab(corners(1, 1, mu="4/5")), 6)
    found = cm.runs.discover(cm.runs.lab(mouse()), 6)
    points = {(mu / 10, k): (24 * (mu * k > 10), 24) for mu in range(1, 10) for k in (2, 3)}
    grid = {budget: {mu / 50: (40 * (mu > 16 + 40 // budget), 40) for mu in range(10, 25)} for budget in (10, 40)}
    drawn = {
        "scope": (cm.plot(scope), "scope updates: D_A1 xx, D_A2 .x"),
        "effects": (cm.plot(found), "~X -> ~D 1.00; ~U -> ~D 1.00 (aim)"),
        "shares": (cm.plot_shares(points, [(0.5, 2), (1 / 3, 3)]), "all runs at 10 of 18 points, none at 8"),
        "thresholds": (cm.plot_thresholds(grid, 1 / 3), "10: 0.410; 40: 0.350"),
        "triangle": (cm.plot_triangle({"red": (0.5, 0.25, 0.25)}), "red: coin 0.50, flag 0.25, neither 0.25"),
    }
    for name, (chart, words) in drawn.items():
        assert chart.to_text() == words
        path = chart.save(tmp_path / f"{name}.png")
        assert path.stat().st_size > 3000
    assert len(drawn["scope"][0].axes.patches) == 4
    assert len(drawn["effects"][0].axes.patches) >= len(found.graph.edges) + len(found.graph.mechanism_edges)


def test_what_can_not_be_drawn_is_refused():
    with pytest.raises(cm.NotApplicable, match="do not sum to 1"):
        cm.plot_triangle({"red": (0.5, 0.5, 0.5)})
    with pytest.raises(cm.NotApplicable, match="several values"):
        cm.plot_thresholds({10: {0.2: (1, 2)}}, 0.3)
