"""Gather the pages of the site: the hand-written ones, with their links turned, and the generated ones."""

from __future__ import annotations

import posixpath
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from docs.website import reference, scenarios
from docs.website.tutorials import contents, tutorials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["MARKS", "ROOT", "site_target", "stage", "turned"]

ROOT = Path(__file__).resolve().parents[2]
ELSEWHERE = {  # pages that stand outside docs/, for readers of the repository
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "benchmarks/README.md": "benchmarks.md",
    "models/README.md": "library.md",
}
FOLDERS = {"README.md": "index.md", "benchmarks": "benchmarks.md", "models": "library.md", "notebooks": "tutorials.md"}
FOLDERS |= {"CITATION.cff": "citing.md", "changelog.d": "changelog.md", "LICENSE": "citing.md"}
MARKS: dict[str, Callable[[], str]] = {
    "commands": reference.commands,
    "scenario-format": reference.scenario_format,
    "claim-kinds": reference.claim_kinds,
    "names": reference.names,
    "tutorials": lambda: contents(ROOT / "notebooks"),
}
"""What is generated in the place of ``<!-- generated: NAME -->``."""

_LINK = re.compile(r"(?<=\]\()([^)\s#]*)(#[^)\s]*)?(?=\))")
_FENCED = re.compile(r"(^```.*?^```)", re.MULTILINE | re.DOTALL)


def stage(folder: Path, *, execute: bool = True) -> None:
    """Write all pages of the site into ``folder``; ``execute`` the notebooks that have no outputs."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in _pages(execute):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    shutil.copytree(ROOT / "docs" / "images", folder / "images")


def _pages(execute: bool) -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "docs").glob("*.md")):
        text = filled(turned(path.read_text(encoding="utf-8"), f"docs/{path.name}", path.name))
        yield path.name, _finished(path.name, text)
    for source, name in ELSEWHERE.items():
        yield name, turned((ROOT / source).read_text(encoding="utf-8"), source, name)
    for name, text in tutorials(ROOT / "notebooks", execute=execute):
        yield f"tutorials/{name}.md", turned(text, f"notebooks/{name}.ipynb", f"tutorials/{name}.md")
    yield from reference.api()
    yield from scenarios.pages()


def _finished(name: str, text: str) -> str:
    if name == "glossary.md":
        return reference.glossary(text)
    return f"{text}\n{scenarios.contents()}" if name == "gallery.md" else text


def filled(text: str) -> str:
    """Return a page with what is generated in the place of its marks."""
    return re.sub(r"<!-- generated: ([\w-]+) -->", lambda found: MARKS[found[1]](), text)


def turned(text: str, source: str, name: str) -> str:
    """Return the text of a page with links between files of the repository turned into links between pages.

    >>> turned("[red](red-door.cid.yaml), [rules](../../docs/composer.md#the-rules)", "models/h/README.md", "h.md")
    '[red](#scenario-h-red-door), [rules](composer.md#the-rules)'
    """
    parts = _FENCED.split(text)  # fenced code at the odd places
    parts[::2] = [_LINK.sub(lambda found: _turn(found, source, name), part) for part in parts[::2]]
    return "".join(parts)


def _turn(found: re.Match[str], source: str, name: str) -> str:
    target, anchor = found[1], found[2] or ""
    if not target or ":" in target:
        return found[0]
    page = site_target(posixpath.normpath(posixpath.join(posixpath.dirname(source), target)))
    return page if page.startswith("#") else posixpath.relpath(page, posixpath.dirname(name) or ".") + anchor


def site_target(path: str) -> str:
    """Return the page, or the target ``#...``, that shows a file of the repository.

    >>> site_target("models/hubinger2019/red-door.cid.yaml"), site_target("docs/games.md")
    ('#scenario-hubinger2019-red-door', 'games.md')
    """
    if path.startswith("models/") and path.endswith(".cid.yaml"):
        return f"#{scenarios.target(path.removeprefix('models/').removesuffix('.cid.yaml'))}"
    if path.startswith("notebooks/"):
        return f"tutorials/{Path(path).stem}.md"
    return ELSEWHERE.get(path) or FOLDERS.get(path) or path.removeprefix("docs/")
