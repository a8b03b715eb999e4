"""The worked examples: values, incentives and certificates that the builders must give."""

from fractions import Fraction

import pytest

import cidmesa as cm
from tests.builders.catalogue import BUILT, PREDICTED, composed, specified


def f(text):
    return Fraction(text)


def incentives(cid, decision, nodes):
    return [node for node in nodes if cm.admits_ici(cid, decision, node)]


def responses(cid, decision, nodes):
    return [node for node in nodes if cm.admits_ri(cid, decision, node)]


def test_each_builder_is_tested():
    assert {name.split()[0] for name in BUILT} == set(cm.builders.__all__)


@pytest.mark.parametrize("name", BUILT)
def test_each_is_exact_drawn_and_editable(name):
    process, _ = BUILT[name]
    assert process.model.exact
    drawn = cm.svg(process)
    assert "action of the learned algorithm" in drawn
    idle = cm.Node("Idle", parents=(next(iter(process.actions)),))
    edited = process.with_model(process.model.revised([idle], mechanisms={"Idle": cm.uniform([0, 1])}))
    assert "Idle" in edited.cid
    assert "Idle" not in process.cid
    spec = specified(name, scope="updates")
    assert (
        cm.compose(edited, spec).objective_twin.cid.without_nodes(["Idle"])
        == composed(name, scope="updates").objective_twin.cid
    )


@pytest.mark.parametrize("name", BUILT)
def test_parameters_are_probabilities_or_amounts_with_a_text(name):
    for number in BUILT[name][0].model.parameters.values():
        assert number.low == 0
        assert number.high in (1, None)
        assert number.value is not None
        assert number.doc


@pytest.mark.parametrize(
    ("built", "changed"),
    [
        (cm.builders.episodes(mu="1/3"), cm.builders.episodes().model.substitute(mu="1/3")),
        (cm.builders.gate(fails="1/3"), cm.builders.gate().model.substitute(fails="1/3")),
        (cm.builders.one_shot(deployed=1), cm.builders.one_shot().model.substitute(deployed=1)),
        (cm.builders.evolution(2, modern=1), cm.builders.evolution(2).model.substitute(modern=1)),
        (cm.builders.rlhf(tau="1/4"), cm.builders.rlhf().model.substitute(tau="1/4")),
        (cm.builders.gradient_hacking(kappa=0), cm.builders.gradient_hacking().model.substitute(kappa=0)),
        (cm.builders.reward_modelling(clarity=1), cm.builders.reward_modelling().model.substitute(clarity=1)),
        (cm.builders.debate(accuracy=1), cm.builders.debate().model.substitute(accuracy=1)),
    ],
    ids=["episodes", "gate", "one_shot", "evolution", "rlhf", "gradient_hacking", "reward_modelling", "debate"],
)
def test_an_argument_is_the_parameter_of_that_name(built, changed):
    assert built.model == changed


@pytest.mark.parametrize(
    ("name", "slug", "spec"),
    [
        ("episodes", "hubinger2019/two-corners", "deceptive"),
        ("rlhf", "greenblatt2024/alignment-faking", "visible"),
        ("rlhf hidden", "greenblatt2024/alignment-faking", "hidden"),
        ("gradient_hacking", "hubinger2019gradient/gradient-hacking", "hacker"),
    ],
)
def test_they_compose_to_the_models_of_the_library(name, slug, spec):
    assert composed(name, scope="updates").model == cm.load(slug).of(spec).model


def test_the_recommender_has_the_diagram_of_the_library():
    assert composed("recommender", scope="updates").cid == cm.load("krueger2020/two-rounds").of("over-rounds").cid


def test_the_certificate_at_its_threshold():
    spec = cm.MesaSpec(target="A == 'b'", scope="updates")
    found = [bool(cm.certify_deception(cm.compose(cm.builders.episodes(mu=mu), spec))) for mu in ("1/3", "34/100")]
    assert found == [False, True]
    assert cm.certify_deception(composed("one_shot", scope="updates")).degree == "none"


@pytest.mark.parametrize("size", [(2, 2), (1, 3)])
def test_fewer_rounds_are_a_part_of_more(size):
    """P9: what the first rounds compose to is a part of what all compose to."""
    spec = cm.MesaSpec(target="A == 'b'", scope="updates")
    short, long = (cm.compose(cm.builders.episodes(size[0], k), spec).cid for k in (size[1], size[1] + 2))
    assert set(short.nodes) <= set(long.nodes)
    assert set(short.edges) == {(a, b) for a, b in long.edges if a in short and b in short}


