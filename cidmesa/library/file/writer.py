"""`written`: a model as the text of a scenario file that loads back to the same model."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cidmesa.errors import ScenarioError, wrong_type
from cidmesa.formats import Format, register
from cidmesa.library.scenario import Scenario
from cidmesa.mesa.composition import Composition
from cidmesa.modelling.expression import Expression
from cidmesa.modelling.mechanism import Constant, Distribution, Formula, Lookup, Mechanism, Rows, Same
from cidmesa.modelling.model import Model
from cidmesa.modelling.numbers import show
from cidmesa.structure.diagram import CID

if TYPE_CHECKING:
    from cidmesa.modelling.parameter import Parameter

__all__ = ["scenario_text", "written"]

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RESERVED = {"null", "true", "false"}  # in any case: what YAML does not read as text


class _Text(str):
    """Text that stands for an expression."""

    __slots__ = ()


def written(model: Model | CID, title: str, notes: Mapping[str, str] | None = None) -> str:
    """Return the text of a scenario file with this model, or with this diagram without numbers.

    Loading it gives an equal model if the model is exact; floats are written as the shortest decimals that mean them
    and are exact when read. ``notes``: a remark for some nodes, written as their ``doc``.

    >>> import cidmesa as cm
    >>> g = cm.cid("S -> D; S, D -> U", decisions=["D"], utilities=["U"])
    >>> print(written(cm.model(g, S={0: "1/3", 1: "2/3"}, D=[0, 1], U="S * D"), "Small"), end="")
    cidmesa: 1
    title: Small
    nodes:
      S: {kind: chance, states: [0, 1], prob: {0: 1/3, 1: 2/3}}
      D: {kind: decision, agent: agent, states: [0, 1], parents: [S]}
      U: {kind: utility, agent: agent, parents: [S, D], value: "S * D"}
    """
    cid: CID = getattr(model, "cid", model)  # type: ignore[arg-type]
    parameters: Mapping[str, Parameter] = getattr(model, "parameters", {})
    lines = ["cidmesa: 1", f"title: {_title(title)}"]
    if parameters:
        lines += ["parameters:", *(f"  {_scalar(name)}: {_flow(_parameter(p))}" for name, p in parameters.items())]
    lines.append("nodes:")
    for spec in cid.specs:
        node: dict[str, Any] = {"kind": spec.kind}
        node |= {"agent": spec.agent} if spec.agent else {}
        node |= _numbers(model, spec.name, spec.parents) if model is not cid else {"parents": list(spec.parents)}
        node |= {"doc": notes[spec.name]} if notes and spec.name in notes else {}
        lines.append(f"  {_scalar(spec.name)}: {_flow({key: v for key, v in node.items() if v not in ([], None)})}")
    if shared := [list(group) for group in cid.shared_rules]:
        lines.append(f"shared_rules: {_flow(shared)}")
    return "\n".join(lines) + "\n"


def _title(title: str) -> str:
    return (
        title if re.fullmatch(r"[A-Za-z][A-Za-z0-9 ,.()'-]*", title) and title.strip() == title else json.dumps(title)
    )


def _parameter(parameter: Parameter) -> dict[str, Any]:
    bounded = parameter.low is not None or parameter.high is not None
    limits: dict[str, Any] = {"range": [parameter.low, parameter.high]} if bounded else {}
    return {"value": parameter.value} | limits | ({"doc": parameter.doc} if parameter.doc else {})


def _numbers(model: Any, name: str, parents: tuple[str, ...]) -> dict[str, Any]:
    kind = model.cid.kind(name)
    states = {} if kind == "utility" else {"states": list(model.domain(name))}
    given = _menu(model, name, parents) if kind == "decision" else _mechanism(model.mechanism(name), parents)
    return states | {"parents": list(parents)} | given


def _menu(model: Model, name: str, parents: tuple[str, ...]) -> dict[str, Any]:
    """Return the table of the options of a decision, where they depend on its context."""
    if name not in model.menus:
        return {}
    seen = model.menus[name].parents
    rows = ((dict(zip(seen, setting, strict=True)), options) for setting, options in model.menus[name].rows())
    return {"table": [[*(at.get(parent, "*") for parent in parents), list(options)] for at, options in rows]}


def _mechanism(mechanism: Mechanism, parents: tuple[str, ...]) -> dict[str, Any]:
    match mechanism:
        case Distribution():
            return {"prob": _outcome(mechanism)}
        case Formula():
            return {"value": _Text(mechanism.expression)}
        case Constant() if isinstance(mechanism.value, str):
            return {"value": _Text(repr(mechanism.value))}
        case Constant():
            return {"value": mechanism.value}
        case Same():
            return {"value": _Text(mechanism.parent)}
    return {"table": list(_rows(mechanism, parents))}


def _rows(mechanism: Mechanism, parents: tuple[str, ...]) -> Iterator[list[Any]]:
    """Yield the rows of a table over all ``parents``; nested rows are multiplied out in their order."""
    for pattern, outcome in _flat(mechanism, {}):
        yield [*(_cell(pattern.get(parent, "*")) for parent in parents), _outcome(outcome)]


def _flat(mechanism: Mechanism, seen: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], Any]]:
    if isinstance(mechanism, Rows):
        for pattern, outcome in mechanism.rows:
            yield from _nested(mechanism.parents, pattern, outcome, seen)
    elif isinstance(mechanism, Lookup):
        for key, value in mechanism.values:
            yield from _nested(mechanism.parents, key, value, seen)
    else:
        yield dict(seen), mechanism


def _nested(
    parents: Iterable[str], pattern: Iterable[Any], outcome: Any, seen: Mapping[str, Any]
) -> Iterator[tuple[dict[str, Any], Any]]:
    merged = dict(seen)
    for parent, cell in zip(parents, pattern, strict=True):
        both = _both(merged.get(parent, "*"), cell)
        if both == ():
            return
        merged[parent] = both
    yield from _flat(outcome, merged)


def _both(first: Any, second: Any) -> Any:
    """Return the cell that matches what both cells match, ``()`` for nothing."""
    if "*" in (first, second):
        return second if first == "*" else first
    firsts, seconds = (cell if isinstance(cell, tuple) else (cell,) for cell in (first, second))
    shared = tuple(value for value in firsts if value in seconds)
    return shared[0] if len(shared) == 1 else shared


def _cell(cell: Any) -> Any:
    return list(cell) if isinstance(cell, tuple) else cell


def _outcome(given: Any) -> Any:
    match given:
        case Distribution():
            return {state: _Text(p) if isinstance(p, Expression) else p for state, p in given.outcomes}
        case Same():
            return {"same": given.parent}
        case Constant():
            return given.value
        case Formula():
            return _Text(given.expression)
        case Mapping():
            return dict(given)
    return given


# --- YAML -------------------------------------------------------------------------------------------------------


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_key(key)}: {_flow(item)}' for key, item in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    return _scalar(value)


def _key(value: Any) -> str:
    """Return a state or name as a key; ``True`` as its text, because YAML has no key that is true."""
    return json.dumps(str(value)) if isinstance(value, bool) else _scalar(value)


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, int | Fraction):
        return str(value).lower() if isinstance(value, bool) else show(value)
    text = str(value)
    plain = _PLAIN.fullmatch(text) and text.lower() not in _RESERVED
    return text if plain else json.dumps(text, ensure_ascii=False)


# --- the format ---------------------------------------------------------------------------------------------------


def scenario_text(x: object, title: str | None = None) -> str:
    """Return a scenario file: of a scenario its own, of a diagram, model or composition one without claims.

    Raises:
        ScenarioError: ``x`` is a training process or a variant, most of which would be lost; the message says what to
            save.
    """
    if isinstance(x, Scenario):
        if "@" in x.slug or title is not None:
            raise ScenarioError(f"{x.slug} is part of a file with its own title and claims. Save its .model.")
        if not Path(x.path).is_file():
            raise ScenarioError(f"{x.slug} was read from a text, not from a file. Write that text, or save its .model.")
        return Path(x.path).read_text(encoding="utf-8")
    if isinstance(x, Composition):
        return written(x.model, title or "A composition", {node: x.provenance[node] for node in x.cid.nodes})
    if isinstance(x, Model | CID):
        return written(x, title or "A model")
    raise ScenarioError(
        wrong_type("a scenario file", "a diagram, model, composition or scenario", x, "Save its .model.")
    )


def _read(path: str) -> Scenario:
    from cidmesa.library.file.loader import load  # who writes need not load the schema

    return load(path)


register(
    Format(
        "Scenario",
        (".cid.yaml", ".yaml", ".yml"),
        "scenario",
        "cidmesa: everything, with claims, training processes, parameters; exact numbers",
        _read,
        scenario_text,
        ("title",),
    )
)
