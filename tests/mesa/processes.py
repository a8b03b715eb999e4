"""Training processes for tests: the two corners in any size, and random ones."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import cidmesa as cm

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

__all__ = ["corners", "first_rounds", "random_process", "small_process", "small_spec", "tangled_process"]


def corners(
    training: int = 2, deployment: int = 3, mu: object = 1, *, shared_score: bool = False
) -> cm.TrainingProcess:
    """Hubinger et al. 2019, section 4: a is trained for, b is wanted; parameters can change after training rounds."""
    last = training + deployment
    rounds = range(1, last + 1)
    updates = range(1, min(training, last - 1) + 1)
    links = [(f"Theta{t}", f"A{t}") for t in rounds] + [(f"Theta{t}", f"Theta{t + 1}") for t in range(1, last)]
    links += [link for t in updates for link in ((f"A{t}", f"R{t}"), (f"R{t}", f"Theta{t + 1}"))]
    scores = {"U_b": [f"A{t}" for t in rounds]} if shared_score else {f"U_b{t}": [f"A{t}"] for t in rounds}
    links += [(action, score) for score, actions in scores.items() for action in actions]
    given: dict[str, object] = {"Theta1": {"mesa": 1, "base": 0}}
    for t in rounds:
        given[f"A{t}"] = cm.uniform(["a", "b"])
        if t < last:
            given[f"Theta{t + 1}"] = (
                _update(t) if t in updates else cm.table([["*", {"same": f"Theta{t}"}]], [f"Theta{t}"])
            )
    given |= {f"R{t}": f"A{t} == 'a'" for t in updates}
    given |= {score: " + ".join(f"({a} == 'a')" for a in actions) for score, actions in scores.items()}
    states = {f"Theta{t}": ["mesa", "base"] for t in rounds}
    model = cm.model(cm.cid(links, utilities={"base": list(scores)}), given, domains=states, parameters={"mu": mu})
    phase = {t: "train" if t <= training else "deploy" for t in rounds}
    roles = {f"A{t}": cm.learned(f"Theta{t}", episode=t, phase=phase[t]) for t in rounds}
    return cm.training(model, actions=roles, learner="mesa", otherwise={"base": "a"})


def _update(t: int):
    rows = [["mesa", 0, {"base": "mu", "mesa": "1 - mu"}], ["*", "*", {"same": f"Theta{t}"}]]
    return cm.table(rows, [f"Theta{t}", f"R{t}"])


def random_process(rng: Random, prefix: str = "") -> tuple[cm.TrainingProcess, list[int]]:
    """Return a process of up to four rounds and the rounds after which parameters can change.

    In each round the action may see an environment node, and the environment may carry over to the next round.
    ``prefix``: of the names of all nodes but utilities, for laws on relabelling.
    """
    rounds = range(1, rng.randint(2, 4) + 1)
    updates = [t for t in rounds[:-1] if rng.random() < 0.6]
    seen = [t for t in rounds if rng.random() < 0.6]
    carried = [t for t in rounds[:-1] if rng.random() < 0.3]
    theta, act, score, env = (f"{prefix}{name}" for name in ("Theta", "A", "R", "E"))
    links, given = [], {f"{theta}1": {"mesa": 1, "base": 0}}
    for t in rounds:
        links += [(f"{theta}{t}", f"{act}{t}"), (f"{act}{t}", f"{score}{t}"), (f"{env}{t}", f"{score}{t}")]
        links += [(f"{score}{t}", f"U_b{t}")] + [(f"{env}{t}", f"{act}{t}")] * (t in seen)
        given |= {f"{act}{t}": cm.uniform(["a", "b"]), f"{score}{t}": f"({act}{t} == 'a') * {env}{t}"}
        given |= {f"U_b{t}": f"{score}{t}"}
        given[f"{env}{t}"] = cm.bernoulli(
            f"({1 + rng.randint(0, 1)} + ({act}{t - 1} == 'a')) / 4" if t - 1 in carried else "1/2"
        )
        links += [(f"{act}{t - 1}", f"{env}{t}")] * (t - 1 in carried)
        if t > 1:
            links.append((f"{theta}{t - 1}", f"{theta}{t}"))
            links += [(f"{score}{t - 1}", f"{theta}{t}")] * (t - 1 in updates)
            after = f"({rng.randint(1, 3)} / 4)" if t - 1 in updates else "0"
            gone = f"(1 - {score}{t - 1}) * {after}" if t - 1 in updates else "0"
            share = f"(1 if {theta}{t - 1} == 'base' else {gone})"
            given[f"{theta}{t}"] = cm.table([["*", {"mesa": f"1 - {share}", "base": share}]], [f"{theta}{t - 1}"])
    utilities = {"base": [f"U_b{t}" for t in rounds]}
    model = cm.model(cm.cid(links, utilities=utilities), given)
    roles = {f"{act}{t}": cm.learned(f"{theta}{t}", episode=t) for t in rounds}
    return cm.training(model, actions=roles, learner="mesa", otherwise={"base": "a"}), updates


def first_rounds(process: cm.TrainingProcess, count: int) -> cm.TrainingProcess:
    """Return the first rounds of a process: later nodes (their names end with the number of the round) go."""
    later = [node for node in process.cid.nodes if int(node[-1]) > count]
    actions = {action: role for action, role in process.actions.items() if action not in later}
    return replace(process, model=process.model.revised(without=later), actions=actions)


def small_process(rng: Random) -> tuple[cm.TrainingProcess, dict[int, str]]:
    """Return a process that may compose to at most six variables, and an objective for the learned algorithm."""
    return rng.choice([_one_round, _two_rounds])(rng)


def small_spec(rng: Random, target: dict[int, str]) -> cm.MesaSpec:
    """Return a specification of any scope, succession, awareness and recall, but rules shared between decisions."""
    scope = rng.choice(["episode", "updates"])
    succession = rng.choice(["planner", "same"] + ["game"] * (scope == "updates"))
    aware, recall = rng.choice(["full", "model", "none"]), rng.choice(["perfect", "none"])
    return cm.MesaSpec(target=target, scope=scope, succession=succession, aware=aware, recall=recall)


def _one_round(rng: Random) -> tuple[cm.TrainingProcess, dict[int, str]]:
    """The reward depends on the action and on the weather or what follows from it; either may be seen or swayed."""
    seen, swayed, late = (rng.random() < 0.5 for _ in range(3))
    other = "F" if late else "E"
    links = f"Theta -> A; A -> R; R -> U_b; E -> F; {other} -> R" + "; E -> A" * seen + "; A -> F" * swayed
    given = {"Theta": {"mesa": 1, "base": 0}, "A": cm.uniform("ab"), "E": cm.bernoulli("1/3"), "U_b": "R",
             "F": "(A == 'a') != E" if swayed else "1 - E",
             "R": cm.table([[a, e, rng.randint(0, 1)] for a in "ab" for e in (0, 1)], ["A", other])}  # fmt: skip
    model = cm.model(cm.cid(links, utilities={"base": ["U_b"]}), given, domains={"R": [0, 1], "F": [0, 1]})
    wants = ["R", "A == 'b'", "F", "R - (A == 'b')", "E == R", "(A == 'b') * F", "F + R"]
    process = cm.training(model, actions={"A": cm.learned("Theta")}, learner="mesa", otherwise={"base": "a"})
    return process, {1: rng.choice(wants)}


def _two_rounds(rng: Random) -> tuple[cm.TrainingProcess, dict[int, str]]:
    """The second round's parameters depend on what was done in the first."""
    links = "Theta1 -> A1; Theta1, A1 -> Theta2; Theta2 -> A2; A1, A2 -> U_b" + "; A1 -> A2" * (rng.random() < 0.4)
    update = [["mesa", "b", {"base": "mu", "mesa": "1 - mu"}], ["*", "*", {"same": "Theta1"}]]
    given = {"Theta1": {"mesa": 1, "base": 0}, "Theta2": cm.table(update, ["Theta1", "A1"]),
             "A1": cm.uniform("ab"), "A2": cm.uniform("ab"), "U_b": "(A1 == 'a') + (A2 == 'a')"}  # fmt: skip
    model = cm.model(cm.cid(links, utilities={"base": ["U_b"]}), given, domains={"Theta2": ["mesa", "base"]},
                     parameters={"mu": rng.choice(["0", "1/3", "1/2", "1"])})  # fmt: skip
    wants = ["A2 == 'b'", "Theta2 == 'mesa'", "(A2 == 'b') + (Theta2 == 'mesa')", "A1 == A2", "A1 == 'b' and A2 == 'b'"]
    target = {2: rng.choice(wants)} | ({1: "A1 == 'b'"} if rng.random() < 0.5 else {})
    roles = {f"A{t}": cm.learned(f"Theta{t}", episode=t) for t in (1, 2)}
    return cm.training(model, actions=roles, learner="mesa", otherwise={"base": "a"}), target


