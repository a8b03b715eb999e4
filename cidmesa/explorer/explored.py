"""What is explored: a diagram, a model or a composition, at chosen values of its parameters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from cidmesa.errors import ModelError, NotApplicable, wrong_type
from cidmesa.library.conditions import conditions
from cidmesa.library.file.loader import opened
from cidmesa.library.scenario import Scenario
from cidmesa.library.subject import with_values
from cidmesa.mesa.composition import Composition
from cidmesa.mesa.training import TrainingProcess
from cidmesa.modelling.model import Model
from cidmesa.structure.diagram import CID

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cidmesa.modelling.parameter import Parameter
    from cidmesa.symbolic.condition import Condition

__all__ = ["Explored", "explored"]

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
        return conditions(shown, {"deceptive": True}, over=[parameter])


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
    source: Any = opened(x)
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
