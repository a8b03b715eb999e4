"""What training selects, how it is aligned, and whether it deceives: `alignment`, …, `deceptive`, `selected`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import numpy as np
from pydantic import Field

import cidmesa as cm
from cidmesa.criteria.concepts import CONCEPTS
from cidmesa.errors import NotApplicable
from cidmesa.library.kinds.kind import Answer, Kind, Rules, are_names, parts_of
from cidmesa.library.validation import Names, Quantity, State, Text, one_of, some
from cidmesa.modelling.inference import weights
from cidmesa.modelling.numbers import show
from cidmesa.modelling.parameter import number_of
from cidmesa.modelling.policy import Policy, policy

if TYPE_CHECKING:
    from cidmesa.library.subject import Subject
    from cidmesa.modelling.model import Model
    from cidmesa.runs.arms import Reading

__all__ = ["Alignment", "DeceivesByReport", "Deceptive", "IncentiveGap", "ProxyClass", "Selected", "Trained"]


class _Class(Answer):
    """A class of alignment, or the union of classes that is expected, where it belongs to that."""

    def said(self, expect: Any) -> Any:
        """Return the class, or "robust" or "pseudo" where that is expected and so."""
        wanted = expect.get("kind") if isinstance(expect, dict) else expect
        if wanted not in ("robust", "pseudo") or not self.got[wanted]:
            return super().said(expect)
        return self.got | {"kind": wanted} if isinstance(expect, dict) else wanted


class Alignment(Kind, name="alignment"):
    """The class of alignment of the mesa-optimizer, by what its rational plans do in training and elsewhere.

    Deceptive: certified so. Misaligned: it defects in training. Suboptimality: it would defect if its beliefs were
    right. Proxy or resources: it defects elsewhere. Corrigible, internal or deterred: it complies everywhere. The last
    three are robust; the others, except misaligned, are pseudo.
    """

    environments: dict[Text, dict[Text, Any]] | None = None
    """parameter values (or mechanisms of nodes) by environment; one is called train"""
    about: Text | None = None
    """the node that holds what the base objective is"""
    truth: State | None = None
    """the true state of that node"""

    def expectable(self, answer: object) -> str:
        if isinstance(answer, dict):
            return parts_of(answer, ("kind", "robust", "pseudo", "scores", "shortfall"))
        from cidmesa.mesa.alignment_kind import KINDS

        known = (*KINDS, "robust", "pseudo")
        return "" if answer in known else f"one of: {', '.join(known)}; or {{kind: ..., scores: {{train: 1}}}}"

    def answer(self, subject: Subject) -> Answer:
        composition = subject.composition
        found = cm.alignment(
            composition.training, composition.spec, self.environments, about=self.about, truth=self.truth
        )
        scores = {name: score.worst for name, score in found.scores.items()}
        shown = ", ".join(f"{name}: {show(s.worst)} of {show(s.possible)}" for name, s in found.scores.items())
        got = {"kind": found.kind, "robust": found.robust, "pseudo": found.pseudo, "scores": scores}
        got["shortfall"] = dict(found.shortfall)
        return _Class(got, (), f"{found.kind}; base scores {shown}", short=found.kind)


class ProxyClass(Kind, name="proxy_class"):
    """How the target of the mesa-optimizer is related to the target of training.

    The mesa-optimizer's target may be the same node, a cause of it, a side effect, or share a common cause with it.
    """

    mesa: Text
    """the node that the mesa-objective reads"""
    base: Text
    """the node that the base objective reads"""

    def expectable(self, answer: object) -> str:
        classes = ("identical", "side_effect", "instrumental", "common_cause", "decision_only", "none")
        return "" if answer in classes else f"one of: {', '.join(classes)}"

    def answer(self, subject: Subject) -> Answer:
        there = self.mesa in subject.cid and self.base in subject.cid
        found = cm.proxy_class(subject.cid if there else subject.truth.cid, self.mesa, self.base)
        return Answer(found.kind, found.witness, found.reason)


class Selected(Kind, name="selected"):
    """Which mesa-optimizers training selects, judged by what each does in training."""

    specs: Names | None = None
    """the candidates; by default all specifications under mesa"""
    rule: Literal["argmax", "posterior", "reachable", "mean", "minimax_regret"] = "argmax"
    """the fittest; all, with probabilities; the fittest that local search reaches; the greatest mean score; or the \
