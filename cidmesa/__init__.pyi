# The public names, by group, and where they live. Type checkers and editors read this file; __init__.py reads it to
# load a name on first use and to group the names in help(cidmesa); the site reads it for the API reference.

__version__: str

"diagrams: nodes, links and what they imply"

from cidmesa.structure.build import cid as cid
from cidmesa.structure.diagram import CID as CID, Node as Node
from cidmesa.structure.recall import (
    has_perfect_information as has_perfect_information,
    has_perfect_recall as has_perfect_recall,
    has_sufficient_information as has_sufficient_information,
    subgames as subgames,
)
from cidmesa.structure.reduction import (
    Reduction as Reduction,
    minimal_reduction as minimal_reduction,
    reduce as reduce,
    reduction as reduction,
)
from cidmesa.structure.relevance import (
    RelevanceGraph as RelevanceGraph,
    has_sufficient_recall as has_sufficient_recall,
    is_r_reachable as is_r_reachable,
    is_requisite as is_requisite,
    is_s_reachable as is_s_reachable,
    is_soluble as is_soluble,
    relevance_graph as relevance_graph,
    requisite_observations as requisite_observations,
)
from cidmesa.structure.separation import (
    active_path as active_path,
    d_separated as d_separated,
    directed_path as directed_path,
)

"models: numbers on a diagram, and policies"

from cidmesa.modelling.construction import model as model
from cidmesa.modelling.inference import query as query
from cidmesa.modelling.menu import menu as menu
from cidmesa.modelling.model import Model as Model
from cidmesa.modelling.parameter import Parameter as Parameter, parameter as parameter
from cidmesa.modelling.policy import Policy as Policy, Rule as Rule, policy as policy
from cidmesa.modelling.shorthand import bernoulli as bernoulli, table as table, uniform as uniform
from cidmesa.modelling.unrolling import unroll as unroll

"incentives: what a diagram admits"

from cidmesa.criteria.concepts import (
    admits_ici as admits_ici,
    admits_impact as admits_impact,
    admits_ri as admits_ri,
    admits_voc as admits_voc,
    admits_voi as admits_voi,
)
from cidmesa.criteria.deception import deception_possible as deception_possible
from cidmesa.criteria.diff import IncentiveDiff as IncentiveDiff, incentive_diff as incentive_diff
from cidmesa.criteria.edit import Removal as Removal, remove_incentive as remove_incentive
from cidmesa.criteria.fairness import (
    admits_introduced_unfairness as admits_introduced_unfairness,
    admits_unfairness as admits_unfairness,
)
from cidmesa.criteria.finer import (
    admits_direct_voc as admits_direct_voc,
    admits_indirect_voc as admits_indirect_voc,
    admits_path_specific_ici as admits_path_specific_ici,
    admits_set as admits_set,
)
from cidmesa.criteria.incentives import IncentiveTable as IncentiveTable, incentives as incentives
from cidmesa.criteria.patterns import Patterns as Patterns, reasoning_patterns as reasoning_patterns
from cidmesa.structure.verdict import Judgement as Judgement, Verdict as Verdict

"solving: optimal policies and counterfactuals"

from cidmesa.solving.counterfactual.counterfactual import (
    Would as Would,
    counterfactual as counterfactual,
    would as would,
)
from cidmesa.solving.counterfactual.effects import effect as effect, path_specific_objective as path_specific_objective
from cidmesa.solving.optimal.solution import Solution as Solution, best_response as best_response, solve as solve
from cidmesa.solving.optimal.solve_many import Solutions as Solutions, solve_many as solve_many
from cidmesa.solving.utility import (
    UtilityTable as UtilityTable,
    expected_utility as expected_utility,
    explain_utility as explain_utility,
)

"games: equilibria of several agents"

