"""Every question that `cidmesa.mesa` answers about a training process, with its answer in names of the original."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import product
from random import Random
from typing import TYPE_CHECKING, Any

import cidmesa as cm
from cidmesa.mesa.explanation import explain
from tests.mesa.built import to_cidmesa

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.mesa.transformations import Changed

__all__ = ["CHEAP", "DEAR", "Asked", "answer"]


@dataclass(frozen=True)
class Asked:
    """A process, perhaps a transformed one, and the way back to the original's names."""

    changed: Changed

    @cached_property
    def built(self) -> tuple[cm.TrainingProcess, cm.MesaSpec]:
        training, spec = to_cidmesa(self.changed.process)
        assert spec is not None
        return training, spec

    @property
    def training(self) -> cm.TrainingProcess:
        return self.built[0]

    @property
    def spec(self) -> cm.MesaSpec:
        return self.built[1]

    @cached_property
    def composition(self) -> cm.Composition:
        return cm.compose(self.training, self.spec)

    def back(self, text: object) -> Any:
        """The text in the original's names; a part of a split utility counts as the whole."""
        if not isinstance(text, str):
            return text
        for new, old in self.changed.names.items():
            text = text.replace(new, old)
        return re.sub(r"\b(zeal|awe)\b", lambda m: self.changed.options.get(m[0], m[0]), text)

    def names(self, *wanted: str) -> list[str]:
        """What the original's nodes of these beginnings are called here, in the original's order of names."""
        called = {self.back(node): node for node in self.changed.process.nodes}
        return [called[old] for old in sorted(called) if old.startswith(wanted)]

    @property
    def option(self) -> Any:
        """What the original's option a is called here."""
        return next((new for new, old in self.changed.options.items() if old == "a"), "a")


def answer(question: Callable[[Asked], Any], asked: Asked) -> Any:
    """The answer as plain data that may be compared, or the kind of refusal."""
    try:
        return question(asked)
    except (cm.CidmesaError, cm.ComposeError) as refusal:
        return type(refusal).__name__


# --- composition ----------------------------------------------------------------------------------------------------


def compose(asked: Asked) -> Any:
    """Nodes with kind and owner, and links."""
    cid = asked.composition.cid
    nodes = {(asked.back(n), cid.kind(n), cid.agent(n) if cid.kind(n) != "chance" else None) for n in cid.nodes}
    return nodes, _links(asked, cid.edges)


def explanation(asked: Asked) -> Any:
    """The words of the explanation, but for nodes that were added."""
    return {word for word in re.findall(r"\w+", asked.back(str(explain(asked.composition)))) if not _added(word)}


def mechanised(asked: Asked) -> Any:
    graph = cm.mechanised(asked.composition.cid)
    return _links(asked, graph.mechanism_edges), _links(asked, graph.terminal)


def discover(asked: Asked) -> Any:
    """Who decides what for what, by the graph."""
    return _owned(asked, cm.discover(asked.composition.cid).game)


def discover_by_experiment(asked: Asked) -> Any:
    found = cm.discover(asked.composition.model)
    return found.method, _owned(asked, found.game) if found.complete else None


# --- judgements -----------------------------------------------------------------------------------------------------


def certify_deception(asked: Asked) -> Any:
    found = cm.certify_deception(asked.composition)
    spans = {(asked.back(s.name), s.degree, s.reason, s.threat, frozenset(_set(asked, t) for t in s.threats))
             for s in found.spans if s.degree != "none"}  # fmt: skip
    return found.degree, found.extent, found.reason, found.threat, spans


def deceives_by_report(asked: Asked) -> Any:
    return bool(cm.deceives_by_report(asked.composition))


def alignment(asked: Asked) -> Any:
    found = cm.alignment(asked.training, asked.spec, _places(asked))
    return found.kind, dict(found.shortfall), _items(asked, found.by_stage), _scores(asked, found.scores)


def discriminate(asked: Asked) -> Any:
    found = cm.discriminate(asked.training, asked.spec, _world(asked))
    return {asked.back(state): kind for state, kind in found.kinds.items()}, dict(found.table)


def robustness(asked: Asked) -> Any:
    found = cm.robustness(asked.training, asked.spec, _places(asked))
    return [bool(x) for x in (found.impact, found.intent, found.objective, found.capability)]


def mitigate(asked: Asked) -> Any:
    found = cm.mitigate(asked.training, asked.spec)
    return sorted((one.kinds, asked.back("; ".join(one.changes)), one.effect, one.score_after - one.score_before)
                  for one in found)  # fmt: skip


def sensitivity(asked: Asked) -> Any:
    found = cm.sensitivity(asked.training, asked.spec)
    return found.degree, sorted((asked.back(says), degree) for says, degree in found.assumptions.items())


# --- selection and incentives ---------------------------------------------------------------------------------------


def select(asked: Asked) -> Any:
    found = cm.select(asked.training, _candidates(asked), "posterior")
    ranks = [(c.name, None if asked.changed.moved else c.fitness) for c in found.candidates]
    return set(found.chosen), ranks, [round(float(c.weight), 9) for c in found.candidates]


