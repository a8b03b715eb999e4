"""What readers of foreign files share: text within limits, numbers, tokens."""

from __future__ import annotations

import re
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from cidmesa.errors import FormatError

if TYPE_CHECKING:
    import os

__all__ = ["GuessedEncoding", "Token", "Tokens", "number", "text_of"]

MAX_BYTES = 64 * 2**20
_HUGE_BITS = 1023  # of a number that a float just holds
_NUMBER = re.compile(r"([+-]?)(?=\.?\d)(\d{0,400})(?:\.(\d{0,400}))?(e[+-]?\d{1,3})?", re.IGNORECASE)


class GuessedEncoding(UserWarning):
    """A file that is no UTF-8 was read as Latin-1; letters with accents may be others."""


def text_of(path: str | os.PathLike[str]) -> str:
    """Return the text of a file, read as UTF-8; where it is none, as what it declares, or as Latin-1 with a warning.

    Raises:
        FormatError: the file cannot be read, is larger than 64 MiB, or contains NUL bytes.
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
        FormatError: the text is not a finite decimal number, or its exponent has more than three digits.

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
        self._text, self._language = text, _language(comment, arrows)
        self._place, self._line = 0, 1  # where the next token that is not yet read begins
        self._ahead: deque[Token] = deque()
        self._last = 1  # the line of the last token that was taken

    def __bool__(self) -> bool:
        return bool(self._ahead) or self._more()

    @property
    def line(self) -> int:
        """The line of the next token, or of the last one at the end."""
        return self._ahead[0].line if self else self._last

    def matches(self, pattern: re.Pattern[str], fits: Callable[[re.Match[str]], bool]) -> Iterator[re.Match[str]]:
        """Yield the matches of a pattern that fit and stand here one after the other, without gaps; they are gone past.

        Nothing may be taken meanwhile, and a match must not end within a token.
        """
        while not self._ahead and (match := pattern.match(self._text, self._place)) is not None and fits(match):
            yield match
            self._line += self._text.count("\n", self._place, match.end())
            self._place, self._last = match.end(), self._line

    def peek(self, ahead: int = 0) -> str:
        """Return the text of a token to come, empty at the end; quoted text never equals a mark."""
        while len(self._ahead) <= ahead:
            if not self._more():
                return ""
        token = self._ahead[ahead]
        return f'"{token.text}' if token.quoted else token.text

    def take(self, meant: str = "more") -> Token:
        """Return the next token and go on."""
        if not self:
            self.fail(f"the file ends where {meant} was expected. Is it cut off?")
        token = self._ahead.popleft()
        self._last = token.line
        return token

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
        if not self:
            return False
        token = self._ahead[0]
        if token.text != mark or token.quoted:
            return False
        self.take()
        return True

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

    def _more(self) -> bool:
        """Read on to the next token; return whether there is one."""
        text = self._text
        while self._place < len(text):
            match = self._language.match(text, self._place)
            if match is None:
                self._unreadable()
            kind = match.lastindex or 0
            start, end = match.start(kind), match.end()
            self._line += text.count("\n", self._place, start) if kind else 0
            token = _token(match, kind, self._line)
            self._line += text.count("\n", start, end) if kind and kind != _PLAIN else 0
            self._place = end
            if token is not None:
                self._ahead.append(token)
                return True
        return False

    def _unreadable(self) -> NoReturn:
        rest = self._text[self._place :].lstrip()
        what = "a quoted text that does not end" if rest[0] == '"' else f"the character {rest[0]!r}"
        line = self._line + self._text.count("\n", self._place, len(self._text) - len(rest))
        raise FormatError(f"{self.source}:{line}: {what} cannot be read.")

    def fail(self, what: str, line: int | None = None) -> NoReturn:
        """Raise the FormatError that says ``what`` at a line, the next token's where left out."""
        raise FormatError(f"{self.source}:{self.line if line is None else line}: {what}")


def _token(match: re.Match[str], kind: int, line: int) -> Token | None:
    """Return the token of a match, ``None`` for a comment or the end."""
    if kind == _PLAIN:
        return Token(match[_PLAIN], line)
    if kind == _QUOTED:
        return Token(re.sub(r"\\(.)", r"\1", match[_QUOTED], flags=re.DOTALL), line, True)
    return Token(match[_HTML], line, True) if kind == _HTML else None
