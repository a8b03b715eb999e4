"""Diagrams of one agent from papers (Everitt et al. 2019, 2021; Ashurst et al. 2022); most without numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cidmesa.compat.pycid.core.cpd import discrete_uniform
from cidmesa.compat.pycid.examples.shapes import influence

if TYPE_CHECKING:
    from cidmesa.compat.pycid.core.cid import CID

__all__ = [
    "get_car_accident_predictor",
    "get_content_recommender",
    "get_content_recommender2",
    "get_fitness_tracker",
    "get_grade_predictor",
    "get_introduced_bias",
    "get_modified_content_recommender",
]


def get_introduced_bias() -> CID:
    """Return a predictor D of Y that sees X, through which the sensitive A comes in (Ashurst et al. 2022)."""
    cid = influence("A, Z -> X; Z, X -> Y; X -> D; D, Y -> U", "D", "U")
    coin = discrete_uniform([0, 1])
    cid.add_cpds(A=coin, Z=coin, X=lambda A, Z: A * Z, Y=lambda X, Z: X + Z, D=[0, 1], U=lambda D, Y: -((D - Y) ** 2))
    return cid


def get_fitness_tracker() -> CID:
    """Return an agent that counts steps on a tracker whose firmware it may not know (Everitt et al. 2019)."""
    text = "TD -> TF; TF, P -> SC; EF, SC -> EWD; TF, EWD, SC -> C; C, P -> F; P -> D"
    return influence(text, "C", "F")


def get_car_accident_predictor() -> CID:
    """Return an insurer's predictor of accidents (Everitt et al. 2021)."""
    text = "B -> N; N, M -> AP; N -> P; Age -> Adt; P, Adt -> Race; Race, AP -> Accu"
    return influence(text, "AP", "Accu")


def get_content_recommender() -> CID:
    """Return a recommender of posts paid by clicks (Everitt et al. 2021)."""
    return influence("O -> M; M -> P; O, P -> I; I, P -> C", "P", "C")


def get_content_recommender2() -> CID:
    """Return the recommender whose influence does not depend on the original opinions."""
    return influence("O -> M; M -> P; P -> I; I, P -> C", "P", "C")


def get_modified_content_recommender() -> CID:
    """Return the recommender paid by clicks that a model of the original opinions predicts."""
    return influence("O -> M; M -> P; O, P -> I; M, P -> C", "P", "C")


def get_grade_predictor() -> CID:
    """Return a predictor of grades (Everitt et al. 2021)."""
    return influence("R -> HS; HS -> E; E -> Gr; HS, Ge -> P; Gr, P -> Ac", "P", "Ac")
