"""How differently two objectives rank policies, and what the difference may cost."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import prod, sqrt
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from cidmesa.display import Tells
from cidmesa.errors import NotApplicable, TooLarge
from cidmesa.modelling.expression import Expression
from cidmesa.modelling.inference import weights
from cidmesa.modelling.numbers import Number, is_exact, show
from cidmesa.modelling.shorthand import as_mechanism
from cidmesa.solving.decision_rules import decided, everywhere, options_there, pure_rules
from cidmesa.structure.diagram import Node
from cidmesa.structure.separation import as_nodes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cidmesa.modelling.mechanism import Mechanism
    from cidmesa.modelling.model import Model
    from cidmesa.structure.separation import Nodes

__all__ = ["Objective", "ObjectiveDistance", "distance_of", "objective_distance", "with_objective"]

Objective: TypeAlias = "str | tuple[Nodes, object]"
MAX_POLICIES = 4_096
_TOLERANCE = 1e-14  # for floats: a distance below 1e-7 is none
_NAMES = ("first objective", "second objective")


@dataclass(frozen=True, repr=False)
class ObjectiveDistance(Tells):
    """The distance of two objectives, from 0 to 1, and a bound on the loss in the first if one optimizes the second.

    0 means that both rank all policies alike, 1 that they rank them oppositely. ``float(distance)`` is ``value``.

    Source: ours, after the canonical rewards of Skalse et al. 2023.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("D -> U", decisions=["D"], utilities=["U"]), D=[0, 1], U="D")
    >>> float(cm.objective_distance("D", "-D", m))
    1.0

    """

    value: Number
    regret_bound: float

    def __float__(self) -> float:
        return float(self.value)

    def to_json(self) -> dict[str, Any]:
        """Return both numbers as plain data."""
        return {"value": float(self.value), "regret_bound": self.regret_bound}

    def to_text(self) -> str:
        """Return both numbers in one sentence."""
        loss = f"whoever optimizes the second loses at most {self.regret_bound:.6g} of the first"
        return f"distance {show(self.value)}; {loss}"


def objective_distance(u1: Objective, u2: Objective, model: Model) -> ObjectiveDistance:
    r"""Return how differently ``u1`` and ``u2`` rank the policies of ``model``.

    With :math:`Q_u(o,d) = E[u \mid o, do(d)]` let :math:`c(u)(o,d) = P(o)(Q_u(o,d) - \mathrm{mean}_{d'} Q_u(o,d'))`,
    the gradient of the expected objective along the policies. The distance is
    :math:`\frac12 \lVert \hat c(u_1) - \hat c(u_2) \rVert_2` with :math:`\hat c = c / \lVert c \rVert` (0 for an
    objective that values all policies equally). It is 0 iff both rank all policies alike and 1 iff they rank them
    oppositely; affine changes do not matter. Bound: if :math:`\pi_2` is no worse than :math:`\pi_1` for u2, then
    :math:`J_{u_1}(\pi_1) - J_{u_1}(\pi_2) \le 2 d \lVert c(u_1) \rVert \sqrt{2n}` with n contexts. With several
    decisions, c is over the pure policies, as if the policy were a single decision (for one decision with the same
    options everywhere, both give the same distance). A mesa-objective is pseudo-aligned if the distance to the base
    objective is 0 in training and positive elsewhere. Source: after the STARC metrics of Skalse et al. 2024; the form
    for diagrams is ours.

    Args:
        u1: an objective: an expression over nodes, a utility node's name, or (parents, function or expression).
        u2: the other objective, in the same form.
        model: decisions and environment; its own utilities do not matter.

    Raises:
        ModelError: an objective contains a name that is not a node's.
        NotApplicable: there is no decision.
        TooLarge: several decisions have more than 4,096 pure policies.

    >>> import cidmesa as cm
    >>> g = cm.cid("Door -> Red; Door, Red -> D; D -> U", decisions=["D"], utilities=["U"])
    >>> red = cm.table([["L", {"L": "rho", "R": "1 - rho"}], ["R", {"R": "rho", "L": "1 - rho"}]], ["Door"])
    >>> m = cm.model(g, Door=cm.uniform("LR"), Red=red, D=["L", "R"], U=0, parameters={"rho": 1})
    >>> [round(float(objective_distance("D == Door", "D == Red", m.substitute(rho=rho))), 4) for rho in (1, "1/2", 0)]
    [0.0, 0.7071, 1.0]

    """
    both = with_objective(with_objective(model, u1, _NAMES[0]), u2, _NAMES[1])
    return distance_of(both, _NAMES[:1], _NAMES[1:])


def distance_of(model: Model, first: Sequence[str], second: Sequence[str]) -> ObjectiveDistance:
    """Return the distance of two sums of utility nodes of the model.

    Raises:
        NotApplicable: there is no decision.
        TooLarge: several decisions have more than 4,096 pure policies.

    """
    if not model.cid.decisions:
        raise NotApplicable("there is no decision, so all objectives are alike.")
    single = len(model.cid.decisions) == 1
    one, other = ((_by_option if single else _by_policy)(model, utilities) for utilities in (first, second))
    value, contexts = _distance(one, other), _contexts(model) if single else 1
    return ObjectiveDistance(value, 2 * float(value) * sqrt(float((one * one).sum())) * sqrt(2 * contexts))


def with_objective(model: Model, objective: Objective, name: str = "objective") -> Model:
    """Return the model with the objective as a further utility of the first agent that decides.

    >>> import cidmesa as cm
    >>> m = cm.model(cm.cid("D -> X -> U", decisions=["D"], utilities=["U"]), D=[0, 1], X="D", U="X")
    >>> with_objective(m, "2 * X + D").cid.utilities
    ('U', 'objective')
    """
    if not model.cid.decisions:
        raise NotApplicable("there is no decision, so all objectives are alike.")
    parents, mechanism = _read(model, objective)
    agent = str(model.cid.agent(model.cid.decisions[0]))
    return model.revised([Node(name, "utility", agent, parents)], mechanisms={name: mechanism})


def _read(model: Model, objective: Objective) -> tuple[tuple[str, ...], Mechanism]:
    if isinstance(objective, str) and objective in model.cid.utilities:
        return model.cid.parents(objective), model.mechanisms[objective]
    if isinstance(objective, str):
        expression = Expression(objective)
        expression.check_names(
            (*model.cid.decisions, *model.cid.chance_nodes, *model.parameters), "a node or parameter"
        )
        mechanism = as_mechanism(objective, ())
        return tuple(name for name in mechanism.names if name in model.cid), mechanism
    given, value = objective
    parents = as_nodes(given)
    model.cid.indices(parents)
    return parents, as_mechanism(value, parents)


def _by_option(model: Model, utilities: Sequence[str]) -> Any:
    """Return c(u), an axis for each parent and the options last."""
    decision = model.cid.decisions[0]
    axes = [*model.cid.parents(decision), decision]
    there, free, options = options_there(model, decision), everywhere(model, decision), len(model.domains[decision])
    zero = np.zeros([len(model.domains[axis]) for axis in axes], dtype=np.object_ if model.exact else np.float64)
    values = sum((weights(free, axes, utility=u, undecided="uniform") * options for u in utilities), start=zero) * there
    count = there.sum(axis=-1, keepdims=True).astype(np.object_ if model.exact else np.float64)
    return values - values.sum(axis=-1, keepdims=True) * (Fraction(1) if model.exact else 1.0) / count * there


def _contexts(model: Model) -> int:
    return int((weights(model, model.cid.parents(model.cid.decisions[0])) > 0).sum())


def _by_policy(model: Model, utilities: Sequence[str]) -> Any:
    """Return the expected objective of each pure policy, less the mean."""
    _refuse_many(model)
    values = np.array(list(_all_values(model, utilities)), dtype=np.object_ if model.exact else np.float64)
    return values - values.sum() / (Fraction(len(values)) if model.exact else len(values))


def _refuse_many(model: Model) -> None:
    contexts = {d: prod(len(model.domains[p]) for p in model.cid.parents(d)) for d in model.cid.decisions}
    count = prod(len(model.domains[d]) ** size for d, size in contexts.items())
    if count > MAX_POLICIES:
        raise TooLarge(
            f"the decisions have {count} pure policies, more than {MAX_POLICIES}. Compare objectives at one "
            "decision, the others fixed by model.with_policy."
        )


def _all_values(model: Model, utilities: Sequence[str]) -> Iterator[Number]:
    if not model.cid.decisions:
        yield sum(weights(model, [], utility=utility).item() for utility in utilities)
        return
    for rule in pure_rules(model, model.cid.decisions[0]):
        yield from _all_values(decided(model, rule), utilities)


def _distance(one: Any, other: Any) -> Number:
    """Return half the distance of the normalized vectors: exact where they are parallel."""
    inner, squares = (one * other).sum(), [(v * v).sum() for v in (one, other)]
    if not all(squares):
        return 0 if not any(squares) else Fraction(1, 2)
    if is_exact(inner) and inner * inner == squares[0] * squares[1]:
        return 0 if inner > 0 else 1
    cosine = float(inner) / sqrt(float(squares[0]) * float(squares[1]))
    apart = (1 - cosine) / 2
    return sqrt(apart) if apart > _TOLERANCE else 0
