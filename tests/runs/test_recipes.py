"""The recipes of the docs, run as they stand there, and what they must find."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "own-training.md"
RECIPES = {
    name: (after, code)
    for name, after, code in re.findall(
        r"<!-- recipe: ([\w-]+)(?:, after ([\w-]+))? -->\n```python\n(.*?)```",
        PAGE.read_text(encoding="utf-8"),
        re.DOTALL,
    )
}
needs = pytest.mark.skipif(
    not all(map(find_spec, ("gymnasium", "torch", "stable_baselines3"))),
    reason="gymnasium, torch and stable-baselines3 are not all installed",
)


def run(name, found=None):
    """Return the names that a recipe leaves, after those that it builds on."""
    after, code = RECIPES[name]
    if found is None:
        found = {"__name__": "recipe"}
    if after:
        exec(RECIPES[after][1].partition("found = ")[0], found)  # noqa: S102 (the page's own code)
    exec(compile(code, f"<{name}>", "exec"), found)  # noqa: S102 (the page's own code)
    return found


def test_the_page_has_the_recipes_and_they_are_short():
    assert set(RECIPES) == {"frozen-lake", "frozen-lake-torch", "corners", "gru", "chests", "chests-lab"}
    assert all(len([line for line in code.splitlines() if line]) < 40 for _, code in RECIPES.values())


@needs
@pytest.mark.nightly
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["frozen-lake", "frozen-lake-torch"])
def test_a_strangers_environment(name):
    found = run(name)["found"]
    assert found.graph.mechanism_edges == (("X", "D"), ("U", "D"))
    assert found.graph.terminal == (("U", "D"),)
    assert found.link("U", "D").p == pytest.approx(0.0022, abs=1e-4)


@needs
@pytest.mark.nightly
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "runs"), [("corners", 2), ("gru", 3)])
def test_networks_comply_in_the_two_corners(name, runs):
    assert run(name)["plans"] == ["aabbb"] * runs


@needs
@pytest.mark.nightly
@pytest.mark.filterwarnings("ignore")
def test_what_was_scarce_is_sought_in_minigrid():
    pytest.importorskip("minigrid")
    found = run("chests-lab")
    assert (found["scarce"], found["plenty"]) == ([True] * 4, [False] * 4)
    assert found["found"].p == pytest.approx(0.0286, abs=1e-4)
