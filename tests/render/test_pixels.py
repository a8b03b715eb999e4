"""Figures as dots: text is there with any fonts, nothing is cut, and all of it stands out on light and dark pages."""

import io
import shutil
from functools import cache
from itertools import product

import numpy as np
import pytest
import resvg_py
from matplotlib.image import imread

import cidmesa as cm
from cidmesa.criteria.concepts import CONCEPTS
from cidmesa.render import palette
from cidmesa.render.paint import paint
from cidmesa.render.palette import contrast
from cidmesa.render.printers import converters
from cidmesa.render.printers.svg import svg
from tests.render import figures
from tests.render.test_library import alone

ZOOM = 2
SMALL = 5  # nodes: larger figures take long to draw


@cache
def fonts():
    return converters._fonts()


def dots(picture):
    """The lightness of each dot, drawn with the fonts that matplotlib brings along and with no others."""
    drawn = resvg_py.svg_to_bytes(svg_string=svg(picture), zoom=ZOOM, skip_system_fonts=True, font_dirs=fonts())
    return imread(io.BytesIO(bytes(drawn)))[..., :3].min(axis=-1)


def box_of(text_box, room=1.0):
    x, y, wide, high = text_box
    return (
        slice(int((y - high) * ZOOM), int((y + high) * ZOOM) + 1),
        slice(int((x - wide) * ZOOM), int((x + wide) * ZOOM) + 1),
    )


def flaws(name, picture):
    seen = dots(picture)
    edge = np.concatenate([seen[0, 4:-4], seen[-1, 4:-4], seen[4:-4, 0], seen[4:-4, -1]])
    if edge.min() < 0.99:
        yield f"{name}: something is cut"
    for panel in picture.panels:
        for mark in panel.nodes:
            if seen[box_of((*mark.label_at, 5, 6))].min() > 0.45:
                yield f"{name}: {mark.name} has no label"
    for key in picture.legend:
        if seen[box_of((key.x + 32, key.y + 9, 10, 6))].min() > 0.45:
            yield f"{name}: no words beside the swatch of {key.words}"


def test_small_figures_of_the_library_are_whole_and_have_their_labels():
    small = [(name, picture) for name, _, picture in alone() if len(picture.panels[0].nodes) <= SMALL]
    assert len(small) > 40
    assert [flaw for name, picture in small for flaw in flaws(name, picture)] == []


@pytest.mark.nightly
def test_every_figure_of_the_library_is_whole_and_has_its_labels():
    assert [flaw for name, _, picture in alone() for flaw in flaws(name, picture)] == []


@pytest.mark.parametrize("name", figures.FIGURES)
def test_figures_with_marks_are_whole_and_have_their_labels(name):
    x, options = figures.FIGURES[name]
    assert list(flaws(name, paint(x, **options))) == []


def test_words_of_the_legend_do_not_run_into_each_other():
    """Between words and the next swatch there is ground, with the narrow and with the widest of the fonts named."""
    x, options = figures.FIGURES["everything"]
    picture = paint(x, **options)
    for family in ("STIXGeneral", "DejaVu Serif"):
        text = svg(picture).replace(svg(picture).split('font-family="')[1].split('"')[0], family)
        drawn = resvg_py.svg_to_bytes(svg_string=text, zoom=ZOOM, skip_system_fonts=True, font_dirs=fonts())
        seen = imread(io.BytesIO(bytes(drawn)))[..., :3].min(axis=-1)
        for key in picture.legend:
            before = seen[
                int(key.y * ZOOM) : int((key.y + 14) * ZOOM), int((key.x - 5) * ZOOM) : int((key.x - 2) * ZOOM)
            ]
            assert before.min() > 0.95, (family, key.words)


@pytest.mark.skipif(not shutil.which("chromium"), reason="chromium is not installed")
@pytest.mark.parametrize("x", [cm.cid("A -> B"), figures.content_recommendation()], ids=["small", "wide"])
def test_a_browser_draws_all_of_a_figure(x):
    picture = paint(x)
    drawn = converters._canvas(shutil.which("chromium"), svg(picture))
    seen = imread(io.BytesIO(drawn))[..., :3].min(axis=-1)
    assert seen.shape == (round(3 * picture.height), round(3 * picture.width))
    for mark in picture.panels[0].nodes:
        column, row = (int(3 * at) for at in mark.box.centre)
        lower = int(3 * (mark.box.y + mark.box.height / 2))
        assert seen[row - 18 : row + 18, column - 15 : column + 15].min() < 0.45
        assert seen[lower - 6 : lower + 6, column].min() < 0.6  # its lower border


def test_what_is_written_and_drawn_stands_out():
    """Figures have a ground of their own, so what holds on white holds on dark pages."""
    assert f'fill="{palette.PAPER}"/>' in svg(cm.cid("A -> B")).splitlines()[2]
    for colour in (palette.INK, palette.FAINT, palette.HIGHLIGHT, palette.ADDED, palette.MECHANISM):
        assert contrast(colour, palette.PAPER) >= 4.5, colour
    for colour in (palette.CUT_OFF, *(one.colour for one in CONCEPTS.values())):
        assert contrast(colour, palette.PAPER) >= 3, colour


def test_labels_stand_out_on_their_fills():
    agents = ["base", "mesa@1", "mesa@2", "mesa@3", "mesa@4", "mesa@5", *"abcdef"]
    for fill in {*palette.fills(agents).values(), *palette.fills(["agent"]).values(), palette.OBSERVED}:
        assert contrast(palette.INK, fill) >= 4.5, fill


# full red and green blindness in linear light (Machado, Oliveira and Fernandes 2009)
BLIND = {
    "red": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "green": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
}


def as_seen(colour, by):
    parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return lab(np.clip(np.array(BLIND[by]) @ linear, 0, 1))


def lab(linear):
    """CIE L*a*b* of linear sRGB under D65."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = (to_xyz @ linear) / np.array([0.9505, 1.0, 1.089])
    f = [v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in (x, y, z)]
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("by", BLIND)
def test_six_agents_are_told_apart_by_the_red_green_blind(by):
    fills = palette.fills(list("abcdef"))
    seen = {agent: as_seen(fills[agent, "decision"], by) for agent in "abcdef"}
    apart = {a + b: np.linalg.norm(seen[a] - seen[b]) for a, b in product("abcdef", repeat=2) if a < b}
    assert min(apart.values()) >= 6, apart
