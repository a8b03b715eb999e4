"""The command that checks proofs: verify."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["verify"]


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="PROOF...", type=click.Path(path_type=Path))
@click.option("-q", "--quiet", is_flag=True, help="Print only refusals and counts.")
@click.pass_context
def verify(ctx: click.Context, files: tuple[Path, ...], quiet: bool) -> None:
    """Check proofs, and print the statements that they show.

    PROOF is a file from `cidmesa check --proofs DIR` or result.proof(), or a folder of such files. The checker shares
    no code with the rest of cidmesa; docs/trust.md says what it trusts.

    Exit codes: 0 all statements are shown, 1 a proof is refused, 2 a file cannot be read.

    \b
    cidmesa check hubinger2019/two-corners --proofs proofs
    cidmesa verify proofs
    """
    from cidmesa.verify import Refused, verify as verified

    texts = {
        file: _read(file) for path in files for file in (sorted(path.rglob("*.json")) if path.is_dir() else [path])
    }
    refused = 0
    for file, text in texts.items():
        try:
            shown = verified(text)
        except Refused as error:
            refused += 1
            click.echo(f"{file}: refused: {error}", err=True)
            continue
        for said in () if quiet else shown:
            click.echo(f"{file}: {said}")
    click.echo(f"{len(texts) - refused} shown, {refused} refused")
    ctx.exit(1 if refused or not texts else 0)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{file}: cannot be read: {error}.") from error
