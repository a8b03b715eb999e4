"""Gambit's files: the extensive form (EFG) and the strategic form (NFG) of a game, written."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from cidmesa import files
from cidmesa.errors import NotApplicable
from cidmesa.interop.game_tree import ExtensiveGame
from cidmesa.interop.writing import quoted
from cidmesa.modelling.model import known_model
from cidmesa.modelling.numbers import show
from cidmesa.solving.games.strategic_form import strategic_form

if TYPE_CHECKING:
    import os
    from collections.abc import Hashable

    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Number
    from cidmesa.modelling.policy import Policy

__all__ = ["to_gambit_efg", "to_gambit_nfg", "write_efg", "write_nfg"]


def write_efg(model: Model, path: str | os.PathLike[str]) -> None:
    """Write the extensive form of a model as a Gambit file (``.efg``), see `to_gambit_efg`."""
    files.write(path, to_gambit_efg(model).encode())


def write_nfg(model: Model, path: str | os.PathLike[str]) -> None:
    """Write the strategic form of a model as a Gambit file (``.nfg``), see `to_gambit_nfg`."""
    files.write(path, to_gambit_nfg(model).encode())


# --- extensive form ---------------------------------------------------------------------------------------------


def to_gambit_efg(model: Model, title: str = "cidmesa") -> str:
    """Return the extensive form of a model in Gambit's EFG format.

    Players are the agents. Decisions and what they observe are played in topological order; all else is summed out,
    and chance nodes that are certain make no move. An information set is a decision with the values of its parents;
    decisions that share a rule share them. Exact numbers are written as fractions; float probabilities so that they sum
    to exactly 1, float payoffs to 15 digits.
    Source: Koller and Milch 2003, section 4.

    Raises:
        TooLarge: more than a million paths.
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
    cid = known.cid
    names = {node: known.domain(node) for node in cid.nodes if cid.kind(node) != "utility"}
    owners = {decision: str(cid.agent(decision)) for decision in cid.decisions}
    gains: dict[Hashable, tuple[str, ...]] = {agent: cid.utilities_of(agent) for agent in cid.agents}
    return ExtensiveGame(title, known, names, owners, gains).to_efg()


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
    players = " ".join(map(quoted, form.agents))
    named = " ".join(f"{{ {' '.join(quoted(_named(policy)) for policy in own)} }}" for own in form.strategies)
    flat = [np.asarray(payoff).ravel(order="F").tolist() for payoff in form.payoffs]  # the first player fastest
    numbers = " ".join(_written(payoff) for profile in zip(*flat, strict=True) for payoff in profile)
    return "\n".join([f"NFG 1 R {quoted(title)} {{ {players} }}", f"{{ {named} }}", '""', "", numbers, ""])


def _named(policy: Policy) -> str:
    return "; ".join(f"{rule.decision}: {' '.join(str(rule).split())}" for rule in policy.rules)


def _written(number: Number) -> str:
    return repr(float(number)) if isinstance(number, float) else show(Fraction(number))
