"""The one door for text: names, states and notes in one normal form, without characters that act on who shows them."""

from __future__ import annotations

import unicodedata

__all__ = ["flaw", "normal"]

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
