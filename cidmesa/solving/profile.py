"""What rational agents do: the optimum of one agent, or backward induction for several."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cidmesa.errors import NotApplicable
from cidmesa.modelling.policy import Policy
from cidmesa.solving.induction import in_order
from cidmesa.solving.problem import game_of
from cidmesa.solving.search import rules_of
from cidmesa.solving.solve import solve
from cidmesa.solving.sweep import swept_game
from cidmesa.solving.tree import tree_of
from cidmesa.structure.reduction import minimal_reduction

if TYPE_CHECKING:
    from cidmesa.modelling.model import Model

__all__ = ["rational_policy"]


def rational_policy(model: Model) -> Policy:
    """Return a rule for every decision: an optimal policy of one agent, or a subgame-perfect pure profile of several.

    For several agents each decision is decided by backward induction along the relevance graph, which needs sufficient
    information. Ties take the first option. Source: Koller and Milch 2003, Algorithm 1 on an acyclic relevance graph.

    Raises:
        NotApplicable: several agents whose decisions rely on each other in a circle.

    >>> import cidmesa as cm
    >>> owned = {"decisions": {"a": ["A"], "b": ["B"]}, "utilities": {"a": ["U"], "b": ["V"]}}
    >>> g = cm.cid("A -> B; A, B -> U; A, B -> V", **owned)
    >>> print(rational_policy(cm.model(g, A=[0, 1], B=[0, 1], U="2 * B - A", V="A == B")))
    A: 1
    B: 0 if A = 0; 1 if A = 1

    """
    deciding = [agent for agent in model.cid.agents if model.cid.decisions_of(agent)]
    if not deciding:
        return Policy(())
    if len(deciding) == 1:
        return solve(model).policy
    problem = game_of(model, minimal_reduction(model.cid))
    rules, left = swept_game(problem, tree_of(problem))
    if left:
        circle = ", ".join(model.cid.names(sorted(d for part in left for d in part)))
        raise NotApplicable(f"the decisions {circle} of several agents rely on each other in a "
                            "circle. Ask cm.equilibria, or give some rules by model.with_policy.")  # fmt: skip
    return Policy(in_order(rules_of(model, problem, rules), model))
