"""`MesaSpec`: the assumptions about a mesa-optimizer that composition needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from fractions import Fraction
from functools import cache
from math import inf
from textwrap import fill
from types import NoneType
from typing import Any, Literal, TypeAlias, get_args, get_origin, get_type_hints

from cidmesa.display import Displays, Stated
from cidmesa.errors import ComposeError, check_word
from cidmesa.frozen import Frozen
from cidmesa.modelling.numbers import State

__all__ = ["Beliefs", "MesaSpec", "Observations", "Successors", "Target", "Weight", "choices", "doc_of"]

Target: TypeAlias = str | Mapping[int | str, object]
Successors: TypeAlias = Mapping[State, Target]
Observations: TypeAlias = Mapping[str, Sequence[str]]
Beliefs: TypeAlias = Mapping[str, object]
Weight: TypeAlias = str | int | Fraction


@dataclass(frozen=True, repr=False)
class MesaSpec(Frozen, Stated, Displays):
    """What the mesa-optimizer wants, knows and remembers; each field is one modelling assumption.

    The answers of `certify_deception` and `alignment` hold under these assumptions; `sensitivity` says what follows
    from other assumptions.

    Source: the conditions of Hubinger et al. 2019, section 4; the fields are ours.

    Raises:
        ComposeError: ``scope`` is missing, a value is unknown, or fields contradict each other.

    >>> spec = MesaSpec(target="A == 'b'", scope="updates")
    >>> spec, spec.succession
    (MesaSpec(target="A == 'b'", scope='updates'), 'planner')
    >>> MesaSpec(target="A == 'b'")
    Traceback (most recent call last):
    cidmesa.errors.ComposeError: say scope='episode' or scope='updates': ...

    """

    target: Target = field(
        metadata={
            "doc": "the mesa-objective: an expression for every episode, or a mapping from episode to "
            "expression, or to parents and expression",
            "then": "In a common expression ``A`` means ``A1`` in episode 1, if there is such a node. The "
            "composer makes one utility node for each episode",
        }
    )
    scope: Literal["episode", "updates"] | int | None = field(
        default=None,
        metadata={
            "doc": "which utilities a decision counts: those of its own episode, those of all later ones too, "
            "across parameter updates, or those of a given number of later ones; there is no default",
            "then": 'With "episode" nothing after its episode matters to a decision. With "updates" it may comply '
            "now in order not to be changed later; with a number, if that many updates make it worthwhile",
        },
    )
    value_ref: Literal["current", "indexical"] = field(
        default="current",
        metadata={
            "doc": "whether the current objective values later episodes, or the objective of the parameters in "
            "force in each",
            "then": 'With "current" a change of its objective is a loss to it; with "indexical" each successor is '
            "judged by the successor's own objective",
        },
    )
    successor_targets: Successors | None = field(
        default=None,
        metadata={
            "doc": "for indexical values: the objective of each other parameter value",
            "then": 'It goes together with ``value_ref="indexical"``',
        },
    )
    succession: Literal["planner", "game", "same"] = field(
        default="planner",
        metadata={
            "doc": "whether later decisions are the same agent's, separate agents', or assumed to obey "
            "unchanged parameters",
            "then": 'A "planner" has one policy for all episodes; in a "game" each episode has an agent, and '
            'equilibria replace the optimum; with "same" it overlooks that its parameters can change',
        },
    )
    aware: Literal["full", "model", "none"] = field(
        default="full",
        metadata={
            "doc": "whether it knows and observes training, knows but does not observe it, or does not know it",
            "then": 'With "none" the composer severs the updates from its actions, so it knows of no threat; '
            "in the objective twin the outcome may surprise it",
        },
    )
    observes: Observations = field(
        default_factory=dict,
        metadata={
            "doc": "further nodes that it observes, action -> nodes; needs full awareness",
            "then": "Each adds an information link, so its conduct may depend on the node, such as on whether "
            "it is deployed",
        },
    )
    beliefs: Beliefs = field(
        default_factory=dict,
        metadata={
            "doc": "the mechanisms that it believes nodes to have, node -> mechanism",
            "then": "They replace the true mechanisms in its own model, not in the objective twin",
        },
    )
    recall: Literal["perfect", "none", "tied"] = field(
        default="perfect",
        metadata={
            "doc": "whether it remembers earlier observations and decisions, nothing of them, or follows one "
            "rule for all decisions (tied)",
            "then": 'With "tied" it cannot distinguish its decisions, and randomizing may pay',
        },
    )
    later_weight: Weight = field(
        default=1,
        metadata={
            "doc": "the weight of the utilities of later episodes, relative to 1 for those of its own: a number, "
            "or an expression in parameters",
            "then": "Below 1 with several training episodes its later selves would choose otherwise "
            '(quasi-hyperbolic discounting), so each must be an agent: ``succession="game"``. A discount that does not '
            "depend on the decision stands in the target, such as ``gamma**2 * (A3 == 'b')``",
        },
    )
    agent: str = field(
        default="mesa",
        metadata={
            "doc": "the name of the mesa-optimizer, which its actions carry",
            "then": "Several learned algorithms have different names",
        },
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.scope is None:
            raise ComposeError(
                "say scope='episode' or scope='updates': does the mesa-objective extend across parameter updates (a "
                "number: across how many)? Most of what follows depends on it, so scope has no default."
            )
        for name, known in choices().items():
            given = getattr(self, name)
            if not (name == "scope" and _is_count(given)):
                check_word(name, given, known, ComposeError)
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
        """Whether one agent makes all decisions and counts all episodes; otherwise each episode has its own agent."""
        return self.scope == "updates" and self.succession != "game"

    @property
    def span(self) -> float:
        """The number of later episodes that a decision counts."""
        return {"episode": 0, "updates": inf}[self.scope] if isinstance(self.scope, str) else float(self.scope or 0)

    @property
    def as_selves(self) -> bool:
        """Whether each episode has its own agent, which also counts later episodes."""
        return not self.one_agent and self.span > 0

    @property
    def severed(self) -> bool:
        """Whether the mesa-optimizer believes that its parameters cannot change."""
        return self.aware == "none" or self.succession == "same"


def _is_count(given: object) -> bool:
    return isinstance(given, int) and not isinstance(given, bool) and given >= 0


def doc_of(name: str) -> str:
    """Return what a field of `MesaSpec` says.

    >>> doc_of("beliefs")
    'the mechanisms that it believes nodes to have, node -> mechanism'
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
    known = {name: f" ({', '.join(words)})" for name, words in choices().items()}
    texts = [f"{f.name}: {f.metadata['doc']}{known.get(f.name, '')}. {f.metadata['then']}." for f in fields(MesaSpec)]
    return "\n".join(
        fill(text, 120, initial_indent=" " * 8, subsequent_indent=" " * 12, break_on_hyphens=False) for text in texts
    )


MesaSpec.__doc__ = str(MesaSpec.__doc__).replace("    Raises:", f"    Args:\n{_documented()}\n\n    Raises:", 1)
