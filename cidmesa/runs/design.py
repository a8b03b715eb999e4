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
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from numpy.random import Generator

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Array
    from cidmesa.runs.lab import Lab
    from cidmesa.runs.worlds import Bench

__all__ = ["Comparison", "Design", "Designer", "design"]

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
        found = [{"link": [c.node, c.to], "gap": c.gap, "arms": list(map(repr, c.arms))} for c in self.comparisons]
        return {"arms": len(self.arms), "comparisons": found}

    def to_text(self) -> str:
        """Return the number of arms, and the gap of each link."""
        lines = [f"  ~{c.node} -> ~{c.to}: gap {c.gap:.3g}" for c in self.comparisons]
        return "\n".join([f"{len(self.comparisons)} comparisons of {len(self.arms)} arms", *lines])


def design(
    lab: Lab, hypotheses: Sequence[Model] = (), *, tries: int = 200, keep: int = 2, hold: bool = True, seed: int = 0
) -> Design:
    r"""Return the variants under which to train so that each existing link between mechanisms would show.

    A hypothesis is a model whose decisions plan; it proposes settings of the other mechanisms, and the runs decide. A
    design that is fixed before the runs can cost power, but never the level of a test. Settings are drawn in which each
    mechanism is unchanged half of the time. Two variants of a link's source are valued by their *gap*,
    :math:`\max_o \min(\ell_o, \ell'_o)`: in context o, the losses of acting optimally for one variant under the other,
    weighted by the context's probability.

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
    designer = Designer(lab, tuple(hypotheses), hold, seed, tries, keep)
    links = [(node, to) for to in lab.learned for node in lab.variables.nodes if node != to]
    return Design(tuple(comparison for link in links for comparison in designer.comparisons(*link)))


@dataclass(frozen=True, eq=False)
class Designer:
    """Finds comparisons for links; the arguments are those of `design`."""

    lab: Lab
    hypotheses: tuple[Model, ...]
    hold: bool
    seed: int
    tries: int = 200
    keep: int = 2

    def comparisons(self, node: str, to: str, ignoring: Collection[str] = ()) -> list[Comparison]:
        """Return the comparisons in which a response of ``to`` to ``node`` would show best.

        ``ignoring``: variables whose mechanisms must ignore their parents.
        """
        allowed = {
            v: [i for i, variant in enumerate(variants) if v not in ignoring or variant.structural]
            for v, variants in self.lab.variants.items()
            if v != to and (self.hold or v == node or v not in self.lab.learned)
        }
        sources = allowed.pop(node)
        if len(sources) < 2 or not all(allowed.values()):
            return []
        found = []
        for setting, i, j, gap in self._best(node, to, sources, allowed, ignoring):
            settings = [setting | {node: sources[i]}, setting | {node: sources[j]}]
            learns = (to,) if self.hold else tuple(v for v in self.lab.learned if v == to or v not in settings[0])
            changed = [{v: self.lab.variants[v][k] for v, k in sorted(each.items()) if k} for each in settings]
            found.append(Comparison(node, to, (Arm(learns, changed[0]), Arm(learns, changed[1])), gap))
        return found

    def _best(
        self, node: str, to: str, sources: list[int], allowed: Mapping[str, list[int]], ignoring: Collection[str]
    ) -> list[tuple[Setting, int, int, float]]:
        """Return the best settings and pairs of the node's variants, with their gaps."""
        last = len(sources) - 1
        if not self._planners:  # nothing is known of where it would show: as things are, as far as they may be
            plain = {v: options[0] for v, options in allowed.items()}
            return [(plain, 0, j, 0.0) for j in range(1, last + 1)][: self.keep]
        index = self.lab.variables.index
        rng = np.random.default_rng([self.seed, index(node), index(to), *map(ord, "".join(ignoring))])
        drawn = (tuple((v, _drawn(rng, options)) for v, options in allowed.items()) for _ in range(self.tries))
        settings = list(map(dict, dict.fromkeys(drawn)))
        ranked = [_ranked(planner.gaps(settings, node, sources, to), self.keep) for planner in self._planners]
        merged = dict.fromkeys(place for places in zip_longest(*ranked) for place in places if place is not None)
        chosen = list(merged) or [(s, 0, last, 0.0) for s in range(min(self.keep, len(settings)))]
        return [(settings[s], i, j, gap) for s, i, j, gap in chosen[: self.keep]]

    @cached_property
    def _planners(self) -> list[_Planner]:
        """The planners of the hypotheses; if there are none, those with credit per episode and across episodes."""
        if self.lab.bench is None:
            return []
        counted = {str(found): found for found in self._counted(self.lab.bench)}
        return [_Planner(self.lab, self.lab.bench, found) for found in counted.values()]

    def _counted(self, bench: Bench) -> Iterator[dict[str, tuple[str, ...]]]:
        """Yield the utilities for which each learned node would plan."""
        for model in self.hypotheses:
            if model.cid.edges != bench.system.variables.edges:
                raise NotApplicable("a hypothesis is a model on the variables and links of the lab; this one differs.")
            yield {node: model.cid.utilities_of(str(model.cid.agent(node))) for node in self.lab.learned}
        if not self.hypotheses:
            for world in replace(bench, credit="updates"), replace(bench, credit="episode"):
                yield {node: world.counted(node) for node in self.lab.learned}


