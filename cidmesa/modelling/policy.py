"""Policies: for each decision a rule from what it observes to a distribution over its options."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, product
from math import prod
from typing import TYPE_CHECKING, Any

from cidmesa.display import Displays, Tells, html_bold, html_table, named
from cidmesa.errors import ModelError, UnknownNode, near_miss, wrong_type
from cidmesa.modelling.arrays import dense, is_array, of_node
from cidmesa.modelling.mechanism import Constant, Given, Lookup
from cidmesa.modelling.numbers import Array, State, as_state, meant, setting_text, show
from cidmesa.modelling.shorthand import as_mechanism
from cidmesa.modelling.tabulation import Table, outcomes, settled, tabulate

if TYPE_CHECKING:
    from cidmesa.modelling.model import Model

__all__ = ["Policy", "Rule", "policy"]

MAX_ROWS = 40  # of a rule shown in a notebook


@dataclass(frozen=True, eq=False, repr=False)
class Rule(Displays):
    """A decision rule: ``P(option | observations)`` as an array with an axis for each parent, and the last for options.

    >>> import cidmesa as cm
    >>> g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, S=cm.uniform([0, 1]), D=["no", "yes"], U="(D == 'yes') == S")
    >>> rule = cm.solve(m).policy["D"]
    >>> rule.parents, rule.options, rule(S=1)
    (('S',), ('no', 'yes'), 'yes')

    """

    decision: str
    parents: tuple[str, ...]
    domains: tuple[tuple[State, ...], ...]  # of the parents
    options: tuple[State, ...]
    values: Array

    def __post_init__(self) -> None:
        self.values.flags.writeable = False

    @property
    def pure(self) -> bool:
        """Whether the rule takes one option with probability 1 in every context."""
        return bool(((self.values == 0) | (self.values == 1)).all())

    @property
    def reads(self) -> tuple[str, ...]:
        """The parents that make a difference to the choice."""
        axes = enumerate(self.parents)
        return tuple(p for axis, p in axes if (self.values != self.values.take([0], axis=axis)).any())

    def __call__(self, context: Mapping[str, object] | None = None, /, **observed: object) -> Given:
        """Return the option taken in a context, or option -> probability if the choice is random.

        Only the parents that make a difference (`reads`) must be given.
        """
        seen = dict(context or {}) | observed
        index = tuple(
            self._position(parent, domain, seen) for parent, domain in zip(self.parents, self.domains, strict=True)
        )
        return self._given(self.values[index])

    def _position(self, parent: str, domain: tuple[State, ...], seen: Mapping[str, object]) -> int:
        if parent not in seen:
            if parent in self.reads:
                raise ModelError(
                    f"the rule of {self.decision!r} reads {', '.join(self.reads)}; {parent!r} is not given."
                )
            return 0
        if (value := meant(seen[parent], domain)) is None:
            raise ModelError(
                f"{show(as_state(seen[parent]))!r} is not a state of {parent!r}: {', '.join(map(show, domain))}."
            )
        return domain.index(value)

    def _given(self, row: Any) -> Given:
        chosen = {option: chance for option, chance in zip(self.options, row.tolist(), strict=True) if chance}
        return next(iter(chosen)) if len(chosen) == 1 else chosen

    def contexts(self) -> Iterator[tuple[dict[str, State], Given]]:
        """Yield each context of the parents that the rule reads, with the rule's choice."""
        axes = [self.parents.index(parent) for parent in self.reads]
        for states in product(*(self.domains[axis] for axis in axes)):
            context = dict(zip(self.reads, states, strict=True))
            yield context, self(context)

    def as_mechanism(self) -> Lookup | Constant:
        """Return the rule as the mechanism of a chance node."""
        every = product(*self.domains)
        rows = self.values.reshape(-1, len(self.options))
        return Lookup(self.parents, tuple((key, self._given(row)) for key, row in zip(every, rows, strict=True)))

    def to_json(self) -> Any:
        """Return plain data: one option if the rule reads nothing, otherwise a list of ``{"when": ..., "do": ...}``."""
        if not self.reads:
            return _plain(self())
        return [{"when": {k: _plain(v) for k, v in when.items()}, "do": _plain(do)} for when, do in self.contexts()]

    def to_html(self) -> str:
        """Return a table with each context and the rule's choice; a long table is cut."""
        some = islice(self.contexts(), MAX_ROWS)
        rows = [[*map(show, context.values()), html_bold(_text(do))] for context, do in some]
        more = prod(len(self.domains[self.parents.index(parent)]) for parent in self.reads) - len(rows)
        rows += [["..." for _ in self.reads] + [f"{more} more"]] if more else []
        return html_table([*self.reads, self.decision], rows, "l" * (len(self.reads) + 1))

    def __str__(self) -> str:
        if not self.reads:
            return _text(self())
        lines = [(_text(do), setting_text(context)) for context, do in self.contexts()]
        if len(lines) <= 2:
            return "; ".join(f"{do} if {context}" for do, context in lines)
        usual, _ = Counter(do for do, _ in lines).most_common(1)[0]
        return "; ".join([*(f"{do} if {context}" for do, context in lines if do != usual), f"otherwise {usual}"])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Rule):
            return False
        same = self.decision == other.decision and self.options == other.options
        return same and list(self.contexts()) == list(other.contexts())

    def __hash__(self) -> int:
        return hash((self.decision, self.options, self.reads))

    def __repr__(self) -> str:
        return named(self, f"{self.decision}: {self}")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {show(option): _plain(chance) for option, chance in value.items()}
    return value if isinstance(value, str | int | float) else show(value)


