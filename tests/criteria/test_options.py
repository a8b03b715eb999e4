"""Options that depend on the context: what a diagram excludes is not there in numbers, and links that offer stay."""

from __future__ import annotations

from random import Random

import cidmesa as cm


def drawn(rng):
    """A model of five nodes and one decision, whose options depend on one of its observations in most models."""
    parents = {i: rng.sample(range(i), min(i, rng.choice([0, 1, 2]))) for i in range(4)}
    decision = rng.choice([1, 2, 3])
    parents[decision] = rng.sample(range(decision), rng.randint(1, decision))
    scored = rng.sample(range(4), 2)
    links = [(f"V{p}", f"V{i}") for i in range(4) for p in parents[i]] + [(f"V{i}", "U") for i in scored]
    d = f"V{decision}"
    g = cm.cid(links, decisions=[d], utilities=["U"], nodes=[f"V{i}" for i in range(4)])
    on = rng.choice(g.parents(d))
    rows = [[0, rng.choice([[0], [1], [0, 1]])], [1, rng.choice([[0], [1], [0, 1]])]]
    if {option for _, options in rows for option in options} != {0, 1}:
        rows[1] = [1, [0, 1]]
    given = {d: cm.menu(rows, [on])}
    for node in g.chance_nodes:
        chances = [rng.choice(["0", "1/2", "1"]) for _ in range(2 ** len(g.parents(node)))]
        settings = [[k >> i & 1 for i in range(len(g.parents(node)))] for k in range(len(chances))]
        given[node] = (
            cm.table([[*s, {0: f"1 - {p}", 1: p}] for s, p in zip(settings, chances, strict=True)], g.parents(node))
            if g.parents(node)
            else cm.bernoulli(chances[0])
        )
    given["U"] = " + ".join(f"{rng.choice([-1, 0, 1, 2])} * {n}" for n in g.parents("U"))
    return cm.model(g, domains={n: [0, 1] for n in g.chance_nodes}, **given), d


def found(m, d, of):
    """What the diagram ``of`` excludes, and of this what is there in numbers."""
    asked = [n for n in m.cid.chance_nodes if cm.admits_voc(of, n).status == "excluded"]
    wrong = [n for n in asked if cm.value_of_control(m, n)]
    responses = [n for n in m.cid.chance_nodes if cm.admits_ri(of, d, n).status == "excluded"]
    return len(asked) + len(responses), wrong + [n for n in responses if cm.has_ri(m, d, n)]


def test_nothing_excluded_is_there_if_options_depend_on_the_context():
    asked, without = 0, []
    for seed in range(60):
        m, d = drawn(Random(seed))
        count, wrong = found(m, d, m.cid)
        assert not wrong, (seed, m.cid.edges, m.cid.spec(d).offers)
        asked += count
        without += found(m, d, m.cid.with_offers({}))[1]
    assert asked > 60
    assert without  # as if all options were always there: then what is excluded is found in numbers


def test_links_on_which_options_depend_stay():
    g = cm.cid("X, Z -> D -> V; D -> U", decisions=["D"], utilities=["U", "V"])
    offered = cm.menu([[0, ["a"]], ["*", ["a", "b"]]], ["X"])
    m = cm.model(g, X=cm.uniform([0, 1]), Z=cm.uniform([0, 1]), D=offered, U="D == 'b'", V=0)
    assert m.cid.spec("D").offers == ("X",)
    assert cm.requisite_observations(g, "D") == ()
    assert cm.requisite_observations(m.cid, "D") == ("X",)
    assert cm.is_requisite(m.cid, "D", "X").reason == "the options of D depend on X"
    assert cm.reduce(m.cid).parents("D") == ("X",)
    assert cm.admits_voi(m.cid, "D", "X").status == "not applicable"
    assert cm.admits_voi(m.cid, "D", "Z").status == "excluded"
    assert cm.admits_voc(m.cid, "X").witness == ("X", "D", "V")
    assert m.cid.rename({"X": "Y"}).spec("D").offers == ("Y",)
    assert m.cid.without_link("X", "D").spec("D").offers == ()
    assert m.do(D="a").cid.spec("D").offers == ()
    assert m.cid != g
    assert m.cid.with_offers({}) == g


def test_several_decisions_are_undetermined_where_only_options_connect_them():
    g = cm.cid("D1 -> X -> D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    offered = cm.menu([[0, ["a"]], ["*", ["a", "b"]]], ["X"])
    m = cm.model(g, D1=[0, 1], X="D1", D2=offered, U="D2 == 'b'", domains={"X": [0, 1]})
    assert cm.admits_ici(g, "D1", "X").status == "excluded"
    verdict = cm.admits_ici(m.cid, "D1", "X")
    assert verdict.status == "undetermined"
    assert "options depend on its links" in verdict.reason
