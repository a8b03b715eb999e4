"""Equilibria as values: profile, values, regrets, and whether the list of equilibria is complete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, overload

from cidmesa.display import Proves, Tells
from cidmesa.frozen import Frozen
from cidmesa.modelling.numbers import Number, is_exact, show

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cidmesa.modelling.policy import Policy

__all__ = ["Concept", "Equilibria", "Equilibrium", "Kind", "Mixture", "Solver"]

Concept = Literal["nash", "subgame_perfect", "stackelberg"]
Solver = Literal["own", "gambit"]
Kind = Literal["pure", "mixed", "behavioural"]
Mixture = tuple[tuple[Number, "Policy"], ...]  # probability, pure policy of the agent


@dataclass(frozen=True, repr=False)
class Equilibrium(Frozen, Tells, Proves):
    """One equilibrium.

    * ``profile``: a rule for each decision; ``None`` if a mixed strategy of a forgetful agent has no behavioural
      equivalent, in which case ``mixtures`` says what is mixed.
    * ``regret``: what each deciding agent could still gain: exactly 0 in exact models, at most 1e-9 in floats. A
      Stackelberg leader has no regret, because it is committed.

    Source: Nash 1951; on influence diagrams Koller and Milch 2003.

    >>> import cidmesa as cm
    >>> g = cm.cid("A, B -> U; A, B -> V", decisions={"a": ["A"], "b": ["B"]}, utilities={"a": ["U"], "b": ["V"]})
    >>> one = cm.equilibria(cm.model(g, A=[0, 1], B=[0, 1], U="A == B", V="A == B"))[0]
    >>> one.values["a"], one.regret["a"]
    (Fraction(1, 1), Fraction(0, 1))

    """

    profile: Policy | None
    values: Mapping[str, Number]
    regret: Mapping[str, Number]
    concept: Concept
    kind: Kind
    method: str
    mixtures: Mapping[str, Mixture] = field(default_factory=dict)

    @property
    def exact(self) -> bool:
        """Whether all values are exact."""
        return all(map(is_exact, self.values.values()))

    def to_json(self) -> dict[str, Any]:
        """Return plain data: values and regrets by agent, rules, mixtures, concept, kind, method."""
        mixed = {
            agent: [{"probability": show(p), "policy": policy.to_json()} for p, policy in mixture]
            for agent, mixture in self.mixtures.items()
        }
        return {
            "concept": self.concept,
            "kind": self.kind,
            "value": {agent: show(value) for agent, value in self.values.items()},
            "regret": {agent: show(value) for agent, value in self.regret.items()},
            "policy": self.profile.to_json() if self.profile is not None else None,
            "mixtures": mixed,
            "method": self.method,
            "exact": self.exact,
        }

    def to_text(self) -> str:
        """Return the rules (or the mixtures, if there are no rules) and the values."""
        values = ", ".join(f"{agent} {show(value)}" for agent, value in self.values.items())
        rules = (
            self.profile.to_text() if self.profile is not None else "\n".join(map(_mixture_text, self.mixtures.items()))
        )
        return f"{rules}\nvalues: {values}"


def _mixture_text(item: tuple[str, Mixture]) -> str:
    agent, mixture = item
    return f"{agent}: " + " | ".join(f"{show(p)}: {'; '.join(str(policy).splitlines())}" for p, policy in mixture)


@dataclass(frozen=True, repr=False)
class Equilibria(Tells, Sequence[Equilibrium]):
    """The equilibria found, in a fixed order.

    ``complete`` says whether these are all equilibria of the kind that was asked for. ``reason`` says why not, or why
    there is none. If equilibria form a continuum, "all" means all extreme ones; the others are mixtures of these.

    Source: Nash 1951; on influence diagrams Koller and Milch 2003.

    >>> import cidmesa as cm
    >>> g = cm.cid("A, B -> U; A, B -> V", decisions={"a": ["A"], "b": ["B"]}, utilities={"a": ["U"], "b": ["V"]})
    >>> found = cm.equilibria(cm.model(g, A=[0, 1], B=[0, 1], U="A == B", V="A == B"))
    >>> len(found), found.complete
    (2, True)

    """

    found: tuple[Equilibrium, ...]
    complete: bool
    reason: str

    @overload
    def __getitem__(self, index: int) -> Equilibrium: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Equilibrium, ...]: ...
    def __getitem__(self, index: int | slice) -> Equilibrium | tuple[Equilibrium, ...]:
        return self.found[index]

    def __len__(self) -> int:
        return len(self.found)

    def to_json(self) -> dict[str, Any]:
        """Return plain data: the equilibria, whether the list is complete, and the reason."""
        return {"equilibria": [one.to_json() for one in self], "complete": self.complete, "reason": self.reason}

    def to_text(self) -> str:
        """Return all equilibria, numbered, and whether the list is complete."""
        parts = [f"{number}. {one.concept}, {one.kind}\n{one}" for number, one in enumerate(self, 1)]
        return "\n".join([*parts, self.reason])
