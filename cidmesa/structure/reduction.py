"""Information links that no decision needs: the minimal reduction, and the stronger rules for several decisions.

Every rule removes information links without changing the best attainable expected utility of any model on the diagram:

* R0 removes nonrequisite links (Lauritzen and Nilsson 2001; Everitt et al. 2021, Definitions 7 and 11).
* R1, deterministic closure: under a pure policy a decision is a function of its observations, so observing these is as
  good as observing the decision.
* R2, common randomness: chance nodes only serve to coordinate decisions, so always acting as for their best value is as
  good.
* R3, sandwich: if the diagram with no forgetting reduces to a part of this diagram, the rest is not needed.

No link is removed on which the options of a decision depend. If decisions of an agent share a rule, no link into them
is removed, since an observation may tell the agent at which of them it is. In both cases only R0 applies to the agent's
other links: R1 to R3 assume that every rule can be pure and free.

The removed links are immaterial together. Each rule is proven sound; a link that remains may still be immaterial.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from cidmesa.display import Displays
from cidmesa.structure.deterministic_closure import closures_of
from cidmesa.structure.reduction_rules import Reduced, reduced_by_all, sandwiched, without_nonrequisite
from cidmesa.structure.relevance import as_seen_by, solubility
from cidmesa.structure.verdict import Judgement, Removal, Rule, Step

if TYPE_CHECKING:
    from cidmesa.structure.diagram import CID
    from cidmesa.structure.numbered import IntLink, Net

__all__ = [
    "Certifier",
    "Reduction",
    "Rule",
    "Step",
    "certificate",
    "immaterial",
    "minimal_reduction",
    "reduce",
    "reduced_by",
    "reduction",
]

Link: TypeAlias = tuple[str, str]


@dataclass(frozen=True)
class Reduction(Displays):
    """A reduced diagram with the steps that led to it.

    Source: R0 is the minimal reduction (Nilsson and Lauritzen 2000); R1 to R3 are ours.

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
        return self._by_link.get((parent, decision))

    @cached_property
    def _by_link(self) -> dict[Link, Step]:
        return {link: step for step in self.steps for link in step.links}


def minimal_reduction(cid: CID) -> CID:
    r"""Return :math:`G^{min}`, the diagram without the information links that rule R0 removes.

    R0 removes a link :math:`X \to D` if :math:`X \perp U^D \mid Fa(D) \setminus \{X\}`, with :math:`U^D` taken in the
    current graph, until no such link is left. The result does not depend on the order of removal.
    Source: Everitt et al. 2021, Definition 11; van Merwijk et al. 2022, Definition 6; Nilsson and Lauritzen 2000.

    Args:
        cid: the diagram.

    >>> from cidmesa import cid
    >>> g = cid("S -> D1, D2, U; D1 -> D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> minimal_reduction(g).edges
    (('S', 'D2'), ('S', 'U'), ('D2', 'U'))
    """
    return reduced_by(cid, without_nonrequisite(cid.net)[1])


def reduce(cid: CID) -> CID:
    """Return R(G), the diagram without the information links that the rules R0 to R3 remove.

    Every model on the diagram has an optimal policy that uses none of the removed links. `reduction` returns the steps
    as well, each with its proof.

    Source: R0 is the minimal reduction (Nilsson and Lauritzen 2000); R1 to R3 are ours.

    Args:
        cid: the diagram.

    >>> from cidmesa import cid
    >>> g = cid("Z -> D1, D2; D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> minimal_reduction(g) == g, reduce(g).edges
    (True, (('D1', 'U'), ('D2', 'U')))
    """
    return reduced_by(cid, reduced_by_all(cid.net)[1])


def reduced_by(cid: CID, gone: tuple[Removal, ...]) -> CID:
    """Return the diagram without what rules removed from its net.

    >>> from cidmesa import cid
    >>> g = cid("X -> D -> U", decisions=["D"], utilities=["U"])
    >>> reduced_by(g, Certifier(g.net).reduced[1]).edges
    (('D', 'U'),)
    """
    return cid.without_links(cid.net.named(link for one in gone for link in one.links)) if gone else cid


