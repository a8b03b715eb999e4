"""The ledger: one page that stands alone, with all claims by source, diagrams, what was found, and what shows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from importlib import resources
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from cidmesa.errors import CidmesaError
from cidmesa.library.catalogue import BIBLIOGRAPHY, entries_in
from cidmesa.library.check.report import BAD, WORDS, Report, asked, counted, difference
from cidmesa.library.claim import Of, Outcome, named_of, names_of, shown
from cidmesa.render.paint import paint
from cidmesa.render.printers.svg import svg

if TYPE_CHECKING:
    from cidmesa.library.scenario import Scenario

__all__ = ["figure", "ledger", "page"]


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
    yield _choice("status", "Status", bad | {status: WORDS[status].word for status in found})
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
    word = WORDS[outcome.status]
    whose = f"ours, {claim.ours}" if claim.ours else claim.place
    place = f'<div class="where">{escape(whose)}</div>' if whose else ""
    cells = (
        f'<span class="status {outcome.status}">{f"{word.word} {word.code}".rstrip()}</span>',
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

    def of(self, part: Scenario, specs: Iterable[Of]) -> Iterator[str]:
        """Yield the figures of a scenario's diagram and of the compositions with the specifications."""
        yield self._figure(part, part.title, "")
        for name in specs:
            if name is not None:
                yield self._composed(part, name)

    def _composed(self, part: Scenario, of: Of) -> str:
        name = named_of(of)
        try:
            shown = self._figure(part.of(*names_of(of)), f"the mesa-optimizer {name}", name)
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


_STYLE = """
:root { color-scheme: light dark; --ground: #fdfdfb; --ink: #1c2128; --faint: #5b6470; --line: #d6d9de; --card: #fff;
  --link: #1d4f91; --mark: #7a5200; --mark-ground: #fbeecb; }
@media (prefers-color-scheme: dark) { :root { --ground: #14171c; --ink: #e6e8eb; --faint: #a3abb6; --line: #363c46;
  --card: #1b1f26; --link: #9cc3f5; --mark: #f3d38a; --mark-ground: #4a3608; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, "Segoe UI", sans-serif; }
header, main { max-width: 76rem; margin: 0 auto; padding: 0 1.25rem; }
h1 { font-size: 1.7rem; margin: 1.4rem 0 .2rem; }
h2 { font-size: 1.3rem; margin: 2.4rem 0 .2rem; border-bottom: 2px solid var(--line); padding-bottom: .25rem; }
h3 { margin: 0; font-size: 1.08rem; } p { margin: .35rem 0; } a, summary { color: var(--link); }
details { margin: .5rem 0; } summary { cursor: pointer; }
article { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem 1.1rem;
  margin: 1rem 0; }
.faint { color: var(--faint); font-size: .92rem; }
.slug, code { font: .88em ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.status { color: var(--mark); background: var(--mark-ground); border-radius: .9rem; padding: .08rem .6rem;
  font-size: .8rem; font-weight: 600; white-space: nowrap; }
figure { margin: .7rem 0; } figcaption { color: var(--faint); font-size: .85rem; }
.drawing { overflow-x: auto; background: #fff; border: 1px solid var(--line); border-radius: .35rem; padding: .6rem; }
.drawing svg { display: block; max-width: 100%; height: auto; min-width: min(100%, 26rem); }
table { border-collapse: collapse; width: 100%; font-size: .93rem; }
th, td { text-align: left; vertical-align: top; padding: .45rem .7rem .45rem 0; border-top: 1px solid var(--line); }
input, select, button { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line);
  border-radius: .35rem; padding: .3rem .6rem; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
[hidden] { display: none !important; }
@media print {
  body { background: #fff; color: #000; font-size: 10pt; } input, select, button { display: none; }
  article { border: 0; padding: 0; } tr, figure { break-inside: avoid; } h2, h3 { break-after: avoid; }
  a { color: inherit; text-decoration: none; }
}
"""


def page(title: str, body: str, *, style: str = "", script: str = "") -> str:
    """Return a whole HTML page; ``body``, ``script`` and ``style`` (beside the common one) stand in it as they are.

    >>> page("A < B", "<main></main>").count("A &lt; B")
    1
    """
    style = f"<style>{_STYLE}{style}</style>"
    head = '<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    running = f"<script>{script}</script>\n" if script else ""
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n{head}<title>{escape(title)}</title>\n{style}\n'
        f"</head>\n<body>\n{body}\n{running}</body>\n</html>\n"
    )


def figure(drawing: str, caption: str = "", name: str = "") -> str:
    """Return a drawing (SVG text, as it is) on white ground, so that its colours hold, with caption and id.

    >>> figure("<svg></svg>", "two & two")
    '<figure><div class="drawing"><svg></svg></div><figcaption>two &amp; two</figcaption></figure>'
    """
    words = f"<figcaption>{escape(caption, quote=False)}</figcaption>" if caption else ""
    own = f' id="{escape(name)}"' if name else ""
    return f'<figure{own}><div class="drawing">{drawing}</div>{words}</figure>'
