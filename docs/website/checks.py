"""Check the built site: every link leads somewhere, and no page asks the network for anything."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Page", "problems"]

_LOADS = {"img": "src", "script": "src", "iframe": "src", "source": "src", "link": "href"}
_HINTS = {"canonical", "author", "license", "search", "prev", "next", "index"}


class Page(HTMLParser):
    """A page: the ids on it, where it links to, and what it loads.

    >>> page = Page('<a href="b.html#x">b</a><p id="y"><script src="z.js"></script>')
    >>> page.links, page.ids, page.loads
    (['b.html#x'], {'y'}, ['z.js'])
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag declares, links to or loads."""
        given = {name: value for name, value in attrs if value}
        self.ids.update(given[name] for name in ("id", "name") if name in given)
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag in _LOADS and _LOADS[tag] in given and not set(given.get("rel", "").split()) & _HINTS:
            self.loads.append(given[_LOADS[tag]])


def problems(site: Path) -> tuple[int, list[str]]:
    """Return how many links there are between pages, and what is wrong with any link or file that a page loads."""
    pages = {path.resolve(): Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}
    number = sum(not urlsplit(link).scheme for page in pages.values() for link in page.links)
    return number, [f"{path.name}: {wrong}" for path, page in pages.items() for wrong in _wrong(path, page, pages)]


def _wrong(path: Path, page: Page, pages: dict[Path, Page]) -> Iterator[str]:
    for load in page.loads:
        parts = urlsplit(load)
        if parts.scheme in ("http", "https") or parts.netloc:
            yield f"{load} is asked of the network"
        elif parts.scheme != "data" and not (path.parent / unquote(parts.path)).exists():
            yield f"{load} is not there"
    for link in page.links:
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        if not target.exists():
            yield f"the link {link} leads nowhere"
        elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].ids:
            yield f"the link {link} leads to a page without that place"
