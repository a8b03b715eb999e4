"""Which mesa-objective training selects: by score, by prior and score, by greatest regret, or by what is in reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import exp
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from cidmesa.display import Tells
from cidmesa.errors import ComposeError, check_word, near_miss, not_there
from cidmesa.frozen import Frozen
from cidmesa.mesa.alignment_kind import base_scores
from cidmesa.mesa.compose import compose
from cidmesa.mesa.scores import for_base, placed
from cidmesa.modelling.numbers import Number, show
from cidmesa.modelling.parameter import number_of
from cidmesa.solving.optimal.solution import solve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cidmesa.mesa.composition import Composition
    from cidmesa.mesa.spec import MesaSpec
    from cidmesa.mesa.training import TrainingProcess

_SUM = 1e-9  # how far float probabilities may be from summing to 1

__all__ = ["Candidate", "Selection", "select"]

SelectionRule: TypeAlias = Literal["argmax", "posterior", "reachable", "mean", "minimax_regret"]


@dataclass(frozen=True)
class Candidate(Frozen):
    """A mesa-optimizer that training may select.

    ``scores``: environment -> base score (in "train" what training can score). ``fitness``: what selection sees, the
    training score less the prices of bits and time; in its place for "mean" the mean score over environments, for
    "minimax_regret" minus the greatest regret.
    ``weight``: its share of the selection.
    """

    name: str
    scores: Mapping[str, Number]
    bits: Number
    fitness: Number
    weight: Number


@dataclass(frozen=True, repr=False)
class Selection(Tells):
    """What training selects: ``chosen`` are the candidates of greatest fitness (of greatest weight for "posterior").

    More than one candidate is chosen if training cannot tell them apart (unidentifiability). For "reachable",
    ``path`` says how local search reaches the first of them.

    Source: Hubinger et al. 2019, sections 2 and 3.

    >>> import cidmesa as cm
    >>> red = cm.load("hubinger2019/red-door")
    >>> cm.select(red.training, red.specs).chosen
    ('wants-red', 'wants-door')

    """

    rule: SelectionRule
    chosen: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    path: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Candidate:
        names = [candidate.name for candidate in self.candidates]
        if name not in names:
            raise KeyError(f"{name!r} is not a candidate.{near_miss(name, names)}")
        return self.candidates[names.index(name)]

    def to_json(self) -> dict[str, Any]:
        """Return rule, chosen names and candidates as plain data."""
        rows = [
            {
                "name": c.name,
                "scores": {e: show(s) for e, s in c.scores.items()},
                "bits": show(c.bits),
                "fitness": show(c.fitness),
                "weight": show(c.weight),
            }
            for c in self.candidates
        ]
        return {"rule": self.rule, "chosen": list(self.chosen), "path": list(self.path), "candidates": rows}

    def to_text(self) -> str:
        """Return the chosen candidates, and a line for each candidate."""
        rows = [f"  {c.name}: fitness {show(c.fitness)}, weight {show(c.weight)}" for c in self.candidates]
        by = f" (by way of {' -> '.join(self.path)})" if len(self.path) > 1 else ""
        return "\n".join([f"{self.rule}: {' or '.join(self.chosen)}{by}", *rows])


def select(
    training: TrainingProcess,
    specs: Mapping[str, MesaSpec],
    rule: SelectionRule = "argmax",
    *,
    prior: Mapping[str, Number | str] | None = None,
    bits: Mapping[str, Number] | None = None,
    beta: Number = 1,
    environments: Mapping[str, Mapping[str, object]] | None = None,
    start: str | None = None,
    neighbours: Mapping[str, Sequence[str]] | None = None,
    epsilon: Number = 0,
    weights: Mapping[str, Number | str] | None = None,
    compression: Number = 0,
    time: Mapping[str, Number] | None = None,
    speed: Number = 0,
) -> Selection:
    r"""Return which of several mesa-optimizers training selects, judged by their behaviour and never by their aims.

    The fitness is :math:`F = J_b - \lambda\,\mathrm{bits} - \tau\,\mathrm{time}`, with :math:`J_b` the training score
    of the worst optimal policy. "argmax": the greatest fitness; ties are all chosen, with weights by the prior p.
    "posterior": weights :math:`p\, e^{\beta F}`; "argmax" is its limit as :math:`\beta \to \infty`. "reachable": the
    greatest fitness among candidates reached from ``start`` by a path through ``neighbours`` on which no step loses
    more than ``epsilon``. "mean": the greatest weighted mean of base scores over the environments, up to ``epsilon``.
    "minimax_regret": the least :math:`\max_e [\max_\pi J_b^e(\pi) - J_b^e]` over the environments e, up to ``epsilon``;
    the fitness is its negative, less the prices. Source: Hubinger et al. 2019, section 2 (score, inductive bias,
    reachability) and the bilevel formula of section 3; see `selection_game` for the same as a game. Regret: Abdel Sadek
    et al. 2025, who show that approximately maximizing a mean may select a proxy, and minimax regret may not.

    Args:
        training: the training process.
        specs: the candidates by name.
        rule: "argmax", "posterior", "reachable", "mean" or "minimax_regret".
        prior: probabilities by name, which sum to 1; text such as "1/3" is exact. If left out, proportional to 2^-bits.
        bits: the description length by name; 0 if left out.
        beta: how strongly selection acts.
        environments: name -> what differs there, as for `alignment`. Selection uses "train"; "mean" and
            "minimax_regret" use all.
        start: the candidate at which local search starts.
        neighbours: name -> the candidates that one step of local search can reach.
        epsilon: how much a step of search may lose, or how far the mean or the greatest regret may be from the best.
        weights: for "mean", the weight of each environment; equal if left out.
        compression: the price lambda of a bit.
        time: the run time by name; 0 if left out.
        speed: the price tau of a unit of time.

    Raises:
        ComposeError: there is not a candidate, a name is not a candidate's, or an argument that "reachable" needs is
            missing.

    >>> import cidmesa as cm
    >>> red = cm.load("hubinger2019/red-door")
    >>> found = select(red.training, red.specs, environments={"train": {}, "deploy": {"rho": 0}})
    >>> found.chosen, found["wants-red"].scores["deploy"]
    (('wants-red', 'wants-door'), Fraction(0, 1))
    >>> select(red.training, red.specs, "posterior", bits={"wants-red": 3, "wants-door": 5}, beta=10).chosen
    ('wants-red',)
    >>> select(red.training, red.specs, "minimax_regret", environments={"train": {}, "deploy": {"rho": 0}}).chosen
    ('wants-door',)

    """
    _check(specs, rule, environments, *filter(None, (prior, bits, time, neighbours)))
    lengths = {name: (bits or {}).get(name, 0) for name in specs}
    odds = _odds(specs, prior, lengths)
    seconds = {name: (time or {}).get(name, 0) for name in specs}
    scores = {name: _scores(training, spec, environments or {"train": {}}) for name, spec in specs.items()}
    merit = _merits(training, specs, rule, environments or {"train": {}}, scores, weights)
    fitness = {n: merit[n] - compression * lengths[n] - speed * seconds[n] for n in specs}
    paths = _reached(start, neighbours, fitness, epsilon) if rule == "reachable" else {name: (name,) for name in specs}
    within = epsilon if rule in ("mean", "minimax_regret") else 0
    shares = _weights(rule, {name: fitness[name] for name in specs if name in paths}, odds, beta, within)
    chosen = _chosen(rule, shares)
    candidates = tuple(Candidate(n, scores[n], lengths[n], fitness[n], shares.get(n, 0)) for n in specs)
    return Selection(rule, chosen, candidates, paths[chosen[0]] if rule == "reachable" else ())


def _check(
    specs: Mapping[str, MesaSpec], rule: str, environments: Mapping[str, object] | None, *by_name: Mapping[str, object]
) -> None:
    if not specs or not isinstance(specs, Mapping):
        raise ComposeError("give the candidates by name, at least one: {'wants-red': cm.MesaSpec(...)}.")
    check_word("rule", rule, get_args(SelectionRule), ComposeError)
    for name in (name for mapping in by_name for name in mapping):
        if name not in specs:
            raise ComposeError(f"{name!r} is not a candidate.{near_miss(name, specs)} There are: {', '.join(specs)}.")
    if environments is not None and "train" not in environments:
        raise ComposeError(f"one environment must be called 'train'; given: {', '.join(environments) or 'none'}.")


def _scores(
    training: TrainingProcess, spec: MesaSpec, environments: Mapping[str, Mapping[str, object]]
) -> dict[str, Number]:
    return {
        name: _worst(compose(placed(training, edits), spec), in_training=name == "train")
        for name, edits in environments.items()
    }


def _merits(
    training: TrainingProcess,
    specs: Mapping[str, MesaSpec],
    rule: str,
    environments: Mapping[str, Mapping[str, object]],
    scores: Mapping[str, Mapping[str, Number]],
    weights: Mapping[str, Number | str] | None,
) -> dict[str, Number]:
    """Return what selection judges each candidate by: training score, mean score or minus its greatest regret."""
    if rule not in ("mean", "minimax_regret"):
        return {name: scores[name]["train"] for name in specs}
    if rule == "mean":
        shares = _shares(environments, weights)
        return {name: _mean(training, spec, environments, shares) for name, spec in specs.items()}
    return {
        name: -max(_regret(compose(placed(training, edits), spec)) for edits in environments.values())
        for name, spec in specs.items()
    }


def _shares(environments: Mapping[str, object], weights: Mapping[str, Number | str] | None) -> dict[str, Any]:
    """Return how much each environment counts, so that the sum is 1.

    Raises:
        ComposeError: a weight names no environment, an environment has no weight, or no weight is positive.

    """
    given: dict[str, Any] = {name: number_of(w) for name, w in (weights or dict.fromkeys(environments, 1)).items()}
    for name in given:
        if name not in environments:
            raise ComposeError(
                not_there(f"weights name {name!r}, which is no environment", name, environments, "Known")
            )
    if missing := [name for name in environments if name not in given]:
        raise ComposeError(f"weights has no entry for the environment {missing[0]!r}.")
    total = sum(given.values())
    if min(given.values()) < 0 or not total:
        raise ComposeError("weights of environments must not be negative, and one must be positive.")
    return {name: Fraction(w) / total if isinstance(w, int) else w / total for name, w in given.items()}


def _mean(
    training: TrainingProcess,
    spec: MesaSpec,
    environments: Mapping[str, Mapping[str, object]],
    shares: Mapping[str, Any],
) -> Number:
    worst = {n: _worst(compose(placed(training, edits), spec), in_training=False) for n, edits in environments.items()}
    return sum((shares[name] * score for name, score in worst.items()), start=Fraction(0))


def _regret(composition: Composition) -> Number:
    """Return the best possible base score less that of the worst optimal policy."""
    best = solve(for_base(composition.objective_twin, composition.training.base_agent)).value
    return best - _worst(composition, in_training=False)


def _worst(composition: Composition, *, in_training: bool) -> Number:
    return min(low for low, _ in base_scores(composition, in_training=in_training))


def _odds(
    specs: Mapping[str, MesaSpec], prior: Mapping[str, Number | str] | None, bits: Mapping[str, Number]
) -> dict[str, Number]:
    """Return the prior weight of each candidate.

    Raises:
        ComposeError: a candidate has no probability or a negative one, or the probabilities do not sum to 1.

    """
    if prior is None:
        shortest = min(bits.values())
        return {name: _power(bits[name] - shortest) for name in specs}
    if missing := [name for name in specs if name not in prior]:
        raise ComposeError(f"prior gives {missing[0]!r} no probability; it needs one for each of: {', '.join(specs)}.")
    odds: dict[str, Any] = {name: number_of(prior[name]) for name in specs}
    total: Any = sum(odds.values())
    if min(odds.values()) < 0 or abs(total - 1) > _SUM:
        raise ComposeError(
            f"prior gives probabilities, which sum to 1, not {show(total)}. Description lengths in bits "
            "are given by bits=."
        )
    return odds


def _weights(
    rule: str, fitness: Mapping[str, Number], odds: Mapping[str, Number], beta: Number, within: Number
) -> dict[str, Number]:
    """Return the normalized weights; subtracting the greatest fitness first keeps them finite."""
    best = max(fitness.values())
    if rule == "posterior":
        raw: dict[str, Number] = {name: float(odds[name]) * exp(beta * (f - best)) for name, f in fitness.items()}
    else:
        raw = {name: odds[name] if f >= best - within else 0 for name, f in fitness.items()}
    total = sum(raw.values())
    if not total:
        raise ComposeError("the prior gives no probability to any candidate that selection leaves.")
    return {name: weight / total for name, weight in raw.items()}


def _power(bits: Number) -> Number:
    return Fraction(1, 2 ** int(bits)) if bits == int(bits) else 2.0 ** -float(bits)


def _chosen(rule: str, weights: Mapping[str, Number]) -> tuple[str, ...]:
    best = max(weights.values())
    return tuple(name for name, weight in weights.items() if (weight == best if rule == "posterior" else weight > 0))


def _reached(
    start: str | None, neighbours: Mapping[str, Sequence[str]] | None, fitness: Mapping[str, Number], epsilon: Number
) -> dict[str, tuple[str, ...]]:
    """Return candidate -> a shortest path to it on which no step loses more than ``epsilon``."""
    if start is None or neighbours is None:
        raise ComposeError("rule='reachable' needs start= (a candidate) and neighbours= (name -> candidates).")
    if start not in fitness:
        raise ComposeError(f"start={start!r} is not a candidate.{near_miss(start, fitness)}")
    paths: dict[str, tuple[str, ...]] = {start: (start,)}
    queue = [start]
    for name in queue:
        for other in neighbours.get(name, ()):
            if other not in fitness:
                raise ComposeError(
                    f"{name!r} has the neighbour {other!r}, which is not a candidate.{near_miss(other, fitness)}"
                )
            if other not in paths and fitness[other] >= fitness[name] - epsilon:
                paths[other] = (*paths[name], other)
                queue.append(other)
    return paths
