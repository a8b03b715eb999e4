"""Values in the nodes: distributions of chance nodes, expected utilities of options, means of utilities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cidmesa.errors import NotApplicable
from cidmesa.modelling.inference import query, weights
from cidmesa.modelling.model import Model
from cidmesa.modelling.numbers import show
from cidmesa.render.figure import Bar
from cidmesa.solving.utility import expected_value

if TYPE_CHECKING:
    from cidmesa.modelling.numbers import Number, State
    from cidmesa.render.drawable import Subject
    from cidmesa.render.options import Options

__all__ = ["bars_of"]

_MOST = 6  # rows in a node
_SHORT = 6  # characters of a fraction that is written as it is
_UNKNOWN, _UNDECIDED = "?", "needs a policy"


def bars_of(subject: Subject, options: Options) -> dict[str, tuple[Bar, ...]]:
    """Return for each node its rows: what it is or does, given evidence, interventions and a policy.

    A chance node has its distribution. A decision has for each option the expected utility of its agent if the option
    is taken (`do`) and all else stays; options that the policy never takes have pale bars. A utility has its mean.
    What depends on a decision without a policy has a ``?``.

    Raises:
        NotApplicable: the value has no numbers, or numbers with symbols.
        ModelError: evidence of probability 0, or a rule or state that the model does not have.

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
        {name: value for name, value in (given or {}).items() if name in nodes}
        for given in (options.get("intervention"), options.get("evidence"))
    )
    policy = {name: rule for name, rule in (options.get("policy") or {}).items() if name in model.cid.decisions}
    asked = _Asked(model, (model.with_policy(policy) if policy else model).do(forced), known)
    if known and not asked.open(known):
        expected_value(asked.acting, (), known)  # refuses evidence that cannot be
    draw = {"chance": asked.chances, "decision": asked.options, "utility": asked.mean}
    sure = {**forced, **known}
    return {
        name: (_sure(model, name, sure[name]),) if name in sure else draw[model.cid.kind(name)](name)
        for name in nodes
        if name in subject.by_name
    }


def _sure(model: Model, name: str, value: object) -> Bar:
    return Bar(show(model.domain(name)[model.state(name, value)]), "1", 0.0, 1.0)


@dataclass(frozen=True)
class _Asked:
    """A model as it is given, as it acts under policy and interventions, and what is known."""

    model: Model
    acting: Model
    known: Mapping[str, object]

    def open(self, names: Iterable[str], model: Model | None = None) -> bool:
        """Return whether a decision without a policy is upstream of some nodes."""
        cid = (model or self.acting).cid
        return any(cid.kind(other) == "decision" for name in names for other in (name, *cid.ancestors(name)))

    def chances(self, name: str) -> tuple[Bar, ...]:
        """Return the distribution of a node."""
        if self.open([name, *self.known]):
            return (Bar(_UNKNOWN, _UNDECIDED),)
        found = query(self.acting, name, given=self.known)
        return tuple(Bar(state, number(chance), 0.0, float(chance)) for state, chance in _shortened(found))

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
        positions = {name: acting.state(name, value) for name, value in self.known.items()}
        if self.known and not weights(acting, [], given=positions).item():
            return None
        return expected_value(acting, utilities, self.known)


def _shortened(found: Mapping[State, Number]) -> Sequence[tuple[str, Number]]:
    """Return the states with their probabilities, of many the likeliest and the others together."""
    rows = [(show(state), chance) for state, chance in found.items()]
    if len(rows) <= _MOST:
        return rows
    kept = sorted(range(len(rows)), key=lambda i: -rows[i][1])[: _MOST - 1]
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
