"""What commands share: their class, common arguments, loading what a command names, printing JSON."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from shutil import get_terminal_size
from textwrap import fill
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cidmesa.display import aligned
from cidmesa.errors import ScenarioError
from cidmesa.workers.pool import BACKENDS

if TYPE_CHECKING:
    from cidmesa.library.claim import Of
    from cidmesa.library.scenario import Scenario
    from cidmesa.mesa.composition import Composition
    from cidmesa.modelling.model import Model

__all__ = [
    "CLUSTER",
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
    "print_text",
    "progress",
]

Command = TypeVar("Command", bound="Callable[..., Any]")

_COLOURS = {"yes": "green", "ok": "green", "no": "red", "NO": "red", "?": "yellow", "--": "bright_black"}
_START = re.compile(r" *(\S+ {2,})?")  # of a line: blanks, and perhaps what it is about
_ANSWER = re.compile(r"(?<=  )(?:yes|no|\?)(?=\s|$)")  # in a table's column

MODEL = click.argument("model", metavar="MODEL")


def option_of(said: str) -> Callable[[Command], Command]:
    """Return the option that names a specification, or one for each of several learned algorithms."""

    def several(_: click.Context, __: click.Parameter, names: tuple[str, ...]) -> Of:
        return names if len(names) > 1 else names[0] if names else None

    more = f"{said} Give the option once for each of several learned algorithms."
    return click.option("--of", metavar="SPEC", multiple=True, callback=several, help=more)


OF = option_of("Use the composition with this specification, not the file's own diagram.")
_BACKEND = click.option(
    "--backend",
    type=click.Choice(BACKENDS),
    default="loky",
    show_default=True,
    help="Run on this machine, or on a cluster.",
)
_SCHEDULER = click.option(
    "--scheduler", metavar="ADDRESS", help="The address of the cluster's scheduler, such as tcp://host:8786."
)
SPEC = click.option("--spec", metavar="NAME", help="The specification; the first one if left out.")


def CLUSTER(command: Command) -> Command:  # noqa: N802 (an option, as those above)
    """Return the command with the options that say where it runs."""
    return _BACKEND(_SCHEDULER(command))


def formats(*known: str) -> Callable[[Command], Command]:
    """Return the option ``--format`` with these choices, the first the default."""
    return click.option(
        "--format", "form", type=click.Choice(known), default=known[0], show_default=True, help="The output format."
    )


def print_text(text: str) -> None:
    """Print text; on a terminal its long lines are wrapped below their beginning, and yes and no have a colour."""
    if sys.stdout.isatty():
        width = max(get_terminal_size().columns, 40)
        text = _ANSWER.sub(_coloured, "\n".join(_fitted(line, width) for line in text.split("\n")))
    click.echo(text)


def _fitted(line: str, width: int) -> str:
    """Return a line of prose, after a word in a column or not, in lines of at most this width; tables stay."""
    start = _START.match(line)
    if len(line) <= width or start is None or "  " in line[start.end() :]:
        return line
    indent = " " * (start.end() if start[1] else start.end() + 2)
    return fill(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _coloured(answer: re.Match[str]) -> str:
    return click.style(answer[0], fg=_COLOURS[answer[0]])


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]], whole: int = 0) -> None:
    """Print a table: drawn by rich on a terminal, aligned plain text elsewhere.

    On a terminal cells are wrapped, but those of the column ``whole``, which can be copied from there.
    """
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        drawn = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
        for place, name in enumerate(head):
            drawn.add_column(name, no_wrap=place == whole, overflow="fold")
        for row in rows:
            drawn.add_row(*(Text(cell, _COLOURS.get(cell, "")) for cell in row))
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
    """Return the scenario of a path, of any format that is read, or of a slug."""
    from cidmesa.library.catalogue import names_scenario

    if "@" in name or names_scenario(name):
        from cidmesa.library.file.loader import load

        return load(name)
    from cidmesa.library.convert import as_scenario

    return as_scenario(name)


def composition_of(name: str, spec: str | None) -> Composition:
    """Return the composition with ``spec``, the first of the file where it is left out."""
    scenario = loaded(name)
    chosen = next(iter(scenario.specs), "") if spec is None else spec
    if others := [name for name in scenario.specs if spec is None and name != chosen]:
        click.echo(f"specification {chosen}; others by --spec: {', '.join(others)}", err=True)
    return scenario.of(chosen)


def model_of(name: str, of: Of) -> Model:
    """Return the model of a scenario, or of its composition with the specification ``of``."""
    from cidmesa.library.subject import Subject

    scenario = loaded(name)
    if hint := hint_of(scenario, of):
        raise ScenarioError(hint)
    return Subject(scenario, of).model


def hint_of(scenario: Scenario, of: Of) -> str:
    """Return that ``--of`` was left out where only the mesa-optimizer's diagrams have decisions, else nothing."""
    from cidmesa.library.scenario import without_decision

    return without_decision(scenario, "--of") if of is None else ""
