"""Scenario files with one thing changed: a link cut, a payoff or a probability moved. Claims should notice."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

import cidmesa as cm
from cidmesa.errors import CidmesaError
from cidmesa.library.file.loader import loads
from cidmesa.library.file.source import read
from cidmesa.modelling.inference import weights

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_CELLS = 12  # of one node, evenly spread over its table


class Mutant(NamedTuple):
    """A changed file: what was changed, and its data."""

    what: str
    data: dict[str, Any]


def mutants_of(file: Path) -> Iterator[Mutant]:
    """Yield the file with one link, payoff or probability changed; variants are left out."""
    text = file.read_bytes()
    data = {key: value for key, value in read(text, str(file)).data.items() if key != "variants"}
    yield from Mutator(loads(text, file), data).mutants()


def noticed(mutant: Mutant, path: Path) -> bool | None:
    """Return whether some claim fails, ``None`` where the changed file is no scenario, or changes what cannot occur."""
    try:
        scenario = loads(flow(mutant.data), path)
    except CidmesaError:
        return None
    if not all(cm.check([scenario], maxfail=1)):
        return True
    return None if idle(loads(path.read_bytes(), path), scenario) else False


def idle(before: cm.Scenario, after: cm.Scenario) -> bool:
    """Return whether tables differ only where nobody gets to, whatever is decided and whatever the parameters are.

    Links that are cut count as changes in any case.
    """
    if before.cid != after.cid or before.model is None:
        return False
    return not any(_differ(before.at(**values), after.at(**values)) for values in _settings(before))


def _settings(scenario: cm.Scenario) -> Iterator[dict[str, Any]]:
    """Yield the values that claims give parameters, with none at the end of a range that it may leave."""
    for where in [{}, *(claim.where for claim in scenario.claims)]:
        yield dict(where)
    inner = {
        name: Fraction(1, 3)
        for name, parameter in scenario.model.parameters.items()
        if (parameter.low, parameter.high) == (0, 1) and not parameter.integer
    }
    for where in [{}, *(claim.where for claim in scenario.claims)]:
        yield dict(where) | inner


def _differ(one: cm.Scenario, other: cm.Scenario) -> bool:
    """Return whether some table differs in a row that is reached when all decisions are drawn evenly."""
    for node in (n for n in one.cid.nodes if one.cid.kind(n) != "decision"):
        tables = [np.asarray(m.tables[node].values) for m in (one.model, other.model)]
        if tables[0].shape != tables[1].shape or one.model.domains.get(node) != other.model.domains.get(node):
            return True
        changed = tables[0] != tables[1]
        if changed.any():
            reached = weights(one.model, list(one.cid.parents(node)), undecided="uniform") > 0
            if (changed & (reached if changed.ndim == reached.ndim else reached[..., None])).any():
                return True
    return False


def flow(value: object) -> str:
    """Return data as YAML on one line.

    >>> flow({1: ["a", Fraction(1, 3), True]})
    '{1: ["a", 1/3, true]}'
    """
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow(key)}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    return str(value) if isinstance(value, Fraction) else json.dumps(value)


class Mutator:
    """Changes the data of one scenario in one place at a time."""

    def __init__(self, scenario: cm.Scenario, data: dict[str, Any]) -> None:
        self.scenario, self.cid, self.model, self.data = scenario, scenario.cid, scenario.model, data

    def mutants(self) -> Iterator[Mutant]:
        """Yield one mutant for each link, payoff, probability, parameter and mesa-objective."""
        for child in self.cid.nodes:
            for parent in self.cid.parents(child):
                yield from self.cut(parent, child)
            yield from self.moved(child)
        for name, parameter in self.data.get("parameters", {}).items():
            yield self.changed(f"parameter {name}", ("parameters", name, "value"), _elsewhere(parameter))
        for name, spec in self.data.get("mesa", {}).items():
            if not isinstance(spec["target"], dict):
                yield self.changed(f"target of {name}", ("mesa", name, "target"), f"-({spec['target']})")

    def changed(self, what: str, place: tuple[Any, ...], new: Any) -> Mutant:
        """Return the mutant with ``new`` at ``place``."""
        data = deepcopy(self.data)
        inner = data
        for key in place[:-1]:
            inner = inner[key]
        inner[place[-1]] = new
        return Mutant(what, data)

    # --- links ------------------------------------------------------------------------------------------------------

    def cut(self, parent: str, child: str) -> Iterator[Mutant]:
        """Yield the scenario in which ``child`` no longer sees ``parent``; a mechanism takes its first state."""
        node = dict(self.data["nodes"][child])
        if node["kind"] == "action" and parent == node["theta"]:
            return
        before = self.cid.parents(child)
        node["parents"] = [name for name in before if name not in (parent, node.get("theta"))]
        if self.model is not None and node["kind"] in ("chance", "utility"):
            frozen = self.model.domain(parent)[0]
            for key in ("value", "prob"):
                if key in node:
                    node[key] = _frozen(node[key], parent, frozen)
            if "table" in node:
                node["table"] = list(_rows_at(node["table"], before.index(parent), frozen, parent))
        yield self.changed(f"{parent} -> {child} cut", ("nodes", child), node)

    # --- payoffs and probabilities ----------------------------------------------------------------------------------

    def moved(self, name: str) -> Iterator[Mutant]:
        """Yield the scenario with one payoff or probability of a node moved."""
        node = self.data["nodes"][name]
        if node["kind"] not in ("chance", "utility") or self.model is None:
            return
        if "prob" in node:
            for what, prob in _shifted(node["prob"]):
                yield self.changed(f"{name}: {what}", ("nodes", name, "prob"), prob)
        for number, row in enumerate(node.get("table", ())):
            for what, outcome in self.outcomes(name, row[-1]):
                place = ("nodes", name, "table", number, len(row) - 1)
                yield self.changed(f"{name}, row {number + 1}: {what}", place, outcome)
        if "value" in node:
            yield from self.cells(name, node["value"])

    def outcomes(self, name: str, outcome: Any) -> Iterator[tuple[str, Any]]:
        """Yield other outcomes for a row."""
        if self.cid.kind(name) == "utility":
            yield "payoff + 1", f"({outcome}) + 1"
        elif isinstance(outcome, dict) and set(outcome) != {"same"}:
            yield from _shifted(outcome)
        else:
            domain = self.model.domain(name)
            known = [state for state in domain if str(state) == str(outcome)]
            yield "other outcome", _after(known[0], domain) if known else domain[0]

    def cells(self, name: str, text: Any) -> Iterator[Mutant]:
        """Yield the scenario with the value of an expression changed at one setting of the parents."""
        parents = self.cid.parents(name)
        settings = list(product(*map(self.model.domain, parents)))
        for setting in settings[:: max(1, len(settings) // MOST_CELLS)]:
            at = " and ".join(f"{p} == {_literal(s)}" for p, s in zip(parents, setting, strict=True)) or "1 == 1"
            if self.cid.kind(name) == "utility":
                yield self.changed(f"{name} + 1 at {at}", ("nodes", name, "value"), f"({text}) + 1 * ({at})")
            else:
                other = _literal(self.next_state(name, dict(zip(parents, setting, strict=True))))
                yield self.changed(
                    f"{name} = {other} at {at}", ("nodes", name, "value"), f"{other} if {at} else ({text})"
                )

    def next_state(self, name: str, setting: dict[str, Any]) -> Any:
        """Return the state after the one that the node has at a setting of its parents."""
        domain = self.model.domain(name)
        chances = cm.query(self.model, name, do=setting)
        return _after(max(chances, key=lambda state: chances[state]), domain)


def _after(state: Any, domain: tuple[Any, ...]) -> Any:
    return domain[(domain.index(state) + 1) % len(domain)]


def _elsewhere(parameter: dict[str, Any]) -> str:
    value = parameter["value"]
    if parameter.get("range") == [0, 1]:
        return f"({value}) * 9/10" if Fraction(str(value)) > Fraction(1, 2) else f"({value}) * 9/10 + 1/10"
    return f"({value}) + 1"


def _shifted(prob: Any) -> Iterator[tuple[str, Any]]:
    """Yield the distribution with a tenth of one state's probability given to the next."""
    keys = list(prob) if isinstance(prob, dict) else list(range(len(prob)))
    for key in keys:
        if str(prob[key]) == "0" or len(keys) < 2:
            continue
        new, other = deepcopy(prob), _after(key, tuple(keys))
        new[key], new[other] = f"({prob[key]}) * 9/10", f"({prob[other]}) + ({prob[key]}) / 10"
        yield f"a tenth of {key} to {other}", new


def _rows_at(rows: Any, column: int, state: Any, parent: str) -> Iterator[list[Any]]:
    for row in rows:
        cell = row[column]
        if cell == "*" or str(state) in map(str, cell if isinstance(cell, list) else [cell]):
            outcome = row[-1] if row[-1] != {"same": parent} else state
            yield [*row[:column], *row[column + 1 : -1], _frozen(outcome, parent, state)]


def _frozen(given: Any, parent: str, state: Any) -> Any:
    """Return an expression (or a collection of them) in which the state stands for the parent's name."""
    if isinstance(given, dict):
        return {key: _frozen(item, parent, state) for key, item in given.items()}
    if isinstance(given, list):
        return [_frozen(item, parent, state) for item in given]
    if not isinstance(given, str):
        return given
    parts = re.split(r"('[^']*')", given)  # not inside quotes
    literal = _literal(state)
    return "".join(p if p.startswith("'") else re.sub(rf"\b{re.escape(parent)}\b", literal, p) for p in parts)


def _literal(state: Any) -> str:
    return f"'{state}'" if isinstance(state, str) else f"({state})"
