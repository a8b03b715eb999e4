"""Gambit's files: the extensive form (EFG) and the strategic form (NFG) of a game, written."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from cidmesa import files
from cidmesa.errors import NotApplicable, TooLarge
from cidmesa.modelling.model import known_model
from cidmesa.modelling.numbers import show
from cidmesa.solving.games.form import strategic_form

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Sequence

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Number, State
    from cidmesa.modelling.policy import Policy

__all__ = ["to_gambit_efg", "to_gambit_nfg", "write_efg", "write_nfg"]

MAX_LINES = 1_000_000

Setting = dict[str, "State"]


def write_efg(model: Model, path: str | os.PathLike[str]) -> None:
    """Write the extensive form of a model as a Gambit file (``.efg``), see `to_gambit_efg`."""
    files.write(path, to_gambit_efg(model).encode())


def write_nfg(model: Model, path: str | os.PathLike[str]) -> None:
    """Write the strategic form of a model as a Gambit file (``.nfg``), see `to_gambit_nfg`."""
    files.write(path, to_gambit_nfg(model).encode())


# --- extensive form ---------------------------------------------------------------------------------------------


def to_gambit_efg(model: Model, title: str = "cidmesa") -> str:
    """Return the extensive form of a model in Gambit's EFG format.

    Players are the agents. Nodes are played in topological order, chance nodes just before what depends on them; chance
    nodes that are certain make no move and those that nothing depends on are left out. An information set is a decision
    with the values of its parents; decisions that share a rule share them. Exact numbers are written as fractions;
    float probabilities as decimals of which the last closes the sum to 1.

    Raises:
        TooLarge: more than a million nodes.
        NotApplicable: parameters without a value.

    >>> import cidmesa as cm
    >>> g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> print(to_gambit_efg(cm.model(g, S={0: "1/3", 1: "2/3"}, D=[0, 1], U="S == D")))
    EFG 2 R "cidmesa" { "agent" }
    ""
    <BLANKLINE>
    c "" 1 "S 1" { "0" 1/3 "1" 2/3 } 0
    p "" 1 1 "D | S = 0" { "0" "1" } 0
    t "" 1 "" { 1 }
    t "" 2 "" { 0 }
    p "" 1 2 "D | S = 1" { "0" "1" } 0
    t "" 3 "" { 0 }
    t "" 4 "" { 1 }
    <BLANKLINE>

    """
    known = known_model(model, "to_gambit_efg")
    if known.symbolic:
        raise NotApplicable("the model has parameters without a value. Give them one: model.substitute(...).")
    players = " ".join(_quoted(agent) for agent in known.cid.agents)
    head = [f"EFG 2 R {_quoted(title)} {{ {players} }}", '""', ""]
    return "\n".join([*head, *_Writer(known).lines(), ""])


@dataclass
class _Writer:
    """Walks the game tree; counts information sets and outcomes as it writes them."""

    model: Model
    sets: dict[str, dict[tuple[object, ...], int]] = field(default_factory=dict)
    chances: int = 0
    outcomes: int = 0

    def __post_init__(self) -> None:
        self.order = _order(self.model)
        self.rule_of = {decision: group[0] for group in self.model.tied for decision in group}

    def lines(self) -> Iterable[str]:
        """Yield a line for each node of the tree, in prefix order."""
        found: list[str] = []
        todo: list[tuple[int, Setting]] = [(0, {})]  # what is still to be written, the next at the end
        while todo:
            place, setting = todo.pop()
            if len(found) >= MAX_LINES:
                raise TooLarge(f"the game tree has more than {MAX_LINES} nodes. Write the model as .json or .cid.yaml, "
                               "or shorten it.")  # fmt: skip
            if place == len(self.order):
                found.append(self._terminal(setting))
                continue
            node = self.order[place]
            line, moves = self._move(node, setting)
            found += [line] if line else []
            todo += [(place + 1, setting | {node: move}) for move in reversed(moves)]
        return found

    def _move(self, node: str, setting: Setting) -> tuple[str, Sequence[State]]:
        domain = self.model.domain(node)
        if self.model.cid.kind(node) == "decision":
            actions = " ".join(_quoted(show(option)) for option in domain)
            return f"{self._head(node, setting)} {{ {actions} }} 0", domain
        row = _row(self.model, node, setting)
        possible = [(state, chance) for state, chance in zip(domain, row, strict=True) if chance]
        if len(possible) == 1:
            return "", [possible[0][0]]
        self.chances += 1
        moves = " ".join(f"{_quoted(show(state))} {chance}" for state, chance in _closed(possible))
        return f'c "" {self.chances} {_quoted(f"{node} {self.chances}")} {{ {moves} }} 0', [
            state for state, _ in possible
        ]

    def _head(self, decision: str, setting: Setting) -> str:
        cid = self.model.cid
        agent = cid.agent(decision)
        seen = tuple(setting[parent] for parent in cid.parents(decision))
        known = self.sets.setdefault(agent or "", {})
        rule = self.rule_of.get(decision, decision)
        number = known.setdefault((rule, *seen), len(known) + 1)
        context = ", ".join(f"{p} = {show(value)}" for p, value in zip(cid.parents(rule), seen, strict=True))
        name = f"{rule} | {context}" if context else rule
        return f'p "" {cid.agents.index(str(agent)) + 1} {number} {_quoted(name)}'

    def _terminal(self, setting: Setting) -> str:
        cid = self.model.cid
        self.outcomes += 1
        sums = [sum(_payoff(self.model, u, setting) for u in cid.utilities_of(agent)) for agent in cid.agents]
        return f't "" {self.outcomes} "" {{ {", ".join(map(_written, sums))} }}'


def _order(model: Model) -> list[str]:
    """Return decisions in topological order and at last what utilities need, each after the chance nodes it needs."""
    cid = model.cid
    found: dict[str, None] = {}
    for goal in (*cid.decisions, *cid.utilities):
        above = set(cid.ancestors(goal))
        found |= dict.fromkeys(node for node in cid.nodes if node in above)
        found |= {goal: None} if cid.kind(goal) == "decision" else {}
    return list(found)


def _row(model: Model, node: str, setting: Setting) -> list[Number]:
    table = model.table(node)
    place = tuple(model.state(parent, setting[parent]) for parent in table.variables[:-1])
    row: list[Number] = table.values[place].tolist()
    return row


def _payoff(model: Model, utility: str, setting: Setting) -> Number:
    table = model.table(utility)
    value: Number = table.values[tuple(model.state(parent, setting[parent]) for parent in table.variables)]
    return value


def _closed(possible: list[tuple[State, Number]]) -> Iterator[tuple[State, str]]:
    """Yield states with probabilities as text that sum to exactly 1, as Gambit asks."""
    rest = Fraction(1)
    for state, chance in possible[:-1]:
        exact = Fraction(repr(chance)) if isinstance(chance, float) else Fraction(chance)
        rest -= exact
        yield state, show(exact)
    yield possible[-1][0], show(rest)


def _written(number: Number) -> str:
    return repr(float(number)) if isinstance(number, float) else show(Fraction(number))


# --- strategic form ---------------------------------------------------------------------------------------------


def to_gambit_nfg(model: Model, title: str = "cidmesa") -> str:
    """Return the reduced strategic form of a model in Gambit's NFG format.

    Players are the agents with decisions, strategies their pure policies (one of those that differ only where their own
    play never leads), payoffs expected utilities.

    Raises:
        TooLarge: too many strategies or profiles.
        NotApplicable: nobody decides, or parameters have no value.

    >>> import cidmesa as cm
    >>> owned = {"decisions": {"a": ["A"], "b": ["B"]}, "utilities": {"a": ["U"], "b": ["V"]}}
    >>> m = cm.model(cm.cid("A, B -> U; A, B -> V", **owned), A=[0, 1], B=[0, 1], U="A + B", V="A - B")
    >>> print(to_gambit_nfg(m))
    NFG 1 R "cidmesa" { "a" "b" }
    { { "A: 0" "A: 1" } { "B: 0" "B: 1" } }
    ""
    <BLANKLINE>
    0 0 1 1 1 -1 2 0
    <BLANKLINE>

    """
    known = known_model(model, "to_gambit_nfg")
    if known.symbolic or not known.cid.decisions:
        raise NotApplicable("the strategic form needs a model with decisions and with a value for each parameter.")
    form = strategic_form(known)
    players = " ".join(map(_quoted, form.agents))
    named = " ".join(f"{{ {' '.join(_quoted(_named(policy)) for policy in own)} }}" for own in form.strategies)
    flat = [np.asarray(payoff).ravel(order="F").tolist() for payoff in form.payoffs]  # the first player fastest
    numbers = " ".join(_written(payoff) for profile in zip(*flat, strict=True) for payoff in profile)
    return "\n".join([f"NFG 1 R {_quoted(title)} {{ {players} }}", f"{{ {named} }}", '""', "", numbers, ""])


def _named(policy: Policy) -> str:
    return "; ".join(f"{rule.decision}: {' '.join(str(rule).split())}" for rule in policy.rules)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
