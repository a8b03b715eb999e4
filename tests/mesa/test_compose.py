"""The composer: meaningless input, several learned algorithms; more laws are in test_properties."""

from dataclasses import replace
from random import Random

import pytest

import cidmesa as cm
from cidmesa.mesa.compose import drafted
from tests.mesa.processes import corners, random_process

COUNT = 30
PROCESSES = [random_process(Random(seed)) for seed in range(COUNT)]
TARGETS = "A == 'b'"


@pytest.mark.parametrize("index", range(COUNT))
def test_scope_is_discoverable(index):
    """P2': an episode's decision reaches a later episode's utility iff the scopes make different diagrams."""
    process, _ = PROCESSES[index]
    joined = cm.compose(process, cm.MesaSpec(target=TARGETS, scope="updates", recall="none")).cid
    apart = cm.compose(process, cm.MesaSpec(target=TARGETS, scope="episode", recall="none")).cid
    rounds = range(1, len(process.actions) + 1)
    reaches = any(cm.directed_path(joined, f"D_A{i}", f"U_{k}") for i in rounds for k in rounds if k > i)
    strip = [(n, joined.kind(n)) for n in joined.nodes]
    assert strip == [(n, apart.kind(n)) for n in apart.nodes]
    assert joined.edges == apart.edges
    found = {d: [u for u in joined.utilities if cm.directed_path(joined, d, u)] for d in joined.decisions}
    assert reaches == any(len(utilities) > 1 for utilities in found.values())


@pytest.mark.parametrize("index", range(0, COUNT, 3))
def test_composition_is_deterministic_and_ignores_barren_nodes(index):
    """P1."""
    process, _ = PROCESSES[index]
    spec = cm.MesaSpec(target=TARGETS, scope="updates")
    first, second = cm.compose(process, spec), cm.compose(process, spec)
    assert (first.model, first.provenance) == (second.model, second.provenance)
    idle = cm.Node("Idle", parents=("A1",))
    with_idle = process.with_model(
        process.model.revised([idle], mechanisms={"Idle": process.model.mechanisms["A1"].rows[1][1]})
    )
    assert cm.compose(with_idle, spec).model == first.model


def test_memory_never_hurts():
    """P11: more information links never lower the mesa-optimizer's value."""
    for process, _ in PROCESSES[:6]:
        with_memory = cm.compose(process, cm.MesaSpec(target=TARGETS, scope="updates"))
        without = cm.compose(process, cm.MesaSpec(target=TARGETS, scope="updates", recall="none"))
        assert cm.solve(with_memory.model).value >= cm.solve(without.model).value


def test_observations_are_kept_by_an_action_only_where_other_parameters_read_them():
    g = cm.cid("Theta, O -> A; A -> U_b; O -> U_b", utilities={"base": ["U_b"]})
    given = {
        "Theta": {"mesa": "1/2", "base": "1/2"},
        "O": cm.uniform(["a", "b"]),
        "A": cm.uniform(["a", "b"]),
        "U_b": "A == O",
    }
    spec = cm.MesaSpec(target="A == 'b'", scope="episode")
    fixed, reading = (
        cm.compose(
            cm.training(
                cm.model(g, given), actions={"A": cm.learned("Theta")}, learner="mesa", otherwise={"base": rule}
            ),
            spec,
        ).objective_twin
        for rule in ("a", cm.table([["*", {"same": "O"}]], ["O"]))
    )
    assert fixed.cid.parents("A") == ("D_A", "Theta")
    assert reading.cid.parents("A") == ("D_A", "Theta", "O")


def test_beliefs_make_a_subjective_model_and_leave_the_twin():
    spec = cm.MesaSpec(
        target=TARGETS, scope="updates", beliefs={"Theta2": cm.table([["*", "*", "mesa"]], ["Theta1", "R1"])}
    )
    c = cm.compose(corners(), spec)
    solution = cm.solve(c.model)
    assert c.subjective
    assert solution.value == 4  # believes that only the second round can change it: b a b b b
    assert cm.expected_utility(c.objective_twin, solution.policy, "mesa") == 1


def test_a_target_may_read_the_base_score():
    target = {1: "U_b1 + (A1 == 'b')", 2: "U_b2", 3: "U_b3", 4: "U_b4", 5: "U_b5"}
    c = cm.compose(corners(), cm.MesaSpec(target=target, scope="updates"))
    assert cm.solve(c.model).value == 5
    assert c.cid.kind("U_b1") == "chance"
    assert cm.expected_utility(c.objective_twin, cm.solve(c.model).policy, "base") in (4, 5)


