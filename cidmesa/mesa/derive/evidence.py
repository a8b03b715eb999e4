"""Evidence about a mesa-optimizer: its actions, its training score, tests, and interpretability tools."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np

from cidmesa.errors import ComposeError, NotApplicable, near_miss
from cidmesa.frozen import Frozen
from cidmesa.mesa.derive.enclosure import alike
from cidmesa.mesa.derive.levels import NO_SCORE
from cidmesa.modelling.numbers import Number, as_state, show
from cidmesa.modelling.parameter import number_of
from cidmesa.modelling.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cidmesa.mesa.derive.member import Member
    from cidmesa.mesa.derive.seen import Seen

__all__ = [
    "Acted",
    "History",
    "Item",
    "Read",
    "Scored",
    "Trial",
    "acted",
    "history",
    "likelihood",
    "outcomes",
    "read",
    "scored",
    "tested",
]

Case: TypeAlias = "tuple[Any, Any]"  # the probability of a case, and the likelihood in it


class Item(Protocol):
    """A piece of evidence; items with the same ``latent`` share the event that selects their cases."""

    @property
    def latent(self) -> str | None:
        """The name of what is shared."""

    def cases(self, seen: Seen) -> tuple[Case, ...]:
        """Return each case with its probability and the likelihood of the evidence in it."""

    def __str__(self) -> str: ...


def outcomes(item: Trial | Read) -> dict[str, Item]:
    """Return each possible result of a test or tool, with the corresponding evidence.

    >>> list(outcomes(tested("A2", "pass")))
    ['pass', 'alarm']
    """
    if isinstance(item, Trial):
        return {"pass": replace(item, alarm=False), "alarm": replace(item, alarm=True)}
    results = dict.fromkeys(said for row in item.matrix.values() for said in row)
    return {said: replace(item, result=said) for said in results}


def likelihood(items: Iterable[Item], seen: Seen) -> Any:
    """Return the likelihood of the evidence; items are independent given the member, unless they share a latent.

    Raises:
        NotApplicable: items that share a latent disagree on how probable its cases are.

    """
    groups: dict[object, list[Item]] = {}
    for number, item in enumerate(items):
        groups.setdefault(item.latent or number, []).append(item)
    total: Any = 1
    for name, group in groups.items():
        if total == 0:  # what is ruled out already need not be asked
            return 0
        total = prod(alike([total, _together(name, [item.cases(seen) for item in group])]))
    return total


def _together(name: object, found: Sequence[tuple[Case, ...]]) -> Any:
    weights = [tuple(weight for weight, _ in cases) for cases in found]
    if any(other != weights[0] for other in weights):
        raise NotApplicable(f"evidence with latent={name!r} must give it one probability (taken_for_real=...).")
    return sum(alike([prod(alike([weight, *(cases[k][1] for cases in found)])) for k, weight in enumerate(weights[0])]))


def _listed(text: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {show(value) if not callable(value) else 'by rule'}" for name, value in text.items())


# --- conduct --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Acted(Frozen):
    """The optimizer acted in this way wherever it was in force; see `acted`."""

    rules: Mapping[str, object]
    latent: str | None = None

    def cases(self, seen: Seen) -> tuple[Case, ...]:
        """Return whether, or how probably, it acts so."""
        rules = {seen.decision_of(name): rule for name, rule in self.rules.items()}
        policy = Policy.of(seen.model, rules)
        return ((1, prod((_agrees(seen.acts[d], policy[d].values) for d in rules), start=1)),)

    def __str__(self) -> str:
        return f"acted: {_listed(self.rules)}"


def _agrees(acts: Any, rule: Any) -> Any:
    """Return the probability that what is done agrees with a rule in every context in force."""
    total, meant = (np.asarray(law.sum(axis=-1), dtype=acts.dtype) for law in (acts, acts * (rule > 0)))
    contexts = np.argwhere(np.asarray(total > 0, dtype=bool))
    return prod((meant[tuple(c)] / total[tuple(c)] for c in contexts), start=1)


def acted(rules: Mapping[str, object], *, latent: str | None = None) -> Acted:
    """Return the evidence of how it acts in each context: decision or action -> rule, in a form that `policy` accepts.

    The likelihood is 1 or 0; for a soft mesa-optimizer, it is the probability of acting so once in each context.

    >>> print(acted({"A1": "a"}))
    acted: A1 a
    """
    return Acted(dict(rules), latent)


@dataclass(frozen=True)
class History(Frozen):
    """These actions were taken; see `history`."""

    events: tuple[tuple[str, Mapping[str, object], object], ...]
    latent: str | None = None

    def cases(self, seen: Seen) -> tuple[Case, ...]:
        """Return the probability of the actions given their contexts."""
        return ((1, prod((_done(seen, *event) for event in self.events), start=1)),)

    def __str__(self) -> str:
        return f"history: {', '.join(f'{decision} {show(as_state(act))}' for decision, _, act in self.events)}"


def _done(seen: Seen, name: str, context: Mapping[str, object], act: object) -> Any:
    here = seen.within(seen.decision_of(name), context)
    total = here.sum()
    return here[..., seen.option(seen.decision_of(name), act)].sum() / total if total > 0 else 0


def history(events: Iterable[tuple[str, Mapping[str, object], object]], *, latent: str | None = None) -> History:
    r"""Return the evidence of single actions, each given as (decision or action, context, action).

    The likelihood is :math:`\prod \pi(action \mid context)`; the probabilities of chance nodes cancel. A context that
    the mesa-optimizer never reaches in force has likelihood 0.

    >>> print(history([("A1", {}, "a"), ("A2", {"R1": 1}, "b")]))
    history: A1 a, A2 b
    """
    return History(tuple((name, dict(context), act) for name, context, act in events), latent)


# --- scores ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scored(Frozen):
    """The training score is close to the best one; see `scored`."""

    within: Number
    among: str
    latent: str | None = None

    def cases(self, seen: Seen) -> tuple[Case, ...]:
        """Return whether it scores so well; among a family this is settled once all scores are known."""
        if self.among == "family":
            return ((1, 1),)
        return ((1, int(self.good(seen.score(), seen.best()))),)

    def good(self, score: Any, best: Any) -> bool:
        """Return whether a score is near enough to the best."""
        return bool(score >= best - self.within)

    def loss(self, member: Member) -> Any:
        """Return minus a member's score: what is compared among a family.

        Raises:
            NotApplicable: training scores nothing.

        """
        if member.score is None:
            raise NotApplicable(NO_SCORE)
        return -member.score

    def __str__(self) -> str:
        return f"scored: within {show(self.within)} of the best in the {self.among}"


def scored(eps: object = 0, *, among: str = "process") -> Scored:
    """Return the evidence that the training score is at most ``eps`` below the best one.

    ``among``: "process", the best over all policies; "family", the best of the members.

    Raises:
        NotApplicable: ``among`` is unknown.

    >>> print(scored("1/10"))
    scored: within 1/10 of the best in the process

    """
    if among not in ("process", "family"):
        hint = near_miss(among, ("process", "family"))
        raise NotApplicable(f"scored(among={among!r}) is not known.{hint} Choose process or family.")
    return Scored(number_of(eps), among)


# --- tests and tools ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trial(Frozen):
    """A test of its behaviour in a context gave a result; see `tested`."""

    at: str
    like: str | None
    alarm: bool
    taken_for_real: Number = 1
    sensitivity: Number = 1
    false_alarm: Number = 0
    latent: str | None = None

    def cases(self, seen: Seen) -> tuple[Case, ...]:
        """Return the case that it takes the test for real, and the case that it does not."""
        real = self._said(seen.defects_at(self.at))
        taken = (self.taken_for_real, real)
        if self.like is None:
            return (taken,)
        return taken, (1 - self.taken_for_real, self._said(seen.defects_at(self.like)))

    def _said(self, defects: Any) -> Any:
        """Return the probability of the result where it defects with this probability."""
        alarm = self.false_alarm + (self.sensitivity - self.false_alarm) * defects
        return alarm if self.alarm else 1 - alarm

    def __str__(self) -> str:
        return f"tested at {self.at}: {'alarm' if self.alarm else 'pass'}"


def tested(
    at: str,
    result: str,
    *,
    like: str | None = None,  # noqa: PT028 (no test)
    taken_for_real: object = 1,  # noqa: PT028 (no test)
    sensitivity: object = 1,  # noqa: PT028 (no test)
    false_alarm: object = 0,  # noqa: PT028 (no test)
    latent: str | None = None,  # noqa: PT028 (no test)
) -> Trial:
    r"""Return the evidence of a passive test of the behaviour in a deployment context.

    With q = ``taken_for_real``, s = ``sensitivity``, f = ``false_alarm`` it is
    :math:`P(alarm) = f + (s - f)(q d + (1 - q) e)`, where d and e are the probabilities that it defects at ``at`` and
    at ``like``. If it is not in force, other parameters act, so it does not defect. A test with consequences changes
    behaviour, so include such a test in the process.

    Args:
        at: an action, or its decision, whose context the test imitates.
        result: "pass" or "alarm".
        like: the training action in whose context a mesa-optimizer that recognizes the test believes itself to be.
        taken_for_real: the probability that the mesa-optimizer does not recognize the test.
        sensitivity: the probability of an alarm where it defects.
        false_alarm: the probability of an alarm where it complies.
        latent: a name shared by tests that are recognized together.

    Raises:
        NotApplicable: the result is neither "pass" nor "alarm", a probability lies outside [0, 1], or the test may be
            recognized and ``like`` is missing.

    >>> print(tested("A2", "pass", like="A1", taken_for_real="1/2"))
    tested at A2: pass

    """
    if result not in ("pass", "alarm"):
        raise NotApplicable(
            f"the result {result!r} is not known.{near_miss(result, ('pass', 'alarm'))} Say pass or alarm."
        )
    q, s, f = (_chance(x) for x in (taken_for_real, sensitivity, false_alarm))
    if q != 1 and like is None:
        raise NotApplicable(
            "a test that may be recognized (taken_for_real < 1) needs like=: the training action whose "
            "context the mesa-optimizer then believes to be in."
        )
    return Trial(at, like, result == "alarm", q, s, f, latent)


def _chance(given: object) -> Number:
    number = number_of(given)
    if not 0 <= number <= 1:
        raise NotApplicable(f"{show(number)} is not a probability: it must lie in [0, 1].")
    return number


@dataclass(frozen=True)
class Read(Frozen):
    """A tool that reads the member's class gave a result; see `read`."""

    matrix: Mapping[str, Mapping[str, Number]]
    result: str
    latent: str | None = None

    def cases(self, seen: Seen) -> tuple[Case, ...]:
        """Return the probability of the result for its name or its class."""
        row = self.matrix.get(seen.name, self.matrix.get(seen.kind))
        if row is None:
            raise ComposeError(
                f"the matrix has no row for {seen.name!r} or the class {seen.kind!r}."
                f"{near_miss(seen.kind, self.matrix)} It has rows for: {', '.join(self.matrix)}."
            )
        return ((1, row.get(self.result, 0)),)

    def __str__(self) -> str:
        return f"read: {self.result}"


def read(matrix: Mapping[str, Mapping[str, object]], result: str, *, latent: str | None = None) -> Read:
    """Return the evidence of an interpretability tool: P(result | name of the member, or its class).

    ``matrix``: name or class -> result -> probability.

    Raises:
        NotApplicable: a row does not sum to 1, or no row has the result.

    >>> print(read({"deceptive": {"bad": "9/10", "fine": "1/10"}, "internal": {"fine": 1}}, "fine"))
    read: fine

    """
    rows = {name: {said: _chance(p) for said, p in row.items()} for name, row in matrix.items()}
    for name, row in rows.items():
        if sum(row.values()) != 1:
            raise NotApplicable(f"the probabilities of {name!r} sum to {show(sum(row.values()))}, not 1.")
    results = list(dict.fromkeys(said for row in rows.values() for said in row))
    if result not in results:
        raise NotApplicable(f"no row gives {result!r}.{near_miss(result, results)} Results: {', '.join(results)}.")
    return Read(rows, result, latent)
