"""Path-specific objectives: the same decision, without reward for its effects along some links."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cidmesa.errors import NotApplicable
from cidmesa.modelling.policy import policy
from cidmesa.solving.counterfactual.worlds import World, Worlds, known_link, renamed
from cidmesa.structure.diagram import Node
from cidmesa.structure.relevance import downstream_utilities

if TYPE_CHECKING:
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import State

__all__ = ["path_specific_objective"]


def path_specific_objective(
    model: Model,
    decision: str,
    default: object,
    frozen: Iterable[str | tuple[str, str]] = (),
    *,
    held: Mapping[str, object] | None = None,
) -> Model:
    r"""Return the model that rewards the decision's owner as if it did not act along the frozen links.

    Each utility U downstream of the decision becomes :math:`U^g`. Along frozen links nodes take :math:`W_{\bar a}`,
    their value if the decision takes its default; along other links they take their value under the action. A frozen
    node freezes all links into it, so the utility reads its natural value. The new diagram contains the world of the
    default beside the real one. The real node still changes as before (side effects happen), but no path leads from it
    to these utilities, as `admits_ici` certifies. Noise is shared as in `counterfactual`.

    Args:
        model: the model; decisions between the decision and its utilities need rules (`Model.with_policy`).
        decision: the decision whose objective is changed.
        default: the option, or the rule (baseline policy), that gives the natural values.
        frozen: nodes, or links (parent, child).
        held: node -> a fixed state that is the node's baseline instead of its natural value.

    Raises:
        NotApplicable: nothing is frozen, or a frozen node does not descend from the decision.
        DiagramError: a link is not in the diagram, or a node is not a decision.
        ModelError: a decision in between has no rule.

    Source: Farquhar, Carey and Everitt 2022, Definition 5 and Proposition 1.

    >>> import cidmesa as cm
    >>> g = cm.cid("P -> I; P, I -> C", decisions=["P"], utilities=["C"])
    >>> m = cm.model(g, P=[0, 1], I="P", C="1 - P / 5 + I / 2")
    >>> safe = path_specific_objective(m, "P", 0, ["I"])
    >>> cm.solve(m).plan, cm.admits_ici(m.cid, "P", "I").status
    ({'P': 1}, 'admits')
    >>> cm.solve(safe).plan, cm.admits_ici(safe.cid, "P", "I").status
    ({'P': 0}, 'excluded')
    """
    fixed = {node: model.domain(node)[model.state(node, value)] for node, value in (held or {}).items()}
    links = _links(model, decision, list(frozen), fixed)
    natural = World(rules=(policy(model, {decision: default})[decision],), label="default")
    twin = _Twin(Worlds(model, factual_last=True), natural, decision, frozenset(links), fixed)
    twin.worlds.at(decision, natural)  # even where no utility asks for it
    utilities = {u: twin.parents_of(u) for u in downstream_utilities(model.cid, decision)}
    specs = [Node(u, "utility", model.cid.agent(u), parents) for u, parents in utilities.items()]
    built = twin.worlds.build()
    return built.revised(specs, mechanisms={u: renamed(model, u, parents) for u, parents in utilities.items()})


def _links(
    model: Model, decision: str, frozen: list[str | tuple[str, str]], fixed: Mapping[str, State]
) -> list[tuple[str, str]]:
    """Return the frozen links; a node stands for all links into it."""
    below = model.cid.descendants(model.cid.known_decision(decision))
    if not frozen and not fixed:
        raise NotApplicable("nothing is frozen. Name nodes or links (frozen=), or nodes with a fixed state (held=).")
    for node in [*(one for one in frozen if isinstance(one, str)), *fixed]:
        if model.cid.nodes[model.cid.index(node)] not in below:
            raise NotApplicable(f"{node!r} does not descend from {decision!r}, so the decision cannot change it.")
    links = [(p, one) for one in frozen if isinstance(one, str) for p in model.cid.parents(one)]
    given = [one for one in frozen if not isinstance(one, str)]
    return [*links, *(known_link(model.cid, parent, child) for parent, child in given)]


@dataclass(frozen=True, eq=False)
class _Twin:
    """The world of the defaults and the world of the action, as far as the utilities need them."""

    worlds: Worlds
    default: World
    decision: str
    links: frozenset[tuple[str, str]]
    fixed: Mapping[str, State]

    def rewarded(self, node: str) -> str:
        """Return the node that carries :math:`V^g`."""
        if node in self.fixed:
            return self.worlds.constant(node, self.fixed[node])
        if node == self.decision or node not in self.worlds.cid.descendants(self.decision):
            return node
        return self.worlds.copy(node, self.parents_of(node), "rewarded")

    def parents_of(self, node: str) -> tuple[str, ...]:
        r"""Return the parents of :math:`V^g`: :math:`W_{\bar a}` along frozen links."""
        parents, links = self.worlds.cid.parents(node), self.links
        return tuple(self.worlds.at(p, self.default) if (p, node) in links else self.rewarded(p) for p in parents)
