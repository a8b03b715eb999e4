"""Effects of interventions on expectations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cidmesa.compat.pycid.core.causal_bayesian_network import CausalBayesianNetwork

__all__ = ["introduced_total_effect", "total_effect"]


def total_effect(cid: CausalBayesianNetwork, a: str, x: str, a0: Any = 0, a1: Any = 1) -> float:
    """Return E[x given do(a = a1)] - E[x given do(a = a0)]."""
    after, before = (cid.expected_value([x], {}, intervention={a: value})[0] for value in (a1, a0))
    return after - before


def introduced_total_effect(
    cid: CausalBayesianNetwork, a: str, d: str, y: str, a0: Any = 0, a1: Any = 1, adapt_marginalized: bool = True
) -> float:
    """Return how much greater the effect of ``a`` is on ``d`` than on ``y``.

    ``adapt_marginalized``: where the effect on ``y`` is negative, both are taken with the other sign.
    """
    on_d, on_y = total_effect(cid, a, d, a0, a1), total_effect(cid, a, y, a0, a1)
    return on_y - on_d if on_y < 0 and adapt_marginalized else on_d - on_y
