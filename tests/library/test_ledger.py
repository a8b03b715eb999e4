"""The ledger: one page that stands alone, read by a parser and looked at in a browser."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from html.parser import HTMLParser

import pytest

import cidmesa as cm
from cidmesa.library.check.forms import rendered
from tests.library.files import SMALL, scenario

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SWITCHES = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
            "--disable-background-networking", "--disable-component-update", "--virtual-time-budget=5000",
            "--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr"]  # fmt: skip
VOID = {"meta", "input", "br"}


class Page(HTMLParser):
    """Elements, ids, what is linked to, and whether every element is closed in order."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.ids, self.links, self.open, self.words = Counter(), [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags[tag] += 1
        self.ids += [given["id"]] if "id" in given else []
        self.links += [value for name, value in attrs if name in ("href", "src", "data", "xlink:href")]
        self.open += [] if tag in VOID else [tag]

    def handle_startendtag(self, tag, attrs):  # noqa: ARG002
        self.tags[tag] += 1

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture(scope="module")
def report():
    odd = scenario(SMALL, "ask: {eu: {}}, expect: 0", "ask: {voc: {node: Wit}}, expect: true",
                   'ask: {soluble: {}}, expect: true, place: "<b>p. 3</b>"')  # fmt: skip
    return cm.check([odd, "hubinger2019/red-door", "everitt2021/grade-prediction", "ward2023/war-game"])


@pytest.fixture(scope="module")
def page(report):
    return rendered(report, "html")


def test_the_page_is_well_formed_and_stands_alone(page, report):
    found = Page(page)
    assert not found.open
    assert [name for name, times in Counter(found.ids).items() if times > 1] == []
    assert all(link.startswith("#") and link[1:] in found.ids for link in found.links)
    assert not re.search(r"@import|url\(|<link|<iframe|fetch\(", page)
    assert found.tags["tr"] == len(report) + len(report.by_scenario)
    assert found.tags["article"] == found.tags["blockquote"] + 1 == len(report.by_scenario)
    assert found.tags["svg"] == found.tags["figure"] >= len(report.by_scenario) - 1


def test_every_claim_stands_with_what_was_found(page, report):
    text = "".join(Page(page).words)
    for outcome in report:
        assert outcome.claim.says in text
    assert "fails CID401" in text
    assert "not answered CID402" in text
    assert "there is no node 'Wit'" in text
    assert "<b>p. 3</b>" in text, "what a file says is text, not markup"
    assert "Evan Hubinger and Chris van Merwijk" in text
    assert "wants-red" in text


def test_a_diagram_that_two_scenarios_share_is_drawn_once():
    same = scenario(SMALL + "variants:\n  - {id: dry, set: {p: 0}}\n", "ask: {soluble: {}}, expect: true")
    drawn = Page(rendered(cm.check(same), "html"))
    assert (drawn.tags["svg"], drawn.tags["article"]) == (1, 2)


ACTS = """
<script>
addEventListener("load", () => {
  const seen = () => [...document.querySelectorAll("tbody tr")].filter((row) => row.checkVisibility()).length;
  const say = [seen()];
  const act = (id, value) => {
    const control = document.getElementById(id);
    control.value = value;
    control.dispatchEvent(new Event("input"));
  };
  act("search", "red-door PSEUDO"); say.push(seen());
  document.getElementById("clear").click(); say.push(seen(), document.activeElement.id);
  act("status", "bad"); say.push(seen(), document.getElementById("count").textContent);
  act("status", ""); act("source", "ward2023"); say.push(seen());
  act("source", ""); act("kind", "alignment"); say.push(seen());
  act("kind", ""); act("search", "no such words");
  say.push(seen(), [...document.querySelectorAll("section")].filter((each) => each.checkVisibility()).length);
  document.activeElement.blur();
  document.dispatchEvent(new KeyboardEvent("keydown", {key: "/", bubbles: true}));
  document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "/", bubbles: true}));
  say.push(document.activeElement.id, document.documentElement.scrollWidth <= innerWidth);
  document.title = JSON.stringify(say);
});
</script>
"""


@pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
@pytest.mark.parametrize("width", [1280, 500])
def test_the_page_works_in_a_browser(page, report, tmp_path, width):
    file = tmp_path / "page.html"
    file.write_text(page.replace("</body>", f"{ACTS}</body>"))
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    command = [BROWSER, *SWITCHES, f"--window-size={width},900", profile, "--dump-dom"]
    done = subprocess.run([*command, file.as_uri()], capture_output=True, text=True, timeout=120)
    title = re.search(r"<title>(\[.*?\])</title>", done.stdout)
    assert title, done.stderr[-2000:]
    assert "CONSOLE" not in done.stderr
    count = lambda wanted: sum(map(wanted, report))  # noqa: E731
    pseudo = count(lambda o: o.scenario == "hubinger2019/red-door" and "pseudo" in str((o.claim, o.got)).lower())
    bad, ward = count(lambda o: not o), count(lambda o: o.scenario.startswith("ward2023"))
    found = eval(title[1], {"true": True, "false": False})  # noqa: S307 (what this test wrote)
    assert 0 < found[1] < len(report)
    assert pseudo <= found[1]
    aligned = count(lambda o: o.claim.kind == "alignment")
    assert found == [len(report), found[1], len(report), "search", bad, f"{bad} of {len(report)} claims", ward, aligned,
                     0, 0, "search", True]  # fmt: skip


@pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
def test_the_page_is_drawn(page, tmp_path):
    (tmp_path / "page.html").write_text(page)
    shot = tmp_path / "page.png"
    command = [BROWSER, *SWITCHES, "--window-size=1000,900", f"--user-data-dir={tmp_path / 'profile'}"]
    subprocess.run(
        [*command, f"--screenshot={shot}", (tmp_path / "page.html").as_uri()], capture_output=True, timeout=120
    )
    assert shot.stat().st_size > 30_000, "an empty page is smaller"
