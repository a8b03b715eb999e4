"""`compose`: from the diagram of training to the diagram of the mesa-optimizer, as a pipeline of the rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import eq
from textwrap import fill
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, cast

from cidmesa.errors import CidmesaError, ComposeError, near_miss, wrong_type
from cidmesa.frozen import Frozen, key_of
from cidmesa.mesa.composition import Composition
from cidmesa.mesa.memory import read_of_numbers
from cidmesa.mesa.rules import RULES
from cidmesa.mesa.spec import MesaSpec
from cidmesa.mesa.training import Episode, TrainingProcess
from cidmesa.modelling.mechanism import ANY, Constant, Mechanism, Rows, Same
from cidmesa.modelling.model import with_parameters
from cidmesa.modelling.numbers import State, show
from cidmesa.structure.diagram import Node

if TYPE_CHECKING:
    from cidmesa.mesa.roles import Learned
    from cidmesa.mesa.targets import EpisodeTarget
    from cidmesa.modelling.model import Model

__all__ = ["Decided", "Draft", "Optimizer", "Part", "compose", "drafted"]

Part: TypeAlias = str | tuple[str, str]  # a node, or a link (parent, child)


class Optimizer(NamedTuple):
    """A parameter value that is an optimizer. ``name``: the agent's. ``mark``: what the names of its nodes end with."""

    value: State
    spec: MesaSpec
    name: str
    mark: str = ""

    def agent(self, episode: Episode) -> str:
        """Return the agent of an episode: one agent across updates, or an agent for each episode."""
        return self.name if self.spec.one_agent else f"{self.name}@{episode}"

    def decides(self, action: str, role: Learned) -> Decided:
        """Return its decision at an action with this role."""
        return Decided(f"D_{action}{self.mark}", self, action, role)


class Decided(NamedTuple):
    """A decision, its optimizer, the action that carries it out, and the action's role."""

    name: str
    of: Optimizer
    action: str
    role: Learned

    @property
    def done(self) -> str:
        """The node for what one of several optimizers does at the action."""
        return f"{self.action}{self.of.mark}"