def selection_game(asked: Asked) -> Any:
    """What the base gains and the mesa-optimizer gains by each candidate in place of another."""
    game = cm.selection_game(asked.training, _candidates(asked))
    base, own = game.table("U_base").values.tolist(), game.table("U_mesa").values.tolist()
    gains = [Fraction(x - row[0]) / asked.changed.scale for row in own for x in row]
    return [x - base[0] for x in base], gains


def incentive_gap(asked: Asked) -> Any:
    found = cm.incentive_gap(asked.training, asked.spec)
    return [{(asked.back(v.decision), v.concept, asked.back(v.node)) for v in table if not _added(v.node)}
            for table in (found.only_base, found.only_mesa)]  # fmt: skip


def proxy_class(asked: Asked) -> Any:
    """Of every pair of nodes of the world, with the numbers where states are numbers."""
    nodes = asked.names("A", "E", "M", "R", "G")[:4]
    model = asked.composition.objective_twin
    known = [node for node in nodes if node in model.cid]
    found = [cm.proxy_class(model, a, b) for a, b in product(known, repeat=2)]
    return [(one.kind, one.monotone) for one in found]


def position(asked: Asked) -> Any:
    last = asked.names("Theta")[-1]
    return [cm.position(asked.training, node, last).kind for node in asked.names("A", "E", "M", "R", "G", "Theta")]


# --- objectives -----------------------------------------------------------------------------------------------------


def objective_distance(asked: Asked) -> Any:
    """Of what is wanted first and last."""
    wanted = [asked.spec.target[e] for e in sorted(asked.spec.target)]
    return round(cm.objective_distance(wanted[0], wanted[-1], asked.composition.objective_twin).value, 9)


def consistent_objectives(asked: Asked) -> Any:
    """Which of some objectives are consistent with doing a wherever it acts."""
    model = asked.composition.model
    targets = [node for node in asked.names("A") if node in model.cid][-1:]
    policy = dict.fromkeys(model.cid.decisions, asked.option)
    found = cm.consistent_objectives(model, policy, targets)
    return [found.contains([Random(f"{k} {asked.back(cell[0])}").randint(-1, 1) for cell in found.cells])
            for k in range(6)]  # fmt: skip


def maximum_entropy_objective(asked: Asked) -> Any:
    model = asked.composition.model
    targets = [node for node in asked.names("A") if node in model.cid][-1:]
    options = [asked.option, *(x for x in model.domain(targets[0]) if x != asked.option)]
    rule = dict(zip(options, ("1/3", "2/3"), strict=True))
    found = cm.maximum_entropy_objective(model, dict.fromkeys(model.cid.decisions, rule), targets)
    values = {asked.back(cell[0]): round(x, 6) + 0.0 for cell, x in zip(found.cells, found.values, strict=True)}
    return values, round(found.residual, 6), found.free


CHEAP = (
    compose,
    explanation,
    mechanised,
    discover,
    incentive_gap,
    proxy_class,
    position,
    objective_distance,
    consistent_objectives,
    maximum_entropy_objective,
)
DEAR = (
    certify_deception,
    deceives_by_report,
    alignment,
    discriminate,
    robustness,
    mitigate,
    sensitivity,
    select,
    selection_game,
    discover_by_experiment,
)


# --- pieces ---------------------------------------------------------------------------------------------------------


def _set(asked: Asked, names: Iterable[str]) -> frozenset[str]:
    return frozenset(map(asked.back, names))


def _added(name: str) -> bool:
    """Whether a node was added that leads to nothing."""
    return name.startswith(("Noise", "Trace"))


def _links(asked: Asked, links: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    return {(asked.back(a), asked.back(b)) for a, b in links}


def _owned(asked: Asked, game: cm.CID) -> Any:
    return {(_set(asked, game.decisions_of(a)), _set(asked, game.utilities_of(a))) for a in game.agents}


def _items(asked: Asked, given: Any) -> Any:
    return {tuple(map(asked.back, key)): x for key, x in given.items()}


def _scores(asked: Asked, scores: Any) -> Any:
    if asked.changed.moved:
        return {name: (s.possible - s.worst, s.possible - s.best) for name, s in scores.items()}
    return {name: (s.worst, s.best, s.possible) for name, s in scores.items()}


def _world(asked: Asked) -> str:
    """A node of the world: an environment, a phase, a resource; else an action."""
    return asked.names("E", "Ph", "M", "G", "R", "A")[0]


def _places(asked: Asked) -> dict[str, dict[str, Any]]:
    """Training, and a place in which a node of the world has another law."""
    nodes = asked.names("E", "M", "R", "G")
    if not nodes:
        return {"train": {}}
    parents = asked.training.cid.parents(nodes[0])
    law: Any = cm.table([["*"] * len(parents) + [{0: "1/3", 1: "2/3"}]], parents) if parents else {0: "1/3", 1: "2/3"}
    return {"train": {}, "elsewhere": {nodes[0]: law}}


def _candidates(asked: Asked) -> dict[str, cm.MesaSpec]:
    spec = asked.spec
    return {"as it is": spec, "unaware": replace(spec, aware="none", beliefs={}, observes={})}
