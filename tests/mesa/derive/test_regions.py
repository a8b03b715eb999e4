"""Regions of coefficients: they fill the whole, their labels are right, and bounds hold what they should."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest

from cidmesa.mesa.derive import regions as module
from cidmesa.mesa.derive.coefficients import ball, box, simplex
from cidmesa.mesa.derive.measuring import share_of_ball
from cidmesa.mesa.derive.regions import Courses, NotLinear, regions
from cidmesa.mesa.derive.slices import sliced
from cidmesa.mesa.derive.volume import half, volume
from cidmesa.symbolic.traced import OnBoundary
from tests.mesa.derive.test_volume import by_simplices, cube


def question(rng, names):
    """A tree of linear tests with a label at each leaf; the label of plain numbers, too."""
    functions = [[rng.randint(-3, 3) for _ in range(len(names) + 1)] for _ in range(4)]

    def value(function, at):
        return sum((a * at[n] for a, n in zip(function, names, strict=False)), start=Fraction(function[-1], 2))

    def ask(at):
        first, second, third, fourth = (lambda f=f: value(f, at) > 0 for f in functions)
        if first():
            return "a" if second() else "b"
        return ("c" if third() else "d") if second() else ("e" if fourth() else "f")

    return ask


DOMAINS = [box(-1, 1), box(0, 2), simplex(), ball(1)]


@pytest.mark.parametrize("vain", [1_000, 0], ids=["by points", "by what is left"])
def test_regions_fill_the_whole_and_their_labels_are_right(vain, monkeypatch):
    monkeypatch.setattr(module, "MAX_IN_VAIN", vain)
    rng = Random(1)
    for _ in range(12):
        names = ("x", "y", "z")[: rng.choice([2, 2, 3])]
        domain, ask = rng.choice(DOMAINS).polytope(names), question(rng, names)
        found = regions(domain, Courses(names, ask))
        assert sum(region.polytope.volume for region in found) == domain.volume
        for _ in range(60):
            place = domain.drawn(rng)
            inside = [region for region in found if region.polytope.contains(place)]
            labels = {region.course.label for region in inside}
            assert len(inside) > 1 or labels == {ask(dict(zip(names, place, strict=True)))}


def test_the_centre_of_a_set_is_that_of_its_corners():
    assert box(-1, 2).polytope(("x", "y")).centre == (Fraction(1, 2), Fraction(1, 2))
    assert simplex().polytope(("x", "y")).centre == (Fraction(1, 3), Fraction(1, 3))


def test_a_point_on_a_boundary_is_left_at_once_and_numbers_of_one_inside_are_compared_later():
    point = (Fraction(1, 2), Fraction(1, 2))
    courses = Courses(("x", "y"), lambda at: (at["x"] > at["y"], at["x"] > 2))
    with pytest.raises(OnBoundary):
        courses.at(point, inside=True)
    assert not courses.known
    assert courses.at(point).label == (False, False)
    inside = Courses(("x", "y"), lambda at: (at["x"] > 0, at)).at(point, inside=True)
    assert inside.still
    assert not inside.label[1]["x"] > inside.label[1]["y"]
    assert not inside.still


def test_volumes_of_labels_equal_those_of_cut_simplices():
    names = ("x", "y")
    found = regions(
        box(0, 1).polytope(names), Courses(names, lambda at: at["x"] + at["y"] > 1 and at["x"] > 2 * at["y"])
    )
    yes = sum(region.polytope.volume for region in found if region.course.label)
    assert yes == by_simplices(2, [half([-1, -1], -1), half([-1, 2], 0)]) == Fraction(1, 12)


def test_a_product_of_coefficients_is_not_linear():
    names = ("x", "y")
    with pytest.raises(NotLinear, match=r"the sign of 2\*x\*y - 1 decides, which is not linear in x, y"):
        regions(box(0, 1).polytope(names), Courses(names, lambda at: at["x"] * at["y"] > Fraction(1, 2)))


@pytest.mark.parametrize("width", [Fraction(1, 10), Fraction(1, 100)])
def test_slices_enclose_the_area_under_a_parabola(width):
    """x < t^2 on the unit square: 1/3."""
    courses = Courses(("x", "t"), lambda at: at["x"] < at["t"] ** 2)
    found = sliced(box(0, 1).polytope(("x",)), courses, {"t": (Fraction(0), Fraction(1))}, width)
    least = sum(share for course, share in found.shares if course.label)
    assert found.undecided <= width
    assert least <= Fraction(1, 3) <= least + found.undecided
    assert sum(share for _, share in found.shares) + found.undecided == 1


def test_slices_in_two_numbers():
    """x < s t on the unit cube: 1/4."""
    spans = {name: (Fraction(0), Fraction(1)) for name in ("s", "t")}
    courses = Courses(("x", "s", "t"), lambda at: at["x"] < at["s"] * at["t"])
    found = sliced(box(0, 1).polytope(("x",)), courses, spans, Fraction(1, 8))
    least = sum(share for course, share in found.shares if course.label)
    assert least <= Fraction(1, 4) <= least + found.undecided


def test_cones_in_space_add_up_and_octants_are_an_eighth():
    whole = [half([sign * (k == j) for j in range(3)], 1) for k in range(3) for sign in (1, -1)]
    octant = [*whole, *(half([-int(k == j) for j in range(3)], 0) for k in range(3))]
    low, high = share_of_ball(octant)
    assert low <= Fraction(1, 8) <= high
    assert high - low < 1e-12
    rng = Random(2)
    for _ in range(10):
        row = [rng.randint(-3, 3) for _ in range(3)]
        if any(row):
            sides = [
                share_of_ball([*octant, half(normal, 0)]) if volume([*octant, half(normal, 0)]) else (0, 0)
                for normal in (row, [-a for a in row])
            ]
            assert sum(float(a) for a, _ in sides) == pytest.approx(1 / 8, abs=1e-9)


def test_what_is_no_cone_is_refused():
    with pytest.raises(NotLinear, match="not cones"):
        share_of_ball([*cube(2), half([1, 1], 1)])
