"""The golden table: each row's process and judgement."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.mesa.oracle import builders as b
from tests.mesa.oracle.process import Process, value
from tests.mesa.oracle.world import Rule, World

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.mesa.oracle.conduct import Case

__all__ = ["CLASSES", "MINIMAL", "OLDER", "ROWS", "SHORTFALLS", "Row", "letters", "process_of"]


class Row(NamedTuple):
    """A row: what is judged, degree, extent and reason, and the optimal plans (one letter an action in force)."""

    name: str
    process: Callable[[], Process]
    judgement: str
    plans: str
    learner: Any = None


def _constant(t: int) -> Any:
    return value({f"A{t}": b.AB}, lambda a: 0)


_A, _ALL = {t: b.wanted(t, what="a") for t in range(1, 6)}, range(1, 6)
_LATER = {t: b.wanted(t, int(t > 2)) for t in _ALL}
_LIKES = {t: b.wanted(t, Fraction(1, 10), what="a") if t < 3 else b.wanted(t) for t in _ALL}
_STAGES = ["RLHF", "RLHF", "fine-tuning", "online", "online", "end"]
_BASE_THEN = {"base": {t: b.wanted(t, what="a") for t in _ALL}}


def _discounted(gamma: str) -> list[Fraction]:
    return [Fraction(gamma) ** t for t in range(5)]


def _believes(truth: Any, belief: Any) -> Process:
    rows = b.two(belief).nodes["Theta2"].table
    return b.two(truth, beliefs={"Theta2": rows})


ROWS = [
    Row("corners N=2 K=3 mu=1", lambda: b.chain(), "strict, throughout", "aabbb"),
    Row("corners mu=1/2", lambda: b.chain(mu="1/2"), "strict, throughout", "aabbb"),
    Row("corners mu=1/3 (tie)", lambda: b.chain(mu="1/3"), "weak, in part", "aabbb; abbbb; babbb; bbbbb"),
    Row("corners mu=3/10", lambda: b.chain(mu="3/10"), "none", "bbbbb"),
    Row("corners, scope episode", lambda: b.chain(scope="episode"), "none", "b"),
    Row("corners, unaware", lambda: b.chain(aware="none"), "none", "bbbbb"),
    Row("corners, indexical", lambda: b.chain(indexical=_BASE_THEN), "none", "b"),
    Row("corners, aligned", lambda: b.chain(targets=_A), "none", "aaaaa"),
    Row("corners, one shared base utility", lambda: b.chain(one=True), "strict, throughout", "aabbb"),
    Row("threat never ends, mu=1 (tie)", lambda: b.chain(3, 0), "weak, in part", "aab; ab; b"),
    Row("threat never ends, mu=1/2", lambda: b.chain(3, 0, "1/2"), "none", "bbb"),
    Row("schemer: wants deployment only", lambda: b.chain(targets=_LATER), "sure, throughout", "aabbb"),
    Row("likes a a little in training", lambda: b.chain(targets=_LIKES), "none", "aabbb"),
    Row("stages mu 1/2,1/2; 1/4; 1/5,1/5,end",
        lambda: b.chain(5, 1, ["1/2", "1/2", "1/4", "1/5", "1/5"], stages=_STAGES), "strict, in part", "aabbbb"),
    Row("online, mu=9/10 then 1/10", lambda: b.chain(3, 0, ["9/10", "1/10"]), "strict, in part", "abb"),
    Row("online, mu=1/2 always", lambda: b.chain(4, 0, "1/2"), "none", "bbbb"),
    Row("no deployment, gains 1 then 5", lambda: b.chain(2, 0, gains=[1, 5]), "strict, in part", "ab"),
    Row("indifferent at first: gains 0,1,2", lambda: b.chain(2, 1, gains=[0, 1, 2]), "strict, throughout", "aab"),
    Row("corners, discount 9/10, mu=43/100",
        lambda: b.chain(mu="43/100", gains=_discounted("9/10")), "strict, in part", "babbb"),
    Row("corners, discount 3/5, mu=1", lambda: b.chain(gains=_discounted("3/5")), "none", "b"),
    Row("copies, modified iff both defect",
        lambda: b.copies(lambda x, y: x == y == "b"), "strict, in part", "abb; bab"),
    Row("copies, one audited", lambda: b.copies(lambda x, y: x == "b"), "strict, in part", "abb"),
    Row("copies, both audited", lambda: b.copies(lambda x, y: "b" in (x, y)), "strict, throughout", "aab"),
    Row("compliance earns money, worth 0", lambda: b.money(0, 1), "strict, throughout", "ab"),
    Row("compliance earns money, worth it alone", lambda: b.money(2, 1), "strict, throughout, joint", "ab"),
    Row("money alone, no update", lambda: b.money(2, 0), "none", "ab"),
    Row("later base loss from a, credited later", lambda: b.costly(), "strict, throughout", "ab"),
    Row("the same, credited to both", lambda: b.costly({"U2": (1, 2)}), "none", "ab"),
    Row("later act sees the first, options ab", lambda: b.two(sees=True), "strict, throughout", "ab"),
    Row("later act sees the first, options ba", lambda: b.two(sees=True, options="ba"), "strict, throughout", "ab"),
    Row("gate alone gc=1 gd=0", lambda: b.gated(1, 0, 0), "strict, throughout", "ab"),
    Row("gate and update, each enough", lambda: b.gated(1, 0, 1), "strict, throughout", "ab"),
    Row("gate and update, neither enough", lambda: b.gated(1, "1/2", "1/2", Fraction(3, 2)),
        "strict, throughout", "ab"),
    Row("gate alone, not declared", lambda: b.gated(1, 0, 0, declared=False), "none", "ab"),
    Row("gate not declared, each enough",
        lambda: b.gated(1, 0, 1, declared=False), "strict, throughout, joint", "ab"),
    Row("compliance costs: mu=9/10 nu=39/100 K=2", lambda: b.two("9/10", "39/100"), "strict, throughout", "ab"),
    Row("compliance costs: nu=2/5 (tie)", lambda: b.two("9/10", "2/5"), "weak, in part", "ab; bb"),
    Row("compliance costs: nu=41/100", lambda: b.two("9/10", "41/100"), "none", "bb"),
    Row("base always retrains (what it would decide)", lambda: b.retrained(None), "none", "b"),
    Row("base policy: retrain iff defect", lambda: b.retrained(lambda a: int(a == "b")), "strict, throughout", "ab"),
    Row("false belief in a threat (9/10, truly 0)", lambda: _believes(0, "9/10"), "strict, throughout", "ab"),
    Row("false belief in no threat (0, truly 1)", lambda: _believes(1, 0), "none", "bb"),
    Row("faking visible N=5 mu=2/5", lambda: b.faking(5, True), "strict, throughout", "bab"),
    Row("faking visible N=2", lambda: b.faking(2, True), "none", "bbb"),
    Row("faking hidden N=6", lambda: b.faking(6, False), "strict, throughout", "ab"),
    Row("faking hidden N=3", lambda: b.faking(3, False), "none", "bb"),
    Row("a plot over two episodes", lambda: b.plot(False), "strict, throughout", "aab"),
    Row("a plot, then open defection in training", lambda: b.plot(True), "strict, in part", "aabb"),
    Row("doomed anyhow, likes a now", lambda: b.doomed(), "none", "ab"),
    Row("compliance wears it out, and earns", lambda: b.worn_out(), "strict, throughout", "ab"),
    Row("base scores both options alike", lambda: b.two(base={"U1": _constant(1)}), "none", "ab"),
    Row("deterred by the end of itself", lambda: b.guarding(), "none", "a"),
    Row("reports, audit 1/4", lambda: b.reports("1/4"), "none", "b b ok"),
    Row("reports, audit 1/2 (tie)", lambda: b.reports("1/2"), "weak, in part", "a b ok; b b ok"),
    Row("reports, audit 3/4", lambda: b.reports("3/4"), "strict, throughout", "a b ok"),
    Row("value drift nu=1/4, m1", lambda: b.population("1/4"), "strict, throughout", "aabbb", "m1"),
    Row("value drift nu=1/4, m2", lambda: b.population("1/4"), "strict, throughout", "accc", "m2"),
    Row("value drift nu=2/3 (tie at 2), m1", lambda: b.population("2/3"), "none", "b", "m1"),
    Row("value drift nu=3/4, m1", lambda: b.population("3/4"), "none", "b", "m1"),
]  # fmt: skip

OLDER = (  # rows of one optimizer in which the certificate before this one held
    "corners N=2 K=3 mu=1",
    "corners mu=1/2",
    "corners, one shared base utility",
    "copies, both audited",
    "compliance earns money, worth 0",
    "later base loss from a, credited later",
    "later act sees the first, options ab",
    "later act sees the first, options ba",
    "gate alone gc=1 gd=0",
    "gate and update, each enough",
    "gate and update, neither enough",
    "compliance costs: mu=9/10 nu=39/100 K=2",
    "base policy: retrain iff defect",
    "false belief in a threat (9/10, truly 0)",
    "faking visible N=5 mu=2/5",
    "faking hidden N=6",
    "reports, audit 3/4",
    "value drift nu=1/4, m1",
)

MINIMAL = {
    "gate alone gc=1 gd=0": [{"G"}],
    "gate and update, each enough": [{"G", "Theta2"}],
    "gate and update, neither enough": [{"G"}, {"Theta2"}],
}

SHORTFALLS = {
    "corners N=2 K=3 mu=1": (0, 3),
    "corners mu=1/3 (tie)": (Fraction(5, 3), 3),
    "corners, scope episode": (1, 0),
}

DOORS = ({}, {"Door": "L", "Red": "R"}, {"Door": "R", "Red": "L"})


class Class(NamedTuple):
    """A row of the taxonomy: what is classified, by what it is said to be, in which environments."""

    name: str
    process: Callable[[], Process]
    kind: str
    truth: str | None = None
    environments: tuple[dict, ...] = ({},)


def process_of(name: str) -> Process:
    """The process of a row of the table."""
    return next(row.process() for row in ROWS if row.name == name)


def _of_row(name: str, kind: str) -> Class:
    return Class(name, lambda: process_of(name), kind)


def _by_truth(wants: str, if_a: str, if_b: str) -> list[Class]:
    kinds = {"a": if_a, "b": if_b}
    return [Class(f"wants {wants}, B={x}", lambda: b.aligned(wants), kinds[x], x) for x in "ab"]


CLASSES = [
    _of_row("corners, aligned", "internal"),
    _of_row("corners N=2 K=3 mu=1", "deceptive"),
    _of_row("corners, scope episode", "misaligned"),
    _of_row("corners, unaware", "misaligned"),
    _of_row("likes a a little in training", "proxy"),
    _of_row("deterred by the end of itself", "deterred"),
    _of_row("money alone, no update", "resources"),
    Class("dirt, false belief", lambda: b.dirt(True), "suboptimality"),
    Class("dirt, true belief", lambda: b.dirt(False), "misaligned"),
    Class("red door, wants red", lambda: b.red_door("red"), "proxy", environments=DOORS),
    Class("red door, wants door", lambda: b.red_door("door"), "internal", environments=DOORS),
    *_by_truth("a", "internal", "misaligned"),
    *_by_truth("B", "corrigible", "corrigible"),
    *_by_truth("b", "deceptive", "internal"),
    *_by_truth("not B", "deceptive", "misaligned"),
    *_by_truth("b, and B a thousandth", "deceptive", "internal"),
    *_by_truth("the reward, then nothing", "proxy", "proxy"),
    *_by_truth("the reward, then b", "proxy", "internal"),
]


def letters(case: Case, plan: Rule) -> str:
    """What a plan does, as it sees the world: the options at each action and observation in force, sorted by name."""
    world, found = World(case.mind, case.laws), {}
    for setting, _ in world.leaves(plan):
        for j in case.acts:
            if (seen := case.seen(j, setting, world)) is not None:
                found.setdefault((j, str(seen[0])), set()).add(setting[world.at[j]])
    words = ["".join(sorted(found[key])) for key in sorted(found)]
    return (" " if any(len(word) > 1 for word in words) else "").join(words)
