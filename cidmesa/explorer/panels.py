"""What is explored, at chosen values of its parameters, and its panels as HTML: figure, chosen node, optimum."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import cidmesa as cm
from cidmesa.criteria.concepts import CONCEPTS
from cidmesa.display import html_bold, html_mark, html_table
from cidmesa.errors import CidmesaError, ModelError, NotApplicable, wrong_type
from cidmesa.library.scenario import Scenario
from cidmesa.library.subject import with_values
from cidmesa.mesa.composition import Composition
from cidmesa.mesa.training import TrainingProcess
from cidmesa.modelling.model import Model
from cidmesa.modelling.numbers import show
from cidmesa.render.notebook import bundle
from cidmesa.structure.diagram import CID

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cidmesa.modelling.parameter import Parameter
    from cidmesa.structure.verdict import Verdict
    from cidmesa.symbolic.condition import Condition

__all__ = ["Explored", "cid_of", "details", "explored", "figure", "outcome"]

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
