"""Concepts as records: the name and meaning of an incentive, and the grounds that decide a question about it.

A ground says for which nodes and decisions a status holds, for all at once, and what shows it for one. The first ground
that holds decides, both in the sweep over all questions and for a single question.

With several decisions the criteria that ask for directed paths (`Directed`) are decided on the reduced diagram R(G).
Sound in every diagram: there is an optimal policy that reads only links of R(G); response and instrumental control
incentives speak of all optimal policies, so this one shows their absence; every soft intervention leaves the diagram as
it is, so the best value under it is attained on R(G) too; and for impact, a decision that cannot reach a utility in
R(G) may follow the baseline.

A path without decisions (except at its start) settles the positive side in every diagram, soluble or not. Let all
domains be {0, 1}, let each node on the path copy its predecessor, the utility at the end too, and let all else be 0.
Value of control of X: X is 0 by itself, and setting it to 1 raises the utility by 1. Instrumental control of X by D:
every optimal policy takes D = 1 in each context that occurs, and X_0 lowers the utility to 0. Impact on X: let the
baseline draw D by a fair coin, and let the nodes on any path D ~> X copy, decisions by their baseline rule. Then X is
that coin under the baseline, and independent of it under every optimal policy, since that takes D = 1.

Decisions that share a rule with D take D = 1 there as well, which changes nothing. The other constructions need
decisions that act on their own, so they say nothing if decisions share a rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise
from typing import TYPE_CHECKING, NamedTuple

from cidmesa.criteria.decision_problem import Problem, View
from cidmesa.structure.verdict import Status, Verdict

if TYPE_CHECKING:
    from cidmesa.criteria.constructions import Constructions, Ways
    from cidmesa.criteria.paths import Bits, Path, Paths, Reach
    from cidmesa.structure.diagram import CID

__all__ = ["Concept", "Decided", "Directed", "Ground", "Shown"]


class Shown(NamedTuple):
    """What shows a status: the witness, the reason in words, and the theorem."""

    witness: tuple[str, ...]
    reason: str
    theorem: str


@dataclass(frozen=True)
class Ground:
    """A reason for a status.

    ``where`` returns for each node the decisions for which it holds (bit k for decision k), given the problem and the
    questions still open, which are computed on demand. ``shown`` returns what shows it for one decision and node.
    """

    status: Status
    where: Callable[[Problem, Callable[[], Bits]], Bits]
    shown: Callable[[View, str], Shown]


@dataclass(frozen=True)
class Concept:
    """An incentive: ``key`` in tables and files, ``short`` in figures, ``name`` in words, and what it means.

    ``meaning``: a sentence; ``definition``: when a model has it; ``criterion``: the criterion for one decision.
    ``colour`` and ``dashes`` style its ring; ``macro`` is that of cid-latex. ``of_agent``: whether the question is
    about an agent instead of a decision. ``number``: the function that measures it in a model. ``rests_on``: links that
    suffice for an admitted one. ``only_paths``: whether for one decision it only asks for paths of the diagram. The
    last of ``grounds`` holds everywhere.
    """

    key: str
    short: str
    name: str
    meaning: str
    definition: str
    criterion: str
    source: str
    colour: str
    dashes: tuple[float, float]
    macro: str
    number: str
    rests_on: Callable[[CID, str | None, str], tuple[tuple[str, str], ...] | None]
    grounds: tuple[Ground, ...]
    of_agent: bool = False
    only_paths: bool = False

    def ask(self, cid: CID, agent: str, decision: str | None, node: str) -> Verdict:
        """Return the verdict on one question."""
        return Decided(self, Problem(cid, agent, decision)).verdict(decision, node)

    def ask_of(self, cid: CID, decision: str, node: str) -> Verdict:
        """Return the verdict on one question about a decision.

        Raises:
            DiagramError: ``decision`` is not a decision.
            UnknownNode: the diagram has no node of that name.
        """
        cid.index(node)
        return self.ask(cid, str(cid.agent(cid.known_decision(decision))), decision, node)


@dataclass(frozen=True)
class Decided:
    """All questions about one concept in one agent's problem.

    >>> from cidmesa import cid
    >>> from cidmesa.criteria.concepts import concept
    >>> g = cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> Decided(concept("ri"), Problem(g, "agent")).status(g.index("S"), 1)
    'admits'
    """

    concept: Concept
    problem: Problem

    def status(self, node: int, bit: int) -> Status:
        """Return the status for the node at this position and the decision with this bit (1 for an agent)."""
        return self._ground(node, bit).status

    def verdict(self, decision: str | None, node: str) -> Verdict:
        """Return the verdict with what shows it; with several agents its reason says how the others are treated."""
        problem, view = self.problem, self.problem.view(decision)
        bit = 1 if decision is None else problem.net.bit[view.place]
        ground = self._ground(problem.diagram.index(node), bit)
        witness, reason, theorem = ground.shown(view, node)
        if problem.others:
            others = ", ".join(problem.others)
            reason += f" (the rules of the other agents' decisions, {others}, taken as given mechanisms)"
        asked = (self.concept.key, problem.agent, decision, node)
        return Verdict(*asked, ground.status, witness, reason, theorem, problem.diagram)

    def _ground(self, node: int, bit: int) -> Ground:
        return next(ground for ground, bits in chain(self._found, self._rest) if bits[node] & bit)

    def settle(self) -> None:
        """Work out the statuses of all questions."""
        for _ in self._rest:
            pass

    @cached_property
    def _found(self) -> list[tuple[Ground, Bits]]:
        """The grounds so far that hold somewhere, with where they hold; the last holds everywhere."""
        return []

    @cached_property
    def _rest(self) -> Iterator[tuple[Ground, Bits]]:
        """Those that are still to be asked about, each once it is needed."""
        return self._worked_out()

    def _worked_out(self) -> Iterator[tuple[Ground, Bits]]:
        for ground in self.concept.grounds:
            bits = ground.where(self.problem, self._open)
            if bits is not self.problem.nowhere:
                self._found.append((ground, bits))
                yield ground, bits
            if bits is self.problem.everywhere:
                return

    def _open(self) -> Bits:
        """Return the questions that are still open, of the decision that is asked about or of all."""
        problem = self.problem
        settled = list(problem.nowhere)
        for _, bits in self._found:
            settled = [a | b for a, b in zip(settled, bits, strict=True)]
        rest = [problem.net.all & ~bits for bits in settled]
        if problem.only is None:
            return rest
        return [bits & problem.net.bit[problem.diagram.index(problem.only)] for bits in rest]


@dataclass(frozen=True)
class Directed:
    """A criterion that asks for a directed path in R(G).

    ``goal``: from where to where the path leads, with ``{node}``, ``{decision}`` and ``{agent}`` to be filled in.
    ``reach``: where there is one, by paths of one kind in the diagram. ``route``: one such path. ``built``: what the
    constructions of `insoluble` show. ``free``: whether paths without decisions settle it. ``ahead``: a path that is
    needed besides in the diagram itself, if any; it stands first in witness and reason.
    """

    theorem: str
    goal: str
    reach: Callable[[Reach, Reach], Bits]
    route: Callable[[Paths, str], Path]
    built: Callable[[Constructions], Ways]
    free: bool = True
    ahead: Callable[[Paths, str], Path] | None = None

    @property
    def grounds(self) -> tuple[Ground, ...]:
        """The grounds of the concept, but for where it is not applicable."""
        return (
            Ground("admits", self._free, self._by_copying),  # first: it asks for no reduction
            Ground("excluded", self._cut_off, self._no_path),
            Ground("admits", self._one_decision, self._by_theorem),
            Ground("admits", self._constructed, self._by_construction),
            Ground("admits", self._soluble, self._by_evidence),
            Ground("undetermined", lambda problem, _: problem.everywhere, self._unsettled),
        )

    # --- where they hold -----------------------------------------------------------------------------------------

    def _cut_off(self, problem: Problem, _: Callable[[], Bits]) -> Bits:
        return [~bits for bits in self.reach(problem.kept, problem.whole)]

    def _one_decision(self, problem: Problem, _: Callable[[], Bits]) -> Bits:
        return problem.everywhere if problem.one_decision else problem.nowhere

    def _free(self, problem: Problem, _: Callable[[], Bits]) -> Bits:
        several = self.free and not problem.one_decision
        return self.reach(problem.free, problem.whole) if several else problem.nowhere

    def _constructed(self, problem: Problem, _: Callable[[], Bits]) -> Bits:
        bits = list(problem.nowhere)
        for decision, node in self.built(problem.constructions) if problem.insoluble and not problem.net.shared else ():
            bits[node] |= -1 if decision is None else problem.net.bit[decision]
        return bits

    def _soluble(self, problem: Problem, _: Callable[[], Bits]) -> Bits:
        return problem.nowhere if problem.insoluble else self.reach(problem.sure, problem.whole)

    # --- what shows them -----------------------------------------------------------------------------------------

    def _no_path(self, view: View, node: str) -> Shown:
        """Return that there is no path, or a link on it that the reduction drops."""
        first = self.ahead(view.whole, node) if self.ahead else (node,)
        path = first and self.route(view.whole, node)
        goal = self.goal.format(node=node, decision=view.decision, agent=view.problem.agent)
        if not path:
            missing = goal if first else f"from {view.decision} to {node}"
            return Shown((), f"there is no directed path {missing}", self.theorem)
        dropped, place = view.problem.certifier.dropped, view.problem.diagram.index
        gone = ((link, dropped.get((place(link[0]), place(link[1])))) for link in pairwise(path))
        link, step = next((link, one.step) for link, one in gone if one)
        reason = f"each path {goal} needs a dropped link such as {' -> '.join(link)} ({step.rule}: {step.reason})"
        return Shown(link, reason, f"{self.theorem}, on the reduced diagram")

    def _by_theorem(self, view: View, node: str) -> Shown:
        return self._found(view, node, self.route(view.kept, node), "", self.theorem)

    def _by_copying(self, view: View, node: str) -> Shown:
        proof = f"mechanisms that copy along a path without decisions ({self._one})"
        return self._found(view, node, self.route(view.free, node), "", proof)

    def _by_construction(self, view: View, node: str) -> Shown:
        place = None if view.decision is None else view.place
        path = view.named(self.built(view.problem.constructions)[place, view.problem.diagram.index(node)]())
        reason = f"{' -> '.join(path)}, where few decisions have an effect"
        return Shown(path, reason, f"a model made for it (cidmesa.criteria.insoluble), and {self.theorem}")

    def _by_evidence(self, view: View, node: str) -> Shown:
        proof = f"several decisions: sound; complete by brute force on small diagrams, not proven ({self._one})"
        return self._found(view, node, self.route(view.kept, node), "; soluble", proof)

    def _unsettled(self, view: View, node: str) -> Shown:
        soluble = view.problem.soluble
        why = " passes through decisions, and " + (
            "options depend on its links" if soluble else f"the diagram is not soluble ({soluble.reason})"
        )
        return self._found(view, node, self.route(view.kept, node), why, f"open; {self._one}")

    @property
    def _one(self) -> str:
        return f"one decision: {self.theorem}"

    def _found(self, view: View, node: str, path: Path, why: str, theorem: str) -> Shown:
        first = self.ahead(view.whole, node) if self.ahead else ()
        shown = " and ".join(" -> ".join(part) for part in (first, path) if part)
        return Shown((*first, *path), shown + why, theorem)
