"""Hypothesis strategies for random diagrams: few nodes, all shapes, one or several decisions and agents."""

from __future__ import annotations

from hypothesis import settings, strategies as st

from cidmesa.structure.diagram import CID, Node

__all__ = ["diagrams", "games", "one_decision_diagrams", "soluble_diagrams"]

settings.register_profile("same every time", deadline=None, derandomize=True)
settings.load_profile("same every time")


@st.composite
def diagrams(
    draw: st.DrawFn, *, max_nodes: int = 8, min_decisions: int = 0, max_decisions: int = 3, agents: int = 1
) -> CID:
    """Return a strategy for diagrams whose nodes V0, V1, ... come in topological order."""
    least = max(1, min_decisions)
    count = draw(st.integers(least, max_nodes))
    positions = list(range(count))
    decisions = set(
        draw(st.lists(st.sampled_from(positions), min_size=min_decisions, max_size=max_decisions, unique=True))
    )
    links = {child: draw(st.integers(0, 2**child - 1)) for child in positions}
    childless = [i for i in positions if i not in decisions and not any(links[j] >> i & 1 for j in positions[i + 1 :])]
    utilities = {i for i in childless if draw(st.integers(0, 3))}
    owner = {i: f"a{draw(st.integers(0, agents - 1))}" for i in sorted(decisions | utilities)}
    specs = []
    for i in positions:
        kind = "decision" if i in decisions else "utility" if i in utilities else "chance"
        parents = tuple(f"V{j}" for j in range(i) if links[i] >> j & 1)
        specs.append(Node(f"V{i}", kind, owner.get(i), parents))
    return CID(tuple(specs))


def one_decision_diagrams(max_nodes: int = 7) -> st.SearchStrategy[CID]:
    """Return a strategy for diagrams of one agent with exactly one decision."""
    return diagrams(max_nodes=max_nodes, min_decisions=1, max_decisions=1)


def soluble_diagrams(max_nodes: int = 7) -> st.SearchStrategy[CID]:
    """Return a strategy for soluble diagrams of one agent with one to three decisions."""
    from cidmesa import is_soluble

    return diagrams(max_nodes=max_nodes, min_decisions=1).filter(is_soluble)


def games(max_nodes: int = 8) -> st.SearchStrategy[CID]:
    """Return a strategy for diagrams of up to three agents with one to three decisions."""
    return diagrams(max_nodes=max_nodes, min_decisions=1, agents=3)
