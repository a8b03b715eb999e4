"""Information links that no decision needs: the minimal reduction, and the stronger rules for several decisions.

Every rule removes information links without changing the best attainable expected utility of any model on the diagram:

* R0 removes nonrequisite links (Lauritzen and Nilsson 2001; Everitt et al. 2021, Definitions 7 and 11).
* R1, deterministic closure: under a pure policy a decision is a function of its observations, so observing them is as
  good as observing the decision.
* R2, common randomness: chance nodes that only serve to coordinate decisions; playing their best value all the time is
  as good.
* R3, sandwich: where the diagram with no forgetting reduces to a part of this diagram, the rest is not needed.

The removed links are immaterial together. No rule goes beyond what is proven; what remains may still be immaterial.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from cidmesa.structure.dag import roll
from cidmesa.structure.relevance import as_seen_by, downstream_utilities, is_soluble, requisite_observations
from cidmesa.structure.verdict import Judgement

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from cidmesa.structure.diagram import CID

__all__ = ["Reduction", "Rule", "Step", "certificate", "immaterial", "minimal_reduction", "reduce", "reduction"]

Rule = Literal["R0", "R1", "R2", "R3"]
Link: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a reduction: the rule, the information links that it removed, and the nodes that show it.

    ``given``: for R0 and R1 a set that separates the removed observations from the utilities, for R2 the chance nodes
    whose links go, for R3 the order of decisions without forgetting.
    """

    rule: Rule
    links: tuple[Link, ...]
    given: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Reduction:
    """A reduced diagram with the steps that led to it.

    >>> from cidmesa import cid, reduction
    >>> reduced = reduction(cid("X -> D -> U", decisions=["D"], utilities=["U"]))
    >>> reduced.links, reduced.step("X", "D").given
    ((('X', 'D'),), ('D',))
    """

    cid: CID
    steps: tuple[Step, ...]

    @property
    def links(self) -> tuple[Link, ...]:
        """All removed links, in the order of removal."""
        return tuple(link for step in self.steps for link in step.links)

    def step(self, parent: str, decision: str) -> Step | None:
        """Return the step that removed the link ``parent -> decision``, if one did."""
        return next((step for step in self.steps if (parent, decision) in step.links), None)


def minimal_reduction(cid: CID) -> CID:
    r"""Return :math:`G^{min}`, the diagram without the information links that rule R0 removes.

    R0 removes the link :math:`X \to D` when :math:`X \perp U^D \mid Fa(D) \setminus \{X\}`, with :math:`U^D` taken in
    the current graph, until no such link is left. The result does not depend on the order of removal. For one agent one
    sweep over the decisions in reverse topological order is enough; for several agents sweeps are repeated, since
    a link that one agent ignores may have been what made another agent's observation informative.
    Source: Everitt et al. 2021, Definition 11; van Merwijk et al. 2022, Definition 6; Nilsson and Lauritzen 2000.

    >>> from cidmesa import cid
    >>> g = cid("S -> D1, D2, U; D1 -> D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> minimal_reduction(g).edges
    (('S', 'D2'), ('S', 'U'), ('D2', 'U'))
    """
    return _without_nonrequisite(cid).cid


def reduce(cid: CID) -> CID:
    """Return R(G), the diagram without the information links that the rules R0 to R3 remove.

    >>> from cidmesa import cid
    >>> g = cid("Z -> D1, D2; D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> minimal_reduction(g) == g, reduce(g).edges
    (True, (('D1', 'U'), ('D2', 'U')))
    """
    return reduction(cid).cid


def reduction(cid: CID) -> Reduction:
    """Return R(G) together with the steps: R0 until nothing changes, then R1, R2 and R3, each followed by R0 again.

    With several agents R0 works for each decision with its owner's utilities, and R1 to R3 for each agent on the
    diagram `as_seen_by` it. R1 takes the links of the last decision first; another order may leave other links (R1 is
    not confluent). R2 finds the largest set of chance nodes to which it applies. R3 tries one order of the decisions,
    the topological one, and only where the diagram is not soluble: in a soluble diagram each link from a chance node
    that R0 leaves is material in some model (van Merwijk et al. 2022, Theorem 7). Every rule tries polynomially many
    links or sets, each in a few linear passes.

    >>> from cidmesa import cid
    >>> g = cid("D1 -> D2; D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> [(step.rule, step.links) for step in reduction(g).steps]
    [('R1', (('D1', 'D2'),))]
    """
    return _applied(cid, (_closed, _coordinating, _sandwiched))


