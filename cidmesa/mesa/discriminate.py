"""Internal, corrigible or deceptive alignment: what tells them apart."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from cidmesa.criteria.concepts import admits_ici, admits_ri
from cidmesa.display import Tells
from cidmesa.frozen import Frozen
from cidmesa.mesa.base import placed
from cidmesa.mesa.compose import compose
from cidmesa.mesa.deception import certify_deception

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cidmesa.mesa.composition import Composition
    from cidmesa.mesa.spec import MesaSpec
    from cidmesa.mesa.training import TrainingProcess

__all__ = ["Discrimination", "discriminate"]

Kind: TypeAlias = Literal["internal", "corrigible", "deceptive", "other"]


@dataclass(frozen=True, repr=False)
class Discrimination(Frozen, Tells):
    """Which of the three ways to be aligned in training it is, and the table that tells.

    ``table``: "updates", "severed" and "episode" -> whether some decision admits a response incentive on the node that
    says what the base objective is, and whether one admits an incentive to control later parameters.
    """

    kind: Kind
    table: Mapping[str, tuple[bool, bool]]
    reason: str

    def to_json(self) -> dict[str, Any]:
        """Return kind, table and reason as plain data."""
        rows = {name: {"ri": ri, "ici": ici} for name, (ri, ici) in self.table.items()}
        return {"kind": self.kind, "table": rows, "reason": self.reason}

    def to_text(self) -> str:
        """Return kind, reason and the table."""
        rows = [f"  {name}: responds {'yes' if ri else 'no'}, controls parameters {'yes' if ici else 'no'}"
                for name, (ri, ici) in self.table.items()]  # fmt: skip
        return "\n".join([f"{self.kind}: {self.reason}", *rows])


def discriminate(training: TrainingProcess, spec: MesaSpec, about: str, truth: object = None) -> Discrimination:
    r"""Return whether a mesa-optimizer is internally, corrigibly or deceptively aligned, or none of these.

    ``about`` is the node that says what the base objective is. Corrigible (its objective points to what it models of
    the base objective): some decision admits a response incentive on the node even if updates are severed (R5).
    Otherwise its objective is fixed. Deceptive: it is certified so. Internal (the base objective has become its own):
    valuing only its own episode it would do in training what the base objective scores best, where the base objective
    is ``truth``. The table also shows the rest of the pattern: with the objective across updates any of the three may
    respond to the node and guard its parameters, and with severed updates or per-episode scope none guards them.
    Source: Hubinger et al. 2019, section 4.4 in words; the discriminator is ours.

    Args:
        training: the training process.
        spec: the assumptions about the mesa-optimizer.
        about: the chance node that says what the base objective is.
        truth: the state of ``about`` in which to judge whether the objective is the base objective; left out, over all.

    Raises:
        UnknownNode: there is no such node.
        ModelError: ``truth`` is no state of it.

    >>> import cidmesa as cm
    >>> three = cm.load("hubinger2019/three-alignments")
    >>> [discriminate(three.training, three.specs[name], "B", truth="a").kind
    ...  for name in ("internal", "corrigible", "deceptive")]
    ['internal', 'corrigible', 'deceptive']

    """
    training.cid.index(about)
    cases = {"updates": spec, "severed": replace(spec, succession="same"), "episode": _per_episode(spec)}
    composed = {name: compose(training, case) for name, case in cases.items()}
    table = {name: (_responds(c, about), _guards(c)) for name, c in composed.items()}
    kind, reason = _kind(training, spec, composed["updates"], table["severed"][0], {about: truth})
    return Discrimination(kind, table, reason)


def _per_episode(spec: MesaSpec) -> MesaSpec:
    return replace(spec, scope="episode", succession="planner" if spec.succession == "game" else spec.succession)


def _responds(composition: Composition, about: str) -> bool:
    cid = composition.cid
    return about in cid and any(admits_ri(cid, decision, about) for decision in cid.decisions)


def _guards(composition: Composition) -> bool:
    cid = composition.cid
    later = [theta for theta in composition.training.thetas if theta in cid]
    return any(admits_ici(cid, decision, theta) for decision in cid.decisions for theta in later)


def _kind(training: TrainingProcess, spec: MesaSpec, composition: Composition, responds: bool,
          truth: Mapping[str, object]) -> tuple[Kind, str]:  # fmt: skip
    if responds:
        (about,) = truth
        return (
            "corrigible",
            f"it responds to {about} even where its parameters can't change: its objective points there",
        )
    certificate = certify_deception(composition)
    if certificate:
        return "deceptive", "its objective is fixed, and it is certified as deceptive"
    known = {node: {state: 1} for node, state in truth.items() if state is not None}
    alone = certify_deception(compose(placed(training, known), _per_episode(spec)))
    if alone.comply:
        return "internal", "its objective is fixed, and for its own episode alone it does what the base objective wants"
    return "other", f"its objective is fixed; {alone.comply.evidence}"
