"""What a REPL shows of a value: one line that says something."""

from __future__ import annotations

import pytest

import cidmesa as cm

CORNERS = cm.load("hubinger2019/two-corners")
GRADES = cm.load("everitt2021/grade-prediction")
MESA = CORNERS.of("deceptive")
SHORT = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
MODEL = cm.model(SHORT, S={"low": "1/3", "high": "2/3"}, D=["stay", "go"], U="(S == 'high') == (D == 'go')")
CHAIN = cm.cid(" -> ".join(f"Node{i}" for i in range(60)))
VERDICT = (
    "Verdict(concept='ri', agent='agent', decision='D', node='S', status='admits', witness=('S', 'D'), "
    "reason='S -> D', theorem='Everitt et al. 2021, Theorem 12')"
)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (lambda: SHORT, "CID(3 nodes: S -> D, S -> U, D -> U)"),
        (lambda: MODEL.mechanism("S"), "Distribution(low: 1/3, high: 2/3)"),
        (lambda: MODEL.mechanism("U"), "Formula((S == 'high') == (D == 'go'))"),
        (lambda: cm.table([["*", 1]], ["S"]), "Rows(*: 1)"),
        (lambda: cm.relevance_graph(SHORT), "RelevanceGraph(1 decisions: none relies on another)"),
        (
            lambda: cm.relevance_graph(cm.cid("D1 -> D2 -> U; D1 -> U", decisions=["D1", "D2"], utilities=["U"])),
            "RelevanceGraph(2 decisions: D1 -> D2)",
        ),
        (lambda: cm.incentive_diff(SHORT, SHORT.without_link("S", "D")),
         "IncentiveDiff(0 appeared, 1 vanished, 0 changed; 0 links added, 1 removed)"),
        (lambda: cm.admits_ri(SHORT, "D", "S"), VERDICT),
        (lambda: cm.reasoning_patterns(SHORT), "Patterns(D: direct effect (D - U))"),
        (lambda: cm.mechanised(SHORT),
         "MechanisedGraph(variables: S -> D, S -> U, D -> U; mechanisms: ~U -> ~D (terminal))"),
        (lambda: cm.check([GRADES]), "Report(22 passed, 0 failed, 0 skipped)"),
        (lambda: next(iter(cm.check([GRADES]))),
         "Outcome(everitt2021/grade-prediction::responds-to-race: passed, true)"),
        (lambda: GRADES.claims[0], "Claim(responds-to-race: ri {decision: P, node: R}: true)"),
        (lambda: cm.parameter("p", 0, 1), "Parameter(name='p', low=0, high=1)"),
        (lambda: cm.learned("Theta1"), "Learned(theta='Theta1')"),
        (lambda: CORNERS.specs["deceptive"], "MesaSpec(target=\"A == 'b'\", scope='updates')"),
        (lambda: cm.system(MODEL), "System(CID(3 nodes: S -> D, S -> U, D -> U))"),
        (
            lambda: cm.select(CORNERS.training, {name: CORNERS.specs[name] for name in ("deceptive", "per-episode")}),
            "Selection(argmax: deceptive; deceptive: fitness 2, weight 1; per-episode: fitness 1, weight 0)",
        ),
    ],
)  # fmt: skip
def test_in_one_line(value, shown):
    assert repr(value()) == shown


@pytest.mark.parametrize("value", [CHAIN, MESA, MESA.model, MESA.cid, CORNERS, CORNERS.training, *CORNERS.claims])
def test_never_longer_than_a_few_lines_of_a_terminal(value):
    assert "\n" not in repr(value)
    assert len(repr(value)) <= 260


def test_what_is_cut_says_so():
    assert repr(CHAIN).startswith("CID(60 nodes: Node0 -> Node1, ")
    assert repr(CHAIN).endswith("...)")
