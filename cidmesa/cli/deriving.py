"""Commands about all mesa-optimizers that fit: derive, case."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from cidmesa.cli.options import MODEL, SPEC, formats, loaded, print_json
from cidmesa.errors import ScenarioError

__all__ = ["case", "derive"]


@click.command()
@MODEL
@click.option("--family", metavar="NAME", help="A family of the file; the first one if left out.")
@click.option("--evidence", metavar="YAML", help="The evidence, such as '[{acted: {A1: a}}]'.")
@click.option(
    "--method", type=click.Choice(["exact", "bounds", "estimate"]), help="How to compute; the best way if left out."
)
@click.option("--seed", type=int, help="The seed of an estimate.")
@click.option("--diagram", is_flag=True, help="Print the certain and the possible links instead.")
@formats("text", "json")
def derive(
    model: str, family: str | None, evidence: str | None, method: Any, seed: int | None, diagram: bool, form: str
) -> None:
    """Print the mesa-optimizers of a family that fit the training.

    \b
    cidmesa derive hubinger2019/likings --evidence '[{acted: {A1: a}}]'
    """
    from cidmesa.mesa.derive.derivation import derive as derived

    scenario = loaded(model)
    if scenario.training is None or not scenario.families:
        raise ScenarioError(f"{scenario.slug} has no families. Add families: to the file; see docs/scenario-files.md.")
    chosen = scenario.family(family or next(iter(scenario.families)))
    found = derived(scenario.training, chosen, _evidence(evidence), method=method, seed=seed)
    shown: Any = found.diagram if diagram else found
    if form == "json":
        print_json(shown.to_json())
    else:
        click.echo(shown.to_text())


def _evidence(text: str | None) -> list[Any]:
    from cidmesa.library.file.source import read
    from cidmesa.library.file.specification import evidence_of

    given = read(text, "--evidence").data if text else []
    if not isinstance(given, list):
        raise ScenarioError("evidence is a list, such as '[{acted: {A1: a}}]'.")
    return evidence_of(given)


@click.command()
@MODEL
@SPEC
@click.option(
    "--toggle", "toggles", multiple=True, metavar="NAME=V,V", help="An assumption and its values; may be repeated."
)
@click.option("--question", default="harmless", show_default=True, help="The claim that each combination is asked.")
@click.option("--not", "contrary", is_flag=True, help="Argue for the opposite, such as 'not deceptive'.")
@click.option("--claim", metavar="TEXT", help="The wording of the root claim.")
@click.option("-o", "out", type=click.Path(path_type=Path), metavar="FILE", help="Draw it: .svg, .png, .pdf or .mmd.")
@formats("md", "text", "json", "svg", "mermaid")
def case(
    model: str,
    spec: str | None,
    toggles: tuple[str, ...],
    question: str,
    contrary: bool,
    claim: str | None,
    out: Path | None,
    form: str,
) -> None:
    """Write a safety case from a table of verdicts.

    Without --toggle: scope, awareness, succession, and the present value and both ends of each parameter's range.

    \b
    cidmesa case hubinger2019/two-corners --spec deceptive --toggle scope=updates,episode --toggle mu=1,1/4
    cidmesa case hubinger2019/two-corners -o case.svg
    """
    from cidmesa.mesa.case.safety import safety_case
    from cidmesa.mesa.case.verdicts import verdicts

    scenario = loaded(model)
    chosen = scenario.spec(spec or next(iter(scenario.specs), ""))
    if scenario.training is None:
        raise ScenarioError(f"{scenario.slug} has no mesa-optimizer.")
    given = dict(map(_toggle, toggles)) or _usual(scenario)
    table = verdicts(scenario.training, chosen, given, question)
    made = safety_case(table.contrary() if contrary else table, claim or "")
    if out is None:
        click.echo(_written(made, form), nl=form not in ("svg", "mermaid"))
        return
    from cidmesa.library.convert import save

    save(made, out)
    click.echo(f"wrote {out}", err=True)


def _written(made: Any, form: str) -> str:
    if form in ("svg", "mermaid"):
        from cidmesa.render.printers.argument import argument_mermaid, argument_svg

        return argument_svg(made) if form == "svg" else argument_mermaid(made)
    return (
        json.dumps(made.to_json(), indent=2, ensure_ascii=False)
        if form == "json"
        else (made.to_text() if form == "text" else made.to_markdown())
    )


def _toggle(text: str) -> tuple[str, list[str]]:
    name, equals, values = text.partition("=")
    if not equals or not values:
        raise ScenarioError(f"a toggle is NAME=VALUE,VALUE, not {text!r}.")
    return name, values.split(",")


def _usual(scenario: Any) -> dict[str, Any]:
    """Return the toggles where none is given."""
    found: dict[str, Any] = {
        "scope": ["updates", "episode"],
        "awareness": {"full": {}, "none": {"aware": "none", "observes": {}}},
        "succession": ["planner", "same"],
    }
    for name, p in scenario.training.model.parameters.items():
        if p.low is not None and p.high is not None and not p.integer:
            found[name] = list(dict.fromkeys(v for v in (p.low, p.value, p.high) if v is not None))
    return found
