"""Optima known from the literature, and the errors of the solver."""

from dataclasses import replace
from fractions import Fraction

import pytest

import cidmesa as cm

SICKENS = [["ill", "treat", "1/2"], ["ill", "leave", "9/10"], ["healthy", "treat", "1/10"], ["healthy", "leave", "1/5"]]
TESTS = [["ill", {"+": "8/10", "-": "2/10"}], ["healthy", {"+": "1/10", "-": "9/10"}]]


def pig_farm(months: int) -> cm.Model:
    """Lauritzen and Nilsson 2001: each month's treatment sees that month's test only."""
    between = range(1, months)
    links = [(f"H{months}", "Price")]
    given = {"H1": {"ill": "1/10", "healthy": "9/10"}, "Price": f"300 if H{months} == 'ill' else 1000"}
    for m in between:
        links += [
            (f"H{m}", f"T{m}"),
            (f"T{m}", f"D{m}"),
            (f"D{m}", f"C{m}"),
            (f"H{m}", f"H{m + 1}"),
            (f"D{m}", f"H{m + 1}"),
        ]
        rows = [[health, done, {"ill": p, "healthy": f"1 - {p}"}] for health, done, p in SICKENS]
        given |= {f"T{m}": cm.table(TESTS, [f"H{m}"]), f"D{m}": ["treat", "leave"]}
        given |= {f"C{m}": f"-100 if D{m} == 'treat' else 0", f"H{m + 1}": cm.table(rows, [f"H{m}", f"D{m}"])}
    costs = [f"C{m}" for m in between]
    return cm.model(cm.cid(links, decisions=[f"D{m}" for m in between], utilities=[*costs, "Price"]), given)


LIMITED = {4: 726.8121, 8: 665.3903, 16: 648.3172, 32: 647.3366, 64: 647.3333}


@pytest.mark.parametrize(("months", "value"), LIMITED.items())
def test_pig_farm_with_limited_memory(months, value):
    """performance.md, section 8; one pass of single policy updating finds less from 16 months on."""
    solution = cm.solve(pig_farm(months))
    assert float(solution.value) == pytest.approx(value, abs=6e-5)
    assert (solution.method, solution.exact) == ("search", True)


@pytest.mark.parametrize(("months", "value"), [(6, 688.450448), (9, 663.277760)])
def test_pig_farm_without_forgetting(months, value):
    solution = cm.solve(floating(without_forgetting(pig_farm(months))))
    assert solution.value == pytest.approx(value, abs=1e-6)
    assert solution.value == pytest.approx(by_hand(months), abs=1e-9)
    assert solution.method == "backward induction"


def by_hand(months: int, month: int = 1, ill: float = 0.1, healthy: float = 0.9) -> float:
    """The farmer's optimum when all tests are remembered: a recursion over what they may have shown."""
    if month == months:
        return 300 * ill + 1000 * healthy
    total = 0.0
    for a, b in ((0.8 * ill, 0.1 * healthy), (0.2 * ill, 0.9 * healthy)):
        treated = by_hand(months, month + 1, 0.5 * a + 0.1 * b, 0.5 * a + 0.9 * b) - 100 * (a + b)
        total += max(treated, by_hand(months, month + 1, 0.9 * a + 0.2 * b, 0.1 * a + 0.8 * b))
    return total


def without_forgetting(model: cm.Model) -> cm.Model:
    seen, specs = {}, []
    for decision in model.cid.decisions:
        seen |= dict.fromkeys(model.cid.parents(decision))
        specs.append(cm.Node(decision, "decision", "agent", tuple(seen)))
        seen[decision] = None
    return model.revised(specs)


def floating(model: cm.Model) -> cm.Model:
    """The same numbers as floats."""
    return replace(model, tables={node: table.as_float() for node, table in model.tables.items()})


def test_four_variables_where_one_pass_solvers_err():
    """performance.md, section 8: the true optimum is 1.9."""
    g = cm.cid("c0 -> c1; c1, a -> ua; b -> ub", decisions=["a", "b"], utilities=["ua", "ub"])
    m = cm.model(g, c0=cm.uniform([0, 1]), c1={0: "9/10", 1: "1/10"}, a=[0, 1], b=[0, 1], ua="a != c1", ub="b == 1")
    assert cm.solve(m).value == Fraction(19, 10)


