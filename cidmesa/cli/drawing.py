"""`cidmesa render`: draw a diagram."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cidmesa.cli.options import MODEL, OF, loaded, model_of
from cidmesa.errors import ScenarioError

if TYPE_CHECKING:
    from cidmesa.library.claim import Of

__all__ = ["render"]

_PAINTED = (".svg", ".tex", ".tikz", ".png", ".pdf")  # formats whose figures have a size on paper
_AS_GIVEN = ("layout", "direction", "width", "scale", "compact", "stack", "recall", "slices", "show")
_OWN_TITLES = ("base", "before")  # what to compare with, that is no file


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
    help="Draw another diagram as well, each node in the same place: a model, 'base' with --of, or 'before'.",
)
@click.option("--layout", type=click.Choice(["auto", "layered", "sliced", "dot"]), help="The layout method.")
@click.option("--direction", type=click.Choice(["LR", "TB"]), help="Draw to the right, or downwards.")
@click.option("--width", metavar="LENGTH", help="How wide the figure may be on paper, such as 8.5cm or 3.35in.")
@click.option("--scale", type=float, metavar="NUMBER", help="Multiply all sizes by a number.")
@click.option("--compact", is_flag=True, help="Draw smaller nodes and distances, and long names on several lines.")
@click.option("--stack/--beside", default=None, help="Draw a pair above each other, or beside.")
@click.option("--slices", type=int, metavar="N", help="Draw N time slices; one node stands for those before the last.")
@click.option(
    "--recall",
    type=click.Choice(["shown", "hidden"]),
    help="Draw the links that an agent's memory implies, or leave them out.",
)
@click.option(
    "--show",
    type=click.Choice(["names", "posteriors"]),
    help="Draw values in the nodes: distributions, worth of options, means.",
)
@click.option("--label", "labels", multiple=True, metavar="NODE=TEXT", help="Write text or $mathematics$ in a node.")
@click.option(
    "--colour", "colours", multiple=True, metavar="NAME=#RRGGBB", help="Fill a node, an agent's nodes or all of a kind."
)
@click.option("--same-rank", multiple=True, metavar="LIST", help="Put nodes in one column, such as A,B.")
@click.option("--position", "positions", multiple=True, metavar="NODE=X,Y", help="Put a node at these centimetres.")
@click.option("--title", "titles", multiple=True, metavar="TEXT", help="The titles of the panels, in their order.")
@click.option("--style", type=click.Choice(["native", "cid-latex"]), help="The TikZ style of .tex and .tikz files.")
@click.option("--standalone", is_flag=True, help="Write a .tikz file that compiles on its own; .tex files always do.")
@click.option("--no-legend", is_flag=True, help="Leave the legend out.")
def render(model: str, of: Of, out: Path, **asked: Any) -> None:
    """Draw a diagram as .svg, .tex, .tikz, .dot, .mmd or .txt.

    The ending of FILE chooses the format; .pdf and .png need a tool that can make them. All options can be combined.
    The size of the figure on paper and of its smallest text is printed.

    \b
    cidmesa render hubinger2019/two-corners --of deceptive -o corners.svg --incentives ici
    cidmesa render hubinger2019/two-corners --of deceptive -o both.svg --compare-with base
    cidmesa render everitt2021/content-recommendation -o forced.tex --set I=left --highlight P,I,C
    cidmesa render hubinger2019/two-corners --of deceptive -o column.tikz --width 8.5cm --compact --recall hidden
    """
    from cidmesa.library.convert import save
    from cidmesa.library.subject import Subject

    scenario = loaded(model)
    drawn: Any = scenario if of is None else Subject(scenario, of).composition
    if asked["other"] == "base" and of is None:
        raise ScenarioError("--compare-with base draws a composition beside its training process: name it by --of.")
    if asked["relevance"]:
        drawn = _relevance(model, of)
    options = {name: value for name, value in _options(model, of, asked).items() if value not in (None, (), {})}
    own = {name: asked[name] for name in ("style", "standalone") if asked[name]}
    if out.suffix.lower() not in _PAINTED:
        save(drawn, out, **options, **own)
        click.echo(f"wrote {out}", err=True)
        return
    picture, said = _painted(drawn, options)
    save(picture, out, **own)
    click.echo(f"wrote {out}: {said}", err=True)


def _painted(drawn: Any, options: Mapping[str, Any]) -> tuple[Any, str]:
    """Return the picture, with its size and what is to be warned of in words."""
    from cidmesa.render.paint import SmallText, paint

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", SmallText)
        picture = paint(drawn, **options)
    wide, high = picture.size
    said = f"{wide:.1f} x {high:.1f} cm, smallest text {picture.smallest_text:.1f} pt"
    return picture, "\n".join([said, *(f"warning: {one.message}" for one in caught)])


def _options(model: str, of: Of, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return each option of figures as it was given on the command line."""
    return {
        "incentives": _names(asked["incentives"]),
        "highlight": _names(asked["highlight"]),
        "policy": _policy(model, of) if asked["policy"] else None,
        "intervention": _values("--set", asked["forced"]),
        "evidence": _values("--given", asked["known"]),
        "mechanisms": asked["mechanisms"],
        "compare_with": _other(asked["other"]),
        "titles": asked["titles"] or ((asked["other"], model) if asked["other"] not in (None, *_OWN_TITLES) else ()),
        "positions": {node: _place(at) for node, at in _values("--position", asked["positions"]).items()},
        "same_rank": tuple(map(_names, asked["same_rank"])),
        "labels": _values("--label", asked["labels"]),
        "colours": _values("--colour", asked["colours"]),
        "legend": not asked["no_legend"],
        **{name: asked[name] for name in _AS_GIVEN},
    }


def _place(text: str) -> tuple[float, float]:
    """Return a place in centimetres.

    >>> _place("4, 1.5")
    (4.0, 1.5)
    """
    try:
        x, y = map(float, text.split(","))
    except ValueError:
        raise ScenarioError(f"cannot read the place {text!r}: write two numbers, such as 4,1.5.") from None
    return x, y


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
    return loaded(name) if name not in (None, *_OWN_TITLES) else name


def _policy(model: str, of: Of) -> Any:
    from cidmesa.library.policies import solved

    return solved(model_of(model, of)).policy


def _relevance(model: str, of: Of) -> Any:
    from cidmesa.structure.relevance import relevance_graph

    return relevance_graph(model_of(model, of).cid)
