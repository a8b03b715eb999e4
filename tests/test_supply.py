"""What cidmesa needs: few packages, small, free to use; the lock file holds what the project asks for."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
FREE = re.compile(r"MIT|BSD|Apache|PSF|Python Software Foundation|MPL|Mozilla|ISC|Unlicense|0BSD", re.IGNORECASE)


def closure() -> dict[str, metadata.Distribution]:
    """Return the distributions that the core needs, by name, in this environment."""
    found: dict[str, metadata.Distribution] = {}
    waiting = list(PROJECT["dependencies"])
    while waiting:
        need = Requirement(waiting.pop())
        if (need.marker is None or need.marker.evaluate({"extra": ""})) and need.name.lower() not in found:
            found[need.name.lower()] = metadata.distribution(need.name)
            waiting += found[need.name.lower()].requires or []
    return found


def test_the_core_needs_at_most_nineteen_small_packages():
    needed = closure()
    assert len(needed) <= 19, sorted(needed)
    files = [file for one in needed.values() for file in one.files or () if file.suffix != ".pyc"]
    size = sum(Path(path).stat().st_size for file in files if (path := file.locate()) and Path(path).is_file())
    assert size <= 110 * 10**6, f"{size / 10**6:.0f} MB"


def licence(one: metadata.Distribution) -> str:
    about = one.metadata
    classifiers = [line for line in about.get_all("Classifier", []) if line.startswith("License")]
    return " ".join(filter(None, [about.get("License-Expression"), (about.get("License") or "")[:200], *classifiers]))


def test_what_the_core_needs_is_free_to_use():
    unknown = {name: licence(one) for name, one in closure().items() if not FREE.search(licence(one))}
    assert not unknown


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_lock_file_fits_what_is_asked_for():
    pairs = (line.partition("==")[::2] for line in (ROOT / "dev.lock").read_text(encoding="utf-8").splitlines())
    locked = {plain(name): version for name, version in pairs}
    asked = [*PROJECT["dependencies"], *(need for needs in PROJECT["optional-dependencies"].values() for need in needs)]
    for need in map(Requirement, asked):
        if plain(need.name) in locked:
            assert need.specifier.contains(Version(locked[plain(need.name)]), prereleases=True), need
    assert {plain(Requirement(need).name) for need in PROJECT["dependencies"]} <= set(locked)


def test_every_bound_has_a_lowest_version():
    for need in map(Requirement, PROJECT["dependencies"]):
        assert any(part.operator == ">=" for part in need.specifier), need
