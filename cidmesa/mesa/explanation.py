"""How a composed diagram came about, told in sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cidmesa.display import Tells
from cidmesa.mesa.rules import RULES
from cidmesa.modelling.numbers import show

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cidmesa.mesa.compose import Part
    from cidmesa.mesa.composition import Composition
    from cidmesa.mesa.spec import MesaSpec

__all__ = ["Explanation", "Sentence", "explain"]

_SCOPES = {
    "episode": "each decision counts the utility of its own episode only, so every episode has an agent of its own",
    "updates": "each decision counts later episodes too, across updates of the parameters",
}
_SUCCESSIONS = {
    "planner": "one agent plans all decisions",
    "game": "each episode's agent is a player of its own that counts every later episode",
    "same": "later decisions are taken to obey parameters that do not change",
}
_AWARE = {
    "full": "it knows the training process",
    "model": "it knows the training process, and observes nothing of it beyond its inputs",
    "none": "it does not know that it is trained",
}
_RECALLS = {
    "perfect": "it remembers what it saw and did",
    "none": "it remembers nothing",
    "tied": "it cannot tell its decisions apart, so that they share one rule",
}


@dataclass(frozen=True)
class Sentence:
    """What one rule did: the rule's name, in words, and the nodes and links that it put there."""

    rule: str
    says: str
    parts: tuple[Part, ...] = ()

    def __str__(self) -> str:
        return f"{self.rule}: {self.says}"


@dataclass(frozen=True, repr=False)
class Explanation(Tells):
    """Sentences that explain a composition, in the order of the rules.

    Source: ours.

    >>> import cidmesa as cm
    >>> told = cm.explain(cm.load("hubinger2019/red-door").of("wants-red"))
    >>> len(told.sentences) > 3
    True

    """

    sentences: tuple[Sentence, ...]

    def __iter__(self) -> Iterator[Sentence]:
        return iter(self.sentences)

    def __len__(self) -> int:
        return len(self.sentences)

    def of(self, part: Part) -> tuple[Sentence, ...]:
        """Return the sentences about a node or link."""
        return tuple(sentence for sentence in self if part in sentence.parts)

    def to_json(self) -> list[dict[str, Any]]:
        """Return the sentences as plain data, links as text ``A -> B``."""
        return [{"rule": s.rule, "says": s.says, "parts": [_name(part) for part in s.parts]} for s in self]

    def to_text(self) -> str:
        """Return one line for each sentence."""
        return "\n".join(map(str, self))


def explain(composition: Composition) -> Explanation:
    r"""Return an explanation of the mesa-optimizer's diagram: what each rule kept, added and dropped, and why.

    The assumptions come first, then a sentence for each rule and reason, in the order of `RULES`. Every node and link
    of the composed diagram appears in exactly one of these sentences. Every node and link of training that was removed
    appears in one more.

    Source: ours.

    Args:
        composition: a mesa-optimizer's diagram, from `compose`.

    >>> import cidmesa as cm
    >>> assumed, *rules = explain(cm.load("hubinger2019/red-door").of("wants-red"))
    >>> print(assumed)  # doctest: +ELLIPSIS
    assumed: mesa: each decision counts the utility of its own episode only, ...; it remembers what it saw and did.
    >>> print(*rules, sep="\n")
    training: as in the training process. Nodes Door, Red, atRed; links Door -> Red, A -> atRed, Red -> atRed.
    R2 promote: A does what D_A says where Theta is mesa. Node D_A; links Door -> D_A, Red -> D_A, D_A -> A.
    R6 contract: Theta is surely mesa, so A is what D_A says. Node A. Gone: Door -> A, Red -> A.
    R7 give objectives: mesa-objective of episode 1. Node U_1; link atRed -> U_1.
    R9 prune: dropped, because no decision or utility of the mesa-optimizer depends on it: Theta, atDoor, U_base.

    """
    assumed = (_assumed(spec, name) for name, spec in _named(composition))
    told = sorted([*_made(composition), *_gone(composition)], key=lambda sentence: _moment(sentence.rule))
    return Explanation((*assumed, *told))


def _named(composition: Composition) -> Iterator[tuple[str, MesaSpec]]:
    """Yield each optimizer's specification with its name."""
    for value, spec in composition.specs.items():
        yield spec.agent if len(composition.specs) == 1 else show(value), spec


def _assumed(spec: MesaSpec, name: str) -> Sentence:
    extra = [_SUCCESSIONS[spec.succession]] * (spec.scope == "updates" or spec.succession == "same")
    if spec.value_ref == "indexical":
        extra.append("a later episode is judged by what the parameters then in force want")
    if show(spec.later_weight) != "1" and spec.scope != "episode":
        extra.append(f"later episodes count {show(spec.later_weight)} times as much as the present one")
    words = [_scope(spec.scope), *extra, _AWARE[spec.aware], _RECALLS[spec.recall]]
    return Sentence("assumed", f"{name}: {'; '.join(words)}.")


def _scope(scope: object) -> str:
    count = f"each decision counts the utility of its own episode and of the next {scope}, by an agent for each episode"
    return _SCOPES.get(str(scope), count)


def _made(composition: Composition) -> Iterator[Sentence]:
    """Yield a sentence for each rule with what it made, and the links that it took away."""
    by_note: dict[str, list[Part]] = {}
    for part, note in composition.provenance.items():
        by_note.setdefault(note, []).append(part)
    removed = _links_removed(composition)
    for note in sorted(by_note, key=_moment):
        rule, _, words = note.partition(": ")
        parts = by_note[note]
        lost = [link for child in parts if isinstance(child, str) for link in removed if link[1] == child]
        says = f"{words}. {_listed(parts)}." + (f" Gone: {', '.join(map(_name, lost))}." if lost else "")
        yield Sentence(rule, says, (*parts, *lost))


def _moment(note: str) -> int:
    return ("training", *map(str, RULES)).index(note.partition(":")[0])


def _links_removed(composition: Composition) -> list[tuple[str, str]]:
    """Return the links of training that are gone although their child is there, but for those of the parameters."""
    before, after = composition.training, composition.cid
    return [
        (parent, child)
        for parent, child in before.cid.edges
        if child in after and parent not in after.parents(child) and parent not in before.thetas
    ]


def _gone(composition: Composition) -> Iterator[Sentence]:
    nodes = [node for node in composition.training.cid.nodes if node not in composition.cid]
    if nodes:
        why = "dropped, because no decision or utility of the mesa-optimizer depends on it"
        prune = next(rule for rule in RULES if rule.name == "prune")
        yield Sentence(str(prune), f"{why}: {', '.join(nodes)}.", tuple(nodes))


def _listed(parts: Iterable[Part]) -> str:
    nodes = [part for part in parts if isinstance(part, str)]
    links = [_name(part) for part in parts if not isinstance(part, str)]
    named = [
        f"{title}{'s' * (len(names) > 1)} {', '.join(names)}"
        for title, names in (("node", nodes), ("link", links))
        if names
    ]
    text = "; ".join(named)
    return text[:1].upper() + text[1:]


def _name(part: Part) -> str:
    return part if isinstance(part, str) else f"{part[0]} -> {part[1]}"
