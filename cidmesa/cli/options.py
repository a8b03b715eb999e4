"""What commands share: their class, common arguments, loading what a command names, printing JSON."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cidmesa.errors import ScenarioError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cidmesa.library.scenario import Scenario
    from cidmesa.mesa.composition import Composition
    from cidmesa.modelling.model import Model

__all__ = [
    "MODEL",
    "OF",
    "SPEC",
    "Teaching",
    "command",
    "composition_of",
    "formats",
    "hint_of",
    "loaded",
    "model_of",
    "print_json",
    "wrapping",
]

Command = TypeVar("Command", bound="Callable[..., Any]")


def wrapping(help_text: str | None) -> str | None:
    r"""Return a help text in which the raw docstrings' ``\b`` is the mark by which click keeps lines as they are."""
    return help_text.replace("\\b\n", "\b\n") if help_text else help_text


class Teaching(click.Command):
    """A command whose help keeps the lines of its examples."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.help = wrapping(self.help)


command = partial(click.command, cls=Teaching)

MODEL = click.argument("model", metavar="MODEL")
OF = click.option("--of", metavar="SPEC", help="The composition with this specification, not the file's own diagram.")
SPEC = click.option("--spec", metavar="NAME", help="The mesa specification, the first where left out.")


def formats(*known: str) -> Callable[[Command], Command]:
    """Return the option ``--format`` with these choices, the first the default."""
    return click.option(
        "--format", "form", type=click.Choice(known), default=known[0], show_default=True, help="What is printed."
    )


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
