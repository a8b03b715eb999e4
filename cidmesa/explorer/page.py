"""The explorer as one page: everything worked out before, within limits; no kernel and no network are needed."""

from __future__ import annotations

import itertools
import json
import re
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cidmesa.criteria.concepts import CONCEPTS
from cidmesa.errors import CidmesaError
from cidmesa.explorer.content import admitted, cid_of, copies, definitions, details, figure, outcome, slider, values
from cidmesa.mesa.composition import Composition

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cidmesa.explorer.content import Explored, Shown

__all__ = ["STEPS", "fragment", "page", "state_of"]

_HERE = Path(__file__).parent
STEPS = 12  # of a slider on a page
_ROWS = 800  # nodes whose values are worked out under evidence, with the parameters as declared; so many again moved
_FIGURES = 8  # sets of concepts whose rings are drawn


def state_of(subject: Explored, steps: int) -> dict[str, Any]:
    """Return what the browser is given at first; ``steps``: of each slider."""
    shown = subject.at({})
    return {
        "figure": figure(shown),
        "details": "<p>Click a node to read about it.</p>",
        "outcome": outcome(shown),
        "threshold": "",
        "names": list(cid_of(shown).nodes),
        "links": [list(link) for link in cid_of(shown).edges],
        "known": {key: concept.name for key, concept in CONCEPTS.items()},
        "sliders": [slider(one, steps) for one in subject.parameters if steps],
        "node": "",
        "concepts": [],
        "values": {},
        "asked": "",
        "certified": isinstance(subject.source, Composition),
        "evidence": {},
        "refused": "",
        "posteriors": values(shown, {}),
        "prior": values(shown, {}),
        "witness": [],
        "definitions": definitions(),
        "copies": copies(shown),
        "page": "",
        "turn": 0,
        "answered": 0,
    }


def page(subject: Explored, title: str = "", steps: int = STEPS) -> str:
    """Return the explorer as a page that stands alone, by default with the name of what is explored as its title.

    ``steps``: of each slider; none of the sliders where it is 0.

    >>> import cidmesa as cm
    >>> from cidmesa.explorer.content import explored
    >>> text = page(explored(cm.cid("S -> D -> U; S -> U", decisions=["D"], utilities=["U"])), "A first page")
    >>> text.startswith("<!doctype html>"), "http" in text.replace("http://www.w3.org/2000/svg", "")
    (True, False)
    """
    style = (_HERE / "page.css").read_text(encoding="utf-8")
    name = escape(title or subject.name or "Explorer")
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{name}</title>'
    body = f"<h1>{name}</h1><main>{fragment(subject, steps)}</main>"
    return f'<!doctype html><html lang="en"><head>{head}<style>{style}</style></head><body>{body}</body></html>\n'


def fragment(subject: Explored, steps: int = 0, instead_of: str = "") -> str:
    """Return the explorer as a part of a page; without scripts its figure and what is optimal can be seen.

    ``steps``: of each slider; 0: no sliders. ``instead_of``: the widget whose view in the same document hides the part.
    """
    data = _data(subject, steps)
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    code = "\n".join((_HERE / name).read_text(encoding="utf-8") for name in ("explorer.js", "static.js"))
    # Markdown ends HTML at a blank line
    code = re.sub(r"\n\s*\n", "\n", code.replace("export default { render };", ""))
    style = (_HERE / "explorer.css").read_text(encoding="utf-8")
    still = f'<div class="cidmesa-figure">{data["state"]["figure"]}</div><div>{data["state"]["outcome"]}</div>'
    run = "el.replaceChildren(); render({ model: precomputed(data), el });"
    start = f"const el = document.currentScript.previousElementSibling; const data = {text}; {run}"
    style += f'body:has([data-page="{instead_of}"]) [data-instead-of="{instead_of}"] {{ display: none; }}'
    box = f'<div class="cidmesa-static" data-instead-of="{instead_of}">{still}</div>'
    return f"<style>{style}</style>{box}<script>{{\n{code}\n{start}\n}}</script>"


def _data(subject: Explored, steps: int) -> dict[str, Any]:
    state = state_of(subject, steps)
    shown = subject.at({})
    kinds = admitted(shown)
    state["known"] = {key: state["known"][key] for key in kinds}
    moves = [{given["name"]: text} for given in state["sliders"] for text in given["texts"]]
    most = _ROWS // len(state["names"])
    outcomes: list[str] = []
    found = {"": _situation(subject, {}, outcomes, most)}
    found |= {_key(move): _situation(subject, move, outcomes, most // len(moves)) for move in moves}
    return {
        "state": state,
        "kinds": kinds,
        "figures": {",".join(some): figure(shown, some) for some in _sets(kinds)},
        "details": {node: details(shown, node) for node in state["names"]},
        "thresholds": {
            one.name: subject.threshold(one.name, {}) for one in subject.parameters if steps and state["certified"]
        },
        "at": found,
        "outcomes": outcomes,
    }


def _key(settings: Mapping[str, str]) -> str:
    return ";".join(f"{name}={value}" for name, value in sorted(settings.items()))


def _sets(kinds: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield the sets of concepts whose figure is drawn: all, or where they are many none, each alone, and all."""
    every = [some for size in range(len(kinds) + 1) for some in itertools.combinations(kinds, size)]
    yield from (some for some in every if len(every) <= _FIGURES or len(some) in (0, 1, len(kinds)))


def _situation(subject: Explored, move: Mapping[str, str], outcomes: list[str], most: int) -> dict[str, Any]:
    """Return the place of the outcome among ``outcomes``, which it is added to, and values for sets of evidence."""
    try:
        shown = subject.at(move)
        said = outcome(shown)
    except CidmesaError as error:  # these values do not make a model
        shown, said = None, f"<p>{escape(str(error))}</p>"
    if said not in outcomes:
        outcomes.append(said)
    found = None if shown is None else {_key(known): values(shown, known) for known in _known(shown, most)}
    return {"outcome": outcomes.index(said), "posteriors": found}


def _known(shown: Shown, most: int) -> Iterator[dict[str, str]]:
    """Yield sets of evidence: nothing, each state, and each two if they are no more than ``most``."""
    rows = values(shown, {}) or {}
    single = [(name, row[0]) for name, found in rows.items() for row in found if row[2] is not None]
    pairs = [dict(two) for two in itertools.combinations(single, 2) if two[0][0] != two[1][0]]
    yield {}
    yield from ({name: state} for name, state in single) if len(single) < most else ()
    yield from pairs if len(single) + len(pairs) < most else ()
