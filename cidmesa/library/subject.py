"""What a claim speaks about: a diagram, with numbers where there are some, or a composition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from cidmesa.errors import NotApplicable, ScenarioError
from cidmesa.frozen import Once
from cidmesa.library.claim import Of, names_of
from cidmesa.library.policies import optimal_policies
from cidmesa.library.scenario import Scenario
from cidmesa.mesa.compose import compose
from cidmesa.mesa.composition import Composition
from cidmesa.mesa.training import TrainingProcess, anew
from cidmesa.modelling.model import Model
from cidmesa.structure.diagram import CID

if TYPE_CHECKING:
    from cidmesa.mesa.derive.derivation import Derivation
    from cidmesa.mesa.derive.families import Family
    from cidmesa.mesa.spec import MesaSpec
    from cidmesa.modelling.policy import Policy
    from cidmesa.structure.verdict import Verdict

__all__ = ["Given", "Subject", "with_values"]

Given: TypeAlias = Scenario | Composition | TrainingProcess | Model | CID


def with_values(given: Any, values: Mapping[str, Any]) -> Any:
    """Return what is given under other values of its parameters."""
    match given:
        case Scenario():
            return given.at(**values)
        case TrainingProcess():
            return given.with_model(given.model.substitute(values))
        case Composition():
            return compose(with_values(given.training, values), given.spec)
        case _:
            return given.substitute(values)


@dataclass(frozen=True, eq=False)
class Subject:
    """What questions are asked of: a value, or its composition with a specification (``of``); keeps what is found."""

    given: Given
    of: Of = None  # it may name several specifications, of several learned algorithms

    def at(self, values: Mapping[str, Any]) -> Subject:
        """Return the same under other values of the parameters."""
        given = Once(values, self, anew)("given", lambda: with_values(self.given, values))
        return Subject(given, self.of)

    # --- what there is ------------------------------------------------------------------------------------------

    @cached_property
    def composed(self) -> Composition | None:
        """The composition, ``None`` where the diagram of a file or a model is meant."""
        if isinstance(self.given, Scenario):
            return self.given.of(*names_of(self.of)) if self.of is not None else None
        return self.given if isinstance(self.given, Composition) else None

    @property
    def composition(self) -> Composition:
        """The composition; NotApplicable where there is none."""
        if self.composed is None:
            known = ", ".join(self.given.specs) if isinstance(self.given, Scenario) else ""
            raise NotApplicable(
                f"this question is about a composition. Name its specification with `of`; there are: {known or 'none'}."
            )
        return self.composed

    @property
    def training(self) -> TrainingProcess | None:
        """The training process, ``None`` where there are no actions of a learned algorithm."""
        if isinstance(self.given, Scenario | Composition):
            return self.given.training
        return self.given if isinstance(self.given, TrainingProcess) else None

    @property
    def numbers(self) -> Model | None:
        """The model of the file or of the training process; ``None`` where there is only a diagram."""
        if isinstance(self.given, Scenario):
            return self.given.model
        if self.training is not None:
            return self.training.model
        return self.given if isinstance(self.given, Model) else None

    @property
    def cid(self) -> CID:
        """The diagram."""
        if self.composed is not None:
            return self.composed.cid
        return self.given if isinstance(self.given, CID) else self.given.cid

    @property
    def model(self) -> Model:
        """The model; the mesa-optimizer's own where a composition is meant."""
        return self.parametric if self.composed is None else self.composed.model

    @property
    def parametric(self) -> Model:
        """The model in which parameters are set, from which a composition follows; ScenarioError if there is none."""
        if self.numbers is None:
            name = self.given.slug if isinstance(self.given, Scenario) else "the diagram"
            raise ScenarioError(
                f"{name} has no numbers. Give the nodes states, prob, value or table, or ask only about the diagram."
            )
        return self.numbers

    @property
    def truth(self) -> Model:
        """The model of the world as it is, with the base agent's utilities where a composition is meant."""
        return self.model if self.composed is None else self.composed.objective_twin

    def world(self, named: str | None, needed: tuple[str, ...], agent: str | None) -> Model:
        """Return the model in which a question is asked: as ``named``, else the first that knows nodes and agent."""
        if named is not None:
            return {"belief": self.model, "truth": self.truth}[named]
        knows = all(node in self.cid for node in needed)
        return self.model if knows and (agent is None or agent in self.cid.agents) else self.truth

    def pruned(self, node: str) -> bool:
        """Return whether composition left ``node`` of the training process out of the mesa-optimizer's diagram."""
        return self.composed is not None and node not in self.cid and node in self.composed.training.cid

    def owner(self, decision: str) -> str:
        """Return the agent that owns a decision; DiagramError where it is none."""
        return str(self.cid.agent(self.cid.known_decision(decision)))

    def specifications(self, names: Iterable[str] | None) -> dict[str, MesaSpec]:
        """Return the specifications of a scenario that are named, or all; ScenarioError names those there are."""
        if not isinstance(self.given, Scenario):
            return {}
        return dict(self.given.specs) if names is None else {name: self.given.spec(name) for name in names}

    def family(self, name: str) -> Family:
        """Return a family of a scenario; ScenarioError names those there are."""
        if not isinstance(self.given, Scenario):
            raise NotApplicable("families belong to scenario files. For other values, use cm.derive.")
        return self.given.family(name)

    # --- what has been found --------------------------------------------------------------------------------------

    @cached_property
    def derivations(self) -> dict[str, Derivation]:
        """Derivations of families that have been made so far, by family, evidence and ties."""
        return {}

    @cached_property
    def verdicts(self) -> dict[tuple[str, ...], Verdict]:
        """Verdicts on incentives that have been found so far, by concept, owner and node."""
        return {}

    @cached_property
    def models(self) -> dict[str, tuple[list[Model], Iterator[Model]]]:
        """Models in which all decisions but one follow rules: by that one, those found so far and those to come."""
        return {}

    @cached_property
    def _policies(self) -> dict[str, tuple[Policy, ...]]:
        return {}

    def policies(self, rules: Mapping[str, Any], agent: str | None = None) -> tuple[Policy, ...]:
        """Return the optimal policies given the rules of some decisions, see `optimal_policies`."""
        key = repr((sorted(rules.items(), key=repr), agent))
        if key not in self._policies:
            self._policies[key] = optimal_policies(self.model, rules, agent)
        return self._policies[key]
