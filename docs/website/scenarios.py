"""A page for each source of the library: its scenarios with figure, file, claims, and each mesa-optimizer."""

from __future__ import annotations

from functools import cache
from html import escape
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import cidmesa as cm
from cidmesa.explorer.content import explored
from cidmesa.explorer.page import page as explorer_page
from cidmesa.library.catalogue import BIBLIOGRAPHY, entries_in, library
from cidmesa.library.check.ledger import figure
from cidmesa.library.claim import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cidmesa.library.claim import Claim
    from cidmesa.library.scenario import Scenario

__all__ = ["contents", "explorers", "page", "pages", "target"]


def target(slug: str) -> str:
    """Return the name of a scenario's place on the site.

    >>> target("hubinger2019/red-door")
    'scenario-hubinger2019-red-door'
    """
    return f"scenario-{slug.replace('/', '-')}"


def pages() -> Iterator[tuple[str, str]]:
    """Yield name and text of each page."""
    for key, group in groupby(cm.scenarios(), lambda part: part.slug.split("/")[0]):
        yield f"scenarios/{key}.md", page(key, group)


def explorers() -> Iterator[tuple[str, str]]:
    """Yield name and text of the explorer of each scenario: pages that stand alone."""
    for part in cm.scenarios():
        yield f"explore/{target(part.slug)}.html", explorer_page(explored(part), steps=0)


def contents() -> str:
    """Return the hidden table of contents of these pages."""
    return "```{toctree}\n:hidden:\n:glob:\n\nscenarios/*\n```\n"


def page(key: str, parts: Iterable[Scenario]) -> str:
    """Return the page of one source.

    >>> text = page("perdomo2020", [cm.load("perdomo2020/performative")])
    >>> text.count("<svg "), "(scenario-perdomo2020-performative)=" in text, "expected" in text
    (1, True, True)
    """
    scenarios = list(parts)
    return (
        "\n\n".join([f"# {key}", *_citation(scenarios[0]), *(line for part in scenarios for line in _entry(part))])
        + "\n"
    )


def _citation(part: Scenario) -> Iterator[str]:
    entry = _bibliography().get(part.source.key, {}) if part.source else {}
    if entry:
        where = entry.get("booktitle") or entry.get("journal") or entry.get("howpublished", "")
        arxiv = f"[arXiv:{entry['eprint']}](https://arxiv.org/abs/{entry['eprint']})" if "eprint" in entry else ""
        parts = filter(None, (where, arxiv))
        who = entry.get("author") or entry.get("editor") or entry.get("organization") or entry.get("institution", "")
        year = f" ({entry['year']})" if "year" in entry else ""
        yield f"{who.replace(' and ', ', ')}{year}. *{entry['title']}*. {'. '.join(parts)}".lstrip()


@cache
def _bibliography() -> dict[str, dict[str, str]]:
    return entries_in((library() / BIBLIOGRAPHY).read_text(encoding="utf-8"))


def _entry(part: Scenario) -> Iterator[str]:
    yield f"({target(part.slug)})="
    yield f"## {part.title}"
    status = f", {part.status}" if part.status else ""
    yield f"`{part.slug}`{status}" + (f"; tags: {', '.join(part.tags)}" if part.tags else "")
    if part.source:
        checked = f"checked: {part.source.checked}" if part.source.checked else ""
        place = "; ".join(filter(None, (part.source.where, checked)))
        where = f" ({place})" if place else ""
        yield f"**What the source says**{where}: {_prose(part.source.says)}"
    yield figure(cm.svg(part, ids=f"{target(part.slug)}-"))
    yield f'<p><a href="../explore/{target(part.slug)}.html">Explore this diagram</a></p>'
    for name in part.specs:
        drawing = figure(cm.svg(part.of(name), compare_with="base", ids=f"{target(part.slug)}-{name}-"))
        title = f"The mesa-optimizer <code>{escape(name)}</code>, beside its training"
        yield f"<details><summary>{title}</summary>{drawing}</details>"
    if part.note:
        yield f"**What is ours**: {_prose(part.note)}"
    yield from _claims(part.claims)
    yield _file(part)


def _prose(text: str) -> str:
    """Return a plain sentence of a file with what Markdown or HTML would read in it made plain."""
    plain = escape(text, quote=False)
    for mark in "\\`*_[]$":
        plain = plain.replace(mark, f"\\{mark}")
    return plain


def _claims(claims: Iterable[Claim]) -> Iterator[str]:
    rows = [
        f"| {_prose(c.says).replace('|', '&#124;')} | {_code(_asked(c))} | {_code(shown(c.expect))} |" for c in claims
    ]
    if rows:
        yield "\n".join(["| claim | question | expected |", "|---|---|---|", *rows])


def _asked(claim: Claim) -> str:
    of = f" of {claim.of}" if claim.of else ""
    return f"{claim.kind}{of}"


def _code(text: str) -> str:
    return "`" + text.replace("|", "\\|").replace("`", "'") + "`"


def _file(part: Scenario) -> str:
    text = Path(part.path).read_text(encoding="utf-8") if part.path else ""
    return f"<details><summary>The file</summary>\n\n```yaml\n{text.strip()}\n```\n\n</details>"
