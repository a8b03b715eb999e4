"""What the explorer shows: figure, values, details of nodes, what is optimal, and text to copy."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Any, TypeAlias

import cidmesa as cm
from cidmesa.criteria.concepts import CONCEPTS
from cidmesa.errors import CidmesaError
from cidmesa.library.file.writer import written
from cidmesa.mesa.composition import Composition
from cidmesa.modelling.model import Model
from cidmesa.modelling.numbers import show
from cidmesa.render.drawable import subject_of
from cidmesa.render.posteriors import Impossible, bars_of
from cidmesa.structure.diagram import CID

if TYPE_CHECKING:
    from cidmesa.render.figure import Bar
    from cidmesa.structure.verdict import Verdict

__all__ = ["Shown", "admitted", "cid_of", "copies", "definitions", "details", "figure", "outcome", "values"]

Shown: TypeAlias = CID | Model | Composition
Row: TypeAlias = tuple[str, str, float | None, float, bool]
_FEW, _MANY = 8, 12  # nodes: figures of more have no values in the nodes, and are compact
_MARKS = {"admits": "yes", "excluded": "no", "undetermined": "?"}


def cid_of(shown: Shown) -> CID:
    """Return the diagram of what is shown."""
    return shown if isinstance(shown, CID) else shown.cid


def _model_of(shown: Shown) -> Model | None:
    model = shown if isinstance(shown, Model) else getattr(shown, "model", None)
    return model if isinstance(model, Model) and not model.symbolic else None


def figure(shown: Shown, concepts: Sequence[str] = ()) -> str:
    """Return the diagram as SVG, with the incentives of these concepts ringed; small models have values in the nodes.

    >>> import cidmesa as cm
    >>> figure(cm.cid("D -> U", decisions=["D"], utilities=["U"]), ["ici"]).startswith("<svg")
    True
    """
    model = _model_of(shown)
    small = model is not None and len(model.cid.nodes) <= _FEW and all(len(d) <= 6 for d in model.domains.values())
    options: dict[str, Any] = {"show": "posteriors", "policy": _policy(model)} if small and model else {}
    return str(cm.svg(shown, incentives=list(concepts) or None, **options, compact=len(cid_of(shown).nodes) > _MANY))


@lru_cache(maxsize=64)
def _policy(model: Model) -> Any:
    """Return an optimal policy; None where several agents decide, or the model is too large."""
    try:
        return cm.solve(model).policy
    except CidmesaError:
        return None


def values(shown: Shown, evidence: Mapping[str, str]) -> dict[str, list[Row]] | None:
    """Return for each node its rows, under an optimal policy: name, number, from where to where its bar goes, pale.

    What is said of a decision is done, what is said of another node is known. None: the evidence has probability 0.

    >>> import cidmesa as cm
    >>> found = values(cm.load("everitt2021/grade-prediction").model, {"HS": "1"})
    >>> found["R"]
    [('0', '1/5', 0.0, 0.2, False), ('1', '4/5', 0.0, 0.8, False)]
    """
    model = _model_of(shown)
    if model is None:
        return {}
    done = {name: state for name, state in evidence.items() if model.cid.kind(name) == "decision"}
    known = {name: state for name, state in evidence.items() if name not in done}
    options: Any = {"show": "posteriors", "policy": _policy(model), "intervention": done, "evidence": known}
    try:
        found = bars_of(subject_of(model), options, whole=True)
    except Impossible:
        return None
    return {name: [_row(bar) for bar in bars] for name, bars in found.items()}


def _row(bar: Bar) -> Row:
    start = None if bar.start is None else round(bar.start, 4)
    return bar.name, bar.value, start, round(bar.end, 4), bar.pale


@lru_cache(maxsize=16)
def _verdicts(cid: CID) -> tuple[Verdict, ...]:
    return tuple(verdict for verdict in cm.incentives(cid) if verdict.status != "not applicable")


def admitted(shown: Shown) -> tuple[str, ...]:
    """Return the concepts of which the diagram admits an incentive.

    >>> import cidmesa as cm
    >>> admitted(cm.cid("D -> U", decisions=["D"], utilities=["U"]))
    ('voc', 'ici', 'impact')
    """
    found = {verdict.concept for verdict in _verdicts(cid_of(shown)) if verdict}
    return tuple(key for key in CONCEPTS if key in found)


def definitions() -> dict[str, str]:
    """Return for each concept its name, meaning and definition as HTML."""
    return {key: f"<p><b>{escape(one.name)}</b>: {escape(one.definition)}</p>" for key, one in CONCEPTS.items()}


def details(shown: Shown, node: str) -> str:
    """Return what is known of one node: kind, states, mechanism, where it comes from, its incentives and why.

    >>> import cidmesa as cm
    >>> "no directed path" in details(cm.cid("S -> D -> U; S -> U", decisions=["D"], utilities=["U"]), "S")
    True
    """
    cid = cid_of(shown)
    spec = cid.spec(node)
    facts = [("kind", spec.kind + (f" of {spec.agent}" if spec.agent else "")), *_numbers(shown, node)]
    if isinstance(shown, Composition):
        facts.append(("comes from", shown.provenance[node]))
    about = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in facts)
    found = [verdict for verdict in _verdicts(cid) if verdict.node == node]
    excluded = [verdict for verdict in found if verdict.status == "excluded"]
    rest = f"<details><summary>excluded: {len(excluded)}</summary>{_reasons(excluded)}</details>" if excluded else ""
    head = f'<h4>{escape(node)}</h4><table>{about}</table><div class="cidmesa-rows" data-node="{escape(node)}"></div>'
    return f"{head}{_reasons([verdict for verdict in found if verdict not in excluded])}{rest}"


def _reasons(verdicts: Sequence[Verdict]) -> str:
    rows = "".join(
        f"<tr><td>{escape(CONCEPTS[one.concept].name)}</td><td>{escape(one.decision or '')}</td>"
        f"<td>{_button(one)}</td><td>{escape(one.reason)}</td></tr>"
        for one in verdicts
    )
    return f"<table><tr><th>incentive</th><th>of</th><th></th><th>why</th></tr>{rows}</table>" if rows else ""


def _button(verdict: Verdict) -> str:
    path = verdict.witness if verdict else ()
    given = {"concept": verdict.concept, "witness": json.dumps(path), "theorem": verdict.theorem}
    data = " ".join(f'data-{name}="{escape(text)}"' for name, text in given.items())
    look = f'class="cidmesa-verdict cidmesa-{verdict.status}"'
    return f'<button type="button" {look} {data}>{_MARKS[verdict.status]}</button>'


def _numbers(shown: Shown, node: str) -> list[tuple[str, str]]:
    model = shown if isinstance(shown, Model) else getattr(shown, "model", None)
    if model is None:
        return []
    states = [] if model.cid.kind(node) == "utility" else [("states", ", ".join(map(show, model.domain(node))))]
    mechanism = model.mechanism(node)
    return states + ([("mechanism", str(mechanism))] if mechanism is not None else [])


def outcome(shown: Shown) -> str:
    """Return what is optimal, and of a composition whether it is deceptive, as HTML; a plain sentence where neither is.

    >>> import cidmesa as cm
    >>> "aligned" in outcome(cm.load("hubinger2019/two-corners").of("deceptive"))
    True
    """
    if isinstance(shown, CID):
        return "<p>A diagram without numbers: give it a model to see what is optimal.</p>"
    parts = [_said(lambda: cm.solve(shown.model if isinstance(shown, Composition) else shown).to_html())]
    if isinstance(shown, Composition):
        parts.append(_said(lambda: cm.certify_deception(shown).to_html()))
    return "".join(parts)


def _said(answer: Callable[[], str]) -> str:
    """Return the answer, or in its place why there is none."""
    try:
        return answer()
    except CidmesaError as error:
        return f"<p>{escape(str(error))}</p>"


def copies(shown: Shown) -> dict[str, str]:
    """Return what can be copied: Python code of the diagram, TikZ, and a scenario file.

    >>> import cidmesa as cm
    >>> print(copies(cm.cid("S -> U", utilities=["U"]))["code"])
    import cidmesa as cm
    graph = cm.cid("S -> U", nodes=['S', 'U'], decisions={'agent': []}, utilities={'agent': ['U']})
    """
    cid, model = cid_of(shown), _model_of(shown)
    links = "; ".join(f"{a} -> {b}" for a, b in cid.edges)
    owned = [{agent: list(of(agent)) for agent in cid.agents} for of in (cid.decisions_of, cid.utilities_of)]
    code = f"cm.cid({json.dumps(links)}, nodes={list(cid.nodes)!r}, decisions={owned[0]!r}, utilities={owned[1]!r})"
    return {
        "code": f"import cidmesa as cm\ngraph = {code}",
        "TikZ": cm.tikz(shown),
        "YAML": written(model or cid, "A copy from the explorer"),
    }
