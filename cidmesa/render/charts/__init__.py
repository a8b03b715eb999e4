"""Charts of tables as matplotlib figures: curves with thresholds, phase diagrams with boundaries, sensitivities."""

__all__: list[str] = []  # each module names its own
