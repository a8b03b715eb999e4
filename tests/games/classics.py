"""Games from the literature, built from their papers' descriptions."""

from __future__ import annotations

from fractions import Fraction

import cidmesa as cm

__all__ = ["bimatrix", "card_game", "coordination_of_three", "driver", "signalling", "tree_killer"]

OWNED = {"decisions": {"a": ["A"], "b": ["B"]}, "utilities": {"a": ["U"], "b": ["V"]}}


def bimatrix(rows, columns, payoffs, *, seen: bool = False) -> cm.Model:
    """A game of two decisions with payoffs {(row, column): (a's, b's)}; ``seen``: b sees a's move."""
    g = cm.cid(("A -> B; " if seen else "") + "A, B -> U; A, B -> V", **OWNED)
    return cm.model(g, A=list(rows), B=list(columns), U=lambda A, B: payoffs[A, B][0], V=lambda A, B: payoffs[A, B][1])


def tree_killer(works: Fraction = Fraction(9, 10)) -> cm.Model:
    """Koller and Milch 2003, example 1: Alice may poison Bob's tree; he may call a doctor, she may build a patio."""
    links = ("Poison -> Sick; Poison -> Effort; Poison -> Patio; Sick -> Doctor; Sick -> Dead; Doctor -> Dead; "
             "Doctor -> Fee; Doctor -> Patio; Dead -> View; Patio -> View; Dead -> Tree")  # fmt: skip
    g = cm.cid(links, decisions={"alice": ["Poison", "Patio"], "bob": ["Doctor"]},
               utilities={"alice": ["Effort", "View"], "bob": ["Fee", "Tree"]})  # fmt: skip
    return cm.model(
        g,
        Poison=[0, 1],
        Sick=lambda Poison: {1: works * Poison, 0: 1 - works * Poison},
        Doctor=[0, 1],
        Dead=cm.table([[0, "*", 0], [1, 0, 1], [1, 1, {1: "1/4", 0: "3/4"}]], ["Sick", "Doctor"]),
        Patio=[0, 1],
        Effort="-Poison",
        View="Patio * (6 if Dead else -4)",
        Fee="-2 * Doctor",
        Tree="-8 * Dead",
    )


def signalling(honest_pays: int = 0) -> cm.Model:
    """A worker of unknown quality may study (cheap for the good); the firm sees it and hires or not."""
    g = cm.cid("X -> S -> F; X, S, F -> U; X, F -> V", decisions={"worker": ["S"], "firm": ["F"]},
               utilities={"worker": ["U"], "firm": ["V"]})  # fmt: skip
    return cm.model(g, X=cm.uniform(["good", "bad"]), S=["study", "rest"], F=["hire", "pass"],
                    U=lambda X, S, F: 4 * (F == "hire") - (S == "study") * (1 if X == "good" else 5) + honest_pays,
                    V=lambda X, F: 0 if F == "pass" else 2 if X == "good" else -3)  # fmt: skip


def card_game() -> cm.Model:
    """A small poker: Ann sees a high or low card and bets or folds; Bob sees the bet and calls or folds."""
    g = cm.cid("Card -> Ann -> Bob; Card, Ann, Bob -> U; Card, Ann, Bob -> V",
               decisions={"ann": ["Ann"], "bob": ["Bob"]}, utilities={"ann": ["U"], "bob": ["V"]})  # fmt: skip

    def gain(Card, Ann, Bob):
        return -1 if Ann == "fold" else 1 if Bob == "fold" else 2 if Card == "high" else -2

    return cm.model(g, Card=cm.uniform(["high", "low"]), Ann=["bet", "fold"], Bob=["call", "fold"],
                    U=gain, V=lambda Card, Ann, Bob: -gain(Card, Ann, Bob))  # fmt: skip


def driver(exits: int = 2) -> cm.Model:
    """The absent-minded driver (Piccione and Rubinstein 1997): 0 at the first exit, 4 at the second, 1 beyond."""
    names = [f"D{k}" for k in range(1, exits + 1)]
    g = cm.cid([(name, "End") for name in names] + [("End", "U")], decisions=names, utilities=["U"])
    end = "0 if D1 == 'exit' else 4 if D2 == 'exit' else 1"
    return cm.model(g, {name: ["exit", "on"] for name in names}, End=end, U="End").sharing_rules(names)


def coordination_of_three() -> cm.Model:
    """Three players with two actions each; one equilibrium is fully mixed with irrational probabilities."""
    g = cm.cid("A, B, C -> U; A, B, C -> V; A, B, C -> W", decisions={"a": ["A"], "b": ["B"], "c": ["C"]},
               utilities={"a": ["U"], "b": ["V"], "c": ["W"]})  # fmt: skip
    together = "(1 + A) * (A == B == C)"
    return cm.model(g, A=[0, 1], B=[0, 1], C=[0, 1], U=together, V=together, W=together)
