"""`import_pycid` and `to_pycid`: PyCID 0.8.2 beside the pgmpy and pygambit of today, with no file of it changed.

PyCID asks for versions of pgmpy and pygambit that no longer install. It needs little of them: a base class that pgmpy
has renamed, a method of it that is gone, and pygambit 16 for equilibria. The name is lent while PyCID is imported, the
method is given to PyCID's own classes, and equilibria come from `cidmesa.equilibria`; pgmpy, pygambit and
``sys.modules`` are left as they were.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any

import networkx as nx

from cidmesa.errors import ModelError, NotApplicable, near_miss, wrong_type
from cidmesa.formats import read_object, write
from cidmesa.interop.gambit_files import to_gambit_efg
from cidmesa.interop.part import given_model
from cidmesa.interop.pycid import policy_from_pycid
from cidmesa.modelling.inference import no_menus
from cidmesa.modelling.model import Model
from cidmesa.modelling.policy import Policy
from cidmesa.modelling.tabulation import node_settings
from cidmesa.solving.games.equilibria import equilibria
from cidmesa.structure.build import SINGLE_AGENT
from cidmesa.structure.diagram import CID

if TYPE_CHECKING:
    from cidmesa.solving.games.equilibrium import Kind

__all__ = [
    "Game",
    "behavior_to_cpd",
    "import_pycid",
    "macid_to_efg",
    "macid_to_gambit_file",
    "pygambit_ne_solver",
    "to_pycid",
]

_RECIPE = "pip install 'cidmesa[interop]', then pip install --no-deps pycid==0.8.2"
_FIRST = "call cidmesa.interop.import_pycid()"
_GONE = "_get_ancestors_of"  # the method of pgmpy's graphs that PyCID calls


def import_pycid() -> ModuleType:
    """Return the installed PyCID as a module that works with the installed pgmpy; ``import pycid`` works from then on.

    Equilibria are found by `cidmesa.equilibria`, unless pygambit 16.0 is installed, which is the one that PyCID knows.
    They are then found also for agents with several decisions and for hidden causes of observations.

    Raises:
        NotApplicable: PyCID or pgmpy is not installed, or PyCID was imported before; the message says what to do.

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
        raise NotApplicable(f"pycid was imported too early. Restart Python, and {_FIRST} first.")
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
    """Let PyCID call our functions where it has its own of the same names."""
    ours = (macid_to_efg, macid_to_gambit_file, pygambit_ne_solver, behavior_to_cpd)
    for name in ("pycid.export.gambit", "pycid.export", "pycid.core.macid"):
        module: Any = import_module(name)
        for function in ours:
            if hasattr(module, function.__name__):
                setattr(module, function.__name__, function)


# --- writing -----------------------------------------------------------------------------------------------------


def to_pycid(given: CID | Model, policy: Policy | Mapping[str, object] | None = None) -> Any:
    """Return a diagram or model as an object of PyCID.

    No decisions and no utilities: a ``CausalBayesianNetwork``. Only the agent ``"agent"``: a ``CID``. Else a ``MACID``
    whose agents have our names. Chance and utility nodes are given as functions with their domain, decisions as their
    options or, where ``policy`` has a rule for them, as that rule. Probabilities and utilities become floats.

    Args:
        given: the diagram or model; for a model, the mechanisms are converted too.
        policy: decision rules to put in.

    Raises:
        ModelError: ``x`` is neither a diagram nor a model, a policy comes without a model, a parameter has no value, or
            decisions share a rule, which PyCID cannot express.
        NotApplicable: PyCID is not installed.

    >>> import cidmesa as cm
    >>> g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, S={0: "1/4", 1: "3/4"}, D=[0, 1], U="S == D")
    >>> theirs = to_pycid(m, {"D": lambda S: S})                     # doctest: +SKIP
    >>> theirs.expected_utility({}), cm.interop.from_pycid(theirs) == m    # doctest: +SKIP
    (1.0, True)
    """
    known = read_object(given)
    model = known if isinstance(known, Model) else None
    cid = known.cid if isinstance(known, Model) else known
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
    no_menus(model, "PyCID", "A decision of PyCID has the same options everywhere.")
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


