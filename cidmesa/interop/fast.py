"""pyAgrum's short declarations of variables: ``X{a|b}``, ``X[3]``, ``X[-1,1]``, ``X{1|5}``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cidmesa.errors import FormatError
from cidmesa.interop.reading import number
from cidmesa.modelling.numbers import as_number, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cidmesa.modelling.numbers import State

__all__ = ["fast_declaration", "fast_states"]

_DECLARED = re.compile(r"(?P<name>[^\[{]+)(?:\[(?P<range>[^\]]*)\]|\{(?P<list>[^}]*)\})?")
MAX_STATES = 2**20


def fast_states(text: str, at: str) -> tuple[str, tuple[State, ...]]:
    """Return name and states of a declaration; ``X`` alone has the states 0 and 1.

    Raises:
        FormatError: another form, such as a discretised variable.

    >>> fast_states("X{a|b}", "x.jgum"), fast_states("X[3]", "x.jgum"), fast_states("X[-1,1]", "x.jgum")
    (('X', ('a', 'b')), ('X', (0, 1, 2)), ('X', (-1, 0, 1)))

    """
    match = _DECLARED.fullmatch(text.strip())
    if match is None:
        raise FormatError(f"{at}: the variable {text[:60]!r} can't be read. Write it as X{{a|b}}, X[3] or X[1,4].")
    if match["list"] is not None:
        return match["name"], _listed(match["list"].split("|"))
    bounds = (match["range"] or "2").split(",")
    numbers = [as_number(number(bound.strip(), at)) for bound in bounds]
    low, high = (0, numbers[0] - 1) if len(numbers) == 1 else (numbers[0], numbers[-1])
    if len(numbers) > 2 or not (isinstance(low, int) and isinstance(high, int)):
        raise FormatError(f"{at}: the variable {text[:60]!r} is discretised or has steps, which is not read. "
                          "Declare its states as labels.")  # fmt: skip
    if not 0 <= high - low < MAX_STATES:
        raise FormatError(f"{at}: the variable {text[:60]!r} has {high - low + 1} states.")
    return match["name"], tuple(range(low, high + 1))


def _listed(labels: Sequence[str]) -> tuple[State, ...]:
    """Return labels as states; whole numbers where all are whole numbers."""
    if all(re.fullmatch(r"-?\d{1,18}", label) for label in labels):
        return tuple(map(int, labels))
    return tuple(labels)


def fast_declaration(name: str, states: Sequence[State], *, labels: bool = False) -> str:
    """Return the declaration of a variable; whole numbers in a row as a range, unless ``labels``.

    >>> fast_declaration("X", [0, 1]), fast_declaration("X", [3, 5]), fast_declaration("X", ["a", "b"])
    ('X[0,1]', 'X{3|5}', 'X{a|b}')
    """
    whole = [state for state in states if isinstance(state, int)]
    if not labels and len(whole) == len(states) and whole == list(range(whole[0], whole[0] + len(whole))):
        return f"{name}[{whole[0]},{whole[-1]}]"
    return f"{name}{{{'|'.join(map(show, states))}}}"
