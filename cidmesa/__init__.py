"""cidmesa: causal influence diagrams for the incentives of base optimizers and mesa-optimizers.

``import cidmesa as cm`` costs nothing: each name below is loaded from its module when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the same names as in _HOMES (tests/test_api.py compares them), for type checkers and editors
    from cidmesa import builders as builders
    from cidmesa.criteria.deception import deception_possible as deception_possible
    from cidmesa.criteria.diff import IncentiveDiff as IncentiveDiff
    from cidmesa.criteria.diff import incentive_diff as incentive_diff
    from cidmesa.criteria.edit import Removal as Removal
    from cidmesa.criteria.edit import remove_incentive as remove_incentive
    from cidmesa.criteria.fairness import admits_introduced_unfairness as admits_introduced_unfairness
    from cidmesa.criteria.fairness import admits_unfairness as admits_unfairness
    from cidmesa.criteria.patterns import Patterns as Patterns
    from cidmesa.criteria.patterns import reasoning_patterns as reasoning_patterns
    from cidmesa.criteria.refined import admits_direct_voc as admits_direct_voc
    from cidmesa.criteria.refined import admits_indirect_voc as admits_indirect_voc
    from cidmesa.criteria.refined import admits_path_specific_ici as admits_path_specific_ici
    from cidmesa.criteria.sets import admits_set as admits_set
    from cidmesa.criteria.single import (
        admits_ici as admits_ici,
    )
    from cidmesa.criteria.single import (
        admits_impact as admits_impact,
    )
    from cidmesa.criteria.single import (
        admits_ri as admits_ri,
    )
    from cidmesa.criteria.single import (
        admits_voc as admits_voc,
    )
    from cidmesa.criteria.single import (
        admits_voi as admits_voi,
    )
    from cidmesa.criteria.sweep import IncentiveTable as IncentiveTable
    from cidmesa.criteria.sweep import incentives as incentives
    from cidmesa.errors import (
        CidmesaError as CidmesaError,
    )
    from cidmesa.errors import (
        ComposeError as ComposeError,
    )
    from cidmesa.errors import (
        CyclicError as CyclicError,
    )
    from cidmesa.errors import (
        DiagramError as DiagramError,
    )
    from cidmesa.errors import (
        FileError as FileError,
    )
    from cidmesa.errors import (
        ModelError as ModelError,
    )
    from cidmesa.errors import (
        NotApplicable as NotApplicable,
    )
    from cidmesa.errors import (
        ScenarioError as ScenarioError,
    )
    from cidmesa.errors import (
        TooLarge as TooLarge,
    )
    from cidmesa.errors import (
        UnknownNode as UnknownNode,
    )
    from cidmesa.library.catalogue import scenarios as scenarios
    from cidmesa.library.check import check as check
    from cidmesa.library.loader import load as load
    from cidmesa.library.scenario import Claim as Claim
    from cidmesa.library.scenario import Outcome as Outcome
    from cidmesa.library.scenario import Scenario as Scenario
    from cidmesa.mesa.alignment import alignment as alignment
    from cidmesa.mesa.compose import compose as compose
    from cidmesa.mesa.composition import Composition as Composition
    from cidmesa.mesa.deception import Certificate as Certificate
    from cidmesa.mesa.deception import certify_deception as certify_deception
    from cidmesa.mesa.discover import Discovery as Discovery
    from cidmesa.mesa.discover import discover as discover
    from cidmesa.mesa.discriminate import Discrimination as Discrimination
    from cidmesa.mesa.discriminate import discriminate as discriminate
    from cidmesa.mesa.distance import ObjectiveDistance as ObjectiveDistance
    from cidmesa.mesa.distance import objective_distance as objective_distance
    from cidmesa.mesa.entropy import Rationalisation as Rationalisation
    from cidmesa.mesa.entropy import maximum_entropy_objective as maximum_entropy_objective
    from cidmesa.mesa.explanation import Explanation as Explanation
    from cidmesa.mesa.explanation import explain as explain
    from cidmesa.mesa.gap import IncentiveGap as IncentiveGap
    from cidmesa.mesa.gap import incentive_gap as incentive_gap
    from cidmesa.mesa.labour import division_of_labour as division_of_labour
    from cidmesa.mesa.labour import selection_game as selection_game
    from cidmesa.mesa.mechanised import MechanisedGraph as MechanisedGraph
    from cidmesa.mesa.mechanised import agents_from as agents_from
    from cidmesa.mesa.mechanised import mechanised as mechanised
    from cidmesa.mesa.mitigation import Mitigation as Mitigation
    from cidmesa.mesa.mitigation import mitigate as mitigate
    from cidmesa.mesa.objectives import ConsistentObjectives as ConsistentObjectives
    from cidmesa.mesa.objectives import consistent_objectives as consistent_objectives
    from cidmesa.mesa.proxy import position as position
    from cidmesa.mesa.proxy import proxy_class as proxy_class
    from cidmesa.mesa.select import Selection as Selection
    from cidmesa.mesa.select import select as select
    from cidmesa.mesa.spec import MesaSpec as MesaSpec
    from cidmesa.mesa.systems import System as System
    from cidmesa.mesa.systems import system as system
    from cidmesa.mesa.training import TrainingProcess as TrainingProcess
    from cidmesa.mesa.training import learned as learned
    from cidmesa.mesa.training import training as training
    from cidmesa.modelling.build import model as model
    from cidmesa.modelling.inference import query as query
    from cidmesa.modelling.mechanism import bernoulli as bernoulli
    from cidmesa.modelling.mechanism import table as table
    from cidmesa.modelling.mechanism import uniform as uniform
    from cidmesa.modelling.model import Model as Model
    from cidmesa.modelling.parameter import Parameter as Parameter
    from cidmesa.modelling.parameter import parameter as parameter
    from cidmesa.modelling.policy import Policy as Policy
    from cidmesa.modelling.policy import Rule as Rule
    from cidmesa.modelling.policy import policy as policy
    from cidmesa.quantities.behaviour import intends_behaviourally as intends_behaviourally
    from cidmesa.quantities.belief import Belief as Belief
    from cidmesa.quantities.belief import believes as believes
    from cidmesa.quantities.beside import counterfactual_benefit as counterfactual_benefit
    from cidmesa.quantities.beside import counterfactual_harm as counterfactual_harm
    from cidmesa.quantities.beside import expected_impact as expected_impact
    from cidmesa.quantities.deceit import Deception as Deception
    from cidmesa.quantities.deceit import deceives as deceives
    from cidmesa.quantities.deceit import incentive_to_deceive as incentive_to_deceive
    from cidmesa.quantities.deceit import manipulation as manipulation
    from cidmesa.quantities.goals import GoalDirectedness as GoalDirectedness
    from cidmesa.quantities.goals import capability_directedness as capability_directedness
    from cidmesa.quantities.goals import goal_directedness as goal_directedness
    from cidmesa.quantities.indifference import causal_indifference as causal_indifference
    from cidmesa.quantities.indifference import instructable_policy as instructable_policy
    from cidmesa.quantities.indifference import utility_indifference as utility_indifference
    from cidmesa.quantities.intention import Intention as Intention
    from cidmesa.quantities.intention import intends as intends
    from cidmesa.quantities.quantity import Quantity as Quantity
    from cidmesa.quantities.responding import response_probability as response_probability
    from cidmesa.quantities.response import has_ici as has_ici
    from cidmesa.quantities.response import has_impact as has_impact
    from cidmesa.quantities.response import has_ri as has_ri
    from cidmesa.quantities.shutdown import Shutdown as Shutdown
    from cidmesa.quantities.shutdown import shutdown as shutdown
    from cidmesa.quantities.unfairness import counterfactual_unfairness as counterfactual_unfairness
    from cidmesa.quantities.unfairness import introduced_unfairness as introduced_unfairness
    from cidmesa.quantities.values import value_of_control as value_of_control
    from cidmesa.quantities.values import value_of_information as value_of_information
    from cidmesa.quantities.witness import witness_model as witness_model
    from cidmesa.render.dot import dot as dot
    from cidmesa.render.dot import graphviz as graphviz
    from cidmesa.render.mermaid import mermaid as mermaid
    from cidmesa.render.save import save as save
    from cidmesa.render.svg import svg as svg
    from cidmesa.render.text import text as text
    from cidmesa.render.tikz import tikz as tikz
    from cidmesa.solving.counterfactual.counterfactual import Would as Would
    from cidmesa.solving.counterfactual.counterfactual import counterfactual as counterfactual
    from cidmesa.solving.counterfactual.counterfactual import would as would
    from cidmesa.solving.counterfactual.effects import effect as effect
    from cidmesa.solving.counterfactual.objective import path_specific_objective as path_specific_objective
    from cidmesa.solving.explain import UtilityTable as UtilityTable
    from cidmesa.solving.explain import explain_utility as explain_utility
    from cidmesa.solving.games.equilibria import equilibria as equilibria
    from cidmesa.solving.games.equilibrium import Equilibria as Equilibria
    from cidmesa.solving.games.equilibrium import Equilibrium as Equilibrium
    from cidmesa.solving.games.regret import regret as regret
    from cidmesa.solving.games.stackelberg import stackelberg as stackelberg
    from cidmesa.solving.many import Solutions as Solutions
    from cidmesa.solving.many import solve_many as solve_many
    from cidmesa.solving.solve import Solution as Solution
    from cidmesa.solving.solve import best_response as best_response
    from cidmesa.solving.solve import solve as solve
    from cidmesa.solving.utility import expected_utility as expected_utility
    from cidmesa.structure.build import cid as cid
    from cidmesa.structure.convert import from_networkx as from_networkx
    from cidmesa.structure.diagram import CID as CID
    from cidmesa.structure.diagram import Node as Node
    from cidmesa.structure.recall import has_perfect_information as has_perfect_information
    from cidmesa.structure.recall import has_perfect_recall as has_perfect_recall
    from cidmesa.structure.recall import has_sufficient_information as has_sufficient_information
    from cidmesa.structure.recall import subgames as subgames
    from cidmesa.structure.reduction import (
        Reduction as Reduction,
    )
    from cidmesa.structure.reduction import (
        minimal_reduction as minimal_reduction,
    )
    from cidmesa.structure.reduction import (
        reduce as reduce,
    )
    from cidmesa.structure.reduction import (
        reduction as reduction,
    )
    from cidmesa.structure.relevance import (
        RelevanceGraph as RelevanceGraph,
    )
    from cidmesa.structure.relevance import (
        has_sufficient_recall as has_sufficient_recall,
    )
    from cidmesa.structure.relevance import (
        is_r_reachable as is_r_reachable,
    )
    from cidmesa.structure.relevance import (
        is_requisite as is_requisite,
    )
    from cidmesa.structure.relevance import (
        is_s_reachable as is_s_reachable,
    )
    from cidmesa.structure.relevance import (
        is_soluble as is_soluble,
    )
    from cidmesa.structure.relevance import (
        relevance_graph as relevance_graph,
    )
    from cidmesa.structure.relevance import (
        requisite_observations as requisite_observations,
    )
    from cidmesa.structure.separation import (
        active_path as active_path,
    )
    from cidmesa.structure.separation import (
        d_separated as d_separated,
    )
    from cidmesa.structure.separation import (
        directed_path as directed_path,
    )
    from cidmesa.structure.verdict import Judgement as Judgement
    from cidmesa.structure.verdict import Verdict as Verdict

__version__ = "0.1.0"

_HOMES = {
    "criteria.deception": ("deception_possible",),
    "criteria.diff": ("IncentiveDiff", "incentive_diff"),
    "criteria.edit": ("Removal", "remove_incentive"),
    "criteria.fairness": ("admits_introduced_unfairness", "admits_unfairness"),
    "criteria.patterns": ("Patterns", "reasoning_patterns"),
    "criteria.refined": ("admits_direct_voc", "admits_indirect_voc", "admits_path_specific_ici"),
    "criteria.sets": ("admits_set",),
    "criteria.single": (
        "admits_ici",
        "admits_impact",
        "admits_ri",
        "admits_voc",
        "admits_voi",
    ),
    "criteria.sweep": (
        "IncentiveTable",
        "incentives",
    ),
    "errors": (
        "CidmesaError",
        "ComposeError",
        "CyclicError",
        "DiagramError",
        "FileError",
        "ModelError",
        "NotApplicable",
        "ScenarioError",
        "TooLarge",
        "UnknownNode",
    ),
    "library.catalogue": ("scenarios",),
    "library.check": ("check",),
    "library.loader": ("load",),
    "library.scenario": (
        "Claim",
        "Outcome",
        "Scenario",
    ),
    "mesa.alignment": ("alignment",),
    "mesa.compose": ("compose",),
    "mesa.composition": ("Composition",),
    "mesa.deception": (
        "Certificate",
        "certify_deception",
    ),
    "mesa.proxy": (
        "position",
        "proxy_class",
    ),
    "mesa.spec": ("MesaSpec",),
    "mesa.gap": (
        "IncentiveGap",
        "incentive_gap",
    ),
    "mesa.explanation": (
        "Explanation",
        "explain",
    ),
    "mesa.mitigation": (
        "Mitigation",
        "mitigate",
    ),
    "mesa.select": (
        "Selection",
        "select",
    ),
    "mesa.labour": (
        "division_of_labour",
        "selection_game",
    ),
    "mesa.distance": (
        "ObjectiveDistance",
        "objective_distance",
    ),
    "mesa.objectives": (
        "ConsistentObjectives",
        "consistent_objectives",
    ),
    "mesa.entropy": (
        "Rationalisation",
        "maximum_entropy_objective",
    ),
    "mesa.discriminate": (
        "Discrimination",
        "discriminate",
    ),
    "mesa.mechanised": (
        "MechanisedGraph",
        "agents_from",
        "mechanised",
    ),
    "mesa.discover": (
        "Discovery",
        "discover",
    ),
    "mesa.systems": (
        "System",
        "system",
    ),
    "mesa.training": (
        "TrainingProcess",
        "learned",
        "training",
    ),
    "modelling.build": ("model",),
    "modelling.inference": ("query",),
    "modelling.mechanism": (
        "bernoulli",
        "table",
        "uniform",
    ),
    "modelling.model": ("Model",),
    "modelling.parameter": (
        "Parameter",
        "parameter",
    ),
    "modelling.policy": (
        "Policy",
        "Rule",
        "policy",
    ),
    "quantities.goals": ("GoalDirectedness", "capability_directedness", "goal_directedness"),
    "quantities.indifference": ("causal_indifference", "instructable_policy", "utility_indifference"),
    "quantities.beside": ("counterfactual_benefit", "counterfactual_harm", "expected_impact"),
    "quantities.unfairness": ("counterfactual_unfairness", "introduced_unfairness"),
    "quantities.responding": ("response_probability",),
    "quantities.intention": ("Intention", "intends"),
    "quantities.belief": ("Belief", "believes"),
    "quantities.deceit": ("Deception", "deceives", "incentive_to_deceive", "manipulation"),
    "quantities.behaviour": ("intends_behaviourally",),
    "quantities.quantity": ("Quantity",),
    "quantities.shutdown": ("Shutdown", "shutdown"),
    "quantities.response": ("has_ici", "has_impact", "has_ri"),
    "quantities.values": ("value_of_control", "value_of_information"),
    "quantities.witness": ("witness_model",),
    "render.dot": (
        "dot",
        "graphviz",
    ),
    "render.mermaid": ("mermaid",),
    "render.save": ("save",),
    "render.svg": ("svg",),
    "render.text": ("text",),
    "render.tikz": ("tikz",),
    "solving.counterfactual.counterfactual": (
        "Would",
        "counterfactual",
        "would",
    ),
    "solving.counterfactual.effects": ("effect",),
    "solving.counterfactual.objective": ("path_specific_objective",),
    "solving.explain": (
        "UtilityTable",
        "explain_utility",
    ),
    "solving.games.equilibria": ("equilibria",),
    "solving.games.equilibrium": (
        "Equilibria",
        "Equilibrium",
    ),
    "solving.games.regret": ("regret",),
    "solving.games.stackelberg": ("stackelberg",),
    "solving.many": (
        "Solutions",
        "solve_many",
    ),
    "solving.solve": (
        "Solution",
        "best_response",
        "solve",
    ),
    "solving.utility": ("expected_utility",),
    "structure.build": ("cid",),
    "structure.convert": ("from_networkx",),
    "structure.diagram": (
        "CID",
        "Node",
    ),
    "structure.recall": ("has_perfect_information", "has_perfect_recall", "has_sufficient_information", "subgames"),
    "structure.reduction": (
        "Reduction",
        "minimal_reduction",
        "reduce",
        "reduction",
    ),
    "structure.relevance": (
        "RelevanceGraph",
        "has_sufficient_recall",
        "is_r_reachable",
        "is_requisite",
        "is_s_reachable",
        "is_soluble",
        "relevance_graph",
        "requisite_observations",
    ),
    "structure.separation": (
        "active_path",
        "d_separated",
        "directed_path",
    ),
    "structure.verdict": (
        "Judgement",
        "Verdict",
    ),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}
_NAMESPACES = ("builders",)  # packages that are used by name: cm.builders.episodes()

__all__ = [*_HOME_OF, *_NAMESPACES, "__version__"]


def __getattr__(name: str) -> Any:
    if name in _NAMESPACES:
        return import_module(f"cidmesa.{name}")
    if name not in _HOME_OF:
        from cidmesa.errors import near_miss

        raise AttributeError(f"module 'cidmesa' has no attribute {name!r}.{near_miss(name, _HOME_OF)}")
    value = getattr(import_module(f"cidmesa.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
