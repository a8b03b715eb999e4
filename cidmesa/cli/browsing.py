"""Commands about the library: list, show, schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cidmesa.cli.options import MODEL, formats, loaded, print_json, print_table
from cidmesa.errors import near_miss

if TYPE_CHECKING:
    from cidmesa.library.scenario import Scenario

__all__ = ["listing", "schema", "show"]


@click.command(name="list")
@click.option("-t", "tag", metavar="TAG", help="Scenarios with this tag.")
@formats("text", "json")
@click.pass_context
def listing(ctx: click.Context, /, tag: str | None, form: str) -> None:
    """List the scenarios of the library.

    \b
    cidmesa list -t deceptive-alignment
    """
    from cidmesa.library.file.loader import scenarios

    found = scenarios(tag)
    if not found:
        click.echo(f"No scenarios were found.{_tags_like(tag)}", err=True)
        ctx.exit(5)
    if form == "json":
        print_json([_entry(scenario) for scenario in found])
    else:
        print_table(
            ["slug", "claims", "tags", "title"],
            [(s.slug, str(len(s.claims)), ", ".join(s.tags), s.title) for s in found],
        )


def _tags_like(tag: str | None) -> str:
    from cidmesa.library.file.loader import scenarios

    return near_miss(tag, {known for scenario in scenarios() for known in scenario.tags}) if tag else ""


def _entry(scenario: Scenario) -> dict[str, Any]:
    known = {name: getattr(scenario, name) for name in ("slug", "title", "status")}
    variants = [variant.slug for variant in scenario.variants]
    return known | {"tags": list(scenario.tags), "claims": len(scenario.claims), "variants": variants}


@click.command()
@MODEL
def show(model: str) -> None:
    """Print a scenario: nodes, specifications, claims, variants.

    \b
    cidmesa show hubinger2019/two-corners
    """
    click.echo(loaded(model).to_text())


@click.command()
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors.

    \b
    cidmesa schema > scenario.schema.json
    """
    from cidmesa.library.file.schema import schema_text

    click.echo(schema_text(), nl=False)