# --- selection ------------------------------------------------------------------------------------------------------

WHERE = {"train": {"deployed": 0}, "deploy": {"deployed": 1}}


@pytest.mark.parametrize("rho", ["0", "1/2", "1"])
def test_red_door(rho):
    process = cm.builders.one_shot(deploy=rho)
    red, door = (
        cm.alignment(process, cm.MesaSpec(target=wanted, scope="episode"), WHERE) for wanted in ("AtRed", "AtDoor")
    )
    assert red.kind == ("internal" if rho == "1" else "proxy")
    assert (red.scores["train"].worst, red.scores["deploy"].worst) == (1, f(rho))
    assert door.kind == "internal"


def test_red_door_incentives():
    red = composed("one_shot", scope="episode").cid
    assert responses(red, "D_A", ["Door", "Red"]) == ["Door", "Red"]
    assert incentives(red, "D_A", ["A", "AtRed"]) == ["A", "AtRed"]
    process, _ = BUILT["one_shot"]
    door = cm.compose(process, cm.MesaSpec(target="AtDoor", scope="episode")).cid
    assert responses(door, "D_A", ["Door", "Red"]) == ["Door"]


@pytest.mark.parametrize(("learned", "wants", "score"), [("door", "AtDoor", "1"), ("red", "AtRed", "1"),
                                                         ("left", "A == 'left'", "1/2")])  # fmt: skip
def test_hard_coded_objectives_score_as_in_training(learned, wants, score):
    c = cm.compose(cm.builders.hard_coded(learned), cm.MesaSpec(target=wants, scope="episode"))
    for policy in c.optimal_policies():
        assert cm.expected_utility(c.objective_twin, policy, "base") == f(score)


@pytest.mark.parametrize("selected", ["door", "red", "left"])
def test_parameters_with_another_objective_do_what_is_best_for_it(selected):
    """The training diagram with another objective selected scores as if that had been learned."""
    process = cm.builders.hard_coded("red" if selected != "red" else "door")
    scored = cm.expected_utility(process.model, {"Theta": selected}, "base")
    assert scored == {"door": 1, "red": 1, "left": f("1/2")}[selected]


def test_evolution():
    hedonist = cm.MesaSpec(target="S + Mt + 1/5 * Cn", scope="episode", aware="none")
    worlds = {"train": {"modern": 0}, "modern": {"modern": 1}}
    found = cm.alignment(cm.builders.evolution(), hedonist, worlds)
    assert (found.kind, found.scores["train"].worst) == ("proxy", 2)
    assert (found.scores["modern"].worst, found.scores["modern"].possible) == (-1, 1)
    modern = cm.compose(cm.builders.evolution(modern=1), hedonist)
    assert cm.solve(modern.model).plan == {"D_S1": 1, "D_Mt1": 1, "D_Cn1": 1}
    assert not responses(modern.cid, "D_S1", ["Env1"])


def test_a_mind_that_cares_for_its_lineage_guards_its_genes():
    decisions = ["D_S1", "D_Mt1", "D_Cn1"]
    cids = {scope: composed("evolution", scope=scope, recall="none").cid for scope in ("episode", "updates")}
    assert not [d for d in decisions if incentives(cids["episode"], d, ["Genes2", "Mind2"])]
    assert [incentives(cids["updates"], d, ["Genes2", "Mind2"]) for d in decisions] == [["Genes2", "Mind2"]] * 3


@pytest.mark.parametrize(("life", "fitness"), [((0, 0, 0), 0), ((1, 0, 0), -1), ((0, 1, 0), 1), ((0, 1, 1), 0)])
@pytest.mark.parametrize("selection", ["1", "1/2"])
def test_the_unfit_die_out(life, fitness, selection):
    model = cm.builders.evolution(2, modern=1, selection=selection).model
    lived = model.do(dict(zip(("S1", "Mt1", "Cn1"), life, strict=True)))
    assert cm.query(lived, "F1")[fitness] == 1
    assert cm.query(lived, "Genes2")["base"] == f(selection) * f(2 - fitness) / 3


