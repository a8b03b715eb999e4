"""Goal-directedness: how well a policy is predicted by the assumption that it optimizes a utility."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from cidmesa.display import Tells
from cidmesa.errors import NotApplicable
from cidmesa.modelling.inference import Factor, weights
from cidmesa.modelling.mechanism import Constant
from cidmesa.modelling.numbers import Array, State, show, to_float
from cidmesa.modelling.policy import Policy, Rule
from cidmesa.modelling.shorthand import as_mechanism
from cidmesa.quantities.concave import ascend, root
from cidmesa.quantities.quantity import Quantity
from cidmesa.quantities.soft_policies import Soft, alternating, soft
from cidmesa.solving.decision_rules import uniform_rule
from cidmesa.solving.missing_options import unrestricted
from cidmesa.solving.optimal.solution import solve
from cidmesa.solving.utility import expected_utility
from cidmesa.structure.node import Node, fresh_name
from cidmesa.structure.relevance import is_soluble

if TYPE_CHECKING:
    from cidmesa.modelling.model import Model

__all__ = ["GoalDirectedness", "aimed", "capability_directedness", "goal_directedness"]

_TIE = 1e-12  # relative to the range of the utility
_STEEPEST = 1e13  # beta times the range of the utility beyond which a policy counts as optimal
_SMALL = 1e-6  # of a slope that counts as none
Direction = Literal["optimal", "anti-optimal", "neither"]


@dataclass(frozen=True, repr=False)
class GoalDirectedness(Tells):
    """How goal-directed a policy is towards an objective, in nats; ``float(x)`` is the number.

    * ``greatest``: the value of a deterministic policy; with a `menu`, no value is greater.
    * ``beta``: how strongly the best predicting policy optimizes; negative if it does the opposite, infinite at a
      limit.
    * ``prediction``: that policy, which is the witness.
    * ``utility``: the utility that was found, if none was given, as (states of the targets, number).
    * ``certainty``: whether ``value`` is the maximum, up to rounding, or only a lower bound.

    Source: MacDermott et al. 2024.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("D -> U", decisions=["D"], utilities=["U"]), D=[0, 1], U="D")
    >>> found = cm.goal_directedness(m, {"D": cm.bernoulli("9/10")})
    >>> round(float(found), 4), found.direction
    (0.3681, 'optimal')

    """

    objective: str
    value: float
    greatest: float
    beta: float
    direction: Direction
    prediction: Policy
    utility: tuple[tuple[tuple[State, ...], float], ...]
    method: str
    certainty: Literal["exact", "lower bound"] = "exact"

    def __float__(self) -> float:
        return self.value

    def __bool__(self) -> bool:
        return self.value > _SMALL

    def to_json(self) -> dict[str, Any]:
        """Return plain data; an infinite beta is text."""
        beta = self.beta if math.isfinite(self.beta) else str(self.beta)
        found = [{"when": list(map(show, states)), "utility": number} for states, number in self.utility]
        return {
            "objective": self.objective,
            "value": self.value,
            "greatest": self.greatest,
            "beta": beta,
            "direction": self.direction,
            "prediction": self.prediction.to_json(),
            "utility": found,
            "method": self.method,
            "certainty": self.certainty,
        }

    def to_text(self) -> str:
        """Return the number, how it was found, and the policy that predicts best."""
        least = "at least " * (self.certainty == "lower bound")
        head = (
            f"goal-directedness towards {self.objective}: {least}{self.value:.4f} of at most {self.greatest:.4f} nats"
        )
        how = f"{self.direction}, beta = {self.beta:.4g}" if not self.utility else "some utility over the targets"
        return f"{head} ({how}; {self.method})\nbest predicted by\n{self.prediction}"


def goal_directedness(
    model: Model,
    policy: Policy | Mapping[str, object],
    *,
    utility: str | None = None,
    targets: Iterable[str] | None = None,
) -> GoalDirectedness:
    r"""Return the maximum entropy goal-directedness (MEG) of ``policy``, in nats.

    :math:`\max_q E_\pi[\sum_D \log q_D(D \mid Pa_D) - \log \frac{1}{|dom D|}]` over the policies q that are most random
    for the utility that they attain. Without ``utility`` and ``targets``, the utility is the agent's own. With
    ``targets``, the result is the greatest value over all utilities that are functions of these nodes. Anti-optimal
    policies score as high as optimal ones (``direction`` distinguishes them), and a policy scores low on a task in
    which most policies do well.

    If options depend on the context (`menu`), :math:`|dom D|` is the number of available options, and the randomness of
    a policy is measured by its divergence from a uniform choice among these.

    Source: MacDermott, Fox, Belardinelli and Everitt 2024. Ours: menus; in a soluble diagram it is
    :math:`\max_\beta \{\beta E_\pi[\mathcal U] - V_\beta\} + \sum_D \log |dom D|` with the soft value
    :math:`V_\beta = \max_q \{\beta E_q[\mathcal U] + H(q)\}`, which is concave in beta, so bisection finds the maximum;
    the limits are the values of policies of greatest or least utility. Over targets it is concave in the utility's
    values. In an insoluble diagram, hill climbing improves one rule after the other; the value is then a lower bound
    (``certainty``).

    Args:
        model: one agent decides; fix others by ``model.with_policy``.
        policy: a rule for each decision.
        utility: a utility node, or an expression over nodes.
        targets: the nodes of an unknown utility.

    Raises:
        NotApplicable: both a utility and targets are given, several agents decide, or targets are given and the diagram
            is not soluble.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("D -> U", decisions=["D"], utilities=["U"]), D=[0, 1], U="D")
    >>> found = goal_directedness(m, {"D": {0: "1/10", 1: "9/10"}})
    >>> round(found.value, 4), found.direction, round(goal_directedness(m, {"D": 0}).value, 4)
    (0.3681, 'optimal', 0.6931)
    """
    rules = Policy.of(model, policy)
    if utility is not None and targets is not None:
        raise NotApplicable("give either a utility or the targets of an unknown utility, not both.")
    if targets is not None:
        return _towards_targets(model, rules, tuple(dict.fromkeys(targets)))
    alone, name = aimed(model, utility)
    if (
        not is_soluble(unrestricted(alone)[0].cid)
        and not alone.tied
        and len({*map(alone.cid.agent, alone.cid.decisions)}) == 1
    ):
        return _by_search(alone, rules, name)
    return _towards_utility(soft(alone), float(expected_utility(alone, rules)), name)


def capability_directedness(
    model: Model,
    policy: Policy | Mapping[str, object],
    *,
    baseline: Policy | Mapping[str, object] | None = None,
    capable: Iterable[Policy | Mapping[str, object]] = (),
) -> Quantity:
    r"""Return the share that a policy achieves of the gain over a baseline that its capabilities allow.

    :math:`(E_\pi[\mathcal U] - E_{\pi_0}[\mathcal U]) / (\max_{\pi' \in \Pi_c} E_{\pi'}[\mathcal U] -
    E_{\pi_0}[\mathcal U])`:
    1 means all that is possible, 0 means as good as the baseline, and a negative value means worse. The result is exact
    in exact models.
    Source: Everitt et al. 2025. The defaults are ours.

    Args:
        model: one agent decides.
        policy: a rule for each decision.
        baseline: the policy :math:`\pi_0`; if left out, a uniform choice among all options.
        capable: the policies :math:`\Pi_c` that the agent is capable of; if left out, all.

    Raises:
        NotApplicable: the capabilities allow no more than the baseline, or several agents decide.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("D -> U", decisions=["D"], utilities=["U"]), D=[0, 1, 2], U="D")
    >>> capability_directedness(m, {"D": 1}, baseline={"D": 0}).value
    Fraction(1, 2)
    >>> capability_directedness(m, {"D": 1}, baseline={"D": 0}, capable=[{"D": 1}]).value
    Fraction(1, 1)
    """
    found = solve(model)
    least = expected_utility(model, _fair(model) if baseline is None else baseline, found.agent)
    allowed = [expected_utility(model, each, found.agent) for each in capable]
    most = max(allowed) if allowed else found.value
    got = expected_utility(model, policy, found.agent)
    if most <= least:
        raise NotApplicable(
            f"the capabilities allow {show(most)}, the baseline has {show(least)}; there is nothing to "
            "gain. Take a weaker baseline."
        )
    value = (got - least) / (most - least)
    reason = f"{show(got)}, where the baseline has {show(least)} and {show(most)} is possible"
    return Quantity("capability-conditioned goal-directedness", value, value > 0, (), reason, "expected utilities")


def _fair(model: Model) -> Policy:
    return Policy(tuple(uniform_rule(model, decision) for decision in model.cid.decisions))


def aimed(model: Model, utility: str | None) -> tuple[Model, str]:
    """Return the model in which the deciding agent has only the utility that is meant, and what to call it.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("D -> X; D -> U", decisions=["D"], utilities=["U"]), D=[0, 1], X="D", U="D")
    >>> aimed(m, "2 * X")[0].cid.edges[-1][0], aimed(m, None)[1]
    ('X', 'U')
    """
    cid = model.cid
    agent = next((cid.agent(decision) for decision in cid.decisions), None)
    if utility is None:
        own = tuple(node for node in cid.utilities if cid.agent(node) == agent)
        return model.revised(without=set(cid.utilities) - {*own}), " + ".join(own) or "nothing"
    if utility in cid.utilities:
        spec = Node(utility, "utility", agent, cid.parents(utility))
        return model.revised([spec], without=[node for node in cid.utilities if node != utility]), utility
    mechanism = as_mechanism(utility, cid.nodes)
    parents = tuple(name for name in mechanism.names if name not in model.parameters)
    aim = fresh_name(cid, "objective")
    spec = Node(aim, "utility", agent, parents)
    return model.revised([spec], mechanisms={aim: mechanism}, without=cid.utilities), utility


def _towards_utility(induction: Soft, got: float, name: str) -> GoalDirectedness:
    most, least = (induction.play(beta).utility for beta in (math.inf, -math.inf))
    beta = _strength(induction, got, most, least)
    chosen = induction.play(beta)
    greatest = induction.greatest_entropy
    value = greatest - chosen.entropy + (beta * (got - chosen.utility) if math.isfinite(beta) else 0)
    direction: Direction = "neither" if beta == 0 else "optimal" if beta > 0 else "anti-optimal"
    method = "soft backward induction, one-dimensional concave search"
    return GoalDirectedness(
        name, max(value, 0.0) if beta else 0.0, greatest, beta, direction, induction.policy(chosen), (), method
    )


def _by_search(model: Model, rules: Policy, name: str) -> GoalDirectedness:
    """Return a lower bound, where backward induction does not reach the most random policies."""
    found = alternating(model, rules)
    greatest = math.fsum(math.log(len(model.domains[d])) for d in model.cid.decisions)
    direction: Direction = "neither" if found.value <= _SMALL else "optimal" if found.beta > 0 else "anti-optimal"
    domains = model.domains
    rule_of = (
        Rule(d, tuple(seen), tuple(domains[n] for n in seen), domains[d], np.array(values))
        for (*seen, d), values in found.chosen.rules
    )
    method = "alternating maximization, a lower bound: the diagram is not soluble"
    return GoalDirectedness(
        name, found.value, greatest, found.beta, direction, Policy(tuple(rule_of)), (), method, "lower bound"
    )


def _strength(induction: Soft, got: float, most: float, least: float) -> float:
    """Return the beta whose soft-optimal policy gets ``got``: infinite for the greatest and the least utility."""
    reach = most - least
    if reach <= _TIE * max(abs(most), abs(least)):
        return 0.0

    def lacking(beta: float) -> float:
        return got - induction.play(beta).utility

    gap = lacking(0.0)
    if abs(gap) <= _TIE * reach:
        return 0.0
    if got >= most - _TIE * reach or got <= least + _TIE * reach:
        return math.copysign(math.inf, gap)
    bound = math.copysign(1 / reach, gap)
    while lacking(bound) * gap > 0:
        bound *= 2
        if abs(bound) * reach > _STEEPEST:
            return math.copysign(math.inf, gap)
    return root(lacking, *sorted((0.0, bound)))


def _towards_targets(model: Model, policy: Policy, targets: tuple[str, ...]) -> GoalDirectedness:
    cid = model.cid
    agent = next((cid.agent(decision) for decision in cid.decisions), None)
    aim = fresh_name(cid, "objective")
    spec = Node(aim, "utility", agent, targets)
    induction = soft(model.revised([spec], mechanisms={aim: Constant(0)}, without=cid.utilities))
    wanted = to_float(weights(model.with_policy(policy), targets))

    def missing(point: Array) -> tuple[float, Array]:
        utility = point.reshape(wanted.shape)
        chosen = induction.play(1.0, [Factor(targets, utility)])
        value = float((wanted * utility).sum()) - chosen.utility - chosen.entropy
        return value, (wanted - induction.distribution(targets, chosen)).ravel()

    point, value, slope = ascend(missing, wanted.size)
    value += induction.greatest_entropy
    chosen = induction.play(1.0, [Factor(targets, point.reshape(wanted.shape))])
    states = product(*(model.domains[node] for node in targets))
    found = tuple(zip(states, point.tolist(), strict=True)) if value > _SMALL else ()
    return GoalDirectedness(
        f"some utility of {', '.join(targets)}",
        max(value, 0.0),
        induction.greatest_entropy,
        1.0,
        "optimal" if value > _SMALL else "neither",
        induction.policy(chosen),
        found,
        f"concave maximization over utilities, slope {slope:.1g} left",
    )
