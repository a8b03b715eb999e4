"""The diagrams of a ledger: each drawn once, with ids that no other has."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from cidmesa.errors import CidmesaError
from cidmesa.render.page import figure
from cidmesa.render.paint import paint
from cidmesa.render.printers.svg import svg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cidmesa.library.scenario import Scenario

__all__ = ["Drawings"]


class Drawings:
    """Draws diagrams as figures; one that was drawn before is referred to."""

    def __init__(self) -> None:
        self.places: dict[str, str] = {}

    def of(self, part: Scenario, specs: Iterable[str | None]) -> Iterator[str]:
        """Yield the figures of a scenario's diagram and of the compositions with the specifications."""
        yield self._figure(part, part.title, "")
        for name in specs:
            if name is not None:
                yield self._composed(part, name)

    def _composed(self, part: Scenario, name: str) -> str:
        try:
            shown = self._figure(part.of(name), f"the mesa-optimizer {name}", name)
        except CidmesaError as error:
            return f'<p class="faint note">{escape(name)} is not composed: {escape(str(error))}</p>'
        return f"<details><summary>Diagram of the mesa-optimizer {escape(name)}</summary>{shown}</details>"

    def _figure(self, what: object, caption: str, spec: str) -> str:
        picture = paint(what)
        drawn = svg(picture)
        if (there := self.places.get(drawn)) is not None:
            return f'<p class="where">The same diagram as <a href="#{there}">above</a> ({escape(caption)}).</p>'
        name = f"figure-{len(self.places) + 1}"
        self.places[drawn] = name
        return figure(svg(picture, ids=name), caption if spec else "", name)
