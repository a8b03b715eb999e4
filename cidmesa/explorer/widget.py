"""`explore`: the widget, and its panels as HTML. The one place that imports anywidget and traitlets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import cidmesa as cm
from cidmesa.criteria.concepts import CONCEPTS
from cidmesa.display import html_bold, html_mark, html_table
from cidmesa.errors import CidmesaError, ModelError, NotApplicable, library, wrong_type
from cidmesa.library.scenario import Scenario
from cidmesa.library.subject import with_values
from cidmesa.mesa.composition import Composition
from cidmesa.mesa.training import TrainingProcess
from cidmesa.modelling.model import Model
from cidmesa.modelling.numbers import show
from cidmesa.render.notebook import bundle
from cidmesa.structure.diagram import CID

if TYPE_CHECKING:
    from cidmesa.modelling.parameter import Parameter
    from cidmesa.structure.verdict import Verdict
    from cidmesa.symbolic.condition import Condition

__all__ = ["Explored", "cid_of", "details", "explore", "explored", "figure", "outcome"]

Shown: TypeAlias = CID | Model | Composition


@dataclass(frozen=True, eq=False)
class Explored:
    """A value whose parameters may be moved: `at` gives what it is at chosen values."""

    source: CID | Model | Composition
    parameters: tuple[Parameter, ...]

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
            NotApplicable: no composition is explored.
        """
        shown = self.at({name: value for name, value in values.items() if name != parameter})
        if not isinstance(shown, Composition):
            raise NotApplicable(
                "only a composition has a certificate. Explore a scenario's: cm.explore(scenario, spec)."
            )
        return cm.conditions(shown, {"deceptive": True}, over=[parameter])


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
        spec: the specification of a scenario whose composition is meant; its first where its own diagram has no
            decision.

    Raises:
        ModelError: anything else.
    """
    source: Any = cm.load(x) if isinstance(x, str | Path) else x
    if isinstance(source, Scenario):
        name = spec if spec is not None or source.cid.decisions else next(iter(source.specs), None)
        source = source.of(name) if name is not None else source.model if source.model is not None else source.cid
    if isinstance(source, TrainingProcess):
        source = source.model
    if not isinstance(source, CID | Model | Composition):
        raise ModelError(wrong_type("explore", "a diagram, model, composition or scenario", x, "See cm.load."))
    model = source.training.model if isinstance(source, Composition) else source
    given = model.parameters.values() if isinstance(model, Model) else ()
    return Explored(source, tuple(one for one in given if None not in (one.low, one.high, one.value)))


_MARKS = {"admits": "yes", "excluded": "no", "undetermined": "?"}


def cid_of(shown: Shown) -> CID:
    """Return the diagram of what is shown."""
    return shown if isinstance(shown, CID) else shown.cid


def figure(shown: Shown, concepts: Sequence[str] = (), highlight: Verdict | None = None) -> str:
    """Return the diagram as SVG, with the incentives of these concepts ringed and a witness in bold.

    >>> import cidmesa as cm
    >>> figure(cm.cid("D -> U", decisions=["D"], utilities=["U"]), ["ici"]).startswith("<svg")
    True
    """
    return str(cm.svg(shown, incentives=list(concepts) or None, highlight=highlight))


def details(shown: Shown, node: str) -> str:
    """Return what is known of one node: kind, states, mechanism, where it comes from, its incentives and why.

    >>> import cidmesa as cm
    >>> "no directed path" in details(cm.cid("S -> D -> U; S -> U", decisions=["D"], utilities=["U"]), "S")
    True
    """
    cid = cid_of(shown)
    spec = cid.spec(node)
    rows = [("kind", spec.kind + (f" of {spec.agent}" if spec.agent else "")), *_numbers(shown, node)]
    if isinstance(shown, Composition):
        rows.append(("comes from", shown.provenance[node]))
    about = html_table(["", ""], [[html_bold(name), value] for name, value in rows], "ll")
    found = [v for v in cm.incentives(cid) if v.node == node and v.status != "not applicable"]
    excluded = [v for v in found if v.status == "excluded"]
    rest = f"<details><summary>excluded: {len(excluded)}</summary>{_reasons(excluded)}</details>" if excluded else ""
    return f"<h4>{escape(node)}</h4>{about}{_reasons([v for v in found if v not in excluded])}{rest}"


def _reasons(verdicts: Sequence[Verdict]) -> str:
    rows = [
        [CONCEPTS[v.concept].name, v.decision or "", html_mark(_MARKS[v.status], v.theorem), v.reason] for v in verdicts
    ]
    return html_table(["incentive", "of", "", "why"], rows, "llcl") if rows else ""


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
    parts = [_said(lambda: bundle(cm.solve(shown.model if isinstance(shown, Composition) else shown))["text/html"])]
    if isinstance(shown, Composition):
        parts.append(_said(lambda: bundle(cm.certify_deception(shown))["text/html"]))
    return "".join(parts)


def _said(answer: Callable[[], str]) -> str:
    """Return the answer, or in its place why there is none."""
    try:
        return answer()
    except CidmesaError as error:
        return f"<p>{escape(str(error))}</p>"


_HERE = Path(__file__).parent
STEPS = 60  # of a slider over its range; a whole-numbered range has a step for each number


def explore(x: object, spec: str | None = None) -> Any:
    """Return a widget to explore a diagram, a model, a composition or a scenario in a notebook.

    Click a node to read its states, mechanism and incentives with the reasons; switch incentive overlays; move the
    parameters and see optimal policy and certificate change; ask for the exact threshold of a parameter. Without a
    kernel, the figure stays. Parameters are moved in exact steps.

    Args:
        x: a diagram, model, composition, training process or scenario.
        spec: the mesa specification of a scenario whose composition is meant.

    Raises:
        NotApplicable: anywidget is not installed (``pip install 'cidmesa[notebook]'``).

    >>> import cidmesa as cm
    >>> widget = cm.explore(cm.load("hubinger2019/two-corners"), "deceptive")
    >>> widget.node = "Theta2"                     # what a click does
    >>> "instrumental control incentive" in widget.details
    True
    >>> widget.values = {"mu": "1/4"}              # what a slider does
    >>> "is not deceptively aligned" in widget.outcome
    True
    """
    return _widget_class()(explored(x, spec))


def slider(parameter: Parameter) -> dict[str, Any]:
    """Return a slider's data: name, text of all positions, where it stands.

    >>> import cidmesa as cm
    >>> slider(cm.parameter("K", 0, 3, value=2))["texts"]
    ['0', '1', '2', '3']
    """
    bounds = (parameter.low, parameter.high, parameter.value)
    low, high, value = (Fraction(repr(n)) if isinstance(n, float) else Fraction(n) for n in bounds if n is not None)
    whole = all(number.denominator == 1 for number in (low, high, value)) and 1 < high - low <= STEPS
    steps = int(high - low) if whole else STEPS
    places = sorted({low + (high - low) * k / steps for k in range(steps + 1)} | {value})
    texts = [show(place) for place in places]
    return {"name": parameter.name, "doc": parameter.doc, "texts": texts, "place": places.index(value)}


def _widget_class() -> Any:
    """Return the widget's class; made when it is first needed, for anywidget may not be there."""
    if "Explorer" not in _CLASSES:
        _CLASSES["Explorer"] = _made(library("anywidget", "notebook"), library("traitlets", "notebook"))
    return _CLASSES["Explorer"]


