"""The scenario library: every claim holds, and would fail if something else were expected."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

import cidmesa as cm
from cidmesa.library.catalogue import SUFFIX, keys_in
from cidmesa.library.file.formatting import formatted

from .opposites import opposites

MODELS = Path(__file__).parents[2] / "models"
FILES = sorted(MODELS.rglob(f"*{SUFFIX}"))
SLUGS = [f"{file.parent.name}/{file.name.removesuffix(SUFFIX)}" for file in FILES]
SCENARIOS = {slug: cm.load(file) for slug, file in zip(SLUGS, FILES, strict=True)}
PARTS = {part.slug: part for scenario in SCENARIOS.values() for part in (scenario, *scenario.variants)}

EXPECTED = (
    "everitt2021/content-recommendation",
    "everitt2021/grade-prediction",
    "everitt2021tampering/rl-rf-tampering",
    "greenblatt2024/alignment-faking",
    "hadfieldmenell2017/off-switch",
    "hubinger2019/evolution",
    "hubinger2019/red-door",
    "hubinger2019/sweeping-robot",
    "hubinger2019/three-alignments",
    "hubinger2019/two-corners",
    "hubinger2019gradient/gradient-hacking",
    "ward2023/war-game",
)

each_scenario = pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
each_part = pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)


def test_the_library_has_what_was_promised():
    assert set(EXPECTED) <= set(SLUGS)
    assert [scenario.slug for scenario in cm.scenarios()] == sorted(SLUGS)


@pytest.mark.parametrize("slug", SLUGS)
def test_slug_is_the_path(slug):
    assert SCENARIOS[slug].slug == slug
    assert slug == slug.lower()
    assert "_" not in slug


@each_scenario
def test_source_is_in_the_bibliography_and_names_the_folder(scenario):
    keys = keys_in((MODELS / "references.bib").read_text(encoding="utf-8"))
    assert scenario.source.key in keys
    assert scenario.source.key == Path(scenario.path).parent.name
    assert scenario.source.where
    assert scenario.source.says
    assert scenario.source.checked, "say where that was verified: text, abstract, reports or nowhere"


def test_bibliography_has_no_entry_too_many():
    keys = keys_in((MODELS / "references.bib").read_text(encoding="utf-8"))
    assert sorted(set(keys)) == list(keys)
    assert set(keys) == {scenario.source.key for scenario in SCENARIOS.values()}


@each_scenario
def test_the_file_has_the_common_layout(scenario):
    text = Path(scenario.path).read_text(encoding="utf-8")
    assert formatted(text, scenario.path) == text, "run: cidmesa fmt models"


@each_part
def test_says_what_it_is(part):
    assert part.title
    assert part.status in ("faithful", "simplified", "conjectural")
    assert part.tags
    whose = r"\bours?\b|\bsource\b" if part.model else r"\bno numbers\b"
    assert re.search(whose, part.note.lower()), "say whose the numbers are, or that there are none"


def test_titles_are_different():
    titles = [part.title for part in PARTS.values()]
    assert len(set(titles)) == len(titles)


@each_part
def test_every_claim_holds(part):
    report = cm.check(replace(part, variants=()))
    assert [(outcome.id, outcome.got, outcome.because) for outcome in report if not outcome] == []
    assert len(report) == len(part.claims) > 0


@each_part
def test_every_claim_fails_if_another_answer_is_expected(part):
    claims = [
        replace(claim, id=f"{claim.id}-{i}", expect=other)
        for claim in part.claims
        if not claim.xfail
        for i, other in enumerate(opposites(claim.expect, part))
    ]
    report = cm.check(replace(part, claims=tuple(claims), variants=()))
    assert [(outcome.id, outcome.claim.expect) for outcome in report if outcome.status != "failed"] == []


@each_scenario
def test_something_is_denied(scenario):
    denied = [claim for claim in scenario.claims if _denies(claim.expect)]
    assert denied, "add a claim of something that does not hold"


THRESHOLD = re.compile(r"[<>]")


@each_part
def test_every_threshold_has_a_neighbour_at_which_the_answer_is_another(part):
    """The same question is asked on the other side, or where it changes: a claim with other parameter values."""
    for claim in (c for c in part.claims if c.kind == "condition" and THRESHOLD.search(str(c.expect))):
        others = [c for c in part.claims if c.where != claim.where and c.kind != "condition"]
        assert others, f"{claim.id}: add a claim at values where {claim.expect} does not hold"


def _denies(expect):
    return expect is False or (isinstance(expect, dict) and any(value is False for value in expect.values()))


@each_part
def test_every_specification_and_variant_is_asked_about(part):
    assert set(part.specs) <= {claim.of for claim in part.claims}
