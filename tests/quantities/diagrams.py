"""All diagrams with a given number of nodes and one decision, and how a verdict is confirmed in a model."""

from __future__ import annotations

import itertools

import cidmesa as cm

__all__ = ["confirmed", "single_decision_diagrams"]


def single_decision_diagrams(count):
    """Every diagram on V0, V1, ... in topological order with one decision and at least one utility."""
    names = [f"V{i}" for i in range(count)]
    pairs = list(itertools.combinations(range(count), 2))
    for bits in itertools.product((False, True), repeat=len(pairs)):
        links = list(itertools.compress(pairs, bits))
        childless = [i for i in range(count) if all(parent != i for parent, _ in links)]
        for decision in range(count):
            for r in range(1, count):
                for utilities in itertools.combinations([i for i in childless if i != decision], r):
                    yield _diagram(names, links, decision, utilities)


def _diagram(names, links, decision, utilities):
    specs = []
    for i, name in enumerate(names):
        kind = "decision" if i == decision else "utility" if i in utilities else "chance"
        parents = tuple(names[parent] for parent, child in links if child == i)
        specs.append(cm.Node(name, kind, None if kind == "chance" else "agent", parents))
    return cm.CID(tuple(specs))


def confirmed(verdict, model):
    """The quantity of the verdict's incentive in the model."""
    if verdict.concept == "voi":
        return cm.value_of_information(model, verdict.decision, verdict.node)
    if verdict.concept == "voc":
        values = [1] if model.cid.kind(verdict.node) == "utility" else []
        return cm.value_of_control(model, verdict.node, values=values)
    return {"ri": cm.has_ri, "ici": cm.has_ici, "impact": cm.has_impact}[verdict.concept](
        model, verdict.decision, verdict.node
    )
