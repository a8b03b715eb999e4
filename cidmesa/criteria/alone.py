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
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from cidmesa.structure.diagram import CID

__all__ = ["alone", "awake"]


def alone(cid: CID, decision: str) -> CID:
    """Return the diagram without the links at the other decisions.

    >>> from cidmesa import cid
    >>> g = cid("D1 -> X -> D2; Z -> X, U; D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> alone(g, "D2").edges
    (('Z', 'X'), ('X', 'D2'), ('Z', 'U'), ('D2', 'U'))
    """
    return _without(cid, set(cid.decisions) - {decision})


def awake(cid: CID, decision: str) -> CID:
    """Return `alone` without the links at nodes that a relay of the decision sees and the decision does not.

    >>> from cidmesa import cid
    >>> g = cid("X -> D1 -> D2; X -> Y -> D2; Y, D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> awake(g, "D2").edges
    (('Y', 'D2'), ('Y', 'U'), ('D2', 'U'))
    """
    relays = _relays(cid, decision)
    seen = {parent for relay in relays for parent in cid.parents(relay)} - set(cid.parents(decision))
    return _without(cid, set(cid.decisions) - {decision} | seen)


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