def _drawn(rng: Generator, options: Sequence[int]) -> int:
    """Return a variant by lot; as it is, where that is allowed, half of the time."""
    as_is = options[0] == 0 and rng.random() < _AS_IS
    return 0 if as_is else int(rng.choice(options))


def _ranked(gaps: Array, keep: int) -> list[tuple[int, int, int, float]]:
    """Return the best places (setting, variant, variant) with their positive gaps, each setting once."""
    each = np.triu(gaps, 1).reshape(len(gaps), -1)
    best, most = each.argmax(-1), each.max(-1).round(9)
    order = np.argsort(-most, kind="stable")[:keep].tolist()
    return [(s, *divmod(int(best[s]), gaps.shape[-1]), float(most[s])) for s in order if most[s] > 0]


@dataclass(frozen=True, eq=False)
class _Planner:
    """The best choices of each learned node, by enumeration of all settings of the variables.

    ``counted``: learned node -> the utilities that it plans for.
    """

    lab: Lab
    bench: Bench
    counted: Mapping[str, tuple[str, ...]]

    @cached_property
    def cells(self) -> dict[str, Array]:
        """Node -> its context and state as one number, in each setting of all variables; of a utility the context."""
        bench, domains = self.bench, self.bench.system.domains
        sizes = [len(domains[v]) for v in bench.sampled]
        if (count := prod(sizes)) > MAX_SETTINGS:
            raise TooLarge(
                f"the variables have {count} settings to plan in, more than {MAX_SETTINGS}. Leave out variables, "
                "or give a design by hand."
            )
        states = dict(zip(bench.sampled, np.indices(sizes).reshape(len(sizes), -1), strict=True))
        contexts = {v: bench.context(v, states, (count,)) for v in bench.system.variables.nodes}
        return {
            v: number if v in bench.utilities else number * len(domains[v]) + states[v]
            for v, number in contexts.items()
        }

    @cached_property
    def tables(self) -> dict[str, Array]:
        """Node -> its mechanisms as tried (axes: variant, context and state as one; of a utility: variant, context)."""
        rules = {v: [variant.change for variant in variants] for v, variants in self.lab.variants.items()}
        return {
            v: np.stack([values_of(rule) if v in self.bench.utilities else rule.values.ravel() for rule in tried])
            for v, tried in rules.items()
        }

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
        if not self.counted[to]:
            return np.zeros((len(settings), len(sources), *shape))
        group = np.eye(prod(shape))[self.cells[to]]
        step = max(1, MAX_CELLS // (len(group) * len(sources)))
        parts = [settings[i : i + step] for i in range(0, len(settings), step)]
        found = [self._valued(part, node, sources, to) @ group for part in parts]
        return np.concatenate(found).reshape(-1, len(sources), *shape)

    def _valued(self, settings: Sequence[Setting], node: str, sources: Sequence[int], to: str) -> Array:
        """Return the chance of each setting of the variables, but for what ``to`` does, times its worth."""
        chance, worth = np.ones(1), np.zeros(1)
        for v in (*self.bench.sampled, *self.counted[to]):
            if v == to:
                continue
            tried = np.array([sources] if v == node else [[setting.get(v, 0)] for setting in settings])
            table = self.tables[v][tried[..., None], self.cells[v]]  # axes: setting, variant, setting of the variables
            chance, worth = (chance, worth + table) if v in self.counted[to] else (chance * table, worth)
        return np.broadcast_to(chance * worth, (len(settings), len(sources), len(self.cells[to])))
