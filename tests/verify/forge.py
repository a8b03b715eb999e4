"""Proofs changed at random: values, names and numbers, parts left out, doubled, moved or taken from elsewhere."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from random import Random

__all__ = ["forged"]


def forged(proof: dict[str, Any], rng: Random) -> dict[str, Any]:
    """Return a changed copy: of each proof about as many changes of claims as of models and steps."""
    found = copy.deepcopy(proof)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        root = rng.choice([found.get(part, found) for part in ("claims", "claims", "models", "")])
        places = list(_places(root))
        holder, key = rng.choice(places) if places else (found, "cidmesa-proof")
        _change(holder, key, found, rng)
    return found


def _places(value: Any) -> Any:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(items):
        yield value, key
        yield from _places(inner)


def _change(holder: Any, key: Any, whole: Any, rng: Random) -> None:
    try:
        old = holder[key]
    except (KeyError, IndexError):
        return  # an earlier change took it away
    if isinstance(old, bool):
        holder[key] = not old
    elif isinstance(old, int) or (isinstance(old, str) and old.lstrip("-").replace("/", "").isdigit()):
        holder[key] = rng.choice(("0", 1, "1/2", "-1", f"{old}7", old, "1/3", 2))
    elif isinstance(old, str):
        holder[key] = rng.choice([*_names(whole), "nobody", *_WORDS])
    elif isinstance(old, list) and old:
        _change_list(old, rng)
    elif rng.random() < 0.5:
        holder[key] = copy.deepcopy(rng.choice([inner[k] for inner, k in _places(whole)]))
    elif isinstance(holder, dict):
        del holder[key]


_WORDS = ("excluded", "admits", "voi", "ri", "ici", "voc", "impact", "R0", "R1", "R2", "R3", "chance", "decision")


def _names(whole: Any) -> list[str]:
    nodes = [inner[key] for inner, key in _places(whole) if isinstance(inner[key], dict) and "name" in inner[key]]
    return [str(node.get(key)) for node in nodes for key in ("name", "agent")]


def _change_list(items: list[Any], rng: Random) -> None:
    one, other = rng.randrange(len(items)), rng.randrange(len(items))
    match rng.randrange(3):
        case 0:
            items[one], items[other] = items[other], items[one]
        case 1:
            del items[one]
        case _:
            items.insert(one, copy.deepcopy(items[other]))
