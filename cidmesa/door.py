"""The door of the public functions: what they take, by their annotations.

A function that asks for a diagram or a model also takes an object of PyCID, pgmpy, pyAgrum or networkx, which
`cidmesa.interop` reads. One that asks for a model or a training process also takes what holds one: a composition, a
scenario. If a value of another kind than asked for leads to a foreign error, an error from here says what to pass.
The error for the name of an argument that there is not says which there are.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Mapping
from functools import cache, wraps
from importlib import import_module
from typing import Any, NamedTuple

from cidmesa.errors import CidmesaError, DiagramError, ModelError, near_miss, wrong_type
from cidmesa.formats import read_object, reader_of

__all__ = ["opened"]

_OURS = re.compile(r"\b(CID|Model)\b(?!\])")
_HELD = {
    "Model": "model",
    "Policy": "policy",
    "TrainingProcess": "training",
}  # class -> the attribute under which others hold one
_MADE = {  # class -> how to get one
    "Composition": "cm.compose(training, spec) makes one.",
    "Condition": "cm.conditions(...) returns one.",
    "CreditScope": "cm.runs.credit_scope(lab) returns one.",
    "Derivation": "cm.derive(training, family) makes one. In a model use cm.value_of_information.",
    "Implicant": "cm.prime_implicants(table) returns them.",
    "MechanisedGraph": "cm.mechanised(model) makes one.",
    "MesaSpec": "Make one by cm.MesaSpec(target=..., scope=...).",
    "Policy": "Make one by cm.policy(model, {decision: rule}), or take the .policy of a solution.",
    "RunDiscovery": "cm.runs.discover(lab) returns one.",
    "Tabular": "cm.sweep(...) returns one.",
    "TrainingProcess": "Make one by cm.training(...) or cm.builders, or take the .training of a scenario.",
    "Verdict": "Functions such as cm.admits_voi return one.",
    "VerdictTable": "cm.verdicts(training, spec, toggles) makes one.",
}
_WORDS = {
    "CID": "a diagram",
    "MesaSpec": "a MesaSpec",
    "Mapping": "a mapping",
    "Tabular": "a table of answers",
    "VerdictTable": "a table of verdicts",
    "bool": "True or False",
    "str": "text",
}
_PLAIN: Mapping[str, type | tuple[type, ...]] = {"str": str, "None": type(None), "bool": bool}


class _Door(NamedTuple):
    """A parameter: its name, its annotation, the kinds of values that it takes (none: any).

    ``reads``: whether it takes objects of other packages.
    """

    name: str
    asked: str
    kinds: tuple[str, ...]
    reads: bool


def opened(function: Any) -> Any:
    """Return a public function with its door; what asks for nothing in particular, as it is.

    >>> import cidmesa as cm, networkx as nx
    >>> graph = nx.DiGraph([("S", "U"), ("D", "U")])
    >>> graph.nodes["D"]["kind"], graph.nodes["U"]["kind"] = "decision", "utility"
    >>> bool(cm.is_soluble(graph))
    True
    >>> cm.cover("a table")
    Traceback (most recent call last):
    cidmesa.errors.ModelError: cover needs a table of verdicts for 'table', not a value of type str. \
