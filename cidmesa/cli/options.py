"""What commands share: their class, common arguments, loading what a command names, printing JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cidmesa.display import aligned
from cidmesa.errors import ScenarioError

if TYPE_CHECKING:
    from cidmesa.library.scenario import Scenario
    from cidmesa.mesa.composition import Composition
    from cidmesa.modelling.model import Model

__all__ = [
    "MODEL",
    "OF",
    "SPEC",
    "composition_of",
    "formats",
    "hint_of",
    "loaded",
    "model_of",
    "print_json",
    "print_table",
    "progress",
]

Command = TypeVar("Command", bound="Callable[..., Any]")

MODEL = click.argument("model", metavar="MODEL")
OF = click.option("--of", metavar="SPEC", help="The composition with this specification, not the file's own diagram.")
SPEC = click.option("--spec", metavar="NAME", help="The mesa specification, the first where left out.")


def formats(*known: str) -> Callable[[Command], Command]:
    """Return the option ``--format`` with these choices, the first the default."""
    return click.option(
        "--format", "form", type=click.Choice(known), default=known[0], show_default=True, help="What is printed."
    )


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table: drawn by rich on a terminal, aligned plain text elsewhere."""
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        drawn = Table(*head, box=None, header_style="bold")
        for row in rows:
            drawn.add_row(*map(Text, row))
        Console().print(drawn)
        return
    click.echo(aligned([head, *rows]))


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Provide a function of done and total that draws a bar with the time left on a terminal, nothing elsewhere."""
    with click.progressbar(length=1, label=what, file=sys.stderr, hidden=not sys.stderr.isatty(), show_pos=True) as bar:

        def watch(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield watch


def print_json(value: Any) -> None:
    """Print plain data as JSON."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def loaded(name: str) -> Scenario:
    """Return the scenario of a path or slug."""
    from cidmesa.library.file.loader import load

    return load(name)


def composition_of(name: str, spec: str | None) -> Composition:
    """Return the composition with ``spec``, the first of the file where it is left out."""
    scenario = loaded(name)
    chosen = next(iter(scenario.specs), "") if spec is None else spec
    if others := [name for name in scenario.specs if spec is None and name != chosen]:
        click.echo(f"specification {chosen}; others by --spec: {', '.join(others)}", err=True)
    return scenario.of(chosen)


def model_of(name: str, of: str | None) -> Model:
    """Return the model of a scenario, or of its composition with the specification ``of``."""
    from cidmesa.library.subject import Subject

    scenario = loaded(name)
    if hint := hint_of(scenario, of):
        raise ScenarioError(hint)
    return Subject(scenario, of).model


def hint_of(scenario: Scenario, of: str | None) -> str:
    """Return that ``--of`` was left out where only the mesa-optimizer's diagrams have decisions, else nothing."""
    from cidmesa.library.scenario import without_decision

    return without_decision(scenario, "--of") if of is None else ""
