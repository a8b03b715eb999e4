"""What GeNIe's elements mean: ids, words, the table of a noisy-MAX node, the weights of additive utilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate, pairwise, product
from math import prod
from typing import TYPE_CHECKING

from cidmesa.errors import FormatError, ModelError
from cidmesa.interop.tokens import number
from cidmesa.modelling.expression import Expression
from cidmesa.modelling.numbers import as_number

if TYPE_CHECKING:
    from cidmesa.interop.elements import Element
    from cidmesa.interop.part import Part
    from cidmesa.interop.utilities import Join
    from cidmesa.modelling.numbers import Number

__all__ = ["id_of", "joins_of", "noisy_max", "weighted", "weights_of", "words"]


def words(element: Element, tag: str) -> tuple[str, ...]:
    """Return the words in the first child of that tag, none where there is no such child."""
    child = element.first(tag)
    return tuple(child.text.split()) if child else ()


def id_of(element: Element, source: str) -> str:
    """Return the id, which an element must have."""
    if not element.attributes.get("id"):
        raise FormatError(f"{source}:{element.line}: <{element.tag}> has no id.")
    return element.attributes["id"]


def noisy_max(element: Element, part: Part, sizes: Mapping[str, int], source: str) -> tuple[Number, ...]:
    """Return the table of a noisy-MAX node: independent causes, the highest effect (the first state) wins.

    Each cause has a column of effects for each of its states, in the order of ``strengths``, and the leak one at the
    end. The chance that no effect is above a state is the product of the causes' chances. Source: Diez 1993.
    """
    at, width = f"{source}:{element.line}", len(part.states)
    strengths = [int(number(word, at)) for word in words(element, "strengths")]
    given = [number(word, at) for word in words(element, "parameters")]
    if not width:
        return ()
    columns = [given[start : start + width] for start in range(0, len(given), width)]
    causes = [sizes.get(parent, 0) for parent in part.parents]
    if len(strengths) != sum(causes) or len(given) != width * (sum(causes) + 1):
        raise FormatError(
            f"{at}: node {part.name!r} needs {sum(causes)} strengths and {width * (sum(causes) + 1)} "
            f"parameters, but {len(strengths)} and {len(given)} are given."
        )
    effects: list[dict[int, Sequence[Number]]] = []
    for size, start in zip(causes, accumulate([0, *causes]), strict=False):
        effects.append(dict(zip(strengths[start : start + size], columns[start : start + size], strict=True)))
    if any(set(effect) != set(range(size)) for effect, size in zip(effects, causes, strict=True)):
        raise FormatError(f"{at}: node {part.name!r}: the strengths of a parent must name each of its states once.")
    table: list[Number] = []
    for setting in product(*map(range, causes)):
        active = [*(effect[state] for effect, state in zip(effects, setting, strict=True)), columns[-1]]
        below = [prod((sum(column[state:]) for column in active), start=Fraction(1)) for state in range(width)]
        table += [high - low for high, low in pairwise([*below, Fraction(0)])]
    return tuple(table)


def weights_of(attributes: list[Element], source: str) -> dict[str, Number]:
    """Return the weight of each utility in the sum that the multi-attribute utilities make; 1 where there is none."""
    below = {id_of(element, source): _terms(element, source) for element in attributes}
    inner = {term for terms in below.values() for term in terms}
    weights: dict[str, Number] = {name: 1 for name in below if name not in inner}
    todo = list(weights)
    for name in todo:  # grows while it is read; a circle is never entered, for its members are inner ones
        for term, weight in below[name].items():
            weights[term] = weights.get(term, 0) + weights[name] * weight
            if term in below:
                todo.append(term)
        if len(todo) > 10_000:
            raise FormatError(f"{source}: the multi-attribute utilities are nested too deeply to be read.")
    return weights


def joins_of(attributes: list[Element], source: str) -> dict[str, Join]:
    """Return how the multi-attribute utilities are made, if one of them is an expression in the utilities below it."""
    if not any(_expressions(element) for element in attributes):
        return {}
    return {id_of(element, source): _join(element, source) for element in attributes}


def _expressions(element: Element) -> list[Element]:
    return [one for one in element.within() if one.tag == "expression"]


def _join(element: Element, source: str) -> Join:
    at, parents, given = f"{source}:{element.line}", words(element, "parents"), _expressions(element)
    if not given:
        weights = _terms(element, source).values()
        return (lambda values: sum(w * v for w, v in zip(weights, values, strict=True))), parents
    if len(given) > 1:
        raise FormatError(f"{at}: {element.attributes['id']!r} has {len(given)} expressions; one is read.")
    try:
        expression = Expression(given[0].text.replace("^", "**"))
        expression.check_names(parents, "a utility below this one", "Link it, or write a number.")
    except ModelError as error:
        raise FormatError(f"{at}: {element.attributes['id']!r}: {error}") from error
    return (lambda values: as_number(expression(dict(zip(parents, values, strict=True))))), parents


def _terms(element: Element, source: str) -> dict[str, Number]:
    parents, given = words(element, "parents"), words(element, "weights")
    if given and len(given) != len(parents):
        raise FormatError(
            f"{source}:{element.line}: {element.attributes['id']!r} has {len(given)} weights for "
            f"{len(parents)} utilities."
        )
    weights = [number(word, f"{source}:{element.line}") for word in given] or [Fraction(1)] * len(parents)
    return dict(zip(parents, weights, strict=True))


def weighted(part: Part, weights: Mapping[str, Number]) -> Part:
    """Return a part, a utility with its numbers times its weight."""
    weight = weights.get(part.name, 1)
    return replace(part, numbers=tuple(weight * n for n in part.numbers)) if part.kind == "utility" else part
