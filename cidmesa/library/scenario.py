"""`Scenario`: a model with its source and what is claimed of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cidmesa.display import Hints, Tells, elsewhere
from cidmesa.errors import ScenarioError, not_there
from cidmesa.frozen import Frozen
from cidmesa.library.claim import Citation, Claim, named_of, shown
from cidmesa.modelling.model import Model
from cidmesa.modelling.numbers import show
from cidmesa.render.drawable import Subject, subject_of
from cidmesa.structure.diagram import CID

if TYPE_CHECKING:
    from cidmesa.mesa.composition import Composition
    from cidmesa.mesa.derive.families import Family
    from cidmesa.mesa.spec import MesaSpec
    from cidmesa.mesa.training import TrainingProcess

__all__ = ["Scenario", "without_decision"]


@dataclass(frozen=True, repr=False)
class Scenario(Frozen, Tells, Hints):
    """A worked example: a diagram or model, its source, and the claims that it must satisfy.

    ``model`` is ``None`` if the file has no numbers, and ``training`` is ``None`` if it has no actions of a learned
    algorithm. ``runs`` are claims about real training, which are checked on request. ``variants`` are scenarios with
    the slug ``slug@variant``. Scenarios are read by `load`.

    >>> from cidmesa import load
    >>> corners = load("hubinger2019/two-corners")
    >>> corners, corners.of("deceptive"), corners.variants[0].slug
    (Scenario('hubinger2019/two-corners', 17 nodes, 48 claims),
     Composition(mesa: 22 nodes, decisions D_A1, D_A2, D_A3, D_A4, D_A5, scope updates),
     'hubinger2019/two-corners@never-ends')
    """

    slug: str
    path: str
    title: str
    cid: CID
    model: Model | None = None
    training: TrainingProcess | None = None
    specs: Mapping[str, MesaSpec] = field(default_factory=dict)
    claims: tuple[Claim, ...] = ()
    variants: tuple[Scenario, ...] = ()
    source: Citation | None = None
    status: str | None = None
    note: str = ""
    tags: tuple[str, ...] = ()
    runs: tuple[Claim, ...] = ()
    families: Mapping[str, Family] = field(default_factory=dict)
    _elsewhere = elsewhere(
        "Its diagram is .cid, its model .model, its training process .training; .of(spec) composes.", CID, Model
    )

    def of(self, spec: str | Sequence[str], *more: str) -> Composition:
        """Return the composition of the training process with the specification of that name.

        Several names, also as a list, stand for several learned algorithms, one specification for each.

        Raises:
            ScenarioError: a specification is unknown, or two describe the same learned algorithm.
            ComposeError: the process and the specification do not fit together.
        """
        names = (*((spec,) if isinstance(spec, str) else spec), *more)
        chosen = {name: self.spec(name) for name in names}
        from cidmesa.mesa.compose import compose

        by_agent = {one.agent: one for one in chosen.values()}
        if len(by_agent) < len(chosen):
            raise ScenarioError(
                f"{named_of(tuple(chosen))} are not of different learned algorithms: their agents are "
                f"{', '.join(one.agent for one in chosen.values())}. Name one of each algorithm."
            )
        return compose(self._training(), by_agent if len(names) > 1 else chosen[names[0]])

    def spec(self, name: str) -> MesaSpec:
        """Return the specification of that name; for an unknown name, ScenarioError lists all."""
        self._training()
        if not self.specs:
            raise ScenarioError(
                f"{self.slug} has actions of a learned algorithm, but does not say what it wants. Add "
                "under the key mesa, for example: my-spec: {target: ..., scope: updates}."
            )
        if name not in self.specs:
            said = f"{self.slug} has no mesa specification {name!r}"
            raise ScenarioError(not_there(said, name, self.specs, "There are"))
        return self.specs[name]

    def family(self, name: str) -> Family:
        """Return the family of specifications of that name; for an unknown name, ScenarioError lists all."""
        if name not in self.families:
            raise ScenarioError(not_there(f"{self.slug} has no family {name!r}", name, self.families, "Families"))
        return self.families[name]

    def _training(self) -> TrainingProcess:
        if self.training is None:
            raise ScenarioError(
                f"{self.slug} has no mesa-optimizer: no node is marked as an action of a learned "
                "algorithm (kind: action; see docs/scenario-files.md). Ask its own diagram."
            )
        return self.training

    def at(self, **parameters: object) -> Scenario:
        """Return the scenario with other parameter values.

        Raises:
            ModelError: a parameter is unknown, or probabilities no longer sum to 1.
            ScenarioError: the scenario has no numbers.
        """
        if not parameters:
            return self
        if self.model is None:
            raise ScenarioError(f"{self.slug} has no numbers, so no parameter can be set.")
        model = self.model.substitute(parameters)
        return replace(self, model=model, training=self.training.with_model(model) if self.training else None)

    def variant(self, name: str) -> Scenario:
        """Return the variant of that name; for an unknown name, ScenarioError lists all."""
        names = [variant.slug.rpartition("@")[2] for variant in self.variants]
        if name not in names:
            raise ScenarioError(not_there(f"{self.slug} has no variant {name!r}", name, names, "Variants"))
        return self.variants[names.index(name)]

    def to_text(self) -> str:
        """Return title, source, nodes and claims as text."""
        cited = [f"source: {_cited(self.source)}"] if self.source else []
        said = [f"status: {self.status}"] if self.status else []
        nodes = [f"  {_node_text(self, node)}" for node in self.cid.nodes]
        specs = [f"  {name}: {_spec_text(spec)}" for name, spec in self.specs.items()]
        families = [f"  {name}: {family.prior_text}" for name, family in self.families.items()]
        claims = [
            f"  {claim.id}{' (ours)' if claim.ours else ''}: {claim.says} ({claim.asked}: {shown(claim.expect)})"
            for claim in self.claims
        ]
        others = [f"  {variant.slug}: {variant.title}" for variant in self.variants]
        head = [f"{self.slug}: {self.title}", *cited, *said, *([f"note: {self.note}"] if self.note else [])]
        lists = [
            ("nodes:", nodes),
            ("specifications:", specs),
            ("families:", families),
            ("claims:", claims),
            ("variants:", others),
        ]
        return "\n".join(head + [line for title, lines in lists if lines for line in (title, *lines)])

    def __repr__(self) -> str:
        return f"Scenario({self.slug!r}, {len(self.cid)} nodes, {len(self.claims)} claims)"


def without_decision(scenario: Scenario, option: str) -> str:
    """Return that only the mesa-optimizer's diagrams have decisions, and what ``option`` may name; else nothing."""
    if scenario.cid.decisions or not scenario.specs:
        return ""
    return (
        f"the diagram of {scenario.slug} has no decision; the mesa-optimizer's diagrams have. "
        f"Choose one by {option}: {', '.join(scenario.specs)}."
    )


