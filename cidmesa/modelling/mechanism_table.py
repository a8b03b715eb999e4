"""The table of one node: its mechanism evaluated for every setting of its parents, and the resulting states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cidmesa.errors import ModelError
from cidmesa.modelling.arrays import Dense, of_node
from cidmesa.modelling.mechanism import Constant, Function, Lookup, Mechanism, Tabulated
from cidmesa.modelling.numbers import State, as_state
from cidmesa.modelling.polynomial import Polynomial
from cidmesa.modelling.tabulation import (
    Table,
    checked_utility,
    constant_utility,
    outcomes,
    settled,
    tabulate,
    tabulate_utility,
)

if TYPE_CHECKING:
    from cidmesa.structure.diagram import Node

__all__ = ["check_exact", "mechanism_of", "table_of"]


def mechanism_of(spec: Node, mechanisms: Mapping[str, Mechanism]) -> Mechanism:
    """Return the mechanism of a chance or utility node.

    Raises:
        ModelError: the node has no mechanism.
    """
    if spec.name not in mechanisms:
        what = "a number or an expression" if spec.kind == "utility" else "a distribution, a function or an expression"
        remedy = f"Give it {what} of its parents ({', '.join(spec.parents) or 'none'})."
        raise ModelError(f"{spec.kind} node {spec.name!r} has no mechanism. {remedy}", node=spec.name)
    return mechanisms[spec.name]


def table_of(
    spec: Node,
    mechanism: Mechanism,
    domains: Mapping[str, tuple[State, ...]],
    values: Mapping[str, State],
    known: dict[str, tuple[State, ...]],
) -> tuple[Mechanism, Table]:
    """Return the stored mechanism of a node, and its table; a chance node's states are then added to ``known``.

    ``domains``: the declared states; ``values``: those of the parameters; ``known``: the states of the parents.
    """
    declared = () if spec.kind == "utility" else domains.get(spec.name)
    if isinstance(mechanism, Dense | Tabulated) and not _scores(spec, mechanism):
        return _of_array(spec, mechanism.dense, declared, known)
    mechanism = settled(mechanism, declared)
    if spec.kind == "utility" and isinstance(mechanism, Constant):
        return mechanism, constant_utility(spec.name, spec.parents, mechanism, known)
    given = outcomes(spec.name, spec.parents, mechanism, known, values, declared or ())
    if isinstance(mechanism, Function):
        mechanism = Lookup(spec.parents, tuple((tuple(setting.values()), outcome) for setting, outcome in given))
    if spec.kind == "utility":
        return mechanism, tabulate_utility(spec.name, spec.parents, given, known)
    known[spec.name] = declared or _inferred_domain([outcome for _, outcome in given])
    return mechanism, tabulate(spec.name, spec.parents, known[spec.name], given, known)


def _scores(spec: Node, mechanism: Dense | Tabulated) -> bool:
    """Return whether a chance node is given numbers as a utility is; these are then its states."""
    return (
        spec.kind != "utility" and isinstance(mechanism, Tabulated) and mechanism.array.ndim == len(mechanism.parents)
    )


def _of_array(
    spec: Node, given: Dense, declared: Sequence[State] | None, known: dict[str, tuple[State, ...]]
) -> tuple[Mechanism, Table]:
    axes = tuple(known[parent] for parent in spec.parents)
    domains = dict(zip(spec.parents, axes, strict=True)) | ({spec.name: tuple(declared)} if declared else {})
    array, states = of_node(given, spec.name, spec.parents, domains, utility=spec.kind == "utility")
    if spec.kind == "utility":
        return Tabulated(array, spec.parents, axes), checked_utility(spec.name, Table(spec.parents, array))
    known[spec.name] = states
    return Tabulated(array, spec.parents, (*axes, states)), Table((*spec.parents, spec.name), array)


def _inferred_domain(given: list[object]) -> tuple[State, ...]:
    seen: dict[State, None] = {}
    for outcome in given:
        seen.update(dict.fromkeys(outcome if isinstance(outcome, dict) else [as_state(outcome)]))
    numeric = not any(isinstance(state, str) for state in seen)
    return tuple(sorted(seen, key=float)) if numeric else tuple(seen)


def check_exact(tables: Mapping[str, Table], values: Mapping[str, object]) -> None:
    """Check that no parameter stands for itself where some tables have floats.

    Raises:
        ModelError: one does.
    """
    if any(isinstance(value, Polynomial) for value in values.values()):
        node = next(node for node, table in tables.items() if not table.exact)
        raise ModelError(
            f"node {node!r} has floats; beside parameters without a value numbers must be exact. "
            "Write them as text, for example '0.1'.",
            node=node,
        )
