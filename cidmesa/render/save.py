"""`save`: a figure to a file, in the format that the file's ending names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from cidmesa.errors import NotApplicable
from cidmesa.files import write
from cidmesa.formats import discover, format_to_write

if TYPE_CHECKING:
    import os

    from cidmesa.render.overlays import Options
    from cidmesa.render.printers.tikz import TikzStyle

__all__ = ["save"]


def save(
    x: object,
    path: str | os.PathLike[str],
    *,
    style: TikzStyle | None = None,
    standalone: bool | None = None,
    **options: Unpack[Options],
) -> Path:
    """Write a drawable value to ``path`` and return the path; the old file stays as it was if anything fails.

    Args:
        x: a drawable value.
        path: its ending chooses the format: .svg, .tex (a document), .tikz (the picture alone), .dot, .mmd, .txt, and
            .pdf and .png where a tool for them is found.
        style: the TikZ style of .tex and .tikz, ``"native"`` where it is left out.
        standalone: whether TikZ makes a whole document; by the ending where it is not said.
        options: see `cidmesa.render.overlays.Options`.

    Raises:
        FileError: the folder is missing or can't be written to.
        FormatError: an unknown ending.
        NotApplicable: an unknown option, or no tool for .pdf or .png; the message says what to install.

    """
    discover("cidmesa.render.printers")
    form = format_to_write(path)
    if form.holds != "picture":
        raise NotApplicable(f"{form.name} is a format of models, not of figures. See cm.interop.")
    own = {"style": style, "standalone": standalone}
    write(path, form.content(x, **options, **{name: value for name, value in own.items() if value is not None}))
    return Path(path)
