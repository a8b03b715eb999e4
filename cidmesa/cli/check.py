"""`cidmesa check`: ask the claims of scenarios."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cidmesa.cli.options import command, formats, print_json

if TYPE_CHECKING:
    from cidmesa.library.report import Report

__all__ = ["check"]


@command()
@click.argument("paths", nargs=-1, metavar="[PATHS]...")
@click.option("-k", "keyword", metavar="EXPR", help="Claims whose slug::id fits words with and, or, not.")
@click.option("-t", "tag", metavar="TAG", help="Scenarios with this tag.")
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Processes.")
@click.option("--method", type=click.Choice(["both", "graphical", "exact"]), default="both", show_default=True,
              help="Ask all claims (and compare criteria with numbers), or one family.")  # fmt: skip
@click.option("--maxfail", type=click.IntRange(min=1), metavar="N", help="Stop after N claims that do not hold.")
@formats("text", "concise", "json")
@click.pass_context
def check(ctx: click.Context, /, paths: tuple[str, ...], form: str, **options: Any) -> None:
    r"""Check the claims of scenarios; without PATHS, of the library.

    PATHS are files, folders or slugs. The last line is `N passed, N failed, N skipped`.

    Exit code: 0 all as expected, 1 a claim fails or one marked xfail holds, 2 a file or the usage is wrong,
    5 nothing found.

    \b
    cidmesa check models/hubinger2019 --format concise
    cidmesa check -k "corners and not unaware"
    """
    from cidmesa.library.check import check as checked

    report = checked(paths or None, **options)
    _print_report(report, form)
    ctx.exit(report.exit_code)


def _print_report(report: Report, form: str) -> None:
    if form == "json":
        print_json(report.to_json())
        return
    *lines, closing = (report.to_text() if form == "text" else report.to_concise()).splitlines()
    for line in lines:
        click.secho(line, fg="red" if line.startswith(("FAIL", "ERROR", "XPASS", "CONTRADICTED")) else None)
    if not len(report):
        click.echo("No claims were found.", err=True)
    click.secho(closing, fg="green" if report else "red")
