"""Compositions of every builder tell how they came about, and survive being written to a file."""

import pytest

import cidmesa as cm
from cidmesa.library.file.loader import loads
from cidmesa.library.file.writer import written
from cidmesa.mesa.rules import RULES
from tests.builders.catalogue import BUILT, composed
from tests.builders.test_combinations import COMBINATIONS, meaningless

ORDER = ("assumed", "training", *map(str, RULES))


def compositions(name):
    """Yield the compositions of a builder under every third meaningful combination, other ones for each builder."""
    able = [fields for fields in COMBINATIONS if meaningless(name, fields) is None]
    for fields in able[sum(map(ord, name)) % 3 :: 3]:
        yield composed(name, **fields)


@pytest.mark.parametrize("name", BUILT)
def test_each_part_is_explained_once(name):
    for c in compositions(name):
        sentences = cm.explain(c)
        told = [part for sentence in sentences for part in sentence.parts]
        assert len(told) == len(set(told))
        gone = set(BUILT[name][0].cid.nodes) - set(c.cid.nodes)
        assert {*c.cid.nodes, *c.cid.edges} | gone <= set(told)
        places = [ORDER.index(sentence.rule) for sentence in sentences]
        assert places == sorted(places)


@pytest.mark.parametrize("name", BUILT)
def test_a_written_composition_loads_back(name):
    for c in compositions(name):
        origin = {node: c.provenance[node] for node in c.cid.nodes}
        found = loads(written(c.model, f"Composition of {name}", origin))
        assert found.cid == c.cid
        assert found.model == c.model
