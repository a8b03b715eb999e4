"""Charts of tables: curves with thresholds, phase diagrams with boundaries, sensitivities."""
