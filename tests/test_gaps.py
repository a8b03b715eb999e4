"""What mutation testing found untested: each test fails when the line that it names is changed."""

from __future__ import annotations

import pytest

import cidmesa as cm
from cidmesa.criteria.edit import support
from cidmesa.criteria.patterns import reasoning_patterns
from cidmesa.modelling.expression import Expression
from cidmesa.modelling.mechanism import Rows
from cidmesa.modelling.tabulation import settled
from cidmesa.structure.reduction_rules import sandwiched
from tests.library.asked import QUESTIONS

ASKED = len(QUESTIONS)
ONE = {"decisions": ["D"], "utilities": ["U"]}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("abs(x=1)", "abs takes one number"),
        ("max(1, key=2)", "max takes numbers"),
        ("abs(1, 2)", "abs takes one number"),
        ("sqrt()", "sqrt takes one number"),
        ("min()", "min takes numbers"),
        ("max(*[1])", "Starred is not allowed"),
    ],
)
def test_functions_of_expressions_take_plain_numbers_and_as_many_as_they_may(text, said):
    with pytest.raises(cm.ModelError, match=said):
        Expression(text)
    assert Expression("max(3)")({}) == 3
    assert Expression("min(2, 1)")({}) == 1


def test_the_other_policy_wins_where_both_have_a_rule_and_no_rule_is_lost():
    g = cm.cid("A -> U; B -> U; C -> U", decisions=["A", "B", "C"], utilities=["U"])
    m = cm.model(g, A=[0, 1], B=[0, 1], C=[0, 1], U="A + B + C")
    first, second = cm.policy(m, {"A": 0, "B": 0}), cm.policy(m, {"B": 1, "C": 1})
    both = first.merged(second)
    assert [(name, both[name]()) for name in both] == [("A", 0), ("B", 1), ("C", 1)]
    assert len(both) == 3
    assert {name: both[name]() for name in second.merged(first)} == {"A": 0, "B": 1, "C": 1}
    assert second.merged(first)["B"]() == 0


def test_a_node_that_is_new_needs_a_mechanism_and_the_message_says_what_may_be_one():
    m = cm.model(cm.cid("S, D -> U", **ONE), S=cm.uniform([0, 1]), D=[0, 1], U="S * D")
    with pytest.raises(
        cm.ModelError, match=r"chance node 'X' has no mechanism\. Give it a distribution, .* \(S\)\."
    ) as info:
        m.revised([cm.Node("X", parents=("S",))])
    assert info.value.node == "X"
    with pytest.raises(cm.ModelError, match=r"utility node 'V' has no mechanism\. Give it a number or .* \(none\)\."):
        m.revised([cm.Node("V", "utility", "agent")])


def test_text_in_a_table_is_a_state_where_there_is_one_and_else_an_expression():
    rows = cm.table([[0, "a"], [1, "S + 1"]], ["S"])
    assert isinstance(rows, Rows)
    assert settled(rows, None) is rows
    as_state, as_number = settled(rows, ("a", 2)), settled(rows, ())
    assert as_state({"S": 0}) == "a"
    assert as_state({"S": 1}) == 2
    assert as_number({"S": 0, "a": 7}) == 7  # of a utility, all text is an expression
    assert as_number({"S": 1}) == 2


def test_a_query_on_what_is_given_or_given_what_never_is_says_so():
    m = cm.model(cm.cid("S -> T"), S={"a": 1, "b": 0}, T="S")
    with pytest.raises(cm.ModelError, match="'S' is both asked for and given"):
        cm.query(m, "S", given={"S": "a"})
    with pytest.raises(cm.ModelError, match="the evidence S = b has probability 0"):
        cm.query(m, "T", given={"S": "b"})
    assert cm.query(m, "T", given={"S": "a"}) == {"a": 1, "b": 0}


def test_what_is_kept_is_given_up_only_where_no_removal_brings_it_back():
    g = cm.cid("S -> D1, D2; D1 -> X -> U; D1, D2 -> U; X -> D2", decisions=["D1", "D2"], utilities=["U"])
    admitted = list(cm.incentives(g).select(status="admits"))
    pairs = [(verdict, kept) for verdict in admitted if verdict.concept in ("ici", "ri") for kept in admitted]
    for verdict, kept in pairs[::7]:
        if kept != verdict:
            for way in cm.remove_incentive(g, verdict, [kept])[:2]:
                again = {(v.concept, v.decision, v.node): v.status for v in cm.incentives(way.cid)}
                assert again[verdict.concept, verdict.decision, verdict.node] == "excluded"
                assert again[kept.concept, kept.decision, kept.node] == "admits"
    lost = cm.cid("D -> X -> U", **ONE)
    assert cm.remove_incentive(lost, cm.admits_ici(lost, "D", "X"), [cm.admits_ici(lost, "D", "D")]) == ()


