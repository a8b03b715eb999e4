"""The gallery page: complete, with ids of its own, and drawn by a browser."""

import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from html import unescape

import pytest

import cidmesa as cm
from docs.gallery import INDEX, gallery, index

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WITHOUT_ADDRESS = {
    "koller2001",
    "koller2003",
    "lauritzen2001",
    "luce1957",
    "milch2008",
    "pfeffer2007",
    "piccione1997",
    "spence1973",
    "vonneumann1928",
}
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--window-size=1200,1600",
)


@pytest.fixture(scope="module")
def scenarios():
    return cm.scenarios()


@pytest.fixture(scope="module")
def html(scenarios):
    return gallery(scenarios)


def test_every_scenario_is_there_with_figure_and_claims(html, scenarios):
    parts = re.split(r"<article ", html)[1:]
    assert [re.match(r'id="([^"]*)"', part)[1] for part in parts] == [s.slug for s in scenarios]
    for part, scenario in zip(parts, scenarios, strict=True):
        assert part.count("<svg ") == 1 + len(scenario.specs)
        assert part.count("<tr>") == len(scenario.claims)
        assert scenario.title in unescape(part)
        assert scenario.status is None or f">{scenario.status}</span>" in part


def test_ids_are_unique_and_figures_valid(html):
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    for text in re.findall(r"<svg .*?</svg>", html, re.DOTALL):
        ET.fromstring(text)  # noqa: S314 (our own text)
    assert not re.search(r'(?:src|href)="(?!#)', html)


def test_the_index_is_up_to_date(scenarios):
    """`make gallery` writes it anew."""
    assert INDEX.read_text() == index(scenarios)
    for file in re.findall(r"\]\((?!https?:)(.*?)\)", index(scenarios)):
        assert (INDEX.parent / file).is_file()


def test_the_index_links_each_source_and_says_what_is_whose(scenarios):
    sections = dict(re.findall(r"^## (\S+)\n\n(.*?)(?=^## |\Z)", index(scenarios), re.DOTALL | re.MULTILINE))
    unlinked = [key for key, text in sections.items() if not re.search(r"\]\(https?://", text.split("\n")[0])]
    assert set(unlinked) <= WITHOUT_ADDRESS
    for scenario in scenarios:
        said = sections[scenario.source.key]
        assert scenario.title in said
        assert " ".join(scenario.note.split()) in re.sub(r"\\([^\n])", r"\1", said)
        assert f"checked: {scenario.source.checked}; " in said


@pytest.mark.skipif(not BROWSER, reason="chromium is not installed")
def test_a_browser_draws_it(tmp_path, html):
    (tmp_path / "gallery.html").write_text(html, encoding="utf-8")
    picture = tmp_path / "gallery.png"
    command = [
        BROWSER,
        *QUIET,
        f"--user-data-dir={tmp_path / 'profile'}",
        f"--screenshot={picture}",
        f"file://{tmp_path / 'gallery.html'}",
    ]
    subprocess.run(command, capture_output=True, check=True, timeout=120)
    content = picture.read_bytes()
    assert content.startswith(b"\x89PNG")
    assert len(content) > 50_000  # a blank page of this size takes less than a tenth
