"""Whose score counts, and to which episodes a utility is credited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cidmesa.errors import ComposeError, NotApplicable, near_miss

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cidmesa.mesa.training import TrainingProcess

__all__ = ["credited", "judged_utilities"]


def judged_utilities(training: TrainingProcess, judge: str | Sequence[str]) -> tuple[str, ...]:
    """Return the utilities that a judge stands for: "base", an agent, or utilities by name.

    Raises:
        NotApplicable: the base agent has no utility.
        ComposeError: the model has no such agent or utility.

    """
    cid = training.cid
    names = [judge] if isinstance(judge, str) else list(judge)
    owner = training.base_agent if judge == "base" else judge
    if isinstance(owner, str) and owner in cid.agents:
        names = list(cid.utilities_of(owner))
    elif judge == "base":
        names = []
    if not names:
        raise NotApplicable(f"{owner!r} has no utility, so nothing is scored: there is nothing to comply with.")
    for name in names:
        if name not in cid.utilities:
            known = (*cid.agents, *cid.utilities)
            raise ComposeError(
                f"the judge {name!r} is neither an agent nor a utility of the training process."
                f"{near_miss(name, known)} There are: {', '.join(known)}."
            )
    return tuple(names)


def credited(training: TrainingProcess, utilities: Iterable[str]) -> dict[str, tuple[int | str, ...]]:
    r"""Return :math:`\kappa`: for each utility the episodes that training scores by it.

    As declared (``credit=``). Of the others, each is credited to the last episode with an action upstream of it; then
    an episode that is credited nothing is credited every undeclared utility downstream of its actions.
    """
    names = tuple(utilities)
    actions = training.actions
    above = {n: {actions[a].episode for a in training.cid.ancestors(n) if a in actions} for n in names}
    order = {episode: place for place, episode in enumerate(training.episodes)}
    credit = {name: tuple(training.credit[name]) for name in names if name in training.credit}
    credit |= {name: tuple(sorted(above[name], key=order.__getitem__)[-1:]) for name in names if name not in credit}
    empty = [episode for episode in order if not any(episode in episodes for episodes in credit.values())]
    for name in names:
        if name not in training.credit:
            credit[name] += tuple(episode for episode in empty if episode in above[name])
    return credit
