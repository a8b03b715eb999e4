"""`unroll`: a diagram or model of few slices of time, written out for many."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, overload

from cidmesa.errors import DiagramError
from cidmesa.modelling.expression import Expression
from cidmesa.modelling.mechanism import Distribution, Formula, Lookup, Mechanism, Rows, Same, Tabulated
from cidmesa.modelling.model import Model, assemble
from cidmesa.modelling.numbers import show
from cidmesa.structure.diagram import CID, Node

if TYPE_CHECKING:
    from cidmesa.modelling.menu import Menu

__all__ = ["MAX_SLICES", "unroll"]

MAX_SLICES = 1_000
_NUMBERED = re.compile(r"(.*\D)(0|[1-9]\d*)", re.DOTALL)


@overload
def unroll(x: CID, slices: int) -> CID: ...


@overload
def unroll(x: Model, slices: int) -> Model: ...


def unroll(x: CID | Model, slices: int) -> CID | Model:
    """Return the diagram or model with as many slices of time, the last of which is repeated.

    A slice is the nodes whose names end in the same number: with ``S1``, ``D1``, ``S2``, ``D2`` there are two. What
    holds of the last slice k holds of each that follows, all numbers being raised: if ``S2`` reads ``S1`` and ``D1``,
    then ``S3`` reads ``S2`` and ``D2``. Kinds, owners, options, mechanisms and parameters stay, so a decision of the
    slice is a decision in each. Nodes without a number are there once; each slice may read them. `svg` draws the result
    in columns by ``layout="sliced"``.

    Source: two-slice networks (Dean and Kanazawa 1989), with decisions.

    Args:
        x: a diagram or model with at least two slices.
        slices: how many slices there are in the end, at most 1,000.

    Raises:
        DiagramError: fewer than two slices, gaps in the numbers, more slices than are asked for; a node without a
            number that reads a slice other than the first; a node that would read one that is not there, or one with
            other states than before.

    >>> import cidmesa as cm
    >>> g = cm.cid("S1 -> D1; S1, D1 -> U1; S1, D1 -> S2; S2 -> D2; S2, D2 -> U2", decisions=["D1", "D2"],
    ...            utilities=["U1", "U2"])
    >>> m = cm.model(g, S1=cm.uniform([0, 1]), D1=[0, 1], U1="S1 == D1", S2="S1 if D1 else 1 - S1", D2=[0, 1],
    ...              U2="S2 == D2")
    >>> long = unroll(m, 4)
    >>> long.cid.parents("S4"), str(long.mechanism("S4")), cm.solve(long).value
    (('S3', 'D3'), 'S3 if D3 else 1 - S3', Fraction(4, 1))
    >>> unroll(m, 2) == m, unroll(long, 9) == unroll(m, 9)
    (True, True)

    """
    if isinstance(x, CID):
        return CID((*x.specs, *(copy.node for copy in _Plan(x, slices).copies())))
    plan = _Plan(x.cid, slices)
    copies = list(plan.copies())
    plan.check_states(x)
    domains = {copy.node.name: x.domains[copy.of] for copy in copies if copy.of in x.domains}
    mechanisms = {c.node.name: _renamed(x.mechanisms[c.of], c.names) for c in copies if c.of in x.mechanisms}
    menus = {c.node.name: _menu_renamed(x.menus[c.of], c.names) for c in copies if c.of in x.menus}
    return assemble(
        CID((*x.cid.specs, *(copy.node for copy in copies))),
        {**x.domains, **domains},
        {**x.mechanisms, **mechanisms},
        x.parameters,
        menus={**x.menus, **menus},
        symbolic=x.symbolic,
    )


class _Copy(NamedTuple):
    """A node of an added slice, the one that it repeats, and what all nodes are called in that slice."""

    node: Node
    of: str
    names: Mapping[str, str]


@dataclass(frozen=True)
class _Plan:
    """What is repeated how often: ``wanted`` slices of a diagram in the end."""

    cid: CID
    wanted: int

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The slice of each node that is in one."""
        found = {name: _NUMBERED.fullmatch(name) for name in self.cid.nodes}
        return {name: int(match[2]) for name, match in found.items() if match}

    @property
    def first(self) -> int:
        return min(self.numbers.values())

    @property
    def last(self) -> int:
        return max(self.numbers.values())

    def shifted(self, name: str, step: int) -> str:
        """Return the name of the node in a slice ``step`` later."""
        return name.removesuffix(str(self.numbers[name])) + str(self.numbers[name] + step)

    def repeated(self) -> Iterator[Node]:
        """Yield the nodes of the last slice."""
        return (spec for spec in self.cid.specs if self.numbers.get(spec.name) == self.last)

    def copies(self) -> Iterator[_Copy]:
        """Yield the nodes of the slices that are added.

        Raises:
            DiagramError: the last slice cannot be repeated.
        """
        self._check()
        for step in range(1, self.first + self.wanted - self.last):
            names = {name: self.shifted(name, step) for name in self.numbers}
            for spec in self.repeated():
                parents, offers = (tuple(names.get(p, p) for p in some) for some in (spec.parents, spec.offers))
                yield _Copy(replace(spec, name=names[spec.name], parents=parents, offers=offers), spec.name, names)

    def _check(self) -> None:
        """Raise DiagramError where the last slice cannot be repeated."""
        slices = sorted(set(self.numbers.values()))
        if len(slices) < 2:
            raise DiagramError(
                "to unroll, write two slices: nodes whose names end in a number, such as S1 and S2, the second with "
                "what it reads of the first."
            )
        if missing := [n for n in range(self.first, self.last) if n not in slices]:
            raise DiagramError(f"the slices go from {self.first} to {self.last}, but no name ends in {missing[0]}.")
        wanted: object = self.wanted
        if not isinstance(wanted, int) or not len(slices) <= wanted <= MAX_SLICES:
            raise DiagramError(
                f"slices={wanted!r} cannot be. There are {len(slices)} already; give a number from "
                f"{len(slices)} to {MAX_SLICES:,}."
            )
        for spec in self.cid.specs:
            for parent in spec.parents:
                self._check_link(spec.name, parent)

    def _check_link(self, node: str, parent: str) -> None:
        if parent not in self.numbers:
            return
        if node not in self.numbers and self.numbers[parent] != self.first:
            raise DiagramError(
                f"{node!r} is there once, but reads {parent!r} of a slice that is repeated. Give it a number, so that "
                "it is there in each slice.",
                node=node,
            )
        raised = self.shifted(parent, 1)
        if self.numbers.get(node) == self.last > self.numbers[parent] and raised not in self.cid:
            raise DiagramError(
                f"{node!r} reads {parent!r}, so {self.shifted(node, 1)!r} would read {raised!r}, which is not there. "
                f"Add {raised!r}, or take the number off {parent!r} if all slices read it.",
                node=node,
            )

    def check_states(self, model: Model) -> None:
        """Raise DiagramError where a node would read one that has other states than the one that it reads now."""
        for spec in self.repeated():
            for parent in spec.parents:
                before = self.numbers.get(parent, self.last) < self.last
                later = self.shifted(parent, 1) if before else parent
                if model.domains[parent] != model.domains[later]:
                    states = (", ".join(map(show, model.domains[name])) for name in (later, parent))
                    raise DiagramError(
                        f"{self.shifted(spec.name, 1)!r} would read {later!r}, whose states ({next(states)}) are not "
                        f"those of {parent!r} ({next(states)}), which {spec.name!r} reads. Declare the same states.",
                        node=spec.name,
                    )


def _menu_renamed(menu: Menu, names: Mapping[str, str]) -> Menu:
    return replace(menu, parents=tuple(names.get(parent, parent) for parent in menu.parents))


def _renamed(mechanism: Mechanism, names: Mapping[str, str]) -> Mechanism:
    """Return the mechanism with other names of nodes."""

    def parents(given: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(names.get(name, name) for name in given)

    match mechanism:
        case Distribution(outcomes):
            chances = ((s, p.renamed(names) if isinstance(p, Expression) else p) for s, p in outcomes)
            return Distribution(tuple(chances))
        case Same(parent):
            return Same(names.get(parent, parent))
        case Formula(expression):
            return Formula(expression.renamed(names))
        case Rows(given, rows):
            return Rows(parents(given), tuple((pattern, _renamed(outcome, names)) for pattern, outcome in rows))
        case Tabulated():
            return Tabulated(mechanism.array, parents(mechanism.parents), mechanism.axes)
        case Lookup(given, values):
            return Lookup(parents(given), values)
    return mechanism
