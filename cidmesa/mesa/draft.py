"""The value that the composer's rules pass on: a model, its decision makers, and the origin of each part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from cidmesa.frozen import Frozen
from cidmesa.modelling.mechanism import ANY, Constant, Mechanism, Rows, Same
from cidmesa.modelling.numbers import State, show
from cidmesa.structure.diagram import Node

if TYPE_CHECKING:
    from cidmesa.mesa.roles import Learned
    from cidmesa.mesa.spec import MesaSpec
    from cidmesa.mesa.targets import EpisodeTarget
    from cidmesa.mesa.training import Episode, TrainingProcess
    from cidmesa.modelling.model import Model

__all__ = ["Decided", "Draft", "Optimizer", "Part"]

Part: TypeAlias = str | tuple[str, str]  # a node, or a link (parent, child)


class Optimizer(NamedTuple):
    """A parameter value that is an optimizer. ``name``: the agent's. ``mark``: what the names of its nodes end with."""

    value: State
    spec: MesaSpec
    name: str
    mark: str = ""

    def agent(self, episode: Episode) -> str:
        """Return the agent of an episode: one agent across updates, or an agent for each episode."""
        return self.name if self.spec.one_agent else f"{self.name}@{episode}"


class Decided(NamedTuple):
    """A decision, its optimizer, the action that carries it out, and the action's role."""

    name: str
    of: Optimizer
    action: str
    role: Learned

    @property
    def done(self) -> str:
        """The node for what one of several optimizers does at the action."""
        return f"{self.action}{self.of.mark}"


@dataclass(frozen=True)
class Draft(Frozen):
    """A composition in the making.

    ``severed``, ``believes``: whether the world is drawn as the mesa-optimizer sees it. ``targets``: value -> episode
    -> objective. ``decisions``: value -> action -> decision. ``objectives``: utility of a mesa-objective -> its
    episode. ``base_rules``: of the base agent's decisions. ``returning``: the optimizers whose parameters may return.
    ``notes``: part -> the rule that made it. ``rule``: the one that is being applied.
    """

    training: TrainingProcess
    optimizers: tuple[Optimizer, ...]
    model: Model
    severed: bool = False
    believes: bool = False
    targets: Mapping[State, Mapping[Episode, EpisodeTarget]] = field(default_factory=dict)
    decisions: Mapping[State, Mapping[str, str]] = field(default_factory=dict)
    objectives: Mapping[str, Episode] = field(default_factory=dict)
    base_rules: Mapping[str, object] = field(default_factory=dict)
    returning: tuple[State, ...] = ()
    notes: Mapping[Part, str] = field(default_factory=dict)
    rule: str = ""

    @classmethod
    def of(cls, training: TrainingProcess, specs: Mapping[State, MesaSpec]) -> Draft:
        """Return the draft to begin with: the training model, and the optimizers by name."""
        one = len(specs) == 1
        optimizers = tuple(
            Optimizer(value, spec, spec.agent if one else show(value), "" if one else f"@{show(value)}")
            for value, spec in specs.items()
        )
        return cls(training, optimizers, training.model)

    def decided(self) -> Iterator[Decided]:
        """Yield the optimizers' decisions."""
        for optimizer in self.optimizers:
            for action, decision in self.decisions.get(optimizer.value, {}).items():
                yield Decided(decision, optimizer, action, self.training.actions[action])

    def surely(self, theta: str, value: State) -> bool:
        """Return whether parameters are a root that certainly has a value."""
        if self.model.cid.kind(theta) != "chance" or self.model.cid.parents(theta):
            return False
        chances = dict(zip(self.model.domain(theta), self.model.table(theta).values.tolist(), strict=True))
        return bool(chances.get(value) == 1)

    def changed(
        self,
        note: str | Mapping[str, str],
        specs: Iterable[Node] = (),
        mechanisms: Mapping[str, Mechanism] | None = None,
        **edits: Any,
    ) -> Draft:
        """Return the draft with the model revised; new nodes and links, and other mechanisms, get rule and note.

        A mapping gives the note of each node, for itself and its incoming links.
        """
        nodes = tuple(specs)
        model = self.model.revised(nodes, mechanisms=mechanisms, **edits)
        new = (s.name for s in nodes if s.name not in self.model.cid or self.model.cid.kind(s.name) != s.kind)
        touched = dict.fromkeys([*(mechanisms or {}), *new])
        said = note if not isinstance(note, str) else dict.fromkeys(model.cid.nodes, note)
        notes: dict[Part, str] = dict(self.notes)
        notes |= {name: f"{self.rule}: {said[name]}" for name in touched if name in model.cid}
        for spec in nodes:
            old = self.model.cid.parents(spec.name) if spec.name in self.model.cid else ()
            links = [(parent, spec.name) for parent in spec.parents if parent not in old]
            notes |= dict.fromkeys(links, f"{self.rule}: {said[spec.name]}") if links else {}
        return replace(self, model=model, notes=notes)

    def copied(self, node: str, copy: str, theta: str, value: State, note: str) -> Draft:
        """Return the draft with one more node: a copy of a node where the parameters have a value, else a blank."""
        states = self.model.domain(node)
        blank = next(text for text in ("blank", *(f"blank{k}" for k in range(len(states)))) if text not in states)
        rule = Rows((theta,), (((value,), Same(node)), ((ANY,), Constant(blank))))
        return self.changed(note, [Node(copy, parents=(theta, node))], {copy: rule}, domains={copy: (*states, blank)})

    def provenance(self) -> dict[Part, str]:
        """Return for every node and link of the model the rule that put it there."""
        origin = "training: as in the training process"
        parts: list[Part] = [*self.model.cid.nodes, *self.model.cid.edges]
        return {part: self.notes.get(part, origin) for part in parts}
