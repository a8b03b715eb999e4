"""The table from passages to claims: rows lead to claims that are there, and no scenario of its sources is left out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import cidmesa as cm

from .test_catalogue import NAMED_IN_POST_ONE

PAGE = Path(__file__).parents[2] / "docs" / "literature.md"
ROW = re.compile(r"^\| (.+) \| \[(\S+)\]\(\.\./models/(\S+)\.cid\.yaml\) \| (.+) \|$", re.MULTILINE)
ROWS = [
    (passage, slug, target, re.findall(r"`([^`]+)`", ids))
    for passage, slug, target, ids in ROW.findall(PAGE.read_text(encoding="utf-8"))
]
ABOUT = ("hubinger2019discussion/", "hubinger2019gradient/", "demski2019/")


@pytest.mark.parametrize(("passage", "slug", "target", "ids"), ROWS, ids=[row[1] for row in ROWS])
def test_a_row_leads_to_claims(passage, slug, target, ids):
    assert passage
    assert slug == target
    assert ids
    assert set(ids) <= {claim.id for claim in cm.load(slug).claims}


def test_every_line_of_the_tables_is_read():
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    assert len(ROWS) == len([line for line in lines if not line.startswith("| passage")]) > 60


def test_nothing_is_left_out():
    listed = {slug for _, slug, _, _ in ROWS}
    every = {scenario.slug for scenario in cm.scenarios()}
    assert {slug for slug in every if slug.startswith(ABOUT)} <= listed
    assert set(NAMED_IN_POST_ONE.values()) - listed == {"farquhar2018/tree-search"}
    assert {
        slug for slug in every if re.match(r"\D+202[3-9]/", slug) and cm.load(slug).source.key not in OLDER
    } <= listed


OLDER = {"carey2023", "hammond2023", "ward2023", "ward2024", "macdermott2024"}  # formal definitions, in other tables
