"""`explore`: the widget. The one place that imports anywidget and traitlets."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cidmesa.errors import CidmesaError, library
from cidmesa.explorer.content import STEPS, cid_of, copies, details, explored, figure, outcome, values
from cidmesa.explorer.page import fragment, page, state_of
from cidmesa.formats import write

if TYPE_CHECKING:
    import os

    from cidmesa.explorer.content import Explored

__all__ = ["explore"]

_HERE = Path(__file__).parent


def explore(x: object, spec: str | None = None) -> Any:
    """Return a widget to explore a diagram, a model, a composition or a scenario in a notebook.

    Click a node to read its states, mechanism and incentives with the reasons. Click a state to set it as evidence, and
    a verdict to highlight its witness. You can switch incentive overlays, move parameters in exact steps to see the
    optimal policy and the certificate change, and ask for the exact threshold of a parameter. ``save("x.html")`` writes
    a page that does the same without kernel and network; notebooks show this page if no kernel runs.

    Args:
        x: a diagram, model, composition, training process or scenario.
        spec: the specification of a scenario, if its composition is meant.

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
    >>> widget.save("corners.html")  # doctest: +SKIP
    """
    return _widget_class()(explored(x, spec))


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
    turn: int
    model_id: str
    evidence: dict[str, str]

    @property
    def _shown(self) -> Any:
        return self._subject.at(self.values)

    def _move(self, _change: object = None) -> None:
        self.asked = self.threshold = ""
        try:
            shown = self._shown
        except CidmesaError as error:  # these values do not make a model: say why, and keep the figure
            self.outcome = f"<p>{escape(str(error))}</p>"
            return
        self.names, self.links = list(cid_of(shown).nodes), [list(link) for link in cid_of(shown).edges]
        self.prior, self.copies = values(shown, {}) or {}, copies(shown)
        self.figure, self.outcome = figure(shown, self.concepts), outcome(shown)
        self._know()

    def _draw(self, _change: object = None) -> None:
        self.figure = figure(self._shown, self.concepts)

    def _know(self, _change: object = None) -> None:
        """Work out the values under the evidence; where that has probability 0, say so and show them without it."""
        found = values(self._shown, self.evidence) if self.evidence else self.prior
        said = ", ".join(f"{name} = {state}" for name, state in self.evidence.items())
        self.refused = f"{said} has probability 0" if found is None else ""
        self.posteriors = self.prior if found is None else found

    def _tell(self, _change: object = None) -> None:
        try:
            shown = self._shown
        except CidmesaError:  # `_move` says why
            return
        known = self.node in cid_of(shown)
        self.details = details(shown, self.node) if known else "<p>Click a node to read about it.</p>"

    def _ask(self, _change: object = None) -> None:
        """Answer for which values of the parameter that was asked about the certificate holds."""
        if self.asked:
            self.threshold = self._subject.threshold(self.asked, self.values)

    def __repr__(self) -> str:
        return f"Explorer({self._subject.source!r})"

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take what the browser changed, and send all answers in one message."""
        widget: Any = super()
        with widget.hold_sync():
            try:
                widget.set_state(sync_data)
            finally:
                self.answered = self.turn

    def save(self, path: str | os.PathLike[str], title: str = "") -> None:
        """Write one page that needs no kernel and no network; parameters move in a dozen steps, one at a time."""
        write(path, page(self._subject, title).encode())

    def _view(self) -> dict[str, Any]:
        made: Any = super()._repr_mimebundle_()  # type: ignore[misc]  # of anywidget
        return {**(made[0] if isinstance(made, tuple) else made), "text/plain": repr(self)}

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """Return the widget's view, with the page for places without a kernel."""
        return {**self._view(), "text/html": fragment(self._subject)}

    def _ipython_display_(self) -> None:
        """Show the view, and below it the page: exports take one of each output, and no view without a kernel."""
        display = library("IPython.display", "notebook").display
        display(self._view(), raw=True)
        display({"text/html": fragment(self._subject, instead_of=self.model_id)}, raw=True)


_SHARED = {  # the state that the browser and Python share, by the types that traitlets gives it
    "Unicode": ("figure", "details", "outcome", "threshold", "node", "asked", "refused", "page"),
    "List": ("names", "links", "sliders", "concepts", "witness"),
    "Dict": ("known", "values", "evidence", "posteriors", "prior", "definitions", "copies"),
    "Bool": ("certified",),
    "Int": ("turn", "answered"),  # how often the browser has asked, and up to where Python has answered
}


def _made(anywidget: Any, traits: Any) -> Any:
    state = {name: getattr(traits, kind)().tag(sync=True) for kind, names in _SHARED.items() for name in names}
    files = {"_esm": _HERE / "explorer.js", "_css": _HERE / "explorer.css"}
    widget: Any = type("Widget", (anywidget.AnyWidget,), state | files)

    class Explorer(_Acts, widget):  # type: ignore[misc]  # anywidget has no types
        """The widget of one subject."""

        def __init__(self, subject: Explored) -> None:
            self._subject = subject
            super().__init__(**state_of(subject, STEPS))
            self.page = self.model_id
            self.observe(self._draw, ["concepts"])
            self.observe(self._move, ["values"])
            self.observe(self._know, ["evidence"])
            self.observe(self._tell, ["node", "values"])
            self.observe(self._ask, ["asked"])

    return Explorer
