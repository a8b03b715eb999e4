"""Files written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from cidmesa.errors import FileError

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
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(name).chmod(0o666 & ~_umask())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
