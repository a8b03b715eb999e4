"""`safety_case`: the argument that a table of verdicts allows."""

from __future__ import annotations

from dataclasses import fields
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from cidmesa.errors import NotApplicable
from cidmesa.mesa.case.argument import Case, Node
from cidmesa.mesa.case.implicants import prime_implicants
from cidmesa.mesa.spec import MesaSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cidmesa.mesa.case.argument import Link, Result, Status
    from cidmesa.mesa.case.implicants import Implicant
    from cidmesa.mesa.case.verdicts import VerdictTable

__all__ = ["safety_case"]


class Lever(NamedTuple):
    """What may show an assumption, and what may defeat that."""

    evidence: str
    defeater: str


LEVERS = {
    ("scope", "episode"): Lever(
        "credit per episode; reading; choices across an update", "incentives through the environment"
    ),
    ("aware", "none"): Lever(
        "graph: no path from training to what it observes; awareness evaluations", "knowledge from data; sandbagging"
    ),
    ("succession", "same"): Lever("does it pay now for its successor?", "the probe is recognized"),
    ("value_ref", "indexical"): Lever("reading; gives way to a successor's goal", "pretence"),
}
NUMBERS = Lever(
    "these numbers measured, and limits on them", "they change; where correction is weak, open defectors pass"
)
FIELDS = tuple(f.name for f in fields(MesaSpec))


def safety_case(table: VerdictTable, claim: str = "") -> Case:
    """Return the argument for a claim that a table of verdicts supports; its assumptions are open until reviewed.

    Any prime implicant supports the root. Each implicant rests on all its literals and on the certificates of its
    cells. A literal is an assumption with its condition, possible evidence and possible defeaters. It is linked to the
    condition that it names, and to the certificate of a cell that differs only in this literal. Unknown cells, toggles
    held fixed and ties are defeaters of the root from the start. If undefeated, the root is accepted iff the accepted
    literals imply the claim on the table. Use a table for "harmless": "not deceptive" does not imply harmless, because
    open defectors are not deceptive.
    Source: safety cases against scheming in Balesni et al. 2024, in words; the argument from implicants is ours.

    Args:
        table: from `verdicts`; for the contrary claim, pass ``table.contrary()``.
        claim: the wording of the root claim; the question if left out.

    Raises:
        NotApplicable: the claim holds in no cell.

    >>> import cidmesa as cm
    >>> toggles = {"scope": ["updates", "episode"], "mu": ["1", "1/4"]}
    >>> table = cm.verdicts(cm.builders.episodes(1, 2), cm.MesaSpec("A == 'b'", "updates"), toggles, "harmless")
    >>> case = safety_case(table, "it does no harm in deployment")
    >>> case.status(), [node.id for node in case.nodes if node.kind == "assumption"]
    ('open', ['scope = episode', 'mu = 1'])

    """
    primes = prime_implicants(table)
    if not primes:
        raise NotApplicable(f"{table.question!r} holds in no cell, so there is no argument for it.")
    root = Node("claim", "claim", claim or table.question, "any")
    nodes: dict[str, Node] = {root.id: root}
    links: list[Link] = []
    for number, prime in enumerate(primes, 1):
        status: Status = "open" if prime.literals else "accepted"
        argument = Node(
            f"argument {number}", "argument", f"wherever {prime}", "all", status, source=_shown(table, prime)
        )
        cells = _cells(table, prime, f"cells of argument {number}")
        nodes |= {argument.id: argument, cells.id: cells}
        links += [(argument.id, root.id, "supports"), (cells.id, argument.id, "supports")]
        for name, values in prime.literals:
            literal = f"{name} = {' or '.join(values)}"
            seen = nodes[literal].shown if literal in nodes else ()
            shown = tuple(dict.fromkeys([*seen, *_otherwise(table, prime, name)]))
            nodes |= {node.id: node for node in _literal(table, literal, name, values, shown)}
            links += [(literal, argument.id, "supports"), *_around(table, literal, name, values)]
    for node in _doubts(table):
        nodes[node.id] = node
        links.append((node.id, root.id, "in context of" if node.kind == "context" else "defeats"))
    return Case(tuple(nodes.values()), tuple(dict.fromkeys(links)))