def test_team_without_communication_finds_the_global_optimum():
    """Row B13: single-policy updating from (0, 0) stops at 1; the optimum is 2."""
    g = cm.cid("D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    solution = cm.solve(cm.model(g, D1=[0, 1], D2=[0, 1], U="(1 + D1) * (D1 == D2)"))
    assert (solution.value, solution.plan) == (2, {"D1": 1, "D2": 1})


@pytest.mark.parametrize(("signals", "messages", "gain"), [(4, 2, Fraction(1, 2)), (2, 2, 0)])
def test_value_of_information_depends_on_domain_sizes(signals, messages, gain):
    """Row B6."""
    seeing = cm.cid("S -> D1; S, D1 -> D2; S, D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    states = list(range(signals))
    given = {"S": cm.uniform(states), "D1": list(range(messages)), "D2": states, "U": "S == D2"}
    value = cm.solve(cm.model(seeing, given)).value
    assert value - cm.solve(cm.model(seeing.without_link("S", "D2"), given)).value == gain


def test_three_colouring_witness():
    """Row B8: A -> D1 is material with A in Z3, B an end of A's edge."""
    g = cm.cid("A -> B; A, B -> D1; A, D1 -> D2; D2, B -> U", decisions=["D1", "D2"], utilities=["U"])
    edge = {0: {1: "1/2", 2: "1/2"}, 1: {0: "1/2", 2: "1/2"}, 2: {0: "1/2", 1: "1/2"}}
    given = {"A": cm.uniform([0, 1, 2]), "B": lambda A: edge[A], "D1": [0, 1], "D2": [0, 1, 2], "U": "D2 == B"}
    value = cm.solve(cm.model(g, given, domains={"B": [0, 1, 2]})).value
    without = cm.solve(cm.model(g.without_link("A", "D1"), given, domains={"B": [0, 1, 2]})).value
    assert (value, value - without) == (1, Fraction(1, 6))


def test_jointly_material_links():
    """Row B11: each of V -> D2 and D1 -> D2 alone is worth nothing, both together one half."""
    g = cm.cid("V -> D1; V, D1 -> D2; D1, D2 -> U1; V, D1 -> U2", decisions=["D1", "D2"], utilities=["U1", "U2"])
    given = {"V": cm.uniform([0, 1]), "D1": [0, 1], "D2": [0, 1], "U1": "D1 == D2", "U2": "D1 == V"}
    values = [cm.solve(cm.model(g.without_links(links), given)).value
              for links in ([], [("V", "D2")], [("D1", "D2")], [("V", "D2"), ("D1", "D2")])]  # fmt: skip
    assert values == [2, 2, 2, Fraction(3, 2)]


def test_absent_minded_driver():
    """Row D4: at best 1 with a pure rule, 4/3 by exiting with probability 1/3."""
    g = cm.cid("D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    m = cm.model(g, D1=["exit", "on"], D2=["exit", "on"], U="0 if D1 == 'exit' else 4 if D2 == 'exit' else 1")
    tied = m.sharing_rules(["D1", "D2"])
    assert max(cm.expected_utility(m, {"D1": o, "D2": o}) for o in ("exit", "on")) == 1
    assert cm.solve(tied).value == Fraction(4, 3)
    assert cm.solve(tied).policy["D1"]() == {"exit": Fraction(1, 3), "on": Fraction(2, 3)}


def test_several_deciding_agents_are_refused_with_advice():
    owned = {"decisions": {"a": ["A"], "b": ["B"]}, "utilities": {"a": ["U"], "b": ["V"]}}
    m = cm.model(cm.cid("A, B -> U; A, B -> V", **owned), A=[0, 1], B=[0, 1], U="A", V="B")
    with pytest.raises(cm.NotApplicable, match=r"a, b have decisions.*best_response"):
        cm.solve(m)


def two_decisions(score: str) -> cm.Model:
    """Two decisions with 2^32 rules each, no communication, one score."""
    links = [(f"S{i}", f"D{j}") for j in (1, 2) for i in range(5 * j - 4, 5 * j + 1)]
    g = cm.cid([*links, ("D1", "U"), ("D2", "U"), *((f"S{i}", "U") for i in range(1, 11))],
               decisions=["D1", "D2"], utilities=["U"])  # fmt: skip
    given = {f"S{i}": cm.uniform([0, 1]) for i in range(1, 11)}
    return cm.model(g, given, D1=[0, 1], D2=[0, 1], U=score)


def test_two_decisions_with_many_rules_each():
    assert cm.solve(two_decisions("(S1 + S6 + D1 * S2 + D2 * S7) % 2")).value == Fraction(5, 8)


SCRAMBLED = "({}) ** 2 % 23".format(" + ".join(f"{7 * i % 19} * S{i}" for i in range(1, 11)) + " + 3 * D1 + 8 * D2")


def test_too_many_rules_are_refused_with_advice():
    with pytest.raises(cm.TooLarge, match=r"D1, D2 depend on each other.*timeout"):
        cm.solve(two_decisions(SCRAMBLED))


def test_a_time_limit_bounds_the_optimum():
    solution = cm.solve(two_decisions(SCRAMBLED), timeout=0.5)
    assert cm.expected_utility(solution.model, solution.policy) == solution.value <= solution.bound <= 22
    assert solution.gap > 0
    assert not solution.exact
    assert f"at most {solution.bound}" in str(solution)
    with pytest.raises(cm.NotApplicable, match="the optimum is not known"):
        next(solution.optimal_policies())


def test_a_time_limit_that_is_not_needed_changes_nothing():
    assert cm.solve(pig_farm(8), timeout=60).gap == 0
    assert cm.solve(pig_farm(8), timeout=60).value == cm.solve(pig_farm(8)).value


def test_a_constant_utility_beside_a_team():
    """A utility without parents is a table of no axes."""
    g = cm.cid("S, D1, D2 -> U", nodes=["V"], decisions=["D1", "D2"], utilities=["U", "V"])
    m = cm.model(g, S=cm.uniform([0, 1]), D1=[0, 1], D2=[0, 1], U="S + (D1 == D2)", V="-3/2")
    assert cm.solve(m).value == 0


def test_more_options_than_a_small_table_has_cells():
    g = cm.cid("D -> U", decisions=["D"], utilities=["U"])
    found = cm.solve(cm.model(g, D=range(4100), U="D * (4000 - D)"))
    assert (found.value, found.policy["D"]()) == (2000**2, 2000)
