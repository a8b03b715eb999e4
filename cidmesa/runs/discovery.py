"""`discover`: agents found by training under interventions (Algorithm 1 of Discovering Agents, with error rates)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from cidmesa.display import Tells, html_mark, html_table
from cidmesa.errors import CidmesaError, NotApplicable, near_miss
from cidmesa.frozen import Frozen
from cidmesa.mesa.discover import Discovery, Regime
from cidmesa.mesa.mechanised import MechanisedGraph, agents_from
from cidmesa.runs.arms import Arm
from cidmesa.runs.design import comparisons, design as designed, planners_of
from cidmesa.runs.significance import adjusted, least_p, response, sample_size

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cidmesa.modelling.model import Model
    from cidmesa.runs.design import Comparison, Design
    from cidmesa.runs.lab import Lab, Readings
    from cidmesa.runs.significance import Correction

__all__ = ["Link", "RunDiscovery", "Stage", "Status", "check_rules", "discover", "least_runs"]

Status: TypeAlias = Literal["responds", "does not respond", "undetermined"]
Pair: TypeAlias = "tuple[str, str]"
_APART = 1_000_003  # between the seed of the runs and that of the design
_RATES, _POWER = (0.95, 0.05), 0.9  # greedy shares that are to be found, and how probably


@dataclass(frozen=True, repr=False)
class Link(Tells):
    """What the runs of one stage say of a response of the mechanism of ``to`` to that of ``node``.

    ``p``: the least of its tests, ``adjusted``: corrected for all tests of the stage, ``effect``: the greatest distance
    where that test rejects, else that of the least p. ``status``: "responds", iff a test rejects with an effect that
    is large enough; "does not respond", if no test rejects and a response would have been found; else "undetermined".
    ``stage``: "edge"; "T1", with the children of ``node`` ignoring their parents; "T2", with those of ``to``.
    """

    node: str
    to: str
    stage: str
    p: float
    adjusted: float
    effect: float
    status: Status

    def __bool__(self) -> bool:
        return self.status == "responds"

    def to_json(self) -> dict[str, Any]:
        """Return the link as plain data."""
        return {
            "link": [self.node, self.to],
            "stage": self.stage,
            "p": self.p,
            "adjusted": self.adjusted,
            "effect": self.effect,
            "status": self.status,
        }

    def to_text(self) -> str:
        """Return the link with its numbers."""
        where = "" if self.stage == "edge" else f" [{self.stage}]"
        return (
            f"~{self.node} -> ~{self.to}{where}: {self.status} (p {self.p:.2g}, adjusted {self.adjusted:.2g}, "
            f"effect {self.effect:.2f})"
        )


@dataclass(frozen=True, repr=False)
class RunDiscovery(Frozen, Tells):
    """The agents that training shows, with what each link rests on.

    ``graph``: the mechanised graph. ``links``: of stage "edge", then T1 and T2 of the edges that were found. ``n``:
    runs an arm, ``runs``: of all arms. ``alpha``: the level of each stage.
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
            DiagramError: what is aimed at has children, as in no influence diagram; a test erred, or variables lack.
            NotApplicable: a variable both aims and is aimed at.

        """
        return Discovery(self.graph, agents_from(self.graph), self.regime, "experiment", complete=False)

    @property
    def agents(self) -> tuple[str, ...]:
        """The agents that were found."""
        return self.discovery.agents

    def link(self, node: str, to: str, stage: str = "edge") -> Link:
        """Return what the runs say of a link.

        Raises:
            NotApplicable: it was not tested.

        """
        for link in self.links:
            if (link.node, link.to, link.stage) == (node, to, stage):
                return link
        raise NotApplicable(
            f"~{node} -> ~{to} was not tested at stage {stage!r}.{near_miss(stage, ('edge', 'T1', 'T2'))}"
        )

    def to_json(self) -> dict[str, Any]:
        """Return agents, graph and links as plain data."""
        return {
            "graph": self.graph.to_json(),
            "links": [link.to_json() for link in self.links],
            "n": self.n,
            "runs": self.runs,
            "alpha": self.alpha,
            "correction": self.correction,
        }

    def to_text(self) -> str:
        """Return who was found, and each link with its numbers."""
        rate = {"bh": "false discovery rate", "none": "level of each test, uncorrected"}
        said = rate.get(self.correction, "probability of some false link")
        head = f"{self.runs} runs, {self.n} an arm; {said} {self.alpha:g} a stage"
        return "\n".join([self._found(), head, *(f"  {link}" for link in self.links)])

    def _found(self) -> str:
        try:
            return self.discovery.to_text()
        except CidmesaError as error:
            return f"no influence diagram has these links: {error}\n{self.graph.to_text()}"

    def to_html(self) -> str:
        """Return the links as a table."""
        mark = {"responds": "yes", "does not respond": "no", "undetermined": "?"}
        rows = [
            [
                f"~{x.node} → ~{x.to}",
                x.stage,
                html_mark(mark[x.status], x.status),
                f"{x.effect:.2f}",
                f"{x.p:.2g}",
                f"{x.adjusted:.2g}",
            ]
            for x in self.links
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
    r"""Return the agents that training under interventions shows, with the probability of error.

    For each learned V and each other W, in each setting of the design, with all other learned nodes held: (1) is the
    read-out of V the same under two mechanisms of W? All tests are corrected together. For the links that are found,
    corrected anew: (T1) the same with W's children ignoring their parents, so that W matters in itself (void if it has
    none), and (T2) with V's. A link is terminal iff T1 rejects in some setting, or is void, and T2 in none; agents are
    read off by `agents_from`. With Holm's correction and ``alpha`` a stage: P(some false link) is at most ``alpha``
    for any learner, all relative to the variables chosen.
    Source: Kenton et al. 2023, Algorithm 1; tests and regimes are ours.

    Args:
        lab: where to train.
        n: runs an arm; left out, as many as find a response with probability 0.9 (`sample_size`).
        design: the comparisons of the first stage, from `design` (with another seed than the runs), if left out.
        hypotheses: models that propose where responses would show, see `design`.
        regime: "retrain": trained anew in each arm; "frozen": trained once, as things are, and read in all;
            "frozen_informed": trained once, in all arms by lot, with a cue that tells the mechanisms apart.
        told: the nodes whose mechanisms the cue tells, for "frozen_informed"; all if left out.
        alpha: the level of each stage.
        effect: the least distance that counts as a response; at one half the majority's behaviour changes.
        correction: "holm"; "bh" for screening (the level is then a false discovery *rate*); "none".
        hold: whether other learned nodes are held; trained together, an opponent's aims look like one's own.
        looks: how often you mean to look in all while runs are added: each look tests at ``alpha / looks``.
        seed: of the runs.

    Raises:
        NotApplicable: too few runs for any test to reject (names the least number), an unknown regime or correction.
        TooLarge: too many runs.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("D -> X -> U", decisions=["D"], utilities=["U"]), D=["left", "right"], U="X",
    ...              X=lambda D: {1: "7/10", 0: "3/10"} if D == "right" else {1: "3/10", 0: "7/10"})
    >>> print(discover(cm.runs.lab(m), n=6).discovery)
    agent decides D for U (retrain, by experiment)
    variables: D -> X, X -> U
    mechanisms: ~X -> ~D, ~U -> ~D (terminal)

    """
    if regime not in (known := get_args(Regime)):
        raise NotApplicable(
            f"regime={regime!r} is not known.{near_miss(regime, known)} Choose one of: {', '.join(known)}."
        )
    if told is not None and regime != "frozen_informed":
        raise NotApplicable("told= says what the cue of regime='frozen_informed' tells; leave it out.")
    check_rules(lab)
    alpha = _each(alpha, looks)
    first = design or designed(lab, hypotheses, hold=hold, seed=seed + _APART)
    if n is None:
        n = sample_size(len(first.comparisons), alpha, _RATES, _POWER)
    least_runs(n, len(first.comparisons), alpha, correction)
    stage = Stage(lab, n, seed, regime, told, alpha=alpha, effect=effect, correction=correction)
    edges = stage.tested({"edge": first.comparisons})
    found = [link for link in edges if link]
    planners = planners_of(lab, hypotheses) if found else []
    how: dict[str, Any] = {"tries": 200, "keep": 2, "hold": hold, "seed": seed + _APART}
    finer = stage.tested(
        {
            name: [
                c
                for link in found
                if (ignored := _ignored(lab, link, name))
                for c in comparisons(lab, planners, link.node, link.to, ignored, **how)
            ]
            for name in ("T1", "T2")
        }
    )
    terminal = [(link.node, link.to) for link in found if _is_terminal(lab, link, finer)]
    nodes, objects = lab.variables.nodes, lab.variables.edges
    graph = MechanisedGraph(nodes, objects, tuple((link.node, link.to) for link in found), tuple(terminal))
    return RunDiscovery(graph, regime, (*edges, *finer), n, stage.runs, alpha, correction)


def check_rules(lab: Lab) -> None:
    """Raise NotApplicable if some learned nodes share a rule."""
    if lab.bench is not None and lab.bench.tied:
        raise NotApplicable(
            f"{', '.join(lab.bench.tied)} share a rule, so that one can't be held while another is trained. Ask about "
            "a model in which they can be told apart."
        )


def _ignored(lab: Lab, link: Link, stage: str) -> tuple[str, ...]:
    """Return the variables whose mechanisms ignore their parents at a stage: the source's children, or the target's."""
    of = link.node if stage == "T1" else link.to
    return tuple(child for child in lab.variables.children(of) if child != link.to)


def _is_terminal(lab: Lab, link: Link, finer: Sequence[Link]) -> bool:
    """Return whether T1 rejects, or is void, and T2 does not; what is observed is no aim."""
    if link.to in lab.variables.children(link.node):
        return False
    at = {x.stage: x for x in finer if (x.node, x.to) == (link.node, link.to)}
    first = "T1" in at and bool(at["T1"]) if lab.variables.children(link.node) else True
    return first and "T2" in at and not at["T2"]


def _each(alpha: float, looks: int) -> float:
    """Return the level of each of several looks, so that P(some look errs) is at most ``alpha`` (Bonferroni)."""
    if isinstance(looks, bool) or not isinstance(looks, int) or looks < 1:
        raise NotApplicable(f"looks={looks!r} is no number of looks. Give 1 or more.")
    return alpha / looks


def least_runs(n: int, tests: int, alpha: float, correction: Correction) -> None:
    """Raise NotApplicable if no test can reject with n runs an arm; it names the least number."""
    level = alpha / tests if correction == "holm" and tests else alpha
    if least_p(n) > level:
        least = next(k for k in range(2, 1_000) if least_p(k) <= level)
        raise NotApplicable(
            f"with n={n} no test can reject: the least p-value is {least_p(n):.2g}, and {tests} tests at "
            f"{alpha:g} ask for {level:.2g}. Give n={least} or more ({sample_size(tests, alpha)} find "
            "most responses)."
        )


class Stage:
    """Trains what a stage needs and tests it; what was read before is not trained again."""

    def __init__(
        self,
        lab: Lab,
        n: int,
        seed: int,
        regime: Regime = "retrain",
        told: Sequence[str] | None = None,
        **level: Any,
    ) -> None:
        self.lab, self.n, self.seed, self.regime, self.told, self.level = lab, n, seed, regime, told, level
        self.readings: Readings = {}

    @property
    def runs(self) -> int:
        """How many runs were trained."""
        return len(self.readings) * self.n

    def tested(self, stages: Mapping[str, Sequence[Comparison]]) -> list[Link]:
        """Return what the comparisons of some stages say, all corrected together."""
        every = [(name, comparison) for name, found in stages.items() for comparison in found]
        cued = self._cued([arm for _, comparison in every for arm in comparison.arms])
        self.readings |= self.lab.read(
            [arm for arm in dict.fromkeys(cued.values()) if arm not in self.readings], self.n, self.seed
        )
        found = [self._response(comparison.to, *(cued[arm] for arm in comparison.arms)) for _, comparison in every]
        raised = adjusted([p for p, _, _ in found], self.level["correction"])
        grouped: dict[tuple[str, str, str], list[tuple[float, float, float, bool]]] = {}
        for (name, comparison), (p, effect, met), corrected in zip(every, found, raised, strict=True):
            grouped.setdefault((comparison.node, comparison.to, name), []).append((corrected, p, effect, met))
        return [self._link(key, tests, len(every)) for key, tests in grouped.items()]

    def _cued(self, arms: Sequence[Arm]) -> dict[Arm, Arm]:
        """Return for each arm the one that is trained to be read in it."""
        if self.regime == "retrain":
            return {arm: arm for arm in arms}
        if self.regime == "frozen":
            return {arm: Arm(self.lab.learned) for arm in arms}
        cues = {
            arm: (
                arm.learns,
                *sorted((v, variant.key) for v, variant in arm.variants.items() if self.told is None or v in self.told),
            )
            for arm in arms
        }
        alike = {cue: tuple(arm for arm in cues if cues[arm] == cue) for cue in cues.values()}
        return {arm: arm if len(alike[cue]) == 1 else Arm(arm.learns, {}, alike[cue]) for arm, cue in cues.items()}

    def _response(self, to: str, one: Arm, other: Arm) -> tuple[float, float, bool]:
        """Return p-value, effect, and whether some context was met often enough by all runs."""
        first, second = self.readings[one], self.readings[other]
        met = first.visited(to, self.lab.visits) & second.visited(to, self.lab.visits)
        return *response(first.taken(to)[:, met], second.taken(to)[:, met]), bool(met.any())

    def _link(self, key: tuple[str, str, str], tests: Sequence[tuple[float, float, float, bool]], number: int) -> Link:
        corrected, p, effect, _ = min(tests, key=lambda test: (test[0], test[1], -test[2]))
        rejecting = [test for test in tests if test[0] <= self.level["alpha"]]
        status: Status = "undetermined"
        if rejecting and (effect := max(test[2] for test in rejecting)) >= self.level["effect"]:
            status = "responds"
        elif not rejecting and any(met for *_, met in tests) and self._would_find(number):
            status = "does not respond"
        return Link(*key, p, corrected, effect, status)

    def _would_find(self, tests: int) -> bool:
        return self.n >= sample_size(tests, self.level["alpha"], _RATES, _POWER)