from cidmesa.solving.games.equilibria import equilibria as equilibria
from cidmesa.solving.games.equilibrium import Equilibria as Equilibria, Equilibrium as Equilibrium
from cidmesa.solving.games.regret import regret as regret
from cidmesa.solving.games.self_confirming import (
    SelfConfirmed as SelfConfirmed,
    self_confirming as self_confirming,
)
from cidmesa.solving.games.stackelberg import stackelberg as stackelberg
from cidmesa.solving.games.subjective import (
    BestResponses as BestResponses,
    Subjective as Subjective,
    recursive_best_response as recursive_best_response,
    subjective as subjective,
)

"mesa: from training to the mesa-optimizer"

from cidmesa import builders as builders
from cidmesa.library.kinds.derived import answers as answers
from cidmesa.mesa.case.argument import Case as Case
from cidmesa.mesa.case.credences import answer_chance as answer_chance
from cidmesa.mesa.case.implicants import (
    Implicant as Implicant,
    chance_of as chance_of,
    cover as cover,
    prime_implicants as prime_implicants,
)
from cidmesa.mesa.case.safety import safety_case as safety_case
from cidmesa.mesa.case.verdicts import VerdictTable as VerdictTable, verdicts as verdicts
from cidmesa.mesa.certificate import Certificate as Certificate, certify_deception as certify_deception
from cidmesa.mesa.coherence import Coherence as Coherence, coherence as coherence
from cidmesa.mesa.compose import compose as compose
from cidmesa.mesa.composition import Composition as Composition
from cidmesa.mesa.derive import evidence as evidence, families as families
from cidmesa.mesa.derive.derivation import Derivation as Derivation, derive as derive
from cidmesa.mesa.derive.near_optimality import NearlyOptimal as NearlyOptimal, nearly_optimal as nearly_optimal
from cidmesa.mesa.derive.overseer import overseer as overseer, voi as voi
from cidmesa.mesa.derive.probability import Probability as Probability
from cidmesa.mesa.derive.soft import (
    SoftDeception as SoftDeception,
    quantal_response as quantal_response,
    soft_deception as soft_deception,
)
from cidmesa.mesa.discover import Discovery as Discovery, discover as discover
from cidmesa.mesa.discrimination import Discrimination as Discrimination, discriminate as discriminate
from cidmesa.mesa.distance import ObjectiveDistance as ObjectiveDistance, objective_distance as objective_distance
from cidmesa.mesa.entropy import (
    Rationalisation as Rationalisation,
    maximum_entropy_objective as maximum_entropy_objective,
)
from cidmesa.mesa.explanation import Explanation as Explanation, explain as explain
from cidmesa.mesa.gap import IncentiveGap as IncentiveGap, incentive_gap as incentive_gap
from cidmesa.mesa.labour import division_of_labour as division_of_labour, selection_game as selection_game
from cidmesa.mesa.mechanised import (
    MechanisedGraph as MechanisedGraph,
    agents_from as agents_from,
    mechanised as mechanised,
)
from cidmesa.mesa.mitigation import (
    Mitigation as Mitigation,
    Sensitivity as Sensitivity,
    mitigate as mitigate,
    sensitivity as sensitivity,
)
from cidmesa.mesa.objectives import (
    ConsistentObjectives as ConsistentObjectives,
    consistent_objectives as consistent_objectives,
)
from cidmesa.mesa.prediction import (
    Predictability as Predictability,
    harm_bounds as harm_bounds,
    predictable as predictable,
)
from cidmesa.mesa.proxy import position as position, proxy_class as proxy_class
from cidmesa.mesa.reports import deceives_by_report as deceives_by_report
from cidmesa.mesa.robustness import Robustness as Robustness, robustness as robustness
from cidmesa.mesa.roles import learned as learned
from cidmesa.mesa.search import search_degree as search_degree
from cidmesa.mesa.select import Selection as Selection, select as select
from cidmesa.mesa.spec import MesaSpec as MesaSpec
from cidmesa.mesa.systems import System as System, system as system
from cidmesa.mesa.taxonomy import Alignment as Alignment, alignment as alignment
from cidmesa.mesa.training import TrainingProcess as TrainingProcess, training as training

"runs: evidence from real training runs"

from cidmesa import runs as runs

"quantities: incentives and attitudes in numbers"

