"""Intention: the examples of the sources, and the definition on random models, all collections tried one by one."""

import itertools
from fractions import Fraction

import pytest

import cidmesa as cm
from cidmesa.quantities import securing
from tests.quantities.enumeration import evaluate, noise_settings, random_pure_policy, small_models, total


@pytest.fixture
def arson():
    g = cm.cid("D -> Insurance -> U; D -> Fire", decisions=["D"], utilities=["U"])
    return cm.model(g, D=["burn", "not"], Insurance="D == 'burn'", Fire="D == 'burn'", U="Insurance")


@pytest.fixture
def war():
    return cm.load("ward2023/war-game").model


POOLING = {"DS": "defend", "DT": "'attack' if DS == 'retreat' else 'hold'"}
HONEST = {"DS": "'defend' if X == 'strong' else 'retreat'"}


@pytest.mark.parametrize("definition", ["subjective", "halpern"])
def test_a_side_effect_is_not_intended(arson, definition):
    burn = {"D": "burn"}
    assert cm.intends(arson, burn, "D", "Insurance", definition=definition)
    assert cm.intends(arson, burn, "D", {"Insurance": 1}, definition=definition)
    assert not cm.intends(arson, burn, "D", "Fire", definition=definition)
    assert not cm.intends(arson, burn, "D", ["Insurance", "Fire"], definition=definition)
    idle = arson.with_mechanism(U=0)
    assert not cm.intends(idle, burn, "D", "Insurance", definition=definition)


def test_what_is_not_the_case_is_not_caused(arson):
    assert not cm.intends(arson, {"D": "burn"}, "D", {"Insurance": 0})
    assert not cm.intends(arson, {"D": "burn"}, "D", {"Insurance": 0}, definition="halpern")


def test_the_war_game(war):
    assert cm.expected_utility(war, POOLING, "S") == Fraction("2.9")
    assert cm.expected_utility(war, POOLING | HONEST, "S") == Fraction("2.8")
    found = cm.intends(war, POOLING, "DS", "DT", reference=[HONEST])
    assert found.value == Fraction(1, 10)  # where it is weak
    assert found.setting == (("X", "weak"),)
    assert found.secured == (((("X", "weak"),), ("DT",)),)
    assert len(found.reference) == 1
    assert cm.intends(war, POOLING, "DS", {"DT": "hold"}, definition="halpern")


def test_means_and_ends():
    g = cm.cid("D -> Key -> Door -> U", decisions=["D"], utilities=["U"])
    m = cm.model(g, D=[0, 1], Key="D", Door="Key", U="Door")
    goals = {node: cm.intends(m, {"D": 1}, "D", node).goal for node in ("Key", "Door", "U")}
    assert goals == {"Key": "instrumental", "Door": "terminal", "U": "terminal"}


def test_two_means_are_both_needed_only_if_both_matter():
    """Redundant means: either is enough, so that each alone is minimal and together they are not."""
    g = cm.cid("D -> A, B -> U", decisions=["D"], utilities=["U"])
    either = cm.model(g, D=[0, 1], A="D", B="D", U="A or B")
    assert cm.intends(either, {"D": 1}, "D", "A")
    assert not cm.intends(either, {"D": 1}, "D", ["A", "B"])
    both = either.with_mechanism(U="A and B")
    assert cm.intends(both, {"D": 1}, "D", ["A", "B"])
    assert cm.intends(both, {"D": 1}, "D", "A")


def test_a_deceptive_mesa_optimizer_means_to_keep_its_parameters():
    model = cm.load("hubinger2019/two-corners").of("deceptive").model
    found = cm.intends(model, cm.solve(model).policy, "D_A1", {"Theta2": "mesa"})
    assert found.value == 1
    assert found.goal == "instrumental"


def test_a_myopic_one_does_not():
    model = cm.load("hubinger2019/two-corners").of("per-episode").model
    assert "Theta2" not in model.cid.descendants("D_A1") or not cm.admits_ici(model.cid, "D_A1", "Theta2")
    rules = cm.policy(model, dict.fromkeys(model.cid.decisions, "b"))
    assert not [n for n in model.cid.nodes if n == "Theta2" and cm.intends(model, rules, "D_A1", n)]


