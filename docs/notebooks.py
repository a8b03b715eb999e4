"""Execute the notebooks and write their outputs into them: ``python -m docs.notebooks [NAME ...]``."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import nbformat

__all__ = ["FOLDER", "executed", "main", "shown", "stripped"]

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
_QUIET = ["--IPKernelApp.log_level=ERROR"]
_SECONDS = 300
_LIVE = "application/vnd.jupyter.widget-view+json"  # needs a kernel; the page beside it needs none
_FOLDER = re.compile(r"(?:/[\w/]*/)?\btmp[a-z0-9_]{8}\b")  # of the system, for a while
_LARGE = 400_000  # characters of a picture of dots, which a notebook is not committed with


def executed(path: Path) -> Any:
    """Return the notebook at a path after its execution from the top."""
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    where = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=_SECONDS, resources=where, extra_arguments=_QUIET, record_timing=False).execute()
    return stripped(notebook)


def stripped(notebook: Any) -> Any:
    """Return a notebook without what differs from run to run: times, the kernel's version, ids of widgets.

    >>> from nbformat.v4 import new_code_cell, new_notebook, new_output
    >>> live = new_output("display_data", {_LIVE: {"model_id": "3f"}, "text/plain": "2"})
    >>> dict(stripped(new_notebook(cells=[new_code_cell(outputs=[live])])).cells[0].outputs[0].data)
    {'text/plain': '2'}
    """
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook.cells:
        cell.metadata = {}
        if cell.cell_type == "code":
            cell.outputs = _joined([_kept(output) for output in cell.outputs if not _is_noise(output)])
    return notebook


def _joined(outputs: list[Any]) -> list[Any]:
    """Return outputs in which what was printed in pieces is one piece."""
    found: list[Any] = []
    for output in outputs:
        if found and output.output_type == found[-1].output_type == "stream":
            found[-1].text += output.text
        else:
            found.append(output)
    return found


def _is_noise(output: Any) -> bool:
    """Return whether an output is a warning of the kernel or of a package, with paths of this machine."""
    return output.output_type == "stream" and output.name == "stderr"


def _lasting(text: str) -> str:
    """Return text without times, ids of widgets and names of folders, which differ from run to run.

    >>> _lasting("/tmp/tmpxxxxxxxx/vase ... [1.11 s], 3 claims in 1.2 s")
    'folder/vase ... [… s], 3 claims in … s'
    """
    text = re.sub(r'(data-page|data-instead-of)="[0-9a-f]{32}"', r'\1="widget"', text)
    return re.sub(r"(?<=\[)\d+(\.\d+)? s(?=\])|(?<= in )\d+\.\d+ s\b", "… s", _FOLDER.sub("folder", text))


def _kept(output: Any) -> Any:
    if "text" in output:
        output.text = _lasting(output.text)
    if "data" in output:
        output.metadata = {}
        kept = ((kind, value) for kind, value in output.data.items() if kind != _LIVE)
        output.data = {kind: _lasting(value) if kind.startswith("text/") else value for kind, value in kept}
        if {"text/html", "image/svg+xml"} & output.data.keys() or len(output.data.get("image/png", "")) > _LARGE:
            output.data.pop("image/png", None)
    return output


def shown(notebook: Any) -> list[str]:
    """Return what the cells of a notebook show, as text that does not depend on fonts and on versions of packages.

    >>> from nbformat.v4 import new_code_cell, new_notebook, new_output
    >>> html = new_output("display_data", {"text/html": "<p>a</p><svg>b</svg>"})
    >>> shown(new_notebook(cells=[new_code_cell(outputs=[html])]))
    ['<p>a</p><svg/>']
    """
    return [text for cell in notebook.cells if cell.cell_type == "code" for text in map(_text, cell.outputs)]


def _text(output: Any) -> str:
    if output.output_type == "stream":
        return str(output.text)
    data = output.data
    text = str(data.get("text/html") or data.get("text/plain", ""))
    return re.sub(r"<svg.*?</svg>", "<svg/>", text, flags=re.DOTALL)


def main(names: list[str]) -> int:
    """Execute the notebooks whose names begin with one of these, all without names."""
    for path in sorted(FOLDER.glob("*.ipynb")):
        if not names or path.stem.startswith(tuple(names)):
            nbformat.write(executed(path), path)
            print(path.name, path.stat().st_size // 1024, "KB")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
