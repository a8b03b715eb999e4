"""Files written whole or not at all."""

from __future__ import annotations

from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from cidmesa.errors import FileError

if TYPE_CHECKING:
    import os

__all__ = ["write"]


def write(path: str | os.PathLike[str], content: bytes) -> None:
    """Write ``content`` to ``path``: into a new file beside it first, which then takes its name.

    Raises:
        FileError: the folder is missing or can't be written to; the old file is left as it was.
    """
    target = Path(path)
    if not target.parent.is_dir():
        raise FileError(f"{target}: can't be written: there is no folder {str(target.parent)!r}. Make it first.")
    try:
        _write(target, content)
    except OSError as error:
        raise FileError(f"{target}: can't be written: {error.strerror or error}.") from error


def _write(target: Path, content: bytes) -> None:
    beside = target.with_name(f".{target.name}.{token_hex(8)}")
    try:
        with beside.open("xb") as stream:  # a new file, with the rights that the process gives to new files
            stream.write(content)
        beside.replace(target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