from cidmesa.quantities.behavioural_intention import intends_behaviourally as intends_behaviourally
from cidmesa.quantities.belief import Belief as Belief, believes as believes
from cidmesa.quantities.control_incentives import (
    directional_incentive as directional_incentive,
    has_ici as has_ici,
    has_impact as has_impact,
    side_effects as side_effects,
)
from cidmesa.quantities.device import AgentOrDevice as AgentOrDevice, agent_or_device as agent_or_device
from cidmesa.quantities.goal_directedness import (
    GoalDirectedness as GoalDirectedness,
    capability_directedness as capability_directedness,
    goal_directedness as goal_directedness,
)
from cidmesa.quantities.harm_and_impact import (
    counterfactual_benefit as counterfactual_benefit,
    counterfactual_harm as counterfactual_harm,
    expected_impact as expected_impact,
)
from cidmesa.quantities.indifference import (
    causal_indifference as causal_indifference,
    instructable_policy as instructable_policy,
    utility_indifference as utility_indifference,
)
from cidmesa.quantities.information import (
    has_ri as has_ri,
    response_probability as response_probability,
    value_of_control as value_of_control,
    value_of_information as value_of_information,
)
from cidmesa.quantities.intended_deception import (
    Deception as Deception,
    deceives as deceives,
    incentive_to_deceive as incentive_to_deceive,
    manipulation as manipulation,
)
from cidmesa.quantities.intention import Intention as Intention, intends as intends
from cidmesa.quantities.quantity import Quantity as Quantity
from cidmesa.quantities.shutdown import Shutdown as Shutdown, shutdown as shutdown
from cidmesa.quantities.signalling import Secret as Secret, conceals as conceals, lies as lies
from cidmesa.quantities.unfairness import (
    counterfactual_unfairness as counterfactual_unfairness,
    introduced_unfairness as introduced_unfairness,
)
from cidmesa.quantities.witness import witness_model as witness_model

"conditions: for which parameters something holds"

from cidmesa.library.conditions import conditions as conditions, prove as prove
from cidmesa.symbolic.condition import Condition as Condition, Piece as Piece
from cidmesa.symbolic.proof import Proof as Proof

"figures: diagrams and charts"

from cidmesa.explorer.widget import explore as explore
from cidmesa.render.charts.chart import Chart as Chart
from cidmesa.render.charts.curves import curves as curves
from cidmesa.render.charts.evidence import (
    plot_effects as plot_effects,
    plot_scope as plot_scope,
    plot_shares as plot_shares,
    plot_thresholds as plot_thresholds,
    plot_triangle as plot_triangle,
)
from cidmesa.render.charts.phase import phase as phase
from cidmesa.render.charts.plot import plot as plot, tornado as tornado
from cidmesa.render.printers.dot import dot as dot, graphviz as graphviz
from cidmesa.render.printers.mermaid import mermaid as mermaid
from cidmesa.render.printers.svg import svg as svg
from cidmesa.render.printers.text import text as text
from cidmesa.render.printers.tikz import tikz as tikz

"library: scenarios, claims, sweeps"

from cidmesa.library.check.check import check as check
from cidmesa.library.claim import Claim as Claim, Outcome as Outcome
from cidmesa.library.file.loader import load as load, scenarios as scenarios
from cidmesa.library.scenario import Scenario as Scenario
from cidmesa.library.sweep.result import SweepTable as SweepTable
from cidmesa.library.sweep.rows import SweepRow as SweepRow
from cidmesa.library.sweep.running import sweep as sweep

"interop: files and objects of other tools"

from cidmesa import interop as interop
from cidmesa.library.convert import save as save
from cidmesa.structure.build import from_networkx as from_networkx

"errors: what can go wrong"

from cidmesa.errors import (
    CidmesaError as CidmesaError,
    ComposeError as ComposeError,
    CyclicError as CyclicError,
    DiagramError as DiagramError,
    FileError as FileError,
    FormatError as FormatError,
    ModelError as ModelError,
    NotApplicable as NotApplicable,
    ScenarioError as ScenarioError,
    TooLarge as TooLarge,
    UnknownNode as UnknownNode,
)
