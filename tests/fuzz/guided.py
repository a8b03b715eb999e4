"""Fuzzing guided by coverage: ``python -m tests.fuzz.guided loader -runs=20000`` (``nox -s fuzz``); needs atheris.

libFuzzer changes inputs towards lines of the package that none has reached. What is no error of cidmesa ends the run,
and its input is printed and kept. Targets: loader, expressions, and the ending of a format such as .bif.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["cidmesa.modelling", "cidmesa.library.file", "cidmesa.interop"]):
    from cidmesa.errors import CidmesaError
    from cidmesa.library.convert import known_formats
    from tests.fuzz.test_fuzz import SMALL, evaluate, load, reader, written

    known_formats()  # loads the modules of all readers


def main(name: str, options: list[str]) -> None:
    """Fuzz a target until its runs are done."""
    with tempfile.TemporaryDirectory() as folder:
        place, corpus = Path(folder), Path(folder) / "corpus"
        corpus.mkdir()
        run = {"loader": load, "expressions": evaluate}.get(name) or reader(place, name)
        texts = SMALL if name == "loader" else ["A + 1/3"] if name == "expressions" else written(place, name)
        for number, text in enumerate(texts):
            (corpus / str(number)).write_text(text, encoding="utf-8")

        def once(data: bytes) -> None:
            with suppress(CidmesaError):
                run(data.decode("utf-8", "surrogateescape"))

        atheris.Setup([sys.argv[0], str(corpus), *options], once)
        atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], ["-max_len=4000", "-timeout=5", "-rss_limit_mb=2048", *sys.argv[2:]])