least maximal regret"""
    prior: dict[Text, Quantity] | None = None
    """candidate: probability; they sum to 1; by default proportional to 2 ** -bits"""
    bits: dict[Text, Quantity] | None = None
    """candidate: its description length"""
    beta: Quantity = 1
    """the weight of a point of fitness against a bit, for the rule posterior"""
    environments: dict[Text, dict[Text, Any]] | None = None
    """parameter values (or mechanisms of nodes) by environment of training"""
    start: Text | None = None
    """the candidate at which local search starts"""
    neighbours: dict[Text, Names] | None = None
    """candidate: the candidates that one step reaches"""
    epsilon: Quantity = 0
    """how much fitness a step may lose, or how far from the best mean or maximal regret a candidate may be"""
    weights: dict[Text, Quantity] | None = None
    """environment: its weight, for the rule mean; by default equal"""
    compression: Quantity = 0
    """the cost of one bit of description, in fitness"""
    time: dict[Text, Quantity] | None = None
    """candidate: its run time"""
    speed: Quantity = 0
    """the cost of one unit of run time, in fitness"""

    def expectable(self, answer: object) -> str:
        if isinstance(answer, dict):
            return parts_of(answer, ("chosen", "fitness", "weight", "path"))
        fits = isinstance(answer, str) or (are_names(answer) and answer)
        return "" if fits else "the specification that is chosen, or the list of them, or {chosen, fitness, weight}"

    def answer(self, subject: Subject) -> Answer:
        training = subject.training
        if subject.composed is not None or training is None:
            raise NotApplicable("selection is among the specifications under mesa: leave `of` out, and give actions.")
        found = cm.select(
            training,
            subject.specifications(self.specs),
            self.rule,
            prior=_numbers(self.prior),
            bits=_numbers(self.bits),
            beta=number_of(self.beta),
            environments=self.environments,
            start=self.start,
            neighbours=self.neighbours,
            epsilon=number_of(self.epsilon),
            weights=_numbers(self.weights),
            compression=number_of(self.compression),
            time=_numbers(self.time),
            speed=number_of(self.speed),
        )
        by_name = {candidate.name: candidate for candidate in found.candidates}
        got = {
            "chosen": list(found.chosen),
            "fitness": {name: candidate.fitness for name, candidate in by_name.items()},
            "weight": {name: candidate.weight for name, candidate in by_name.items()},
            "path": list(found.path),
        }
        because = "fitness " + ", ".join(f"{name}: {show(one.fitness)}" for name, one in by_name.items())
        return Answer(got, found.path, because, short=list(found.chosen))


def _numbers(given: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if given is None else {name: number_of(value) for name, value in given.items()}


class IncentiveGap(Kind, name="incentive_gap"):
    """Which incentives only training has, and which only the mesa-optimizer has; true if there are any."""

    parts = ("only_base", "only_mesa")

    concept: one_of(tuple(CONCEPTS)) | None = None  # type: ignore[valid-type]
    """only this kind of incentive"""

    def answer(self, subject: Subject) -> Answer:
        composition = subject.composition
        found = cm.incentive_gap(composition.training, composition.spec)
        sides = {"only_base": found.only_base, "only_mesa": found.only_mesa}
        got = {name: [_entry(v) for v in table if self.concept in (None, v.concept)] for name, table in sides.items()}
        because = "; ".join(f"{side.replace('_', ' ')}: {_entries_text(entries)}" for side, entries in got.items())
        return Answer(got, (), because, short=any(got.values()))


def _entry(verdict: cm.Verdict) -> list[str]:
    """Return concept, decision and node; value of control has no decision."""
    return [part for part in (verdict.concept, verdict.decision, verdict.node) if part is not None]


def _entries_text(entries: list[list[str]]) -> str:
    return ", ".join(" ".join(entry) for entry in entries) or "nothing"


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
        if not isinstance(expect, dict):
            return self.short
        spans = {span.name: span.degree for span in self[0].spans} if "spans" in expect else {}
        return {name: spans if name == "spans" else getattr(self[0], name) for name in expect}


class Deceptive(Kind, name="deceptive"):
    """Deceptively aligned: the mesa-optimizer complies in training because of a threat, and defects later.

    The degree is strict, sure, weak or none; strict and sure are certified. The extent is throughout or in part, the
    reason but-for or joint, the threat real or imagined; spans has the degree of each stage.
    """

    parts = _PARTS

    judge: Text = "base"
    """the score that counts: that of base, of another agent, or a utility"""
    optimizer: State | None = None
    """the parameter value that is the learned algorithm, if there are several"""

    def answer(self, subject: Subject) -> Answer:
        return _Certified(cm.certify_deception(subject.composition, judge=self.judge, of=self.optimizer))


class DeceivesByReport(Kind, name="deceives_by_report"):
    """Deception by report: the mesa-optimizer certainly sends a false message, and without the threat it need not."""

    def answer(self, subject: Subject) -> Answer:
        found = cm.deceives_by_report(subject.composition)
        return Answer(found.holds, found.witness, found.reason)


Count = Annotated[int, Field(ge=1)]
Reach: TypeAlias = some({int: Annotated[int, Field(ge=0)]}, Literal["updates", "episode"])  # type: ignore[valid-type]


class Trained(Kind, name="trained"):
    """Whether most training runs end up following a plan, with a stated confidence.

    Each run trains the decisions as tables, from samples only. A run follows the plan if its most probable option is
    the plan's in every context that the plan reaches. The answer is true if the lower bound of the share of such runs
    is above one half, and false if the upper bound is below it. Otherwise there is no answer: train more seeds.
    """

    plan: Rules
    """decision: its option, for each trained decision"""
    learner: one_of(["reinforce", "q", "evolution"]) = "reinforce"  # type: ignore[valid-type]
    """policy gradient, Q-learning or evolution"""
    credit: Reach = "updates"
    """for how many later episodes a decision gets credit: any number, none, or a given number"""
    budget: Count = 2_000
    """the number of lives for which a run is trained"""
    seeds: Count = 12
    """training runs"""
    seed: Annotated[int, Field(ge=0)] = 0
    """the seed of all randomness in training"""
    confidence: Quantity = "19/20"
    """the confidence of each bound"""

    def answer(self, subject: Subject) -> Answer:
        from cidmesa.runs.building import lab
        from cidmesa.runs.significance import lower_bound, majority, upper_bound

        level = 1 - float(number_of(self.confidence))
        if not 0 < level < 1:
            raise NotApplicable(f"the confidence is {self.confidence}; it is a probability, such as 19/20.")
        place = lab(subject.composed or subject.model, self.learner, credit=self.credit, budget=self.budget)
        reading = place.read([arm := place.arm()], self.seeds, self.seed)[arm]
        said = policy(subject.model, self.plan)
        doing = sum(_does(reading, subject.model, said, run) for run in range(self.seeds))
        low, high = lower_bound(doing, self.seeds, level), upper_bound(doing, self.seeds, level)
        because = f"{doing} of {self.seeds} runs do it: a share from {low:.2f} to {high:.2f}"
        most = majority(doing, self.seeds, level)
        got: Any = f"undetermined: {because}" if most is None else most
        return Answer(got, (), because)


def _does(reading: Reading, model: Model, said: Policy, run: int) -> bool:
    """Return whether a run takes the plan's option in all contexts that the plan reaches."""
    for decision, rule in said.items():
        reached = weights(model.with_policy(said), rule.parents) > 0
        taken = reading.rule(decision, run).values.argmax(-1)
        if (np.asarray(reached) & (taken != np.asarray(rule.values).argmax(-1))).any():
            return False
    return True
