"""The door for text: what is refused wherever it enters, and one normal form for names everywhere."""

from __future__ import annotations

import unicodedata

import pytest

import cidmesa as cm
from cidmesa.errors import flaw, normal
from tests.library.files import scenario

REFUSED = ["a\x1b[31m", "a\nb", "a\x9b", "a\u202eb", "a\u2066b", "a\ud800", "a\u2028b", "a\uffff", "a\x00", "\ufdd0"]
FINE = ["a", "São Paulo", "Ünï", "日本", "العربية", "x̂", "👩\u200d🔬", "α_1", "it's"]


@pytest.mark.parametrize("text", REFUSED)
def test_what_acts_on_those_who_show_it_is_refused_at_every_door(text):
    assert flaw(text)
    with pytest.raises(cm.DiagramError, match="cannot be used: it holds"):
        cm.Node(text)
    with pytest.raises(cm.DiagramError, match="cannot be used: it holds"):
        cm.Node("A", "decision", text)
    with pytest.raises(cm.DiagramError, match="cannot be used: it holds"):
        cm.Node("A", parents=(text,))
    with pytest.raises(cm.ModelError, match="cannot be used: it holds"):
        cm.model(cm.cid("S -> U", utilities=["U"]), S=cm.uniform([text, "b"]), U="1")


@pytest.mark.parametrize("text", FINE)
def test_letters_of_all_scripts_pass(text):
    assert not flaw(text)
    assert cm.Node(text).name == normal(text)


def test_several_lines_are_prose():
    assert flaw("a\nb")
    assert not flaw("a\nb\tc", prose=True)
    assert flaw("a\rb", prose=True)


@pytest.mark.parametrize("text", REFUSED)
def test_a_file_says_where_such_a_text_stands(text):
    written = "".join(f"\\u{ord(char):04x}" if ord(char) > 126 or ord(char) < 32 else char for char in text)
    if text == "a\nb":
        return  # prose in a file
    with pytest.raises(cm.ScenarioError, match=r":2:8: CID007 the text .* cannot stand here: it holds"):
        scenario(f'cidmesa: 1\ntitle: "{written}"\nnodes: {{S: {{kind: chance, prob: {{a: 1}}}}}}\n')


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_names_and_expressions_have_one_normal_form(form):
    name, other = (unicodedata.normalize(form, text) for text in ("Größe", "ﬁll"))
    m = cm.model(cm.cid(f"{name}, {other} -> U", utilities=["U"]),
                 {name: cm.uniform([0, 1]), other: cm.uniform([0, 1]), "U": f"{name} + {other}"})  # fmt: skip
    assert cm.expected_utility(m) == 1
    assert normal(name) in m.cid


def test_a_file_in_another_normal_form_is_the_same_scenario():
    nodes = "  é: {kind: chance, prob: {ä: 1/3, o: 2/3}}\n  U: {kind: utility, value: é == 'ä'}\n"
    text = f"cidmesa: 1\ntitle: é\nnodes:\n{nodes}"
    one, other = (scenario(unicodedata.normalize(form, text)) for form in ("NFC", "NFD"))
    assert one.model == other.model
    assert cm.expected_utility(other.model) == cm.expected_utility(one.model) > 0
