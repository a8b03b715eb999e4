"""`discover`: agents found by experiment, from how mechanisms respond (Algorithm 1 of Discovering Agents)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from math import prod
from random import Random
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import numpy as np

from cidmesa.display import Tells
from cidmesa.errors import NotApplicable, check_word
from cidmesa.frozen import Frozen
from cidmesa.mesa.compose import compose
from cidmesa.mesa.composition import projected
from cidmesa.mesa.mechanised import MechanisedGraph, agents_from, mechanised
from cidmesa.mesa.scores import for_base
from cidmesa.mesa.spec import MesaSpec
from cidmesa.mesa.systems import Planner, System, candidates_for, system
from cidmesa.mesa.training import TrainingProcess
from cidmesa.structure.diagram import CID

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from cidmesa.mesa.systems import Respond
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.policy import Rule

__all__ = ["Discovery", "discover", "of_training"]

Regime: TypeAlias = Literal["retrain", "frozen", "frozen_informed"]
_LARGEST = 6  # variables; beyond that the graph is used


@dataclass(frozen=True, repr=False)
class Discovery(Tells):
    """The agents that were found, with the mechanised graph that shows them.

    * ``game``: the influence diagram of the agents.
    * ``method``: "experiment" if mechanisms were intervened on, "graph" if Algorithm 3 was applied to the diagram.
    * ``complete``: whether every intervention was tried; if not, a link may be missing.

    Source: Kenton et al. 2022, Algorithms 1 and 2.

    >>> import cidmesa as cm
    >>> found = cm.discover(cm.load("kenton2022/mouse").model)
    >>> found.game.decisions, found.game.utilities, found.complete
    (('D',), ('U',), True)

    """

    graph: MechanisedGraph
    game: CID
    regime: Regime
    method: Literal["experiment", "graph"]
    complete: bool

    @property
    def agents(self) -> tuple[str, ...]:
        """The agents that were found."""
        return self.game.agents

    def to_json(self) -> dict[str, Any]:
        """Return agents, graph and method as plain data."""
        owned = {
            agent: {"decisions": list(self.game.decisions_of(agent)), "utilities": list(self.game.utilities_of(agent))}
            for agent in self.agents
        }
        return {
            "agents": owned,
            "graph": self.graph.to_json(),
            "regime": self.regime,
            "method": self.method,
            "complete": self.complete,
        }

    def to_text(self) -> str:
        """Return the agents that were found, and the graph."""
        found = [
            f"{a} decides {', '.join(self.game.decisions_of(a))} for {', '.join(self.game.utilities_of(a))}"
            for a in self.agents
        ] or ["no agent"]
        how = "by experiment" if self.method == "experiment" else "from the graph"
        return "\n".join([f"{'; '.join(found)} ({self.regime}, {how})", self.graph.to_text()])


def discover(
    x: System | Model | TrainingProcess | CID,
    regime: Regime = "frozen_informed",
    *,
    spec: MesaSpec | None = None,
    tries: int = 100,
    functions: int = 16,
    seed: int = 0,
) -> Discovery:
    r"""Return the agents in a system: those that would adapt their rules if their actions had other effects.

    :math:`\tilde W \to \tilde V` iff some intervention on the mechanism of W changes that of V, with all others held
    (leave one out). The link is terminal iff (T1) this still holds for some mechanisms of W's children that ignore
    their parents, so that W matters in itself, and (T2) it holds for no mechanisms of V's children that ignore theirs,
    so that V adapts because of its effects. `agents_from` then reads off the agents. The regimes are: "retrain", the
    system is optimized anew under the mechanisms (what it is optimized *for*); "frozen", it is fixed and not informed
    of them (a table of heuristics or a bottle cap is no agent); "frozen_informed", it is fixed but informed, so it
    responds iff it plans when it runs (what it optimizes for). For a training process, under "retrain" the base agent
    decides its actions for the base objective; "frozen_informed" composes it with ``spec``. An agent only under the
    first is a learned algorithm; an agent under the second is a mesa-optimizer, and its aims are the mesa-objective.
    Source: Kenton et al. 2023, Algorithm 1 and Definitions; the regimes are ours.

    Args:
        x: a `system` (any Python callable that responds), a model (its decisions respond as rational agents), a
            training process, or a diagram (graph only: Algorithm 3).
        regime: "retrain", "frozen" or "frozen_informed".
        spec: the mesa-optimizer's specification, for "frozen_informed" and a training process.
        tries: how many settings of the other mechanisms to try for each link; all if there are fewer.
        functions: how many functions of its parents to try as a variable's mechanism; all if there are fewer.
        seed: the seed of the draws, if not all are tried.

    Raises:
        NotApplicable: the regime is unknown, the system cannot be retrained, or a training process comes without
            ``spec``.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("D -> X -> U", decisions=["D"], utilities=["U"]), D=["left", "right"], U="X",
    ...              X=lambda D: {1: "7/10", 0: "3/10"} if D == "right" else {1: "3/10", 0: "7/10"})
    >>> print(discover(m))
    agent decides D for U (frozen_informed, by experiment)
    variables: D -> X, X -> U
    mechanisms: ~X -> ~D, ~U -> ~D (terminal)
    >>> discover(m, "frozen").agents
    ()

    """
    check_word("regime", regime, get_args(Regime))
    if isinstance(x, TrainingProcess):
        x = of_training(x, regime, spec)
    if isinstance(x, CID):
        return _by_graph(x, regime)
    if not isinstance(x, System):
        if len(x.cid.nodes) > _LARGEST:
            return _by_graph(x.cid, regime)
        x = replace(system(x), retrain=system(x).respond)
    return _by_experiment(x, regime, _laboratory(x, _respond(x, regime), tries, functions, seed))


def _by_graph(cid: CID, regime: Regime) -> Discovery:
    graph = mechanised(cid)
    if regime == "frozen":
        graph = MechanisedGraph(graph.nodes, graph.edges, (), ())
    return Discovery(graph, agents_from(graph), regime, "graph", complete=True)


def of_training(training: TrainingProcess, regime: Regime, spec: MesaSpec | None) -> Model:
    """Return the model whose decisions respond as a trained system does under a regime."""
    if regime == "frozen_informed":
        if spec is None:
            raise NotApplicable("regime='frozen_informed' asks what the mesa-optimizer plans for: give spec=.")
        return compose(training, spec).model
    agent = next(iter(training.actions.values())).agent
    plain = spec or MesaSpec(target="0", scope="episode", recall="none", agent=agent)
    return projected(for_base(compose(training, plain).objective_twin, training.base_agent), training.base_agent, None)


def _respond(x: System, regime: Regime) -> Respond:
    if regime == "frozen":
        clamped = x.respond(x.mechanisms)
        return lambda _: clamped
    if regime == "frozen_informed":
        return x.respond
    if x.retrain is None:
        raise NotApplicable("this system cannot be retrained. Give retrain= when you make it.")
    return x.retrain


@dataclass(frozen=True)
class Laboratory(Frozen):
    """Intervenes on the mechanisms of a system and tests whether others respond.

    ``candidates``: the mechanisms to try for each variable.
    """

    system: System
    respond: Respond
    candidates: Mapping[str, Sequence[Rule]]
    tries: int
    seed: int

    def responds(self, node: str, to: str, ignoring: Collection[str] = ()) -> bool:
        """Return whether the mechanism of ``node`` differs for two mechanisms of ``to``, all others held.

        ``ignoring``: variables whose mechanisms must ignore their parents.
        """
        options = {
            v: [r for r in rules if v not in ignoring or not r.reads]
            for v, rules in self.candidates.items()
            if v != node
        }
        others = [v for v in options if v != to]
        for chosen in self._settings([options[v] for v in others]):
            held = dict(zip(others, chosen, strict=True)) | {node: self.system.mechanisms[node]}
            if _differ(self._response(node, held | {to: rule}) for rule in options[to]):
                return True
        return False

    def _response(self, node: str, mechanisms: Mapping[str, Rule]) -> Rule | None:
        """Return how a variable responds; what was asked once is known."""
        read = self.respond.reads[node] if isinstance(self.respond, Planner) else self.candidates
        key = node, *(id(mechanisms[v]) for v in read)  # the candidates live as long as this
        if key not in self._known:
            self._known[key] = self.respond(mechanisms).get(node)
        return self._known[key]

    @cached_property
    def _known(self) -> dict[tuple[object, ...], Rule | None]:
        return {}

    def _settings(self, options: Sequence[Sequence[Rule]]) -> Iterator[tuple[Rule, ...]]:
        if prod(map(len, options)) <= self.tries:
            yield from product(*options)
            return
        rng = Random(self.seed)  # noqa: S311 (a sample, no secret)
        for _ in range(self.tries):
            yield tuple(rng.choice(rules) for rules in options)

    @property
    def complete(self) -> bool:
        """Whether every function was a candidate and every setting of the others is tried."""
        counts = sorted(len(rules) for rules in self.candidates.values())
        every = all(
            sum(one.pure for one in self.candidates[node]) == len(rule.options) ** prod(map(len, rule.domains))
            for node, rule in self.system.mechanisms.items()
        )
        return every and prod(counts[2:]) <= self.tries


def _laboratory(x: System, respond: Respond, tries: int, functions: int, seed: int) -> Laboratory:
    rng = Random(seed)  # noqa: S311 (a sample, no secret)
    found = {node: candidates_for(x.mechanisms[node], rng, functions) for node in x.variables.nodes}
    return Laboratory(x, respond, found, tries, seed)


def _differ(given: Iterable[Rule | None]) -> bool:
    answers = iter(given)
    first = next(answers, None)
    return first is not None and any(
        not (a is None or np.array_equal(a.values, first.values) or np.allclose(a.values, first.values))
        for a in answers
    )


def _by_experiment(x: System, regime: Regime, laboratory: Laboratory) -> Discovery:
    nodes = x.variables.nodes
    adaptive = [node for node in nodes if node in laboratory.respond(x.mechanisms)]
    children: Mapping[str, tuple[str, ...]] = {node: x.variables.children(node) for node in nodes}
    links = [(w, v) for v in adaptive for w in nodes if w != v and laboratory.responds(v, w)]
    terminal = [
        (w, v)
        for w, v in links
        if v
        not in children[w]  # what is only observed is no aim: cut off from its child, the observer, it says nothing
        and laboratory.responds(v, w, ignoring=children[w])
        and not laboratory.responds(v, w, ignoring=children[v])
    ]
    graph = MechanisedGraph(nodes, x.variables.edges, tuple(links), tuple(terminal))
    return Discovery(graph, agents_from(graph), regime, "experiment", laboratory.complete)