def reduction(cid: CID) -> Reduction:
    """Return R(G) together with the steps that lead to it.

    The steps are R0 until nothing changes, then R1, R2 and R3, each followed by R0 again. R0 removes observations that
    are not requisite. R1 removes those that the agent can infer from its own pure policy (deterministic closure). R2
    removes links from chance nodes that only coordinate decisions (common randomness). R3 removes links that even
    perfect recall would not need (sandwich). With several agents, R0 uses the utilities of each decision's owner, and
    R1 to R3 work for each agent on its diagram `as_seen_by`.

    R1 takes the links of the last decision first; another order may leave other links, because R1 is not confluent. R2
    finds the largest set of chance nodes to which it applies. R3 tries only the topological order of the decisions, and
    only if the diagram is not soluble: in a soluble diagram, each link from a chance node that R0 leaves is material in
    some model (van Merwijk et al. 2022, Theorem 7). Every rule tries polynomially many links or sets, each in a few
    linear passes.

    Source: R0 is the minimal reduction (Nilsson and Lauritzen 2000; Everitt et al. 2021, Definition 11); R1 to R3 are
    ours.

    Args:
        cid: the diagram.

    >>> from cidmesa import cid
    >>> g = cid("D1 -> D2; D1, D2 -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> [(step.rule, step.links) for step in reduction(g).steps]
    [('R1', (('D1', 'D2'),))]
    """
    _, gone = reduced_by_all(cid.net)
    return Reduction(reduced_by(cid, gone), tuple(one.step for one in gone))


def immaterial(cid: CID, parent: str, decision: str) -> Judgement:
    """Return whether the information link ``parent -> decision`` is certified to be immaterial in every model.

    The function tries R1 on the diagram itself, the minimal reduction, R(G), and R3 on the diagram itself. A "no" says
    only that none of them removes the link. Two links may each be immaterial and yet matter jointly, so R1 is tried
    before other links are removed. With several agents, the question is about the owner's decision problem, with the
    others' decision rules as given mechanisms.

    Raises:
        DiagramError: ``decision`` is not a decision, or the diagram lacks the link.

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

    The cheap rules come first. If the diagram is soluble and the parent is a chance node, they are complete (van
    Merwijk et al. 2022, Theorem 7).

    >>> from cidmesa import cid
    >>> certificate(cid("X -> D -> U", decisions=["D"], utilities=["U"]), "X", "D").rule
    'R0'
    """
    net = cid.net
    found = Certifier(net).removal(cid.index(parent), cid.index(decision))
    return found.step if found else None


@dataclass(frozen=True)
class Certifier:
    """Steps that show links of a one-agent net to be immaterial; what links share is worked out once.

    ``asked``: the links that questions will be about, ``None`` for all information links.
    """

    net: Net
    asked: tuple[IntLink, ...] | None = None

    def removal(self, parent: int, decision: int) -> Removal | None:
        """Return what removes ``parent -> decision``, with its `certificate`, if something does."""
        link = (parent, decision)
        found = self._closures.get(link) or self._minimal.get(link)
        if not found and (parent in self.net.bit or not self.soluble):
            found = self.dropped.get(link) or self._sandwich.get(link)
        return found

    @cached_property
    def soluble(self) -> Judgement:
        """Whether the decisions can be solved one after the other."""
        return solubility(self.net)

    @cached_property
    def _closures(self) -> dict[IntLink, Removal]:
        links = self.net.information if self.asked is None else self.asked
        return {} if self.net.bound else closures_of(self.net, links)

    @cached_property
    def _minimal(self) -> dict[IntLink, Removal]:
        return _by_link(without_nonrequisite(self.net)[1])

    @cached_property
    def reduced(self) -> Reduced:
        """The net that R0 to R3 leave, and what they remove, as in `reduction`."""
        return reduced_by_all(self.net)

    @cached_property
    def dropped(self) -> dict[IntLink, Removal]:
        """The links that R0 to R3 remove, each with what removes it."""
        return _by_link(self.reduced[1])

    @cached_property
    def _sandwich(self) -> dict[IntLink, Removal]:
        """R3 on the net itself; where no step reduces the net, R3 was tried on it already."""
        return _by_link(sandwiched(self.net)) if self.dropped and not self.net.bound else {}


def _by_link(gone: Iterable[Removal]) -> dict[IntLink, Removal]:
    return {link: one for one in gone for link in one.links}
