"""Gambit's files: the extensive form (EFG) and the strategic form (NFG) of a game, written.

The tree has the decisions and what they observe; everything else is summed out (Koller and Milch 2003, section 4).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import count
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from cidmesa.errors import NotApplicable, TooLarge
from cidmesa.formats import Format, register, write
from cidmesa.interop.game_rounds import PASSED
from cidmesa.interop.games import read_efg, read_nfg
from cidmesa.interop.notes import quoted
from cidmesa.interop.part import given_model
from cidmesa.modelling.inference import weights
from cidmesa.modelling.numbers import Array, Number, show
from cidmesa.solving.games.strategic_form import strategic_form

if TYPE_CHECKING:
    import os

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.policy import Policy

__all__ = ["to_gambit_efg", "to_gambit_nfg", "write_efg", "write_nfg"]

MAX_PATHS = 1_000_000


def write_efg(model: Model, path: str | os.PathLike[str]) -> None:
    """Write the extensive form of a model as a Gambit file (``.efg``), see `to_gambit_efg`."""
    write(path, to_gambit_efg(model).encode())


def write_nfg(model: Model, path: str | os.PathLike[str]) -> None:
    """Write the strategic form of a model as a Gambit file (``.nfg``), see `to_gambit_nfg`."""
    write(path, to_gambit_nfg(model).encode())


# --- extensive form ---------------------------------------------------------------------------------------------


def to_gambit_efg(model: Model, title: str = "cidmesa") -> str:
    """Return the extensive form of a model in Gambit's EFG format.

    Players are the agents. A decision has the options that there are in its context; one that has only ``-`` makes no
    move (see `read_efg`). Decisions and what they observe are played in topological order; all else is summed out,
    and chance nodes that are certain make no move. An information set is a decision with the values of its parents;
    decisions that share a rule share them. Exact numbers are written as fractions; float probabilities so that they sum
    to exactly 1, float payoffs to 15 digits.
    Source: Koller and Milch 2003, section 4.

    Raises:
        TooLarge: more than a million paths.
        NotApplicable: a parameter has no value.

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
    known = given_model(model, "to_gambit_efg")
    if known.symbolic:
        raise NotApplicable("the model has parameters without a value. Give them one: model.substitute(...).")
    players = " ".join(map(quoted, known.cid.agents))
    head = [f"EFG 2 R {quoted(title)} {{ {players} }}", '""', ""]
    return "\n".join([*head, *_Tree(known).lines(), ""])


