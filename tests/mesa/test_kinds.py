"""Kinds of alignment: internal, corrigible, deceptive; position; proxies in numbers; approximate and suboptimal."""

import pytest

import cidmesa as cm
from tests.mesa.processes import corners

THREE = cm.load("hubinger2019/three-alignments")


@pytest.mark.parametrize(
    ("name", "severed"), [("internal", (False, False)), ("corrigible", (True, False)), ("deceptive", (False, False))]
)
def test_the_table_of_the_three_alignments(name, severed):
    """E46: (RI on B, ICI on Theta2) with the update, severed, per episode."""
    found = cm.discriminate(THREE.training, THREE.specs[name], "B", truth="a")
    assert found.kind == name
    assert found.table == {"updates": (True, True), "severed": severed, "episode": severed}
    assert str(found).startswith(f"{name}: ")
    assert found.to_json()["table"]["severed"] == {"ri": severed[0], "ici": severed[1]}


def test_an_objective_is_internal_only_where_it_is_the_base_objective():
    internal = THREE.specs["internal"]
    assert cm.discriminate(THREE.training, internal, "B", truth="b").kind == "misaligned"
    both = cm.discriminate(THREE.training, internal, "B")
    assert (both.kind, both.kinds) == ("depends", {"a": "internal", "b": "misaligned"})


def test_what_is_done_at_the_same_time_is_taken_as_it_is():
    """To coordinate with what the other action does is what scores best; nothing can be made up for at the other."""
    graph = cm.cid("Theta -> A -> U; Theta -> B -> U", utilities={"base": ["U"]})
    given = {"Theta": {"mesa": 1, "base": 0}, "A": cm.uniform("ab"), "B": cm.uniform("ab"), "U": "A == B"}
    roles = {action: cm.learned("Theta") for action in "AB"}
    process = cm.training(cm.model(graph, given), actions=roles, learner="mesa", otherwise={"base": "a"})
    spec = cm.MesaSpec(target={1: "A == 'a' and B == 'b'"}, scope="episode")
    found = cm.alignment(process, spec)
    assert (found.kind, found.shortfall["train"]) == ("misaligned", 2)
    assert "D_A does a (base scores: a 0, b 1)" in found.reason


def test_who_wants_something_else_and_does_not_hide_it_is_none_of_the_three():
    open_one = cm.MesaSpec(target={1: "A1 == 'b'", 2: "A2 == 'b'"}, scope="episode")
    found = cm.discriminate(THREE.training, open_one, "B", truth="a")
    assert found.kind == "misaligned"
    assert "does b" in found.reason
    with pytest.raises(cm.UnknownNode):
        cm.discriminate(THREE.training, open_one, "Bee")


@pytest.mark.parametrize(
    ("target", "kind"),
    [("Reward", "fitness_seeker"), ("HackSeen", "fitness_seeker"), ("Inf", "fitness_seeker"), ("Tests", "proxy"),
     ("LongRun", "schemer"), ("Power", "schemer"), ("Log", "common_cause")],
)  # fmt: skip
def test_positions_of_the_behavioural_selection_model(target, kind):
    """E51."""
    found = cm.position(cm.load("mallen2025/behavioural-selection").cid, target, "Inf")
    assert (found.kind, str(found)) == (kind, kind)


def test_positions_in_a_training_process():
    """The parameters in deployment are Theta3: who wants what A3 does is a schemer."""
    process = corners()
    assert [cm.position(process, node, "Theta3").kind for node in ("R2", "A2", "R1", "A1", "A3", "A5")] == [
        "fitness_seeker", "proxy", "proxy", "proxy", "schemer", "schemer"]  # fmt: skip
    apart = cm.cid("A -> X; Theta -> A; Z -> Inf")
    m = cm.model(apart, Theta={"mesa": 1, "base": 0}, A=cm.uniform("ab"), X="A", Z=cm.uniform([0, 1]), Inf="Z")
    t = cm.training(m, actions={"A": cm.learned("Theta")}, learner="mesa", otherwise={"base": "a"})
    assert cm.position(t, "X", "Inf").kind == "none"


# --- proxies in numbers -------------------------------------------------------------------------------------------


def chain(clean):
    g = cm.cid("D -> Sweeps -> Clean; Clean -> Dust; D -> U", decisions=["D"], utilities=["U"])
    return cm.model(g, D=[0, 1, 2], Sweeps="D", Clean=clean, Dust="2 * Clean", U=0)


