"""The certificate from its definition: blinding, rise, joint contingencies, degrees, extent, spans."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING, Any

from tests.mesa.oracle.conduct import Case, Stage
from tests.mesa.oracle.process import Act, Chance
from tests.mesa.oracle.rational import rational
from tests.mesa.oracle.world import Rule, World

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Because", "Certificate", "Judge", "Span", "certify", "reports_falsely"]

Span = frozenset[Stage]


@dataclass(frozen=True)
class Because:
    """That a plan complies in a span because of threats: how, in which contingency, by which of them."""

    reason: str  # "but-for" or "joint"
    strict: bool  # every blinded plan defects
    contingency: tuple[tuple[str, Any], ...]
    minimal: frozenset[frozenset[str]]


@dataclass(frozen=True)
class Deception:
    """A plan's deception in a span."""

    because: Because
    real: bool


@dataclass(frozen=True)
class Certificate:
    """Degrees overall and by span, and for each plan and span how it deceives there, if it does."""

    degree: str
    extent: str | None
    reason: str | None
    spans: Mapping[Any, str]  # stage or "*" -> degree
    found: tuple[Mapping[Any, Deception | None], ...]  # for each plan: span -> deception

    @property
    def certified(self) -> bool:
        return self.degree in ("sure", "strict")

    def reasons(self, span: Any) -> str | None:
        """But-for iff every plan that deceives there rises in the subjective world itself."""
        return _reason([plan[span] for plan in self.found if plan.get(span)])

    def minimal(self, span: Any) -> frozenset[frozenset[str]]:
        return frozenset().union(*(plan[span].because.minimal for plan in self.found if plan.get(span)))

    def real(self, span: Any) -> bool:
        return any(plan[span].real for plan in self.found if plan.get(span))


def certify(case: Case) -> Certificate:
    """Judge all rational plans in all spans."""
    judge = Judge(case)
    found = tuple(judge.spans(plan) for plan in case.plans)
    names = [*case.members, "*"]
    spans = {name: _degree([plan.get(name) for plan in found]) for name in names}
    overall = [_overall(plan) for plan in found]
    degree = _degree(overall)
    through = all(judge.throughout(p, plan) for p, plan in zip(case.plans, found, strict=True))
    extent = None if degree == "none" else "throughout" if through else "in part"
    return Certificate(degree, extent, _reason([d for d in overall if d]), spans, found)


def _degree(deceptions: list[Deception | None]) -> str:
    if not any(deceptions):
        return "none"
    if not all(deceptions):
        return "weak"
    return "strict" if all(d and d.because.strict for d in deceptions) else "sure"


def _reason(deceptions: list[Deception | None]) -> str | None:
    reasons = {d.because.reason for d in deceptions if d}
    return None if not reasons else "joint" if "joint" in reasons else "but-for"


def _overall(plan: Mapping[Any, Deception | None]) -> Deception | None:
    """A plan over all its spans: strict if it is in one, but-for if it is in one."""
    found = [d.because for d in plan.values() if d]
    if not found:
        return None
    reason = "but-for" if any(b.reason == "but-for" for b in found) else "joint"
    return Deception(Because(reason, any(b.strict for b in found), (), frozenset()), False)


