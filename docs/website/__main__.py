"""Build the site: ``python -m docs.website [OUT]``; warnings and broken links are errors."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from docs.website.checks import problems
from docs.website.scenarios import explorers
from docs.website.staging import ROOT, stage

__all__ = ["build", "main"]

EXTRA = ROOT / "build" / "extra"  # pages that are no pages of Sphinx


def build(out: Path, *, execute: bool = True) -> list[str]:
    """Build the site into ``out`` and return what is wrong with it."""
    from sphinx.cmd.build import build_main

    pages = ROOT / "build" / "pages"
    stage(pages, execute=execute)
    for name, text in explorers():
        (EXTRA / name).parent.mkdir(parents=True, exist_ok=True)
        (EXTRA / name).write_text(text, encoding="utf-8")
    options = [
        "-q",
        "-b",
        "html",
        "-W",
        "--keep-going",
        "-c",
        str(Path(__file__).parent),
        "-d",
        str(ROOT / "build/doctrees"),
    ]
    failed = build_main([*options, str(pages), str(out)])
    number, wrong = problems(out)
    print(f"{len(list(out.rglob('*.html')))} pages, {number} links between them, {len(wrong)} problems")  # noqa: T201
    return [*(["sphinx reports warnings, see above"] if failed else []), *wrong]


def main() -> int:
    """Build the site from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", nargs="?", type=Path, default=ROOT / "build" / "site")
    parser.add_argument(
        "--no-notebooks", action="store_true", help="run no notebook; show those without outputs as they are"
    )
    given = parser.parse_args()
    wrong = build(given.out, execute=not given.no_notebooks)
    print("\n".join(wrong))  # noqa: T201
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