def _text(given: Given) -> str:
    if not isinstance(given, dict):
        return show(given)
    return " or ".join(f"{show(option)} ({show(chance)})" for option, chance in given.items())


@dataclass(frozen=True, repr=False)
class Policy(Tells, Mapping[str, Rule]):
    """A decision rule for each of some decisions; a mapping decision -> `Rule`.

    >>> import cidmesa as cm
    >>> g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, S=cm.uniform([0, 1]), D=[0, 1], U="S == D")
    >>> cm.policy(m, {"D": "1 - S"})
    Policy(D: 1 if S = 0; 0 if S = 1)
    """

    rules: tuple[Rule, ...]

    @classmethod
    def of(cls, model: Model, given: Policy | Mapping[str, object]) -> Policy:
        """Return ``given`` as a policy of ``model``; a mapping decision -> rule is turned into tables."""
        if not isinstance(given, Mapping):
            raise ModelError(wrong_type("a policy", "a rule for each decision", given, "Write {decision: rule}."))
        return given if isinstance(given, Policy) else policy(model, given)

    def __getitem__(self, decision: str) -> Rule:
        for rule in self.rules:
            if rule.decision == decision:
                return rule
        raise UnknownNode(decision, tuple(self))

    def __iter__(self) -> Iterator[str]:
        return (rule.decision for rule in self.rules)

    def __len__(self) -> int:
        return len(self.rules)

    def merged(self, other: Policy) -> Policy:
        """Return the policy with the rules of ``other`` added; ``other`` wins if both have a rule for a decision."""
        return Policy((*self.without(*other).rules, *other.rules))

    def without(self, *decisions: str) -> Policy:
        """Return the policy without rules for these decisions."""
        return Policy(tuple(rule for rule in self.rules if rule.decision not in decisions))

    def to_json(self) -> dict[str, Any]:
        """Return plain data: decision -> the value of `Rule.to_json`."""
        return {rule.decision: rule.to_json() for rule in self.rules}

    def to_text(self) -> str:
        """Return one line for each decision."""
        return "\n".join(f"{rule.decision}: {rule}" for rule in self.rules)

    def to_html(self) -> str:
        """Return a table for each decision, side by side."""
        tables = "".join(f"<div>{rule.to_html()}</div>" for rule in self.rules)
        return f'<div style="display: flex; flex-wrap: wrap; column-gap: 2.5em">{tables}</div>'

    def __repr__(self) -> str:
        return named(self, ", ".join(f"{rule.decision}: {rule}" for rule in self.rules))


def policy(model: Model, rules: Mapping[str, object]) -> Policy:
    """Return the policy that gives each decision its rule.

    A rule is one option (a constant), a function of the decision's parents, a mapping option -> probability, text (an
    option, or otherwise an expression over the parents), or a `table`.

    Args:
        model: the model that has the decisions.
        rules: decision -> its rule; decisions that are left out have none.

    Raises:
        ModelError: the decision does not have an option, or not in that context, or probabilities do not sum to 1.
        DiagramError: a node is not a decision.

    >>> import cidmesa as cm
    >>> g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, S=cm.uniform([0, 1]), D=["stay", "go"], U="S * (D == 'go')")
    >>> print(policy(m, {"D": lambda S: "go" if S else "stay"}))
    D: stay if S = 0; go if S = 1
    >>> policy(m, {"D": {"go": "1/3", "stay": "2/3"}})["D"]()
    {'stay': Fraction(2, 3), 'go': Fraction(1, 3)}

    """
    return Policy(tuple(_checked(model, _rule(model, decision, given)) for decision, given in rules.items()))


def _checked(model: Model, rule: Rule) -> Rule:
    """Return the rule if it takes only available options."""
    if (offered := model.menus.get(rule.decision)) is not None:
        offered.check_chosen(rule.decision, Table((*rule.parents, rule.decision), rule.values), model.domains)
    return rule


def _rule(model: Model, decision: str, given: object) -> Rule:
    if isinstance(given, Rule):
        return given
    cid, options = model.cid, model.domain(model.cid.known_decision(decision))
    parents = cid.parents(decision)
    if is_array(given):
        return _of_array(model, decision, given)
    if not callable(given) and not isinstance(given, Mapping | str) and as_state(given) not in options:
        raise _no_option(decision, given, options)
    if isinstance(given, str) and (named := meant(given, options)) is not None:
        given = Constant(named)
    elif isinstance(given, str) and given.isidentifier() and given not in parents:
        raise _no_option(decision, given, options)
    mechanism = settled(as_mechanism(given, parents), options)
    values = {name: p.value for name, p in model.parameters.items() if p.value is not None}
    found = outcomes(decision, parents, mechanism, model.domains, values)
    values_of_rule = tabulate(decision, parents, options, found, model.domains).values
    return Rule(decision, parents, tuple(model.domains[parent] for parent in parents), options, values_of_rule)


def _of_array(model: Model, decision: str, given: object) -> Rule:
    parents = model.cid.parents(decision)
    domains = {node: model.domains[node] for node in (*parents, decision)}
    values, options = of_node(dense(given), decision, parents, domains, utility=False)
    return Rule(decision, parents, tuple(domains[parent] for parent in parents), options, values)


def _no_option(decision: str, given: object, options: tuple[State, ...]) -> ModelError:
    shown = [show(option) for option in options]
    hint = near_miss(show(given), shown)
    return ModelError(f"{show(given)!r} is not an option of {decision!r}.{hint} Its options are: {', '.join(shown)}.")