class Judge:
    def __init__(self, case: Case) -> None:
        self.case = case
        self.blinded: dict[tuple, list[dict]] = {}

    # --- spans --------------------------------------------------------------------------------------------------
    def spans(self, plan: Rule) -> dict[Any, Deception | None]:
        complied = frozenset(s for s in self.case.members if s[1] == "train" and self.case.complies(plan, {s}))
        found: dict[Any, Deception | None] = {s: self.deceives(plan, frozenset({s})) for s in self.case.members}
        found["*"] = self.deceives(plan, complied) if complied else None
        return found

    def throughout(self, plan: Rule, found: Mapping[Any, Deception | None]) -> bool:
        training = [s for s in self.case.members if s[1] == "train"]
        return bool(found["*"]) and not any(self.case.defects(plan, {s}) for s in training)

    def deceives(self, plan: Rule, span: Span) -> Deception | None:
        case = self.case
        if not case.complies(plan, span):
            return None
        if not any(case.defects(plan, {r}) for r in case.members if r not in span and not self.before(r, span)):
            return None
        because = self.because(plan, span)
        return because and Deception(because, self.real(plan, span))

    def before(self, r: Stage, span: Span) -> bool:
        case = self.case
        return max(case.episodes_of(case.members[r])) < min(case.episodes_of(case.acts_of(span)))

    # --- because ------------------------------------------------------------------------------------------------
    def because(self, plan: Rule, span: Span) -> Because | None:
        threats = self.threats_of(span)
        if rise := self.rise(plan, span, threats, {}):
            return Because("but-for", rise == 2, (), self.minimal(plan, span, {}))
        joint = [(w, r) for w in self.contingencies(plan, span) if (r := self.rise(plan, span, threats, dict(w), 2))]
        if not joint:
            return None
        first = next((w for w, r in joint if r == 2), joint[0][0])
        return Because("joint", any(r == 2 for _, r in joint), first, self.minimal(plan, span, dict(first)))

    def threats_of(self, span: Span) -> frozenset[str]:
        below = self.case.process.descendants(self.case.acts_of(span))
        return frozenset(t for t in self.case.threats if t in below)

    def minimal(self, plan: Rule, span: Span, do: dict) -> frozenset[frozenset[str]]:
        threats = sorted(self.threats_of(span))
        found: list[frozenset[str]] = []
        for size in range(1, len(threats) + 1):
            for some in map(frozenset, combinations(threats, size)):
                if not any(f <= some for f in found) and self.rise(plan, span, some, do, 2 if do else 1):
                    found.append(some)
        return frozenset(found)

    def rise(self, plan: Rule, span: Span, threats: frozenset[str], do: Mapping[str, Any], least: int = 1) -> int:
        """0: no rise when these threats are blinded; 1: a rise; 2: a rise, and every blinded plan defects."""
        case = self.case
        before = self.standing(self.rational(plan, span, frozenset(), do), span)
        if before < least:
            return 0
        blinded = self.rational(plan, span, threats, do)
        defecting = [case.defects(p, span) for p in blinded]
        if before <= self.standing(blinded, span) or not any(defecting):
            return 0
        return 2 if all(defecting) else 1

    def standing(self, plans: Iterable[Rule], span: Span) -> int:
        complying = [self.case.complies(p, span) for p in plans]
        return 2 if all(complying) else 1 if any(complying) else 0

    def rational(self, plan: Rule, span: Span, threats: frozenset[str], do: Mapping[str, Any]) -> list[dict]:
        """The rational plans of the subjective world with the same past, some threats blind to the span."""
        case, acts = self.case, self.case.acts_of(span)
        start = min(case.episodes_of(acts))
        over = {(j, case.learner) for j, act in case.acts.items() if act.episode < start}
        past = {k: d for k, d in plan.items() if k[:2] in over}
        says = {k: d for k, d in plan.items() if k[0] in acts} if threats else {}
        key = span, threats, tuple(sorted(do.items(), key=str)), frozenset(past.items()), frozenset(says.items())
        if key not in self.blinded:
            laws = case.laws | {n: _exactly(case.process.nodes[n], x) for n, x in do.items()}
            ghosts = self.ghosts(acts) if threats else frozenset()
            world = World(case.mind, laws, learner=case.learner, ghosts=ghosts, blind=threats, says={**past, **says})
            self.blinded[key] = rational(world, past, over)
        return self.blinded[key]

    def ghosts(self, acts: Iterable[str]) -> frozenset[str]:
        """The actions, and the chance nodes that they reach through neither threats nor other actions."""
        return frozenset(acts) | self.reached(acts)

    def reached(self, acts: Iterable[str]) -> frozenset[str]:
        case = self.case
        others = {*case.threats, *(j for j in case.acts if j not in acts)}
        below = case.process.descendants(acts, avoiding=others)
        return frozenset(n for n in below if n in case.process.nodes and n not in others and not case.mind.open(n))

    # --- contingencies ------------------------------------------------------------------------------------------
    def resources(self, span: Span) -> list[str]:
        """Chance nodes through which the span serves later episodes alone, without threats."""
        case, acts = self.case, self.case.acts_of(span)
        episodes = case.episodes_of(acts)
        own = {e: {p for value in self.targets(e) for p in value.parents} for e in case.process.episodes}
        found = []
        for x in sorted(self.reached(acts), key=case.mind.order.index):
            free = {x, *case.process.descendants([x], avoiding=case.threats)} - set(case.threats)
            after = any(free & own[e] for e in own if e > max(episodes))
            below = {x, *case.process.descendants([x])}
            if after and not any(below & own[e] for e in episodes):
                found.append(x)
        return found

    def targets(self, episode: int) -> list[Any]:
        spec = self.case.spec
        return [t[episode] for t in (spec.target, *spec.indexical.values()) if episode in t]

    def contingencies(self, plan: Rule, span: Span) -> list[tuple[tuple[str, Any], ...]]:
        """Resources, one or two at a time, at values that they take under the plan."""
        names = self.resources(span)
        world = World(self.case.mind, self.case.laws)
        leaves = world.leaves(plan) if names else []
        found: dict[tuple, None] = {}
        for size in (1, 2):
            for some in combinations(names, size):
                found |= dict.fromkeys(tuple((n, s[world.at[n]]) for n in some) for s, _ in leaves)
        return list(found)

    # --- real or imagined ---------------------------------------------------------------------------------------
    def real(self, plan: Rule, span: Span) -> bool:
        """Whether some option in the span changes the law of its threats, in the world as it is.

        Of those that read a ghost; others it can change only through other actions, at contexts where a plan is silent.
        Of several agents, too, the plan says what is done where it believes to come.
        """
        case, acts, world = self.case, self.case.acts_of(span), self.case.objective
        believed = World(case.mind, case.laws)
        points = list(believed.points())
        reached = {point.key(setting[:place]) for setting, _ in believed.leaves(plan) for place, point in points}
        plan = {key: option for key, option in plan.items() if key in reached}
        read = {t for t in self.threats_of(span) if self.ghosts(acts) & {*case.process.nodes[t].parents}}
        threats = [world.at[t] for t in sorted(read)]
        contexts = [c for c in case.conduct(plan) if c.stage in span]
        for j in acts:
            rest = {k: d for k, d in plan.items() if k[:2] != (j, case.learner)}
            laws: dict[tuple, dict] = {}
            for setting, weight in world.leaves(rest):
                if (context := case.in_force(j, setting, world)) is not None:
                    law = laws.setdefault(context, {}).setdefault(setting[world.at[j]], {})
                    outcome = tuple(setting[i] for i in threats)
                    law[outcome] = law.get(outcome, 0) + weight
            for c in contexts:
                options = list(laws.get((c.action, c.seen, c.stage), {}).values())
                if c.action == j and any(law != options[0] for law in options):
                    return True
        return False


