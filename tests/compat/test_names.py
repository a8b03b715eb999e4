"""Every public name of PyCID 0.8.2 is here, takes its arguments in the same order, and stands in the table."""

import inspect
import re
from importlib import import_module
from pathlib import Path

import cidmesa as cm
import cidmesa.compat.pycid as compat
from tests.peers.pycid_names import listed

PAGE = (Path(__file__).parents[2] / "docs" / "from-pycid.md").read_text(encoding="utf-8")
ROWS = [line.split("|")[1:-1] for line in PAGE.splitlines() if line.startswith("| `")]
NAMES = listed()


def _split(line):
    """Return module, names inside it and arguments (None for a property) of a line of the list."""
    dotted, _, arguments = line.rstrip(")").partition("(")
    parts = dotted.split(".")
    start = next(place for place, part in enumerate(parts) if "_" not in part and part[0].isupper()) if any(
        part[0].isupper() for part in parts) else len(parts) - 1  # fmt: skip
    return ".".join(parts[:start]), parts[start:], None if "(" not in line else [a for a in arguments.split(", ") if a]


def _fits(line):
    """Return whether the name is where PyCID has it and takes the same arguments, a last catch-all by any name."""
    module, names, arguments = _split(line)
    value = import_module(module.replace("pycid", compat.__name__, 1))
    for name in names:
        value = getattr(value, name)
    if not arguments or (inspect.isclass(value) and issubclass(value, Exception)):
        return True
    ours = list(inspect.signature(value).parameters)
    return arguments in (ours[: len(arguments)], [*ours[: len(arguments) - 1], arguments[-1]])


def test_names_are_where_pycid_has_them_and_take_the_same_arguments():
    assert len(NAMES) > 170
    assert [line for line in NAMES if not _fits(line)] == []


def test_the_table_has_every_name():
    column = " ".join(row[0] for row in ROWS)
    assert [line for line in NAMES if f"`{'.'.join(_split(line)[1])}`" not in column] == []


def test_what_the_table_names_here_exists():
    found = {name for row in ROWS for name in re.findall(r"\bcm((?:\.\w+)+)", row[1])}
    assert len(found) > 40
    for dotted in sorted(found):
        value = cm
        for part in dotted.strip(".").split("."):
            assert hasattr(value, part) or part in getattr(value, "__dataclass_fields__", {}), f"cm{dotted}"
            value = getattr(value, part, None)


def test_names_at_the_top_are_those_of_pycid():
    public = {names[0] for module, names, _ in map(_split, NAMES) if "examples" not in module and len(names) == 1}
    inner = {"ParentsNotReadyException", "add_random_cpds", "add_random_edge", "temp_seed"}
    assert {name for name in public - inner if hasattr(compat, name)} >= public - inner - {
        "directed_decision_free_path", "find_active_path", "find_all_dir_paths", "find_all_undir_paths", "get_motif",
        "get_motifs", "is_active_backdoor_trail", "is_active_indirect_frontdoor_trail", "is_active_path",
    }  # fmt: skip
