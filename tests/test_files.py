"""Files are written whole or not at all, with the rights that the process gives to new files."""

from __future__ import annotations

import os

import pytest

from cidmesa.errors import FileError
from cidmesa.formats import write


def test_a_new_file_has_the_usual_rights_and_the_process_keeps_its_own(tmp_path, monkeypatch):
    def refuse(_):
        raise AssertionError("other threads would make files that all can write to")

    old = os.umask(0o027)
    try:
        monkeypatch.setattr(os, "umask", refuse)
        write(tmp_path / "a.txt", b"one")
        write(tmp_path / "a.txt", b"two")
    finally:
        monkeypatch.undo()
        os.umask(old)
    assert (tmp_path / "a.txt").read_bytes() == b"two"
    assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o640
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_an_old_file_stays_where_the_new_one_cannot_be_written(tmp_path):
    (tmp_path / "a.txt").write_text("old")
    with pytest.raises(TypeError):
        write(tmp_path / "a.txt", None)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.txt", "old")]
    with pytest.raises(FileError, match="there is no folder"):
        write(tmp_path / "none" / "a.txt", b"")
    (tmp_path / "b").mkdir()
    with pytest.raises(FileError, match="cannot be written"):
        write(tmp_path / "b", b"")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "b"]
