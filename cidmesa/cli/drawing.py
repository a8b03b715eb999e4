"""`cidmesa render`: draw a diagram."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from cidmesa.cli.options import MODEL, OF, loaded, model_of
from cidmesa.errors import ScenarioError

__all__ = ["render"]


@click.command()
@MODEL
@OF
@click.option(
    "-o",
    "out",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The file; its ending chooses the format.",
)
@click.option("--incentives", metavar="LIST", help="Ring the nodes that admit these incentives, such as ici,ri.")
@click.option("--highlight", metavar="LIST", help="Draw a path in bold, given by its nodes, such as P,I,C.")
@click.option("--policy", is_flag=True, help="Solve the model and write the rules below the decisions.")
@click.option(
    "--set", "forced", multiple=True, metavar="NODE=VALUE", help="Intervene on a node; the links into it are cut."
)
@click.option("--given", "known", multiple=True, metavar="NODE=VALUE", help="Show evidence: a node with its value.")
@click.option(
    "--mechanisms", is_flag=True, help="Draw a mechanism for each node, and what those of decisions respond to."
)
@click.option("--relevance", is_flag=True, help="Draw the relevance graph of the decisions instead of the diagram.")
@click.option(
    "--compare-with",
    "other",
    metavar="OTHER",
    help="Draw another diagram as well, each node in the same place: a model, or 'base' with --of.",
)
@click.option("--layout", type=click.Choice(["auto", "layered", "sliced", "dot"]), help="The layout method.")
@click.option("--direction", type=click.Choice(["LR", "TB"]), help="Draw to the right, or downwards.")
@click.option("--style", type=click.Choice(["native", "cid-latex"]), help="The TikZ style of .tex and .tikz files.")
@click.option("--standalone", is_flag=True, help="Write a .tikz file that compiles on its own; .tex files always do.")
@click.option("--no-legend", is_flag=True, help="Leave the legend out.")
def render(model: str, of: str | None, out: Path, **asked: Any) -> None:
    """Draw a diagram as .svg, .tex, .tikz, .dot, .mmd or .txt.

    The ending of FILE chooses the format; .pdf and .png need a tool that can make them. All options can be combined.

    \b
    cidmesa render hubinger2019/two-corners --of deceptive -o corners.svg --incentives ici
    cidmesa render hubinger2019/two-corners --of deceptive -o both.svg --compare-with base
    cidmesa render everitt2021/content-recommendation -o forced.tex --set I=left --highlight P,I,C
    """
    from cidmesa.library.convert import save

    scenario = loaded(model)
    drawn: Any = scenario if of is None else scenario.of(of)
    if asked["other"] == "base" and of is None:
        raise ScenarioError("--compare-with base draws a composition beside its training process: name it by --of.")
    if asked["relevance"]:
        drawn = _relevance(model, of)
    options: dict[str, Any] = {
        "incentives": _names(asked["incentives"]),
        "highlight": _names(asked["highlight"]),
        "policy": _policy(model, of) if asked["policy"] else None,
        "intervention": _values("--set", asked["forced"]),
        "evidence": _values("--given", asked["known"]),
        "mechanisms": asked["mechanisms"],
        "compare_with": _other(asked["other"]),
        "titles": (asked["other"], model) if asked["other"] not in (None, "base") else None,
        "layout": asked["layout"],
        "direction": asked["direction"],
        "style": asked["style"],
        "standalone": asked["standalone"],
    }
    save(drawn, out, legend=not asked["no_legend"], **{name: value for name, value in options.items() if value})
    click.echo(f"wrote {out}", err=True)


def _names(listed: str | None) -> tuple[str, ...]:
    return tuple((listed or "").replace(",", " ").split())


def _values(option: str, given: Iterable[str]) -> dict[str, str]:
    """Return values by node.

    >>> _values("--set", ["X=1"])
    {'X': '1'}
    """
    values = {}
    for text in given:
        node, sign, value = text.partition("=")
        if not (sign and node and value):
            raise ScenarioError(f"cannot read {option} {text!r}: write NODE=VALUE, such as {node or 'X'}=1.")
        values[node.strip()] = value.strip()
    return values


def _other(name: str | None) -> Any:
    return loaded(name) if name not in (None, "base") else name


def _policy(model: str, of: str | None) -> Any:
    from cidmesa.library.policies import solved

    return solved(model_of(model, of)).policy


def _relevance(model: str, of: str | None) -> Any:
    from cidmesa.structure.relevance import relevance_graph

    return relevance_graph(model_of(model, of).cid)
