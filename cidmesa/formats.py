"""The register of file formats and of readers for objects of other packages; files written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from errno import EACCES
from importlib import import_module
from pathlib import Path, PurePath
from pkgutil import iter_modules
from secrets import token_hex
from typing import Any, Literal

from cidmesa.errors import FileError, FormatError, NotApplicable, near_miss

__all__ = [
    "Format",
    "discover",
    "format_to_read",
    "format_to_write",
    "formats",
    "read_object",
    "reader_of",
    "register",
    "system_errors",
    "write",
]


@dataclass(frozen=True)
class Format:
    """A format of files, known by the endings of their names.

    Attributes:
        name: what its users call it, such as ``"XDSL"``.
        endings: of file names, each with its dot, in small letters.
        holds: what a file can say: ``"picture"``, ``"diagram"`` (structure), ``"model"`` (numbers, too) or
            ``"scenario"`` (claims, too).
        about: whose format it is and where its limits are, one line for the documentation.
        read: returns what the file at a path holds; None where the format is only written.
        write: returns the content of a file for a value, by keyword options; None where the format is only read.
        options: the names of those options.
    """

    name: str
    endings: tuple[str, ...]
    holds: Literal["picture", "diagram", "model", "scenario"]
    about: str = ""
    read: Callable[[str], Any] | None = None
    write: Callable[..., str | bytes] | None = None
    options: tuple[str, ...] = ()

    def content(self, value: object, **options: object) -> bytes:
        """Return the bytes of a file with ``value``.

        Raises:
            NotApplicable: the format can only be read, or an option is unknown.

        >>> Format("Lines", (".lines",), "model", write=lambda x, *, by="-": by.join(x), options=("by",)).content("ab")
        b'a-b'
        """
        if self.write is None:
            raise NotApplicable(f"{self.name} is only read, not written.")
        for option in options:
            if option not in self.options:
                known = f"Its options are: {', '.join(self.options)}." if self.options else "It has none."
                raise NotApplicable(f"{self.name} has no option {option!r}.{near_miss(option, self.options)} {known}")
        made = self.write(value, **options)
        return made.encode() if isinstance(made, str) else made


_REGISTER: list[Format] = []


def register(form: Format) -> Format:
    """Add a format to the register and return it; one of the same name is replaced.

    Raises:
        ValueError: another format is read, or written, under one of its endings.
    """
    others = [known for known in _REGISTER if known.name != form.name]
    for other in others:
        shared = set(form.endings) & set(other.endings)
        if shared and ((form.read and other.read) or (form.write and other.write)):
            raise ValueError(f"{form.name}: the ending {min(shared)} belongs to {other.name}.")
    _REGISTER[:] = [*others, form]
    return form


def formats() -> tuple[Format, ...]:
    """Return the formats registered so far, by name."""
    return tuple(sorted(_REGISTER, key=lambda form: form.name.lower()))


def discover(package: str) -> None:
    """Import each module of a package, so that the formats in them register themselves."""
    for module in iter_modules(import_module(package).__path__):
        import_module(f"{package}.{module.name}")


def format_to_read(path: str | os.PathLike[str]) -> Format:
    """Return the format in which the file at ``path`` is read.

    Raises:
        FormatError: no format with this ending can be read; the message suggests the nearest.
    """
    return _found(path, [form for form in formats() if form.read], "read")


def format_to_write(path: str | os.PathLike[str]) -> Format:
    """Return the format in which a file at ``path`` is written.

    Raises:
        FormatError: no format with this ending can be written; the message suggests the nearest.
    """
    return _found(path, [form for form in formats() if form.write], "written")


def _found(path: str | os.PathLike[str], among: Iterable[Format], done: str) -> Format:
    by_ending = {ending: form for form in among for ending in form.endings}
    name = PurePath(path).name.lower()
    fits = [ending for ending in by_ending if name.endswith(ending)]
    if not fits:
        suffix = PurePath(path).suffix
        raise FormatError(
            f"{path}: no format with the ending {suffix!r} is {done}.{near_miss(suffix, by_ending)} "
            f"Known endings: {' '.join(sorted(by_ending))}."
        )
    return by_ending[max(fits, key=len)]


def write(path: str | os.PathLike[str], content: bytes) -> None:
    """Write ``content`` to ``path``: into a new file beside it first, which then takes its name.

    What is no regular file, such as ``/dev/stdout``, is written to as it is.

    Raises:
        FileError: the folder is missing or cannot be written to, or the disk is full; the old file stays as it was.
    """
    target = Path(path)
    if not target.parent.is_dir():
        raise FileError(f"{target}: cannot be written: there is no folder {str(target.parent)!r}. Make it first.")
    with system_errors(target, "written"):
        _write(target.resolve(), content)


def _write(target: Path, content: bytes) -> None:
    if target.exists() and not target.is_file():
        with target.open("wb") as stream:
            stream.write(content)
        return
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(EACCES, "it is read-only")
    beside = target.with_name(f".{token_hex(8)}")
    try:
        with beside.open("xb") as stream:  # a new file, with the rights that the process gives to new files
            stream.write(content)
        beside.replace(target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


@contextmanager
def system_errors(path: object, done: str) -> Iterator[None]:
    """Turn errors of the system about a file into FileError; ``done``: what cannot be done with it.

    >>> with system_errors("x.csv", "read"):
    ...     raise PermissionError(13, "Permission denied")
    Traceback (most recent call last):
    cidmesa.errors.FileError: x.csv: cannot be read: Permission denied.
    """
    try:
        yield
    except FileError:
        raise
    except OSError as error:
        raise FileError(f"{path}: cannot be {done}: {error.strerror or error}.") from error


# --- objects of other packages --------------------------------------------------------------------------------------

_READERS = {  # package -> where the reader of its objects is
    "pycid": ("cidmesa.interop", "from_pycid"),
    "pgmpy": ("cidmesa.interop", "from_pgmpy"),
    "pyagrum": ("cidmesa.interop", "from_pyagrum"),
    "networkx": ("cidmesa.structure.build", "cid"),
}


def reader_of(value: object) -> tuple[str, str] | None:
    """Return module and name of what reads a value: the first of its classes that is of another package decides.

    >>> import networkx as nx
    >>> reader_of(nx.DiGraph()), reader_of(1)
    (('cidmesa.structure.build', 'cid'), None)
    """
    packages = (base.__module__.partition(".")[0] for base in type(value).__mro__)
    return next((_READERS[package] for package in packages if package in _READERS), None)


def read_object(value: object) -> object:
    """Return an object of PyCID, pgmpy, pyAgrum or networkx as the diagram or model that it is, other values unchanged.

    >>> read_object("no such object")
    'no such object'
    """
    reader = reader_of(value)
    return getattr(import_module(reader[0]), reader[1])(value) if reader else value
