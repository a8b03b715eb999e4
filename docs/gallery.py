"""The gallery: every scenario with figure, source, status and claims; and its index: ``python -m docs.gallery``."""

from __future__ import annotations

import re
import sys
from functools import cache
from html import escape
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import cidmesa as cm
from cidmesa.formats import write
from cidmesa.library.catalogue import BIBLIOGRAPHY, entries_in, library
from cidmesa.library.check.ledger import figure, page
from cidmesa.library.claim import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cidmesa.library.claim import Claim
    from cidmesa.library.scenario import Scenario

__all__ = ["gallery", "index"]

OUT = Path("build/gallery.html")
INDEX = Path(__file__).with_suffix(".md")
_MODELS = "../models"
_STYLE = """article { break-inside: avoid; }
td:last-child { width: 40%; }
#find { width: min(24rem, 90vw); }
"""
_FILTER = """
const box = document.getElementById("find"), all = [...document.querySelectorAll("article")];
box.addEventListener("input", () => {
  const words = box.value.toLowerCase().split(/\\s+/).filter(Boolean);
  for (const one of all) one.hidden = !words.every(word => one.textContent.toLowerCase().includes(word));
  for (const part of document.querySelectorAll("section"))
    part.hidden = [...part.querySelectorAll("article")].every(one => one.hidden);
});
"""


def gallery(scenarios: Iterable[Scenario]) -> str:
    """Return the page; scenarios are grouped by source, in the order in which they come."""
    parts = list(scenarios)
    claims = sum(len(part.claims) for part in parts)
    head = (
        f"<header><h1>Scenarios</h1><p>{len(parts)} diagrams with {claims} claims. Point at a node or link for its "
        'domain, mechanism and origin.</p><p><input id="find" type="search" placeholder="Filter by words" '
        'aria-label="Filter the scenarios"></p></header>'
    )
    number = iter(range(10**6))
    body = "\n".join(line for key, group in groupby(parts, _key) for line in _section(key, group, number))
    return page("cidmesa: scenarios", f"{head}\n<main>\n{body}\n</main>", style=_STYLE, script=_FILTER)


def _key(part: Scenario) -> str:
    return part.source.key if part.source else "no source"


def _section(key: str, parts: Iterable[Scenario], number: Iterator[int]) -> Iterator[str]:
    yield f'<section><h2 id="{escape(key)}">{escape(key)}</h2>'
    for part in parts:
        yield from _article(part, number)
    yield "</section>"


def _article(part: Scenario, number: Iterator[int]) -> Iterator[str]:
    status = f' <span class="status">{escape(part.status)}</span>' if part.status else ""
    yield f'<article id="{escape(part.slug)}"><h3>{escape(part.title)}{status}</h3>'
    yield f'<p class="slug">{escape(part.slug)}</p>'
    if part.source:
        yield f'<p class="faint">{escape(_place(part))}</p>'
        yield f"<p>{escape(part.source.says)}</p>"
    yield figure(cm.svg(part, ids=f"figure{next(number)}"))
    for name in part.specs:
        yield f"<details><summary>mesa-optimizer <code>{escape(name)}</code> beside its training</summary>"
        yield figure(cm.svg(part.of(name), compare_with="base", ids=f"figure{next(number)}")) + "</details>"
    yield f'<p class="faint">{escape(part.note)}</p>' if part.note else ""
    yield f"<table>{''.join(map(_row, part.claims))}</table></article>"


def _row(claim: Claim) -> str:
    of = f" of {claim.of}" if claim.of else ""
    asked = f"{claim.kind}{of}: {shown(claim.expect)}"
    return f"<tr><td>{escape(claim.says)}</td><td><code>{escape(asked)}</code></td></tr>"


def index(scenarios: Iterable[Scenario]) -> str:
    """Return a Markdown page that lists all scenarios by source, with what is the source's in each and what is ours."""
    lines = [
        "# Gallery",
        "",
        "All scenarios of the library. `make gallery` draws each with its claims, and each mesa-optimizer beside its",
        "training process, on one page, `build/gallery.html`; it also writes this index.",
        "",
        "Each scenario is *faithful* (the source's own diagram), *simplified*, or *conjectural* (the source argues in",
        "words, the model is ours), and its note says what is ours. *Checked* is where place and paraphrase were",
        "verified: the source's text, its abstract, reports of others, or nowhere. Sentences that are not the source's",
        "are counted as ours.",
    ]
    for key, group in groupby(scenarios, _key):
        lines += ["", f"## {key}", "", *_cited(key), *map(_entry, group)]
    return "\n".join(lines) + "\n"


@cache
def _bibliography() -> dict[str, dict[str, str]]:
    return entries_in((library() / BIBLIOGRAPHY).read_text(encoding="utf-8"))


def _cited(key: str) -> list[str]:
    """Return title and year of a source, linked where the bibliography knows an address."""
    entry = _bibliography().get(key, {})
    addresses = {"doi": "https://doi.org/{}", "eprint": "https://arxiv.org/abs/{}", "url": "{}"}
    link = next((form.format(entry[name]) for name, form in addresses.items() if name in entry), "")
    title = f"[{entry['title']}]({link})" if link else entry.get("title", "")
    authors = entry.get("author", "").replace(" and ", ", ")
    return [f"{authors}. {title}. {entry.get('year', '')}.", ""] if entry else []


def _place(part: Scenario) -> str:
    """Return key and place of the source, and where they were checked."""
    if part.source is None:
        return ""
    checked = f"checked: {part.source.checked}" if part.source.checked else ""
    return "; ".join(filter(None, (", ".join(filter(None, (part.source.key, part.source.where))), checked)))


def _prose(text: str) -> str:
    """Return sentences of a file with what Markdown would read in them made plain."""
    return re.sub(r"([\\`*_\[\]$<>])", r"\\\1", " ".join(text.split()))


def _entry(part: Scenario) -> str:
    status = f", {part.status}" if part.status else ""
    specs = f": {', '.join(f'`{name}`' for name in part.specs)}" if part.specs else ""
    ours = sum(bool(claim.ours) for claim in part.claims)
    checked = f"checked: {part.source.checked}; " if part.source and part.source.checked else ""
    claims = f"{checked}{len(part.claims)} claims, {ours} of them ours. {_prose(part.note)}"
    return f"- [{part.title}]({_MODELS}/{part.slug}.cid.yaml){status}{specs}\\\n  {claims.rstrip()}"


def main() -> None:
    """Write the gallery of the whole library, and the index of it."""
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else OUT
    out.parent.mkdir(parents=True, exist_ok=True)
    scenarios = cm.scenarios()
    write(out, gallery(scenarios).encode())
    write(INDEX, index(scenarios).encode())
    print(f"wrote {out} and {INDEX.name}")  # noqa: T201 (a command)


if __name__ == "__main__":
    main()
