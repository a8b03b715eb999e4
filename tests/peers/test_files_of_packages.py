"""Files that come with other packages, and files that they write: each is read right or refused with a reason."""

from __future__ import annotations

import gzip
import re
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

import cidmesa as cm
from cidmesa.library.convert import read
from cidmesa.modelling.numbers import show
from tests.interop.test_games import own_values, values_by_name

pytestmark = [pytest.mark.nightly, pytest.mark.filterwarnings("ignore")]  # theirs

ROOT = Path(__file__).parent.parent.parent
TRIED_WITH = {"pgmpy": "1.1.2", "pygambit": "17.0.0b2", "pyagrum": "3.3.1"}
SMALL = 11  # networks that the writers are given
WRITTEN = ["bif", "bifxml", "net", "dsl", "uai", "xdsl"], ["bif", "xdsl", "net", "xmlbif"]


class Tally(NamedTuple):
    """How many files of a kind were tried, read right, refused with a reason, and neither (with what happened)."""

    tried: int
    right: int
    refused: int
    faults: tuple[str, ...]


def tally(files, check, reader=read):
    """Read each file and check what it was read as."""
    found = {"right": 0, "refused": 0}
    faults = []
    for file in files:
        try:
            model = reader(file)
        except cm.CidmesaError as error:
            found["refused"] += 1
            faults += [] if file.name in str(error) or str(error).endswith(".") else [f"{file}: {error}"]
        except Exception as error:
            faults.append(f"{file}: {type(error).__name__}: {error}")
        else:
            wrong = check(model, file)
            found["right"] += not wrong
            faults += [f"{file}: {wrong}"] if wrong else []
    return Tally(len(files), **found, faults=tuple(faults))


def package(name):
    return pytest.importorskip(name, reason=f"{name} is not installed")


def examples():
    return Path(package("pgmpy").__file__).parent / "utils" / "example_models"


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    """The networks of pgmpy as .bif files, the smallest first."""
    folder = tmp_path_factory.mktemp("bif")
    packed = sorted(examples().glob("*.bif.gz"), key=lambda path: path.stat().st_size)
    for file in packed:
        (folder / file.stem).write_bytes(gzip.decompress(file.read_bytes()))
    return [folder / file.stem for file in packed]


def table_of(network, name):
    """The states of a node and its table as pyAgrum has them, its own states last."""
    node = network.idFromName(name)
    parents = [network.variable(parent).name() for parent in sorted(network.parents(node))]
    cpt = network.cpt(node)
    axes = list(reversed(cpt.names))
    return network.variable(node).labels(), parents, cpt.toarray().transpose([axes.index(n) for n in (*parents, name)])


def differs(model, network, called=str):
    """Return what differs from a network of pyAgrum, nothing if all tables are the same."""
    if sorted(map(called, network.names())) != sorted(model.cid.nodes):
        return "other nodes"
    for name in network.names():
        labels, parents, wanted = table_of(network, name)
        own = called(name)
        if {called(parent) for parent in parents} != set(model.cid.parents(own)):
            return f"other parents of {own}"
        if [plain(label) for label in labels] != [plain(show(state)) for state in model.domain(own)]:
            return f"other states of {own}: {labels}, {model.domain(own)}"
        table = model.table(own).as_float()
        order = [table.variables.index(called(parent)) for parent in parents]
        if not np.allclose(table.values.transpose([*order, table.values.ndim - 1]), wanted, atol=2e-6):
            return f"another table of {own}"
    return ""


def plain(label):
    """Return a label as all programs have it: some write true as True, 1 as 1.0, and signs as underscores."""
    return re.sub(r"[\W_]+", "_", str(label).lower().removesuffix(".0")).strip("_")


def word(match):
    """Return a word of a .bif file as pyAgrum knows it, the same where it is a number or has no signs."""
    if re.fullmatch(r"[A-Za-z_]\w*|[-+]?[\d.]+(e[-+]?\d+)?", match[0]):
        return match[0]
    return "_" + re.sub(r"\W", "_", match[0])


