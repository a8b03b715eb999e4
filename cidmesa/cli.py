"""The command ``cidmesa``: each command reads its arguments, calls one function and prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cidmesa import __version__
from cidmesa.errors import CidmesaError, ScenarioError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cidmesa.library.report import Report
    from cidmesa.library.scenario import Scenario
    from cidmesa.mesa.composition import Composition
    from cidmesa.modelling.model import Model

__all__ = ["main"]

Command = TypeVar("Command", bound="Callable[..., Any]")


def _wrapping(help_text: str | None) -> str | None:
    r"""Return a help text in which the raw docstrings' ``\b`` is the mark by which click keeps lines as they are."""
    return help_text.replace("\\b\n", "\b\n") if help_text else help_text


class _Command(click.Command):
    """A command whose help keeps the lines of its examples."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.help = _wrapping(self.help)


class _Commands(click.Group):
    """A group whose commands end with exit code 2 and the plain message on any CidmesaError."""

    command_class = _Command

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.help = _wrapping(self.help)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except CidmesaError as error:
            click.echo(str(error), err=True)
            ctx.exit(2)


_HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 110}
_MODEL = click.argument("model", metavar="MODEL")


@click.group(cls=_Commands, context_settings=_HELP)
@click.version_option(__version__, prog_name="cidmesa")
def main() -> None:
    r"""Influence diagrams of base and mesa-optimizers: incentives, deception, checked claims.

    MODEL is a scenario file, or a slug of the library such as hubinger2019/two-corners (see `cidmesa list`);
    @NAME at its end takes a variant.

    \b
    cidmesa check                                    # all claims of the library
    cidmesa incentives everitt2021/grade-prediction  # which incentives a diagram admits
    cidmesa deception hubinger2019/two-corners       # is the mesa-optimizer deceptively aligned?
    """


def _format(*formats: str) -> Callable[[Command], Command]:
    return click.option("--format", "form", type=click.Choice(formats), default=formats[0], show_default=True,
                        help="What is printed.")  # fmt: skip


def _json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


# --- check ------------------------------------------------------------------------------------------------------


@main.command()
@click.argument("paths", nargs=-1, metavar="[PATHS]...")
@click.option("-k", "keyword", metavar="EXPR", help="Claims whose slug::id fits words with and, or, not.")
@click.option("-t", "tag", metavar="TAG", help="Scenarios with this tag.")
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Processes.")
@click.option("--method", type=click.Choice(["both", "graphical", "exact"]), default="both", show_default=True,
              help="Ask all claims, those about diagrams, or those about numbers.")  # fmt: skip
@click.option("--maxfail", type=click.IntRange(min=1), metavar="N", help="Stop after N claims that do not hold.")
@_format("text", "concise", "json")
@click.pass_context
def check(ctx: click.Context, /, paths: tuple[str, ...], form: str, **options: Any) -> None:
    r"""Check the claims of scenarios; without PATHS, of the library.

    PATHS are files, folders or slugs. The last line is `N passed, N failed, N skipped`.

    Exit code: 0 all hold, 1 a claim fails, 2 a file or the usage is wrong, 5 nothing found.

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
        _json(report.to_json())
        return
    *lines, closing = (report.to_text() if form == "text" else report.to_concise()).splitlines()
    for line in lines:
        click.secho(line, fg="red" if line.startswith(("FAIL", "ERROR")) else None)
    if not len(report):
        click.echo("No claims were found.", err=True)
    click.secho(closing, fg="green" if report else "red")


# --- one model --------------------------------------------------------------------------------------------------


def _load(name: str) -> Scenario:
    from cidmesa.library.loader import load

    return load(name)


def _composition(name: str, spec: str | None) -> Composition:
    """Return the composition with ``spec``, the first of the file where it is left out."""
    scenario = _load(name)
    if spec is None:
        if not scenario.specs:
            raise ScenarioError(f"{scenario.slug} has no mesa-optimizer. Add its specification under the key mesa.")
        spec, *others = scenario.specs
        if others:
            click.echo(f"specification {spec}; others by --spec: {', '.join(others)}", err=True)
    return scenario.of(spec)


def _numbers(name: str, of: str | None) -> Model:
    from cidmesa.library.subject import Subject

    scenario = _load(name)
    if of is None and not scenario.cid.decisions and scenario.specs:
        raise ScenarioError(f"the diagram of {scenario.slug} has no decision; the mesa-optimizer's diagrams have. "
                            f"Choose one by --of: {', '.join(scenario.specs)}.")  # fmt: skip
    return Subject(scenario, of).model


_OF = click.option("--of", metavar="SPEC", help="The composition with this specification, not the file's own diagram.")
_SPEC = click.option("--spec", metavar="NAME", help="The mesa specification, the first where left out.")


@main.command()
@_MODEL
@_OF
@click.option("--decision", metavar="D", help="Only incentives of this decision (and value of control of its agent).")
@_format("text", "json", "md", "latex")
def incentives(model: str, of: str | None, decision: str | None, form: str) -> None:
    r"""Print which incentives a diagram admits.

    Columns: value of information and of control, response incentive, instrumental control incentive, impact.

    \b
    cidmesa incentives hubinger2019/two-corners --of deceptive --decision D_A1
    """
    from cidmesa.criteria.sweep import IncentiveTable
    from cidmesa.criteria.sweep import incentives as sweep
    from cidmesa.library.subject import Subject

    cid = Subject(_load(model), of).cid
    table = sweep(cid)
    if decision is not None:
        agent = cid.agent(cid.known_decision(decision))
        table = IncentiveTable(
            tuple(v for v in table if v.decision == decision or (v.decision, v.agent) == (None, agent))
        )
    if form == "json":
        _json(table.to_json())
    else:
        click.echo({"text": table.to_text, "md": table.to_markdown, "latex": table.to_latex}[form]())


