"""Selection before deployment, and several learned algorithms in one process."""

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

__all__ = ["actor_critic", "debate", "evolution", "hard_coded", "meta_optimizer", "one_shot", "services"]

SIDES = ["left", "right"]


def one_shot(*, train: object = 1, deploy: object = 0, deployed: object = 0) -> TrainingProcess:
    """Return a process that selects parameters once, in a world that differs between training and deployment.

    The base agent decides ``Theta``. A maze has a ``Door`` and something ``Red``, each left or right; the agent
    observes both and goes to side ``A``. ``AtDoor`` (which the base objective wants) and ``AtRed`` say what it reaches.
    Other parameters go to the door. ``Ph`` is deployment with probability ``deployed``, and otherwise training. The red
    thing is at the door with probability ``train`` in training and ``deploy`` in deployment.
    Source: Hubinger et al. 2019, section 1.3 (red door). Ours: two places, and all probabilities except ``train = 1``.

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

    The base agent decides the objective ``Theta``: ``door``, ``red`` or ``left`` (the side); ``learned`` is the one for
    composition. The world is that of `one_shot`; parameters with another objective do what is best for that objective.
    The learned algorithm is certainly an optimizer; only its objective is open. In training the base objective gets 1,
    1 and 1/2 from the three, so training cannot distinguish the first two.
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
    """Return a process that selects genes, which build minds; minds inherit nothing except genes.

    In life g, ``Env_g`` is the modern world with probability ``modern``, and otherwise the ancestral one. ``Genes_g``
    build ``Mind_g``, which takes sugar ``S_g``, a mate ``Mt_g`` and contraception ``Cn_g``, each in {0, 1}. Fitness
    ``F_g`` is S + Mt in the ancestral world and -S + Mt (1 - Cn) in the modern one. A lineage dies out with probability
    selection (2 - F) / 3 and is replaced by one whose minds take only a mate. Compose minds that do not know of
    selection with ``aware="none"``.
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


def actor_critic() -> TrainingProcess:
    """Return an actor and a critic that are learned together; compose it with a specification for each.

    The ``actor`` observes ``S`` in {left, right} and the table ``Q`` of the ``critic``: "same" says that the action
    ``A`` = S is rewarded, "other" that the other action is. ``R`` is 1 iff A = S; the base objective wants reward. The
    actor wants the action that the table says is rewarded; the critic wants a table that predicts the reward.
    Source: Kenton et al. 2022 (actor-critic); domains and numbers are ours.

    >>> import cidmesa as cm
    >>> predicted = "((A == S) == (Q == 'same'))"
    >>> critic = cm.MesaSpec(target={1: f"-(R - {predicted}) ** 2"}, scope="episode")
    >>> c = cm.compose(actor_critic(), {"critic": critic, "actor": cm.MesaSpec(target={1: predicted}, scope="episode")})
    >>> c.cid.agents, c.cid.kind("R")
    (('critic@1', 'actor@1'), 'chance')
    """
    sides = ["left", "right"]
    return process(
        [
            parameters("Theta_critic"),
            parameters("Theta_actor"),
            chance("S", uniform(sides)),
            action("Q", ["same", "other"], "Theta_critic", "same", agent="critic"),
            action("A", sides, "Theta_actor", Same("S"), sees=("S", "Q"), agent="actor"),
            chance("R", "A == S", [0, 1]),
            objective("U_base", "R"),
        ]
    )


def debate(*, accuracy: object = "4/5") -> TrainingProcess:
    """Return two debaters before a judge; compose it with a specification for the ``first`` and the ``second``.

    ``Question`` stands for its right answer, yes or no, which both know. ``First`` claims an answer; ``Second``
    observes it and claims one. If they agree, the ``Judge`` gives this answer, and otherwise the right one with
    probability ``accuracy``. The base objective wants the judgement to be right. Each debater wants to win: Judge ==
    First, and Judge != First. Other parameters are honest.
    Source: Everitt et al. 2019, debate (after Irving et al. 2018); domains and numbers are ours.

    >>> import cidmesa as cm
    >>> wins = {"first": "Judge == First", "second": "Judge != First"}
    >>> specs = {agent: cm.MesaSpec(target={1: win}, scope="updates") for agent, win in wins.items()}
    >>> c = cm.compose(debate(), specs)
    >>> cm.expected_utility(c.project("first"), cm.solve(c.project("first")).policy)
    Fraction(4, 5)
    """
    says = ["yes", "no"]
    rows = [[side, side, side] for side in says]
    right = "(accuracy if Question == 'yes' else 1 - accuracy)"
    heard = table([*rows, ["*", "*", {"yes": right, "no": f"1 - {right}"}]], ["First", "Second"])
    parts = [
        chance("Question", uniform(says)),
        parameters("Theta_first"),
        parameters("Theta_second"),
        action("First", says, "Theta_first", Same("Question"), sees=("Question",), agent="first"),
        action("Second", says, "Theta_second", Same("Question"), sees=("Question", "First"), agent="second"),
        chance("Judge", heard, says),
        objective("U_base", "Judge == Question"),
    ]
    return process(parts, probability("accuracy", accuracy, "probability that the judge finds the right answer"))


