"""A file of JSON values, one a line, that is only appended to: it survives a kill, and processes may share it."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from importlib.util import find_spec
from typing import IO, TYPE_CHECKING

from cidmesa.formats import system_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["JsonLines"]


class JsonLines:
    """A file that is only appended to. A last line that was cut off, by a kill in the middle of a write, is dropped.

    >>> from pathlib import Path
    >>> list(JsonLines(Path("no-such-file")).lines())
    []
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def lines(self) -> Iterator[bytes]:
        """Yield the whole lines; none if there is no file."""
        with system_errors(self.path, "read"):
            if self.path.exists():
                with self.path.open("rb") as stream:
                    yield from (line for line in stream if line.endswith(b"\n"))

    def mend(self) -> None:
        """Cut off a last line that is not whole, so that the next one starts afresh."""
        if self.path.exists():
            with system_errors(self.path, "mended"), self.path.open("r+b") as stream, _alone(stream):
                whole, _, rest = stream.read().rpartition(b"\n")
                if rest:
                    stream.truncate(len(whole) + 1 if whole else 0)

    def append(self, values: Iterable[object]) -> None:
        """Append a line for each value; they are on the disk when this returns. Other processes wait meanwhile.

        Raises:
            FileError: the disk is full, or the file cannot be written to; earlier lines are kept.
        """
        lines = "".join(f"{json.dumps(value, ensure_ascii=False)}\n" for value in values)
        with system_errors(self.path, "written"), self.path.open("ab") as stream, _alone(stream):
            stream.write(lines.encode())
            stream.flush()
            os.fsync(stream.fileno())

    def remove(self) -> None:
        """Remove the file."""
        with system_errors(self.path, "removed"):
            self.path.unlink(missing_ok=True)


@contextmanager
def _alone(stream: IO[bytes]) -> Iterator[None]:
    """Hold a file for this process until it is done, where the system can do that."""
    if find_spec("fcntl") is None:
        yield
        return
    import fcntl

    fcntl.flock(stream, fcntl.LOCK_EX)
    yield
    stream.flush()
