"""Commands about diagrams: incentives, diff."""

from __future__ import annotations

import click

from cidmesa.cli.options import MODEL, OF, command, formats, hint_of, loaded, print_json
from cidmesa.errors import ScenarioError

__all__ = ["diff", "incentives"]


@command()
@MODEL
@OF
@click.option("--decision", metavar="D", help="Only incentives of this decision (and value of control of its agent).")
@formats("text", "json", "md", "latex")
def incentives(model: str, of: str | None, decision: str | None, form: str) -> None:
    r"""Print which incentives a diagram admits.

    Columns: value of information (voi) and of control (voc), response incentive (ri), instrumental control incentive
    (ici), impact incentive (impact). A training process has decisions in its compositions only: name one by --of.

    \b
    cidmesa incentives hubinger2019/two-corners --of deceptive --decision D_A1
    """
    from cidmesa.criteria.incentives import IncentiveTable, incentives as sweep
    from cidmesa.library.subject import Subject

    scenario = loaded(model)
    cid, hint = Subject(scenario, of).cid, hint_of(scenario, of)
    table = sweep(cid)
    if decision is not None:
        if hint:
            raise ScenarioError(hint)
        agent = cid.agent(cid.known_decision(decision))
        table = IncentiveTable(
            tuple(v for v in table if v.decision == decision or (v.decision, v.agent) == (None, agent))
        )
    if form == "json":
        print_json(table.to_json())
    else:
        click.echo({"text": table.to_text, "md": table.to_markdown, "latex": table.to_latex}[form]())
    _tell(hint)


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

    scenarios = [loaded(name) for name in (before, after)]
    found = incentive_diff(*(Subject(scenario, of).cid for scenario in scenarios))
    if form == "json":
        print_json(found.to_json())
    else:
        click.echo({"text": found.to_text, "md": found.to_markdown, "latex": found.to_latex}[form]())
    _tell(next(filter(None, (hint_of(scenario, of) for scenario in scenarios)), ""))


def _tell(hint: str) -> None:
    if hint:
        click.echo(f"\n{hint}", err=True)
