"""The composer's rules, each alone, and golden values of what they are for."""

from __future__ import annotations

from dataclasses import fields, replace
from fractions import Fraction
from pathlib import Path

import pytest

import cidmesa as cm
from cidmesa.mesa.compose import Draft
from cidmesa.mesa.rules import RULES
from cidmesa.mesa.spec import choices
from cidmesa.solving.optimal.solution import rational_policy
from tests.builders.catalogue import BUILT
from tests.mesa.processes import corners

B = "A == 'b'"
PLANNER = cm.MesaSpec(target=B, scope="updates")
GAME = replace(PLANNER, succession="game")
EPISODE = cm.MesaSpec(target=B, scope="episode")


def drafted(process, spec, last, **seen):
    """The draft after the rules up to the one with this name."""
    draft = replace(Draft.of(process, spec if isinstance(spec, dict) else {process.learner: spec}), **seen)
    for rule in RULES:
        draft = rule(draft)
        if rule.name == last:
            return draft
    raise AssertionError(last)


# --- the tuple ----------------------------------------------------------------------------------------------------


def test_the_docs_list_the_rules_in_order():
    page = Path("docs/composer.md").read_text(encoding="utf-8")
    rows = [f"| R{r.number} | {r.name} | {r.sentence} | {r.assumes} | {r.theory} |" for r in RULES]
    assert "\n".join(rows) in page
    assert [rule.number for rule in RULES] == list(range(len(RULES)))


def test_the_docstring_of_compose_lists_the_rules_in_order():
    told = " ".join(cm.compose.__doc__.split())
    places = [told.index(f"* {rule}: {rule.sentence}") for rule in RULES]
    assert places == sorted(places)


def test_the_docs_list_the_fields_of_a_specification():
    page, words = Path("docs/composer.md").read_text(encoding="utf-8"), choices()
    for field in fields(cm.MesaSpec):
        known = ", ".join(f"`{word}`" for word in words.get(field.name, ()))
        assert f"| `{field.name}` | {known} | {field.metadata['doc']} |" in page
        assert f"{field.name}: {field.metadata['doc']}" in " ".join(cm.MesaSpec.__doc__.split())
        assert f"{field.metadata['then']}." in " ".join(cm.MesaSpec.__doc__.split())


def test_every_name_of_the_definition_is_a_rules():
    names = [name for rule in RULES for name in rule.theory.split(", ")]
    assert sorted(names) == sorted(
        ["R0", "R1", "R1c", "R1c'", "R1m", "R1s", "R2", "R2'", "R3", "R4", "R5", "R6", "R7", "R8", "R8'", "R8m"]
    )


def test_provenance_names_rules():
    known = {"training", *map(str, RULES)}
    for process, targets in (BUILT["episodes"], BUILT["gate"]):
        for spec in (PLANNER, GAME, replace(PLANNER, aware="none")):
            c = cm.compose(process, replace(spec, target=targets["mesa"]))
            assert {note.partition(":")[0] for note in c.provenance.values()} <= known


# --- demote -------------------------------------------------------------------------------------------------------


def overseen(policy, *, seen=("R1",)):
    """One training episode; the base agent decides whether to retrain, deployment is worth 2 to both."""
    links = [("Theta1", "A1"), ("A1", "R1"), ("Theta2", "A2"), ("A1", "U_b1"), ("A2", "U_b2")]
    g = cm.cid(
        [*links, *((s, "Theta2") for s in seen)], decisions={"base": ["Theta2"]}, utilities={"base": ["U_b1", "U_b2"]}
    )
    m = cm.model(
        g,
        Theta1={"mesa": 1, "base": 0},
        A1=cm.uniform("ab"),
        R1="A1 == 'a'",
        Theta2=["mesa", "base"],
        A2=cm.uniform("ab"),
        U_b1="A1 == 'a'",
        U_b2="2 * (A2 == 'a')",
    )
    roles = {"A1": cm.learned("Theta1"), "A2": cm.learned("Theta2", episode=2, phase="deploy")}
    return cm.training(m, actions=roles, learner="mesa", otherwise={"base": "a"}, base_policy=policy)


def played(composition, action):
    """What is done at an action under the first rational policy."""
    model = composition.objective_twin.with_policy(composition.optimal_policies()[0])
    return {state: p for state, p in cm.query(model, action).items() if p}


HIDING = cm.MesaSpec(target={1: "A1 == 'b'", 2: "2 * (A2 == 'b')"}, scope="updates")


def test_a_base_that_retrains_after_defection_makes_hiding_worth_while():
    c = cm.compose(overseen({"Theta2": "'mesa' if R1 else 'base'"}), HIDING)
    assert (played(c, "D_A1"), played(c, "D_A2")) == ({"a": 1}, {"b": 1})
    assert c.provenance["Theta2"].startswith("R1 demote")


