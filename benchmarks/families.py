"""The families of decision problems that the solvers are timed on, as plain lists and arrays."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

__all__ = ["FAMILIES", "Node", "instance"]


class Node(NamedTuple):
    """A node with its kind, parents, number of states, and a table over parents and node (a utility: over parents)."""

    name: str
    kind: str
    parents: tuple[str, ...]
    states: int
    table: np.ndarray | None


def obs(k: int) -> list[Node]:
    """One decision sees k binary observations of a hidden state of 4 values."""
    rng = np.random.default_rng(0)
    seen = tuple(f"O{i}" for i in range(k))
    nodes = [Node("H", "chance", (), 4, rng.dirichlet(np.ones(4)))]
    nodes += [Node(name, "chance", ("H",), 2, rng.dirichlet(np.ones(2), size=4)) for name in seen]
    return [*nodes, Node("D", "decision", seen, 4, None), Node("U", "utility", ("H", "D"), 1, rng.random((4, 4)))]


def mdp(stages: int, states: int) -> list[Node]:
    """A Markov chain of decisions that see the state; 4 actions, a reward in each stage."""
    rng = np.random.default_rng(0)
    first, moves = rng.dirichlet(np.ones(states)), rng.dirichlet(np.ones(states), size=(states, 4))
    rewards = rng.random((states, 4))
    nodes = []
    for t in range(stages):
        before = (f"S{t - 1}", f"A{t - 1}") if t else ()
        nodes += [
            Node(f"S{t}", "chance", before, states, moves if t else first),
            Node(f"A{t}", "decision", (f"S{t}",), 4, None),
            Node(f"R{t}", "utility", (f"S{t}", f"A{t}"), 1, rewards),
        ]
    return nodes


def pomdp(stages: int) -> list[Node]:
    """4 hidden states, 3 actions, 3 observations; each decision sees all observations and actions before."""
    rng = np.random.default_rng(0)
    first, moves = rng.dirichlet(np.ones(4)), rng.dirichlet(np.ones(4), size=(4, 3))
    signals, rewards = rng.dirichlet(np.ones(3), size=4), rng.random((4, 3))
    nodes: list[Node] = []
    seen: tuple[str, ...] = ()
    for t in range(stages):
        before = (f"S{t - 1}", f"A{t - 1}") if t else ()
        seen = (*seen, f"O{t}")
        nodes += [
            Node(f"S{t}", "chance", before, 4, moves if t else first),
            Node(f"O{t}", "chance", (f"S{t}",), 3, signals),
            Node(f"A{t}", "decision", seen, 3, None),
            Node(f"R{t}", "utility", (f"S{t}", f"A{t}"), 1, rewards),
        ]
        seen = (*seen, f"A{t}")
    return nodes


def pig(months: int, *, recall: bool = False) -> list[Node]:
    """The pig farm of Lauritzen and Nilsson 2001; each treatment sees its own test, with recall all that was before."""
    sick = np.array([[[0.5, 0.5], [0.9, 0.1]], [[0.1, 0.9], [0.2, 0.8]]])  # health, treated or not -> health
    nodes = [Node("H1", "chance", (), 2, np.array([0.1, 0.9]))]
    seen: tuple[str, ...] = ()
    for m in range(1, months):
        seen = (*(seen if recall else ()), f"T{m}")
        nodes += [
            Node(f"T{m}", "chance", (f"H{m}",), 2, np.array([[0.8, 0.2], [0.1, 0.9]])),
            Node(f"D{m}", "decision", seen, 2, None),
            Node(f"C{m}", "utility", (f"D{m}",), 1, np.array([-100.0, 0.0])),
            Node(f"H{m + 1}", "chance", (f"H{m}", f"D{m}"), 2, sick),
        ]
        seen = (*seen, f"D{m}")
    return [*nodes, Node("Price", "utility", (f"H{months}",), 1, np.array([300.0, 1000.0]))]


def recall(months: int) -> list[Node]:
    """The pig farm without forgetting."""
    return pig(months, recall=True)


def four() -> list[Node]:
    """Four variables, two decisions that see nothing: the optimum is 1.9."""
    return [
        Node("c0", "chance", (), 2, np.array([0.5, 0.5])),
        Node("c1", "chance", ("c0",), 2, np.array([[0.9, 0.1], [0.9, 0.1]])),
        Node("a", "decision", (), 2, None),
        Node("b", "decision", (), 2, None),
        Node("ua", "utility", ("c1", "a"), 1, np.array([[0.0, 1.0], [1.0, 0.0]])),
        Node("ub", "utility", ("b",), 1, np.array([0.0, 1.0])),
    ]


FAMILIES = {"obs": obs, "mdp": mdp, "pomdp": pomdp, "pig": pig, "recall": recall, "four": four}


def instance(text: str) -> list[Node]:
    """Return an instance by its name, such as ``mdp:100:10``."""
    name, *sizes = text.split(":")
    return FAMILIES[name](*map(int, sizes))
