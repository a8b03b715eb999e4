"""The ledger: one page that stands alone, with all claims by source, diagrams, what was found, and what shows it."""

from __future__ import annotations

from html import escape
from importlib import resources
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from cidmesa.errors import CidmesaError
from cidmesa.library.catalogue import BIBLIOGRAPHY, entries_in
from cidmesa.library.check.report import BAD, CODES, asked, counted, difference
from cidmesa.library.scenario import shown
from cidmesa.render.page import figure, page
from cidmesa.render.paint import paint
from cidmesa.render.printers.svg import svg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cidmesa.library.check.report import Report
    from cidmesa.library.scenario import Outcome, Scenario

__all__ = ["ledger"]

_WORDS = {
    "passed": "holds",
    "failed": "fails",
    "error": "not answered",
    "skipped": "not asked",
    "xfailed": "false, as marked",
    "xpassed": "true, though marked",
    "contradicted": "contradicted",
    "timeout": "took too long",
}


def ledger(report: Report) -> str:
    """Return the report as an HTML page that needs no other file and no network."""
    css, js = (resources.files(__package__).joinpath(f"ledger.{kind}").read_text("utf-8") for kind in ("css", "js"))
    skip = '<a class="skip" href="#claims">Skip to the claims</a>'
    body = "\n".join([skip, *_head(report), *_sections(report), "</main>"])
    return page("Ledger of claims", body, style=css, script=js)


# --- counts and filters -------------------------------------------------------------------------------------------


def _head(report: Report) -> Iterator[str]:
    sources = len({_key(part) for part in report.scenarios})
    numbers = (counted(len(report), "claim"), counted(len(report.by_scenario), "scenario"), counted(sources, "source"))
    counts = f"{numbers[0]} on {numbers[1]} from {numbers[2]}: {report.closing}."
    yield "<header>\n<h1>Ledger of claims</h1>"
    yield f'<p class="counts">{escape(counts)}</p>\n</header>\n<main id="claims" tabindex="-1">'
    yield '<div class="tools" role="search" aria-label="Filter the claims">'
    yield '<label>Search (press /)<input id="search" type="search" autocomplete="off"></label>'
    yield _choice("source", "Source", {key: key for key in dict.fromkeys(map(_key, report.scenarios))})
    found = dict.fromkeys(outcome.status for outcome in report)
    bad = {"bad": "not as expected"} if report.bad else {}
    yield _choice("status", "Status", bad | {status: _WORDS[status] for status in found})
    yield _choice("kind", "Question", {kind: kind for kind in sorted({outcome.claim.kind for outcome in report})})
    yield '<button id="clear" type="button">Show all</button>'
    yield f'<span class="counts" id="count" role="status" aria-live="polite">{len(report)} claims</span>\n</div>'


def _choice(name: str, label: str, options: Mapping[str, str]) -> str:
    shown_options = "".join(f'<option value="{escape(key)}">{escape(text)}</option>' for key, text in options.items())
    return f'<label>{label}<select id="{name}"><option value="">all</option>{shown_options}</select></label>'


# --- sources and scenarios ----------------------------------------------------------------------------------------


def _sections(report: Report) -> Iterator[str]:
    drawings, outcomes = _Drawings(), report.by_scenario
    for key, group in groupby(sorted(report.scenarios, key=_key), key=_key):
        parts = list(group)
        yield f'<section data-source="{escape(key)}" aria-labelledby="source-{escape(key)}">'
        yield f'<h2 id="source-{escape(key)}">{escape(key)}</h2>'
        yield f'<p class="faint cited">{escape(_cited(parts[0]))}</p>'
        for part in parts:
            yield from _article(part, outcomes.get(part.slug, ()), drawings, report.proofs)
        yield "</section>"


def _key(part: Scenario) -> str:
    return part.source.key if part.source else "no source"


def _cited(part: Scenario) -> str:
    """Return authors, title and year of the source, from the bibliography beside the models."""
    file = Path(part.path).absolute().parent.parent / BIBLIOGRAPHY
    if part.source is None or not file.is_file():
        return ""
    entry = entries_in(file.read_text(encoding="utf-8")).get(part.source.key, {})
    return ". ".join(entry[field] for field in ("author", "title", "year") if field in entry)


