"""Claims pin a scenario down: most changes of one link, payoff or probability make a claim fail."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cidmesa.library.catalogue import SUFFIX

from .mutations import mutants_of, noticed

MODELS = Path(__file__).parents[2] / "models"
SAMPLE = ("hadfieldmenell2017/off-switch", "kenton2022/mouse", "everitt2021/content-recommendation")
ENOUGH = 0.92


def counted(file: Path) -> tuple[int, int]:
    """Return how many mutants of a scenario its claims notice, of how many that are scenarios at all."""
    found = [answer for mutant in mutants_of(file) if (answer := noticed(mutant, file)) is not None]
    return sum(found), len(found)


@pytest.mark.parametrize("slug", SAMPLE)
def test_claims_notice_most_changes(slug):
    killed, tried = counted(MODELS / f"{slug}{SUFFIX}")
    assert killed >= ENOUGH * tried > 0, f"{killed} of {tried}"


@pytest.mark.nightly
def test_claims_of_the_whole_library_notice_most_changes(capsys):
    found = {f"{file.parent.name}/{file.name}": counted(file) for file in sorted(MODELS.rglob(f"*{SUFFIX}"))}
    killed, tried = (sum(column) for column in zip(*found.values(), strict=True))
    weakest = sorted(found, key=lambda name: found[name][0] / found[name][1])[:10]
    lines = [f"{killed} of {tried} changes noticed ({killed / tried:.1%}) in {len(found)} files; the weakest:"]
    lines += [f"  {found[name][0]} of {found[name][1]} {name}" for name in weakest]
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(lines) + "\n")
    assert killed >= ENOUGH * tried, f"{killed} of {tried}"


def test_a_claim_that_says_nothing_is_found_out(tmp_path):
    """The measure itself: a scenario whose only claim holds whatever the payoffs are notices none of them."""
    file = tmp_path / f"idle{SUFFIX}"
    file.write_text(
        "{cidmesa: 1, title: Idle, nodes: {D: {kind: decision, states: [a, b]}, "
        "U: {kind: utility, parents: [D], value: D == 'a'}}, "
        "claims: [{id: one, says: One decision, ask: {soluble: {}}, expect: true}]}"
    )
    assert counted(file) == (0, 3)
