"""XML without what makes it dangerous, as elements that know their lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat  # declarations of entities are refused below

from cidmesa.errors import FormatError

__all__ = ["Element", "parse", "rooted"]

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
        FormatError: the XML is not well-formed, declares entities, or is nested deeper than 60; the message names file
            and line.

    >>> root = parse("<a><b c='1'>x</b></a>", "f.xml")
    >>> root.tag, root.children[0].attributes, root.children[0].text
    ('a', {'c': '1'}, 'x')
    """
    return _Reader(source).read(text)


def rooted(text: str, source: str, name: str, tag: str, child: str) -> tuple[Element, Element]:
    """Return the root element of a format's text, and its first child of the kind that must be there.

    Raises:
        FormatError: `parse` refuses the text, the root is another element, or the child is missing.

    >>> [element.tag for element in rooted("<a><b/></a>", "f.a", "A", "a", "b")]
    ['a', 'b']
    """
    root = parse(text, source)
    inside = root.first(child)
    if root.tag != tag or inside is None:
        raise FormatError(
            f"{source}:{root.line}: this is not {name}: its root is <{root.tag}>, not <{tag}> with <{child}>."
        )
    return root, inside


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
