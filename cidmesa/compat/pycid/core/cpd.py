"""How a node follows from its parents: stochastic functions, constant distributions and the options of decisions."""

from __future__ import annotations

import inspect
import linecache
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.compat.pycid.core.factor import TabularCPD
from cidmesa.compat.pycid.core.outcomes import completed, plain, sorted_outcomes
from cidmesa.errors import ModelError, near_miss

if TYPE_CHECKING:
    from cidmesa.compat.pycid.core.causal_bayesian_network import CausalBayesianNetwork

__all__ = [
    "ConstantCPD",
    "DecisionDomain",
    "Outcome",
    "ParentsNotReadyException",
    "StochasticFunctionCPD",
    "TabularCPD",
    "UniformRandomCPD",
    "bernoulli",
    "discrete_uniform",
    "noisy_copy",
]

Outcome = Any


class ParentsNotReadyException(ValueError):
    """The states of the parents are not known yet, so there is no table."""


class StochasticFunctionCPD(TabularCPD):
    """A function from the parents' values, by name, to the variable's value or to outcome -> probability.

    Probability that is not given is spread evenly over the outcomes that are not given (or given ``None``). The domain
    is what is declared, else what the function returns, in order. The table is made where all parents have theirs, and
    made anew in each network the CPD is added to.

    Raises:
        ModelError: arguments that are not the parents, probabilities that do not fit, an outcome out of the domain.

    """

    def __init__(
        self,
        variable: str,
        stochastic_function: Callable[..., Any],
        cbn: CausalBayesianNetwork,
        domain: Sequence[Outcome] | None = None,
        state_names: Mapping[str, Sequence[Outcome]] | None = None,
        label: str | None = None,
    ) -> None:
        self.variable, self.func, self.cbn = variable, stochastic_function, cbn
        self.declared = list(map(plain, domain)) if domain is not None else None
        self.label = self.compute_label() if label is None else label
        self.check_function_arguments_match_parent_names()
        states = cbn.states_of_parents(variable) if state_names is None else _without(state_names, variable)
        if states is not None:
            self._tabulate(states)

    def _tabulate(self, states: Mapping[str, Sequence[Outcome]]) -> None:
        settings = [dict(zip(states, values, strict=True)) for values in product(*states.values())]
        given = [_as_distribution(self.func(**setting)) for setting in settings]
        domain = self.declared or sorted_outcomes(outcome for chances in given for outcome in chances)
        if not domain:
            raise ModelError(f"{self.variable!r} is given neither outcomes nor a domain.")
        rows = [completed(self.variable, chances, domain) for chances in given]
        sizes = list(map(len, states.values()))
        super().__init__(self.variable, len(domain), np.array(rows).T, list(states), sizes,
                         {**states, self.variable: domain})  # fmt: skip

    def __getattr__(self, name: str) -> Any:
        if name in ("values", "variables", "state_names", "cardinality", "variable_card"):
            raise ParentsNotReadyException(f"{self.variable!r} has no table yet: some parent has no states.")
        raise AttributeError(name)

    @property
    def domain(self) -> list[Outcome]:
        """The outcomes, declared or found."""
        return self.declared if self.declared is not None else self.state_names[self.variable]

    def stochastic_function(self, **pv: Outcome) -> dict[Outcome, float]:
        """Return outcome -> probability for values of the parents."""
        given = _as_distribution(self.func(**pv))
        domain = self.domain if "state_names" in vars(self) else sorted_outcomes(given)
        return dict(zip(domain, completed(self.variable, given, domain), strict=True))

    def compute_label(self, function: Callable[..., Any] | None = None) -> str:
        """Return the function's name, or of a lambda what it returns, as written."""
        function = function or self.func
        name = getattr(function, "__name__", type(function).__name__)
        return name if name != "<lambda>" else _body(function)

    def check_function_arguments_match_parent_names(self) -> None:
        """Raise ModelError (a ValueError) if the function does not take the parents by name."""
        try:
            arguments = list(inspect.signature(self.func).parameters.values())
        except ValueError:  # a function of C that does not tell
            return
        if any(argument.kind is argument.VAR_KEYWORD for argument in arguments):
            return
        parents, names = list(self.cbn.predecessors(self.variable)), [argument.name for argument in arguments]
        needed = {argument.name for argument in arguments if argument.default is argument.empty}
        for wrong in [*(p for p in parents if p not in names), *(n for n in names if n in needed - set(parents))]:
            hint = near_miss(wrong, names if wrong in parents else parents)
            raise ModelError(f"the function of {self.variable!r} takes {', '.join(names) or 'nothing'}; its parents "
                             f"are {', '.join(parents) or 'none'}.{hint}")  # fmt: skip

    def parent_values(self) -> Iterator[dict[str, Outcome]]:
        """Yield every setting of the parents, as parent -> value."""
        states = self.cbn.states_of_parents(self.variable)
        if states is None:
            raise ParentsNotReadyException(f"some parent of {self.variable!r} has no states yet.")
        yield from (dict(zip(states, values, strict=True)) for values in product(*states.values()))

    def possible_values(self) -> list[Outcome]:
        """Return what the function can return, in order."""
        return sorted_outcomes(outcome for pv in self.parent_values() for outcome in _as_distribution(self.func(**pv)))

    def bound_to(self, cbn: CausalBayesianNetwork) -> StochasticFunctionCPD:
        """Return the same function as a CPD of another network."""
        return StochasticFunctionCPD(self.variable, self.func, cbn, self.declared, label=self.label)

    def copy(self) -> StochasticFunctionCPD:
        """Return the same function with a table of its own."""
        return self.bound_to(self.cbn)

    def __str__(self) -> str:
        table = f"\n{self.prob_table()}" if "values" in vars(self) else ""
        return f"{type(self).__name__} of {self.variable}: {self.label}{table}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}<{self.variable}: {self.label}>"


