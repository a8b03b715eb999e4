"""Names for nodes that an algorithm adds."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container

__all__ = ["fresh_name"]


def fresh_name(taken: Container[str], wanted: str) -> str:
    """Return ``wanted``, with primes added while the name is taken.

    >>> fresh_name(["X", "X'"], "X")
    "X''"
    """
    return wanted if wanted not in taken else fresh_name(taken, f"{wanted}'")