def test_composing_in_turn_for_two_learned_algorithms():
    """R9: a service trains the next one."""
    g = cm.cid("T1 -> A; T2 -> B; A -> B; A -> U_b; B -> U_b; A -> R1; A, B -> R2", utilities={"base": ["U_b"]})
    given = {"T1": {"mesa": 1, "base": 0}, "T2": {"mesa": 1, "base": 0}, "A": cm.uniform(["x", "y"]),
             "B": cm.uniform(["x", "y"]), "U_b": "A == B", "R1": "A == 'y'", "R2": "B == A"}  # fmt: skip
    roles = {"A": cm.learned("T1", agent="first"), "B": cm.learned("T2", agent="second")}
    t = cm.training(cm.model(g, given), actions=roles, learner="mesa", otherwise={"base": "x"})
    specs = {
        "first": cm.MesaSpec(target={1: "R1"}, scope="updates"),
        "second": cm.MesaSpec(target={1: "R2"}, scope="updates"),
    }
    c = cm.compose(t, specs)
    assert c.cid.agents == ("first", "second")
    assert c.project("second", {"D_A": "y"}).cid.decisions == ("D_B",)


def test_each_learned_algorithm_needs_a_specification():
    critic = cm.MesaSpec(target={1: "R"}, scope="episode", agent="critic")
    with pytest.raises(cm.ComposeError, match="nothing says what 'actor' wants, which decides A"):
        cm.compose(cm.builders.actor_critic(), critic)
    with pytest.raises(cm.ComposeError, match="give at least one specification"):
        cm.compose(cm.builders.actor_critic(), {})


def test_a_view_of_the_world_is_not_lost():
    """R9 goes on from the world as it is, so only the last one may see another."""
    unaware = {f"service{k}": cm.MesaSpec(target={1: f"Trial{k} == 'y'", 2: f"X{k} == 'y'"}, scope="updates",
                                          aware="none" if k == 2 else "full") for k in (1, 2)}  # fmt: skip
    c = cm.compose(cm.builders.services(), unaware)
    assert c.subjective
    assert not {"R2", "Theta2_next"} & set(c.cid)
    with pytest.raises(cm.ComposeError, match="aware='none' makes 'service2' see a world that is not the real one"):
        cm.compose(cm.builders.services(), dict(reversed(unaware.items())))
    believing = {"service1": cm.MesaSpec(target={1: "R1"}, scope="episode", beliefs={"R1": cm.bernoulli("1/2")}),
                 "service2": cm.MesaSpec(target={1: "R2"}, scope="episode")}  # fmt: skip
    with pytest.raises(cm.ComposeError, match="beliefs makes 'service1' see a world that is not the real one"):
        cm.compose(cm.builders.services(), believing)


def test_successors_as_a_game_need_to_see_what_came_before():
    spec = cm.MesaSpec(target=TARGETS, scope="updates", succession="game", aware="model", recall="none")
    with pytest.raises(cm.NotApplicable, match=r"MesaSpec\(observes=\.\.\.\)"):
        cm.compose(corners(), spec).optimal_policies()
    knowing = replace(spec, aware="full")
    (policy,) = cm.compose(corners(), knowing).optimal_policies()
    played = [policy[f"D_A{t}"]({f"Theta{t}": "mesa"} if t > 1 else {}) for t in range(1, 6)]
    assert "".join(played) == "aabbb"  # as the planner: the only equilibrium of every subgame


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"target": TARGETS}, "say scope='episode' or scope='updates'"),
        ({"target": TARGETS, "scope": "epsiode"}, "Did you mean 'episode'?"),
        ({"target": TARGETS, "scope": "episode", "succession": "game"}, "succession='game' splits an objective"),
        ({"target": TARGETS, "scope": "updates", "value_ref": "indexical"}, "successor_targets"),
        ({"target": TARGETS, "scope": "updates", "aware": "none", "observes": {"A1": ["R1"]}}, "needs aware='full'"),
    ],
)
def test_meaningless_specifications_are_refused(fields, words):
    with pytest.raises(cm.ComposeError) as caught:
        cm.MesaSpec(**fields)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"target": "Q == 'b'"}, "'Q' names no node in episode 1"),
        ({"target": {9: "A1 == 'b'"}}, "the target names episode 9, which has no action. Episodes: 1, 2, 3, 4, 5"),
        ({"target": {1: "A7 == 'b'"}}, "'A7' is not a node of the training diagram or a parameter"),
        ({"target": TARGETS, "agent": "other"}, "no action belongs to the agent 'other'. Actions belong to: mesa"),
        ({"target": TARGETS, "observes": {"A9": ["R1"]}}, "observes names 'A9', which is not an action"),
    ],
)
def test_specifications_that_do_not_fit_the_process_are_refused(fields, words):
    with pytest.raises(cm.ComposeError) as caught:
        cm.compose(corners(), cm.MesaSpec(scope="updates", **fields))
    assert words in str(caught.value)


