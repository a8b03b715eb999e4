"""The oracle's processes and specifications, built by the public interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cidmesa as cm
from tests.mesa.oracle.process import Act, Base

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.mesa.oracle.process import Chance, Process, Spec, Value

__all__ = ["composed", "to_cidmesa"]


def to_cidmesa(process: Process) -> tuple[cm.TrainingProcess, cm.MesaSpec | None]:
    """The same training process, and the specification where there is one optimizer; else the process has them."""
    specs = {v: _spec(process, spec) for v, spec in process.specs.items()}
    one = next(iter(specs)) if len(specs) == 1 else None
    model = cm.model(_diagram(process), _mechanisms(process), domains={n: x.states for n, x in process.nodes.items()})
    training = cm.training(
        model,
        actions={name: _role(act) for name, act in process.acts.items()},
        learner=specs if one is None else one,
        gate=dict(process.gates),
        credit={u: list(episodes) for u, episodes in process.credit.items()},
        base_policy=_base_policy(process),
    )
    return training, None if one is None else specs[one]


def composed(process: Process) -> cm.Composition:
    """The composition of a process with its specification."""
    training, spec = to_cidmesa(process)
    return cm.compose(training) if spec is None else cm.compose(training, spec)


def _diagram(process: Process) -> cm.CID:
    nodes = []
    for name, node in process.nodes.items():
        kind = ("decision", "base") if isinstance(node, Base) else ("chance", None)
        nodes.append(cm.Node(name, kind[0], kind[1], tuple(node.parents)))
    nodes += [cm.Node(name, "utility", "base", u.parents) for name, u in process.utilities.items()]
    return cm.CID(tuple(nodes))


def _mechanisms(process: Process) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for name, node in process.nodes.items():
        if isinstance(node, Act):
            given[name] = cm.uniform(node.states)
        else:
            given[name] = list(node.states) if isinstance(node, Base) else _law(node)
    return given | {name: _worth(u)[1] for name, u in process.utilities.items()}


def _law(node: Chance) -> Any:
    if not node.parents:
        return {state: node.table[()].get(state, 0) for state in node.states or node.table[()]}
    return cm.table([[*key, dict(row)] for key, row in node.table.items()], node.parents)


def _worth(u: Value) -> tuple[tuple[str, ...], Any]:
    return u.parents, cm.table([[*key, x] for key, x in u.table.items()], u.parents) if u.parents else u.table[()]


def _role(act: Act) -> cm.Learned:
    phase = act.phase if isinstance(act.phase, str) else f"{act.phase[0]} == {act.phase[1]!r}"
    said = {message: f"{node} == {state!r}" for message, (node, state) in (act.reports or {}).items()}
    others = {v: _law(rule) for v, rule in act.otherwise.items()}
    more = {"stage": act.stage} if act.stage is not None else {}
    more |= {"reports": said} if said else {}
    return cm.learned(act.theta, episode=act.episode, phase=phase, otherwise=others, **more)


def _spec(process: Process, spec: Spec) -> cm.MesaSpec:
    beliefs = {n: cm.table([[*key, dict(row)] for key, row in law.items()], process.nodes[n].parents)
               for n, law in spec.beliefs.items()}  # fmt: skip
    others = {v: _targets(target) for v, target in spec.indexical.items()}
    return cm.MesaSpec(
        target=_targets(spec.target),
        scope=spec.scope,
        succession=spec.succession,
        aware=spec.aware,
        recall=spec.recall,
        observes={a: list(nodes) for a, nodes in spec.observes.items()},
        beliefs=beliefs,
        value_ref="indexical" if others else "current",
        successor_targets=others or None,
    )


def _targets(target: Mapping[int, Value]) -> dict[int, Any]:
    return {episode: _worth(u) for episode, u in target.items()}


def _base_policy(process: Process) -> Any:
    decided = {name: node for name, node in process.nodes.items() if isinstance(node, Base)}
    if any(not node.table for node in decided.values()):
        return "rational"
    return {name: _law(node) for name, node in decided.items()} or None
