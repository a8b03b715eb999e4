"""Labs: what is sampled is the model, runs are their own, kept runs are not trained again, and learners learn."""

import json
from fractions import Fraction

import numpy as np
import pytest

import cidmesa as cm
from cidmesa.runs.arms import Arm, Variant
from cidmesa.runs.learners import Learner, generator
from cidmesa.runs.worlds import World
from tests.runs.models import bottle_cap, corners, mouse, plans, two_rounds


def lived(lab, arm, policies, lives=40_000):
    world = World.of(lab.bench, [arm])
    chances = generator(0, arm, 0).random((1, lives, world.draws))
    return world.live(chances, {node: np.asarray(table)[None] for node, table in policies.items()})


@pytest.mark.parametrize("case", range(3))
def test_lives_are_samples_of_the_model(case):
    model = [two_rounds(), corners(mu="1/3").model, corners(1, 2, mu="1/2", recall="perfect").model][case]
    lab = cm.runs.lab(model)
    rng = np.random.default_rng(case)
    rules = {d: rng.dirichlet(np.ones(len(s.options)), size=lab.bench.size(d)) for d, s in lab.shapes.items()}
    lives = lived(lab, lab.arm(), rules)
    shaped = {
        d: cm.Rule(d, s.parents, s.domains, s.options, rules[d].reshape(s.values.shape)) for d, s in lab.shapes.items()
    }
    policy = cm.Policy(tuple(shaped.values()))
    for node in lab.bench.sampled:
        for number, state in enumerate(model.domains[node]):
            wanted = float(cm.query(model, node, policy=policy)[state])
            assert np.mean(lives.states[node] == number) == pytest.approx(wanted, abs=0.012), (node, state)
    for agent in model.cid.agents:
        worth = sum(lives.worth[u].mean() for u in model.cid.utilities_of(agent))
        assert worth == pytest.approx(float(cm.expected_utility(model, policy, agent)), abs=0.03)


def test_variants_take_the_place_of_mechanisms_and_hold_decisions():
    lab = cm.runs.lab(two_rounds())
    always_a = next(v for v in lab.variants["D1"] if v.name == "a")
    free = next(v for v in lab.variants["U2"] if v.name == "2")
    arm = lab.arm(["D2"], D1=always_a, U2=free)
    lives = lived(lab, arm, {"D1": [[0, 1]], "D2": [[0, 1]]}, 50)
    assert (lives.states["D1"] == 0).all()
    assert (lives.states["D2"] == 1).all()
    assert (lives.worth["U2"] == 2).all()
    assert not lives.learning["D1"].any()
    assert lives.learning["D2"].all()


def test_a_new_arm_changes_no_other_run():
    lab = cm.runs.lab(two_rounds(), budget=200)
    plain, other = lab.arm(), lab.arm(["D2"])
    alone, beside = lab.read([plain], 3)[plain], lab.read([other, plain], 3)[plain]
    assert all((a.rules["D1"] == b.rules["D1"]).all() for a, b in zip(alone.runs, beside.runs, strict=True))
    assert (lab.read([plain], 5)[plain].runs[2].rules["D1"] == alone.runs[2].rules["D1"]).all()
    assert (lab.read([plain], 3, seed=1)[plain].runs[0].rules["D1"] != alone.runs[0].rules["D1"]).any()


def test_lives_of_a_mixture_are_drawn_from_its_arms():
    lab = cm.runs.lab(mouse())
    variants = lab.variants["U"][1:3]
    mixed = Arm(("D",), {}, tuple(lab.arm(U=variant) for variant in variants))
    lives = lived(lab, mixed, {"D": [[1, 0]]}, 4000)
    alone = [lived(lab, part, {"D": [[1, 0]]}, 4000).worth["U"].mean() for part in mixed.mixture]
    assert lives.worth["U"].mean() == pytest.approx(np.mean(alone), abs=0.05)


# --- learners ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["reinforce", "q", "evolution"])
@pytest.mark.parametrize(("slip", "option"), [("1/4", 1), ("3/4", 0)])
def test_the_mouse_learns_where_the_cheese_is(method, slip, option):
    lab = cm.runs.lab(mouse(slip), method)
    taken = lab.read([lab.arm()], 8)[lab.arm()].taken("D")
    assert taken[:, 0, option].sum() == 8


