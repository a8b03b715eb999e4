"""Proofs as plain data: models, rules and the steps that drop information links, as `cidmesa.verify` reads them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from cidmesa.errors import NotApplicable
from cidmesa.modelling.inference import menus_refused, no_menus
from cidmesa.modelling.polynomial import Polynomial
from cidmesa.structure.diagram import CID
from cidmesa.structure.reduction import minimal_reduction, reduction
from cidmesa.structure.relevance import is_soluble, others_given

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import State
    from cidmesa.modelling.policy import Rule
    from cidmesa.structure.diagram import Node
    from cidmesa.structure.verdict import Step

__all__ = ["VERSION", "Document", "diagram", "exact", "numbers", "rules_in", "setting", "state", "steps_for", "written"]

_SAME_OPTIONS = "a proof", "The checker of proofs knows decisions with the same options everywhere."

VERSION = 1
Json = dict[str, Any]


@dataclass(frozen=True)
class Document:
    """Some claims, and the diagrams and models that they are about, by name."""

    models: Mapping[str, Json]
    claims: tuple[Json, ...]

    def __add__(self, other: Document) -> Document:
        """Return the document with the claims of both; models of one name must be the same."""
        return Document({**self.models, **other.models}, (*self.claims, *other.claims))

    def to_json(self, about: str = "") -> Json:
        """Return the proof as plain data; ``about`` is a label, of which nothing is proved."""
        said = {"about": about} if about else {}
        return {"cidmesa-proof": VERSION, **said, "models": dict(self.models), "claims": list(self.claims)}


# --- diagrams and models --------------------------------------------------------------------------------------------


def diagram(cid: CID) -> Json:
    """Return a diagram without numbers.

    Raises:
        NotApplicable: decisions share a rule, or options depend on the context.

    >>> from cidmesa import cid
    >>> diagram(cid("D -> U", decisions=["D"], utilities=["U"]))["nodes"][1]
    {'name': 'U', 'kind': 'utility', 'parents': ['D'], 'agent': 'agent'}
    """
    _without_shared_rules(cid)
    if offering := [spec.name for spec in cid.specs if spec.offers]:
        raise menus_refused(offering, *_SAME_OPTIONS)
    return {"nodes": [_node(spec) for spec in cid.specs]}


def _without_shared_rules(cid: CID) -> None:
    if cid.shared_rules:
        raise NotApplicable("no proof can be written if decisions share a rule.")


def written(model: Model) -> Json:
    """Return a model: each node with its states and its table in one row, the first parent varying slowest.

    Raises:
        NotApplicable: numbers are floats, decisions share a rule, or several parameters have no value.

    >>> import cidmesa as cm
    >>> written(cm.model(cm.cid("S -> U", utilities=["U"]), S=cm.bernoulli("1/3"), U="S"))["nodes"][0]["numbers"]
    ['2/3', '1/3']
    """
    _without_shared_rules(model.cid)
    no_menus(model, *_SAME_OPTIONS)
    return {"nodes": [_node(spec) | _numbers_of(model, spec) for spec in model.cid.specs]}


def _node(spec: Node) -> Json:
    owner = {"agent": spec.agent} if spec.agent is not None else {}
    return {"name": spec.name, "kind": spec.kind, "parents": list(spec.parents)} | owner


def _numbers_of(model: Model, spec: Node) -> Json:
    states = {} if spec.kind == "utility" else {"states": [state(one) for one in model.domain(spec.name)]}
    if spec.kind == "decision":
        return states
    table = model.table(spec.name)
    axes = (*spec.parents, *(() if spec.kind == "utility" else (spec.name,)))
    values = table.values.transpose([table.variables.index(name) for name in axes])
    return states | {"numbers": numbers(values.ravel().tolist())}


def numbers(values: Iterable[Any]) -> list[Any]:
    """Return exact numbers as integers and text, polynomials in one parameter as lists of coefficients.

    >>> numbers([1, Fraction(1, 3)])
    [1, '1/3']
    """
    return [exact(value) for value in values]


def exact(value: Any) -> Any:
    """Return an exact number as an integer or as text.

    Raises:
        NotApplicable: a number is a float, or a polynomial has several parameters.
    """
    if isinstance(value, Polynomial):
        if len(value.names) > 1:
            raise NotApplicable(f"a proof can be written for one free parameter, not for {', '.join(value.names)}.")
        terms = {powers[0]: coefficient for powers, coefficient in value.terms()}
        return [exact(terms.get(power, 0)) for power in range(max(terms, default=0) + 1)]
    if isinstance(value, float):
        raise NotApplicable(
            f"a proof is about exact numbers, and {value!r} is a float. Write it as text, such as '1/3'."
        )
    found = Fraction(value)
    return int(found) if found.denominator == 1 else str(found)


def state(value: State) -> Any:
    """Return a state; a fraction as an object, so that the text '1/3' stays text."""
    if isinstance(value, float):
        raise NotApplicable(f"a proof is about exact numbers, and the state {value!r} is a float.")
    return {"exact": str(value)} if isinstance(value, Fraction) and value.denominator != 1 else _whole(value)


def _whole(value: State) -> Any:
    return value if isinstance(value, str) else int(value)


def setting(model: Model, given: Mapping[str, Any]) -> Json:
    """Return node -> state, each state as the model has it."""
    return {node: state(model.domain(node)[model.state(node, value)]) for node, value in given.items()}


def rules_in(model: Model, rules: Iterable[Rule]) -> Json:
    """Return decision -> numbers of its rule, along the parents that the decision has in the model."""
    return {rule.decision: _row(model, rule) for rule in rules}


def _row(model: Model, rule: Rule) -> list[Any]:
    axes = [rule.parents.index(parent) for parent in model.cid.parents(rule.decision)]
    return numbers(rule.values.transpose([*axes, len(axes)]).ravel().tolist())


# --- steps ----------------------------------------------------------------------------------------------------------


def steps_for(cid: CID, agent: str) -> list[Json]:
    """Return steps that drop information links of an agent without loss: R0, and all rules where R0 is not enough.

    >>> from cidmesa import cid
    >>> steps_for(cid("X -> D -> U", decisions=["D"], utilities=["U"]), "agent")
    [{'rule': 'R0', 'links': [['X', 'D']]}]
    """
    own = others_given(cid, agent)
    every = reduction(own).steps if own.decisions else ()
    enough = is_soluble(minimal_reduction(own))
    return in_json(own, takewhile(lambda step: step.rule == "R0", every) if enough else every)


def in_json(cid: CID, steps: Iterable[Step]) -> list[Json]:
    """Return the steps of a reduction of a one-agent diagram, in order; R3 with those where nothing is forgotten."""
    found = []
    for step in steps:
        wider = _remembering(cid) if step.rule == "R3" else None
        inner = {"steps": in_json(wider, reduction(wider).steps)} if wider else {}
        found.append({"rule": step.rule, "links": [list(link) for link in step.links]} | inner)
        cid = cid.without_links(step.links)
    return found


def _remembering(cid: CID) -> CID:
    """Return the diagram in which each decision also sees the earlier ones and what they saw."""
    memory: dict[str, None] = {}
    specs = []
    for spec in cid.specs:
        if spec.kind == "decision":
            spec = replace(spec, parents=tuple(dict.fromkeys([*spec.parents, *memory])))
            memory |= dict.fromkeys([*spec.parents, spec.name])
        specs.append(spec)
    return CID(tuple(specs))
