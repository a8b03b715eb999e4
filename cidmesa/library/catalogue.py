"""`scenarios`: the library of worked examples that is shipped with the package."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cidmesa.errors import ScenarioError
from cidmesa.library.loader import load
from cidmesa.library.shelf import files_under, library

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cidmesa.library.scenario import Scenario

__all__ = ["files_of", "loaded", "scenarios"]


def scenarios(tag: str | None = None) -> tuple[Scenario, ...]:
    """Return the scenarios of the library in the order of their slugs, all or those with a tag.

    Raises:
        ScenarioError: a file is wrong.

    >>> [s.slug for s in scenarios() if not s.claims]
    []

    """
    found = loaded(files_under(library()))
    return tuple(scenario for scenario in found if tag is None or tag in scenario.tags)


def files_of(path: str | Path) -> tuple[Path | str, ...]:
    """Return the scenario files in a folder, or ``path`` itself (a file or a slug)."""
    return files_under(Path(path)) if Path(path).is_dir() else (path,)


def loaded(files: Iterable[str | Path]) -> tuple[Scenario, ...]:
    """Return the scenarios in several files; one error reports the mistakes of all of them.

    Raises:
        ScenarioError: one or more files are wrong.

    """
    found, wrong = [], []
    for file in files:
        try:
            found.append(load(file))
        except ScenarioError as error:
            wrong.append(str(error))
    if wrong:
        raise ScenarioError("\n".join(wrong))
    return tuple(found)
