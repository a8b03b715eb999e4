"""`MesaSpec`: the assumptions about a mesa-optimizer that composition needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from math import inf
from types import NoneType
from typing import Any, Literal, TypeAlias, get_args, get_origin, get_type_hints

from cidmesa.display import Stated
from cidmesa.errors import ComposeError, near_miss
from cidmesa.frozen import Frozen
from cidmesa.modelling.numbers import State

__all__ = ["Beliefs", "MesaSpec", "Observations", "Successors", "Target", "choices", "doc_of"]

Target: TypeAlias = str | Mapping[int | str, object]
Successors: TypeAlias = Mapping[State, Target]
Observations: TypeAlias = Mapping[str, Sequence[str]]
Beliefs: TypeAlias = Mapping[str, object]


@dataclass(frozen=True, repr=False)
class MesaSpec(Frozen, Stated):
    """What the mesa-optimizer wants, knows and remembers; each field is one modelling assumption.

    Raises:
        ComposeError: ``scope`` is missing, an unknown value, or fields that contradict each other.

    >>> spec = MesaSpec(target="A == 'b'", scope="updates")
    >>> spec, spec.succession
    (MesaSpec(target="A == 'b'", scope='updates'), 'planner')
    >>> MesaSpec(target="A == 'b'")
    Traceback (most recent call last):
    cidmesa.errors.ComposeError: say scope='episode' or scope='updates': ...

    """

    target: Target = field(
        metadata={
            "doc": "the mesa-objective: text for every episode (A is read as A1 in episode 1 where there is such a "
            "node), or for each episode text, or parents and text"
        }
    )
    scope: Literal["episode", "updates"] | int | None = field(
        default=None,
        metadata={
            "doc": "whose utilities a decision counts: those of its own episode only, or later ones too, across "
            "parameter updates, or as many later ones as a number says; it has no default"
        },
    )
    value_ref: Literal["current", "indexical"] = field(
        default="current",
        metadata={
            "doc": "later episodes are valued by the current objective, or each by that of the parameters then in force"
        },
    )
    successor_targets: Successors | None = field(
        default=None,
        metadata={"doc": "where values are indexical: the objective of each other value of the parameters"},
    )
    succession: Literal["planner", "game", "same"] = field(
        default="planner",
        metadata={
            "doc": "later decisions are the same agent's, separate agents', or assumed to obey unchanged parameters"
        },
    )
    aware: Literal["full", "model", "none"] = field(
        default="full",
        metadata={"doc": "training is known and seen, known and not seen beyond what is observed, or not known"},
    )
    observes: Observations = field(
        default_factory=dict, metadata={"doc": "action: further nodes that it observes; needs full awareness"}
    )
    beliefs: Beliefs = field(
        default_factory=dict, metadata={"doc": "node: the mechanism that it believes the node to have"}
    )
    recall: Literal["perfect", "none", "tied"] = field(
        default="perfect",
        metadata={
            "doc": "it sees its earlier observations and decisions, or nothing of them; tied: one rule for all its "
            "decisions, which it can't tell apart"
        },
    )
    agent: str = field(default="mesa", metadata={"doc": "the name of the mesa-optimizer; its actions bear it"})

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.scope is None:
            raise ComposeError(
                "say scope='episode' or scope='updates': whether the mesa-objective extends across parameter updates "
                "(a number: across so many) is the assumption on which most depends, so it has no default."
            )
        for name, known in choices().items():
            given = getattr(self, name)
            if given not in known and not (name == "scope" and _is_count(given)):
                raise ComposeError(
                    f"{name}={given!r} is not known.{near_miss(given, known)} Choose one of: {', '.join(known)}."
                )
        if (self.value_ref == "indexical") != bool(self.successor_targets):
            raise ComposeError("value_ref='indexical' and successor_targets={parameter value: target} go together.")
        if self.succession == "game" and self.scope != "updates":
            raise ComposeError(
                f"succession='game' splits an objective that spans updates, but with scope={self.scope!r} each episode "
                "is an agent of its own already. Use scope='updates', or leave succession out."
            )
        if self.observes and self.aware != "full":
            raise ComposeError(
                f"observes={dict(self.observes)!r} needs aware='full'; with aware={self.aware!r} the "
                "mesa-optimizer observes nothing beyond its inputs."
            )

    @property
    def one_agent(self) -> bool:
        """Whether one agent takes all its decisions and counts all episodes; else each episode has an agent."""
        return self.scope == "updates" and self.succession != "game"

    @property
    def span(self) -> float:
        """How many later episodes a decision counts."""
        return {"episode": 0, "updates": inf}[self.scope] if isinstance(self.scope, str) else float(self.scope or 0)

    @property
    def as_selves(self) -> bool:
        """Whether each episode has an agent that counts later ones, too."""
        return not self.one_agent and self.span > 0

    @property
    def severed(self) -> bool:
        """Whether it takes its parameters to be unchangeable."""
        return self.aware == "none" or self.succession == "same"


def _is_count(given: object) -> bool:
    return isinstance(given, int) and not isinstance(given, bool) and given >= 0


def doc_of(name: str) -> str:
    """Return what a field of `MesaSpec` says.

    >>> doc_of("beliefs")
    'node: the mechanism that it believes the node to have'
    """
    return str(next(f.metadata["doc"] for f in fields(MesaSpec) if f.name == name))


@cache
def choices() -> dict[str, tuple[str, ...]]:
    """Return the words that each field of `MesaSpec` knows, of those fields that know words.

    >>> choices()["recall"]
    ('perfect', 'none', 'tied')
    """
    words = {
        name: [w for part in _parts(hint) if get_origin(part) is Literal for w in get_args(part)]
        for name, hint in get_type_hints(MesaSpec).items()
    }
    return {name: tuple(found) for name, found in words.items() if found}


def _parts(hint: Any) -> tuple[Any, ...]:
    """Return the members of a union, or the one type."""
    return get_args(hint) if NoneType in get_args(hint) else (hint,)


def _documented() -> str:
    lines = [f"        {f.name}: {f.metadata['doc']}" for f in fields(MesaSpec)]
    known = {name: f" ({', '.join(words)})" for name, words in choices().items()}
    return "\n".join(f"{line}{known.get(line.split(':')[0].strip(), '')}." for line in lines)


MesaSpec.__doc__ = str(MesaSpec.__doc__).replace("    Raises:", f"    Args:\n{_documented()}\n\n    Raises:", 1)
