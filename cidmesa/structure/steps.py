"""Steps of a reduction: which rule removed which information links, and what shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Rule", "Step", "braces"]

Rule = Literal["R0", "R1", "R2", "R3"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a reduction: the rule, the information links that it removed, and the nodes that show it.

    ``given``: for R0 and R1 a set that separates the removed observations from the utilities, for R2 the chance nodes
    whose links go, for R3 the order of decisions without forgetting.
    """

    rule: Rule
    links: tuple[tuple[str, str], ...]
    given: tuple[str, ...]
    reason: str


def braces(nodes: Iterable[str]) -> str:
    """Return the names in braces.

    >>> braces(["A", "B"])
    '{A, B}'
    """
    return f"{{{', '.join(nodes)}}}"
