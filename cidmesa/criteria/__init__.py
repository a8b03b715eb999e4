"""Incentive criteria on diagrams: what a graph admits."""
