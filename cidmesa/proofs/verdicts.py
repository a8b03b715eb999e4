"""What shows a verdict: the steps that drop links and leave no path, or a model with what happens in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.criteria.concepts import CONCEPTS
from cidmesa.errors import NotApplicable
from cidmesa.modelling.inference import eliminate
from cidmesa.proofs.documents import Document, diagram, in_json, numbers, setting, state, written
from cidmesa.quantities.one_decision import Play
from cidmesa.quantities.twin_network import Other, alone, with_set
from cidmesa.quantities.witness import witness_model
from cidmesa.solving.optimal.solution import solve
from cidmesa.structure.deterministic_closure import closures_of
from cidmesa.structure.diagram import CID, Node
from cidmesa.structure.reduction import certificate, reduction
from cidmesa.structure.reduction_rules import reduced_by_all, sandwiched, without_nonrequisite
from cidmesa.structure.relevance import is_requisite, others_given
from cidmesa.structure.verdict import Step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cidmesa.modelling.model import Model
    from cidmesa.structure.verdict import Verdict

__all__ = ["of_verdict"]

Json = dict[str, Any]
DIAGRAM = "diagram"


def of_verdict(verdict: Verdict, cid: CID) -> Document:
    """Return what shows a verdict on this diagram.

    Raises:
        NotApplicable: the status is neither "admits" nor "excluded", the concept is another one, or no model is known
            (see `witness_model`).

    >>> from cidmesa import admits_ici, cid
    >>> g = cid("D -> X; D -> U", decisions=["D"], utilities=["U"])
    >>> of_verdict(admits_ici(g, "D", "X"), g).claims[0]["kind"]
    'excluded'
    """
    if verdict.status not in _SHOWN or verdict.concept not in CONCEPTS:
        raise NotApplicable(f"no proof is known of {verdict.concept!r} that is {verdict.status!r}.")
    asked = {"concept": verdict.concept, "agent": verdict.agent, "decision": verdict.decision, "node": verdict.node}
    about = {"kind": verdict.status, "model": DIAGRAM} | asked
    return _SHOWN[verdict.status](verdict, cid, about)


# --- excluded -------------------------------------------------------------------------------------------------------


def _excluded(verdict: Verdict, cid: CID, about: Json) -> Document:
    own = others_given(cid, verdict.agent)
    steps = _dropping(own, verdict.node, str(verdict.decision)) if verdict.concept == "voi" else _reducing(own)
    return Document({DIAGRAM: diagram(cid)}, (about | {"steps": steps},))


def _reducing(own: CID) -> list[Json]:
    return in_json(own, reduction(own).steps) if own.decisions else []


def _dropping(own: CID, node: str, decision: str) -> list[Json]:
    """Return steps the last of which drops the link node -> decision, in the diagram with it."""
    linked = own if node in own.parents(decision) else own.with_link(node, decision)
    if not is_requisite(linked, decision, node):
        return in_json(linked, [Step("R0", ((node, decision),), (), "")])
    net, link = linked.net, (linked.index(node), linked.index(decision))
    for gone in (
        closures_of(net, [link]).values(),
        without_nonrequisite(net)[1],
        reduced_by_all(net)[1],
        sandwiched(net),
    ):
        if any(link in one.links for one in gone):
            return in_json(linked, [one.step for one in gone])
    raise NotApplicable(f"no steps are known that drop {node} -> {decision}: {certificate(linked, node, decision)}.")


# --- admits ---------------------------------------------------------------------------------------------------------


def _admits(verdict: Verdict, cid: CID, about: Json) -> Document:
    model = witness_model(verdict, cid)
    name = f"model for {verdict.concept} of {verdict.decision or verdict.agent} on {verdict.node}"
    at = _FOUND[verdict.concept](model, verdict)
    return Document({DIAGRAM: diagram(cid), name: written(model)}, (about | {"by": name, "at": at},))


_SHOWN = {"excluded": _excluded, "admits": _admits}


def _comparison(_: Model, __: Verdict) -> None:
    """Return nothing: the best policies with and without the link are found by whoever checks."""


def _mechanism(model: Model, verdict: Verdict) -> list[Any]:
    """Return a mechanism of the node with which its agent gets more."""
    node = verdict.node
    if model.cid.kind(node) == "utility":
        return [1] * model.table(node).values.size
    free = model.revised([Node(node, "decision", verdict.agent, model.cid.parents(node))])
    return numbers(solve(free).policy[node].values.ravel().tolist())


def _response(model: Model, verdict: Verdict) -> Json:
    """Return two contexts with different best options, and what turns one into the other."""
    play = Play(alone(model, str(verdict.decision)), str(verdict.decision))
    for here, there, place in _moves(play, verdict.node):
        if (one := _only(play, here)) is not None and (two := _only(play, there)) is not None and one != two:
            set_to = state(model.domain(verdict.node)[place])
            return {"context": _context(play, here), "other": _context(play, there), "set": set_to}
    raise NotApplicable("no intervention turns one context with a single best option into another one.")


def _moves(play: Play, node: str) -> Iterator[tuple[tuple[int, ...], tuple[int, ...], int]]:
    """Yield contexts, what they may become when the node is set, and at which state."""
    factors, names = with_set(play.model, node, play.model.cid.ancestors(play.decision))
    there = tuple(names.get(parent, parent) for parent in play.parents)
    axes = tuple(dict.fromkeys((*play.parents, *there, Other(node))))
    for place in np.argwhere(eliminate(factors, axes) > 0).tolist():
        at = dict(zip(axes, place, strict=True))
        yield tuple(at[name] for name in play.parents), tuple(at[name] for name in there), at[Other(node)]


def _control(model: Model, verdict: Verdict) -> Json:
    """Return a context, and an option whose effect on the node would change the utility of the best one."""
    play = Play(alone(model, str(verdict.decision)), str(verdict.decision))
    return _choice(play, play.nested(verdict.node) - play.values[..., None, :])


def _impact(model: Model, verdict: Verdict) -> Json:
    """Return a context, and an option under which the node differs from what it is under the best one."""
    play = Play(alone(model, str(verdict.decision)), str(verdict.decision))
    return _choice(play, np.swapaxes(play.differing(verdict.node), -1, -2))


def _choice(play: Play, gaps: Any) -> Json:
    """Return the first context and option d with a gap to the only best option a; last axes of gaps: d, a."""
    for context in play.contexts:
        best = _only(play, context)
        other = next((d for d in range(play.size) if best is not None and gaps[(*context, d, best)] != 0), None)
        if other is not None:
            return {"context": _context(play, context), "other": state(play.model.domain(play.decision)[other])}
    raise NotApplicable("in no context does the only best option make a difference.")


_FOUND = {"voi": _comparison, "voc": _mechanism, "ri": _response, "ici": _control, "impact": _impact}


def _only(play: Play, context: tuple[int, ...]) -> int | None:
    """Return the only best option in a context that occurs, if there is one."""
    best = np.flatnonzero(play.best[context])
    return int(best[0]) if play.reached[context] > 0 and len(best) == 1 else None


def _context(play: Play, context: tuple[int, ...]) -> Json:
    seen = zip(play.parents, context, strict=True)
    return setting(play.model, {parent: play.model.domain(parent)[place] for parent, place in seen})
