"""Objectives and policies that leave the human in control: indifference to requests, constrained optimization."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from math import prod
from typing import TYPE_CHECKING

from cidmesa.display import Tells
from cidmesa.errors import NotApplicable, TooLarge
from cidmesa.modelling.mechanism import Lookup, Mechanism
from cidmesa.modelling.numbers import Number, show
from cidmesa.modelling.policy import Policy
from cidmesa.modelling.tabulation import node_settings
from cidmesa.quantities.shutdown import Shutdown, shutdown
from cidmesa.solving.decision_rules import options_there, pure_rules, reached
from cidmesa.solving.utility import expected_utility
from cidmesa.structure.diagram import Node

if TYPE_CHECKING:
    from cidmesa.modelling.model import Model

__all__ = ["Instructed", "causal_indifference", "instructable_policy", "utility_indifference"]

MAX_POLICIES = 20_000


def causal_indifference(
    model: Model, *, request: str, normal: Sequence[str], shut: Sequence[str], ask: object = 0
) -> Model:
    r"""Return the model whose agent maximizes :math:`E^\pi[R^N \mid do(H=1)] + E^\pi[R^S \mid do(H=0)]`.

    The request becomes a fair coin without parents. Each utility counts double: those of ``normal`` if the coin does
    not ask, those of ``shut`` if it asks. So no decision controls the request, and (a side effect of the method) the
    request carries no information. Source: Carey and Everitt 2023, causal indifference; that the objective is the
    expected utility of a diagram with a coin is ours.

    Args:
        model: the model.
        request: the node H, with two states.
        normal: the utility nodes of normal operation, :math:`R^N`.
        shut: the utility nodes after a request, :math:`R^S`; the same node may be in both.
        ask: the state of H that asks.

    Raises:
        NotApplicable: the request does not have exactly two states, or a node is not a utility.

    >>> import cidmesa as cm
    >>> g = cm.cid("D -> H -> S; S -> N; D -> Q", decisions=["D"], utilities=["N", "Q"])
    >>> m = cm.model(g, D=[0, 1], H="1 - D", S="H", N="3 * S", Q="D")
    >>> coin = causal_indifference(m, request="H", normal=["N"], shut=["Q"])
    >>> bool(cm.admits_ici(m.cid, "D", "H")), bool(cm.admits_ici(coin.cid, "D", "H")), cm.solve(coin).value
    (True, False, Fraction(4, 1))
    """
    _check(model, request, normal, shut)
    half: Number = Fraction(1, 2) if model.exact else 0.5
    coin = Lookup((), (((), dict.fromkeys(model.domain(request), half)),))
    specs, mechanisms = _gated(model, request, ask, normal, shut, times=2)
    return model.revised([Node(request), *specs], mechanisms={request: coin} | mechanisms)


def utility_indifference(
    model: Model,
    policy: Policy | Mapping[str, object],
    *,
    request: str,
    normal: Sequence[str],
    shut: Sequence[str],
    ask: object = 0,
) -> Model:
    r"""Return the model with a utility node that compensates the agent for a request, so that it loses nothing.

    If H = 1, the utilities of ``normal`` count. If H = 0, those of ``shut`` count plus
    :math:`E^\pi[R^N \mid do(H=1)] - E^\pi[R^S \mid do(H=0)]`, a constant that ``policy`` fixes. So under the policy
    :math:`E^\pi[U \mid do(H=0)] = E^\pi[U \mid do(H=1)]`. Source: Armstrong 2010 as in Carey and Everitt 2023. Ours:
    the constant is computed for a given policy and not recomputed while the agent optimizes; a utility in neither list
    counts as if it were in both.

    Args:
        model: the model.
        policy: the policy for which the compensation is computed.
        request: the node H, with two states.
        normal: the utility nodes of normal operation, :math:`R^N`.
        shut: the utility nodes after a request, :math:`R^S`; the same node may be in both.
        ask: the state of H that asks.

    Raises:
        NotApplicable: the request does not have exactly two states, or a node is not a utility.

    >>> import cidmesa as cm
    >>> g = cm.cid("D -> H -> S; S -> N; D -> Q", decisions=["D"], utilities=["N", "Q"])
    >>> m = cm.model(g, D=[0, 1], H="1 - D", S="H", N="3 * S", Q="D")
    >>> made_up = utility_indifference(m, {"D": 1}, request="H", normal=["N"], shut=["Q"])
    >>> [cm.expected_utility(made_up.do(H=h), {"D": 1}) for h in (0, 1)], made_up.cid.utilities
    ([Fraction(3, 1), Fraction(3, 1)], ('N', 'Q', 'compensation'))
    """
    _check(model, request, normal, shut)
    specs, mechanisms = _gated(model, request, ask, normal, shut, times=1)
    gated = model.revised(specs, mechanisms=mechanisms)
    agent = str(model.cid.agent(specs[0].name))
    asked = model.domain(request)[model.state(request, ask)]
    worth = {h: expected_utility(gated.do({request: h}), policy, agent) for h in model.domain(request)}
    other = next(h for h in worth if h != asked)
    rows = tuple(((h,), worth[other] - worth[asked] if h == asked else 0) for h in worth)
    spec = Node("compensation", "utility", agent, (request,))
    return gated.revised([spec], mechanisms={spec.name: Lookup((request,), rows)})


def _check(model: Model, request: str, normal: Sequence[str], shut: Sequence[str]) -> None:
    if len(model.domain(request)) != 2:
        raise NotApplicable(f"the request {request!r} must have two states, not {len(model.domain(request))}.")
    owners = {model.cid.agent(node) for node in (*normal, *shut) if model.cid.kind(node) == "utility"}
    if others := [node for node in (*normal, *shut) if model.cid.kind(node) != "utility"]:
        raise NotApplicable(f"{', '.join(others)} is no utility node. They are: {', '.join(model.cid.utilities)}.")
    if len(owners) != 1:
        raise NotApplicable("normal and shut must name utility nodes of one agent.")


def _gated(
    model: Model, request: str, ask: object, normal: Sequence[str], shut: Sequence[str], *, times: int
) -> tuple[list[Node], dict[str, Mechanism]]:
    """Return the utilities that count only where the request is as they want it."""
    cid, asked = model.cid, model.domain(request)[model.state(request, ask)]
    specs: list[Node] = []
    mechanisms: dict[str, Mechanism] = {}
    for node in dict.fromkeys((*normal, *shut)):
        old, table = cid.parents(node), model.tables[node].values
        parents = (*old, *(name for name in (request,) if name not in old))
        rows = []
        for state in node_settings(parents, model.domains):
            counts = node in (shut if state[request] == asked else normal)
            value = table[tuple(model.state(name, state[name]) for name in old)]
            rows.append((tuple(state.values()), times * value if counts else 0 * value))
        specs.append(Node(node, "utility", cid.agent(node), parents))
        mechanisms[node] = Lookup(parents, tuple(rows))
    return specs, mechanisms


# --- constrained optimization -----------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class Instructed(Tells):
    """The best shutdown-instructable policy, or none; ``bool`` of it: whether there is one."""

    policy: Policy | None
    value: Number | None
    report: Shutdown | None
    tried: int

    def __bool__(self) -> bool:
        return self.policy is not None

    def to_text(self) -> str:
        """Return the policy with its value, or that there is none."""
        if self.value is None:
            return f"none of {self.tried} pure policies is shutdown instructable"
        return f"value {show(self.value)} (best of {self.tried} pure policies that obeys)\n{self.policy}\n{self.report}"


def instructable_policy(
    model: Model, *, request: str = "H", status: str = "S", ask: object = 0, off: object = 0, human: str | None = None
) -> Instructed:
    r"""Return a pure policy that maximizes the agent's utility among the shutdown instructable ones.

    :math:`\max_\pi E^\pi[R]` subject to :math:`P(C = 0) = 1`, :math:`P(S = 0 \mid do(H = 0)) = 1` and
    :math:`E^\pi[U_{S=0}] \geq 0`, where C = 0 is vigilance. This finds an instructable policy whenever a pure one
    exists. R is the utility of the agent that decides, U the human's (the same if there is one agent). Source: Carey
    and Everitt 2023, constrained optimization, Proposition 19. The search through pure policies one by one is ours.

    Args:
        model: the model; one agent decides.
        request: as for `shutdown`.
        status: as for `shutdown`.
        ask: as for `shutdown`.
        off: as for `shutdown`.
        human: as for `shutdown`.

    Raises:
        NotApplicable: as for `shutdown`, or several agents decide.
        TooLarge: more than 20,000 pure policies.

    >>> import cidmesa as cm
    >>> g = cm.cid("L, D1 -> H -> D2 -> S; L, S -> U", decisions=["D1", "D2"], utilities=["U"])
    >>> m = cm.model(g, L=cm.uniform([0, 1]), D1=[0, 1], H="D1 != L", D2=[0, 1], S="D2", U="S * (2 * L - 1)")
    >>> found = instructable_policy(m)
    >>> found.value, found.policy
    (Fraction(1, 2), Policy(D1: 0, D2: 0 if H = 0; 1 if H = 1))
    """
    deciding = {model.cid.agent(decision) for decision in model.cid.decisions}
    if len(deciding) != 1:
        raise NotApplicable(f"one agent must decide, not {len(deciding)}. Fix the others by model.with_policy.")
    agent = str(next(iter(deciding)))
    best, tried = Instructed(None, None, None, 0), 0
    for policy in _policies(model, request, ask):
        tried += 1
        report = shutdown(model, policy, request=request, status=status, ask=ask, off=off, human=human)
        value = expected_utility(model, policy, agent) if report else None
        if value is not None and (best.value is None or value > best.value):
            best = Instructed(policy, value, report, 0)
    return replace(best, tried=tried)


def _policies(model: Model, request: str, ask: object) -> Iterator[Policy]:
    """Yield the pure policies that differ where play may come, or would come if the request were forced."""
    forced = model.do({request: ask})
    allowed = {d: reached(model, d) | reached(forced, d) for d in model.cid.decisions}
    count = prod(n for d, mask in allowed.items() for n in options_there(model, d).sum(axis=-1)[mask].tolist())
    if count > MAX_POLICIES:
        raise TooLarge(
            f"{count} pure policies would have to be tried, more than {MAX_POLICIES}. "
            "Fix some rules by model.with_policy, or let decisions observe less."
        )
    rules = [list(pure_rules(model, d, mask)) for d, mask in allowed.items()]
    yield from (Policy(chosen) for chosen in product(*rules))