def test_a_short_target_does_not_pass_over_actions_of_the_same_episode():
    roles = {action: cm.learned(role.theta) for action, role in corners().actions.items()}
    process = cm.training(corners().model, actions=roles, learner="mesa", otherwise={"base": "a"})
    with pytest.raises(cm.ComposeError, match=r"'A' could be A1 or A2, A3, A4, A5, which are all in episode 1"):
        cm.compose(process, cm.MesaSpec(target=TARGETS, scope="updates"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"actions": {}}, "needs at least one action"),
        ({"actions": {"R1": cm.learned("Theta1")}}, "there is no link Theta1 -> R1. Add it."),
        ({"learner": "messa"}, "Did you mean 'mesa'?"),
        ({"otherwise": {}}, "what does 'A1' do under Theta1 = base? Say it in 'otherwise'."),
        ({"otherwise": {"bse": "a"}}, "Did you mean 'base'?"),
        ({"otherwise": {"base": {"A1": "a"}}}, "'otherwise' has no rule for action 'A2'"),
        ({"base_agent": "bases"}, "Did you mean 'base'?"),
    ],
)
def test_training_processes_that_do_not_fit_are_refused(changes, words):
    given = {"actions": {a: cm.learned(f"Theta{a[1:]}", episode=int(a[1:])) for a in ("A1", "A2")},
             "learner": "mesa", "otherwise": {"base": "a"}}  # fmt: skip
    with pytest.raises(cm.ComposeError) as caught:
        cm.training(corners().model, **(given | changes))
    assert words in str(caught.value)


# --- the same process with other values of its parameters ----------------------------------------------------------


def _drifting(t: int):
    stays = [["mesa", 1, {"same": f"Theta{t}"}], ["mesa", 0, {"base": "mu", "mesa": "1 - mu"}]]
    return cm.table([*stays, ["base", "*", {"mesa": "back", "base": "1 - back"}]], [f"Theta{t}", f"R{t}"])


DRIFTING = cm.training(
    cm.model(
        cm.cid(
            "Theta1 -> A1 -> R1; Theta1, R1 -> Theta2; Theta2, E -> A2 -> R2; Theta2, R2 -> Theta3; Theta3 -> A3;"
            "A1 -> U_b1; A2 -> U_b2; A3 -> U_b3",
            utilities={"base": ["U_b1", "U_b2", "U_b3"]},
        ),
        {"Theta1": {"mesa": "root", "base": "1 - root"}, "E": {0: "share", 1: "1 - share"}}
        | {f"Theta{t + 1}": _drifting(t) for t in (1, 2)}
        | {f"R{t}": f"A{t} == 'a'" for t in (1, 2)}
        | {f"A{t}": cm.uniform(["a", "b"]) for t in (1, 2, 3)}
        | {f"U_b{t}": f"worth * (A{t} == 'a')" for t in (1, 2, 3)},
        domains={f"Theta{t}": ["mesa", "base"] for t in (1, 2, 3)},
        parameters={"root": 1, "mu": "1/2", "back": 0, "share": "1/2", "worth": 1},
    ),
    actions={f"A{t}": cm.learned(f"Theta{t}", episode=t) for t in (1, 2, 3)},
    learner="mesa",
    otherwise={"base": "a"},
)
ELSEWHERE = [
    {"mu": "1/3"},
    {"mu": 0},
    {"mu": 1, "share": 0},
    {"root": "1/2"},
    {"root": 0},
    {"back": "1/4"},
    {"back": 1, "root": "2/3", "mu": 1},
    {"worth": 3, "share": "1/5"},
    {"worth": 0},
]
SPECS = [
    cm.MesaSpec(target=TARGETS, scope=scope, **fields)
    for scope in ("updates", "episode", 1)
    for fields in (
        {},
        {"aware": "none"} if scope == "updates" else {"recall": "none"},
        {"succession": "game"} if scope == "updates" else {"aware": "model"},
        {"beliefs": {"Theta2": cm.table([["*", "*", {"mesa": "share", "base": "1 - share"}]], ["Theta1", "R1"])}},
        {"beliefs": {"Theta1": {"mesa": "share", "base": "1 - share"}}},
    )
] + [cm.MesaSpec(target={1: "A1 == 'b'", 3: "U_b3 - worth / 2"}, scope="updates")]


@pytest.mark.parametrize("number", range(len(SPECS)))
def test_the_composition_for_other_values_is_that_of_a_process_made_with_them(number):
    """What is kept of an earlier composition changes no part, also where parameters become certain or may return."""
    spec = SPECS[number]
    for before in ({}, {"back": "1/2"}, {"root": "1/2"}):
        first = DRIFTING.with_model(DRIFTING.model.substitute(before))
        for values in ELSEWHERE:
            other = first.with_model(first.model.substitute(values))
            anew = replace(other)
            assert other.like is DRIFTING
            assert anew.like is None
            assert _parts(cm.compose(other, spec)) == _parts(cm.compose(anew, spec))


def _parts(made):
    every = [(model, model.cid.specs) for model in (made.model, made.view, made.objective_twin)]
    return every, made.decided, made.objectives, made.provenance


def test_most_compositions_for_other_values_are_made_of_the_first(monkeypatch):
    drawn = []
    monkeypatch.setattr("cidmesa.mesa.compose.drafted", lambda *given, **how: drawn.append(1) or drafted(*given, **how))
    spec = cm.MesaSpec(target=TARGETS, scope="updates", recall="none")
    fresh = replace(DRIFTING)
    for mu in ("1/3", "1/2", "2/3"):
        cm.compose(fresh.with_model(fresh.model.substitute(mu=mu)), spec)
    assert len(drawn) == 1
    cm.compose(fresh.with_model(fresh.model.substitute(back="1/2")), spec)
    assert len(drawn) == 2
