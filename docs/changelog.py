"""Gather the fragments of ``changelog.d/`` in ``CHANGELOG.md``: ``python -m docs.changelog VERSION``."""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import fill

__all__ = ["gather"]

KINDS = ("added", "changed", "fixed", "removed")
ROOT = Path(__file__).resolve().parents[1]


def gather(version: str, root: Path = ROOT) -> int:
    """Move all fragments into the section of the version in the changelog, and return how many there were."""
    fragments = {kind: sorted((root / "changelog.d").glob(f"*.{kind}.md")) for kind in KINDS}
    changelog = root / "CHANGELOG.md"
    head, section, rest = _parts(changelog.read_text(encoding="utf-8"), f"## {version}\n")
    for kind, paths in fragments.items():
        if paths:
            section = _with(section, f"### {kind.capitalize()}\n", "\n".join(map(_item, paths)))
    changelog.write_text(f"{head}{section.rstrip()}\n{rest}", encoding="utf-8")
    found = [path for paths in fragments.values() for path in paths]
    for path in found:
        path.unlink()
    return len(found)


def _parts(text: str, heading: str) -> tuple[str, str, str]:
    """Return what stands before, in and after the section of a version; a new section comes first."""
    if heading in text:
        head, _, rest = text.partition(heading)
        section, mark, rest = rest.partition("\n## ")
        return head, heading + section, mark + rest
    head, mark, rest = text.partition("\n## ")
    return head.rstrip() + "\n\n", heading, mark + rest


def _with(section: str, heading: str, items: str) -> str:
    """Return the section with more items under a heading, which is added at the end if it is not there."""
    if heading not in section:
        return f"{section.rstrip()}\n\n{heading}\n{items}\n"
    before, _, after = section.partition(heading)
    there, mark, after = after.partition("\n### ")
    return f"{before}{heading}{there.rstrip()}\n{items}\n{mark}{after}"


def _item(path: Path) -> str:
    text = " ".join(path.read_text(encoding="utf-8").removeprefix("- ").split())
    return fill(text, 132, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False, break_long_words=False)


if __name__ == "__main__":
    print(f"{gather(sys.argv[1])} fragments gathered")  # noqa: T201 (a command)
