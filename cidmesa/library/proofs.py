"""Proofs of claims: for each kind of question that a checker can follow, what shows its answer."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from functools import reduce
from itertools import count
from operator import add
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import cidmesa as cm
from cidmesa.errors import CidmesaError, FileError, NotApplicable
from cidmesa.formats import write
from cidmesa.library.file.definitions import policy_of
from cidmesa.library.kinds.choice import Equilibria, Eu, Optimal, Query
from cidmesa.library.kinds.conditional import Conditional
from cidmesa.library.kinds.graphical import Relevance, Requisite, Soluble
from cidmesa.library.kinds.incentive import _Incentive
from cidmesa.library.kinds.kind import many
from cidmesa.library.kinds.learned import Deceptive
from cidmesa.library.kinds.numerical import ValueOfInformation
from cidmesa.library.policies import policies_for, with_rules
from cidmesa.library.subject import Subject
from cidmesa.mesa.certificate import Certificate, certify_deception
from cidmesa.modelling.expression import Expression
from cidmesa.modelling.numbers import as_state
from cidmesa.modelling.policy import Policy
from cidmesa.proofs.choices import by_cells, mean, of_equilibrium, of_solution, optimum, options
from cidmesa.proofs.deception import of_certificate
from cidmesa.proofs.documents import Document, diagram
from cidmesa.proofs.verdicts import of_verdict
from cidmesa.solving.games.equilibrium import Equilibrium
from cidmesa.solving.optimal.solution import Solution
from cidmesa.solving.utility import only_agent
from cidmesa.structure.verdict import Verdict
from cidmesa.symbolic.condition import Condition
from cidmesa.symbolic.proof import condition_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from cidmesa.library.check.report import Report
    from cidmesa.library.claim import Outcome
    from cidmesa.library.scenario import Scenario
    from cidmesa.modelling.parameter import Parameter

__all__ = ["proof_of", "proof_of_outcome", "seen_from", "write_proofs"]


MAX_POLICIES = 20
NO_POLICY = Policy(())


def proof_of(result: object, *about: Any) -> dict[str, Any]:
    """Return a proof of a result, as plain data.

    Raises:
        NotApplicable: no checker can follow the reason, or the diagram or model in question is missing.

    >>> import cidmesa as cm
    >>> g = cm.cid("D -> U", decisions=["D"], utilities=["U"])
    >>> proof_of(cm.admits_ici(g, "D", "U"))["claims"][0]["kind"]
    'admits'
    """
    match result, about:
        case (Verdict(diagram=cm.CID() as cid), ()) | (Verdict(), (cm.CID() as cid,)):
            return of_verdict(result, cid).to_json()
        case Equilibrium(), (cm.Model() as model,):
            return of_equilibrium(result, model).to_json()
        case Solution(), ():
            return of_solution(result).to_json()
        case Certificate(), ():
            return of_certificate(result).to_json()
        case Condition(asked=(subject, question)), ():
            given = Expression(result.assuming) if result.assuming else None
            return _of_asked(subject, question, result.parameters, given).to_json()
    missing = {
        Verdict: "its diagram, as in verdict.proof(cid), because it holds none",
        Equilibrium: "its model, as in equilibrium.proof(model)",
    }
    needs = missing.get(type(result), "a question in words that a checker can follow")
    raise NotApplicable(f"a proof of this {type(result).__name__} needs {needs}.")


def proof_of_outcome(scenario: Scenario, outcome: Outcome) -> dict[str, Any]:
    """Return a proof, as plain data, of what was found for a claim of a scenario.

    Raises:
        NotApplicable: no checker can follow this kind of answer.

    >>> import cidmesa as cm
    >>> s = cm.load("everitt2021/grade-prediction")
    >>> claim = next(claim for claim in s.claims if claim.id == "requisite")
    >>> proof_of_outcome(s, next(o for o in cm.check(s) if o.claim == claim))["about"]
    'everitt2021/grade-prediction::requisite'
    """
    claim = outcome.claim
    if outcome.status in ("error", "skipped", "timeout"):
        raise NotApplicable(f"there is no answer to prove: {outcome.because or outcome.status}")
    subject = Subject(scenario.at(**claim.where), claim.of)
    for kind, proved in _PROVED.items():
        if isinstance(claim.question, kind):
            return proved(subject, claim.question, outcome.got).to_json(outcome.id)
    raise NotApplicable(f"no proof is known for answers to {claim.kind}.")


# --- diagrams -------------------------------------------------------------------------------------------------------


def _of_incentive(subject: Subject, question: Any, _: Any) -> Document:
    if left_out := [node for node in many(question.node) if subject.pruned(node)]:
        raise NotApplicable(f"{left_out[0]} is not in the diagram.")
    return _all(of_verdict(question.verdict(subject, node), subject.cid) for node in many(question.node))


def _of_requisite(subject: Subject, question: Any, _: Any) -> Document:
    cid = subject.cid
    nodes = many(question.node) if question.node is not None else cid.parents(question.decision)
    judged = ((node, bool(cm.is_requisite(cid, question.decision, node))) for node in nodes)
    claims = [{"of": node, "to": question.decision, "holds": holds} for node, holds in judged]
    return _read_off(subject, "requisite", claims)


def _of_relevance(subject: Subject, question: Any, _: Any) -> Document:
    cid = subject.cid
    ones = cid.decisions if question.source is None else (question.source,)
    others = cid.decisions if question.target is None else (question.target,)
    pairs = [(one, other) for one in ones for other in others if one != other or question.source is not None]
    judged = ((one, other, bool(cm.is_s_reachable(cid, one, other))) for one, other in pairs)
    return _read_off(subject, "relies", [{"of": a, "to": b, "holds": holds} for a, b, holds in judged])


def _of_soluble(subject: Subject, _: Any, got: Any) -> Document:
    return _read_off(subject, "soluble", [{"of": None, "to": None, "holds": bool(got)}])


def _read_off(subject: Subject, kind: str, claims: list[dict[str, Any]]) -> Document:
    if not claims:
        raise NotApplicable("there is no answer that a proof could show.")
    named = {"diagram": diagram(subject.cid)}
    return Document(named, tuple({"kind": "diagram", "model": "diagram", "relation": kind} | claim for claim in claims))


# --- numbers --------------------------------------------------------------------------------------------------------


def _of_optimal(subject: Subject, question: Any, got: Any) -> Document:
    model = subject.model
    fixed = _others_fixed(subject, question)
    if question.decision is not None:
        taken = got if isinstance(got, list) else [got]
        return options(model, fixed, question.decision, question.when, taken)
    policy = subject.policies(question.policy, question.agent)[0]
    (agent,) = dict.fromkeys(str(model.cid.agent(d)) for d in model.cid.decisions if d not in fixed)
    value = cm.expected_utility(model, policy, agent)
    plan = {d: taken if isinstance(taken, list) else [taken] for d, taken in got["plan"].items() if d not in fixed}
    parts = [options(model, fixed, decision, {}, taken) for decision, taken in plan.items()]
    return _all([optimum(model, agent, fixed, policy, value), *parts])


def _others_fixed(subject: Subject, question: Any) -> Policy:
    """Return the rules of all decisions but those of the one agent that decides."""
    model, fixed = subject.model, policy_of(subject.model, question.policy)
    left = [d for d in model.cid.decisions if d not in fixed]
    deciding = dict.fromkeys(str(model.cid.agent(d)) for d in left)
    agent = question.agent or (model.cid.agent(question.decision) if question.decision is not None else None)
    if len(deciding) < 2:
        return fixed
    if agent is None:
        raise NotApplicable(f"several agents decide ({', '.join(deciding)}); an equilibrium has a proof.")
    profile = subject.policies(question.policy, agent)[0]
    return fixed.merged(Policy(tuple(profile[d] for d in left if model.cid.agent(d) != agent)))


def _of_eu(subject: Subject, question: Any, got: Any) -> Document:
    agent = question.agent or only_agent(subject.model, None)
    model = subject.world(question.world, (*question.given, *question.do), agent)
    return _expected(subject, model, question, agent, got, bool(question.over or question.do))


def _of_query(subject: Subject, question: Any, got: Any) -> Document:
    model = subject.world(None, (question.node, *question.given, *question.do), None)
    chances = got if isinstance(got, dict) else {question.state: got}
    parts = (
        _expected(subject, model, question, {question.node: value}, chance, bool(question.do))
        for value, chance in chances.items()
    )
    return _all(parts)


def _expected(subject: Subject, model: cm.Model, question: Any, of: Any, value: Any, off_path: bool) -> Document:
    """Return the mean under all optimal policies, or of another world or off the path under each of those asked."""
    rules = {} if question.policy == "optimal" else question.policy
    fixed = policy_of(subject.model, rules)
    deciding = dict.fromkeys(str(model.cid.agent(d)) for d in model.cid.decisions if d not in fixed)
    if model is subject.model and len(deciding) < 2 and not off_path:
        agent = next(iter(deciding), None) or (of if isinstance(of, str) else "")
        return mean(model, agent, fixed, of, value, given=question.given)
    policies = policies_for(subject, question.policy, off_path=off_path)
    if len(policies) > MAX_POLICIES:
        raise NotApplicable(f"{len(policies)} policies are optimal.")
    return _all(_under(subject, model, question, of, value, policy) for policy in policies)


def _under(subject: Subject, model: cm.Model, question: Any, of: Any, value: Any, policy: Policy) -> Document:
    """Return the mean under one policy, and that this is optimal in the subject's model where one agent decides."""
    over = getattr(question, "over", {})
    followed = policy.merged(policy_of(model, over)) if over else policy
    known = Policy(tuple(followed[d] for d in model.cid.decisions))
    what = "" if model is subject.model else " of the world"
    got = mean(model, "", known, of, value, given=question.given, do=question.do, name=f"model{what}")
    own = subject.model
    fixed = policy_of(own, {} if question.policy == "optimal" else question.policy)
    deciding = dict.fromkeys(str(own.cid.agent(d)) for d in own.cid.decisions if d not in fixed)
    if len(deciding) != 1:
        return got
    (agent,) = deciding
    return got + optimum(own, agent, fixed, policy, cm.expected_utility(own, policy, agent))


