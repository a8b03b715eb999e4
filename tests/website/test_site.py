"""The built site in a real browser. `make docs` runs this on build/site; `CIDMESA_SITE` names another folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.browser import CHROMIUM, browser

pytestmark = pytest.mark.nightly
ROOT = Path(__file__).parents[2]
PHONE, DESK = 390, 1300


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    for package in ("sphinx", "furo", "myst_parser", "latex2mathml"):
        pytest.importorskip(package)
    if "CIDMESA_SITE" in os.environ:
        return Path(os.environ["CIDMESA_SITE"]).resolve()
    from docs.website.__main__ import build

    out = tmp_path_factory.mktemp("site")
    assert build(out) == []
    return out


@pytest.fixture(scope="session")
def tab(site, tmp_path_factory):
    if CHROMIUM is None:
        pytest.skip("no browser of the Chromium family is installed")
    with browser(tmp_path_factory.mktemp("profile")) as tab:
        yield tab


def test_links_hold_and_nothing_is_asked_of_the_network(site):
    from docs.website.checks import problems

    number, wrong = problems(site)
    assert wrong == []
    assert number > 5_000


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("admits_ici", "api/incentives.html#cidmesa.admits_ici"),
        ("deceptive alignment", "deception.html"),
        ("red door", "scenarios/hubinger2019.html"),
    ],
)
def test_search_finds(site, tab, words, found):
    tab.look(DESK)
    tab.open(f"{(site / 'search.html').as_uri()}?q={words.replace(' ', '+')}")
    tab.wait("document.querySelectorAll('ul.search a').length && document.querySelectorAll('.search-summary').length")
    links = tab.run("[...document.querySelectorAll('ul.search a')].map(a => a.getAttribute('href'))")
    assert found in links
    assert tab.errors == []


def test_no_page_writes_an_error_or_leaves_the_folder(site, tab):
    tab.look(DESK)
    for page in sorted(site.rglob("*.html")):
        tab.open(page.as_uri())
    assert tab.errors == []
    assert [url for url in tab.requests if not url.startswith(("file:", "data:"))] == []


def test_every_page_fits_a_phone(site, tab):
    tab.look(PHONE)
    wide = {}
    for page in sorted(site.rglob("*.html")):
        tab.open(page.as_uri())
        if (width := tab.run("document.documentElement.scrollWidth")) > PHONE:
            wide[page.relative_to(site).as_posix()] = width
    assert wide == {}


CONTRAST = """(() => {
  const parts = colour => colour.match(/[\\d.]+/g).map(Number);
  const bend = v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => [r, g, b].reduce((sum, v, k) => sum + bend(v / 255) * [.2126, .7152, .0722][k], 0);
  const ground = one => {
    for (; one; one = one.parentElement) {
      const colour = parts(getComputedStyle(one).backgroundColor);
      if (colour.length < 4 || colour[3] > .5) return colour;
    }
    return [255, 255, 255];
  };
  const low = [];
  for (const one of document.querySelectorAll('article :is(p, li, td, th, h1, h2, a, code)')) {
    if (!one.textContent.trim() || one.closest('.drawing, svg, .output')) continue;
    const [a, b] = [light(parts(getComputedStyle(one).color)), light(ground(one))];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) low.push(one.tagName + ' ' + ratio.toFixed(2) + ' ' + one.textContent.trim().slice(0, 30));
  }
  return low.join('; ');
})()"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(
    "page", ["index", "deception", "api/incentives", "tutorials/05_deceptive_alignment", "glossary"]
)
def test_text_stands_out_from_its_ground(site, tab, page, dark):
    tab.look(DESK, dark=dark)
    tab.open((site / f"{page}.html").as_uri())
    ground = tab.run("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(255, 255, 255)") is not dark
    assert tab.run(CONTRAST) == ""


def test_every_public_name_and_every_notebook_with_its_outputs_is_there(site):
    import cidmesa as cm

    index = "".join(page.read_text(encoding="utf-8") for page in (site / "api").glob("*.html"))
    missing = [name for name in cm.__all__ if name != "__version__" and f'id="cidmesa.{name}"' not in index
               and f'id="module-cidmesa.{name}"' not in index]  # fmt: skip
    assert missing == []
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        assert 'class="output"' in (site / "tutorials" / f"{path.stem}.html").read_text(encoding="utf-8"), path.stem