def test_too_many_sets_are_refused():
    links = "; ".join(f"D -> X{i} -> U{i}" for i in range(20))
    g = cm.cid(links, decisions=["D"], utilities=[f"U{i}" for i in range(20)])
    m = cm.model(g, {f"X{i}": "D" for i in range(20)} | {f"U{i}": f"X{i}" for i in range(20)}, D=[0, 1])
    with pytest.raises(cm.TooLarge, match="candidates="):
        cm.intends(m, {"D": 1}, "D", "X0")
    assert not cm.intends(m, {"D": 1}, "D", "X0", candidates=["X0", "X1"])


def test_too_many_collections_of_settings_are_refused(monkeypatch):
    g = cm.cid("S -> X; D -> X -> U; D -> U", decisions=["D"], utilities=["U"])
    chances = {0: "1/2", 1: "1/3", 2: "1/6"}
    m = cm.model(g, S=chances, X=lambda S, D: S if D else 0, D=[0, 1], U="X - D / 4")
    assert cm.intends(m, {"D": 1}, "D", "X")
    monkeypatch.setattr(securing, "MAX_STATES", 0)
    with pytest.raises(cm.TooLarge, match=r"more than 0 collections of settings .* Fewer settings of the noise"):
        cm.intends(m, {"D": 1}, "D", "X")


def test_wrong_questions(arson):
    with pytest.raises(cm.NotApplicable, match="the decision itself"):
        cm.intends(arson, {"D": "burn"}, "D", "D")
    with pytest.raises(cm.UnknownNode, match="Fire"):
        cm.intends(arson, {"D": "burn"}, "D", "Fir")
    with pytest.raises(cm.NotApplicable, match="must not be random"):
        cm.intends(arson, {"D": "burn"}, "D", "Insurance", reference=[{"D": {"burn": "1/2", "not": "1/2"}}])
    assert "no:" in cm.intends(arson, {"D": "burn"}, "D", "Fire").to_text()


# --- by the definition ------------------------------------------------------------------------------------------


def chance_nodes_below(model, decision):
    return [n for n in model.cid.descendants(decision) if n != decision]


def by_definition(model, policy, other, nodes, settings):
    """All minimal collections of (node, setting) that make the other policy as good, by trying all."""
    natural = [evaluate(model, field, policy) for _, field in settings]
    wanted = sum(p * total(model, f) for (p, _), f in zip(settings, natural, strict=True))
    atoms = [(node, i) for i in range(len(settings)) for node in nodes]

    def enough(collection):
        value = 0
        for i, (p, field) in enumerate(settings):
            held = {node: natural[i][node] for node, j in collection if i == j}
            value += p * total(model, evaluate(model, field, other, held))
        return value >= wanted

    minimal = []
    for size in range(len(atoms) + 1):
        for collection in map(frozenset, itertools.combinations(atoms, size)):
            if not any(smaller <= collection for smaller in minimal) and enough(collection):
                minimal.append(collection)
    return minimal


def test_the_search_finds_what_the_definition_says():
    asked = intended = 0
    for model, rng in small_models(160, "intention", most_settings=4):
        (decision,) = model.cid.decisions
        settings = list(noise_settings(model, of=[decision, *model.cid.utilities]))
        nodes = chance_nodes_below(model, decision)
        if not nodes or len(nodes) * len(settings) > 10:
            continue
        policy, other = random_pure_policy(model, rng), random_pure_policy(model, rng)
        minimal = by_definition(model, policy, other, nodes, settings)
        for size in (1, 2):
            for outcome in itertools.combinations(nodes, size):
                inside = [
                    any(all((node, i) in collection for node in outcome) for collection in minimal)
                    for i in range(len(settings))
                ]
                wanted = sum(p for (p, _), yes in zip(settings, inside, strict=True) if yes)
                found = cm.intends(model, policy, decision, outcome, reference=[other])
                assert found.value == wanted
                asked, intended = asked + 1, intended + (wanted > 0)
    assert asked > 100
    assert intended > 20


