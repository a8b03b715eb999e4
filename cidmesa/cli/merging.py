"""The command that puts the parts of a check together (merge)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cidmesa.cli.options import formats
from cidmesa.cli.reporting import REPORTS, print_report, write_reports
from cidmesa.library.check import FORMS

if TYPE_CHECKING:
    from cidmesa.cli.reporting import Wanted

__all__ = ["merge"]


@click.command()
@click.argument("parts", nargs=-1, required=True, type=click.Path(path_type=Path))
@formats(*FORMS)
@REPORTS
@click.pass_context
def merge(ctx: click.Context, /, parts: tuple[Path, ...], form: str, reports: tuple[Wanted, ...]) -> None:
    """Put the parts of a check together.

    PARTS are the files that `cidmesa check --shard I/N -o FILE` wrote, one for each I from 1 to N. The scenario files
    must be where they were.

    Exit codes: as for check; 2 if a part is missing, or a claim was changed since.

    \b
    cidmesa merge part-*.json --report html=ledger.html
    """
    from cidmesa.library.check.shards import merged

    report = merged(parts)
    write_reports(report, reports)
    print_report(report, form, ())
    ctx.exit(report.exit_code)
