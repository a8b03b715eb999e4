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
@pytest.mark.parametrize("share", [10, 1], ids=["short training", "long training"])
def test_composing_and_sweeping_grow_at_most_with_the_cube_of_the_episodes(share, fields):
    spec = cm.MesaSpec(target="A == 'b'", scope="updates", **fields)
    composing, sweeping = [], []
    for episodes in (25, 50):
        training = max(episodes // share - 1, 1)
        process = cm.builders.episodes(training, episodes - training)
        seconds, composition = least(lambda process=process: cm.compose(process, spec))
        assert len(composition.cid.decisions) == episodes
        composing.append(seconds)
        seconds, table = least(lambda cid=composition.cid: cm.incentives(cid))
        assert table.select(concept="voi")
        sweeping.append(seconds)
    assert composing[1] < 10 * composing[0]
    assert sweeping[1] < 10 * sweeping[0]


def test_fifty_episodes_with_perfect_recall_are_solved_in_five_seconds():
    spec = cm.MesaSpec(target="A == 'b'", scope="updates")
    composition = cm.compose(cm.builders.episodes(5, 45), spec)
    seconds, solution = least(lambda: cm.solve(composition.model), tries=1)
    assert solution.value == 45
    assert list(solution.plan.values()) == ["a"] * 5 + ["b"] * 45
    assert seconds < 5
