"""What is explored, and what the explorer shows of it: figure, values, details of nodes, what is optimal, text."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import cidmesa as cm
from cidmesa.criteria.concepts import CONCEPTS
from cidmesa.errors import CidmesaError, ModelError, NotApplicable, wrong_type
from cidmesa.library.file.writer import written
from cidmesa.library.scenario import Scenario
from cidmesa.library.subject import with_values
from cidmesa.mesa.composition import Composition
from cidmesa.mesa.training import TrainingProcess
from cidmesa.modelling.model import Model
from cidmesa.modelling.numbers import show
from cidmesa.render.drawable import subject_of
from cidmesa.render.posteriors import Impossible, bars_of
from cidmesa.structure.diagram import CID

if TYPE_CHECKING:
    from cidmesa.modelling.parameter import Parameter
    from cidmesa.render.figure import Bar
    from cidmesa.structure.verdict import Verdict
    from cidmesa.symbolic.condition import Condition

__all__ = [
    "STEPS",
    "Explored",
    "Shown",
    "admitted",
    "cid_of",
    "copies",
    "definitions",
    "details",
    "explored",
    "figure",
    "outcome",
    "slider",
    "values",
]


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


STEPS = 60  # of a slider over its range; a whole-numbered range has a step for each number


@dataclass(frozen=True, eq=False)
class Explored:
    """A value whose parameters may be moved: `at` gives what it is at chosen values."""

    source: CID | Model | Composition
    parameters: tuple[Parameter, ...]
    name: str = ""

    def at(self, values: Mapping[str, object]) -> Shown:
        """Return the diagram, model or composition at these parameter values.

        >>> import cidmesa as cm
        >>> corners = explored(cm.load("hubinger2019/two-corners"), "deceptive")
        >>> [bool(cm.certify_deception(corners.at({"mu": mu}))) for mu in ("1/3", "1/2")]
        [False, True]
        """
        return _at(self.source, tuple(sorted((name, str(value)) for name, value in values.items())))

    def condition(self, parameter: str, values: Mapping[str, object]) -> Condition:
        """Return for which values of one parameter the mesa-optimizer is deceptive, the others being as given.

        Raises:
            NotApplicable: the explored object is not a composition.
        """
        shown = self.at({name: value for name, value in values.items() if name != parameter})
        if not isinstance(shown, Composition):
            raise NotApplicable(
                "only a composition has a certificate. Explore a scenario's: cm.explore(scenario, spec)."
            )
        return cm.conditions(shown, {"deceptive": True}, over=[parameter])

    def threshold(self, parameter: str, values: Mapping[str, object]) -> str:
        """Return in words, as HTML, for which values of one parameter the mesa-optimizer is deceptive."""
        try:
            found = self.condition(parameter, values)
        except CidmesaError as error:
            return escape(str(error), quote=False)
        said = "deceptive if and only if" if found.complete else "partly known:"
        return escape(f"{said} {found}", quote=False)


@lru_cache(maxsize=64)
def _at(source: CID | Model | Composition, values: tuple[tuple[str, str], ...]) -> Shown:
    if not values or isinstance(source, CID):
        return source
    found: Shown = with_values(source, dict(values))
    return found


def explored(x: object, spec: str | None = None) -> Explored:
    """Return ``x`` as something to explore.

    Args:
        x: a diagram, model, composition, training process or scenario (or its path or slug).
        spec: the specification of a scenario, if its composition is meant; the first if the scenario's own diagram has
            no decision.

    Raises:
        ModelError: ``x`` is none of these.
    """
    source: Any = cm.load(x) if isinstance(x, str | Path) else x
    title = ""
    if isinstance(source, Scenario):
        title = source.title
        name = spec if spec is not None or source.cid.decisions else next(iter(source.specs), None)
        source = source.of(name) if name is not None else source.model if source.model is not None else source.cid
    if isinstance(source, TrainingProcess):
        source = source.model
    if not isinstance(source, CID | Model | Composition):
        raise ModelError(wrong_type("explore", "a diagram, model, composition or scenario", x, "See cm.load."))
    model = source.training.model if isinstance(source, Composition) else source
    given = model.parameters.values() if isinstance(model, Model) else ()
    return Explored(source, tuple(one for one in given if None not in (one.low, one.high, one.value)), title)


def slider(parameter: Parameter, most: int = STEPS) -> dict[str, Any]:
    """Return a slider's data: name, text of all positions, where it stands.

    >>> import cidmesa as cm
    >>> slider(cm.parameter("K", 0, 3, value=2))["texts"]
    ['0', '1', '2', '3']
    """
    bounds = (parameter.low, parameter.high, parameter.value)
    low, high, value = (Fraction(repr(n)) if isinstance(n, float) else Fraction(n) for n in bounds if n is not None)
    whole = all(number.denominator == 1 for number in (low, high, value)) and 1 < high - low <= most
    steps = int(high - low) if whole else most
    places = sorted({low + (high - low) * k / steps for k in range(steps + 1)} | {value})
    texts = [show(place) for place in places]
    return {"name": parameter.name, "doc": parameter.doc, "texts": texts, "place": places.index(value)}
