"""The causal relation between the variables of the mesa-objective and the base objective."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, TypeAlias

from cidmesa.modelling.inference import weights
from cidmesa.structure.diagram import CID
from cidmesa.structure.separation import directed_path

if TYPE_CHECKING:
    from cidmesa.mesa.training import TrainingProcess
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Number

__all__ = ["Position", "Proxy", "position", "proxy_class"]

ProxyKind: TypeAlias = Literal["identical", "side_effect", "instrumental", "common_cause", "decision_only", "none"]
PositionKind: TypeAlias = Literal["fitness_seeker", "proxy", "schemer", "common_cause", "none"]


@dataclass(frozen=True)
class Proxy:
    """The class of a proxy and the path, or the common cause, that shows it; it compares equal to its kind.

    ``monotone``: whether in numbers more of the cause means more of the effect; ``None`` if there are no numbers.
    """

    kind: ProxyKind
    witness: tuple[str, ...]
    reason: str
    monotone: bool | None = None

    def __eq__(self, other: object) -> bool:
        return self.kind == other if isinstance(other, str) else self is other

    def __hash__(self) -> int:
        return hash(self.kind)

    def __str__(self) -> str:
        return self.kind


def proxy_class(x: CID | Model, mesa_target: str, base_target: str) -> Proxy:
    r"""Return how the node of the mesa-objective is a proxy for the node of the base objective.

    The classes are "identical"; "side_effect": mesa target ~> base target; "instrumental": base target ~> mesa target;
    "common_cause": a chance node that a decision controls is upstream of both; "decision_only": only a decision is;
    "none". For a model, ``monotone`` says whether the proxy is good in numbers: :math:`E[Y \mid do(X=x)]` never
    decreases in x and increases somewhere. X is the upstream target and Y the downstream one, or X is a common cause
    and Y each target (up or down together). Decisions without a rule choose uniformly; states must be numbers.
    Source: Hubinger et al. 2019, section 3.2, Figure 3.1.

    Args:
        x: a diagram, or a model for an answer in numbers too.
        mesa_target: the node that the mesa-objective reads.
        base_target: the node that the base objective reads.

    >>> import cidmesa as cm
    >>> g = cm.cid("D -> Sweeps -> Clean; D -> Clean; Sweeps -> U", decisions=["D"], utilities=["U"])
    >>> proxy_class(g, "Sweeps", "Clean").kind, proxy_class(g, "Clean", "Sweeps") == "instrumental"
    ('side_effect', True)
    >>> m = cm.model(g, D=["sweep", "scatter"], Sweeps="1 if D == 'sweep' else 2", U="Sweeps",
    ...              Clean="(D == 'sweep') * Sweeps")
    >>> proxy_class(m, "Sweeps", "Clean").monotone
    True

    """
    found = _by_structure(x if isinstance(x, CID) else x.cid, mesa_target, base_target)
    if isinstance(x, CID):
        return found
    return Proxy(found.kind, found.witness, found.reason, _monotone(x, found, mesa_target, base_target))


def _by_structure(cid: CID, mesa_target: str, base_target: str) -> Proxy:
    if mesa_target == base_target:
        return Proxy("identical", (cid.nodes[cid.index(mesa_target)],), f"both read {mesa_target}")
    if path := directed_path(cid, mesa_target, base_target):
        return Proxy("side_effect", path, f"what it aims at causes the base target: {' -> '.join(path)}")
    if path := directed_path(cid, base_target, mesa_target):
        return Proxy("instrumental", path, f"the base target is a means to what it aims at: {' -> '.join(path)}")
    decisions, causes = _shared(cid, mesa_target, base_target, cid.decisions)
    if causes:
        return Proxy("common_cause", causes, f"both follow from {', '.join(causes)}, which a decision controls")
    if decisions:
        return Proxy("decision_only", tuple(decisions), f"both follow from {', '.join(decisions)} only")
    return Proxy("none", (), f"nothing that can be decided links {mesa_target} and {base_target}")


def _shared(cid: CID, one: str, other: str, controls: tuple[str, ...]) -> tuple[list[str], tuple[str, ...]]:
    """Return which of ``controls`` are upstream of both, and which chance nodes that these control are."""
    upstream = cid.ancestors(other)
    shared = [node for node in cid.ancestors(one) if node in upstream]
    deciding = [node for node in shared if node in controls]
    controlled = {node for decision in deciding for node in cid.descendants(decision)}
    causes = (n for n in shared if n in controlled and cid.kind(n) == "chance" and n not in controls)
    return deciding, tuple(causes)


def _monotone(model: Model, found: Proxy, mesa_target: str, base_target: str) -> bool | None:
    pairs = {
        "side_effect": [(mesa_target, [base_target])],
        "instrumental": [(base_target, [mesa_target])],
        "common_cause": [(cause, [mesa_target, base_target]) for cause in found.witness],
    }
    asked = [
        ways
        for cause, effects in pairs.get(found.kind, [])
        if (ways := [_direction(model, cause, effect) for effect in effects]) and None not in ways
    ]
    if not asked:
        return None
    together = {-1, 1} if found.kind == "common_cause" else {1}
    return any(len(set(ways)) == 1 and ways[0] in together for ways in asked)


def _direction(model: Model, cause: str, effect: str) -> int | None:
    """Return 1 or -1 where the expected effect rises or falls in the cause, 0 for neither, ``None`` without numbers."""
    states = [model.domains.get(node, ("",)) for node in (cause, effect)]
    if any(isinstance(state, str) for domain in states for state in domain):
        return None
    means = [_mean(model.do({cause: state}), effect) for state in sorted(states[0], key=float)]
    steps = [b - a for a, b in pairwise(means)]
    rises, falls = (any(s > 0 for s in steps), any(s < 0 for s in steps))
    return 0 if rises == falls else 1 if rises else -1


def _mean(model: Model, node: str) -> Number:
    chances = weights(model, [node], undecided="uniform").tolist()
    return sum(
        float(s) * p if isinstance(p, float) else s * p for s, p in zip(model.domains[node], chances, strict=True)
    )


@dataclass(frozen=True)
class Position:
    """Where an aim stands relative to influence through deployment, with the path that shows it."""

    kind: PositionKind
    witness: tuple[str, ...]
    reason: str

    def __str__(self) -> str:
        return self.kind


def position(x: CID | TrainingProcess, target: str, influence: str) -> Position:
    """Return the position of the node that the mesa-objective reads, relative to the node that settles influence.

    "fitness_seeker": the target is that node or a parent of it. "proxy": the target is further upstream (the source
    calls several such targets, weighed together, a kludge). "schemer": the target is downstream, so influence is a
    means to it. "common_cause": a controllable node is upstream of both, as if the agent aims at the record of a
    reward. Otherwise "none". The controllable nodes are the actions of a training process, or the decisions of a
    diagram. Source: the behavioural selection model of Mallen and Shlegeris 2025.

    Args:
        x: a diagram, or a training process.
        target: the node that the mesa-objective reads.
        influence: the node that settles the influence: which parameters are deployed, or whether a gate opens.

    Raises:
        UnknownNode: the diagram has no node of that name.

    >>> import cidmesa as cm
    >>> agent = cm.load("mallen2025/behavioural-selection").cid
    >>> [position(agent, node, "Inf").kind for node in ("Reward", "Tests", "LongRun", "Log")]
    ['fitness_seeker', 'proxy', 'schemer', 'common_cause']

    """
    cid, controls = (x, x.decisions) if isinstance(x, CID) else (x.cid, (*x.cid.decisions, *x.actions))
    if target == influence or target in cid.parents(influence):
        cid.index(target)
        return Position(
            "fitness_seeker", directed_path(cid, target, influence), f"it aims at what decides on {influence}"
        )
    if path := directed_path(cid, target, influence):
        return Position("proxy", path, f"what it aims at is upstream of {influence}: {' -> '.join(path)}")
    if path := directed_path(cid, influence, target):
        return Position("schemer", path, f"{influence} is a means to what it aims at: {' -> '.join(path)}")
    decisions, causes = _shared(cid, target, influence, controls)
    if decisions:
        shared = causes or tuple(decisions)
        return Position("common_cause", shared, f"{target} and {influence} follow from {', '.join(shared)}")
    return Position("none", (), f"nothing that can be controlled links {target} and {influence}")
