"""PDF and PNG, by whichever tool is found: packages, command-line programs, or a browser."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Unpack

from cidmesa.errors import NotApplicable
from cidmesa.formats import Format, register
from cidmesa.render.options import OPTIONS, Options
from cidmesa.render.printers.svg import svg
from cidmesa.render.printers.tikz import tikz

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
    """Return SVG text as a PNG with three dots to the px.

    Raises:
        NotApplicable: no tool was found, or the one found failed.
    """
    if find_spec("resvg_py"):
        draw = import_module("resvg_py").svg_to_bytes
        return bytes(draw(svg_string=figure, zoom=_ZOOM, background="white", font_dirs=_fonts()))
    if tool := shutil.which("rsvg-convert"):
        return _run([tool, "--format=png", f"--zoom={_ZOOM}", "--background-color=white"], figure)
    if find_spec("cairosvg"):
        cairo = import_module("cairosvg")
        return bytes(cairo.svg2png(bytestring=figure.encode(), scale=_ZOOM, background_color="white"))
    if tool := shutil.which("inkscape"):
        return _inkscape(tool, figure, "png", f"--export-dpi={96 * _ZOOM}", "--export-background=white")
    if tool := _browser():
        return _canvas(tool, figure)
    raise NotApplicable(
        "no tool for PNG was found. Install the package resvg-py (pip install 'cidmesa[plot]') or cairosvg, or the "
        "program rsvg-convert (Debian: librsvg2-bin), inkscape or chromium, or save as .svg."
    )


def _fonts() -> list[str]:
    """Return the folder of the fonts that matplotlib brings along, for machines that have none of those named."""
    found = find_spec("matplotlib")
    return [str(Path(found.origin).parent / "mpl-data" / "fonts" / "ttf")] if found and found.origin else []


def _canvas(tool: str, figure: str) -> bytes:
    """Return the PNG that a browser draws, whatever the least size of its window is."""
    wide, high = _size(figure)
    source = b64encode(figure.encode()).decode()
    script = f"""const image = new Image(), canvas = document.createElement("canvas");
    image.onload = () => {{
      canvas.width = {wide * _ZOOM}; canvas.height = {high * _ZOOM};
      const ground = canvas.getContext("2d");
      ground.fillStyle = "white"; ground.fillRect(0, 0, canvas.width, canvas.height);
      ground.scale({_ZOOM}, {_ZOOM}); ground.drawImage(image, 0, 0);
      document.body.textContent = canvas.toDataURL("image/png").split(",")[1];
    }};
    image.src = "data:image/svg+xml;base64,{source}";"""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        place = Path(folder) / "figure.html"
        place.write_text(f"<!doctype html><meta charset='utf-8'><body><script>{script}</script>", encoding="utf-8")
        wait = ("--virtual-time-budget=10000", "--dump-dom")
        page = _run([tool, *_QUIET, f"--user-data-dir={folder}/profile", *wait, place.as_uri()]).decode()
    found = re.search(r"<body>([A-Za-z0-9+/=]+)</body>", page)
    if found is None:
        raise NotApplicable(f"{Path(tool).name} could not draw the figure. Save as .svg.")
    return b64decode(found[1])


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
        return _printed(tool, figure)
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


def _printed(tool: str, figure: str) -> bytes:
    """Return the PDF that a browser prints of a page that holds the figure and nothing else."""
    wide, high = _size(figure)
    style = f"@page {{ size: {wide}px {high}px; margin: 0 }} body {{ margin: 0 }} svg {{ display: block }}"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        place, out = Path(folder) / "figure.html", Path(folder) / "figure.pdf"
        place.write_text(f"<!doctype html><meta charset='utf-8'><style>{style}</style>{figure}", encoding="utf-8")
        printing = ("--no-pdf-header-footer", f"--print-to-pdf={out}")
        _run([tool, *_QUIET, f"--user-data-dir={folder}/profile", *printing, place.as_uri()])
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
    document = tikz(x, standalone=True, **options)
    if shutil.which(engine := "lualatex" if "fontspec" in document else "pdflatex"):
        return _typeset(document, engine)
    return pdf(svg(x, **options))


def _typeset(document: str, engine: str) -> bytes:
    """Return the PDF of a document; TeX's own message is in the error."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "figure.tex").write_text(document, encoding="utf-8")
        command = [engine, "-interaction=nonstopmode", "-halt-on-error", "figure.tex"]
        try:
            run = subprocess.run(command, cwd=place, capture_output=True, check=False, timeout=_SECONDS)  # noqa: S603 (a fixed command)
        except subprocess.TimeoutExpired as error:
            raise NotApplicable(f"{engine} did not end within {_SECONDS} s. Save as .tex to inspect it.") from error
        if run.returncode:
            lines = run.stdout.decode(errors="replace").splitlines()
            said = next((line for line in lines if line.startswith("!")), "no message")
            raise NotApplicable(
                f"{engine} could not typeset the figure: {said}. Save as .tex to inspect it, or save as .svg."
            )
        return (place / "figure.pdf").read_bytes()


register(Format("PNG", (".png",), "picture", "dots, by resvg-py or another tool", write=_png, options=OPTIONS))
register(Format("PDF", (".pdf",), "picture", "a page, by pdflatex or another tool", write=_pdf, options=OPTIONS))
