"""``python -m cidmesa`` is the command ``cidmesa``."""

from __future__ import annotations

from cidmesa.cli.main import main

__all__: list[str] = []

main(prog_name="cidmesa")
