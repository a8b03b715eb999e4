"""Files that are made to harm: each ends in one named error with its place, soon and in little memory."""

from __future__ import annotations

import time
import tracemalloc

import pytest

import cidmesa as cm
from cidmesa import interop
from cidmesa.library.file.loader import loads

HEAD = "cidmesa: 1\ntitle: T\nnodes:\n"
MANY = list(range(2_000))
COINS = "".join(f"  N{i}: {{kind: chance, states: [0, 1], prob: [1/2, 1/2]}}\n" for i in range(18))
SUM = "+".join(["D", *(f"N{i}" for i in range(18))])


def two(size: int, value: str) -> str:
    options = f"{{kind: decision, states: {MANY[:size]}}}"
    return f"{HEAD}  D: {options}\n  E: {options}\n  U: {{kind: utility, value: {value!r}}}\n"


OPTIONS = "  D: {kind: decision, states: [0, 1]}\n"
FILES = {
    "a utility beyond Python's print limit": (
        f"{HEAD}  D: {{kind: decision, states: [0, 1]}}\n  U: {{kind: utility, value: 10**5000*D}}\n",
        r":5:6: CID202 node 'U' at D = 1: an exact number of more than 4000 digits",
    ),
    "a state beyond it": (
        f"{HEAD}{OPTIONS}  C: {{kind: chance, states: [0, 1], value: 10**5000+D}}\n  U: {{kind: utility, value: C}}\n",
        r":5:6: CID202 node 'C' at D = 0: an exact number of more than 4000 digits",
    ),
    "a probability beyond it": (
        f"{HEAD}  C: {{kind: chance, states: [0, 1], prob: [10**5000, 1-10**5000]}}\n",
        r":4:6: CID202 node 'C': an exact number of more than 4000 digits",
    ),
    "eighteen coins in a sum": (
        f"{HEAD}{COINS}  D: {{kind: decision, states: [0, 1]}}\n  U: {{kind: utility, value: {SUM}}}\n",
        r":23:6: CID202 node 'U': its expression has 524288 settings of the parents",
    ),
    "two decisions of 2,000 options": (
        two(2_000, "D*E"),
        r":6:6: CID202 node 'U': .* has 4000000 settings",
    ),
    "twentieth powers in a million cells": (two(1_000, "D**20*E"), r":6:6: CID202 node 'U': .* takes 7,000,000 steps"),
    "2,000th powers": (two(300, "((D+3)**2000*(E+3)**2000)%7"), r":6:6: CID202 node 'U': .* takes 46,170,000 steps"),
    "escapes of a terminal": (
        f'{HEAD}  "D\\e[31m": {{kind: decision, states: ["a\\e[5m", z]}}\n',
        r":4:3: CID007 the text 'D\\x1b\[31m' cannot stand here: it holds a control character, U\+001B",
    ),
    "escapes in a title, in a note and in what a claim says": (
        f"""cidmesa: 1\ntitle: "T \\e]0;pwned\\a"\nnote: "\\e[2J"\nnodes:\n{OPTIONS}  U: {{kind: utility, value: D}}
claims:\n  - {{id: a, says: "x\\e[7m", ask: {{optimal: {{}}}}, expect: {{value: 1}}}}\n""",
        r"(?s):2:8: CID007 .* U\+001B.*:3:7: CID007 .* U\+001B.*:8:19: CID007 .* U\+001B",
    ),
    "half a surrogate pair": (
        f'{HEAD}  D: {{kind: decision, states: ["\\ud800", zz]}}\n  U: {{kind: utility, value: "D == \'zz\'"}}\n',
        r":4:32: CID007 .* it holds half a surrogate pair, U\+D800",
    ),
}


@pytest.mark.parametrize("what", FILES)
def test_a_file_that_is_made_to_harm_is_one_error_soon_and_in_little_memory(what):
    text, said = FILES[what]
    start = time.process_time()
    tracemalloc.start()
    with pytest.raises(cm.ScenarioError, match=said):
        loads(text)
    assert tracemalloc.get_traced_memory()[1] < 2**28
    tracemalloc.stop()
    assert time.process_time() - start < 5


FOREIGN = {
    "a table of nothing": (".bif", "network x {}\nprobability ( ) { table 1; }", "does not say of which node it is"),
    "an unknown encoding": (".bifxml", '<?xml version="1.0" encoding="no-such"?><a/>', "its root is <a>"),
    "a potential of nothing": (".net", "net\n{\n}\npotential (|)\n{\n  data = (0.25 0.75);\n}\n", "a node is expected"),
    "an unknown encoding and a tag that does not end": (
        ".xdsl",
        '<?xml version="1.0" encoding="U__proto__TF-8"?><smile version="1.0"><nodes><cpt id="O"><name>O</namen>',
        "well-formed XML",
    ),
    "XML that is cut off": (
        ".xdsl",
        '<?xml version="1.0"?><smile version="1"><nodes><cpt id="a">',
        "well-formed XML",
    ),
}


@pytest.mark.parametrize("what", FOREIGN)
def test_a_foreign_file_that_is_made_to_harm_is_one_error(tmp_path, what):
    ending, text, said = FOREIGN[what]
    file = tmp_path / f"x{ending}"
    file.write_text(text)
    read = {".bif": "read_bif", ".bifxml": "read_xmlbif", ".net": "read_net", ".xdsl": "read_xdsl"}[ending]
    with pytest.raises(cm.FormatError, match=said) as info:
        getattr(interop, read)(file)
    assert str(info.value).startswith(str(file))
