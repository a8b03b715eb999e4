"""The command: which mutants are tried, and what is said of them."""

from __future__ import annotations

import random
import sys
import tempfile
from collections import Counter, defaultdict
from contextlib import closing
from typing import TYPE_CHECKING

from tests.mutants.changes import ROOT, mutant, placed, places, said
from tests.mutants.yard import Yard

if TYPE_CHECKING:
    from pathlib import Path

TESTS = {
    "structure": ["tests/structure", "tests/criteria", "cidmesa/structure"],
    "modelling": ["tests/modelling", "tests/solving", "cidmesa/modelling"],
    "criteria": ["tests/criteria", "tests/laws", "cidmesa/criteria"],
    "solving": ["tests/solving", "tests/games", "tests/counterfactual", "cidmesa/solving"],
    "quantities": ["tests/quantities", "tests/laws", "cidmesa/quantities"],
    "mesa": ["tests/mesa", "cidmesa/mesa"],
    "verify": ["tests/verify", "cidmesa/verify"],
}
EVERY = [
    "tests/test_gaps.py",
    "tests/test_frozen.py",
    "tests/test_limits.py",
    "tests/test_reprs.py",
]  # for every package
ENOUGH = 0.85
EQUIVALENT = {  # line -> why no test can notice the change of it that was tried
    "if not exact or (joint == _cells(out, sizes) and len(scopes) < 3):  # one multiplication gains nothing": (
        "sums of integers over a denominator, or of what is there; only the time differs"
    ),
    "return max((sizes[variable] * size(others) for variable, others in clusters), default=1)": (
        "where no variable is summed out, both orders are empty"
    ),
    "if any(element is None for row in bare for element in row):": (
        "cells are then multiplied as they are; only the time differs"
    ),
    "wrong = abs(total - 1) > _TOLERANCE if array.dtype != np.object_ else total != 1": (
        "no sum of floats differs from 1 by the tolerance exactly"
    ),
    "return base**exponent if exponent >= 0 else Fraction(base) ** exponent": "to the power of 0, both are 1",
    "first = ((found & -found).bit_length() - 1) // family.worlds": "x | -x is as long as x & -x, its lowest bit",
    "return (bits & -bits).bit_length() - 1": "x | -x is as long as x & -x, its lowest bit",
    "if array.dtype == np.object_ and distributions(array):": "two ways to sum; only the time differs",
    "if sum(sizes := [table.size for table in tables]) <= _FEW:": (
        "Python and numpy find the same extremes; only the time differs"
    ),
    "if found is None or found.largest >= 2**31:": (
        "a bound far below where sums would overflow; beyond it, numbers are summed as they are"
    ),
    "return {v for v in (*self.scopes[i], *self.scopes[j]) if self.count[v] > 1 + (v in both)}": (
        "what is kept too long is summed out at the end; only the time differs"
    ),
    "if exact or repeats > rows * inner * columns:  # many small matrices: no gain from matrix products": (
        "either way of multiplying; only the time differs"
    ),
    "if kinds <= {int, Fraction}:": "a shorter way to what the last line returns",
    "MAX_SHOWN = 2**16  # cells of a rule that is shown by context": "any size near it will do",
    "if any(link not in there and link[0] not in net.bit for link in minimal.information):": (
        "an early end: such a link stays in what is reduced, so R3 is refused at the end"
    ),
    "if doors or len(todo) > len(up) // 64 or not state.follow(todo, len(up) // 8):": (
        "a sweep adds nothing to what is at rest, and the loop goes on while anything is not; only the time differs"
    ),
    "if not small and (soluble or _many_rules(problem)) and (short := _by_beliefs(model, problem)):": (
        "another method with the same answer; only the time differs"
    ),
    "half, mask = size // 2, (1 << size) - 1": "a bit of the mask beyond the size meets no bit of a row",
    "fields = {node: np.tile(field, (times, 1)) for node, field in self.fields.items()}": (
        "more columns than a table has rows: nothing reads them"
    ),
    "if falling := falling & ~self.passed[node]:": "bits that have passed pass again, until another method takes over",
    "if bits & ~self.mechanisms[node]:": "bits that are there are added again",
    "beyond = (w & ~family.doors.get(link, 0) for link, w in needed.items() if link[0] not in family.shift)": (
        "an early end: such a link is material, so it is found in what is reduced (van Merwijk et al. 2022, Theorem 7)"
    ),
    "names: tuple[str, ...] = field(init=False, repr=False, compare=False)": "the names follow from the text",
    "return functions / np.where(sums > 0, sums, 1).reshape(-1, *[1] * (functions.ndim - 1))": (
        "where the sum is 0, so is the function that is divided"
    ),
    "punished[utility] = Lookup(parents, tuple((row, 0 if row[place] == off else -1) for row in rows))": (
        "any punishment will do"
    ),
    "best, tried = Instructed(None, None, None, 0), 0": "the number of tried policies is put in at the end",
    "found = search.sent(search.root, -1)": "no cluster, which any negative number says",
    "symbolic = assemble(model.cid, model.domains, model.mechanisms, free, symbolic=True)": (
        "each setting is tabulated by itself, with the same numbers; only the time differs"
    ),
    "FEW = 64  # combinations of vectors that are made at once": "only the time differs",
    "INSIDE = Fraction(16, 33)  # where in a slice the question is asked: near the middle, seldom on a boundary": (
        "any place inside will do"
    ),
    "for total in range(len(sizes), sum(sizes) + 1):": "no choice has a greater total",
    "while flow < without_limit and (path := _augmenting(room, start)):": "more than the limit is cut off later",
    "_UP, _DOWN = 0, 1  # how a node is entered: from a child, or from a parent": "two marks, of which any two will do",
    "if seen and not any(owner_of.get(u) == owner and {*seen} <= {*above[u]} for u in below[decision]):": (
        "whether a reduction is spared; what it would remove changes no value and no rule"
    ),
    "_PER_STEP, _PER_STEP_EXACT = 256, 8  # cells of tables that take as long as a step": "only the time differs",
    "if (most := most - min(_BATCH, len(low))) < 0:": "one box more or less of many thousands",
    "count = dict.fromkeys((*scope, *keep), 2)": "any number above 1 will do",
    "found = tuple(islice(solve(model).optimal_policies(), MAX_POLICIES + 1))": "any number above the limit will do",
    "goal = [Fraction(0)] * (width - 1) + [Fraction(-1)] + [Fraction(0)] * (count + 1)": (
        "twice what is sought is greatest where it is"
    ),
    "return np.asarray(-(rule * np.log(np.where(rule > 0, rule, 1))).sum(axis=-1))": "the logarithm is multiplied by 0",
}