@dataclass(frozen=True)
class Draft(Frozen):
    """A composition in the making.

    ``severed``, ``believes``: whether the world is drawn as the mesa-optimizer sees it. ``targets``: value -> episode
    -> objective. ``decisions``: value -> action -> decision. ``objectives``: utility of a mesa-objective -> its
    episode. ``base_rules``: of the base agent's decisions. ``returning``: the optimizers whose parameters may return.
    ``notes``: part -> the rule that made it. ``rule``: the one that is being applied.
    """

    training: TrainingProcess
    optimizers: tuple[Optimizer, ...]
    model: Model
    severed: bool = False
    believes: bool = False
    targets: Mapping[State, Mapping[Episode, EpisodeTarget]] = field(default_factory=dict)
    decisions: Mapping[State, Mapping[str, str]] = field(default_factory=dict)
    objectives: Mapping[str, Episode] = field(default_factory=dict)
    base_rules: Mapping[str, object] = field(default_factory=dict)
    returning: tuple[State, ...] = ()
    notes: Mapping[Part, str] = field(default_factory=dict)
    rule: str = ""

    @classmethod
    def of(cls, training: TrainingProcess, specs: Mapping[State, MesaSpec]) -> Draft:
        """Return the draft to begin with: the training model, and the optimizers by name."""
        one = len(specs) == 1
        optimizers = tuple(
            Optimizer(value, spec, spec.agent if one else show(value), "" if one else f"@{show(value)}")
            for value, spec in specs.items()
        )
        return cls(training, optimizers, training.model)

    def decided(self) -> Iterator[Decided]:
        """Yield the optimizers' decisions."""
        for optimizer in self.optimizers:
            for action, decision in self.decisions.get(optimizer.value, {}).items():
                yield Decided(decision, optimizer, action, self.training.actions[action])

    def surely(self, theta: str, value: State) -> bool:
        """Return whether parameters are a root that certainly has a value."""
        if self.model.cid.kind(theta) != "chance" or self.model.cid.parents(theta):
            return False
        chances = dict(zip(self.model.domain(theta), self.model.table(theta).values.tolist(), strict=True))
        return bool(chances.get(value) == 1)

    def changed(
        self,
        note: str | Mapping[str, str],
        specs: Iterable[Node] = (),
        mechanisms: Mapping[str, Mechanism] | None = None,
        **edits: Any,
    ) -> Draft:
        """Return the draft with the model revised; new nodes and links, and other mechanisms, get rule and note.

        A mapping gives the note of each node, for itself and its incoming links.
        """
        nodes = tuple(specs)
        model = self.model.revised(nodes, mechanisms=mechanisms, **edits)
        new = (s.name for s in nodes if s.name not in self.model.cid or self.model.cid.kind(s.name) != s.kind)
        touched = dict.fromkeys([*(mechanisms or {}), *new])
        said = note if not isinstance(note, str) else dict.fromkeys(model.cid.nodes, note)
        notes: dict[Part, str] = dict(self.notes)
        notes |= {name: f"{self.rule}: {said[name]}" for name in touched if name in model.cid}
        for spec in nodes:
            old = self.model.cid.parents(spec.name) if spec.name in self.model.cid else ()
            links = [(parent, spec.name) for parent in spec.parents if parent not in old]
            notes |= dict.fromkeys(links, f"{self.rule}: {said[spec.name]}") if links else {}
        return replace(self, model=model, notes=notes)

    def copied(self, node: str, copy: str, theta: str, value: State, note: str) -> Draft:
        """Return the draft with one more node: a copy of a node where the parameters have a value, else a blank."""
        states = self.model.domain(node)
        blank = next(text for text in ("blank", *(f"blank{k}" for k in range(len(states)))) if text not in states)
        rule = Rows((theta,), (((value,), Same(node)), ((ANY,), Constant(blank))))
        return self.changed(note, [Node(copy, parents=(theta, node))], {copy: rule}, domains={copy: (*states, blank)})

    def provenance(self) -> dict[Part, str]:
        """Return for every node and link of the model the rule that put it there."""
        origin = "training: as in the training process"
        parts: list[Part] = [*self.model.cid.nodes, *self.model.cid.edges]
        return {part: self.notes.get(part, origin) for part in parts}


Specs: TypeAlias = Mapping["State", MesaSpec]

_ITEM: dict[str, Any] = {"initial_indent": " " * 4, "subsequent_indent": " " * 6, "break_on_hyphens": False}
*_DRAWING, _PRUNE, _RECOLLECT = RULES  # the last two for the diagram alone: they change no law and no value


def compose(training: TrainingProcess, spec: MesaSpec | Mapping[str, MesaSpec] | None = None) -> Composition:
    """Return the mesa-optimizer's model, derived from its training process and the assumptions about it.

    The rules are applied in this order; ``docs/composer.md`` says what each assumes:

    RULES

    The composition holds the mesa-optimizer's own view of the world, and beside it the objective twin: the same
    decisions in the world as it is, without what the optimizer only believes. Several learned algorithms are composed
    in turn, and the result is the last one's view of the world. Several optimizers that are values of the same
    parameters are composed together. The result is deterministic, and every node and link knows the rule that put it
    there (`Composition.provenance`).

    Source: ours; Hubinger et al. 2019 has the notions, in words.

    Args:
        training: the training process, from `training`, a builder or a scenario.
        spec: the assumptions about the mesa-optimizer; for several learned algorithms, a mapping from name to
            specification. Leave it out if the training process holds the specifications of its learners.

    Raises:
        ComposeError: the specification does not fit the process; a learned algorithm has no specification; a learned
            algorithm other than the last sees the world differently from what it is, and this view would be lost.

    >>> import cidmesa as cm
    >>> g = cm.cid("Theta -> A -> R; R -> U_base; A -> Seen", utilities={"base": ["U_base"]})
    >>> m = cm.model(g, Theta={"mesa": 1, "base": 0}, A=cm.uniform("ab"), R="A == 'a'", U_base="R", Seen="A == 'b'")
    >>> t = cm.training(m, actions={"A": cm.learned("Theta")}, learner="mesa", otherwise={"base": "a"})
    >>> c = compose(t, cm.MesaSpec(target="Seen", scope="episode"))
    >>> c.cid.edges
    (('D_A', 'A'), ('A', 'Seen'), ('Seen', 'U_1'))
    >>> c.provenance["D_A"], cm.solve(c.model).plan
    ('R2 promote: A does what D_A says where Theta is mesa', {'D_A': 'b'})

    """
    _check_types(training, spec)
    if training.learners:
        return _composed(training, _by_value(training, spec))
    if spec is None:
        raise ComposeError("say what the mesa-optimizer wants: compose(training, cm.MesaSpec(target=..., scope=...)).")
    return _kept(training, spec) if isinstance(spec, MesaSpec) else _of_algorithms(training, spec)


