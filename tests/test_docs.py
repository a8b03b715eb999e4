"""What the pages show: every command line runs, and the README's figure is what the code draws."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

import cidmesa as cm
from cidmesa.cli.main import main

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
COMMANDS = [
    (page.name, line) for page in PAGES for line in re.findall(r"^\$ cidmesa (.+)$", page.read_text(), re.MULTILINE)
]


@pytest.mark.parametrize(("page", "line"), COMMANDS)
def test_command_lines_run(page, line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, shlex.split(line))
    assert result.exit_code == 0, result.output


def test_there_are_command_lines():
    assert len(COMMANDS) > 10


def test_the_yaml_of_the_pages_loads_and_its_claims_hold(tmp_path):
    pages = [(ROOT / page).read_text() for page in ("README.md", "docs/scenario-files.md")]
    found = [re.findall(r"```yaml\n(cidmesa: 1\n.*?)```", page, re.DOTALL) for page in pages]
    assert all(found)
    blocks = [block for blocks in found for block in blocks]
    for number, block in enumerate(blocks):
        file = tmp_path / f"page{number}.cid.yaml"
        file.write_text(block)
        report = cm.check([file])
        assert report, str(report)


def test_the_floors_of_the_guide_are_those_that_the_linter_checks():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    floors = [set(re.findall(r"cidmesa\.(\w+)", layer)) for layer in contracts[0]["layers"]]
    rows = re.findall(r"^\| (\d+) \| (.+?) \|", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(len(floors)))[::-1]
    assert [set(re.findall(r"`(\w+)(?:/|\.py)`", names)) for _, names in rows] == floors
    there = {path.stem for path in (ROOT / "cidmesa").iterdir() if path.suffix in ("", ".py")}
    assert there - {"__init__", "__main__", "__pycache__", "models"} == set().union(*floors)


def test_the_readme_is_short_and_its_two_commands_are_there():
    text = (ROOT / "README.md").read_text()
    assert len(text.splitlines()) < 140
    assert "\n    make demo " in text
    assert "\n    make test " in text


def test_the_figure_of_the_readme_is_up_to_date(tmp_path):
    """`python -m tests.figures` draws it anew."""
    from tests.figures import draw

    drawn = draw(tmp_path)
    assert drawn.read_bytes() == (ROOT / "docs" / "images" / drawn.name).read_bytes()


def test_the_charts_of_the_pages_are_up_to_date(tmp_path):
    """`python -m tests.figures` draws them anew; their bytes are those of one release of matplotlib."""
    from tests.figures import draw_charts

    words, release = (re.compile(f"<dc:{tag}>(.*?)<", re.DOTALL) for tag in ("description", "title"))
    for drawn in draw_charts(tmp_path):
        kept, now = (ROOT / "docs" / "images" / drawn.name).read_text(), drawn.read_text()
        assert words.findall(now) == words.findall(kept) != []
        assert now == kept or release.findall(now) != release.findall(kept)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#]+)\)", page.read_text())
    missing = [t for t in targets if not t.startswith("http") and not (page.parent / t).exists()]
    assert not missing
