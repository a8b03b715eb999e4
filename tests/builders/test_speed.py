"""Fifty episodes: composing, all incentives and the exact solution, in processor time."""

from time import process_time

import pytest

import cidmesa as cm

FIELDS = [{"recall": "perfect"}, {"recall": "none"}, {"recall": "tied"}, {"succession": "game"}, {"aware": "none"}]


def least(work, tries=3):
    """Return the least processor time of some tries, and what the work gives."""
    took = []
    for _ in range(tries):
        start = process_time()
        result = work()
        took.append(process_time() - start)
    return min(took), result


@pytest.mark.parametrize("fields", FIELDS, ids=str)
@pytest.mark.parametrize("training", [5, 49])
def test_fifty_episodes_compose_and_are_swept_in_a_second_each(training, fields):
    process = cm.builders.episodes(training, 50 - training)
    spec = cm.MesaSpec(target="A == 'b'", scope="updates", **fields)
    seconds, composition = least(lambda: cm.compose(process, spec))
    assert len(composition.cid.decisions) == 50
    assert seconds < 1
    swept, table = least(lambda: cm.incentives(composition.cid))
    assert table.select(concept="voi")
    assert swept < 1


def test_fifty_episodes_with_perfect_recall_are_solved_in_five_seconds():
    spec = cm.MesaSpec(target="A == 'b'", scope="updates")
    composition = cm.compose(cm.builders.episodes(5, 45), spec)
    seconds, solution = least(lambda: cm.solve(composition.model), tries=1)
    assert solution.value == 45
    assert list(solution.plan.values()) == ["a"] * 5 + ["b"] * 45
    assert seconds < 5
