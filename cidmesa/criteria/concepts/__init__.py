"""The incentives that tables show as columns, each a record in its own file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cidmesa.criteria.concepts.ici import ICI, admits_ici
from cidmesa.criteria.concepts.impact import IMPACT, admits_impact
from cidmesa.criteria.concepts.ri import RI, admits_ri
from cidmesa.criteria.concepts.voc import VOC, admits_voc
from cidmesa.criteria.concepts.voi import VOI, admits_voi
from cidmesa.display import aligned
from cidmesa.errors import NotApplicable, near_miss

if TYPE_CHECKING:
    from cidmesa.criteria.ground import Concept

__all__ = [
    "CONCEPTS",
    "ICI",
    "IMPACT",
    "RI",
    "VOC",
    "VOI",
    "admits_ici",
    "admits_impact",
    "admits_ri",
    "admits_voc",
    "admits_voi",
    "concept",
    "meanings",
    "spelt_out",
]

CONCEPTS: dict[str, Concept] = {record.key: record for record in (VOI, VOC, RI, ICI, IMPACT)}


def concept(key: str) -> Concept:
    """Return the concept with this key.

    Raises:
        NotApplicable: the key is unknown.

    >>> concept("ri").name
    'response incentive'
    """
    if key not in CONCEPTS:
        known = ", ".join(CONCEPTS)
        raise NotApplicable(f"there is no incentive concept {key!r}.{near_miss(key, CONCEPTS)} Known are: {known}.")
    return CONCEPTS[key]


def meanings(used: Iterable[str]) -> dict[str, str]:
    """Return what each of the concepts in ``used`` stands for and means, in the order of `CONCEPTS`."""
    wanted = set(used)
    return {key: f"{record.name}: {record.meaning}" for key, record in CONCEPTS.items() if key in wanted}


def spelt_out(used: Iterable[str]) -> str:
    """Return `meanings` as lines of text.

    >>> print(spelt_out(["ri", "ici"]))
    ri   response incentive: every optimal policy responds to the node
    ici  instrumental control incentive: the agent gets utility by steering the node
    """
    return aligned(list(meanings(used).items()))
