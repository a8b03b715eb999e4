"""One decision alone: models in which the other decisions have no effect, which settle insoluble diagrams.

Let every mechanism and utility ignore the other decisions. Then only what they tell D may matter: a decision that D
observes may pass on what it sees, and so may the decisions that it observes (the *relays* of D).

* Response and value of control: let the nodes that a relay sees and D does not be constant. Then relays tell D nothing
  that it does not see, and the theorems for one decision hold as they stand for `awake`, the diagram without the other
  decisions and without those nodes.
* Value of information: the relays have two actions each, so together they tell D one of C messages. By the theorem for
  one decision there is a model on `alone`, the diagram without the other decisions, in which X is worth v > 0 to D.
  Play k independent copies of it, the utilities being added up: every node and action becomes a tuple of k. With X the
  best value is at least k times that of one copy. Without X it is k times the value of one copy without X, plus what
  the messages add: for each fixed message the total, given what D sees, is a sum of k independent terms with at most
  that mean, and the largest of C such sums exceeds it by no more than a multiple of the root of k log C on average
  (Hoeffding 1963). So X has value for large k.
* A deputy: let D act through another decision E, by a path D ~> E whose chance nodes copy and whose decisions may
  relabel what they see, and let nothing else that D does have an effect. Then the problem is that of D with the
  children of E in place of its own, if the decisions on the path see nothing else that is awake: whatever they make of
  D's action, D could have chosen. For value of information they may also see what D sees without X, and relays. Under
  every optimal policy E answers to what D answers to, so D and all on the path respond to it; and if D has anything to
  answer to, the decisions on the path respond to the path before them.
* A messenger: let X be a decision that D does not see, and O a chance node that X sees and D does not. If O is worth
  something to D alone, so is X, which may copy O; a chain of decisions up to X may pass O on, if D sees none of them.
  All other decisions have two actions.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cidmesa.structure.flow import flow

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from cidmesa.structure.diagram import CID
    from cidmesa.structure.net import Net

__all__ = ["Stage", "alone", "awake", "messages", "stages", "told_alone"]


@dataclass(frozen=True)
class Stage:
    """A diagram in which one decision stands alone, perhaps acting through a deputy.

    ``path``: from the decision to the deputy, the decision alone where there is none. ``watched``: what the decisions
    on the path see besides; for value of information, what is not among it may be asked about.
    """

    cid: CID
    path: tuple[str, ...]
    watched: frozenset[str]


def stages(cid: CID, decision: str, *, strict: bool) -> Iterator[Stage]:
    """Yield the diagrams in which the decision stands alone: without a deputy, then for each possible deputy.

    ``strict``: for response and control, where nothing awake but the decision may speak to the deputy.

    >>> from cidmesa import cid
    >>> g = cid("X -> D1 -> D2 -> U; X -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> [(stage.path, stage.cid.edges) for stage in stages(g, "D1", strict=False)][1]
    (('D1', 'D2'), (('X', 'D1'), ('X', 'U'), ('D1', 'U')))
    """
    yield Stage(awake(cid, decision) if strict else alone(cid, decision), (decision,), frozenset())
    for deputy in cid.decisions:
        path = cid.names(cid.dag.path(cid.index(decision), cid.index(deputy)))
        if len(path) > 1:
            yield _with_deputy(cid, path, strict)


def _with_deputy(cid: CID, path: tuple[str, ...], strict: bool) -> Stage:
    decision, deputy = path[0], path[-1]
    acting = [node for node in path[1:] if cid.kind(node) == "decision"]
    watched = {parent for node in acting for parent in cid.parents(node)} - set(path)
    asleep = watched - set(cid.parents(decision))
    if strict:
        relays = {relay for node in acting for relay in _relays(cid, node)} - set(path)
        asleep = watched | _seen_by(cid, relays) | _hidden(cid, decision)
    silent = (set(cid.decisions) | asleep | set(path)) - {decision}
    children = set(cid.children(deputy)) - silent
    links = [link for link in cid.edges if link[0] == decision or not silent.isdisjoint(link)]
    bare = cid.without_links(links)
    specs = (replace(s, parents=(*s.parents, decision)) if s.name in children else s for s in bare.specs)
    return Stage(type(cid)(tuple(specs)), path, frozenset(watched))


def messages(cid: CID, sender: str, decision: str) -> Iterator[tuple[str, ...]]:
    """Yield paths from ``sender`` back to each chance node that it may tell the decision about, which sees it not.

    >>> from cidmesa import cid
    >>> g = cid("X -> D1 -> D2; D3 -> U", decisions=["D1", "D2", "D3"], utilities=["U"])
    >>> list(messages(g, "D2", "D3"))
    [('D2', 'D1', 'X')]
    """
    seen = set(cid.parents(decision)) - {sender}
    done = {sender, decision}
    todo: list[tuple[str, ...]] = [(sender,)]
    while todo:
        path = todo.pop()
        for parent in cid.parents(path[-1]):
            if parent in done or parent in seen:
                continue
            done.add(parent)
            if cid.kind(parent) == "decision":
                todo.append((*path, parent))
            else:
                yield (*path, parent)


def alone(cid: CID, decision: str) -> CID:
    """Return the diagram without the links at the other decisions.

    >>> from cidmesa import cid
    >>> g = cid("D1 -> X -> D2; Z -> X, U; D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> alone(g, "D2").edges
    (('Z', 'X'), ('X', 'D2'), ('Z', 'U'), ('D2', 'U'))
    """
    return _without(cid, set(cid.decisions) - {decision})


def told_alone(net: Net, below: Sequence[int]) -> list[int]:
    """Return for each chance node the decisions that it tells something in the diagram in which they stand `alone`.

    One pass for all decisions: at another decision every ball stops. ``below``: for each node the decisions with a path
    to it that meets no decision but its start.

    >>> from cidmesa import cid
    >>> g = cid("D1 -> X -> D2; Z -> X, U; D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> told_alone(g.net, [0b01, 0, 0b01, 0b10, 0b10])[g.index("Z")]
    2
    """
    seen = [bits & net.bit.get(node, -1) for node, bits in enumerate(net.families)]
    opened = list(seen)
    for node in range(len(opened) - 1, -1, -1):
        for child in net.dag.children[node]:
            opened[node] |= opened[child]
        opened[node] &= net.bit.get(node, -1)
    given = [net.all if node in net.bit else bits for node, bits in enumerate(seen)]
    targets = [bits & below[node] for node, bits in enumerate(net.targets)]
    visited = flow(net.dag, targets, given, opened).visited
    return [0 if node in net.bit else bits for node, bits in enumerate(visited)]


def awake(cid: CID, decision: str) -> CID:
    """Return `alone` without the links at nodes that a relay of the decision sees and the decision does not.

    >>> from cidmesa import cid
    >>> g = cid("X -> D1 -> D2; X -> Y -> D2; Y, D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> awake(g, "D2").edges
    (('Y', 'D2'), ('Y', 'U'), ('D2', 'U'))
    """
    return _without(cid, set(cid.decisions) - {decision} | _hidden(cid, decision))


def _hidden(cid: CID, decision: str) -> set[str]:
    """Return what relays of the decision see and the decision does not."""
    return _seen_by(cid, _relays(cid, decision)) - set(cid.parents(decision))


def _seen_by(cid: CID, decisions: Collection[str]) -> set[str]:
    return {parent for decision in decisions for parent in cid.parents(decision)}


def _relays(cid: CID, decision: str) -> set[str]:
    """Return the decisions with a directed path to ``decision`` that contains decisions only."""
    relays: set[str] = set()
    todo = [decision]
    while todo:
        for parent in cid.parents(todo.pop()):
            if cid.kind(parent) == "decision" and parent not in relays:
                relays.add(parent)
                todo.append(parent)
    return relays


def _without(cid: CID, nodes: Collection[str]) -> CID:
    return cid.without_links(link for link in cid.edges if not {*link}.isdisjoint(nodes))
