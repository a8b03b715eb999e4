"""From a draft to diagram, model, training process and specifications; every mistake gets its place in the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from cidmesa.errors import CidmesaError, ComposeError, DiagramError, concerning, not_there
from cidmesa.library.file.definitions import Draft, Placed, has_numbers, mechanism_of, policy_of, states_of
from cidmesa.library.file.source import Location, Mistake, Source
from cidmesa.library.file.specification import family_of, specification_of
from cidmesa.modelling.construction import model
from cidmesa.modelling.expression import ExpressionError
from cidmesa.modelling.numbers import as_state
from cidmesa.modelling.parameter import Parameter, parameter
from cidmesa.modelling.shorthand import uniform
from cidmesa.modelling.unrolling import unroll
from cidmesa.structure.build import SINGLE_AGENT
from cidmesa.structure.diagram import CID, Node

if TYPE_CHECKING:
    from cidmesa.library.file.schema import ActionDef, NodeDef
    from cidmesa.mesa.derive.families import Family
    from cidmesa.mesa.spec import MesaSpec
    from cidmesa.mesa.training import TrainingProcess
    from cidmesa.modelling.model import Model

__all__ = ["Built", "Workshop"]

_D = TypeVar("_D", CID, "Model")

BASE_AGENT = "base"
_NEEDS_ACTIONS = "needs actions of the learned algorithm. Give at least one node kind: action."
_NEEDS_LEARNER = (
    "actions need the parameter value that is the mesa-optimizer. Add learner: <a state of theta> at the top level."
)
_ROLE = ("theta", "episode", "phase", "agent", "otherwise", "stage", "reports")  # what a file says of an action
_NO_SLICES = "slices cannot repeat actions of a learned algorithm. Leave it out, and write an action for each episode."
ENOUGH = 20  # mistakes, after which building stops


@dataclass(frozen=True)
class Built:
    """What a draft makes: diagram, and where there are numbers the model, the training process, the specifications."""

    cid: CID
    model: Model | None = None
    training: TrainingProcess | None = None
    specs: Mapping[str, MesaSpec] = field(default_factory=dict)
    families: Mapping[str, Family] = field(default_factory=dict)


class Workshop:
    """Builds one draft and gathers what is wrong with it.

    After a mistake the part concerned is mended provisionally, so that one run finds as many mistakes as it can; the
    result counts only if ``mistakes`` is empty.
    """

    def __init__(self, draft: Draft, source: Source) -> None:
        self.draft, self.source = draft, source
        self.mistakes: list[Mistake] = []
        self.relinked: dict[str, None] = {}  # nodes that lost a wrong link; their mechanisms are not looked at

    def build(self) -> Built | None:
        """Return what the draft makes, or ``None`` where too much is wrong to go on."""
        values = self._parameters()
        cid = self._diagram()
        if cid is None:
            return None
        if not any(has_numbers(placed.what) for placed in self.draft.nodes.values()):
            self._refuse_training_without_numbers()
            return Built(self._unrolled(self._sharing(cid)))
        built = self._model(cid, values)
        if built is None or self.mistakes:
            return None
        built = self._unrolled(self._sharing(built))
        training = self._training(built)
        if training is None:
            return Built(built.cid, built)
        specs = self._specs(training)
        return Built(built.cid, training.model, training, specs, self._families(specs))

    def wrong(self, location: Location, code: str, error: object) -> None:
        """Note a mistake; an error in an expression is placed inside the text where the file has it."""
        text = str(error)
        place = self.source.place(location)
        cause = _expression_error(error)
        if cause is not None:
            code = "CID203"
            found = next(self.source.places_of_text(location, cause.args[0]), None)
            if found is not None:
                place = found._replace(column=found.inside + cause.column - 1) if found.inside else found
        self.mistakes.append(Mistake(place, code, text))

    # --- parameters -----------------------------------------------------------------------------------------------

    def _parameters(self) -> dict[str, Parameter]:
        found = {}
        for name, placed in self.draft.parameters.items():
            declared = self.draft.file.parameters[name]
            low, high = declared.range or (None, None)
            try:
                found[name] = parameter(
                    name, low, high, value=placed.what, doc=declared.doc or "", integer=declared.integer
                )
            except CidmesaError as error:
                self.wrong(self._place_of_parameter(name, error), "CID202", error)
                found[name] = Parameter(name, value=0)
            if name in self.draft.nodes:
                self.wrong(placed.location[:-1], "CID202", f"{name!r} is both a parameter and a node. Rename one.")
        return found

    def _place_of_parameter(self, name: str, error: CidmesaError) -> Location:
        """Return the location of the range where it has text that cannot be read, else of the value."""
        cause, limits = _expression_error(error), self.draft.file.parameters[name].range or ()
        unread = cause is not None and cause.args[0] in limits
        return ("parameters", name, "range") if unread else self.draft.parameters[name].location

    # --- the diagram ------------------------------------------------------------------------------------------------

    def _diagram(self) -> CID | None:
        draft = self.draft
        while True:
            try:
                return CID(tuple(self._node(draft, name) for name in draft.nodes))
            except DiagramError as error:
                link = error.cycle[:2] if error.cycle else error.link
                self.wrong(self._place_of_link(*link) if link else self._place_of(error), "CID201", error)
                if link is None or len(self.mistakes) >= ENOUGH:
                    return None
                draft = draft.without_link(*link)
                self.relinked[link[1]] = None

    def _node(self, draft: Draft, name: str) -> Node:
        what, parents = draft.nodes[name].what, draft.parents[name]
        if what.kind in ("decision", "utility"):
            return Node(name, what.kind, what.agent or self._only_agent, parents)
        return Node(name, parents=parents)

    @property
    def _actions(self) -> dict[str, Placed[ActionDef]]:
        nodes: Mapping[str, Placed[Any]] = self.draft.nodes
        return {name: placed for name, placed in nodes.items() if placed.what.kind == "action"}

    @property
    def _only_agent(self) -> str:
        return (self.draft.file.base_agent or BASE_AGENT) if self._actions else SINGLE_AGENT

    def _place_of(self, error: CidmesaError) -> Location:
        """Return the location of what an error is about."""
        if error.node is not None and error.node in self.draft.nodes:
            return self.draft.nodes[error.node].location
        if error.parameter is not None and error.parameter in self.draft.parameters:
            return self.draft.parameters[error.parameter].location
        return (*self.draft.location, "nodes")

    def _place_of_link(self, parent: str, child: str) -> Location:
        """Return the location of the item ``parent`` in the parents of ``child``."""
        placed = self.draft.nodes[child]
        listed = (*placed.location, "parents")
        if parent in (placed.what.parents or ()):
            return (*listed, (placed.what.parents or ()).index(parent))
        return (*placed.location, "theta" if getattr(placed.what, "theta", None) == parent else "kind")

    # --- numbers ------------------------------------------------------------------------------------------------

    def _model(self, cid: CID, values: Mapping[str, Parameter]) -> Model | None:
        mended = {name: _mend(self.draft.nodes[name].what) for name in self.relinked}
        while None not in mended.values():
            try:
                return self._assembled(cid, values, mended)
            except CidmesaError as error:
                node = error.node if error.node in self.draft.nodes else None
                self.wrong(self._place_of(error), "CID202", error)
                mend = None if node is None or node in mended else _mend(self.draft.nodes[node].what)
                if node is None or mend is None or len(self.mistakes) >= ENOUGH:
                    return None
                mended[node] = mend
        return None

    def _assembled(self, cid: CID, values: Mapping[str, Parameter], mended: Mapping[str, object]) -> Model:
        mechanisms: dict[str, object] = {}
        domains: dict[str, Any] = {}
        for name, placed in self.draft.nodes.items():
            with concerning(node=name):
                given = mended[name] if name in mended else mechanism_of(name, placed.what, cid.parents(name))
            if given is not None:
                mechanisms[name] = given
            states = states_of(placed.what)
            if states is not None and (placed.what.kind != "decision" or placed.what.table is not None):
                domains[name] = states
        return model(cid, mechanisms, domains=domains, parameters=values)

    def _sharing(self, built: _D) -> _D:
        """Return the diagram or model in which groups of decisions share a rule, as the file says."""
        groups = self.draft.file.shared_rules
        try:
            return built.sharing_rules(*groups) if groups else built
        except CidmesaError as error:
            self.wrong(("shared_rules",), "CID202", error)
            return built

    def _unrolled(self, built: Any) -> Any:
        """Return the diagram or model with as many slices as the file says."""
        if self.draft.slices is None:
            return built
        slices, location = self.draft.slices
        if self._actions:
            self.wrong(location, "CID204", _NO_SLICES)
            return built
        try:
            return unroll(built, slices)
        except CidmesaError as error:
            known = error.node in self.draft.nodes
            self.wrong(self._place_of(error) if known else location, "CID201", error)
            return built

    # --- learned optimization -----------------------------------------------------------------------------------

    def _refuse_training_without_numbers(self) -> None:
        for name in self.draft.specs:
            self.wrong(
                self.draft.specs[name].location,
                "CID204",
                f"the specification {name!r} needs a model with numbers. Give the nodes states, prob, value or table.",
            )

    def _training(self, built: Model) -> TrainingProcess | None:
        actions, file = self._actions, self.draft.file
        if not actions:
            for name, placed in self.draft.specs.items():
                self.wrong(placed.location, "CID204", f"the specification {name!r} {_NEEDS_ACTIONS}")
            if file.gate:
                self.wrong(("gate",), "CID204", f"a gate {_NEEDS_ACTIONS}")
            return None
        if file.learner is None:
            self.wrong(("nodes",), "CID204", _NEEDS_LEARNER)
            return None
        from cidmesa.mesa.roles import learned
        from cidmesa.mesa.training import training

        try:
            roles = {name: learned(**{key: getattr(a.what, key) for key in _ROLE}) for name, a in actions.items()}
            return training(
                built,
                actions=roles,
                learner=self._learner(built),
                base_agent=file.base_agent or BASE_AGENT,
                base_policy=_base_policy(built, file.base_policy),
                gate=self._there(file.gate),
                credit=self._there(file.credit),
            )
        except CidmesaError as error:
            self.wrong(self._place_in_training(error), "CID204", error)
            return None

    def _learner(self, built: Model) -> Any:
        """Return the value that is the mesa-optimizer, or each such value with its specification."""
        given, specs = self.draft.file.learner, self.draft.specs
        if not isinstance(given, dict):
            return given
        for name in given.values():
            if name not in specs:
                said = f"learner names the specification {name!r}, which is not under mesa"
                raise ComposeError(not_there(said, name, specs, "There are"))
        return {value: specification_of(specs[name].what, built) for value, name in given.items()}

    def _there(self, named: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the file says of nodes by name, but for those that a variant removes."""
        removed = self.draft.file.nodes.keys() - self.draft.nodes.keys()
        return {node: what for node, what in named.items() if node not in removed}

    def _place_in_training(self, error: CidmesaError) -> Location:
        """Return the location of the action, gate or credit that an error is about, else of the learner."""
        if error.node is not None and error.node in self._actions:
            return self.draft.nodes[error.node].location
        for key in ("gate", "credit"):
            if error.node in getattr(self.draft.file, key):
                return (key, error.node)
        return ("learner",)

    def _specs(self, training: TrainingProcess) -> dict[str, MesaSpec]:
        from cidmesa.mesa.compose import Draft
        from cidmesa.mesa.rules import validate

        found = {}
        for name, placed in self.draft.specs.items():
            try:
                spec = specification_of(placed.what, training.model)
                validate(Draft.of(training, {training.learner: spec}))
                found[name] = spec
            except CidmesaError as error:
                self.wrong(placed.location, "CID204", error)
        return found

    def _families(self, specs: Mapping[str, MesaSpec]) -> dict[str, Family]:
        found, given = {}, self.draft.file.families
        for name in given if not self.mistakes else ():
            try:
                found[name] = family_of(name, given, specs)
            except CidmesaError as error:
                self.wrong(("families", name), "CID204", error)
        return found


def _base_policy(built: Model, given: Any) -> Any:
    return policy_of(built, given) if isinstance(given, dict) and given else given or None


def _mend(what: NodeDef) -> object:
    """Return a mechanism that stands in for a wrong one, so that the rest can be checked, or ``None``."""
    if what.kind == "utility":
        return 0
    states = states_of(what)
    if not states or len(set(map(as_state, states))) < len(states):
        return None
    return list(states) if what.kind == "decision" else uniform(states)


def _expression_error(error: object) -> ExpressionError | None:
    while isinstance(error, BaseException):
        if isinstance(error, ExpressionError):
            return error
        error = error.__cause__
    return None
