"""Labels, DOT, Mermaid, text, files and notebook bundles."""

import re
import shutil

import pytest

import cidmesa as cm
from cidmesa.errors import FileError, FormatError, NotApplicable
from cidmesa.formats import Format, formats, register
from cidmesa.library.convert import save
from cidmesa.render.labels import Run, label, labels, latex, plain
from cidmesa.render.notebook import bundle
from cidmesa.render.paint import paint
from cidmesa.render.printers import converters
from cidmesa.render.printers.dot import dot, graphviz
from cidmesa.render.printers.mermaid import mermaid
from cidmesa.render.printers.svg import svg
from cidmesa.render.printers.text import text
from cidmesa.render.printers.tikz import tikz
from tests.render import figures


@pytest.mark.parametrize(
    ("name", "shown", "tex"),
    [
        ("Theta1", "Θ1", r"$\Theta_{1}$"),
        ("Theta_2", "Θ2", r"$\Theta_{2}$"),
        ("D_A1", "DA1", "$D_{A_1}$"),
        ("U_base", "Ubase", r"$U_{\mathrm{base}}$"),
        ("A1", "A1", "$A_{1}$"),
        ("U_1", "U1", "$U_{1}$"),
        ("X", "X", "$X$"),
        ("X'", "X′", "$X'$"),
        ("mu", "μ", r"$\mu$"),
        ("Reward", "Reward", "Reward"),
        ("Reward2", "Reward2", r"$\mathrm{Reward}_{2}$"),
        ("Reward_2", "Reward2", r"$\mathrm{Reward}_{2}$"),
        ("HS", "HS", "HS"),
        ("high_school", "high school", "high school"),
        ("50%", "50%", r"50\%"),
        ("_x", "_x", r"\_x"),
        ("D_A1_2", "DA1,2", "$D_{A_1,2}$"),
        ("a b", "a b", "a b"),
    ],
)
def test_labels(name, shown, tex):
    assert plain(label(name)) == shown
    assert latex(label(name)) == tex


def test_labels_that_would_look_alike_stay_as_written():
    assert labels(["X1", "X_1"]) == {"X1": (Run("X1"),), "X_1": (Run("X_1"),)}


def nodes_and_links(source, node, link):
    return len(re.findall(node, source, re.MULTILINE)), len(re.findall(link, source, re.MULTILINE))


@pytest.mark.parametrize("name", figures.FIGURES)
def test_dot_and_mermaid_have_all_nodes_and_links(name):
    x, options = figures.FIGURES[name]
    panel = paint(x, **options).panels[-1]
    count = (len(panel.nodes), len(panel.links))
    assert nodes_and_links(dot(x, **options), r"^  \"[^\"]*\" \[", r"^  \"[^\"]*\" -> ") == count
    assert nodes_and_links(mermaid(x, **options), r"^  n\d+[\[({]", r"^  n\d+ -") == count


def test_graphviz_object():
    source = graphviz(figures.war_game())
    assert type(source).__name__ == "Source"
    assert source.source.rstrip() == dot(figures.war_game()).rstrip()


def test_dot_escapes_names():
    assert '"a\\"b" [label=<a"b>' in dot(cm.cid(nodes=['a"b']))


def test_overlays_in_dot_mermaid_and_text():
    options = {
        "incentives": [figures.verdict("ici", "I")],
        "highlight": ("P", "I"),
        "policy": {"P": "go"},
    }
    graph = figures.content_recommendation()
    assert 'admits ICI"' in dot(graph, **options)
    assert ">go</FONT>" in dot(graph, **options)
    assert '"P<br/>go"' in mermaid(graph, **options)
    assert "linkStyle 3 stroke:#CC3311" in mermaid(graph, **options)
    assert "O, P -> I  [ICI]" in text(graph, **options)
    assert "witness: P - I" in text(graph, **options)
    assert "policy: go" in text(graph, **options)


def test_notes_are_short_and_titles_full():
    rule = "b if D_A1 = a, D_A2 = a; otherwise a; never"
    node = paint(figures.content_recommendation(), policy={"P": rule}).panels[0].nodes[2]
    assert node.name == "P"
    assert node.note == "b if D_A1 = a, D…\notherwise a…".replace(", D…", "…")
    assert f"policy: {rule}" in node.title
    assert "\\\\ otherwise a" in tikz(figures.content_recommendation(), policy={"P": rule})


def test_text_names_agents_domains_and_panels():
    shown = text(figures.composition(), compare_with="base")
    assert shown.index("TRAINING PROCESS") < shown.index("MESA-OPTIMIZER")
    assert "utility of" not in shown
    assert "decision of T" in text(figures.war_game())
    assert "      states: 0, 1" in text(figures.modelled())


