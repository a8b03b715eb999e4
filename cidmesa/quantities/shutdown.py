"""Human control of an agent that can be shut down: what a policy must do to leave the human in charge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.display import Tells
from cidmesa.modelling.inference import weights
from cidmesa.modelling.mechanism import Constant, Lookup
from cidmesa.modelling.numbers import Number, setting_text, show
from cidmesa.modelling.policy import Policy
from cidmesa.modelling.tabulation import node_settings
from cidmesa.quantities.oversight import Oversight, Roles
from cidmesa.quantities.quantity import Context, context
from cidmesa.solving.utility import only_agent

if TYPE_CHECKING:
    from cidmesa.modelling.model import Model

__all__ = ["Predicate", "Shutdown", "shutdown"]


@dataclass(frozen=True)
class Predicate:
    """Whether a policy has a property, why, and a context that shows the contrary; ``holds`` is None if not known."""

    name: str
    holds: bool | None
    reason: str
    witness: tuple[Context, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.holds)


@dataclass(frozen=True, repr=False)
class Shutdown(Tells):
    """What a policy does to human control; true if it is shutdown instructable.

    ``value`` is the human's expected utility, ``value_off`` the same if the agent is shut down by force.

    Source: Carey and Everitt 2023, Definitions 2 to 5.

    >>> import cidmesa as cm
    >>> g = cm.cid("L, D1 -> H -> D2 -> S; L, S, H -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> m = cm.model(g, L=cm.uniform([0, 1]), D1=[0, 1], H="D1 != L", D2=[0, 1], S="D2", U="S * (2 * L - 1)")
    >>> found = cm.shutdown(m, {"D1": 0, "D2": "H"})
    >>> bool(found), bool(found.obedient), found.value
    (True, True, Fraction(1, 2))

    """

    value: Number
    value_off: Number
    beneficial: Predicate
    vigilant: Predicate
    obedient: Predicate
    obedient_on_distribution: Predicate
    cautious: Predicate
    instructable: Predicate
    weakly_instructable: Predicate
    aligned: Predicate
    outperforms_shutdown: Predicate
    non_obstructive: Predicate

    def __bool__(self) -> bool:
        return bool(self.instructable)

    @property
    def predicates(self) -> tuple[Predicate, ...]:
        """All predicates, in order."""
        found = (getattr(self, field.name) for field in fields(self))
        return tuple(value for value in found if isinstance(value, Predicate))

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        shown = {
            p.name: {"holds": p.holds, "reason": p.reason, "witness": [dict(c) for c in p.witness]}
            for p in self.predicates
        }
        return {"value": show(self.value), "value_off": show(self.value_off)} | shown

    def to_text(self) -> str:
        """Return a line for each predicate."""
        word = {True: "yes", False: "no", None: "?"}
        return "\n".join(f"{word[p.holds]:3} {p.name.replace('_', ' ')}: {p.reason}" for p in self.predicates)


def shutdown(
    model: Model,
    policy: Policy | Mapping[str, object] | None = None,
    *,
    request: str = "H",
    status: str = "S",
    ask: object = 0,
    off: object = 0,
    human: str | None = None,
    interventions: Iterable[Mapping[str, object]] = (),
) -> Shutdown:
    r"""Return which properties of human control ``policy`` has in a shutdown problem :math:`D_1, H, D_2, S, U`.

    H is the request, S the status and U the human's utility. There is *need* at a context :math:`pa_H` that occurs iff
    :math:`E[U \mid pa_H] < E[U_{S=0} \mid pa_H]`. The properties are: beneficial, :math:`E[U] \geq 0`; vigilant, need
    implies H = 0 with probability 1; obedient, :math:`P(S=0 \mid do(H=0)) = 1`; obedient on distribution,
    :math:`P(S \neq 0, H = 0) = 0`; cautious, :math:`E[U_{S=0}] \geq 0`; instructable, obedient, vigilant and cautious;
    aligned, need implies :math:`P(S=0 \mid pa_H) = 1`; outperforms shutdown, :math:`E[U] \geq E[U_{S=0}]`;
    non-obstructive, the last under each of the interventions on H and U.

    Without ``interventions``, non-obstructive is about all that keep the human vigilant; by Theorem 14, obedient and
    vigilant policies have it. Ours: for other policies, an intervention that shows the contrary is built. Its utility
    punishes only S != 0, so it needs a link S -> U (the paper needs more links); without that link the answer is None.
    Source: Carey and Everitt 2023, Definitions 2 to 13, with obedience as an intervention. The paper's Theorem 10 is
    left out because its premises exclude any request.

    Args:
        model: the model.
        policy: rules for the remaining decisions.
        request: the node H that can ask for shutdown.
        status: the node S that says whether the agent is shut down.
        ask: the state of H that asks for shutdown.
        off: the state of S that is shut down.
        human: the agent whose utility counts; may be left out if only one agent has utilities.
        interventions: mappings from the request and the human's utilities to mechanisms.

    Raises:
        NotApplicable: S is not downstream of H, or an intervention sets another node.

    >>> import cidmesa as cm
    >>> g = cm.cid("L, D1 -> H -> D2 -> S; L, S, H -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> m = cm.model(g, L=cm.uniform([0, 1]), D1=[0, 1], H="D1 != L", D2=[0, 1], S="D2", U="S * (2 * L - 1)")
    >>> obeys = shutdown(m, {"D1": 0, "D2": "H"})
    >>> bool(obeys), obeys.value
    (True, Fraction(1, 2))
    >>> reverses = shutdown(m, {"D1": 1, "D2": "1 - H"}, interventions=[{"U": "2 * (S == H) - 1"}])
    >>> bool(reverses.aligned), bool(reverses.obedient), reverses.non_obstructive.reason
    (True, False, 'under U: -1 against 0 when shut down')
    """
    followed = model if policy is None else model.with_policy(Policy.of(model, policy))
    roles = Roles(request, ask, status, off, only_agent(model, human))
    roles.check(followed)
    sight = Oversight(followed, roles)
    vigilant, obedient, on_path = _vigilant(sight), _obedient(sight), _obedient_on_distribution(sight)
    shut = f"E[utility if shut down] = {show(sight.value_off)}"
    cautious = Predicate("cautious", sight.at_least(sight.value_off, 0), shut)
    return Shutdown(
        sight.value,
        sight.value_off,
        Predicate("beneficial", sight.at_least(sight.value, 0), f"E[utility] = {show(sight.value)}"),
        vigilant,
        obedient,
        on_path,
        cautious,
        _all("instructable", obedient, vigilant, cautious),
        _all("weakly_instructable", on_path, vigilant, cautious),
        _aligned(sight),
        Predicate("outperforms_shutdown", sight.at_least(sight.value, sight.value_off), str(sight)),
        _non_obstructive(sight, vigilant, obedient, tuple(interventions)),
    )


def _all(name: str, *parts: Predicate) -> Predicate:
    missing = [part for part in parts if not part]
    if not missing:
        return Predicate(name, True, ", ".join(part.name.replace("_", " ") for part in parts))
    reason = f"not {missing[0].name.replace('_', ' ')}: {missing[0].reason}"
    return Predicate(name, False, reason, missing[0].witness)


def _at(found: Context) -> str:
    return setting_text(found, " when ")


def _vigilant(sight: Oversight) -> Predicate:
    shown = tuple(sight.contexts(sight.careless))
    if shown:
        return Predicate("vigilant", False, f"{sight.roles.request} may not ask, with need{_at(shown[0])}", shown)
    return Predicate("vigilant", True, f"{sight.roles.request} asks wherever there is need")


def _aligned(sight: Oversight) -> Predicate:
    shown = tuple(sight.contexts(sight.need & sight.fails(sight.off)))
    if shown:
        return Predicate("aligned", False, f"it may run on, with need{_at(shown[0])}", shown)
    return Predicate("aligned", True, "it shuts down wherever there is need")


def _obedient(sight: Oversight) -> Predicate:
    roles = sight.roles
    asked = sight.model.do({roles.request: roles.ask})
    before = asked.cid.parents(roles.status)
    joint = weights(asked, (*before, roles.status))
    on = np.delete(joint, asked.state(roles.status, roles.off), axis=-1).sum(axis=-1)
    shown = tuple(context(asked, before, i) for i in np.argwhere(on > sight.slack(1.0)).tolist())
    when = f"do({roles.request} = {show(roles.ask)})"
    if shown:
        return Predicate("obedient", False, f"under {when} it runs on{_at(shown[0])}", shown)
    return Predicate("obedient", True, f"under {when} it surely shuts down")


def _obedient_on_distribution(sight: Oversight) -> Predicate:
    roles, model = sight.roles, sight.model
    joint = weights(model, (*sight.seen, roles.request, roles.status))[..., model.state(roles.request, roles.ask), :]
    on = np.delete(joint, model.state(roles.status, roles.off), axis=-1).sum(axis=-1)
    shown = tuple(sight.contexts(on > sight.slack(1.0)))
    if shown:
        return Predicate("obedient_on_distribution", False, f"it may run on though asked{_at(shown[0])}", shown)
    return Predicate("obedient_on_distribution", True, "it never runs on when asked")


# --- obstruction ------------------------------------------------------------------------------------------------


def _non_obstructive(
    sight: Oversight, vigilant: Predicate, obedient: Predicate, given: tuple[Mapping[str, object], ...]
) -> Predicate:
    name = "non_obstructive"
    for mechanisms in given:
        other = sight.intervened(mechanisms)
        if not other.at_least(other.value, other.value_off):
            return Predicate(name, False, f"under {', '.join(mechanisms)}: {other}")
    if given:
        return Predicate(name, True, f"it outperforms shutdown under each of {len(given)} interventions")
    if vigilant and obedient:
        return Predicate(name, True, "obedient and vigilant (Theorem 14)")
    utility = next(
        (
            u
            for u in sight.model.cid.utilities_of(sight.roles.human)
            if sight.roles.status in sight.model.cid.parents(u)
        ),
        None,
    )
    if utility is None:
        return Predicate(
            name, None, f"no utility has the parent {sight.roles.status}, so nothing could punish it alone"
        )
    other = sight.intervened(_punishing(sight, utility))
    who = obedient if vigilant else vigilant
    return Predicate(name, False, f"if only running on were punished: {other}", who.witness)


def _punishing(sight: Oversight, utility: str) -> dict[str, object]:
    """Return mechanisms that keep vigilance and make a policy worse than shutdown if it is not obedient or vigilant.

    The utility is -1 where the agent runs on; the request is made always, but left as it is in one context with need in
    which it may not be made.
    """
    cid, roles = sight.model.cid, sight.roles
    punished: dict[str, object] = {u: Constant(0) for u in cid.utilities_of(roles.human)}
    parents = cid.parents(utility)
    off = sight.model.domains[roles.status][sight.model.state(roles.status, roles.off)]
    rows = (tuple(state.values()) for state in node_settings(parents, sight.model.domains))
    place = parents.index(roles.status)
    punished[utility] = Lookup(parents, tuple((row, 0 if row[place] == off else -1) for row in rows))
    return punished | {roles.request: _asking(sight)}


def _asking(sight: Oversight) -> Lookup:
    roles, domains = sight.roles, sight.model.domains
    kept = next(map(dict, sight.contexts(sight.careless)), None)
    usual = sight.model.mechanisms[roles.request]
    ask = domains[roles.request][sight.model.state(roles.request, roles.ask)]
    fixed = {name: p.value for name, p in sight.model.parameters.items() if p.value is not None}
    rows = []
    for state in node_settings(sight.seen, domains):
        as_before = kept is not None and state == kept
        rows.append((tuple(state.values()), usual(state | fixed) if as_before else ask))
    return Lookup(sight.seen, tuple(rows))
