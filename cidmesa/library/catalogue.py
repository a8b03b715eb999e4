"""Where scenario files are: the library that is shipped, what a path or slug means, and the sources beside them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from cidmesa.errors import ScenarioError, near_miss

if TYPE_CHECKING:
    from cidmesa.library.scenario import Scenario

__all__ = [
    "BIBLIOGRAPHY",
    "SUFFIX",
    "entries_in",
    "files_under",
    "find",
    "keys_in",
    "library",
    "names_scenario",
    "slug_of",
    "slugs",
    "unknown_sources",
]

SUFFIX = ".cid.yaml"


@cache
def library() -> Path:
    """Return the folder of the shipped library: inside the installed package, or ``models`` of the checkout."""
    package = Path(__file__).resolve().parent.parent
    shipped = package / "models"
    return shipped if shipped.is_dir() else package.parent / "models"


def files_under(folder: Path) -> tuple[Path, ...]:
    """Return the scenario files in a folder and below, in the order of folders and names."""
    return tuple(sorted(folder.rglob(f"*{SUFFIX}"), key=lambda file: (file.parent, slug_of(file))))


def slug_of(path: Path) -> str:
    """Return ``<source-key>/<name>``, the slug of a scenario file.

    >>> slug_of(Path("models/hubinger2019/two-corners.cid.yaml"))
    'hubinger2019/two-corners'
    """
    name = path.name.removesuffix(SUFFIX).removesuffix(".yaml").removesuffix(".yml")
    folder = path.absolute().parent.name
    return f"{folder}/{name}" if folder else name


def names_scenario(name: str) -> bool:
    """Return whether a path or slug is that of a scenario, to go by its ending.

    >>> [names_scenario(name) for name in ("a/b", "a.cid.yaml", "a.xdsl")]
    [True, True, False]
    """
    return Path(name).suffix in ("", ".yaml", ".yml")


def slugs() -> dict[str, Path]:
    """Return the shipped scenarios, slug -> file."""
    return {slug_of(path): path for path in files_under(library())}


def find(name: str | Path) -> tuple[Path, str | None]:
    """Return the file that a path or slug means, and the variant that ``@variant`` at its end names.

    Raises:
        ScenarioError: neither a file nor a scenario has this name; the message names the nearest.
    """
    given: object = name
    if not isinstance(given, str | Path) or "\n" in str(given):
        raise ScenarioError(
            "load takes the path of a file or a slug such as hubinger2019/two-corners; the text of a "
            "file is read by cidmesa.library.file.loader.loads."
        )
    text, _, variant = str(name).partition("@")
    if Path(text).is_file():
        return Path(text), variant or None
    if Path(str(name)).is_file():
        return Path(str(name)), None
    known = slugs()
    short = [slug for slug in known if slug.rpartition("/")[2] == text]
    if text in known or len(short) == 1:
        return known[text if text in known else short[0]], variant or None
    beside = [str(file) for file in Path(text).parent.glob(f"*{SUFFIX}")]
    hint = near_miss(text, [*known, *beside]) or near_miss(text, [slug.rpartition("/")[2] for slug in known])
    raise ScenarioError(f"there is no file and no scenario {text!r}.{hint} `cidmesa list` shows the library.")


# --- sources ---------------------------------------------------------------------------------------------------------

BIBLIOGRAPHY = "references.bib"
_ENTRY = re.compile(r"^\s*@\w+\s*\{\s*([^,\s]+)\s*,", re.MULTILINE)
_FIELD = re.compile(r"(\w+)\s*=\s*\{((?:[^{}]|\{[^{}]*\})*)\}")


def keys_in(text: str) -> tuple[str, ...]:
    r"""Return the keys of a BibTeX file.

    >>> keys_in("@article{hubinger2019,\\n  title = {Risks}\\n}")
    ('hubinger2019',)
    """
    return tuple(_ENTRY.findall(text))


def entries_in(text: str) -> dict[str, dict[str, str]]:
    r"""Return the entries of a BibTeX file, key -> field -> text without braces.

    >>> entries_in("@misc{a1,\n  title = {On {AI}},\n  year = {2019}\n}")
    {'a1': {'title': 'On AI', 'year': '2019'}}
    """
    starts = [*_ENTRY.finditer(text)]
    ends = [*(start.start() for start in starts[1:]), len(text)]
    return {start[1]: _fields(text[start.end() : end]) for start, end in zip(starts, ends, strict=True)}


def _fields(text: str) -> dict[str, str]:
    found = {name.lower(): " ".join(value.split()) for name, value in _FIELD.findall(text)}
    return {name: re.sub(r"\\['\"`^~=.]|[{}]", "", value) for name, value in found.items()}


def unknown_sources(scenarios: Iterable[Scenario]) -> tuple[str, ...]:
    """Return a line ``file:line:col: CID303 text`` for each scenario whose source is not in the bibliography.

    The bibliography is the file references.bib in the folder of the scenario's folder; without one nothing is said.
    """
    known: dict[Path, tuple[str, ...] | None] = {}
    lines = []
    for scenario in scenarios:
        file = Path(scenario.path).absolute().parent.parent / BIBLIOGRAPHY
        if file not in known:
            known[file] = keys_in(file.read_text(encoding="utf-8")) if file.is_file() else None
        keys = known[file]
        if keys is not None and scenario.source is not None and scenario.source.key not in keys:
            key = scenario.source.key
            lines.append(
                f"{scenario.source.at}: CID303 the source {key!r} is not in {file.parent.name}/{BIBLIOGRAPHY}."
                f"{near_miss(key, keys)} Add an entry with this key."
            )
    return tuple(lines)
