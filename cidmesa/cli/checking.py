"""Commands that check: claims (check, explain), and what is installed (doctor)."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from cidmesa import __version__
from cidmesa.cli.options import CLUSTER, MODEL, formats, loaded, print_json, print_table, progress
from cidmesa.cli.reporting import REPORTS, print_report, write_reports
from cidmesa.library.check import FORMS

if TYPE_CHECKING:
    from cidmesa.cli.reporting import Wanted
    from cidmesa.library.check.report import Report

__all__ = ["check", "doctor", "explain"]

_SHARED = ("cidmesa.library.check.check", "cidmesa.mesa.derive.posterior", "sympy")  # what workers load, once for all


def _shard(_: click.Context, __: click.Parameter, given: str | None) -> tuple[int, int] | None:
    """Return which part of how many."""
    if given is None:
        return None
    part, _slash, count = given.partition("/")
    if not (part.isdecimal() and count.isdecimal() and 1 <= int(part) <= int(count)):
        raise click.BadParameter(f"{given!r}: say I/N, such as 3/8 for the third of eight parts.")
    return int(part), int(count)


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATHS]...")
@click.option("-k", "keyword", metavar="EXPR", help="Select claims by words in slug::id, with and, or, not.")
@click.option("-t", "tag", metavar="TAG", help="Only scenarios with this tag.")
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    help="The number of processes; by default one a core, where there are many claims.",
)
@click.option(
    "--method",
    type=click.Choice(["both", "graphical", "exact"]),
    default="both",
    show_default=True,
    help="Ask all claims and compare criteria with numbers, or ask one family.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="S",
    help="Stop a claim after this many seconds.",
)
@click.option("--maxfail", type=click.IntRange(min=1), metavar="N", help="Stop after N failures.")
@formats(*FORMS)
@REPORTS
@click.option(
    "--proofs",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write a proof of each answer that can have one; cidmesa verify DIR checks them.",
)
@click.option("--update", is_flag=True, help="Write the found answers into the files where claims fail.")
@click.option(
    "--cache/--no-cache",
    default=True,
    show_default=True,
    help="Reuse earlier results for an unchanged file and unchanged code.",
)
@click.option("--runs", is_flag=True, help="Ask the claims about real training, which takes longer, instead.")
@CLUSTER
@click.option(
    "--shard",
    metavar="I/N",
    callback=_shard,
    help="Check only the I-th of N parts of the work, as a job of an array.",
)
@click.option(
    "-o", "--out", metavar="FILE", type=click.Path(path_type=Path), help="Write the outcomes for cidmesa merge."
)
@click.pass_context
def check(
    ctx: click.Context,
    /,
    paths: tuple[str, ...],
    form: str,
    reports: tuple[Wanted, ...],
    proofs: Path | None,
    update: bool,
    out: Path | None,
    **how: Any,
) -> None:
    """Check the claims of scenarios; without PATHS, of the library.

    PATHS are files, folders or slugs. The last line is `N passed, N failed, N skipped`.

    Exit codes: 0 all claims hold, 1 a claim fails or a claim marked xfail holds, 2 a file or the usage is wrong,
    5 nothing was found.

    \b
    cidmesa check hubinger2019/two-corners --format concise
    cidmesa check -k "corners and not unaware"
    cidmesa check --jobs 4 --timeout 60 --report junit=claims.xml --report html=ledger.html
    cidmesa check models --shard 3/8 -o part-3.json
    """
    from cidmesa.workers.processes import prepare

    files = (file for path in paths for file in Path(path).rglob("*.yaml"))
    if ctx.obj and how["jobs"] != 1 and (not paths or len([*islice(files, 20)]) == 20):
        prepare(*_SHARED)  # for claims of many files are shared by several processes
    from cidmesa.library.check.check import check as checked
    from cidmesa.library.check.shards import keep

    if update and os.environ.get("CI", "").lower() not in ("", "0", "false"):
        raise click.UsageError(
            "--update changes what files expect, so it is not for builds (CI is set). Run it locally."
        )
    done = count(1)
    with progress("checking") as show:
        report = checked(paths or None, watch=lambda _, total: show(next(done), total), **how)
    if proofs is not None:
        report = _proved(report, proofs)
    if out is not None:
        keep(report, out, how["shard"] or (1, 1))
    write_reports(report, reports)
    print_report(report, form, paths)
    ctx.exit(_updated(report) if update else report.exit_code)


def _updated(report: Report) -> int:
    """Write new expectations, after showing what changes; return the exit code."""
    from cidmesa.formats import write
    from cidmesa.library.check.update import updates

    taken = 0
    for update in updates(report):
        click.echo(update.diff, err=True, nl=False)
        for outcome in update.left:
            click.echo(f"{outcome.claim.at}: {outcome.id} cannot expect what was found; change it by hand.", err=True)
        if update.taken:
            write(update.path, update.after.encode())
        taken += len(update.taken)
    click.echo(f"{taken} expectations changed. Read them before you keep them.", err=True)
    left = report.count("failed") - taken
    return report.exit_code if left or len(report.bad) > report.count("failed") else 0


def _proved(report: Report, folder: Path) -> Report:
    """Write the proofs, say how many there are, and return the report that knows where they are."""
    from cidmesa.library.proofs import write_proofs

    with progress("proving") as show:
        report = write_proofs(report, folder, lambda done: show(done, len(report)))
    without = len(report) - len(report.proofs)
    click.echo(f"{len(report.proofs)} proofs are in {folder}; of {without} answers none is known.", err=True)
    return report


@click.command()
@MODEL
@click.argument("claim", metavar="CLAIM-ID")
def explain(model: str, claim: str) -> None:
    """Explain in sentences what a claim asks and what was found.

    \b
    cidmesa explain everitt2021/grade-prediction responds-to-race
    cidmesa explain hubinger2019/two-corners plan
    """
    from dataclasses import replace

    from cidmesa.library.check.check import check
    from cidmesa.library.check.report import claim_of, explained

    scenario = loaded(model)
    alone = replace(scenario, claims=(claim_of(scenario, claim),), variants=())
    (outcome,) = check(alone)
    click.echo(explained(scenario, outcome))


_NEEDED = ("click", "graphviz", "joblib", "networkx", "numpy", "pydantic", "rich", "ruamel.yaml", "sympy")
_OPTIONAL = {
    "python-flint": ("flint", "exact arithmetic in C", "fast"),
    "pyyaml": ("yaml", "scenario files read in C", "fast"),
    "pygambit": ("pygambit", "equilibria of large games", "games"),
    "scipy": ("scipy", "linear programs over objectives", "lp"),
    "pandas": ("pandas", "tables as data frames", "table"),
    "matplotlib": ("matplotlib", "plots", "plot"),
    "pgmpy": ("pgmpy", "models of that package", "interop"),
    "pyagrum": ("pyagrum", "models of that package", "interop"),
    "z3-solver": ("z3", "exact conditions on three parameters and more", "proof"),
    "dask": ("dask", "sweeps on several machines", "cluster"),
    "anywidget": ("anywidget", "widgets in notebooks", "notebook"),
    "ipykernel": ("ipykernel", "notebooks", "notebook"),
}
_PROGRAMS = {
    "dot": "graphviz layouts",
    "pdflatex": "LaTeX figures",
    "pdftoppm": "figures as PNG from PDF",
    "chromium": "a test of pages, for developers",
}


class Finding(NamedTuple):
    """One thing that was looked for: what was found, whether it is needed, and what it is for."""

    name: str
    found: str
    needed: bool
    use: str = ""

    @property
    def good(self) -> bool:
        """Whether it is there, or need not be."""
        return bool(self.found) or not self.needed


@click.command()
@formats("text", "json")
@click.pass_context
def doctor(ctx: click.Context, /, form: str) -> None:
    """Report what is installed and where the library is.

    The report lists required and optional packages, programs, and whether the library can be read.

    Exit codes: 0 if everything that is required is there and the library can be read, 2 otherwise.

    \b
    cidmesa doctor
    """
    findings = [*_packages(), *_optional(), *_programs(), _library(), _cache()]
    if form == "json":
        print_json([finding._asdict() | {"good": finding.good} for finding in findings])
    else:
        head = [("ok", "cidmesa", __version__, ""), ("ok", "python", _python(), "")]
        rows = [(_mark(f), f.name, f.found or "not found", f.use) for f in findings]
        print_table(["", "what", "found", "for"], [*head, *rows], whole=1)
    ctx.exit(0 if all(finding.good for finding in findings) else 2)


def _mark(finding: Finding) -> str:
    return "ok" if finding.found else "NO" if finding.needed else "--"


def _python() -> str:
    return f"{platform.python_version()} ({sys.executable})"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _packages() -> list[Finding]:
    return [Finding(name, _version(name), needed=True) for name in _NEEDED]


def _optional() -> list[Finding]:
    return [
        Finding(name, _version(name) or ("there" if find_spec(module) else ""), False, f"{use} (extra: {extra})")
        for name, (module, use, extra) in _OPTIONAL.items()
    ]


def _programs() -> list[Finding]:
    return [Finding(name, shutil.which(name) or "", needed=False, use=use) for name, use in _PROGRAMS.items()]


def _library() -> Finding:
    from cidmesa.library.catalogue import library
    from cidmesa.library.file.loader import scenarios

    count = len(scenarios())
    return Finding("library", f"{count} scenarios in {library()}" if count else "", needed=True, use="cidmesa check")


def _cache() -> Finding:
    from cidmesa.library.caching import cache_folder

    folder = cache_folder()
    return Finding("cache", str(folder) if folder.is_dir() else "", needed=False, use="outcomes of claims")
