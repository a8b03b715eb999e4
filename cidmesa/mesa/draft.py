"""The value that the composer's rules pass on: a model, who decides in it, and where each part comes from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from cidmesa.frozen import Frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cidmesa.mesa.spec import MesaSpec
    from cidmesa.mesa.targets import EpisodeTarget
    from cidmesa.mesa.training import TrainingProcess
    from cidmesa.modelling.mechanism import Mechanism
    from cidmesa.modelling.model import Model
    from cidmesa.structure.diagram import Node

__all__ = ["Draft", "Part"]

Part: TypeAlias = str | tuple[str, str]  # a node, or a link (parent, child)


@dataclass(frozen=True)
class Draft(Frozen):
    """A composition in the making.

    ``decisions``: action -> its decision. ``objectives``: utility of a mesa-objective -> its episode. ``notes``: part
    -> the rule that made it.
    """

    training: TrainingProcess
    spec: MesaSpec
    model: Model
    targets: Mapping[int | str, EpisodeTarget]
    decisions: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[Part, str] = field(default_factory=dict)
    objectives: Mapping[str, int | str] = field(default_factory=dict)

    def changed(
        self,
        note: str | Mapping[str, str],
        specs: Iterable[Node] = (),
        mechanisms: Mapping[str, Mechanism] | None = None,
        **edits: Any,
    ) -> Draft:
        """Return the draft with the model revised; new nodes and links, and other mechanisms, get the note.

        A mapping gives the note of each node, for itself and its incoming links.
        """
        nodes = tuple(specs)
        model = self.model.revised(nodes, mechanisms=mechanisms, **edits)
        new = (s.name for s in nodes if s.name not in self.model.cid or self.model.cid.kind(s.name) != s.kind)
        touched = dict.fromkeys([*(mechanisms or {}), *new])
        said = note if not isinstance(note, str) else dict.fromkeys(model.cid.nodes, note)
        notes: dict[Part, str] = dict(self.notes) | {name: said[name] for name in touched if name in model.cid}
        old = set(self.model.cid.edges)
        notes |= {link: said[link[1]] for link in model.cid.edges if link not in old}
        return replace(self, model=model, notes=notes)

    def provenance(self) -> dict[Part, str]:
        """Return for every node and link of the model the rule that put it there."""
        origin = "training: as in the training process"
        parts: list[Part] = [*self.model.cid.nodes, *self.model.cid.edges]
        return {part: self.notes.get(part, origin) for part in parts}
