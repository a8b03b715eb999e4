"""The skeleton of a page that stands alone: no other file, no network, light and dark, readable on paper."""

from __future__ import annotations

from html import escape

__all__ = ["figure", "page"]

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
