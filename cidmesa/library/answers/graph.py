"""Answers to questions about the diagram."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cidmesa.criteria.concepts import admits_ici, admits_impact, admits_ri, admits_voc, admits_voi
from cidmesa.criteria.deception import deception_possible
from cidmesa.criteria.fairness import admits_introduced_unfairness, admits_unfairness
from cidmesa.criteria.patterns import reasoning_patterns
from cidmesa.errors import NotApplicable
from cidmesa.library.subject import Answer
from cidmesa.structure.relevance import (
    is_requisite,
    is_s_reachable,
    is_soluble,
    relevance_graph,
    requisite_observations,
)
from cidmesa.structure.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cidmesa.library.questions.graph import (
        Control,
        Deception,
        Incentive,
        Motive,
        Relevance,
        Requisite,
        Soluble,
        Unfairness,
    )
    from cidmesa.library.subject import Subject
    from cidmesa.structure.diagram import CID
    from cidmesa.structure.verdict import Judgement

__all__ = ["ANSWERS"]


def _incentive(concept: str, criterion: Callable[[CID, str, str], Verdict]) -> Callable[[Subject, Incentive], Answer]:
    def answer(subject: Subject, question: Incentive) -> Answer:
        return _agreed(
            _of_pruned(concept, subject, node, question.decision)
            if subject.pruned(node)
            else criterion(subject.cid, question.decision, node)
            for node in _many(question.node)
        )

    return answer


def _control(subject: Subject, question: Control) -> Answer:
    return _agreed(
        _of_pruned("voc", subject, node, None, question.agent)
        if subject.pruned(node)
        else admits_voc(subject.cid, node, question.agent)
        for node in _many(question.node)
    )


def _of_pruned(concept: str, subject: Subject, node: str, decision: str | None, agent: str | None = None) -> Verdict:
    """Return the verdict on a node of the training process that is not in the mesa-optimizer's diagram.

    It is upstream of no decision and no utility there, so voc, ri and ici are excluded. An effect on it is an effect on
    the world: impact is judged in the objective twin. Whether seeing it would help is not said by a diagram without it.
    """
    cid = subject.cid
    owner = cid.known_agent(agent) if agent else str(cid.agent(cid.known_decision(decision)) if decision else "")
    where = f"{node} is not in the mesa-optimizer's diagram: it is upstream of none of its decisions and utilities"
    if concept == "impact" and decision is not None:
        found = admits_impact(subject.truth.cid, decision, node)
        return replace(found, reason=f"{found.reason} (in the objective twin, for {where})")
    if concept == "voi":
        reason = f"{where}. Let its specification observe it (observes) to ask what that is worth"
        return Verdict(concept, owner, decision, node, "not applicable", (), reason, _PRUNED)
    return Verdict(concept, owner, decision, node, "excluded", (), where, _PRUNED)


_PRUNED = "composer's rule R7"


def _agreed(verdicts: Iterable[Verdict]) -> Answer:
    """Return what all verdicts say; where they differ, which node has which."""
    found = list(verdicts)
    said = {verdict.node: _said(verdict) for verdict in found}
    first = found[0]
    if all(value == _said(first) for value in said.values()):
        others = f" (and likewise {', '.join(list(said)[1:])})" if len(said) > 1 else ""
        return Answer(_said(first), first.witness, f"{first.reason}{others} [{first.theorem}]")
    differing = next(verdict for verdict in found if _said(verdict) != _said(first))
    return Answer(said, differing.witness, f"{differing.node}: {differing.reason} [{differing.theorem}]")


def _said(verdict: Verdict) -> bool | str:
    """Return True for "admits", False for "excluded", else the status in words."""
    return {"admits": True, "excluded": False}.get(verdict.status, verdict.status)


def _judged(judgement: Judgement) -> Answer:
    return Answer(judgement.holds, judgement.witness, f"{judgement.reason} [{judgement.theorem}]")


def _requisite(subject: Subject, question: Requisite) -> Answer:
    if question.node is None:
        found = requisite_observations(subject.cid, question.decision)
        return Answer(list(found), found, f"the requisite observations of {question.decision}")
    judgements = {node: is_requisite(subject.cid, question.decision, node) for node in _many(question.node)}
    first, *rest = judgements.values()
    differing = [judgement for judgement in rest if judgement.holds != first.holds]
    if not differing:
        return _judged(first)
    return Answer({node: j.holds for node, j in judgements.items()}, differing[0].witness, differing[0].reason)


def _soluble(subject: Subject, _: Soluble) -> Answer:
    return _judged(is_soluble(subject.cid))


def _relevance(subject: Subject, question: Relevance) -> Answer:
    if question.source is not None and question.target is not None:
        return _judged(is_s_reachable(subject.cid, question.source, question.target))
    if question.source is not None or question.target is not None:
        raise NotApplicable("relevance takes both `from` and `to`, or neither.")
    graph = relevance_graph(subject.cid)
    shown = ", ".join(f"{a} relies on {b}" for a, b in graph.edges) or "no decision relies on another"
    return Answer([list(edge) for edge in graph.edges], (), shown)


def _motives(subject: Subject, question: Motive) -> Answer:
    decision = subject.cid.known_decision(question.decision)
    found = [one for one in reasoning_patterns(subject.cid).of(decision)
             if question.through in (None, one.through) and question.label in (None, one.label)]  # fmt: skip
    if question.through is not None:
        subject.cid.known_decision(question.through)
    because = "; ".join(map(str, found)) or f"{decision} has no such reasoning pattern"
    witness = found[0].paths[0] if found else ()
    labels = list(dict.fromkeys(one.label for one in found))
    return Answer(bool(found) if question.label is not None else labels, witness, because)


def _unfairness(subject: Subject, question: Unfairness) -> Answer:
    args = (subject.cid, question.decision, question.attribute)
    if question.label is None:
        return _agreed([admits_unfairness(*args)])
    return _agreed([admits_introduced_unfairness(*args, question.label, loss=question.loss)])


def _deception(subject: Subject, question: Deception) -> Answer:
    return _judged(deception_possible(subject.cid, question.by, question.target, _many(question.about)))


def _many(nodes: str | tuple[str, ...]) -> tuple[str, ...]:
    return (nodes,) if isinstance(nodes, str) else nodes


ANSWERS: dict[str, Callable[[Subject, Any], Answer]] = {
    "voi": _incentive("voi", admits_voi),
    "voc": _control,
    "ri": _incentive("ri", admits_ri),
    "ici": _incentive("ici", admits_ici),
    "impact": _incentive("impact", admits_impact),
    "requisite": _requisite,
    "soluble": _soluble,
    "relevance": _relevance,
    "pattern": _motives,
    "unfairness_possible": _unfairness,
    "deception_possible": _deception,
}
