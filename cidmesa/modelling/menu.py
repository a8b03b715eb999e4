"""Menus: which options a decision has in which context, for decisions that lack some options in some contexts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.errors import ModelError, concerning, wrong_type
from cidmesa.frozen import Frozen
from cidmesa.modelling.mechanism import matches
from cidmesa.modelling.numbers import Array, State, as_name, as_state, setting_text, show
from cidmesa.modelling.shorthand import pattern_of
from cidmesa.modelling.tabulation import Table, node_settings

if TYPE_CHECKING:
    from cidmesa.structure.diagram import CID, Node

__all__ = ["Menu", "Offers", "check_shared", "menu", "menu_of"]


@dataclass(frozen=True, eq=False, repr=False)
class Menu:
    """The options of a decision by context; ``mask`` has an axis for each parent that matters, and the options last."""

    parents: tuple[str, ...]
    domains: tuple[tuple[State, ...], ...]
    options: tuple[State, ...]
    mask: Array

    def __post_init__(self) -> None:
        self.mask.flags.writeable = False

    def at(self, context: Mapping[str, State]) -> tuple[State, ...]:
        """Return the options of a context."""
        place = tuple(d.index(as_state(context[p])) for p, d in zip(self.parents, self.domains, strict=True))
        return tuple(option for option, there in zip(self.options, self.mask[place], strict=True) if there)

    def rows(self) -> Iterator[tuple[tuple[State, ...], tuple[State, ...]]]:
        """Yield each setting of the parents with its options."""
        for setting in product(*self.domains):
            yield setting, self.at(dict(zip(self.parents, setting, strict=True)))

    def lines(self) -> list[str]:
        """Return a line of text for each setting of the parents."""
        where = (setting_text(zip(self.parents, setting, strict=True)) for setting, _ in self.rows())
        there = (", ".join(map(show, options)) for _, options in self.rows())
        return list(map(": ".join, zip(where, there, strict=True)))

    def over(self, parents: Sequence[str]) -> Array:
        """Return the mask with an axis for each of ``parents``, of length 1 where the parent does not matter."""
        axes = [self.parents.index(parent) for parent in parents if parent in self.parents]
        missing = tuple(axis for axis, parent in enumerate(parents) if parent not in self.parents)
        return np.expand_dims(self.mask.transpose([*axes, len(axes)]), missing)

    def check_chosen(self, decision: str, table: Table, domains: Mapping[str, tuple[State, ...]]) -> None:
        """Raise ModelError if a table ``P(decision | parents)`` gives positive probability to a missing option."""
        names = tuple(dict.fromkeys((*table.variables[:-1], *self.parents)))
        missing = tuple(axis for axis, name in enumerate(names) if name not in table.variables)
        order = [table.variables.index(name) for name in names if name in table.variables]
        values = np.expand_dims(table.values.transpose([*order, table.values.ndim - 1]), missing)
        wrong = np.argwhere(np.asarray(values != 0, dtype=bool) & ~self.over(names))
        if len(wrong):
            *place, option = map(int, wrong[0])
            context = {name: domains[name][k] for name, k in zip(names, place, strict=True) if name in self.parents}
            raise ModelError(
                f"{show(self.options[option])!r} is not an option of {decision!r}{setting_text(context, ' at ')}. "
                f"The options there are: {', '.join(map(show, self.at(context)))}.",
                node=decision,
            )

    @property
    def shares(self) -> Array:
        """The probability of each option under a uniform choice among the available ones; Fractions."""
        there = self.mask.astype(int).astype(np.object_)
        return np.asarray(there * Fraction(1) / there.sum(axis=-1, keepdims=True))

    def place(self, parents: Sequence[str]) -> tuple[object, ...]:
        """Return a value that menus of decisions with these ``parents`` share iff they offer the same positions."""
        return tuple(parents.index(parent) for parent in self.parents), tuple(self.mask.ravel().tolist())

    def key(self) -> tuple[object, ...]:
        """Return a hashable value that is equal for equal menus, regardless of the order of the parents."""
        return Table((*self.parents, ""), self.mask).key()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Menu) and (self.options, self.key()) == (other.options, other.key())

    def __hash__(self) -> int:
        return hash(self.key())

    def __repr__(self) -> str:
        return f"Menu({'; '.join(self.lines())})"


@dataclass(frozen=True)
class Offers(Frozen):
    """A user's description of the options of a decision: ``at`` returns those of a context."""

    at: Callable[[Mapping[str, State]], Sequence[object]]
    parents: tuple[str, ...] | None = None