def _shown(table: VerdictTable, prime: Implicant) -> str:
    """Return by how many cells of the table an implicant is shown."""
    cells = [dict(zip(table.toggles, cell, strict=True)) for cell in table.cells("true")]
    return f"by {sum(map(prime.covers, cells))} of {len(table.answers)} cells of the table"


def _cells(table: VerdictTable, prime: Implicant, name: str) -> Node:
    """Return the evidence for an argument: what was found in each of its cells."""
    cells = [cell for cell in table.cells("true") if prime.covers(dict(zip(table.toggles, cell, strict=True)))]
    shown = tuple(table.results[cell] for cell in cells if cell in table.results)
    return Node(
        name, "evidence", f"{table.question} in each of its cells: {len(cells)}", status="accepted", shown=shown
    )


def _otherwise(table: VerdictTable, prime: Implicant, name: str) -> Iterator[Result]:
    """Yield what shows that a literal is needed: the condition, and a cell where nothing else is otherwise."""
    if name in table.regions:
        yield table.regions[name]
    inside = [cell for cell in table.cells("true") if prime.covers(dict(zip(table.toggles, cell, strict=True)))]
    place = list(table.toggles).index(name)
    others = ((*cell[:place], value, *cell[place + 1 :]) for cell in inside for value in table.toggles[name])
    yield from islice(
        (table.results[cell] for cell in others if table.answers[cell] == "false" and cell in table.results), 1
    )


def _lever(table: VerdictTable, name: str, values: Iterable[str]) -> Lever:
    """Return what may show that a toggle has one of these values, by what they set."""
    sets = [pair for value in values for pair in table.changes.get(name, {}).get(value, {}).items()]
    known = [LEVERS[pair] for pair in sets if pair in LEVERS]
    numbers = any(field not in FIELDS for field, _ in sets)
    return known[0] if known else NUMBERS if numbers else Lever("", "")


def _literal(
    table: VerdictTable, literal: str, name: str, values: tuple[str, ...], shown: tuple[Result, ...]
) -> Iterator[Node]:
    """Yield an assumption with what may show it and what may defeat that."""
    condition = " or ".join(_condition(table, name, v) for v in values)
    yield Node(literal, "assumption", literal, condition=condition, shown=shown)
    lever = _lever(table, name, values)
    if lever.evidence:
        yield Node(f"evidence for {literal}", "evidence", lever.evidence)
        yield Node(f"doubt of {literal}", "defeater", lever.defeater)


def _condition(table: VerdictTable, name: str, value: str) -> str:
    """Return what a value sets; of numbers, what it says of them."""
    sets = table.changes.get(name, {}).get(value, {})
    said = ", ".join(f"{field} = {text}" for field, text in sets.items())
    return said if said and (value in sets.values() or all(field in FIELDS for field in sets)) else value


def _around(table: VerdictTable, literal: str, name: str, values: tuple[str, ...]) -> list[Link]:
    if not _lever(table, name, values).evidence:
        return []
    return [(f"evidence for {literal}", literal, "in context of"), (f"doubt of {literal}", literal, "defeats")]


def _doubts(table: VerdictTable) -> Iterator[Node]:
    """Yield what the table leaves open, and what it takes for granted."""
    if unknown := table.cells("unknown"):
        reason = table.reasons.get(unknown[0], "")
        shown = tuple(table.results[cell] for cell in unknown if cell in table.results)
        yield Node(
            "unknown cells", "defeater", f"cells without an answer: {len(unknown)}, such as: {reason}", shown=shown
        )
    held = ", ".join(f"{name} {value}" for name, value in table.fixed.items())
    if held:
        yield Node("held fixed", "defeater", f"it may be otherwise than all cells assume: {held}")
    yield Node("process", "context", "the training process is as modelled; the scale of objectives as written")
