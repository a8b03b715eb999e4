"""What readers of foreign files share: text within limits, numbers, tokens; XML without what makes it dangerous."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, NoReturn
from xml.parsers import expat  # declarations of entities are refused below

from cidmesa.errors import FormatError

if TYPE_CHECKING:
    import os

__all__ = ["Element", "GuessedEncoding", "Token", "Tokens", "number", "parse", "text_of"]

MAX_BYTES = 64 * 2**20
_HUGE_BITS = 1023  # of a number that a float just holds
_NUMBER = re.compile(r"([+-]?)(?=\.?\d)(\d{0,400})(?:\.(\d{0,400}))?(e[+-]?\d{1,3})?", re.IGNORECASE)


class GuessedEncoding(UserWarning):
    """A file that is no UTF-8 was read as Latin-1; letters with accents may be others."""


def text_of(path: str | os.PathLike[str]) -> str:
    """Return the text of a file, read as UTF-8; where it is none, as what it declares, or as Latin-1 with a warning.

    Raises:
        FormatError: the file cannot be read, is larger than 64 MiB, or has NUL bytes.
    """
    file = Path(path)
    try:
        with file.open("rb") as stream:
            known = file.stat().st_size if file.is_file() else MAX_BYTES  # of what is no regular file, it is not
            content = stream.read(min(known, MAX_BYTES) + 1)
    except OSError as error:
        raise FormatError(f"{file}: cannot be read: {error.strerror or error}.") from error
    if len(content) > MAX_BYTES:
        raise FormatError(f"{file}: the file is larger than {MAX_BYTES // 2**20} MiB, so it is not read.")
    if b"\0" in content:
        raise FormatError(f"{file}: this is not a text file (it has NUL bytes).")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _decoded(content, file)


def _decoded(content: bytes, file: Path) -> str:
    declared = re.match(rb"""\s*<\?xml[^>]*encoding=["']([\w.-]{1,40})""", content[:500])
    if declared and (text := _in_encoding(content, declared[1].decode("ascii"))) is not None:
        return text
    warnings.warn(f"{file}: the text is not UTF-8 and was read as Latin-1.", GuessedEncoding, stacklevel=4)
    return content.decode("latin-1")


def _in_encoding(content: bytes, name: str) -> str | None:
    """Return the text in the encoding of that name, nothing where there is no such encoding or it does not fit."""
    try:
        return content.decode(name)
    except (LookupError, UnicodeError):
        return None


def number(text: str, at: str) -> Fraction:
    """Return the number that ``text`` writes, exactly; ``at`` is where it stands.

    Raises:
        FormatError: no finite decimal number, or one with an exponent of more than three digits.

    >>> number("0.1", "x.net:3"), number("-2e3", "x.net:3")
    (Fraction(1, 10), Fraction(-2000, 1))
    """
    value = _parsed(text)
    if value is None:
        raise FormatError(f"{at}: a number is needed, not {text[:40]!r}.")
    if value.numerator.bit_length() > _HUGE_BITS and abs(value) >= 2**_HUGE_BITS:
        raise FormatError(f"{at}: the number {text[:40]} is too large.")
    return value


@lru_cache(maxsize=2**14)
def _parsed(text: str) -> Fraction | None:
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    sign, whole, decimals, exponent = match.groups(default="")
    return Fraction(text) if exponent else Fraction(int(f"{sign}{whole}{decimals}"), 10 ** len(decimals))


class Token(NamedTuple):
    """A word, a quoted text or a mark, and the line where it stands."""

    text: str
    line: int
    quoted: bool = False


_COMMENTS = r"//[^\n]*|/\*(?:[^*]|\*(?!/))*\*/"
_WORDS = r"[<>](?:(?!//|/\*)[^\s{}()\[\];:,|\"])*|(?:(?!//|/\*)[^\s{}()\[\];:,=|\"])+"  # names such as <5 or 5-12
_QUOTED, _HTML, _PLAIN = 2, 3, 4  # groups of a token's pattern; 1 is a comment
_ARROWS = r"->|<->|<-|--"
_MARKS = frozenset(["->", "<->", "<-", "--", *"{}()[];:,=|"])