def _of_equilibria(subject: Subject, question: Any, _: Any) -> Document:
    model = with_rules(subject, question.policy)
    found = cm.equilibria(model, question.concept, question.strategies, observations=question.observations)
    if not found:
        raise NotApplicable("no proof can be written that there is no equilibrium.")
    return _all(of_equilibrium(one, model) for one in found)


def _of_condition(subject: Subject, question: Any, got: Any) -> Document:
    region = question.answer(subject).got
    return _of_asked(subject, question, region.free(got), region.assuming)


def _of_asked(subject: Subject, question: Any, free: Sequence[Parameter], assuming: Expression | None) -> Document:
    asked = question.question
    if not isinstance(asked, Optimal) or asked.decision is None:
        raise NotApplicable("only a condition that asks which options are optimal has a proof.")
    meant = question.meant_answer if isinstance(question.meant_answer, list) else [question.meant_answer]
    options_meant = [as_state(option) for option in meant]
    decision = asked.decision

    def decide(values: Mapping[str, Any]) -> bool:
        return set(asked.taken(subject.at(values), decision)) == set(options_meant)

    def claimed(values: Any) -> Document:
        there = subject.at(values)
        return options(there.model, _others_fixed(there, asked), decision, asked.when, options_meant)

    return by_cells(condition_of(decide, free, question.kind, assuming), claimed)  # a proof compares in all contexts


