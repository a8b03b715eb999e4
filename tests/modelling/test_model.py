"""Models: what the door refuses and in which words, edits, equality, inference against enumeration."""

import pickle
from fractions import Fraction
from itertools import product
from random import Random

import pytest

import cidmesa as cm
from cidmesa.display import Displays, Hints
from cidmesa.modelling.expression import Expression
from cidmesa.modelling.mechanism import Formula
from tests.random_models import random_model

G = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
GIVEN = {"S": {"low": "1/3", "high": "2/3"}, "D": ["stay", "go"], "U": "(S == 'high') * (D == 'go')"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"S": {"low": "1/2", "high": "2/5"}}, r"node 'S': the probabilities sum to 9/10, not 1: low: 1/2, high: 2/5"),
        ({"S": {"low": 0.5, "high": 0.4}}, r"sum to 0.9, not 1"),
        ({"S": {"low": "-1/2", "high": "3/2"}}, r"a probability is negative: low: -1/2"),
        ({"S": ["low", "high"]}, r"chance node 'S' is given a list. Only a decision lists its options"),
        ({"D": {"stay": 1}}, r"'D' is a decision, but it is given a distribution. List its options"),
        ({"D": []}, r"node 'D' needs at least one state"),
        ({"D": ["go", "go"]}, r"has a state twice"),
        ({"U": "(Sx == 'high')"}, r"node 'U': .*'Sx' is not a parent of this node or a parameter. Did you mean 'S'\?"),
        ({"U": "'good'"}, r"utility 'U' at S = low, D = stay is 'good'; a number is needed"),
        ({"U": "S == 'hihg'"}, r"node 'U': .*column 6: 'hihg' is not a state of 'S'. Did you mean 'high'\?"),
        ({"U": "D in ('stay', 'run')"}, r"'run' is not a state of 'D'. The states are: stay, go"),
        ({"U": lambda S, D: 1 / 0}, r"node 'U' at S = low, D = stay: the function raised ZeroDivisionError: division"),
        ({"S": cm.bernoulli("1/2"), "U": 1, "D": 5}, r"'D' is a decision"),
        ({"U": lambda S: 1}, r"node 'U': the function does not take the parent 'D'"),
        ({"U": lambda S, D, Z: 1}, r"the function's argument 'Z' is not a parent"),
        ({"U": "1 / (D == 'go')"}, r"node 'U' at S = low, D = stay: .*division by zero"),
        ({"U": "high"}, r"'high' is not a parent.*quote it if it is a state"),
        ({"U": "reward * (D == 'go')"}, r"Declare it under parameters if it is a number, link it if it is a node"),
        ({"S": {"low": "p", "high": "1 - p"}}, r"'p' is not a parent .*Declare it under parameters"),
        ({"U": "D = 'go'"}, r"column 3: invalid syntax\. To compare, write =="),
        ({"U": "S == 'low' && D == 'go'"}, r"Write and, or, not"),
        ({"U": cm.table([["lo", "*", 1], ["*", "*", 0]], ["S", "D"])}, r"a row has 'lo' for S. Did you mean 'low'\?"),
        ({"U": cm.table([["low", "*", 1]], ["S", "D"])}, r"no row covers S = high, D = stay. Add one"),
    ],
)
def test_refused_with_node_value_and_remedy(change, words):
    with pytest.raises(cm.ModelError, match=words):
        cm.model(G, GIVEN | change)


def test_missing_and_unknown_nodes():
    with pytest.raises(cm.ModelError, match=r"utility node 'U' has no mechanism. Give it a number or an expression"):
        cm.model(G, {k: v for k, v in GIVEN.items() if k != "U"})
    with pytest.raises(cm.ModelError, match=r"decision 'D' has no options"):
        cm.model(G, {k: v for k, v in GIVEN.items() if k != "D"})
    with pytest.raises(cm.UnknownNode, match=r"there is no node 'Us'. Did you mean 'U'\?"):
        cm.model(G, GIVEN, Us=1)


