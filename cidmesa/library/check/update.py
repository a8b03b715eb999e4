"""`updated`: scenario files in which claims that fail expect what was found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import SingleQuotedScalarString

from cidmesa.errors import ScenarioError
from cidmesa.library.claim import Outcome, plain
from cidmesa.library.file.formatting import dumped, parsed
from cidmesa.library.file.source import read
from cidmesa.library.kinds.kind import agrees

if TYPE_CHECKING:
    from cidmesa.library.check.report import Report

__all__ = ["Update", "updates"]


class Update(NamedTuple):
    """A file with its new text, the outcomes that it takes over, and those that cannot be written as expectations."""

    path: Path
    before: str
    after: str
    taken: tuple[Outcome, ...]
    left: tuple[Outcome, ...]

    @property
    def diff(self) -> str:
        """What changes, as a unified diff."""
        name = str(self.path)
        return "".join(
            unified_diff(self.before.splitlines(keepends=True), self.after.splitlines(keepends=True), name, name)
        )


def updates(report: Report) -> Iterator[Update]:
    """Yield an update for each file with claims that fail; nothing is written.

    Comments stay. What a variant inherits is changed where the claim stands; where the variant differs from that it
    gets an override.
    """
    by_file: dict[str, list[Outcome]] = {}
    for outcome in report:
        if outcome.status in ("failed", "passed"):
            by_file.setdefault(outcome.claim.at.rsplit(":", 2)[0], []).append(outcome)
    for file, outcomes in by_file.items():
        if any(outcome.status == "failed" for outcome in outcomes):
            yield _update(Path(file), outcomes)


def _update(path: Path, outcomes: Iterable[Outcome]) -> Update:
    before = path.read_text(encoding="utf-8")
    tree = parsed(before)
    places = _Places(before)
    taken, left = [], []
    for outcome in sorted(outcomes, key=lambda one: "@" in one.scenario):  # what variants inherit comes first
        if outcome.claim.question.expectable(_expected(outcome)):
            left += [outcome] if outcome.status == "failed" else []
        elif _take(tree, outcome, places):
            taken.append(outcome)
    return Update(path, before, places.text(tree) if taken else before, tuple(taken), tuple(left))


class _Places:
    """Where the values of a file stand, so that those that change are all that changes in its text."""

    def __init__(self, text: str) -> None:
        self.before = text
        self.spans = {(node.start_mark.line, node.start_mark.column): node for node in _nodes(YAML().compose(text))}
        self.changed: dict[tuple[int, int], str] = {}

    def change(self, home: Any, value: Any) -> None:
        """Write a value as the expectation of a claim or an override, which the file holds or inherits."""
        if isinstance(home, CommentedMap) and "expect" in home.lc.data:
            node = self.spans[home.lc.value("expect")]
            self.changed[node.start_mark.index, node.end_mark.index] = dumped(CommentedMap(x=value))[3:].rstrip("\n")
        home["expect"] = value

    def text(self, tree: Any) -> str:
        """Return the text with the changed values; the common layout of the tree where they do not say all of it."""
        whole, text = dumped(tree), self.before
        for (start, end), value in sorted(self.changed.items(), reverse=True):
            text = text[:start] + value + text[end:]
        try:
            return text if read(text, "update").data == read(whole, "update").data else whole
        except ScenarioError:
            return whole


def _nodes(node: Any) -> Iterator[Any]:
    """Yield a node of the composed file and all below it."""
    yield node
    for child in node.value if isinstance(node.value, list) else ():
        for one in child if isinstance(child, tuple) else (child,):
            yield from _nodes(one)


def _expected(outcome: Outcome) -> Any:
    """Return what was found in the form of the expectation: of a mapping the parts that were expected."""
    got, expect = outcome.got, outcome.claim.expect
    if isinstance(got, dict) and isinstance(expect, dict):
        return {key: got[key] for key in expect if key in got}
    if isinstance(expect, list) and not isinstance(got, list | dict):
        return [got]
    return got


def _take(tree: Any, outcome: Outcome, places: _Places) -> bool:
    """Write what was found into the claim or its override, if it expects anything else; return whether it did."""
    _, _, variant = outcome.scenario.partition("@")
    home = _home(tree, variant, outcome.claim.id)
    new = _expected(outcome)
    if "expect" in home and agrees(outcome.got, outcome.claim.question.meant(_plain(home["expect"]))):
        return False
    places.change(home, _written(new))
    return True


def _home(tree: Any, variant: str, name: str) -> Any:
    """Return the mapping in which the expectation of a claim belongs."""
    claims = {claim["id"]: claim for claim in tree.get("claims") or ()}
    if not variant:
        return claims[name]
    (part,) = (one for one in tree["variants"] if one["id"] == variant)
    own = {claim["id"]: claim for claim in part.get("claims") or ()}
    if name in own:
        return own[name]
    return _overridden(part, claims[name], name)


def _overridden(part: Any, claim: Any, name: str) -> Any:
    """Return the override of a claim; one that does not say what is expected inherits it."""
    there = (part.get("override") or {}).get(name)
    if there is not None and "expect" in there:
        return there
    return _Inherited(part, claim, name)


class _Inherited:
    """The expectation that a variant inherits; writing it makes an override."""

    def __init__(self, part: Any, claim: Any, name: str) -> None:
        self.part, self.claim, self.name = part, claim, name

    def __contains__(self, key: str) -> bool:
        return key in self.claim

    def __getitem__(self, key: str) -> Any:
        return self.claim[key]

    def __setitem__(self, key: str, value: Any) -> None:
        overrides = self.part.setdefault("override", CommentedMap())
        if overrides.get(self.name) is None:
            overrides[self.name] = CommentedMap()
            overrides[self.name].fa.set_flow_style()
        overrides[self.name][key] = value


def _plain(value: Any) -> Any:
    """Return a value of the tree as a scenario file's reader gives it."""
    return read(dumped(CommentedMap(value=value)), "expectation").data["value"]


def _written(value: Any) -> Any:
    """Return an answer as a node of the tree; what would be read as something else is quoted."""
    if isinstance(value, dict):
        node: Any = CommentedMap((_written(key), _written(item)) for key, item in value.items())
        node.fa.set_flow_style()
        return node
    if isinstance(value, list | tuple):
        node = CommentedSeq(map(_written, value))
        node.fa.set_flow_style()
        return node
    if isinstance(value, str) and read(f"x: {value}", "answer").data["x"] != value:
        return SingleQuotedScalarString(value)
    return plain(value)
