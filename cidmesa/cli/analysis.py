"""Commands that ask a diagram or a model, from incentives and solve to compose and deception."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cidmesa.cli.options import (
    MODEL,
    OF,
    SPEC,
    composition_of,
    formats,
    hint_of,
    loaded,
    model_of,
    option_of,
    print_json,
    print_text,
)
from cidmesa.errors import ScenarioError

if TYPE_CHECKING:
    from cidmesa.library.claim import Of
    from cidmesa.library.scenario import Scenario
    from cidmesa.mesa.composition import Composition

__all__ = ["compose", "conditions", "deception", "diff", "equilibria", "incentives", "prove", "solve"]


@click.command()
@MODEL
@OF
@click.option(
    "--decision", metavar="D", help="Show only incentives of this decision, and value of control of its agent."
)
@formats("text", "json", "md", "latex")
def incentives(model: str, of: Of, decision: str | None, form: str) -> None:
    """Print which incentives a diagram admits.

    Columns: value of information (voi) and of control (voc), response incentive (ri), instrumental control incentive
    (ici), impact incentive (impact). A training process has decisions only in its compositions: name one with --of.

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
        print_text({"text": table.to_text, "md": table.to_markdown, "latex": table.to_latex}[form]())
    _tell(hint)


@click.command()
@click.argument("before", metavar="MODEL-A")
@click.argument("after", metavar="MODEL-B")
@option_of("Compare the compositions with this specification.")
@formats("text", "json", "md", "latex")
def diff(before: str, after: str, of: Of, form: str) -> None:
    """Print which incentives a change adds, removes or alters.

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
        print_text({"text": found.to_text, "md": found.to_markdown, "latex": found.to_latex}[form]())
    _tell(next(filter(None, (hint_of(scenario, of) for scenario in scenarios)), ""))


def _tell(hint: str) -> None:
    if hint:
        click.echo(f"\n{hint}", err=True)


@click.command()
@MODEL
@OF
@click.option("--all", "every", is_flag=True, help="Print all optimal policies, not one.")
@formats("text", "json")
def solve(model: str, of: Of, every: bool, form: str) -> None:
    """Print an optimal policy and its value.

    If several agents decide, print a profile by backward induction.

    \b
    cidmesa solve hubinger2019/two-corners --of deceptive --format json
    """
    from cidmesa.library.policies import solved

    found = solved(model_of(model, of), every=every)
    if form == "json":
        print_json(found.to_json())
    else:
        click.echo(found.to_text())


@click.command()
@MODEL
@OF
@click.option(
    "--concept",
    type=click.Choice(["nash", "subgame_perfect"]),
    default="nash",
    show_default=True,
    help="Equilibria of the whole game, or of every subgame as well.",
)
@click.option(
    "--kind",
    type=click.Choice(["pure", "mixed", "behavioural"]),
    default="pure",
    show_default=True,
    help="Pure, mixed or behavioural strategies.",
)
@click.option(
    "--by",
    type=click.Choice(["profile", "outcome"]),
    default="profile",
    show_default=True,
    help="List every equilibrium, or one for each outcome.",
)
@click.option("--limit", type=click.IntRange(min=1), default=1_000, show_default=True, help="List at most this many.")
@click.option(
    "--solver",
    type=click.Choice(["own", "gambit"]),
    default="own",
    show_default=True,
    help="The solver for mixed equilibria; gambit needs the extra games.",
)
@formats("text", "json")
def equilibria(model: str, of: Of, form: str, **how: Any) -> None:
    """Print the equilibria of a game.

    Each equilibrium is verified: no agent gains by another policy.

    \b
    cidmesa equilibria hammond2021/taxi-competition
    cidmesa equilibria hammond2021/taxi-competition --concept subgame_perfect --by outcome
    """
    from cidmesa.solving.games.equilibria import equilibria as found_by

    found = found_by(model_of(model, of), **how)
    if form == "json":
        print_json(found.to_json())
    else:
        click.echo(found.to_text())


def _asking(function: Callable[..., None]) -> Callable[..., None]:
    """Return a command's function with the arguments of both: model, question, free parameters, assumptions."""
    options = [
        MODEL,
        click.option(
            "--ask", required=True, metavar="QUESTION", help="The question, as in a claim: in short form or as YAML."
        ),
        click.option("--is", "meant", metavar="ANSWER", help="The answer you mean; yes if left out."),
        option_of("Ask the composition with this specification."),
        click.option("--over", metavar="LIST", help="The free parameters, such as mu,gamma."),
        click.option("--assuming", metavar="CONDITION", help="An assumption, such as 'mu > 1/2'."),
    ]
    for option in reversed(options):
        function = option(function)
    return function


@click.command()
@_asking
@formats("text", "latex", "json")
def conditions(model: str, form: str, **options: Any) -> None:
    """Print the exact parameter values for which something holds.

    Without --over, parameters without a value are free; if there are none, all that have a range.

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


@click.command()
@_asking
@formats("text", "json")
def prove(model: str, form: str, **options: Any) -> None:
    """Prove a claim for all parameter values, or refute it.

    Exit codes: 0 proved, 1 refuted or undetermined, 2 the input or the usage is wrong.

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
    model: str, ask: str, meant: str | None, over: str | None, of: Of, assuming: str | None
) -> tuple[Scenario, dict[str, Any], dict[str, Any]]:
    """Return the scenario, the question as of a condition, and the options by the names of `cm.conditions`."""
    from cidmesa.library.conditions import asked
    from cidmesa.library.file.source import read

    scenario, asks = loaded(model), asked(ask)
    if len(scenario.specs) > 1 and (hint := hint_of(scenario, of)):
        raise ScenarioError(hint)
    question = {asks.kind: asks.question.written()}
    if meant is not None:
        question["is"] = read(meant, "--is").data
    free = None if over is None else over.replace(",", " ").split()
    return scenario, question, {"over": free, "of": of, "assuming": assuming}


@click.command()
@MODEL
@SPEC
@click.option(
    "-o",
    "out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write a .cid.yaml file or a picture (.svg, ...).",
)
@formats("text", "json")
def compose(model: str, spec: str | None, out: Path | None, form: str) -> None:
    """Derive the mesa-optimizer's diagram from its training.

    Each node and link is printed with the composer's rule that added it.

    \b
    cidmesa compose hubinger2019/two-corners --spec deceptive
    cidmesa compose hubinger2019/two-corners --spec deceptive -o mesa.cid.yaml
    """
    composition = composition_of(model, spec)
    if out is not None:
        _write(composition, out, model)
    elif form == "json":
        print_json(composition.to_json())
    else:
        click.echo(composition.to_text())


def _write(composition: Composition, out: Path, name: str) -> None:
    from cidmesa.library.convert import save

    save(composition, out, title=f"Composition of {name}" if out.name.endswith((".yaml", ".yml")) else None)
    click.echo(f"wrote {out}", err=True)


@click.command()
@MODEL
@SPEC
@formats("text", "json")
def deception(model: str, spec: str | None, form: str) -> None:
    """Print the certificate of deceptive alignment.

    The output has a verdict with its degree. For each span of training it says what the mesa-optimizer does, why, and
    where it defects later. Each choice is shown with the base scores of all options.

    \b
    cidmesa deception hubinger2019/two-corners --spec deceptive
    """
    from cidmesa.mesa.certificate import certify_deception

    certificate = certify_deception(composition_of(model, spec))
    if form == "json":
        print_json(certificate.to_json())
    else:
        print_text(certificate.to_text())
