"""`design`: the variants under which to train so that a response would show."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import zip_longest
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cidmesa.display import Tells
from cidmesa.errors import NotApplicable, TooLarge
from cidmesa.frozen import Frozen
from cidmesa.runs.arms import Arm
from cidmesa.runs.worlds import values_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.random import Generator

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Array
    from cidmesa.runs.lab import Lab
    from cidmesa.runs.worlds import Bench, Credit

__all__ = ["Comparison", "Design", "Planner", "comparisons", "design", "planners_of"]

MAX_CELLS = 2_000_000  # settings of all variables, times those of mechanisms that are looked at in one go
MAX_SETTINGS = 20_000  # of all variables, in which a planner looks for the best
Setting = dict[str, int]  # node -> which of its variants
_AS_IS = 0.5  # how often a mechanism is left as it is
_NO_GAP = 1e-9


class Comparison(NamedTuple):
    """Two arms that differ in the mechanism of ``node``, and how much a planner loses by confusing them."""

    node: str
    to: str
    arms: tuple[Arm, Arm]
    gap: float


@dataclass(frozen=True, repr=False)
class Design(Frozen, Tells):
    """What to train for the first stage of discovery: for each link, the comparisons that would show it best.

    ``gaps`` are the largest over the hypothesized planners. Build it with `design`.
    """

    comparisons: tuple[Comparison, ...]

    @property
    def arms(self) -> tuple[Arm, ...]:
        """All arms, each once."""
        return tuple(dict.fromkeys(arm for found in self.comparisons for arm in found.arms))

    def to_json(self) -> dict[str, Any]:
        """Return the comparisons as plain data."""
        return {
            "arms": len(self.arms),
            "comparisons": [
                {"link": [c.node, c.to], "gap": c.gap, "arms": list(map(repr, c.arms))} for c in self.comparisons
            ],
        }

    def to_text(self) -> str:
        """Return the number of arms, and the gap of each link."""
        lines = [f"  ~{c.node} -> ~{c.to}: gap {c.gap:.3g}" for c in self.comparisons]
        return "\n".join([f"{len(self.comparisons)} comparisons of {len(self.arms)} arms", *lines])


def design(
    lab: Lab,
    hypotheses: Sequence[Model] = (),
    *,
    tries: int = 200,
    keep: int = 2,
    hold: bool = True,
    seed: int = 0,
) -> Design:
    r"""Return the variants under which to train so that each existing link between mechanisms would show.

    A response may show only in some settings of the other mechanisms. A hypothesis is a model whose decisions plan; it
    proposes settings, and the runs decide. A design that is fixed before the runs can cost power, but never the level
    of a test. For each link, settings are drawn in which each mechanism is unchanged half of the time. Two variants of
    the link's source are valued by their *gap*: the greatest over contexts of the smaller of two losses, each that of
    acting optimally for one variant under the other, weighted by the context's probability.

    Args:
        lab: the lab in which to train; if it has no mechanisms, nothing can be planned, and each variant is compared
            with the unchanged lab.
        hypotheses: models on the lab's variables; if left out, the lab's own, with credit per episode and across
            episodes.
        tries: how many settings to draw for a link.
        keep: how many comparisons to keep for a link.
        hold: whether the other learned nodes are held at a rule; otherwise they learn too.
        seed: the seed of the draws.

    Raises:
        NotApplicable: a hypothesis has other variables.
        TooLarge: the variables have too many settings.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("D -> X -> U", decisions=["D"], utilities=["U"]), D=["left", "right"], U="X",
    ...              X=lambda D: {1: "7/10", 0: "3/10"} if D == "right" else {1: "3/10", 0: "7/10"})
    >>> print(design(cm.runs.lab(m), keep=1))
    2 comparisons of 3 arms
      ~X -> ~D: gap 1
      ~U -> ~D: gap 1

    """
    planners = planners_of(lab, hypotheses)
    found = [
        comparison
        for to in lab.learned
        for node in lab.variables.nodes
        if node != to
        for comparison in comparisons(lab, planners, node, to, tries=tries, keep=keep, hold=hold, seed=seed)
    ]
    return Design(tuple(found))


def comparisons(
    lab: Lab,
    planners: Sequence[Planner],
    node: str,
    to: str,
    ignoring: Collection[str] = (),
    *,
    tries: int,
    keep: int,
    hold: bool,
    seed: int,
) -> list[Comparison]:
    """Return the comparisons in which a response of ``to`` to ``node`` would show best.

    ``ignoring``: variables whose mechanisms must ignore their parents.
    """
    rng = np.random.default_rng(
        [seed, lab.variables.index(node), lab.variables.index(to), *map(ord, "".join(ignoring))]
    )
    allowed = {
        v: [i for i, variant in enumerate(variants) if v not in ignoring or variant.structural]
        for v, variants in lab.variants.items()
        if v != to and (hold or v == node or v not in lab.learned)
    }
    sources = allowed.pop(node)
    if len(sources) < 2 or not all(allowed.values()):
        return []
    if not planners:  # nothing is known of where it would show: as things are, as far as they may be
        chosen = [(0, 0, j, 0.0) for j in range(1, len(sources))]
        settings = [{v: options[0] for v, options in allowed.items()}]
    else:
        drawn = ([(v, _drawn(rng, options)) for v, options in allowed.items()] for _ in range(tries))
        settings = [dict(setting) for setting in dict.fromkeys(map(tuple, drawn))]
        ranked = [_best(planner.gaps(settings, node, sources, to), keep) for planner in planners]
        chosen = list(dict.fromkeys(place for places in zip_longest(*ranked) for place in places if place is not None))
        chosen = chosen or [(i, 0, len(sources) - 1, 0.0) for i in range(min(keep, len(settings)))]
    pairs = [
        (settings[s] | {node: sources[i]}, settings[s] | {node: sources[j]}, gap) for s, i, j, gap in chosen[:keep]
    ]
    return [Comparison(node, to, _arms(lab, one, other, to, hold), gap) for one, other, gap in pairs]


def _drawn(rng: Generator, options: Sequence[int]) -> int:
    """Return a variant by lot; as it is, where that is allowed, half of the time."""
    as_is = options[0] == 0 and rng.random() < _AS_IS
    return 0 if as_is else int(rng.choice(options))


def _best(gaps: Array, keep: int) -> list[tuple[int, int, int, float]]:
    """Return the best places (setting, variant, variant) with their positive gaps, each setting once."""
    each = np.triu(gaps, 1).reshape(len(gaps), -1)
    best, most = each.argmax(-1), each.max(-1).round(9)
    order = np.argsort(-most, kind="stable")[:keep].tolist()
    return [(s, *divmod(int(best[s]), gaps.shape[-1]), float(most[s])) for s in order if most[s] > 0]


def _arms(lab: Lab, one: Setting, other: Setting, to: str, hold: bool) -> tuple[Arm, Arm]:
    learns = (to,) if hold else tuple(v for v in lab.learned if v == to or v not in one)
    first, second = (Arm(learns, {v: lab.variants[v][i] for v, i in sorted(s.items()) if i}) for s in (one, other))
    return first, second


# --- the planner ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Planner:
    """The best choices of each learned node, by enumeration of all settings of the variables.

    ``counted``: learned node -> the utilities that it plans for. ``tables``: node -> the mechanisms that are tried
    (axes: variant, context, state), utilities as values (axes: variant, context).
    """

    bench: Bench
    counted: Mapping[str, tuple[str, ...]]
    tables: Mapping[str, Array]

    @classmethod
    def of(cls, lab: Lab, bench: Bench, counted: Mapping[str, tuple[str, ...]]) -> Planner:
        """Return the planner that counts these utilities."""
        tables = {
            v: np.stack([variant.change.values.reshape(-1, len(variant.change.options)) for variant in variants])
            for v, variants in lab.variants.items()
            if v not in bench.utilities
        }
        values = {u: np.stack([values_of(variant.change) for variant in lab.variants[u]]) for u in bench.utilities}
        return cls(bench, counted, tables | values)

    @cached_property
    def cells(self) -> dict[str, Array]:
        """Node -> its context and state as one number, in each setting of all variables; of a utility the context."""
        sampled, domains = self.bench.sampled, self.bench.system.domains
        if (count := prod(len(domains[v]) for v in sampled)) > MAX_SETTINGS:
            raise TooLarge(
                f"the variables have {count} settings to plan in, more than {MAX_SETTINGS}. Leave out variables, "
                "or give a design by hand."
            )
        states = dict(
            zip(sampled, np.indices([len(domains[v]) for v in sampled]).reshape(len(sampled), -1), strict=True)
        )
        found = {}
        for node in self.bench.system.variables.nodes:
            number = np.zeros(count, dtype=np.intp)
            for parent in self.bench.system.variables.parents(node):
                number = number * len(domains[parent]) + states[parent]
            found[node] = number if node in self.bench.utilities else number * len(domains[node]) + states[node]
        return found

    def gaps(self, settings: Sequence[Setting], node: str, sources: Sequence[int], to: str) -> Array:
        """Return the gap of each two variants of ``node`` in each setting (axes: setting, variant, variant)."""
        worth = self._worth(settings, node, sources, to)
        best = worth >= worth.max(-1, keepdims=True) - _NO_GAP
        loss = worth.max(-1, keepdims=True) - worth
        cost = np.where(best[:, :, None], loss[:, None], np.inf).min(-1)  # of i's best options where j holds
        return np.asarray(np.minimum(cost, cost.swapaxes(1, 2)).max(-1))

    def _worth(self, settings: Sequence[Setting], node: str, sources: Sequence[int], to: str) -> Array:
        """Return P(context) times what each option is worth (axes: setting, variant, context, option)."""
        shape = (self.bench.size(to), len(self.bench.system.domains[to]))
        if not (counted := self.counted[to]):
            return np.zeros((len(settings), len(sources), *shape))
        group = np.zeros((len(self.cells[to]), prod(shape)))
        group[np.arange(len(group)), self.cells[to]] = 1
        size = max(1, MAX_CELLS // (len(group) * len(sources)))
        parts = [
            self._valued(settings[i : i + size], node, sources, to, counted) @ group
            for i in range(0, len(settings), size)
        ]
        return np.concatenate(parts).reshape(-1, len(sources), *shape)

    def _valued(
        self, settings: Sequence[Setting], node: str, sources: Sequence[int], to: str, counted: Sequence[str]
    ) -> Array:
        """Return the chance of each setting of the variables, but for what ``to`` does, times its worth."""
        chance, worth = np.ones(1), np.zeros(1)
        for v in (*self.bench.sampled, *counted):
            if v != to:
                table = self._table(settings, node, sources, v)
                chance, worth = (chance, worth + table) if v in counted else (chance * table, worth)
        return np.broadcast_to(chance * worth, (len(settings), len(sources), len(self.cells[to])))

    def _table(self, settings: Sequence[Setting], node: str, sources: Sequence[int], v: str) -> Array:
        table = self.tables[v].reshape(len(self.tables[v]), -1)
        if v == node:
            return np.asarray(table[list(sources)][None, :, self.cells[v]])
        return np.asarray(table[[setting.get(v, 0) for setting in settings]][:, None, self.cells[v]])


def planners_of(lab: Lab, hypotheses: Sequence[Model] = ()) -> list[Planner]:
    """Return the planners of the hypotheses; if there are none, those with credit per episode and across episodes.

    A lab without mechanisms has none.
    """
    if lab.bench is None:
        return []
    bench = lab.bench
    reaches: tuple[Credit, ...] = ("updates", "episode")
    found = [{n: replace(bench, credit=credit).counted(n) for n in lab.learned} for credit in reaches]
    if hypotheses:
        for model in hypotheses:
            if model.cid.edges != bench.system.variables.edges:
                raise NotApplicable("a hypothesis is a model on the variables and links of the lab; this one differs.")
        found = [{n: model.cid.utilities_of(str(model.cid.agent(n))) for n in lab.learned} for model in hypotheses]
    return [Planner.of(lab, bench, counted) for counted in {str(c): c for c in found}.values()]
