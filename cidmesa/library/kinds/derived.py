"""What is certain, possible and probable of all mesa-optimizers that fit: `probability`, …, `implicants`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import cidmesa as cm
from cidmesa.errors import NotApplicable
from cidmesa.library.file.specification import EvidenceDef, evidence_of
from cidmesa.library.kinds.kind import Answer, Kind, is_number, parts_of
from cidmesa.library.validation import Quantity, Text, called, data_of, some
from cidmesa.modelling.numbers import show

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cidmesa.library.subject import Subject
    from cidmesa.mesa.derive.derivation import Claim, Derivation
    from cidmesa.mesa.derive.member import Member

__all__ = ["Certain", "Implicants", "Possible", "ProbabilityOf", "TestWorth", "answers"]


class OfFamily(Kind):
    """A question about a family of the file, given evidence."""

    among: Text
    """the name under families"""
    evidence: tuple[data_of(EvidenceDef), ...] = ()  # type: ignore[valid-type]
    """what is known: acted, history, scored, tested, read"""

    def derived(self, subject: Subject, ties: Literal["bounds", "even"] = "bounds") -> Derivation:
        """Return all members that fit, with the posterior."""
        if subject.training is None:
            raise NotApplicable("a family needs a process with actions of a learned algorithm.")
        family, evidence = subject.family(self.among), evidence_of(self.evidence)
        key = repr((self.among, self.evidence, ties))
        if key not in subject.derivations:
            subject.derivations[key] = cm.derive(subject.training, family, evidence, ties=ties)
        return subject.derivations[key]


class OnClaim(OfFamily):
    """A question about a claim on the members of a family."""

    claim: some({dict: dict[Text, Any]}, Text)  # type: ignore[valid-type]
    """a class, robust, pseudo, bad, harmless, a degree, complies, defects later, deceives, or deceives strictly; or a \
question of any other kind on the composition of each member, with its answer under `is` (true if left out)"""
    stage: Text | None = None
    """the stage, for deceptive and complies"""

    @property
    def on_members(self) -> Claim:
        """The claim, as derivations take it."""
        return self.claim if isinstance(self.claim, str) else answers(self.claim)


def answers(question: Mapping[str, Any]) -> Callable[[Member], bool]:
    """Return the claim that a member's composition gives the expected answer to a question of a scenario file.

    Args:
        question: one kind of question with its arguments, and the answer in question under the key ``is`` (true if left
            out).

    Raises:
        ScenarioError: the kind of question is unknown, an argument is wrong, or the kind cannot have this answer.

    Source: ours.

    >>> import cidmesa as cm
    >>> specs = {scope: cm.MesaSpec("A == 'b'", scope) for scope in ("episode", "updates")}
    >>> found = cm.derive(cm.builders.episodes(1, 2), cm.families.specifications(specs))
    >>> found.probability(answers({"ici": {"decision": "D_A1", "node": "Theta2"}}))
    Probability(1/2)

    """
    from cidmesa.library.conditions import conditional  # which knows all kinds
    from cidmesa.library.subject import Subject

    asked = conditional(question)
    return lambda member: asked.decided(Subject(member.composition))


class ProbabilityOf(OnClaim, name="probability"):
    """The probability of a claim on the mesa-optimizers of a family that fit the evidence.

    The answer is a number or, if ties are open, the interval over all ways to break them: its low and its high.
    """

    sized = True
    parts = ("low", "high", "kind")
    given: Text | None = None
    """a further claim on which to condition"""
    ties: Literal["bounds", "even"] = "bounds"
    """every way to break ties, or evenly over behaviours"""

    def expectable(self, answer: object) -> str:
        if isinstance(answer, dict):
            return parts_of(answer, self.parts)
        return "" if is_number(answer) else "a number, or {low: ..., high: ...}"

    def answer(self, subject: Subject) -> Answer:
        found = self.derived(subject, self.ties).probability(self.on_members, stage=self.stage, given=self.given)
        got = {"low": found.low, "high": found.high, "kind": found.kind}
        return Answer(got, (), str(found), short=found.low if found.low == found.high else None)


class Certain(OnClaim, name="certain"):
    """Whether a claim is true of all mesa-optimizers of a family that fit the evidence."""

    def answer(self, subject: Subject) -> Answer:
        found = self.derived(subject)
        return Answer(found.certain(self.on_members, stage=self.stage), (), repr(found))


class Possible(OnClaim, name="possible"):
    """Whether a claim is true of some mesa-optimizer of a family that fits the evidence."""

    def answer(self, subject: Subject) -> Answer:
        found = self.derived(subject)
        return Answer(found.possible(self.on_members, stage=self.stage), (), repr(found))


class TestWorth(OfFamily, name="test_worth"):
    """The value of a passive test to the overseer: deploying a robust one is worth 1, others minus the loss."""

    __test__ = False  # to pytest
    sized = True
    test: some({dict: data_of(EvidenceDef)}, Literal["read"]) = "read"  # type: ignore[valid-type]
    """tested or read with any result; if left out, reading the class"""
    loss: Quantity = 1
    """what deploying a bad one costs"""

    def expectable(self, answer: object) -> str:
        return "" if is_number(answer) else "a number"

    def answer(self, subject: Subject) -> Answer:
        test: Any = "read" if self.test == "read" else evidence_of((self.test,))[0]
        low, high = cm.voi(self.derived(subject), test, loss=self.loss)
        return Answer(low if low == high else [low, high], (), f"worth {show(low)} to {show(high)}")


class Implicants(Kind, name="implicants"):
    """Which assumptions suffice for an answer: the prime implicants of the table over their combinations.

    A list of texts such as ``scope = updates and mu = 1``.
    """

    toggles: dict[Text, some({dict: dict[Text, dict[Text, Any]]}, tuple[Any, ...])]  # type: ignore[valid-type]
    """field of the specification or parameter: its values; or any name: {value: {field or parameter: ...}}"""
    question: Text = "deceptive"
    """a claim of `probability`"""
    contrary: bool = called("not", False)
    """whether to ask what suffices for the contrary"""

    def expectable(self, answer: object) -> str:
        good = isinstance(answer, list | tuple) and all(isinstance(text, str) for text in answer)
        return "" if good else "a list of texts such as 'scope = updates and mu = 1'"

    def answer(self, subject: Subject) -> Answer:
        composition = subject.composition
        table = cm.verdicts(composition.training, composition.spec, self.toggles, self.question)
        primes = cm.prime_implicants(table.contrary() if self.contrary else table)
        return Answer([str(prime) for prime in primes], (), table.to_text())
