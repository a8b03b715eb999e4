"""Answers to questions about learned optimization."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cidmesa.library.subject import Answer
from cidmesa.mesa.certificate import certify_deception
from cidmesa.mesa.proxy import proxy_class
from cidmesa.mesa.reports import deceives_by_report
from cidmesa.mesa.taxonomy import alignment
from cidmesa.modelling.numbers import show

if TYPE_CHECKING:
    from collections.abc import Callable

    from cidmesa.library.questions.mesa import Alignment, DeceivesByReport, Deceptive, ProxyClass
    from cidmesa.library.subject import Subject

__all__ = ["ANSWERS"]


class _Certified(Answer):
    """A certificate, of which only what is asked is worked out."""

    def said(self, expect: Any) -> Any:
        """Return whether it is certified, or the parts that are expected."""
        if not isinstance(expect, dict):
            return bool(self.got)
        spans = {span.name: span.degree for span in self.got.spans} if "spans" in expect else {}
        return {name: spans if name == "spans" else getattr(self.got, name) for name in expect}

    @property
    def because(self) -> str:
        """The verdict."""
        return str(self.got.verdict)


class _Class(Answer):
    """A class of alignment, or the union of classes that is expected, where it belongs to that."""

    def said(self, expect: Any) -> Any:
        """Return the class, or "robust" or "pseudo" where that is expected and so."""
        wanted = expect.get("kind") if isinstance(expect, dict) else expect
        if wanted not in ("robust", "pseudo") or not self.got[wanted]:
            return super().said(expect)
        return self.got | {"kind": wanted} if isinstance(expect, dict) else wanted


def _deceptive(subject: Subject, question: Deceptive) -> Answer:
    return _Certified(certify_deception(subject.composition, judge=question.judge, of=question.optimizer))


def _deceives_by_report(subject: Subject, _: DeceivesByReport) -> Answer:
    found = deceives_by_report(subject.composition)
    return Answer(found.holds, found.witness, found.reason)


def _alignment(subject: Subject, question: Alignment) -> Answer:
    composition = subject.composition
    found = alignment(composition.training, composition.spec, question.environments or {"train": {}},
                      about=question.about, truth=question.truth)  # fmt: skip
    scores = {name: score.worst for name, score in found.scores.items()}
    shown = ", ".join(f"{name}: {show(s.worst)} of {show(s.possible)}" for name, s in found.scores.items())
    got = {"kind": found.kind, "robust": found.robust, "pseudo": found.pseudo, "scores": scores,
           "shortfall": dict(found.shortfall)}  # fmt: skip
    return _Class(got, (), f"{found.kind}; base scores {shown}", short=found.kind)


def _proxy(subject: Subject, question: ProxyClass) -> Answer:
    cid = subject.cid
    if not (question.mesa in cid and question.base in cid):
        cid = subject.truth.cid
    found = proxy_class(cid, question.mesa, question.base)
    return Answer(found.kind, found.witness, found.reason)


ANSWERS: dict[str, Callable[[Subject, Any], Answer]] = {
    "deceptive": _deceptive,
    "deceives_by_report": _deceives_by_report,
    "alignment": _alignment,
    "proxy_class": _proxy,
}
