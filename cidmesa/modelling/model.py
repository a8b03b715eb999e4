"""`Model`: a diagram with domains, mechanisms and parameters, tabulated when it is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from cidmesa.display import Displays, Hints, elsewhere
from cidmesa.errors import ModelError, concerning, near_miss, wrong_type
from cidmesa.frozen import Frozen
from cidmesa.modelling.arrays import Dense, of_node
from cidmesa.modelling.mechanism import Constant, Function, Lookup, Mechanism, Tabulated
from cidmesa.modelling.numbers import State, as_state, show
from cidmesa.modelling.policy import Policy
from cidmesa.modelling.polynomial import Polynomial, symbols
from cidmesa.modelling.shorthand import as_mechanism
from cidmesa.modelling.tabulation import (
    Table,
    checked_utility,
    constant_utility,
    in_floats,
    outcomes,
    settled,
    tabulate,
    tabulate_utility,
)
from cidmesa.structure.diagram import CID, Node

if TYPE_CHECKING:
    from cidmesa.modelling.parameter import Parameter

__all__ = ["Domains", "Model", "assemble", "known_model"]

Domains = dict[str, tuple[State, ...]]


@dataclass(frozen=True, eq=False, repr=False)
class Model(Frozen, Displays, Hints):
    """An influence diagram with numbers: a domain for each chance and decision node, a mechanism for each other node.

    A structural causal influence model whose noise is independent per node; every mechanism is tabulated when the model
    is made. ``exact`` models hold Fractions, others float64. ``tied``: groups of decisions that share one rule (the
    agent is absent-minded: it can't tell them apart). Equal iff diagram, domains, ties and tables are equal.
    Edits return a new model. Source: Everitt et al. 2021, Definition 4. Made by `model`.

    >>> import cidmesa as cm
    >>> g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, S=cm.uniform("ab"), D=["a"], U="S == D")
    >>> m.domain("S"), str(m.mechanism("U")), m.do(S="b").cid.parents("D")
    (('a', 'b'), 'S == D', ('S',))
    """

    cid: CID
    domains: Mapping[str, tuple[State, ...]]
    mechanisms: Mapping[str, Mechanism]
    parameters: Mapping[str, Parameter]
    tables: Mapping[str, Table]
    tied: tuple[tuple[str, ...], ...] = ()
    _elsewhere = elsewhere("Its diagram is .cid.", CID) | {
        name: f"It is a function: cm.{name}(model, ...)."
        for name in ("equilibria", "expected_utility", "query", "solve")
    }

    @property
    def exact(self) -> bool:
        """Whether all numbers are exact (Fractions)."""
        return all(table.exact for table in self.tables.values())

    @property
    def symbolic(self) -> bool:
        """Whether some parameter has no value, so that numbers are polynomials (`Polynomial`)."""
        return any(parameter.value is None for parameter in self.parameters.values())

    def domain(self, node: str) -> tuple[State, ...]:
        """Return the states of a chance node or the options of a decision, in their order."""
        if self.cid.kind(node) == "utility":
            raise ModelError(
                f"{node!r} is a utility node: it has values, not states. "
                "Ask for cm.expected_utility, or let a chance node carry the score."
            )
        return self.domains[node]

    def table(self, node: str) -> Table:
        """Return the tabulated mechanism of a chance or utility node."""
        if self.cid.kind(node) == "decision":
            raise ModelError(f"{node!r} is a decision: it has no table until a policy is given (model.with_policy).")
        return self.tables[node]

    def mechanism(self, node: str) -> Mechanism | None:
        """Return the mechanism of a node as it was given, ``None`` for a decision; ``str`` shows it."""
        self.cid.index(node)
        return self.mechanisms.get(node)

    def state(self, node: str, value: object) -> int:
        """Return the position of ``value`` in the domain of ``node``; ModelError names the states there are."""
        domain = self.domain(node)
        if (wanted := as_state(value)) not in domain:
            shown = [show(state) for state in domain]
            hint = near_miss(show(wanted), shown)
            raise ModelError(
                f"{show(wanted)!r} is not a state of {node!r}.{hint} Its states are: {', '.join(shown)}.", node=node
            )
        return domain.index(wanted)

    # --- edits --------------------------------------------------------------------------------------------------

    def do(self, values: Mapping[str, object] | None = None, /, **nodes: object) -> Model:
        """Return the model in which nodes are held at a value, ``do(X = x)``: their incoming links are cut.

        Policies stay as they are (a post-policy intervention); a decision held at an option becomes a chance node.

        Raises:
            ModelError: a utility node, or a value that is not in the domain.
        """
        held = dict(values or {}) | nodes
        constants = {node: Constant(self.domain(node)[self.state(node, value)]) for node, value in held.items()}
        return self.revised([Node(node) for node in constants], mechanisms=constants)

    def with_mechanism(self, mechanisms: Mapping[str, object] | None = None, /, **nodes: object) -> Model:
        """Return the model with other mechanisms for some chance or utility nodes; domains and links stay."""
        given = dict(mechanisms or {}) | nodes
        for node in given:
            if self.cid.kind(node) == "decision":
                raise ModelError(f"{node!r} is a decision; give its rule by model.with_policy.")
        return self.revised(mechanisms={node: as_mechanism(g, self.cid.parents(node)) for node, g in given.items()})

    def with_policy(self, policy: Policy | Mapping[str, object], agent: str | None = None) -> Model:
        """Return the model in which decisions are chance nodes that follow ``policy`` (only those of ``agent``)."""
        rules = list(Policy.of(self, policy).values())
        if agent is not None:
            rules = [rule for rule in rules if rule.decision in self.cid.decisions_of(agent)]
        specs = [Node(rule.decision, parents=rule.parents) for rule in rules]
        return self.revised(specs, mechanisms={rule.decision: rule.as_mechanism() for rule in rules})

    def substitute(self, values: Mapping[str, object] | None = None, /, **parameters: object) -> Model:
        """Return the model with other parameter values; text such as ``"1/4"`` is exact."""
        changed = dict(self.parameters)
        for name, value in (dict(values or {}) | parameters).items():
            if name not in changed:
                known = ", ".join(changed) or "none"
                raise ModelError(f"there is no parameter {name!r}.{near_miss(name, changed)} Parameters: {known}.")
            changed[name] = changed[name].at(value)
        before = self if self.exact and not self.symbolic else None  # floats would stay, and symbols of other names
        return assemble(
            self.cid, self.domains, self.mechanisms, changed, tied=self.tied, before=before, symbolic=self.symbolic
        )

    def revised(
        self,
        specs: Iterable[Node] = (),
        *,
        mechanisms: Mapping[str, Mechanism] | None = None,
        domains: Mapping[str, tuple[State, ...]] | None = None,
        without: Iterable[str] = (),
    ) -> Model:
        """Return the model with nodes replaced or added (by record), with other mechanisms or domains, or removed."""
        gone = {self.cid.nodes[self.cid.index(node)] for node in without}
        nodes = {spec.name: spec for spec in self.cid.specs if spec.name not in gone} | {s.name: s for s in specs}
        kept = [replace(s, parents=tuple(p for p in s.parents if p not in gone)) if gone else s for s in nodes.values()]
        states = dict(self.domains) | dict(domains or {})
        used = dict(self.mechanisms) | dict(mechanisms or {})
        return assemble(
            CID(tuple(kept)), states, used, self.parameters, tied=self.tied, before=self, symbolic=self.symbolic
        )

    def sharing_rules(self, *groups: Iterable[str]) -> Model:
        """Return the model in which the decisions of each group share one rule (absent-mindedness).

        Raises:
            ModelError: decisions of a group that differ in their options or observations.
        """
        tied = tuple(tuple(self.cid.known_decision(decision) for decision in group) for group in groups)
        return assemble(
            self.cid, self.domains, self.mechanisms, self.parameters, tied=tied, before=self, symbolic=self.symbolic
        )

    # --- a value ------------------------------------------------------------------------------------------------

    @cached_property
    def _identity(self) -> tuple[object, ...]:
        domains = tuple(sorted(self.domains.items()))
        return self.cid, domains, self.tied, tuple(sorted((node, table.key()) for node, table in self.tables.items()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Model) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    def __repr__(self) -> str:
        return f"Model({self.cid!r}, {'exact' if self.exact else 'float'})"


def known_model(given: object, asks: str) -> Model:
    """Return ``given`` if it is a model.

    Raises:
        ModelError: it is something else; says what to pass to ``asks`` in its place.
    """
    if isinstance(given, Model):
        return given
    if isinstance(given, CID):
        remedy = "A diagram becomes a model by cm.model(cid, ...), with a mechanism for each node."
    else:
        remedy = "Pass its .model." if isinstance(getattr(given, "model", None), Model) else "See cm.model."
    raise ModelError(wrong_type(asks, "a model", given, remedy))


def assemble(
    cid: CID,
    domains: Mapping[str, tuple[State, ...]],
    mechanisms: Mapping[str, Mechanism],
    parameters: Mapping[str, Parameter],
    *,
    tied: tuple[tuple[str, ...], ...] = (),
    before: Model | None = None,
    symbolic: bool = False,
) -> Model:
    """Return the model of these parts: infers the domains that are missing, tabulates, checks.

    Entries for nodes that are not in ``cid`` are dropped. ``tied``: groups of decisions that share one rule.
    ``before``: a model whose tables are kept where nothing that they follow from has changed. ``symbolic``: parameters
    without a value stand for themselves.

    Raises:
        ModelError: a missing mechanism, an unknown name, probabilities that do not sum to 1, a parameter without value.
    """
    values = _values_of(parameters, symbolic)
    known: Domains = {}
    used: dict[str, Mechanism] = {}
    tables: dict[str, Table] = {}
    for spec in cid.specs:
        if spec.kind == "decision":
            known[spec.name] = _decision_domain(spec.name, domains)
            continue
        mechanism = _mechanism_of(spec, mechanisms)
        if before is not None and _unchanged(spec, mechanism, domains, before, known, parameters):
            used[spec.name], tables[spec.name] = before.mechanisms[spec.name], before.tables[spec.name]
            known.update({spec.name: before.domains[spec.name]} if spec.kind == "chance" else {})
            continue
        with concerning(node=spec.name):
            used[spec.name], tables[spec.name] = _tabulated(spec, mechanism, domains, values, known)
    if not all(table.exact for table in tables.values()):
        _check_exact(tables, values)
        tables = {node: in_floats(node, table) for node, table in tables.items()}
    return Model(cid, known, used, parameters, tables, _tied(cid, known, tied))


def _check_exact(tables: Mapping[str, Table], values: Mapping[str, object]) -> None:
    """Raise ModelError if some tables have floats and some parameter stands for itself."""
    if any(isinstance(value, Polynomial) for value in values.values()):
        node = next(node for node, table in tables.items() if not table.exact)
        raise ModelError(
            f"node {node!r} has floats; beside parameters without a value numbers must be exact. "
            "Write them as text, for example '0.1'.",
            node=node,
        )


def _tied(cid: CID, domains: Domains, groups: Iterable[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """Return the groups restricted to the decisions there are, checked to have the same options and observations."""
    kept = [tuple(d for d in group if d in cid and cid.kind(d) == "decision") for group in groups]
    for group in kept:
        shapes = {(domains[d], tuple(domains[parent] for parent in cid.parents(d))) for d in group}
        if len(shapes) > 1:
            raise ModelError(f"{', '.join(group)} can't share a rule: their options or observations differ.")
    return tuple(group for group in kept if group)


def _values_of(parameters: Mapping[str, Parameter], symbolic: bool) -> dict[str, State]:
    """Return the value of each parameter; with ``symbolic`` those without a value are polynomials in themselves."""
    free = tuple(name for name, parameter in parameters.items() if parameter.value is None) if symbolic else ()
    standing = {name: as_state(symbol) for name, symbol in zip(free, symbols(free), strict=True)}
    return {name: standing[name] if name in standing else _value_of(p) for name, p in parameters.items()}


def _value_of(parameter: Parameter) -> State:
    if parameter.value is None:
        raise ModelError(
            f"parameter {parameter.name!r} has no value. Give one in its declaration "
            f"(value=...) or by substitute({parameter.name}=...), or "
            "let it stand for itself: model(..., symbolic=True).",
            parameter=parameter.name,
        )
    return parameter.value


def _decision_domain(node: str, domains: Mapping[str, tuple[State, ...]]) -> tuple[State, ...]:
    if not domains.get(node):
        raise ModelError(f"decision {node!r} has no options. List them, for example {node}=[0, 1].", node=node)
    return domains[node]


def _mechanism_of(spec: Node, mechanisms: Mapping[str, Mechanism]) -> Mechanism:
    if spec.name not in mechanisms:
        what = "a number or an expression" if spec.kind == "utility" else "a distribution, a function or an expression"
        remedy = f"Give it {what} of its parents ({', '.join(spec.parents) or 'none'})."
        raise ModelError(f"{spec.kind} node {spec.name!r} has no mechanism. {remedy}", node=spec.name)
    return mechanisms[spec.name]


def _unchanged(
    spec: Node,
    mechanism: Mechanism,
    domains: Mapping[str, tuple[State, ...]],
    before: Model,
    known: Domains,
    parameters: Mapping[str, Parameter],
) -> bool:
    if spec.name not in before.cid or before.cid.spec(spec.name) != spec:
        return False
    same = before.mechanisms.get(spec.name) is mechanism and domains.get(spec.name) == before.domains.get(spec.name)
    if not same or any(known[parent] != before.domains[parent] for parent in spec.parents):
        return False
    return parameters is before.parameters or all(
        parameters.get(name) is before.parameters.get(name) for name in mechanism.names
    )


def _tabulated(
    spec: Node,
    mechanism: Mechanism,
    domains: Mapping[str, tuple[State, ...]],
    values: Mapping[str, State],
    known: Domains,
) -> tuple[Mechanism, Table]:
    declared = () if spec.kind == "utility" else domains.get(spec.name)
    if isinstance(mechanism, Dense | Tabulated):
        return _of_array(spec, mechanism.dense, declared, known)
    mechanism = settled(mechanism, declared)
    if spec.kind == "utility" and isinstance(mechanism, Constant):
        return mechanism, constant_utility(spec.name, spec.parents, mechanism, known)
    given = outcomes(spec.name, spec.parents, mechanism, known, values, declared or ())
    if isinstance(mechanism, Function):
        mechanism = Lookup(spec.parents, tuple((tuple(setting.values()), outcome) for setting, outcome in given))
    if spec.kind == "utility":
        return mechanism, tabulate_utility(spec.name, spec.parents, given, known)
    known[spec.name] = declared or _inferred_domain([outcome for _, outcome in given])
    return mechanism, tabulate(spec.name, spec.parents, known[spec.name], given, known)


def _of_array(spec: Node, given: Dense, declared: Sequence[State] | None, known: Domains) -> tuple[Mechanism, Table]:
    """Return mechanism and table of an array; a chance node's states are ``known`` then."""
    axes = tuple(known[parent] for parent in spec.parents)
    domains = dict(zip(spec.parents, axes, strict=True)) | ({spec.name: tuple(declared)} if declared else {})
    array, states = of_node(given, spec.name, spec.parents, domains, utility=spec.kind == "utility")
    if spec.kind == "utility":
        return Tabulated(array, spec.parents, axes), checked_utility(spec.name, Table(spec.parents, array))
    known[spec.name] = states
    return Tabulated(array, spec.parents, (*axes, states)), Table((*spec.parents, spec.name), array)


def _inferred_domain(given: list[object]) -> tuple[State, ...]:
    seen: dict[State, None] = {}
    for outcome in given:
        seen.update(dict.fromkeys(map(as_state, outcome if isinstance(outcome, dict) else [outcome])))
    numeric = not any(isinstance(state, str) for state in seen)
    return tuple(sorted(seen, key=float)) if numeric else tuple(seen)
