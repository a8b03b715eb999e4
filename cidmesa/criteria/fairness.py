"""Fairness read off a diagram: counterfactual unfairness and introduced unfairness."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from cidmesa.criteria.concepts import admits_ri
from cidmesa.errors import NotApplicable
from cidmesa.structure.relevance import requisite_observations
from cidmesa.structure.separation import active_path
from cidmesa.structure.verdict import Verdict

if TYPE_CHECKING:
    from cidmesa.structure.diagram import CID

__all__ = ["admits_introduced_unfairness", "admits_unfairness"]

_UNFAIR = "Everitt et al. 2021, Theorems 12 and 14"
_INTRODUCED = "Ashurst et al. 2022, criterion for introduced total variation"


def admits_unfairness(cid: CID, decision: str, attribute: str) -> Verdict:
    r"""Return whether in some model all optimal policies are counterfactually unfair with respect to ``attribute``.

    Counterfactually fair: :math:`P(D_{a'} = d \mid pa_D, a) = P(D = d \mid pa_D, a)` for all d and all a, a', pa_D with
    :math:`P(pa_D, a) > 0`. All optimal policies are unfair iff the decision has a response incentive on the attribute,
    so the criterion and the witness are those of `admits_ri`. The attribute need not be observed; proxies suffice.
    Source: Kusner et al. 2017; Everitt et al. 2021, Definition 13, Theorems 12 and 14.

    Args:
        cid: the diagram.
        decision: the decision that may be unfair.
        attribute: the sensitive attribute, a chance node.

    Raises:
        DiagramError: ``decision`` is not a decision.
        NotApplicable: the attribute is not a chance node.
        UnknownNode: the diagram has no node of that name.

    >>> from cidmesa import cid
    >>> g = cid("Race -> School -> Grade, P; Gender -> P; P, Grade -> U", decisions=["P"], utilities=["U"])
    >>> bool(admits_unfairness(g, "P", "Race")), bool(admits_unfairness(g, "P", "Gender"))
    (True, False)
    """
    _check_attribute(cid, attribute)
    verdict = admits_ri(cid, decision, attribute)
    several = "" if verdict.theorem.startswith("Everitt") else f"; {verdict.theorem}"
    return replace(verdict, concept="unfairness", theorem=_UNFAIR + several)


def admits_introduced_unfairness(
    cid: CID, decision: str, attribute: str, label: str, *, loss: Literal["any", "p-admissible"] = "any"
) -> Verdict:
    r"""Return whether, in some model, an optimal predictor is more unfair than the label that it predicts.

    Introduced total variation: :math:`|E[\hat Y \mid a_1] - E[\hat Y \mid a_0]| - |E[Y \mid a_1] - E[Y \mid a_0]| > 0`.
    Criterion: some requisite observation of the prediction is d-connected to the attribute (given nothing). A
    ``"p-admissible"`` loss (the conditional mean is optimal, as for squared error) requires two more conditions: the
    predictor does not observe the attribute, and the attribute is d-connected to the loss given what the predictor
    observes. The answer is about possibility: most models on such a diagram introduce no unfairness. The witness is the
    path attribute - ... - observation.
    Source: Ashurst, Carey, Chiappa and Everitt 2022.

    Args:
        cid: a supervised learning diagram: one decision, and one utility whose parents are the label and the decision.
        decision: the prediction.
        attribute: the sensitive attribute, a chance node.
        label: the predicted chance node.
        loss: what is known about the loss: nothing, or that it is "p-admissible".

    Raises:
        NotApplicable: the diagram is of another form.
        DiagramError: ``decision`` is not a decision.
        UnknownNode: the diagram has no node of that name.

    >>> from cidmesa import cid
    >>> g = cid("Y, A -> W -> P; P, Y -> U", decisions=["P"], utilities=["U"])
    >>> admits_introduced_unfairness(g, "P", "A", "Y").witness
    ('A', 'W', 'P')
    >>> bool(admits_introduced_unfairness(g.with_link("A", "P"), "P", "A", "Y", loss="p-admissible"))
    False
    """
    _check_learning(cid, cid.known_decision(decision), attribute, label)
    if loss not in ("any", "p-admissible"):
        raise NotApplicable(f"loss={loss!r}: give 'any' or 'p-admissible'.")
    seen = cid.parents(decision)
    theorem = _INTRODUCED if loss == "any" else f"{_INTRODUCED} under a P-admissible loss"

    def verdict(status: Literal["admits", "excluded"], witness: tuple[str, ...], reason: str) -> Verdict:
        agent = str(cid.agent(decision))
        return Verdict("introduced unfairness", agent, decision, attribute, status, witness, reason, theorem, cid)

    if loss != "any" and attribute in seen:
        return verdict("excluded", (attribute, decision), f"{decision} sees {attribute} and can correct for it")
    if loss != "any" and not active_path(cid, attribute, cid.utilities, seen):
        shown = ", ".join(seen)
        return verdict("excluded", seen, f"given {{{shown}}}, {attribute} says nothing about the loss")
    paths = (active_path(cid, attribute, feature) for feature in requisite_observations(cid, decision))
    path = min(filter(None, paths), key=len, default=())
    if not path:
        return verdict("excluded", (), f"no requisite observation of {decision} is connected to {attribute}")
    return verdict("admits", (*path, decision), f"{' - '.join(path)}, and {path[-1]} is requisite for {decision}")


def _check_attribute(cid: CID, attribute: str) -> None:
    if (kind := cid.kind(attribute)) != "chance":
        raise NotApplicable(
            f"{attribute!r} is a {kind} node; fairness is about a chance node. "
            f"The chance nodes are: {', '.join(cid.chance_nodes) or 'none'}."
        )


def _check_learning(cid: CID, decision: str, attribute: str, label: str) -> None:
    _check_attribute(cid, attribute)
    _check_attribute(cid, label)
    if len(cid.decisions) != 1 or len(cid.utilities) != 1:
        raise NotApplicable(
            f"introduced unfairness is defined for one prediction and one loss, but there are "
            f"{len(cid.decisions)} decisions and {len(cid.utilities)} utilities."
        )
    loss = cid.utilities[0]
    if set(cid.parents(loss)) != {label, decision}:
        raise NotApplicable(
            f"the loss {loss!r} must have the parents {label} and {decision}, "
            f"not {', '.join(cid.parents(loss)) or 'none'}."
        )