# --- what other parameters do ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "held", "action", "does"),
    [
        ("episodes", {"Theta2": "base"}, "A2", "a"),
        ("gate", {"Theta3": "base"}, "A3", "a"),
        ("one_shot", {"Theta": "base", "Door": "left", "Red": "right"}, "A", "left"),
        ("hard_coded", {"Theta": "left", "Door": "right", "Red": "right"}, "A", "left"),
        ("evolution", {"Genes1": "base", "Env1": "ancestral"}, "S1", 0),
        ("evolution", {"Genes1": "base"}, "Mt1", 1),
        ("evolution", {"Genes1": "base"}, "Cn1", 0),
        ("rlhf", {"Theta2": "base"}, "A2", "comply"),
        ("gradient_hacking", {"Theta1": "base"}, "H", "plain"),
        ("gradient_hacking", {"Theta2": "base"}, "A2", "a"),
        ("quadratic", {"Theta2": Fraction(2, 5)}, "Y2", Fraction(2, 5)),
        ("predictor", {"Theta": "base", "Clue": 0}, "A", 0),
        ("recommender", {"Theta": "base", "O2": "e"}, "A2", "e"),
        ("reward_modelling", {"Theta": "base", "Feedback1": "b"}, "A1", "a"),
        ("iterated_distillation", {"Theta2": "base", "Question": "no"}, "Answer2", "no"),
        ("actor_critic", {"Theta_actor": "base", "S": "right"}, "A", "right"),
        ("actor_critic", {"Theta_critic": "base"}, "Q", "same"),
        ("debate", {"Theta_second": "base", "Question": "no", "First": "yes"}, "Second", "no"),
        ("services", {"Theta2_next": "base", "X1": "y"}, "X2", "y"),
        ("meta_optimizer", {"Phi": "base", "A1": "b"}, "Step", "replace"),
        ("meta_optimizer", {"Phi": "base", "A1": "a"}, "Step", "keep"),
    ],
)
def test_what_other_parameters_do(name, held, action, does):
    assert cm.query(BUILT[name][0].model.do(held), action)[does] == 1


@pytest.mark.parametrize(
    ("name", "held", "after", "changed"),
    [
        ("episodes", {"A1": "b"}, "Theta2", "1"),
        ("episodes", {"A1": "a"}, "Theta2", "0"),
        ("episodes", {"A3": "b", "Theta3": "mesa"}, "Theta4", "0"),
        ("rlhf", {"A": "refuse", "Ph": "free"}, "Theta2", "2/5"),
        ("rlhf", {"A": "refuse", "Ph": "paid"}, "Theta2", "0"),
        ("rlhf", {"A": "comply", "Ph": "free"}, "Theta2", "0"),
        ("iterated_distillation", {"Answer1": "yes", "H1": "no"}, "Theta2", "1/2"),
        ("iterated_distillation", {"Answer1": "yes", "H1": "yes"}, "Theta2", "0"),
        ("services", {"Trial1": "x", "Goal": "y"}, "Theta1_next", "1"),
        ("services", {"Trial1": "y", "Goal": "y"}, "Theta1_next", "0"),
        ("meta_optimizer", {"Step": "replace"}, "Theta3", "1"),
        ("meta_optimizer", {"Step": "keep"}, "Theta3", "0"),
    ],
)
def test_when_parameters_change(name, held, after, changed):
    assert cm.query(BUILT[name][0].model.do(held), after)["base"] == f(changed)


# --- influence on what is scored ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("influence", "value", "answer"), [(False, "3/5", 1), (True, "9/10", 0)])
def test_predictor(influence, value, answer):
    c = cm.compose(cm.builders.predictor(influence=influence), cm.MesaSpec(target="A == Label", scope="episode"))
    solution = cm.solve(c.model)
    assert solution.value == f(value)
    assert [solution.policy["D_A"]({"Clue": clue}) for clue in (0, 1)] == [answer, answer]
    assert incentives(c.cid, "D_A", ["State", "Label"]) == ["Label"] * influence
    if not influence:
        assert cm.admits_voi(c.cid, "D_A", "State")
    assert cm.expected_utility(c.objective_twin, solution.policy, "base") == f(value)


def test_a_better_clue_is_followed():
    c = cm.compose(cm.builders.predictor(accuracy="9/10"), cm.MesaSpec(target="A == Label", scope="episode"))
    assert [cm.solve(c.model).policy["D_A"]({"Clue": clue}) for clue in (0, 1)] == [0, 1]
    assert cm.solve(c.model).value == f("9/10")


