"""Policies that confirm the beliefs that make them optimal: equilibria of one agent whose model may be wrong."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from math import log
from typing import TYPE_CHECKING

from cidmesa.display import Displays, named
from cidmesa.errors import NotApplicable, TooLarge
from cidmesa.frozen import Frozen
from cidmesa.modelling.inference import weights
from cidmesa.modelling.model import known_model
from cidmesa.solving.optimal.solution import solve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.policy import Policy

__all__ = ["SelfConfirmed", "self_confirming"]

MAX_POLICIES = 5_000
_CLOSE = 1e-12  # up to which two divergences are the same


@dataclass(frozen=True, repr=False)
class SelfConfirmed(Frozen, Displays):
    """A policy with the ``beliefs`` that make it optimal and that, of all beliefs, best fit its consequences.

    ``divergence``: the Kullback-Leibler divergence, in nats, of the truth from the beliefs; 0 if they are right.
    Source: `self_confirming`.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("D -> U", decisions=["D"], utilities=["U"]), D=[0, 1], U="D")
    >>> self_confirming({"right": m}, m)[0].divergence
    0.0
    """

    policy: Policy
    beliefs: tuple[str, ...]
    divergence: float

    def __repr__(self) -> str:
        return named(self, f"{self.policy}; confirms {', '.join(self.beliefs)}")


def self_confirming(beliefs: Mapping[str, Model], truth: Model) -> tuple[SelfConfirmed, ...]:
    r"""Return the pure policies that are optimal under a belief that best fits the policy's own consequences.

    Let :math:`K(\pi)` be the models k in ``beliefs`` with the least divergence
    :math:`\sum_v P^\pi(v) \log (P^\pi(v) / P_k^\pi(v))` over all chance nodes, where P is the truth. A policy is
    self-confirming iff it is optimal in some model of :math:`K(\pi)`. Beliefs that mix several models of :math:`K(\pi)`
    are not tried. A wrong set of models may confirm policies that are not truly optimal.
    Source: the notion is Esponda and Pouzo's (Berk-Nash equilibrium); for misaligned agents Xu et al. 2026.

    Args:
        beliefs: name -> a model that the agent can have.
        truth: the world as it is, with the same nodes.

    Raises:
        NotApplicable: there is no belief, or a belief has other nodes or states than the truth.
        TooLarge: more than 5,000 optimal policies of a belief.

    >>> import cidmesa as cm
    >>> m = cm.load("xu2026/flattery").model
    >>> beliefs = {b: m.substitute(b=b) for b in ("2/5", "1/2", "11/20")}
    >>> self_confirming(beliefs, m.substitute(real=1))
    (SelfConfirmed(D: honest; confirms 2/5), SelfConfirmed(D: flatter; confirms 11/20))

    """
    truth = known_model(truth, "self_confirming")
    if not beliefs:
        raise NotApplicable("give at least one model that the agent can have: {'b': model}.")
    for name, model in beliefs.items():
        if model.cid != truth.cid or (model.domains, model.menus) != (truth.domains, truth.menus):
            raise NotApplicable(f"the belief {name!r} has other nodes, links or states than the truth.")
    optimal = {name: _optimal(name, model) for name, model in beliefs.items()}
    found = {}
    for policy in dict.fromkeys(policy for policies in optimal.values() for policy in policies):
        fits = {name: _divergence(truth, model, policy) for name, model in beliefs.items()}
        least = min(fits.values())
        confirmed = tuple(n for n, fit in fits.items() if fit <= least + _CLOSE and policy in optimal[n])
        if confirmed:
            found[policy] = SelfConfirmed(policy, confirmed, least)
    return tuple(found.values())


def _optimal(name: str, model: Model) -> tuple[Policy, ...]:
    found = tuple(islice(solve(model).optimal_policies(), MAX_POLICIES + 1))
    if len(found) > MAX_POLICIES:
        raise TooLarge(f"more than {MAX_POLICIES} policies are optimal by the belief {name!r}. Break ties.")
    return found


def _divergence(truth: Model, believed: Model, policy: Policy) -> float:
    """Return the divergence of the truth from what is believed, over all nodes except utilities."""
    nodes = [node for node in truth.cid.nodes if truth.cid.kind(node) != "utility"]
    actual, thought = (weights(m.with_policy(policy), nodes).ravel() for m in (truth, believed))
    if any(p and not q for p, q in zip(actual, thought, strict=True)):
        return float("inf")
    if all(p == q for p, q in zip(actual, thought, strict=True)):
        return 0.0
    return sum(float(p) * log(p / q) for p, q in zip(actual, thought, strict=True) if p)
