"""Fifty episodes compose in under a second."""

from time import perf_counter

import pytest

import cidmesa as cm


@pytest.mark.parametrize(
    "fields",
    [{"recall": "perfect"}, {"recall": "none"}, {"recall": "tied"}, {"succession": "game"}, {"aware": "none"}],
    ids=str,
)
@pytest.mark.parametrize("training", [5, 49])
def test_fifty_episodes_compose_in_a_second(training, fields):
    process = cm.builders.episodes(training, 50 - training)
    spec = cm.MesaSpec(target="A == 'b'", scope="updates", **fields)
    took = []
    for _ in range(3):
        start = perf_counter()
        composition = cm.compose(process, spec)
        took.append(perf_counter() - start)
    assert len(composition.cid.decisions) == 50
    assert min(took) < 1