compose.__doc__ = str(compose.__doc__).replace(
    "    RULES\n", "".join(fill(f"* {r}: {r.sentence}", 120, **_ITEM) + "\n" for r in RULES), 1
)


def drafted(training: TrainingProcess, specs: Specs, *, severed: bool = False, believes: bool = False) -> Draft:
    """Return the composition before the last two rules, in the world as it is, or severed, or as believed."""
    start = replace(Draft.of(training, specs), severed=severed, believes=believes)
    return reduce(lambda draft, rule: rule(draft), _DRAWING, start)


def _composed(training: TrainingProcess, specs: Specs) -> Composition:
    first = next(iter(specs.values()))
    subjective = drafted(training, specs, severed=first.severed, believes=True)
    twin = drafted(training, specs) if first.severed or first.beliefs else subjective
    seen = _RECOLLECT(_PRUNE(subjective))
    return Composition(
        training,
        dict(specs),
        seen.model,
        subjective.model,
        twin.model,
        seen.decisions,
        seen.objectives,
        seen.provenance(),
    )


def _check_types(training: object, spec: object) -> None:
    if not isinstance(training, TrainingProcess):
        remedy = "Make one by cm.training(model, actions=..., learner=...); of a scenario pass .training."
        raise ComposeError(wrong_type("compose", "a training process", training, remedy))
    for one in spec.values() if isinstance(spec, Mapping) else [spec]:
        if not isinstance(one, MesaSpec) and one is not None:
            remedy = "Make one by cm.MesaSpec(target=..., scope=...)."
            raise ComposeError(wrong_type("compose", "a specification", one, remedy))


# --- other values of parameters -----------------------------------------------------------------------------------


def _of_like(training: TrainingProcess, spec: MesaSpec) -> Composition | None:
    """Return the composition of a process that differs in parameter values, with this one's numbers.

    ``None`` where the rules might draw another diagram (`read_of_numbers`), or the like cannot be composed.
    """
    like, base = training.like, training.base_agent
    if like is None or (base in like.cid.agents and like.cid.decisions_of(base) and like.base_policy != "rational"):
        return None
    with suppress(CidmesaError):  # whoever composes anew says what is wrong
        drafts = (Draft.of(process, {process.learner: spec}) for process in (like, training))
        known = compose(like, spec)
        models = {id(model): model for model in (known.model, known.view, known.objective_twin)}
        if all(map(eq, *map(read_of_numbers, drafts))) and all(_steady(model, like) for model in models.values()):
            made = {key: with_parameters(model, training.model.parameters) for key, model in models.items()}
            model, view, twin = (made[id(one)] for one in (known.model, known.view, known.objective_twin))
            return replace(known, training=training, model=model, view=view, objective_twin=twin)
    return None


def _steady(model: Model, like: TrainingProcess) -> bool:
    """Return whether no states that composing found in the numbers of a mechanism can become others."""
    new = (node for node in model.domains if node not in like.model.domains and node in model.mechanisms)
    return not any(model.parameters.keys() & model.mechanisms[node].names for node in new)


