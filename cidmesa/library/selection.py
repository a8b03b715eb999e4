"""Which claims a check looks at: by words in their name, and by tag."""

from __future__ import annotations

from cidmesa.errors import ScenarioError

__all__ = ["matches"]


def matches(text: str, keyword: str | None) -> bool:
    """Return whether ``text`` fits an expression of words with ``and``, ``or`` and ``not``, which bind in this order.

    A word fits if the text contains it, whatever the case.

    Raises:
        ScenarioError: a word is missing, or there are brackets.

    >>> matches("hubinger2019/two-corners::plan", "corners and not episode or red")
    True

    """
    if keyword is None:
        return True
    if "(" in keyword or ")" in keyword:
        raise ScenarioError(f"can't read the expression {keyword!r}: there are no brackets; use and, or, not.")
    fits = [_all(text.lower(), part.split(), keyword) for part in _split(keyword.lower().split(), "or")]
    return any(fits)  # a list: every word is read, also those that no longer matter


def _split(words: list[str], at: str) -> list[str]:
    parts: list[list[str]] = [[]]
    for word in words:
        if word == at:
            parts.append([])
        else:
            parts[-1].append(word)
    return [" ".join(part) for part in parts]


def _all(text: str, words: list[str], keyword: str) -> bool:
    fits = [_word(text, part.split(), keyword) for part in _split(words, "and")]
    return all(fits)


def _word(text: str, words: list[str], keyword: str) -> bool:
    wanted = True
    while words and words[0] == "not":
        wanted, words = not wanted, words[1:]
    if len(words) != 1:
        raise ScenarioError(f"can't read the expression {keyword!r}: put and, or, not between single words.")
    return (words[0] in text) == wanted