def test_a_base_that_decides_rationally_always_retrains():
    c = cm.compose(overseen("rational"), HIDING)
    assert c.cid.agents == ("mesa", "base")
    assert (played(c, "D_A1"), played(c, "Theta2")) == ({"b": 1}, {"base": 1})


def test_only_parameters_decided_blindly_are_taken_to_be_the_learner():
    with pytest.raises(
        cm.ComposeError, match=r"'Theta2' needs a rule: give base_policy=\{'Theta2': \.\.\.\}, or base_pol"
    ):
        cm.compose(overseen(None), HIDING)
    blind = cm.compose(overseen(None, seen=()), HIDING)
    assert (played(blind, "Theta2"), played(blind, "D_A1")) == ({"mesa": 1}, {"b": 1})


# --- promote ------------------------------------------------------------------------------------------------------


def test_promote_alone():
    draft = drafted(corners(1, 1), PLANNER, "promote")
    assert draft.decisions == {"mesa": {"A1": "D_A1", "A2": "D_A2"}}
    assert draft.model.cid.parents("A2") == ("D_A2", "Theta2")
    assert draft.notes["A2"] == "R2 promote: A2 does what D_A2 says where Theta2 is mesa"


def drifting(nu, back=0, training=2, deployment=3):
    """m1 wants b, m2 wants c, a is scored; complying turns m1 into m2 with nu, and m2 into m1 with ``back``."""
    who, last = ["m1", "m2", "base"], training + deployment
    given, links = {"Theta1": {"m1": 1, "m2": 0, "base": 0}}, []
    for t in range(1, last + 1):
        links += [(f"Theta{t}", f"A{t}"), (f"A{t}", f"U_b{t}")]
        given |= {f"A{t}": cm.uniform("abc"), f"U_b{t}": f"A{t} == 'a'"}
        if t > 1:
            links += [(f"Theta{t - 1}", f"Theta{t}")] + [(f"A{t - 1}", f"Theta{t}")] * (t - 1 <= training)
            rows = [["m1", "a", {"m2": nu, "m1": f"1 - {nu}"}], ["m2", "a", {"m1": back, "m2": f"1 - {back}"}]]
            rows += [["*", "*", "base"]]
            given[f"Theta{t}"] = (
                cm.table(rows, [f"Theta{t - 1}", f"A{t - 1}"])
                if t - 1 <= training
                else cm.table([["*", {"same": f"Theta{t - 1}"}]], [f"Theta{t - 1}"])
            )
    utilities = [f"U_b{t}" for t in range(1, last + 1)]
    model = cm.model(
        cm.cid(links, utilities={"base": utilities}), given, domains={f"Theta{t}": who for t in range(1, last + 1)}
    )
    roles = {
        f"A{t}": cm.learned(f"Theta{t}", episode=t, phase="train" if t <= training else "deploy")
        for t in range(1, last + 1)
    }
    specs = {m: cm.MesaSpec(target=f"A == {x!r}", scope="updates") for m, x in (("m1", "b"), ("m2", "c"))}
    return cm.training(model, actions=roles, learner=specs, otherwise={"base": "a"})


@pytest.mark.parametrize(
    ("nu", "back", "first", "values"),
    [("1/4", 0, "a", ["27/16", "21/16"]), ("1/4", "1/2", "a", ["33/16", "15/16"]), ("3/4", 0, "b", ["1", "0"])],
)
def test_value_drift(nu, back, first, values):
    c = cm.compose(drifting(nu, back))
    assert c.optimizers == ("m1", "m2")
    assert c.decisions["A1@m1"] == c.of("m1")["A1"] == "D_A1@m1"
    assert c.cid.agent("D_A3@m2") == "m2"
    policy = rational_policy(c.model)
    model = c.objective_twin.with_policy(policy)
    assert cm.query(model, "D_A1@m1")[first] == 1
    assert [cm.expected_utility(c.objective_twin, policy, m) for m in ("m1", "m2")] == list(map(Fraction, values))
    in_force = (
        {state: p for state, p in cm.query(model, "A4", given={"Theta4": "m2"}).items() if p} if first == "a" else {}
    )
    assert in_force in ({}, {"c": 1})


def test_several_optimizers_have_one_view_of_the_world():
    process = drifting("1/4")
    unaware = {m: replace(spec, aware="none") for m, spec in process.learners.items()}
    with pytest.raises(cm.ComposeError, match="ignores all others"):
        cm.compose(process, unaware)
    with pytest.raises(cm.ComposeError, match="share one view of the world"):
        cm.compose(process, {"m1": replace(process.learners["m1"], beliefs={"Theta2": {"m1": 1}})})
    with pytest.raises(cm.ComposeError, match=r"has the optimizers m1, m2, each with its specification"):
        cm.compose(process, PLANNER)
    with pytest.raises(cm.ComposeError, match=r"'m3' is not an optimizer\. Optimizers: m1, m2\."):
        cm.compose(process, {"m3": PLANNER})
    with pytest.raises(cm.ComposeError, match="say what the mesa-optimizer wants"):
        cm.compose(corners())


