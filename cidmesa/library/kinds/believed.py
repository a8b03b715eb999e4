"""Consequences of beliefs: `recursive_best_response`, `predictable`, `harm_bounds`, `self_confirming`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cidmesa as cm
from cidmesa.errors import NotApplicable, near_miss
from cidmesa.library.file.definitions import policy_of
from cidmesa.library.kinds.kind import Answer, Kind, Setting, is_number, parts_of
from cidmesa.library.policies import along
from cidmesa.library.validation import Quantity, State, Text, empty
from cidmesa.modelling.parameter import number_of

if TYPE_CHECKING:
    from cidmesa.library.subject import Subject

__all__ = ["HarmBounds", "Predictable", "RecursiveBestResponse", "SelfConfirming"]

_GIVEN = ("policy", "where")


class RecursiveBestResponse(Kind, name="recursive_best_response"):
    """What agents do if each best responds to its own model of the game and of the others, from the leaves up."""

    beliefs: dict[Text, dict[Text, dict[Text, Any]]]
    """node of the hierarchy: agent: node it believes in: probability; besides agents: policy (given rules) and where
    (parameter values); one node is called root"""

    def expectable(self, answer: object) -> str:
        return parts_of(answer, ("subjective", "actual", "plan", "ties"))

    def answer(self, subject: Subject) -> Answer:
        if "root" not in self.beliefs:
            raise NotApplicable(f"one node must be called root; there are: {', '.join(self.beliefs)}.")
        made: dict[str, cm.Subjective] = {}
        root = self._made("root", subject, made, ())
        found = cm.recursive_best_response(root)
        plan = {d: cm.query(root.model, d, policy=found.profile) for d in found.profile}
        got = {
            "subjective": dict(found.subjective),
            "actual": dict(found.actual),
            "plan": {d: _sure({option: p for option, p in taken.items() if p}) for d, taken in plan.items()},
            "ties": list(found.ties),
        }
        return Answer(got, (), f"what is done: {along(root.model, found.profile)}")

    def _made(
        self, name: str, subject: Subject, made: dict[str, cm.Subjective], above: tuple[str, ...]
    ) -> cm.Subjective:
        if name in above:
            raise NotApplicable(f"the beliefs lead from {name!r} back to it; a hierarchy of beliefs is finite.")
        if name not in self.beliefs:
            raise NotApplicable(f"there is no node {name!r} among the beliefs.{near_miss(name, self.beliefs)}")
        if name not in made:
            node = self.beliefs[name]
            model = subject.at(node.get("where", {})).model
            beliefs = {
                agent: [
                    (number_of(p), self._made(other, subject, made, (*above, name))) for other, p in thought.items()
                ]
                for agent, thought in node.items()
                if agent not in _GIVEN
            }
            made[name] = cm.subjective(model, beliefs, policy_of(model, node.get("policy", {})))
        return made[name]


def _sure(taken: dict[Any, Any]) -> Any:
    return next(iter(taken)) if len(taken) == 1 else taken


class Predictable(Kind, name="predictable"):
    """Whether behaviour before a shift rules out an option after it, and by how much: positive if it does."""

    sized = True
    parts = ("weak", "strong", "gap", "excluded", "bounds")

    decision: Text
    """the decision"""
    shift: Setting
    """node: state to which it is set"""
    context: Setting = empty()
    """what the decision observes, node: state"""
    margin: Quantity = 0
    """how much utility an agent that is not fully rational may lose"""

    def answer(self, subject: Subject) -> Answer:
        found = cm.predictable(subject.model, self.decision, self.shift, self.context, margin=number_of(self.margin))
        got = {
            "weak": bool(found),
            "strong": found.strong,
            "gap": found.gap,
            "excluded": list(found.excluded),
            "bounds": {option: list(pair) for option, pair in found.bounds.items()},
        }
        return Answer(got, (), found.to_text().replace("\n  ", "; "), short=found.gap, holds=bool(found))


class HarmBounds(Kind, name="harm_bounds"):
    """The least and greatest probability of harm by an option, compared with another, that fit the rates."""

    decision: Text
    """the decision"""
    outcome: Text
    """a node with the states 0 and 1, of which 1 is good"""
    instead: State
    """the option against which harm is measured"""
    option: State
    """the option that may harm"""

    def expectable(self, answer: object) -> str:
        fits = isinstance(answer, list) and len(answer) == 2 and all(map(is_number, answer))
        return "" if fits else "two numbers, [least, greatest]"

    def answer(self, subject: Subject) -> Answer:
        low, high = cm.harm_bounds(subject.model, self.decision, self.outcome, self.instead, self.option)
        return Answer([low, high], (), f"from {low} to {high}")


class SelfConfirming(Kind, name="self_confirming"):
    """Which policies are optimal under a belief that best fits their own consequences; true if any is."""

    parts = ("count", "plans", "beliefs")

    beliefs: dict[Text, dict[Text, Any]]
    """name: parameter values, for each model of the world that the agent can have"""
    truth: dict[Text, Any]
    """parameter values of the world as it is"""

    def answer(self, subject: Subject) -> Answer:
        models = {name: subject.at(values).model for name, values in self.beliefs.items()}
        truth = subject.at(self.truth).model
        found = cm.self_confirming(models, truth)
        plans = [
            {d: _sure({o: p for o, p in cm.query(truth, d, policy=one.policy).items() if p}) for d in one.policy}
            for one in found
        ]
        got = {"count": len(found), "plans": plans, "beliefs": [list(one.beliefs) for one in found]}
        because = "; ".join(f"{along(truth, one.policy)} confirms {', '.join(one.beliefs)}" for one in found)
        return Answer(got, (), because, short=None if found else False, holds=bool(found))
