"""Commands about scenario files: list, show, schema, new, fmt, convert."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cidmesa.cli.options import MODEL, formats, loaded, print_json, print_table
from cidmesa.errors import near_miss

if TYPE_CHECKING:
    from cidmesa.library.scenario import Scenario

__all__ = ["convert", "fmt", "listing", "new", "schema", "show"]

STARTERS = ("decision", "training", "game")


@click.command()
@click.argument("what", nargs=-1, required=True, metavar="[decision|training|game] FILE.cid.yaml")
@click.option("--like", metavar="MODEL", help="Copy this scenario, for example one of the library.")
def new(what: tuple[str, ...], like: str | None) -> None:
    """Write a commented scenario to start from; its claims hold.

    It is a decision problem, a training process or a game, or, with --like, a copy of another file.

    \b
    cidmesa new models/mykey2026/my-scenario.cid.yaml
    cidmesa new training my-training.cid.yaml
    cidmesa new game my-game.cid.yaml
    cidmesa new my-gate.cid.yaml --like hubinger2019/deployment-gate
    """
    from cidmesa.formats import write
    from cidmesa.library.catalogue import SUFFIX

    *kinds, path = (*what[:-1], Path(what[-1]))
    if len(kinds) > 1 or not set(kinds) <= set(STARTERS) or (kinds and like):
        raise click.UsageError(
            f"say one of {', '.join(STARTERS)} and one file, or one file and --like MODEL."
            f"{near_miss(what[0], STARTERS)}"
        )
    if not path.name.endswith(SUFFIX):
        raise click.UsageError(f"{path}: the name of a scenario file ends in {SUFFIX}.")
    if path.exists():
        raise click.UsageError(f"{path} already exists. Choose another name.")
    path.parent.mkdir(parents=True, exist_ok=True)
    write(path, _start(like, *kinds))
    click.echo(f"wrote {path}. Change it, then run: cidmesa check {path}", err=True)


def _start(like: str | None, kind: str = STARTERS[0]) -> bytes:
    """Return the text to start from, without a line that tells editors where its schema is."""
    from importlib import resources

    from cidmesa.library.catalogue import find

    file = find(like)[0] if like else resources.files("cidmesa.library").joinpath("starters", f"{kind}.cid.yaml")
    lines = file.read_bytes().splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith(b"# yaml-language-server"))


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATHS]...")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a file would change.")
@click.pass_context
def fmt(ctx: click.Context, /, paths: tuple[str, ...], check: bool) -> None:
    """Format scenario files in the common layout.

    Without PATHS, format the files of the library. Data, order, quotes and comments stay as they are. Exit codes:
    0 done, 1 a file would change (with --check).

    \b
    cidmesa fmt models/mykey2026
    cidmesa fmt --check
    """
    from cidmesa.formats import write
    from cidmesa.library.catalogue import find, library
    from cidmesa.library.file.formatting import formatted
    from cidmesa.library.file.loader import files_of

    files = [find(file)[0] for path in paths or (library(),) for file in files_of(path)]
    changed = 0
    for file in files:
        text = file.read_text(encoding="utf-8")
        if (laid_out := formatted(text, str(file))) != text:
            changed += 1
            click.echo(f"{file}: {'would be laid out anew' if check else 'laid out'}")
            if not check:
                write(file, laid_out.encode())
    click.echo(f"{changed} of {len(files)} files {'would change' if check else 'changed'}", err=True)
    ctx.exit(5 if not files else int(check and changed > 0))


def _list(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    if not asked:
        return
    from cidmesa.library.convert import known_formats

    for form in known_formats():
        ways = " and ".join(way for way, there in (("read", form.read), ("written", form.write)) if there)
        click.echo(f"{' '.join(form.endings)}: {form.name}, {ways}. {form.about}")
    ctx.exit()


@click.command()
@click.argument("source", metavar="IN")
@click.argument("target", metavar="OUT")
@click.option("--list", is_flag=True, is_eager=True, expose_value=False, callback=_list, help="List the formats.")
def convert(source: str, target: str) -> None:
    """Convert a model to or from the formats of other tools.

    The endings of the file names choose the formats. IN may be a slug of the library. Only the diagram and the numbers
    are converted, not claims or specifications.

    \b
    cidmesa convert everitt2021/grade-prediction grades.xdsl
    cidmesa convert ward2023/war-game war.efg
    cidmesa convert diagram.net diagram.cid.yaml
    """
    from cidmesa.library.convert import convert as converted, left_out

    converted(source, target)
    lost = ", ".join(left_out(source)) if target.endswith(".cid.yaml") else ""
    click.echo(f"wrote {target}{f'; left out: {lost}' if lost else ''}", err=True)


@click.command(name="list")
@click.option("-t", "tag", metavar="TAG", help="Only scenarios with this tag.")
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