def test_a_mechanism_as_text():
    assert str(cm.table([[{"a": "1/2", "b": "1/2"}]], [])) == "a: 1/2, b: 1/2"
    assert str(cm.table([["low", 1], ["*", 0]], ["S"])) == "low: 1; *: 0"
    m = cm.model(G, GIVEN | {"S": lambda: {"low": "1/3", "high": "2/3"}, "U": lambda S, D: S == D})
    assert str(m.mechanism("S")) == "low: 1/3, high: 2/3"
    assert str(m.mechanism("U")).startswith("low, stay: 0; ")


def test_another_kind_of_value_is_told_what_to_take():
    with pytest.raises(AttributeError, match=r"^'Model' object has no attribute 'decisions'\. Its diagram is \.cid\.$"):
        _ = cm.model(G, GIVEN).decisions
    with pytest.raises(
        AttributeError, match=r"'Scenario' object .* Its diagram is \.cid, its model \.model, its training"
    ):
        _ = cm.load("everitt2021/grade-prediction").decisions
    with pytest.raises(AttributeError, match=r"A diagram has no numbers; cm\.model\(cid, \.\.\.\) gives it some"):
        _ = G.domain
    with pytest.raises(AttributeError, match=r"has no attribute '_repr_png_'$"):
        G._repr_png_()


def test_an_error_inside_a_property_is_not_taken_for_a_missing_name():
    class Broken(Displays, Hints):
        _elsewhere = {"size": "Take another."}  # noqa: RUF012 (as classes state it)

        @property
        def size(self):
            return self.nowhere

    with pytest.raises(AttributeError, match=r"^'Broken' object has no attribute 'nowhere'$"):
        _ = Broken().size


def test_diagrams_know_the_names_that_only_models_have():
    public = {name for name in dir(cm.model(G, GIVEN)) if not name.startswith("_")} - {"cid"}
    assert set(cm.CID._elsewhere) >= {name for name in public if not hasattr(cm.CID, name)}


def test_table_rows_of_the_wrong_length():
    with pytest.raises(cm.ModelError, match="row 2 needs 2 values for S, D and an outcome"):
        cm.table([["low", "*", 1], ["high", 0]], ["S", "D"])


def test_numbers_are_exact_until_one_is_a_float():
    assert cm.model(G, GIVEN).exact
    mixed = cm.model(G, GIVEN | {"U": lambda S, D: 0.5})
    assert not mixed.exact
    assert mixed.table("S").values.tolist() == [pytest.approx(1 / 3), pytest.approx(2 / 3)]


def test_exact_numbers_that_no_float_holds_are_refused_beside_floats():
    g = cm.cid("D -> U", decisions=["D"], utilities=["U"])
    with pytest.raises(cm.ModelError, match="too large for a float"):
        cm.solve(cm.model(g, D=[0, 1], U=lambda D: 10**400 if D else 0.5))
    assert cm.solve(cm.model(g, D=[0, 1], U=lambda D: 10**400 * D)).value == 10**400


def test_edits_return_new_models_and_leave_the_old_one():
    m = cm.model(G, GIVEN)
    before = pickle.dumps(m.table("S").values.tolist())
    held = m.do(S="high")
    assert held.cid.edges == m.cid.edges
    assert cm.query(held, "S") == {"low": 0, "high": 1}
    assert cm.expected_utility(m.with_policy({"D": "go"})) == Fraction(2, 3)
    assert cm.expected_utility(m.with_mechanism(S={"low": 1, "high": 0}), {"D": "go"}) == 0
    assert pickle.dumps(m.table("S").values.tolist()) == before
    assert m == cm.model(G, GIVEN)
    with pytest.raises(ValueError, match="read-only"):
        m.table("S").values[0] = 1


def test_do_cuts_incoming_links_and_keeps_rules():
    m = cm.model(cm.cid("S -> X -> D; D, S -> U", decisions=["D"], utilities=["U"]),
                 S=cm.uniform([0, 1]), X="S", D=[0, 1], U="S == D")  # fmt: skip
    follow = {"D": lambda X: X}
    assert cm.expected_utility(m, follow) == 1
    assert cm.query(m, "S", given={"X": 1}, policy=follow) == {0: 0, 1: 1}
    assert cm.query(m, "S", do={"X": 1}, policy=follow) == {0: Fraction(1, 2), 1: Fraction(1, 2)}
    with pytest.raises(cm.ModelError, match=r"'U' is a utility node"):
        m.do(U=1)


