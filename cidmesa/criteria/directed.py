"""The criteria that ask for directed paths: value of control, response, instrumental control, impact.

With several decisions they are decided on the reduced diagram R(G). Sound in every diagram: there is an optimal policy
that reads only links of R(G); response and instrumental control incentives speak of all optimal policies, so this one
shows their absence; every soft intervention leaves the diagram as it is, so the best value under it is attained on R(G)
too; and for impact, a decision that can't reach a utility in R(G) may follow the baseline.

A path without decisions (except at its start) settles the positive side in every diagram, soluble or not. Let all
domains be {0, 1}, let each node on the path copy its predecessor, the utility at the end too, and let all else be 0.
Value of control of X: X is 0 by itself, and setting it to 1 raises the utility by 1. Instrumental control of X by D:
every optimal policy takes D = 1 in each context that occurs, and X_0 lowers the utility to 0. Impact on X: let the
baseline draw D by a fair coin, and let the nodes on any path D ~> X copy, decisions by their baseline rule. Then X is
that coin under the baseline, and independent of it under every optimal policy, since that takes D = 1.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cidmesa.criteria.paths import Path, Paths
    from cidmesa.criteria.problem import View
    from cidmesa.structure.verdict import Verdict

__all__ = ["impact", "instrumental_control", "response", "value_of_control"]

_VOC = "Everitt et al. 2021, Theorem 16"
_RI = "Everitt et al. 2021, Theorem 12"
_ICI = "Everitt et al. 2021, Theorem 18"
_IMPACT = "Carey et al. 2025, Definition 12 and its criterion"
_EVIDENCE = {
    "voc": f"several decisions: sound; complete by brute force on small diagrams, not proven (one decision: {_VOC})",
    "ri": f"several decisions: sound; complete by brute force on small diagrams, not proven (one decision: {_RI})",
    "ici": f"several decisions: sound; complete by brute force on small diagrams, not proven (one decision: {_ICI})",
    "impact": f"several decisions: sound; completeness not proven (one decision: {_IMPACT})",
}
_ALONE = "models in which one decision stands alone, and {theorem}"


def value_of_control(view: View, node: str) -> Verdict:
    """Return the verdict on value of control: a directed path node ~> utility in R(G).

    >>> from cidmesa import cid
    >>> from cidmesa.criteria.problem import Problem
    >>> g = cid("X -> D -> U", decisions=["D"], utilities=["U"])
    >>> value_of_control(Problem(g, "agent").view(None), "X").status
    'excluded'
    """
    if view.problem.diagram.kind(node) == "decision":
        why = f"{node} is a decision of {view.problem.agent}, who controls it already"
        return view.verdict("voc", node, "not applicable", (), why, _VOC)
    routes = (view.whole.to_utility(node), view.kept.to_utility(node), view.free.to_utility(node))
    if not view.problem.settled and not routes[2] and (found := view.problem.controls.get(node)):
        return _alone(view, "voc", node, found, _VOC)
    return _by_path(view, "voc", node, f"from {node} to a utility", routes, _VOC)


def response(view: View, node: str) -> Verdict:
    """Return the verdict on a response incentive: a directed path node ~> decision in R(G).

    >>> from cidmesa import cid
    >>> from cidmesa.criteria.problem import Problem
    >>> g = cid("X -> S; S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> response(Problem(g, "agent").view("D"), "X").witness
    ('X', 'S', 'D')
    """
    if node == view.decision:
        why = f"{node} is the decision itself; a response is to something else"
        return view.verdict("ri", node, "not applicable", (), why, _RI)
    if not view.problem.settled and (path := view.problem.responses[str(view.decision)].get(node, ())):
        return _alone(view, "ri", node, path, _RI)
    routes = (view.whole.to_decision(node), view.kept.to_decision(node), ())
    return _by_path(view, "ri", node, f"from {node} to {view.decision}", routes, _RI)


def instrumental_control(view: View, node: str) -> Verdict:
    """Return the verdict on an instrumental control incentive: a directed path decision ~> node ~> utility in R(G).

    >>> from cidmesa import cid
    >>> from cidmesa.criteria.problem import Problem
    >>> g = cid("D1 -> D2 -> X -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> instrumental_control(Problem(g, "agent").view("D1"), "X").witness
    ('D1', 'D2')
    """
    routes = (view.whole.through(node), view.kept.through(node), view.free.through(node))
    return _by_path(view, "ici", node, f"from {view.decision} through {node} to a utility", routes, _ICI)


def impact(view: View, node: str) -> Verdict:
    """Return the verdict on an impact incentive: decision ~> node in G, and decision ~> utility in R(G).

    >>> from cidmesa import cid
    >>> from cidmesa.criteria.problem import Problem
    >>> g = cid("D -> X; D -> U", decisions=["D"], utilities=["U"])
    >>> impact(Problem(g, "agent").view("D"), "X").witness
    ('D', 'X', 'D', 'U')
    """
    reached = view.whole.from_decision(node)
    if not reached:
        return _no_path(view, "impact", node, f"from {view.decision} to {node}", _IMPACT)
    routes = (_aim(view.whole), _aim(view.kept), _aim(view.free))
    return _by_path(view, "impact", node, f"from {view.decision} to a utility", routes, _IMPACT, ahead=reached)


def _aim(paths: Paths) -> Path:
    return paths.through(str(paths.decision))


# --- what all four say about paths --------------------------------------------------------------------------------


def _by_path(
    view: View, concept: str, node: str, goal: str, routes: tuple[Path, Path, Path], theorem: str, ahead: Path = ()
) -> Verdict:
    """Return the verdict from the paths in the diagram, in the reduced diagram, and without decisions.

    ``ahead`` is a path that is needed besides; it stands first in witness and reason.
    """
    whole, kept, free = routes
    if not whole:
        return _no_path(view, concept, node, goal, theorem)
    if not kept:
        return _cut(view, concept, node, goal, whole, theorem)
    path = kept if view.problem.one_decision else free or kept
    shown = " and ".join(" -> ".join(part) for part in (ahead, path) if part)
    if view.problem.one_decision:
        return view.verdict(concept, node, "admits", (*ahead, *path), shown, theorem)
    if free:
        proof = f"mechanisms that copy along a path without decisions (one decision: {theorem})"
        return view.verdict(concept, node, "admits", (*ahead, *path), shown, proof)
    if view.problem.soluble:
        return view.verdict(concept, node, "admits", (*ahead, *path), f"{shown}; soluble", _EVIDENCE[concept])
    reason = f"{shown} passes through decisions, and the diagram is not soluble ({view.problem.soluble.reason})"
    return view.verdict(concept, node, "undetermined", (*ahead, *path), reason, f"open; one decision: {theorem}")


def _alone(view: View, concept: str, node: str, path: Path, theorem: str) -> Verdict:
    reason = f"{' -> '.join(path)}, also where one decision stands alone"
    return view.verdict(concept, node, "admits", path, reason, _ALONE.format(theorem=theorem))


def _no_path(view: View, concept: str, node: str, goal: str, theorem: str) -> Verdict:
    reason = f"there is no directed path {goal} that belongs to {view.problem.agent}" if goal.endswith("utility") else (
        f"there is no directed path {goal}")  # fmt: skip
    return view.verdict(concept, node, "excluded", (), reason, theorem)


def _cut(view: View, concept: str, node: str, goal: str, path: Path, theorem: str) -> Verdict:
    """Return "excluded" with a link on ``path`` that the reduction drops."""
    links = itertools.pairwise(path)
    link, step = next((link, step) for link in links if (step := view.problem.reduction.step(*link)))
    reason = f"each path {goal} needs a dropped link such as {' -> '.join(link)} ({step.rule}: {step.reason})"
    return view.verdict(concept, node, "excluded", link, reason, f"{theorem}, on the reduced diagram")
