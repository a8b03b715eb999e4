"""Causal effects: total, direct, indirect, controlled, and along chosen links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from cidmesa.errors import ModelError, NotApplicable, near_miss
from cidmesa.modelling.inference import check_held
from cidmesa.modelling.numbers import show
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
from cidmesa.solving.counterfactual.worlds import World, Worlds, known_link
from cidmesa.solving.utility import expected_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Number, State
    from cidmesa.modelling.policy import Policy

__all__ = ["effect"]

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