def menu(rows: Sequence[Sequence[object]], parents: Sequence[str]) -> Offers:
    """Return the options of a decision by context, from rows ``[value of parent 1, ..., [options]]``.

    The first row that matches holds. A pattern cell is a value, a list of values, or ``"*"`` for any, as in `table`. An
    empty list is for contexts that cannot occur. `model` also accepts a function of the decision's parents that returns
    a list of options. Solvers choose among the options of each context; a policy that takes another one is an error.

    Source: the standard definition of a game in extensive form, in which each information set has its own actions.

    Args:
        rows: the rows, most specific first.
        parents: the observations for the cells of a row, in order.

    Raises:
        ModelError: a row has the wrong length or no list of options.

    >>> import cidmesa as cm
    >>> g = cm.cid("Cards -> D; Cards, D -> U", decisions=["D"], utilities=["U"])
    >>> options = cm.menu([["pair", ["stay", "split"]], ["*", ["stay"]]], ["Cards"])
    >>> m = cm.model(g, Cards=cm.uniform(["pair", "none"]), D=options, U="3 if D == 'split' else 1")
    >>> m.options("D", Cards="none"), cm.solve(m).value
    (('stay',), Fraction(2, 1))

    """
    names = tuple(parents)
    if not isinstance(rows, Iterable):
        raise ModelError(wrong_type("menu", "rows", rows, "Give a list of rows [value of parent 1, ..., [options]]."))
    checked = [_row(number, row, names) for number, row in enumerate(rows, 1)]

    def at(context: Mapping[str, State]) -> Sequence[object]:
        values = [context[name] for name in names]
        for pattern, options in checked:
            if all(map(matches, pattern, values)):
                return options
        shown = setting_text(zip(names, values, strict=True))
        raise ModelError(f"no row covers {shown}. Add one, or close with a row of '*'.")

    return Offers(at, names)


def _row(number: int, row: Any, parents: tuple[str, ...]) -> tuple[tuple[Any, ...], Sequence[object]]:
    if (
        isinstance(row, str)
        or not isinstance(row, Sequence)
        or len(row) != len(parents) + 1
        or not isinstance(row[-1], list | tuple)
    ):
        raise ModelError(
            f"row {number} needs {len(parents)} values for {', '.join(parents)} and a list of options, not {row!r}."
        )
    return tuple(map(pattern_of, row[:-1])), row[-1]


def menu_of(
    spec: Node,
    given: Menu | Offers,
    declared: tuple[State, ...] | None,
    known: Mapping[str, tuple[State, ...]],
) -> tuple[tuple[State, ...], Menu | None]:
    """Return the options of a decision over all contexts, and its menu, or ``None`` if it has all options everywhere.

    ``declared``: the options in their order, if known; ``known``: the states of the parents. Contexts without an option
    are left empty.

    Raises:
        ModelError: options depend on what is not observed, an option is unknown, or one exists in no context.
    """
    if isinstance(given, Menu):
        return given.options, _kept(spec, given, known)
    parents = spec.parents if given.parents is None else given.parents
    if unseen := [parent for parent in parents if parent not in spec.parents]:
        raise _unseen(spec, unseen[0])
    with concerning(node=spec.name):
        rows = [tuple(map(as_name, given.at(setting))) for setting in node_settings(parents, known)]
    options = tuple(dict.fromkeys(option for row in rows for option in row))
    if declared is not None and set(declared) != set(options):
        odd = next(option for option in (*options, *declared) if option not in declared or option not in options)
        what = "exists in no context" if odd in declared else f"is not among {', '.join(map(show, declared))}"
        raise ModelError(f"the option {show(odd)!r} of {spec.name!r} {what}.", node=spec.name)
    if not options:
        raise ModelError(f"decision {spec.name!r} has no options. List them, for example {spec.name}=[0, 1].")
    options = declared or options
    shape = (*(len(known[parent]) for parent in parents), len(options))
    mask = np.array([option in row for row in rows for option in options], dtype=bool).reshape(shape)
    return options, _smallest(Menu(parents, tuple(known[parent] for parent in parents), options, mask))


def _kept(spec: Node, given: Menu, known: Mapping[str, tuple[State, ...]]) -> Menu:
    """Return the menu of a decision in another diagram, in which it must observe the same states of the same nodes."""
    for parent, domain in zip(given.parents, given.domains, strict=True):
        if parent not in spec.parents:
            raise _unseen(spec, parent)
        if known[parent] != domain:
            raise ModelError(
                f"the options of {spec.name!r} depend on {parent!r}, whose states have changed. Give the options anew.",
                node=spec.name,
            )
    return given


def _unseen(spec: Node, parent: str) -> ModelError:
    return ModelError(
        f"the options of {spec.name!r} depend on {parent!r}, which it does not observe. Link it, or list the options.",
        node=spec.name,
    )


def _smallest(given: Menu) -> Menu | None:
    """Return the menu over the parents that make a difference, ``None`` if every context has all options."""
    mask, kept = given.mask, list(range(len(given.parents)))
    for axis in reversed(range(len(given.parents))):
        first = mask.take([0], axis=axis)
        if (mask == first).all():
            mask = first.squeeze(axis)
            kept.remove(axis)
    if mask.all():
        return None
    return Menu(tuple(given.parents[k] for k in kept), tuple(given.domains[k] for k in kept), given.options, mask)


def check_shared(cid: CID, domains: Mapping[str, tuple[State, ...]], menus: Mapping[str, Menu]) -> None:
    """Raise ModelError if decisions that share a rule differ in their options or in the states that they observe."""
    for group in cid.shared_rules:
        seen = ((d, cid.parents(d)) for d in group)
        shapes = {(domains[d], tuple(map(domains.get, own)), d in menus and menus[d].place(own)) for d, own in seen}
        if len(shapes) > 1:
            raise ModelError(f"{', '.join(group)} cannot share a rule: their options or observations differ.")
