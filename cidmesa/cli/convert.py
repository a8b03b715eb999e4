"""`cidmesa convert`: a model from one file format to another."""

from __future__ import annotations

import click

from cidmesa.cli.options import command

__all__ = ["convert"]


def _list(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    if not asked:
        return
    from cidmesa.library.convert import known_formats

    for form in known_formats():
        ways = " and ".join(way for way, there in (("read", form.read), ("written", form.write)) if there)
        click.echo(f"{' '.join(form.endings)}: {form.name}, {ways}. {form.about}")
    ctx.exit()


@command()
@click.argument("source", metavar="IN")
@click.argument("target", metavar="OUT")
@click.option("--list", is_flag=True, is_eager=True, expose_value=False, callback=_list, help="List the formats.")
def convert(source: str, target: str) -> None:
    r"""Convert a model to or from the formats of other tools; the endings of the file names choose.

    IN may be a slug of the library. Only diagram and numbers are taken over, no claims or specifications.

    \b
    cidmesa convert everitt2021/grade-prediction grades.xdsl
    cidmesa convert ward2023/war-game war.efg
    cidmesa convert diagram.net diagram.cid.yaml
    """
    from cidmesa.library.convert import convert as converted, left_out

    converted(source, target)
    lost = ", ".join(left_out(source)) if target.endswith(".cid.yaml") else ""
    click.echo(f"wrote {target}{f'; left out: {lost}' if lost else ''}", err=True)
