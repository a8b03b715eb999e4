"""`compare`: where the prediction of a composition fails, and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from cidmesa.display import Tells, html_mark, html_table
from cidmesa.errors import NotApplicable
from cidmesa.frozen import Frozen
from cidmesa.modelling.inference import weights
from cidmesa.modelling.numbers import show, to_float
from cidmesa.modelling.policy import Policy, Rule
from cidmesa.runs.behaviour import behaviour, objectives
from cidmesa.runs.learners import Learner
from cidmesa.runs.scope import credit_scope
from cidmesa.runs.significance import adjusted, lower_bound, response, upper_bound
from cidmesa.solving.utility import expected_utility

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cidmesa.mesa.composition import Composition
    from cidmesa.mesa.objectives import Targets
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import State
    from cidmesa.runs.arms import Reading
    from cidmesa.runs.lab import Lab

__all__ = ["Prediction", "RunComparison", "compare", "goal_held"]

Verdict: TypeAlias = Literal["confirmed", "refuted", "undetermined"]
Cause: TypeAlias = Literal["world", "unfinished", "scope", "objective", "capability", "unknown"]
_SMALL_GAP, _DRAWN, _LIVES = 0.2, 4_999, 400


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
        return {
            "decision": self.decision,
            "context": {k: show(v) for k, v in self.context.items()},
            "options": list(map(show, self.options)),
            "runs": self.runs,
            "n": self.n,
            "verdict": self.verdict,
            "cause": self.cause,
            "because": self.because,
        }

    def to_text(self) -> str:
        """Return the prediction and its outcome."""
        where = f" where {', '.join(f'{k} = {show(v)}' for k, v in self.context.items())}" if self.context else ""
        why = f"; {self.cause}: {self.because}" if self.cause else ""
        done = " or ".join(map(show, self.options))
        return f"{self.decision} does {done}{where}: {self.verdict} ({self.runs} of {self.n} runs{why})"


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
        return "\n".join(
            [
                ", ".join(f"{count} {verdict}" for verdict, count in counts.items()),
                *(f"  {p}" for p in self.predictions),
            ]
        )

    def to_html(self) -> str:
        """Return the predictions as a table."""
        mark = {"confirmed": "yes", "refuted": "no", "undetermined": "?"}
        rows = [
            [
                p.decision,
                ", ".join(f"{k} = {show(v)}" for k, v in p.context.items()),
                " or ".join(map(show, p.options)),
                f"{p.runs} of {p.n}",
                html_mark(mark[p.verdict]),
                p.cause or "",
            ]
            for p in self.predictions
        ]
        return html_table(["decision", "where", "predicted", "runs", "confirmed", "cause"], rows, "lllrcl")


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
    n = next(k for k in range(1, 200) if lower_bound(k, k, level) > 1 / 2) if n is None else n
    reading = lab.read([arm := lab.arm()], n, seed)[arm]
    why = _Why(composition, lab, reading, expected, level, targets, tuple(goals), seed)
    return RunComparison(tuple(why.judged(decision, place) for decision, place in expected), alpha)


Place: TypeAlias = "tuple[str, tuple[int, ...]]"


def _expected(model: Model, policies: Sequence[Policy], lab: Lab) -> dict[Place, list[bool]]:
    """Return the options that some rational policy takes in each context that one reaches."""
    found: dict[Place, list[bool]] = {}
    shared = [d for d in model.cid.decisions if d in lab.shapes]
    if not shared:
        raise NotApplicable(
            f"the lab trains {', '.join(lab.learned)}, the composition decides "
            f"{', '.join(model.cid.decisions)}: they have no decision in common."
        )
    for decision in shared:
        if lab.shapes[decision].parents != model.cid.parents(decision):
            raise NotApplicable(
                f"{decision!r} sees {', '.join(lab.shapes[decision].parents) or 'nothing'} in the lab and "
                f"{', '.join(model.cid.parents(decision)) or 'nothing'} in the composition."
            )
        for policy in policies:
            reached = weights(model.with_policy(policy), lab.shapes[decision].parents)
            for place in zip(*np.nonzero(reached), strict=True) if reached.ndim else [()]:
                at = tuple(map(int, place))
                taken = [chance > 0 for chance in policy[decision].values[at].tolist()]
                before = found.setdefault((decision, at), [False] * len(taken))
                found[decision, at] = [a or b for a, b in zip(before, taken, strict=True)]
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

    def judged(self, decision: str, place: tuple[int, ...]) -> Prediction:
        rule, allowed, n = self.lab.shapes[decision], self.expected[decision, place], len(self.reading)
        number = int(np.ravel_multi_index(place, rule.values.shape[:-1])) if place else 0
        runs = int(self.reading.taken(decision)[:, number, :-1][:, allowed].sum())
        context = {p: states[i] for p, states, i in zip(rule.parents, rule.domains, place, strict=True)}
        options = tuple(option for option, may in zip(rule.options, allowed, strict=True) if may)
        found = Prediction(decision, context, options, runs, n, "undetermined")
        if lower_bound(runs, n, self.level) > 1 / 2:
            return replace(found, verdict="confirmed")
        if upper_bound(runs, n, self.level) >= 1 / 2:
            return found
        cause, because = next(self._causes(decision, place, number))
        return replace(found, verdict="refuted", cause=cause, because=because)

    def _causes(self, decision: str, place: tuple[int, ...], number: int) -> Iterator[tuple[Cause, str]]:
        if wrong := self._world:
            yield "world", wrong
        if wrong := self._unfinished(decision, place, number):
            yield "unfinished", wrong
        held = self._held
        (most, count), *_ = Counter(held).most_common(1) or [(None, 0)]
        if most is not None and most != self.goals[0]:
            yield "objective", f"{count} of {len(held)} runs hold {most} strictly"
        if wrong := self._scope:
            yield "scope", wrong
        if not held:
            yield "unknown", "list objectives (targets=, goals=) to tell another objective from none"
        yield "capability", f"{held.count(None)} of {len(held)} runs hold none of the objectives strictly"

    @cached_property
    def _world(self) -> str:
        """Return the mechanism that what happened contradicts most, if any does (exact multinomial tests, Holm)."""
        if self.lab.bench is None:
            lives = [life for run in self.reading.runs for life in run.lives]
        else:
            lives = [life for run in self.lab.lived(self.reading, _LIVES, self.seed) for life in run]
        tests = list(_mechanism_tests(self.composition.objective_twin, lives, self.seed)) if lives else []
        raised = adjusted([p for p, _ in tests])
        least = min(range(len(tests)), key=raised.__getitem__, default=None)
        wrong = least is not None and raised[least] <= self.level
        return f"{tests[least][1]} is not as in the model" if wrong and least is not None else ""

    def _unfinished(self, decision: str, place: tuple[int, ...], number: int) -> str:
        gap = self._gap(decision, place)
        if gap < _SMALL_GAP:
            return f"little depends on it: the next best option loses {gap:.0%}"
        trainer = self.lab.trainer
        if isinstance(trainer, Learner):
            half = replace(self.lab, trainer=replace(trainer, lives=max(trainer.batch, trainer.lives // 2)))
            before = half.read([arm := half.arm()], len(self.reading), self.seed + 1)[arm]
            taken = [r.taken(decision)[:, [number]] for r in (before, self.reading)]
            if response(*taken).p <= self.level:
                return "half of the training does something else"
        return ""

    def _gap(self, decision: str, place: tuple[int, ...]) -> float:
        """Return the least share of its value that any other option here would cost, all else being the same."""
        model, policy = self.composition.model, self.composition.optimal_policies()[0]
        agent, rule = str(model.cid.agent(decision)), policy[decision]
        best = float(expected_utility(model, policy, agent))
        losses = []
        for i, may in enumerate(self.expected[decision, place]):
            if not may:
                values = to_float(rule.values).copy()
                values[place] = np.eye(len(rule.options))[i]
                other = Rule(decision, rule.parents, rule.domains, rule.options, values)
                losses.append(best - float(expected_utility(model, policy.merged(Policy((other,))), agent)))
        return min(losses, default=0.0) / (abs(best) or 1.0)

    @cached_property
    def _scope(self) -> str:
        if self.lab.bench is None:
            return ""
        found = credit_scope(self.lab, seed=self.seed)
        reaches = max((k - found.place[d] for d, k in found.matrix), default=0)
        wanted = min(self.composition.spec.span, reaches)
        return f"credit reaches {found.reach} updates" if found.reach not in (None, wanted) else ""

    @cached_property
    def _held(self) -> list[str | None]:
        """The listed objective that each run holds strictly."""
        if self.targets is None or not self.goals:
            return []
        model = self.composition.model
        seen = behaviour(self.lab, model, n=len(self.reading), seed=self.seed)
        return [goal_held(cone, self.goals) for cone in objectives(model, seen, self.targets, alpha=self.level)]


def goal_held(cone: Any, goals: Sequence[str]) -> str | None:
    """Return the first objective strictly inside a cone: it makes a known best option better."""
    for goal in goals:
        values = [float(v) for v in cone.values(goal)]
        (piece,) = cone.pieces
        gains = [sum(float(a) * b for a, b in zip(row, values, strict=True)) for row in (*piece.rows, *piece.ties)]
        if cone.contains(goal) and gains and any(g > 1e-9 for g in gains):
            return goal
    return None


def _mechanism_tests(model: Model, lives: Sequence[Mapping[str, State]], seed: int) -> Iterator[tuple[float, str]]:
    """Yield for each mechanism and context a p-value of what happened, and their names."""
    rng = np.random.default_rng([seed, 1])
    for node in model.cid.nodes:
        parents = model.cid.parents(node)
        if model.cid.kind(node) != "chance" or any(name not in lives[0] for name in (*parents, node)):
            continue
        counts = Counter((*(life[p] for p in parents), life[node]) for life in lives)
        domains = [model.domains[p] for p in parents]
        for place in product(*(range(len(d)) for d in domains)):
            context = tuple(d[i] for d, i in zip(domains, place, strict=True))
            seen = np.array([counts[*context, state] for state in model.domains[node]])
            chances = to_float(model.tables[node].values)[place]
            if (seen.sum() and (chances < 1).all()) or seen @ (chances == 0):
                where = ", ".join(f"{p} = {show(s)}" for p, s in zip(parents, context, strict=True))
                yield _multinomial(seen, chances, rng), f"{node}{' where ' * bool(where)}{where}"


def _multinomial(seen: Any, chances: Any, rng: Any) -> float:
    """Return the share of drawn samples that are at most as likely as what was seen, itself included."""
    if seen @ (chances == 0):
        return 1 / (_DRAWN + 1)
    drawn = rng.multinomial(int(seen.sum()), chances, size=_DRAWN)
    logs = np.log(np.where(chances > 0, chances, 1))
    factorials = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, seen.sum() + 1)))])
    likely = [(sample * logs).sum(-1) - factorials[sample].sum(-1) for sample in (drawn, seen)]
    return float((1 + (likely[0] <= likely[1] + 1e-9).sum()) / (_DRAWN + 1))
