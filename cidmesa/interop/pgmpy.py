"""pgmpy (https://pgmpy.org): models without open decisions as its Bayesian networks, and back. Imports pgmpy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.errors import FormatError, NotApplicable, library
from cidmesa.interop.part import Part, assembled, given_model, parts_of
from cidmesa.modelling.numbers import as_name
from cidmesa.structure.diagram import CID, Node

if TYPE_CHECKING:
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.policy import Policy

__all__ = ["from_pgmpy", "to_pgmpy"]


def to_pgmpy(model: Model, policy: Policy | Mapping[str, object] | None = None) -> Any:
    """Return the Bayesian network of a model under a policy, as a pgmpy ``DiscreteBayesianNetwork``.

    Utility nodes are left out: a Bayesian network has no payoffs. Probabilities become floats.

    Args:
        model: the model.
        policy: rules for the decisions; needed if there are any.

    Raises:
        NotApplicable: a decision has no rule, or a parameter has no value.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("S -> D", decisions=["D"]), S={0: "1/4", 1: "3/4"}, D=["l", "r"])
    >>> network = to_pgmpy(m, {"D": "'r' if S else 'l'"})
    >>> sorted(network.edges()), network.get_cpds("D").get_values().tolist()
    ([('S', 'D')], [[1.0, 0.0], [0.0, 1.0]])
    """
    known = given_model(model, "to_pgmpy")
    fixed = known.with_policy(policy) if policy is not None else known
    if fixed.cid.decisions:
        raise NotApplicable(
            f"pgmpy has no decisions, and {', '.join(fixed.cid.decisions)} have no rule. "
            "Give a policy, for example cm.solve(model).policy."
        )
    parts = [part for part in parts_of(fixed) if part.kind == "chance"]
    sizes = {part.name: len(part.states) for part in parts}
    network = library("pgmpy.models", "interop").DiscreteBayesianNetwork()
    network.add_nodes_from([part.name for part in parts])
    network.add_edges_from([(parent, part.name) for part in parts for parent in part.parents])
    network.add_cpds(*(_cpd(part, sizes, {p.name: p for p in parts}) for part in parts))
    return network


def _cpd(part: Part, sizes: Mapping[str, int], by_name: Mapping[str, Part]) -> Any:
    width = len(part.states)
    columns = np.array([float(n) for n in part.numbers]).reshape(-1, width).T
    return library("pgmpy.factors.discrete", "interop").TabularCPD(
        part.name,
        width,
        columns,
        evidence=list(part.parents) or None,
        evidence_card=[sizes[parent] for parent in part.parents] or None,
        state_names={name: list(by_name[name].states) for name in (part.name, *part.parents)},
    )


def from_pgmpy(network: Any) -> CID | Model:
    """Return a pgmpy Bayesian network (discrete, with tables) as a model without decisions and utilities.

    A graph of pgmpy's without tables, such as its ``DAG``, is a diagram of chance nodes. Names that are no text are
    read as their text.

    Raises:
        FormatError: some nodes have a table and others do not, or two names are the same as text.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("S -> T"), S={0: 0.25, 1: 0.75}, T="1 - S")
    >>> from_pgmpy(to_pgmpy(m)) == m
    True
    """
    names = {node: str(node) for node in network.nodes()}
    if len(set(names.values())) < len(names):
        raise FormatError(f"pgmpy: two nodes have the same name as text: {', '.join(map(repr, names))}. Rename one.")
    tables = {node: network.get_cpds(node) for node in names} if hasattr(network, "get_cpds") else {}
    if not any(table is not None for table in tables.values()):
        return CID(tuple(Node(names[node], parents=tuple(map(str, network.predecessors(node)))) for node in names))
    return assembled([_read(node, tables[node]) for node in names], "pgmpy")


def _read(node: Any, table: Any) -> Part:
    if table is None:
        raise FormatError(f"pgmpy: node {str(node)!r} has no table. Give it a TabularCPD.")
    parents = tuple(map(str, table.variables[1:]))
    states = tuple(as_name(_plain(state)) for state in table.state_names[node])
    return Part(str(node), states=states, parents=parents, numbers=tuple(map(float, table.get_values().T.ravel())))


def _plain(state: object) -> object:
    """Return numbers of numpy as Python's, and anything that is no number as its text."""
    plain = state.item() if isinstance(state, np.generic) else state
    return plain if isinstance(plain, str | int | float) else str(plain)
