"""Decisions that share a rule: what is excluded for them is not there by enumeration, and neighbours that it was."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from random import Random

import pytest

import cidmesa as cm
from cidmesa.library.file.loader import loads

BITS = (0, 1)


def drawn(seed):
    """A diagram of six binary nodes, of which two decisions with equally many parents share a rule."""
    rng = Random(seed)
    while True:
        deciding = set(rng.sample(range(5), rng.choice([2, 2, 3])))
        parents = {i: rng.sample(range(i), min(i, rng.choice([0, 1, 1, 2]))) for i in range(6)}
        specs = [
            cm.Node(
                f"V{i}",
                "utility" if i == 5 else "decision" if i in deciding else "chance",
                "a" if i == 5 or i in deciding else None,
                tuple(f"V{j}" for j in parents[i]),
            )
            for i in range(6)
        ]
        first, second = rng.sample(sorted(deciding), 2)
        if len(parents[first]) == len(parents[second]) > 0:
            return cm.CID(tuple(specs)), (f"V{first}", f"V{second}")


class Game:
    """Random numbers on a diagram: coins at the roots, functions elsewhere; everything by enumeration."""

    def __init__(self, g, group, rng):
        self.g, self.group = g, group
        coins = [n for n in g.chance_nodes if not g.parents(n)]
        weights = [Fraction(rng.choice([0, 1, 1, 2]), 2) for _ in coins]
        self.worlds = []
        for flips in product(BITS, repeat=len(coins)):
            weight = Fraction(1)
            for flip, p in zip(flips, weights, strict=True):
                weight *= p if flip else 1 - p
            if weight:
                self.worlds.append((weight, dict(zip(coins, flips, strict=True))))
        self.rules = {
            n: {key: rng.choice(BITS) for key in product(BITS, repeat=len(g.parents(n)))}
            for n in g.chance_nodes
            if g.parents(n)
        }
        self.worth = {key: rng.choice([0, 0, 1, 2]) for key in product(BITS, repeat=len(g.parents("V5")))}

    def policies(self, more=()):
        """All pure policies; ``more``: chance nodes that are chosen as well."""
        led = [d for d in self.g.decisions if d not in self.group[1:]] + list(more)
        keys = [list(product(BITS, repeat=len(self.g.parents(n)))) for n in led]
        for rows in product(*(product(BITS, repeat=len(contexts)) for contexts in keys)):
            rules = {n: dict(zip(k, row, strict=True)) for n, k, row in zip(led, keys, rows, strict=True)}
            yield rules | dict.fromkeys(self.group, rules[self.group[0]])

    def play(self, policy, coins, do=()):
        """The states of all nodes but the utility, in one world."""
        found = {}
        for node in self.g.nodes[:-1] if self.g.nodes[-1] == "V5" else [n for n in self.g.nodes if n != "V5"]:
            seen = tuple(found[p] for p in self.g.parents(node))
            rule = policy.get(node) or self.rules.get(node)
            found[node] = dict(do).get(node, coins[node] if rule is None else rule[seen])
        return found

    def value(self, policy):
        plays = ((weight, self.play(policy, coins)) for weight, coins in self.worlds)
        return sum(weight * self.worth[tuple(p[n] for n in self.g.parents("V5"))] for weight, p in plays)

    def optimal(self, more=()):
        values = [(self.value(policy), policy) for policy in self.policies(more)]
        best = max(value for value, _ in values)
        return best, [policy for value, policy in values if value == best]

    def controls(self, node):
        """Whether choosing the mechanism of a node gains."""
        return self.optimal([node])[0] > self.optimal()[0]

    def responds(self, decision, node):
        """Whether the decision answers an intervention on the node under all optimal pure policies."""
        return all(
            any(
                self.play(policy, coins, {node: 0})[decision] != self.play(policy, coins, {node: 1})[decision]
                for _, coins in self.worlds
            )
            for policy in self.optimal()[1]
        )


def contradictions(g, group, of, seeds):
    """What is excluded by the diagram ``of`` and found in numbers on ``g`` with a shared rule, and how often asked."""
    asked, found = 0, []
    voc = [n for n in g.chance_nodes if cm.admits_voc(of, n).status == "excluded"]
    ri = [(d, n) for d in group for n in g.chance_nodes if cm.admits_ri(of, d, n).status == "excluded"]
    for seed in seeds:
        game = Game(g, group, Random(seed))
        asked += len(voc) + len(ri)
        found += [n for n in voc if game.controls(n)] + [pair for pair in ri if game.responds(*pair)]
    return asked, found


def test_nothing_excluded_is_there_with_a_shared_rule():
    asked, without = 0, []
    for seed in range(252, 264):
        g, group = drawn(seed)
        count, wrong = contradictions(g, group, g.sharing_rules(group), range(12))
        assert not wrong, (g.edges, group)
        asked += count
        without += contradictions(g, group, g, range(12))[1]
    assert asked > 500
    assert without  # as if each decision had a rule of its own: then the enumeration finds what is excluded


SEES = cm.cid("S1 -> D1 -> X -> U; S2 -> D2 -> V", decisions=["D1", "D2"], utilities=["U", "V"])


def test_what_tells_two_decisions_apart_is_requisite():
    shared = SEES.sharing_rules(["D1", "D2"])
    assert cm.requisite_observations(SEES, "D1") == ()
    assert cm.requisite_observations(shared, "D1") == ("S1",)
    judged = cm.is_requisite(shared, "D1", "S1")
    assert judged.holds
    assert judged.witness == ("D1", "D2")
    assert cm.reduce(shared) == shared
    assert cm.minimal_reduction(shared) == shared
    assert cm.admits_ri(SEES, "D1", "S1").status == "excluded"
    assert cm.admits_ri(shared, "D1", "S1").status == "undetermined"
    assert cm.admits_ici(shared, "D1", "X").status == "admits"
    told = cm.admits_voi(shared, "D1", "S1")
    assert told.status == "not applicable"
    assert "shares its rule with D2" in told.reason


def test_decisions_that_share_a_rule_rely_on_each_other():
    shared = SEES.sharing_rules(["D1", "D2"])
    assert cm.is_soluble(SEES)
    assert not cm.is_soluble(shared)
    assert set(cm.relevance_graph(shared).edges) == {("D1", "D2"), ("D2", "D1")}
    assert cm.is_s_reachable(shared, "D1", "D2").reason == "D1, D2 share a rule"


def test_shared_rules_are_part_of_the_diagram():
    shared = SEES.sharing_rules(["D1", "D2"])
    assert shared != SEES
    assert shared == SEES.sharing_rules(["D2", "D1"])
    assert shared.sharing_rules() == SEES
    assert shared.rename({"D1": "E"}).shared_rules == (("E", "D2"),)
    assert cm.CID.sharing_rules(shared, ["D1", "D2"]) == shared
    assert cm.from_networkx(shared.to_networkx()) == shared
    assert cm.interop.from_dot(cm.dot(shared)) == shared
    assert shared.without_nodes(["D2"]).shared_rules == ()


@pytest.mark.parametrize(
    ("groups", "says"),
    [
        ([["D1", "S1"]], "a decision is needed"),
        ([["D1", "D2"], ["D2", "D3"]], "cannot share two rules"),
        ([["D1", "D3"]], "cannot share a rule: their options or observations differ"),
        ([["D1", "E"]], "D1, E cannot share a rule: their owners differ"),
    ],
)
def test_rules_that_cannot_be_shared(groups, says):
    decisions = {"a": ["D1", "D2", "D3"], "b": ["E"]}
    g = cm.cid("S1 -> D1 -> X -> U; S2 -> D2, E -> U; D3 -> U", decisions=decisions, utilities={"a": ["U"]})
    with pytest.raises(cm.DiagramError, match=says):
        g.sharing_rules(*groups)


def test_a_diagram_without_numbers_keeps_the_rules_of_its_file():
    text = (
        "{cidmesa: 1, title: T, shared_rules: [[D1, D2]], nodes: "
        "{D1: {kind: decision}, D2: {kind: decision}, U: {kind: utility, parents: [D1, D2]}}}"
    )
    assert loads(text).cid.shared_rules == (("D1", "D2"),)
