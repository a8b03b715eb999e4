"""A check that is shared by an array of jobs and put together again."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

import cidmesa as cm
from cidmesa.cli.main import main
from cidmesa.library.catalogue import library
from cidmesa.library.check.shards import keep, merged

NAMES = ["fox2021", "ward2023"]


def run(*arguments):
    return CliRunner().invoke(main, list(map(str, arguments)), catch_exceptions=False)


@pytest.fixture
def parts(tmp_path):
    folders = [library() / name for name in NAMES]
    for i in (1, 2, 3):
        assert run("check", *folders, "--shard", f"{i}/3", "-o", tmp_path / f"{i}.json", "--no-cache").exit_code == 0
    return [tmp_path / f"{i}.json" for i in (3, 1, 2)]


def test_the_merged_report_is_that_of_one_command(parts, tmp_path):
    whole, found = cm.check([library() / name for name in NAMES]), merged(parts)
    assert [part.slug for part in found.scenarios] == [part.slug for part in whole.scenarios]
    said = [[(o.id, o.status, o.got, o.witness, o.because, o.numbers) for o in report] for report in (found, whole)]
    assert said[0] == said[1]
    result = run("merge", *parts, "--format", "concise", "--report", f"junit={tmp_path / 'all.xml'}")
    assert (result.exit_code, result.stdout.strip()) == (0, whole.closing)
    assert (tmp_path / "all.xml").exists()


def test_parts_that_do_not_go_together_are_refused(parts):
    for given, said in (
        (parts[:2], "part 2 is missing, of 3"),
        ([*parts, parts[0]], ""),
        ([parts[0].with_name("no.json")], "read"),
    ):
        if said:
            with pytest.raises(cm.CidmesaError, match=said):
                merged(given)
        else:
            assert len(merged(given)) == len(merged(parts))  # a file named twice is one part


def test_a_part_there_twice_other_versions_and_changed_claims_are_refused(parts):
    data = json.loads(parts[1].read_text())
    for change, said in (
        ({"shard": [2, 3]}, "part 1 is missing, of 3"),
        ({"cidmesa": "0.0.1"}, "not of one check"),
        ({"form": "a letter"}, "is not part of a check"),
    ):
        parts[1].write_text(json.dumps(data | change))
        with pytest.raises(cm.ScenarioError, match=said):
            merged(parts)
    data["scenarios"][0]["outcomes"][0]["claim"] = "another"
    parts[1].write_text(json.dumps(data))
    with pytest.raises(cm.ScenarioError, match="was changed since it was checked"):
        merged(parts)


def test_a_shard_is_named_by_two_numbers():
    for given in ("3", "0/2", "3/2", "a/b"):
        assert run("check", "--shard", given).exit_code == 2


def test_a_part_says_what_failed(tmp_path):
    text = "{cidmesa: 1, title: Small, nodes: {C: {kind: chance, prob: {h: 1}}}, "
    text += "claims: [{id: a, says: No., ask: {query: {node: C, state: h}}, expect: 1/2}]}"
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "small.cid.yaml").write_text(text)
    report = cm.check(tmp_path / "x" / "small.cid.yaml")
    keep(report, tmp_path / "part.json", (1, 1))
    assert run("merge", tmp_path / "part.json").exit_code == report.exit_code == 1
