"""Commands about diagrams: incentives, diff."""

from __future__ import annotations

import click

from cidmesa.cli.options import MODEL, OF, command, formats, loaded, print_json

__all__ = ["diff", "incentives"]


@command()
@MODEL
@OF
@click.option("--decision", metavar="D", help="Only incentives of this decision (and value of control of its agent).")
@formats("text", "json", "md", "latex")
def incentives(model: str, of: str | None, decision: str | None, form: str) -> None:
    r"""Print which incentives a diagram admits.

    Columns: value of information and of control, response incentive, instrumental control incentive, impact.

    \b
    cidmesa incentives hubinger2019/two-corners --of deceptive --decision D_A1
    """
    from cidmesa.criteria.sweep import IncentiveTable, incentives as sweep
    from cidmesa.library.subject import Subject

    cid = Subject(loaded(model), of).cid
    table = sweep(cid)
    if decision is not None:
        agent = cid.agent(cid.known_decision(decision))
        table = IncentiveTable(
            tuple(v for v in table if v.decision == decision or (v.decision, v.agent) == (None, agent))
        )
    if form == "json":
        print_json(table.to_json())
    else:
        click.echo({"text": table.to_text, "md": table.to_markdown, "latex": table.to_latex}[form]())


@command()
@click.argument("before", metavar="MODEL-A")
@click.argument("after", metavar="MODEL-B")
@click.option("--of", metavar="SPEC", help="Compare the compositions with this specification.")
@formats("text", "json", "md", "latex")
def diff(before: str, after: str, of: str | None, form: str) -> None:
    r"""Print which incentives a change makes appear, vanish or turn.

    \b
    cidmesa diff everitt2021/content-recommendation everitt2021/content-recommendation-fixed
    """
    from cidmesa.criteria.diff import incentive_diff
    from cidmesa.library.subject import Subject

    found = incentive_diff(*(Subject(loaded(name), of).cid for name in (before, after)))
    if form == "json":
        print_json(found.to_json())
    else:
        click.echo({"text": found.to_text, "md": found.to_markdown, "latex": found.to_latex}[form]())
