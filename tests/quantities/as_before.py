"""Answers of all quantities on seeded random models, as text: what a change of their code must leave as it is.

``python -m tests.quantities.as_before`` writes the file that the test reads; do so only where an answer changes on
purpose, and say in the changelog which and why.
"""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import cidmesa as cm
from tests.random_models import random_chance, random_model, random_payoff

if TYPE_CHECKING:
    from cidmesa.quantities.goal_directedness import GoalDirectedness

FILE = Path(__file__).with_name("as_before.json.xz")
MODELS = 60


def answers(seed: int) -> dict[str, str]:
    """Return the answers about the random model and the random game of a seed, by question."""
    rng = Random(f"quantities {seed}")
    model = random_model(rng, max_nodes=4, max_decisions=1 + seed % 3 // 2, recall=True)
    policy = next(iter(cm.solve(model).optimal_policies()))
    decision = rng.choice(model.cid.decisions)
    nodes = [n for n in model.cid.nodes if model.cid.kind(n) == "chance" or (seed % 4 == 0 and n != decision)]
    node = rng.choice(nodes or model.cid.utilities)
    chance = rng.choice(model.cid.chance_nodes or [node])
    other = {d: model.domains[d][-1] for d in model.cid.decisions}
    seen = [{n: rng.choice(model.domains[n]) for n in (*model.cid.parents(decision), decision)} for _ in range(2)]
    few = len(model.cid.chance_nodes) <= 2
    asked = {
        "voi": lambda: cm.value_of_information(model, decision, node),
        "voc": lambda: cm.value_of_control(model, node),
        "ri": lambda: cm.has_ri(model, decision, node),
        "ici": lambda: cm.has_ici(model, decision, node),
        "ici of lots": lambda: cm.has_ici(model, decision, node, policies="all"),
        "impact": lambda: cm.has_impact(model, decision, node),
        "response": lambda: cm.response_probability(model, decision, node),
        "direction": lambda: cm.directional_incentive(model, decision, chance, 1),
        "side effects": lambda: cm.side_effects(model, policy, decision, baseline=other) if few else {},
        "intends": lambda: cm.intends(model, policy, decision, node, reference=[other]) if few else {},
        "intends (Halpern)": lambda: cm.intends(model, policy, decision, node, definition="halpern"),
        "intends, seen": lambda: cm.intends_behaviourally(model, policy, decision, node),
        "harm": lambda: cm.counterfactual_harm(model, policy, default=other),
        "moved": lambda: cm.expected_impact(model, policy, node, baseline=other),
        "unfair": lambda: cm.counterfactual_unfairness(model, policy, decision, chance),
        "capable": lambda: cm.capability_directedness(model, policy),
        "directed": lambda: _rounded(cm.goal_directedness(model, policy)),
        "directed at": lambda: _rounded(cm.goal_directedness(model, policy, targets=[chance])),
        "device": lambda: cm.agent_or_device(model, decision, seen, goals=["U0", f"{chance} == 1"]),
        "witness": lambda: _tables(cm.witness_model(cm.admits_ici(model.cid, decision, node), model.cid)),
    }
    return {question: _said(ask) for question, ask in asked.items()} | _of_game(rng)


def _of_game(rng: Random) -> dict[str, str]:
    links = rng.choice(
        ["X -> S; X, S -> R; X, S, R -> US; X, R -> UT", "X -> S; S -> Y -> R; X, R -> US; X, Y, R -> UT"]
    )
    game = cm.cid(links, decisions={"S": ["S"], "T": ["R"]}, utilities={"S": ["US"], "T": ["UT"]})
    given = {n: random_chance(rng.random()) for n in game.nodes if game.kind(n) == "chance"}
    given |= {u: random_payoff(rng.random()) for u in game.utilities}
    model = cm.model(game, given, S=[0, 1], R=[0, 1])
    profile = {
        "S": rng.choice(["X", "1 - X", 0, 1]),
        "R": rng.choice(["S", "1 - S", 1] if "S" in game.parents("R") else [1]),
    }
    return {
        "deceives": _said(lambda: cm.deceives(model, profile, by="S", target="T", about="X == 1")),
        "believes": _said(lambda: cm.believes(model, profile, "T", "X == 1")),
        "lies": _said(lambda: cm.lies(model, profile, by="S", target="T", about="X == 1", honest={"S": "X"})),
        "conceals": _said(lambda: cm.conceals(model, profile, by="S", target="T", about="X == 1")),
        "pays": _said(lambda: cm.incentive_to_deceive(model, profile, by="S", target="T", about="X")),
        "manipulation": _said(lambda: cm.manipulation(model, profile, by="S", target="T", baseline={"S": "X"})),
    }


def _rounded(found: GoalDirectedness) -> str:
    return f"{found.objective} {found.value:.6f} of {found.greatest:.6f} {found.direction}"


def _tables(model: cm.Model) -> str:
    return str({node: [str(cell) for cell in table.values.ravel()] for node, table in sorted(model.tables.items())})


def _said(ask) -> str:
    try:
        found = ask()
    except cm.CidmesaError as error:
        return f"{type(error).__name__}: {error}"
    return repr(found.to_json() if hasattr(found, "to_json") else found)


def read() -> list[dict[str, str]]:
    """Return the answers that were written."""
    return json.loads(lzma.decompress(FILE.read_bytes()))


if __name__ == "__main__":
    FILE.write_bytes(lzma.compress(json.dumps([answers(seed) for seed in range(MODELS)], sort_keys=True).encode()))
