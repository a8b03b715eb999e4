"""Control through given links, and introduced unfairness, against enumeration of random models."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np

import cidmesa as cm
from tests.laws.brute import policies, random_diagram, sample


def passed_on(models, decision, option, links):
    """The value of each node when only ``links`` pass on that the decision takes the option."""
    values = {}
    for node in models.cid.nodes:
        if node == decision:
            values[node] = np.full_like(models.natural[node], option)
            continue
        seen = {p: values[p] if (p, node) in links else models.natural[p] for p in models.cid.parents(node)}
        row = models.row(node, seen, models.natural[decision].shape)
        table = models.tables[node]
        if node in models.noise:
            row = 2 * row + models.noise[node]
        values[node] = table.ravel()[row + np.arange(len(table))[:, None, None] * table.shape[1]]
    return values


def has_path_specific_ici(models, decision, node, links):
    context = models.row(decision, models.natural)
    total = models.total(models.natural)
    differs = np.zeros(models.scores.shape, dtype=bool)
    for option in (0, 1):
        reply = passed_on(models, decision, option, links)[node]
        change = (models.total(models.run(**{node: reply})) - total) * models.weights[:, None, :]
        for row in range(2 ** len(models.cid.parents(decision))):
            differs |= np.where(context == row, change, 0).sum(-1) != 0
    return (differs | ~models.optimal).all(1)


def test_control_through_given_links():
    rng = np.random.default_rng(6)
    found = Counter()
    for _ in range(220):
        g = random_diagram(rng, 6, 1)
        (decision,) = g.decisions
        if policies(g) > 2**8:
            continue
        models = sample(g, rng, 8)
        links = {link for link in g.edges if rng.random() < 0.6}
        for node in g.nodes:
            present = bool(has_path_specific_ici(models, decision, node, links).any())
            verdict = cm.admits_path_specific_ici(g, decision, node, links)
            assert verdict or not present, (g, node, links)
            found[verdict.status, present] += 1
    assert found["admits", True] > 60, found
    assert found["excluded", False] > 200, found


def learning(rng):
    """A random prediction problem: the diagram, the attribute, the label, the features and each node's parents."""
    count = int(rng.integers(2, 6))
    names = [f"V{i}" for i in range(count)]
    parents = [[j for j in range(i) if rng.random() < 0.5] for i in range(count)]
    attribute, label = rng.choice(count, 2, replace=False).tolist()
    features = [i for i in range(count) if i != label and rng.random() < 0.5]
    links = [(names[j], names[i]) for i in range(count) for j in parents[i]]
    links += [(names[i], "P") for i in features] + [("P", "U"), (names[label], "U")]
    return cm.cid(links, nodes=names, decisions=["P"], utilities=["U"]), attribute, label, features, parents


def introduced(rng, attribute, label, features, parents):
    """What the conditional mean adds to the difference between groups, in one random model."""
    settings = np.array(list(itertools.product((0, 1), repeat=len(parents))))
    chance = np.ones(len(settings))
    for node, above in enumerate(parents):
        options = rng.choice([0, 0.25, 0.5, 0.75, 1], size=2 ** len(above))
        one = (
            options[settings[:, above] @ (2 ** np.arange(len(above)))] if above else np.full(len(settings), options[0])
        )
        chance *= np.where(settings[:, node] == 1, one, 1 - one)
    key = settings[:, features] @ (2 ** np.arange(len(features))) if features else np.zeros(len(settings), dtype=int)
    scored, seen = np.zeros(2 ** len(features)), np.zeros(2 ** len(features))
    np.add.at(scored, key, chance * settings[:, label])
    np.add.at(seen, key, chance)
    prediction = np.divide(scored, seen, out=np.zeros_like(scored), where=seen > 0)[key]
    groups = [chance * (settings[:, attribute] == value) for value in (0, 1)]
    if min(group.sum() for group in groups) < 1e-9:
        return 0.0
    gaps = [
        np.subtract(*(values @ group / group.sum() for group in groups)) for values in (prediction, settings[:, label])
    ]
    return abs(gaps[0]) - abs(gaps[1])


def test_introduced_unfairness_under_squared_loss():
    rng = np.random.default_rng(1)
    found = Counter()
    for _ in range(900):
        g, attribute, label, features, parents = learning(rng)
        names = f"V{attribute}", f"V{label}"
        verdict = cm.admits_introduced_unfairness(g, "P", *names, loss="p-admissible")
        assert cm.admits_introduced_unfairness(g, "P", *names) or not verdict
        most = max(introduced(rng, attribute, label, features, parents) for _ in range(5))
        assert verdict or most < 1e-9, g
        found[verdict.status, most > 1e-9] += 1
    assert found["admits", True] > 20, found
