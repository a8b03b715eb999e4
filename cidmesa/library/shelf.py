"""Where scenario files are: the library that is shipped, and what a path or slug means."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from cidmesa.errors import ScenarioError, near_miss

__all__ = ["SUFFIX", "files_under", "find", "library", "slug_of", "slugs"]

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


def slugs() -> dict[str, Path]:
    """Return the shipped scenarios, slug -> file."""
    return {slug_of(path): path for path in files_under(library())}


def find(name: str | Path) -> tuple[Path, str | None]:
    """Return the file that a path or slug means, and the variant that ``@variant`` at its end names.

    Raises:
        ScenarioError: there is no such file and no such scenario; names the nearest.

    """
    given: object = name
    if not isinstance(given, str | Path) or "\n" in str(given):
        raise ScenarioError("load takes the path of a file or a slug such as hubinger2019/two-corners; the text of a "
                            "file is read by cidmesa.library.loader.loads.")  # fmt: skip
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
