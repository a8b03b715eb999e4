"""cidmesa: causal influence diagrams for the incentives of base optimizers and mesa-optimizers.

``import cidmesa as cm`` costs nothing: each name below is loaded from its module when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {  # the same names stand in __init__.pyi (tests/test_api.py compares them)
    "criteria.deception": "deception_possible",
    "criteria.diff": "IncentiveDiff incentive_diff",
    "criteria.edit": "Removal remove_incentive",
    "criteria.fairness": "admits_introduced_unfairness admits_unfairness",
    "criteria.patterns": "Patterns reasoning_patterns",
    "criteria.refined": "admits_direct_voc admits_indirect_voc admits_path_specific_ici",
    "criteria.sets": "admits_set",
    "criteria.single": "admits_ici admits_impact admits_ri admits_voc admits_voi",
    "criteria.sweep": "IncentiveTable incentives",
    "errors": "CidmesaError ComposeError CyclicError DiagramError FileError FormatError ModelError NotApplicable "
    "ScenarioError TooLarge UnknownNode",
    "explorer.widget": "explore",
    "library.catalogue": "scenarios",
    "library.check": "check",
    "library.conditions": "conditions prove",
    "library.loader": "load",
    "library.scenario": "Claim Outcome Scenario",
    "library.sweep.running": "sweep",
    "library.sweep.table": "SweepRow SweepTable",
    "mesa.compose": "compose",
    "mesa.composition": "Composition",
    "mesa.certificate": "Certificate certify_deception",
    "mesa.discover": "Discovery discover",
    "mesa.distance": "ObjectiveDistance objective_distance",
    "mesa.entropy": "Rationalisation maximum_entropy_objective",
    "mesa.explanation": "Explanation explain",
    "mesa.gap": "IncentiveGap incentive_gap",
    "mesa.labour": "division_of_labour selection_game",
    "mesa.mechanised": "MechanisedGraph agents_from mechanised",
    "mesa.mitigation": "Mitigation Sensitivity mitigate sensitivity",
    "mesa.objectives": "ConsistentObjectives consistent_objectives",
    "mesa.proxy": "position proxy_class",
    "mesa.reports": "deceives_by_report",
    "mesa.robustness": "Robustness robustness",
    "mesa.select": "Selection select",
    "mesa.spec": "MesaSpec",
    "mesa.systems": "System system",
    "mesa.taxonomy": "Alignment Discrimination alignment discriminate",
    "mesa.training": "TrainingProcess learned training",
    "modelling.build": "model",
    "modelling.inference": "query",
    "modelling.mechanism": "bernoulli table uniform",
    "modelling.model": "Model",
    "modelling.parameter": "Parameter parameter",
    "modelling.policy": "Policy Rule policy",
    "quantities.behaviour": "intends_behaviourally",
    "quantities.belief": "Belief believes",
    "quantities.beside": "counterfactual_benefit counterfactual_harm expected_impact",
    "quantities.deceit": "Deception deceives incentive_to_deceive manipulation",
    "quantities.device": "AgentOrDevice agent_or_device",
    "quantities.direction": "directional_incentive side_effects",
    "quantities.goals": "GoalDirectedness capability_directedness goal_directedness",
    "quantities.indifference": "causal_indifference instructable_policy utility_indifference",
    "quantities.intention": "Intention intends",
    "quantities.quantity": "Quantity",
    "quantities.responding": "response_probability",
    "quantities.response": "has_ici has_impact has_ri",
    "quantities.secrets": "Secret conceals lies",
    "quantities.shutdown": "Shutdown shutdown",
    "quantities.unfairness": "counterfactual_unfairness introduced_unfairness",
    "quantities.values": "value_of_control value_of_information",
    "quantities.witness": "witness_model",
    "render.printers.dot": "dot graphviz",
    "render.printers.mermaid": "mermaid",
    "render.plot.chart": "Chart",
    "render.plot.curves": "curves",
    "render.plot.phase": "phase",
    "render.plot.plot": "plot",
    "render.plot.tornado": "tornado",
    "render.save": "save",
    "render.printers.svg": "svg",
    "render.printers.text": "text",
    "render.printers.tikz": "tikz",
    "solving.counterfactual.counterfactual": "Would counterfactual would",
    "solving.counterfactual.effects": "effect",
    "solving.counterfactual.objective": "path_specific_objective",
    "solving.explain": "UtilityTable explain_utility",
    "solving.games.equilibria": "equilibria",
    "solving.games.equilibrium": "Equilibria Equilibrium",
    "solving.games.regret": "regret",
    "solving.games.stackelberg": "stackelberg",
    "solving.many": "Solutions solve_many",
    "solving.solve": "Solution best_response solve",
    "solving.utility": "expected_utility",
    "structure.build": "cid",
    "structure.convert": "from_networkx",
    "structure.diagram": "CID Node",
    "structure.recall": "has_perfect_information has_perfect_recall has_sufficient_information subgames",
    "structure.reduction": "Reduction minimal_reduction reduce reduction",
    "structure.relevance": "RelevanceGraph has_sufficient_recall is_r_reachable is_requisite is_s_reachable is_soluble "
    "relevance_graph requisite_observations",
    "structure.separation": "active_path d_separated directed_path",
    "structure.verdict": "Judgement Verdict",
    "symbolic.condition": "Condition Piece",
    "symbolic.proof": "Proof",
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names.split()}
_NAMESPACES = ("builders", "interop")  # packages that are used by name: cm.builders.episodes()

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
