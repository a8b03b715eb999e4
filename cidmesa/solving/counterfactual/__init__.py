"""Counterfactuals: what would have been, effects along paths, objectives that ignore some paths."""
