"""Links as lines of text, and games from their payoff tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cidmesa.compat.pycid.core.cid import CID
from cidmesa.compat.pycid.core.macid import MACID
from cidmesa.structure.build import cid as from_text

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

__all__ = ["game", "influence", "links", "two_players"]


def links(text: str) -> list[tuple[str, str]]:
    """Return the links that a line of text lists.

    >>> links("S -> D; S, D -> U")
    [('S', 'D'), ('S', 'U'), ('D', 'U')]
    """
    return list(from_text(text).edges)


def influence(text: str, decisions: str, utilities: str) -> CID:
    """Return the diagram of one agent with these links, decisions and utilities, all as text."""
    return CID(links(text), decisions.split(), utilities.split())


def game(text: str, decisions: Mapping[Hashable, str], utilities: Mapping[Hashable, str]) -> MACID:
    """Return the game with these links, and for each agent its decisions and utilities as text."""
    owned, gains = ({agent: names.split() for agent, names in given.items()} for given in (decisions, utilities))
    return MACID(links(text), owned, gains)


def two_players(
    first: Sequence[Sequence[float]],
    second: Sequence[Sequence[float]],
    options: Sequence[Sequence[Any]] = ((0, 1), (0, 1)),
    agents: tuple[Hashable, Hashable] = (1, 2),
    *,
    observed: bool = False,
) -> MACID:
    """Return the game D1 against D2 with payoffs by row (D1) and column (D2); ``observed``: D2 sees D1."""
    text = "D1, D2 -> U1; D1, D2 -> U2" + ("; D1 -> D2" if observed else "")
    macid = game(text, dict(zip(agents, ("D1", "D2"), strict=True)), dict(zip(agents, ("U1", "U2"), strict=True)))
    rows, columns = map(list, options)
    payoffs = {name: _payoff(table, rows, columns) for name, table in (("U1", first), ("U2", second))}
    macid.add_cpds(D1=rows, D2=columns, **payoffs)
    return macid


def _payoff(table: Sequence[Sequence[float]], rows: list[Any], columns: list[Any]) -> Callable[[Any, Any], float]:
    def payoff(D1: Any, D2: Any) -> float:
        return table[rows.index(D1)][columns.index(D2)]

    return payoff
