"""`derive`: every mesa-optimizer of a family that fits the training, with a posterior."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from cidmesa.display import Tells, html_table
from cidmesa.errors import ComposeError, NotApplicable, check_word, wrong_type
from cidmesa.mesa.alignment_kind import KINDS
from cidmesa.mesa.derive.evidence import Scored
from cidmesa.mesa.derive.levels import NO_SCORE, on_levels
from cidmesa.mesa.derive.member import OF_CONDUCT, Judging, Member, claim_named
from cidmesa.mesa.derive.partition import How
from cidmesa.mesa.derive.posterior import Posterior
from cidmesa.mesa.derive.shared import SharedDiagram
from cidmesa.mesa.training import TrainingProcess
from cidmesa.modelling.parameter import number_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cidmesa.mesa.derive.evidence import Item
    from cidmesa.mesa.derive.families import Family
    from cidmesa.mesa.derive.partition import Cell, Partition
    from cidmesa.mesa.derive.probability import Kind, Probability

__all__ = ["Claim", "Derivation", "derive"]

Claim: TypeAlias = "str | Callable[[Member], object]"
Ties: TypeAlias = Literal["bounds", "even"]

CLAIMS = ("deceptive", "bad", "complies", "defects later", "deceives", "deceives strictly")


@dataclass(frozen=True, eq=False, repr=False)
class Derivation(Tells):
    """The mesa-optimizers of a family that fit the training and the evidence, with a posterior if there is a prior.

    A *member* is a specification with one behaviour of its rational plans. Probabilities are of claims on members; if
    ties are open, they are intervals over all ways to break them. ``family`` has the prior; ``found`` are the cells of
    the family. Build it with `derive`.
    Source: the definitions are ours; Bayesian in the way of Ramachandran and Amir 2007, over what a process may yield.

    >>> import cidmesa as cm
    >>> features = {"x": {1: "A1 == 'b'"}, "y": {2: "A2 == 'b'"}}
    >>> family = cm.families.objectives(features, cm.families.box(-1, 1), cm.MesaSpec(target="0", scope="updates"))
    >>> found = cm.derive(cm.builders.episodes(1, 1), family, [cm.evidence.acted({"A1": "a"})])
    >>> found.possible("deceives"), found.certain("complies")
    (True, True)

    """

    training: TrainingProcess
    family: Family
    evidence: tuple[Item, ...]
    ties: Ties
    judging: Judging
    how: How
    found: Partition
    _known: dict[object, Partition] = field(default_factory=dict)

    # --- claims -----------------------------------------------------------------------------------------------------

    def probability(self, claim: Claim, *, stage: object = None, given: Claim | None = None) -> Probability:
        """Return the probability of a claim.

        Args:
            claim: a class ("deceptive", "proxy", ...), "robust", "pseudo" or "bad" (any but the robust); a degree
                ("strict", "sure", "weak"); a conduct ("complies", "defects later", "deceives", "deceives strictly"); or
                a function from a `Member` to a truth value.
            stage: the stage, for "deceptive" and "complies".
            given: a further claim on which to condition.

        Raises:
            NotApplicable: the claim or stage is unknown, or nothing fits the evidence.

        """
        return self.posterior([claim, *([given] if given is not None else [])]).probability(
            claim_named(claim, stage), None if given is None else claim_named(given)
        )

    @property
    def soft(self) -> bool:
        """Whether members act softly, so that no claim about conduct is certain."""
        return self.judging.rationality is not None

    def certain(self, claim: Claim, *, stage: object = None) -> bool:
        """Return whether a claim is true of all members that fit (with free coefficients, of all except a null set)."""
        return self.posterior([claim]).all_hold(claim_named(claim, stage))

    def possible(self, claim: Claim, *, stage: object = None) -> bool:
        """Return whether a claim is true of some member that fits, or may be true because an answer is missing."""
        right = claim_named(claim, stage)
        return not self.posterior([claim]).all_hold(lambda member: not right(member))

    def posterior(self, claims: Sequence[Claim] = (), tests: Mapping[Any, tuple[Item, ...]] | None = None) -> Posterior:
        """Return the posterior over members, classified by these claims and by the results of these tests."""
        if self.soft and (named := [claim for claim in claims if claim in OF_CONDUCT]):
            raise NotApplicable(
                f"soft mesa-optimizers take every option with some probability, so {named[0]!r} is undefined for "
                "them. Ask for classes, or cm.soft_deception."
            )
        asked = tuple(claim for claim in claims if not isinstance(claim, str))
        if not asked and not tests:
            return Posterior(self.found, self.evidence, self.ties, self.how.seed)
        if not tests and not any(cell.place for cell in self.found.cells):  # members are judged as they are
            found = self.found.settled(lambda cell: cell.asked(asked))
            return Posterior(found, self.evidence, self.ties, self.how.seed)
        key = (asked, tuple((tests or {}).items()))
        if key not in self._known:
            judging = replace(self.judging, claims=asked, tests=tests or {})
            self._known[key] = _raised(self.family.found(self.training, judging, self.how))
        return Posterior(self._known[key], self.evidence, self.ties, self.how.seed)

    # --- what is found ----------------------------------------------------------------------------------------------

    @cached_property
    def classes(self) -> dict[str, Probability]:
        """The probability of each class of alignment that is possible."""
        seen = {member.kind for member in self.members} or {KINDS[0]}  # of nothing, for the error that says so
        return {kind: self.probability(kind) for kind in KINDS if kind in seen}

    @cached_property
    def members(self) -> tuple[Member, ...]:
        """The members that fit, in the order of the family."""
        return tuple(member for _, member in self.posterior().fitting())

    @cached_property
    def weights(self) -> dict[str, Probability]:
        """The posterior of each specification or region of coefficients, by name."""
        post = self.posterior()
        return {
            name: post.probability(lambda member, name=name: member.name == name)  # type: ignore[misc]
            for name in dict.fromkeys(member.name for member in self.members)
        }

    @cached_property
    def claims(self) -> dict[str, Probability]:
        """The probabilities of the most important claims."""
        return {claim: self.probability(claim) for claim in CLAIMS if not (self.soft and claim in OF_CONDUCT)}

    @cached_property
    def diagram(self) -> SharedDiagram:
        """The links and incentives that are certain, and those that are possible."""
        return SharedDiagram(self.posterior())

    @property
    def kind(self) -> Kind:
        """How the probabilities were computed: "exact", "bounds" or "estimate"."""
        return self.found.kind

    @property
    def unanswered(self) -> tuple[Cell, ...]:
        """The cells without an answer."""
        return tuple(cell for cell in self.found.cells if not cell.members)

    # --- nearly optimal for training --------------------------------------------------------------------------------

    def epsilon_set(
        self,
        eps: object = 0,
        *,
        levels: Mapping[str, Mapping[str, object]] | None = None,
        weights: Mapping[str, object] | None = None,
    ) -> Derivation:
        """Return the derivation from the members whose training score is at most ``eps`` below the best.

        Args:
            eps: the greatest loss of training score that the evidence allows.
            levels: name -> what differs there, as for the environments of `alignment`. A member then loses its greatest
                regret over levels, as in training by minimax regret, and ``eps`` is above the least loss in the family.
            weights: the weights of levels; a member then loses the weighted mean instead.

        Raises:
            NotApplicable: training scores nothing, a level has no weight, or a weight names no level.

        """
        item = Scored(number_of(eps), "process") if levels is None else on_levels(eps, levels, weights)
        judging = replace(self.judging, evidence=(*self.evidence, item))
        return _derived(self.training, self.family, judging, self.how, self.ties)

    def entries(self) -> dict[str, Any]:
        """Return for each specification the smallest ε whose ε-set contains it.

        Raises:
            NotApplicable: training scores nothing.

        """
        if any(member.score is None for member in self.members):
            raise NotApplicable(NO_SCORE)
        lost: dict[str, Any] = {}
        for member in self.members:
            loss = member.best - member.score
            lost[member.name] = min(loss, lost.get(member.name, loss))
        return lost

    # --- telling ----------------------------------------------------------------------------------------------------

    def to_json(self) -> dict[str, Any]:
        """Return prior, evidence, classes, claims and the posterior of specifications as plain data."""
        return {
            "prior": self.family.prior_text,
            "evidence": list(map(str, self.evidence)),
            "kind": self.kind,
            "classes": {kind: p.to_json() for kind, p in self.classes.items()},
            "claims": {claim: p.to_json() for claim, p in self.claims.items()},
            "members": [{"name": m.name, "class": m.kind, "does": m.conduct.to_text()} for m in self.members],
        }

    def to_text(self) -> str:
        """Return prior, evidence, the classes with their probabilities, what is certain and what is possible."""
        width = max(map(len, (*self.classes, *CLAIMS)))
        lines = [f"prior: {self.family.prior_text}", f"evidence: {'; '.join(map(str, self.evidence)) or 'none'}"]
        lines += [f"{kind:{width}}  {p}" for kind, p in self.classes.items()]
        lines += [f"certain: {', '.join(c for c in self.claims if self.certain(c)) or 'none of the claims asked'}"]
        lines += [
            f"{claim:{width}}  {p}"
            for claim, p in self.claims.items()
            if p.possible and not p.certain and claim not in self.classes
        ]
        lines += [f"without an answer: {cell.name}, {cell.why}" for cell in self.unanswered[:1]]
        return "\n".join(lines)

    def to_html(self) -> str:
        """Return prior and evidence, then a table of classes and claims with their probabilities."""
        rows = [["class", kind, str(p)] for kind, p in self.classes.items()]
        rows += [["claim", claim, str(p)] for claim, p in self.claims.items() if claim not in self.classes]
        caption = f"prior: {self.family.prior_text}; evidence: {'; '.join(map(str, self.evidence)) or 'none'}"
        return html_table(["", "", "probability"], rows, "lll", caption)

    def __repr__(self) -> str:
        found = ", ".join(f"{kind} {p}" for kind, p in self.classes.items())
        return f"Derivation({found})"


def derive(
    training: TrainingProcess,
    family: Family,
    evidence: Item | Iterable[Item] = (),
    *,
    ties: Ties = "bounds",
    method: Kind | None = None,
    width: object = "1/100",
    seed: int | None = None,
    draws: int = 2_000,
    environments: Mapping[str, Mapping[str, object]] | None = None,
    about: str | None = None,
    truth: object = None,
    judge: str | Sequence[str] = "base",
    rationality: object = None,
) -> Derivation:
    r"""Return every mesa-optimizer of a family that fits the training and the evidence, with the posterior.

    :math:`P(C \mid E) = \sum p_\sigma \lambda_\sigma(b)\ell(b)1[C] / \sum p_\sigma \lambda_\sigma(b)\ell(b)`, over
    specifications :math:`\sigma` and behaviours b. :math:`\lambda_\sigma` is the way to break ties; it is unknown, so
    the answer is the interval over all ways.

    Source: ours; Bayesian as in Ramachandran and Amir 2007, over what a process may yield.

    Args:
        training: the training process.
        family: from `cidmesa.families`, with its prior.
        evidence: a piece from `cidmesa.evidence`, or several.
        ties: "bounds" considers every way to break ties; "even" weighs behaviours evenly.
        method: "exact", "bounds" or "estimate"; if left out, the best that applies.
        width: with bounds, the share of the coefficients that may stay undecided.
        seed: the seed of an estimate, which needs one.
        draws: the number of draws of an estimate.
        environments: as for `alignment`.
        about: as for `alignment`.
        truth: as for `alignment`.
        judge: as for `alignment`.
        rationality: beta, if behaviour is a soft response (`soft_deception`); classes are still those of rational
            plans.

    Raises:
        ComposeError: the first argument is not a training process, or the second is not a family.
        NotApplicable: the method does not apply, or nothing fits the evidence (raised when a probability is asked for).

    >>> import cidmesa as cm
    >>> spec = cm.MesaSpec(target="0", scope="updates")
    >>> features = {"x": {1: "A1 == 'b'"}, "y": {2: "A2 == 'b'", 3: "A3 == 'b'"}}
    >>> family = cm.families.objectives(features, cm.families.box(-1, 1), spec)
    >>> found = derive(cm.builders.episodes(1, 2), family, [cm.evidence.acted({"A1": "a"})])
    >>> found
    Derivation(deceptive 3/11, proxy 4/11, internal 4/11)
    >>> found.certain("complies"), found.possible("deceives"), found.probability("bad").value
    (True, True, Fraction(7, 11))

    """
    if not isinstance(training, TrainingProcess):
        remedy = "Make one by cm.training(model, actions=..., learner=...); of a scenario pass .training."
        raise ComposeError(wrong_type("derive", "a training process", training, remedy))
    if not hasattr(family, "found"):
        remedy = "Make one by cm.families.specifications(...), objectives(...) or mixture(...)."
        raise ComposeError(wrong_type("derive", "a family", family, remedy))
    check_word("ties", ties, ("bounds", "even"))
    if method is not None:
        check_word("method", method, ("exact", "bounds", "estimate"))
    beta = None if rationality is None else number_of(rationality)
    pieces = evidence if isinstance(evidence, Iterable) else [evidence]
    judging = Judging(tuple(pieces), environments or {}, about, truth, judge, beta)
    return _derived(training, family, judging, How(method, Fraction(number_of(width)), seed, draws), ties)


def _derived(training: TrainingProcess, family: Family, judging: Judging, how: How, ties: Ties) -> Derivation:
    found = _raised(family.found(training, judging, how))
    return Derivation(training, family, judging.evidence, ties, judging, how, found)


def _raised(found: Partition) -> Partition:
    """Return what was found, unless evidence does not apply to some member.

    Raises:
        CidmesaError: some piece of evidence does not apply to some member.

    """
    for member in (member for cell in found.cells for member in cell.members):
        if member.fault is not None:
            raise member.fault
    return found
