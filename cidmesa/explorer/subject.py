"""What is explored: a diagram, model or composition whose parameters can be moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cidmesa as cm
from cidmesa.errors import CidmesaError, ModelError, NotApplicable, wrong_type
from cidmesa.library.scenario import Scenario
from cidmesa.library.subject import with_values
from cidmesa.mesa.composition import Composition
from cidmesa.mesa.training import TrainingProcess
from cidmesa.modelling.model import Model
from cidmesa.modelling.numbers import show
from cidmesa.structure.diagram import CID

if TYPE_CHECKING:
    from cidmesa.explorer.content import Shown
    from cidmesa.modelling.parameter import Parameter
    from cidmesa.symbolic.condition import Condition

__all__ = ["STEPS", "Explored", "explored", "slider"]

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
