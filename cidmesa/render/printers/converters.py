"""PDF and PNG, by whichever tool is found: packages, command-line programs, or a browser."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from cidmesa.errors import NotApplicable
from cidmesa.formats import Format, register
from cidmesa.render.overlays import OPTIONS
from cidmesa.render.printers.svg import svg
from cidmesa.render.printers.tikz import tikz

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cidmesa.render.overlays import Options

__all__ = ["pdf", "png"]

_ZOOM = 3
_SECONDS = 120
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
_QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)


def png(figure: str) -> bytes:
    """Return SVG text as a PNG with three dots to the px, on white.

    Raises:
        NotApplicable: no tool was found, or the one found failed.

    """
    if find_spec("resvg_py"):
        return bytes(import_module("resvg_py").svg_to_bytes(svg_string=figure, zoom=_ZOOM, background="white"))
    if tool := shutil.which("rsvg-convert"):
        return _run([tool, "--format=png", f"--zoom={_ZOOM}", "--background-color=white"], figure)
    if find_spec("cairosvg"):
        cairo = import_module("cairosvg")
        return bytes(cairo.svg2png(bytestring=figure.encode(), scale=_ZOOM, background_color="white"))
    if tool := shutil.which("inkscape"):
        return _inkscape(tool, figure, "png", f"--export-dpi={96 * _ZOOM}", "--export-background=white")
    if tool := _browser():
        wide, high = _size(figure)
        options = (f"--window-size={wide},{high}", f"--force-device-scale-factor={_ZOOM}")
        return _browsed(tool, figure, "png", lambda out: [*options, f"--screenshot={out}"])
    raise NotApplicable(
        "no tool for PNG was found. Install the package resvg-py or cairosvg, or the program rsvg-convert (Debian: "
        "librsvg2-bin), inkscape or chromium, or save as .svg."
    )


def pdf(figure: str) -> bytes:
    """Return SVG text as a PDF whose page is the figure.

    Raises:
        NotApplicable: no tool was found, or the one found failed.

    """
    if tool := shutil.which("rsvg-convert"):
        return _run([tool, "--format=pdf"], figure)
    if find_spec("cairosvg"):
        return bytes(import_module("cairosvg").svg2pdf(bytestring=figure.encode()))
    if tool := shutil.which("inkscape"):
        return _inkscape(tool, figure, "pdf")
    if tool := _browser():
        return _browsed(tool, figure, "pdf", lambda out: ["--no-pdf-header-footer", f"--print-to-pdf={out}"])
    raise NotApplicable(
        "no tool for PDF was found. Install pdflatex (Debian: texlive-latex-base, texlive-pictures), rsvg-convert "
        "(Debian: librsvg2-bin), inkscape or chromium, or the package cairosvg, or save as .svg or .tex."
    )


def _size(figure: str) -> tuple[int, int]:
    """Return width and height in whole px, rounded up."""
    found = re.search(r'width="([\d.]+)px" height="([\d.]+)px"', figure)
    wide, high = (float(text) for text in found.groups()) if found else (0.0, 0.0)
    return -int(-wide // 1), -int(-high // 1)


def _browser() -> str | None:
    return next((found for name in _BROWSERS if (found := shutil.which(name))), None)


def _browsed(tool: str, figure: str, kind: str, options: Callable[[Path], Sequence[str]]) -> bytes:
    """Return what a browser without a window makes of a page that holds the figure and nothing else."""
    wide, high = _size(figure)
    style = f"@page {{ size: {wide}px {high}px; margin: 0 }} body {{ margin: 0 }} svg {{ display: block }}"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        place, out = Path(folder) / "figure.html", Path(folder) / f"figure.{kind}"
        place.write_text(f"<!doctype html><meta charset='utf-8'><style>{style}</style>{figure}", encoding="utf-8")
        _run([tool, *_QUIET, f"--user-data-dir={folder}/profile", *options(out), place.as_uri()])
        return _made(tool, out)


def _inkscape(tool: str, figure: str, kind: str, *options: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        place, out = Path(folder) / "figure.svg", Path(folder) / f"figure.{kind}"
        place.write_text(figure, encoding="utf-8")
        _run([tool, str(place), f"--export-type={kind}", f"--export-filename={out}", *options])
        return _made(tool, out)


def _made(tool: str, out: Path) -> bytes:
    if not out.is_file():
        raise NotApplicable(f"{Path(tool).name} could not draw the figure and wrote no file. Save as .svg.")
    return out.read_bytes()


def _run(command: Sequence[str], text: str | None = None) -> bytes:
    given = None if text is None else text.encode()
    tool = Path(command[0]).name
    try:
        run = subprocess.run(command, input=given, capture_output=True, check=False, timeout=_SECONDS)  # noqa: S603 (a fixed command)
    except subprocess.TimeoutExpired:
        raise NotApplicable(f"{tool} took longer than {_SECONDS} s to draw the figure. Save as .svg.") from None
    if run.returncode:
        raise NotApplicable(f"{tool} could not draw the figure: {run.stderr.decode(errors='replace')}")
    return run.stdout


# --- the formats ---


def _png(x: object, **options: Unpack[Options]) -> bytes:
    return png(svg(x, **options))


def _pdf(x: object, **options: Unpack[Options]) -> bytes:
    if shutil.which("pdflatex"):
        return _pdflatex(tikz(x, standalone=True, **options))
    return pdf(svg(x, **options))


def _pdflatex(document: str) -> bytes:
    """Return the PDF of a document; TeX's own message is in the error."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "figure.tex").write_text(document, encoding="utf-8")
        command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "figure.tex"]
        try:
            run = subprocess.run(command, cwd=place, capture_output=True, check=False, timeout=_SECONDS)  # noqa: S603 (a fixed command)
        except subprocess.TimeoutExpired as error:
            raise NotApplicable(f"pdflatex did not end within {_SECONDS} s. Save as .tex to look at it.") from error
        if run.returncode:
            lines = run.stdout.decode(errors="replace").splitlines()
            said = next((line for line in lines if line.startswith("!")), "no message")
            raise NotApplicable(f"pdflatex could not set the figure: {said}. Save as .tex to look at it, or as .svg.")
        return (place / "figure.pdf").read_bytes()


register(Format("PNG", (".png",), "picture", "dots, by resvg-py or another tool", write=_png, options=OPTIONS))
register(Format("PDF", (".pdf",), "picture", "a page, by pdflatex or another tool", write=_pdf, options=OPTIONS))
