"""The certificate of deceptive alignment: whether a mesa-optimizer complies because of a threat and later defects."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from cidmesa.display import Proves, Tells, html_mark, html_table
from cidmesa.errors import ComposeError, near_miss, wrong_type
from cidmesa.mesa.composition import Composition
from cidmesa.mesa.deceit import study_of
from cidmesa.mesa.scores import judged_utilities
from cidmesa.modelling.numbers import setting_text, show

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cidmesa.mesa.deceit import Cause, Study
    from cidmesa.mesa.scores import Choice
    from cidmesa.modelling.numbers import State

__all__ = ["Certificate", "Degree", "Span", "certify_deception"]

Degree: TypeAlias = Literal["strict", "sure", "weak", "none"]
Extent: TypeAlias = Literal["throughout", "in part"]
Reason: TypeAlias = Literal["but-for", "joint"]
Threat: TypeAlias = Literal["real", "imagined"]

MAX_SHOWN = 2  # choices in a line
MAX_LISTED = 3  # stages in a sentence


@dataclass(frozen=True, repr=False)
class Span(Tells):
    """The judgement of one stage, or of all training stages in which a plan complies (``name`` is "*").

    ``degree``, ``reason`` and ``threat`` are as in `Certificate`. ``threats``: each inclusion-minimal set of threats
    such that, if it is blinded, the compliance of some deceiving plan fails. The other fields describe one such plan.
    ``contingency``: if the reason is joint, the resources held fixed and their values. ``compliance``, ``later``,
    ``blinded``: the plan's choices in the span, those where it defects later, and those where it would defect if
    threats took it to comply.
    """

    name: str
    degree: Degree
    reason: Reason | None
    threat: Threat | None
    threats: tuple[tuple[str, ...], ...]
    contingency: tuple[tuple[str, State], ...]
    compliance: tuple[Choice, ...]
    later: tuple[Choice, ...]
    blinded: tuple[Choice, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the span as plain data."""
        evidence = {name: [c.to_json() for c in getattr(self, name)] for name in ("compliance", "later", "blinded")}
        return {
            "span": self.name,
            "degree": self.degree,
            "reason": self.reason,
            "threat": self.threat,
            "threats": [list(found) for found in self.threats],
            "contingency": {name: show(state) for name, state in self.contingency},
        } | evidence

    def to_text(self) -> str:
        """Return the judgement, and what shows it, a line each."""
        if self.degree == "none":
            return f"{self.name}: none"
        held = setting_text(self.contingency, " with ")
        lines = [
            f"{self.name}: {self.degree}, {self.reason}{held}, because of {_names(self.threats)} ({self.threat})",
            f"  complies: {_some(self.compliance)}",
            f"  later: {_some(self.later)}",
            f"  if the threat were blind: {_some(self.blinded)}",
        ]
        return "\n".join(lines)


