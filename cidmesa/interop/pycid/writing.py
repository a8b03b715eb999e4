"""`to_pycid`: a diagram or model as an object of PyCID."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cidmesa.errors import ModelError, wrong_type
from cidmesa.interop.pycid.shim import import_pycid
from cidmesa.modelling.model import Model
from cidmesa.modelling.policy import Policy
from cidmesa.modelling.table import node_settings
from cidmesa.structure.build import SINGLE_AGENT
from cidmesa.structure.diagram import CID

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType

__all__ = ["to_pycid"]


def to_pycid(
    given: CID | Model, policy: Policy | Mapping[str, object] | None = None, *, pycid: ModuleType | None = None
) -> Any:
    """Return a diagram or model as an object of PyCID.

    No decisions and no utilities: a ``CausalBayesianNetwork``. Only the agent ``"agent"``: a ``CID``. Else a ``MACID``
    whose agents have our names. Chance and utility nodes are given as functions with their domain, decisions as their
    options or, where ``policy`` has a rule for them, as that rule. Probabilities and utilities become floats.

    Args:
        given: the diagram or model; a model's mechanisms are given as well.
        policy: decision rules to put in.
        pycid: the module whose classes are used; by default what `import_pycid` returns. `cidmesa.compat.pycid` will
            do.

    Raises:
        ModelError: neither a diagram nor a model; a policy without a model; a parameter without a value, or decisions
            that share a rule, which PyCID can't express.
        NotApplicable: PyCID is not installed.

    >>> import cidmesa as cm, cidmesa.compat.pycid
    >>> g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, S={0: "1/4", 1: "3/4"}, D=[0, 1], U="S == D")
    >>> theirs = to_pycid(m, {"D": lambda S: S}, pycid=cidmesa.compat.pycid)
    >>> theirs.expected_utility({}), cm.interop.from_pycid(theirs) == m
    (1.0, True)

    """
    model = given if isinstance(given, Model) else None
    cid = given.cid if isinstance(given, Model) else given
    if not isinstance(cid, CID):
        raise ModelError(wrong_type("to_pycid", "a diagram or a model", cid, "See cm.cid and cm.model."))
    if policy is not None and model is None:
        raise ModelError("a policy needs a model: a diagram has no numbers.")
    if model is not None:
        _check_expressible(model)
    network = _structure(cid, pycid or import_pycid())
    if model is not None:
        _add_cpds(network, model, Policy.of(model, policy or {}), pycid or import_pycid())
    return network


def _check_expressible(model: Model) -> None:
    if model.symbolic:
        free = ", ".join(name for name, parameter in model.parameters.items() if parameter.value is None)
        raise ModelError(f"PyCID needs numbers, and {free} has no value. Give it one by model.substitute.")
    if model.tied:
        raise ModelError(f"PyCID has no decisions that share a rule: {', '.join(model.tied[0])}. Take the ties off by "
                         "model.sharing_rules().")  # fmt: skip


def _structure(cid: CID, pycid: Any) -> Any:
    decisions = {agent: list(cid.decisions_of(agent)) for agent in cid.agents}
    utilities = {agent: list(cid.utilities_of(agent)) for agent in cid.agents}
    network = pycid.CausalBayesianNetwork(cid.edges) if not cid.agents else None
    if cid.agents == (SINGLE_AGENT,):
        network = pycid.CID(cid.edges, decisions[SINGLE_AGENT], utilities[SINGLE_AGENT])
    network = network or pycid.MACID(cid.edges, decisions, utilities)
    network.add_nodes_from(node for node in cid.nodes if node not in network.nodes)
    return network


def _add_cpds(network: Any, model: Model, policy: Policy, pycid: Any) -> None:
    shown = {node: list(states) for node, states in model.domains.items()}
    followed = model.with_policy(policy)
    for node in model.cid.nodes:
        if followed.cid.kind(node) == "decision":
            network.add_cpds(pycid.DecisionDomain(node, network, shown[node]))
            continue
        outcomes = _outcomes(followed, node, shown)
        domain = shown.get(node) or sorted(set(outcomes.values()))
        function = _function(model.cid.parents(node), outcomes)
        label = str(followed.mechanism(node))
        network.add_cpds(pycid.StochasticFunctionCPD(node, function, network, domain=domain, label=label))


def _outcomes(model: Model, node: str, shown: Mapping[str, list[Any]]) -> dict[tuple[Any, ...], Any]:
    """Return what the node is, or its distribution, for each setting of the parents in the order of the diagram."""
    parents, table = model.cid.parents(node), model.table(node)
    found = {}
    certain = node not in shown
    for setting in node_settings(parents, model.domains):
        cell = table.values[tuple(model.state(parent, value) for parent, value in setting.items())]
        found[tuple(setting.values())] = (
            _plain(cell) if certain else dict(zip(shown[node], map(float, cell), strict=True))
        )
    return found


def _function(parents: tuple[str, ...], outcomes: Mapping[tuple[Any, ...], Any]) -> Callable[..., Any]:
    return lambda **values: outcomes[tuple(values[parent] for parent in parents)]


def _plain(value: Any) -> int | float:
    """Return a whole number as int, any other as float."""
    return int(value) if value == int(value) else float(value)
