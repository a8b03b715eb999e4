"""`counterfactual`: what would have happened, given evidence; agents keep their rules or choose them anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from cidmesa.errors import NotApplicable
from cidmesa.modelling.inference import check_held, query
from cidmesa.modelling.policy import Policy
from cidmesa.solving.counterfactual.worlds import World, Worlds, Would
from cidmesa.solving.optimal.solution import rational_policy
from cidmesa.solving.utility import expected_value
from cidmesa.structure.diagram import Node
from cidmesa.structure.relevance import is_r_reachable, relevance_graph

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Number, State

__all__ = [
    "Timing",
    "Would",
    "adapted",
    "as_world",
    "check_timing",
    "complete",
    "counterfactual",
    "distribution",
    "followed",
    "would",
]

Timing = Literal["post", "pre"]


def would(values: Mapping[str, object] | None = None, /, **nodes: object) -> Would:
    r"""Return the value that a node would have under ``do(nodes)``, to be used in ``do=`` of `counterfactual`.

    ``do={"M": would(X=0)}`` sets M to :math:`M_{X=0}`, which gives nested counterfactuals such as
    :math:`Y_{X=1, M_{X=0}}`. ``would()`` is the factual value.

    Source: Pearl 2001.

    Args:
        values: interventions, node -> state, for names that are not Python identifiers.
        nodes: interventions by keyword.

    >>> str(would(X=0))
    'as under do(X = 0)'

    """
    return Would(tuple((dict(values or {}) | nodes).items()))  # type: ignore[arg-type]  # checked by as_world


def counterfactual(
    model: Model,
    policy: Policy | Mapping[str, object] | None = None,
    *,
    of: str,
    do: Mapping[str, object] | None = None,
    evidence: Mapping[str, object] | None = None,
    timing: Timing = "post",
) -> dict[State, Number]:
    r"""Return :math:`P^\pi(Y_{do} \mid e)`, state -> probability, where Y is ``of`` and the evidence e is factual.

    The model is read as a structural model: the noise of a node is one independent response to each setting of its
    parents (the canonical noise); a deterministic node has none. If the responses depend on each other, draw the noise
    as a root chance node and make the node deterministic. Values of ``do`` may be `would`, for nested counterfactuals.

    Under ``timing="post"``, decisions keep their rules and react through what they observe. Under ``"pre"``, rational
    agents choose new rules for the decisions that the intervention may affect, before the counterfactual world unfolds;
    a random rule that changes draws afresh. For a utility node, the distribution of its value is returned.
    Source: Pearl 2009, chapter 7; Hammond et al. 2023, Definitions 17 and 23.

    Args:
        model: the model.
        policy: a rule for each decision, in a form that `policy` accepts.
        of: the node Y whose distribution is asked for.
        do: interventions, node -> state, or node -> `would`.
        evidence: what was observed in the factual world, node -> state.
        timing: "post" keeps the rules; under "pre", rational agents choose them anew.

    Raises:
        ModelError: the evidence has probability 0, a state does not exist, or a decision has no rule.
        NotApplicable: ``"pre"`` is combined with a nested intervention.
        TooLarge: the shared noise of a node in many worlds is too large.

    >>> import cidmesa as cm
    >>> g = cm.cid("X -> Y")
    >>> m = cm.model(g, X=cm.uniform([0, 1]), Y=lambda X: {1: "3/4", 0: "1/4"} if X else {1: "1/4", 0: "3/4"})
    >>> counterfactual(m, of="Y", do={"X": 1}, evidence={"X": 0, "Y": 1})[1]  # the response to X = 1 is independent
    Fraction(3, 4)
    >>> counterfactual(m, of="Y", do={"X": 1}, evidence={"X": 1, "Y": 0})[1]  # consistency
    Fraction(0, 1)

    """
    check_timing(timing)
    check_held(model, {node: value for node, value in (do or {}).items() if not isinstance(value, Would)})
    real, rules = followed(model, policy, timing)
    worlds = Worlds(valued(real, of))
    world = as_world(worlds.model, do or {})
    if timing == "pre":
        if any(isinstance(value, Would) for _, value in world.held):
            raise NotApplicable(
                'a nested intervention has no timing="pre", because it does not say which world the agents expect.'
            )
        world = World(world.held, tuple(adapted(model, rules, dict(world.held)).values()))
    return distribution(worlds, worlds.at(of, world), evidence or {})


def check_timing(timing: str) -> None:
    """Raise NotApplicable unless ``timing`` is known."""
    if timing not in ("post", "pre"):
        raise NotApplicable(f'timing={timing!r} is not known. Known: "post" (rules stay), "pre" (rules are made anew).')


def followed(model: Model, policy: Policy | Mapping[str, object] | None, timing: Timing) -> tuple[Model, Policy]:
    """Return the model under the policy, and the policy; ``"pre"`` adds the missing rules as rational ones."""
    if timing == "pre":
        rules = complete(model, policy)
        return model.with_policy(rules), rules
    given = Policy.of(model, policy or {})
    return model.with_policy(given), given


def valued(model: Model, node: str) -> Model:
    """Return the model in which a utility node is a chance node whose states are its values.

    >>> import cidmesa as cm
    >>> valued(cm.model(cm.cid("S -> U", utilities=["U"]), S=cm.uniform([1, 2]), U="2 * S"), "U").domain("U")
    (2, 4)
    """
    if model.cid.kind(node) != "utility":
        return model
    return model.revised([Node(node, parents=model.cid.parents(node))])


def as_world(model: Model, do: Mapping[str, object]) -> World:
    """Return the world in which nodes are held; names and states are checked."""
    held: list[tuple[str, State | Would]] = []
    for node, value in do.items():
        nested = Would(as_world(model, dict(value.held)).held) if isinstance(value, Would) else None
        held.append((node, nested or model.domain(node)[model.state(node, value)]))
    return World(tuple(held))


def distribution(worlds: Worlds, node: str, evidence: Mapping[str, object]) -> dict[State, Number]:
    """Return the distribution of a node of the parallel worlds given factual evidence."""
    model = worlds.build(node, *evidence)
    if node not in evidence:
        return query(model, node, given=evidence)
    expected_value(model, (), evidence)  # which may be impossible
    seen = model.state(node, evidence[node])
    return {state: int(k == seen) for k, state in enumerate(model.domain(node))}


def complete(model: Model, policy: Policy | Mapping[str, object] | None) -> Policy:
    """Return the policy with rational rules (`rational_policy`) for the decisions that it does not decide.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("D -> U", decisions=["D"], utilities=["U"]), D=[0, 1], U="D")
    >>> print(complete(m, None))
    D: 1
    """
    given = Policy.of(model, policy or {})
    return given.merged(rational_policy(model.with_policy(given)))


def adapted(model: Model, policy: Policy, held: Mapping[str, object]) -> Policy:
    """Return new rational rules for the decisions that ``do(held)`` may affect, with the rules of others fixed.

    A decision is affected if a held node is r-reachable from it, or if it relies on an affected decision.
    Source: Hammond et al. 2023, Definition 23 (the rules before and after agree on everything that is not downstream).

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("S -> T; D, T -> U", decisions=["D"], utilities=["U"]), S=cm.bernoulli("1/3"), T="S",
    ...              D=[0, 1], U="D == T")
    >>> policy = complete(m, None)
    >>> print(adapted(m, policy, {"S": 1}))
    D: 1
    """
    free = [decision for decision in model.cid.decisions if decision not in held]
    concerned = {d for d in free if any(is_r_reachable(model.cid, d, node) for node in held)}
    edges = relevance_graph(model.cid).edges
    while more := {d for d, other in edges if other in concerned and d in free} - concerned:
        concerned |= more
    fixed = Policy(tuple(policy[decision] for decision in free if decision not in concerned))
    return rational_policy(model.with_policy(fixed).do(held))
