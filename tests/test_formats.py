"""The register of file formats: lookup by ending, near misses, options, and formats of others."""

import pytest

import cidmesa.formats as register
from cidmesa.errors import FormatError, NotApplicable
from cidmesa.formats import Format, format_to_read, format_to_write, formats


@pytest.fixture(autouse=True)
def _own_register(monkeypatch):
    monkeypatch.setattr(register, "_REGISTER", [])
    register.register(Format("Words", (".words", ".w.txt"), "model", read=str.upper, write=str))
    register.register(
        Format("Drawing", (".draw", ".txt"), "picture", write=lambda x, scale=1: x * scale, options=("scale",))
    )


def test_the_longest_ending_chooses_the_format():
    assert format_to_write("a.TXT").name == "Drawing"
    assert format_to_write("a.w.txt").name == "Words"
    assert format_to_read("folder.draw/a.words").name == "Words"


def test_an_unknown_ending_suggests_the_nearest():
    with pytest.raises(
        FormatError, match=r"a\.wrds: no format with the ending '\.wrds' is read\. Did you mean '\.words'"
    ):
        format_to_read("a.wrds")
    with pytest.raises(FormatError, match=r"is read\. Known endings: \.w\.txt \.words\."):
        format_to_read("a.draw")
    with pytest.raises(FormatError, match="ending ''"):
        format_to_write("words")


def test_options_are_checked_by_name():
    drawing = format_to_write("a.draw")
    assert drawing.content("ab", scale=2) == b"abab"
    with pytest.raises(
        NotApplicable, match=r"Drawing has no option 'scal'\. Did you mean 'scale'\? Its options are: scale"
    ):
        drawing.content("ab", scal=2)
    with pytest.raises(NotApplicable, match=r"Words has no option 'scale'\. It has none"):
        format_to_write("a.words").content("ab", scale=2)
    with pytest.raises(NotApplicable, match="only read"):
        Format("Seen", (".seen",), "model", read=str).content("a")


def test_an_ending_is_read_by_one_format_and_written_by_one():
    register.register(Format("Reader of drawings", (".draw",), "diagram", read=str))
    assert format_to_read("a.draw").name == "Reader of drawings"
    assert format_to_write("a.draw").name == "Drawing"
    with pytest.raises(ValueError, match=r"Other: the ending \.draw belongs to Reader of drawings"):
        register.register(Format("Other", (".draw",), "diagram", read=str))
    register.register(Format("Words", (".words",), "model", read=str))
    assert [form.name for form in formats()] == ["Drawing", "Reader of drawings", "Words"]