@pytest.mark.parametrize("ending", [".svg", ".tex", ".tikz", ".dot", ".mmd", ".txt"])
def test_save_writes_each_format(tmp_path, ending):
    path = save(figures.war_game(), tmp_path / f"figure{ending}")
    content = path.read_text(encoding="utf-8")
    start = {".svg": "<svg", ".tex": "\\documentclass", ".tikz": "% needs", ".dot": "digraph", ".mmd": "flowchart"}
    assert content.startswith(start.get(ending, "chance"))
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    assert save(figures.war_game(), str(path)).read_text(encoding="utf-8") == content


@pytest.mark.tex
@pytest.mark.skipif(not shutil.which("pdflatex"), reason="pdflatex is not installed")
def test_save_pdf(tmp_path):
    assert save(figures.war_game(), tmp_path / "figure.pdf").read_bytes().startswith(b"%PDF")


TOOLS = {"rsvg-convert": ["rsvg-convert"], "inkscape": ["inkscape"], "browser": ["chromium", "google-chrome"]}


@pytest.mark.parametrize("tool", TOOLS)
def test_save_png_and_pdf_by_each_tool(tmp_path, monkeypatch, tool):
    found = next((path for name in TOOLS[tool] if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"{tool} is not installed")
    monkeypatch.setattr(shutil, "which", lambda name: found if name in TOOLS[tool] else None)
    monkeypatch.setattr(converters, "find_spec", lambda _: None)
    assert save(figures.war_game(), tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")
    assert save(figures.war_game(), tmp_path / "figure.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("package", ["resvg_py", "cairosvg"])
def test_save_png_by_each_package(tmp_path, monkeypatch, package):
    pytest.importorskip(package)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(converters, "find_spec", lambda name: name if name == package else None)
    assert save(figures.war_game(), tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")


def test_a_tool_that_fails_says_so(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: "/bin/false" if name == "inkscape" else None)
    monkeypatch.setattr(converters, "find_spec", lambda _: None)
    with pytest.raises(NotApplicable, match="false could not draw the figure"):
        converters.png(svg(figures.war_game()))


@pytest.mark.skipif(not shutil.which("sleep"), reason="there is no program that does nothing for long")
def test_a_tool_that_does_not_end_is_ended(monkeypatch):
    monkeypatch.setattr(converters, "_SECONDS", 0.1)
    with pytest.raises(NotApplicable, match="sleep took longer than"):
        converters._run([shutil.which("sleep"), "5"])


def test_missing_tools_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(converters, "find_spec", lambda _: None)
    with pytest.raises(NotApplicable, match="texlive-latex-base"):
        save(figures.war_game(), tmp_path / "figure.pdf")
    with pytest.raises(NotApplicable, match="resvg-py"):
        save(figures.war_game(), tmp_path / "figure.png")
    assert list(tmp_path.iterdir()) == []


def test_unknown_ending_is_refused(tmp_path):
    with pytest.raises(FormatError, match=r"ending '.svgg' is written. Did you mean '.svg'\? Known endings: .bif"):
        save(figures.war_game(), tmp_path / "a.svgg")


def test_a_format_from_outside_is_one_record(tmp_path, monkeypatch):
    save(figures.war_game(), tmp_path / "a.svg")  # by now all formats are known
    monkeypatch.setattr("cidmesa.formats._REGISTER", [*formats()])
    register(Format("Names", (".names",), "picture", write=lambda x: " ".join(x.nodes)))
    assert save(figures.war_game(), tmp_path / "a.names").read_text() == "X DS DT US UT"
    with pytest.raises(NotApplicable, match="Names has no option 'legend'"):
        save(figures.war_game(), tmp_path / "a.names", legend=False)


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = save(figures.war_game(), tmp_path / "figure.svg")
    old = path.read_text(encoding="utf-8")

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr("cidmesa.formats.Path.replace", fail)
    with pytest.raises(FileError, match=r"figure.svg: cannot be written: disk full\."):
        save(figures.grade_prediction(), path)
    assert path.read_text(encoding="utf-8") == old
    assert [p.name for p in tmp_path.iterdir()] == ["figure.svg"]


class Table:
    def to_html(self):
        return "<table></table>"

    def to_latex(self):
        return "\\begin{tabular}{l}\\end{tabular}"

    def to_text(self):
        return "a table"


def test_bundles():
    shown = bundle(figures.war_game())
    assert list(shown) == ["text/html", "text/latex", "text/plain"]
    assert str(svg(figures.war_game())) in shown["text/html"]
    assert shown["text/latex"].startswith("% needs")
    assert figures.war_game()._repr_mimebundle_() == shown
    assert bundle(figures.composition())["text/html"].count("training process") > 0
    assert bundle(Table()) == {
        "text/plain": "a table",
        "text/html": "<table></table>",
        "text/latex": "\\begin{tabular}{l}\\end{tabular}",
    }
    assert bundle(7) == {"text/plain": "7"}
