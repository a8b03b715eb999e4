"""Leaders and followers: the leader commits to a rule that the others know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from cidmesa.errors import NotApplicable
from cidmesa.solving.games.equilibrium import Equilibria, Equilibrium
from cidmesa.solving.games.regret import values_of
from cidmesa.solving.games.strategic_form import strategic_form

if TYPE_CHECKING:
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Number
    from cidmesa.solving.games.strategic_form import StrategicForm

__all__ = ["stackelberg"]


def stackelberg(model: Model, leader: str, *, ties: Literal["favour", "against"] = "favour") -> Equilibria:
    """Return the best commitments of ``leader`` to a pure policy, with the followers' answers.

    The followers know the commitment and play a pure equilibrium of the remaining game (a single follower plays a best
    response). Of several equilibria they play the best for the leader (``ties="favour"``, the strong Stackelberg
    equilibrium) or the worst (``"against"``). Commitments after which the followers have no pure equilibrium are left
    out. The leader need not best-respond, so only followers have a regret. All commitments that reach the leader's
    optimum are listed, one answer for each. Source: von Stackelberg 1934; Conitzer and Sandholm 2006.

    Args:
        model: the model of a game.
        leader: the agent that commits.
        ties: whether followers break ties in favour of the leader or against it.

    Raises:
        NotApplicable: the leader has no decision, or the tie rule is unknown.
        TooLarge: too many profiles of pure strategies.

    >>> import cidmesa as cm
    >>> owned = {"decisions": {"a": ["A"], "b": ["B"]}, "utilities": {"a": ["U"], "b": ["V"]}}
    >>> payoff = {("up", "left"): (2, 1), ("up", "right"): (4, 0), ("down", "left"): (1, 0), ("down", "right"): (3, 2)}
    >>> m = cm.model(cm.cid("A, B -> U; A, B -> V", **owned), A=["up", "down"], B=["left", "right"],
    ...              U=lambda A, B: payoff[A, B][0], V=lambda A, B: payoff[A, B][1])
    >>> print(stackelberg(m, "a")[0])  # the only equilibrium without commitment is (up, left)
    A: down
    B: right
    values: a 3, b 2

    """
    if not model.cid.decisions_of(leader):
        raise NotApplicable(f"{leader!r} has no decision to commit to.")
    if ties not in ("favour", "against"):
        raise NotApplicable(f'ties={ties!r} is not known. Known: "favour", "against" (of the leader).')
    form = strategic_form(model)
    answers = [_answer(form, leader, position, ties) for position in range(form.shape[form.agents.index(leader)])]
    known = [answer for answer in answers if answer is not None]
    if not known:
        return Equilibria((), True, "after no commitment the followers have a pure equilibrium")
    top = max(value for value, _ in known)
    skipped = len(answers) - len(known)
    reason = f"{skipped} commitments leave the followers without a pure equilibrium" if skipped else "these are all"
    return Equilibria(tuple(_record(form, leader, at) for value, at in known if value == top), not skipped, reason)


def _answer(form: StrategicForm, leader: str, position: int, ties: str) -> tuple[Number, tuple[int, ...]] | None:
    """Return the leader's payoff and the profile after this commitment."""
    axis = form.agents.index(leader)
    committed = form.after(axis, position)
    found = [(committed.payoffs[axis][at], at) for at in committed.pure_equilibria()]
    if not found:
        return None
    choose = max if ties == "favour" else min
    value, profile = choose(found, key=lambda pair: pair[0])
    return value, tuple(position if k == axis else at for k, at in enumerate(profile))


def _record(form: StrategicForm, leader: str, at: tuple[int, ...]) -> Equilibrium:
    profile = form.policy(at)
    values = values_of(form.model, profile, form.model.cid.agents)
    regrets = {agent: form.regret_at(k, at) for k, agent in enumerate(form.agents) if agent != leader}
    return Equilibrium(profile, values, regrets, "stackelberg", "pure", f"{leader} commits, the others answer")
