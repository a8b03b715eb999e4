"""What values with numbers show: models, training processes, compositions; and mechanised graphs."""

from __future__ import annotations

from cidmesa.mesa.composition import Composition
from cidmesa.mesa.derive.shared import SharedDiagram
from cidmesa.mesa.mechanised import MechanisedGraph
from cidmesa.mesa.training import TrainingProcess
from cidmesa.modelling.model import Model
from cidmesa.render.drawable import Subject, subject_of, with_mechanisms
from cidmesa.render.layout.ranks import components
from cidmesa.structure.node import Kind, Node

__all__: list[str] = []  # registers the types


@subject_of.register(Model)
def _(x: Model) -> Subject:
    return Subject(x.cid.specs, x.cid.edges, details=_details(x), model=x)


@subject_of.register(TrainingProcess)
def _(x: TrainingProcess) -> Subject:
    episodes: dict[str, object] = {}
    for action, role in x.actions.items():
        for node in (action, role.theta):
            episodes.setdefault(node, role.episode)
    details = _details(x.model)
    return Subject(
        x.cid.specs,
        x.cid.edges,
        "training process",
        frozenset(x.actions),
        details,
        episodes=episodes,
        model=x.model,
    )


@subject_of.register(Composition)
def _(x: Composition) -> Subject:
    base = subject_of(x.training)
    known: dict[object, tuple[str, ...]] = _details(x.model)
    origin: dict[object, tuple[str, ...]] = {key: (f"from {words}",) for key, words in x.provenance.items()}
    details = {key: known.get(key, ()) + origin.get(key, ()) for key in (*known, *origin)}
    learned = frozenset(x.training.actions) & frozenset(x.cid.chance_nodes)
    decided = {decision: base.episodes.get(action.partition("@")[0]) for action, decision in x.decisions.items()}
    return Subject(
        x.cid.specs,
        x.cid.edges,
        "mesa-optimizer",
        learned,
        details,
        base,
        episodes={**base.episodes, **decided},
        model=x.model,
    )


@subject_of.register(SharedDiagram)
def _(x: SharedDiagram) -> Subject:
    """Return all links; those that only some of the diagrams have may be there."""
    nodes, certain = x.nodes, set(x.certain)
    links = tuple((parent, node.name) for node in nodes for parent in node.parents)
    details: dict[object, tuple[str, ...]] = {link: (f"probability {x.link(*link)}",) for link in links}
    return Subject(nodes, links, "all that fit", details=details, possible=frozenset(links) - certain)


@subject_of.register(MechanisedGraph)
def _(x: MechanisedGraph) -> Subject:
    """Return variables and mechanisms; terminal links lead from the aims to the decisions of one agent."""
    deciding, aimed = {b for _, b in x.terminal}, {a for a, _ in x.terminal} - {a for a, _ in x.edges}
    place = {node: i for i, node in enumerate(x.nodes)}
    groups = [
        group for group in components(len(place), [(place[a], place[b]) for a, b in x.terminal]) if len(group) > 1
    ]
    owners = {x.nodes[i]: f"agent{k}" if len(groups) > 1 else "agent" for k, g in enumerate(groups, 1) for i in g}
    parents = {node: tuple(a for a, b in x.edges if b == node) for node in x.nodes}
    kinds: dict[str, Kind] = {node: "decision" if node in deciding else "utility" for node in {*deciding, *aimed}}
    nodes = (Node(n, kinds.get(n, "chance"), owners[n] if n in kinds else None, parents[n]) for n in x.nodes)
    return with_mechanisms(Subject(tuple(nodes), x.edges), x)


def _details(model: Model) -> dict[object, tuple[str, ...]]:
    """Return the states and the mechanism of each node."""
    found: dict[object, tuple[str, ...]] = {}
    for spec in model.cid.specs:
        lines = [] if spec.kind == "utility" else [f"states: {', '.join(map(str, model.domain(spec.name)))}"]
        lines += model.menus[spec.name].lines() if spec.name in model.menus else []
        mechanism = model.mechanism(spec.name) if spec.kind != "decision" else None
        found[spec.name] = (*lines, *([f"mechanism: {mechanism}"] if mechanism is not None else []))
    return found
