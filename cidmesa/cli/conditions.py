"""`cidmesa conditions` and `cidmesa prove`: for which values of the parameters something holds, and whether for all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cidmesa.cli.options import MODEL, command, formats, hint_of, loaded, print_json
from cidmesa.errors import ScenarioError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cidmesa.library.scenario import Scenario

__all__ = ["conditions", "prove"]


def _asking(function: Callable[..., None]) -> Callable[..., None]:
    """Return a command's function with the arguments of both: model, question, free parameters, assumptions."""
    options = [
        MODEL,
        click.option("--ask", required=True, metavar="QUESTION", help="The question of a claim, in short or as YAML."),
        click.option("--is", "meant", metavar="ANSWER", help="The answer that is meant, yes where left out."),
        click.option("--of", metavar="SPEC", help="Ask the composition with this specification."),
        click.option("--over", metavar="LIST", help="The free parameters, such as mu,gamma."),
        click.option("--assuming", metavar="CONDITION", help="What is taken for granted, such as 'mu > 1/2'."),
    ]
    for option in reversed(options):
        function = option(function)
    return function


@command()
@_asking
@formats("text", "latex", "json")
def conditions(model: str, form: str, **options: Any) -> None:
    r"""Print for which parameter values something holds, exactly.

    Without --over the parameters that have no value are free, else all that have a range.

    \b
    cidmesa conditions hubinger2019/two-corners --of deceptive --over mu --ask deceptive
    cidmesa conditions hubinger2019/two-corners --of discounting --over mu,gamma --ask deceptive --format latex
    cidmesa conditions off-switch --over rho,good --ask "optimal decision=A" --is wait
    """
    from cidmesa.library.conditions import conditions as found_by

    scenario, question, named = _asked(model, **options)
    found = found_by(scenario, question, **named)
    if form == "json":
        print_json(found.to_json())
    else:
        click.echo(found.to_latex() if form == "latex" else found.to_text())


@command()
@_asking
@formats("text", "json")
def prove(model: str, form: str, **options: Any) -> None:
    r"""Prove a claim for all parameter values, or refute it.

    Exit codes: 0 proved; 1 refuted or undetermined; 2 the input or the usage is wrong.

    \b
    cidmesa prove hubinger2019/two-corners --of deceptive --over mu --assuming "mu >= 1/2" --ask deceptive
    """
    from cidmesa.library.conditions import prove as proved_by

    scenario, question, named = _asked(model, **options)
    found = proved_by(scenario, question, **named)
    if form == "json":
        print_json(found.to_json())
    else:
        click.echo(found.to_text())
    if not found:
        click.get_current_context().exit(1)


def _asked(
    model: str, ask: str, meant: str | None, over: str | None, of: str | None, assuming: str | None
) -> tuple[Scenario, dict[str, Any], dict[str, Any]]:
    """Return the scenario, the question as of a condition, and the options by the names of `cm.conditions`."""
    from cidmesa.library.asking import asked
    from cidmesa.library.file.source import read

    scenario, asks = loaded(model), asked(ask)
    if len(scenario.specs) > 1 and (hint := hint_of(scenario, of)):
        raise ScenarioError(hint)
    question = {asks.kind: asks.question.written()}
    if meant is not None:
        question["is"] = read(meant, "--is").data
    free = None if over is None else over.replace(",", " ").split()
    return scenario, question, {"over": free, "of": of, "assuming": assuming}
