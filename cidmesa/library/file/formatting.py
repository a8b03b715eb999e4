"""`formatted`: a scenario file in the one layout that all files have, with its comments."""

from __future__ import annotations

import re
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import (
    DoubleQuotedScalarString,
    FoldedScalarString,
    LiteralScalarString,
    SingleQuotedScalarString,
)
from ruamel.yaml.tokens import ScalarToken

from cidmesa.errors import ScenarioError
from cidmesa.library.file.source import read

__all__ = ["WIDTH", "dumped", "formatted", "parsed"]

WIDTH = 120
_COMMENT = re.compile(r"(?:^|(?<=\s))#")
_MARKS = {SingleQuotedScalarString: "'", DoubleQuotedScalarString: '"\\'}  # what is written twice inside quotes
_LONGEST = 10**6  # a line that the writer would break by itself


def formatted(text: str, path: str = "text.cid.yaml") -> str:
    """Return the text of a scenario file in the common layout; data and comments are as they were.

    What stands on one line stays there if it fits into 120 columns, else it is opened: one entry a line, indented by
    two spaces. Long sentences are folded (``>-``). Quotes, order, blank lines and comments are the author's. The
    result is its own format.

    Raises:
        ScenarioError: the text is not YAML, or a comment stands inside brackets that must be opened.

    >>> print(formatted("a:    {b:   1,c: [x , y]}  # why"), end="")
    a: {b: 1, c: [x, y]}  # why
    """
    before = read(text, path)
    result = dumped(parsed(text))
    if result == text:
        return text
    if read(result, path).data != before.data or _comments(result) != _comments(text):
        raise ScenarioError(
            f"{path}: cannot be formatted without losing a comment. Move comments out of brackets and "
            "behind no key that opens a mapping."
        )
    return result


def parsed(text: str) -> Any:
    """Return the tree of a file with its comments, for changes that `dumped` writes again."""
    return _yaml().load(text)


def dumped(tree: Any) -> str:
    """Return the text of a tree in the common layout."""
    _lay_out(tree, 0, 0)
    stream = StringIO()
    _yaml().dump(tree, stream)
    lines = [line.rstrip() for line in stream.getvalue().splitlines()]
    return "\n".join(lines).strip("\n") + "\n"


def _yaml() -> YAML:
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = _LONGEST
    yaml.brace_single_entry_mapping_in_flow_sequence = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


# --- what stands on one line ----------------------------------------------------------------------------------------


def _lay_out(node: Any, column: int, indent: int) -> None:
    """Open collections that do not fit behind ``column``, and fold sentences; children are indented by ``indent``."""
    if not isinstance(node, CommentedMap | CommentedSeq):
        return
    flow = node.fa.flow_style()
    if flow and (not node or column + _length(node) <= WIDTH):
        return
    if flow:
        node.fa.set_block_style()
    if isinstance(node, CommentedMap):
        _lay_out_mapping(node, indent)
    else:
        _lay_out_sequence(node, indent)


def _lay_out_mapping(node: CommentedMap, indent: int) -> None:
    for key, value in node.items():
        column = indent + _length(key) + 2
        node[key] = _folded(value, column, indent + 2)
        _lay_out(node[key], column, indent + 2)


def _lay_out_sequence(node: CommentedSeq, indent: int) -> None:
    for position, value in enumerate(node):
        node[position] = _folded(value, indent + 2, indent + 2)
        _lay_out(node[position], indent + 2, indent + 2)


def _length(value: Any) -> int:
    """Return how many columns a value takes on one line."""
    if isinstance(value, CommentedMap):
        return max(2, sum(_length(key) + _length(item) + 4 for key, item in value.items()))
    if isinstance(value, CommentedSeq):
        return max(2, sum(_length(item) + 2 for item in value))
    if isinstance(value, SingleQuotedScalarString | DoubleQuotedScalarString):
        return len(value) + 2 + sum(character in _MARKS[type(value)] for character in value)
    return len(str(value)) if value is not None else 0


# --- sentences ------------------------------------------------------------------------------------------------------


def _folded(value: Any, column: int, indent: int) -> Any:
    """Return a text folded into lines if it is too long for one and folding keeps it as it is."""
    if not isinstance(value, str) or isinstance(value, LiteralScalarString):
        return value
    was_folded = isinstance(value, FoldedScalarString)
    long = column + _length(value) > WIDTH
    if not (was_folded or long) or not _can_fold(value):
        return value
    breaks = getattr(value, "fold_pos", [])
    if was_folded and _longest(value, breaks) <= WIDTH - indent:
        return value
    text = FoldedScalarString(value)
    text.fold_pos = _breaks(str(value), WIDTH - indent)
    if (comment := getattr(value, "comment", None)) is not None:
        text.comment = comment  # behind the mark >-
    return text


def _can_fold(text: str) -> bool:
    return "\n" not in text.rstrip("\n") and "  " not in text and text.strip() == text.rstrip("\n") and " " in text


def _longest(text: str, breaks: list[int]) -> int:
    """Return the length of the longest line of a text that is broken at some spaces."""
    ends = [*breaks, len(text.rstrip("\n"))]
    return max(end - start for start, end in zip([0, *(at + 1 for at in breaks)], ends, strict=True))


def _breaks(text: str, width: int) -> list[int]:
    """Return the positions of the spaces at which lines end."""
    found, start = [], 0
    while len(text.rstrip("\n")) - start > width:
        end = text.rfind(" ", start, start + width + 1)
        end = end if end > start else text.find(" ", start + width)
        if end < 0:
            break
        found.append(end)
        start = end + 1
    return found


# --- comments -------------------------------------------------------------------------------------------------------


def _comments(text: str) -> list[str]:
    """Return the comments in order: what begins with # where no value is."""
    covered = [
        (token.start_mark, token.end_mark)
        for token in YAML(typ="safe", pure=True).scan(text)
        if isinstance(token, ScalarToken)
    ]
    spans = [(start.index, end.index) for start, end in covered]
    found, offset = [], 0
    for line in text.splitlines(keepends=True):
        for match in _COMMENT.finditer(line):
            at = offset + match.start()
            if not any(start <= at < end for start, end in spans):
                found.append(line[match.start() :].rstrip())
                break
        offset += len(line)
    return found
