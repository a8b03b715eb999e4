"""The errors that cidmesa raises, what their messages say, and what is wrong with a text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from importlib import import_module
from typing import Any

__all__ = [
    "CidmesaError",
    "ComposeError",
    "CyclicError",
    "DiagramError",
    "FileError",
    "FormatError",
    "ModelError",
    "NeedsPackage",
    "NotApplicable",
    "ScenarioError",
    "TooLarge",
    "UnknownNode",
    "check_word",
    "concerning",
    "flaw",
    "library",
    "near_miss",
    "normal",
    "not_there",
    "wrong_type",
]


class CidmesaError(Exception):
    """Any error that cidmesa raises on purpose; its attributes name what it is about.

    ``node``: the name of a node that is there. ``link``: parent and child. ``cycle``: nodes, each a parent of the next
    and the last one of the first. ``parameter``: the name of a parameter.

    >>> import cidmesa as cm
    >>> try:
    ...     cm.cid("D -> U", decisions=["X"])
    ... except cm.CidmesaError as error:
    ...     type(error).__name__
    'DiagramError'

    """

    def __init__(
        self,
        *args: object,
        node: str | None = None,
        link: tuple[str, str] | None = None,
        cycle: tuple[str, ...] = (),
        parameter: str | None = None,
    ) -> None:
        super().__init__(*args)
        self.node, self.link, self.cycle, self.parameter = node, link, cycle, parameter


class DiagramError(CidmesaError, ValueError):
    """The nodes and links given do not make an influence diagram.

    >>> import cidmesa as cm
    >>> cm.cid("D -> U -> X", utilities=["U"])
    Traceback (most recent call last):
    cidmesa.errors.DiagramError: ...

    """


class CyclicError(DiagramError):
    """The links given contain a directed cycle.

    >>> import cidmesa as cm
    >>> cm.cid("A -> B -> A")
    Traceback (most recent call last):
    cidmesa.errors.CyclicError: ...

    """


class ModelError(CidmesaError, ValueError):
    """The domains, mechanisms or policies given do not fit the diagram.

    >>> import cidmesa as cm
    >>> cm.model(cm.cid("A -> B"), A={0: "1/2", 1: "1/3"}, B="A")
    Traceback (most recent call last):
    cidmesa.errors.ModelError: ...

    """


class UnknownNode(CidmesaError, KeyError):
    """A name is not the name of a node of the diagram.

    >>> import cidmesa as cm
    >>> cm.admits_voi(cm.cid("S -> D -> U", decisions=["D"], utilities=["U"]), "D", "T")
    Traceback (most recent call last):
    cidmesa.errors.UnknownNode: ...

    """

    def __init__(self, name: object, known: Iterable[str]) -> None:
        super().__init__(name, tuple(known))

    def __str__(self) -> str:
        name, known = self.args
        return f"there is no node {name!r}.{near_miss(name, known)} The nodes are: {', '.join(known)}."


class NotApplicable(CidmesaError, ValueError):
    """The question does not fit the diagram: a precondition of the definition or theorem fails.

    >>> import cidmesa as cm
    >>> cm.is_requisite(cm.cid("D -> X -> U", decisions=["D"], utilities=["U"]), "D", "X")
    Traceback (most recent call last):
    cidmesa.errors.NotApplicable: ...

    """


class NeedsPackage(NotApplicable):
    """An optional package is needed and not installed; the message names the extra."""


class ComposeError(CidmesaError, ValueError):
    """A training process or a mesa-optimizer's specification cannot be composed.

    >>> import cidmesa as cm
    >>> cm.MesaSpec(target="A")
    Traceback (most recent call last):
    cidmesa.errors.ComposeError: say scope='episode' or scope='updates': ...

    """


class FileError(CidmesaError, OSError):
    """A file cannot be written.

    >>> import cidmesa as cm
    >>> cm.save(cm.cid("A -> B"), "no-such-folder/figure.svg")
    Traceback (most recent call last):
    cidmesa.errors.FileError: ...

    """


class FormatError(CidmesaError, ValueError):
    """A file cannot be read, or no format has its ending; the message names file, line and remedy.

    >>> import cidmesa as cm
    >>> cm.save(cm.cid("A -> B"), "figure.docx")
    Traceback (most recent call last):
    cidmesa.errors.FormatError: ...

    """


class ScenarioError(CidmesaError, ValueError):
    """A scenario file is wrong; the message has one line ``file:line:col: CODE text`` for each mistake.

    >>> import cidmesa as cm
    >>> cm.load("hubinger2019/two-corner")
    Traceback (most recent call last):
    cidmesa.errors.ScenarioError: ...two-corners...

    """


class TooLarge(CidmesaError, MemoryError):
    """The computation was refused before it started; the message names its size and how to shrink it.

    >>> import cidmesa as cm
    >>> names = [f"X{k}" for k in range(40)]
    >>> g = cm.cid([(name, "U") for name in names], utilities=["U"])
    >>> cm.model(g, {name: cm.uniform([0, 1]) for name in names}, U=" + ".join(names))
    Traceback (most recent call last):
    cidmesa.errors.TooLarge: ...

    """


@contextmanager
def concerning(node: str) -> Iterator[None]:
    """Mark errors that are raised inside as being about this node, unless they say already what they are about.

    >>> try:
    ...     with concerning("A"):
    ...         raise ModelError("it needs a state.")
    ... except ModelError as error:
    ...     print(error.node)
    A
    """
    try:
        yield
    except CidmesaError as error:
        if not (error.node or error.link or error.cycle or error.parameter):
            error.node = node
        raise


def near_miss(name: object, options: Iterable[str]) -> str:
    """Return `` Did you mean 'x'?`` for the option closest to ``name``, or an empty string.

    >>> near_miss("Tehta1", ["Theta1", "A1"])
    " Did you mean 'Theta1'?"
    >>> near_miss("Q", ["Theta1", "A1"])
    ''
    """
    known = list(options)
    lowered = {option.lower(): option for option in reversed(known)}
    close = get_close_matches(str(name).lower(), lowered, n=1)
    return f" Did you mean {lowered[close[0]]!r}?" if close else ""


def not_there(said: str, name: object, known: Iterable[str], listed: str) -> str:
    """Return a message about a name that is not there: the nearest one, and under ``listed`` all that are.

    >>> not_there("there is no agent 'bas'", "bas", ["base", "mesa"], "Agents")
    "there is no agent 'bas'. Did you mean 'base'? Agents: base, mesa."
    """
    names = list(known)
    return f"{said}.{near_miss(name, names)} {listed}: {', '.join(names) or 'none'}."


def check_word(name: str, given: object, known: Iterable[str], kind: type[CidmesaError] = NotApplicable) -> None:
    """Raise an error of this kind if an argument is none of the known words.

    >>> check_word("regime", "frosen", ["retrain", "frozen"])
    Traceback (most recent call last):
    cidmesa.errors.NotApplicable: regime='frosen' is not known. Did you mean 'frozen'? Choose one of: retrain, frozen.
    """
    words = list(known)
    if given not in words:
        raise kind(f"{name}={given!r} is not known.{near_miss(given, words)} Choose one of: {', '.join(words)}.")


def wrong_type(asks: str, needs: str, given: object, remedy: str) -> str:
    """Return the message that ``asks`` needs something else than what it was given.

    >>> wrong_type("solve", "a model", 5, "Make one by cm.model(cid, ...).")
    'solve needs a model, not a value of type int. Make one by cm.model(cid, ...).'
    """
    return f"{asks} needs {needs}, not a value of type {type(given).__name__}. {remedy}"


def library(name: str, extra: str) -> Any:
    """Return a module of an optional package.

    Raises:
        NeedsPackage: the package is not installed; the message says how to install it.

    >>> library("json", "interop").__name__
    'json'
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        package = name.split(".", 1)[0]
        if error.name is None or error.name.split(".", 1)[0] != package:
            raise  # something that the package needs, not the package
        raise NeedsPackage(f"{package} is not installed. Install it: pip install 'cidmesa[{extra}]'.") from error