def immaterial(cid: CID, parent: str, decision: str) -> Judgement:
    """Return whether the information link ``parent -> decision`` is certified to be immaterial in every model.

    Tried in this order: R1 on the diagram itself, the minimal reduction, R(G), and R3 on the diagram itself. A "no"
    says only that none of them removes the link. Two links may each be immaterial and yet matter jointly, which is why
    R1 is tried on the diagram before other links are gone. With several agents: in the decision problem of the
    decision's owner, the others' decision rules being given mechanisms.

    Raises:
        DiagramError: ``decision`` is not a decision, or the link is not there.

    >>> from cidmesa import cid
    >>> g = cid("D1 -> D2; D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> bool(immaterial(g, "D1", "D2"))
    True

    """
    cid.without_link(parent, cid.known_decision(decision))
    step = certificate(as_seen_by(cid, str(cid.agent(decision))), parent, decision)
    if step is None:
        return Judgement("immaterial", False, (parent, decision), f"no rule removes {parent} -> {decision}")
    return Judgement("immaterial", True, step.given, f"{step.rule}: {step.reason}")


def certificate(cid: CID, parent: str, decision: str) -> Step | None:
    """Return a step that shows ``parent -> decision`` to be immaterial in this one-agent diagram, or ``None``.

    The cheap rules come first. Where the diagram is soluble and the parent a chance node, they are complete
    (van Merwijk et al. 2022, Theorem 7).

    >>> from cidmesa import cid
    >>> certificate(cid("X -> D -> U", decisions=["D"], utilities=["U"]), "X", "D").rule
    'R0'
    """
    cheap = _closure_step(cid, parent, decision) or _without_nonrequisite(cid).step(parent, decision)
    if cheap or (cid.kind(parent) == "chance" and is_soluble(cid)):
        return cheap
    reduced = reduction(cid)
    if not reduced.steps:  # R3 was tried on the diagram itself
        return None
    return reduced.step(parent, decision) or Reduction(cid, tuple(_sandwiched(cid))).step(parent, decision)


# --- how rules are applied ---------------------------------------------------------------------------------------


def _applied(cid: CID, rules: tuple[Callable[[CID], list[Step]], ...]) -> Reduction:
    """Return R0 applied to its fixpoint, then the first of ``rules`` that removes something, until none does."""
    start = _without_nonrequisite(cid)
    current, steps = start.cid, list(start.steps)
    while found := next(filter(None, (_for_some_agent(current, rule) for rule in rules)), []):
        after = _without_nonrequisite(_without(current, found))
        current, steps = after.cid, [*steps, *found, *after.steps]
    return Reduction(current, tuple(steps))


def _for_some_agent(cid: CID, rule: Callable[[CID], list[Step]]) -> list[Step]:
    """Return what ``rule`` removes for the first agent for which it removes anything."""
    several = (agent for agent in cid.agents if len(cid.decisions_of(agent)) > 1)  # for one decision R0 is all
    return next(filter(None, (rule(as_seen_by(cid, agent)) for agent in several)), [])


def _without(cid: CID, steps: Iterable[Step]) -> CID:
    """Return the diagram without the links of ``steps``, rebuilt once."""
    gone = {link for step in steps for link in step.links}
    return type(cid)(
        tuple(replace(spec, parents=tuple(p for p in spec.parents if (p, spec.name) not in gone)) for spec in cid.specs)
    )


def _braces(nodes: Iterable[str]) -> str:
    return f"{{{', '.join(nodes)}}}"


# --- R0: nonrequisite observations --------------------------------------------------------------------------------


def _without_nonrequisite(cid: CID) -> Reduction:
    swept = _swept(cid)
    steps = swept.steps
    while swept.steps and len(cid.agents) > 1:
        swept = _swept(swept.cid)
        steps += swept.steps
    return Reduction(swept.cid, steps)


def _swept(cid: CID) -> Reduction:
    steps: list[Step] = []
    for decision in reversed(cid.decisions):
        if step := _nonrequisite_step(cid, decision):
            cid = _without(cid, [step])
            steps.append(step)
    return Reduction(cid, tuple(steps))


def _nonrequisite_step(cid: CID, decision: str) -> Step | None:
    kept = requisite_observations(cid, decision)
    dropped = tuple(parent for parent in cid.parents(decision) if parent not in kept)
    if not dropped:
        return None
    given = (*kept, decision)
    reason = f"given {_braces(given)}, {_braces(dropped)} says nothing about the utilities downstream of {decision}"
    return Step("R0", tuple((parent, decision) for parent in dropped), given, reason)


# --- R1: a decision is a function of its observations -------------------------------------------------------------


def _closed(cid: CID) -> list[Step]:
    steps: list[Step] = []
    for decision in reversed(cid.decisions):
        for parent in reversed(cid.parents(decision)):
            if step := _closure_step(cid, parent, decision):
                cid = _without(cid, [step])
                steps.append(step)
    return steps


