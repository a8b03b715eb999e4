"""A browser that the tests of the explorer share."""

import pytest

from tests.browser import CHROMIUM, browser


@pytest.fixture(scope="session")
def tab(tmp_path_factory):
    if CHROMIUM is None:
        pytest.skip("no browser of the Chromium family is installed")
    with browser(tmp_path_factory.mktemp("profile")) as tab:
        yield tab
