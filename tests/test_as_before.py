"""Figures, files and random compositions are what they were when they were written down."""

import pytest

from tests.as_before import PARTS, read

SHARE = 12  # one in so many is compared in the default run

CASES = [(name, of) for name, (_, over) in PARTS.items() for of in over]


@pytest.mark.parametrize(
    ("name", "of"),
    [case if k % SHARE == 0 else pytest.param(*case, marks=pytest.mark.nightly) for k, case in enumerate(CASES)],
)
def test_what_is_made_is_what_it_was(name, of):
    was = read()[name].get(str(of))
    if was is None:
        pytest.skip("came after the file was written")
    assert PARTS[name][0](of) == was
