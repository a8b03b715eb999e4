"""The wheel holds what the checkout has: every scenario, and each file that is read when something runs."""

import re
import shutil
import subprocess
import sys
import tarfile
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
    shutil.unpack_archive(wheel, folder / "site", "zip")
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


def test_the_version_stands_in_one_place():
    """The package has it; CITATION.cff, the pages that show it and the newest heading of the changelog agree."""
    given = {
        "CITATION.cff": re.search(r"^version: (\S+)$", (ROOT / "CITATION.cff").read_text(), re.MULTILINE),
        "docs/citing.md": re.search(r"version = \{(.+?)\}", (ROOT / "docs/citing.md").read_text()),
        "CHANGELOG.md": re.search(r"^## (\d\S+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE),
        "docs/checking.md": re.search(r"rev: v(\S+)", (ROOT / "docs/checking.md").read_text()),
    }
    assert {page: found[1] for page, found in given.items()} == dict.fromkeys(given, cm.__version__)
    assert "version =" not in (ROOT / "pyproject.toml").read_text().split("[project.optional")[0].replace(
        "python_version", ""
    )


def test_fragments_are_gathered_under_a_version(tmp_path):
    from docs.changelog import gather

    (tmp_path / "changelog.d").mkdir()
    (tmp_path / "changelog.d" / "a.added.md").write_text("A new\nname.\n")
    (tmp_path / "changelog.d" / "b.fixed.md").write_text("A fault.\n")
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\nHow.\n\n## 0.2.0\n\nOld.\n")
    assert gather("0.3.0", tmp_path) == 2
    assert (tmp_path / "CHANGELOG.md").read_text() == (
        "# Changelog\n\nHow.\n\n## 0.3.0\n\n### Added\n\n- A new name.\n\n### Fixed\n\n- A fault.\n\n## 0.2.0\n\nOld.\n"
    )
    assert list((tmp_path / "changelog.d").iterdir()) == []
    (tmp_path / "changelog.d" / "c.added.md").write_text("- Another.\n")
    (tmp_path / "changelog.d" / "d.changed.md").write_text("Another way.\n")
    assert gather("0.3.0", tmp_path) == 2
    assert (tmp_path / "CHANGELOG.md").read_text() == (
        "# Changelog\n\nHow.\n\n## 0.3.0\n\n### Added\n\n- A new name.\n- Another.\n\n"
        "### Fixed\n\n- A fault.\n\n### Changed\n\n- Another way.\n\n## 0.2.0\n\nOld.\n"
    )


@pytest.mark.nightly
def test_source_archive_and_wheel_pass_check_without_the_checkout(tmp_path):
    """The wheel is built from the source archive, unpacked, and the whole library is checked from a bare folder."""
    if find_spec("build") is None or find_spec("hatchling") is None:
        pytest.skip("build and hatchling are not installed (extra dev)")
    subprocess.run([sys.executable, "-m", "build", "--no-isolation", "--outdir", tmp_path, ROOT], check=True)
    (source,), (wheel,) = tmp_path.glob("*.tar.gz"), tmp_path.glob("*.whl")
    with tarfile.open(source) as packed:
        names = {name.partition("/")[2] for name in packed.getnames()}
    assert {"README.md", "CHANGELOG.md", "LICENSE", "docs/index.md", "notebooks/01_first_diagram.ipynb"} <= names
    assert not any(name.startswith(("build/", ".venv/")) for name in names)
    shutil.unpack_archive(wheel, tmp_path / "site", "zip")
    env = {"PYTHONPATH": str(tmp_path / "site"), "XDG_CACHE_HOME": str(tmp_path / "cache"), "PATH": "/usr/bin:/bin"}
    (tmp_path / "bare").mkdir()
    asked = [sys.executable, "-m", "cidmesa", "check"]
    done = subprocess.run(asked, cwd=tmp_path / "bare", env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert ", 0 failed, " in done.stdout
