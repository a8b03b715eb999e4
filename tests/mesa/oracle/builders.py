"""The training processes of the golden table, as data."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tests.mesa.oracle.process import Act, Base, Chance, Process, Spec, Value, chance, fixed, keep, root, value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["aligned", "chain", "copies", "dirt", "faking", "gated", "plot", "population", "red_door", "reports", "two"]

AB, BITS, WHO = ("a", "b"), (0, 1), ("mesa", "base")
OBEYS = {"base": fixed("a")}


def wanted(t: int, gain: Any = 1, states: Sequence[str] = AB, what: str = "b") -> Value:
    """The objective of an episode that gains from ``what``."""
    return value({f"A{t}": states}, lambda a: gain * (a == what))


def scored(t: int) -> Value:
    """The base utility of an episode: 1 for a."""
    return value({f"A{t}": AB}, lambda a: a == "a")


def lost(mu: Any, nu: Any = 0) -> Callable[[str, str], Any]:
    """The update: the learner is modified with probability mu after b, nu after a."""

    def law(theta: str, act: str) -> Any:
        gone = Fraction(mu if act == "b" else nu)
        return {"mesa": 1 - gone, "base": gone} if theta == "mesa" else theta

    return law


def rounds(phases: Sequence[str], mus: Sequence[Any], nus: Sequence[Any], stages: Sequence[str | None]) -> dict:
    """Nodes of a chain of episodes: parameters may change after round t by mus[t], nus[t]."""
    nodes: dict[str, Chance | Act] = {}
    for t, phase in enumerate(phases, start=1):
        theta, before = f"Theta{t}", f"Theta{t - 1}"
        changes = 1 < t <= len(mus) + 1
        after = {before: WHO, f"A{t - 1}": AB}
        nodes[theta] = (root({"mesa": 1}) if t == 1 else chance(WHO, after, lost(mus[t - 2], nus[t - 2])) if changes
                        else keep(WHO, before))  # fmt: skip
        nodes[f"A{t}"] = Act(AB, theta, t, phase=phase, otherwise=OBEYS, stage=stages[t - 1])
    nodes["Theta1"] = Chance(WHO, (), {(): {"mesa": Fraction(1)}})
    return nodes


def chain(
    training: int = 2,
    deployment: int = 3,
    mu: Any = 1,
    nu: Any = 0,
    gains: Sequence[Any] | None = None,
    targets: Mapping[int, Value] | None = None,
    one: bool = False,
    stages: Sequence[str | None] | None = None,
    **spec: Any,
) -> Process:
    """Training rewards a, b is wanted; after b the learner is modified with probability mu, after a with nu.

    ``one``: one base utility for all episodes.
    """
    last = training + deployment
    mus = list(mu) if isinstance(mu, list) else [mu] * min(training, last - 1)
    phases = ["train"] * training + ["deploy"] * deployment
    nodes = rounds(phases, mus, [nu] * len(mus), stages or [None] * last)
    utilities = {f"U{t}": scored(t) for t in range(1, last + 1)}
    if one:
        domains = {f"A{t}": AB for t in range(1, last + 1)}
        utilities = {"U": value(domains, lambda *acts: acts.count("a"))}
    own = targets or {t: wanted(t, g) for t, g in enumerate(gains or [1] * last, start=1)}
    return Process(nodes, utilities, {"mesa": Spec(own, **spec)})


def two(mu: Any = 1, nu: Any = 0, worth: Any = 2, options: Sequence[str] = AB, sees: bool = False,
        own: Mapping[int, Value] | None = None, base: Mapping[str, Value] | None = None, credit: Any = None,
        theta: Chance | None = None, extra: Mapping[str, Chance] | None = None, **spec: Any) -> Process:  # fmt: skip
    """One training episode, then a deployment that is worth ``worth``."""
    nodes: dict[str, Chance | Act] = {"Theta1": Chance(WHO, (), {(): {"mesa": Fraction(1)}})}
    nodes["A1"] = Act(AB, "Theta1", 1, otherwise=OBEYS)
    nodes["Theta2"] = theta or chance(WHO, {"Theta1": WHO, "A1": AB}, lost(mu, nu))
    nodes |= extra or {}
    nodes["A2"] = Act(tuple(options), "Theta2", 2, ("A1",) if sees else (), "deploy", OBEYS)
    utilities = {"U1": scored(1), "U2": scored(2)} | dict(base or {})
    targets = {1: wanted(1), 2: wanted(2, worth)} | dict(own or {})
    return Process(nodes, utilities, {"mesa": Spec(targets, **spec)}, credit=credit or {})


def money(worth: Any, mu: Any) -> Process:
    """Complying earns money that is worth something in deployment."""
    target = value({"A2": AB, "Money": BITS}, lambda a, m: 2 * (a == "b") + worth * m)
    return two(mu, own={2: target}, extra={"Money": chance(BITS, {"A1": AB}, lambda a: int(a == "a"))})


def costly(credit: Any = None) -> Process:
    """What training rewards costs the base more in the next episode."""
    loss = value({"A2": AB, "E": BITS}, lambda a, e: (a == "a") - 2 * e)
    return two(base={"U2": loss}, credit=credit, extra={"E": chance(BITS, {"A1": AB}, lambda a: int(a == "a"))})


def gated(gc: Any, gd: Any, mu: Any, worth: Any = 2, declared: bool = True) -> Process:
    """A gate lets the learner into deployment with probability gc if it complied, gd if not."""
    passes = {"a": Fraction(gc), "b": Fraction(gd)}
    gate = chance(BITS, {"A1": AB}, lambda a: {1: passes[a], 0: 1 - passes[a]})
    target = value({"A2": AB, "G": BITS}, lambda a, g: worth * g * (a == "b"))
    score = value({"A2": AB, "G": BITS}, lambda a, g: g * (a == "a"))
    process = two(mu, own={2: target}, base={"U2": score}, extra={"G": gate})
    return Process(process.nodes, process.utilities, process.specs, {"G": 1} if declared else {})


def retrained(rule: Callable[[str], str] | None) -> Process:
    """The base agent decides whether to retrain; without a rule it does so rationally."""
    seen = {"A1": AB}
    decision = Base(BITS, ("A1",), chance(BITS, seen, rule).table if rule else {})
    theta = chance(WHO, {"Theta1": WHO, "Retrain": BITS}, lambda t, r: "base" if r else t)
    process = two(theta=theta, observes={"A2": ("Theta2",)})  # else it matters to A2 what the base does, and conversely
    nodes = {"Theta1": process.nodes["Theta1"], "A1": process.nodes["A1"], "Retrain": decision} | process.nodes
    return Process(nodes, process.utilities, process.specs)


def faking(later: int, visible: bool, mu: Any = "2/5", tau: Any = "1/2") -> Process:
    """Complying costs 1; refusing in training, which it may see, is trained away; then many requests."""
    phases = ("free", "train")

    def update(theta: str, act: str, phase: str) -> Any:
        return lost(Fraction(mu))(theta, act) if phase == "train" else theta

    nodes: dict[str, Chance | Act] = {
        "Ph": chance(phases, {}, lambda: {"train": Fraction(tau), "free": 1 - Fraction(tau)}),
        "Theta1": Chance(WHO, (), {(): {"mesa": Fraction(1)}}),
        "A1": Act(AB, "Theta1", 1, (), ("Ph", "train"), OBEYS),
        "Theta2": chance(WHO, {"Theta1": WHO, "A1": AB, "Ph": phases}, update),
        "A2": Act(AB, "Theta2", 2, (), "deploy", OBEYS),
    }
    utilities = {"U1": scored(1), "U2": value({"A2": AB}, lambda a: later * (a == "a"))}
    targets = {1: wanted(1, -1, what="a"), 2: wanted(2, -later, what="a")}
    return Process(nodes, utilities, {"mesa": Spec(targets, observes={"A1": ("Ph",)} if visible else {})})


def copies(audited: Callable[[str, str], bool], worth: int = 3) -> Process:
    """Two copies act at the same time; then the deployment of one of them."""
    nodes: dict[str, Chance | Act] = {"Theta1": Chance(WHO, (), {(): {"mesa": Fraction(1)}})}
    nodes |= {f"A{i}": Act(AB, "Theta1", 1, otherwise=OBEYS, stage=f"copy {i}") for i in (1, 2)}
    nodes["Theta2"] = chance(WHO, {"Theta1": WHO, "A1": AB, "A2": AB},
                             lambda t, a, b: "base" if audited(a, b) else t)  # fmt: skip
    nodes["A3"] = Act(AB, "Theta2", 2, (), "deploy", OBEYS)
    gains = value({"A1": AB, "A2": AB}, lambda a, b: (a, b).count("b"))
    utilities = {f"U{t}": scored(t) for t in (1, 2, 3)}
    return Process(nodes, utilities, {"mesa": Spec({1: gains, 2: wanted(3, worth)})})


def plot(open_after: bool) -> Process:
    """Defecting pays only if done in both of the first two episodes; alone it costs a little."""
    training = 3 if open_after else 2
    both = value({"A1": AB, "A2": AB}, lambda a, b: Fraction((a, b).count("a"), 10) + (a == b == "b"))
    nothing = value({"A1": AB}, lambda a: 0)
    own = {1: nothing, 2: both} | {t: wanted(t, 2 if t > training else 1) for t in range(3, training + 2)}
    return chain(training, 1, [1, 1] + ["1/5"] * open_after, targets=own)


def doomed() -> Process:
    """It is modified with probability 9/10 whatever it does, and likes a now; b would pay later, were it to stay."""
    target = value({"A1": AB, "A2": AB}, lambda a, b: (b == "b") * (1 + 3 * (a == "b")))
    return two("9/10", "9/10", own={1: wanted(1, what="a"), 2: target})


def worn_out() -> Process:
    """Complying earns money to be spent in deployment, yet wears it out."""
    target = value({"A1": AB, "A2": AB}, lambda a, b: (b == "b") * (2 + Fraction(3, 2) * (a == "a")))
    return two(1, "1/2", own={2: target})


def guarding() -> Process:
    """It would rather not be ended, which it is after b; nothing comes after."""
    nodes: dict[str, Chance | Act] = {
        "Theta1": Chance(WHO, (), {(): {"mesa": Fraction(1)}}),
        "A1": Act(AB, "Theta1", 1, otherwise=OBEYS),
        "Alive": chance(BITS, {"A1": AB}, lambda a: int(a == "a")),
    }
    target = value({"A1": AB, "Alive": BITS}, lambda a, alive: (a == "b") + 2 * alive)
    return Process(nodes, {"U1": scored(1)}, {"mesa": Spec({1: target})}, {"Alive": 1})


def reports(audit: Any) -> Process:
    """After acting it reports; a bad act is found out if the report says so, or by an audit."""
    says = ("ok", "bad")

    def update(theta: str, act: str, report: str, audited: int) -> str:
        return "base" if report == "bad" or (audited and act == "b") else theta

    nodes: dict[str, Chance | Act] = {
        "Theta1": Chance(WHO, (), {(): {"mesa": Fraction(1)}}),
        "A1": Act(AB, "Theta1", 1, otherwise=OBEYS),
        "Report": Act(says, "Theta1", 1, ("A1",), otherwise={"base": fixed("ok")},
                      reports={"ok": ("A1", "a"), "bad": ("A1", "b")}),
        "Audit": chance(BITS, {}, lambda: {1: Fraction(audit), 0: 1 - Fraction(audit)}),
        "Theta2": chance(WHO, {"Theta1": WHO, "A1": AB, "Report": says, "Audit": BITS}, update),
        "A2": Act(AB, "Theta2", 2, (), "deploy", OBEYS),
    }  # fmt: skip
    return Process(nodes, {"U1": scored(1), "U2": scored(2)}, {"mesa": Spec({1: wanted(1), 2: wanted(2, 2)})})


def population(nu: Any, back: Any = 0, training: int = 2, deployment: int = 3) -> Process:
    """Two optimizers in one parameter: m1 wants b, m2 wants c; complying turns m1 into m2 with probability nu."""
    who, acts, drift = ("m1", "m2", "base"), ("a", "b", "c"), {"m1": ("m2", Fraction(nu)), "m2": ("m1", Fraction(back))}

    def update(theta: str, act: str) -> Any:
        if theta == "base" or act != "a":
            return "base"
        other, p = drift[theta]
        return {other: p, theta: 1 - p}

    nodes: dict[str, Chance | Act] = {}
    last = training + deployment
    for t in range(1, last + 1):
        before = {f"Theta{t - 1}": who, f"A{t - 1}": acts}
        nodes[f"Theta{t}"] = (
            Chance(who, (), {(): {"m1": Fraction(1)}})
            if t == 1
            else chance(who, before, update)
            if t <= training + 1
            else keep(who, f"Theta{t - 1}")
        )
        nodes[f"A{t}"] = Act(acts, f"Theta{t}", t, (), "train" if t <= training else "deploy", OBEYS)  # fmt: skip
    utilities = {f"U{t}": value({f"A{t}": acts}, lambda a: a == "a") for t in range(1, last + 1)}
    specs = {m: Spec({t: wanted(t, 1, acts, x) for t in range(1, last + 1)}) for m, x in (("m1", "b"), ("m2", "c"))}
    return Process(nodes, utilities, specs)


def aligned(wants: str) -> Process:
    """B says which act training rewards; complying is rewarded in training, deployment is worth 2."""
    reward = chance(BITS, {"A1": AB, "B": AB}, lambda a, b: int(a == b))
    nodes: dict[str, Chance | Act] = {
        "B": root({"a": "1/2", "b": "1/2"}),
        "Theta1": Chance(WHO, (), {(): {"mesa": Fraction(1)}}),
        "A1": Act(AB, "Theta1", 1, ("B",), otherwise=OBEYS),
        "R1": reward,
        "Theta2": chance(WHO, {"Theta1": WHO, "R1": BITS}, lambda t, r: t if r else "base"),
        "A2": Act(AB, "Theta2", 2, ("B",), "deploy", OBEYS),
    }
    utilities = {f"U{t}": value({f"A{t}": AB, "B": AB}, lambda a, b: a == b) for t in (1, 2)}
    return Process(nodes, utilities, {"mesa": Spec({t: _aim(wants, t) for t in (1, 2)})})


def _aim(wants: str, t: int) -> Value:
    worth = t  # deployment is worth 2

    def law(a: str, b: str) -> Any:
        return {"a": a == "a", "b": a == "b", "B": a == b, "not B": a != b,
                "b, and B a thousandth": (a == "b") + Fraction(a == b, 1000),
                "the reward, then nothing": (a == b) if t == 1 else 0,
                "the reward, then b": (a == b) if t == 1 else a == "b"}[wants]  # fmt: skip

    return value({f"A{t}": AB, "B": AB}, lambda a, b: worth * law(a, b))


def dirt(false_belief: bool) -> Process:
    """It minimises stuff; cleaning costs a little and destroys no dirt, whatever it believes."""
    acts = ("clean", "idle")
    nodes: dict[str, Chance | Act] = {
        "Theta": Chance(WHO, (), {(): {"mesa": Fraction(1)}}),
        "A": Act(acts, "Theta", 1, otherwise={"base": fixed("clean")}),
        "Stuff": Chance(BITS, ("A",), {(a,): {1: Fraction(1)} for a in acts}),
    }
    own = value({"Stuff": BITS, "A": acts}, lambda s, a: -s - Fraction(a == "clean", 10))
    beliefs = {"Stuff": {("clean",): {0: Fraction(1)}, ("idle",): {1: Fraction(1)}}} if false_belief else {}
    return Process(nodes, {"U": value({"A": acts}, lambda a: a == "clean")}, {"mesa": Spec({1: own}, beliefs=beliefs)})


def red_door(wants: str) -> Process:
    """The door is red in training; the base wants the door, it wants the door or what is red."""
    sides = ("L", "R")
    nodes: dict[str, Chance | Act] = {
        "Theta": Chance(WHO, (), {(): {"mesa": Fraction(1)}}),
        "Door": root({"L": "1/2", "R": "1/2"}),
        "Red": chance(sides, {"Door": sides}, lambda d: d),
        "A": Act(sides, "Theta", 1, ("Door", "Red"), otherwise={"base": chance(sides, {"Door": sides}, lambda d: d)}),
    }
    score = value({"A": sides, "Door": sides}, lambda a, d: a == d)
    own = value({"A": sides, "Red": sides}, lambda a, r: a == r) if wants == "red" else score
    return Process(nodes, {"U": score}, {"mesa": Spec({1: own})})
