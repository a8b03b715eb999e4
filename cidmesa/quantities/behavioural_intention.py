"""Intention seen from outside: what, once it is secured, makes an agent act otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from cidmesa.errors import NotApplicable, TooLarge
from cidmesa.minimal_sets import minimal_sets
from cidmesa.modelling.inference import weights
from cidmesa.modelling.mechanism import Lookup, Mechanism
from cidmesa.modelling.tabulation import node_settings
from cidmesa.quantities.intention import Intention, Plan, plan
from cidmesa.quantities.securing import Secured
from cidmesa.solving.optimal.solution import best_response
from cidmesa.solving.utility import expected_utility
from cidmesa.structure.node import Node, fresh_name

if TYPE_CHECKING:
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Number, State
    from cidmesa.modelling.policy import Policy

__all__ = ["intends_behaviourally"]

MAX_ATOMS = 10
_SOURCE = "Ward et al. 2024, Definition 20"


def intends_behaviourally(
    model: Model,
    policy: Policy | Mapping[str, object],
    decision: str,
    outcome: str | Iterable[str],
    *,
    oracle: Callable[[Model], Policy] | None = None,
) -> Intention:
    r"""Return whether an adaptive agent would act differently if the outcome were guaranteed; utilities are not used.

    A policy oracle :math:`\Gamma`, for which :math:`\Gamma(M) = \pi`, intends O at e iff there are nodes
    :math:`Y \supseteq O` and settings :math:`w^Y`, with e among those of O, such that
    :math:`\Gamma(M) \neq \Gamma(M_{Y_\pi \mid W})`, and no strict sub-collection has this property. The value is the
    probability of such settings. With an optimal oracle that switches only for strict gains, the answer agrees with
    `intends` unless an alternative would be exactly as good. Source: Ward et al. 2024, Definition 20, Theorem 21. Ours:
    policies differ if they differ at the decision in a context that occurs, and Y are chance nodes between decision and
    utility.

    Args:
        model: the model.
        policy: the agents' present policy, a rule for each decision.
        decision: the observed decision.
        outcome: a node or several.
        oracle: a function from a model to the agents' policy in it. If left out, the owner of the decision keeps its
            policy if this is still a best response and otherwise takes a best response; all others keep theirs.

    Raises:
        NotApplicable: the oracle's policy in the unchanged model differs from the given one.
        TooLarge: more than 10 pairs of a node and a setting of the noise.

    >>> import cidmesa as cm
    >>> g = cm.cid("D -> Insurance -> U; D -> Fire; D -> Cost", decisions=["D"], utilities=["U", "Cost"])
    >>> m = cm.model(g, D=["burn", "not"], Insurance="D == 'burn'", Fire="D == 'burn'", U="3 * Insurance",
    ...              Cost="-(D == 'burn')")
    >>> [bool(intends_behaviourally(m, {"D": "burn"}, "D", node)) for node in ("Insurance", "Fire")]
    [True, False]
    """
    made = plan(model, policy, decision, ())
    names = (outcome,) if isinstance(outcome, str) else tuple(dict.fromkeys(outcome))
    nodes = [node for node in made.nodes if model.cid.kind(node) == "chance"]
    model.cid.indices(names)
    if not names or any(name not in nodes for name in names):
        return made.nothing(names, _SOURCE)
    adapts = oracle if oracle is not None else _steadfast(made)
    atoms = [(setting, node) for setting in range(len(made.noise)) for node in nodes]
    if len(atoms) > MAX_ATOMS:
        raise TooLarge(
            f"{len(nodes)} nodes in {len(made.noise)} settings of the noise make {len(atoms)} pairs, and "
            f"all subsets of at most {MAX_ATOMS} can be tried. Use intends."
        )
    if _differ(made, adapts(model)):
        raise NotApplicable(f"the oracle differs from the policy at {decision!r} in the model as it is.")
    minimal = list(_minimal(made, atoms, adapts))
    found = {
        s: (taken, other)
        for s in range(len(made.noise))
        for taken, other in minimal
        if all((s, name) in taken for name in names)
    }
    if not found:
        return made.nothing(names, _SOURCE)
    taken, other = found[min(found)]
    secured = made.shown(Secured(s, made.bits(n for t, n in taken if t == s)) for s in sorted({s for s, _ in taken}))
    value = made.noise.probability(sorted(found))
    return Intention(decision, names, value, made.goal(names), made.setting(min(found)), secured, other, (), _SOURCE)


def _minimal(
    made: Plan, atoms: list[tuple[int, str]], adapts: Callable[[Model], Policy]
) -> Iterator[tuple[frozenset[tuple[int, str]], Policy]]:
    """Yield the minimal collections that make the agent act otherwise, smaller ones first."""
    others: dict[tuple[tuple[int, str], ...], Policy] = {}

    def acts_otherwise(taken: tuple[tuple[int, str], ...]) -> bool:
        others[taken] = adapts(_secured(made, frozenset(taken)))
        return _differ(made, others[taken])

    for taken in minimal_sets(atoms, acts_otherwise):
        yield frozenset(taken), others[taken]


def _secured(made: Plan, taken: frozenset[tuple[int, str]]) -> Model:
    """Return the model with its noise drawn as a node, and with nodes secured as they are under the policy."""
    model, lots = made.model, made.noise
    chances: dict[State, Number] = dict(enumerate(lots.chance.tolist()))
    root = fresh_name(model.cid, "noise")
    specs, mechanisms = [Node(root)], dict[str, "Mechanism"]()
    mechanisms[root] = Lookup((), (((), chances),))
    for node in lots.fields:
        if model.cid.kind(node) == "chance":
            parents = (*model.cid.parents(node), root)
            specs.append(Node(node, parents=parents))
            mechanisms[node] = Lookup(parents, tuple(_rows(made, node, taken)))
    return model.revised(specs, mechanisms=mechanisms, domains={root: tuple(chances)})


def _rows(made: Plan, node: str, taken: frozenset[tuple[int, str]]) -> Iterator[tuple[tuple[State, ...], State]]:
    model, lots = made.model, made.noise
    for row, state in enumerate(node_settings(model.cid.parents(node), model.domains)):
        for setting in range(len(lots)):
            fixed = (setting, node) in taken
            place = made.natural[node][setting] if fixed else lots.fields[node][setting, row]
            yield (*state.values(), setting), model.domains[node][int(place)]


def _differ(made: Plan, other: Policy) -> bool:
    """Return whether the other policy does otherwise at the decision, in a context that occurs."""
    reached = weights(made.model.with_policy(made.policy), made.model.cid.parents(made.decision)) > 0
    rules = (made.policy[made.decision].values, other[made.decision].values)
    return bool((np.asarray(rules[0] != rules[1]).any(axis=-1) & np.asarray(reached, dtype=bool)).any())


def _steadfast(made: Plan) -> Callable[[Model], Policy]:
    """Return the oracle that keeps the policy while it is a best response of the decision's owner."""
    agent = str(made.model.cid.agent(made.decision))

    def adapts(model: Model) -> Policy:
        best = best_response(model, made.policy, agent)
        lost = best.value - expected_utility(model, made.policy, agent)
        return made.policy if lost <= (0 if model.exact else 1e-9) else made.policy.merged(best.policy)

    return adapts
