"""Values in the nodes: distributions of chance nodes, expected utilities of options, means of utilities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cidmesa.errors import ModelError, NotApplicable
from cidmesa.modelling.inference import query, weights
from cidmesa.modelling.model import Model
from cidmesa.modelling.numbers import setting_text, show
from cidmesa.render.figure import Bar
from cidmesa.solving.utility import expected_value

if TYPE_CHECKING:
    from cidmesa.modelling.numbers import Number, State
    from cidmesa.render.drawable import Subject
    from cidmesa.render.options import Options

__all__ = ["Impossible", "bars_of", "number"]

_MOST = 6  # rows in a node
_SHORT = 6  # characters of a fraction that is written as it is
_UNKNOWN, _UNDECIDED = "?", "needs a policy"


class Impossible(ModelError):
    """What is said to be known has probability 0."""


def bars_of(subject: Subject, options: Options, *, whole: bool = False) -> dict[str, tuple[Bar, ...]]:
    """Return for each node its rows: what it is or does, given evidence, interventions and a policy.

    A chance node has its distribution. A decision has for each option the expected utility of its agent if the option
    is taken (`do`) and all else stays; options that the policy never takes have pale bars. A utility has its mean.
    What depends on a decision without a policy has a ``?``. ``whole``: rows for all states, even where they are many or
    one is known.

    Raises:
        NotApplicable: the value has no numbers, or numbers that contain symbols.
        Impossible: the evidence has probability 0.
        ModelError: the model does not have such a rule or state.

    >>> import cidmesa as cm
    >>> from cidmesa.render.drawable import subject_of
    >>> g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, S={0: "1/3", 1: "2/3"}, D=[0, 1], U="S == D")
    >>> found = bars_of(subject_of(m), {"show": "posteriors", "evidence": {"S": 1}})
    >>> {name: [f"{bar.name}: {bar.value}" for bar in rows] for name, rows in found.items()}
    {'S': ['1: 1'], 'D': ['0: 0', '1: 1'], 'U': ['mean: ?']}
    """
    if options.get("show") != "posteriors":
        return {}
    model = subject.model
    if not isinstance(model, Model) or model.symbolic:
        raise NotApplicable("show='posteriors' needs a model with numbers. Draw a cm.model or a scenario with numbers.")
    nodes = model.cid.nodes
    forced, known = (
        {name: _state(model, name, value) for name, value in (given or {}).items() if name in nodes}
        for given in (options.get("intervention"), options.get("evidence"))
    )
    policy = {name: rule for name, rule in (options.get("policy") or {}).items() if name in model.cid.decisions}
    asked = _Asked(model, (model.with_policy(policy) if policy else model).do(forced), known, whole)
    if known and not asked.open(known) and not asked.chance(asked.acting):
        raise Impossible(f"the evidence {setting_text(known)} has probability 0. Give evidence that can be.")
    draw = {"chance": asked.chances, "decision": asked.options, "utility": asked.mean}
    sure = {**forced, **known}
    return {
        name: asked.sure(name, sure[name]) if name in sure else draw[model.cid.kind(name)](name)
        for name in nodes
        if name in subject.by_name
    }


def _state(model: Model, name: str, value: object) -> object:
    """Return a state that may be given by its text, as it is on a command line and on a page."""
    domain = model.domain(name)
    return next((state for state in domain if value not in domain and show(state) == value), value)


@dataclass(frozen=True)
class _Asked:
    """A model as it is given, as it acts under policy and interventions, and what is known."""

    model: Model
    acting: Model
    known: Mapping[str, object]
    whole: bool

    def sure(self, name: str, value: object) -> tuple[Bar, ...]:
        """Return the rows of a node that is known or set."""
        place = self.model.state(name, value)
        there = list(enumerate(self.model.domain(name)))
        shown = there if self.whole else [there[place]]
        return tuple(Bar(show(state), str(int(i == place)), 0.0, float(i == place)) for i, state in shown)

    def open(self, names: Iterable[str], model: Model | None = None) -> bool:
        """Return whether a decision without a policy is upstream of some nodes."""
        cid = (model or self.acting).cid
        return any(cid.kind(other) == "decision" for name in names for other in (name, *cid.ancestors(name)))

    def chance(self, acting: Model) -> Number:
        """Return the probability of what is known."""
        positions = {name: acting.state(name, value) for name, value in self.known.items()}
        found: Number = weights(acting, [], given=positions).item()
        return found

    def chances(self, name: str) -> tuple[Bar, ...]:
        """Return the distribution of a node."""
        if self.open([name, *self.known]):
            return (Bar(_UNKNOWN, _UNDECIDED),)
        found = query(self.acting, name, given=self.known)
        rows = _rows(found, len(found) if self.whole else _MOST)
        return tuple(Bar(state, number(chance), 0.0, float(chance)) for state, chance in rows)

    def options(self, name: str) -> tuple[Bar, ...]:
        """Return what each option of a decision is worth to its agent."""
        own = self.model.cid.utilities_of(self.model.cid.agent(name) or "")
        worth = {option: self.worth(own, self.acting.do({name: option})) for option in self.model.domain(name)}
        there = [float(value) for value in worth.values() if value is not None]
        low, high = min([0.0, *there]), max([0.0, *there])
        share = 1 / ((high - low) or 1.0)
        taken = {} if self.open([name, *self.known]) else query(self.acting, name, given=self.known)
        return tuple(
            Bar(show(option), _UNKNOWN)
            if value is None
            else Bar(
                show(option), number(value), -low * share, (float(value) - low) * share, bool(not taken.get(option, 1))
            )
            for option, value in worth.items()
        )

    def mean(self, name: str) -> tuple[Bar, ...]:
        """Return the expected value of a utility."""
        value = self.worth([name], self.acting)
        return (Bar("mean", _UNKNOWN if value is None else number(value)),)

    def worth(self, utilities: Sequence[str], acting: Model) -> Number | None:
        """Return an expected sum; None: a decision has no policy, or what is known cannot be."""
        if self.open([*utilities, *self.known], acting):
            return None
        if self.known and not self.chance(acting):
            return None
        return expected_value(acting, utilities, self.known)


def _rows(found: Mapping[State, Number], most: int) -> Sequence[tuple[str, Number]]:
    """Return the states with their probabilities, of many the likeliest and the others together."""
    rows = [(show(state), chance) for state, chance in found.items()]
    if len(rows) <= most:
        return rows
    kept = sorted(range(len(rows)), key=lambda i: -rows[i][1])[: most - 1]
    rest = sum(chance for i, (_, chance) in enumerate(rows) if i not in kept)
    return [*(rows[i] for i in sorted(kept)), (f"{len(rows) - len(kept)} others", rest)]


def number(value: Number) -> str:
    """Return a number as short text; a fraction that is not short is rounded and says so.

    >>> from fractions import Fraction
    >>> number(Fraction(1, 3)), number(Fraction(355, 1130)), number(0.25), number(Fraction(12, 1))
    ('1/3', '71/226', '0.25', '12')
    >>> number(Fraction(1234, 56789))
    '≈ 0.0217'
    """
    exact = show(value)
    if isinstance(value, float):
        return f"{value:.3g}"
    return exact if len(exact) <= _SHORT else f"≈ {float(value):.3g}"
