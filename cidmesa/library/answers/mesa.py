"""Answers to questions about learned optimization."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cidmesa.library.subject import Answer
from cidmesa.mesa.alignment import alignment
from cidmesa.mesa.deception import certify_deception
from cidmesa.mesa.proxy import proxy_class
from cidmesa.modelling.numbers import show

if TYPE_CHECKING:
    from collections.abc import Callable

    from cidmesa.library.questions.mesa import Alignment, Deceptive, ProxyClass
    from cidmesa.library.subject import Subject

__all__ = ["ANSWERS"]


def _deceptive(subject: Subject, _: Deceptive) -> Answer:
    certificate = certify_deception(subject.composition)
    parts = {part.name: part.holds for part in certificate.parts}
    because = certificate.verdict if not certificate else "; ".join(part.evidence for part in certificate.parts)
    return Answer(parts, (), because, short=bool(certificate))


def _alignment(subject: Subject, question: Alignment) -> Answer:
    composition = subject.composition
    found = alignment(composition.training, composition.spec, question.environments)
    scores = {name: score.worst for name, score in found.scores.items()}
    shown = ", ".join(f"{name}: {show(s.worst)} of {show(s.possible)}" for name, s in found.scores.items())
    return Answer({"kind": found.kind, "scores": scores}, (), f"base scores {shown}", short=found.kind)


def _proxy(subject: Subject, question: ProxyClass) -> Answer:
    cid = subject.cid
    if not (question.mesa in cid and question.base in cid):
        cid = subject.truth.cid
    found = proxy_class(cid, question.mesa, question.base)
    return Answer(found.kind, found.witness, found.reason)


ANSWERS: dict[str, Callable[[Subject, Any], Answer]] = {
    "deceptive": _deceptive,
    "alignment": _alignment,
    "proxy_class": _proxy,
}
