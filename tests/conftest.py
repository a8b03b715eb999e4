"""What all tests share: nothing that they do is kept in the home of who runs them."""

from __future__ import annotations

import sys

import pytest

sys.dont_write_bytecode = False  # else every process that a test starts compiles the package anew


@pytest.fixture(autouse=True, scope="session")
def _cache_of_its_own(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.delenv("CI", raising=False)
        yield