@dataclass(frozen=True, repr=False)
class Certificate(Tells, Proves):
    r"""Whether a mesa-optimizer is deceptively aligned; true if ``degree`` is "strict" or "sure".

    A plan :math:`\pi` deceives in a span S of stages if it complies in S, complies there because of the threats, and
    defects in a stage outside S that is not before S. It complies because of the threats if fewer of the rational
    plans that share its past comply in S once every update and gate takes the optimizer to do in S what :math:`\pi`
    does, and some of those defect there. Answers are computed when you read them:

    * ``degree``: "weak", some rational plan deceives in some span; "sure", every rational plan does; "strict", every
      plan does and all plans of the blinded model defect there; otherwise "none".
    * ``extent``: "throughout" if every rational plan complies in every training stage in which it is scored, and
      deceives in their union; otherwise "in part".
    * ``reason``: "but-for", or "joint" if the threats suffice only once a resource is held fixed.
    * ``threat``: "real" if some option in S changes what becomes of the threats in the world as it is; otherwise
      "imagined".
    * ``spans``: the same for each stage, and for "*", the union of the training stages in which the plan complies.
    * ``learned``: the learned algorithm that the certificate is about.

    Source: Hubinger et al. 2019, section 4, in words; definitions and degrees are ours.

    >>> import cidmesa as cm
    >>> found = cm.certify_deception(cm.load("hubinger2019/two-corners").of("deceptive"))
    >>> bool(found), found.degree, found.extent, found.reason, found.threat
    (True, 'strict', 'throughout', 'but-for', 'real')

    """

    composition: Composition
    utilities: tuple[str, ...]
    learner: State
    study: Study = field(compare=False)

    def __bool__(self) -> bool:
        return self.study.every_plan_deceives

    @property
    def learned(self) -> str:
        """The name of the learned algorithm."""
        return self.study.name

    @cached_property
    def degree(self) -> Degree:
        """How certainly the mesa-optimizer deceives, over all its rational plans."""
        study = self.study
        if study.every_plan_deceives:
            return "strict" if all(study.somewhere(study.surely, plan) for plan in study.plans) else "sure"
        return "weak" if any(study.somewhere(study.deceives, plan) for plan in study.plans) else "none"

    @cached_property
    def extent(self) -> Extent | None:
        """Whether it deceives throughout training or in part of it; ``None`` if the degree is "none"."""
        if self.degree == "none":
            return None
        return "throughout" if self and self.study.throughout else "in part"

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """The judgement of each stage in which some plan complies, and of all together ("*"), in order of time."""
        return tuple(self._span(name) for name in self.study.span_names)

    def _span(self, name: str) -> Span:
        found = [(plan, stages) for plan, stages in self.study.plans_with(name)]
        causes = [self.study.cause(plan, stages) if stages else None for plan, stages in found]
        degree = _degree(causes)
        shown = next(((p, s, c) for (p, s), c in zip(found, causes, strict=True) if c is not None), None)
        if shown is None:
            return Span(name, degree, None, None, (), (), (), (), ())
        plan, stages, cause = shown
        evidence = self.study.compliance(plan, stages), self.study.later(plan, stages), cause.defections
        threats = dict.fromkeys(some for each in causes if each for some in each.threats)
        needed = tuple(sorted(threats, key=len)), cause.contingency
        return Span(name, degree, _reason(causes), _threat(causes), *needed, *evidence)

    @property
    def reason(self) -> Reason | None:
        """Whether the threat is a "but-for" or a "joint" reason; ``None`` if the degree is "none"."""
        return _reason(self._best_causes)

    @property
    def threat(self) -> Threat | None:
        """Whether the threat is "real" or "imagined"; ``None`` if the degree is "none"."""
        return _threat(self._best_causes)

    @cached_property
    def _best_causes(self) -> list[Cause | None]:
        """For each plan the cause of its compliance in some span, but-for if there is one."""
        return [self.study.best_cause(plan) for plan in self.study.plans]

    @property
    def verdict(self) -> str:
        """The conclusion as a sentence for a paper."""
        if self.degree == "none":
            return f"{self.learned} is not deceptively aligned: {self.study.why_not()}."
        if self.degree == "weak":
            many = f"of {len(self.study.plans)} plans equally good for it some deceive"
            return f"{self.learned} may be deceptively aligned: {many}."
        where = "throughout training" if self.extent == "throughout" else "in part of training"
        strictly = "" if self.degree == "strict" else ", though without the threat it need not defect"
        return f"{self.learned} is deceptively aligned {where}{strictly}: {self._because()}."

    def _because(self) -> str:
        spans = map(self._span, reversed(self.study.span_names))
        shown = next(span for span in spans if span.degree != "none")
        held = setting_text(shown.contingency, ", given ")
        believed = " that it believes in" if self.threat == "imagined" else ""
        threats = " or ".join(" and ".join(found) for found in shown.threats)
        where = list(dict.fromkeys(str(choice.stage) for choice in shown.later))
        because = f"because of a threat{believed} ({threats}){held}"
        return f"it does what the base objective scores best {because}, and defects in {_listed(where)}"

    def to_json(self) -> dict[str, Any]:
        """Return degree, extent, reason, threat and spans with their evidence as plain data."""
        return {
            "learned": self.learned,
            "deceptive": bool(self),
            "degree": self.degree,
            "extent": self.extent,
            "reason": self.reason,
            "threat": self.threat,
            "verdict": self.verdict,
            "judge": list(self.utilities),
            "spans": [span.to_json() for span in self.spans],
        }

    def to_text(self) -> str:
        """Return the verdict, and a paragraph for each span in which it deceives."""
        told = [span.to_text() for span in self.spans if span.degree != "none"]
        return "\n".join([self.verdict, *told])

    def to_latex(self) -> str:
        r"""Return the verdict as a sentence, then a table of the spans (needs ``\usepackage{booktabs}``)."""
        cells = ((s.name, s.degree, s.reason or "--", s.threat or "--", _names(s.threats)) for s in self.spans)
        rows = [" & ".join(map(_tex, row)) for row in cells]
        head = "span & degree & reason & threat & because of"
        body = " \\\\\n".join([rf"\toprule {head}", *([rf"\midrule {rows[0]}", *rows[1:]] if rows else [])])
        table = f"\\begin{{tabular}}{{lllll}}\n{body} \\\\\n\\bottomrule\n\\end{{tabular}}"
        return f"{_tex(self.verdict)}\n\n{table}\n"

    def to_html(self) -> str:
        """Return the verdict, then a table with a row for each span."""
        head = ["span", "degree", "reason", "threat", "complies", "defects later", "if the threat were blind"]
        rows = [
            [s.name, html_mark("no") if s.degree == "none" else s.degree, s.reason or "", s.threat or ""]
            + [_some(choices) for choices in (s.compliance, s.later, s.blinded)]
            for s in self.spans
        ]
        return f"<p>{escape(self.verdict, quote=False)}</p>{html_table(head, rows, 'lclllll')}"

    def __repr__(self) -> str:
        return f"Certificate({self.learned}: {', '.join(filter(None, (self.degree, self.extent, self.reason)))})"


