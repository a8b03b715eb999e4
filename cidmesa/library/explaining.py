"""`explained`: a claim in sentences: what is asked and what that means, what was found, and what shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cidmesa.errors import ScenarioError, near_miss
from cidmesa.library.check.report import CODES, MEANINGS
from cidmesa.library.formats.places import asked
from cidmesa.library.scenario import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cidmesa.library.scenario import Claim, Outcome, Scenario

__all__ = ["DEFINITIONS", "claim_of", "explained"]

DEFINITIONS: dict[str, str] = {
    "voi": "Value of information: in some model on the diagram the best expected utility is higher if the "
    "decision sees the node. For one decision that is so iff the node is not separated from the "
    "decision's utilities by what it sees.",
    "voc": "Value of control: in some model on the diagram the agent would gain by choosing the node's "
    "mechanism, too. For one decision that is so iff a directed path leads from the node to a utility in "
    "the reduced diagram.",
    "ri": "Response incentive: in some model on the diagram every optimal policy answers to changes of the "
    "node. For one decision that is so iff a directed path leads from the node to the decision once "
    "observations of no use are gone.",
    "ici": "Instrumental control incentive: in some model on the diagram the agent gets its utility through the "
    "node, so that it would choose otherwise to set it. For one decision that is so iff a directed path "
    "leads from the decision through the node to a utility.",
    "impact": "Impact incentive: in some model on the diagram every optimal policy makes the node different from "
    "what it is under a baseline, wanted or not. That is so iff directed paths lead from the decision to "
    "the node and to a utility.",
    "unfairness_possible": "In some model on the diagram all optimal rules treat someone otherwise than they would, "
    "had the "
    "attribute been another; with a label: an optimal prediction may differ more by the attribute than "
    "the label does.",
    "requisite": "An observation is requisite for a decision if it is not separated from the decision's utilities by "
    "the decision and what else it sees; the others can be ignored without loss.",
    "soluble": "The diagram is soluble if the decisions can be put in an order in which each can be optimised "
    "without knowing the rules of those that come after it in this order.",
    "relevance": "A decision relies on another if its best rule can depend on the other's rule.",
    "pattern": "A reasoning pattern is a reason for which a decision can matter to its owner: its direct effect, or "
    "its effect on another's decision by changing what pays (manipulation), telling (signalling) or "
    "hiding (revealing-denying).",
    "deception_possible": "In some model on the diagram one agent can make another believe what is false of the nodes.",
    "optimal": "What the policies with the highest expected utility do there.",
    "eu": "The expected utility of an agent when all follow the policy; decisions without a rule are chosen optimally.",
    "query": "The probability of states of a node when all follow the policy.",
    "equilibria": "Profiles of policies in which nobody gains by another policy; subgame perfect ones also in every "
    "part of the game that can be played by itself.",
    "value_of_information": "How much higher the best expected utility is with the link from the node to the decision.",
    "value_of_control": "How much the best expected utility rises if the agent may also choose the node's mechanism.",
    "has_ri": "In this model every optimal policy answers to some change of the node.",
    "has_ici": "In this model all optimal policies get utility through the node; the number is by how much, at least.",
    "has_impact": "In this model all optimal policies make the node differ from what it is under the baseline; the "
    "number is how probably, at least.",
    "intends": "An outcome is intended if another policy would do as well, were just that outcome secured.",
    "believes": "An agent believes a proposition if it acts as it would if it saw that the proposition is true, and "
    "would act otherwise if it saw that it is false.",
    "deceives": "One agent deceives another if it causes on purpose what the other does, the other believes what is "
    "false, and the first does not believe it itself.",
    "effect": "The change of a node's expectation when the cause is set to one value instead of another; direct, "
    "indirect and path effects count the change only along some links.",
    "goal_directedness": "How much better than by chance the policy is predicted by supposing that it pursues the "
    "goal, in "
    "nats (maximum entropy goal-directedness).",
    "shutdown": "Shutdown instructable: it stops when asked, keeps the human able to see when to ask, and does no "
    "harm by stopping.",
    "fairness": "Counterfactually fair: had the attribute been another, all else being equal, each option would have "
    "been as probable; with a label: the prediction differs no more by the attribute than the label does.",
    "deceptive": "Deceptively aligned: it does what training scores best; with an objective that ends with the episode "
    "it would not; nor would it if its parameters could not change; and in deployment it does otherwise.",
    "alignment": "Robustly aligned: its optimal policies are the best for the base objective in every environment; "
    "pseudo-aligned: in training only; misaligned: not even there.",
    "proxy_class": "How what the mesa-optimizer is after hangs together with what training scores: is it the same, its "
    "cause, its side effect, or do both have a cause in common?",
    "selected": "Which of the mesa-optimizers training selects, judged by what each does in training.",
    "incentive_gap": "Which incentives training has and the mesa-optimizer has not, and the reverse.",
    "discover": "What adapts its rule when its actions come to have other effects, and for what: these are the agents.",
    "consistent_objectives": "Whether the behaviour is optimal for the objective.",
    "distance": "How far two objectives are from ranking all policies alike: 0 if they do, 1 if they rank them "
    "oppositely.",
    "condition": "For which values of the parameters the answer is as asked.",
}


def claim_of(scenario: Scenario, name: str) -> Claim:
    """Return the claim with this id.

    Raises:
        ScenarioError: there is none; names the nearest.

    """
    claims = {claim.id: claim for claim in scenario.claims}
    if name not in claims:
        raise ScenarioError(f"{scenario.slug} has no claim {name!r}.{near_miss(name, claims)} "
                            f"Claims: {', '.join(claims) or 'none'}.")  # fmt: skip
    return claims[name]


def explained(scenario: Scenario, outcome: Outcome) -> str:
    """Return in sentences what a claim asks, what was found, and what shows it."""
    return "\n".join(_lines(scenario, outcome))


def _lines(scenario: Scenario, outcome: Outcome) -> Iterator[str]:
    claim = outcome.claim
    yield f"{outcome.id} ({scenario.title})"
    yield f"says: {claim.says}"
    if claim.ours:
        yield f"ours, not the source's: {claim.ours}"
    elif scenario.source is not None:
        yield f"source: {scenario.source.key}, {claim.place or scenario.source.where}".rstrip(", ")
    yield f"asked: {asked(claim)}, of {_subject(scenario, claim)}"
    yield f"means: {DEFINITIONS[claim.kind]}"
    yield f"expected: {shown(claim.expect)}"
    if outcome.status not in ("error", "timeout"):
        yield f"found: {shown(outcome.got)}"
    yield f"because: {outcome.because}"
    if outcome.witness:
        yield f"witness: {' -> '.join(outcome.witness)}"
    if outcome.numbers:
        yield f"in numbers: {outcome.numbers}"
    if claim.xfail:
        yield f"marked as false: {claim.xfail}"
    yield f"place: {claim.at}"
    yield f"so: {_verdict(outcome)}"


def _subject(scenario: Scenario, claim: Claim) -> str:
    if claim.of is None:
        return "the diagram of the file"
    spec = scenario.specs[claim.of]
    return f"the diagram composed with {claim.of} (an objective with scope {spec.scope}, aware: {spec.aware})"


def _verdict(outcome: Outcome) -> str:
    if outcome.status in CODES:
        return f"{MEANINGS[outcome.status]} ({CODES[outcome.status]})"
    return {"passed": "the claim holds", "xfailed": "the sentence is false, as it is marked"}[outcome.status]