def _article(
    part: Scenario, outcomes: Iterable[Outcome], drawings: _Drawings, proofs: Mapping[str, Path]
) -> Iterator[str]:
    yield f'<article id="{escape(part.slug)}">'
    status = f'<span class="status">{part.status}</span>' if part.status else ""
    yield f'<header><h3>{escape(part.title)}</h3><span class="slug">{escape(part.slug)}</span>{status}</header>'
    if part.tags:
        yield f'<p class="where tags">{escape(", ".join(part.tags))}</p>'
    if part.source is not None and part.source.says:
        where = f' <span class="where">({escape(part.source.where)})</span>' if part.source.where else ""
        yield f"<blockquote><p>{escape(part.source.says)}{where}</p></blockquote>"
    if part.note:
        yield f'<p class="faint note">{escape(part.note)}</p>'
    yield from drawings.of(part, dict.fromkeys(outcome.claim.of for outcome in outcomes))
    yield '<div class="wide"><table><thead><tr>'
    yield "".join(f'<th scope="col">{name}</th>' for name in _COLUMNS)
    yield "</tr></thead><tbody>"
    yield from (_row(outcome, proofs.get(outcome.id)) for outcome in outcomes)
    yield "</tbody></table></div>\n</article>"


# --- claims -------------------------------------------------------------------------------------------------------


_COLUMNS = ("Status", "Claim", "Asked", "Expected", "Found")


def _row(outcome: Outcome, proof: Path | None) -> str:
    claim = outcome.claim
    bad = ' data-bad=""' if outcome.status in BAD else ""
    code = f" {CODES[outcome.status]}" if outcome.status in BAD else ""
    whose = f"ours, {claim.ours}" if claim.ours else claim.place
    place = f'<div class="where">{escape(whose)}</div>' if whose else ""
    cells = (
        f'<span class="status {outcome.status}">{_WORDS[outcome.status]}{code}</span>',
        f'{escape(claim.says)}{place}<div class="where"><code>{escape(claim.id)}</code></div>',
        f"<code>{escape(asked(claim))}</code>",
        f"<code>{escape(shown(claim.expect))}</code>",
        f"{_found(outcome)}{_why(outcome)}{_proof(proof)}",
    )
    return (
        f'<tr data-status="{outcome.status}" data-kind="{claim.kind}"{bad}>{"".join(map(_cell, _COLUMNS, cells))}</tr>'
    )


def _proof(file: Path | None) -> str:
    return f'<div class="why"><a href="{quote(file.as_posix())}">proof</a></div>' if file is not None else ""


def _cell(column: str, content: str) -> str:
    return f'<td data-column="{column}">{content}</td>'


def _found(outcome: Outcome) -> str:
    if outcome.status in ("error", "timeout", "skipped"):
        return escape(difference(outcome) if outcome.status != "skipped" else outcome.because)
    return f"<code>{escape(shown(outcome.got))}</code>"


def _why(outcome: Outcome) -> str:
    if outcome.status in ("error", "timeout", "skipped"):
        return ""
    said = {
        "": outcome.because,
        "witness: ": " → ".join(outcome.witness),
        "in numbers: ": outcome.numbers,
        "marked as false: ": outcome.claim.xfail,
    }
    return "".join(f'<div class="why">{name}{escape(text)}</div>' for name, text in said.items() if text)


# --- diagrams ---------------------------------------------------------------------------------------------------------


class _Drawings:
    """Draws diagrams as figures; one that was drawn before is referred to."""

    def __init__(self) -> None:
        self.places: dict[str, str] = {}

    def of(self, part: Scenario, specs: Iterable[str | None]) -> Iterator[str]:
        """Yield the figures of a scenario's diagram and of the compositions with the specifications."""
        yield self._figure(part, part.title, "")
        for name in specs:
            if name is not None:
                yield self._composed(part, name)

    def _composed(self, part: Scenario, name: str) -> str:
        try:
            shown = self._figure(part.of(name), f"the mesa-optimizer {name}", name)
        except CidmesaError as error:
            return f'<p class="faint note">{escape(name)} is not composed: {escape(str(error))}</p>'
        return f"<details><summary>Diagram of the mesa-optimizer {escape(name)}</summary>{shown}</details>"

    def _figure(self, what: object, caption: str, spec: str) -> str:
        picture = paint(what)
        drawn = svg(picture)
        if (there := self.places.get(drawn)) is not None:
            return f'<p class="where">The same diagram as <a href="#{there}">above</a> ({escape(caption)}).</p>'
        name = f"figure-{len(self.places) + 1}"
        self.places[drawn] = name
        return figure(svg(picture, ids=name), caption if spec else "", name)
