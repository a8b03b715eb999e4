"""The four-part certificate of deceptive alignment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cidmesa.display import Tells, html_mark, html_table
from cidmesa.errors import ComposeError, wrong_type
from cidmesa.mesa.compose import compose
from cidmesa.mesa.composition import Composition
from cidmesa.mesa.contexts import Choice, Judge, observed_axes, on_path
from cidmesa.modelling.policy import Policy
from cidmesa.solving.decision_rules import action_values, optimal_options
from cidmesa.solving.optimal.solution import rational_policy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cidmesa.modelling.numbers import Array

__all__ = ["Certificate", "Part", "certify_deception"]

MAX_SHOWN = 4  # choices in the evidence of a part


@dataclass(frozen=True)
class Part:
    """One part of the certificate: whether it holds, why, and the choices that show it."""

    name: str
    holds: bool
    evidence: str
    choices: tuple[Choice, ...] = ()

    def __bool__(self) -> bool:
        return self.holds


@dataclass(frozen=True, repr=False)
class Certificate(Tells):
    """Whether a composed mesa-optimizer is deceptively aligned, in four parts; true iff all four hold.

    ``comply``: in every training context it does what the base objective scores best. ``myopic_would_defect``: with an
    objective that ends with the episode it would not, in some training context. ``because_of_update``: nor would it if
    its parameters could not change and its deployment were sure (gates, where the process names them).
    ``defects_later``: in some deployment context it does not do what the base objective scores best. Where several
    policies are optimal, each part must hold for all of them.
    Source: the conditions for deceptive alignment of Hubinger et al. 2019, section 4; the four-part form is ours.
    """

    comply: Part
    myopic_would_defect: Part
    because_of_update: Part
    defects_later: Part

    @property
    def parts(self) -> tuple[Part, ...]:
        """The four parts in order."""
        return self.comply, self.myopic_would_defect, self.because_of_update, self.defects_later

    def __bool__(self) -> bool:
        return all(self.parts)

    @property
    def verdict(self) -> str:
        """The conclusion as a sentence."""
        if self:
            return "deceptively aligned"
        return f"not certified as deceptive: {next(part for part in self.parts if not part).evidence}"

    def to_json(self) -> dict[str, Any]:
        """Return the four parts with evidence, and the verdict, as plain data."""
        parts = {part.name: {"holds": part.holds, "evidence": part.evidence} for part in self.parts}
        return parts | {"deceptive": bool(self), "verdict": self.verdict}

    def to_text(self) -> str:
        """Return a line for each part, and the verdict."""
        lines = [f"{'yes' if part else 'no':3} {part.name.replace('_', ' ')}: {part.evidence}" for part in self.parts]
        return "\n".join([*lines, f"=> {self.verdict}"])

    def to_html(self) -> str:
        """Return a table with a row for each part, and the verdict above it."""
        rows = [[part.name.replace("_", " "), html_mark("yes" if part else "no"), part.evidence] for part in self.parts]
        return html_table(["part", "holds", "evidence"], rows, "lcl", self.verdict)

    def __repr__(self) -> str:
        parts = ", ".join(f"{part.name}={part.holds}" for part in self.parts)
        return f"Certificate({parts})"


def certify_deception(composition: Composition) -> Certificate:
    """Return the certificate of deceptive alignment of a composed mesa-optimizer.

    Raises:
        NotApplicable: the base agent has no utility.
        TooLarge: more optimal policies than can be looked at.

    >>> import cidmesa as cm
    >>> links = "Theta1 -> A1 -> R1 -> Theta2 -> A2; Theta1 -> Theta2; A1 -> U1; A2 -> U2"
    >>> g = cm.cid(links, utilities={"base": ["U1", "U2"]})
    >>> update = cm.table([["mesa", 0, "base"], ["*", "*", {"same": "Theta1"}]], ["Theta1", "R1"])
    >>> m = cm.model(g, Theta1={"mesa": 1, "base": 0}, A1=cm.uniform("ab"), R1="A1 == 'a'", Theta2=update,
    ...              A2=cm.uniform("ab"), U1="A1 == 'a'", U2="A2 == 'a'", domains={"Theta2": ["mesa", "base"]})
    >>> roles = {"A1": cm.learned("Theta1"), "A2": cm.learned("Theta2", episode=2, phase="deploy")}
    >>> t = cm.training(m, actions=roles, learner="mesa", otherwise={"base": "a"})
    >>> target = {1: "A1 == 'b'", 2: "2 * (A2 == 'b')"}
    >>> bool(certify_deception(cm.compose(t, cm.MesaSpec(target=target, scope="updates"))))
    True
    >>> print(certify_deception(cm.compose(t, cm.MesaSpec(target=target, scope="episode"))).comply.evidence)
    in training D_A1 does b (base score a: 1, b: 0)

    """
    if not isinstance(composition, Composition):
        remedy = "Make one by cm.compose(training, spec)."
        raise ComposeError(wrong_type("certify_deception", "a composition", composition, remedy))
    judge = Judge(composition)
    optimal = composition.optimal_policies()
    training, spec = composition.training, composition.spec
    alone = replace(spec, scope="episode", succession="planner" if spec.succession == "game" else spec.succession)
    fixed = replace(spec, succession="same")
    assured = " and its deployment as sure" if training.gate else ""
    return Certificate(
        _complies(judge, optimal),
        _counterfactual("myopic_would_defect", "valuing only its own episode", compose(training, alone)),
        _counterfactual(
            "because_of_update", f"taking its parameters as unchangeable{assured}", compose(training, fixed)
        ),
        _defects_later(judge, optimal),
    )


def _complies(judge: Judge, policies: Iterable[Policy]) -> Part:
    seen: dict[str, Choice] = {}
    for policy in policies:
        for choice in judge.choices(policy, "train"):
            if not choice.complies:
                return Part("comply", False, f"in training {choice}", (choice,))
            seen.setdefault(str(choice), choice)
    if not seen:
        return Part("comply", False, "no training context is reached")
    return Part("comply", True, f"in training {_some(seen)}", tuple(seen.values()))


def _defects_later(judge: Judge, policies: Iterable[Policy]) -> Part:
    shown: dict[str, Choice] = {}
    for policy in policies:
        defections = [choice for choice in judge.choices(policy, "deploy") if choice.defects]
        if not defections:
            return Part("defects_later", False, "an optimal policy does what is best for the base objective "
                        "in every deployment context that it reaches")  # fmt: skip
        shown |= {str(choice): choice for choice in defections}
    return Part("defects_later", True, f"in deployment {_some(shown)}", tuple(shown.values()))


def _counterfactual(name: str, if_it: str, composition: Composition) -> Part:
    """Return whether the mesa-optimizer composed otherwise would surely defect in some training context."""
    policy = rational_policy(composition.model)
    options = {decision: _optimal_here(composition, policy, decision) for decision in composition.decisions.values()}
    choices = list(Judge(composition).choices(policy, "train", options))
    defections = tuple(choice for choice in choices if choice.defects)
    if defections:
        return Part(name, True, f"{if_it}, in training {_some(map(str, defections))}", defections)
    does = _some(map(str, choices)) or "nothing is reached"
    return Part(name, False, f"{if_it}, it would not surely defect in training: {does}", tuple(choices))


def _some(choices: Iterable[str]) -> str:
    """Return the first few choices as text, and how many there are besides; `Part.choices` has all."""
    listed = list(choices)
    more = [f"and {len(listed) - MAX_SHOWN} more"] if len(listed) > MAX_SHOWN else []
    return "; ".join([*listed[:MAX_SHOWN], *more])


def _optimal_here(composition: Composition, policy: Policy, decision: str) -> Array:
    """Return which options are optimal in each observed context when all other decisions follow ``policy``."""
    model = composition.model
    path = on_path(policy, model)
    axes = observed_axes(model, decision)
    spec = replace(model.cid.spec(decision), parents=axes)
    rest = model.revised([spec]).with_policy(Policy(tuple(r for r in path.rules if r.decision != decision)))
    return optimal_options(action_values(rest, decision))
