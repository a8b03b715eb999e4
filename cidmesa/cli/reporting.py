"""Reports of a check: the option that names them, written to files, and printed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cidmesa.library.check import FORMS

if TYPE_CHECKING:
    from cidmesa.library.check.report import Report

__all__ = ["REPORTS", "Wanted", "print_report", "write_reports"]

Wanted = tuple[str, Path]


def _wanted(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> tuple[Wanted, ...]:
    """Return format and file of each FORMAT=FILE."""
    pairs = [text.partition("=")[::2] for text in given]
    for form, file in pairs:
        if form not in FORMS or not file:
            raise click.BadParameter(
                f"{form!r}: say FORMAT=FILE, such as junit=report.xml. Formats: {', '.join(FORMS)}."
            )
    return tuple((form, Path(file)) for form, file in pairs)


REPORTS = click.option(
    "--report",
    "reports",
    multiple=True,
    callback=_wanted,
    metavar="FORMAT=FILE",
    help="Also write a report to a file; may be repeated.",
)


def write_reports(report: Report, reports: tuple[Wanted, ...]) -> None:
    """Write the reports that are wanted."""
    from cidmesa.formats import write
    from cidmesa.library.check.forms import rendered
    from cidmesa.library.proofs import seen_from

    for form, file in reports:
        write(file, rendered(seen_from(report, file.parent), form).rstrip("\n").encode() + b"\n")


def _nothing(paths: tuple[str, ...]) -> str:
    """Return that no claims were found, and which files were not looked at."""
    from cidmesa.library.catalogue import SUFFIX

    others = [
        file
        for folder in map(Path, paths)
        for file in (sorted(folder.rglob("*.y*ml")) if folder.is_dir() else ())
        if not file.name.endswith(SUFFIX)
    ]
    if not others:
        return "No claims were found."
    more = f" and {len(others) - 1} more" if len(others) > 1 else ""
    return f"No claims were found. The name of a scenario file ends in {SUFFIX}; {others[0]}{more} does not."


def print_report(report: Report, form: str, paths: tuple[str, ...]) -> None:
    """Print a report in one of its forms."""
    from cidmesa.library.check.forms import rendered
    from cidmesa.library.check.report import HEADS

    if not len(report):
        click.echo(_nothing(paths), err=True)
    if form not in ("text", "concise"):
        click.echo(rendered(report, form).rstrip("\n"))
        _summarise(report, form)
        return
    *lines, closing = rendered(report, form).splitlines()
    for line in lines:
        click.secho(line, fg="red" if line.startswith(tuple(HEADS.values())) else None)
    click.secho(closing, fg="green" if report else "red")


def _summarise(report: Report, form: str) -> None:
    """Append Markdown to the summary of the job that runs on GitHub, where annotations are asked for."""
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if form == "github" and summary:
        from cidmesa.formats import system_errors
        from cidmesa.library.check.forms import rendered

        with system_errors(summary, "written"), Path(summary).open("a", encoding="utf-8") as stream:
            stream.write(rendered(report, "md") + "\n")