cm.verdicts(training, spec, toggles) makes one.
    """
    doors = _doors(function) if inspect.isfunction(function) else {}
    if not doors:
        return function

    @wraps(function)
    def called(*given: Any, **named: Any) -> Any:
        values, misfits = list(given), list[str]()
        for place, door in doors.items():
            if place < len(values):
                values[place] = _admitted(values[place], door, function.__name__, misfits)
            elif door.name in named:
                named[door.name] = _admitted(named[door.name], door, function.__name__, misfits)
        try:
            return function(*values, **named)
        except Exception as error:
            if _uncalled(error):
                _check_names(function, named)
                raise
            if isinstance(error, CidmesaError) or not misfits:
                raise  # a function that checks for itself knows better
            raise ModelError(misfits[0]) from error

    called.__module__ = "cidmesa"  # where pickle finds it
    return called


def _doors(function: Callable[..., Any]) -> dict[int, _Door]:
    """Return the parameters that ask for something: place -> the door."""
    found = {}
    for place, parameter in enumerate(inspect.signature(function).parameters.values()):
        asked, kinds = str(parameter.annotation), _kinds(str(parameter.annotation))
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            break
        reads = bool(_OURS.search(asked)) or parameter.name in ("x", "subject", "edges")
        if kinds or reads:
            found[place] = _Door(parameter.name, asked, kinds, reads)
    return found


@cache
def _kinds(asked: str) -> tuple[str, ...]:
    """Return the kinds of values that an annotation allows, none where they are not all known.

    >>> _kinds("Policy | Mapping[str, object] | None"), _kinds("Targets | str")
    (('Policy', 'Mapping', 'None'), ())
    """
    names = tuple(_members(ast.parse(asked, mode="eval").body))
    known = all(name in _PLAIN or name == "Mapping" or name in _classes() for name in names)
    return names if known and any(name == "Mapping" or name in _classes() for name in names) else ()


def _members(union: ast.expr) -> list[str]:
    """Return the names that are joined by ``|``, without what is in brackets."""
    if isinstance(union, ast.BinOp):
        return [*_members(union.left), *_members(union.right)]
    return [ast.unparse(union).partition("[")[0]]


@cache
def _classes() -> frozenset[str]:
    """Return the names of public classes, and of those that public functions return."""
    package = import_module("cidmesa")
    return frozenset(name for names in package.__groups__.values() for name in names if name[0].isupper()) | set(_MADE)


def _is(value: object, kind: str) -> bool:
    if kind in _PLAIN:
        return isinstance(value, _PLAIN[kind])
    if kind == "Mapping":
        return isinstance(value, Mapping)
    if kind == "Tabular":
        return all(hasattr(value, name) for name in ("inputs", "answers", "column"))
    return any(base.__name__ == kind and base.__module__.startswith("cidmesa") for base in type(value).__mro__)


def _admitted(value: Any, door: _Door, asks: str, misfits: list[str]) -> Any:
    """Return the value, read or taken out of what holds it; ``misfits`` gets what to say if it is no such value."""
    own = type(value)
    if own.__name__ in door.kinds and own.__module__.startswith("cidmesa."):
        return value  # the usual case, and the fastest way
    foreign = reader_of(value) if door.reads else None
    if foreign is not None and foreign != ("cidmesa.structure.build", asks):
        value = read_object(value)
        modelled = door.asked == "CID" and isinstance(value, _ours()[1].Model)
        value = value.cid if modelled else value
    if any(_is(value, kind) for kind in door.kinds):
        return value
    held = (getattr(value, _HELD[kind], None) for kind in door.kinds if kind in _HELD)
    for found in held:
        if found is not None and any(_is(found, kind) for kind in door.kinds):
            return found
    if door.asked in ("CID", "Model"):
        return _diagram(value, asks) if door.asked == "CID" else _ours()[1].known_model(value, asks)
    if door.kinds:
        misfits.append(_refusal(value, door, asks))
    return value


def _diagram(given: object, asks: str) -> object:
    """Return a diagram, or that of what holds one beside other things, as a scenario; else raise DiagramError.

    >>> import cidmesa as cm
    >>> cm.incentives(cm.model(cm.cid("A -> B"), A=1, B="A"))
    Traceback (most recent call last):
    cidmesa.errors.DiagramError: incentives needs a diagram, not a value of type Model. Pass its .cid.
    """
    kind = _ours()[0].CID
    if isinstance(given, kind):
        return given
    held = getattr(given, "cid", None)
    if isinstance(held, kind) and hasattr(given, "model"):
        return held
    remedy = "Pass its .cid." if isinstance(held, kind) else "Make one by cm.cid(links, ...)."
    raise DiagramError(wrong_type(asks, "a diagram", given, remedy))


def _uncalled(error: Exception) -> bool:
    """Return whether an error is about the names of arguments: the function was not entered."""
    trace = error.__traceback__
    return trace is None or trace.tb_next is None


def _check_names(function: Callable[..., Any], named: Mapping[str, object]) -> None:
    known = inspect.signature(function).parameters
    takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in known.values())
    for name in named:
        if name not in known and not takes_any:
            said = f"{function.__name__} has no argument {name!r}.{near_miss(name, known)}"
            raise TypeError(f"{said} Its arguments are: {', '.join(known)}.") from None


def _refusal(value: object, door: _Door, asks: str) -> str:
    wanted = " or ".join(_called(kind) for kind in door.kinds if kind != "None")
    remedy = next((_MADE[kind] for kind in door.kinds if kind in _MADE), "")
    return wrong_type(asks, f"{wanted} for {door.name!r}", value, remedy).rstrip()


def _called(kind: str) -> str:
    """Return a kind in words, with its article.

    >>> _called("TrainingProcess"), _called("Implicant"), _called("CID")
    ('a training process', 'an implicant', 'a diagram')
    """
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).lower()
    return _WORDS.get(kind, f"{'an' if words[0] in 'aeiou' else 'a'} {words}")


@cache
def _ours() -> tuple[Any, Any]:
    """Return the modules of diagrams and models, imported with the first call that asks for one."""
    return import_module("cidmesa.structure.diagram"), import_module("cidmesa.modelling.model")
