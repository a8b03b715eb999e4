"""`convert`: a model from one file format to another, chosen by the endings of the files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from cidmesa import files, interop
from cidmesa.errors import FormatError, ModelError, near_miss
from cidmesa.interop.reading import text_of
from cidmesa.library.check.report import counted
from cidmesa.library.file.loader import load
from cidmesa.library.file.writer import written
from cidmesa.modelling.model import Model

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable

    from cidmesa.structure.diagram import CID

__all__ = ["READERS", "WRITERS", "convert", "left_out", "read"]

Read: TypeAlias = "Model | CID"


def _yaml(path: str) -> Read:
    scenario = load(path)
    return scenario.model if scenario.model is not None else scenario.cid


READERS: dict[str, Callable[[str], Read]] = {
    ".cid.yaml": _yaml,
    ".json": interop.read_json,
    ".xdsl": interop.read_xdsl,
    ".net": interop.read_net,
    ".jgum": interop.read_jgum,
    ".bifxml": interop.read_xmlbif,
    ".xmlbif": interop.read_xmlbif,
    ".bif": interop.read_bif,
    ".dot": lambda path: interop.from_dot(text_of(path)),
    ".gv": lambda path: interop.from_dot(text_of(path)),
    ".dagitty": lambda path: interop.from_dagitty(text_of(path)),
}
WRITERS: dict[str, Callable[[Model, str], None]] = {  # formats with numbers
    ".json": interop.write_json,
    ".xdsl": interop.write_xdsl,
    ".net": interop.write_net,
    ".jgum": interop.write_jgum,
    ".bifxml": interop.write_xmlbif,
    ".xmlbif": interop.write_xmlbif,
    ".bif": interop.write_bif,
    ".efg": interop.write_efg,
    ".nfg": interop.write_nfg,
}
_DRAWN = (".svg", ".pdf", ".png", ".tex", ".tikz", ".dot", ".mmd", ".txt")


def convert(source: str | os.PathLike[str], target: str | os.PathLike[str]) -> None:
    """Write the model of one file to another; the endings of their names choose the formats.

    Read: ``.cid.yaml`` (or a slug of the library), ``.json``, ``.xdsl``, ``.net``, ``.jgum``, ``.bifxml``, ``.xmlbif``,
    ``.bif``, ``.dot``, ``.gv``, ``.dagitty``. Written: the same, ``.efg``, ``.nfg`` and pictures.

    Raises:
        FormatError: an unknown ending, or a file that can't be read.
        ModelError: the target needs numbers and the source has none.
        NotApplicable: the target's format can't say what the model has, such as several agents.

    """
    model = read(source)
    path = str(target)
    ending = _ending(path, (*WRITERS, ".cid.yaml", ".dagitty", *_DRAWN))
    if ending == ".cid.yaml":
        files.write(path, written(model, f"Converted from {Path(source).name}").encode())
    elif ending == ".dagitty":
        files.write(path, (interop.to_dagitty(model.cid if isinstance(model, Model) else model) + "\n").encode())
    elif ending in WRITERS:
        if not isinstance(model, Model):
            raise ModelError(f"{source} is a diagram without numbers, which {ending} needs. "
                             "Convert to .cid.yaml first and give its nodes numbers.")  # fmt: skip
        WRITERS[ending](model, path)
    else:
        from cidmesa.render.save import save

        save(model, path)


def left_out(source: str | os.PathLike[str]) -> list[str]:
    """Return what of a scenario `convert` does not take over (actions of a learned algorithm are chance nodes then).

    >>> left_out("hubinger2019/deployment-gate")
    ['2 actions', '2 specifications', '17 claims']
    """
    if not _is_scenario(str(source)):
        return []
    scenario = load(str(source))
    actions = scenario.training.actions if scenario.training else ()
    parts = (("action", actions), ("specification", scenario.specs), ("claim", scenario.claims))
    return [counted(len(there), what) for what, there in parts if there]


def _is_scenario(path: str) -> bool:
    return not Path(path).suffix or path.endswith((".yaml", ".yml"))


def read(source: str | os.PathLike[str]) -> Read:
    """Return the model (or the diagram, where there are no numbers) of a file in any format, or of a slug.

    Raises:
        FormatError: an unknown ending, or a file that can't be read.

    >>> read("hubinger2019/two-corners").cid.kind("A1")
    'chance'

    """
    path = str(source)
    if _is_scenario(path):
        return _yaml(path)
    return READERS[_ending(path, READERS)](path)


def _ending(path: str, known: Iterable[str]) -> str:
    endings = list(known)
    found = next((ending for ending in endings if path.lower().endswith(ending)), None)
    if found is None:
        suffix = Path(path).suffix
        raise FormatError(f"{path}: the ending {suffix!r} is not known.{near_miss(suffix, endings)} "
                          f"Known are: {' '.join(endings)}.")  # fmt: skip
    return found