def _of_information(subject: Subject, question: Any, _: Any) -> Document:
    model = with_rules(subject, question.policy)
    spec = model.cid.spec(question.decision)
    rest = tuple(parent for parent in spec.parents if parent != question.node)
    found = []
    for what, seen in (("with the link", (*rest, question.node)), ("without the link", rest)):
        solution = cm.solve(model.revised([cm.Node(spec.name, spec.kind, spec.agent, seen)]))
        found.append(optimum(solution.model, solution.agent, NO_POLICY, solution.policy, solution.value, what))
    return _all(found)


def _of_deception(subject: Subject, question: Any, _: Any) -> Document:
    composition = subject.composition
    return of_certificate(certify_deception(composition, judge=question.judge, of=question.optimizer))


def _all(parts: Iterable[Document]) -> Document:
    found: Document = reduce(add, parts)
    return found


_PROVED: dict[type, Callable[[Subject, Any, Any], Document]] = {
    _Incentive: _of_incentive,
    Requisite: _of_requisite,
    Relevance: _of_relevance,
    Soluble: _of_soluble,
    Optimal: _of_optimal,
    Eu: _of_eu,
    Query: _of_query,
    Equilibria: _of_equilibria,
    Conditional: _of_condition,
    ValueOfInformation: _of_information,
    Deceptive: _of_deception,
}


_ANSWERED = ("passed", "failed", "xfailed", "xpassed", "contradicted")


def write_proofs(report: Report, folder: Path, watch: Callable[[int], None] = lambda _: None) -> Report:
    """Write a proof of each answer that can have one, and return the report that knows the files.

    A file is called ``<slug>/<claim>.json``. ``watch`` is called with the number of answers looked at.

    Raises:
        FileError: a file cannot be written.

    >>> import cidmesa as cm, tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     found = write_proofs(cm.check("everitt2021/grade-prediction"), pathlib.Path(folder))
    ...     found.proofs["everitt2021/grade-prediction::requisite"].name
    'requisite.json'
    """
    parts, written, done = {part.slug: part for part in report.scenarios}, {}, count(1)
    for outcome in report:
        watch(next(done))
        if outcome.status not in _ANSWERED:
            continue
        try:
            proof = proof_of_outcome(parts[outcome.scenario], outcome)
        except CidmesaError:
            continue  # none is known; the count says how many there are
        file = _file(folder, outcome)
        _make(file.parent)
        write(file, json.dumps(proof, ensure_ascii=False, indent=1).encode() + b"\n")
        written[outcome.id] = file
    return replace(report, proofs=written)


def _file(folder: Path, outcome: Outcome) -> Path:
    names = (quote(name, safe="@") for name in outcome.scenario.split("/"))
    return folder.joinpath(*names) / f"{quote(outcome.claim.id, safe='')}.json"


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"{folder}: cannot be made: {error.strerror or error}.") from error


def seen_from(report: Report, folder: Path) -> Report:
    """Return the report with the places of its proofs as a page in a folder links to them."""
    there = {name: file.__class__(os.path.relpath(file, folder)) for name, file in report.proofs.items()}
    return replace(report, proofs=there)
