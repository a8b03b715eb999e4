"""Rows D2, D3 and D9, pre- and post-policy interventions, objectives that ignore some paths, and errors."""

from fractions import Fraction
from random import Random

import pytest

import cidmesa as cm
from tests.counterfactual.oracle import Oracle


def test_row_d2_effects_with_interaction():
    m = cm.model(cm.cid("A -> M; A -> Y; M -> Y"), A=cm.uniform([0, 1]), M="A", Y="A * M")
    kinds = ("total", "direct", "indirect")
    assert [cm.effect(m, "A", "Y", kind) for kind in kinds] == [1, 0, 0]
    assert cm.effect(m, "A", "Y", "indirect", before=1, after=0) == -1
    assert cm.effect(m, "A", "Y", "controlled", holding={"M": 1}) == 1
    assert cm.effect(m, "A", "Y", "path", edges=[("A", "M"), ("M", "Y")]) == 0


def labels(*, sees_group):
    """Ashurst et al. 2022: the label W is Y or A; the prediction P sees W, and the group A if it is allowed to."""
    g = cm.cid("Y -> W; A -> W; W -> P; P, Y -> U", decisions=["P"], utilities=["U"])
    g = g.with_link("A", "P") if sees_group else g
    sixths = [Fraction(k, 6) for k in range(7)]
    return cm.model(g, Y=cm.uniform([0, 1]), A=cm.uniform([0, 1]), W="max(Y, A)", P=sixths, U="-(P - Y) ** 2")


@pytest.mark.parametrize(("sees_group", "introduced"), [(False, Fraction(1, 3)), (True, 0)])
def test_row_d3_introduced_effect(sees_group, introduced):
    """The best prediction is E[Y | what is seen]: without A it moves with A through the label."""
    m = labels(sees_group=sees_group)
    policy = cm.solve(m).policy
    assert cm.effect(m, "A", "P", policy=policy) - cm.effect(m, "A", "Y", policy=policy) == introduced
    assert cm.effect(m, "A", "P", timing="pre") == 0  # who knows how A was set corrects for it


def recommender():
    """Farquhar et al. 2022: polarising content wins more clicks only because it changes the interests."""
    g = cm.cid("P -> I; P, I -> C", decisions=["P"], utilities=["C"])
    return cm.model(g, P=[0, 1], I="P", C="(8 / 10 if P else 1) + I / 2")


def test_row_d9_path_specific_objective():
    m = recommender()
    safe = cm.path_specific_objective(m, "P", 0, ["I"])
    assert (cm.solve(m).value, cm.solve(m).plan) == (Fraction(13, 10), {"P": 1})
    assert (cm.solve(safe).value, cm.solve(safe).plan) == (1, {"P": 0})
    assert cm.admits_ici(m.cid, "P", "I")
    assert not cm.admits_ici(safe.cid, "P", "I")
    assert cm.directed_path(safe.cid, "P", "I")  # side effects still happen
    assert safe == cm.path_specific_objective(m, "P", 0, [("P", "I")])
    assert cm.solve(cm.path_specific_objective(m, "P", 1, ["I"])).value == Fraction(3, 2)
    assert cm.solve(cm.path_specific_objective(m, "P", 0, held={"I": 1})).value == Fraction(3, 2)


def test_a_baseline_policy_reads_what_the_decision_reads():
    g = cm.cid("S -> P; P -> I; P, I -> C", decisions=["P"], utilities=["C"])
    m = cm.model(g, S=cm.uniform([0, 1]), P=[0, 1], I="P", C="(8 / 10 if P else 1) + I / 2")
    safe = cm.path_specific_objective(m, "P", "S", ["I"])
    assert cm.solve(safe).value == 1 + Fraction(1, 4)


@pytest.mark.parametrize("seed", range(30))
def test_the_objective_is_the_path_specific_effect(seed):
    """In random models E[U^g] under do(D = d) is E[U] under the default plus the effect along the links left."""
    rng = Random(seed)
    g = cm.cid("D -> M; D -> Z; M -> Z; M, Z -> U", decisions=["D"], utilities=["U"])
    quarters = {key: Fraction(rng.randint(0, 4), 4) for key in [(0,), (1,), (0, 0), (0, 1), (1, 0), (1, 1)]}
    rows = {key: {0: p, 1: 1 - p} for key, p in quarters.items()}
    pay = {key: rng.randint(-3, 3) for key in [(0, 0), (0, 1), (1, 0), (1, 1)]}
    m = cm.model(g, D=[0, 1], M=lambda D: rows[D,], Z=lambda D, M: rows[D, M], U=lambda M, Z: pay[M, Z])
    frozen = rng.choice([["Z"], ["M"], [("M", "Z")], [("D", "Z")], [("D", "M")], [("Z", "U")], ["M", "Z"]])
    gone = {edge for edge in g.edges if edge in frozen or edge[1] in frozen}
    safe = cm.path_specific_objective(m, "D", 0, frozen)
    left = [edge for edge in g.edges if edge not in gone]
    base = cm.expected_utility(m, {"D": 0})
    gain = cm.effect(m, "D", "U", "path", policy={"D": 0}, before=0, after=1, edges=left)
    assert cm.expected_utility(safe, {"D": 1}) == base + gain
    assert cm.expected_utility(safe, {"D": 0}) == base
    for node in ("M", "Z"):
        assert cm.query(safe, node, policy={"D": 1}) == cm.query(m, node, policy={"D": 1})