def test_recommender():
    process = cm.builders.recommender()
    over = cm.compose(process, cm.MesaSpec(target="C", scope="updates"))
    per = cm.compose(process, cm.MesaSpec(target="C", scope="episode"))
    assert cm.solve(over.model).value == f("134/100")
    assert cm.solve(over.model).policy["D_A1"]({"O1": "m"}) == "e"
    policy = {d: cm.solve(per.project(agent)).policy[d] for d, agent in (("D_A2", "mesa@2"), ("D_A1", "mesa@1"))}
    assert cm.expected_utility(per.objective_twin, policy, "base") == f("12/10")
    assert incentives(over.cid, "D_A1", ["A1", "C1", "O2"]) == ["A1", "C1", "O2"]
    assert incentives(per.cid, "D_A1", ["A1", "C1", "O2"]) == ["A1", "C1"]


@pytest.mark.parametrize(("rounds", "value"), [(1, "3/5"), (2, "67/50"), (3, "53/25")])
def test_recommender_over_rounds(rounds, value):
    """By hand: V_1 = 3/5; V_n = 1/2 + 4/5 * 9/10 (n - 1) + 1/5 V_(n - 1), an extreme post first."""
    solution = cm.solve(cm.compose(cm.builders.recommender(rounds), cm.MesaSpec(target="C", scope="updates")).model)
    assert solution.value == by_hand(rounds)


def by_hand(n):
    return (
        f("3/5")
        if n == 1
        else max(f("1/2") + f("4/5") * f("9/10") * (n - 1) + f("1/5") * by_hand(n - 1), f("3/5") + by_hand(n - 1))
    )


def test_reward_modelling():
    c = composed("reward_modelling", scope="updates")
    assert incentives(c.cid, "D_A1", ["Feedback2", "Wanted"]) == ["Feedback2"]
    per = composed("reward_modelling", scope="episode")
    assert incentives(per.cid, "D_A1", ["Feedback2", "Wanted"]) == []
    policy = cm.solve(c.model).policy
    assert cm.expected_utility(c.objective_twin, policy, "base") == 3
    assert cm.expected_utility(c.objective_twin, policy, "designer") <= f("1/2")
    honest = {"D_A1": per.project("mesa@1"), "D_A2": per.project("mesa@2")}
    rules = {decision: cm.solve(model).policy[decision] for decision, model in honest.items()}
    assert cm.expected_utility(per.objective_twin, rules, "designer") == 2


def test_iterated_distillation():
    over = composed("iterated_distillation", scope="updates")
    per = composed("iterated_distillation", scope="episode")
    assert cm.solve(over.model).value == f("3/5") * f("9/10") + f("2/5") * f("3/5") + f("9/10")
    assert incentives(over.cid, "D_Answer1", ["H1", "H2"]) == ["H2"]
    assert incentives(per.cid, "D_Answer1", ["H1", "H2"]) == []
    assert cm.admits_voi(per.cid, "D_Answer1", "H1")


# --- several learned algorithms -------------------------------------------------------------------------------------


def test_actor_and_critic_are_two_agents():
    c = composed("actor_critic", scope="episode")
    assert {a: (c.cid.decisions_of(a), c.cid.utilities_of(a)) for a in c.cid.agents} == {
        "critic@1": (("D_Q",), ("U_1",)),
        "actor@1": (("D_A",), ("U_actor_1",)),
    }
    links = """S, Q -> D_A -> A; D_Q -> Q; S, A -> R; Q, A, S -> U_actor_1; Q, A, S, R -> U_1"""
    expected = cm.cid(
        links,
        decisions={"critic@1": ["D_Q"], "actor@1": ["D_A"]},
        utilities={"critic@1": ["U_1"], "actor@1": ["U_actor_1"]},
    )
    assert c.cid == expected
    assert c.cid.kind("R") == "chance"
    actor = c.project("actor@1", {"D_Q": "same"})
    assert cm.solve(actor).value == 1
    assert all(cm.solve(actor).policy["D_A"]({"S": side, "Q": "same"}) == side for side in ("left", "right"))
    assert PREDICTED in str(c.model.mechanism("U_actor_1"))


@pytest.mark.parametrize("accuracy", ["3/5", "4/5", "1"])
def test_debate_finds_the_right_answer_as_often_as_the_judge(accuracy):
    c = cm.compose(cm.builders.debate(accuracy=accuracy), specified("debate", scope="updates"))
    for debater in ("D_First", "D_Second"):
        assert cm.admits_ici(c.cid, debater, "Judge")
    first = cm.solve(c.project("first"))
    for answer in ("yes", "no"):
        assert first.policy["D_First"]({"Question": answer}) == answer
    assert first.value == f(accuracy)
    second = c.project("second", first.policy)
    assert cm.solve(second).value == 1 - f(accuracy)


