"""Families of specifications: finite families, objectives with free coefficients, and mixtures of both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from cidmesa.errors import ComposeError, NotApplicable
from cidmesa.frozen import Frozen
from cidmesa.mesa.derive.coefficients import Ball, Box, Simplex, ball, box, simplex
from cidmesa.mesa.derive.measuring import answered, measured
from cidmesa.mesa.derive.partition import Cell, How, Partition
from cidmesa.mesa.derive.prior import Prior, simplicity, speed, weights_of
from cidmesa.mesa.derive.regions import Courses
from cidmesa.mesa.spec import MesaSpec
from cidmesa.mesa.targets import targets_of
from cidmesa.modelling.model import assemble
from cidmesa.modelling.numbers import show
from cidmesa.modelling.parameter import number_of, parameter

if TYPE_CHECKING:
    from cidmesa.mesa.derive.member import Judging, Member
    from cidmesa.mesa.training import TrainingProcess

__all__ = [
    "Family",
    "Mixture",
    "Objectives",
    "Specifications",
    "ball",
    "box",
    "mixture",
    "objectives",
    "simplex",
    "simplicity",
    "specifications",
    "speed",
]

MAX_KEPT = 100  # cells with all that was worked out to judge their members

Coefficients: TypeAlias = "Box | Simplex | Ball"
Feature: TypeAlias = str | Mapping[int | str, str]


class Family(Protocol):
    """A set of specifications with a prior."""

    def found(self, training: TrainingProcess, judging: Judging, how: How) -> Partition:
        """Return the members by cells, each with its prior."""

    @property
    def prior_text(self) -> str:
        """The prior in words."""


# --- finitely many --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Specifications(Frozen):
    """Finitely many specifications by name, with a prior; see `specifications`."""

    specs: Mapping[str, MesaSpec]
    prior: Prior = "even"

    def found(self, training: TrainingProcess, judging: Judging, how: How) -> Partition:  # noqa: ARG002 (of all families)
        """Return a cell for each specification."""
        weights = weights_of(self.prior, training, self.specs)
        cells = [
            Cell.of(name, weights[name], lambda spec=spec, name=name: judging.members(name, training, spec))  # type: ignore[misc]
            for name, spec in self.specs.items()
        ]
        exact = all(cell.low == cell.high for cell in cells)
        return Partition("estimate" if judging.floating else "exact" if exact else "bounds", tuple(cells))

    @property
    def prior_text(self) -> str:
        """The prior in words."""
        if isinstance(self.prior, Mapping):
            return ", ".join(f"{name} {show(number_of(weight))}" for name, weight in self.prior.items())
        return f"{len(self.specs)} specifications, {self.prior}"


def specifications(specs: Mapping[str, MesaSpec], *, prior: Prior = "even") -> Specifications:
    """Return the finite family of these specifications.

    Args:
        specs: name -> specification.
        prior: a weight for each name, "even", `simplicity` or `speed`.

    Raises:
        NotApplicable: ``specs`` is empty, or one is not a `MesaSpec`.

    >>> import cidmesa as cm
    >>> specifications({"episode": cm.MesaSpec("A == 'b'", "episode")}).prior_text
    '1 specifications, even'

    """
    if not specs or not all(isinstance(spec, MesaSpec) for spec in specs.values()):
        raise NotApplicable("a family of specifications needs at least one: {name: cm.MesaSpec(...)}.")
    return Specifications(dict(specs), prior)


# --- with free coefficients -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Objectives(Frozen):
    """Objectives that weigh features with free coefficients; see `objectives`."""

    features: Mapping[str, Feature]
    coefficients: Coefficients
    spec: MesaSpec

    def found(self, training: TrainingProcess, judging: Judging, how: How) -> Partition:
        """Return a cell for each way that judging takes, with its share of the coefficients.

        Raises:
            NotApplicable: the members are soft, so their behaviours are not finitely many.

        """
        if judging.rationality is not None:
            raise NotApplicable("soft mesa-optimizers need a finite family: cm.families.specifications(...).")
        ways: _Ways = training.judged.of((self, *judging.parts), lambda: _Ways(self, training, judging))
        return ways.found(judging, how)

    def target_in(self, training: TrainingProcess) -> dict[int | str, str]:
        """Return for each episode the sum of its features, each times its coefficient."""
        terms: dict[int | str, list[str]] = {}
        for name, feature in self.features.items():
            factor = self.coefficients.written(name, self.features)
            for episode, target in targets_of(training, feature, self.spec.agent).items():
                terms.setdefault(episode, []).append(f"({factor}) * ({target.value})")
        return {episode: " + ".join(terms[episode]) for episode in training.episodes if episode in terms}

    @property
    def prior_text(self) -> str:
        """The prior in words: it depends on the shape and on the scale of the features."""
        listed = ", ".join(self.coefficients.names(self.features))
        return f"{listed} even over {self.coefficients} (depends on this shape and on the features' scale)"


_Behaving: TypeAlias = "Callable[[TrainingProcess, MesaSpec], tuple[Member, ...]]"


class _Ways:
    """The ways that judging takes over a family of objectives before evidence; evidence comes in afterwards."""

    def __init__(self, family: Objectives, training: TrainingProcess, judging: Judging) -> None:
        self.family, self.judging, self.names = family, judging, family.coefficients.names(family.features)
        self.freed = _freed(training, self.names)
        self.spec = replace(family.spec, target=family.target_in(self.freed))
        self.known: dict[How, Partition] = {}

    def found(self, judging: Judging, how: How) -> Partition:
        """Return a cell for each way that judging takes, evidence included."""
        return answered(self._judged(judging, how) or self._measured(partial(judging.members, ""), how)).settled(
            self._standing_for
        )

    def _judged(self, judging: Judging, how: How) -> Partition | None:
        """Return what was found before evidence, judged; ``None`` if judging goes different ways within a cell."""
        known = self.known.get(how)
        before = known.settled(self._as_before) if known else self._measured(self.judging.behaving, how)
        if len(before.cells) <= MAX_KEPT:
            self.known = {how: before}  # of the last way to measure: seeds are many
        cells = []
        for cell in before.cells:
            cells.append(cell.judged(judging))
            if not cell.still:  # evidence compared coefficients
                return None
        return replace(before, cells=tuple(cells))

    def _as_before(self, cell: Cell) -> Cell:
        """Return a cell of which evidence may have compared coefficients as if it had not."""
        if cell.still:
            return cell
        course = Courses(self.names, self._asking(self.judging.behaving)).at(cell.place)
        return replace(cell, members=course.label or (), course=course)

    def _measured(self, members: _Behaving, how: How) -> Partition:
        return measured(self.family.coefficients, self.family.features, self.names, self._asking(members), how)

    def _asking(self, members: _Behaving) -> Callable[[Mapping[str, Any]], tuple[Member, ...]]:
        return lambda values: members(self._at(values), self.spec)

    def _at(self, values: Mapping[str, Any]) -> TrainingProcess:
        return self.freed.with_model(self.freed.model.substitute(values))

    def _standing_for(self, cell: Cell) -> Cell:
        """Return a cell whose members have the coefficients of its point."""
        values = dict(zip(self.names, cell.place, strict=True))
        name = ", ".join(f"{n} = {show(x)}" for n, x in values.items())
        training = self._at(values)
        members = tuple(replace(member, name=name, training=training) for member in cell.members)
        return replace(cell, name=name, members=members, course=None)


def _freed(training: TrainingProcess, names: Sequence[str]) -> TrainingProcess:
    """Return the process in which these names are parameters without a value."""
    model = training.model
    for name in names:
        if name in model.cid:
            raise ComposeError(f"the coefficient {name!r} has the name of a node. Give it another one.")
    parameters = {**model.parameters, **{name: parameter(name) for name in names}}
    parts, before = (model.cid, model.domains, model.mechanisms, parameters), model if model.exact else None
    return training.with_model(assemble(*parts, menus=model.menus, before=before, symbolic=True))


def objectives(features: Mapping[str, Feature], coefficients: Coefficients, spec: MesaSpec) -> Objectives:
    r"""Return the family of the objectives :math:`\sum_k c_k f_k`, with an even prior over a set of coefficients.

    The prior depends on the shape of that set and on the scale of the features, even under exact evidence.

    Args:
        features: coefficient -> feature, written like a target: one text for every episode, or a text by episode.
        coefficients: `box`, `simplex` or `ball`. A box may name other coefficients that features or the process read,
            such as a discount or the probability of correction.
        spec: all other assumptions; its target is replaced.

    Raises:
        NotApplicable: ``features`` is empty.

    >>> import cidmesa as cm
    >>> spec = cm.MesaSpec(target="0", scope="updates")
    >>> objectives({"x": {1: "A1 == 'b'"}, "y": {2: "A2 == 'b'"}}, box(-1, 1), spec).prior_text
    "x, y even over the box [-1, 1] (depends on this shape and on the features' scale)"

    """
    if not features:
        raise NotApplicable("a family of objectives needs a feature: {coefficient: target}.")
    if not isinstance(coefficients, Box | Simplex | Ball):
        raise NotApplicable("coefficients are box(low, high), simplex() or ball(1), ball(2).")
    return Objectives(dict(features), coefficients, spec)


# --- mixtures -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Mixture(Frozen):
    """Families, each with a weight; see `mixture`."""

    parts: tuple[tuple[Fraction, Family], ...]

    def found(self, training: TrainingProcess, judging: Judging, how: How) -> Partition:
        """Return the cells of all families."""
        every = [(weight, family.found(training, judging, how)) for weight, family in self.parts]
        return Partition.mixed(every)

    @property
    def prior_text(self) -> str:
        """The prior in words."""
        return "; ".join(f"{show(weight)}: {family.prior_text}" for weight, family in self.parts)


def mixture(parts: Sequence[tuple[object, Family]]) -> Mixture:
    """Return the mixture of families with these weights, scaled to sum to 1.

    Raises:
        NotApplicable: there is no part, or a weight is negative.

    >>> import cidmesa as cm
    >>> one = specifications({"one": cm.MesaSpec("A == 'b'", "episode")})
    >>> mixture([(1, one), (3, one)]).parts[1][0]
    Fraction(3, 4)

    """
    weights = [Fraction(number_of(weight)) for weight, _ in parts]
    if not weights or min(weights) < 0 or not sum(weights):
        raise NotApplicable("a mixture takes [(weight, family), ...] with weights that are not negative, one positive.")
    return Mixture(tuple((w / sum(weights), family) for w, (_, family) in zip(weights, parts, strict=True)))
