"""What frozen records hold: mappings that cannot be written to, tuples, frozen sets; what was made of them last."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from operator import is_
from typing import Any, Generic, NoReturn, TypeVar

__all__ = ["AT_ONCE", "Frozen", "FrozenDict", "Once", "Recent", "collect_seldom", "frozen", "key_of"]

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


def collect_seldom() -> None:
    """Let Python look for cycles of garbage seldom; a process that does nothing else is then about 8 % faster.

    Frozen values are made in order, so few of them are in cycles.
    """
    gc.set_threshold(20_000, 20, 20)


class Frozen:
    """Mixin for frozen dataclasses: what their fields hold is frozen, too (`frozen`)."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:  # type: ignore[attr-defined]  # a dataclass
            value = getattr(self, name)
            if type(value) not in _PLAIN and (kept := frozen(value)) is not value:
                object.__setattr__(self, name, kept)

    def __getstate__(self) -> dict[str, Any]:
        """Return the fields, without what was worked out from them and kept."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}  # type: ignore[attr-defined]


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


def key_of(value: Any) -> tuple[Any, str]:
    """Return a value, frozen, with its text, which tells apart equal values of different types, such as 1/2 and 0.5.

    >>> key_of({"p": 1}) == key_of({"p": 1.0})
    False
    """
    return frozen(value), repr(value)


class Recent(Generic[V]):
    """The last values that were made of frozen parts, found by the parts themselves: no part is compared or hashed.

    >>> recent, parts = Recent[list[int]](), ("a", "b")
    >>> recent.of(parts, list) is recent.of(parts, list)
    True
    """

    MOST = 16

    def __init__(self) -> None:
        self._made: dict[tuple[int, ...], tuple[object, V]] = {}

    def of(self, parts: tuple[object, ...], make: Callable[[], V]) -> V:
        """Return the value that was made of these parts, else what ``make`` returns."""
        key = tuple(map(id, parts))
        if (known := self._made.get(key)) is not None:
            return known[1]
        if len(self._made) == self.MOST:
            del self._made[next(iter(self._made))]
        made = make()
        self._made[key] = parts, made  # the parts are held, so that their ids stay their own
        return made


@dataclass(frozen=True, eq=False)
class Once:
    """Makes things of ``owner`` at values of parameters, each at once; but where values are traced, each of them once.

    A traced value (`cidmesa.symbolic.traced`) has a ``trace``, which says whether what was made at one point is right
    at another one. What is made must not change, nor keep what is worked out later by comparisons; if it does, ``anew``
    returns a copy of it that has nothing kept. ``alone``: whether owner, prefix and words say all that a thing is made
    of: then only the comparisons that are made meanwhile count.

    >>> Once({"p": 1}).within("of all")("sum", lambda: 1 + 1)
    2
    """

    values: Mapping[str, Any]
    owner: object = None
    anew: Callable[[Any], Any] | None = None
    alone: bool = False
    prefix: tuple[object, ...] = ()

    def within(self, *prefix: object) -> Once:
        """Return the same for things that more words tell apart."""
        return replace(self, prefix=(*self.prefix, *prefix)) if self.keeps else self

    @property
    def keeps(self) -> bool:
        """Whether what is made is kept for other points."""
        return self._trace is not None

    def __call__(self, what: object, make: Callable[[], V]) -> V:
        """Return what ``make`` makes; ``what`` says, with owner and values, what that is."""
        if self._trace is None:
            return make()
        made: V = self._trace.once((*self._key, what), make, self.owner, alone=self.alone)
        return made if self.anew is None else self.anew(made)

    @cached_property
    def _trace(self) -> Any:
        return next((value.trace for value in self.values.values() if _traced(value)), None)

    @cached_property
    def _key(self) -> tuple[object, ...]:
        values = ((name, str(value) if _traced(value) else value) for name, value in self.values.items())
        return id(self.owner), *values, self.prefix


AT_ONCE = Once({})


def _traced(value: object) -> bool:
    return getattr(value, "ordered", False) is True
