"""`Scenario`, `Claim` and `Outcome`: a model with its source, what is claimed of it, and what was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from cidmesa.display import Displays, Hints, Tells, elsewhere, named
from cidmesa.errors import ScenarioError, not_there
from cidmesa.frozen import Frozen, frozen
from cidmesa.modelling.model import Model
from cidmesa.modelling.numbers import show
from cidmesa.render.drawable import Subject, subject_of
from cidmesa.structure.diagram import CID

if TYPE_CHECKING:
    from cidmesa.library.kinds.kind import Kind
    from cidmesa.mesa.composition import Composition
    from cidmesa.mesa.derive.families import Family
    from cidmesa.mesa.spec import MesaSpec
    from cidmesa.mesa.training import TrainingProcess

__all__ = [
    "Citation",
    "Claim",
    "Of",
    "Outcome",
    "Scenario",
    "Status",
    "as_data",
    "named_of",
    "names_of",
    "of_data",
    "plain",
    "shown",
    "without_decision",
]

Of: TypeAlias = str | tuple[str, ...] | None  # a specification, or one for each of several learned algorithms
Status = Literal["passed", "failed", "error", "skipped", "xfailed", "xpassed", "contradicted", "timeout"]


@dataclass(frozen=True, slots=True)
class Citation:
    """The source of a scenario: key in the bibliography, place in it, what it says; ``at`` is the place in the file.

    ``checked``: where place and paraphrase were verified: text, abstract, reports (of others) or nowhere.
    """

    key: str
    where: str = ""
    says: str = ""
    at: str = ""
    checked: str = ""


@dataclass(frozen=True, repr=False)
class Claim(Displays):
    """A sentence, written as a question of a certain kind with its expected answer.

    * ``of``: the composition that is asked; ``None`` asks the file's own diagram.
    * ``where``: other parameter values.
    * ``place``: the place in the source; ``at``: the place in the file (``path:line:col``).
    * ``xfail``: why the sentence is known to be false of the model; empty if it should hold.
    * ``ours``: how the sentence was found, if it is not the source's.

    >>> import cidmesa as cm
    >>> claim = cm.load("hubinger2019/two-corners").claims[0]
    >>> claim.kind, bool(claim.says)
    ('optimal', True)

    """

    id: str
    says: str
    kind: str
    question: Kind
    expect: Any
    of: Of = None
    where: Mapping[str, Any] = field(default_factory=dict)
    place: str = ""
    at: str = ""
    xfail: str = ""
    ours: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "where", frozen(self.where))  # ``expect`` is plain data as the file has it, lists too

    def __hash__(self) -> int:
        return hash((self.id, self.kind, self.says, self.of))

    def __repr__(self) -> str:
        return named(self, f"{self.id}: {_asked(self)}")


@dataclass(frozen=True, repr=False)
class Outcome(Displays):
    """The result of a claim; true if the answer is the one that the file expects.

    * ``got``: the answer; ``witness``: the nodes that show it; ``because``: the reason in words.
    * ``status``: "passed" or "failed". "error": the claim could not be answered, and ``because`` says why. "skipped":
      it was not asked. "xfailed": it is marked `xfail` and fails. "xpassed": it is marked `xfail` and holds, so the
      mark is wrong. "contradicted": the numbers show what the diagram is said to exclude. "timeout": it took longer
      than allowed.
    * ``numbers``: what the numbers say about a claim on the diagram, if they were asked.

    >>> import cidmesa as cm
    >>> outcome = next(iter(cm.check("perdomo2020/performative")))
    >>> bool(outcome), outcome.status
    (True, 'passed')

    """

    scenario: str
    claim: Claim
    status: Status
    got: Any = None
    witness: tuple[str, ...] = ()
    because: str = ""
    seconds: float = 0.0
    numbers: str = ""

    @property
    def id(self) -> str:
        """The claim's name in the library, ``slug::claim``."""
        return f"{self.scenario}::{self.claim.id}"

    def __hash__(self) -> int:
        return hash((self.scenario, self.claim, self.status))

    def __repr__(self) -> str:
        return named(self, f"{self.id}: {self.status}, {shown(self.got)}")

    def __bool__(self) -> bool:
        return self.status in ("passed", "xfailed")

    def to_json(self) -> dict[str, Any]:
        """Return the fields as plain data."""
        claim = self.claim
        return {
            "id": self.id,
            "status": self.status,
            "says": claim.says,
            "kind": claim.kind,
            "of": list(claim.of) if isinstance(claim.of, tuple) else claim.of,
            "expected": plain(claim.expect),
            "got": plain(self.got),
            "witness": list(self.witness),
            "because": self.because,
            "xfail": claim.xfail,
            "ours": claim.ours,
            "numbers": self.numbers,
            "seconds": round(self.seconds, 6),
            "at": claim.at,
        }


