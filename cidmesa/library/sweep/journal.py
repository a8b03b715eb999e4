"""The journal of a sweep: what has been found so far, one line of JSON a point, safe against being killed."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from cidmesa.errors import FileError, ScenarioError
from cidmesa.library.scenario import as_data, of_data
from cidmesa.library.sweep.answering import Found

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Journal"]


class Journal:
    """A file that is only appended to; each line holds the key of a point and what was found there.

    Lines reach the disk chunk by chunk. A last line that was cut off, by a kill in the middle of a write, is dropped.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def beside(cls, out: Path, *, resume: bool) -> Journal:
        """Return the journal of the sweep that writes ``out``.

        Raises:
            FileError: its folder is missing.
            ScenarioError: a sweep was interrupted there, and this one is not meant to resume it.

        """
        journal = cls(out.with_name(f"{out.name}.journal"))
        if not out.parent.is_dir():
            raise FileError(f"{out}: can't be written: there is no folder {str(out.parent)!r}. Make it first.")
        if journal.path.exists() and not resume:
            raise ScenarioError(
                f"{journal.path} holds {len(journal.read())} points of a sweep that was interrupted. "
                "Continue it by resume=True (--resume), or remove the file."
            )
        return journal

    def read(self) -> dict[str, Found]:
        """Return what was found, by the key of the point.

        Raises:
            ScenarioError: a line in the middle that can't be read; it is named.

        """
        if not self.path.exists():
            return {}
        whole, _, _ = self.path.read_bytes().rpartition(b"\n")
        return dict(self._point(number, line) for number, line in enumerate(whole.splitlines(), 1))

    def _point(self, number: int, line: bytes) -> tuple[str, Found]:
        try:
            return _found(json.loads(line))
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise ScenarioError(
                f"{self.path}:{number}: the line is damaged. Remove it, and its point is asked again."
            ) from error

    def mend(self) -> None:
        """Cut off a last line that is not whole, so that the next one starts afresh."""
        if self.path.exists():
            whole, _, rest = self.path.read_bytes().rpartition(b"\n")
            if rest:
                os.truncate(self.path, len(whole) + 1 if whole else 0)

    def add(self, found: Mapping[str, Found]) -> None:
        """Append what was found at some points; it is on the disk when this returns."""
        lines = "".join(f"{_line(key, one)}\n" for key, one in found.items())
        with self.path.open("ab") as stream:
            stream.write(lines.encode())
            stream.flush()
            os.fsync(stream.fileno())

    def remove(self) -> None:
        """Remove the file; the table is written."""
        self.path.unlink(missing_ok=True)


def _line(key: str, found: Found) -> str:
    cells = {name: as_data(cell) for name, cell in found.cells.items()}
    return json.dumps({"key": key, "cells": cells, "error": found.error}, ensure_ascii=False)


def _found(record: dict[str, Any]) -> tuple[str, Found]:
    cells = {name: of_data(data) for name, data in record["cells"].items()}
    return record["key"], Found(cells, record["error"])