def sampled(package: str, count: int, seed: int) -> list[tuple[Path, int]]:
    """Return files of a package, each with a place that can be changed."""
    files = [file for file in sorted((ROOT / "cidmesa" / package).rglob("*.py")) if file.name != "__init__.py"]
    every = [(file, place) for file in files for place in places(file)]
    return random.Random(seed).sample(every, min(count, len(every)))


def survivors(chosen: list[tuple[Path, int]], tests: list[str]) -> tuple[dict[str, list[str]], Counter[str]]:
    """Return by package the places that no test notices and `EQUIVALENT` does not explain, and how many died."""
    alive, dead = defaultdict[str, list[str]](list), Counter[str]()
    packages = sorted({package_of(file) for file, _ in chosen})
    with tempfile.TemporaryDirectory() as folder, closing(Yard(folder, packages, tests)) as yard:
        for number, (file, place) in enumerate(chosen, 1):
            line, package = mutant(file, place)[1].start, package_of(file)
            killed = yard.killed(file, place)
            word = "killed" if killed else "equivalent" if said(file, line) in EQUIVALENT else "survives"
            dead[package] += killed
            if word == "survives":
                alive[package].append(f"{file.relative_to(ROOT)}:{line}")
            sys.stdout.write(f"{number} {file.relative_to(ROOT)}:{line} place {place} {word}: {said(file, line)}\n")
            sys.stdout.flush()
    return alive, dead


def package_of(file: Path) -> str:
    """Return the package in which a file lies."""
    return file.relative_to(ROOT / "cidmesa").parts[0]


def main(asked: str, *words: str) -> int:
    """Print the score of a sample and what survives; return 1 if fewer than 85 % of a package are killed."""
    packages = asked.split(",")
    tests = [word for word in words if word.startswith("tests/")]
    chosen = [one for word in words if ":" in word for one in placed(word)]
    if numbers := [int(word) for word in words if word.isdigit()]:
        count, seed = (*numbers, 1)[:2]
        chosen += [one for package in packages for one in sampled(package, count, seed)]
    alive, dead = survivors(chosen, tests or [*EVERY, *(test for package in packages for test in TESTS[package])])
    for package in packages:
        gone, left = dead[package], alive[package]
        sys.stdout.write(f"{package}: {gone} killed, {len(left)} alive: {' '.join(left)}\n")
    return int(any(len(alive[package]) > (1 - ENOUGH) * (len(alive[package]) + dead[package]) for package in packages))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
