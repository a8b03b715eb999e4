"""Inputs changed at random, guided by what comes of them: an input that ends in a new way is changed further."""

from __future__ import annotations

import re
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cidmesa.errors import CidmesaError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

__all__ = ["Fuzz", "expression", "mutated"]

MOST_SECONDS = 5.0
_TOKENS = (
    *("0", "-1", "1/3", "10**5000", "1e308", "nan", "*", "[]", "{}", "a", "D", "U", "~", "null", "true", "'", '"', ":"),
    *(
        "\n",
        "  ",
        "-",
        "#",
        "&a",
        "*a",
        "!!python/object",
        "\t",
        "\x00",
        "\ud800",
        "é",
        "\u202e",
        "=",
        "<",
        ">",
        "&amp;",
    ),
    *("(", ")", "**", "==", " if ", " in ", "states", "parents", "kind", "%", "\\", "9" * 400, "[[" * 20),
)
_LEAVES = ("A", "B", "p", "0", "1", "2", "1/3", "0.1", "-1", "'a'", "1e3", "x", "1e400", "True", "...", "9" * 30)
_CALLED = ("min", "max", "abs", "round", "floor", "ceil", "sum", "exp", "log", "sqrt", "eval", "__import__")


def mutated(text: str, others: Sequence[str], rng: Random) -> str:
    """Return a text with a few changes: characters, tokens, lines, and parts of other texts."""
    for _ in range(rng.choice((1, 1, 2, 3, 8))):
        place = rng.randrange(len(text) + 1)
        end = min(len(text), place + rng.choice((0, 1, 1, 3, 10, 60)))
        match rng.randrange(6):
            case 0:
                text = text[:place] + text[end:]
            case 1:
                text = text[:place] + rng.choice(_TOKENS) + text[place:]
            case 2:
                text = text[:place] + rng.choice(_TOKENS) + text[end:]
            case 3:
                text = text[:place] + text[place:end] * rng.choice((2, 2, 50)) + text[end:]
            case 4:
                other = rng.choice(others)
                start = rng.randrange(len(other) + 1)
                text = text[:place] + other[start : start + rng.randrange(80)] + text[end:]
            case _:
                lines = text.split("\n")
                one, two = rng.randrange(len(lines)), rng.randrange(len(lines))
                lines[one], lines[two] = lines[two], lines[one]
                text = "\n".join(lines)
    return text[:300_000]


def expression(rng: Random, depth: int = 0) -> str:
    """Return an expression of the grammar, now and then with something that is not of it."""
    if depth > 4 or rng.random() < 0.25:
        return rng.choice(_LEAVES)
    inner = [expression(rng, depth + 1) for _ in range(3)]
    match rng.randrange(9):
        case 0 | 1:
            return f"({inner[0]} {rng.choice(['+', '-', '*', '/', '**', '%', '//', '@', '<<'])} {inner[1]})"
        case 2:
            return f"({inner[0]} {rng.choice(['==', '!=', '<', '<=', 'in', 'is', 'not in'])} {inner[1]})"
        case 3:
            return f"({inner[0]} {rng.choice(['and', 'or'])} {inner[1]})"
        case 4:
            return f"({inner[0]} if {inner[1]} else {inner[2]})"
        case 5:
            return f"{rng.choice(_CALLED)}({', '.join(inner[: rng.randrange(4)])})"
        case 6:
            return f"{rng.choice(['not ', '-', '+', '~', 'lambda: ', '*'])}{inner[0]}"
        case 7:
            a, b, c = inner
            return rng.choice([f"[{a}, {b}, {c}]", f"({a},)", f"{{{a}}}", f"{a}.real", f"{a}[0]"])
        case _:
            return f"{inner[0]} < {inner[1]} <= {inner[2]}"


@dataclass
class Fuzz:
    """A target, and the inputs from which others are made; ``ends`` counts in which ways it ended."""

    run: Callable[[str], object]
    corpus: list[str]
    rng: Random
    slowest: float = 0.0
    ends: Counter[str] = field(default_factory=Counter)

    def go(self, count: int, make: Callable[[Fuzz], str] | None = None) -> None:
        """Run so many inputs; a foreign error, or more than five seconds, fails with the input."""
        for _ in range(count):
            text = make(self) if make else mutated(self.rng.choice(self.corpus), self.corpus, self.rng)
            start = time.process_time()
            try:
                self.run(text)
                end = "fine"
            except CidmesaError as error:
                end = f"{type(error).__name__} {re.sub(r'[^a-zA-Z ]+', '', str(error))[-60:]}"
            except Exception as error:
                raise AssertionError(f"{type(error).__name__}: {error} on {text!r}") from error
            taken = time.process_time() - start
            assert taken < MOST_SECONDS, f"{taken:.1f} s on {text!r}"
            self.slowest = max(self.slowest, taken)
            if end not in self.ends and len(self.corpus) < 500:
                self.corpus.append(text)
            self.ends[end] += 1
