"""`cidmesa render`: draw a diagram."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cidmesa.cli.options import MODEL, OF, command, loaded

__all__ = ["render"]


@command()
@MODEL
@OF
@click.option(
    "-o", "out", required=True, type=click.Path(path_type=Path), metavar="FILE", help="Its ending says what to draw."
)
@click.option("--incentives", "marks", metavar="LIST", help="Incentives to mark, such as ici,ri.")
@click.option("--standalone", is_flag=True, help="A .tex or .tikz that compiles on its own.")
def render(model: str, of: str | None, out: Path, marks: str | None, standalone: bool) -> None:
    r"""Draw a diagram as .svg, .tex, .tikz, .dot, .mmd or .txt.

    Also as .pdf and .png where a tool for it is found; the ending of FILE chooses.

    \b
    cidmesa render hubinger2019/two-corners --of deceptive -o corners.svg --incentives ici
    """
    from cidmesa.render.save import save

    scenario = loaded(model)
    drawn = scenario if of is None else scenario.of(of)
    options: dict[str, Any] = {"incentives": tuple(marks.replace(",", " ").split())} if marks else {}
    save(drawn, out, standalone=True if standalone else None, **options)
    click.echo(f"wrote {out}", err=True)
