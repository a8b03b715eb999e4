"""Causal effects: total, direct, indirect, controlled, along chosen links; and objectives without reward for some."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cidmesa.errors import ModelError, NotApplicable, near_miss
from cidmesa.modelling.inference import check_held
from cidmesa.modelling.numbers import show
from cidmesa.modelling.policy import policy
from cidmesa.solving.counterfactual.counterfactual import (
    Timing,
    adapted,
    as_world,
    check_timing,
    distribution,
    followed,
    valued,
    would,
)
from cidmesa.solving.counterfactual.worlds import World, Worlds, known_link, renamed
from cidmesa.solving.utility import expected_value
from cidmesa.structure.diagram import Node
from cidmesa.structure.relevance import downstream_utilities

if TYPE_CHECKING:
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Number, State
    from cidmesa.modelling.policy import Policy

__all__ = ["effect", "path_specific_objective"]


Kind = Literal["total", "direct", "indirect", "controlled", "path"]
_KINDS = ("total", "direct", "indirect", "controlled", "path")


def effect(
    model: Model,
    cause: str,
    of: str,
    kind: Kind = "total",
    *,
    before: object = None,
    after: object = None,
    policy: Policy | Mapping[str, object] | None = None,
    timing: Timing = "post",
    mediators: Iterable[str] | None = None,
    holding: Mapping[str, object] | None = None,
    edges: Iterable[tuple[str, str]] | None = None,
    given: Mapping[str, object] | None = None,
) -> Number:
    r"""Return the effect on :math:`E[Y]`, Y being ``of``, of changing cause X from x (``before``) to x' (``after``).

    ========== =============================================== ====================================================
    total      :math:`E[Y_{x'}] - E[Y_x]`
    direct     :math:`E[Y_{x', Z_x}] - E[Y_x]`                 Z: ``mediators`` (parents of Y that descend from X)
    indirect   :math:`E[Y_{x, Z_{x'}}] - E[Y_x]`
    controlled :math:`E[Y_{x', z}] - E[Y_{x, z}]`              z: ``holding``
    path       :math:`E[Y^g] - E[Y_x]`                         g: ``edges`` that transmit the change; each node takes
                                                               :math:`W^g` from parents in g, :math:`W_x` from others
    ========== =============================================== ====================================================

    ``before`` and ``after`` may be left out if X has two states (first, second). ``given`` is factual evidence on which
    both expectations are conditioned. Under ``timing="pre"``, rational agents choose new rules for each of the two
    settings (total effects only). `counterfactual` defines the timing and the assumed noise.
    Source: Pearl 2001; Avin, Shpitser and Pearl 2005.

    Args:
        model: the model.
        cause: the node X that is changed.
        of: the node Y whose expectation is compared.
        kind: the kind of effect; see the table.
        before: the value x of the cause.
        after: the value x' of the cause.
        policy: a rule for each decision, in a form that `policy` accepts.
        timing: "post" keeps the rules; under "pre", rational agents choose them anew.
        mediators: the nodes Z of a direct or indirect effect.
        holding: node -> state, for a controlled effect.
        edges: the links that transmit the change, for a path effect.
        given: factual evidence, node -> state.

    Raises:
        NotApplicable: the kind is unknown, or has no such option.
        ModelError: a state is missing or does not exist, Y is not numeric, or a decision has no rule.
        DiagramError: an edge is not in the diagram.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("A -> M -> Y; A -> Y"), A=cm.uniform([0, 1]), M="A", Y="A * M")
    >>> effect(m, "A", "Y"), effect(m, "A", "Y", "direct"), effect(m, "A", "Y", "indirect")
    (Fraction(1, 1), Fraction(0, 1), Fraction(0, 1))
    >>> effect(m, "A", "Y", "direct") - effect(m, "A", "Y", "indirect", before=1, after=0)  # Pearl's identity
    Fraction(1, 1)

    """
    _check(kind, timing, mediators, holding, edges)
    real, rules = followed(model, policy, timing)
    evidence = given or {}
    worlds = Worlds(valued(real, of) if of in {cause, *evidence, *(holding or ())} else real)
    low, high = _setting(worlds.model, cause, before, after)
    for state in (low, high):
        check_held(model, {**(holding or {}), cause: state})

    def at(held: Mapping[str, object]) -> str:
        anew = tuple(adapted(model, rules, held).values()) if timing == "pre" else ()
        return worlds.at(of, World(as_world(worlds.model, held).held, anew))

    base: dict[str, object] = {cause: low, **(holding or {})}
    if kind == "path":
        active = frozenset(known_link(worlds.cid, *edge) for edge in edges or ())
        changed = _along(worlds, of, cause, high, as_world(worlds.model, base), active)
    else:
        there, natural = (low, high) if kind == "indirect" else (high, low)
        below = worlds.cid.descendants(cause)
        between = mediators if mediators is not None else [p for p in worlds.cid.parents(of) if p in below]
        kept = between if kind in ("direct", "indirect") else ()
        changed = at(base | {cause: there} | dict.fromkeys(kept, would({cause: natural})))
    unchanged = at(base)
    return _mean(worlds, changed, evidence, of) - _mean(worlds, unchanged, evidence, of)


def _check(kind: str, timing: str, mediators: object, holding: object, edges: object) -> None:
    check_timing(timing)
    if kind not in _KINDS:
        raise NotApplicable(f"kind={kind!r} is not known.{near_miss(kind, _KINDS)} Known: {', '.join(_KINDS)}.")
    if timing == "pre" and kind != "total":
        raise NotApplicable(
            f'the {kind} effect has no timing="pre", because agents would have to expect two worlds at once.'
        )
    used = {"mediators": ("direct", "indirect"), "holding": ("controlled",), "edges": ("path",)}
    for (name, kinds), given in zip(used.items(), (mediators, holding, edges), strict=True):
        if given is not None and kind not in kinds:
            raise NotApplicable(f"{name}= goes with kind {' or '.join(kinds)}, not with {kind!r}.")
        if given is None and kind in ("controlled", "path") and kind in kinds:
            raise NotApplicable(f"kind={kind!r} needs {name}=.")


def _setting(model: Model, cause: str, before: object, after: object) -> tuple[State, State]:
    states = model.domain(cause)
    if before is None and after is None and len(states) == 2:
        return states[0], states[1]
    if before is None or after is None:
        raise ModelError(
            f"say from which state of {cause!r} to which (before=, after=); its states are: "
            f"{', '.join(map(show, states))}."
        )
    return states[model.state(cause, before)], states[model.state(cause, after)]


def _along(worlds: Worlds, node: str, cause: str, high: State, base: World, active: frozenset[tuple[str, str]]) -> str:
    """Return the node that carries :math:`V^g`; nodes are made in topological order from the cause on."""
    found = {cause: worlds.constant(cause, high)}
    above = {node, *worlds.cid.ancestors(node)} - {cause}
    for one in (one for one in worlds.cid.nodes if one in above):
        carried = (found[p] if (p, one) in active else worlds.at(p, base) for p in worlds.cid.parents(one))
        found[one] = worlds.copy(one, tuple(carried))
    return found[node]


def _mean(worlds: Worlds, node: str, evidence: Mapping[str, object], of: str) -> Number:
    """Return the expectation of a node of the parallel worlds given factual evidence."""
    if worlds.cid.kind(of) == "utility":
        return expected_value(worlds.build(node, *evidence), [node], evidence)
    law = distribution(worlds, node, evidence)
    if text := [state for state in law if isinstance(state, str)]:
        raise ModelError(f"{of!r} has the state {text[0]!r}; an effect needs numbers. Let a chance node carry a score.")
    return sum((state * chance for state, chance in law.items() if not isinstance(state, str)), start=0)


def path_specific_objective(
    model: Model,
    decision: str,
    default: object,
    frozen: Iterable[str | tuple[str, str]] = (),
    *,
    held: Mapping[str, object] | None = None,
) -> Model:
    r"""Return the model that rewards the decision's owner as if it did not act along the frozen links.

    Each utility U downstream of the decision becomes :math:`U^g`. Along frozen links nodes take :math:`W_{\bar a}`,
    their value if the decision takes its default; along other links they take their value under the action. A frozen
    node freezes all links into it, so the utility reads its natural value. The new diagram contains the world of the
    default beside the real one. The real node still changes as before (side effects happen), but no path leads from it
    to these utilities, as `admits_ici` certifies. Noise is shared as in `counterfactual`.

    Args:
        model: the model; decisions between the decision and its utilities need rules (`Model.with_policy`).
        decision: the decision whose objective is changed.
        default: the option, or the rule (baseline policy), that gives the natural values.
        frozen: nodes, or links (parent, child).
        held: node -> a fixed state that is the node's baseline instead of its natural value.

    Raises:
        NotApplicable: nothing is frozen, or a frozen node does not descend from the decision.
        DiagramError: a link is not in the diagram, or a node is not a decision.
        ModelError: a decision in between has no rule.

    Source: Farquhar, Carey and Everitt 2022, Definition 5 and Proposition 1.

    >>> import cidmesa as cm
    >>> g = cm.cid("P -> I; P, I -> C", decisions=["P"], utilities=["C"])
    >>> m = cm.model(g, P=[0, 1], I="P", C="1 - P / 5 + I / 2")
    >>> safe = path_specific_objective(m, "P", 0, ["I"])
    >>> cm.solve(m).plan, cm.admits_ici(m.cid, "P", "I").status
    ({'P': 1}, 'admits')
    >>> cm.solve(safe).plan, cm.admits_ici(safe.cid, "P", "I").status
    ({'P': 0}, 'excluded')
    """
    fixed = {node: model.domain(node)[model.state(node, value)] for node, value in (held or {}).items()}
    links = _links(model, decision, list(frozen), fixed)
    natural = World(rules=(policy(model, {decision: default})[decision],), label="default")
    twin = _Twin(Worlds(model, factual_last=True), natural, decision, frozenset(links), fixed)
    twin.worlds.at(decision, natural)  # even where no utility asks for it
    utilities = {u: twin.parents_of(u) for u in downstream_utilities(model.cid, decision)}
    specs = [Node(u, "utility", model.cid.agent(u), parents) for u, parents in utilities.items()]
    built = twin.worlds.build()
    return built.revised(specs, mechanisms={u: renamed(model, u, parents) for u, parents in utilities.items()})


def _links(
    model: Model, decision: str, frozen: list[str | tuple[str, str]], fixed: Mapping[str, State]
) -> list[tuple[str, str]]:
    """Return the frozen links; a node stands for all links into it."""
    below = model.cid.descendants(model.cid.known_decision(decision))
    if not frozen and not fixed:
        raise NotApplicable("nothing is frozen. Name nodes or links (frozen=), or nodes with a fixed state (held=).")
    for node in [*(one for one in frozen if isinstance(one, str)), *fixed]:
        if model.cid.nodes[model.cid.index(node)] not in below:
            raise NotApplicable(f"{node!r} does not descend from {decision!r}, so the decision cannot change it.")
    links = [(p, one) for one in frozen if isinstance(one, str) for p in model.cid.parents(one)]
    given = [one for one in frozen if not isinstance(one, str)]
    return [*links, *(known_link(model.cid, parent, child) for parent, child in given)]


@dataclass(frozen=True, eq=False)
class _Twin:
    """The world of the defaults and the world of the action, as far as the utilities need them."""

    worlds: Worlds
    default: World
    decision: str
    links: frozenset[tuple[str, str]]
    fixed: Mapping[str, State]

    def rewarded(self, node: str) -> str:
        """Return the node that carries :math:`V^g`."""
        if node in self.fixed:
            return self.worlds.constant(node, self.fixed[node])
        if node == self.decision or node not in self.worlds.cid.descendants(self.decision):
            return node
        return self.worlds.copy(node, self.parents_of(node), "rewarded")

    def parents_of(self, node: str) -> tuple[str, ...]:
        r"""Return the parents of :math:`V^g`: :math:`W_{\bar a}` along frozen links."""
        parents, links = self.worlds.cid.parents(node), self.links
        return tuple(self.worlds.at(p, self.default) if (p, node) in links else self.rewarded(p) for p in parents)
