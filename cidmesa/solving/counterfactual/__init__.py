"""Counterfactuals: what would have happened, effects along paths, objectives that ignore some paths."""

__all__: list[str] = []  # each module names its own
