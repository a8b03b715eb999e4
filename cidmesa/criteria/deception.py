"""The graphical criterion for deception between agents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cidmesa.errors import NotApplicable
from cidmesa.structure.separation import Nodes, as_nodes, directed_path
from cidmesa.structure.verdict import Judgement

if TYPE_CHECKING:
    from cidmesa.structure.diagram import CID

__all__ = ["deception_possible"]

_THEOREM = "Ward et al. 2023, Theorems 3.8 and 3.9"


def deception_possible(cid: CID, by: str, target: str, about: Nodes) -> Judgement:
    """Return whether, in some model on the diagram, agent ``by`` deceives agent ``target`` about the nodes ``about``.

    Criterion: a directed path D^S ~> D^T ~> U^S for some decisions of the two agents, and a node Z among ``about``
    without a link Z -> D^T. It is sound (Theorem 3.8) and complete (Theorem 3.9). The witness of "yes" is the path;
    that of "no" is the target's decisions that lie on a path but observe all of ``about``.
    Source: Ward et al. 2023, "Honesty Is the Best Policy".

    Args:
        cid: the diagram.
        by: the agent S that would deceive.
        target: the agent T that would be deceived.
        about: the node or nodes that the proposition is about.

    Raises:
        DiagramError: the diagram has no agent of that name.
        UnknownNode: the diagram has no node of that name.
        NotApplicable: ``by`` and ``target`` are the same agent, or ``about`` is empty.

    >>> from cidmesa import cid
    >>> links = "X -> S, US, UT; S -> T, US; T -> US, UT"
    >>> war = cid(links, decisions={"s": ["S"], "t": ["T"]}, utilities={"s": ["US"], "t": ["UT"]})
    >>> deception_possible(war, by="s", target="t", about="X").witness
    ('S', 'T', 'US')
    >>> bool(deception_possible(war.with_link("X", "T"), by="s", target="t", about="X"))
    False
    """
    nodes = cid.names(set(cid.indices(as_nodes(about))))
    _check(cid, by, target, nodes)
    informed = []
    for path, decision in _influences(cid, by, target):
        unseen = [node for node in nodes if node not in cid.parents(decision)]
        if unseen:
            reason = f"{' -> '.join(path)}, and {decision} does not see {unseen[0]}"
            return Judgement("deception possible", True, path, reason, _THEOREM)
        informed.append(decision)
    seen = tuple(dict.fromkeys(informed))
    reason = f"there is no directed path from a decision of {by} through a decision of {target} to a utility of {by}"
    if seen:
        reason = f"each decision of {target} on a path sees {', '.join(nodes)}: {', '.join(seen)}"
    return Judgement("deception possible", False, seen, reason, _THEOREM)


def _check(cid: CID, by: str, target: str, about: tuple[str, ...]) -> None:
    if cid.known_agent(by) == cid.known_agent(target):
        raise NotApplicable(f"{by!r} is given as both agents, but deception is between two. Name another target.")
    if not about:
        raise NotApplicable("the proposition is about no node. Name at least one in about={...}.")


def _influences(cid: CID, by: str, target: str) -> list[tuple[tuple[str, ...], str]]:
    """Return the paths D^S ~> D^T ~> U^S, one for each pair of decisions that has one, with D^T."""
    found = []
    for own in cid.decisions_of(by):
        for other in cid.decisions_of(target):
            routes = (directed_path(cid, own, utility, via=other) for utility in cid.utilities_of(by))
            if path := next(filter(None, routes), ()):
                found.append((path, other))
    return found
