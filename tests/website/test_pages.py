"""The pages before they are built: nothing public is missing, no page is left out, links turn to pages that exist."""

from __future__ import annotations

import re

import click
import pytest
from nbformat import write
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import cidmesa as cm
from cidmesa.cli.main import main
from cidmesa.criteria.concepts import CONCEPTS
from cidmesa.library.kinds import KINDS
from docs.website import reference
from docs.website.checks import problems
from docs.website.staging import ELSEWHERE, MARKS, ROOT, filled, site_target, turned
from docs.website.tutorials import tutorials

PAGES = sorted((ROOT / "docs").glob("*.md"))
API = dict(reference.api())
STAGED = {
    *(page.name for page in PAGES),
    *ELSEWHERE.values(),
    *API,
    *(f"tutorials/{path.stem}.md" for path in (ROOT / "notebooks").glob("*.ipynb")),
}


def test_every_public_name_has_an_entry():
    entries = re.findall(
        r"\.\. auto(?:function|class|exception|module):: cidmesa\.(\w+)$", "\n".join(API.values()), re.MULTILINE
    )
    assert sorted(entries) == sorted(name for name in cm.__all__ if name != "__version__")


def test_every_command_and_option_is_explained():
    page, context = reference.commands(), click.Context(main)
    for name in main.list_commands(context):
        section = page.split(f"### {name}\n")[1].split("\n### ")[0]
        for one in main.get_command(context, name).params:
            shown = one.opts[-1] if isinstance(one, click.Option) else one.make_metavar(context)
            assert shown in section, (name, shown)


def test_every_key_and_every_question_of_scenario_files_is_explained():
    page = reference.scenario_format()
    for key in ("title", "nodes", "theta", "scope", "xfail", "override"):
        assert f"| `{key}` |" in page
    questions = reference.claim_kinds()
    assert re.findall(r"### `(\w+)`", questions) == sorted(KINDS)
    assert "| `decision` | text |" in questions


def test_the_glossary_has_the_terms_of_the_package_each_with_a_source():
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \|$", text, re.MULTILINE)[1:]
    terms = " ".join(term.lower() for term, _, _ in rows)
    assert all(source.strip() and len(says) > 20 for _, says, source in rows)
    assert all(concept.name in terms for concept in CONCEPTS.values())
    for term in ("deceptive", "corrigible", "internal", "proxy", "suboptimality"):
        assert f"{term} alignment" in terms
    assert reference.glossary(text).count("*Source: ") == len(rows)


def test_every_page_stands_in_the_navigation():
    trees = re.findall(r"```\{toctree\}.*?```", (ROOT / "docs" / "index.md").read_text(encoding="utf-8"), re.DOTALL)
    listed = {line for tree in trees for line in tree.splitlines()[1:-1] if line and not line.startswith(":")}
    assert {f"{name}.md" for name in listed} == {page.name for page in PAGES} - {"index.md"} | set(ELSEWHERE.values())


@pytest.mark.parametrize("page", [*PAGES, *(ROOT / source for source in ELSEWHERE)], ids=lambda page: page.name)
def test_links_lead_to_pages_of_the_site(page):
    source = page.relative_to(ROOT).as_posix()
    links = re.findall(r"\]\(([^)\s#]+)", turned(page.read_text(encoding="utf-8"), source, page.name))
    for link in links:
        assert ":" in link or link in STAGED or (page.parent / link).exists(), link


def test_marks_are_filled_and_scenarios_have_a_place():
    assert filled("<!-- generated: names -->").startswith("| group | names |")
    used = {
        mark for page in PAGES for mark in re.findall(r"<!-- generated: ([\w-]+) -->", page.read_text(encoding="utf-8"))
    }
    assert used == set(MARKS)
    assert site_target("models/h/a.cid.yaml") == "#scenario-h-a"


def test_a_broken_link_and_a_request_to_the_network_are_found(tmp_path):
    (tmp_path / "a.html").write_text('<a href="b.html#there">b</a><a href="c.html">c</a><a href="#no">no</a>')
    (tmp_path / "b.html").write_text('<p id="there"><script src="https://cdn.example/x.js"></script><img src="d.png">')
    number, wrong = problems(tmp_path)
    assert number == 3
    assert wrong == [
        "a.html: the link c.html leads nowhere",
        "a.html: the link #no leads to a page without that place",
        "b.html: https://cdn.example/x.js is asked of the network",
        "b.html: d.png is not there",
    ]


def test_a_notebook_with_outputs_is_shown_and_not_executed(tmp_path):
    done = new_output("execute_result", {"text/plain": "42"})
    cells = [new_markdown_cell("# Known"), new_code_cell("raise SystemExit", outputs=[done])]
    write(new_notebook(cells=cells), tmp_path / "01_known.ipynb")
    [(name, text)] = tutorials(tmp_path)
    assert name == "01_known"
    assert '<div class="output"><pre>42</pre></div>' in text
