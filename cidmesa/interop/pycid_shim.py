"""`import_pycid` and `to_pycid`: PyCID 0.8.2 beside the pgmpy and pygambit of today, with no file of it changed.

PyCID asks for versions of pgmpy and pygambit that no longer install. It needs little of them: a base class that pgmpy
has renamed, a method of it that is gone, and pygambit 16 for equilibria. The name is lent while PyCID is imported, the
method is given to PyCID's own classes, and equilibria come from `cidmesa.equilibria`; pgmpy, pygambit and
``sys.modules`` are left as they were.
"""

from __future__ import annotations

import sys
import warnings
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any

import networkx as nx

from cidmesa.errors import ModelError, NotApplicable, wrong_type
from cidmesa.interop import pycid_games
from cidmesa.modelling.model import Model
from cidmesa.modelling.policy import Policy
from cidmesa.modelling.tabulation import node_settings
from cidmesa.structure.build import SINGLE_AGENT
from cidmesa.structure.diagram import CID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["import_pycid", "to_pycid"]

_RECIPE = "pip install 'cidmesa[interop]', then pip install --no-deps pycid==0.8.2"
_FIRST = "call cidmesa.interop.import_pycid()"
_GONE = "_get_ancestors_of"  # the method of pgmpy's graphs that PyCID calls


def import_pycid() -> ModuleType:
    """Return the installed PyCID as a module that works with the installed pgmpy; ``import pycid`` works from then on.

    Equilibria are found by `cidmesa.equilibria`, unless pygambit 16.0 is installed, which is the one that PyCID knows.
    They are then found also for agents with several decisions and for hidden causes of observations.

    Raises:
        NotApplicable: PyCID or pgmpy is not installed, or PyCID was imported before; says what to do.

    >>> pycid = import_pycid()                                                        # doctest: +SKIP
    >>> pycid.CID([("S", "D"), ("D", "U")], decisions=["D"], utilities=["U"]).decisions # doctest: +SKIP
    dict_keys(['D'])

    """
    for package in ("pycid", "pgmpy"):
        if find_spec(package) is None:
            raise NotApplicable(f"{package} is not installed. Install PyCID by: {_RECIPE}.")
    if "pycid" not in sys.modules:
        _import()
    pycid = sys.modules["pycid"]
    if not hasattr(pycid.CausalBayesianNetwork, _GONE):
        raise NotApplicable(f"pycid was imported before it could be helped. Restart Python, and {_FIRST} first.")
    return pycid


def _import() -> None:
    models: Any = import_module("pgmpy.models")
    gambit = _known_gambit()
    stub = {} if gambit else {"pygambit": ModuleType("pygambit")}
    with _quiet(), _lent(vars(models), {"BayesianNetwork": models.DiscreteBayesianNetwork}), _lent(sys.modules, stub):
        import_module("pycid")
    _give_ancestors()
    if not gambit:
        _give_equilibria()


@contextmanager
def _quiet() -> Iterator[None]:
    """Drop what pgmpy says about names of its own that will go: nobody here can change them."""
    with warnings.catch_warnings():
        for category in (DeprecationWarning, FutureWarning):
            warnings.simplefilter("ignore", category)
        yield


@contextmanager
def _lent(names: dict[str, Any], lent: Mapping[str, Any]) -> Iterator[None]:
    """Let ``names`` have other values for a while."""
    before = {name: names[name] for name in lent if name in names}
    names.update(lent)
    try:
        yield
    finally:
        for name in lent:
            del names[name]
        names.update(before)


def _known_gambit() -> bool:
    """Return whether the installed pygambit is the one that PyCID knows."""
    try:
        return version("pygambit").startswith("16.0.")
    except PackageNotFoundError:
        return False


def _give_ancestors() -> None:
    """Give PyCID's classes the method that pgmpy has dropped, and let its random graphs be of such a class."""
    graphs: Any = import_module("pycid.random.random_dag")
    setattr(sys.modules["pycid"].CausalBayesianNetwork, _GONE, _ancestors_of)
    graphs.DAG = type("DAG", (graphs.DAG,), {_GONE: _ancestors_of})


def _ancestors_of(graph: Any, nodes: Any) -> set[Any]:
    """Return ``nodes`` (one or several) and what leads to them."""
    several = [nodes] if isinstance(nodes, str) else list(nodes)
    return set(several).union(*(nx.ancestors(graph, node) for node in several))


def _give_equilibria() -> None:
    """Let PyCID call our functions of `pycid_games` where it has its own of the same names."""
    for name in ("pycid.export.gambit", "pycid.export", "pycid.core.macid"):
        module: Any = import_module(name)
        for function in ("macid_to_efg", "macid_to_gambit_file", "pygambit_ne_solver", "behavior_to_cpd"):
            if hasattr(module, function):
                setattr(module, function, getattr(pycid_games, function))


# --- writing -----------------------------------------------------------------------------------------------------


def to_pycid(given: CID | Model, policy: Policy | Mapping[str, object] | None = None) -> Any:
    """Return a diagram or model as an object of PyCID.

    No decisions and no utilities: a ``CausalBayesianNetwork``. Only the agent ``"agent"``: a ``CID``. Else a ``MACID``
    whose agents have our names. Chance and utility nodes are given as functions with their domain, decisions as their
    options or, where ``policy`` has a rule for them, as that rule. Probabilities and utilities become floats.

    Args:
        given: the diagram or model; a model's mechanisms are given as well.
        policy: decision rules to put in.

    Raises:
        ModelError: neither a diagram nor a model; a policy without a model; a parameter without a value, or decisions
            that share a rule, which PyCID can't express.
        NotApplicable: PyCID is not installed.

    >>> import cidmesa as cm
    >>> g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, S={0: "1/4", 1: "3/4"}, D=[0, 1], U="S == D")
    >>> theirs = to_pycid(m, {"D": lambda S: S})                     # doctest: +SKIP
    >>> theirs.expected_utility({}), cm.interop.from_pycid(theirs) == m    # doctest: +SKIP
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
    network = _structure(cid, import_pycid())
    if model is not None:
        _add_cpds(network, model, Policy.of(model, policy or {}), import_pycid())
    return network


def _check_expressible(model: Model) -> None:
    if model.symbolic:
        free = ", ".join(name for name, parameter in model.parameters.items() if parameter.value is None)
        raise ModelError(f"PyCID needs numbers, and {free} has no value. Give it one by model.substitute.")
    if model.tied:
        raise ModelError(
            f"PyCID has no decisions that share a rule: {', '.join(model.tied[0])}. Take the ties off by "
            "model.sharing_rules()."
        )


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
