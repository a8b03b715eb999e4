"""What a diagram shows: d-separation, reliance, directed paths, and the rules that drop information links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from .numbers import need
from .reading import Model, fields, texts

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["BONUS", "above", "after", "aims", "below", "connected", "relies", "seen_by"]

Parents: TypeAlias = dict[str, tuple[str, ...]]
BONUS = ""  # owner of utilities that count only between policies that are equally good otherwise


def seen_by(model: Model, agent: str) -> Model:
    """Return the model in which all that others own are chance nodes, their rules being given."""
    others = [node for node in model.nodes.values() if node.agent not in (None, agent, BONUS)]
    return model.revised(*(node._replace(kind="chance", agent=None) for node in others))


def below(parents: Parents, start: str | None) -> set[str]:
    """Return the nodes with a directed path from ``start``, itself among them."""
    found = {start} if start is not None else set()
    found.update(node for node, others in parents.items() if found.intersection(others))  # parents stand first
    return found


def above(parents: Parents, ends: Iterable[str]) -> list[str]:
    """Return the nodes with a directed path to one of ``ends``, these among them, in order."""
    found = set(ends)
    for node in reversed(parents):
        found.update(parents[node] if node in found else ())
    return [node for node in parents if node in found]


def connected(parents: Parents, starts: Iterable[str], given: Iterable[str]) -> set[str]:
    """Return the nodes that are d-connected to one of ``starts`` (Koller and Friedman 2009, Algorithm 3.1)."""
    known, seen = set(given), set[tuple[str, bool]]()
    told = set(above(parents, known))
    children: dict[str, list[str]] = {node: [] for node in parents}
    for node, others in parents.items():
        for other in others:
            children[other].append(node)
    todo = [(node, True) for node in starts]  # True: as from a child
    while todo:
        node, up = step = todo.pop()
        if step not in seen:
            seen.add(step)
            todo += [(other, True) for other in parents[node] if (node not in known if up else node in told)]
            todo += [(child, False) for child in children[node] if node not in known]
    return {node for node, _ in seen} - known


def aims(model: Model, parents: Parents, decision: str) -> set[str]:
    """Return the utilities that descend from a decision and count for its owner."""
    return below(parents, decision).intersection(model.of("utility", str(model.nodes[decision].agent), BONUS))


def relies(model: Model, parents: Parents, one: str, other: str) -> bool:
    """Return whether a new parent of ``other`` is d-connected to the aims of ``one`` given its family."""
    wider = {"": (), **parents, other: (*parents[other], "")}
    return bool(connected(wider, [""], (one, *parents[one])) & aims(model, parents, one))


def after(model: Model, parents: Parents, steps: Any) -> Parents:
    """Return the parents that are left after steps that drop information links without loss, for one agent.

    R0: what D sees and the rest of its family separates from its aims. R1: the same, where seeing all that a decision
    sees is seeing it. R2: links from chance nodes that are independent of all decisions, aims and other observations.
    R3: all links that such steps (``steps``) drop where, besides, nothing is forgotten.
    """
    need(isinstance(steps, list | tuple), "no list of steps")
    for step in steps:
        rule, links, inner = fields(step, "rule", "links", "steps?")
        known = rule in ("R0", "R1", "R2", "R3") and (inner is None) == (rule != "R3")
        need(isinstance(links, list) and links and known, f"no step by {rule!r}")
        pairs = [texts(link) for link in links]
        known &= all(len(pair) == 2 and pair[1] in model.of("decision") for pair in pairs)
        need(known and all(one in parents[decision] for one, decision in pairs), f"no information links: {pairs}")
        left = _without(parents, pairs)
        drops = {"R2": _coordinates, "R3": _sandwiched}.get(rule, _separated)
        need(drops(model, parents, left, pairs, rule if inner is None else inner), f"{rule} does not drop {pairs}")
        parents = left
    return parents


def _without(parents: Parents, links: Any) -> Parents:
    return {node: tuple(p for p in others if (p, node) not in links) for node, others in parents.items()}


def _separated(model: Model, parents: Parents, _: Parents, links: Any, rule: Any) -> bool:
    for one, decision in links:
        family = {decision, *parents[decision]} - {one}
        for other in model.of("decision") if rule == "R1" else ():
            family.update({other} if family.issuperset(parents[other]) else ())
        if one not in family and connected(parents, [one], family) & aims(model, parents, decision):
            return False
        parents = _without(parents, [(one, decision)])
    return True


def _coordinates(model: Model, _: Parents, left: Parents, links: Any, __: Any) -> bool:
    chosen, decisions = {one for one, _ in links}, model.of("decision")
    play = {*decisions, *(p for d in decisions for p in left[d])}.union(*(aims(model, left, d) for d in decisions))
    return chosen.issubset(model.of("chance")) and not (connected(left, chosen, ()) | chosen) & play


def _sandwiched(model: Model, parents: Parents, left: Parents, _: Any, inner: Any) -> bool:
    memory: dict[str, None] = {}
    wider = dict(parents)
    for decision in model.of("decision"):
        wider[decision] = tuple(dict.fromkeys([*parents[decision], *memory]))
        memory |= dict.fromkeys([*wider[decision], decision])
    rest = after(model, wider, inner)
    return all(set(rest[d]) <= set(left[d]) for d in model.of("decision"))
