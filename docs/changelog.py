"""Gather the fragments of ``changelog.d/`` in ``CHANGELOG.md``: ``python -m docs.changelog VERSION``."""

from __future__ import annotations

import sys
from pathlib import Path

__all__ = ["gather"]

KINDS = ("added", "changed", "fixed", "removed")
ROOT = Path(__file__).resolve().parents[1]


def gather(version: str, root: Path = ROOT) -> int:
    """Move all fragments into the changelog, under a heading for the version, and return how many there were."""
    fragments = {kind: sorted((root / "changelog.d").glob(f"*.{kind}.md")) for kind in KINDS}
    parts = [f"## {version}"]
    for kind, paths in fragments.items():
        if paths:
            parts += [f"### {kind.capitalize()}", "\n".join(map(_item, paths))]
    changelog = root / "CHANGELOG.md"
    head, mark, rest = changelog.read_text(encoding="utf-8").partition("\n## ")
    changelog.write_text("\n\n".join([head.rstrip(), *parts]) + "\n" + mark + rest, encoding="utf-8")
    found = [path for paths in fragments.values() for path in paths]
    for path in found:
        path.unlink()
    return len(found)


def _item(path: Path) -> str:
    return "- " + "\n  ".join(path.read_text(encoding="utf-8").strip().splitlines())


if __name__ == "__main__":
    print(f"{gather(sys.argv[1])} fragments gathered")  # noqa: T201 (a command)