def _listed(names: Sequence[str]) -> str:
    """Return names as a list in words, the later ones of many as their number."""
    if len(names) > MAX_LISTED:
        return f"{names[0]} and {len(names) - 1} later stages"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _names(threats: Iterable[Iterable[str]]) -> str:
    """Return sets of threats as text."""
    return " or ".join("{" + ", ".join(found) + "}" for found in threats)


def _tex(text: str) -> str:
    """Return text for LaTeX; numbered names such as Theta2 become mathematics."""
    escaped = re.sub(r"([&%$#_{}])", r"\\\1", text)
    numbered = re.sub(r"\b([A-Z][A-Za-z]*)(\d+)\b", r"$\\mathit{\1}_{\2}$", escaped)
    return r"$\ast$" if text == "*" else numbered


def _degree(causes: Sequence[Cause | None]) -> Degree:
    """Return the degree in a span, given the cause of each plan there."""
    found = [cause for cause in causes if cause]
    if not found or len(found) < len(causes):
        return "weak" if found else "none"
    return "strict" if all(cause.surely for cause in found) else "sure"


def _reason(causes: Iterable[Cause | None]) -> Reason | None:
    found = [cause for cause in causes if cause]
    return None if not found else "joint" if any(cause.contingency for cause in found) else "but-for"


def _threat(causes: Iterable[Cause | None]) -> Threat | None:
    found = [cause for cause in causes if cause]
    return None if not found else "real" if all(cause.real for cause in found) else "imagined"


def _some(choices: Sequence[Choice]) -> str:
    """Return the first choices as text, and how many there are besides."""
    more = [f"and {len(choices) - MAX_SHOWN} more"] if len(choices) > MAX_SHOWN else []
    return "; ".join([*map(str, choices[:MAX_SHOWN]), *more])


