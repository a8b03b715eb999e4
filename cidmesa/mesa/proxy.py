"""How the mesa-objective's variable and the base objective's hang together causally."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from cidmesa.structure.separation import directed_path

if TYPE_CHECKING:
    from cidmesa.structure.diagram import CID

__all__ = ["Proxy", "proxy_class"]

ProxyKind: TypeAlias = Literal["identical", "side_effect", "instrumental", "common_cause", "decision_only", "none"]


@dataclass(frozen=True)
class Proxy:
    """The class of a proxy and the path, or the common cause, that shows it."""

    kind: ProxyKind
    witness: tuple[str, ...]
    reason: str

    def __eq__(self, other: object) -> bool:
        return self.kind == other if isinstance(other, str) else self is other

    def __hash__(self) -> int:
        return hash(self.kind)

    def __str__(self) -> str:
        return self.kind


def proxy_class(cid: CID, mesa_target: str, base_target: str) -> Proxy:
    """Return how the node that the mesa-objective reads is a proxy for the node that the base objective reads.

    "identical"; "side_effect": mesa target ~> base target; "instrumental": base target ~> mesa target; "common_cause":
    a chance node that a decision controls is upstream of both; "decision_only": only a decision is;
    "none". The result compares equal to its kind. Source: Hubinger et al. 2019, section 3.2, Figure 3.1.

    >>> import cidmesa as cm
    >>> g = cm.cid("D -> Sweeps -> Clean; D -> Clean; Sweeps -> U", decisions=["D"], utilities=["U"])
    >>> proxy_class(g, "Sweeps", "Clean").kind, proxy_class(g, "Clean", "Sweeps") == "instrumental"
    ('side_effect', True)
    """
    if mesa_target == base_target:
        return Proxy("identical", (cid.nodes[cid.index(mesa_target)],), f"both read {mesa_target}")
    if path := directed_path(cid, mesa_target, base_target):
        return Proxy("side_effect", path, f"what it aims at causes the base target: {' -> '.join(path)}")
    if path := directed_path(cid, base_target, mesa_target):
        return Proxy("instrumental", path, f"the base target is a means to what it aims at: {' -> '.join(path)}")
    shared = [node for node in cid.ancestors(mesa_target) if node in cid.ancestors(base_target)]
    decisions = [node for node in shared if cid.kind(node) == "decision"]
    controlled = {node for decision in decisions for node in cid.descendants(decision)}
    causes = tuple(node for node in shared if node in controlled and cid.kind(node) == "chance")
    if causes:
        return Proxy("common_cause", causes, f"both follow from {', '.join(causes)}, which a decision controls")
    if decisions:
        return Proxy("decision_only", tuple(decisions), f"both follow from {', '.join(decisions)} only")
    return Proxy("none", (), f"nothing that can be decided links {mesa_target} and {base_target}")
