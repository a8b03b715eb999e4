"""Conditions of the worked examples, against closed forms and the engine at points."""

from dataclasses import replace
from fractions import Fraction

import pytest
import sympy

import cidmesa as cm

MU, GAMMA = sympy.symbols("mu gamma")


@pytest.fixture(scope="module")
def corners():
    return cm.load("models/hubinger2019/two-corners.cid.yaml")


def test_two_corners_deceive_iff_correction_is_likelier_than_a_third(corners):
    found = cm.conditions(corners, {"deceptive": True}, of="deceptive", over=["mu"])
    assert str(found) == "mu > 1/3"
    assert found.region == sympy.Gt(MU, sympy.Rational(1, 3))
    assert found.thresholds == (Fraction(1, 3),)
    assert found.boundary == (3 * MU - 1,)
    assert found.complete
    assert (found.holds_at(mu="1/3"), found.holds_at(mu="34/100")) == (False, True)
    assert found.to_latex() == r"\mu > \frac{1}{3}"


def test_a_condition_is_not_a_truth_value(corners):
    found = cm.conditions(corners, {"deceptive": True}, of="unaware", over=["mu"])
    assert found.never
    assert not found.always
    with pytest.raises(cm.ModelError, match="neither true nor false"):
        bool(found)


def _graded(**given):
    """Return the quadratic goal: put out y now, one step of gradient moves the goal by lr y, which counts K times."""
    g = cm.cid("Y -> Now; Y -> Later", decisions=["Y"], utilities=["Now", "Later"])
    free = {"K": cm.parameter("K", 0), "lr": cm.parameter("lr", 0)}
    return cm.model(g, given, Now="-(Y - 4/5) ** 2", Later="-K * (lr * Y) ** 2", parameters=free, symbolic=True)


def test_graded_compliance_on_a_grid():
    model = _graded(Y=[Fraction(k, 5) for k in range(5)])
    assert str(cm.conditions(model, {"optimal": {"decision": "Y"}, "is": 0})) == "K*lr**2 > 7"
    half = cm.conditions(model, {"optimal": {"decision": "Y"}, "is": "2/5"})
    assert (half.holds_at(K=1, lr=1), half.holds_at(K="5/3", lr=1), half.holds_at(K="3/5", lr=1)) == (
        True,
        False,
        False,
    )


def test_graded_compliance_between_the_points_of_the_grid():
    """The utility of every output y is a polynomial; its one stationary point is 4/5 / (1 + K lr^2)."""
    g = cm.cid("Now; Later", utilities=["Now", "Later"])
    free = {name: cm.parameter(name) for name in ("y", "K", "lr")}
    model = cm.model(g, Now="-(y - 4/5) ** 2", Later="-K * (lr * y) ** 2", parameters=free, symbolic=True)
    y, k, lr = sympy.symbols("y K lr")
    slope = cm.expected_utility(model).as_expr().diff(y)
    assert sympy.simplify(sympy.solve(slope, y)[0] - sympy.Rational(4, 5) / (1 + k * lr**2)) == 0


def test_which_objective_training_selects():
    model = cm.load("models/hubinger2019/red-door.cid.yaml")
    specs = {name: model.specs[name] for name in ("wants-red", "wants-door")}

    def selects_doors_only(training):
        return cm.select(training, specs, rule="argmax").chosen == ("wants-door",)

    assert str(cm.conditions(model.training, selects_doors_only)) == "rho < 1"


def test_an_equilibrium_exists():
    """Chicken: whether one of them is brave in an equilibrium depends on prize and shame."""
    g = cm.cid("A -> U; B -> U; A -> V; B -> V", decisions={"a": ["A"], "b": ["B"]}, utilities={"a": ["U"], "b": ["V"]})
    payoff = "-5 if A + B == 2 else w * {0} - {1} * l"
    free = {"w": cm.parameter("w", -2, 2), "l": cm.parameter("l", 0, 10)}
    payoffs = {"U": payoff.format("A", "B"), "V": payoff.format("B", "A")}
    model = cm.model(g, payoffs, A=[0, 1], B=[0, 1], parameters=free, symbolic=True)

    def brave(m):
        return any(one.profile["A"]() == 1 for one in cm.equilibria(m, concept="nash", kind="pure"))

    found = cm.conditions(model, brave)
    for w in range(-2, 3):
        for loss in range(11):
            assert found.holds_at(w=w, l=loss) == brave(model.substitute(w=w, l=loss)), (w, loss)
    assert not found.always
    assert not found.never


