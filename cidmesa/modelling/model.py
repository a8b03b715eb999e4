"""`Model`: a diagram with domains, mechanisms and parameters, tabulated when it is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, TypedDict

import numpy as np

from cidmesa.display import Displays, Hints, elsewhere
from cidmesa.errors import ModelError, concerning, near_miss, wrong_type
from cidmesa.formats import reader_of
from cidmesa.frozen import Frozen, Recent
from cidmesa.modelling.inference import weights
from cidmesa.modelling.mechanism import Constant, Mechanism
from cidmesa.modelling.mechanism_table import check_exact, mechanism_of, table_of
from cidmesa.modelling.menu import Menu, Offers, check_shared, menu_of
from cidmesa.modelling.numbers import State, as_state, meant, setting_text, show
from cidmesa.modelling.parameter import values_of
from cidmesa.modelling.policy import Policy
from cidmesa.modelling.shorthand import as_mechanism
from cidmesa.modelling.tabulation import Table, in_floats
from cidmesa.structure.diagram import CID, Node

if TYPE_CHECKING:
    from cidmesa.modelling.parameter import Parameter

__all__ = ["Domains", "Model", "assemble", "known_model", "with_parameters"]

Domains = dict[str, tuple[State, ...]]


class _Kept(TypedDict):
    menus: Mapping[str, Menu]
    symbolic: bool


@dataclass(frozen=True, eq=False, repr=False)
class Model(Frozen, Displays, Hints):
    """An influence diagram with numbers: a domain for each chance and decision node, a mechanism for each other node.

    A model is a structural causal influence model whose noise is independent per node. Every mechanism is tabulated
    when the model is made. ``exact`` models hold Fractions, others float64. ``menus``: the options of each decision
    whose options depend on its context (`menu`). Two models are equal iff their diagrams, domains, menus and tables are
    equal. Edits return a new model.
    Source: Everitt et al. 2021, Definition 4. Build models with `model`.

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
    menus: Mapping[str, Menu] = field(default_factory=dict)
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
        """Whether some parameter has no value, so that numbers are polynomials."""
        return any(parameter.value is None for parameter in self.parameters.values())

    @property
    def tied(self) -> tuple[tuple[str, ...], ...]:
        """The groups of decisions that share one rule (`CID.shared_rules`)."""
        return self.cid.shared_rules

    def domain(self, node: str) -> tuple[State, ...]:
        """Return the states of a chance node or the options of a decision, in their order."""
        if self.cid.kind(node) == "utility":
            raise ModelError(
                f"{node!r} is a utility node: it has values, not states. "
                "Ask for cm.expected_utility, or let a chance node carry the score."
            )
        return self.domains[node]

    def options(
        self, decision: str, context: Mapping[str, object] | None = None, /, **observed: object
    ) -> tuple[State, ...]:
        """Return the options of a decision in a context; only observations on which they depend are needed."""
        if (menu := self.menus.get(self.cid.known_decision(decision))) is None:
            return self.domains[decision]
        seen = dict(context or {}) | observed
        if missing := [parent for parent in menu.parents if parent not in seen]:
            raise ModelError(f"the options of {decision!r} depend on {', '.join(menu.parents)}. Give {missing[0]}.")
        return menu.at({parent: self.domains[parent][self.state(parent, seen[parent])] for parent in menu.parents})

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
        """Return the position of ``value`` in the domain of ``node``; ModelError lists the states."""
        domain = self.domain(node)
        if (wanted := meant(value, domain)) is None:
            shown, given = [show(state) for state in domain], show(as_state(value))
            hint = near_miss(given, shown)
            raise ModelError(
                f"{given!r} is not a state of {node!r}.{hint} Its states are: {', '.join(shown)}.", node=node
            )
        return domain.index(wanted)

    # --- edits --------------------------------------------------------------------------------------------------

    def do(self, values: Mapping[str, object] | None = None, /, **nodes: object) -> Model:
        """Return the model with some nodes set to a value, ``do(X = x)``; their incoming links are cut.

        Policies do not change (a post-policy intervention); a decision that is set to an option becomes a chance node.

        Raises:
            ModelError: a node is a utility, or a value is not in the node's domain.
        """
        held = dict(values or {}) | nodes
        constants = {node: Constant(self.domain(node)[self.state(node, value)]) for node, value in held.items()}
        return self.revised([Node(node) for node in constants], mechanisms=constants)

    def with_mechanism(self, mechanisms: Mapping[str, object] | None = None, /, **nodes: object) -> Model:
        """Return the model with new mechanisms for some chance or utility nodes; domains and links stay the same."""
        given = dict(mechanisms or {}) | nodes
        if ruled := [node for node in given if self.cid.kind(node) == "decision"]:
            raise ModelError(f"{ruled[0]!r} is a decision; give its rule by model.with_policy.")
        return self.revised(mechanisms={node: as_mechanism(g, self.cid.parents(node)) for node, g in given.items()})

    def with_policy(self, policy: Policy | Mapping[str, object], agent: str | None = None) -> Model:
        """Return the model with decisions (or only those of ``agent``) as chance nodes that follow ``policy``."""
        rules = Policy.of(self, policy).rules
        if agent is not None:
            rules = tuple(rule for rule in rules if rule.decision in self.cid.decisions_of(agent))
        return self._followed.of(
            rules,
            lambda: self.revised(
                [Node(rule.decision, parents=rule.parents) for rule in rules],
                mechanisms={rule.decision: rule.as_mechanism() for rule in rules},
            ),
        )

    @cached_property
    def _followed(self) -> Recent[Model]:
        return Recent()

    def substitute(self, values: Mapping[str, object] | None = None, /, **parameters: object) -> Model:
        """Return the model with other parameter values; text such as ``"1/4"`` is exact."""
        changed = dict(self.parameters)
        for name, value in (dict(values or {}) | parameters).items():
            if name not in changed:
                known = ", ".join(changed) or "none"
                raise ModelError(f"there is no parameter {name!r}.{near_miss(name, changed)} Parameters: {known}.")
            changed[name] = changed[name].at(value)
        return with_parameters(self, changed)

    def revised(
        self,
        specs: Iterable[Node] = (),
        *,
        mechanisms: Mapping[str, Mechanism] | None = None,
        domains: Mapping[str, tuple[State, ...]] | None = None,
        without: Iterable[str] = (),
        order: Iterable[str] = (),
    ) -> Model:
        """Return the model with some nodes replaced, added or removed, or other mechanisms, domains or ``order``."""
        gone = {self.cid.nodes[self.cid.index(node)] for node in without}
        nodes = {spec.name: spec for spec in self.cid.specs if spec.name not in gone} | {s.name: s for s in specs}
        nodes = {name: nodes[name] for name in order} | nodes
        kept = [replace(s, parents=tuple(p for p in s.parents if p not in gone)) if gone else s for s in nodes.values()]
        states = dict(self.domains) | dict(domains or {})
        used = dict(self.mechanisms) | dict(mechanisms or {})
        cid = self.cid if tuple(kept) == self.cid.specs else CID(tuple(kept))
        return assemble(cid, states, used, self.parameters, before=self, **self._kept)

    def sharing_rules(self, *groups: Iterable[str]) -> Model:
        """Return the model in which the decisions of each group share one rule (absent-mindedness).

        Raises:
            DiagramError: decisions of a group with different owners or numbers of parents.
            ModelError: decisions of a group that differ in their options or in the states that they observe.
        """
        cid = self.cid.sharing_rules(*groups)
        return assemble(cid, self.domains, self.mechanisms, self.parameters, before=self, **self._kept)

    @property
    def _kept(self) -> _Kept:
        """The parts that edits keep."""
        return {"menus": self.menus, "symbolic": self.symbolic}

    # --- a value ------------------------------------------------------------------------------------------------

    @cached_property
    def _identity(self) -> tuple[object, ...]:
        domains = tuple(sorted(self.domains.items()))
        tables = tuple(sorted((node, table.key()) for node, table in self.tables.items()))
        return self.cid, domains, tables, tuple(sorted((d, menu.key()) for d, menu in self.menus.items()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Model) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    def __repr__(self) -> str:
        return f"Model({self.cid!r}, {'exact' if self.exact else 'float'})"


def with_parameters(model: Model, parameters: Mapping[str, Parameter]) -> Model:
    """Return the model with parameters of the same names and other values."""
    before = model if model.exact else None  # floats would stay
    return assemble(model.cid, model.domains, model.mechanisms, parameters, before=before, **model._kept)  # noqa: SLF001 (its own module)


def known_model(given: object, asks: str) -> Model:
    """Return ``given`` if it is a model, or the model that it holds.

    Raises:
        ModelError: it is something else; the message says what to pass to ``asks`` instead.
    """
    if isinstance(given, Model):
        return given
    if isinstance(held := getattr(given, "model", None), Model):
        return held
    if isinstance(given, CID):
        remedy = "A diagram becomes a model by cm.model(cid, ...), with a mechanism for each node."
    else:
        home, name = reader_of(given) or ("", "")
        remedy = f"Read it by cm.interop.{name}." if home == "cidmesa.interop" else "See cm.model."
    raise ModelError(wrong_type(asks, "a model", given, remedy))


def assemble(
    cid: CID,
    domains: Mapping[str, tuple[State, ...]],
    mechanisms: Mapping[str, Mechanism],
    parameters: Mapping[str, Parameter],
    *,
    menus: Mapping[str, Menu | Offers] | None = None,
    before: Model | None = None,
    symbolic: bool = False,
) -> Model:
    """Return the model of these parts, with missing domains inferred, mechanisms tabulated and everything checked.

    Entries for nodes that are not in ``cid`` are dropped. ``menus``: the options of decisions whose options depend on
    their context. ``before``: a model whose tables are reused if nothing on which they depend has changed.
    ``symbolic``: whether parameters without a value stay symbols.

    Raises:
        ModelError: a mechanism is missing, a name is unknown, probabilities do not sum to 1, a parameter has no value,
            a context has no option, or a rule takes an option that its context lacks.
    """
    values = values_of(parameters, symbolic)
    known, offered = Domains(), dict[str, Menu]()
    used: dict[str, Mechanism] = {}
    tables: dict[str, Table] = {}
    for spec in cid.specs:
        if spec.kind == "decision":
            known[spec.name] = _decided_domain(spec, domains, menus or {}, known, offered)
            continue
        mechanism = mechanism_of(spec, mechanisms)
        if before is not None and _unchanged(spec, mechanism, domains, before, known, parameters):
            used[spec.name], tables[spec.name] = before.mechanisms[spec.name], before.tables[spec.name]
            known.update({spec.name: before.domains[spec.name]} if spec.kind == "chance" else {})
            continue
        with concerning(node=spec.name):
            used[spec.name], tables[spec.name] = table_of(spec, mechanism, domains, values, known)
    if not all(table.exact for table in tables.values()):
        check_exact(tables, values)
        tables = {node: in_floats(node, table) for node, table in tables.items()}
    for node, menu in (before.menus if before else {}).items():
        if node in tables:  # which is a chance node now
            menu.check_chosen(node, tables[node], known)
    if cid.shared_rules:
        check_shared(cid, known, offered)
    cid = cid.with_offers({decision: menu.parents for decision, menu in offered.items()})
    return _without_gaps(Model(cid, known, used, parameters, tables, offered))


def _without_gaps(model: Model) -> Model:
    """Return the model with all options in contexts that had none, which must be unreachable."""
    empty = {d: np.asarray(~menu.mask.any(axis=-1)) for d, menu in model.menus.items()}
    gaps = {d: gap for d, gap in empty.items() if gap.any()}
    if not gaps:
        return model
    full = {d: replace(model.menus[d], mask=model.menus[d].mask | gap[..., None]) for d, gap in gaps.items()}
    filled = replace(model, menus={**model.menus, **full})
    for decision, gap in gaps.items():
        menu = model.menus[decision]
        reached = np.argwhere(gap & (weights(filled, menu.parents, undecided="uniform") != 0))
        if len(reached):
            states = (domain[int(k)] for domain, k in zip(menu.domains, reached[0], strict=True))
            where = setting_text(zip(menu.parents, states, strict=True))
            raise ModelError(f"decision {decision!r} has no option at {where}. Give it one there.", node=decision)
    return filled


def _decided_domain(
    spec: Node,
    domains: Mapping[str, tuple[State, ...]],
    menus: Mapping[str, Menu | Offers],
    known: Domains,
    offered: dict[str, Menu],
) -> tuple[State, ...]:
    """Return the options of a decision, and record its menu if it has one."""
    node = spec.name
    if node in menus:
        options, menu = menu_of(spec, menus[node], domains.get(node), known)
        offered |= {node: menu} if menu else {}
        return options
    if not domains.get(node):
        raise ModelError(f"decision {node!r} has no options. List them, for example {node}=[0, 1].", node=node)
    return domains[node]


def _unchanged(
    spec: Node,
    mechanism: Mechanism,
    domains: Mapping[str, tuple[State, ...]],
    before: Model,
    known: Domains,
    parameters: Mapping[str, Parameter],
) -> bool:
    name = spec.name
    if before.mechanisms.get(name) is not mechanism or domains.get(name) != before.domains.get(name):
        return False  # a node that was not there has no mechanism
    if before.cid.spec(name) is not spec and before.cid.spec(name) != spec:
        return False
    if [known[parent] for parent in spec.parents] != [before.domains[parent] for parent in spec.parents]:
        return False
    return parameters is before.parameters or all(
        parameters.get(n) is (old := before.parameters.get(n)) and (old is None or old.value is not None)  # no symbol
        for n in mechanism.names
    )