_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_KINDS = {
    "Cc": "a control character",
    "Cs": "half a surrogate pair",
    "Zl": "a line separator",
    "Zp": "a line separator",
}


def normal(text: str) -> str:
    r"""Return text in the normal form NFC, in which a letter with an accent is one character where there is one.

    >>> normal("e\u0301") == "\u00e9", normal("plain")
    (True, 'plain')
    """
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def flaw(text: str, *, prose: bool = False) -> str:
    r"""Return what is wrong with a text, empty if nothing is; ``prose`` may have several lines and tabs.

    Control characters command terminals, directions make text read as what it is not, surrogates and noncharacters
    cannot be written to files.

    >>> flaw("rain"), flaw("two\nlines", prose=True)
    ('', '')
    >>> flaw("re\x1b[31md")
    'it holds a control character, U+001B, as character 3. Remove it.'
    """
    if text.isprintable():
        return ""
    for place, char in enumerate(text, 1):
        if not char.isprintable() and (kind := _kind(char)) and not (prose and char in "\n\t"):
            return f"it holds {kind}, U+{ord(char):04X}, as character {place}. Remove it."
    return ""


def _kind(char: str) -> str:
    if char in _DIRECTIONS:
        return "a character that changes the direction of writing"
    if (ord(char) & 0xFFFE) == 0xFFFE or 0xFDD0 <= ord(char) <= 0xFDEF:
        return "no character"
    return _KINDS.get(unicodedata.category(char), "")
