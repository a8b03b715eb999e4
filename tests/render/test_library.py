"""Every scenario and composition of the library as a picture: nothing overlaps, and TeX sets all of it."""

import shutil
from functools import cache

import pytest

import cidmesa as cm
from cidmesa.render.paint import paint
from cidmesa.render.printers.tikz import LIBRARIES, tikz
from tests.render.test_picture import check
from tests.render.test_tikz import compiled, complaints

ROUTED = 15  # nodes: up to so many no link may run through a foreign node


@cache
def alone():
    """Name and picture of each scenario and of each composition."""
    scenarios = [(s.slug, s) for s in cm.scenarios()]
    composed = [(f"{slug}, {spec}", s.of(spec)) for slug, s in scenarios for spec in s.specs]
    return [(name, x, paint(x)) for name, x in (*scenarios, *composed)]


@cache
def beside():
    """Name and picture of each composition beside its training process."""
    return [(name, paint(x, compare_with="base")) for name, x, _ in alone() if isinstance(x, cm.Composition)]


def flaws(figures):
    for name, picture in figures:
        try:
            check(picture, routed=all(len(panel.nodes) <= ROUTED for panel in picture.panels))
        except AssertionError as error:
            yield f"{name}: {error}"


def test_nothing_overlaps_and_no_link_runs_through_a_node():
    assert list(flaws((name, picture) for name, _, picture in alone())) == []
    assert len(alone()) > 100


def test_compositions_stand_where_their_training_stands():
    for name, picture in beside():
        base, mesa = ({mark.name: mark.box.centre for mark in panel.nodes} for panel in picture.panels)
        common = base.keys() & mesa.keys()
        shifts = {(round(mesa[n][0] - base[n][0], 2), round(mesa[n][1] - base[n][1], 2)) for n in common}
        assert len(shifts) == 1, name


@pytest.mark.nightly
def test_nothing_overlaps_in_panels_beside_each_other():
    assert list(flaws(beside())) == []


def set_by_tex(folder, pictures):
    log = compiled(folder, f"\\usetikzlibrary{{{', '.join(LIBRARIES)}}}", [tikz(picture) for picture in pictures])
    assert complaints(log) == []
    assert f"({len(pictures)} pages" in log


needs_tex = pytest.mark.skipif(not shutil.which("pdflatex"), reason="pdflatex is not installed")


@pytest.mark.tex
@needs_tex
def test_tex_sets_every_fourth_figure(tmp_path):
    set_by_tex(tmp_path, [picture for _, _, picture in alone()[::4]])


@pytest.mark.tex
@pytest.mark.nightly
@needs_tex
def test_tex_sets_the_whole_library_in_one_run(tmp_path):
    set_by_tex(tmp_path, [picture for *_, picture in (*alone(), *beside())])