def test_post_policy_rules_react_and_pre_policy_rules_are_made_anew():
    """The sensor T shows S; made to show 1 always, it misleads a rule that trusts it, and is ignored by a new one."""
    g = cm.cid("S -> T -> D; S, D -> U", decisions=["D"], utilities=["U"])
    m = cm.model(g, S=cm.bernoulli("1/4"), T="S", D=[0, 1], U="S == D")
    blind = m.with_mechanism(T=cm.uniform([1]))
    assert cm.effect(m, "T", "U", policy=cm.solve(m).policy) == Fraction(1, 4) - Fraction(3, 4)
    assert cm.effect(m, "S", "U", timing="pre") == 0
    assert cm.solve(blind).value == Fraction(3, 4)  # a soft intervention, the rule made anew
    assert cm.expected_utility(blind, cm.solve(m).policy) == Fraction(1, 4)  # the same, the rule kept


def test_pre_policy_followers_answer():
    owned = {"decisions": {"a": ["A"], "b": ["B"]}, "utilities": {"a": ["U"], "b": ["V"]}}
    g = cm.cid("A -> B; T, A, B -> U; A, B -> V", **owned)
    m = cm.model(g, T=cm.bernoulli("1/10"), A=[0, 1], B=[0, 1], U="B if T else -A", V="A == B")
    assert cm.counterfactual(m, of="B", do={"T": 1}, timing="pre") == {0: 0, 1: 1}
    assert cm.counterfactual(m, of="B", do={"T": 1}, policy={"A": 0, "B": lambda A: A})[0] == 1
    assert cm.effect(m, "T", "B", timing="pre") == 1


def test_noise_is_drawn_explicitly_as_a_chance_root():
    """A monotone response: who took the drug and recovered would not have without it, with probability 2/3."""
    g = cm.cid("X, N -> Y")
    m = cm.model(g, X=cm.uniform([0, 1]), N=cm.uniform(["never", "if treated", "if treated ", "always"]),
                 Y=lambda X, N: 1 if N == "always" else 0 if N == "never" else X)  # fmt: skip
    seen = {"X": 1, "Y": 1}
    assert cm.counterfactual(m, of="Y", do={"X": 0}, evidence=seen)[0] == Fraction(2, 3)
    law = {0: {1: Fraction(1, 4), 0: Fraction(3, 4)}, 1: {1: Fraction(3, 4), 0: Fraction(1, 4)}}
    folded = cm.model(cm.cid("X -> Y"), X=cm.uniform([0, 1]), Y=lambda X: law[X])
    assert cm.counterfactual(folded, of="Y", do={"X": 0}, evidence=seen)[0] == Fraction(3, 4)


def test_evidence_on_the_asked_node_itself():
    m = cm.model(cm.cid("X -> Y"), X=cm.uniform([0, 1]), Y="X")
    assert cm.counterfactual(m, of="X", evidence={"X": 1}) == {0: 0, 1: 1}
    assert Oracle(m).law("X", {}, {"X": 1}) == {1: 1}


