"""`model`: a model from a diagram and a mechanism for each node, in Python."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cidmesa.errors import DiagramError, ModelError, UnknownNode, normal, wrong_type
from cidmesa.modelling.mechanism import Distribution, Mechanism
from cidmesa.modelling.menu import Offers
from cidmesa.modelling.model import Domains, Model, assemble
from cidmesa.modelling.numbers import State, as_name, show
from cidmesa.modelling.parameter import as_parameters
from cidmesa.modelling.shorthand import as_mechanism, check_arguments
from cidmesa.structure.diagram import CID

if TYPE_CHECKING:
    from cidmesa.structure.diagram import Node

__all__ = ["domain_of", "model"]


def model(
    cid: CID | Model,
    mechanisms: Mapping[str, object] | None = None,
    /,
    *,
    domains: Mapping[str, Sequence[object]] | None = None,
    parameters: Mapping[str, object] | None = None,
    symbolic: bool = False,
    **nodes: object,
) -> Model:
    """Return the model of ``cid`` with a domain for each decision and a mechanism for each other node.

    A decision takes a list of its options. If the options depend on what it observes, it takes a `menu` or a function
    of its parents that returns a list. A chance node takes a distribution ``{state: probability}``, `uniform`,
    `bernoulli`, `table`, a function whose arguments are the parents' names (it returns a value or a distribution), or
    text: a safe expression over parents and parameters. A utility takes a function, an expression or a number.
    Integers, Fractions and text such as ``"1/3"`` are exact; one float makes the whole model float.

    Args:
        cid: the diagram. A model, or an object of another package that has numbers, is returned unchanged if nothing
            else is given; otherwise its diagram is used.
        mechanisms: mechanisms by node, for names that are not Python identifiers; the keywords say the same.
        domains: chance node -> its states in order; states that are left out are inferred from the mechanism.
        parameters: numbers or `parameter` declarations that expressions may name.
        symbolic: keep parameters without a value as symbols: probabilities and expected utilities are then polynomials
            in them. Comparisons, as for optimal policies, still need values.
        **nodes: mechanisms by node.

    Raises:
        DiagramError: ``cid`` is not a diagram.
        UnknownNode: a mechanism is given for a node that is not in the diagram.
        ModelError: a mechanism is missing, a decision is given a distribution, probabilities do not sum to 1, ...

    >>> import cidmesa as cm
    >>> g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, S=cm.uniform([-1, 1]), D=[-1, 1], U=lambda S, D: S * D)
    >>> m.domain("S"), m.exact, m == cm.model(g, S={-1: "1/2", 1: "1/2"}, D=[-1, 1], U="S * D")
    ((-1, 1), True, True)
    >>> m = cm.model(g, S=cm.bernoulli("p"), D=[0, 1], U="S * D", parameters={"p": cm.parameter("p")}, symbolic=True)
    >>> str(cm.expected_utility(m, {"D": 1}))
    'p'

    """
    if isinstance(held := getattr(cid, "model", cid), Model):
        if not (mechanisms or domains or parameters or nodes):
            return held
        cid = held.cid
    if not isinstance(cid, CID):
        raise DiagramError(
            wrong_type("model", "a diagram", cid, "Make one by cm.cid(links, decisions=..., utilities=...).")
        )
    given = {normal(node): value for node, value in (dict(mechanisms or {}) | nodes).items()}
    domains = {normal(node): states for node, states in (domains or {}).items()}
    for node in [*given, *domains]:
        if node not in cid:
            raise UnknownNode(node, cid.nodes)
    known: Domains = {node: domain_of(node, states) for node, states in (domains or {}).items()}
    menus = {n: offers for n, g in given.items() if cid.kind(n) == "decision" and (offers := _offers(cid, n, g))}
    known |= {n: _options(n, g) for n, g in given.items() if cid.kind(n) == "decision" and n not in menus}
    used = {
        spec.name: _mechanism(spec, given[spec.name])
        for spec in cid.specs
        if spec.kind != "decision" and spec.name in given
    }
    return assemble(cid, known, used, as_parameters(parameters), menus=menus, symbolic=symbolic)


def domain_of(node: str, states: Sequence[object]) -> tuple[State, ...]:
    """Return ``states`` as the domain of ``node``.

    Raises:
        ModelError: there is no state, or one occurs twice.

    >>> domain_of("X", ["a", True])
    ('a', True)

    """
    domain = tuple(map(as_name, states))
    if not domain:
        raise ModelError(f"node {node!r} needs at least one state.", node=node)
    if len(set(domain)) < len(domain):
        raise ModelError(f"node {node!r} has a state twice: {', '.join(map(show, domain))}.", node=node)
    return domain


def _offers(cid: CID, node: str, given: object) -> Offers | None:
    """Return the options of a decision by context, ``None`` where they are listed."""
    if isinstance(given, Offers):
        return given
    if not inspect.isfunction(given):
        return None
    parents = cid.parents(node)
    check_arguments(given, parents)

    def at(context: Mapping[str, State]) -> Sequence[object]:
        found = given(**{parent: context[parent] for parent in parents})
        if not isinstance(found, list | tuple):
            raise _no_list(node, f"a function that returns {found!r}")
        return found

    return Offers(at)


def _no_list(node: str, shown: str) -> ModelError:
    return ModelError(
        f"{node!r} is a decision, but it is given {shown}. List its options ({node}=[0, 1]); "
        "a rule for it belongs to a policy (model.with_policy).",
        node=node,
    )


def _options(node: str, given: object) -> tuple[State, ...]:
    if isinstance(given, str | Mapping | Distribution) or not isinstance(given, Sequence):
        shown = "text" if isinstance(given, str) else "a function" if callable(given) else "a distribution"
        raise _no_list(node, shown)
    return domain_of(node, given)


def _mechanism(spec: Node, given: object) -> Mechanism:
    if isinstance(given, list | tuple | set):
        raise ModelError(
            f"{spec.kind} node {spec.name!r} is given a list. Only a decision lists its options; "
            f"give a distribution, for example cm.uniform({list(given)!r}).",
            node=spec.name,
        )
    try:
        return as_mechanism(given, spec.parents)
    except ModelError as error:
        raise ModelError(f"node {spec.name!r}: {error}", node=spec.name) from error