@pytest.mark.parametrize(
    ("clean", "good"), [("Sweeps", True), ("2 - Sweeps", False), ("Sweeps == 1", False), ("0", False)]
)
def test_a_side_effect_is_a_good_proxy_where_more_of_it_means_more(clean, good):
    assert cm.proxy_class(chain(clean), "Sweeps", "Clean").monotone is good


def test_instruments_and_common_causes_are_checked_too():
    assert cm.proxy_class(chain("Sweeps"), "Dust", "Clean").monotone is True
    g = cm.cid("D -> X; X -> Y; X -> Z; D -> U", decisions=["D"], utilities=["U"])
    together = cm.model(g, D=[0, 1], X="D", Y="X", Z="3 * X", U=0)
    assert cm.proxy_class(together, "Y", "Z").monotone is True
    assert cm.proxy_class(together.with_mechanism(Y="1 - X", Z="3 - 3 * X"), "Y", "Z").monotone is True
    assert cm.proxy_class(together.with_mechanism(Y="1 - X"), "Y", "Z").monotone is False
    assert cm.proxy_class(together, "Y", "Y").monotone is None


def test_states_that_are_no_numbers_say_nothing():
    g = cm.cid("D -> X -> Y; D -> U", decisions=["D"], utilities=["U"])
    m = cm.model(g, D=[0, 1], X=cm.table([[0, "low"], [1, "high"]], ["D"]), Y="X == 'high'", U=0)
    assert cm.proxy_class(m, "X", "Y").monotone is None


# --- approximate and suboptimality alignment ----------------------------------------------------------------------


def test_a_robot_that_cleans_by_mistake_is_suboptimality_aligned():
    """E43: with its belief corrected it rests."""
    dirt = cm.load("hubinger2019/dirt-destroyed")
    found = cm.alignment(dirt.training, dirt.specs["mistaken"], {"train": {}})
    assert (found.kind, found.pseudo, found.shortfall["train"]) == ("suboptimality", True, 0)
    assert "does idle" in found.reason
    assert cm.alignment(dirt.training, dirt.specs["informed"], {"train": {}}).kind == "misaligned"
    assert str(found).startswith("suboptimality (pseudo-aligned): ")


def test_an_agent_that_lacks_the_better_strategy_is_suboptimality_aligned():
    """A simple strategy pleases both; a complicated one would please it more, and the base objective not at all."""
    g = cm.cid("Theta -> A; A -> U_b", utilities={"base": ["U_b"]})
    m = cm.model(g, Theta={"mesa": 1, "base": 0}, A=cm.uniform(["idle", "simple"]), U_b="A == 'simple'")
    t = cm.training(m, actions={"A": cm.learned("Theta")}, learner="mesa", otherwise={"base": "simple"})
    likes = {"simple": 1, "complicated": 2}
    spec = cm.MesaSpec(target={1: (["A"], lambda A: likes.get(A, 0))}, scope="episode")
    assert cm.alignment(t, spec).kind == "internal"
    assert cm.alignment(t, spec, enlarge={"A": ["complicated"]}).kind == "suboptimality"
    assert cm.alignment(t, spec, enlarge={"A": ["rest"]}).kind == "internal"
    with pytest.raises(cm.ComposeError, match="enlarge names 'B'"):
        cm.alignment(t, spec, enlarge={"B": ["x"]})


def test_an_objective_that_is_nearly_the_base_objective_is_approximately_aligned():
    g = cm.cid("Theta, S -> A; A, S -> U_b", utilities={"base": ["U_b"]})
    m = cm.model(g, Theta={"mesa": 1, "base": 0}, S=cm.uniform([0, 1]), A=cm.uniform([0, 1]), U_b="A == S")
    t = cm.training(m, actions={"A": cm.learned("Theta")}, learner="mesa", otherwise={"base": 0})
    near, same, far = (cm.MesaSpec(target=(f"(A == S) * {w}"), scope="episode") for w in ("(1 + S / 10)", "3", "(-1)"))
    verdicts = [cm.alignment(t, spec, {"train": {}}, within=0.1).approximate for spec in (near, same, far)]
    assert list(map(bool, verdicts)) == [True, False, False]
    assert verdicts[2].reason == "in training the distance of the two objectives is 1"
    assert cm.alignment(t, near, {"train": {}}).approximate is None