@cache
def _language(comment: str | None, arrows: bool) -> re.Pattern[str]:
    """Return the pattern of a token after blanks: comment, quoted text, label like HTML, word or mark.

    ``arrows``: DOT and dagitty, with arrows between words and labels like HTML; else NET, BIF and Gambit's files.
    """
    comments = _COMMENTS + (f"|{comment}[^\n]*" if comment else "")
    html = r"<((?!-)(?:[^<>]|<[^<>]*>)*+)>" if arrows else r"((?!))"
    marks = rf"{_ARROWS}|[{{}}()\[\];:,=|]" if arrows else r"[{}()\[\];:,=|]"
    words = r"-?[0-9.]+|[^\s{}()\[\];:,=|\"<>-]+" if arrows else _WORDS
    return re.compile(rf'\s*(?:({comments})|"((?:[^"\\]|\\.)*+)"|{html}|({marks}|{words})|\Z)', re.DOTALL)


class Tokens:
    """The tokens of a text in the C-like languages of NET, BIF, DOT and dagitty, read from left to right."""

    def __init__(self, text: str, source: str, comment: str | None = None, *, arrows: bool = False) -> None:
        self.source = source
        self._found = _tokens(text, source, _language(comment, arrows))
        self._next = 0

    def __bool__(self) -> bool:
        return self._next < len(self._found)

    @property
    def line(self) -> int:
        """The line of the next token, or of the last one at the end."""
        return self._found[min(self._next, len(self._found) - 1)].line if self._found else 1

    def peek(self, ahead: int = 0) -> str:
        """Return the text of a token to come, empty at the end; quoted text never equals a mark."""
        place = self._next + ahead
        if place >= len(self._found):
            return ""
        token = self._found[place]
        return f'"{token.text}' if token.quoted else token.text

    def take(self, meant: str = "more") -> Token:
        """Return the next token and go on."""
        if self._next >= len(self._found):
            self.fail(f"the file ends where {meant} was expected. Is it cut off?")
        self._next += 1
        return self._found[self._next - 1]

    def word(self, meant: str) -> Token:
        """Return the next token, which must be a word or quoted text."""
        token = self.take(meant)
        if token.text in _MARKS and not token.quoted:
            self.fail(f"{meant} is expected, not {token.text!r}.", token.line)
        return token

    def expect(self, *marks: str) -> str:
        """Return the next token, which must be one of ``marks``."""
        token = self.take(" or ".join(map(repr, marks)))
        if token.quoted or token.text not in marks:
            self.fail(f"{' or '.join(map(repr, marks))} is expected, not {token.text[:40]!r}.", token.line)
        return token.text

    def skip(self, mark: str) -> bool:
        """Go past ``mark`` if it comes next; return whether it did."""
        if self._next >= len(self._found):
            return False
        token = self._found[self._next]
        found = token.text == mark and not token.quoted
        self._next += found
        return found

    def words_until(self, end: str, meant: str) -> Iterator[Token]:
        """Yield words and quoted texts up to ``end``; commas and bars between them are skipped."""
        while (token := self.take(meant)).quoted or token.text != end:
            if token.quoted or token.text not in _MARKS:
                yield token
            elif token.text not in ",|":
                self.fail(f"{meant} is expected, not {token.text!r}.", token.line)

    def number(self, token: Token) -> Fraction:
        """Return the number that a token writes."""
        return number(token.text, f"{self.source}:{token.line}")

    def head(self, end: str, meant: str) -> list[Token]:
        """Return the words up to ``end``, of which there must be one: the node that a table is of, and its parents."""
        line, words = self.line, list(self.words_until(end, meant))
        if not words:
            self.fail(f"this table does not say of which node it is; {meant} is expected.", line)
        return words

    def names_until(self, end: str, meant: str, count: int) -> list[str]:
        """Return ``count`` names up to ``end``: each word, or the words between commas where these are the count."""
        words: list[str] = []
        groups: list[list[str]] = [[]]
        while (token := self.take(meant)).quoted or token.text != end:
            if token.quoted or token.text not in _MARKS:
                groups[-1].append(token.text)
                words.append(token.text)
            elif token.text in ",|":
                groups.append([])
            else:
                self.fail(f"{meant} is expected, not {token.text!r}.", token.line)
        if len(words) == count:
            return words
        names = [" ".join(group) for group in groups if group]
        return names if len(names) == count else words

    def fail(self, what: str, line: int | None = None) -> NoReturn:
        """Raise the FormatError that says ``what`` at a line, the next token's where left out."""
        raise FormatError(f"{self.source}:{self.line if line is None else line}: {what}")


