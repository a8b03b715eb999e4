"""From five episodes to two hundred: ``python -m benchmarks.episodes``, a process for each figure."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

import cidmesa as cm
from benchmarks.diagrams import partially_observed
from benchmarks.families import mdp
from benchmarks.floor import bare
from cidmesa.solving.optimal.solution import rational_policy

if TYPE_CHECKING:
    from collections.abc import Callable

    from cidmesa.mesa.composition import Composition
    from cidmesa.mesa.spec import MesaSpec
    from cidmesa.mesa.training import TrainingProcess

Work = "Callable[[], object]"


def _case(n: int, recall: str, mu: object = 1) -> tuple[TrainingProcess, MesaSpec]:
    spec = cm.MesaSpec(target="A == 'b'", scope="updates", recall=recall)
    return cm.builders.episodes(n // 2, n - n // 2, mu=mu), spec


def _composed(n: int, recall: str, mu: object = 1) -> Composition:
    return cm.compose(*_case(n, recall, mu))


def compose(n: int) -> Work:
    return partial(cm.compose, *_case(n, "perfect"))


def solve(n: int, recall: str = "perfect", mu: object = 1) -> Work:
    return partial(cm.solve, _composed(n, recall, mu).model)


def mixed(n: int) -> Work:
    """As `solve`, where the update fails with probability 1/5."""
    return solve(n, "perfect", "4/5")


def certify(n: int, recall: str) -> Work:
    composition = _composed(n, recall)

    def work() -> tuple[bool, str]:
        found = cm.certify_deception(composition)
        return bool(found), found.degree

    return work


def spans(n: int) -> Work:
    composition = _composed(n, "perfect")
    return lambda: cm.certify_deception(composition).to_json()


def printed(n: int) -> Work:
    composition = _composed(n, "perfect")
    return lambda: str(cm.certify_deception(composition))


def conditions(n: int) -> Work:
    return partial(cm.conditions, _composed(n, "none"), "deceptive", over=["mu"])


def mitigate(n: int) -> Work:
    return partial(cm.mitigate, *_case(n, "none"))


def verdicts(n: int) -> Work:
    composition = _composed(n, "none")
    return lambda: tuple(cm.incentives(composition.cid).select(concept="voi"))


def pomdp_verdicts(steps: int) -> Work:
    g = partially_observed(steps)
    return lambda: tuple(cm.incentives(g).select(concept="voi"))


def statuses(n: int) -> Work:
    composition = _composed(n, "none")
    return partial(cm.incentives, composition.cid)


def one_ici(n: int, recall: str) -> Work:
    cid = _composed(n, recall).cid
    return lambda: bool(cm.admits_ici(cid, "D_A1", f"Theta{n}"))


def _arrays(nodes: list) -> tuple[object, dict[str, object]]:
    kinds = {kind: [node.name for node in nodes if node.kind == kind] for kind in ("decision", "utility")}
    links = [(parent, node.name) for node in nodes for parent in node.parents]
    g = cm.cid(links, decisions=kinds["decision"], utilities=kinds["utility"])
    mechanisms = {n.name: list(range(n.states)) if n.kind == "decision" else n.table for n in nodes}
    return g, mechanisms


def reduced(n: int) -> Work:
    return partial(cm.reduce, _composed(n, "perfect").cid)


def alternating(steps: int, agents: int) -> Work:
    """What rational agents do who take turns over a hidden state and remember all signals and actions of both."""
    return partial(rational_policy, taking_turns(steps, agents))


def perfect(steps: int) -> Work:
    return partial(cm.equilibria, taking_turns(steps, 2), "subgame_perfect")


def taking_turns(steps: int, agents: int) -> cm.Model:
    """Agents who take turns over a hidden state and remember all signals and actions of both."""
    owned: dict[str, dict[str, list[str]]] = {"decisions": {}, "utilities": {}}
    links, given, seen = [], {}, []
    for t in range(steps):
        links += [(f"S{t - 1}", f"S{t}"), (f"A{t - 1}", f"S{t}")] if t else []
        seen.append(f"O{t}")
        links += [(f"S{t}", f"O{t}"), *((node, f"A{t}") for node in seen)]
        seen.append(f"A{t}")
        owned["decisions"].setdefault("ab"[t % agents], []).append(f"A{t}")
        given |= {f"A{t}": [0, 1], f"O{t}": cm.bernoulli(f"1/5 + 3/5 * S{t}")}
        given[f"S{t}"] = cm.bernoulli(f"1/4 + (S{t - 1} == A{t - 1}) / 2" if t else "2/3")
        for agent, worth in zip(
            "ab"[:agents], (f"3 * S{t} * A{t} - A{t}", f"S{t} + A{t} - 2 * S{t} * A{t}"), strict=False
        ):
            owned["utilities"].setdefault(agent, []).append(f"R{agent}{t}")
            links += [(f"S{t}", f"R{agent}{t}"), (f"A{t}", f"R{agent}{t}")]
            given[f"R{agent}{t}"] = worth
    return cm.model(cm.cid(links, **owned), given)


def build(states: int) -> Work:
    nodes = mdp(1000, states)
    g, mechanisms = _arrays(nodes)
    return lambda: cm.model(g, **mechanisms)


def solve_mdp(states: int) -> Work:
    g, mechanisms = _arrays(mdp(1000, states))
    return partial(cm.solve, cm.model(g, **mechanisms))


def bare_numpy(states: int) -> Work:
    return partial(bare, mdp(1000, states), 1000)


def slider(n: int) -> Work:
    from cidmesa.explorer.widget import explored

    subject = explored(_composed(n, "none"))
    values = iter(np.linspace(0.1, 0.9, 50).round(3).tolist())
    return lambda: subject.at({"mu": next(values)})


def check_models() -> Work:
    return partial(subprocess.run, [sys.executable, "-m", "cidmesa", "check", "models"], stdout=subprocess.DEVNULL)


SIZES = (8, 14, 20, 22, 50, 100, 200)
FIGURES: dict[str, Callable[[], Work]] = {
    **{f"compose, perfect recall, n = {n}": partial(compose, n) for n in (50, 100, 200)},
    **{f"solve, perfect recall, n = {n}": partial(solve, n) for n in SIZES},
    **{f"solve, mu = 4/5, n = {n}": partial(mixed, n) for n in (14, 20, 50)},
    **{f"solve, no recall, n = {n}": partial(solve, n, "none") for n in (20, 40, 100)},
    **{f"certify, perfect recall, n = {n}": partial(certify, n, "perfect") for n in (8, 14, 20, 50, 100)},
    **{f"certify, no recall, n = {n}": partial(certify, n, "none") for n in (8, 20, 40)},
    **{f"all spans of a certificate, n = {n}": partial(spans, n) for n in (8, 14, 20)},
    **{f"print a certificate, perfect recall, n = {n}": partial(printed, n) for n in (20, 50, 100)},
    **{f"conditions over mu, n = {n}": partial(conditions, n) for n in (8, 20)},
    "mitigate, n = 8": partial(mitigate, 8),
    "verdicts on information, n = 20": partial(verdicts, 20),
    "verdicts on information, POMDP T = 16": partial(pomdp_verdicts, 16),
    "statuses, n = 200": partial(statuses, 200),
    **{
        f"one question about control, recall {recall}, n = 100": partial(one_ici, 100, recall)
        for recall in ("none", "perfect")
    },
    "reduction, perfect recall, n = 100": partial(reduced, 100),
    **{f"build an MDP of 1000 stages, S = {s}": partial(build, s) for s in (10, 30)},
    **{f"solve it, S = {s}": partial(solve_mdp, s) for s in (10, 30, 100)},
    **{f"bare numpy, S = {s}": partial(bare_numpy, s) for s in (10, 30, 100)},
    **{f"slider of the explorer, n = {n}": partial(slider, n) for n in (5, 14)},
    **{f"agents who take turns: {a}, T = {t}": partial(alternating, t, a) for t in (5, 6, 7, 10) for a in (1, 2)},
    **{f"subgame-perfect equilibria, agents who take turns, T = {t}": partial(perfect, t) for t in (5, 7, 10)},
    "check models": check_models,
}


def seconds(name: str, times: int) -> float:
    """The least process time of some runs, those of child processes included."""
    found = []
    for _ in range(times):
        work = FIGURES[name]()  # anew: what was found out about a composition is kept
        before = time.process_time() + _of_children()
        work()
        found.append(time.process_time() + _of_children() - before)
        if found[-1] > 1:
            break
    return min(found)


def _of_children() -> float:
    import resource

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measured(name: str, times: int, limit: float) -> str:
    """A figure from a process of its own, as text."""
    command = [sys.executable, "-m", "benchmarks.episodes", "--one", name, "--times", str(times)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False)  # noqa: S603 (our own)
    except subprocess.TimeoutExpired:
        return f"> {limit:.0f} s"
    lines = (done.stdout if done.returncode == 0 else done.stderr).strip().splitlines()
    return f"{1000 * float(lines[-1]):.1f} ms" if done.returncode == 0 else f"error: {lines[-1]}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=3, help="each figure is the least of so many runs")
    parser.add_argument("--limit", type=float, default=60, help="seconds for a figure")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("parts", nargs="*", help="parts of the names of the figures wanted")
    given = parser.parse_args()
    if given.one:
        print(seconds(given.one, given.times))
        return
    for name in FIGURES:
        if not given.parts or any(part in name for part in given.parts):
            print(f"{name} | {measured(name, given.times, given.limit)}", flush=True)


if __name__ == "__main__":
    main()
