"""`credit_scope`: how far credit reaches across updates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from cidmesa.display import Tells, html_mark, html_table
from cidmesa.errors import NotApplicable
from cidmesa.frozen import Frozen
from cidmesa.runs.arms import Arm, Variant
from cidmesa.runs.design import Comparison
from cidmesa.runs.significance import sample_size
from cidmesa.runs.stage import Stage, check_rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cidmesa.runs.lab import Lab
    from cidmesa.runs.stage import Link
    from cidmesa.runs.worlds import Bench

__all__ = ["CreditScope", "credit_scope"]

Pair: TypeAlias = "tuple[str, int]"  # a decision, and the number of an episode


@dataclass(frozen=True, repr=False)
class CreditScope(Frozen, Tells):
    """The utilities to which each decision responds, episode by episode.

    ``matrix``: (decision, number of an episode, from 0) -> the evidence of the runs. ``place``: decision -> its
    episode. Pairs in which the decision leads to no utility of the episode are left out.
    """

    matrix: Mapping[Pair, Link]
    place: Mapping[str, int]
    n: int
    runs: int

    @property
    def reach(self) -> int | None:
        """The least number of updates over which credit reaches; ``None`` if no decision responds to anything."""
        return max((k - self.place[d] for (d, k), link in self.matrix.items() if link), default=None)

    @property
    def scope(self) -> Literal["updates", "episode"] | int | None:
        """The scope of a specification that fits: "episode", "updates" (all that it can reach), or a number."""
        if self.reach in (0, None):
            return None if self.reach is None else "episode"
        return "updates" if all(self.matrix.values()) else self.reach

    def __getitem__(self, pair: Pair) -> Link:
        return self.matrix[pair]

    @property
    def _answers(self) -> dict[str, list[str]]:
        """Decision -> yes, no or ? for each episode."""
        episodes = range(1 + max((k for _, k in self.matrix), default=-1))
        return {d: [self.matrix[d, k].answer if (d, k) in self.matrix else "no" for k in episodes] for d in self.place}

    def rows(self) -> list[str]:
        """Return a row for each decision: x where it responds, a dot where it does not, ? where it is not known."""
        return ["".join({"yes": "x", "no": "."}.get(each, each) for each in row) for row in self._answers.values()]

    def to_json(self) -> dict[str, Any]:
        """Return reach, scope and what was tested as plain data."""
        links = [link.to_json() | {"episode": k} for (_, k), link in self.matrix.items()]
        return {"scope": self.scope, "reach": self.reach, "n": self.n, "runs": self.runs, "links": links}

    def to_text(self) -> str:
        """Return the matrix as text."""
        width = max(map(len, self.place))
        rows = [f"  {d:{width}} {row}" for d, row in zip(self.place, self.rows(), strict=True)]
        return "\n".join([f"scope {self.scope}, reach {self.reach} ({self.runs} runs, {self.n} an arm)", *rows])

    def to_html(self) -> str:
        """Return the matrix as a table."""
        rows = [[decision, *map(html_mark, row)] for decision, row in self._answers.items()]
        head = ["decision", *(f"episode {k}" for k in range(1, len(rows[0])))]
        return html_table(head, rows, "l" + "c" * (len(head) - 1), self.to_text().partition("\n")[0])


def credit_scope(
    lab: Lab,
    n: int | None = None,
    *,
    stakes: float = 3,
    alpha: float = 0.05,
    effect: float = 0.5,
    seed: int = 0,
) -> CreditScope:
    """Return how far credit reaches: whether the decision of each episode responds to the utility of each later one.

    For episodes t < k, the utilities of t keep their weight, and those of k have ``stakes`` times their weight or none.
    For t = k, they are unchanged or reversed. All other utilities have no weight, and all decisions learn. All tests
    are corrected together (Holm). A decision responds only to its consequences. Whether it responds depends on the
    stakes: what a decision gives up in its own episode must be worth less than what it can gain later, so correction,
    for example, must be likely enough.

    Args:
        lab: the lab in which to train, of a composition or a model; each decision of a model is an episode.
        n: the number of runs per arm; if left out, enough to find a response with probability 0.9.
        stakes: the value of a later utility.
        alpha: the joint level of all tests.
        effect: the least distance that counts as a response.
        seed: the seed of the runs.

    Raises:
        NotApplicable: there are too few runs, or the lab has no mechanisms.

    Source: ours; the question is whether a mesa-objective extends across updates, Hubinger et al. 2019, section 4.2.

    >>> import cidmesa as cm
    >>> spec = cm.MesaSpec(target="A == 'b'", scope="updates", recall="none")
    >>> corners = cm.compose(cm.builders.episodes(1, 1, mu="4/5"), spec)
    >>> found = credit_scope(cm.runs.lab(corners), n=6)
    >>> found.rows(), found.scope
    (['xx', '.x'], 'updates')
    """
    check_rules(lab)
    if lab.bench is None:
        raise NotApplicable("the scope of credit is found by changing utilities, so it needs a lab of a model.")
    bench, pairs = lab.bench, list[Pair]()
    for d in lab.learned:
        later = set(lab.variables.descendants(d))
        episodes = {bench.place[u] for u in bench.utilities if u in bench.place and u in later}
        pairs += [(d, k) for k in sorted(episodes) if k >= bench.place[d]]
    n = sample_size(len(pairs), alpha) if n is None else n
    stage = Stage(lab, n, len(pairs), seed, alpha, effect)
    compared = [Comparison(f"episode {k + 1}", d, _arms(bench, d, k, stakes), 0) for d, k in pairs]
    links = stage.tested({"credit": compared})
    return CreditScope(dict(zip(pairs, links, strict=True)), {d: bench.place[d] for d in lab.learned}, n, stage.runs)


def _arms(bench: Bench, decision: str, k: int, stakes: float) -> tuple[Arm, Arm]:
    """Return the arms in which the utilities of episode k are worth much, or nothing (its own: reversed)."""
    t = bench.place[decision]
    one, other = ({t: 1.0, k: stakes}, {t: 1.0, k: 0.0}) if k > t else ({t: 1.0}, {t: -1.0})
    return Arm(bench.learned, _worth(bench, one)), Arm(bench.learned, _worth(bench, other))


def _worth(bench: Bench, weights: Mapping[int, float]) -> dict[str, Variant]:
    """Return the utilities times the weight of their episode, nothing where it has none."""
    found = {}
    for utility in bench.utilities:
        rule, weight = bench.system.mechanisms[utility], weights.get(bench.place.get(utility, 0), 0.0)
        if weight != 1:
            worth = replace(rule, options=tuple(float(option) * weight for option in rule.options))
            found[utility] = Variant(f"{weight:g} times", not rule.reads or not weight, worth)
    return found
