"""Commands about mesa-optimizers: compose, deception."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cidmesa.cli.options import MODEL, SPEC, composition_of, formats, print_json, print_text

if TYPE_CHECKING:
    from cidmesa.mesa.composition import Composition

__all__ = ["compose", "deception"]


@click.command()
@MODEL
@SPEC
@click.option(
    "-o", "out", type=click.Path(path_type=Path), metavar="FILE", help="A .cid.yaml, or a picture (.svg, ...)."
)
@formats("text", "json")
def compose(model: str, spec: str | None, out: Path | None, form: str) -> None:
    """Derive the mesa-optimizer's diagram from its training.

    Each node and link is printed with the composer's rule that put it there.

    \b
    cidmesa compose hubinger2019/two-corners --spec deceptive
    cidmesa compose hubinger2019/two-corners --spec deceptive -o mesa.cid.yaml
    """
    composition = composition_of(model, spec)
    if out is not None:
        _write(composition, out, model)
    elif form == "json":
        print_json(composition.to_json())
    else:
        click.echo(composition.to_text())


def _write(composition: Composition, out: Path, name: str) -> None:
    from cidmesa.library.convert import save

    save(composition, out, title=f"Composition of {name}" if out.name.endswith((".yaml", ".yml")) else None)
    click.echo(f"wrote {out}", err=True)


@click.command()
@MODEL
@SPEC
@formats("text", "json")
def deception(model: str, spec: str | None, form: str) -> None:
    """Print the certificate of deceptive alignment.

    A verdict with its degree, then for each span of training what is done, why, and where it defects later. For each
    choice stand the base scores of all options.

    \b
    cidmesa deception hubinger2019/two-corners --spec deceptive
    """
    from cidmesa.mesa.certificate import certify_deception

    certificate = certify_deception(composition_of(model, spec))
    if form == "json":
        print_json(certificate.to_json())
    else:
        print_text(certificate.to_text())
