"""The diagrams of a ledger: each drawn once, with ids that no other has."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from cidmesa.errors import CidmesaError
from cidmesa.render.svg import svg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cidmesa.library.scenario import Scenario

__all__ = ["Drawings"]

_PREFIX = re.compile(r'aria-labelledby="(cid[0-9a-f]+)-desc"')


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
            figure = self._figure(part.of(name), f"the mesa-optimizer {name}", name)
        except CidmesaError as error:
            return f'<p class="note">{escape(name)} is not composed: {escape(str(error))}</p>'
        return f"<details><summary>Diagram of the mesa-optimizer {escape(name)}</summary>{figure}</details>"

    def _figure(self, what: object, caption: str, spec: str) -> str:
        drawn = str(svg(what))
        if (there := self.places.get(drawn)) is not None:
            return f'<p class="where">The same diagram as <a href="#{there}">above</a> ({escape(caption)}).</p>'
        name = f"figure-{len(self.places) + 1}"
        self.places[drawn] = name
        shown = f"<figcaption>{escape(caption)}</figcaption>" if spec else ""
        return f'<figure id="{name}"><div class="drawing">{_with_ids(drawn, name)}</div>{shown}</figure>'


def _with_ids(drawn: str, name: str) -> str:
    """Return the drawing with ids of its own, so that several can stand on one page."""
    found = _PREFIX.search(drawn)
    return drawn.replace(found[1], name) if found else drawn
