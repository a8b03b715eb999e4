"""TikZ: the text, and what pdflatex makes of it."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import cidmesa as cm
from cidmesa.errors import NotApplicable
from cidmesa.render.paint import paint
from cidmesa.render.printers.tikz import LIBRARIES, tikz
from tests.render import figures

GOLDEN = Path(__file__).parent / "golden"
needs_tex = [pytest.mark.tex, pytest.mark.skipif(not shutil.which("pdflatex"), reason="pdflatex is not installed")]

# A stand-in for the package influence-diagrams: the same names, our own definitions, no looks.
STUB = r"""
\usetikzlibrary{shapes.geometric, shapes.misc, arrows.meta}
\newenvironment{influence-diagram}{\begin{tikzpicture}[every node/.style={draw},
  decision/.style={rectangle}, utility/.style={diamond}, information/.style={dotted}, intervened/.style={double},
  exogenous/.style={draw=gray},
  player1/.style={fill=red!30}, player2/.style={fill=blue!30}]}{\end{tikzpicture}}
\newcommand{\edge}[3][]{\path (#2) edge[->, #1] (#3);}
\makeatletter
\newcommand{\stubring}[1]{\@ifnextchar[{\stubringa{#1}}{\stubringa{#1}[circle]}}
\def\stubringa#1[#2]<#3>#4{\node[#2, draw=#1, dashed] at (#4) {};}
\makeatother
\newcommand{\voi}{\stubring{blue}}\newcommand{\voc}{\stubring{orange}}
\newcommand{\ri}{\stubring{green}}\newcommand{\fci}{\stubring{red}}
"""


def compiled(folder, preamble, bodies):
    """Set all figures in one document, a page each; return pdflatex's log."""
    pages = "\n\\newpage\n".join(f"\\noindent\n{body.rstrip()}%" for body in bodies)
    document = (
        "\\documentclass{article}\n\\usepackage[paperwidth=120cm, paperheight=80cm, margin=1cm]{geometry}\n"
        f"\\usepackage{{tikz}}\n{preamble}\n\\begin{{document}}\n{pages}\n\\end{{document}}\n"
    )
    (folder / "all.tex").write_text(document, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "all.tex"]
    subprocess.run(command, cwd=folder, capture_output=True, check=False)
    return (folder / "all.log").read_text(encoding="latin-1")


def complaints(log):
    """The lines that matter; a stray ";" inside a picture, as the package's own examples have it, is set in no font."""
    lines = (line for line in log.splitlines() if "There is no ; in font nullfont" not in line)
    return [line for line in lines if re.match(r"!|Overfull|Missing character|Package .*Warning", line)]


class TestCompiled:
    pytestmark = needs_tex

    def test_native(self, tmp_path):
        bodies = [tikz(x, **options) for x, options in figures.FIGURES.values()]
        log = compiled(tmp_path, f"\\usetikzlibrary{{{', '.join(LIBRARIES)}}}", bodies)
        assert complaints(log) == []
        assert f"({len(bodies)} pages" in log

    def test_cid_latex_with_a_stub_of_the_package(self, tmp_path):
        bodies = [tikz(x, style="cid-latex", **options) for x, options in figures.FIGURES.values()]
        log = compiled(tmp_path, STUB, bodies)
        assert complaints(log) == []
        assert f"({len(bodies)} pages" in log

    def test_standalone_page_fits_the_figure(self, tmp_path):
        (tmp_path / "one.tex").write_text(tikz(figures.war_game(), standalone=True), encoding="utf-8")
        subprocess.run(
            ["pdflatex", "-interaction=nonstopmode", "one.tex"], cwd=tmp_path, capture_output=True, check=True
        )
        log = (tmp_path / "one.log").read_text(encoding="latin-1")
        assert complaints(log) == []
        assert "(1 page," in log


def test_figure_carries_the_styles_it_uses_and_no_others():
    text = tikz(figures.war_game())
    assert "cid chance/.style" in text
    assert "cid witness" not in text
    assert "agent S/.style={fill=agent-S}" in text
    assert "\\definecolor{agent-S}{HTML}{D9E8F5}" in text


def test_coordinates_are_round():
    assert "(DS) at (2, " in tikz(figures.war_game())
    assert re.findall(r"at (\(.*?\))", tikz(cm.cid("A -> B -> C"))) == ["(0, 0)", "(2, 0)", "(4, 0)"]


def test_links_reach_the_outermost_ring():
    text = tikz(figures.content_recommendation(), incentives=[figures.verdict("ici", "I"), figures.verdict("ri", "I")])
    assert "(I-ici) at (I)" in text
    assert "-- (I-ici);" in text


def test_bends_are_written_as_bends():
    assert "to[bend left=18] (D2)" in tikz(figures.relevance_graph())


def test_cid_latex_says_what_it_has_no_macro_for():
    verdicts = [figures.verdict("ici", "I"), figures.verdict("impact", "C"), figures.verdict("voi", "P")]
    text = tikz(figures.content_recommendation(), style="cid-latex", incentives=verdicts)
    assert "\\fci<1>{I}" in text
    assert "\\voi[rectangle]<1>{P}" in text
    assert "% no macro for the impact incentive of C" in text
    assert "[utility]" in text
    assert "[utility, player1]" in tikz(figures.war_game(), style="cid-latex")


def test_unknown_style_is_refused():
    with pytest.raises(NotApplicable, match="no TikZ style 'fancy'"):
        tikz(figures.war_game(), style="fancy")


def test_names_in_panels_and_odd_names_are_unique():
    text = tikz(figures.composition(), compare_with="base")
    names = re.findall(r"\] \(([^)]*)\) at", text)
    assert len(names) == len(set(names))
    odd = tikz(cm.cid(nodes=["a.b", "a,b", "(ab)"]))
    assert re.findall(r"\] \(([^)]*)\) at", odd) == ["ab", "ab 2", "ab 3"]


@pytest.mark.parametrize("name", figures.GOLDEN)
def test_golden(name):
    x, options = figures.FIGURES[name]
    assert tikz(x, **options) == (GOLDEN / f"{name.replace(' ', '_')}.tikz").read_text(encoding="utf-8")


def test_a_picture_can_be_printed_twice():
    picture = paint(figures.war_game())
    assert tikz(picture) == tikz(figures.war_game())


def test_letters_with_accents_are_mathematics_of_pdflatex():
    text = tikz(cm.cid("É, ç, ø, Größe, D_é -> U", utilities=["U"]))
    assert [part in text for part in (r"$\acute{E}$", r"\mbox{\itshape ø}", "Größe", r"$D_{\acute{e}}$")] == [True] * 4


@pytest.mark.tex
@pytest.mark.skipif(not shutil.which("pdflatex"), reason="pdflatex is not installed")
def test_pdflatex_sets_accents_and_names_what_sets_other_scripts(tmp_path):
    for name, wanted in (("É", 0), ("ø_ç", 0), ("日本", 1), ("Ж", 1)):
        (tmp_path / "a.tex").write_text(
            tikz(cm.cid(f"{name} -> U", utilities=["U"]), standalone=True), encoding="utf-8"
        )
        command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "a.tex"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
        said = done.stdout.decode("utf-8", "replace").replace("\n", "")
        assert done.returncode == wanted, said
        assert ("compile with lualatex" in said) == bool(wanted)
