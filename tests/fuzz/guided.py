"""Fuzzing guided by coverage: ``python -m tests.fuzz.guided loader -runs=20000`` (``nox -s fuzz``); needs atheris.

libFuzzer changes inputs towards lines of the package that none has reached. What is no error of cidmesa ends the run,
as does what takes the processor over five seconds, and its input is printed and kept. Targets: loader, expressions, and
the ending of a format such as .bif.
"""

from __future__ import annotations

import multiprocessing
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import atheris

with atheris.instrument_imports(include=["cidmesa.modelling", "cidmesa.library.file", "cidmesa.interop"]):
    from cidmesa.errors import CidmesaError
    from cidmesa.library.convert import known_formats
    from tests.fuzz.fuzzing import MOST_SECONDS
    from tests.fuzz.test_fuzz import SMALL, SUM, evaluate, load, reader, starts

    known_formats()  # loads the modules of all readers


def main(name: str, options: list[str]) -> int:
    """Fuzz a target until its runs are done, and say how many inputs were read whole; return how libFuzzer ended."""
    read_whole, slowest = multiprocessing.Value("q", 0), multiprocessing.Value("d", 0)
    with tempfile.TemporaryDirectory() as folder:
        told = (name, options, folder, read_whole, slowest)
        fuzzing = multiprocessing.get_context("fork").Process(target=_fuzz, args=told)
        fuzzing.start()  # apart, because libFuzzer ends the process in which it runs
        fuzzing.join()
    sys.stdout.write(f"{name}: {read_whole.value} inputs were read whole; at most {slowest.value:.2f} s for one\n")
    return fuzzing.exitcode or 0


def _fuzz(name: str, options: list[str], folder: str, read_whole: Any, slowest: Any) -> None:
    place, corpus = Path(folder), Path(folder) / "corpus"
    corpus.mkdir()
    run = {"loader": load, "expressions": evaluate}.get(name) or reader(place, name)
    texts = SMALL if name == "loader" else [SUM] if name == "expressions" else starts(place, name)
    for number, text in enumerate(texts):
        (corpus / str(number)).write_text(text, encoding="utf-8")

    def once(data: bytes) -> None:
        start = time.process_time()
        with suppress(CidmesaError):
            run(data.decode("utf-8", "surrogateescape"))
            read_whole.value += 1
        slowest.value = max(slowest.value, time.process_time() - start)
        assert slowest.value < MOST_SECONDS

    atheris.Setup([sys.argv[0], str(corpus), *options], once)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], ["-max_len=4000", "-timeout=300", "-rss_limit_mb=2048", *sys.argv[2:]]))
