"""`save`: a figure to a file, in the format that the file's ending names."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from cidmesa.errors import NotApplicable, near_miss
from cidmesa.files import write
from cidmesa.render.printers.converters import pdf, png
from cidmesa.render.printers.dot import dot
from cidmesa.render.printers.mermaid import mermaid
from cidmesa.render.printers.svg import svg
from cidmesa.render.printers.text import text
from cidmesa.render.printers.tikz import tikz

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from cidmesa.render.overlays import Options
    from cidmesa.render.printers.tikz import TikzStyle

__all__ = ["FORMATS", "png", "save"]

_SECONDS = 120  # for pdflatex

FORMATS = (".svg", ".tex", ".tikz", ".dot", ".mmd", ".txt", ".pdf", ".png")


def save(
    x: object,
    path: str | os.PathLike[str],
    *,
    style: TikzStyle = "native",
    standalone: bool | None = None,
    **options: Unpack[Options],
) -> Path:
    """Write a drawable value to ``path`` and return the path; the old file stays as it was if anything fails.

    Args:
        x: a drawable value.
        path: its ending chooses the format: .svg, .tex (a document), .tikz (the picture alone), .dot, .mmd, .txt, and
            .pdf and .png where a tool for them is found.
        style: the TikZ style of .tex and .tikz.
        standalone: whether TikZ makes a whole document; by the ending where it is not said.
        options: see `cidmesa.render.overlays.Options`.

    Raises:
        FileError: the folder is missing or can't be written to.
        NotApplicable: an unknown ending, or no tool for .pdf or .png; the message says what to install.

    """
    target = Path(path)
    ending = target.suffix.lower()
    if ending not in FORMATS:
        raise NotApplicable(
            f"can't tell a format from the ending {ending!r} of {target.name!r}.{near_miss(ending, FORMATS)} "
            f"Known endings: {', '.join(FORMATS)}."
        )
    if ending in (".tex", ".tikz"):
        whole = ending == ".tex" if standalone is None else standalone
        write(target, tikz(x, style=style, standalone=whole, **options).encode())
    else:
        write(target, _made(ending, x, options))
    return target


def _made(ending: str, x: object, options: Options) -> bytes:
    makers: dict[str, Callable[[], bytes]] = {
        ".svg": lambda: svg(x, **options).encode(),
        ".dot": lambda: dot(x, **options).encode(),
        ".mmd": lambda: mermaid(x, **options).encode(),
        ".txt": lambda: text(x, **options).encode(),
        ".pdf": lambda: _pdf(x, options),
        ".png": lambda: png(svg(x, **options)),
    }
    return makers[ending]()


def _pdf(x: object, options: Options) -> bytes:
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
