"""Files in any format, chosen by the ending of their names from the register of formats: `save`, `read`, `convert`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, Unpack

from cidmesa.errors import DiagramError, FormatError, ModelError, wrong_type
from cidmesa.formats import Format, discover, format_to_read, format_to_write, formats, write
from cidmesa.modelling.model import Model
from cidmesa.structure.diagram import CID

if TYPE_CHECKING:
    import os

    from cidmesa.library.scenario import Scenario
    from cidmesa.render.options import Options
    from cidmesa.render.printers.tikz import TikzStyle

__all__ = ["as_scenario", "convert", "known_formats", "left_out", "read", "save"]

_ROOMS = ("cidmesa.render.printers", "cidmesa.interop", "cidmesa.library.file")  # with formats, the quick ones first

Read: TypeAlias = Model | CID


def _format(find: Callable[[str], Format], path: str) -> Format:
    """Return the format of a path, looked for in one room after the other."""
    for room in _ROOMS[:-1]:
        discover(room)
        try:
            return find(path)
        except FormatError:
            continue
    discover(_ROOMS[-1])
    return find(path)


def known_formats() -> tuple[Format, ...]:
    """Return all formats that files are read or written in, by name.

    >>> [form.name for form in known_formats() if ".bif" in form.endings]
    ['BIF']
    """
    for room in _ROOMS:
        discover(room)
    return formats()


def save(
    x: object,
    path: str | os.PathLike[str],
    *,
    style: TikzStyle | None = None,
    standalone: bool | None = None,
    title: str | None = None,
    **options: Unpack[Options],
) -> Path:
    """Write a value to ``path`` as a figure or a model, and return the path; if that fails, the old file stays.

    Args:
        x: a diagram, a model, or an object that holds one; for figures, any drawable value.
        path: the file; its ending chooses the format. Figures: .svg, .tex (a document), .tikz (the picture alone),
            .dot, .mmd, .txt, and .pdf and .png if a tool for them is found. Models: .cid.yaml, .json and the formats of
            other tools (docs/formats.md).
        style: the TikZ style of .tex and .tikz; ``"native"`` if left out.
        standalone: whether TikZ makes a whole document; if left out, the ending decides.
        title: the title in a .cid.yaml, .efg or .nfg file.
        options: options of figures; see `cidmesa.render.options.Options`.

    Raises:
        FileError: the folder is missing or cannot be written to.
        FormatError: the ending is unknown.
        ModelError: the format needs numbers and ``x`` has none.
        NotApplicable: an option is unknown, no tool for .pdf or .png was found, or the format cannot express the value
            (several agents).

    >>> import cidmesa as cm, tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     cm.save(cm.cid("A -> B"), Path(folder) / "figure.svg").name
    'figure.svg'
    """
    form = _format(format_to_write, str(path))
    own = {"style": style, "standalone": standalone, "title": title}
    said = {**options, **{name: value for name, value in own.items() if value is not None}}
    write(path, form.content(_fitting(x, form), **said))
    return Path(path)


def _fitting(x: Any, form: Format) -> object:
    """Return of a value what a format holds."""
    if form.holds == "model":
        held = x if isinstance(x, Model) else getattr(x, "model", None)
        if not isinstance(held, Model):
            raise ModelError(wrong_type(form.name, "a model", x, "Save as .cid.yaml first and give the nodes numbers."))
        return held
    if form.holds == "diagram":
        held = x if isinstance(x, CID) else getattr(x, "cid", None)
        if not isinstance(held, CID):
            raise DiagramError(wrong_type(form.name, "a diagram", x, "See cm.cid."))
        return held
    return x


def read(source: str | os.PathLike[str]) -> Read:
    """Return the model (or the diagram, where there are no numbers) of a file in any format, or of a slug.

    Raises:
        FormatError: the file's ending is unknown, or the file cannot be read.

    >>> read("hubinger2019/two-corners").cid.kind("A1")
    'chance'
    """
    path = str(source)
    form = _format(format_to_read, path if Path(path).suffix else f"{path}.cid.yaml")
    if form.read is None:
        raise FormatError(f"{path}: {form.name} is only written, not read.")
    found = form.read(path)
    return found if isinstance(found, Model | CID) else found.model or found.cid


def convert(source: str | os.PathLike[str], target: str | os.PathLike[str]) -> None:
    """Write the model of one file, or of a scenario of the library, to another; the endings choose the formats.

    Raises:
        FormatError: the file's ending is unknown, or the file cannot be read.
        ModelError: the target needs numbers and the source has none.
        NotApplicable: the target format cannot express the model, for example several agents.
    """
    form = _format(format_to_write, str(target))
    save(read(source), target, title=f"Converted from {Path(source).name}" if form.holds == "scenario" else None)


def as_scenario(source: str) -> Scenario:
    """Return the model of a file of any format as a scenario without claims, called like the file.

    Raises:
        FormatError: the file's ending is unknown, or the file cannot be read.
    """
    from cidmesa.library.file.loader import loads
    from cidmesa.library.file.writer import scenario_text

    return loads(scenario_text(read(source), Path(source).name), Path(source).with_suffix(".cid.yaml"))


def left_out(source: str | os.PathLike[str]) -> list[str]:
    """Return what of a scenario `convert` does not take over (actions of a learned algorithm are chance nodes then).

    >>> left_out("hubinger2019/deployment-gate")
    ['2 actions', '2 specifications', '17 claims']
    """
    from cidmesa.library.catalogue import names_scenario
    from cidmesa.library.check.report import counted
    from cidmesa.library.file.loader import load

    if not names_scenario(str(source)):
        return []
    scenario = load(str(source))
    actions = scenario.training.actions if scenario.training else ()
    parts = (("action", actions), ("specification", scenario.specs), ("claim", scenario.claims))
    return [counted(len(there), what) for what, there in parts if there]
