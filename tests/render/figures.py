"""Diagrams that the tests of the pictures share."""

from __future__ import annotations

import random

import cidmesa as cm
from cidmesa.render.drawable import Subject
from cidmesa.structure.verdict import Verdict

EPISODES = range(1, 6)


def grade_prediction():
    return cm.cid("R->HS; HS->E; HS->P; Ge->P; E->Gr; Gr->Ac; P->Ac", decisions=["P"], utilities=["Ac"])


def content_recommendation():
    return cm.cid("O->M; M->P; O->I; P->I; I->C; P->C", decisions=["P"], utilities=["C"])


def war_game():
    return cm.cid(
        "X->DS; DS->DT; X->US; DS->US; DT->US; X->UT; DT->UT",
        decisions={"S": ["DS"], "T": ["DT"]},
        utilities={"S": ["US"], "T": ["UT"]},
    )


_TRAINING = (
    "Theta1->A1; A1->R1; Theta1->Theta2; R1->Theta2; Theta2->A2; A2->R2; Theta2->Theta3; R2->Theta3; Theta3->A3; "
    "Theta3->Theta4; Theta4->A4; Theta4->Theta5; Theta5->A5"
)


def training():
    """What two corners show as a training process."""
    base = cm.cid(f"{_TRAINING}; R1->U_base; R2->U_base", utilities={"base": ["U_base"]})
    learned = frozenset(f"A{i}" for i in EPISODES)
    episodes = {f"{kind}{i}": i for i in EPISODES for kind in ("A", "Theta")}
    return Subject(base.specs, base.edges, "training process", learned, episodes=episodes)


def composition():
    """What two corners show, composed."""
    own = "; ".join(f"D_A{i}->A{i}->U_{i}" for i in EPISODES)
    diagram = cm.cid(
        f"{_TRAINING}; {own}",
        decisions={"mesa": [f"D_A{i}" for i in EPISODES]},
        utilities={"mesa": [f"U_{i}" for i in EPISODES]},
    )
    base = training()
    rules = {"D_A1": ("from R1: the action's decision",), ("D_A1", "A1"): ("from R1: the decision acts",)}
    episodes = {**base.episodes, **{f"D_A{i}": i for i in EPISODES}}
    return Subject(diagram.specs, diagram.edges, "mesa-optimizer", base.learned, rules, base, episodes=episodes)


def relevance_graph():
    links = (("D1", "D2"), ("D2", "D1"), ("D2", "D3"), ("D1", "D3"))
    return cm.RelevanceGraph(("D1", "D2", "D3"), links)


def modelled():
    diagram = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    return cm.model(diagram, S=cm.uniform([0, 1]), D=[0, 1], U="S * D <= 1")


def verdict(concept, node, witness=(), status="admits"):
    return Verdict(concept, "agent", "D", node, status, tuple(witness), "reason", "theorem")


def dice_of(seed):
    return random.Random(seed)


def scattered(seed, nodes=None, links=None):
    """A random diagram; names of several lengths, one or two agents, sometimes in pieces."""
    dice = dice_of(seed)
    count = nodes or dice.randint(1, 15)
    names = [dice.choice(("X", "Theta", "D_A", "reward ", "U_base")) + str(i) for i in range(count)]
    sinks = max(1, count // 5)
    pairs = [(a, b) for i, a in enumerate(names[: count - sinks]) for b in names[i + 1 :]]
    chosen = dice.sample(pairs, min(len(pairs), links or dice.randint(0, 2 * count)))
    decisions = dice.sample(names[: count - sinks], min(count - sinks, sinks))
    agents = dice.choice((("a",), ("base", "mesa")))
    return cm.cid(
        chosen,
        nodes=names,
        decisions={agent: decisions[i :: len(agents)] for i, agent in enumerate(agents)},
        utilities={agent: names[count - sinks :][i :: len(agents)] for i, agent in enumerate(agents)},
    )


GAME = war_game()
FIGURES = {
    "grade prediction": (grade_prediction(), {"incentives": [verdict("voi", "HS"), verdict("ri", "HS")]}),
    "content recommendation": (
        content_recommendation(),
        {
            "incentives": [verdict("ici", "I"), verdict("ri", "O"), verdict("impact", "C")],
            "highlight": ("P", "I", "C"),
            "policy": {"P": "50% of {x_1}; else #"},
        },
    ),
    "long names": (
        content_recommendation().rename({"O": "original_opinions", "C": "clicks_in_total", "I": "I_{x}&%#"}),
        {},
    ),
    "war game": (war_game(), {"incentives": [verdict("ici", "DT"), verdict("ici", "US")]}),
    "training": (training(), {}),
    "composition": (composition(), {}),
    "base and mesa": (composition(), {"compare_with": "base"}),
    "downwards": (composition(), {"direction": "TB"}),
    "relevance graph": (relevance_graph(), {}),
    "mechanised graph": (cm.mechanised(GAME), {}),
    "mechanisms": (GAME, {"mechanisms": True, "direction": "TB", "incentives": [verdict("ici", "DT")]}),
    "both an intervention and evidence": (
        content_recommendation().rename({"C": "U^base_2"}),
        {"intervention": {"I": "x"}, "evidence": {"O": 1, "P": "go"}, "highlight": ("P", "I")},
    ),
    "sliced": (
        cm.cid("S1->A1->S2->A2->S3; S1->S2->S3->R3; S2->R2", decisions=["A1", "A2"], utilities=["R2", "R3"]),
        {"layout": "sliced", "policy": {"A1": "left"}},
    ),
    "everything": (
        composition(),
        {
            "compare_with": "base",
            "incentives": "voi,ri,ici,impact",
            "policy": {"D_A1": "a", "D_A2": "a if D_A1 = a; b"},
            "highlight": ("D_A1", "A1", "R1", "Theta2"),
            "evidence": {"Theta1": "mesa"},
            "intervention": {"R2": 1},
        },
    ),
    "alone": (cm.cid(nodes=["Foo", "X1", "X_1"]), {}),
    "random": (scattered(3, 20, 24), {}),
}
GOLDEN = ("content recommendation", "war game", "mechanised graph", "base and mesa")