def plain(value: Any) -> Any:
    """Return ``value`` as plain data for JSON, Fractions as text.

    >>> plain({"a": (Fraction(1, 3), True)})
    {'a': ['1/3', True]}
    """
    if isinstance(value, dict):
        return {show(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else show(value)
    return value


def as_data(value: Any) -> Any:
    """Return an answer as data for JSON that `of_data` turns back into the same answer."""
    if isinstance(value, Fraction):
        return {"fraction": str(value)}
    if isinstance(value, dict):
        return {"mapping": [[as_data(key), as_data(item)] for key, item in value.items()]}
    return [as_data(item) for item in value] if isinstance(value, list | tuple) else value


def of_data(data: Any) -> Any:
    """Return the answer that `as_data` wrote.

    >>> of_data(as_data({"a": Fraction(1, 3), 2: ["1/3", True]}))
    {'a': Fraction(1, 3), 2: ['1/3', True]}
    """
    if isinstance(data, list):
        return [of_data(item) for item in data]
    if isinstance(data, dict):
        if "fraction" in data:
            return Fraction(data["fraction"])
        return {of_data(key): of_data(item) for key, item in data["mapping"]}
    return data


def shown(value: Any) -> str:
    """Return an answer as text as it would stand in a scenario file.

    >>> shown({"value": 3, "plan": ["a", "b"]}), shown(True)
    ('{value: 3, plan: [a, b]}', 'true')
    """
    if isinstance(value, dict):
        return f"{{{', '.join(f'{show(key)}: {shown(item)}' for key, item in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(shown, value))}]"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "nothing"}[value]
    return show(plain(value))


@dataclass(frozen=True, repr=False)
class Scenario(Frozen, Tells, Hints):
    """A worked example: a diagram or model, its source, and the claims that it must satisfy.

    ``model`` is ``None`` where the file gives structure without numbers, ``training`` where it has no actions of a
    learned algorithm. ``runs`` are claims about real training, asked on request.
    ``variants`` are scenarios with the slug ``slug@variant``. Made by `load`.

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

    def of(self, spec: str, *more: str) -> Composition:
        """Return the composition of the training process with the specification of that name.

        Several names are of several learned algorithms, one of each.

        Raises:
            ScenarioError: there is no such specification, or two are of the same learned algorithm.
            ComposeError: it cannot be composed.
        """
        chosen = {name: self.spec(name) for name in (spec, *more)}
        from cidmesa.mesa.compose import compose

        by_agent = {one.agent: one for one in chosen.values()}
        if len(by_agent) < len(chosen):
            raise ScenarioError(
                f"{named_of(tuple(chosen))} are not of different learned algorithms: their agents are "
                f"{', '.join(one.agent for one in chosen.values())}. Name one of each algorithm."
            )
        return compose(self._training(), by_agent if more else chosen[spec])

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
            ModelError: no such parameter, or probabilities that no longer sum to 1.
            ScenarioError: a scenario without numbers.
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
            f"  {claim.id}{' (ours)' if claim.ours else ''}: {claim.says} ({_asked(claim)})" for claim in self.claims
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


def names_of(of: Of) -> tuple[str, ...]:
    """Return the names of specifications.

    >>> names_of("eager"), names_of(("eager", "lazy")), names_of(None)
    (('eager',), ('eager', 'lazy'), ())
    """
    return of if isinstance(of, tuple) else () if of is None else (of,)


def named_of(of: Of) -> str:
    """Return the names of specifications as text.

    >>> named_of("eager"), named_of(("eager", "lazy"))
    ('eager', 'eager and lazy')
    """
    return " and ".join(names_of(of))


def _asked(claim: Claim) -> str:
    """Return what a claim asks of what, and the answer that it expects."""
    return f"{claim.question.text()}{f' of {named_of(claim.of)}' if claim.of else ''}: {shown(claim.expect)}"


@subject_of.register(Scenario)
def _(x: Scenario) -> Subject:
    """Return what a scenario shows: its training process, else its model or diagram."""
    return subject_of(x.training or x.model or x.cid)
