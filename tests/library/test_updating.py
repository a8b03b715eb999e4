"""Writing what was found into the files, and nothing else."""

from __future__ import annotations

import pytest

import cidmesa as cm
from cidmesa.library.check.check import check
from cidmesa.library.check.update import updates
from tests.library.files import SMALL

CLAIMS = """\
claims:
  # what it does
  - id: takes   # at the report
    says: It takes it.
    ask: {optimal: {decision: Take, when: {Report: yes}}}
    expect: nothing
  - {id: worth, says: It is worth that., ask: {eu: {}}, expect: -19/30}
  - {id: parts, says: In parts., ask: {optimal: {}}, expect: {value: 0, count: 1}}
  - {id: sees, says: It sees., ask: {requisite: {decision: Take}}, expect: []}
  - {id: each, says: Each., ask: {ici: {decision: Take, node: [Wet, Rain]}}, expect: true}
  - {id: marked, says: It is false., ask: {soluble: {}}, expect: false, xfail: so it is}
variants:
  - id: dry
    set: {p: 0}
    override: {takes: null}
  - id: wet
    set: {p: 1}
    override: {worth: {says: It is worth less.}}
    claims:
      - {id: more, says: More., ask: {query: {node: Rain, state: yes}}, expect: 0}
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "one.cid.yaml"
    path.write_text(SMALL + CLAIMS)
    return path


def test_claims_that_fail_expect_what_was_found(file):
    (update,) = updates(check(file))
    assert file.read_text() == SMALL + CLAIMS, "nothing is written"
    assert "-    expect: nothing\n+    expect: umbrella\n" in update.diff
    assert "  - id: takes   # at the report\n" in update.after
    assert "# what it does" in update.after
    assert "expect: {value: -19/30, count: 1}" in update.after
    assert "expect: [Report]" in update.after
    assert [outcome.claim.id for outcome in update.left] == ["each"] * 3
    file.write_text(update.after)
    after = check(file)
    assert {outcome.claim.id for outcome in after if not outcome} == {"each"}
    assert [outcome.claim.id for outcome in after if outcome.status == "xfailed"] == ["marked"] * 3


def test_a_variant_that_differs_gets_an_override_and_one_that_has_it_is_changed(file):
    (update,) = updates(check(file))
    file.write_text(update.after)
    dry, wet = cm.load(file).variants
    assert {claim.id: claim.expect for claim in dry.claims}["worth"] == 0
    assert {claim.id: claim.expect for claim in wet.claims}["more"] == 1
    assert [claim.says for claim in wet.claims if claim.id == "worth"] == ["It is worth less."]


def test_nothing_changes_where_all_holds():
    assert list(updates(check("everitt2021/grade-prediction"))) == []
