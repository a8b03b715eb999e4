"""Random input to all doors: only errors of cidmesa come out, each within five seconds; 100,000 inputs by night."""

from __future__ import annotations

import sys
import warnings
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner

import cidmesa as cm
from cidmesa import formats
from cidmesa.cli.main import main
from cidmesa.library.catalogue import library
from cidmesa.library.convert import known_formats
from cidmesa.library.file.loader import files_of, loads
from cidmesa.modelling.expression import Expression
from tests.fuzz.fuzzing import Fuzz, expression
from tests.interop import samples

SCENARIOS = [Path(file).read_text(encoding="utf-8") for file in files_of(library())]
SMALL = [text for text in SCENARIOS if len(text) < 4_000]
READ = (".bif", ".bifxml", ".net", ".xdsl", ".json", ".efg", ".nfg", ".dagitty")
SLUGS = ("everitt2021/grade-prediction", "spence1973/job-market", "leike2017/interruption", "ward2023/war-game")
NETWORK = cm.model(  # of chance nodes alone, which is all that some formats hold
    cm.cid("A -> B; A, B -> C", nodes=["A", "B", "C"]),
    A={"lo": "1/4", "hi": "3/4"},
    B="A",
    C=cm.bernoulli("1/2 if A == 'lo' else 1/5"),
)
SUM = "A + 1/3"
SAMPLES = {".bif": samples.BIF, ".bifxml": samples.XMLBIF, ".net": samples.NET, ".xdsl": samples.XDSL}


def load(text: str) -> None:
    loads(text)


def evaluate(text: str) -> None:
    found = Expression(text)
    if set(found.names) <= {"A", "B", "p"}:
        found({"A": 1, "B": "a", "p": 2})


def draw(text: str) -> None:
    scenario = loads(text)
    if len(scenario.cid) < 30:
        for form in ("svg", "tikz", "dot", "mermaid"):
            getattr(cm, form, lambda _: None)(scenario)


def reader(folder: Path, ending: str):
    known_formats()  # loads their modules
    form = formats.format_to_read(f"x{ending}")

    def read(text: str) -> object:
        file = folder / f"x{ending}"
        file.write_bytes(text.encode("utf-8", "surrogatepass"))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return form.read(file)

    return read


def starts(folder: Path, ending: str) -> list[str]:
    """Return texts in a format: a few models that it can hold, as we write them, and a file of another tool."""
    found = [SAMPLES[ending]] if ending in SAMPLES else []
    for model in (NETWORK, *(cm.load(slug).model for slug in SLUGS)):
        with suppress(cm.CidmesaError):
            cm.save(model, folder / f"m{ending}")
            found.append((folder / f"m{ending}").read_text(encoding="utf-8"))
    return found


NOT_RUN = {"check", "compose", "convert", "fmt", "new", "render", "sweep", "verify"}  # they write, or take all there is
WORDS = [
    *(name for name in main.list_commands(None) if name not in NOT_RUN),
    *(
        "leike2017/interruption",
        "nowhere",
        "--of",
        "--ask",
        "optimal",
        "--over",
        "often=0:1:3",
        "--format",
        "json",
        "md",
    ),
    *(
        "-k",
        "(",
        "and",
        "--jobs",
        "0",
        "-1",
        "x.csv",
        "--help",
        "\x1b[31m",
        "é",
        "",
        "--decision",
        "A",
        "{",
        "=",
        "@",
        "--spec",
    ),
]


def command(text: str) -> None:
    arguments = text.split("\x1f")
    result = CliRunner().invoke(main, arguments)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code in (0, 1, 2, 5), result.output
    assert "Traceback" not in result.output


def words(fuzz: Fuzz) -> str:
    return "\x1f".join(fuzz.rng.choice(WORDS) for _ in range(fuzz.rng.randrange(1, 6)))


def run(tmp_path, total: int, seed: int) -> dict[str, Fuzz]:
    """Run about ``total`` inputs, shared among the targets."""
    share = {name: total * part // 100 for name, part in SHARES.items()}
    targets = {"loader": (load, SMALL), "expressions": (evaluate, [SUM]), "drawing": (draw, SMALL)}
    targets["commands"] = (command, ["list"])
    found = {name: Fuzz(target, list(texts), Random(f"{name} {seed}")) for name, (target, texts) in targets.items()}
    found["loader"].go(share["loader"])
    found["expressions"].go(share["expressions"], lambda fuzz: expression(fuzz.rng))
    found["drawing"].go(share["drawing"])
    found["commands"].go(share["commands"], words)
    for ending in READ:
        found[ending] = Fuzz(reader(tmp_path, ending), starts(tmp_path, ending), Random(f"{ending} {seed}"))
        found[ending].go(share["importers"] // len(READ))
    return found


SHARES = {"loader": 25, "expressions": 40, "drawing": 8, "commands": 2, "importers": 25}


@pytest.mark.parametrize("ending", READ)
def test_what_fuzzing_starts_from_is_read_whole(tmp_path, ending):
    read, texts = reader(tmp_path, ending), starts(tmp_path, ending)
    assert len(texts) >= 2
    assert all(read(text) is not None for text in texts)


def test_scenarios_and_expressions_that_fuzzing_starts_from_are_read_whole():
    assert all(loads(text).cid for text in SMALL)
    evaluate(SUM)


def test_three_thousand_inputs(tmp_path):
    found = run(tmp_path, 3_000, seed=1)
    assert sum(fuzz.ends.total() for fuzz in found.values()) > 2_900
    assert all(len(fuzz.ends) > 3 for name, fuzz in found.items() if name != "commands")


@pytest.mark.nightly
def test_a_hundred_thousand_inputs(tmp_path, capsys):
    import resource

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = run(tmp_path, 100_000, seed=2)
    with capsys.disabled():
        for name, fuzz in found.items():
            sys.stdout.write(f"\n{name}: {fuzz.ends.total()} inputs, at most {fuzz.slowest:.2f} s")
    assert sum(fuzz.ends.total() for fuzz in found.values()) > 99_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2**20  # KiB: 1 GiB
