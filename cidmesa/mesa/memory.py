"""What an optimizer remembers of earlier rounds, and whether its parameters may return after they were others."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np

from cidmesa.errors import ComposeError, CyclicError, DiagramError, ModelError
from cidmesa.modelling.inference import Factor, eliminate
from cidmesa.modelling.mechanism import ANY, Constant, Rows
from cidmesa.modelling.shorthand import as_mechanism
from cidmesa.structure.diagram import Node
from cidmesa.structure.node import in_topological_order
from cidmesa.structure.reduction import minimal_reduction

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from cidmesa.mesa.compose import Decided, Draft, Optimizer
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import State

__all__ = ["in_turn", "may_return", "read_of_numbers", "recollect", "remember"]


def remember(draft: Draft) -> Draft:
    """Let a decision see the agent's earlier decisions and what they observed; tied decisions share a rule.

    Earlier is what is done in an earlier episode, or upstream in the same episode; parallel decisions do not see each
    other. The selves of a "game" share of their memory what can matter to them, agents that count their own episode
    only share none. Where parameters may have been others and return, it remembers whether it acted, and saw a blank
    where it did not.
    """
    for optimizer in draft.optimizers:
        own = [decided for decided in draft.decided() if decided.of == optimizer]
        if optimizer.spec.recall == "perfect":
            draft = _remembering(draft, own)
        elif optimizer.spec.recall == "tied":
            draft = _tied(draft, own)
    return draft


def _remembering(draft: Draft, own: list[Decided]) -> Draft:
    seen = {}
    for decided in own:
        draft, seen[decided.name] = _seeing_only_in_force(draft, decided)
    before = draft
    nodes = {decided.name: draft.model.cid.spec(decided.name) for decided in own}
    for now in own:
        memory: dict[str, None] = {}
        for then in own:
            if _remembers(draft, now, then):
                draft, flags = _whether_in_force(draft, now, then, nodes[then.name].parents)
                memory |= dict.fromkeys([*flags, *seen[then.name], then.name])
        nodes[now.name] = replace(nodes[now.name], parents=_once(nodes[now.name].parents, memory))
    try:
        draft = draft.changed("it remembers", nodes.values(), order=in_turn(draft, nodes.values()))
    except CyclicError as error:
        raise ComposeError(f"with recall='perfect' {error} Number the episodes in the order of time.") from error
    spec = own[0].of.spec if own else None
    shared = spec is not None and spec.as_selves and not spec.severed and not spec.beliefs
    return _without_idle_memory(draft, before, own) if shared else draft


def in_turn(draft: Draft, nodes: Iterable[Node]) -> list[str]:
    """Return the nodes of a draft in the order that they get where some are replaced one after the other."""
    specs = draft.model.cid.specs
    place = {spec.name: i for i, spec in enumerate(specs)}
    for node in nodes:
        here = place[node.name]
        specs = (*specs[:here], node, *specs[here + 1 :])
        if any(place[parent] >= here for parent in node.parents):
            specs = in_topological_order(specs)
            place = {spec.name: i for i, spec in enumerate(specs)}
    return list(place)


def _without_idle_memory(draft: Draft, before: Draft, own: Sequence[Decided]) -> Draft:
    """Return the draft in which selves forget what is not requisite, which would only multiply ties.

    Not where the world is seen otherwise than it is: decisions see the same in both.
    """
    requisite, specs = minimal_reduction(draft.model.cid), []
    for decided in own:
        spec, seen = draft.model.cid.spec(decided.name), before.model.cid.parents(decided.name)
        kept = tuple(p for p in spec.parents if p in seen or p in requisite.parents(decided.name))
        specs.append(replace(spec, parents=kept))
    return draft.changed("it remembers", specs)


def _remembers(draft: Draft, now: Decided, then: Decided) -> bool:
    """Return whether a decision of an optimizer comes before another, whose memory goes back so far."""
    training, across = draft.training, now.of.spec.span > 0
    place, before = (training.episodes.index(one.role.episode) for one in (now, then))
    return (before < place and across) or (before == place and now.action in training.cid.descendants(then.action))


def _seeing_only_in_force(draft: Draft, decided: Decided) -> tuple[Draft, list[str]]:
    """Return the draft in which a decision of parameters that may return sees nothing where others act; what it sees.

    Else it could tell a later self, by what it decides and nobody does, what it never saw. What it knows of itself is
    not part of it: where a later self acts, it is certain or told.
    """
    name, optimizer, action, role = decided
    told = optimizer.spec.observes.get(action, ())
    seen = list(dict.fromkeys([*draft.training.observations(action), *told]))
    if optimizer.value not in draft.returning:
        return draft, seen
    copies = {node: f"{node}_at_{action}{optimizer.mark}" for node in seen if node != role.theta}
    for node, copy in copies.items():
        note = f"{node} as {name} sees it, a blank if {role.theta} is not {optimizer.value}"
        draft = draft.copied(node, copy, role.theta, optimizer.value, note)
    spec = draft.model.cid.spec(name)
    blinded = replace(spec, parents=tuple(copies.get(node, node) for node in spec.parents))
    draft = draft.changed(f"{name} sees nothing where others act", [blinded])
    return draft, [copies.get(node, node) for node in seen]


def _whether_in_force(draft: Draft, now: Decided, then: Decided, observed: tuple[str, ...]) -> tuple[Draft, list[str]]:
    """Return the draft with the node by which ``now`` knows whether it acted ``then``, and this.

    ``observed``: what it saw then.

    Where that is certain, it remembers the parameters that it saw, which tells nothing, so that it knows all that the
    decision then depended on; but not beside other optimizers, where the tables would be large.
    """
    theta, value = then.role.theta, then.of.value
    two = len(draft.model.domain(theta)) == 2
    if not _may_be_back(draft, now, then):
        seen = theta in observed and (two or len(draft.optimizers) == 1)
        return draft, [theta] * seen
    if two:
        return draft, [theta]
    flag = f"F_{then.action}{then.of.mark}"
    if flag not in draft.model.cid:
        rule = Rows((theta,), (((value,), Constant(1)), ((ANY,), Constant(0))))
        note = f"whether {theta} is {value}, so that it acts"
        draft = draft.changed(note, [Node(flag, parents=(theta,))], {flag: rule}, domains={flag: (0, 1)})
    return draft, [flag]


def _once(*names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for some in names for name in some))


def _tied(draft: Draft, own: list[Decided]) -> Draft:
    by_agent: dict[str | None, list[str]] = {}
    for decided in own:
        by_agent.setdefault(draft.model.cid.agent(decided.name), []).append(decided.name)
    try:
        return replace(draft, model=draft.model.sharing_rules(*by_agent.values()))
    except (DiagramError, ModelError) as error:
        raise ComposeError(f"recall='tied': {error} Give the actions the same inputs.") from error


# --- what only reports an action ----------------------------------------------------------------------------------


def recollect(draft: Draft) -> Draft:
    """Let a decision remember an action in place of its decision, where they are the same and something reports it.

    Graphically, what reports the action would else tell news to whoever knows the decision: that the action is a copy
    of it is not seen in a graph. The information is the same.
    """
    there = [decided for decided in draft.decided() if decided.action in draft.model.cid]
    copies = {d.name: d.action for d in there if draft.model.cid.parents(d.action) == (d.name,)}
    swaps = [
        (then, now)
        for now in draft.model.cid.decisions
        for then in draft.model.cid.parents(now)
        if then in copies and copies[then] not in draft.model.cid.parents(now)
    ]
    hidden = {*copies, *copies.values()}
    told = _told(_swapped(draft, swaps, copies), hidden)
    if told == _told(draft, hidden):
        return draft
    for swap in swaps:
        fewer = [other for other in swaps if other != swap]
        if _told(_swapped(draft, fewer, copies), hidden) == told:
            swaps = fewer
    return _swapped(draft, swaps, copies)


def _swapped(draft: Draft, swaps: Sequence[tuple[str, str]], copies: Mapping[str, str]) -> Draft:
    """Return the draft in which some decisions remember actions in place of their decisions."""
    specs = []
    for now in dict.fromkeys(now for _, now in swaps):
        spec = draft.model.cid.spec(now)
        parents = tuple(copies[p] if (p, now) in swaps else p for p in spec.parents)
        specs.append(replace(spec, parents=parents))
    return draft.changed("the action that it remembers is what was decided", specs)


def _told(draft: Draft, hidden: Collection[str]) -> set[tuple[str, int]]:
    """Return for which decisions which chance nodes, but for some, are active to utilities given what is observed."""
    visited = zip(draft.model.cid.specs, draft.model.cid.net.balls.visited, strict=True)
    return {(spec.name, bits) for spec, bits in visited if spec.kind == "chance" and spec.name not in hidden}


# --- parameters that return ---------------------------------------------------------------------------------------


def may_return(draft: Draft, optimizer: Optimizer) -> bool:
    r"""Return whether parameters may be the optimizer after they were not: :math:`P(\Theta_k = v, \Theta_i \ne v) > 0`.

    i is in an earlier episode than k; both as things are and as the optimizer believes. Looking at neighbouring
    episodes is enough: somewhere between the two it comes back.
    """
    order = draft.training.episodes
    placed = [(role.theta, order.index(role.episode)) for role in draft.training.actions.values()]
    pairs = {(then, now): None for then, before in placed for now, place in placed if before + 1 == place}
    return any(_back(model, *pair, optimizer.value) for model in _worlds(draft, optimizer) for pair in pairs)


def read_of_numbers(draft: Draft) -> Iterator[bool]:
    """Yield all that the rules read of the numbers of a process whose base agent follows no rule."""
    thetas = draft.training.thetas
    for optimizer in draft.optimizers:
        worlds = [replace(draft, model=model) for model in _worlds(draft, optimizer)]
        yield from (
            world.surely(theta, value) for world in worlds for theta in thetas for value in world.model.domain(theta)
        )
        yield (returns := may_return(draft, optimizer))
        pairs = permutations(thetas, 2) if returns else ()
        yield from (_back(world.model, *pair, optimizer.value) for pair in pairs for world in worlds)


def _may_be_back(draft: Draft, now: Decided, then: Decided) -> bool:
    if now.of.value not in draft.returning:
        return False
    pair = then.role.theta, now.role.theta
    return any(_back(model, *pair, now.of.value) for model in _worlds(draft, now.of))


def _worlds(draft: Draft, optimizer: Optimizer) -> Iterator[Model]:
    """Yield the training model, and what the optimizer believes it to be."""
    rules, beliefs = draft.base_rules, optimizer.spec.beliefs
    model = draft.training.model.with_policy(rules) if rules else draft.training.model
    yield model
    if beliefs:
        parents = {node: model.cid.parents(node) for node in beliefs}
        believed = {node: as_mechanism(given, parents[node]) for node, given in beliefs.items()}
        yield model.revised([Node(node, parents=parents[node]) for node in believed], mechanisms=believed)


def _back(model: Model, then: str, now: str, value: State) -> bool:
    """Return whether the second parameters can be ``value`` where the first are not, whatever is decided."""
    if then == now or value not in model.domain(now):
        return False
    others = np.array([state != value for state in model.domain(then)])
    place = model.domain(now).index(value)
    own = model.tables.get(now)
    if own is not None and then in own.variables:
        straight = own.values.swapaxes(0, own.variables.index(then))[others][..., place]
        if not (straight != 0).any():
            return False
    upstream = model.cid.dag.ancestors(model.cid.indices([then, now]))
    nodes = [node for node in model.cid.nodes if model.cid.index(node) in upstream]
    possible = eliminate([_possible(model, node) for node in nodes], [then, now])
    return bool(possible[others, place].any())


def _possible(model: Model, node: str) -> Factor:
    """Return which states of a node are possible given its parents; all options of a decision are."""
    if model.cid.kind(node) == "decision":
        return Factor((node,), np.ones(len(model.domain(node))))
    table = model.table(node)
    return Factor(table.variables, np.asarray(table.values != 0, dtype=float))
