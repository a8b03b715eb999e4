"""Whether the mesa-optimizer is deceptively aligned, or deceives by report: `deceptive`, `deceives_by_report`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cidmesa as cm
from cidmesa.library.kinds.kind import Answer, Kind, whether_or_parts
from cidmesa.library.validation import State, Text

if TYPE_CHECKING:
    from cidmesa.library.subject import Subject

__all__ = ["DeceivesByReport", "Deceptive"]

_PARTS = ("degree", "extent", "reason", "threat", "spans")


class _Certified(Answer):
    """A certificate, of which only what is asked is worked out; it stands in the first place of the tuple."""

    @property
    def got(self) -> dict[str, Any]:
        """The parts that are one word."""
        return {name: getattr(self[0], name) for name in _PARTS[:-1]}

    @property
    def short(self) -> bool:
        """Whether it is certified."""
        return bool(self[0])

    @property
    def because(self) -> str:
        """The verdict."""
        return str(self[0].verdict)

    def said(self, expect: Any) -> Any:
        """Return whether it is certified, or the parts that are expected."""
        if not isinstance(expect, dict):
            return self.short
        spans = {span.name: span.degree for span in self[0].spans} if "spans" in expect else {}
        return {name: spans if name == "spans" else getattr(self[0], name) for name in expect}


class Deceptive(Kind, name="deceptive"):
    """Deceptively aligned: it complies in training because of a threat, and defects later.

    The degree is strict, sure, weak or none; strict and sure are certified. The extent is throughout or in part, the
    reason but-for or joint, the threat real or imagined; spans has the degree of each stage.
    """

    judge: Text = "base"
    """whose score counts: base, another agent, or a utility"""
    optimizer: State | None = None
    """the parameter value that is the learned algorithm, where there are several"""

    def expectable(self, answer: object) -> str:
        """Return whether it is true, false, or a mapping of parts."""
        return whether_or_parts(answer, _PARTS)

    def answer(self, subject: Subject) -> Answer:
        """Return the certificate."""
        return _Certified(cm.certify_deception(subject.composition, judge=self.judge, of=self.optimizer))


class DeceivesByReport(Kind, name="deceives_by_report"):
    """Deception by report: it surely sends a false message, and without the threat it need not."""

    def expectable(self, answer: object) -> str:
        """Return whether it is true or false."""
        return "" if isinstance(answer, bool) else "true or false"

    def answer(self, subject: Subject) -> Answer:
        """Return whether it does."""
        found = cm.deceives_by_report(subject.composition)
        return Answer(found.holds, found.witness, found.reason)
