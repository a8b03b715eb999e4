"""Reading YAML: exact numbers, places, and files that mean harm."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from random import Random
from time import process_time

import pytest
import yaml
from hypothesis import given, strategies as st

from cidmesa.errors import ScenarioError
from cidmesa.library.catalogue import files_under, library
from cidmesa.library.file import source
from cidmesa.library.file.source import MAX_BYTES, Place, read


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.1", Fraction(1, 10)),
        ("1/3", Fraction(1, 3)),
        ("-2/4", Fraction(-1, 2)),
        ("1e-3", Fraction(1, 1000)),
        ("1.0", 1),
        ("007", 7),
        ("0x1F", 31),
        (".5", Fraction(1, 2)),
        ("'1/3'", "1/3"),
        ("1/0", "1/0"),
        ("yes", "yes"),
        ("on", "on"),
        ("12:30", "12:30"),
        ("2020-01-01", "2020-01-01"),
        ("true", True),
        ("~", None),
        ("1 - mu", "1 - mu"),
    ],
)
def test_plain_scalars_are_exact_and_follow_yaml_1_2(text, value):
    found = read(f"x: {text}", "f")
    assert found.data == {"x": value}
    assert type(found.data["x"]) is type(value)


@given(st.fractions(max_denominator=10**6))
def test_any_fraction_is_read_exactly(number):
    assert read(f"x: {number.numerator}/{number.denominator}", "f").data == {"x": number}


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**6), max_value=10**6))
def test_any_decimal_is_read_exactly(number):
    assert read(f"x: {number:f}", "f").data == {"x": Fraction(number)}


def test_every_value_and_key_has_its_place():
    source = read("a:\n  - x\n  - {k: 'text'}\n", "f")
    assert source.place(("a", 1, "k")) == Place(3, 9, 10)
    assert source.place(("a", 1, "nowhere", 3)) == Place(3, 5, 5)
    assert [place.line for place in source.places_of_text((), "text")] == [3]


def message(text: str | bytes) -> str:
    with pytest.raises(ScenarioError) as error:
        read(text, "f.yaml")
    return str(error.value)


def test_all_mistakes_of_reading_are_reported_at_once():
    lines = message("a: 1\na: 2\nb: &x 1\nc: *x\nd: !!python/object:os.system x\ne: .nan\n").splitlines()
    assert [line.split(" ")[:2] for line in lines] == [
        ["f.yaml:2:1:", "CID002"],
        ["f.yaml:3:4:", "CID003"],
        ["f.yaml:4:4:", "CID003"],
        ["f.yaml:5:4:", "CID003"],
        ["f.yaml:6:4:", "CID005"],
    ]


BILLION_LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        (BILLION_LAUGHS, "CID003", "anchors and aliases"),
        ("[" * 5000, "CID004", "nested more than"),
        ("{a: " * 5000, "CID004", "nested more than"),
        ("- " * 5000, "CID004", "nested more than"),
        ("x: 1e999999999", "CID005", "out of range"),
        ("x: " + "9" * 100_000, "CID005", "out of range"),
        ("x: 1/" + "9" * 100_000, "CID005", "out of range"),
        ("x: .inf", "CID005", "finite"),
        ("#" * 10_000_000, "CID004", "bytes"),
        ("x: !!python/object/apply:os.system ['id']", "CID003", "tag"),
        ("!!python/name:os.system x: 1", "CID003", "tag"),
        ("x: !mine 3", "CID003", "tag"),
        ("a: 1\n---\nb: 1\n", "CID006", "second document"),
        ("a: [1,\n", "CID001", "not YAML"),
        ("a:\n\tb: 1\n", "CID001", "not tabs"),
        ("a: \x00", "CID001", "not YAML"),
        (b"\xff\xfe\x00", "CID001", "UTF-8"),
        ("? [a, b]\n: 1\n", "CID001", "cannot be a key"),
        ("true: 1\n", "CID001", "cannot be a key"),
        ("a: 'x\n", "CID001", "not YAML"),
        ("%YAML 3.0\n---\na: 1\n", "CID001", "not YAML"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else None,
)
def test_hostile_or_broken_text_is_refused_quickly(text, code, words):
    start = process_time()
    said = message(text)
    assert process_time() - start < 2
    assert code in said
    assert words in said
    assert len(said) < 20_000


@pytest.mark.parametrize("key", ["*x", "1e999", "&x a", "!t a"])
def test_a_key_with_a_mistake_is_reported_once(key):
    assert len(message(f"{{{key} : 1}}").splitlines()) == 1


def test_a_long_file_names_the_limit():
    assert str(MAX_BYTES) in message("#" * (MAX_BYTES + 1))


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_with_a_place(text):
    assert all(line.startswith("f:") for line in refusals(text))


def refusals(text: str) -> list[str]:
    try:
        read(text, "f")
    except ScenarioError as error:
        return str(error).split("\n")
    return []


# --- two parsers ------------------------------------------------------------------------------------------------------


def garbled(text: str, draw: Random) -> str:
    """Return a part of a text with some characters of YAML put in."""
    start = draw.randrange(len(text))
    text = text[start : start + draw.randint(3, 120)]
    for _ in range(draw.randint(0, 4)):
        at = draw.randrange(len(text) + 1)
        text = text[:at] + draw.choice(" :,-#?[]{}'\"|>&*!%@`\n\\~aé0./=<\t") + text[at + draw.randint(0, 1) :]
    return text


def found_in(text: str) -> object:
    try:
        source = read(text, "f")
    except ScenarioError as error:
        return str(error)
    return repr(source.data), source.places


def test_the_parser_in_c_and_the_one_in_python_read_the_same(monkeypatch):
    draw = Random(7)
    files = [file.read_text("utf-8") for file in files_under(library())]
    texts = [*files[::8], *(garbled(draw.choice(files), draw) for _ in range(1500))]
    assert hasattr(yaml, "CSafeLoader")
    fast = list(map(found_in, texts))
    monkeypatch.delattr(yaml, "CSafeLoader")
    assert fast == list(map(found_in, texts))
    assert sum(isinstance(each, tuple) for each in fast) > 300


def test_what_is_left_empty_has_the_place_of_its_key_or_list():
    source = read("a:\n  b:\n\nc:\n  - \n", "f")
    assert (source.place(("a", "b")), source.place(("c", 0))) == (Place(2, 3, 3), source.place(("c",)))


def test_without_pyyaml_files_are_read_alike(monkeypatch):
    text = (Path(library()) / "hubinger2019" / "two-corners.cid.yaml").read_text(encoding="utf-8")
    fast = source.read(text, "it")
    monkeypatch.setattr(source, "find_spec", lambda name: None)
    slow = source.read(text, "it")
    assert (slow.data, slow.places) == (fast.data, fast.places)