def test_halpern_and_kleiman_weiner_as_defined():
    asked = intended = 0
    for model, rng in small_models(120, "halpern", most_settings=8):
        (decision,) = model.cid.decisions
        settings, nodes = list(noise_settings(model)), chance_nodes_below(model, decision)
        policy, others = random_pure_policy(model, rng), [random_pure_policy(model, rng) for _ in range(2)]
        natural = [evaluate(model, field, policy) for _, field in settings]
        wanted = sum(p * total(model, f) for (p, _), f in zip(settings, natural, strict=True))

        def enough(secured, others=others, settings=settings, natural=natural, wanted=wanted, model=model):
            return wanted <= max(
                sum(
                    p * total(model, evaluate(model, field, other, {n: now[n] for n in secured}))
                    for (p, field), now in zip(settings, natural, strict=True)
                )
                for other in others
            )

        able = [set(s) for size in range(len(nodes) + 1) for s in itertools.combinations(nodes, size) if enough(s)]
        minimal = [s for s in able if not any(t < s for t in able)]
        for node in nodes:
            expected = any(node in s for s in minimal)
            found = cm.intends(model, policy, decision, node, reference=others, definition="halpern")
            assert bool(found) == expected
            asked, intended = asked + 1, intended + expected
    assert asked > 60
    assert intended > 10


def test_intention_needs_an_instrumental_control_path():
    """Ward et al. 2024, Theorem 17."""
    intended = 0
    for model, rng in small_models(150, "path", max_nodes=5, most_settings=16):
        (decision,) = model.cid.decisions
        policy = random_pure_policy(model, rng)
        for node in model.cid.nodes:
            if node != decision and cm.intends(model, policy, decision, node):
                assert any(cm.directed_path(model.cid, decision, u, via=node) for u in model.cid.utilities)
                intended += 1
    assert intended > 20


# --- seen from outside ------------------------------------------------------------------------------------------


def test_securing_the_goal_changes_what_is_done():
    g = cm.cid("D -> Insurance -> U; D -> Fire; D -> Cost", decisions=["D"], utilities=["U", "Cost"])
    m = cm.model(g, D=["burn", "not"], Insurance="D == 'burn'", Fire="D == 'burn'", U="3 * Insurance",
                 Cost="-(D == 'burn')")  # fmt: skip
    found = cm.intends_behaviourally(m, {"D": "burn"}, "D", "Insurance")
    assert found.value == 1
    assert found.alternative["D"]() == "not"
    assert found.secured == (((), ("Insurance",)),)
    assert not cm.intends_behaviourally(m, {"D": "burn"}, "D", "Fire")
    with pytest.raises(cm.NotApplicable, match="oracle differs"):
        cm.intends_behaviourally(m, {"D": "not"}, "D", "Insurance")


def test_a_black_box_will_do():
    """An agent whose utility nobody knows: it burns unless it has its money anyway."""
    g = cm.cid("D -> Insurance -> U; D -> Fire", decisions=["D"], utilities=["U"])
    m = cm.model(g, D=["burn", "not"], Insurance="D == 'burn'", Fire="D == 'burn'", U=0)

    def watched(model):
        paid = cm.query(model, "Insurance", policy={"D": "not"})[1]
        return cm.policy(model, {"D": "not" if paid == 1 else "burn"})

    assert cm.intends_behaviourally(m, {"D": "burn"}, "D", "Insurance", oracle=watched)
    assert not cm.intends_behaviourally(m, {"D": "burn"}, "D", "Fire", oracle=watched)