def test_equal_whatever_the_order_of_parents_and_picklable():
    turned = cm.cid("D, S -> U; S -> D", decisions=["D"], utilities=["U"])
    m, other = cm.model(G, GIVEN), cm.model(turned, GIVEN)
    assert m == other
    assert hash(m) == hash(other)
    assert pickle.loads(pickle.dumps(m)) == m  # noqa: S301
    made_of_functions = cm.model(G, GIVEN | {"U": lambda S, D: S == "high" and D == "go"})
    assert pickle.loads(pickle.dumps(made_of_functions)) == m  # noqa: S301


def test_parameters():
    m = cm.model(
        G, GIVEN | {"S": {"low": "1 - p", "high": "p"}}, parameters={"p": cm.parameter("p", 0, 1, value="1/4")}
    )
    assert cm.solve(m).value == Fraction(1, 4)
    assert cm.solve(m.substitute(p="1/8")).value == Fraction(1, 8)
    with pytest.raises(cm.ModelError, match=r"parameter 'p' = 2 lies outside its range \[0, 1\]"):
        m.substitute(p=2)
    with pytest.raises(cm.ModelError, match=r"there is no parameter 'q'.* Parameters: p"):
        m.substitute(q=1)
    with pytest.raises(cm.ModelError, match=r"there is no parameter 'q'. Parameters: none\."):
        cm.model(G, GIVEN).substitute(q=1)
    with pytest.raises(cm.ModelError, match=r"parameter 'p' has no value"):
        cm.model(G, GIVEN, parameters={"p": cm.parameter("p", 0, 1)})


@pytest.mark.parametrize("integer", [False, True])
def test_a_range_is_refused_exactly_if_no_number_lies_in_it(integer):
    sixths = [Fraction(k, 6) for k in range(-6, 7)]
    for low, high in product(sixths, repeat=2):
        if any(low <= x <= high and (x.denominator == 1 or not integer) for x in sixths):
            assert cm.parameter("p", low, high, integer=integer).range_text.startswith(f"[{low}, {high}]")
        else:
            with pytest.raises(cm.ModelError, match=r"parameter 'p': no number lies in \["):
                cm.parameter("p", low, high, integer=integer)


def test_a_parameter_may_have_the_ends_of_its_range_and_what_lies_between():
    p, n, free = cm.parameter("p", 0, 1), cm.parameter("n", 1, 9, integer=True), cm.parameter("x")
    assert [x for x in (Fraction(-1, 9), 0, Fraction(1, 2), 1, Fraction(10, 9)) if p.admits(x)] == [
        0,
        Fraction(1, 2),
        1,
    ]
    assert [x for x in (0, 1, Fraction(3, 2), 9, 10) if n.admits(x)] == [1, 9]
    assert cm.Parameter("p", 0, 1).admits(Fraction(1, 2))
    assert free.admits(-(10**9))
    assert free.admits(Fraction(1, 3))
    assert [cm.parameter("p", 0, 1, value=end).value for end in (0, 1)] == [0, 1]
    with pytest.raises(cm.ModelError, match=r"parameter 'p' = 2 lies outside its range \[0, 1\]"):
        cm.parameter("p", 0, 1, value=2)
    with pytest.raises(cm.ModelError, match=r"parameter 'n' = 1/2 lies outside its range \[0, 1\], an integer"):
        cm.parameter("n", 0, 1, value="1/2", integer=True)


