"""`cidmesa sweep`: one question at every point of a design."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from cidmesa.cli.options import CLUSTER, loaded, option_of, progress
from cidmesa.errors import ScenarioError

if TYPE_CHECKING:
    from cidmesa.library.claim import Of
    from cidmesa.library.sweep.result import SweepTable
    from cidmesa.symbolic.condition import Condition

__all__ = ["sweep"]


@click.command()
@click.argument("models", nargs=-1, required=True, metavar="MODEL...")
@click.option(
    "--over", multiple=True, metavar="NAME=VALUES", help="An axis: a parameter, `variant` or `spec`; may be repeated."
)
@click.option("--ask", required=True, metavar="QUESTION", help="The question, as in a claim: in short form or as YAML.")
@option_of("Ask the composition with this specification.")
@click.option(
    "--random", type=click.IntRange(min=1), metavar="N", help="Draw N random points instead of taking all combinations."
)
@click.option("--seed", type=int, default=0, show_default=True, help="The seed of the random design.")
@click.option(
    "--scheme",
    type=click.Choice(["grid", "alone", "uniform", "latin"]),
    default="grid",
    show_default=True,
    help="All combinations; each parameter alone; uniform draws; or one draw from each of N slices.",
)
@click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="The number of processes, or of tasks on the cluster."
)
@CLUSTER
@click.option("-o", "--out", required=True, metavar="FILE", help="Write the table to this .csv or .parquet file.")
@click.option(
    "--numbers",
    type=click.Choice(["fraction", "decimal"]),
    default="fraction",
    show_default=True,
    help="How numbers are written in a .csv file.",
)
@click.option("--plot", metavar="FILE", help="Draw a chart (.svg, .pdf, .png) over one or two numeric axes.")
@click.option("--show", metavar="COLUMN", help="The answer that the chart shows; the first one if left out.")
@click.option("--exact", is_flag=True, help="Mark in the chart, exactly, where the answer becomes yes.")
@click.option(
    "--is", "meant", metavar="ANSWER", help="With --exact: mark where the answer becomes this instead of yes."
)
@click.option("--resume", is_flag=True, help="Continue an interrupted sweep.")
def sweep(
    models: tuple[str, ...],
    over: tuple[str, ...],
    plot: str | None,
    show: str | None,
    exact: bool,
    meant: str | None,
    **options: Any,
) -> None:
    """Ask a question at every point of a design and write a table.

    Each row has the inputs, the answer (a column for each part), the status, and the error if there is no answer.
    Numbers are exact. If no point has an answer, the command exits with 1 and draws nothing. Answers are kept in
    FILE.journal until the table is written: if the sweep is interrupted, the same command with --resume continues it.

    VALUES of an axis are low:high:count (evenly spaced, with both ends), a list such as 1/4,1/2, or `*` for all
    variants or specifications (quote it for the shell). With --random, VALUES may also be a range low:high, or `*`
    for the declared range.

    \b
    A threshold, from exact points (--is b: where the answer becomes b):
      cidmesa sweep hubinger2019/two-corners --over mu=0:1:101 --ask deceptive -o corners.csv --plot corners.svg --exact
    Two parameters, a phase diagram:
      cidmesa sweep alignment-faking --over mu=0:1:41 --over N=1:6:26 --ask deceptive -o f.csv --plot f.svg
    One parameter at a time, a tornado chart:
      cidmesa sweep alignment-faking --over mu=0:1 --over N=1:9 --scheme alone --ask optimal -o o.csv --plot o.svg
    A question with arguments, several specifications:
      cidmesa sweep hubinger2019/two-corners --over spec=deceptive,unaware --ask "eu in=truth" -o eu.csv
    A whole folder, every variant and specification:
      cidmesa sweep models/hubinger2019 --over "variant=*" --over "spec=*" --ask deceptive -o all.csv
    A random design, repeatable by its seed:
      cidmesa sweep two-corners --over "mu=*" --random 99 --seed 7 --scheme latin --ask optimal -o drawn.csv
    On all cores, or on a Dask cluster:
      cidmesa sweep MODEL --over mu=0:1:10000 --ask deceptive --jobs 8 -o big.csv
      cidmesa sweep MODEL --over mu=0:1:10000 --ask deceptive --backend dask --scheduler tcp://host:8786 -o big.csv
    """
    from cidmesa.library.sweep.running import sweep as swept
    from cidmesa.render.charts.chart import check_ending

    if plot is not None:
        check_ending(plot)
    question = _condition_asked(options["ask"], meant) if exact else {}
    with progress("points") as watch:
        table = swept(models, _axes(over), watch=watch, **options)
    _say(table, options["out"])
    if table.errors == len(table):
        click.get_current_context().exit(1)
    if plot is not None:
        condition = _condition(table, models, question, options["of"]) if exact else None
        _draw(table, plot, show, condition)


def _axes(over: tuple[str, ...]) -> dict[str, str]:
    axes: dict[str, str] = {}
    for text in over:
        name, equals, values = text.partition("=")
        if not equals or not name:
            raise ScenarioError(f"cannot read --over {text!r}: write NAME=VALUES, such as mu=0:1:101.")
        if name in axes:
            raise ScenarioError(f"--over {name} is given twice. Put all its values into one list.")
        axes[name] = values
    return axes


def _say(table: SweepTable, out: str) -> None:
    several = "all" if table.errors == len(table) else str(table.errors)
    wrong = f", {several} without an answer (column error)" if table.errors else ""
    click.echo(f"{out}: {len(table)} point{'' if len(table) == 1 else 's'}{wrong}", file=sys.stderr)
    if reason := next((row["error"] for row in table if row["error"]), ""):
        click.echo(f"the first: {reason}", file=sys.stderr)


def _condition_asked(ask: str, meant: str | None) -> dict[str, Any]:
    """Return the question of whether the answer is yes, or the one that is meant; checked before any work."""
    from cidmesa.library.conditions import asked, conditional
    from cidmesa.library.file.source import read

    question = asked(ask)
    whole = {question.kind: question.question.written()}
    if meant is not None:
        whole["is"] = read(meant, "--is").data
    try:
        conditional(whole)
    except ScenarioError as error:
        raise ScenarioError(f"{error} On the command line: --is ANSWER.") from error
    return whole


def _condition(table: SweepTable, models: tuple[str, ...], question: dict[str, Any], of: Of) -> Condition:
    """Return the condition on the parameters that vary under which the answer is yes."""
    from cidmesa.library.conditions import conditions
    from cidmesa.render.charts.chart import varying

    numbers, names = varying(table)
    if names or len(models) > 1:
        raise ScenarioError("--exact needs one model with one specification, so that there is one condition to draw.")
    spec = of or next((str(spec) for spec in table.column("spec")), None) if "spec" in table.inputs else of
    return conditions(loaded(models[0]), question, over=numbers, of=spec)


def _draw(table: SweepTable, path: str, show: str | None, condition: Condition | None) -> None:
    from cidmesa.render.charts.plot import plot

    plot(table, show, at=condition).save(path)
