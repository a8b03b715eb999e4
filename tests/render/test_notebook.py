"""What a notebook shows of each public value: never a raw repr."""

from __future__ import annotations

import doctest
import inspect
import re
import sys
from fractions import Fraction
from functools import cache
from html import unescape
from itertools import pairwise

import pytest

import cidmesa as cm
from cidmesa.criteria.concepts import CONCEPTS
from cidmesa.render.notebook import said

GRADES = cm.load("everitt2021/grade-prediction")
CORNERS = cm.load("hubinger2019/two-corners")
SHORT = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
MODEL = cm.model(SHORT, S={0: "1/3", 1: "2/3"}, D=[0, 1], U="S == D")
KINDS = sorted(
    name
    for name in cm.__all__
    if inspect.isclass(getattr(cm, name)) and not issubclass(getattr(cm, name), BaseException)
)
RAW = re.compile(r"[A-Z]\w+\((?:\w+=|<)|&lt;\w[\w.]* object|object at 0x|Fraction\(|dataclass|OrderedDict|dtype=")


def examples(kind):
    """All values that the examples of a class and of the function of its module make."""
    module = sys.modules[kind.__module__]
    functions = [value for value in vars(module).values() if inspect.isfunction(value) and value.__doc__]
    for documented in (kind, *functions):
        test = doctest.DocTestParser().get_doctest(
            inspect.cleandoc(documented.__doc__ or ""), dict(vars(module)), "", None, 0
        )
        printed = []
        test.globs |= {"print": lambda *given, to=printed: to.extend(given), "Fraction": Fraction, "cm": cm}
        for example in test.examples:
            try:
                try:
                    yield eval(compile(example.source, "example", "eval"), test.globs)  # noqa: S307 (our own text)
                except SyntaxError:
                    exec(compile(example.source, "example", "exec"), test.globs)  # noqa: S102 (our own text)
            except (cm.CidmesaError, NameError, SyntaxError):
                continue
        yield from (*printed, *test.globs.values())


SPECIAL = {
    "Claim": lambda: CORNERS.claims[0],
    "Condition": lambda: cm.conditions(CORNERS, {"deceptive": True}, over=["mu"], of="deceptive"),
    "Judgement": lambda: cm.has_perfect_recall(SHORT),
    "Outcome": lambda: next(iter(cm.check([cm.load("perdomo2020/performative")]))),
    "Parameter": lambda: CORNERS.model.parameters["mu"],
    "Piece": lambda: cm.conditions(CORNERS, {"deceptive": True}, over=["mu"], of="deceptive").pieces[0],
    "Certificate": lambda: cm.certify_deception(CORNERS.of("deceptive")),
}


def discriminated():
    three = cm.load("hubinger2019/three-alignments")
    return cm.discriminate(three.training, three.specs["corrigible"], "B")


SPECIAL |= {
    "Discrimination": discriminated,
    "ObjectiveDistance": lambda: cm.objective_distance("D == S", "D", MODEL),
    "Would": lambda: cm.would(X=0),
}


@cache
def made(name):
    """A value of a public class."""
    if name in SPECIAL:
        return SPECIAL[name]()
    kind = getattr(cm, name)
    for value in examples(kind):
        for one in value if isinstance(value, tuple | list) else (value,):
            if isinstance(one, kind):
                return one
    raise AssertionError(f"no example makes a {name}")


@pytest.mark.parametrize("name", KINDS)
def test_every_public_value_shows_itself(name, capsys):
    value = made(name)
    bundle = value._repr_mimebundle_()
    html, plain = bundle.get("text/html") or bundle["text/markdown"], bundle["text/plain"]
    assert len(html) > 20
    words = unescape(re.sub(r"<svg.*?</svg>|<title>.*?</title>|<[^>]+>", " ", html, flags=re.DOTALL))
    assert words.strip() or "<svg" in html or "<img" in html
    assert not RAW.search(words), words[:300]
    assert "object at 0x" not in plain


def test_a_verdict_has_sentence_definition_theorem_and_its_witness():
    html = cm.admits_ri(GRADES.cid, "P", "R")._repr_mimebundle_()["text/html"]
    assert "response incentive on R, decision P of agent" in html
    assert "Everitt et al. 2021, Theorem 12" in html
    assert "Definition: under every optimal policy" in html
    assert html.count("#CC3311") >= 5  # three nodes and two links of the path
    voi = cm.admits_voi(GRADES.cid, "P", "HS")
    assert " - ".join(voi.witness) in voi.reason  # an undirected path, with the diagram's own links
    shown = voi._repr_mimebundle_()["text/html"]
    for a, b in pairwise(voi.witness):
        assert f">{a} → {b}:" in shown or f">{b} → {a}:" in shown
    without = cm.admits_voi(GRADES.cid, "P", "R")._repr_mimebundle_()["text/html"]
    assert "<svg" not in without
    assert "separates" in without


@pytest.mark.parametrize("concept", CONCEPTS)
def test_every_concept_has_a_figure_of_its_witness(concept):
    found = next(v for v in cm.incentives(GRADES.cid) if v and v.concept == concept)
    html = found._repr_mimebundle_()["text/html"]
    for name in {*found.witness, found.node}:
        assert f">{name}: {GRADES.cid.kind(name)} node" in html
    assert "diagram" not in found.to_json()


def test_a_model_stands_beside_its_tables_and_a_solution_beside_its_figure():
    html = CORNERS.model._repr_mimebundle_()["text/html"]
    assert html.index("<svg") < html.index("<table")
    for name in (*CORNERS.cid.nodes, *CORNERS.model.parameters):
        assert f"<b>{name}</b>" in html
    solved = cm.solve(MODEL)._repr_mimebundle_()
    assert solved["text/html"].index("<table") < solved["text/html"].index("<svg")
    assert "policy: " in solved["text/html"]
    assert solved["text/plain"].startswith("value 1 for agent")


def test_a_reduction_shows_what_was_removed_and_why():
    html = cm.reduction(GRADES.cid)._repr_mimebundle_()["text/html"]
    assert "<svg" in html
    assert "Ge -&gt; P" in html


def test_numbers_are_fractions_and_lists_have_no_brackets():
    quantity = made("Quantity")
    assert "Method" in quantity._repr_mimebundle_()["text/html"]
    spec = CORNERS.specs["deceptive"]._repr_mimebundle_()["text/html"]
    assert "updates" in spec
    assert said((("D", 1), ("E", [True]))) == "D, 1, E, yes"


def test_a_certificate_is_written_for_papers():
    shown = made("Certificate")._repr_mimebundle_()
    assert "\\" in shown["text/latex"]
    assert set(shown) >= {"text/html", "text/latex", "text/plain"}
