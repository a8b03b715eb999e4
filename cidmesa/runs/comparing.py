"""`compare`: where the prediction of a composition fails, and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from cidmesa.display import Tells, html_mark, html_table
from cidmesa.errors import NotApplicable
from cidmesa.frozen import Frozen
from cidmesa.modelling.inference import weights
from cidmesa.modelling.numbers import setting_text, show, to_float
from cidmesa.modelling.policy import Policy
from cidmesa.runs.behaviour import behaviour, goals_held
from cidmesa.runs.learners import Learner
from cidmesa.runs.scope import credit_scope
from cidmesa.runs.significance import adjusted, majority, multinomial, response
from cidmesa.solving.utility import expected_utility

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cidmesa.mesa.composition import Composition
    from cidmesa.mesa.objectives import Targets
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import State
    from cidmesa.runs.arms import Reading
    from cidmesa.runs.lab import Lab

__all__ = ["Prediction", "RunComparison", "compare"]

Verdict: TypeAlias = Literal["confirmed", "refuted", "undetermined"]
Cause: TypeAlias = Literal["world", "unfinished", "scope", "objective", "capability", "unknown"]
Place: TypeAlias = "tuple[str, int]"  # a decision, and the number of a context
_SMALL_GAP, _LIVES = 0.2, 400


@dataclass(frozen=True, repr=False)
class Prediction(Frozen, Tells):
    """The predicted option of a decision in a context, and the number of runs that take it.

    ``cause``: the first cause found for a refutation: the "world" differs from the model, training is "unfinished", the
    "objective" is another listed one, the "scope" of credit differs, or the runs show no objective ("capability"). It
    is "unknown" if no objectives were listed. Scope comes after objective, because the reach of credit shows only if
    the objective gives a reason to look that far.
    """

    decision: str
    context: Mapping[str, State]
    options: tuple[State, ...]
    runs: int
    n: int
    verdict: Verdict
    cause: Cause | None = None
    because: str = ""

    def __bool__(self) -> bool:
        return self.verdict == "confirmed"

    def to_json(self) -> dict[str, Any]:
        """Return the prediction as plain data."""
        context, options = {k: show(v) for k, v in self.context.items()}, list(map(show, self.options))
        told = {name: getattr(self, name) for name in ("runs", "n", "verdict", "cause", "because")}
        return {"decision": self.decision, "context": context, "options": options} | told

    def to_text(self) -> str:
        """Return the prediction and its outcome."""
        _, where, done, runs, *_ = self.row
        why = f"; {self.cause}: {self.because}" if self.cause else ""
        return f"{self.decision} does {done}{' where ' * bool(where)}{where}: {self.verdict} ({runs} runs{why})"

    @property
    def row(self) -> list[str]:
        """The cells of the prediction in a table."""
        where, done = setting_text(self.context), " or ".join(map(show, self.options))
        mark = {"confirmed": "yes", "refuted": "no", "undetermined": "?"}[self.verdict]
        return [self.decision, where, done, f"{self.runs} of {self.n}", html_mark(mark), self.cause or ""]


@dataclass(frozen=True, repr=False)
class RunComparison(Frozen, Tells):
    """All predictions of a composition, compared with what trained systems do; true if all are confirmed."""

    predictions: tuple[Prediction, ...]
    alpha: float

    def __bool__(self) -> bool:
        return all(self.predictions)

    @property
    def refuted(self) -> tuple[Prediction, ...]:
        """The predictions that failed."""
        return tuple(p for p in self.predictions if p.verdict == "refuted")

    def to_json(self) -> dict[str, Any]:
        """Return the predictions as plain data."""
        return {"alpha": self.alpha, "predictions": [p.to_json() for p in self.predictions]}

    def to_text(self) -> str:
        """Return a line for each prediction."""
        counts = Counter(p.verdict for p in self.predictions)
        head = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
        return "\n".join([head, *(f"  {p}" for p in self.predictions)])

    def to_html(self) -> str:
        """Return the predictions as a table."""
        head = ["decision", "where", "predicted", "runs", "confirmed", "cause"]
        return html_table(head, [p.row for p in self.predictions], "lllrcl")


def compare(
    composition: Composition,
    lab: Lab,
    n: int | None = None,
    *,
    targets: Targets | None = None,
    goals: Sequence[str] = (),
    alpha: float = 0.05,
    seed: int = 0,
) -> RunComparison:
    """Return where trained systems do what a composition predicts, where they do not, and why.

    For each decision and each context that some rational policy reaches, the analysis bounds the share of the runs
    whose most probable option is one that some rational policy takes. The prediction is *confirmed* if the lower bound
    is above one half, *refuted* if the upper bound is below it, and otherwise *undetermined*. All bounds are at
    ``alpha`` divided by the number of contexts. The causes of a refutation are tried in the order of `Prediction`.

    Args:
        composition: the mesa-optimizer that predicts, from `cidmesa.compose`.
        lab: the lab in which to train; its learned nodes are decisions of the composition.
        n: the number of runs; if left out, the least number that can confirm.
        targets: nodes that objectives may be about, as for `objectives`.
        goals: objectives over the targets of the first episode; the first is the predicted one.
        alpha: the joint level of all bounds.
        seed: the seed of the runs.

    Raises:
        NotApplicable: the lab trains none of the decisions, or its decisions observe other nodes.

    Source: ours.

    >>> import cidmesa as cm
    >>> c = cm.compose(cm.builders.episodes(1, 1, mu=0), cm.MesaSpec(target="A == 'b'", scope="episode"))
    >>> print(compare(c, cm.runs.lab(c)))
    2 confirmed
      D_A1 does b: confirmed (6 of 6 runs)
      D_A2 does b: confirmed (6 of 6 runs)
    """
    expected = _expected(composition.model, composition.optimal_policies(), lab)
    level = alpha / len(expected)
    n = next(k for k in range(1, 200) if majority(k, k, level)) if n is None else n
    reading = lab.read([arm := lab.arm()], n, seed)[arm]
    why = _Why(composition, lab, reading, expected, level, targets, tuple(goals), seed)
    return RunComparison(tuple(map(why.judged, expected)), alpha)


def _expected(model: Model, policies: Sequence[Policy], lab: Lab) -> dict[Place, list[bool]]:
    """Return the options that some rational policy takes in each context that one reaches."""
    found: dict[Place, list[bool]] = {}
    if not (shared := [d for d in model.cid.decisions if d in lab.shapes]):
        raise NotApplicable(
            f"the lab trains {', '.join(lab.learned)}, the composition decides "
            f"{', '.join(model.cid.decisions)}: they have no decision in common."
        )
    for decision in shared:
        here, there = lab.shapes[decision].parents, model.cid.parents(decision)
        if here != there:
            seen = [", ".join(parents) or "nothing" for parents in (here, there)]
            raise NotApplicable(f"{decision!r} sees {seen[0]} in the lab and {seen[1]} in the composition.")
        for policy in policies:
            taken = policy[decision].values.reshape(-1, len(model.domains[decision])) > 0
            for number in np.flatnonzero(weights(model.with_policy(policy), here)).tolist():
                found[decision, number] = (taken[number] | found.get((decision, number), False)).tolist()
    return found


@dataclass(frozen=True)
class _Why:
    """Judges predictions, and looks for what is wrong where one is refuted."""

    composition: Composition
    lab: Lab
    reading: Reading
    expected: Mapping[Place, list[bool]]
    level: float
    targets: Targets | None
    goals: tuple[str, ...]
    seed: int

    def judged(self, place: Place) -> Prediction:
        (decision, number), allowed, n = place, self.expected[place], len(self.reading)
        runs = int(self.reading.taken(decision)[:, number, :-1][:, allowed].sum())
        options = tuple(option for option, may in zip(self.lab.shapes[decision].options, allowed, strict=True) if may)
        most = majority(runs, n, self.level)
        verdict: Verdict = "undetermined" if most is None else "confirmed" if most else "refuted"
        why = next(self._causes(place)) if verdict == "refuted" else ()
        return Prediction(decision, self.reading.contexts(decision)[number], options, runs, n, verdict, *why)

    def _causes(self, place: Place) -> Iterator[tuple[Cause, str]]:
        if wrong := self._world:
            yield "world", f"{wrong} is not as in the model"
        if wrong := self._unfinished(place):
            yield "unfinished", wrong
        held = self._held
        (most, count), *_ = Counter(held).most_common(1) or [(None, 0)]
        if most is not None and most != self.goals[0]:
            yield "objective", f"{count} of {len(held)} runs hold {most} strictly"
        if (reach := self._reach) is not None:
            yield "scope", f"credit reaches {reach} updates"
        if not held:
            yield "unknown", "list objectives (targets=, goals=) to tell another objective from none"
        yield "capability", f"{held.count(None)} of {len(held)} runs hold none of the objectives strictly"

    @cached_property
    def _world(self) -> str:
        """The mechanism that what happened contradicts most, if any does (exact multinomial tests, Holm)."""
        lives = [life for run in self.lab.watched(self.reading, _LIVES, self.seed) for life in run]
        tests = _mechanism_tests(self.composition.objective_twin, lives, self.seed) if lives else {}
        raised = dict(zip(tests, adjusted(list(tests.values())), strict=True))
        wrong = min(raised, key=raised.__getitem__, default="")
        return wrong if wrong and raised[wrong] <= self.level else ""

    def _unfinished(self, place: Place) -> str:
        if (gap := self._gap(place)) < _SMALL_GAP:
            return f"little depends on it: the next best option loses {gap:.0%}"
        trainer = self.lab.trainer
        if isinstance(trainer, Learner):
            half = replace(self.lab, trainer=replace(trainer, lives=max(trainer.batch, trainer.lives // 2)))
            before = half.read([arm := half.arm()], len(self.reading), self.seed + 1)[arm]
            if response(*(r.taken(place[0])[:, [place[1]]] for r in (before, self.reading))).p <= self.level:
                return "half of the training does something else"
        return ""

    def _gap(self, place: Place) -> float:
        """Return the least share of its value that any other option here would cost, all else being the same."""
        model, policy = self.composition.model, self.composition.optimal_policies()[0]
        (decision, number), agent = place, str(model.cid.agent(place[0]))
        rule, best, losses = policy[decision], float(expected_utility(model, policy, agent)), []
        for option in np.flatnonzero(np.logical_not(self.expected[place])):
            values = to_float(rule.values).reshape(-1, len(rule.options))
            values[number] = np.eye(len(rule.options))[option]
            other = policy.merged(Policy((replace(rule, values=values.reshape(rule.values.shape)),)))
            losses.append(best - float(expected_utility(model, other, agent)))
        return min(losses, default=0.0) / (abs(best) or 1.0)

    @cached_property
    def _reach(self) -> int | None:
        """The number of updates over which credit reaches, if that is not what the composition expects."""
        if self.lab.bench is None:
            return None
        found = credit_scope(self.lab, seed=self.seed)
        most = max((k - found.place[d] for d, k in found.matrix), default=0)
        return found.reach if found.reach != min(self.composition.spec.span, most) else None

    @cached_property
    def _held(self) -> tuple[str | None, ...]:
        """The listed objective that each run holds strictly."""
        if self.targets is None or not self.goals:
            return ()
        model = self.composition.model
        seen = behaviour(self.lab, model, n=len(self.reading), seed=self.seed)
        return goals_held(model, seen, self.targets, self.goals, self.level)


def _mechanism_tests(model: Model, lives: Sequence[Mapping[str, State]], seed: int) -> dict[str, float]:
    """Return for each mechanism and context that lives met the p-value of what happened there."""
    rng, found = np.random.default_rng([seed, 1]), {}
    for node in model.cid.nodes:
        parents = model.cid.parents(node)
        if model.cid.kind(node) != "chance" or any(name not in lives[0] for name in (*parents, node)):
            continue
        counts = Counter((*(life[p] for p in parents), life[node]) for life in lives)
        for place in np.ndindex(*(len(model.domains[p]) for p in parents)):
            context = {p: model.domains[p][i] for p, i in zip(parents, place, strict=True)}
            seen = np.array([counts[*context.values(), state] for state in model.domains[node]])
            chances = to_float(model.tables[node].values)[place]
            if (seen.any() and (chances < 1).all()) or seen @ (chances == 0):
                found[node + setting_text(context, " where ")] = multinomial(seen, chances, rng)
    return found
