"""Whether the sources that scenarios name are in the bibliography."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from cidmesa.errors import near_miss

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cidmesa.library.scenario import Scenario

__all__ = ["NAME", "entries_in", "keys_in", "unknown_sources"]

NAME = "references.bib"
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
        file = Path(scenario.path).absolute().parent.parent / NAME
        if file not in known:
            known[file] = keys_in(file.read_text(encoding="utf-8")) if file.is_file() else None
        keys = known[file]
        if keys is not None and scenario.source is not None and scenario.source.key not in keys:
            key = scenario.source.key
            lines.append(f"{scenario.source.at}: CID303 the source {key!r} is not in {file.parent.name}/{NAME}."
                         f"{near_miss(key, keys)} Add an entry with this key.")  # fmt: skip
    return tuple(lines)
