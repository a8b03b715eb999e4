"""cidmesa: causal influence diagrams for the incentives of base optimizers and mesa-optimizers.

``import cidmesa as cm`` costs nothing: each name below is loaded from its module when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the same names as in _HOMES (tests/test_api.py compares them), for type checkers and editors
    from cidmesa.criteria.deception import deception_possible as deception_possible
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
    from cidmesa.mesa.labour import stackelberg as stackelberg
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
    from cidmesa.render.dot import dot as dot
    from cidmesa.render.dot import graphviz as graphviz
    from cidmesa.render.mermaid import mermaid as mermaid
    from cidmesa.render.save import save as save
    from cidmesa.render.svg import svg as svg
    from cidmesa.render.text import text as text
    from cidmesa.render.tikz import tikz as tikz
    from cidmesa.solving.solve import Solution as Solution
    from cidmesa.solving.solve import best_response as best_response
    from cidmesa.solving.solve import solve as solve
    from cidmesa.solving.utility import expected_utility as expected_utility
    from cidmesa.structure.build import cid as cid
    from cidmesa.structure.convert import from_networkx as from_networkx
    from cidmesa.structure.diagram import CID as CID
    from cidmesa.structure.diagram import Node as Node
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
        "stackelberg",
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
    "render.dot": (
        "dot",
        "graphviz",
    ),
    "render.mermaid": ("mermaid",),
    "render.save": ("save",),
    "render.svg": ("svg",),
    "render.text": ("text",),
    "render.tikz": ("tikz",),
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

__all__ = [*_HOME_OF, "__version__"]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'cidmesa' has no attribute {name!r}")
    value = getattr(import_module(f"cidmesa.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