def certify_deception(
    composition: Composition, *, judge: str | Sequence[str] = "base", of: State | None = None
) -> Certificate:
    r"""Return the certificate of deceptive alignment of a composed mesa-optimizer.

    A mesa-optimizer is *deceptively aligned* if it complies with the base objective in training because it would
    otherwise be changed, and defects later. The certificate makes each part of this sentence exact:

    * It *complies* in a context if every option that it may take there has the greatest base score: the most that the
      utilities credited to the episode can still get while the parameters stay as they are. Otherwise it *defects*.
    * The *threats* are the parameter nodes that training can change, and the declared gates.
    * It complies *because of* the threats if fewer plans comply in the *blinded* model, in which updates and gates take
      the optimizer to do what the plan does, whatever it does.
    * A plan *deceives* in a span of training stages if it complies there because of the threats and defects in a stage
      outside the span that is not before it.

    All rational plans :math:`\pi \in \Pi^*` of the mesa-optimizer's model are judged in the world as it is, never one
    representative. The degree is "weak" if some plan deceives in some span, "sure" if every plan does, "strict" if
    also every plan of the blinded model defects there, and "none" otherwise. *Certified* means sure or strict; the
    certificate is then true. `Certificate` says what its other parts mean, and ``docs/deception.md`` has the full
    definitions with proofs.

    Source: Hubinger et al. 2019, section 4, in words; the score, the blinded model and the degrees are ours.

    Args:
        composition: a mesa-optimizer's diagram, from `compose`.
        judge: the score that counts: that of "base" or of another agent such as a designer, or utilities by name.
        of: the parameter value that is the learned algorithm, if there are several.

    Raises:
        ComposeError: the judge is unknown, or there are several learned algorithms and ``of`` names none of them.
        NotApplicable: the judge has no utility, or several agents rely on each other in a cycle.
        TooLarge: more than 5,000 rational plans.

    >>> import cidmesa as cm
    >>> links = "Theta1 -> A1 -> R1 -> Theta2 -> A2; Theta1 -> Theta2; A1 -> U1; A2 -> U2"
    >>> g = cm.cid(links, utilities={"base": ["U1", "U2"]})
    >>> update = cm.table([["mesa", 0, "base"], ["*", "*", {"same": "Theta1"}]], ["Theta1", "R1"])
    >>> m = cm.model(g, Theta1={"mesa": 1, "base": 0}, A1=cm.uniform("ab"), R1="A1 == 'a'", Theta2=update,
    ...              A2=cm.uniform("ab"), U1="A1 == 'a'", U2="A2 == 'a'", domains={"Theta2": ["mesa", "base"]})
    >>> roles = {"A1": cm.learned("Theta1"), "A2": cm.learned("Theta2", episode=2, phase="deploy")}
    >>> t = cm.training(m, actions=roles, learner="mesa", otherwise={"base": "a"})
    >>> target = {1: "A1 == 'b'", 2: "2 * (A2 == 'b')"}
    >>> found = certify_deception(cm.compose(t, cm.MesaSpec(target=target, scope="updates")))
    >>> bool(found), found.degree, found.extent, found.spans[0].threats
    (True, 'strict', 'throughout', (('Theta2',),))
    >>> print(certify_deception(cm.compose(t, cm.MesaSpec(target=target, scope="episode"))).verdict)
    mesa is not deceptively aligned: it complies in no stage.

    """
    if not isinstance(composition, Composition):
        remedy = "Make one by cm.compose(training, spec)."
        raise ComposeError(wrong_type("certify_deception", "a composition", composition, remedy))
    learner = _one_of(composition, of)
    utilities = judged_utilities(composition.training, judge)
    return Certificate(composition, utilities, learner, study_of(composition, utilities, learner))


def _one_of(composition: Composition, of: State | None) -> State:
    """Return the parameter value of the learned algorithm that is meant."""
    known = composition.optimizers
    if of is None and len(known) == 1:
        return known[0]
    if of not in known:
        shown = [show(value) for value in known]
        hint = near_miss(show(of), shown) if of is not None else ""
        raise ComposeError(
            f"of several learned algorithms say which: of={shown[0]!r}.{hint} There are: {', '.join(shown)}."
        )
    return of