def _tokens(text: str, source: str, language: re.Pattern[str]) -> list[Token]:
    found: list[Token] = []
    line, place = 1, 0
    while place < len(text):
        match = language.match(text, place)
        if match is None:
            rest = text[place:].lstrip()
            what = "a quoted text that does not end" if rest[0] == '"' else f"the character {rest[0]!r}"
            line += text.count("\n", place, len(text) - len(rest))
            raise FormatError(f"{source}:{line}: {what} cannot be read.")
        kind = match.lastindex or 0
        start, end = match.start(kind), match.end()
        line += text.count("\n", place, start) if kind else 0
        if kind == _PLAIN:
            found.append(Token(match[_PLAIN], line))
        elif kind == _QUOTED:
            found.append(Token(re.sub(r"\\(.)", r"\1", match[_QUOTED], flags=re.DOTALL), line, True))
        elif kind == _HTML:
            found.append(Token(match[_HTML], line, True))
        line += text.count("\n", start, end) if kind and kind != _PLAIN else 0
        place = end
    return found


MAX_DEPTH = 60


@dataclass
class Element:
    """An XML element; filled while the file is read."""

    tag: str
    attributes: dict[str, str]
    line: int
    children: list[Element] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text directly inside, without white space at its ends."""
        return "".join(self.pieces).strip()

    def all(self, tag: str) -> list[Element]:
        """Return the children with this tag."""
        return [child for child in self.children if child.tag == tag]

    def first(self, tag: str) -> Element | None:
        """Return the first child with this tag."""
        return next(iter(self.all(tag)), None)

    def within(self) -> Iterator[Element]:
        """Yield all elements inside, parents before children."""
        for child in self.children:
            yield child
            yield from child.within()


def parse(text: str, source: str) -> Element:
    """Return the root element.

    Raises:
        FormatError: XML that is not well-formed, declares entities or is nested deeper than 60; names file and line.

    >>> root = parse("<a><b c='1'>x</b></a>", "f.xml")
    >>> root.tag, root.children[0].attributes, root.children[0].text
    ('a', {'c': '1'}, 'x')
    """
    return _Reader(source).read(text)


class _Reader:
    """Builds the tree from the parser's events."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._open: list[Element] = []
        self._root: Element | None = None
        self._parser = expat.ParserCreate("utf-8")  # whatever the file declares: its text is decoded before
        self._above = 0  # lines before the first mark
        self._parser.buffer_text = True
        self._parser.specified_attributes = True  # a long default, given to each of many elements, would fill memory
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._data
        self._parser.EntityDeclHandler = self._entity

    def read(self, text: str) -> Element:
        """Return the root element of ``text``; FormatError where it is not well formed."""
        start = text.lstrip()
        self._above = text[: len(text) - len(start)].count("\n")
        try:
            self._parser.Parse(start.encode("utf-8", "replace"), True)
        except expat.ExpatError as error:
            line, what = error.lineno + self._above, expat.ErrorString(error.code)
            raise FormatError(f"{self._source}:{line}: this is not well-formed XML: {what}. Is it cut off?") from error
        if self._root is None:
            raise FormatError(f"{self._source}: there is no XML element in it.")
        return self._root

    @property
    def _line(self) -> int:
        return self._parser.CurrentLineNumber + self._above

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        element = Element(tag, attributes, self._line)
        if len(self._open) >= MAX_DEPTH:
            raise FormatError(f"{self._source}:{element.line}: elements are nested deeper than {MAX_DEPTH}.")
        if self._open:
            self._open[-1].children.append(element)
        else:
            self._root = element
        self._open.append(element)

    def _end(self, tag: str) -> None:  # noqa: ARG002 (expat's signature)
        self._open.pop()

    def _data(self, text: str) -> None:
        self._open[-1].pieces.append(text)

    def _entity(self, *declared: object) -> None:
        raise FormatError(
            f"{self._source}:{self._line}: the file declares the XML entity "
            f"{declared[0]!r}. Entities are not read; write their text."
        )