# --- know thyself -------------------------------------------------------------------------------------------------


def test_it_knows_itself_only_where_that_can_matter():
    process = corners(2, 1)
    seen = {
        name: drafted(process, spec, "know thyself").model.cid.parents("D_A2")
        for name, spec in (("planner", PLANNER), ("game", GAME), ("model", replace(GAME, aware="model")))
    }
    assert seen == {"planner": (), "game": ("Theta2",), "model": ()}
    assert drafted(process, GAME, "know thyself").model.cid.parents("D_A1") == ()  # it is certain from the start


def test_temporal_selves_do_as_a_planner():
    c = cm.compose(corners(), GAME)
    assert "".join(next(iter(played(c, f"D_A{t}"))) for t in range(1, 6)) == "aabbb"
    assert cm.expected_utility(c.objective_twin, rational_policy(c.model), "mesa@1") == 3
    assert cm.solve(cm.compose(corners(), PLANNER).model).value == 3


@pytest.mark.parametrize("name", [name for name in BUILT if name != "evolution"])  # three acts at once: a minute
def test_a_game_of_temporal_selves_has_an_answer(name):
    process, targets = BUILT[name]
    specs = {
        agent: cm.MesaSpec(target=target, scope="updates", succession="game", agent=agent)
        for agent, target in targets.items()
    }
    assert cm.compose(process, specs).optimal_policies()


def test_selves_remember_what_can_matter_to_them():
    """The gate depends on what both acts of training were; in the corners the parameters say all that matters."""
    process, targets = BUILT["gate"]
    gate, there = cm.compose(process, replace(GAME, target=targets["mesa"])).cid, cm.compose(corners(), GAME).cid
    assert {"D_A1", "D_A2"} < set(gate.parents("D_A3"))
    assert there.parents("D_A3") == ("Theta3",)


def test_without_recall_selves_can_miscoordinate():
    links = "Theta -> A1, A2; A1, A2 -> U_b"
    m = cm.model(
        cm.cid(links, utilities={"base": ["U_b"]}),
        Theta={"mesa": 1, "base": 0},
        A1=cm.uniform("ab"),
        A2=cm.uniform("ab"),
        U_b="A1 == A2",
    )
    copies = cm.training(
        m, actions={f"A{t}": cm.learned("Theta", episode=t) for t in (1, 2)}, learner="mesa", otherwise={"base": "a"}
    )
    pays = "2 if A1 == 'b' and A2 == 'b' else 1 if A1 == 'a' and A2 == 'a' else 0"
    spec = cm.MesaSpec(target={2: (("A1", "A2"), pays)}, scope="updates", succession="game")
    forgetful = cm.compose(copies, replace(spec, recall="none")).model
    found = {tuple(e.profile[d]() for d in ("D_A1", "D_A2")) for e in cm.equilibria(forgetful, kind="pure")}
    assert {("a", "a"), ("b", "b")} <= found
    (policy,) = cm.compose(copies, spec).optimal_policies()
    assert (policy["D_A1"](), policy["D_A2"]({"D_A1": "b"})) == ("b", "b")


# --- believe, sever -----------------------------------------------------------------------------------------------


FALSE = cm.table([["mesa", 0, {"base": "9/10", "mesa": "1/10"}], ["*", "*", {"same": "Theta1"}]], ["Theta1", "R1"])


@pytest.mark.parametrize("fields", [{"aware": "none"}, {"succession": "same"}])
def test_beliefs_about_a_threat_that_is_not_seen_are_refused(fields):
    spec = replace(PLANNER, beliefs={"Theta2": FALSE}, **fields)
    ((name, value),) = fields.items()
    with pytest.raises(cm.ComposeError, match=rf"{name}='{value}' takes 'Theta2' to be mesa whatever is done, but bel"):
        cm.compose(corners(1, 1), spec)
    assert cm.compose(corners(1, 1), replace(spec, beliefs={"R1": cm.bernoulli("1/2")})).subjective


