"""`explore`: the widget. The one place that imports anywidget and traitlets."""

from __future__ import annotations

from fractions import Fraction
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cidmesa.criteria.concepts import CONCEPTS
from cidmesa.errors import CidmesaError, library
from cidmesa.explorer.panels import Explored, cid_of, details, explored, figure, outcome
from cidmesa.mesa.composition import Composition
from cidmesa.modelling.numbers import show

if TYPE_CHECKING:
    from cidmesa.modelling.parameter import Parameter

__all__ = ["explore"]

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
