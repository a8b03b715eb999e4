"""The command ``cidmesa``: each command reads its arguments, calls one function and prints."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from cidmesa import __version__
from cidmesa.errors import CidmesaError, near_miss
from cidmesa.frozen import collect_seldom

__all__ = ["main", "program"]

_HOMES = {  # command -> module: function; a module is loaded when its command is used
    "case": "deriving:case",
    "check": "checking:check",
    "compose": "analysis:compose",
    "conditions": "analysis:conditions",
    "convert": "authoring:convert",
    "deception": "analysis:deception",
    "derive": "deriving:derive",
    "diff": "analysis:diff",
    "doctor": "checking:doctor",
    "equilibria": "analysis:equilibria",
    "explain": "checking:explain",
    "fmt": "authoring:fmt",
    "incentives": "analysis:incentives",
    "list": "authoring:listing",
    "merge": "merging:merge",
    "new": "authoring:new",
    "prove": "analysis:prove",
    "render": "drawing:render",
    "schema": "authoring:schema",
    "show": "authoring:show",
    "solve": "analysis:solve",
    "sweep": "sweeping:sweep",
    "verify": "verifying:verify",
}


class _Commands(click.Group):
    """The commands, loaded when used; each ends with exit code 2 and the plain message on any CidmesaError."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        """Return the names of all commands."""
        return sorted(_HOMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return the command of that name, from its module."""
        if cmd_name not in _HOMES:
            return None
        module, function = _HOMES[cmd_name].split(":")
        found: click.Command = getattr(import_module(f"cidmesa.cli.{module}"), function)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return which command is meant; an unknown one ends with the nearest."""
        if args and args[0] not in _HOMES and not args[0].startswith("-"):
            ctx.fail(f"there is no command {args[0]!r}.{near_miss(args[0], _HOMES)}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a CidmesaError, or no room for its output, ends it with a message and exit code 2.

        Ctrl-C ends it with exit code 130.
        """
        try:
            try:
                return super().invoke(ctx)
            finally:
                sys.stdout.flush()
        except CidmesaError as error:
            click.echo(str(error), err=True)
            ctx.exit(2)
        except KeyboardInterrupt:
            click.echo("stopped", err=True)
            ctx.exit(130)
        except BrokenPipeError:
            raise  # nobody reads on: click ends quietly
        except OSError as error:
            _discard_output()
            click.echo(f"the output cannot be written: {error.strerror or error}", err=True)
            ctx.exit(2)


def _discard_output() -> None:
    """Send what is still to be written nowhere, so that the end of the process does not fail on it again."""
    with suppress(OSError, ValueError), Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


_HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 110}


@click.group(cls=_Commands, context_settings=_HELP)
@click.version_option(__version__, prog_name="cidmesa")
def main() -> None:
    """Influence diagrams of base and mesa-optimizers: incentives, deception, checked claims.

    MODEL is a scenario file or a slug of the library, such as hubinger2019/two-corners; `cidmesa list` shows all
    slugs. MODEL@NAME is a variant.

    \b
    cidmesa check                                    # all claims of the library
    cidmesa incentives everitt2021/grade-prediction  # which incentives a diagram admits
    cidmesa deception hubinger2019/two-corners       # is the mesa-optimizer deceptively aligned?
    cidmesa conditions --help                        # for which parameter values? exactly
    """
    collect_seldom()


def program() -> None:
    """Run the command as a program of its own; commands find ``obj`` true, and may let the process be copied."""
    main(prog_name="cidmesa", obj=True)