@main.command()
@click.argument("before", metavar="MODEL-A")
@click.argument("after", metavar="MODEL-B")
@click.option("--of", metavar="SPEC", help="Compare the compositions with this specification.")
@_format("text", "json", "md", "latex")
def diff(before: str, after: str, of: str | None, form: str) -> None:
    r"""Print which incentives a change makes appear, vanish or turn.

    \b
    cidmesa diff everitt2021/content-recommendation everitt2021/content-recommendation-fixed
    """
    from cidmesa.criteria.diff import incentive_diff
    from cidmesa.library.subject import Subject

    found = incentive_diff(*(Subject(_load(name), of).cid for name in (before, after)))
    if form == "json":
        _json(found.to_json())
    else:
        click.echo({"text": found.to_text, "md": found.to_markdown, "latex": found.to_latex}[form]())


@main.command()
@_MODEL
@_OF
@click.option("--all", "every", is_flag=True, help="All optimal policies, not one.")
@_format("text", "json")
def solve(model: str, of: str | None, every: bool, form: str) -> None:
    r"""Print an optimal policy and its value.

    Where several agents decide: a profile by backward induction.

    \b
    cidmesa solve hubinger2019/two-corners --of deceptive --format json
    """
    from cidmesa.library.solved import solved

    found = solved(_numbers(model, of), every=every)
    if form == "json":
        _json(found.to_json())
    else:
        click.echo(found.to_text())


@main.command()
@_MODEL
@_SPEC
@click.option(
    "-o", "out", type=click.Path(path_type=Path), metavar="FILE", help="A .cid.yaml, or a picture (.svg, ...)."
)
@_format("text", "json")
def compose(model: str, spec: str | None, out: Path | None, form: str) -> None:
    r"""Derive the mesa-optimizer's diagram from its training.

    Each node and link is printed with the composer's rule that put it there.

    \b
    cidmesa compose hubinger2019/two-corners --spec deceptive
    cidmesa compose hubinger2019/two-corners --spec deceptive -o mesa.cid.yaml
    """
    composition = _composition(model, spec)
    if out is not None:
        _write(composition, out, model)
    elif form == "json":
        _json(composition.to_json())
    else:
        click.echo(composition.to_text())


def _write(composition: Composition, out: Path, name: str) -> None:
    if out.name.endswith((".yaml", ".yml")):
        from cidmesa.files import write
        from cidmesa.library.writer import written

        origin = {node: composition.provenance[node] for node in composition.cid.nodes}
        write(out, written(composition.model, f"Composition of {name}", origin).encode())
    else:
        from cidmesa.render.save import save

        save(composition, out)
    click.echo(f"wrote {out}", err=True)


@main.command()
@_MODEL
@_SPEC
@_format("text", "json")
def deception(model: str, spec: str | None, form: str) -> None:
    r"""Print the certificate of deceptive alignment.

    It has four parts, each with its evidence, and a verdict. For each choice stand the base scores of all options.

    \b
    cidmesa deception hubinger2019/two-corners --spec deceptive
    """
    from cidmesa.mesa.deception import certify_deception

    certificate = certify_deception(_composition(model, spec))
    if form == "json":
        _json(certificate.to_json())
    else:
        click.echo(certificate.to_text())


@main.command()
@_MODEL
@_OF
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

    scenario = _load(model)
    drawn = scenario if of is None else scenario.of(of)
    options: dict[str, Any] = {"incentives": tuple(marks.replace(",", " ").split())} if marks else {}
    save(drawn, out, standalone=True if standalone else None, **options)
    click.echo(f"wrote {out}", err=True)


# --- the library ------------------------------------------------------------------------------------------------


@main.command(name="list")
@click.option("-t", "tag", metavar="TAG", help="Scenarios with this tag.")
@_format("text", "json")
@click.pass_context
def listing(ctx: click.Context, /, tag: str | None, form: str) -> None:
    r"""List the scenarios of the library.

    \b
    cidmesa list -t deceptive-alignment
    """
    from cidmesa.library.catalogue import scenarios
    from cidmesa.terminal import table

    found = scenarios(tag)
    if not found:
        click.echo("No scenarios were found.", err=True)
        ctx.exit(5)
    if form == "json":
        _json([{"slug": s.slug, "title": s.title, "status": s.status, "tags": list(s.tags), "claims": len(s.claims),
                "variants": [variant.slug for variant in s.variants]} for s in found])  # fmt: skip
    else:
        table(["slug", "claims", "tags", "title"],
              [(s.slug, str(len(s.claims)), ", ".join(s.tags), s.title) for s in found])  # fmt: skip


@main.command()
@_MODEL
def show(model: str) -> None:
    r"""Print a scenario: nodes, specifications, claims, variants.

    \b
    cidmesa show hubinger2019/two-corners
    """
    click.echo(_load(model).to_text())


@main.command()
def schema() -> None:
    r"""Print the JSON Schema of scenario files, for editors.

    \b
    cidmesa schema > scenario.schema.json
    """
    from cidmesa.library.schema import schema_text

    click.echo(schema_text(), nl=False)
