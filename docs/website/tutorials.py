"""The notebooks as pages with their outputs; those without outputs are executed."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Any

import nbformat

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["as_page", "contents", "tutorials"]

_QUIET = ["--IPKernelApp.log_level=ERROR"]
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def tutorials(folder: Path, *, execute: bool = True) -> Iterator[tuple[str, str]]:
    """Yield name and text of the page of each notebook; ``execute`` those that have no outputs."""
    for path in sorted(folder.glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        if execute and not any(cell.get("outputs") for cell in notebook.cells):
            from nbclient import NotebookClient

            where = {"metadata": {"path": str(folder)}}
            NotebookClient(notebook, timeout=300, resources=where, extra_arguments=_QUIET).execute()
        yield path.stem, as_page(notebook)


def contents(folder: Path) -> str:
    """Return the table of contents of the tutorials."""
    names = "\n".join(f"tutorials/{path.stem}" for path in sorted(folder.glob("*.ipynb")))
    return f"```{{toctree}}\n:maxdepth: 1\n\n{names}\n```\n"


def as_page(notebook: Any) -> str:
    """Return a notebook as Markdown, with its outputs as HTML.

    >>> from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
    >>> shown = new_output("execute_result", {"text/plain": "2 < 3"})
    >>> print(as_page(new_notebook(cells=[new_markdown_cell("# Title"), new_code_cell("1 + 1", outputs=[shown])])))
    # Title
    <BLANKLINE>
    ```python
    1 + 1
    ```
    <BLANKLINE>
    <div class="output"><pre>2 &lt; 3</pre></div>
    <BLANKLINE>
    """
    parts = [part for cell in notebook.cells for part in _cell(cell)]
    return "\n\n".join(parts) + "\n"


def _cell(cell: Any) -> Iterator[str]:
    if cell.cell_type == "markdown":
        yield cell.source
    elif cell.source:
        yield f"```python\n{cell.source}\n```"
        yield from (f'<div class="output">{_flat(_shown(output))}</div>' for output in cell.outputs)


def _shown(output: Any) -> str:
    if output.output_type == "stream":
        return f"<pre>{escape(output.text, quote=False)}</pre>"
    data = output.data
    for kind in ("text/html", "image/svg+xml"):
        if kind in data:
            return str(data[kind])
    if "image/png" in data:
        return f'<img alt="chart" src="data:image/png;base64,{data["image/png"].strip()}">'
    return f"<pre>{escape(_COLOURS.sub('', data['text/plain']), quote=False)}</pre>"


def _flat(html: str) -> str:
    """Return HTML without the blank lines that would end it in Markdown."""
    return re.sub(r"\n\s*\n", lambda _: "\n&#8203;\n" if "<pre" in html else "\n", html.strip())