# --- several optimizers -------------------------------------------------------------------------------------------


def _by_value(training: TrainingProcess, spec: MesaSpec | Mapping[str, MesaSpec] | None) -> Specs:
    """Return the specification of each optimizer, those given in place of the process's own."""
    own = training.learners
    if isinstance(spec, MesaSpec):
        raise ComposeError(
            f"the process has the optimizers {', '.join(map(show, own))}, each with its specification. Leave the "
            "specification out, or give one by value, {value: cm.MesaSpec(...)}."
        )
    for value in spec or {}:
        if value not in own:
            shown = list(map(show, own))
            raise ComposeError(
                f"{value!r} is not an optimizer.{near_miss(value, shown)} Optimizers: {', '.join(shown)}."
            )
    specs: Specs = dict(own) | dict(spec or {})
    if len({(repr(dict(one.beliefs)), one.severed, one.agent) for one in specs.values()}) > 1:
        raise ComposeError(
            "several optimizers share one view of the world and one name. Give all of them the same beliefs and the "
            "same agent, and give none of them succession='same' or aware='none'."
        )
    if len(specs) > 1 and any(one.severed for one in specs.values()):
        raise ComposeError(
            "an optimizer that believes its parameters cannot change ignores all others. With several, leave out "
            "succession='same' and aware='none'."
        )
    return specs


# --- several learned algorithms -----------------------------------------------------------------------------------


def _kept(training: TrainingProcess, spec: MesaSpec) -> Composition:
    def made() -> Composition:
        return _of_like(training, spec) or _of_algorithms(training, {spec.agent: spec})

    return cast("Composition", training.composed.of((spec,), lambda: training.once(("composed", key_of(spec)), made)))


def _of_algorithms(training: TrainingProcess, specs: Mapping[str, MesaSpec]) -> Composition:
    _check_all_specified(training, specs)
    return _iterated(training, specs)


def _iterated(training: TrainingProcess, specs: Mapping[str, MesaSpec]) -> Composition:
    """Compose one learned algorithm after the other; what is composed is training for the next."""
    (agent, spec), *rest = specs.items()
    composition = _composed(training, {training.learner: replace(spec, agent=agent)})
    if not rest:
        return composition
    left = {action: role for action, role in training.actions.items() if action not in composition.decisions}
    if not left:
        raise ComposeError(f"no action is left for {rest[0][0]!r}. Leave it out, or mark one of its actions.")
    _check_view(composition, rest[-1][0])
    return _iterated(replace(training, model=composition.objective_twin, actions=left), dict(rest))


def _check_all_specified(training: TrainingProcess, specs: Mapping[str, MesaSpec]) -> None:
    if not specs:
        raise ComposeError("give at least one specification.")
    actions: dict[str, list[str]] = {}
    for action, role in training.actions.items():
        actions.setdefault(role.agent, []).append(action)
    missing = [agent for agent in actions if agent not in specs]
    if missing and any(agent in actions for agent in specs):
        named = ", ".join(actions[missing[0]])
        raise ComposeError(
            f"nothing says what {missing[0]!r} wants, which decides {named}. Give a specification for each learned "
            f"algorithm, {{{', '.join(f'{agent!r}: ...' for agent in actions)}}}, or leave {named} out of the "
            "process's actions and give a mechanism."
        )


def _check_view(composition: Composition, last: str) -> None:
    """Refuse to lose what one learned algorithm believes: the result has one view, that of the last."""
    spec = composition.spec
    if composition.view == composition.objective_twin:
        return
    why = "beliefs" if spec.beliefs else "aware='none'" if spec.aware == "none" else "succession='same'"
    raise ComposeError(
        f"{why} makes {spec.agent!r} see a world that is not the real one, but the composition of several learned "
        f"algorithms shows the world as the last one, {last!r}, sees it. Put {spec.agent!r} last, or "
        "compose once for each view."
    )