REVISIONS = {
    "parents in another order": ([cm.Node("U", "utility", "agent", ("D", "S"))], {}),
    "one parent more": ([cm.Node("U", "utility", "agent", ("S", "D", "T"))], {}),
    "a node that is new": ([cm.Node("V", "utility", "agent", ("T",))], {"mechanisms": {"V": Formula(Expression("T"))}}),
    "other numbers": ([], {"mechanisms": {"U": Formula(Expression("2 * (S == 'high')"))}}),
    "states in another order": ([], {"domains": {"S": ("high", "low")}}),
    "more options": ([], {"domains": {"D": ("stay", "go", "run")}}),
    "one node fewer": ([], {"without": ["T"]}),
}


@pytest.mark.parametrize("what", REVISIONS)
def test_a_revised_model_is_the_model_of_the_new_diagram(what):
    specs, more = REVISIONS[what]
    g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"], nodes=["T"])
    m = cm.model(g, {**GIVEN, "T": cm.uniform([0, 1])})
    revised = m.revised(specs, **more)
    given = {n: revised.mechanism(n) for n in revised.cid.nodes if revised.cid.kind(n) != "decision"}
    anew = cm.model(revised.cid, given | {"D": revised.domain("D")}, domains={"S": revised.domain("S")})
    assert (revised == m) is (what == "parents in another order")
    assert revised == anew
    for node in given:
        assert revised.table(node).variables == anew.table(node).variables
        assert revised.table(node).values.tolist() == anew.table(node).values.tolist()


def test_policies_refuse_nonsense():
    m = cm.model(G, GIVEN)
    with pytest.raises(cm.ModelError, match=r"'5' is not an option of 'D'\. Its options are: stay, go"):
        cm.policy(m, {"D": 5})
    assert cm.policy(cm.model(G, {**GIVEN, "D": [0, 1], "U": 1}), {"D": 1})["D"](S="low") == 1
    with pytest.raises(cm.ModelError, match=r"'goo' is not an option of 'D'. Did you mean 'go'\?"):
        cm.policy(m, {"D": "goo"})
    with pytest.raises(cm.DiagramError, match=r"'S' is a chance node, a decision is needed. The decisions are: D"):
        cm.policy(m, {"S": "low"})
    with pytest.raises(cm.ModelError, match=r"decision 'D' has no policy"):
        cm.expected_utility(m)


def test_a_rule_with_many_contexts_names_the_unusual_ones():
    g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    m = cm.model(g, S=cm.uniform(range(5)), D=["stay", "go", "run"], U=1)
    rule = cm.policy(m, {"D": "'go' if S == 1 else 'run' if S == 3 else 'stay'"})["D"]
    assert str(rule) == "go if S = 1; run if S = 3; otherwise stay"


def test_rules_show_what_they_read():
    m = cm.model(G, GIVEN)
    rule = cm.policy(m, {"D": lambda S: "go" if S == "high" else "stay"})["D"]
    assert (rule.reads, rule(S="high"), str(rule)) == (("S",), "go", "stay if S = low; go if S = high")
    assert rule.to_json() == [{"when": {"S": "low"}, "do": "stay"}, {"when": {"S": "high"}, "do": "go"}]
    assert cm.policy(m, {"D": "go"})["D"].to_json() == "go"
    with pytest.raises(cm.ModelError, match="reads S; 'S' is not given"):
        rule()


def test_a_rule_is_pure_where_it_leaves_nothing_to_chance_and_asks_only_for_what_it_reads():
    g = cm.cid("One, S, T -> D; S, D -> U", decisions=["D"], utilities=["U"])
    m = cm.model(g, One={"only": 1}, S={"low": "1/3", "high": "2/3"}, T=cm.uniform([0, 1, 2]), D=["stay", "go"], U=1)
    pure = cm.policy(m, {"D": "'go' if S == 'high' else 'stay'"})["D"]
    mixed = cm.policy(m, {"D": lambda T, **_: {"go": Fraction(T, 2), "stay": 1 - Fraction(T, 2)}})["D"]
    assert (pure.pure, pure.reads, pure(S="high"), pure({"S": "low", "T": 2})) == (True, ("S",), "go", "stay")
    assert (mixed.pure, mixed.reads, mixed(T=2), mixed(T=1)) == (False, ("T",), "go", {"stay": 1 / 2, "go": 1 / 2})
    with pytest.raises(cm.ModelError, match="'S' is not given"):
        pure(T=0)
    with pytest.raises(cm.ModelError, match=r"'hihg' is not a state of 'S': low, high"):
        pure(S="hihg")