def _cited(source: Citation) -> str:
    checked = f" (checked: {source.checked})" if source.checked else ""
    return f"{source.key}, {source.where}".rstrip(", ") + checked


def _node_text(scenario: Scenario, node: str) -> str:
    spec, model = scenario.cid.spec(node), scenario.model
    owner = f" of {spec.agent}" if spec.agent else ""
    inputs = f" <- {', '.join(spec.parents)}" if spec.parents else ""
    states = ""
    if model is not None and spec.kind != "utility":
        states = f" {{{', '.join(map(show, model.domain(node)))}}}"
    rule = f" = {model.mechanism(node)}" if model is not None and spec.kind != "decision" else ""
    return f"{node} ({_role_text(scenario, node) or spec.kind + owner}){states}{inputs}{rule}"


def _role_text(scenario: Scenario, node: str) -> str:
    """Return what action of the learned algorithm a node is, or nothing."""
    role = scenario.training.actions.get(node) if scenario.training else None
    return f"action of {role.agent} by {role.theta}, episode {role.episode}, {role.phase}" if role else ""


def _spec_text(spec: MesaSpec) -> str:
    """Return target and scope, and what else is not as it is by default."""
    return ", ".join(f"{name} {_value_text(value)}" for name, value in spec.stated().items())


def _value_text(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{show(key)}: {_value_text(item)}' for key, item in value.items())}}}"
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_value_text, value))}]"
    return show(value)


@subject_of.register(Scenario)
def _(x: Scenario) -> Subject:
    """Return what a scenario shows: its training process, else its model or diagram."""
    return subject_of(x.training or x.model or x.cid)
