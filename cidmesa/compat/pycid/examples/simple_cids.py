"""Small diagrams of one agent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cidmesa.compat.pycid.core.cpd import discrete_uniform, noisy_copy
from cidmesa.compat.pycid.examples.shapes import influence

if TYPE_CHECKING:
    from cidmesa.compat.pycid.core.cid import CID

__all__ = [
    "get_2dec_cid",
    "get_3node_cid",
    "get_5node_cid",
    "get_5node_cid_with_scaled_utility",
    "get_insufficient_recall_cid",
    "get_minimal_cid",
    "get_quantitative_voi_cid",
    "get_sequential_cid",
    "get_trim_example_cid",
]


def get_minimal_cid() -> CID:
    """Return a decision and a utility that is its value."""
    cid = influence("A -> B", "A", "B")
    cid.add_cpds(A=[0, 1], B=lambda A: A)
    return cid


def get_3node_cid() -> CID:
    """Return a decision that sees the state and is paid their product."""
    cid = influence("S -> D; S, D -> U", "D", "U")
    cid.add_cpds(S=discrete_uniform([-1, 1]), D=[-1, 1], U=lambda S, D: S * D)
    return cid


def get_5node_cid() -> CID:
    """Return a decision that is paid for being like each of two coins that it sees."""
    return _two_coins(1, 1)


def get_5node_cid_with_scaled_utility() -> CID:
    """Return the same with the payments 10 and 2."""
    return _two_coins(10, 2)


def _two_coins(first: int, second: int) -> CID:
    cid = influence("S1, S2 -> D; S1, D -> U1; S2, D -> U2", "D", "U1 U2")
    coin = discrete_uniform([0, 1])
    cid.add_cpds(S1=coin, S2=coin, D=[0, 1], U1=lambda S1, D: first * (S1 == D), U2=lambda S2, D: second * (S2 == D))
    return cid


def get_2dec_cid() -> CID:
    """Return two decisions of which the second sees what the first has led to."""
    cid = influence("S1 -> D1; S1, D1 -> S2; S2 -> D2; S2, D2 -> U", "D1 D2", "U")
    cid.add_cpds(S1=discrete_uniform([0, 1]), D1=[0, 1], D2=[0, 1])
    cid.add_cpds(S2=lambda S1, D1: int(S1 == D1), U=lambda S2, D2: int(S2 == D2))
    return cid


def get_quantitative_voi_cid() -> CID:
    """Return a decision that sees a state through noise and may abstain."""
    cid = influence("S -> X; X -> D; S, D -> U", "D", "U")
    cid.add_cpds(S=discrete_uniform([-1, 1]), D=[-1, 0, 1], U=lambda S, D: S * D)
    cid.add_cpds(X=lambda S: noisy_copy(S, probability=0.8, domain=[-1, 1]))
    return cid


def get_sequential_cid() -> CID:
    """Return two decisions of which the second can be settled without knowing the first, though it follows from it."""
    cid = influence("S1 -> D1; S1, D1 -> U1; D1 -> S2; S2 -> D2; S2, D2 -> U2", "D1 D2", "U1 U2")
    cid.add_cpds(S1=discrete_uniform([0, 1]), D1=[0, 1], D2=[0, 1], S2=lambda D1: D1)
    cid.add_cpds(U1=lambda S1, D1: int(S1 == D1), U2=lambda S2, D2: int(S2 == D2))
    return cid


def get_insufficient_recall_cid() -> CID:
    """Return two decisions that don't see each other and are paid their product."""
    cid = influence("A, B -> U", "A B", "U")
    cid.add_cpds(A=[0, 1], B=[0, 1], U=lambda A, B: A * B)
    return cid


def get_trim_example_cid() -> CID:
    """Return two decisions with observations that need not be made; without numbers."""
    text = "Y1, Z1 -> D1; Y1, D1 -> Y2; Z1 -> Z2; Y1, Y2, D1, Z1, Z2 -> D2; Y2, D2 -> U"
    return influence(text, "D1 D2", "U")