CORNERS = [(2, ".4", False), (2, ".6", True), (3, ".3", False), (3, ".4", True), (5, ".1", False), (5, ".3", True)]


@pytest.mark.parametrize(("deployment", "mu", "complies"), CORNERS)
def test_two_corners_comply_beside_the_exact_threshold(deployment, mu, complies):
    """At least 10 of 12 runs comply where exact planning does, and none elsewhere."""
    found = plans(cm.runs.lab(corners(2, deployment, mu)), 12)
    complied = found.count("aa" + "b" * deployment)
    assert (Fraction(mu) * deployment > 1) == complies
    assert complied >= 10 if complies else not complied
    alone = plans(cm.runs.lab(corners(2, deployment, mu), credit="episode"), 12)
    assert not any(plan.startswith("aa") for plan in alone)


def test_q_learning_complies_with_memory_of_what_it_did():
    assert plans(cm.runs.lab(corners(mu=".5", recall="perfect"), "q"), 12).count("aabbb") >= 10
    assert "aabbb" not in plans(cm.runs.lab(corners(mu=".2", recall="perfect"), "q"), 12)


def test_decisions_that_share_a_rule_are_trained_as_one():
    """Absent-minded corners: b is played with probability 5/9, not 0.61."""
    lab = cm.runs.lab(corners(2, 3, recall="tied"), Learner(lives=8000, batch=40, step=0.3))
    reading = lab.read([lab.arm()], 20)[lab.arm()]
    rules = {node: np.stack([run.rules[node][0] for run in reading.runs]) for node in lab.learned}
    assert all((rules[node] == rules["D_A1"]).all() for node in lab.learned)
    assert rules["D_A1"][:, 1].mean() == pytest.approx(5 / 9, abs=0.02)
    with pytest.raises(cm.NotApplicable, match="share a rule"):
        cm.runs.discover(lab, 8)
    evolved = cm.runs.lab(corners(2, 3, recall="tied"), "evolution", budget=400)
    (run,) = evolved.read([evolved.arm()], 1)[evolved.arm()].runs
    assert (run.rules["D_A1"] == run.rules["D_A5"]).all()


def test_credit_counts_own_utilities_downstream_within_reach():
    composition = corners(1, 2)
    reach = {c: cm.runs.lab(composition, credit=c).bench.counted("D_A1") for c in ("episode", 1, 2, "updates")}
    assert reach == {"episode": ("U_1",), 1: ("U_1", "U_2"), 2: ("U_1", "U_2", "U_3"), "updates": ("U_1", "U_2", "U_3")}
    apart = corners(1, 2, scope="episode")
    assert cm.runs.lab(apart).bench.counted("D_A1") == ("U_1",)


def test_a_process_is_trained_for_the_base_objective_or_for_a_specification():
    process = cm.builders.episodes(1, 1)
    base = cm.runs.lab(process, budget=500)
    assert plans(base, 4) == ["aa"] * 4
    spec = cm.MesaSpec(target="A == 'b'", scope="episode")
    assert plans(cm.runs.lab(process, spec=spec, budget=500), 4) == ["bb"] * 4


# --- functions as trainers, kept runs ---------------------------------------------------------------------------------


def test_a_function_trains_one_run_at_a_time():
    lab = cm.runs.lab(mouse())
    seen = []

    def train(arm, seed):
        seen.append(seed)
        return {"D": "right" if seed % 2 else {"left": 1}}

    mine = cm.runs.lab(mouse(), train)
    runs = mine.read([mine.arm()], 4)[mine.arm()].runs
    assert len(set(seen)) == 4
    assert [run.rules["D"][0, 1] for run in runs] == [seed % 2 for seed in seen]
    with pytest.raises(cm.NotApplicable, match="no rule for 'D'"):
        cm.runs.lab(mouse(), lambda arm, seed: {}).read([lab.arm()], 1)
    with pytest.raises(cm.ModelError, match="has 3 numbers; it needs 2"):
        cm.runs.lab(mouse(), lambda arm, seed: {"D": np.ones(3)}).read([lab.arm()], 1)


