"""`MesaSpec`: the assumptions about a mesa-optimizer that composition needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from cidmesa.display import Stated
from cidmesa.errors import ComposeError, near_miss
from cidmesa.frozen import Frozen

if TYPE_CHECKING:
    from cidmesa.modelling.numbers import State

__all__ = ["MesaSpec", "Target"]

Target: TypeAlias = str | Mapping[int | str, object]
Scope: TypeAlias = Literal["episode", "updates"]
ValueRef: TypeAlias = Literal["current", "indexical"]
Succession: TypeAlias = Literal["planner", "game", "same"]
Aware: TypeAlias = Literal["full", "model", "none"]
Recall: TypeAlias = Literal["perfect", "none", "tied"]


@dataclass(frozen=True, repr=False)
class MesaSpec(Frozen, Stated):
    """What the mesa-optimizer wants, knows and remembers; each field is one modelling assumption.

    ``target``: the mesa-objective: text for every episode (``A`` is read as ``A1`` in episode 1 where there is such a
    node), or a mapping episode -> text or (parents, text or function).
    ``scope`` (no default): "episode": a decision counts its own episode only; "updates": later episodes too, across
    parameter updates. ``value_ref``: later episodes are valued by the "current" objective, or each by that of the
    parameters then in force ("indexical", with ``successor_targets`` for their other values).
    ``succession``: later decisions are the same agent's ("planner"), separate agents' ("game"), or assumed to obey
    unchanged parameters ("same"). ``aware``: of training "full", as a "model" that it does not observe, or "none".
    ``observes``: action -> further nodes that it observes, where ``aware="full"``. ``beliefs``: node -> the mechanism
    that it believes the node to have. ``recall``: "perfect" (it sees its earlier observations and decisions), "none",
    or "tied" (one rule for all its decisions: it can't tell them apart). ``agent``: its name; its actions bear it.

    Raises:
        ComposeError: ``scope`` is missing, an unknown value, or fields that contradict each other.

    >>> spec = MesaSpec(target="A == 'b'", scope="updates")
    >>> spec, spec.succession
    (MesaSpec(target="A == 'b'", scope='updates'), 'planner')
    >>> MesaSpec(target="A == 'b'")
    Traceback (most recent call last):
    cidmesa.errors.ComposeError: say scope='episode' or scope='updates': ...

    """

    target: Target
    scope: Scope | None = None
    value_ref: ValueRef = "current"
    successor_targets: Mapping[State, Target] | None = None
    succession: Succession = "planner"
    aware: Aware = "full"
    observes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    beliefs: Mapping[str, object] = field(default_factory=dict)
    recall: Recall = "perfect"
    agent: str = "mesa"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.scope is None:
            raise ComposeError(
                "say scope='episode' or scope='updates': whether the mesa-objective extends across parameter updates "
                "is the assumption on which most depends, so it has no default."
            )
        for name, known in _CHOICES.items():
            if (given := getattr(self, name)) not in known:
                raise ComposeError(f"{name}={given!r} is not known.{near_miss(given, known)} "
                                   f"Choose one of: {', '.join(known)}.")  # fmt: skip
        if (self.value_ref == "indexical") != bool(self.successor_targets):
            raise ComposeError("value_ref='indexical' and successor_targets={parameter value: target} go together.")
        if self.succession == "game" and self.scope == "episode":
            raise ComposeError(
                "succession='game' splits an objective that spans updates, but with scope='episode' each episode is an "
                "agent of its own already. Use scope='updates', or leave succession out."
            )
        if self.observes and self.aware != "full":
            raise ComposeError(f"observes={dict(self.observes)!r} needs aware='full'; with aware={self.aware!r} the "
                               "mesa-optimizer observes nothing beyond its inputs.")  # fmt: skip

    @property
    def one_agent(self) -> bool:
        """Whether one agent takes all its decisions and counts all episodes; else each episode has an agent."""
        return self.scope == "updates" and self.succession != "game"

    @property
    def severed(self) -> bool:
        """Whether it takes its parameters to be unchangeable (rule R5)."""
        return self.aware == "none" or self.succession == "same"


_CHOICES: dict[str, tuple[str, ...]] = {
    "scope": get_args(Scope),
    "value_ref": get_args(ValueRef),
    "succession": get_args(Succession),
    "aware": get_args(Aware),
    "recall": get_args(Recall),
}
