"""The rules that remove information links, on nets: R0 for all decisions at once, R2, R3; R1 stands in `closing`.

What each rule says and why it is sound stands in `reduction`, which applies them to diagrams.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial, reduce
from operator import or_
from typing import TYPE_CHECKING, TypeAlias

from cidmesa.structure.deterministic_closure import closed
from cidmesa.structure.relevance import solubility
from cidmesa.structure.verdict import Removal, Step, braces

if TYPE_CHECKING:
    from cidmesa.structure.numbered import IntLink, Net

__all__ = ["Reduced", "applied", "reduced_by_all", "sandwiched", "without_nonrequisite"]

Reduced: TypeAlias = "tuple[Net, tuple[Removal, ...]]"


# --- how rules are applied ---------------------------------------------------------------------------------------


def reduced_by_all(net: Net) -> Reduced:
    """Return the net that the rules R0 to R3 leave, with what they remove.

    >>> from cidmesa import cid
    >>> _, gone = reduced_by_all(cid("D1 -> D2; D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"]).net)
    >>> [removal.step.rule for removal in gone]
    ['R1']
    """
    return applied(net, (closed, _coordinating, sandwiched))


def applied(net: Net, rules: Sequence[Callable[[Net], list[Removal]]]) -> Reduced:
    """Return R0 applied to its fixpoint, then the first of ``rules`` that removes something, until none does.

    >>> from cidmesa import cid
    >>> net, gone = applied(cid("X -> D -> U", decisions=["D"], utilities=["U"]).net, ())
    >>> net.information, len(gone)
    ([], 1)
    """
    net, gone = without_nonrequisite(net)
    while net.information and (found := next(filter(None, (_for_some_agent(net, rule) for rule in rules)), [])):
        net, more = without_nonrequisite(_without(net, found))
        gone = (*gone, *found, *more)
    return net, gone


def _for_some_agent(net: Net, rule: Callable[[Net], list[Removal]]) -> list[Removal]:
    """Return what ``rule`` removes for the first agent for which it removes anything."""
    owners = [owner for _, owner in net.decisions]
    several = (net.of(owner) for owner in sorted(set(owners)) if owners.count(owner) > 1)  # for one decision R0 is all
    return next(filter(None, (rule(own) for own in several if own.information and not own.bound)), [])


def _without(net: Net, gone: Iterable[Removal]) -> Net:
    return net.without(link for removal in gone for link in removal.links)


# --- R0: nonrequisite observations --------------------------------------------------------------------------------


def without_nonrequisite(net: Net) -> Reduced:
    """Return the net without the links that R0 removes, with one removal for each decision and round.

    Each round removes all links that are nonrequisite now, for all decisions at once. The fixpoint is that of removing
    them one by one in any order: a link that is nonrequisite stays so when another nonrequisite link goes. For a link
    into another decision that is clear, since there are fewer paths and the same evidence; for X and Y into one
    decision, from X independent of U given Y and the rest, and Y given X and the rest, both are independent of U given
    the rest (the intersection property, which d-separation has).

    >>> from cidmesa import cid
    >>> g = cid("S -> D1, D2, U; D1 -> D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> net, gone = without_nonrequisite(g.net)
    >>> [removal.step.links for removal in gone]
    [(('D1', 'D2'),), (('S', 'D1'),)]
    """
    found: list[Removal] = []
    left = [0] * len(net.names)  # for each node the decisions from which its link may go
    for parent, decision in net.removable:
        left[parent] |= net.bit[decision]
    while any(gone := [bits & ~visited for bits, visited in zip(left, net.balls.visited, strict=True)]):
        found += (more := list(_nonrequisite(net, gone)))
        left = [bits & ~dropped for bits, dropped in zip(left, gone, strict=True)]
        net = _without(net, more)
    return net, tuple(found)


def _nonrequisite(net: Net, gone: Sequence[int]) -> Iterator[Removal]:
    """Yield what goes of each decision's links, for each node the decisions whose link from it goes being given."""
    some = reduce(or_, gone)
    for decision, bit in reversed(net.bit.items()):
        if some & bit:
            parents = net.dag.parents[decision]
            links = tuple((parent, decision) for parent in parents if gone[parent] & bit)
            yield Removal(links, partial(_nonrequisite_step, net.names, links, parents))


def _nonrequisite_step(names: Sequence[str], links: Sequence[IntLink], parents: Sequence[int]) -> Step:
    name, dropped = names[links[0][1]], [parent for parent, _ in links]
    gone = tuple(names[parent] for parent in dropped)
    kept = tuple(names[parent] for parent in parents if parent not in dropped)
    reason = f"given {braces((*kept, name))}, {braces(gone)} says nothing about the utilities downstream of {name}"
    return Step("R0", tuple((parent, name) for parent in gone), (*kept, name), reason)


# --- R2: common randomness ---------------------------------------------------------------------------------------


def _coordinating(net: Net) -> list[Removal]:
    """Return the R2 removal for the largest set Z of chance nodes to which the rule applies.

    With E_Z the information links of Z, the rule needs Z to be independent, in G without E_Z, of all decisions, their
    downstream utilities and their other observations. Proof: given Z = z the play is that of G without E_Z under the
    rules for z; let the best z be played always. Each set that qualifies is part of the largest one, which is found by
    starting from all observed chance nodes and dropping those that depend on the rest: dropping one only adds links and
    nodes to depend on.
    """
    scored = {utility for utility, bits in enumerate(net.targets) if bits}
    chosen = {parent for parent, _ in net.information if parent not in net.bit}
    while chosen:
        gone = [link for link in net.information if link[0] in chosen]
        play = {*net.bit, *scored, *(parent for parent, _ in net.information if parent not in chosen)}
        rest = net.dag.without(gone)
        dependent = rest.descendants(rest.ancestors(play)) & chosen  # a common ancestor, nothing being given
        if not dependent:
            shown = net.shown(chosen)
            reason = f"{braces(shown)} would only coordinate decisions; its best value does"
            return [Removal(tuple(gone), partial(Step, "R2", net.named(gone), shown, reason))]
        chosen -= dependent
    return []


# --- R3: the sandwich ---------------------------------------------------------------------------------------------


def sandwiched(net: Net) -> list[Removal]:
    """Return the R3 removal: G lies between its no-forgetting extension H and a reduction R(H) that is part of G.

    Proof: V*(G) <= V*(H) = V*(R(H)) <= V*(G). H is soluble, so a link from a chance node that R0 leaves in H is
    material (van Merwijk et al. 2022, Theorem 7) and no rule can remove it later: such a link outside G ends the try.

    >>> from cidmesa import cid
    >>> g = cid("D1 -> X -> D2, D3; D2, D3 -> U", decisions=["D1", "D2", "D3"], utilities=["U"])
    >>> sandwiched(g.net)[0].step.links
    (('X', 'D2'), ('X', 'D3'))
    """
    if solubility(net):
        return []
    there = set(net.information)
    minimal, _ = without_nonrequisite(_without_forgetting(net))
    if any(link not in there and link[0] not in net.bit for link in minimal.information):
        return []
    while found := closed(minimal) or _coordinating(minimal):
        minimal, _ = without_nonrequisite(_without(minimal, found))
    reduced = set(minimal.information)
    gone = [link for link in net.information if link not in reduced]
    if not gone or not reduced <= there:
        return []
    shown = net.shown(net.bit)
    reason = f"not even remembering everything ({' before '.join(shown)}) would use these links"
    return [Removal(tuple(gone), partial(Step, "R3", net.named(gone), shown, reason))]


def _without_forgetting(net: Net) -> Net:
    """Return the net in which each decision also sees the earlier decisions and what they saw."""
    memory: dict[int, None] = {}
    for decision, _ in net.decisions:
        extended = tuple(dict.fromkeys([*net.dag.parents[decision], *memory]))
        net = net.with_parents(decision, extended)
        memory |= dict.fromkeys([*extended, decision])
    return net
