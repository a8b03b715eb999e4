"""pgmpy and pyAgrum read what we write, and we read what they write."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

import cidmesa as cm
from cidmesa import interop
from cidmesa.errors import library
from tests.interop.test_formats import same
from tests.random_models import random_model
from tests.solving.brute import brute_optimum


def _networks(count: int):
    rng = Random(21)
    for _ in range(count):
        model = random_model(rng)
        yield model.with_policy(dict.fromkeys(model.cid.decisions, 1)).revised(without=model.cid.utilities)


def _same_tables(network, model: cm.Model) -> bool:
    for node in model.cid.nodes:
        cpd = network.get_cpds(node)
        wanted = [model.cid.parents(node).index(parent) for parent in cpd.variables[1:]]
        values = model.table(node).as_float().values
        ours = np.moveaxis(values, -1, 0).transpose([0, *(axis + 1 for axis in wanted)])
        if not np.allclose(cpd.values, ours, atol=1e-12):
            return False
    return True


def test_pgmpy_reads_our_bif_and_xmlbif(tmp_path):
    readwrite = pytest.importorskip("pgmpy.readwrite", reason="pgmpy is not installed")
    for number, model in enumerate(_networks(2)):  # pgmpy's reader takes seconds
        interop.write_bif(model, tmp_path / "a.bif")
        interop.write_xmlbif(model, tmp_path / "a.xml")
        assert _same_tables(readwrite.BIFReader(str(tmp_path / "a.bif")).get_model(), model), number
        assert _same_tables(readwrite.XMLBIFReader(str(tmp_path / "a.xml")).get_model(), model), number


def test_we_read_pgmpys_bif_and_xmlbif(tmp_path):
    readwrite = pytest.importorskip("pgmpy.readwrite", reason="pgmpy is not installed")
    for number, model in enumerate(_networks(12)):
        network = interop.to_pgmpy(model)
        readwrite.BIFWriter(network).write(str(tmp_path / "a.bif"))
        readwrite.XMLBIFWriter(network).write(str(tmp_path / "a.xml"))
        for found in (interop.read_bif(tmp_path / "a.bif"), interop.read_xmlbif(tmp_path / "a.xml")):
            assert _same_tables(interop.to_pgmpy(found), model), number


def test_300_networks_come_back_from_pgmpy():
    pytest.importorskip("pgmpy.models", reason="pgmpy is not installed")
    for number, model in enumerate(_networks(300)):
        assert same(interop.from_pgmpy(interop.to_pgmpy(model)), model), number


def test_pgmpys_posteriors_are_ours():
    inference = pytest.importorskip("pgmpy.inference", reason="pgmpy is not installed")
    for model in _networks(15):
        network = interop.to_pgmpy(model)
        asked = model.cid.nodes[-1]
        found = inference.VariableElimination(network).query([asked], show_progress=False)
        ours = cm.query(model, asked)
        for state, chance in ours.items():
            assert found.get_value(**{asked: state}) == pytest.approx(float(chance), abs=1e-9)


def test_300_diagrams_come_back_from_pyagrum(tmp_path):
    pytest.importorskip("pyagrum", reason="pyagrum is not installed")
    rng = Random(22)
    for number in range(300):
        model = random_model(rng)
        assert same(interop.from_pyagrum(interop.to_pyagrum(model)), model), number


def test_pyagrum_reads_our_files_and_we_its(tmp_path):
    pytest.importorskip("pyagrum", reason="pyagrum is not installed")
    gum = library("pyagrum", "interop")
    rng = Random(23)
    for number in range(25):
        model = random_model(rng)
        interop.write_jgum(model, tmp_path / "a.jgum")
        interop.write_xmlbif(model, tmp_path / "a.bifxml")
        theirs = gum.InfluenceDiagram()
        theirs.loadGUM(str(tmp_path / "a.jgum"))
        assert same(interop.from_pyagrum(theirs), model), number
        other = gum.InfluenceDiagram()
        other.loadBIFXML(str(tmp_path / "a.bifxml"))
        theirs.saveGUM(str(tmp_path / "b.jgum"))
        theirs.saveBIFXML(str(tmp_path / "b.bifxml"))
        assert same(interop.read_jgum(tmp_path / "b.jgum"), model), number
        assert same(interop.read_xmlbif(tmp_path / "b.bifxml"), model), number  # quarters have few digits


def _optimum(diagram) -> float | None:
    """Return pyAgrum's optimal value, ``None`` where it refuses the diagram."""
    engine = library("pyagrum", "interop").ShaferShenoyLIMIDInference(diagram)
    if not engine.isSolvable():
        return None
    engine.makeInference()
    return float(engine.MEU()["mean"])


def _compared(count: int) -> dict[str, int]:
    """Count how pyAgrum's optimal values stand to ours; brute force decides where they differ."""
    rng = Random(24)
    found = {"equal": 0, "refused": 0, "wrong": 0}
    for number in range(count):
        model = random_model(rng, recall=number % 2 == 0)
        value, theirs = cm.solve(model).value, _optimum(interop.to_pyagrum(model))
        if theirs is None:
            found["refused"] += 1
        elif theirs == pytest.approx(float(value), abs=1e-6):
            found["equal"] += 1
        else:
            assert brute_optimum(model) == value, number
            assert theirs < value, number
            found["wrong"] += 1
    return found


def test_optimal_values_of_1000_models_beside_pyagrum():
    pytest.importorskip("pyagrum", reason="pyagrum is not installed")
    found = _compared(1000)
    assert found["equal"] > 700, found
