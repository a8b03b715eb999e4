"""A scenario file, or a variant of it, as definitions that remember where in the file each stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from cidmesa.errors import ModelError, not_there
from cidmesa.library.file.source import KEY, Mistake
from cidmesa.modelling.expression import Expression

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cidmesa.library.file.schema import ClaimDef, NodeDef, ScenarioFile, VariantDef
    from cidmesa.library.file.source import Location, Source

__all__ = ["Draft", "Placed", "drafted", "varied"]

What = TypeVar("What")


class Placed(NamedTuple, Generic[What]):
    """A definition and its location in the file."""

    what: What
    location: Location


@dataclass(frozen=True)
class Draft:
    """Definitions by name. ``parents`` holds the parents of every node, also those that expressions imply."""

    file: ScenarioFile
    location: Location
    nodes: Mapping[str, Placed[NodeDef]]
    parents: Mapping[str, tuple[str, ...]]
    parameters: Mapping[str, Placed[Any]]
    specs: Mapping[str, Placed[Any]]
    claims: tuple[Placed[ClaimDef], ...]

    def without_link(self, parent: str, child: str) -> Draft:
        """Return the draft without a link."""
        rest = tuple(other for other in self.parents[child] if other != parent)
        return replace(self, parents=dict(self.parents) | {child: rest})


def drafted(file: ScenarioFile) -> Draft:
    """Return the definitions of a file."""
    nodes = {name: Placed(what, ("nodes", name)) for name, what in file.nodes.items()}
    return Draft(
        file,
        (),
        nodes,
        {name: _parents(placed.what, nodes) for name, placed in nodes.items()},
        {name: Placed(what.value, ("parameters", name, "value")) for name, what in file.parameters.items()},
        {name: Placed(what, ("mesa", name)) for name, what in file.mesa.items()},
        tuple(Placed(what, ("claims", position)) for position, what in enumerate(file.claims)),
    )


def _parents(what: NodeDef, nodes: Mapping[str, object]) -> tuple[str, ...]:
    """Return the parents that are listed, or else the nodes that the definition's expressions name."""
    listed = what.parents
    if what.kind == "action":
        listed = listed or ()
        return listed if what.theta in listed else (what.theta, *listed)
    if listed is not None:
        return listed
    named = (name for text in _expressions(what) for name in _names(text))
    return tuple(dict.fromkeys(name for name in named if name in nodes))


def _expressions(what: NodeDef) -> Iterator[str]:
    prob = getattr(what, "prob", None) or ()
    for given in (getattr(what, "value", None), *(prob.values() if isinstance(prob, Mapping) else prob)):
        if isinstance(given, str):
            yield given


def _names(text: str) -> tuple[str, ...]:
    try:
        expression = Expression(text)
    except ModelError:
        return ()  # reported where the mechanism is made
    return tuple(sorted(expression.names, key=expression.column_of))


# --- variants ---------------------------------------------------------------------------------------------------


def varied(draft: Draft, variant: VariantDef, location: Location, source: Source) -> tuple[Draft, list[Mistake]]:
    """Return the draft under other assumptions, and what is wrong with the variant.

    Nodes are removed with their links, then replaced or added; then links change, parameters are set, specifications
    and claims are replaced or added.
    """
    mistakes = _Mistakes(location, source)
    for position, name in enumerate(variant.remove):
        mistakes.unless_known(name, draft.nodes, "node", ("remove", position))
    for name in variant.set:
        mistakes.unless_known(name, draft.parameters, "parameter", ("set", name, KEY))
    new = {name: Placed(what, (*location, "nodes", name)) for name, what in variant.nodes.items()}
    nodes = {name: placed for name, placed in draft.nodes.items() if name not in variant.remove} | new
    kept = {name: _without(draft.parents[name], variant.remove) for name in nodes if name not in new}
    parents = kept | {name: _parents(placed.what, nodes) for name, placed in new.items()}
    settings = {name: Placed(value, (*location, "set", name)) for name, value in variant.set.items()}
    specs = {name: Placed(what, (*location, "mesa", name)) for name, what in variant.mesa.items()}
    return Draft(
        draft.file,
        location,
        nodes,
        _relinked(parents, variant, mistakes),
        dict(draft.parameters) | {name: value for name, value in settings.items() if name in draft.parameters},
        dict(draft.specs) | specs,
        _claims(draft, variant, location, mistakes),
    ), mistakes.found


class _Mistakes:
    """Gathers the mistakes of one variant with their places."""

    def __init__(self, location: Location, source: Source) -> None:
        self.found: list[Mistake] = []
        self.location, self.source = location, source

    def add(self, below: Location, code: str, text: str) -> None:
        """Note a mistake below the variant's location."""
        self.found.append(Mistake(self.source.place((*self.location, *below)), code, text))

    def unless_known(self, name: str, known: Mapping[str, object], what: str, below: Location) -> None:
        """Note a name that is not among the known ones."""
        if name not in known:
            self.add(below, "CID302", not_there(f"there is no {what} {name!r}", name, known, "There are"))


def _without(parents: tuple[str, ...], gone: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(parent for parent in parents if parent not in gone)


def _relinked(
    parents: Mapping[str, tuple[str, ...]], variant: VariantDef, mistakes: _Mistakes
) -> dict[str, tuple[str, ...]]:
    result = dict(parents)
    for position, (parent, child) in enumerate(variant.links.remove):
        if parent not in result.get(child, ()):
            shown = ", ".join(f"{p} -> {child}" for p in result.get(child, ())) or "none"
            there_is_not = f"there is no link {parent} -> {child} to remove. Links into {child}: {shown}."
            mistakes.add(("links", "remove", position), "CID302", there_is_not)
        result[child] = _without(result.get(child, ()), (parent,))
    for position, (parent, child) in enumerate(variant.links.add):
        for node in (parent, child):
            mistakes.unless_known(node, result, "node", ("links", "add", position))
        result[child] = tuple(dict.fromkeys([*result.get(child, ()), parent]))
    return result


_NEVER_EMPTY = ("says", "ask")  # what an override that leaves it empty inherits


def _claims(draft: Draft, variant: VariantDef, location: Location, mistakes: _Mistakes) -> tuple[Placed[ClaimDef], ...]:
    by_id = {placed.what.id: placed for placed in draft.claims}
    for name in variant.override:
        mistakes.unless_known(name, by_id, "claim", ("override", name, KEY))
    inherited = []
    for name, placed in by_id.items():
        override = variant.override.get(name)
        if override is not None:
            given = {key: getattr(override, key) for key in override.model_fields_set}
            changes = {key: value for key, value in given.items() if value is not None or key not in _NEVER_EMPTY}
            placed = Placed(placed.what.model_copy(update=changes), (*location, "override", name))
        if override is not None or name not in variant.override:
            inherited.append(placed)
    more = [Placed(what, (*location, "claims", position)) for position, what in enumerate(variant.claims)]
    return (*inherited, *more)
