"""Intention: which of the outcomes of a policy are its reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Literal

import numpy as np

from cidmesa.errors import NotApplicable, TooLarge
from cidmesa.modelling.numbers import Number, setting_text, show
from cidmesa.modelling.policy import Policy
from cidmesa.quantities.quantity import Context, Measured
from cidmesa.quantities.securing import Gains, Secured, gains
from cidmesa.quantities.twin_network import Noise, States, noise, plain_number
from cidmesa.solving.decision_rules import pure_rules

if TYPE_CHECKING:
    from cidmesa.modelling.model import Model

__all__ = ["Intention", "Plan", "caused", "intends", "plan"]

MAX_REFERENCES = 1_000
Goal = Literal["terminal", "instrumental", "both", "none"]


@dataclass(frozen=True, repr=False)
class Intention(Measured):
    """Whether an outcome is intended; ``value`` is the probability of the settings of the noise in which it is.

    * ``setting``: a setting in which it is intended.
    * ``secured``: what must be guaranteed for the alternative to be as good, as (setting, nodes).
    * ``alternative``: that policy, which is one of ``reference``.
    * ``goal``: whether the outcome is wanted for itself ("terminal") or as a means ("instrumental").

    Source: Ward et al. 2024, Definition 13; Halpern and Kleiman-Weiner 2018.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("D -> X -> U", decisions=["D"], utilities=["U"]), D=[0, 1], X="D", U="X")
    >>> found = cm.intends(m, {"D": 1}, "D", "X")
    >>> bool(found), found.value, found.goal
    (True, Fraction(1, 1), 'terminal')

    """

    decision: str
    outcome: tuple[str, ...]
    value: Number
    goal: Goal
    setting: Context
    secured: tuple[tuple[Context, tuple[str, ...]], ...]
    alternative: Policy | None
    reference: tuple[Policy, ...]
    definition: str

    def to_text(self) -> str:
        """Return whether the outcome is intended, and the evidence."""
        what = f"{self.decision} intends {', '.join(self.outcome)}"
        if not self or self.alternative is None:
            return f"no: {what} ({len(self.reference)} other policies compared; {self.definition})"
        lines = [f"yes, with probability {show(self.value)}: {what} ({self.goal} goal; {self.definition})"]
        lines += [f"  secured{setting_text(when, ' when ')}: {', '.join(nodes)}" for when, nodes in self.secured]
        return "\n".join([*lines, "  then as good: " + str(self.alternative).replace("\n", "; ")])


def intends(
    model: Model,
    policy: Policy | Mapping[str, object],
    decision: str,
    outcome: str | Iterable[str] | Mapping[str, object],
    *,
    reference: Iterable[Policy | Mapping[str, object]] | None = None,
    definition: Literal["subjective", "halpern"] = "subjective",
    candidates: Iterable[str] | None = None,
) -> Intention:
    r"""Return whether the owner of ``decision`` intends ``outcome`` by following ``policy``.

    "subjective": there are nodes :math:`Y \supseteq O`, settings of the noise :math:`w^Y` (e among them for each of O)
    and another policy :math:`\hat\pi` of the reference set with
    :math:`E_\pi[\mathcal U] \leq E_{\hat\pi}[\mathcal U_{Y_\pi \mid W}]`, where each Y is as under :math:`\pi` in the
    settings :math:`w^Y`; and no strict sub-collection of (Y, settings) has this property, whether it contains O or not
    (otherwise side effects would count). The value is the probability of the settings e in which O is intended.
    "halpern": the same with :math:`w^Y` all settings and the best policy of the reference set; for O = o, moreover, o
    is best among the values that O can take. The value is 1 or 0. With a mapping ``{O: o}``, "subjective" asks about
    the settings in which O = o.

    Source: Ward et al. 2024, Definition 13; Halpern and Kleiman-Weiner 2018. With several agents the others follow
    ``policy`` (Ward et al. 2023, Definition 3.4). Ours: the reference set, if left out, is all other pure rules of the
    decision. The noise is that of the canonical structural model, of the nodes upstream of the decision and the
    utilities (finer noise would allow finer collections). Y are nodes between the decision and its owner's utility,
    because no other can be in a minimal collection. A *goal* is "terminal" if it is a utility or a parent of one, and
    "instrumental" if it reaches a utility through another node.

    Args:
        model: the model.
        policy: a rule for each decision of every agent.
        decision: the decision whose owner intends.
        outcome: a node, several, or a mapping node -> state.
        reference: the alternative policies, which must not be random; rules may be left out of them.
        definition: the definition to use.
        candidates: nodes from which Y is chosen, if there are too many; "no" is then about these only.

    Raises:
        DiagramError: ``decision`` is not a decision.
        NotApplicable: the outcome is the decision itself, or a reference policy is random.
        TooLarge: too many settings of the noise, nodes or reference policies.

    >>> import cidmesa as cm
    >>> g = cm.cid("D -> Insurance -> U; D -> Fire", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, D=["burn", "not"], Insurance="D == 'burn'", Fire="D == 'burn'", U="Insurance")
    >>> found = intends(m, {"D": "burn"}, "D", "Insurance")
    >>> bool(found), found.goal, bool(intends(m, {"D": "burn"}, "D", "Fire"))
    (True, 'terminal', False)
    """
    made = plan(model, policy, decision, reference, candidates)
    wanted = dict(outcome) if isinstance(outcome, Mapping) else {}
    names = (outcome,) if isinstance(outcome, str) else tuple(dict.fromkeys(outcome))
    for name in names:
        model.cid.index(name)
    if decision in names:
        raise NotApplicable(f"{decision!r} is the decision itself; ask about what it causes.")
    if not all(name in made.nodes for name in names) or not names:
        return made.nothing(names, definition)
    if definition == "halpern":
        return _affects(made, names, wanted)
    return _causes(made, names, wanted)


@dataclass(frozen=True)
class Plan:
    """A policy among those that it is compared with: shared by the definitions of intention."""

    model: Model
    policy: Policy
    decision: str
    reference: tuple[Policy, ...]
    nodes: tuple[str, ...]
    noise: Noise
    natural: States

    @property
    def utilities(self) -> tuple[str, ...]:
        """The utilities of the owner of the decision."""
        return self.model.cid.utilities_of(str(self.model.cid.agent(self.decision)))

    def gains(self, other: Policy) -> Gains:
        """Return what ``other`` gains when nodes are secured."""
        return gains(self.noise, self.policy, other, self.nodes, self.utilities)

    def bits(self, names: Iterable[str]) -> int:
        """Return the nodes as bits."""
        return sum(1 << self.nodes.index(name) for name in names)

    def where(self, wanted: Mapping[str, object]) -> list[int]:
        """Return the settings in which the nodes are in the wanted states."""
        masks = [self.natural[node] == self.model.state(node, state) for node, state in wanted.items()]
        return np.flatnonzero(np.logical_and.reduce([np.ones(len(self.noise), dtype=bool), *masks])).tolist()

    def setting(self, number: int) -> Context:
        """Return a setting by the states that the chance nodes not downstream of the decision have in it."""
        return self.noise.setting(self.natural, self.decision, number)

    def shown(self, taken: Iterable[Secured]) -> tuple[tuple[Context, tuple[str, ...]], ...]:
        """Return a collection readably."""
        return tuple((self.setting(s), self.names(bits)) for s, bits in taken)

    def names(self, bits: int) -> tuple[str, ...]:
        """Return the nodes that the bits stand for."""
        return tuple(name for i, name in enumerate(self.nodes) if bits >> i & 1)

    def goal(self, names: Iterable[str]) -> Goal:
        """Return whether the nodes are wanted for themselves or for what they lead to."""
        cid, own = self.model.cid, set(self.utilities)
        kinds = set()
        for name in names:
            if name in own or own & set(cid.children(name)):
                kinds.add("terminal")
            if any(set(cid.descendants(child)) & own for child in cid.children(name)):
                kinds.add("instrumental")
        return "both" if len(kinds) == 2 else "terminal" if "terminal" in kinds else "instrumental"

    def nothing(self, names: tuple[str, ...], definition: str) -> Intention:
        """Return that the nodes are not intended."""
        return Intention(self.decision, names, 0, "none", (), (), None, self.reference, definition)


def plan(
    model: Model,
    policy: Policy | Mapping[str, object],
    decision: str,
    reference: Iterable[Policy | Mapping[str, object]] | None,
    candidates: Iterable[str] | None = None,
    *,
    of: Iterable[str] = (),
) -> Plan:
    """Return the policy with what it is compared with; ``of``: further nodes whose noise counts. Errors: `intends`."""
    cid = model.cid
    cid.known_decision(decision)
    rules = Policy.of(model, policy)
    own = cid.utilities_of(str(cid.agent(decision)))
    above = set(cid.upstream(own))
    between = [n for n in cid.descendants(decision) if n in above and n != decision]
    allowed = between if candidates is None else [n for n in dict.fromkeys(candidates) if n in between]
    found = noise(model, rules, of=[*own, decision, *of])
    others = _references(model, rules, decision, reference)
    return Plan(model, rules, decision, others, tuple(allowed), found, found.run(rules))


def _references(
    model: Model, policy: Policy, decision: str, given: Iterable[Policy | Mapping[str, object]] | None
) -> tuple[Policy, ...]:
    if given is not None:
        return tuple(policy.merged(Policy.of(model, each)) for each in given)
    rest = model.with_policy(policy.without(decision))
    rules = tuple(islice(pure_rules(rest, decision), MAX_REFERENCES + 1))
    if len(rules) > MAX_REFERENCES:
        raise TooLarge(f"{decision!r} has more than {MAX_REFERENCES} pure rules. Name those to compare by reference=.")
    return tuple(policy.merged(Policy((rule,))) for rule in rules if rule != policy[decision])


# --- the definitions --------------------------------------------------------------------------------------------


def _causes(made: Plan, names: tuple[str, ...], wanted: Mapping[str, object]) -> Intention:
    needed, settings = made.bits(names), made.where(wanted)
    found = caused(made, needed)
    intended = [setting for setting in settings if setting in found]
    if not intended:
        return made.nothing(names, "Ward et al. 2024, Definition 13")
    other, taken = found[intended[0]]
    shown = made.goal(names), made.setting(intended[0]), made.shown(taken), other, made.reference
    return Intention(made.decision, names, made.noise.probability(intended), *shown, "Ward et al. 2024, Definition 13")


def caused(made: Plan, needed: int) -> dict[int, tuple[Policy, tuple[Secured, ...]]]:
    """Return the settings in which the needed nodes (as bits) are intended, with the policy and what is secured."""
    found: dict[int, tuple[Policy, tuple[Secured, ...]]] = {}
    for other in made.reference:
        for setting, taken in made.gains(other).minimal(needed).items():
            found.setdefault(setting, (other, taken))
    return found


def _affects(made: Plan, names: tuple[str, ...], wanted: Mapping[str, object]) -> Intention:
    source = "Halpern and Kleiman-Weiner 2018"
    needed, compared = made.bits(names), [(other, made.gains(other)) for other in made.reference]

    def enough(nodes: int) -> Policy | None:
        able = ((p, each) for p, each in compared if nodes in each.rows)
        return next((p for p, each in able if each.total(nodes) - each.gap >= -each.tolerance), None)

    known = dict.fromkeys(nodes for _, each in compared for nodes in each.rows)
    sets = sorted((nodes for nodes in known if nodes & needed == needed), key=int.bit_count)
    minimal = (n for n in sets if enough(n) and not any(enough(part) for part in _strict_parts(n)))
    nodes = next(minimal, None)
    if nodes is None or (wanted and not _best_feasible(made, wanted)):
        return made.nothing(names, source)
    secured = made.names(nodes)
    return Intention(
        made.decision, names, 1, made.goal(names), (), (((), secured),), enough(nodes), made.reference, source
    )


def _strict_parts(nodes: int) -> Iterable[int]:
    part = nodes
    while part:
        part = (part - 1) & nodes
        yield part


def _best_feasible(made: Plan, wanted: Mapping[str, object]) -> bool:
    """Return whether the wanted states are possible and none that some policy makes possible is better."""
    runs = [made.natural, *(made.noise.run(other) for other in made.reference)]
    names = [name for name in wanted if made.model.cid.kind(name) != "utility"]
    feasible = {tuple(int(run[n][s]) for n in names) for run in runs for s in range(len(made.noise))}
    mine = tuple(made.model.state(name, wanted[name]) for name in names)
    if not made.where({name: wanted[name] for name in names}):
        return False
    return _worth(made, names, mine) >= max(_worth(made, names, states) for states in feasible)


def _worth(made: Plan, names: Sequence[str], states: Sequence[int]) -> Number:
    held = {name: np.full(len(made.noise), state) for name, state in zip(names, states, strict=True)}
    found = made.noise.run(made.policy, held)
    return plain_number((made.noise.chance * made.noise.utility(found, made.utilities)).sum())
