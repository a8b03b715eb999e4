"""Frozen values are frozen all the way down: nothing that a public value holds can be written to."""

import copy
import importlib
import pickle
import pkgutil
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass

import numpy as np
import pytest

import cidmesa
import cidmesa as cm
from cidmesa.frozen import Frozen, FrozenDict, frozen

MODULES = [
    importlib.import_module(m.name)
    for m in pkgutil.walk_packages(cidmesa.__path__, "cidmesa.")
    if not m.name.endswith("__main__")
]
CLASSES = {value for module in MODULES for value in vars(module).values() if isinstance(value, type)}
RECORDS = {c for c in CLASSES if is_dataclass(c) and c.__dataclass_params__.frozen}
HOLDS = re.compile(r"\b(Mapping|dict|list|Sequence|set)\[")
LAZY = {"IncentiveTable"}  # its verdicts are a sequence of its own that makes them when they are read
INTERNAL = {"Draft", "Family", "Problem", "Ties"}  # called as something public is
PLAIN = {"Source", "Claim"}  # they hold what a file says as plain data, which may be lists


def _public_records():
    """The frozen classes that users meet: by name, as what a public function returns, or in a field of such a one."""
    returned = [str(getattr(cm, n).__annotations__.get("return", "")) for n in cm.__all__ if callable(getattr(cm, n))]
    wanted = {*cm.__all__, *re.findall(r"\w+", " ".join(returned))}
    found = set()
    while new := {c for c in RECORDS - found if c.__name__ in wanted}:
        found |= new
        shown = [str(f.type) for c in new for f in fields(c) if not f.name.startswith("_")]
        wanted |= set(re.findall(r"\w+", " ".join(shown)))
    return sorted(found, key=lambda c: (c.__module__, c.__name__))


PUBLIC = _public_records()


def test_the_search_for_public_records_finds_them():
    assert {"Model", "Composition", "MesaSpec", "Scenario", "Equilibrium", "Learned", "Score"} <= {
        c.__name__ for c in PUBLIC
    }


@pytest.mark.parametrize("kind", PUBLIC, ids=lambda c: f"{c.__module__}.{c.__name__}")
def test_public_records_that_hold_mappings_or_lists_freeze_them(kind):
    holds = [f.name for f in fields(kind) if not f.name.startswith("_") and HOLDS.search(str(f.type))]
    assert not holds or issubclass(kind, Frozen) or kind.__name__ in LAZY | PLAIN | INTERNAL, (
        f"{kind.__name__}: {holds}"
    )


def test_a_record_shows_only_what_it_is_made_of():
    plain = [kind for kind in RECORDS if hasattr(kind.__repr__, "__wrapped__")]  # no repr of its own
    assert len(plain) > 50
    assert not [(kind, field.name) for kind in plain for field in fields(kind) if field.repr and not field.init]


def _values():
    """Values of every kind that is made in the course of a question."""
    scenario = cm.load("hubinger2019/two-corners")
    training, spec = scenario.training, next(iter(scenario.specs.values()))
    diagram = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    p = {"p": cm.parameter("p", 0, 1)}
    model = cm.model(diagram, S=lambda: {0: "1/3", 1: "2/3"}, D=[0, 1], U="S == D")
    symbolic = cm.model(diagram, S=cm.bernoulli("p"), D=[0, 1], U="S == D", parameters=p, symbolic=True)
    links = "A, B -> U; A, B -> V"
    game = cm.cid(links, decisions={"a": ["A"], "b": ["B"]}, utilities={"a": ["U"], "b": ["V"]})
    pennies = cm.model(game, A=[0, 1], B=[0, 1], U="A == B", V="A != B")
    wants = cm.MesaSpec(
        {1: (["A1"], "A1 == 'b'")}, "episode", observes={"A1": ["X"]}, beliefs={"X": {0: "1/2", 1: 0.5}}
    )
    composed, verdict = cm.compose(training, spec), cm.admits_voi(diagram, "D", "S")
    yield cm.model(diagram, S=cm.uniform([0, 1]), D=lambda S: [0, 1] if S else [0], U="S == D")
    yield from (scenario, training, wants, composed, cm.certify_deception(composed))
    yield from (model, symbolic, model.do(S=1), model.with_policy({"D": {0: "1/2", 1: "1/2"}}), verdict)
    yield from (cm.solve(model), cm.policy(model, {"D": lambda S: {0: "1/4", 1: "3/4"}}), cm.incentives(diagram))
    yield from (cm.equilibria(pennies, kind="mixed"), cm.relevance_graph(game), cm.intends(model, {"D": 0}, "D", "U"))
    yield from (cm.conditions(symbolic, has_value), cm.prove(symbolic, has_value), cm.check([scenario]))


