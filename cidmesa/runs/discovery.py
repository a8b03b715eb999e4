"""`discover`: agents found by training under interventions (Algorithm 1 of Discovering Agents, with error rates)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from cidmesa.display import Tells, html_mark, html_table
from cidmesa.errors import CidmesaError, NotApplicable, check_word, near_miss
from cidmesa.frozen import Frozen
from cidmesa.mesa.discover import Discovery, Regime
from cidmesa.mesa.mechanised import MechanisedGraph, agents_from
from cidmesa.runs.design import Designer, design as designed
from cidmesa.runs.significance import sample_size
from cidmesa.runs.stage import Stage, check_rules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cidmesa.modelling.model import Model
    from cidmesa.runs.design import Comparison, Design
    from cidmesa.runs.lab import Lab
    from cidmesa.runs.significance import Correction
    from cidmesa.runs.stage import Link

__all__ = ["RunDiscovery", "discover"]

_APART = 1_000_003  # between the seed of the runs and that of the design


@dataclass(frozen=True, repr=False)
class RunDiscovery(Frozen, Tells):
    """The agents that training shows, with the evidence for each link.

    ``graph``: the mechanised graph. ``links``: those of stage "edge", then of T1 and T2 for the edges that were found.
    ``n``: runs per arm; ``runs``: runs of all arms. ``alpha``: the level of each stage.
    """

    graph: MechanisedGraph
    regime: Regime
    links: tuple[Link, ...]
    n: int
    runs: int
    alpha: float
    correction: Correction

    @property
    def discovery(self) -> Discovery:
        """The agents that the graph shows, as of `cidmesa.discover`.

        Raises:
            DiagramError: a variable that an agent aims at has children, which influence diagrams do not allow: a test
                erred, or variables are missing.
            NotApplicable: a variable both aims and is aimed at.

        """
        return Discovery(self.graph, agents_from(self.graph), self.regime, "experiment", complete=False)

    @property
    def agents(self) -> tuple[str, ...]:
        """The agents that were found."""
        return self.discovery.agents

    def link(self, node: str, to: str, stage: str = "edge") -> Link:
        """Return the evidence of the runs for a link.

        Raises:
            NotApplicable: the runs did not test this link.

        """
        for link in self.links:
            if (link.node, link.to, link.stage) == (node, to, stage):
                return link
        hint = near_miss(stage, ("edge", "T1", "T2"))
        raise NotApplicable(f"~{node} -> ~{to} was not tested at stage {stage!r}.{hint}")

    def to_json(self) -> dict[str, Any]:
        """Return graph and links as plain data."""
        told = {name: getattr(self, name) for name in ("n", "runs", "alpha", "correction")}
        return {"graph": self.graph.to_json(), "links": [link.to_json() for link in self.links]} | told

    def to_text(self) -> str:
        """Return the agents that were found, and each link with its numbers."""
        rate = {"bh": "false discovery rate", "none": "level of each test, uncorrected"}
        said = rate.get(self.correction, "probability of some false link")
        head = f"{self.runs} runs, {self.n} an arm; {said} {self.alpha:g} a stage"
        try:
            found = self.discovery.to_text()
        except CidmesaError as error:
            found = f"no influence diagram has these links: {error}\n{self.graph.to_text()}"
        return "\n".join([found, head, *(f"  {link}" for link in self.links)])

    def to_html(self) -> str:
        """Return the links as a table."""
        marks = [html_mark(link.answer, link.status) for link in self.links]
        rows = [
            [f"~{x.node} → ~{x.to}", x.stage, mark, f"{x.effect:.2f}", f"{x.p:.2g}", f"{x.adjusted:.2g}"]
            for x, mark in zip(self.links, marks, strict=True)
        ]
        head = ["link", "stage", "responds", "effect", "p", "adjusted p"]
        return html_table(head, rows, "llcrrr", self.to_text().partition("\n")[0])


def discover(
    lab: Lab,
    n: int | None = None,
    *,
    design: Design | None = None,
    hypotheses: Sequence[Model] = (),
    regime: Regime = "retrain",
    told: Sequence[str] | None = None,
    alpha: float = 0.05,
    effect: float = 0.5,
    correction: Correction = "holm",
    hold: bool = True,
    looks: int = 1,
    seed: int = 0,
) -> RunDiscovery:
    r"""Return the agents that training under interventions shows, with a bound on the probability of error.

    The first stage tests, for each learned V and each other W, in each setting of the design and with all other learned
    nodes held, whether the read-out of V is the same under two mechanisms of W. All tests of a stage are corrected
    together. For the links found, two more stages test the same (T1) with W's children ignoring their parents, so that
    W matters in itself (void if it has none), and (T2) with V's children ignoring theirs. A link is terminal iff T1
    rejects in some setting or is void, and T2 rejects in none. `agents_from` then reads off the agents. With Holm's
    correction and level ``alpha`` per stage, P(some false link) is at most ``alpha`` for any learner, relative to the
    chosen variables.
    Source: Kenton et al. 2023, Algorithm 1; tests and regimes are ours.

    Args:
        lab: the lab in which to train.
        n: the number of runs per arm; if left out, enough to find a response with probability 0.9 (`sample_size`).
        design: the comparisons of the first stage, from `design` (with another seed than the runs), if left out.
        hypotheses: models that propose where responses would show; see `design`.
        regime: "retrain": trained anew in each arm. "frozen": trained once in the unchanged setting and read in all
            arms. "frozen_informed": trained once across randomly drawn arms, with a cue that distinguishes the
            mechanisms.
        told: the nodes whose mechanisms the cue reveals, for "frozen_informed"; all if left out.
        alpha: the level of each stage.
        effect: the least distance that counts as a response; at one half, the majority's behaviour changes.
        correction: "holm"; "bh" for screening (the level is then a false discovery *rate*); "none".
        hold: whether other learned nodes are held fixed; if trained together, an opponent's aims look like one's own.
        looks: how often in total you intend to look while runs are added; each look tests at ``alpha / looks``.
        seed: the seed of the runs.

    Raises:
        NotApplicable: too few runs for any test to reject (the message names the least number), or the regime or
            correction is unknown.
        TooLarge: too many runs.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("D -> X -> U", decisions=["D"], utilities=["U"]), D=["left", "right"], U="X",
    ...              X=lambda D: {1: "7/10", 0: "3/10"} if D == "right" else {1: "3/10", 0: "7/10"})
    >>> print(discover(cm.runs.lab(m), n=6).discovery)
    agent decides D for U (retrain, by experiment)
    variables: D -> X, X -> U
    mechanisms: ~X -> ~D, ~U -> ~D (terminal)

    """
    check_rules(lab)
    check_word("regime", regime, get_args(Regime))
    if told is not None and regime != "frozen_informed":
        raise NotApplicable("told= is for regime='frozen_informed'. Leave it out.")
    if looks < 1:
        raise NotApplicable(f"looks={looks!r} is not a number of looks. Give 1 or more.")
    alpha /= looks  # so that P(some look errs) is at most alpha (Bonferroni)
    first = (design or designed(lab, hypotheses, hold=hold, seed=seed + _APART)).comparisons
    n = sample_size(len(first), alpha) if n is None else n
    stage = Stage(lab, n, len(first), seed, alpha, effect, correction, regime, told)
    edges = stage.tested({"edge": first})
    found, designer = [link for link in edges if link], Designer(lab, tuple(hypotheses), hold, seed + _APART)
    finer = stage.tested(
        {
            "T1": [c for link in found for c in _ignoring_children(designer, link, link.node)],
            "T2": [c for link in found for c in _ignoring_children(designer, link, link.to)],
        }
    )
    terminal = tuple((link.node, link.to) for link in found if _is_terminal(lab, link, finer))
    links = tuple((link.node, link.to) for link in found)
    graph = MechanisedGraph(lab.variables.nodes, lab.variables.edges, links, terminal)
    return RunDiscovery(graph, regime, (*edges, *finer), n, stage.runs, alpha, correction)


def _ignoring_children(designer: Designer, link: Link, of: str) -> list[Comparison]:
    """Return comparisons for a link where the mechanisms of a node's children ignore their parents; none if void."""
    ignored = tuple(child for child in designer.lab.variables.children(of) if child != link.to)
    return designer.comparisons(link.node, link.to, ignored) if ignored else []


def _is_terminal(lab: Lab, link: Link, finer: Sequence[Link]) -> bool:
    """Return whether T1 rejects, or is void, and T2 does not; what is observed is no aim."""
    children = lab.variables.children(link.node)
    rejects = {x.stage: bool(x) for x in finer if (x.node, x.to) == (link.node, link.to)}
    return link.to not in children and rejects.get("T1", not children) and not rejects.get("T2", True)