@dataclass(frozen=True, eq=False)
class _Tree:
    """The tree of a game: a level for each decision and each node that one observes, causes first."""

    model: Model

    @cached_property
    def order(self) -> tuple[str, ...]:
        cid = self.model.cid
        return cid.names({cid.index(n) for d in cid.decisions for n in (d, *cid.parents(d))})

    @cached_property
    def chances(self) -> Array:
        """The probability of each path where all decisions choose among what there is, an axis for each level."""
        if (paths := prod(len(self.model.domain(node)) for node in self.order)) > MAX_PATHS:
            raise TooLarge(
                f"the game tree has up to {paths} paths; at most {MAX_PATHS} fit. Write the model as .json or "
                ".cid.yaml, or drop what decisions observe."
            )
        return np.asarray(weights(self.model, self.order, undecided="uniform"))

    def payoffs(self, agent: str) -> Array:
        """Return what an agent expects at the end of each path."""
        utilities = self.model.cid.utilities_of(agent)
        found = [weights(self.model, self.order, utility=u, undecided="uniform") for u in utilities]
        total = np.asarray(sum(found, start=0 * self.chances))
        reached = self.chances != 0
        total[reached] = total[reached] / self.chances[reached]
        return total

    @cached_property
    def rules(self) -> dict[str, str]:
        """For each decision the one whose information sets it shares: the first that is tied to it, or itself."""
        tied = {decision: group[0] for group in self.model.tied for decision in group}
        return {decision: tied.get(decision, decision) for decision in self.model.cid.decisions}

    @cached_property
    def numbering(self) -> dict[str, int]:
        """For each rule, how many information sets its agent has before those of it."""
        before: dict[str | None, int] = {}
        found: dict[str, int] = {}
        for rule in dict.fromkeys(self.rules.values()):
            owner = self.model.cid.agent(rule)
            found[rule] = before.get(owner, 0)
            before[owner] = found[rule] + prod(len(self.model.domain(p)) for p in self.model.cid.parents(rule))
        return found

    def lines(self) -> Iterator[str]:
        """Yield a line for each node of the tree, in prefix order."""
        payoffs = [self.payoffs(agent) for agent in self.model.cid.agents]
        ends, turns = count(1), count(1)
        paths: list[tuple[int, ...]] = [()]  # what is still to be written, the next at the end
        while paths:
            path = paths.pop()
            if len(path) == len(self.order):
                yield f't "" {next(ends)} "" {{ {", ".join(_payoff(payoff[path]) for payoff in payoffs)} }}'
                continue
            node = self.order[len(path)]
            share = self.chances[path].reshape(len(self.model.domain(node)), -1).sum(axis=1)
            possible = [place for place, chance in enumerate(share) if chance]
            if node in self.rules:
                if [self.model.domain(node)[place] for place in possible] != [PASSED]:
                    yield self._decision(node, path, possible)
            elif len(possible) > 1:
                moves = zip(possible, _closed(share[possible] / share.sum()), strict=True)
                yield self._chance(node, next(turns), moves)
            paths += [(*path, place) for place in reversed(possible)]

    def _decision(self, decision: str, path: tuple[int, ...], possible: Iterable[int]) -> str:
        cid, place, seen = self.model.cid, 0, []
        for parent in cid.parents(decision):  # the place of the context among those of the decision, the last fastest
            states, at = self.model.domain(parent), path[self.order.index(parent)]
            place = place * len(states) + at
            seen.append(show(states[at]))
        rule = self.rules[decision]
        context = ", ".join(f"{parent} = {state}" for parent, state in zip(cid.parents(rule), seen, strict=True))
        label = quoted(f"{rule} | {context}" if context else rule)
        options = " ".join(quoted(show(self.model.domain(decision)[place])) for place in possible)
        player = cid.agents.index(str(cid.agent(decision))) + 1
        return f'p "" {player} {self.numbering[rule] + place + 1} {label} {{ {options} }} 0'

    def _chance(self, node: str, turn: int, moves: Iterable[tuple[int, Fraction]]) -> str:
        states = self.model.domain(node)
        ways = " ".join(f"{quoted(show(states[place]))} {show(chance)}" for place, chance in moves)
        return f'c "" {turn} {quoted(f"{node} {turn}")} {{ {ways} }} 0'


def _closed(chances: Array) -> list[Fraction]:
    """Return probabilities that sum to exactly 1, as Gambit asks; what floats are off goes to the largest."""
    exact = [Fraction(repr(chance)) if isinstance(chance, float) else Fraction(chance) for chance in chances.tolist()]
    exact[exact.index(max(exact))] += 1 - sum(exact)
    return exact


def _payoff(number: Number) -> str:
    """Return a payoff as text; a float to the 15 digits that sums and quotients of floats keep."""
    return f"{number:.15g}" if isinstance(number, float) else show(Fraction(number))


# --- strategic form ---------------------------------------------------------------------------------------------


def to_gambit_nfg(model: Model, title: str = "cidmesa") -> str:
    """Return the reduced strategic form of a model in Gambit's NFG format.

    Players are the agents with decisions, strategies their pure policies (one of those that differ only where their own
    play never leads), payoffs expected utilities.

    Raises:
        TooLarge: too many strategies or profiles.
        NotApplicable: the model has no decision, or a parameter has no value.

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
    known = given_model(model, "to_gambit_nfg")
    if known.symbolic or not known.cid.decisions:
        raise NotApplicable("the strategic form needs a model with decisions and with a value for each parameter.")
    form = strategic_form(known)
    players = " ".join(map(quoted, form.agents))
    named = " ".join(f"{{ {' '.join(quoted(_named(policy)) for policy in own)} }}" for own in form.strategies)
    flat = [np.asarray(payoff).ravel(order="F").tolist() for payoff in form.payoffs]  # the first player fastest
    numbers = " ".join(_written(payoff) for profile in zip(*flat, strict=True) for payoff in profile)
    return "\n".join([f"NFG 1 R {quoted(title)} {{ {players} }}", f"{{ {named} }}", '""', "", numbers, ""])


def _named(policy: Policy) -> str:
    return "; ".join(f"{rule.decision}: {' '.join(str(rule).split())}" for rule in policy.rules)


def _written(number: Number) -> str:
    return repr(float(number)) if isinstance(number, float) else show(Fraction(number))


register(
    Format("EFG", (".efg",), "model", "Gambit: the tree of a game; exact numbers", read_efg, to_gambit_efg, ("title",))
)
register(
    Format("NFG", (".nfg",), "model", "Gambit: the strategic form; exact numbers", read_nfg, to_gambit_nfg, ("title",))
)