def has_value(model):
    """Whether an observation is worth something: a question about parameters."""
    return cm.value_of_information(model, "D", "S") > 0


def _held(value, path):
    """Yield what a frozen value holds, with the way there."""
    yield path, value
    if is_dataclass(value):
        shown = [f.name for f in fields(value) if not f.name.startswith("_") and f.type != "Any"]  # Any: plain data
        parts = {f".{name}": getattr(value, name) for name in shown}
    elif isinstance(value, Mapping):
        parts = {f"[{key!r}]": held for key, held in value.items()}
    else:
        parts = {f"[{place}]": held for place, held in enumerate(value if type(value) is tuple else ())}
    for step, part in parts.items():
        yield from _held(part, path + step)


VALUES = {f"{type(value).__name__} {number}": value for number, value in enumerate(_values())}


@pytest.mark.parametrize("name", VALUES)
def test_nothing_that_a_value_holds_can_be_written_to(name):
    for path, held in _held(VALUES[name], name):
        assert not isinstance(held, list | set | bytearray), path
        if isinstance(held, dict):
            with pytest.raises(TypeError, match="cannot be changed"):
                held["new"] = None
        if isinstance(held, np.ndarray):
            assert not held.flags.writeable, path
        if is_dataclass(held):
            with pytest.raises(AttributeError):
                setattr(held, fields(held)[0].name, None)


def _first(kind):
    return next(value for value in VALUES.values() if isinstance(value, kind))


def test_the_mappings_of_a_model_and_a_composition_refuse_writing():
    with pytest.raises(TypeError, match=r"a mapping of a frozen value cannot be changed\. dict\(\.\.\.\) of it can\."):
        _first(cm.Model).domains["S"] = (0,)
    with pytest.raises(TypeError):
        del _first(cm.Composition).provenance["Theta1"]


WRITES = {
    "set": lambda held: held.__setitem__("a", 2),
    "delete": lambda held: held.__delitem__("a"),
    "update": lambda held: held.update(a=2),
    "or": lambda held: held.__ior__({"a": 2}),
    "pop": lambda held: held.pop("a"),
    "popitem": lambda held: held.popitem(),
    "setdefault": lambda held: held.setdefault("b", 1),
    "clear": lambda held: held.clear(),
}


@pytest.mark.parametrize("way", WRITES)
def test_a_frozen_dict_refuses_every_way_of_writing(way):
    held = FrozenDict(a=1)
    with pytest.raises(TypeError, match="cannot be changed"):
        WRITES[way](held)
    assert held == {"a": 1}


def test_a_frozen_dict_is_a_value():
    held = frozen({"a": [1, {2}], "b": {"c": ()}})
    assert held == {"a": (1, frozenset({2})), "b": {"c": ()}}
    for twin in (copy.copy(held), copy.deepcopy(held), pickle.loads(pickle.dumps(held))):  # noqa: S301 (our own)
        assert type(twin) is FrozenDict
        assert twin == held
        assert hash(twin) == hash(held)
    assert frozen(held) is held
    assert type(held | {"d": 1}) is dict


def test_a_frozen_record_leaves_what_it_was_given_as_it_was():
    given = {"A1": ["X"]}
    spec = cm.MesaSpec("A == 'b'", "updates", observes=given)
    given["A1"].append("Y")
    assert spec.observes == {"A1": ("X",)}
