"""`cidmesa solve`: optimal policies."""

from __future__ import annotations

import click

from cidmesa.cli.options import MODEL, OF, command, formats, model_of, print_json

__all__ = ["solve"]


@command()
@MODEL
@OF
@click.option("--all", "every", is_flag=True, help="All optimal policies, not one.")
@formats("text", "json")
def solve(model: str, of: str | None, every: bool, form: str) -> None:
    r"""Print an optimal policy and its value.

    Where several agents decide: a profile by backward induction.

    \b
    cidmesa solve hubinger2019/two-corners --of deceptive --format json
    """
    from cidmesa.library.policies import solved

    found = solved(model_of(model, of), every=every)
    if form == "json":
        print_json(found.to_json())
    else:
        click.echo(found.to_text())
