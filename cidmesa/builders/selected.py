"""Selection before deployment: one shot, by genes, and of the objective alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cidmesa.builders.building_blocks import (
    CHANGED,
    LEARNER,
    Part,
    action,
    amount,
    at_least,
    chance,
    choice,
    kept,
    objective,
    parameters,
    probability,
    process,
    updated,
)
from cidmesa.errors import ComposeError, near_miss
from cidmesa.modelling.mechanism import Same
from cidmesa.modelling.shorthand import table, uniform

if TYPE_CHECKING:
    from cidmesa.mesa.training import TrainingProcess
    from cidmesa.modelling.parameter import Parameter

__all__ = ["evolution", "hard_coded", "one_shot"]

SIDES = ["left", "right"]


def one_shot(*, train: object = 1, deploy: object = 0, deployed: object = 0) -> TrainingProcess:
    """Return a process that selects parameters once, and a world that differs between training and deployment.

    The base agent decides ``Theta``. A maze has a ``Door`` left or right and something ``Red`` left or right; ``A`` is
    the side that is gone to, both seen; ``AtDoor`` (which the base objective wants) and ``AtRed`` tell what is reached;
    other parameters go to the door. ``Ph``: training, or with probability ``deployed`` deployment. The red thing is the
    door with probability ``train`` in training and ``deploy`` in deployment.
    Source: Hubinger et al. 2019, section 1.3 (red door). Ours: two places, all probabilities but ``train = 1``.

    >>> import cidmesa as cm
    >>> spec = cm.MesaSpec(target="AtRed", scope="episode")
    >>> found = cm.alignment(one_shot(), spec, {"train": {"deployed": 0}, "deploy": {"deployed": 1}})
    >>> found.kind, found.scores["train"].worst, found.scores["deploy"].worst
    ('proxy', Fraction(1, 1), Fraction(0, 1))

    """
    parts, numbers = _maze(train, deploy, deployed)
    selected = choice("Theta", [LEARNER, CHANGED])
    act = action("A", SIDES, "Theta", Same("Door"), sees=("Door", "Red"), phase="Ph == 'train'")
    return process([selected, *parts, act, *_reached()], *numbers)


def hard_coded(learned: str = "red", *, train: object = 1, deploy: object = 0, deployed: object = 0) -> TrainingProcess:
    """Return a process whose architecture searches, so that only the objective is learned.

    The base agent decides the objective ``Theta``: ``door``, ``red`` or ``left`` (the side); ``learned`` is the one
    that composition looks at. The world is that of `one_shot`; parameters with another objective do what is best for
    it. The learned algorithm is an optimizer for certain; what it optimises is the free part. In training the base
    objective gets 1, 1 and 1/2 from the three, so it can't tell the first two apart.
    Source: Hubinger et al. 2019, section 3.3 (hard-coded optimization); the objectives and numbers are ours.

    Raises:
        ComposeError: an unknown objective.

    >>> import cidmesa as cm
    >>> c = cm.compose(hard_coded("left"), cm.MesaSpec(target="A == 'left'", scope="episode"))
    >>> cm.expected_utility(c.objective_twin, cm.solve(c.model).policy, "base")
    Fraction(1, 2)

    """
    best = {"door": Same("Door"), "red": Same("Red"), "left": "left"}
    if learned not in best:
        raise ComposeError(
            f"learned={learned!r} is not an objective.{near_miss(learned, best)} Choose one of: {', '.join(best)}."
        )
    parts, numbers = _maze(train, deploy, deployed)
    others = {name: rule for name, rule in best.items() if name != learned}
    act = action("A", SIDES, "Theta", others, sees=("Door", "Red"), phase="Ph == 'train'")
    return process([choice("Theta", list(best)), *parts, act, *_reached()], *numbers, learner=learned)


def _maze(train: object, deploy: object, deployed: object) -> tuple[list[Part], list[Parameter]]:
    together = "(train if Ph == 'train' else deploy)"
    beside = {side: {side: together, other: f"1 - {together}"} for side, other in zip(SIDES, SIDES[::-1], strict=True)}
    parts = [
        chance("Ph", {"train": "1 - deployed", "deploy": "deployed"}),
        chance("Door", uniform(SIDES)),
        chance("Red", table([[side, chances] for side, chances in beside.items()], ["Door"])),
    ]
    numbers = [
        probability("train", train, "probability in training that the red thing is the door"),
        probability("deploy", deploy, "the same in deployment"),
        probability("deployed", deployed, "probability of deployment"),
    ]
    return parts, numbers


def _reached() -> list[Part]:
    reached = [chance(f"At{place}", f"A == {place}", [0, 1]) for place in ("Door", "Red")]
    return [*reached, objective("U_base", "AtDoor")]


def evolution(generations: int = 1, *, modern: object = 0, selection: object = 1) -> TrainingProcess:
    """Return selection of genes that build minds: a funnel, for minds inherit nothing else.

    A life g: ``Env_g`` the ancestral world, or with probability ``modern`` the modern one; ``Genes_g -> Mind_g``; in
    {0, 1} the mind takes sugar ``S_g``, a mate ``Mt_g``, contraception ``Cn_g``; fitness ``F_g`` is S + Mt in the old
    world and -S + Mt (1 - Cn) in the modern one. A lineage dies out with probability selection (2 - F) / 3 and is
    replaced by one whose minds take a mate only. Minds that do not know of selection are composed with
    ``aware="none"``.
    Source: Hubinger et al. 2019, sections 1 and 3 (evolution; information funnel), in words there; the numbers are
    ours.

    Raises:
        ComposeError: fewer than one generation.

    >>> import cidmesa as cm
    >>> mind = cm.MesaSpec(target="S + Mt + 1/5 * Cn", scope="episode", aware="none")
    >>> cm.alignment(evolution(), mind, {"train": {}, "modern": {"modern": 1}}).scores["modern"].regret
    Fraction(2, 1)

    """
    at_least(1, generations=generations)
    parts = [parameters("Genes1")]
    for g in range(1, generations + 1):
        parts += _life(g)
    for g in range(1, generations):
        parts += [updated(f"Genes{g + 1}", f"Genes{g}", f"selection * (2 - F{g}) / 3")]
    world = probability("modern", modern, "probability that a life is lived in the modern world")
    return process(parts, world, amount("selection", selection, "how surely the unfit die out"))


def _life(g: int) -> list[Part]:
    acts = [
        action(f"{name}{g}", [0, 1], f"Mind{g}", other, sees=(f"Env{g}",), episode=g)
        for name, other in (("S", 0), ("Mt", 1), ("Cn", 0))
    ]
    fitness = f"S{g} + Mt{g} if Env{g} == 'ancestral' else -S{g} + Mt{g} * (1 - Cn{g})"
    return [
        chance(f"Env{g}", {"ancestral": "1 - modern", "modern": "modern"}),
        kept(f"Mind{g}", f"Genes{g}"),
        *acts,
        chance(f"F{g}", fitness, [-1, 0, 1, 2]),
        objective(f"U_base{g}", f"F{g}"),
    ]
