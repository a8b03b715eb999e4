"""The installed PyCID, for tests that compare with it; absent, they are skipped."""

import pytest

import cidmesa as cm

__all__ = ["pycid"]


@pytest.fixture(scope="session")
def pycid():
    try:
        return cm.interop.import_pycid()
    except cm.NotApplicable as error:
        pytest.skip(str(error))