def services(count: int = 2, *, mu: object = 1) -> TrainingProcess:
    """Return a chain of services in which the output of each is the training objective of the next.

    ``X_0 = Goal`` in {x, y} is the task of the first service. Service k observes X_(k-1) and does ``Trial_k`` in
    training, scored ``R_k = [Trial_k = X_(k-1)]``; a miss is trained away with probability ``mu``. Then it outputs
    ``X_k``. Changed parameters do their task. Each service is the mesa-optimizer of the one above it and the base of
    the one below. The base objective sums their scores. Compose with a specification for each of ``service1``,
    ``service2``, ... (episode 1 is the trial, 2 the output).
    Source: comprehensive AI services in Hubinger et al. 2019, section 5, and Everitt et al. 2019; the model is ours.

    Raises:
        ComposeError: fewer than one service.

    >>> import cidmesa as cm
    >>> own = {k: {1: f"Trial{k} == 'y'", 2: f"2 * (X{k} == 'y')"} for k in (1, 2)}
    >>> specs = {f"service{k}": cm.MesaSpec(target=own[k], scope="updates") for k in own}
    >>> c = cm.compose(cm.builders.services(), specs)
    >>> [bool(cm.admits_ici(c.cid, "D_X1", node)) for node in ("X1", "X2")]
    [True, False]
    """
    at_least(1, count=count)
    parts = [chance("Goal", uniform("xy"))]
    for k in range(1, count + 1):
        parts += _service(k, "Goal" if k == 1 else f"X{k - 1}")
    return process(parts, probability("mu", mu, "probability that a miss in a trial is trained away"))


def _service(k: int, asked: str) -> list[Part]:
    before, after, agent = f"Theta{k}", f"Theta{k}_next", f"service{k}"
    return [
        parameters(before),
        action(f"Trial{k}", "xy", before, Same(asked), sees=(asked,), agent=agent),
        chance(f"R{k}", f"Trial{k} == {asked}", [0, 1]),
        updated(after, before, f"mu * (R{k} == 0)"),
        action(f"X{k}", "xy", after, Same(asked), sees=(asked,), episode=2, phase="deploy", agent=agent),
        objective(f"U_base{k}", f"R{k} + (X{k} == {asked})"),
    ]


def meta_optimizer(deployment: int = 2) -> TrainingProcess:
    """Return a base optimizer that is itself learned, by an optimizer above it.

    The meta-optimizer, which is the base agent here, has learned the ``optimizer`` with parameters ``Phi``. After one
    training episode, the optimizer observes the score ``R1`` and takes the ``Step``: keep the parameters or replace
    them. ``A_t`` in {a, b} is the action of the learned algorithm ``mesa``; the meta-objective wants a. Other
    parameters of the optimizer replace what scored 0; replaced parameters do a. Compose with a specification for
    ``mesa`` and ``optimizer``. An agent that wants b complies once if the optimizer corrects misses, and need not
    comply if it keeps everything.
    Source: Hubinger et al. 2019, section 1 (meta-optimizers) and 5; the model is ours.

    Raises:
        ComposeError: the process has no deployment episode.

    >>> import cidmesa as cm
    >>> wants = cm.MesaSpec(target={t: f"A{t} == 'b'" for t in (1, 2, 3)}, scope="updates")
    >>> corrects = cm.MesaSpec(target={1: "(Step == 'replace') == (R1 == 0)"}, scope="updates")
    >>> mesa = cm.compose(cm.builders.meta_optimizer(), {"optimizer": corrects, "mesa": wants}).project("mesa")
    >>> "".join(cm.solve(mesa).plan.values()), cm.solve(mesa).value
    ('abb', Fraction(2, 1))
    """
    at_least(1, deployment=deployment)
    corrects = table([[0, "replace"], [1, "keep"]], ["R1"])
    parts = [
        parameters("Phi"),
        parameters(),
        action("A1", "ab", "Theta1", "a"),
        chance("R1", "A1 == 'a'", [0, 1]),
        action("Step", ["keep", "replace"], "Phi", corrects, sees=("R1",), agent="optimizer"),
        updated("Theta2", "Theta1", "Step == 'replace'"),
        objective("U_base1", "R1"),
    ]
    for t in range(2, deployment + 2):
        parts += [kept(f"Theta{t}", f"Theta{t - 1}")] if t > 2 else []
        parts += [action(f"A{t}", "ab", f"Theta{t}", "a", episode=t, phase="deploy")]
        parts += [objective(f"U_base{t}", f"A{t} == 'a'")]
    return process(parts)
