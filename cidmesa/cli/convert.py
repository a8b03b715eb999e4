"""`cidmesa convert`: a model from one file format to another."""

from __future__ import annotations

import click

from cidmesa.cli.options import command

__all__ = ["convert"]


@command()
@click.argument("source", metavar="IN")
@click.argument("target", metavar="OUT")
def convert(source: str, target: str) -> None:
    r"""Convert a model to or from the formats of other tools.

    The endings of the file names choose: .cid.yaml, .json, .xdsl (GeNIe), .net (Hugin), .jgum and .bifxml (pyAgrum),
    .xmlbif, .bif, .dot, .gv, .dagitty are read and written (.gv is only read); .efg and .nfg (Gambit) and pictures are
    written. IN may be a slug of the library. Only diagram and numbers are taken over, no claims or specifications.

    \b
    cidmesa convert everitt2021/grade-prediction grades.xdsl
    cidmesa convert ward2023/war-game war.efg
    cidmesa convert diagram.net diagram.cid.yaml
    """
    from cidmesa.library.convert import convert as converted, left_out

    converted(source, target)
    lost = ", ".join(left_out(source)) if target.endswith(".cid.yaml") else ""
    click.echo(f"wrote {target}{f'; left out: {lost}' if lost else ''}", err=True)
