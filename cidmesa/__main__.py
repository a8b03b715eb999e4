"""``python -m cidmesa`` is the command ``cidmesa``."""

from __future__ import annotations

from cidmesa.cli.main import program

__all__: list[str] = []

program()