@dataclass(frozen=True)
class Game:
    """A game as PyCID hands it from function to function: our model, in which the decisions asked for are open."""

    model: Model

    def write(self) -> str:
        """Return the game as text in Gambit's format .efg."""
        return to_gambit_efg(self.model)


def macid_to_efg(
    macid: Any,
    decisions_in_sg: Iterable[str] | None = None,
    agents_in_sg: Iterable[Hashable] | None = None,  # noqa: ARG001 (PyCID passes it)
) -> tuple[Game, dict[str, tuple[str, ...]]]:
    """Return the game among some decisions, and what each of them observes.

    The other decisions follow the rules that the object holds. ``agents_in_sg`` follows from the decisions.
    """
    model = given_model(macid, "macid_to_efg")
    chosen = tuple(macid.decisions if decisions_in_sg is None else decisions_in_sg)
    model = model.with_policy(policy_from_pycid(macid, model).without(*chosen))
    return Game(model), {decision: model.cid.parents(decision) for decision in chosen}


def macid_to_gambit_file(macid: Any, filename: str = "macid.efg") -> bool:
    """Write the game as a file that Gambit reads, and return True."""
    write(filename, macid_to_efg(macid)[0].write().encode())
    return True


_SOLVERS: dict[str, tuple[Kind, bool]] = {  # Gambit's name -> kind of equilibrium, and whether only one is wanted
    "enumpure": ("pure", False),
    "enummixed": ("mixed", False),
    **dict.fromkeys(("lcp", "lp", "simpdiv", "ipa", "gnm"), ("mixed", True)),
}
_OF_TWO = ("enummixed", "lcp", "lp")


def pygambit_ne_solver(game: Game, solver_override: str | None = None) -> list[Policy]:
    """Return Nash equilibria; the names of solvers are those of ``MACID.get_ne``.

    By default all extreme ones of two players, else all pure ones, or one mixed where there is no pure one.
    """
    players = len({game.model.cid.agent(decision) for decision in game.model.cid.decisions})
    if solver_override is not None and solver_override not in _SOLVERS:
        raise NotApplicable(f"Solver {solver_override} not recognised.{near_miss(solver_override, _SOLVERS)}")
    if solver_override in _OF_TWO and players != 2:
        warnings.warn(f"{solver_override} is for two players. Using 'enumpure' instead.", stacklevel=2)
        return _profiles(game.model, "enumpure")
    if solver_override is None and players != 2:
        return _profiles(game.model, "enumpure") or _profiles(game.model, "simpdiv")
    return _profiles(game.model, solver_override or "enummixed")


def _profiles(model: Model, solver: str) -> list[Policy]:
    kind, single = _SOLVERS[solver]
    found = [one.profile for one in equilibria(model, "nash", kind)]
    profiles = [profile for profile in found if profile is not None]
    if len(profiles) < len(found):
        raise NotApplicable(
            "an agent forgets, and PyCID cannot express how it would mix: "
            "cm.equilibria(cm.interop.from_pycid(macid), kind='mixed') can."
        )
    return profiles[:1] if single else profiles


def behavior_to_cpd(
    macid: Any,
    parents_to_infoset: Mapping[str, tuple[str, ...]],
    behavior: Policy,
    decisions_in_sg: Iterable[str] | None = None,
) -> list[Any]:
    """Return an equilibrium as a CPD of PyCID's for each decision."""
    chosen = parents_to_infoset if decisions_in_sg is None else decisions_in_sg
    make = sys.modules["pycid"].StochasticFunctionCPD
    return [make(d, _played(behavior, d), macid, domain=macid.model.domain[d], label=str(behavior[d])) for d in chosen]


def _played(behavior: Policy, decision: str) -> Callable[..., Any]:
    def rule(**observed: Any) -> dict[Any, float]:
        given = behavior[decision](observed)
        chances = given if isinstance(given, dict) else {given: 1}
        return {option: float(chance) for option, chance in chances.items()}

    return rule