_CLASSES: dict[str, Any] = {}


class _Acts:
    """What happens when the browser changes something: Python draws and tells anew."""

    _subject: Explored
    node: str
    concepts: list[str]
    values: dict[str, str]
    asked: str
    threshold: str
    figure: str
    outcome: str
    details: str
    names: list[str]

    @property
    def _shown(self) -> Any:
        return self._subject.at(self.values)

    def _draw(self, _change: object = None) -> None:
        try:
            shown = self._shown
        except CidmesaError as error:  # these values do not make a model: say why, and keep the figure
            self.outcome = f"<p>{escape(str(error))}</p>"
            return
        self.names = list(cid_of(shown).nodes)
        self.figure = figure(shown, self.concepts)
        self.outcome = outcome(shown)

    def _tell(self, _change: object = None) -> None:
        try:
            shown = self._shown
        except CidmesaError:  # `_draw` says why
            return
        known = self.node in cid_of(shown)
        self.details = details(shown, self.node) if known else "<p>Click a node to read about it.</p>"

    def _ask(self, _change: object = None) -> None:
        """Answer for which values of the parameter that was asked about the certificate holds."""
        if not self.asked:
            return
        try:
            found = self._subject.condition(self.asked, self.values)
            said = "deceptive if and only if" if found.complete else "partly known:"
            self.threshold = escape(f"{said} {found}", quote=False)
        except CidmesaError as error:
            self.threshold = escape(str(error), quote=False)

    def _forget(self, _change: object = None) -> None:
        self.asked = self.threshold = ""


_SHARED = {  # the state that the browser and Python share, with the types that traitlets gives it
    "figure": "Unicode",
    "details": "Unicode",
    "outcome": "Unicode",
    "threshold": "Unicode",
    "names": "List",
    "known": "Dict",
    "sliders": "List",
    "node": "Unicode",
    "concepts": "List",
    "values": "Dict",
    "asked": "Unicode",
    "certified": "Bool",
}


def _made(anywidget: Any, traits: Any) -> Any:
    state = {name: getattr(traits, kind)().tag(sync=True) for name, kind in _SHARED.items()}
    files = {"_esm": _HERE / "explorer.js", "_css": _HERE / "explorer.css"}
    widget: Any = type("Widget", (anywidget.AnyWidget,), state | files)

    class Explorer(_Acts, widget):  # type: ignore[misc]  # anywidget has no types
        """The widget of one subject."""

        def __init__(self, subject: Explored) -> None:
            self._subject = subject
            super().__init__(
                known={key: concept.name for key, concept in CONCEPTS.items()},
                sliders=[slider(one) for one in subject.parameters],
                certified=isinstance(subject.source, Composition),
            )
            self._draw()
            self._tell()
            self.observe(self._draw, ["concepts", "values"])
            self.observe(self._tell, ["node", "values"])
            self.observe(self._ask, ["asked"])
            self.observe(self._forget, ["values"])

        def __repr__(self) -> str:
            return f"Explorer({self._subject.source!r})"

        def _repr_mimebundle_(self, **options: Any) -> Any:
            """Return the widget's view, with the figure for places without a kernel."""
            made = super()._repr_mimebundle_(**options)
            bundle, *rest = made if isinstance(made, tuple) else (made,)
            static = f'<div style="overflow-x: auto">{self.figure}</div>{self.outcome}'
            bundle = {**(bundle or {}), "text/html": static, "text/plain": repr(self)}
            return (bundle, *rest) if rest else bundle

    return Explorer
