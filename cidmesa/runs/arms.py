"""Training and its results: variants of mechanisms, arms, and the read-outs of their runs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from itertools import product
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

from cidmesa.frozen import Frozen
from cidmesa.modelling.numbers import as_number, show
from cidmesa.modelling.policy import Rule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cidmesa.modelling.numbers import Array, State

__all__ = ["Arm", "Reading", "Run", "Variant"]

_TIED = 1e-9  # options whose probabilities differ by less are tied


@dataclass(frozen=True, eq=False, repr=False)
class Variant:
    """A mechanism that replaces the present one during training.

    ``structural``: whether it ignores the node's parents. ``change``: the mechanism as a rule, or in another form that
    the trainer accepts, such as a wrapper of an environment.
    """

    name: str
    structural: bool
    change: Any = None

    @classmethod
    def of(cls, rule: Rule) -> Variant:
        """Return a rule as a variant."""
        return cls(str(rule), not rule.reads, rule)

    @cached_property
    def key(self) -> str:
        """The identifier of the variant: its name, or a hash of the rule's numbers."""
        if not isinstance(self.change, Rule):
            return self.name
        text = f"{self.change.parents}{self.change.domains}{self.change.options}{self.change.values.tolist()}"
        return sha256(text.encode()).hexdigest()[:12]

    def __repr__(self) -> str:
        return f"Variant({self.name!r}{', structural' * self.structural})"


@dataclass(frozen=True, eq=False, repr=False)
class Arm(Frozen):
    """A way to train: ``variants`` replace some mechanisms, and ``learns`` names the nodes that are trained.

    A learned node with a variant is held at it. ``mixture``: arms from which each life is drawn at random instead.
    """

    learns: tuple[str, ...]
    variants: Mapping[str, Variant] = field(default_factory=dict)
    mixture: tuple[Arm, ...] = ()

    @property
    def parts(self) -> tuple[Arm, ...]:
        """The arms from which lives are drawn: those of the mixture, or this one."""
        return self.mixture or (self,)

    @cached_property
    def key(self) -> str:
        """The identifier of the arm, used by random generators and stored runs."""
        if self.mixture:
            return f"({' | '.join(sorted(arm.key for arm in self.mixture))})"
        return " ".join([f"[{' '.join(self.learns)}]", *(f"{n}={v.key}" for n, v in sorted(self.variants.items()))])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Arm) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __repr__(self) -> str:
        changed = ", ".join(f"{node}: {variant.name}" for node, variant in self.variants.items())
        return f"Arm({', '.join(self.learns)} trained{f' where {changed}' if changed else ' as is'})"


@dataclass(frozen=True, eq=False, repr=False)
class Run(Frozen):
    """The result of one training run.

    ``rules``: learned node -> probabilities of its options (axes: context, option). ``visits``: learned node -> how
    often each context was met in training. ``lives``: what happened while the trained system was watched, if it was.
    """

    rules: Mapping[str, Array]
    visits: Mapping[str, Array]
    lives: tuple[Mapping[str, State], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the run as plain data, numbers among states as text in a list; `of_json` reads it."""
        rules, visits = ({n: v.tolist() for n, v in part.items()} for part in (self.rules, self.visits))
        lives = [{n: s if isinstance(s, str) else [show(s)] for n, s in life.items()} for life in self.lives]
        return {"rules": rules, "visits": visits, "lives": lives}

    @classmethod
    def of_json(cls, data: Mapping[str, Any]) -> Run:
        """Return the run that `to_json` wrote."""
        rules, visits = ({n: np.asarray(v, dtype=float) for n, v in data[part].items()} for part in ("rules", "visits"))
        lives = ({n: s if isinstance(s, str) else as_number(s[0]) for n, s in life.items()} for life in data["lives"])
        return cls(rules, visits, tuple(lives))


@dataclass(frozen=True, eq=False, repr=False)
class Reading(Frozen):
    """The runs of one arm; ``shapes``: what each learned node observes and may do."""

    arm: Arm
    runs: tuple[Run, ...]
    shapes: Mapping[str, Rule]

    def __len__(self) -> int:
        return len(self.runs)

    def rules(self, node: str) -> Array:
        """Return the rules of the runs (axes: run, context, option)."""
        return np.stack([run.rules[node] for run in self.runs])

    def taken(self, node: str) -> Array:
        """Return the most probable choice of each run, or "undecided" (axes: run, context, option or "undecided")."""
        best = _best(self.rules(node))
        tied = best.sum(-1, keepdims=True) > 1
        return np.concatenate([best & ~tied, tied], axis=-1).astype(np.int64)

    def decided(self, node: str) -> Array:
        """Return the choices of each run, with ties broken at random by run (axes: run, context, option).

        A run that is indifferent chooses at random, as one that learned from noise does.
        """
        best, seed = _best(self.rules(node)), crc32(self.arm.key.encode())
        lots = np.stack([np.random.default_rng([seed, run]).random(best.shape[1:]) for run in range(len(self))])
        return np.asarray(np.eye(best.shape[-1], dtype=np.int64)[np.where(best, lots, -1).argmax(-1)])

    def visited(self, node: str, least: float) -> Array:
        """Return in which contexts every run was at least this often."""
        return np.asarray(np.all([run.visits[node] >= least for run in self.runs], axis=0))

    def rule(self, node: str, run: int) -> Rule:
        """Return the rule that a run learned."""
        shape = self.shapes[node]
        return replace(shape, values=self.runs[run].rules[node].reshape(shape.values.shape).copy())

    def contexts(self, node: str) -> list[dict[str, State]]:
        """Return the contexts of a learned node in their order."""
        shape = self.shapes[node]
        return [dict(zip(shape.parents, states, strict=True)) for states in product(*shape.domains)]


def _best(rules: Array) -> Array:
    """Return which options are most probable in their contexts, all of those that tie."""
    return np.asarray(rules >= rules.max(-1, keepdims=True) - _TIED)
