"""What a change of the code must leave as it is, as short hashes: figures, files, random compositions.

``python -m tests.as_before`` writes the file that ``test_as_before.py`` reads; do so only where an answer changes on
purpose, and say in the changelog which and why.
"""

from __future__ import annotations

import json
import lzma
import re
import tempfile
from functools import cache
from hashlib import blake2s
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import cidmesa as cm
from cidmesa.criteria.concepts import CONCEPTS
from cidmesa.library.convert import known_formats, read as read_file
from tests.mesa.processes import small_process, small_spec, tangled_process

if TYPE_CHECKING:
    from collections.abc import Callable

FILE = Path(__file__).with_name("as_before.json.xz")
RANDOM = 1000
SKIPPED = {"JGUM"}  # what another program writes


@cache
def scenarios() -> dict[str, cm.Scenario]:
    """Return the scenarios of the library by their slugs."""
    return {scenario.slug: scenario for scenario in cm.scenarios()}


def figures(slug: str) -> dict[str, str]:
    """Return the figures of a scenario and of what is composed in it, plain and with all rings, in every format."""
    scenario = scenarios()[slug]
    shown = {"": scenario} | {spec: scenario.of(spec) for spec in scenario.specs}
    plain = {"svg": cm.svg, "tikz": cm.tikz, "dot": cm.dot, "mermaid": cm.mermaid, "text": cm.text}
    found = {
        f"{name} {how}": _hash(lambda d=draw, v=x: d(v)) for name, x in shown.items() for how, draw in plain.items()
    }
    for name, x in shown.items():
        found[f"{name} rings"] = _hash(lambda v=x: cm.svg(v, incentives=list(CONCEPTS)))
        found[f"{name} beside"] = _hash(lambda v=x: cm.svg(v, compare_with="base"))
        found[f"{name} cid"] = _hash(lambda v=x: cm.tikz(v, style="cid", standalone=True))
    return found


def written(slug: str) -> dict[str, str]:
    """Return the model of a scenario written in every format, or why it cannot be, and what is read from it again."""
    model = scenarios()[slug].model
    forms = [form for form in known_formats() if form.write and form.holds in ("model", "scenario")]
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for form in forms:
            if form.name not in SKIPPED:
                path = Path(folder, f"x{form.endings[0]}")
                found[form.name] = _hash(lambda p=path: (cm.save(model, p), p.read_bytes())[1])
                found[f"{form.name} read"] = _hash(lambda p=path: _all_of(read_file(p)))
    return found


def _all_of(x: cm.Model | cm.CID) -> str:
    tables = [(node, x.table(node)) for node in x.cid.nodes] if isinstance(x, cm.Model) else []
    return f"{x!r} {getattr(x, 'domains', {})} {tables}"


def composed(part: int) -> dict[str, str]:
    """Return a tenth of the random compositions: nodes, links, provenance and what an incentive there is for."""
    found = {}
    for seed in range(part * RANDOM // 10, (part + 1) * RANDOM // 10):
        rng = Random(f"compositions {seed}")
        process, target = small_process(rng) if seed % 3 else (tangled_process(rng, optimizers=1 + seed % 2), None)
        spec = small_spec(rng, target) if target else None
        found[str(seed)] = _hash(lambda p=process, s=spec: _composition(p, s))
    return found


def _composition(process: cm.TrainingProcess, spec: cm.MesaSpec | None) -> str:
    made = cm.compose(process, spec) if spec else cm.compose(process)
    nodes = [(s.name, s.kind, s.agent, s.parents) for s in made.model.cid.specs]
    return f"{nodes} {made.model.cid.edges} {sorted(map(str, made.provenance.items()))}"


PARTS: dict[str, tuple[Callable, tuple]] = {
    "figures": (figures, tuple(scenarios())),
    "files": (written, tuple(slug for slug, scenario in scenarios().items() if scenario.model is not None)),
    "compositions": (composed, tuple(range(10))),
}


def _hash(ask: Callable[[], object]) -> str:
    try:
        said = str(ask())
    except cm.CidmesaError as error:
        said = re.sub(r"/\S*/", "", f"{type(error).__name__}: {error}")  # no folders
    return blake2s(said.encode(), digest_size=4).hexdigest()


def read() -> dict[str, dict[str, dict[str, str]]]:
    """Return what was written."""
    return json.loads(lzma.decompress(FILE.read_bytes()))


if __name__ == "__main__":
    everything = {name: {str(of): find(of) for of in over} for name, (find, over) in PARTS.items()}
    FILE.write_bytes(lzma.compress(json.dumps(everything, sort_keys=True).encode()))
