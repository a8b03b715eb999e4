"""What frozen records hold: mappings that cannot be written to, tuples, frozen sets."""

from __future__ import annotations

from operator import is_
from typing import Any, NoReturn, TypeVar

__all__ = ["Frozen", "FrozenDict", "frozen"]

K = TypeVar("K")
V = TypeVar("V")


class FrozenDict(dict[K, V]):
    """A dict that cannot be changed: it equals the dict with the same items, and hashes where its values do.

    ``|`` gives a dict that can be changed.

    >>> domains = FrozenDict(S=("a", "b"))
    >>> domains == {"S": ("a", "b")}, domains | {"D": (0, 1)}
    (True, {'S': ('a', 'b'), 'D': (0, 1)})
    >>> domains["S"] = ()
    Traceback (most recent call last):
    TypeError: a mapping of a frozen value cannot be changed. dict(...) of it can.
    """

    __slots__ = ()

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("a mapping of a frozen value cannot be changed. dict(...) of it can.")

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse

    def __hash__(self) -> int:  # type: ignore[override]  # a dict has none
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[Any, ...]:
        return FrozenDict, (dict(self),)


_PLAIN: set[type] = {str, int, float, bool, type(None), FrozenDict, frozenset}
"""Types whose values are kept as they are; further ones are added when they are met."""


class Frozen:
    """Mixin for frozen dataclasses: what their fields hold is frozen, too (`frozen`)."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:  # type: ignore[attr-defined]  # a dataclass
            value = getattr(self, name)
            if type(value) not in _PLAIN and (kept := frozen(value)) is not value:
                object.__setattr__(self, name, kept)


def frozen(value: Any) -> Any:
    """Return a value with all dicts, lists and sets in it, however deep, as `FrozenDict`, tuples and frozen sets.

    >>> frozen({"A": ["S", {0: [1]}]})
    {'A': ('S', {0: (1,)})}
    """
    kind = type(value)
    if kind in _PLAIN:
        return value
    if isinstance(value, dict) and not isinstance(value, FrozenDict):
        plain = _PLAIN.issuperset(map(type, value.values()))
        return FrozenDict(value if plain else {k: frozen(v) for k, v in value.items()})
    if isinstance(value, list) or kind is tuple:
        parts = tuple(value) if _PLAIN.issuperset(map(type, value)) else tuple(map(frozen, value))
        return value if kind is tuple and all(map(is_, parts, value)) else parts
    if isinstance(value, set):
        return frozenset(value)
    _PLAIN.add(kind)
    return value