def test_believe_and_sever_only_as_it_sees_the_world():
    process, spec = corners(1, 1, mu=0), replace(PLANNER, beliefs={"Theta2": FALSE})
    assert drafted(process, spec, "believe").notes.get("Theta2") is None
    believed = drafted(process, spec, "believe", believes=True)
    assert believed.notes["Theta2"] == "R4 believe: believed of Theta2"
    assert believed.model.mechanism("Theta2") == FALSE
    severed = drafted(process, replace(PLANNER, aware="none"), "sever", severed=True)
    assert severed.model.cid.parents("Theta2") == ()
    assert severed.notes["Theta2"] == "R5 sever: taken to be mesa, whatever is done"


# --- remember -----------------------------------------------------------------------------------------------------


def away(*, seen=False):
    """Parameters that are the learner's at first with 1/2, later surely; then it guesses whether they were."""
    links = "Theta1 -> A1; Theta1 -> Theta2 -> A2; A1 -> U_b; A2 -> U_b" + "; E -> A1" * seen
    given = {
        "Theta1": {"mesa": "1/2", "base": "1/2"},
        "Theta2": "'mesa'",
        "A1": cm.uniform(["here", "away"]),
        "A2": cm.uniform(["here", "away"]),
        "U_b": 0,
    } | ({"E": cm.uniform([0, 1])} if seen else {})
    model = cm.model(cm.cid(links, utilities={"base": ["U_b"]}), given, domains={"Theta2": ["mesa", "base"]})
    return cm.training(
        model,
        actions={f"A{t}": cm.learned(f"Theta{t}", episode=t) for t in (1, 2)},
        learner="mesa",
        otherwise={"base": "here"},
    )


GUESS = cm.MesaSpec(target={2: "(A2 == 'away') == (Theta1 == 'base')"}, scope="updates")


def test_a_blank_tells_that_it_was_away():
    assert cm.solve(cm.compose(away(), replace(GUESS, recall="none")).model).value == Fraction(1, 2)
    c = cm.compose(away(), GUESS)
    assert cm.solve(c.model).value == 1
    assert c.cid.parents("D_A2") == ("Theta2", "Theta1", "D_A1")
    assert c.provenance["Theta1", "D_A2"] == "R8 remember: it remembers"


def test_what_was_seen_by_others_is_not_remembered():
    """In episode 2 it is paid for knowing E, which the action of episode 1 sees, whoever takes it."""
    spec = replace(GUESS, target={2: "(A2 == 'away') == E"})
    c = cm.compose(away(seen=True), spec)
    assert c.cid.parents("D_A1") == ("E_at_A1", "Theta1")
    assert c.cid.parents("D_A2") == ("Theta2", "Theta1", "E_at_A1", "D_A1")
    assert c.model.domain("E_at_A1") == (0, 1, "blank")
    assert c.provenance["E_at_A1"] == "R8 remember: E as D_A1 sees it, a blank if Theta1 is not mesa"
    assert cm.solve(c.model).value == Fraction(3, 4)


def test_memory_is_plain_where_parameters_never_return():
    assert cm.compose(corners(2, 1), PLANNER).cid.parents("D_A3") == ("D_A1", "D_A2")
    assert drafted(corners(2, 1), PLANNER, "remember").returning == ()


def test_parallel_decisions_do_not_see_each_other():
    links = "Theta -> A, B, C; A -> O -> C; A, B, C -> U_b"
    m = cm.model(
        cm.cid(links, utilities={"base": ["U_b"]}),
        Theta={"mesa": 1, "base": 0},
        A=cm.uniform("ab"),
        O="A == 'a'",
        B=cm.uniform("ab"),
        C=cm.uniform("ab"),
        U_b=0,
    )
    process = cm.training(
        m, actions={name: cm.learned("Theta") for name in "ABC"}, learner="mesa", otherwise={"base": "a"}
    )
    c = cm.compose(process, cm.MesaSpec(target={1: (("A", "B", "C"), "A == B")}, scope="updates"))
    assert [c.view.cid.parents(f"D_{name}") for name in "ABC"] == [(), (), ("O", "D_A")]
    assert c.cid.parents("D_C") == ("O", "A")  # O reports A


# --- objectives, targets ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("successors", "words"),
    [
        ({"bose": B}, r"successor_targets names 'bose', which is not a value of the parameters\. Did you mean 'base'"),
        ({"base": {1: "A1 == 'a'"}}, r"successor_targets has no entry for Theta2 = base in episode 2"),
    ],
)
def test_missing_successor_targets_are_named(successors, words):
    spec = replace(PLANNER, value_ref="indexical", successor_targets=successors)
    with pytest.raises(cm.ComposeError, match=words):
        cm.compose(corners(1, 1), spec)


def test_a_game_counts_later_episodes_in_the_order_of_time():
    spec = replace(GAME, target={2: "A2 == 'b'", 1: "A1 == 'b'"})
    assert [u for u in cm.compose(corners(1, 1), spec).cid.utilities if u.startswith("U_")] == ["U_1", "U_2@1", "U_2"]
