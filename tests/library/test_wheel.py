"""The wheel holds what the checkout has: every scenario, and each file that is read when something runs."""

import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

import cidmesa as cm

ROOT = Path(__file__).parents[2]
READ = (
    "cidmesa/library/scenario.schema.json",
    "cidmesa/library/starters/decision.cid.yaml",
    "cidmesa/library/check/ledger.js",
    "cidmesa/explorer/explorer.js",
    "cidmesa/py.typed",
    "cidmesa/__init__.pyi",
)
ASKED = """
import cidmesa as cm
print(cm.__file__)
print(*(scenario.slug for scenario in cm.scenarios()))
print(bool(cm.check(["carey2023/chat-bot"])))
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder into which the wheel is unpacked, as installing does."""
    if find_spec("build") is None or find_spec("hatchling") is None:
        pytest.skip("build and hatchling are not installed (extra dev)")
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT],
                   check=True, capture_output=True, cwd=folder)  # fmt: skip
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder / "site")
    return folder / "site"


def test_the_wheel_has_the_library_and_all_files_that_are_read(installed):
    models = {file.relative_to(ROOT) for file in (ROOT / "models").rglob("*.yaml")} | {Path("models/references.bib")}
    assert {Path("cidmesa") / file for file in models} <= {
        file.relative_to(installed) for file in installed.rglob("*") if file.is_file()
    }
    assert [name for name in READ if not (installed / name).is_file()] == []
    assert not (installed / "tests").exists()


def test_scenarios_load_and_hold_from_the_wheel(installed, tmp_path):
    done = subprocess.run([sys.executable, "-c", ASKED], capture_output=True, text=True, check=True, cwd=tmp_path,
                          env={"PYTHONPATH": str(installed), "XDG_CACHE_HOME": str(tmp_path)})  # fmt: skip
    place, slugs, holds = done.stdout.splitlines()
    assert Path(place).is_relative_to(installed)
    assert slugs.split() == [scenario.slug for scenario in cm.scenarios()]
    assert holds == "True"
