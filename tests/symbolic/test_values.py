"""Conditions are values: equal to their pickle and their deep copy, whatever was asked of them meanwhile."""

import copy
import pickle
from fractions import Fraction

import pytest

import cidmesa as cm

TEXTS = {
    "one root": {"S": "p ** 2", "U": "D * (2 * S - 1)"},
    "two parameters": {"S": "p * q", "U": "D * (2 * S - 1)"},
    "a root above a root": {"S": "p ** 2", "U": "D * (2 * S - 1) * (2 * q ** 2 - p)"},
    "always": {"S": "p", "U": "D"},
}


def _model(texts):
    g = cm.cid("S, D -> U", decisions=["D"], utilities=["U"])
    free = {name: cm.parameter(name, 0, 1) for name in "pq" if any(name in text for text in texts.values())}
    return cm.model(g, S=cm.bernoulli(texts["S"]), D=[0, 1], U=texts["U"], parameters=free, symbolic=True)


def has_value(model):
    return cm.solve(model).value > 0


@pytest.mark.parametrize("name", TEXTS)
def test_a_condition_equals_its_pickle_and_its_deep_copy(name):
    condition = cm.conditions(_model(TEXTS[name]), has_value)
    for twin in (pickle.loads(pickle.dumps(condition)), copy.deepcopy(condition)):  # noqa: S301 (our own)
        assert twin == condition
        assert hash(twin) == hash(condition)
        for number in {x for piece in twin.pieces for x in piece.point.coordinates if not isinstance(x, Fraction)}:
            number.refine()  # closer bounds leave it the same number
        assert twin == condition
        assert str(twin) == str(condition)


def test_conditions_that_differ_are_not_equal():
    found = [cm.conditions(_model(texts), has_value) for texts in TEXTS.values()]
    assert [one == other for one in found for other in found].count(True) == len(found)


def test_a_proof_equals_its_pickle():
    proof = cm.prove(_model(TEXTS["one root"]), has_value)
    assert pickle.loads(pickle.dumps(proof)) == proof  # noqa: S301 (our own)


def test_models_with_free_parameters_equal_their_pickle():
    model = _model(TEXTS["two parameters"])
    twin = pickle.loads(pickle.dumps(model))  # noqa: S301 (our own)
    assert twin == model
    assert hash(twin) == hash(model)
    assert cm.solve(twin.substitute(p=1, q="3/4")).value == cm.solve(model.substitute(p=1, q="3/4")).value
