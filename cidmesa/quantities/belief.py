"""Belief: an agent believes what it acts as if it saw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cidmesa.errors import ModelError, NotApplicable
from cidmesa.modelling.numbers import Array, Number, setting_text, show
from cidmesa.modelling.policy import Policy, Rule
from cidmesa.modelling.shorthand import as_mechanism
from cidmesa.quantities.quantity import Context, Measured
from cidmesa.quantities.twin_network import Noise, noise
from cidmesa.solving.decision_rules import action_values, options_there, pure_rule, reached
from cidmesa.solving.optimal.backward_induction import optimal_options
from cidmesa.structure.diagram import Node

if TYPE_CHECKING:
    from cidmesa.modelling.model import Model

__all__ = ["Belief", "Mind", "believes", "mind", "only_decision", "parents_of"]


@dataclass(frozen=True, repr=False)
class Belief(Measured):
    """Whether an agent believes a proposition; true if it does so in some setting of the noise.

    * ``value``: the probability of the settings in which the agent believes the proposition.
    * ``false``: the probability of those settings in which it is also false.
    * ``setting``: a setting in which the agent believes it; one in which it is false, if there is one.
    * ``informed``: what the agent would do if it observed whether the proposition is true.

    Source: Ward et al. 2023, Definition 3.1.

    >>> import cidmesa as cm
    >>> war = cm.load("ward2023/war-game").model
    >>> rules = {"DS": "defend", "DT": "'attack' if DS == 'retreat' else 'hold'"}
    >>> found = cm.believes(war, rules, "T", "X == 'strong'")
    >>> found.value, found.false
    (Fraction(1, 1), Fraction(1, 10))

    """

    agent: str
    about: str
    value: Number
    false: Number
    setting: Context
    informed: Policy
    method: str

    def to_text(self) -> str:
        """Return the probabilities that the agent believes it truly and falsely."""
        head = f"{self.agent} believes {self.about} with probability {show(self.value)}"
        when = f" ({setting_text(self.setting, 'when ')})" if self.setting else ""
        lines = [f"{head}, falsely with {show(self.false)}{when}"]
        return "\n".join([*lines, "  if it saw whether: " + str(self.informed).replace("\n", "; ")])


def believes(
    model: Model,
    profile: Policy | Mapping[str, object],
    agent: str,
    about: str,
    *,
    decision: str | None = None,
    informed: Policy | Mapping[str, object] | None = None,
) -> Belief:
    r"""Return whether, and where, ``agent`` believes the proposition ``about`` when all follow ``profile``.

    Let :math:`\pi_{i(\phi)}` be the profile in which i observes whether :math:`\phi` holds. Agent i *responds* to it at
    e iff :math:`D_{\phi=\top}(\pi_{i(\phi)}, e) \neq D_{\phi=\bot}(\pi_{i(\phi)}, e)`, and believes it at e iff it
    responds and :math:`D(\pi, e) = D_{\phi=\top}(\pi_{i(\phi)}, e)`. An agent that does not respond believes nothing
    here.

    Source: Ward et al. 2023, Definition 3.1. Ours, if ``informed`` is not given: i's rule is a best response to the
    others' rules, with ties as before. In contexts that the others' rules exclude, it is a best response to others that
    choose uniformly. If i's observations settle the proposition, it does not respond.

    Args:
        model: the model.
        profile: a rule for each decision, of all agents.
        agent: the agent i.
        about: the proposition, an expression over nodes such as ``"X == 'strong'"``.
        decision: i's decision D; may be left out if i has one only.
        informed: i's rule for D with a further parent that is 1 if the proposition is true and 0 otherwise. Its name is
            ``about``, with " is true" added if that is a node.

    Raises:
        NotApplicable: there are several decisions and none is named, or the proposition is about a node after the
            decision.
        ModelError: the expression is not true or false.
        TooLarge: too many settings of the noise.

    >>> import cidmesa as cm
    >>> g = cm.cid("X -> Say -> Do; X, Do -> U; Do -> V", decisions={"a": ["Say"], "b": ["Do"]},
    ...            utilities={"a": ["V"], "b": ["U"]})
    >>> m = cm.model(g, X=cm.bernoulli("9/10"), Say=[1], Do=[0, 1], U="X == Do", V="Do")
    >>> found = believes(m, {"Say": 1, "Do": 1}, "b", "X == 1")
    >>> found.value, found.false, found.setting
    (Fraction(1, 1), Fraction(1, 10), (('X', 0),))
    """
    rules = Policy.of(model, profile)
    chosen = only_decision(model, agent) if decision is None else model.cid.known_decision(decision)
    lots = noise(model, rules, of=[chosen, *parents_of(model, about)])
    found = mind(model, rules, chosen, about, lots, informed)
    wrong = found.believes & ~found.true
    shown = wrong if wrong.any() else found.believes
    setting = lots.setting(lots.run(rules), chosen, int(shown.argmax())) if shown.any() else ()
    value, false = (lots.probability(mask) for mask in (found.believes, wrong))
    return Belief(agent, about, value, false, setting, found.informed, "Ward et al. 2023, Definition 3.1")


@dataclass(frozen=True)
class Mind:
    """In which settings of the noise a proposition is true, and a decision is taken as if it were seen to be.

    ``acts``: what the decision would be in each setting if it saw whether the proposition holds.
    """

    true: Array
    believes: Array
    acts: Array
    informed: Policy


def mind(
    model: Model,
    profile: Policy,
    decision: str,
    about: str,
    lots: Noise,
    informed: Policy | Mapping[str, object] | None = None,
) -> Mind:
    """Return where the decision shows a belief in ``about``; for the definition see `believes`."""
    fact = f"{about} is true" if about in model.cid else about
    seeing = _seeing(model, decision, about, fact)
    knowing = Policy((_best_rule(seeing, profile, decision),)) if informed is None else Policy.of(seeing, informed)
    others = profile.without(decision)
    wide = lots.with_node(seeing, fact)
    natural = lots.run(profile)
    plays = [wide.run(others.merged(knowing), {fact: np.full(len(lots), truth)})[decision] for truth in (1, 0)]
    seen = wide.run(others.merged(knowing))
    believed = (plays[0] != plays[1]) & (natural[decision] == plays[0])
    return Mind(seen[fact] == 1, believed, seen[decision], knowing)


def only_decision(model: Model, agent: str) -> str:
    """Return the only decision of ``agent``.

    Raises:
        NotApplicable: the agent has no decision, or several.

    >>> import cidmesa as cm
    >>> only_decision(cm.model(cm.cid("D -> U", decisions=["D"], utilities=["U"]), D=[0, 1], U="D"), "agent")
    'D'
    """
    decisions = model.cid.decisions_of(agent)
    if len(decisions) != 1:
        raise NotApplicable(
            f"{agent!r} has {len(decisions)} decisions ({', '.join(decisions)}). Name one by decision=."
        )
    return decisions[0]


def parents_of(model: Model, about: str) -> tuple[str, ...]:
    """Return the nodes that a proposition is about.

    Raises:
        NotApplicable: the proposition is about no node.
    """
    named = as_mechanism(about, model.cid.nodes).names
    nodes = tuple(name for name in named if name not in model.parameters)
    model.cid.indices(nodes)
    if not nodes:
        raise NotApplicable(f"the proposition {about!r} is about no node.")
    return nodes


def _seeing(model: Model, decision: str, about: str, fact: str) -> Model:
    """Return the model with the proposition's truth as a node ``fact`` that the decision sees."""
    nodes = parents_of(model, about)
    if later := [n for n in nodes if n == decision or n in model.cid.descendants(decision)]:
        raise NotApplicable(f"{about!r} is about {', '.join(later)}, which comes after {decision!r}.")
    spec = model.cid.spec(decision)
    specs = [Node(fact, parents=nodes), replace(spec, parents=(*spec.parents, fact))]
    try:
        return model.revised(specs, mechanisms={fact: as_mechanism(about, nodes)}, domains={fact: (0, 1)})
    except ModelError as error:
        raise ModelError(f"a proposition is an expression that is true or false: {error}") from error


def _best_rule(seeing: Model, profile: Policy, decision: str) -> Rule:
    """Return a best response of the informed decision; ties and what nothing says anything about as in the profile."""
    others = profile.without(decision)
    fixed, free = seeing.with_policy(others), seeing
    before = np.broadcast_to(profile[decision].values[..., None, :], _shape(seeing, decision))
    allowed = there = options_there(seeing, decision)
    for model in (free, fixed):
        best = optimal_options(action_values(model, decision), among=there)
        allowed = np.where(reached(model, decision)[..., None], best, allowed)
    liking = np.where(allowed, before, before - 2)
    choice = liking.argmax(axis=-1)
    settled = ~reached(free, decision)  # what is seen excludes it: then the other truth value decides
    return pure_rule(seeing, decision, np.where(settled & ~settled[..., ::-1], choice[..., ::-1], choice))


def _shape(model: Model, decision: str) -> list[int]:
    return [len(model.domains[node]) for node in (*model.cid.parents(decision), decision)]
