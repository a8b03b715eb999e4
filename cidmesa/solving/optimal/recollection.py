"""What beliefs say by history: rules that answer for any of them, and what is done along the play."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from html import escape
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from cidmesa.errors import ModelError
from cidmesa.modelling.contraction import check_size
from cidmesa.modelling.numbers import as_state, meant, show
from cidmesa.modelling.policy import Rule
from cidmesa.solving.decision_rules import MAX_CELLS
from cidmesa.structure.reduction import minimal_reduction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from cidmesa.modelling.mechanism import Given
    from cidmesa.modelling.model import Model
    from cidmesa.modelling.numbers import Array, Number, State
    from cidmesa.solving.optimal.beliefs import Beliefs
    from cidmesa.solving.optimal.problem import Problem

__all__ = ["Recalled", "Recollection"]

MAX_SHOWN = 2**16  # cells of a rule that is shown by context

Context = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Recollection:
    """The beliefs of the agent of a model, who needs to see what it sees in ``problem`` and remembers it."""

    model: Model
    problem: Problem
    beliefs: Beliefs

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The decisions that matter, in the order in which they are taken."""
        return self.problem.cid.names(self.problem.families)

    def place(self, decision: str) -> int:
        """Return the place of a decision among the layers; 0 is the start."""
        return self.order.index(decision) + 1

    def rules(self) -> tuple[Rule, ...]:
        """Return a rule for each decision of the model; one that no utility depends on takes its first option."""
        return tuple(self._rule(decision) for decision in self.model.cid.decisions)

    def _rule(self, decision: str) -> Rule:
        if decision in self.order:
            return Recalled(self, decision)
        options = self.model.domains[decision]
        return Rule(decision, (), (), options, self.problem.one_hot(len(options), np.zeros((), dtype=int)))

    def parents(self, decision: str) -> tuple[str, ...]:
        """Return what the rule of a decision reads: all that it sees, where the table is small.

        Else what it needs to see, and in place of what the only agent did itself what that depended on.
        """
        parents = self.model.cid.parents(decision)
        if prod(len(self.model.domains[node]) for node in (*parents, decision)) <= MAX_CELLS:
            return parents
        if len(self.problem.agents) > 1:
            return self.problem.cid.parents(decision)
        observed = self._observed[decision]
        return tuple(parent for parent in parents if parent in observed)

    @cached_property
    def _observed(self) -> dict[str, frozenset[str]]:
        """What each decision must observe to know what it needs to, if it knows how it decides."""
        found: dict[str, frozenset[str]] = {}
        cid = self.problem.cid
        families = self.problem.families
        if any(node not in families for family in families.values() for node in family):
            cid = minimal_reduction(cid)
        for decision in self.order:
            parents = cid.parents(decision)
            own = [found[parent] for parent in parents if parent in found]
            found[decision] = frozenset(parent for parent in parents if parent not in found).union(*own)
        return found

    # --- histories --------------------------------------------------------------------------------------------------

    def history(self, decision: str) -> tuple[str, ...]:
        """Return what comes to be known until a decision, in this order."""
        return tuple(name for place in range(self.place(decision)) for name in self._told_at(place))

    def contexts(self, decision: str, wanted: Iterable[str], free: Iterable[str] = ()) -> dict[Context, set[int]]:
        """Return the beliefs that a decision may have for each state of ``wanted``, as positions.

        What the agent did itself is as its rules say, but for what is among the wanted or ``free``.
        """
        axes = tuple(wanted)
        free = {*axes, *free}
        histories = self._histories(decision, axes, {}, lambda own: own in free)
        turn = [[name for name in self.history(decision) if name in axes].index(name) for name in axes]
        return {tuple(context[k] for k in turn): beliefs for context, beliefs in histories.items()}

    def remembering(self, decision: str, told: Mapping[str, int]) -> set[int]:
        """Return the beliefs that a decision may have where this was seen and done, and rules were followed else."""
        return self._histories(decision, (), told, told.__contains__).get((), set())

    def _histories(
        self, decision: str, wanted: Iterable[str], told: Mapping[str, int], free: Callable[[str], bool]
    ) -> dict[Context, set[int]]:
        """Return the beliefs for each state of what is wanted, where all that is told is so; what is free may be."""
        codes, beliefs, sizes = np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.intp), [1]
        for place in range(self.place(decision)):
            axes = self._told_at(place)
            states, following = self._following(place, free, beliefs)
            possible = following >= 0
            for name, column in zip(axes, states.T, strict=True):
                possible &= column == told.get(name, column)
            kept = [k for k, name in enumerate(axes) if name in wanted]
            sizes += [len(self.model.domains[axes[k]]) for k in kept]
            after = np.zeros(len(states), dtype=np.int64)
            for k in kept:
                after = after * len(self.model.domains[axes[k]]) + states[:, k]
            codes = codes[:, None] * prod(sizes[len(sizes) - len(kept) :]) + after
            codes, beliefs = np.unique(np.stack([codes[possible], following[possible]]), axis=1)
        found: dict[Context, set[int]] = {}
        contexts = zip(*(column.tolist() for column in np.unravel_index(codes, sizes)), strict=True)
        for (_, *context), belief in zip(contexts, beliefs.tolist(), strict=True):
            found.setdefault(tuple(context), set()).add(belief)
        return found

    def _told_at(self, place: int) -> tuple[str, ...]:
        """Return the decision at a place and what is seen after it."""
        stage = self.beliefs.stages[place]
        return tuple(self.problem.cid.nodes[v] for v in (stage.decision, *stage.seen) if v >= 0)

    def _following(self, place: int, free: Callable[[str], bool], beliefs: Array) -> tuple[Array, Array]:
        """Return what may be done and seen after beliefs, a row for each case, and what each belief becomes then.

        -1 where it cannot be: also where an option is not free and not what is chosen.
        """
        stage, step = self.beliefs.stages[place], self.beliefs.layers[place].step
        following = step.following[beliefs]
        if place and not free(self.order[place - 1]):
            chosen = self.beliefs.choice[place][beliefs]
            following = np.where((np.arange(stage.options) == chosen[:, None])[..., None], following, -1)
        shape = [self.problem.sizes[v] for v in (stage.decision, *stage.seen) if v >= 0]
        states = np.stack(np.unravel_index(np.arange(prod(shape)), shape), 1) if shape else np.zeros((1, 0), dtype=int)
        return states, following.reshape(len(beliefs), len(states))

    def described(self, decision: str, belief: int) -> tuple[dict[str, str], list[tuple[dict[str, str], str]]]:
        """Return what is known at a belief and still matters, and the hidden states with what they are believed."""
        place = self.place(decision)
        stage, layer = self.beliefs.stages[place], self.beliefs.layers[place]
        known = self._states(stage.known, int(layer.known[belief]))
        row = layer.rows[belief].tolist()
        hidden = [(self._states(stage.hidden, k), show(_share(mass, sum(row)))) for k, mass in enumerate(row) if mass]
        return known, hidden

    def _states(self, nodes: tuple[int, ...], position: int) -> dict[str, str]:
        names, sizes = [self.problem.cid.nodes[v] for v in nodes], [self.problem.sizes[v] for v in nodes]
        places = np.unravel_index(position, sizes) if sizes else ()
        return {name: show(self.model.domains[name][int(k)]) for name, k in zip(names, places, strict=True)}

    # --- the play ---------------------------------------------------------------------------------------------------

    def plan(self) -> dict[str, Given]:
        """Return what is done along the play: decision -> the option taken, or option -> probability."""
        weights: dict[int, Any] = {0: 1}
        found: dict[str, Given] = {}
        for place, layer in enumerate(self.beliefs.layers):
            choice = self.beliefs.choice[place]
            if place:
                found[self.order[place - 1]] = self._done(place, weights)
            after: dict[int, Any] = {}
            for belief, weight in weights.items():
                taken = belief, int(choice[belief])
                rows = zip(layer.step.following[taken].tolist(), layer.step.share[taken].tolist(), strict=True)
                for following, share in rows:
                    if following >= 0:
                        after[following] = after.get(following, 0) + weight * share
            weights = after
        return found

    def _done(self, place: int, weights: Mapping[int, Any]) -> Given:
        """Return what is done at a decision, the beliefs having these weights."""
        options, rows = self.model.domains[self.order[place - 1]], self.beliefs.layers[place].rows
        masses: dict[int, Any] = dict.fromkeys(range(len(options)), 0)
        for belief, weight in weights.items():
            masses[int(self.beliefs.choice[place][belief])] += weight * rows[belief].sum()
        total = sum(masses.values())
        done = {options[option]: _share(mass, total) for option, mass in masses.items() if mass}
        return next(iter(done)) if len(done) == 1 else done