def test_a_rule_per_context_is_the_noise_of_a_decision():
    """Seeing S = 0 and D = 1 says nothing on what a random rule does at S = 1."""
    g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    m = cm.model(g, S=cm.uniform([0, 1]), D=[0, 1], U="S == D")
    random = {"D": lambda S: {0: "1/3", 1: "2/3"}}
    seen = {"S": 0, "D": 1}
    assert cm.counterfactual(m, random, of="D", do={"S": 1}, evidence=seen)[1] == Fraction(2, 3)
    assert cm.counterfactual(m, random, of="U", do={"S": 1}, evidence=seen) == {0: Fraction(1, 3), 1: Fraction(2, 3)}


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda m: cm.effect(m, "A", "Z"), cm.UnknownNode, "'Z'"),
        (lambda m: cm.effect(m, "A", "Y", "totl"), cm.NotApplicable, "Did you mean 'total'"),
        (lambda m: cm.effect(m, "A", "Y", "path"), cm.NotApplicable, "needs edges="),
        (lambda m: cm.effect(m, "A", "Y", holding={"M": 0}), cm.NotApplicable, "goes with kind controlled"),
        (lambda m: cm.effect(m, "A", "Y", "path", edges=[("Y", "A")]), cm.DiagramError, "no link Y -> A"),
        (lambda m: cm.effect(m, "A", "Y", before=0, after=3), cm.ModelError, "'3' is not a state of 'A'"),
        (lambda m: cm.effect(m, "A", "Y", "direct", timing="pre"), cm.NotApplicable, "has no timing"),
        (lambda m: cm.effect(m, "A", "Y", timing="early"), cm.NotApplicable, "'early' is not known"),
        (lambda m: cm.effect(m, "A", "W"), cm.ModelError, "needs numbers"),
        (lambda m: cm.counterfactual(m, of="Y", do={"M": cm.would(Q=0)}), cm.UnknownNode, "'Q'"),
        (lambda m: cm.counterfactual(m, of="Y", evidence={"A": 0, "M": 1}), cm.ModelError, "probability 0"),
        (lambda m: cm.path_specific_objective(m, "A", 0, ["M"]), cm.DiagramError, "a decision is needed"),
    ],
)  # fmt: skip
def test_errors(ask, error, message):
    m = cm.model(cm.cid("A -> M -> Y; A -> Y; A -> W"), A=cm.uniform([0, 1]), M="A", Y="A * M", W="'w' if A else 'v'")
    with pytest.raises(error, match=message):
        ask(m)


def test_errors_of_decisions():
    m = recommender()
    with pytest.raises(cm.ModelError, match="'P' has no policy"):
        cm.counterfactual(m, of="I")
    with pytest.raises(cm.NotApplicable, match="nothing is frozen"):
        cm.path_specific_objective(m, "P", 0)
    g = cm.cid("S -> P; P, S -> C", decisions=["P"], utilities=["C"])
    with pytest.raises(cm.NotApplicable, match="'S' does not descend"):
        cm.path_specific_objective(cm.model(g, S=cm.uniform([0, 1]), P=[0, 1], C="P"), "P", 0, ["S"])


def with_a_large_table():
    parents = [f"X{k}" for k in range(8)]
    g = cm.cid([("R", x) for x in parents] + [(x, "Y") for x in parents] + [("R", "U"), ("Y", "U")], utilities=["U"])
    noisy = {x: lambda R: {0: "1/3", 1: "2/3"} if R else {0: "2/3", 1: "1/3"} for x in parents}
    return cm.model(g, noisy, R=cm.uniform([0, 1]), U="3 * Y + R",
                    Y=lambda **x: {0: (p := Fraction(1 + sum(x.values()), 10)), 1: 1 - p})  # fmt: skip


@pytest.mark.parametrize(("of", "factor", "more"), [("Y", 1, 0), ("U", 3, 1)])
def test_total_effects_need_no_shared_noise(of, factor, more):
    m = with_a_large_table()
    high, low = (cm.query(m, "Y", do={"R": r})[1] for r in (1, 0))
    assert cm.effect(m, "R", of) == factor * (high - low) + more
    assert cm.effect(m, "R", of, given={"R": 1}) == factor * (high - low) + more
    assert cm.counterfactual(m, of="Y", do={"R": 1})[1] == high


def test_a_rule_that_is_made_anew_may_read_less_than_the_one_before():
    """The table over all thirteen observations is large, so rules stay over those that they need."""
    unseen = [f"X{k}" for k in range(12)]
    g = cm.cid([("S", "T"), ("D", "U"), ("T", "U"), *((x, "D") for x in ["S", *unseen])], decisions=["D"],
               utilities=["U"])  # fmt: skip
    noise = {x: cm.uniform([0, 1]) for x in unseen}
    m = cm.model(g, noise, S=cm.bernoulli("1/3"), T="S", D=[0, 1], U="D == T")
    assert cm.counterfactual(m, of="D", do={"T": 1}, timing="pre") == {0: 0, 1: 1}


def test_shared_noise_that_would_not_fit_is_refused():
    m = with_a_large_table()
    with pytest.raises(cm.TooLarge, match="'Y' and its copies"):
        cm.counterfactual(m, of="Y", do={"R": 1}, evidence={"Y": 0})


def test_floats():
    m = cm.model(cm.cid("X -> Y"), X={0: 0.5, 1: 0.5}, Y=lambda X: {1: 0.25 + X / 2, 0: 0.75 - X / 2})
    assert cm.counterfactual(m, of="Y", do={"X": 1}, evidence={"X": 0, "Y": 1}) == {1: 0.75, 0: 0.25}
    assert cm.effect(m, "X", "Y") == pytest.approx(0.5)