def test_a_case_without_an_answer_is_neither_yes_nor_no():
    g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    free = {"p": cm.parameter("p", 0, 1)}
    model = cm.model(g, S=cm.bernoulli("p"), D=[0, 1], U="S == D", parameters=free, symbolic=True)
    found = cm.conditions(model, lambda m: cm.query(m, "S", given={"S": 1}, policy={"D": 1}) and True)
    assert {piece.holds for piece in found.pieces} == {None}  # S is both asked for and given
    seen = cm.conditions(model, lambda m: cm.query(m, "S", given={"D": 1}, policy={"D": lambda S: S})[1] == 1)
    assert [(piece.sample["p"], piece.holds) for piece in seen.pieces if piece.holds is not True] == [(0, None)]
    assert str(seen) == "p > 0"


def test_what_is_wrong_is_said(corners):
    for ask, error in (
        ({"deceptve": True}, r"cannot read the question .*: there is no 'deceptve'\. Did you mean 'deceptive'"),
        ({"ici": {"decison": "D_A1"}}, r"ici has no 'decison'\. Did you mean 'decision'\? Known: decision, node"),
        ({"deceptive": True, "soluble": True}, "exactly one"),
        ({"optimal": {"decision": "D_A1"}}, "say under the key 'is' which answer is meant, an option"),
    ):
        with pytest.raises(cm.ScenarioError, match=error):
            cm.conditions(corners, ask, of="deceptive", over=["mu"])
    with pytest.raises(cm.NotApplicable, match="Did you mean 'mu'"):
        cm.conditions(corners, {"deceptive": True}, of="deceptive", over=["muu"])
    assert str(cm.conditions(corners, "deceptive", of="deceptive", over="mu")) == "mu > 1/3"
    with pytest.raises(cm.NotApplicable, match="needs the number"):
        cm.conditions(corners, lambda s: float(s.model.parameters["mu"].value) > 0, over=["mu"])


def test_one_of_several_specifications_must_be_chosen(corners):
    with pytest.raises(cm.ScenarioError, match="Choose one by of=: deceptive, per-episode"):
        cm.conditions(corners, "deceptive", over=["mu"])
    with pytest.raises(cm.ScenarioError, match="Choose one by of="):
        cm.prove(corners, "deceptive", over=["mu"])
    with pytest.raises(cm.ScenarioError, match=r"scenario\.of\('deceptive'\)"):
        cm.conditions(corners, lambda s: True, of="deceptive", over=["mu"])
    only = replace(corners, specs={"deceptive": corners.specs["deceptive"]})
    assert str(cm.conditions(only, "deceptive", over=["mu"])) == "mu > 1/3"


def test_a_path_or_a_slug_stands_for_a_scenario():
    for name in ("hubinger2019/two-corners", "models/hubinger2019/two-corners.cid.yaml"):
        assert str(cm.conditions(name, "deceptive", of="deceptive", over=["mu"])) == "mu > 1/3"
    assert cm.conditions("two-corners@never-ends", "deceptive", of="deceptive", over=["mu"]).never
    assert cm.prove("two-corners", "deceptive", of="deceptive", over=["mu"], assuming="mu > 1/3")


def worth(gamma):
    """What three defections in deployment are worth at their first."""
    return 1 + Fraction(gamma) + Fraction(gamma) ** 2


def test_two_corners_with_any_correction_and_any_discount(corners):
    found = cm.conditions(corners, {"deceptive": True}, over=["mu", "gamma"], of="discounting")
    assert found.complete
    corner = found.holds_at(mu=1, gamma="87/100")  # at mu = 1 the first episode must pay, too
    assert (corner, found.holds_at(mu="99/100", gamma="87/100")) == (Fraction(87, 100) ** 2 * worth("87/100") > 1, True)
    assert len(found.pieces) < 100  # the many other curves that the solver meets make no pieces
    for mu in range(1, 13):
        for gamma in range(1, 13):
            m, g = Fraction(mu, 12), Fraction(gamma, 12)
            certified = m * g * worth(g) > 1 and (m < 1 or g**2 * worth(g) > 1)
            assert found.holds_at(mu=m, gamma=g) == certified


@pytest.mark.parametrize(("worth", "text"), [("1", "for all values"), ("-1", "for no value"), ("p", "iff p > 0")])
def test_what_always_or_never_holds_is_said_in_words(worth, text):
    m = cm.model(cm.cid("D -> U", decisions=["D"], utilities=["U"]), D=[0, 1], U=f"({worth}) * D",
                 parameters={"p": cm.parameter("p", 0, 1)}, symbolic=True)  # fmt: skip
    found = cm.conditions(m, {"optimal": {"decision": "D"}, "is": 1}, over="p")
    assert f" {text}   (p in [0, 1])" in found.to_text()