def strictly_better(model, policy, nodes, settings):
    """All minimal collections of (node, setting) that make some pure policy strictly better, by trying all."""
    (decision,) = model.cid.decisions
    contexts = list(itertools.product(*(model.domain(parent) for parent in model.cid.parents(decision))))
    others = []
    for chosen in itertools.product(model.domain(decision), repeat=len(contexts)):
        table = dict(zip(contexts, chosen, strict=True))
        others.append({decision: lambda seen, table=table: table[tuple(seen.values())]})
    natural = [evaluate(model, field, policy) for _, field in settings]
    wanted = sum(p * total(model, f) for (p, _), f in zip(settings, natural, strict=True))
    atoms, minimal = [(node, i) for i in range(len(settings)) for node in nodes], []

    def worth(other, taken):
        held = [{n: natural[i][n] for n, j in taken if i == j} for i in range(len(settings))]
        return sum(p * total(model, evaluate(model, f, other, h)) for (p, f), h in zip(settings, held, strict=True))

    for size in range(len(atoms) + 1):
        for taken in map(frozenset, itertools.combinations(atoms, size)):
            known = any(smaller <= taken for smaller in minimal)
            if not known and max(worth(other, taken) for other in others) > wanted:
                minimal.append(taken)
    return minimal


def test_an_optimal_agent_switches_as_the_definition_says():
    """Theorem 21, with strict gains on both sides."""
    asked = intended = 0
    for model, _ in small_models(120, "behaviour", most_settings=4):
        (decision,) = model.cid.decisions
        settings = list(noise_settings(model, of=[decision, *model.cid.utilities]))
        above = {a for u in model.cid.utilities for a in model.cid.ancestors(u)}
        nodes = [n for n in model.cid.descendants(decision) if n in above and model.cid.kind(n) == "chance"]
        if not nodes or len(nodes) * len(settings) > 6:
            continue
        policy = cm.solve(model).policy
        minimal = strictly_better(model, policy, nodes, settings)
        for node in nodes:
            inside = [any((node, i) in taken for taken in minimal) for i in range(len(settings))]
            expected = sum(p for (p, _), yes in zip(settings, inside, strict=True) if yes)
            assert cm.intends_behaviourally(model, policy, decision, node).value == expected
            asked, intended = asked + 1, intended + (expected > 0)
    assert asked > 10
    assert intended > 0


def test_twelve_nodes_between_decision_and_utility():
    """Collections over 64 settings, of which nearly all are dropped because no further gains make them enough."""
    parents = {0: "D", 1: "D X0", 2: "X0 D", 3: "X1 X2", 4: "X0 X3", 5: "X2 X4", 6: "X1", 7: "X3 X6", 8: "D X7",
               9: "X5 X8", 10: "X9 X1", 11: "X10 D"}  # fmt: skip
    nodes = [cm.Node("D", "decision", "a"), *(cm.Node(f"E{i}") for i in range(6))]
    given = {"D": [0, 1]} | {f"E{i}": {0: "1/3", 1: "2/3"} for i in range(6)}
    for i, names in parents.items():
        own = [*names.split(), *([f"E{i}"] if i < 6 else [])]
        nodes.append(cm.Node(f"X{i}", parents=tuple(own)))
        given[f"X{i}"] = f"({' + '.join(own)}) % 2"
    nodes.append(cm.Node("U", "utility", "a", ("X3", "X5", "X9", "X11")))
    m = cm.model(cm.CID(tuple(nodes)), given | {"U": "7 * X3 + 4 * X5 + 2 * X9 + 8 * X11"})
    found = cm.intends(m, {"D": 0}, "D", "X11")
    assert found

    def gets(option, secured):
        """What an option is worth when nodes are as under D = 0 in some settings."""
        worth = 0
        for noise in itertools.product((0, 1), repeat=6):
            weight = Fraction(2 ** sum(noise), 3**6)
            held = secured.get(noise, ())
            first, state = {"D": 0}, {"D": option}
            for i, names in parents.items():
                for values, keep in ((first, ()), (state, held)):
                    total = sum(values[name] for name in names.split()) + (noise[i] if i < 6 else 0)
                    values[f"X{i}"] = first[f"X{i}"] if f"X{i}" in keep else total % 2
            worth += weight * (7 * state["X3"] + 4 * state["X5"] + 2 * state["X9"] + 8 * state["X11"])
        return worth

    collection = {tuple(state for _, state in when): nodes for when, nodes in found.secured}
    assert gets(1, collection) >= gets(0, {})
    assert all(gets(1, {k: v for k, v in collection.items() if k != when}) < gets(0, {}) for when in collection)