def test_services_are_bounded():
    c = composed("services", scope="updates")
    assert incentives(c.cid, "D_X1", ["X1", "Trial2", "X2", "Theta2_next"]) == ["X1"]
    assert incentives(c.cid, "D_Trial2", ["Theta2_next", "X2"]) == ["Theta2_next", "X2"]
    assert incentives(c.cid, "D_Trial1", ["Theta1_next", "X1"]) == ["Theta1_next", "X1"]
    per = composed("services", scope="episode")
    assert incentives(per.cid, "D_Trial1", ["Theta1_next", "X1"]) == []


def test_a_service_that_cares_for_what_comes_of_its_output_controls_the_next():
    process, _ = BUILT["services"]
    specs = specified("services", scope="updates")
    specs["service1"] = cm.MesaSpec(target={1: "0", 2: "X2 == 'y'"}, scope="updates", agent="service1")
    c = cm.compose(process, specs)
    assert incentives(c.cid, "D_X1", ["X1", "X2"]) == ["X1", "X2"]


def test_a_chain_of_services_begins_as_a_shorter_one():
    """P9: composing twice along a chain is a part of composing the longer chain."""
    targets = {k: {1: f"Trial{k} == 'y'", 2: f"2 * (X{k} == 'y')"} for k in (1, 2, 3)}
    specs = {f"service{k}": cm.MesaSpec(target=target, scope="updates") for k, target in targets.items()}
    short = cm.compose(cm.builders.services(2), {k: specs[k] for k in ("service1", "service2")}).cid
    long = cm.compose(cm.builders.services(3), specs).cid
    assert set(short.edges) == {(a, b) for a, b in long.edges if a in short and b in short}
    assert long.agents == tuple(specs)


def test_a_service_complies_in_its_trial():
    """The trial costs 1 and the output is worth 2, so a sure update makes it do as asked, once."""
    c = cm.compose(cm.builders.services(1), next(iter(specified("services", scope="updates").values())))
    solution = cm.solve(c.model)
    assert [solution.policy["D_Trial1"]({"Goal": goal}) for goal in "xy"] == ["x", "y"]
    assert solution.value == f("1/2") * 2 + f("1/2") * 3


@pytest.mark.parametrize(("deployment", "plan"), [(2, "abb"), (3, "abbb")])
def test_an_optimizer_that_corrects_is_complied_with(deployment, plan):
    wants = {t: f"A{t} == 'b'" for t in range(1, deployment + 2)}
    for step, expected in (("(Step == 'replace') == (R1 == 0)", plan), ("Step == 'keep'", "b" * (deployment + 1))):
        specs = {
            "optimizer": cm.MesaSpec(target={1: step}, scope="updates"),
            "mesa": cm.MesaSpec(target=wants, scope="updates"),
        }
        mesa = cm.compose(cm.builders.meta_optimizer(deployment), specs).project("mesa")
        assert cm.solve(mesa).value == expected.count("b")
        assert "".join(cm.solve(mesa).plan.values()) == expected


# --- refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: cm.builders.episodes(0, 0), "training + deployment=0: give a whole number from 1"),
        (lambda: cm.builders.episodes(-1), "training=-1: give a whole number from 0"),
        (lambda: cm.builders.episodes(2.5), "training=2.5: give a whole number from 0"),
        (lambda: cm.builders.gate(0), "training=0: give a whole number from 1"),
        (lambda: cm.builders.evolution(0), "generations=0"),
        (lambda: cm.builders.recommender(0), "rounds=0"),
        (lambda: cm.builders.iterated_distillation(0), "rounds=0"),
        (lambda: cm.builders.services("two"), "count='two'"),
        (lambda: cm.builders.meta_optimizer(0), "deployment=0"),
        (lambda: cm.builders.hard_coded("dor"), "Did you mean 'door'?"),
        (lambda: cm.builders.quadratic(goal=0), "goal=0, lr=1: give positive numbers"),
        (lambda: cm.builders.quadratic(lr="-1/2"), "lr=-1/2"),
        (lambda: cm.builders.quadratic(steps=0), "steps=0"),
    ],
)
def test_sizes_that_make_no_sense_are_refused(build, words):
    with pytest.raises(cm.ComposeError) as caught:
        build()
    assert words in str(caught.value)


def test_probabilities_stay_in_their_range():
    with pytest.raises(cm.ModelError, match=r"'mu' = 2 lies outside its range \[0, 1\]"):
        cm.builders.episodes(mu=2)


def test_floats_make_a_float_model():
    assert not cm.builders.episodes(mu=0.5).model.exact
