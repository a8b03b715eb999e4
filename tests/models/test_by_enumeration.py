"""Numbers that claims expect, found again by walking through all that can happen: no elimination, no induction."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import product
from math import prod

import numpy as np
import pytest

from cidmesa.library.file.definitions import policy_of
from cidmesa.library.policies import policies_for
from cidmesa.library.subject import Subject
from cidmesa.modelling.numbers import as_number, as_state
from cidmesa.solving.utility import only_agent

from .test_models import PARTS

MOST_POLICIES = 256


def courses(model, tables, fixed):
    """Yield each course of events that can happen, node -> position of its state, with its probability."""
    todo = [({}, Fraction(1))]
    for node in (n for n in model.cid.nodes if model.cid.kind(n) != "utility"):
        seen, todo = todo, []
        for course, chance in seen:
            if node in fixed:
                todo.append((course | {node: fixed[node]}, chance))
                continue
            names, values = tables[node]
            shares = values[tuple(course[parent] for parent in names[:-1])]
            todo += [(course | {node: k}, chance * share) for k, share in enumerate(shares) if share]
    return todo


def tables_of(model):
    return {node: (table.variables, table.values) for node, table in model.tables.items()}


def gain(model, tables, agent, course):
    return sum(
        as_number(tables[u][1][tuple(course[parent] for parent in tables[u][0])]) for u in model.cid.utilities_of(agent)
    )


def average(model, tables, value, given=None, do=None):
    """Return the mean of ``value(course)`` given what is observed, when some nodes are set."""
    given, do = ({n: model.state(n, as_state(v)) for n, v in (some or {}).items()} for some in (given, do))
    found = [(course, chance) for course, chance in courses(model, tables, do)
             if all(course[node] == state for node, state in given.items())]  # fmt: skip
    return sum(chance * value(course) for course, chance in found) / sum(chance for _, chance in found)


def best_policies(model, agent):
    """Return the greatest expected utility of any pure policy and the tables under those that get it."""
    tables, decisions = tables_of(model), model.cid.decisions
    shapes = [[len(model.domain(n)) for n in (*model.cid.parents(d), d)] for d in decisions]
    found = []
    for chosen in product(*(product(range(shape[-1]), repeat=prod(shape[:-1])) for shape in shapes)):
        rules = tables | {
            decision: ((*model.cid.parents(decision), decision), np.eye(shape[-1], dtype=int)[list(k)].reshape(shape))
            for decision, shape, k in zip(decisions, shapes, chosen, strict=True)
        }
        found.append((average(model, rules, lambda course, t=rules: gain(model, t, agent, course)), rules))
    best = max(value for value, _ in found)
    return best, [rules for value, rules in found if value == best]


def few(model):
    """Whether one agent decides, free in each decision, and has few enough policies to try them all."""
    if model.tied or len({model.cid.agent(d) for d in model.cid.decisions}) != 1:
        return False
    contexts = {d: prod(len(model.domain(p)) for p in model.cid.parents(d)) for d in model.cid.decisions}
    return prod(len(model.domain(d)) ** size for d, size in contexts.items()) <= MOST_POLICIES


def expected(subject, question):
    """Return what enumeration gives for a claim on an expected utility, under the first policy that it is about."""
    agent = question.agent or only_agent(subject.model, None)
    rules = next(iter(policies_for(subject, question.policy, bool(question.over or question.do))))
    model = subject.world(question.world, (*question.given, *question.do), agent)
    model = model.with_policy(rules.merged(policy_of(model, question.over)))
    tables = tables_of(model)
    return average(model, tables, lambda course: gain(model, tables, agent, course), question.given, question.do)


def chances(subject, question):
    """Return what enumeration gives for a claim on a node's states."""
    rules = next(iter(policies_for(subject, question.policy, bool(question.do))))
    model = subject.world(None, (question.node, *question.given, *question.do), None).with_policy(rules)
    tables, node = tables_of(model), question.node
    found = {
        state: average(model, tables, lambda course, k=k: course[node] == k, question.given, question.do)
        for k, state in enumerate(model.domain(node))
    }
    return {state: chance for state, chance in found.items() if chance} if question.state is None else (
        found[model.domain(node)[model.state(node, as_state(question.state))]])  # fmt: skip


def optimum(subject, question):
    """Return the value and what the best policies do, of one agent who decides all."""
    rules = policy_of(subject.model, question.policy)
    model = subject.model.with_policy(rules) if rules else subject.model
    if not few(model):
        return None
    value, policies = best_policies(model, question.agent or model.cid.agent(model.cid.decisions[0]))
    if question.decision is not None:
        return taken(model, policies, question.decision, question.when)
    return {"value": value, "plan": {d: taken(model, policies, d, {}) for d in subject.model.cid.decisions}}


def taken(model, policies, decision, when):
    """Return the options that some of the policies take where they get to ``when``."""
    when = {n: model.state(n, as_state(v)) for n, v in when.items()}
    seen = {course[decision] for rules in policies for course, _ in courses(model, rules, {})
            if all(course[n] == state for n, state in when.items())}  # fmt: skip
    options = [model.domain(decision)[k] for k in sorted(seen)]
    return options[0] if len(options) == 1 else options


FOUND_AGAIN = {"eu": expected, "query": chances, "optimal": optimum}


def same(found, expect):
    if isinstance(expect, dict):
        return all(same(found[key], expect[key]) for key in expect)
    if isinstance(expect, list):
        return isinstance(found, list) and set(found) == set(expect)
    if isinstance(expect, str) or isinstance(found, str | list):
        return found == expect
    return found == pytest.approx(float(expect), abs=1e-9)


@cache
def found_again(slug):
    """Return each claim on numbers that enumeration can decide, with what it expects and what was found."""
    part, subjects, answers = PARTS[slug], {}, []
    for claim in part.claims:
        if claim.kind not in FOUND_AGAIN or claim.xfail:
            continue
        key = repr((claim.of, sorted(claim.where.items())))
        subject = subjects.setdefault(key, Subject(part.at(**claim.where), claim.of))
        found = FOUND_AGAIN[claim.kind](subject, claim.question)
        expect = claim.expect
        if isinstance(expect, dict) and claim.kind == "optimal":
            expect = {key: expect[key] for key in expect if key != "count"}
        if found is not None and expect != {}:
            answers.append((claim, expect, found))
    return answers


@pytest.mark.parametrize("slug", PARTS)
def test_enumeration_gives_what_claims_expect(slug):
    assert [(c.id, expect, found) for c, expect, found in found_again(slug) if not same(found, expect)] == []


def test_most_claims_on_numbers_are_found_again():
    asked = [claim for part in PARTS.values() for claim in part.claims if claim.kind in FOUND_AGAIN]
    found = sum(len(found_again(slug)) for slug in PARTS)
    assert found >= 0.9 * len(asked), f"{found} of {len(asked)}"


def test_what_is_marked_as_enumerated_is():
    """Acting at random is nothing that a source speaks of, so such a claim is marked, and found again here."""
    marked = {(part.slug, claim.id) for part in PARTS.values() for claim in part.claims
              if claim.ours == "by enumeration"}  # fmt: skip
    random = {
        (part.slug, claim.id) for part in PARTS.values() for claim in part.claims if claim.id.startswith("random")
    }
    again = {(slug, claim.id) for slug in PARTS for claim, _, _ in found_again(slug)}
    assert len(marked) > 90
    assert marked <= again
    assert random <= marked
