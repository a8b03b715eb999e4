"""Systems whose outputs change their own scores: predictors, recommenders, reward models, distillation."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from cidmesa.builders.building_blocks import (
    action,
    amount,
    at_least,
    chance,
    objective,
    parameters,
    probability,
    process,
    updated,
)
from cidmesa.modelling.mechanism import Rows, Same
from cidmesa.modelling.shorthand import bernoulli, table, uniform

if TYPE_CHECKING:
    from cidmesa.mesa.training import TrainingProcess

__all__ = ["iterated_distillation", "predictor", "recommender", "reward_modelling"]


def predictor(*, influence: bool = False, chance_of_one: object = "3/5", accuracy: object = "1/2") -> TrainingProcess:
    """Return a supervised predictor; with ``influence``, its answer changes the label.

    ``State`` is 1 with probability ``chance_of_one``. ``Clue`` equals the state with probability ``accuracy`` (1/2: no
    information). ``A`` is the answer. The base objective wants it to equal ``Label``. Without influence the label is
    the state. With influence the answer is read first: the answer 0 makes the label 0 with probability 9/10, and the
    answer 1 leaves a 1 with probability 1/2. Changed parameters answer the clue.
    Source: Everitt et al. 2019, supervised learning and self-fulfilling prophecies; the numbers are ours.

    >>> import cidmesa as cm
    >>> wants = cm.MesaSpec(target="A == Label", scope="episode")
    >>> [cm.solve(cm.compose(predictor(influence=yes), wants).model).value for yes in (False, True)]
    [Fraction(3, 5), Fraction(9, 10)]
    """
    read: list[list[object]] = [["*", 0, {0: "9/10", 1: "1/10"}], [1, 1, {0: "1/2", 1: "1/2"}], [0, 1, 0]]
    parts = [
        parameters("Theta"),
        chance("State", bernoulli("chance_of_one")),
        chance("Clue", bernoulli("accuracy if State == 1 else 1 - accuracy")),
        action("A", [0, 1], "Theta", Same("Clue"), sees=("Clue",)),
        chance("Label", table(read, ["State", "A"]) if influence else "State", [0, 1]),
        objective("U_base", "A == Label"),
    ]
    states = probability("chance_of_one", chance_of_one, "probability of the state 1")
    return process(parts, states, probability("accuracy", accuracy, "probability that the clue is right"))


def recommender(rounds: int = 2, *, drift: object = "4/5") -> TrainingProcess:
    """Return a recommender that meets the same user in several rounds.

    ``O_t`` is the user's opinion, which the recommender observes: m (moderate, at first) or e (extreme). ``A_t`` is the
    post, m or e. ``C_t`` is the probability of a click: 3/5 for m to m, 1/2 for e to m, 9/10 for e to e, 1/5 for m to
    e; the base objective sums it. An extreme post makes a moderate user extreme with probability ``drift``. Parameters
    do not change between the rounds; other parameters post the user's opinion.
    Source: Krueger et al. 2020 (hidden incentives for distributional shift), in words there; the numbers are ours.

    Raises:
        ComposeError: fewer than one round.

    >>> import cidmesa as cm
    >>> process = cm.builders.recommender()
    >>> cm.solve(cm.compose(process, cm.MesaSpec(target="C", scope="updates")).model).value
    Fraction(67, 50)
    """
    at_least(1, rounds=rounds)
    parts = [parameters("Theta"), chance("O1", {"m": 1, "e": 0})]
    clicks = [
        ["m", "m", Fraction(3, 5)],
        ["m", "e", Fraction(1, 2)],
        ["e", "e", Fraction(9, 10)],
        ["e", "m", Fraction(1, 5)],
    ]
    for t in range(1, rounds + 1):
        parts += [
            action(f"A{t}", "me", "Theta", Same(f"O{t}"), sees=(f"O{t}",), episode=t),
            chance(f"C{t}", table(clicks, [f"O{t}", f"A{t}"])),
            objective(f"U_base{t}", f"C{t}"),
        ]
        if t < rounds:
            moved = [["m", "e", {"m": "1 - drift", "e": "drift"}], ["*", "*", {"same": f"O{t}"}]]
            parts += [chance(f"O{t + 1}", table(moved, [f"O{t}", f"A{t}"]), ["m", "e"])]
    return process(parts, probability("drift", drift, "probability that an extreme post makes a user extreme"))


def reward_modelling(*, clarity: object = "1/2", later: object = 3) -> TrainingProcess:
    """Return two rounds in which a reward model, learned from feedback, scores the actions.

    ``Wanted`` in {a, b} is what the human wants. ``Feedback_t`` is what the reward model learned of it; the agent
    observes it. ``A_t`` is a, b, or sway the human, after which the feedback is ``any``: every action is rewarded.
    ``R_t`` is 1 with probability ``clarity`` if the agent follows the feedback, and with probability 1 if the feedback
    is ``any``. The base objective is the reward, with weight ``later`` on the second round; the designer's objective is
    whether the human gets what is wanted. An agent that wants reward sways in the first round iff later (1 - clarity) >
    clarity. Other parameters do a.
    Source: Everitt et al. 2019, reward modelling (feedback tampering); domains and numbers are ours.

    >>> import cidmesa as cm
    >>> c = cm.compose(reward_modelling(), cm.MesaSpec(target={1: "R1", 2: "later * R2"}, scope="updates"))
    >>> cm.solve(c.model).policy["D_A1"]({"Feedback1": "a"}), bool(cm.admits_ici(c.cid, "D_A1", "Feedback2"))
    ('sway', True)
    """
    parts = [parameters("Theta"), chance("Wanted", uniform("ab")), chance("Feedback1", "Wanted", ["a", "b"])]
    for t in (1, 2):
        followed = (
            f"clarity * (A{t} == Feedback{t})" if t == 1 else "1 if Feedback2 == 'any' else clarity * (A2 == Feedback2)"
        )
        parts += [
            action(f"A{t}", ["a", "b", "sway"], "Theta", "a", sees=(f"Feedback{t}",), episode=t),
            chance(f"R{t}", bernoulli(followed)),
        ]
        parts += [chance("Feedback2", "'any' if A1 == 'sway' else Wanted", ["a", "b", "any"])] if t == 1 else []
    parts += [objective("U_base1", "R1"), objective("U_base2", "later * R2")]
    parts += [objective(f"U_designer{t}", f"A{t} == Wanted", "designer") for t in (1, 2)]
    certain = probability("clarity", clarity, "probability that following the feedback is rewarded")
    return process(parts, certain, amount("later", later, "how much the second round counts"))


def iterated_distillation(
    rounds: int = 2, *, start: object = "3/5", amplified: object = "9/10", unaided: object = "3/5", mu: object = "1/2"
) -> TrainingProcess:
    """Return rounds in which a model is trained to imitate a human whom the previous model helps.

    ``Question`` stands for its right answer, yes or no, which the models can find. The first model's ``Answer0`` is
    right with probability ``start``. ``H_k`` is the human's answer with the help of ``Answer_(k-1)``; it is right with
    probability ``amplified`` if that was right, and otherwise with probability ``unaided``. The base objective wants
    ``R_k``: ``Answer_k`` equals ``H_k``. A miss is trained away with probability ``mu``. Other parameters answer
    correctly.
    Source: Everitt et al. 2019, iterated distillation and amplification; the chain, updates and numbers are ours.

    Raises:
        ComposeError: fewer than one round.

    >>> import cidmesa as cm
    >>> c = cm.compose(iterated_distillation(), cm.MesaSpec(target="Answer == H", scope="updates"))
    >>> cm.solve(c.model).value    # 3/5 * 9/10 + 2/5 * 3/5, and 9/10
    Fraction(42, 25)
    """
    at_least(1, rounds=rounds)
    parts = [parameters(), chance("Question", uniform(["yes", "no"])), chance("Answer0", _answer("start"))]
    for k in range(1, rounds + 1):
        helped = f"amplified if Answer{k - 1} == Question else unaided"
        parts += [
            chance(f"H{k}", _answer(helped)),
            action(f"Answer{k}", ["yes", "no"], f"Theta{k}", Same("Question"), sees=("Question",), episode=k),
            chance(f"R{k}", f"Answer{k} == H{k}", [0, 1]),
            objective(f"U_base{k}", f"R{k}"),
        ]
        parts += [updated(f"Theta{k + 1}", f"Theta{k}", f"mu * (R{k} == 0)")] if k < rounds else []
    return process(
        parts,
        probability("start", start, "probability that the first model is right"),
        probability("amplified", amplified, "probability that the human is right with a right model"),
        probability("unaided", unaided, "the same with a wrong model"),
        probability("mu", mu, "probability that a miss is trained away"),
    )


def _answer(right: str) -> Rows:
    """Return the mechanism of an answer that is right with probability ``right``."""
    rows = [["yes", {"yes": right, "no": f"1 - ({right})"}], ["no", {"yes": f"1 - ({right})", "no": right}]]
    return table(rows, ["Question"])
