"""Commands for authors of scenarios: new, fmt, explain."""

from __future__ import annotations

from pathlib import Path

import click

from cidmesa.cli.options import MODEL, command

__all__ = ["explain", "fmt", "new"]


@command()
@click.argument("path", type=click.Path(path_type=Path), metavar="FILE.cid.yaml")
@click.option("--like", metavar="MODEL", help="Start from this scenario's file, such as one of the library.")
def new(path: Path, like: str | None) -> None:
    r"""Write a scenario to start from.

    A small decision problem with comments, or with --like a copy of another file; its claims hold.

    \b
    cidmesa new models/mykey2026/my-scenario.cid.yaml
    cidmesa new my-gate.cid.yaml --like hubinger2019/deployment-gate
    """
    from cidmesa.files import write
    from cidmesa.library.catalogue import SUFFIX

    if not path.name.endswith(SUFFIX):
        raise click.UsageError(f"{path}: the name of a scenario file ends in {SUFFIX}.")
    if path.exists():
        raise click.UsageError(f"{path} is there already. Choose another name.")
    path.parent.mkdir(parents=True, exist_ok=True)
    write(path, _start(like))
    click.echo(f"wrote {path}. Change it, then run: cidmesa check {path}", err=True)


def _start(like: str | None) -> bytes:
    """Return the text to start from, without a line that tells editors where its schema is."""
    from importlib import resources

    from cidmesa.library.catalogue import find

    file = find(like)[0] if like else resources.files("cidmesa.library").joinpath("starter.cid.yaml")
    lines = file.read_bytes().splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith(b"# yaml-language-server"))


@command()
@click.argument("paths", nargs=-1, metavar="[PATHS]...")
@click.option("--check", is_flag=True, help="Write nothing; end with 1 if a file is laid out otherwise.")
@click.pass_context
def fmt(ctx: click.Context, /, paths: tuple[str, ...], check: bool) -> None:
    r"""Lay out scenario files in the common way.

    Without PATHS, those of the library. Data, order, quotes and comments stay as they are. Exit code: 0, with --check
    1 if a file would change.

    \b
    cidmesa fmt models/mykey2026
    cidmesa fmt --check
    """
    from cidmesa.files import write
    from cidmesa.library.catalogue import find, library
    from cidmesa.library.file.formatting import formatted
    from cidmesa.library.file.loader import files_of

    files = [find(file)[0] for path in paths or (library(),) for file in files_of(path)]
    changed = 0
    for file in files:
        text = file.read_text(encoding="utf-8")
        if (laid_out := formatted(text, str(file))) != text:
            changed += 1
            click.echo(f"{file}: {'would be laid out anew' if check else 'laid out'}")
            if not check:
                write(file, laid_out.encode())
    click.echo(f"{changed} of {len(files)} files {'would change' if check else 'changed'}", err=True)
    ctx.exit(5 if not files else int(check and changed > 0))


@command()
@MODEL
@click.argument("claim", metavar="CLAIM-ID")
def explain(model: str, claim: str) -> None:
    r"""Say in sentences what a claim asks and what was found.

    \b
    cidmesa explain everitt2021/grade-prediction responds-to-race
    cidmesa explain hubinger2019/two-corners plan
    """
    from dataclasses import replace

    from cidmesa.cli.options import loaded
    from cidmesa.library.check.check import check
    from cidmesa.library.check.report import claim_of, explained

    scenario = loaded(model)
    alone = replace(scenario, claims=(claim_of(scenario, claim),), variants=())
    (outcome,) = check(alone)
    click.echo(explained(scenario, outcome))
