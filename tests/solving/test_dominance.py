"""Which vectors suffice, against the definition: exactly for exact numbers, however little these differ."""

from fractions import Fraction
from random import Random

import numpy as np
import pytest

from cidmesa.solving.optimal.dominance import undominated

LITTLE = Fraction(1, 10**20)


def drawn(rng, rows, columns):
    """Vectors of small numbers, many of which differ by very little."""
    cells = [[rng.randrange(4) + LITTLE * rng.randrange(3) for _ in range(columns)] for _ in range(rows)]
    return np.array(cells, dtype=object)


@pytest.mark.parametrize("columns", [1, 3, 4])
def test_rows_that_no_other_row_exceeds_or_equals_everywhere(columns):
    rng = Random(columns)
    for rows in (*range(2, 30), 150):
        vectors = drawn(rng, rows, columns)
        kept = undominated(vectors).tolist()
        assert all(any((vectors[j] >= row).all() for j in kept) for row in vectors)
        assert not any((vectors[j] >= vectors[k]).all() for j in kept for k in kept if j != k)
        rough = vectors.astype(np.float64)
        found = undominated(rough).tolist()
        assert all(any((rough[j] >= row - 1e-12).all() for j in found) for row in rough)
        assert not any((rough[j] >= rough[k]).all() for j in found for k in found if j != k)


def test_corners_of_the_hull_are_a_maximum_for_every_weighting():
    rng = Random("hull")
    for rows in range(2, 30):
        vectors = drawn(rng, rows, 2)
        kept = vectors[undominated(vectors)]
        gaps = {tuple(a - b) for a in vectors for b in vectors}
        turning = {abs(y) / (abs(x) + abs(y)) for x, y in gaps if x * y < 0}
        for weight in {Fraction(0), Fraction(1), *turning}:
            worth = np.array([weight, 1 - weight], dtype=object)
            assert (kept @ worth).max() == (vectors @ worth).max()
        assert rows == 2 or len(kept) == len({tuple(row) for row in kept})