class ConstantCPD(StochasticFunctionCPD):
    """The same distribution whatever the parents' values; an empty one is uniform over the domain."""

    def __init__(
        self,
        variable: str,
        dictionary: Mapping[Outcome, float | None],
        cbn: CausalBayesianNetwork,
        domain: Sequence[Outcome] | None = None,
        label: str | None = None,
    ) -> None:
        self.dictionary = dict(dictionary)
        label = str(self.dictionary) if label is None else label
        super().__init__(variable, lambda **_: self.dictionary, cbn, domain, label=label)

    def bound_to(self, cbn: CausalBayesianNetwork) -> ConstantCPD:
        """Return the same distribution as a CPD of another network."""
        return ConstantCPD(self.variable, self.dictionary, cbn, self.declared, self.label)


class DecisionDomain(ConstantCPD):
    """The options of a decision that has no rule yet; as a table, the uniform choice."""

    def __init__(self, variable: str, cbn: CausalBayesianNetwork, domain: Sequence[Outcome]) -> None:
        if isinstance(domain, str) or len(domain) == 0:
            raise ModelError(f"the options of {variable!r} are a list such as [0, 1], not {domain!r}.")
        super().__init__(variable, {}, cbn, domain, label=f"Dec({list(domain)})")

    def bound_to(self, cbn: CausalBayesianNetwork) -> DecisionDomain:
        """Return the same options as those of a decision of another network."""
        return DecisionDomain(self.variable, cbn, self.domain)


class UniformRandomCPD(ConstantCPD):
    """The uniform distribution over a domain (a name of PyCID 0.2)."""

    def __init__(self, variable: str, domain: Sequence[Outcome], cbn: CausalBayesianNetwork) -> None:
        super().__init__(variable, {}, cbn, domain)


def bernoulli(p: float) -> dict[Outcome, float]:
    """Return the distribution of 1 with probability ``p``, else 0.

    >>> bernoulli(0.25)
    {0: 0.75, 1: 0.25}
    """
    return {0: 1 - p, 1: p}


def discrete_uniform(domain: Iterable[Outcome]) -> dict[Outcome, float]:
    """Return the uniform distribution over ``domain``.

    >>> discrete_uniform(["a", "b"])
    {'a': 0.5, 'b': 0.5}
    """
    outcomes = list(domain)
    return {outcome: 1 / len(outcomes) for outcome in outcomes}


def noisy_copy(
    value: Outcome, probability: float = 0.9, domain: Iterable[Outcome] | None = None
) -> dict[Outcome, float | None]:
    """Return ``value`` with ``probability``; the other outcomes of ``domain`` share the rest.

    >>> noisy_copy(1, 0.8, domain=[0, 1, 2])
    {1: 0.8, 0: None, 2: None}
    """
    return {value: probability} | {outcome: None for outcome in domain or () if outcome != value}


def _as_distribution(given: Any) -> dict[Outcome, float | None]:
    if isinstance(given, Mapping):
        return {plain(outcome): chance for outcome, chance in given.items()}
    return {plain(given): 1}


def _without(names: Mapping[str, Sequence[Outcome]], variable: str) -> dict[str, Sequence[Outcome]]:
    return {name: states for name, states in names.items() if name != variable}


def _body(function: Callable[..., Any]) -> str:
    """Return the text of what a lambda returns, or nothing where its source is not to be had."""
    code: Any = getattr(function, "__code__", None)
    places: list[Any] = [place for place in code.co_positions() if None not in place] if code else []
    spans = [((first, start), (last, end)) for first, last, start, end in places if (first, start) != (last, end)]
    if not spans:
        return ""
    (first, start), (last, end) = min(begin for begin, _ in spans), max(stop for _, stop in spans)
    lines = [linecache.getline(code.co_filename, number).encode() for number in range(first, last + 1)]
    if not all(lines):
        return ""
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][start:]
    return " ".join(line.decode(errors="replace").strip() for line in lines)
