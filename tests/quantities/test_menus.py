"""Quantities where options depend on the context, from their definitions: all policies of what there is, all noise."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from fractions import Fraction
from random import Random

import pytest

import cidmesa as cm
from cidmesa.modelling.shorthand import as_mechanism
from tests.laws.test_menus import count, dear, every_policy, in_floats, small_games, with_menus, worth
from tests.quantities.enumeration import evaluate, noise_settings, total
from tests.random_models import random_model

MOST = 64


class Enumerated:
    """A model of one decision with all settings of its noise, and its pure policies among what there is."""

    def __init__(self, model):
        self.model, (self.decision,) = model, model.cid.decisions
        self.worlds = list(noise_settings(model))
        policies = [self._as_functions(rules) for rules in every_policy(model)]
        worth = [sum(p * total(model, evaluate(model, field, rule)) for p, field in self.worlds) for rule in policies]
        self.optimal = [rule for rule, got in zip(policies, worth, strict=True) if got == max(worth)]

    def _as_functions(self, rules):
        return {d: (lambda seen, rule=rule: rule[tuple(seen.values())]) for d, rule in rules.items()}

    def seen(self, found):
        return {parent: found[parent] for parent in self.model.cid.parents(self.decision)}

    def by_context(self, rule):
        """The settings of the noise with what happens in them, by what the decision sees."""
        groups = {}
        for p, field in self.worlds:
            found = evaluate(self.model, field, rule)
            groups.setdefault(tuple(self.seen(found).items()), []).append((p, field, found))
        return groups

    def gaps(self, rule, node):
        """For each context and option there: P(context), E[U with the node as under the option] - E[U], and chances."""
        for seen, group in self.by_context(rule).items():
            chance = sum(p for p, _, _ in group)
            for option in self.model.options(self.decision, dict(seen)):
                gap, states = Fraction(0), []
                for p, field, found in group:
                    other = evaluate(self.model, field, rule, {self.decision: option})[node]
                    nested = evaluate(self.model, field, rule, {node: other})
                    gap += p * (total(self.model, nested) - total(self.model, found)) / chance
                    states.append((p / chance, found[node], other))
                yield gap, states

    def ici(self, node):
        return min(max(abs(gap) for gap, _ in self.gaps(rule, node)) for rule in self.optimal)

    def direction(self, node, state):
        def strength(rule):
            likelier = (
                -gap
                for gap, states in self.gaps(rule, node)
                if sum(p * ((here == state) - (there == state)) for p, here, there in states) > 0 > gap
            )
            return max(likelier, default=0)

        return min(strength(rule) for rule in self.optimal)

    def responds(self, node):
        def often(rule, state):
            pairs = (
                (p, evaluate(self.model, f, rule), evaluate(self.model, f, rule, {node: state})) for p, f in self.worlds
            )
            return sum(p for p, here, there in pairs if here[self.decision] != there[self.decision])

        return min(max(often(rule, state) for state in self.model.domain(node)) for rule in self.optimal)

    def impact(self, node):
        def moved(rule):
            found = Fraction(0)
            for p, field in self.worlds:
                here = evaluate(self.model, field, rule)
                options = self.model.options(self.decision, self.seen(here))
                for option in options:
                    there = evaluate(self.model, field, rule, {self.decision: option})
                    found += p * (here[node] != there[node]) / len(options)
            return found

        return min(moved(rule) for rule in self.optimal)


def small_models(number, seed):
    rng = Random(seed)
    while number:
        model = with_menus(rng, random_model(rng, max_nodes=4, max_decisions=1))
        few = sum(1 for _ in itertools.islice(noise_settings(model), MOST + 1)) <= MOST
        if model.menus and few and count(model) <= MOST:
            number -= 1
            yield model


def test_incentives_are_those_of_the_definitions():
    tried = Counter()
    for model in small_models(150, "menus"):
        known = Enumerated(model)
        d = known.decision
        for node in model.cid.nodes:
            pairs = [("ici", cm.has_ici(model, d, node).value, known.ici(node))]
            pairs.append(("impact", cm.has_impact(model, d, node).value, known.impact(node)))
            if model.cid.kind(node) == "chance":
                response = known.responds(node)
                pairs.append(("ri", bool(cm.has_ri(model, d, node)), response > 0))
                pairs.append(("response", cm.response_probability(model, d, node).value, response))
                for state in model.domain(node):
                    aim = cm.directional_incentive(model, d, node, state).value
                    pairs.append(("direction", aim, known.direction(node, state)))
            for name, found, wanted in pairs:
                assert found == wanted, (model, name, node)
                tried[name, bool(found)] += 1
    assert min(tried[name, True] for name in ("ici", "impact", "ri", "response", "direction")) > 10, tried


def test_floats_agree_with_fractions():
    for model in small_models(30, "floats"):
        (d,) = model.cid.decisions
        for node in model.cid.nodes:
            assert float(cm.has_ici(in_floats(model), d, node)) == pytest.approx(float(cm.has_ici(model, d, node)))
            assert float(cm.has_impact(in_floats(model), d, node)) == pytest.approx(
                float(cm.has_impact(model, d, node))
            )


def test_a_lot_among_best_options_is_among_what_there_is():
    g = cm.cid("S -> D; D -> X; S, X -> U", decisions=["D"], utilities=["U"])
    said = {"S": cm.uniform([0, 1]), "X": "D", "U": "X * X if S else 0"}
    free = cm.model(g, said, D=[-1, 0, 1])
    kept = cm.model(g, said, D=lambda S: [-1, 1] if S else [-1, 0, 1])
    assert [float(cm.has_ici(m, "D", "X", policies="all")) for m in (free, kept)] == [1, 0]


def test_no_policy_can_help_responding_if_no_option_is_everywhere():
    g = cm.cid("S -> D; D -> U", decisions=["D"], utilities=["U"])
    m = cm.model(g, S={0: 1, 1: 0}, D=lambda S: ["b"] if S else ["a", "c"], U=0)
    found = cm.has_ri(m, "D", "S")
    assert found
    assert found.witness == ((("S", 0),), (("S", 1),))


# --- many settings, goals, agents and devices ---------------------------------------------------------------------


def test_many_settings_have_the_optima_of_each():
    g = cm.cid("S -> D; S, D -> X; X, D -> U", decisions=["D"], utilities=["U"])
    m = cm.model(
        g, S=cm.bernoulli("p"), D=lambda S: ["a", "b", "c"] if S else ["a", "b"], X="(D == 'b') * S",
        U="k * X + (D == 'c') * p", parameters={"p": "1/2", "k": 3},
    )  # fmt: skip
    settings = {"p": [0, 0.25, 1, 0.5], "k": [-1, 0, 0.5, 1000]}
    found = cm.solve_many(m, settings)
    for i, (p, k) in enumerate(zip(*settings.values(), strict=True)):
        one = m.substitute(p=p, k=k)
        best = float(cm.solve(one).value)
        assert found.values[i] == pytest.approx(best)
        assert float(cm.expected_utility(one, found.policy(i))) == pytest.approx(best)
    free = cm.model(g, dict(m.mechanisms), D=["a", "b", "c"], parameters=m.parameters)
    assert found.values[1] < cm.solve_many(free, settings).values[1]


def aimed(model, text):
    """The model in which an expression over a node is all that counts."""
    (node,) = (n for n in model.cid.nodes if n in text)
    spec, said = cm.Node("aim", "utility", "agent", (node,)), {"aim": as_mechanism(text, [node])}
    return model.revised([spec], mechanisms=said, without=model.cid.utilities)


def test_behaviour_reveals_what_makes_it_optimal_among_what_there_is():
    tried = Counter()
    for number, model in enumerate(small_models(80, "reveals")):
        (d,) = model.cid.decisions
        rules = Random(number).choice(list(every_policy(model)))
        rule = {d: as_table(model, d, rules)}
        for node in model.cid.chance_nodes:
            found = cm.consistent_objectives(model, rule, [node])
            for text in (node, f"-{node}"):
                best = cm.solve(aimed(model, text)).value == cm.expected_utility(aimed(model, text), rule)
                assert found.contains(text) == best, (model, text)
                tried[best] += node in model.cid.descendants(d)
    assert min(tried.values()) > 10, tried


def ranks(model, text):
    """How an objective ranks the pure policies, up to its zero and unit."""
    values = [worth(aimed(model, text), rules) for rules in every_policy(model)]
    spread = max(values) - min(values)
    return [(value - min(values)) / spread for value in values] if spread else None


def test_objectives_are_at_no_distance_iff_they_rank_the_policies_alike():
    tried = Counter()
    for model in small_models(60, "ranks"):
        one, other, *_ = [n for n in model.cid.nodes if model.cid.kind(n) != "utility"]
        for first, second in itertools.product((one, other), repeat=2):
            for sign in ("", "-"):
                alike = ranks(model, first) == ranks(model, f"{sign}{second}")
                assert (cm.objective_distance(first, f"{sign}{second}", model).value == 0) == alike
                tried[alike] += ranks(model, first) is not None
    assert min(tried.values()) > 10, tried


def test_the_objective_of_a_soft_policy_is_found_again():
    g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    m = cm.model(g, S=cm.uniform([0, 1]), D=lambda S: [0, 1, 2] if S else [1, 2], U=0)
    power = {o: math.exp(o) for o in (0, 1, 2)}
    soft = {"D": lambda S: {o: power[o] / sum(power[p] for p in m.options("D", S=S)) for o in m.options("D", S=S)}}
    found = cm.maximum_entropy_objective(m, soft, ["D"])
    assert [found(D=o) - found(D=0) for o in (0, 1, 2)] == pytest.approx([0, 1, 2])


def test_an_agent_or_a_device_has_what_there_is():
    g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    m = cm.model(g, S=cm.uniform([0, 1]), D=lambda S: [0, 1, 2] if S else [1, 2], U="D == S")
    found = cm.agent_or_device(m, "D", [{"S": 0, "D": 2}, {"S": 1, "D": 0}], goals=["D == S", "D != S"], noise=0)
    assert (found.agent, found.device) == (Fraction(1, 8), Fraction(1, 6))
    with pytest.raises(cm.ModelError, match="'0' is not an option of 'D' in the context S = 0"):
        cm.agent_or_device(m, "D", [{"S": 0, "D": 0}], goals=["D"])


# --- beliefs ------------------------------------------------------------------------------------------------------


def test_what_cannot_be_done_shows_no_belief():
    g = cm.cid("S -> D; X, D -> U", decisions=["D"], utilities=["U"])
    given = {"S": cm.uniform([0, 1]), "X": cm.uniform([0, 1]), "U": "D == X"}
    free, kept = (cm.model(g, given, D=options) for options in ([0, 1], lambda S: [0, 1] if S else [0]))
    found = [cm.believes(m, {"D": "S"}, "agent", f"X == {x}") for x in (1, 0) for m in (free, kept)]
    assert [(one.value, one.false) for one in found] == [
        (Fraction(1, 2), Fraction(1, 4)),
        (Fraction(1, 2), Fraction(1, 4)),
        (Fraction(1, 2), Fraction(1, 4)),
        (0, 0),
    ]


def as_table(model, decision, rules):
    return cm.table([[*c, option] for c, option in rules[decision].items()], model.cid.parents(decision))


def lots(model, decision):
    """The rule that takes each option that there is with the same probability."""

    def lot(**seen):
        there = model.options(decision, seen)
        return dict.fromkeys(there, Fraction(1, len(there)))

    return lot


def test_beliefs_are_those_where_missing_options_cost_much():
    """The others take whatever there is sometimes, so that they exclude nothing."""
    tried = Counter()
    for number, model in enumerate(small_games("beliefs", 60)):
        for agent in ("ann", "bob"):
            if len(model.cid.decisions_of(agent)) != 1:
                continue
            (d,) = model.cid.decisions_of(agent)
            rules = Random(number).choice(list(every_policy(model)))
            profile = {e: as_table(model, e, rules) for e in model.cid.decisions}
            profile |= {e: lots(model, e) for e in model.cid.decisions if e in model.cid.ancestors(d) and e != d}
            for node in model.cid.chance_nodes:
                if d not in model.cid.ancestors(node):
                    asked = (agent, f"{node} == {model.domain(node)[number % 2]}")
                    found, wanted = (cm.believes(m, cm.policy(model, profile), *asked) for m in (model, dear(model)))
                    assert (found.value, found.false) == (wanted.value, wanted.false), (model, asked)
                    tried[bool(found.value)] += 1
    assert tried[True] > 2, tried


def test_conditions_are_about_what_there_is():
    g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    given = {"S": cm.uniform([0, 1]), "D": lambda S: [0, 1] if S else [0], "U": "p * D - S"}
    m = cm.model(g, given, parameters={"p": cm.parameter("p", -1, 1, value="1/2")})
    optimal = {"optimal": {"decision": "D", "when": {"S": 1}}, "is": 1}
    assert str(cm.conditions(m, optimal)) == "p > 0"
    assert str(cm.conditions(m, lambda m: cm.solve(m).value >= 0)) == "p == 1"
    assert str(cm.conditions(m, {"has_ici": {"decision": "D", "node": "U"}})) == "p != 0"
