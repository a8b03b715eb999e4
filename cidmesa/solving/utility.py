"""Expected utility of an agent under a policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cidmesa.errors import ModelError, NotApplicable
from cidmesa.modelling.inference import weights
from cidmesa.modelling.model import known_model
from cidmesa.modelling.numbers import Number, show

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.policy import Policy

__all__ = ["expected_utility", "expected_value", "only_agent"]


def expected_utility(
    model: Model,
    policy: Policy | Mapping[str, object] | None = None,
    agent: str | None = None,
    *,
    given: Mapping[str, object] | None = None,
) -> Number:
    r"""Return :math:`E^\pi[\sum_{U \in U^i} U \mid \mathit{given}]`, the expected sum of the agent's utilities.

    ``agent`` may be left out where one agent owns all utilities.

    Raises:
        ModelError: a decision upstream of a utility has no policy; evidence of probability 0.
        NotApplicable: several agents and none named.

    >>> import cidmesa as cm
    >>> g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> m = cm.model(g, S={0: "1/3", 1: "2/3"}, D=[0, 1], U="S == D")
    >>> expected_utility(m, {"D": 1}), expected_utility(m, {"D": lambda S: S})
    (Fraction(2, 3), Fraction(1, 1))

    """
    known_model(model, "expected_utility")
    if policy is not None:
        model = model.with_policy(policy)
    owner = only_agent(model, agent)
    return expected_value(model, model.cid.utilities_of(owner), given or {})


def expected_value(model: Model, utilities: Iterable[str], given: Mapping[str, object]) -> Number:
    """Return the expected sum of utility nodes given evidence.

    Raises:
        ModelError: evidence of probability 0, a decision without a rule.

    """
    evidence = {name: model.state(name, value) for name, value in given.items()}
    total = weights(model, [], given=evidence).item() if evidence else 1
    if total == 0:
        shown = ", ".join(f"{name} = {show(value)}" for name, value in given.items())
        raise ModelError(f"the evidence {shown} has probability 0.")
    expected: Number = sum(weights(model, [], given=evidence, utility=u).item() for u in utilities)
    return expected / total if evidence else expected


def only_agent(model: Model, agent: str | None) -> str:
    """Return ``agent`` if given, else the only agent that owns a utility.

    Raises:
        NotApplicable: there is no such agent, or more than one.

    """
    if agent is not None:
        return model.cid.known_agent(agent)
    owners = [a for a in model.cid.agents if model.cid.utilities_of(a)]
    if len(owners) != 1:
        raise NotApplicable(f"name the agent whose utility is meant: {', '.join(owners) or 'nobody has a utility'}.")
    return owners[0]
