"""The results of real training, with a stated confidence: `trained`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import numpy as np
from pydantic import Field

from cidmesa.errors import NotApplicable
from cidmesa.library.kinds.kind import Answer, Kind, Rules
from cidmesa.library.validation import Quantity, one_of, some
from cidmesa.modelling.inference import weights
from cidmesa.modelling.parameter import number_of
from cidmesa.modelling.policy import Policy, policy

if TYPE_CHECKING:
    from cidmesa.library.subject import Subject
    from cidmesa.modelling.model import Model
    from cidmesa.runs.arms import Reading

__all__ = ["Trained"]

Count = Annotated[int, Field(ge=1)]
Reach: TypeAlias = some({int: Annotated[int, Field(ge=0)]}, Literal["updates", "episode"])  # type: ignore[valid-type]


class Trained(Kind, name="trained"):
    """Whether most training runs end up following a plan, with a stated confidence.

    Each run trains the decisions as tables, from samples only. A run follows the plan if its most probable option is
    the plan's in every context that the plan reaches. The answer is true if the lower bound of the share of such runs
    is above one half, and false if the upper bound is below it. Otherwise there is no answer: train more seeds.
    """

    plan: Rules
    """decision: its option, for each trained decision"""
    learner: one_of(["reinforce", "q", "evolution"]) = "reinforce"  # type: ignore[valid-type]
    """policy gradient, Q-learning or evolution"""
    credit: Reach = "updates"
    """for how many later episodes a decision gets credit: any number, none, or a given number"""
    budget: Count = 2_000
    """the number of lives for which a run is trained"""
    seeds: Count = 12
    """training runs"""
    seed: Annotated[int, Field(ge=0)] = 0
    """the seed of all randomness in training"""
    confidence: Quantity = "19/20"
    """the confidence of each bound"""

    def answer(self, subject: Subject) -> Answer:
        from cidmesa.runs.building import lab
        from cidmesa.runs.significance import lower_bound, majority, upper_bound

        level = 1 - float(number_of(self.confidence))
        if not 0 < level < 1:
            raise NotApplicable(f"the confidence is {self.confidence}; it is a probability, such as 19/20.")
        place = lab(subject.composed or subject.model, self.learner, credit=self.credit, budget=self.budget)
        reading = place.read([arm := place.arm()], self.seeds, self.seed)[arm]
        said = policy(subject.model, self.plan)
        doing = sum(_does(reading, subject.model, said, run) for run in range(self.seeds))
        low, high = lower_bound(doing, self.seeds, level), upper_bound(doing, self.seeds, level)
        because = f"{doing} of {self.seeds} runs do it: a share from {low:.2f} to {high:.2f}"
        most = majority(doing, self.seeds, level)
        got: Any = f"undetermined: {because}" if most is None else most
        return Answer(got, (), because)


def _does(reading: Reading, model: Model, said: Policy, run: int) -> bool:
    """Return whether a run takes the plan's option in all contexts that the plan reaches."""
    for decision, rule in said.items():
        reached = weights(model.with_policy(said), rule.parents) > 0
        taken = reading.rule(decision, run).values.argmax(-1)
        if (np.asarray(reached) & (taken != np.asarray(rule.values).argmax(-1))).any():
            return False
    return True