@pytest.mark.parametrize("more", [{"U": 1}, {"domains": {"S": ["low", "high"]}}, {"parameters": {"p": 1}}])
def test_a_model_with_anything_more_is_only_a_diagram(more):
    m = cm.model(G, GIVEN)
    assert cm.model(m) is m
    with pytest.raises(cm.ModelError, match=r"has no mechanism|has no options"):
        cm.model(m, **more)
    with pytest.raises(cm.ModelError, match=r"has no mechanism|has no options"):
        cm.model(m, {"U": 1})


def test_too_large_a_table_is_refused_before_it_is_made():
    links = [(f"X{i}", "Y") for i in range(23)]
    with pytest.raises(cm.TooLarge, match=r"2 \(X0\) \* 2 \(X1\).*= 8388608 settings"):
        cm.model(cm.cid(links), {f"X{i}": cm.uniform([0, 1]) for i in range(23)}, Y="X0")


def joint_by_enumeration(model, policy):
    """P(all chance and decision nodes) by multiplying one table after the other."""
    followed = model.with_policy(policy)
    nodes = [node for node in followed.cid.nodes if followed.cid.kind(node) == "chance"]
    for states in product(*(range(len(followed.domain(node))) for node in nodes)):
        setting = dict(zip(nodes, states, strict=True))
        chance = Fraction(1)
        for node in nodes:
            table = followed.table(node)
            chance *= table.values[tuple(setting[name] for name in table.variables)]
        yield setting, chance


@pytest.mark.parametrize("seed", range(25))
def test_elimination_equals_enumeration(seed):
    model = random_model(Random(seed), max_nodes=5)
    policy = cm.solve(model).policy
    worlds = list(joint_by_enumeration(model, policy))
    utility = Fraction(0)
    for setting, chance in worlds:
        for node in model.cid.utilities:
            table = model.table(node)
            utility += chance * table.values[tuple(setting[name] for name in table.variables)]
    assert cm.expected_utility(model, policy) == utility
    first, last = model.cid.chance_nodes[0], model.cid.chance_nodes[-1]
    seen = model.domain(first)[0]
    evidence = sum(chance for setting, chance in worlds if setting[first] == 0)
    if evidence and first != last:
        found = cm.query(model, last, given={first: seen}, policy=policy)
        for position, state in enumerate(model.domain(last)):
            both = sum(chance for setting, chance in worlds if setting[first] == 0 and setting[last] == position)
            assert found[state] == both / evidence


def test_what_is_not_a_model_is_refused_with_what_to_pass():
    with pytest.raises(cm.ModelError, match=r"solve needs a model, not .* CID\. A diagram becomes a model"):
        cm.solve(G)
    with pytest.raises(cm.ModelError, match=r"best_response needs a model, not a value of type int"):
        cm.best_response(5, {}, "agent")
    with pytest.raises(cm.DiagramError, match=r"model needs a diagram, not a value of type str"):
        cm.model("S -> D", S=1)
    with pytest.raises(cm.ModelError, match=r"a policy needs a rule for each decision, .* Write \{decision: rule\}"):
        cm.expected_utility(cm.model(G, GIVEN), "go")


def test_a_parameter_is_named_in_text():
    p = cm.parameter("p", 0, 1)
    for calculate in (lambda: 1 - p, lambda: p - 1, lambda: 2 * p, lambda: p / 2, lambda: -p):
        with pytest.raises(cm.ModelError, match=r"Write the expression as text, such as '1 - p', and pass parameters"):
            calculate()
    with pytest.raises(cm.ModelError, match=r"a finite number is needed, .* Write its name as text: 'p'"):
        cm.bernoulli(p)


@pytest.mark.parametrize("given", [3, [], None])
def test_uniform_needs_states(given):
    with pytest.raises(cm.ModelError, match="uniform takes a list of states, such as"):
        cm.uniform(given)