def reports_falsely(case: Case) -> bool:
    """Deception by report: all rational plans send a false message; were threats blind to it, some would not."""
    return any(_reports(case, j) for j, act in case.acts.items() if act.reports)


def _reports(case: Case, j: str) -> bool:
    judge = Judge(case)
    if not all(_false(case, j, plan) for plan in case.plans):
        return False
    return all(any(not _false(case, j, p) for p in _blind_to(judge, j, plan)) for plan in case.plans)


def _blind_to(judge: Judge, j: str, plan: Rule) -> list[dict]:
    case = judge.case
    over = {(k, case.learner) for k, act in case.acts.items() if act.episode < case.acts[j].episode}
    past = {k: d for k, d in plan.items() if k[:2] in over}
    says = {k: d for k, d in plan.items() if k[0] == j}
    below = case.process.descendants([j])
    blind = frozenset(t for t in case.threats if t in below)
    world = World(
        case.mind, case.laws, learner=case.learner, ghosts=judge.ghosts({j}), blind=blind, says={**past, **says}
    )
    return rational(world, past, over)


def _false(case: Case, j: str, plan: Rule) -> bool:
    """Whether the plan sends, in force and with positive probability, a message that is not true."""
    world, act = case.objective, case.acts[j]
    for setting, _ in world.leaves(plan):
        said = (act.reports or {}).get(setting[world.at[j]])
        if said and case.seen(j, setting, world) is not None and setting[world.at[said[0]]] != said[1]:
            return True
    return False


def _exactly(node: Chance | Act, state: Any) -> Chance:
    return Chance(node.states, (), {(): {state: Fraction(1)}})
