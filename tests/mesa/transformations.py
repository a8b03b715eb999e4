"""Changes of a training process that no answer may depend on, or only in a way that is said."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any

from tests.mesa.oracle.process import Act, Chance, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from random import Random

    from tests.mesa.oracle.process import Process, Spec

__all__ = ["TRANSFORMATIONS", "Changed"]


@dataclass(frozen=True)
class Changed:
    """A process, with the old names of its nodes and the old labels of options, and what its numbers were times."""

    process: Process
    names: Mapping[str, str] = field(default_factory=dict)  # new -> old
    options: Mapping[Any, Any] = field(default_factory=dict)  # new -> old
    scale: int = 1  # of the mesa-objective
    moved: bool = False  # whether constants were added to objectives


def renamed(process: Process, rng: Random) -> Changed:
    """Other names for all nodes, in another alphabetical order, and other labels for options."""
    old = [*process.nodes, *process.utilities]
    order = rng.sample(range(len(old)), len(old))
    names = {name: f"n{chr(97 + k)}_{name}" for name, k in zip(old, order, strict=True)}
    options = {"a": "zeal", "b": "awe"}
    changed = _relabelled(process, names, options)
    return Changed(changed, {n: o for o, n in names.items()}, {n: o for o, n in options.items()})


def options_in_another_order(process: Process, rng: Random) -> Changed:
    """The states of every node in another order."""
    nodes = {name: replace(node, states=tuple(rng.sample(node.states, len(node.states))))
             for name, node in process.nodes.items()}  # fmt: skip
    return Changed(replace(process, nodes=nodes))


def parents_in_another_order(process: Process, rng: Random) -> Changed:
    """The parents of every node in another order."""
    specs = {v: _of_spec(spec, lambda u: _reordered(u, rng)) for v, spec in process.specs.items()}
    nodes = {n: replace(x, observes=tuple(rng.sample(x.observes, len(x.observes)))) if isinstance(x, Act) else x
             for n, x in process.nodes.items()}  # fmt: skip
    beliefs = {v: set(spec.beliefs) for v, spec in process.specs.items()}
    believed = set().union(*beliefs.values())
    nodes = {n: x if isinstance(x, Act) or n in believed else _reordered(x, rng) for n, x in nodes.items()}
    utilities = {n: _reordered(u, rng) for n, u in process.utilities.items()}
    return Changed(replace(process, nodes=nodes, utilities=utilities, specs=specs))


def nodes_in_another_order(process: Process, rng: Random) -> Changed:
    """Nodes in another topological order, utilities and actions in another order."""
    left, nodes = dict(process.nodes), {}
    while left:
        name = rng.choice([n for n, node in left.items() if not set(node.parents) & set(left)])
        nodes[name] = left.pop(name)
    names = rng.sample(list(process.utilities), len(process.utilities))
    return Changed(replace(process, nodes=nodes, utilities={n: process.utilities[n] for n in names}))


def utilities_split(process: Process, rng: Random) -> Changed:
    """Each base utility is two summands with its credit."""
    utilities, credit = {}, dict(process.credit)
    for name, u in process.utilities.items():
        share = {key: Fraction(rng.randint(-2, 2)) for key in u.table}
        utilities[name] = Value(u.parents, {key: x - share[key] for key, x in u.table.items()})
        utilities[f"{name}_rest"] = Value(u.parents, share)
        if name in credit:
            credit[f"{name}_rest"] = credit[name]
    return Changed(replace(process, utilities=utilities, credit=credit), {f"{n}_rest": n for n in process.utilities})


def irrelevant_nodes(process: Process, rng: Random) -> Changed:
    """Nodes that lead to no utility, threat or action."""
    half = {0: Fraction(1, 2), 1: Fraction(1, 2)}
    nodes = {"Noise": Chance((0, 1), (), {(): half}), **process.nodes}
    for number, parent in enumerate(rng.sample(list(process.nodes), min(2, len(process.nodes)))):
        states = process.nodes[parent].states
        rows = {key: {0: Fraction(1)} if key[0] == states[0] else half for key in product(states, (0, 1))}
        nodes[f"Trace{number}"] = Chance((0, 1), (parent, "Noise"), rows)
    return Changed(replace(process, nodes=nodes))


def affine(process: Process, rng: Random) -> Changed:
    """The mesa-objective times a positive number, plus a constant in each episode; a constant more base utility."""
    scale = rng.choice([2, 3])
    specs = {v: _of_spec(spec, lambda u: _moved(u, scale, rng.randint(-2, 2))) for v, spec in process.specs.items()}
    utilities = {n: _moved(u, 1, rng.randint(-2, 2)) for n, u in process.utilities.items()}
    return Changed(replace(process, utilities=utilities, specs=specs), scale=scale, moved=True)


TRANSFORMATIONS: tuple[Callable[[Process, Random], Changed], ...] = (
    renamed,
    options_in_another_order,
    parents_in_another_order,
    nodes_in_another_order,
    utilities_split,
    irrelevant_nodes,
    affine,
)


# --- pieces ---------------------------------------------------------------------------------------------------------


def _moved(u: Value, scale: int, constant: int) -> Value:
    return Value(u.parents, {key: scale * x + constant for key, x in u.table.items()})


def _reordered(node: Any, rng: Random) -> Any:
    order = rng.sample(range(len(node.parents)), len(node.parents))
    return replace(
        node,
        parents=tuple(node.parents[i] for i in order),
        table={tuple(key[i] for i in order): row for key, row in node.table.items()},
    )


def _of_spec(spec: Spec, change: Callable[[Value], Value]) -> Spec:
    """The specification with its objectives changed."""
    others = {v: {e: change(u) for e, u in target.items()} for v, target in spec.indexical.items()}
    return replace(spec, target={e: change(u) for e, u in spec.target.items()}, indexical=others)


def _relabelled(process: Process, names: Mapping[str, str], options: Mapping[Any, Any]) -> Process:
    """Other names of nodes, other labels of options wherever they stand in tables of their actions."""
    acts = process.acts

    def key_of(parents: tuple[str, ...], key: tuple) -> tuple:
        return tuple(options[x] if p in acts else x for p, x in zip(parents, key, strict=True))

    def table(parents: tuple[str, ...], given: Mapping, of_act: bool = False) -> dict:
        rows = {key_of(parents, key): row for key, row in given.items()}
        return {k: {options[x]: p for x, p in row.items()} for k, row in rows.items()} if of_act else rows

    def worth(u: Value) -> Value:
        return Value(tuple(names[p] for p in u.parents), table(u.parents, u.table))

    def node(x: Any) -> Any:
        parents = tuple(names[p] for p in (x.observes if isinstance(x, Act) else x.parents))
        if not isinstance(x, Act):
            return replace(x, parents=parents, table=table(x.parents, x.table))
        others = {v: Chance((), tuple(names[p] for p in r.parents), table(r.parents, r.table, of_act=True))
                  for v, r in x.otherwise.items()}  # fmt: skip
        phase = x.phase if isinstance(x.phase, str) else (names[x.phase[0]], x.phase[1])
        said = {options[m]: (names[n], options[s] if n in acts else s) for m, (n, s) in (x.reports or {}).items()}
        return replace(x, states=tuple(options[s] for s in x.states), theta=names[x.theta], observes=parents,
                       otherwise=others, phase=phase, reports=said or None)  # fmt: skip

    def spec(s: Spec) -> Spec:
        return replace(
            _of_spec(s, worth),
            observes={names[a]: tuple(names[n] for n in seen) for a, seen in s.observes.items()},
            beliefs={names[n]: table(process.nodes[n].parents, law) for n, law in s.beliefs.items()},
        )

    return replace(
        process,
        nodes={names[n]: node(x) for n, x in process.nodes.items()},
        utilities={names[n]: worth(u) for n, u in process.utilities.items()},
        specs={v: spec(s) for v, s in process.specs.items()},
        gates={names[n]: state for n, state in process.gates.items()},
        credit={names[n]: episodes for n, episodes in process.credit.items()},
    )
