"""Commands about the library: list, show, schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cidmesa.cli.options import MODEL, command, formats, loaded, print_json
from cidmesa.errors import near_miss

if TYPE_CHECKING:
    from cidmesa.library.scenario import Scenario

__all__ = ["listing", "schema", "show"]


@command(name="list")
@click.option("-t", "tag", metavar="TAG", help="Scenarios with this tag.")
@formats("text", "json")
@click.pass_context
def listing(ctx: click.Context, /, tag: str | None, form: str) -> None:
    r"""List the scenarios of the library.

    \b
    cidmesa list -t deceptive-alignment
    """
    from cidmesa.library.file.loader import scenarios
    from cidmesa.terminal import table

    found = scenarios(tag)
    if not found:
        click.echo(f"No scenarios were found.{_tags_like(tag)}", err=True)
        ctx.exit(5)
    if form == "json":
        print_json([_entry(scenario) for scenario in found])
    else:
        table(
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


@command()
@MODEL
def show(model: str) -> None:
    r"""Print a scenario: nodes, specifications, claims, variants.

    \b
    cidmesa show hubinger2019/two-corners
    """
    click.echo(loaded(model).to_text())


@command()
def schema() -> None:
    r"""Print the JSON Schema of scenario files, for editors.

    \b
    cidmesa schema > scenario.schema.json
    """
    from cidmesa.library.file.schema import schema_text

    click.echo(schema_text(), nl=False)