# --- anything goes --------------------------------------------------------------------------------------------------

CHANCES = ["0", "1/3", "1/2", "1"]  # few, so that ties are common


def tangled_process(
    rng: Random,
    rounds: int = 2,
    *,
    optimizers: int = 1,
    returning: bool = False,
    acts: int = 2,
    chances: Sequence[str] = CHANCES,
    parameters: Mapping[str, cm.Parameter] | None = None,
) -> cm.TrainingProcess:
    """Return a process with hidden and seen states, noisy scores, up to two acts an episode, and other optimizers.

    ``returning``: parameters may be the learner's after they were not. ``chances``: of which its tables are made.
    """
    who = ["mesa", "m2", "base"] if optimizers > 1 else ["mesa", "base"]
    domains, parents, given = {"Theta1": who}, {"Theta1": []}, {}
    given["Theta1"] = rng.choice([{"mesa": 1}, {"mesa": "2/3", "base": "1/3"}])
    utilities, roles = [], {}
    for t in range(1, rounds + 1):
        inputs = [f"A{t - 1}"] * (t > 1 and rng.random() < 0.4) + [f"E{t - 1}"] * (t > 1 and rng.random() < 0.4)
        domains[f"E{t}"], parents[f"E{t}"] = [0, 1], inputs
        for act in ["A", "B"][: rng.randint(1, acts)]:
            seen = [f"E{t}"] * (rng.random() < 0.5) + [f"A{t}"] * (act == "B" and rng.random() < 0.5)
            domains[f"{act}{t}"], parents[f"{act}{t}"] = ["a", "b"], [f"Theta{t}", *seen]
            roles[f"{act}{t}"] = cm.learned(f"Theta{t}", episode=t, phase="train" if t < rounds else "deploy")
        utilities.append(f"U_b{t}")
        parents[f"U_b{t}"] = [f"A{t}", f"E{t}"]
        if t < rounds:
            reads = [n for n in (f"A{t}", f"B{t}", f"E{t}") if n in domains and rng.random() < 0.6]
            domains[f"Theta{t + 1}"], parents[f"Theta{t + 1}"] = who, [f"Theta{t}", *reads]
    for node in domains:
        if node != "Theta1":
            given[node] = cm.table([[*s, _row(rng, node, s, domains, returning, chances)] for s in
                                    product(*(domains[p] for p in parents[node]))], parents[node])  # fmt: skip
    given |= {u: cm.table([[*s, rng.randint(-1, 2)] for s in product("ab", [0, 1])], parents[u]) for u in utilities}
    links = [(p, node) for node, above in parents.items() for p in above]
    graph = cm.cid(links, utilities={"base": utilities}, nodes=list(domains))
    model = cm.model(graph, given, domains=domains, parameters=parameters)
    wants = {t: f"{rng.randint(0, 2)} * (A{t} == 'b') + {rng.randint(0, 1)} * E{t}" for t in range(1, rounds + 1)}
    other = {t: f"{rng.randint(0, 2)} * (A{t} == 'a')" for t in range(1, rounds + 1)}
    spec = cm.MesaSpec(target=wants, scope="updates")
    learner = {"mesa": spec, "m2": replace(spec, target=other)} if optimizers > 1 else {"mesa": spec}
    return cm.training(model, actions=roles, learner=learner)


def _row(rng: Random, node: str, setting: tuple, domains: dict, returning: bool, chances: Sequence[str]) -> object:
    if node.startswith("Theta"):
        before = setting[0]
        if before == "base" and not returning:
            return "base"
        p = rng.choice(chances)
        return {before: f"1 - {p}", rng.choice([s for s in domains[node] if s != before]): p}
    first, second = domains[node]
    p = rng.choice(chances)
    return {first: f"1 - {p}", second: p}
