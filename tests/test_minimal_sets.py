"""Minimal sets against going through all sets, and how few are asked about."""

from itertools import chain, combinations

from hypothesis import given, strategies as st

from cidmesa.minimal_sets import minimal_sets

families = st.sets(st.frozensets(st.integers(0, 4)), max_size=12)


@given(families, st.none() | st.integers(0, 5))
def test_as_by_going_through_all_sets(family, largest):
    """The family need not be closed upwards: what suffices may fail together with more."""
    every = chain.from_iterable(combinations(range(5), size) for size in range(1, 6))
    family = family - {frozenset()}
    least = [some for some in every if frozenset(some) in family and not any(one < frozenset(some) for one in family)]
    kept = [some for some in least if largest is None or len(some) <= largest]
    assert list(minimal_sets(range(5), lambda some: frozenset(some) in family, largest)) == kept


def test_items_that_each_suffice_take_a_question_each():
    asked = []
    found = list(minimal_sets(range(60), lambda some: not asked.append(some)))
    assert found == asked == [(k,) for k in range(60)]