def _share(mass: Any, total: Any) -> Number:
    share: Number = Fraction(mass, total) if isinstance(mass, int) and isinstance(total, int) else mass / total
    return share


class Recalled(Rule):
    """A rule by belief, of which ``values`` are worked out when they are read.

    Where what the agent did itself is left out of what the rule reads, the agent is taken to have followed its rules; a
    call that says otherwise is answered, too. A rule whose table would be too large is shown by belief.
    """

    source: Recollection

    def __init__(self, source: Recollection, decision: str) -> None:
        domains, parents = source.model.domains, source.parents(decision)
        sizes = tuple(domains[parent] for parent in parents)
        for name, value in (("decision", decision), ("parents", parents), ("domains", sizes), ("source", source)):
            object.__setattr__(self, name, value)
        object.__setattr__(self, "options", domains[decision])

    @cached_property
    def values(self) -> Array:
        """The table; a context that cannot be takes the first option."""
        shape = tuple(map(len, self.domains))
        names = (*self.parents, self.decision)
        check_size(range(len(names)), (*shape, len(self.options)), names, self.source.problem.exact)
        needed = self.source.problem.cid.parents(self.decision)
        reads = [parent for parent in self.parents if parent in needed]
        choice = np.zeros([n for n, parent in zip(shape, self.parents, strict=True) if parent in reads], dtype=int)
        for context, beliefs in self.source.contexts(self.decision, reads, self.parents).items():
            choice[context] = self._chosen(min(beliefs))
        idle = tuple(axis for axis, parent in enumerate(self.parents) if parent not in reads)
        choice = np.broadcast_to(np.expand_dims(choice, idle), shape)
        values = self.source.problem.one_hot(len(self.options), choice)
        values.flags.writeable = False
        return values

    @property
    def large(self) -> bool:
        """Whether the table has too many cells to show it."""
        return prod(map(len, (*self.domains, self.options))) > MAX_SHOWN

    @property
    def reads(self) -> tuple[str, ...]:
        """The parents that make a difference to the choice; all, where the table is large."""
        return self.parents if self.large else super().reads

    def __call__(self, context: Mapping[str, object] | None = None, /, **observed: object) -> Given:
        """Return the option taken in a context, which may also say what the agent did and saw before."""
        seen = dict(context or {}) | observed
        if self.large or not seen.keys() <= {*self.parents}:
            return self.options[self._remembering(seen)]
        return super().__call__(seen)

    def _remembering(self, seen: Mapping[str, object]) -> int:
        """Return the option at the beliefs that what was seen and done leaves possible."""
        told = {}
        for name in self.source.history(self.decision):
            if name in seen:
                domain = self.source.model.domains[name]
                if (state := meant(seen[name], domain)) is None:
                    raise ModelError(
                        f"{show(as_state(seen[name]))!r} is not a state of {name!r}: {', '.join(map(show, domain))}."
                    )
                told[name] = domain.index(state)
        options = {self._chosen(belief) for belief in self.source.remembering(self.decision, told)} or {0}
        if len(options) > 1:
            missing = ", ".join(name for name in self.parents if name not in seen)
            raise ModelError(f"the rule of {self.decision!r} reads {', '.join(self.parents)}; not given: {missing}.")
        return options.pop()

    def _chosen(self, belief: int) -> int:
        return int(self.source.beliefs.choice[self.source.place(self.decision)][belief])

    def contexts(self) -> Iterator[tuple[dict[str, State], Given]]:
        """Yield every context of what the rule reads with what it does there; of a large rule as reached."""
        if not self.large:
            yield from super().contexts()
            return
        for context, beliefs in self.source.contexts(self.decision, self.parents).items():
            states = {name: domain[k] for name, domain, k in zip(self.parents, self.domains, context, strict=True)}
            yield states, self.options[self._chosen(min(beliefs))]

    def to_json(self) -> Any:
        """Return plain data as `Rule.to_json`; of a large rule what is done at each belief."""
        if not self.large:
            return super().to_json()
        return [
            {"known": known, "belief": hidden, "do": show(self.options[option])}
            for known, hidden, option in self._by_belief()
        ]

    def _by_belief(self) -> Iterator[tuple[dict[str, str], list[tuple[dict[str, str], str]], int]]:
        for belief in range(len(self.source.beliefs.layers[self.source.place(self.decision)].rows)):
            yield *self.source.described(self.decision, belief), self._chosen(belief)

    def to_html(self) -> str:
        """Return a table with a row for each context; of a large rule how often each option is taken."""
        return f"<div>{escape(str(self))}</div>" if self.large else super().to_html()

    def __str__(self) -> str:
        if not self.large:
            return super().__str__()
        counts = Counter(option for *_, option in self._by_belief())
        return "; ".join(f"{show(self.options[option])} at {count} beliefs" for option, count in counts.most_common())
