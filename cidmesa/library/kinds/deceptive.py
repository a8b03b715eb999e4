"""Whether the mesa-optimizer is deceptively aligned: `deceptive`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cidmesa as cm
from cidmesa.library.kinds.kind import Answer, Kind, whether_or_parts

if TYPE_CHECKING:
    from cidmesa.library.subject import Subject

__all__ = ["Deceptive"]

_PARTS = ("comply", "myopic_would_defect", "because_of_update", "defects_later")


class Deceptive(Kind, name="deceptive"):
    """Deceptively aligned: it does what training scores best, because of the update, and in deployment it does not.

    With an objective that ends with the episode it would do otherwise in training, too, and so it would if its
    parameters could not change.
    """

    def expectable(self, answer: object) -> str:
        """Return whether it is true, false, or a mapping of parts."""
        return whether_or_parts(answer, _PARTS)

    def answer(self, subject: Subject) -> Answer:
        """Return the parts of the certificate, and whether all hold."""
        certificate = cm.certify_deception(subject.composition)
        parts = {part.name: part.holds for part in certificate.parts}
        because = certificate.verdict if not certificate else "; ".join(part.evidence for part in certificate.parts)
        return Answer(parts, (), because, short=bool(certificate))