def test_impact_rests_on_the_way_to_the_node_and_on_the_aim():
    g = cm.cid("D -> X -> Y; D -> Z -> U", **ONE)
    assert set(support(g, cm.admits_impact(g, "D", "Y"))) == {("D", "X"), ("X", "Y"), ("D", "Z"), ("Z", "U")}


def test_a_difference_gives_the_reason_of_what_is_there_now_or_was():
    before, after = cm.cid("D -> X -> U", **ONE), cm.cid("D -> Y -> U; X -> U", **ONE)
    changes = {(c.concept, c.node): c for c in cm.incentive_diff(before, after).changes}
    assert (changes["ici", "X"].before, changes["ici", "X"].after) == ("admits", "excluded")
    assert "no directed path" in changes["ici", "X"].reason
    assert changes["ici", "Y"].before is None
    assert "D -> Y -> U" in changes["ici", "Y"].reason


def test_solubility_names_the_theorem_for_one_agent_and_for_several():
    assert cm.is_soluble(cm.cid("D -> U", **ONE)).theorem == "van Merwijk et al. 2022, Definition 4"
    several = cm.cid("A -> U; B -> V", decisions={"a": ["A"], "b": ["B"]}, utilities={"a": ["U"], "b": ["V"]})
    assert cm.is_soluble(several).theorem == "Hammond et al. 2021"
    owner = cm.cid("A -> U; B -> V", decisions={"a": ["A", "B"]}, utilities={"a": ["U"], "b": ["V"]})
    assert cm.is_soluble(owner).theorem == "Hammond et al. 2021"


def test_the_sandwich_is_tried_where_the_diagram_is_not_soluble_and_only_there():
    assert sandwiched(cm.cid("X -> D -> U", **ONE).net) == []  # soluble: R0 is enough
    three = {"decisions": ["D1", "D2", "D3"], "utilities": ["U"]}
    (removal,) = sandwiched(cm.cid("D1 -> X -> D2, D3; D2, D3 -> U", **three).net)
    step = removal.step
    assert (step.rule, step.links, step.given) == ("R3", (("X", "D2"), ("X", "D3")), ("D1", "D2", "D3"))
    material = cm.cid("D1 -> X -> D2, D3; E -> D2; E, D2, D3 -> U", **three)
    assert ("E", "D2") not in [link for removal in sandwiched(material.net) for link in removal.step.links]


def test_a_trail_of_a_pattern_turns_once_and_does_not_pass_what_is_barred():
    game = {"decisions": {"a": ["A"], "b": ["B"]}, "utilities": {"a": ["U"], "b": ["V"]}}
    g = cm.cid("X -> A -> B; X, B -> U; X, B -> V", **game)
    (found,) = reasoning_patterns(g).of("A")
    assert (found.label, found.paths) == ("signalling", (("A", "B"), ("B", "U"), ("A", "X", "V"), ("X", "U")))
    for link in (("X", "U"), ("X", "V"), ("X", "A"), ("A", "B")):
        assert not reasoning_patterns(g.without_link(*link)).of("A")
    told = g.with_link("X", "B")  # what it already knows cannot be signalled
    assert not reasoning_patterns(told).of("A")


def test_that_there_is_no_path_says_from_where_to_where():
    g = cm.cid("D -> X -> U; Z -> U; D -> Y", **ONE)
    assert cm.admits_impact(g, "D", "Z").reason == "there is no directed path from D to Z"
    through = "there is no directed path from D through Y to a utility that belongs to agent"
    assert cm.admits_ici(g, "D", "Y").reason == through


def test_a_row_of_contributions_as_data():
    g = cm.cid("S -> D; S, D -> U", **ONE)
    m = cm.model(g, S={0: "1/3", 1: "2/3"}, D=[0, 1], U="S == D")
    row = cm.explain_utility(m, {"D": 1}).rows[0]
    data = row.to_json()
    assert set(data) == {"utility", "setting", "probability", "mean", "contribution"}
    assert (data["probability"], data["mean"], data["contribution"]) == tuple(row.cells[2:])


def test_an_exact_utility_that_is_too_large_for_sums_of_floats_is_refused():
    g = cm.cid("S -> D; S, D -> U", **ONE)
    with pytest.raises(cm.ModelError, match=r"utility 'U' has a number beyond .* Scale utilities down"):
        cm.model(g, S={0: 0.25, 1: 0.75}, D=[0, 1], U="S * 10**307 + D")
    assert cm.expected_utility(cm.model(g, S={0: 0.25, 1: 0.75}, D=[0, 1], U="4 * S + D"), {"D": 0}) == 3


def test_solve_names_the_parameters_that_have_no_value():
    free = {"p": cm.parameter("p", 0, 1), "q": cm.parameter("q", 0, 1, value="1/2")}
    g = cm.cid("D -> U", decisions=["D"], utilities=["U"])
    model = cm.model(g, D=[0, 1], U="p * D + q", parameters=free, symbolic=True)
    with pytest.raises(cm.NotApplicable, match=r"which policy is best depends on p\. Give values"):
        cm.solve(model)