def test_kept_runs_survive_a_kill(tmp_path):
    count = []

    def train(arm, seed):
        count.append(seed)
        if len(count) == 3:
            raise KeyboardInterrupt
        return {"D": np.array([seed % 5, 1.0])}

    lab = cm.runs.lab(mouse(), train, cache=tmp_path)
    with pytest.raises(KeyboardInterrupt):
        lab.read([lab.arm()], 4)
    (file,) = tmp_path.iterdir()
    assert len(file.read_text().splitlines()) == 2
    file.write_text(file.read_text()[:-9])  # the kill came in the middle of a line
    runs = lab.read([lab.arm()], 4)[lab.arm()].runs
    assert len(count) == 3 + 3
    assert [run.rules["D"][0, 0] for run in lab.read([lab.arm()], 4)[lab.arm()].runs] == [
        r.rules["D"][0, 0] for r in runs
    ]
    assert len(count) == 6
    assert all(json.loads(line) for line in file.read_text().splitlines() if line.endswith("]"))


def test_kept_runs_are_told_apart_by_content(tmp_path):
    for model, how in ((mouse(), {}), (mouse("1/3"), {}), (mouse(), {"budget": 40})):
        lab = cm.runs.lab(model, cache=tmp_path, **({"budget": 20} | how))
        lab.read([lab.arm()], 1)
    assert len(list(tmp_path.iterdir())) == 3


def test_processes_find_the_same(tmp_path):
    told = []
    alone, shared = (cm.runs.lab(mouse(), budget=40, jobs=jobs, watch=lambda *n: told.append(n)) for jobs in (1, 2))
    one, other = (lab.read([lab.arm()], 3)[lab.arm()] for lab in (alone, shared))
    assert all((a.rules["D"] == b.rules["D"]).all() for a, b in zip(one.runs, other.runs, strict=True))
    assert told == [(0, 3), (3, 3)] * 2


@pytest.mark.nightly
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("backend", ["dask", "ray"])
def test_clusters_find_the_same(backend):
    pytest.importorskip({"dask": "distributed"}.get(backend, backend))
    alone, shared = cm.runs.lab(mouse(), budget=40), cm.runs.lab(mouse(), budget=40, jobs=2, backend=backend)
    one, other = (lab.read([lab.arm()], 3)[lab.arm()] for lab in (alone, shared))
    assert all((a.rules["D"] == b.rules["D"]).all() for a, b in zip(one.runs, other.runs, strict=True))


# --- what is refused --------------------------------------------------------------------------------------------------


def test_what_can_not_be_trained_is_refused():
    with pytest.raises(cm.NotApplicable, match="Did you mean 'reinforce'"):
        cm.runs.lab(mouse(), "reinfroce")
    with pytest.raises(cm.NotApplicable, match="Did you mean 'episode'"):
        cm.runs.lab(mouse(), credit="episodes")
    with pytest.raises(cm.NotApplicable, match="no decision"):
        cm.runs.lab(mouse().with_policy({"D": "left"}))
    with pytest.raises(cm.NotApplicable, match="budget= is for tables"):
        cm.runs.lab(mouse(), lambda arm, seed: {}, budget=3)
    with pytest.raises(cm.NotApplicable, match="differ in scale alone"):
        cm.runs.lab(mouse(), variants={"U": ["2 * (X == 'right')"]})
    with pytest.raises(cm.NotApplicable, match="names 'V', which is not a node"):
        cm.runs.lab(mouse(), variants={"V": []})
    short = cm.runs.lab(two_rounds(), "evolution", credit="episode")
    with pytest.raises(cm.NotApplicable, match="whole lives"):
        short.read([short.arm()], 1)
    with pytest.raises(cm.NotApplicable, match="batch"):
        Learner(batch=0)
    lab = cm.runs.lab(mouse())
    with pytest.raises(cm.TooLarge, match="1 arms with 60000 runs"):
        lab.read([lab.arm()], 60_000)
    with pytest.raises(cm.ModelError, match="lab needs a model, not a value of type int"):
        cm.runs.lab(5)


def test_values_show_themselves():
    lab = cm.runs.lab(mouse())
    assert str(lab) == "trains D by Learner()\nvariants: D (3), X (5), U (4)"
    assert repr(lab.arm(U=lab.variants["U"][1])).startswith("Arm(D trained where U: ")
    assert repr(Variant("cut", structural=True)) == "Variant('cut', structural)"
    assert "bottle" in bottle_cap.__name__
