"""How to distinguish internal, corrigible and deceptive alignment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from cidmesa.criteria.concepts import admits_ici, admits_ri
from cidmesa.display import Tells
from cidmesa.frozen import Frozen
from cidmesa.mesa.alignment_kind import Judged, for_its_episode, kind_of, possible_states
from cidmesa.mesa.compose import compose
from cidmesa.modelling.numbers import show

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cidmesa.mesa.alignment_kind import AlignmentKind
    from cidmesa.mesa.composition import Composition
    from cidmesa.mesa.spec import MesaSpec
    from cidmesa.mesa.training import TrainingProcess
    from cidmesa.modelling.numbers import State

__all__ = ["Discrimination", "discriminate"]


@dataclass(frozen=True, repr=False)
class Discrimination(Frozen, Tells):
    """The class of alignment for each base objective that a node may name, and the incentives that show it.

    * ``kinds``: state -> class, as `alignment` gives it where that state is known to all; ``kind`` if it is the same
      for all.
    * ``table``: "updates", "severed" and "episode" -> whether some decision admits a response incentive on the node,
      and whether some decision admits an incentive to control later parameters.

    If two states call for different acts, a response incentive that survives severed updates is necessary for
    "corrigible". It is not sufficient.

    Source: Hubinger et al. 2019, section 4, in words; the procedure is ours.

    >>> import cidmesa as cm
    >>> three = cm.load("hubinger2019/three-alignments")
    >>> cm.discriminate(three.training, three.specs["corrigible"], "B").kinds
    {'a': 'corrigible', 'b': 'corrigible'}

    """

    about: str
    kinds: Mapping[State, AlignmentKind]
    reasons: Mapping[State, str]
    table: Mapping[str, tuple[bool, bool]]

    @property
    def kind(self) -> AlignmentKind | Literal["depends"]:
        """The class, or "depends" if the class differs between states."""
        found = set(self.kinds.values())
        return next(iter(found)) if len(found) == 1 else "depends"

    @property
    def reason(self) -> str:
        """The evidence for the class, for each state."""
        return "; ".join(f"{self.about} = {show(state)}: {reason}" for state, reason in self.reasons.items())

    def to_json(self) -> dict[str, Any]:
        """Return kinds, table and reasons as plain data."""
        rows = {name: {"ri": ri, "ici": ici} for name, (ri, ici) in self.table.items()}
        kinds = {show(state): kind for state, kind in self.kinds.items()}
        return {"kind": self.kind, "kinds": kinds, "table": rows, "reason": self.reason}

    def to_text(self) -> str:
        """Return a line for each state, and the table."""
        lines = [f"{kind}: {self.about} = {show(state)}: {self.reasons[state]}" for state, kind in self.kinds.items()]
        rows = [
            f"  {name}: responds {'yes' if ri else 'no'}, controls parameters {'yes' if ici else 'no'}"
            for name, (ri, ici) in self.table.items()
        ]
        return "\n".join([*lines, *rows])


def discriminate(training: TrainingProcess, spec: MesaSpec, about: str, truth: object = None) -> Discrimination:
    """Return the class of alignment for each base objective that ``about`` may name, or for ``truth`` alone.

    The classes are those of `alignment`. The table also says what the diagram admits. With the objective across
    updates, internally, corrigibly and deceptively aligned agents may all respond to the node and guard their
    parameters; with severed updates or per-episode scope, none guards them.
    Source: Hubinger et al. 2019, section 4.4 in words; the procedure is ours.

    Args:
        training: the training process.
        spec: the assumptions about the mesa-optimizer.
        about: the chance node that holds what the base objective is.
        truth: the state of ``about`` in which to judge; if left out, each possible state.

    Raises:
        UnknownNode: the diagram has no node of that name.
        ModelError: ``truth`` is not a state of ``about``.

    >>> import cidmesa as cm
    >>> three = cm.load("hubinger2019/three-alignments")
    >>> [discriminate(three.training, three.specs[name], "B", truth="a").kind
    ...  for name in ("internal", "corrigible", "deceptive")]
    ['internal', 'corrigible', 'deceptive']

    """
    case = Judged(training, spec, {"train": {}})
    training.cid.index(about)
    model = training.model
    states = possible_states(case, about) if truth is None else (model.domain(about)[model.state(about, truth)],)
    found = {state: kind_of(replace(case, known={about: {state: 1}}), about) for state in states}
    cases = {"updates": spec, "severed": replace(spec, succession="same"), "episode": for_its_episode(spec)}
    table = {name: _diagram(compose(training, one), about) for name, one in cases.items()}
    return Discrimination(
        about, {s: kind for s, (kind, _) in found.items()}, {s: why for s, (_, why) in found.items()}, table
    )


def _diagram(composition: Composition, about: str) -> tuple[bool, bool]:
    """Return whether some decision admits a response incentive on the node, and one to control later parameters."""
    cid = composition.cid
    later = [theta for theta in composition.training.thetas if theta in cid]
    responds = about in cid and any(admits_ri(cid, decision, about) for decision in cid.decisions)
    guards = any(admits_ici(cid, decision, theta) for decision in cid.decisions for theta in later)
    return responds, guards