def _closure_step(cid: CID, parent: str, decision: str) -> Step | None:
    """Return the R1 step for one link: X in the closure of Fa(D) without X, or separated from U^D by that closure.

    Proof: let a pure policy be optimal. Nodes of the closure are functions of S = Fa(D) without X, so conditioning on
    the closure and on S coincide, and E[U^D | s, x, d] does not depend on x: a best rule for D ignores X.
    """
    rest = {decision, *cid.parents(decision)} - {parent}
    closure = _deterministic_closure(cid, rest)
    if closure == rest:  # then there is nothing that R0 does not see
        return None
    if parent not in closure:
        utilities = cid.indices(downstream_utilities(cid, decision))
        if cid.index(parent) in roll(cid.dag, utilities, cid.indices(closure)).visited:
            return None
    given = cid.names(cid.indices(closure - {parent}))
    what = f"{parent} itself" if parent in closure else f"all that {parent} says about its utilities"
    return Step("R1", ((parent, decision),), given, f"under a pure policy {_braces(given)} tells {decision} {what}")


def _deterministic_closure(cid: CID, nodes: Collection[str]) -> set[str]:
    """Return ``nodes`` together with each decision whose observations all lie in the closure."""
    closure = set(nodes)
    for decision in cid.decisions:  # in topological order, so one pass is enough
        if closure.issuperset(cid.parents(decision)):
            closure.add(decision)
    return closure


# --- R2: common randomness ---------------------------------------------------------------------------------------


def _coordinating(cid: CID) -> list[Step]:
    """Return the R2 step for the largest set Z of chance nodes to which the rule applies.

    With E_Z the information links of Z, the rule needs Z to be independent, in G without E_Z, of all decisions, their
    downstream utilities and their other observations. Proof: given Z = z the play is that of G without E_Z under the
    rules for z; let the best z be played always. Each set that qualifies is part of the largest one, which is found by
    starting from all observed chance nodes and dropping those that depend on the rest: dropping one only adds links and
    nodes to depend on.
    """
    links = [(parent, decision) for decision in cid.decisions for parent in cid.parents(decision)]
    scored = {utility for decision in cid.decisions for utility in downstream_utilities(cid, decision)}
    chosen = {parent for parent, _ in links if cid.kind(parent) == "chance"}
    while chosen:
        gone = tuple(link for link in links if link[0] in chosen)
        play = {*cid.decisions, *scored, *(parent for parent, _ in links if parent not in chosen)}
        dependent = _dependent_on(_without(cid, [Step("R2", gone, (), "")]), play) & chosen
        if not dependent:
            shown = cid.names(cid.indices(chosen))
            return [Step("R2", gone, shown, f"{_braces(shown)} would only coordinate decisions; its best value does")]
        chosen -= dependent
    return []


def _dependent_on(cid: CID, nodes: Iterable[str]) -> set[str]:
    """Return all nodes that are d-connected to one of ``nodes`` given nothing: those with a common ancestor."""
    return set(cid.names(cid.dag.descendants(cid.dag.ancestors(cid.indices(nodes)))))


# --- R3: the sandwich ---------------------------------------------------------------------------------------------


def _sandwiched(cid: CID) -> list[Step]:
    """Return the R3 step: G lies between its no-forgetting extension H and a reduction R(H) that is part of G.

    Proof: V*(G) <= V*(H) = V*(R(H)) <= V*(G). H is soluble, so a link from a chance node that R0 leaves in H is
    material (van Merwijk et al. 2022, Theorem 7) and no rule can remove it later: such a link outside G ends the try.
    """
    if is_soluble(cid):
        return []
    there = set(cid.edges)
    minimal = minimal_reduction(_without_forgetting(cid))
    if any(link not in there and cid.kind(link[0]) == "chance" for link in minimal.edges):
        return []
    reduced = set(_applied(minimal, (_closed, _coordinating)).cid.edges)
    gone = tuple(link for link in cid.edges if link not in reduced)
    if not gone or not reduced <= there:
        return []
    order = " before ".join(cid.decisions)
    return [Step("R3", gone, cid.decisions, f"not even remembering everything ({order}) would use these links")]


def _without_forgetting(cid: CID) -> CID:
    """Return the diagram in which each decision also sees the earlier decisions and what they saw."""
    memory: dict[str, None] = {}
    for decision in cid.decisions:
        spec = cid.spec(decision)
        extended = tuple(dict.fromkeys([*spec.parents, *memory]))
        cid = cid.with_spec(replace(spec, parents=extended))
        memory |= dict.fromkeys([*extended, decision])
    return cid
