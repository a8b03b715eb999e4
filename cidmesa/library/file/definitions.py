"""A scenario file, or a variant of it, as definitions that remember where in the file each stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from cidmesa.errors import ModelError, not_there
from cidmesa.library.file.source import KEY, Location, Mistake, Source
from cidmesa.modelling.expression import Expression
from cidmesa.modelling.menu import menu
from cidmesa.modelling.policy import Policy, policy
from cidmesa.modelling.shorthand import table, uniform

if TYPE_CHECKING:
    from cidmesa.library.file.schema import ClaimDef, DecisionDef, NodeDef, ScenarioFile, VariantDef
    from cidmesa.library.file.specification import BeliefDef
    from cidmesa.modelling.model import Model

__all__ = ["Draft", "Placed", "belief_of", "drafted", "has_numbers", "mechanism_of", "policy_of", "states_of", "varied"]

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
    runs: tuple[Placed[ClaimDef], ...] = ()
    slices: Placed[int] | None = None

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
        tuple(Placed(what, ("runs", position)) for position, what in enumerate(file.runs)),
        None if file.slices is None else Placed(file.slices, ("slices",)),
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
        slices=draft.slices if variant.slices is None else Placed(variant.slices, (*location, "slices")),
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


# --- the mechanisms that definitions give -----------------------------------------------------------------------------

_WAYS = ("prob", "value", "table")


def has_numbers(what: NodeDef) -> bool:
    """Return whether the definition says more than structure."""
    return any(getattr(what, key, None) is not None for key in ("states", *_WAYS))


def states_of(what: NodeDef) -> tuple[Any, ...] | None:
    """Return the declared states, or those that a mapping of probabilities names, or ``None``."""
    states: tuple[Any, ...] | None = getattr(what, "states", None)
    prob = getattr(what, "prob", None)
    if states is None and isinstance(prob, Mapping):
        return tuple(prob)
    return states


def mechanism_of(name: str, what: NodeDef, parents: tuple[str, ...]) -> object:
    """Return what `cidmesa.model` takes for the node, ``None`` where the file says nothing.

    Raises:
        ModelError: a node has two mechanisms, probabilities do not fit the states, or a table has no parents.
    """
    if what.kind == "decision":
        return _options(name, what, parents)
    found = _stated(name, what, parents, states_of(what))
    return uniform(what.states) if found is None and what.kind == "action" and what.states else found


def _options(name: str, what: DecisionDef, parents: tuple[str, ...]) -> object:
    """Return the options of a decision, by context where the file has a table."""
    if what.table is None:
        return list(what.states) if what.states is not None else None
    try:
        return menu(what.table, parents)
    except ModelError as error:
        raise ModelError(f"node {name!r}: {error}", node=name) from error


def belief_of(name: str, belief: BeliefDef, parents: tuple[str, ...], states: tuple[Any, ...] | None) -> object:
    """Return the mechanism that a mesa-optimizer believes a node to have.

    Raises:
        ModelError: a node has no mechanism or two, or probabilities do not fit the states.
    """
    found = _stated(name, belief, parents, states)
    if found is None:
        raise ModelError(f"the belief about {name!r} is empty. Give prob, value or table.")
    return found


def _stated(name: str, what: Any, parents: tuple[str, ...], states: tuple[Any, ...] | None) -> object:
    """Return the one mechanism that a definition states, ``None`` where it states none."""
    given = [key for key in _WAYS if getattr(what, key, None) is not None]
    if len(given) > 1:
        raise ModelError(f"node {name!r} has {' and '.join(given)}. Keep one of them.")
    if given == ["prob"]:
        return _distribution(name, what.prob, states)
    return _rows(name, what, parents) if given == ["table"] else what.value if given else None


def _distribution(name: str, prob: Any, states: tuple[Any, ...] | None) -> Mapping[Any, Any]:
    if isinstance(prob, Mapping):
        return prob
    if states is None:
        raise ModelError(
            f"node {name!r} lists probabilities but no states. Add states: [...] in the same order, "
            "or write prob: {state: probability}."
        )
    if len(prob) != len(states):
        raise ModelError(f"node {name!r} has {len(prob)} probabilities for {len(states)} states. Give one for each.")
    return dict(zip(states, prob, strict=True))


def _rows(name: str, what: Any, parents: tuple[str, ...]) -> object:
    unsaid = getattr(what, "parents", ()) is None and what.kind != "action"
    if unsaid and any(len(row) > 1 for row in what.table):
        raise ModelError(
            f"node {name!r} has a table but no parents. Name them in the order of the columns: parents: [...]."
        )
    try:
        return table(what.table, parents)
    except ModelError as error:
        raise ModelError(f"node {name!r}: {error}") from error


def policy_of(model: Model, rules: Mapping[str, Any]) -> Policy:
    """Return the policy that a file gives: an option, an expression, ``{option: probability}``, or rows of a table."""
    return policy(model, {decision: _rule(model, decision, rule) for decision, rule in rules.items()})


def _rule(model: Model, decision: str, given: Any) -> object:
    return table(given, model.cid.parents(decision)) if isinstance(given, list) else given