def loaded(file):
    """Return the network that pyAgrum reads, from a copy without signs in words if it refuses them."""
    gum = import_module("pyagrum")
    try:
        return gum.loadBN(str(file))
    except gum.GumException:
        copy = file.with_name(f"plain-{file.name}")
        copy.write_text(re.sub(r"[^\s,;{}()|[\]]+", word, file.read_text()))
        return gum.loadBN(str(copy))


def checked_by_pyagrum(model, file):
    return differs(model, loaded(file))


def of_pgmpy(networks):
    package("pyagrum")
    return tally(networks, checked_by_pyagrum)


def by_pyagrum(networks, tmp_path):
    gum, files = package("pyagrum"), []
    for network in networks[:SMALL]:
        original = loaded(network)
        for ending in WRITTEN[0]:
            try:
                gum.saveBN(original, str(tmp_path / f"{network.stem}.{ending}"))
            except gum.GumException:
                continue  # names or numbers that pyAgrum cannot write so
            files.append(tmp_path / f"{network.stem}.{ending}")
    return tally(files, checked_by_pyagrum)


def by_pgmpy(networks, tmp_path, endings):
    package("pyagrum")
    write = import_module("pgmpy.readwrite")
    writers = {"bif": write.BIFWriter, "xdsl": write.XDSLWriter, "net": write.NETWriter, "xmlbif": write.XMLBIFWriter}
    writers |= {"uai": write.UAIWriter}
    files, originals = [], {}
    for network in networks[:SMALL]:
        original = cm.interop.to_pgmpy(read(network))
        for ending in endings:
            file = tmp_path / f"{network.stem}.{ending}"
            writers[ending](original).write(str(file))
            files.append(file)
            originals[file] = network
    return tally(files, lambda model, file: differs(model, loaded(originals[file])))


def dagitty():
    graphs = import_module("pgmpy.base").DAG

    def check(cid, file):
        return "" if set(cid.edges) == set(graphs.from_dagitty(file.read_text()).edges()) else "other links"

    files = sorted(examples().glob("*.txt"))
    return tally(files, check, lambda file: cm.interop.from_dagitty(file.read_text()))


def games():
    """Games are right if they have the pure equilibria that pygambit finds, or as many players if it finds none."""
    pygambit = package("pygambit")

    def check(model, file):
        game = getattr(pygambit, f"read_{file.suffix[1:]}")(str(file))
        try:
            wanted = values_by_name(pygambit.nash.enumpure_solve(game).equilibria, game.players)
        except RuntimeError:  # imperfect recall
            return "" if len(game.players) == len(model.cid.agents) else "other players"
        return "" if own_values(cm.equilibria(model, limit=10_000)) == wanted else "other equilibria"

    return tally(sorted((Path(pygambit.__file__).parent / "catalog_data").rglob("*.[en]fg")), check)


KINDS = {
    "`.bif`: pgmpy's networks": lambda networks, _: of_pgmpy(networks),
    "`.bif`, `.bifxml`, `.net`, `.dsl`, `.uai`, `.xdsl` that pyAgrum writes": by_pyagrum,
    "`.bif`, `.xdsl`, `.net`, `.xmlbif` that pgmpy writes": lambda n, folder: by_pgmpy(n, folder, WRITTEN[1]),
    "`.uai` that pgmpy writes": lambda networks, folder: by_pgmpy(networks, folder, ["uai"]),
    "dagitty's text: pgmpy's diagrams": lambda *_: dagitty(),
    "`.json`: pgmpy's Gaussian networks": lambda *_: tally(sorted(examples().glob("*.json")), lambda *_: "it was read"),
    "`.efg`, `.nfg`: pygambit's catalogue": lambda *_: games(),
}


def told():
    """The rows of the page that says what was tried."""
    page = (ROOT / "docs" / "formats.md").read_text().partition("## What was tried")[2].partition("\n## ")[0]
    rows = (line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| `") or "dagitty" in line)
    return {kind: tuple(map(int, numbers[:3])) for kind, *numbers in rows}


def test_the_page_has_a_row_for_each_kind():
    assert told().keys() == KINDS.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_files_are_read_right_or_refused(kind, networks, tmp_path):
    found = KINDS[kind](networks, tmp_path)
    assert not found.faults
    assert found.tried == found.right + found.refused > 0
    if all(version(name) == tried for name, tried in TRIED_WITH.items()):
        assert found[:3] == told()[kind]
